"""``minimize``: from a problem to its Run. Everything is checked and resolved here; an engine does the rest."""

import inspect
import math
import platform
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import __version__
from ..analysis.hints import Hint, why_it_diverged
from ..analysis.rates import automatic_rate
from ..analysis.stability import local_limit
from ..base.box import Box
from ..base.errors import ArgumentError, CompileError, RunError
from ..base.text import count, number
from ..base.trees import Tree
from ..engines.choose import choose, runner
from ..engines.fields import FieldTable
from ..engines.session import Session
from ..engines.task import Ending, Task, announce, updates_a_row
from ..methods.rule import as_rule, check_step, label, scale_free
from ..problems.limited import EvaluationsSpent, TimeSpent
from ..problems.linear_model import fingerprint
from ..problems.negated import Negated
from ..records.outcome import Outcome
from ..records.record import Record
from . import arguments as check
from .callbacks import as_callback
from .progress import bar
from .run import Run
from .spending import Spending
from .trouble import beyond_help
from .varying import Varying, spelled_fields, varying

__all__ = ["minimize"]

Array = NDArray[np.float64]
MOST_HALVINGS = 60
PYTHON = platform.python_version()


def minimize(
    problem: Any,
    w0: Any = None,
    method: Any = "momentum",
    *,
    grad: Any = None,
    args: Any = (),
    value_and_grad: bool = False,
    bounds: Any = None,
    batch_size: int | None = None,
    sampling: str = "shuffle",
    max_iter: int | None = None,
    max_evals: int | None = None,
    f_tol: float | None = None,
    f_rtol: float | None = None,
    x_tol: float | None = None,
    grad_tol: float | str | None = "default",
    f_target: float | None = None,
    patience: int = 1,
    time_limit: float | None = None,
    starts: int = 1,
    seed: int = 0,
    record: Any = "auto",
    callback: Callable[..., None] | None = None,
    progress: bool | str = "auto",
    engine: str = "auto",
    device: str | None = None,
    workers: int = 1,
    maximize: bool = False,
    throw: bool = False,
    **hyperparameters: Any,
) -> Run:
    """Runs gradient descent and returns the minimum, the whole path, and why it ended.

    >>> run = minimize(lambda w: (w[0] - 3) ** 2 + w[1] ** 2, [0.0, 1.0], "momentum", learning_rate=0.1)
    >>> run.outcome.name
    'CONVERGED'

    Parameters
    ----------
    problem : callable ``f(w, *args) -> float``, a formula (``"(1-x)^2 + 100*(y-x^2)^2"``), or a Problem
        (``steepest.LinearModel``, ``steepest.FiniteSum``, ``steepest.gallery.sphere()`` or its name).
    w0 : the start: (n,) numbers, or arrays of any shape in dicts and lists, in which f gets w and the run gives it
        back. None: the problem's own; an error for a callable.
    method : a method's name, class or object; its fields may be given as keywords (``learning_rate=0.1``), as numbers
        or as schedules, callables of the number of updates made; the learning rate as a line search too.
    grad : callable ``grad(w, *args) -> (n,)``; None: automatic (JAX) where f can be traced, else central differences,
        2 n evaluations an iteration; "automatic", "finite", or "spsa" (2 evaluations, right on average).
    value_and_grad : True where ``problem`` returns ``(value, gradient)``.
    bounds : a ``steepest.Box`` (or SciPy's pairs) that w is projected onto after each step; grad_norm is then that of
        the projected gradient. With ``starts``: where they are drawn.
    starts : how many starts to draw from ``bounds`` (or the problem's own box); the best run is returned, the rest are
        in ``run.others``; a w0 given is the first start.
    batch_size : rows an update, for problems on data; None is all of them. A row of the history is then an epoch.
    sampling : "shuffle", "replacement", "sequential" or "tutorial" (the article's seeding).
    max_iter : iterations (10,000) or epochs (100) at most.
    max_evals : evaluations of the objective at most, those of differences included.
    f_tol, f_rtol, x_tol, grad_tol, f_target, patience : tolerances, any of which ends the run once it holds for
        ``patience`` rows. grad_tol is 1e-6 for full-batch runs given no other tolerance.
    time_limit : seconds.
    seed : of the sampling and the random starts.
    record : "auto" (every row up to 64 MB, then thinned), "all", an int k (every k-th row), field names, "none" (the
        ends and the best), "updates" (also the single updates inside an epoch).
    callback : called after each row with w, or with the running Run if its parameter is named
        ``intermediate_result``; raising StopIteration stops the run.
    engine : "auto", "python", "numba", "jax" or "quadratic"; ``run.record.engine_reason`` says why it was chosen.
    device : "gpu" or "cpu", for the jax engine.
    workers : processes that evaluate the points of central differences.
    maximize : climb instead.
    throw : raise RunError where the numbers go wrong, instead of returning a run that says so.

    Returns
    -------
    Run : ``w f history outcome message recipe best`` and SciPy's ``x fun jac nit nfev njev success status``.
    """
    given = {
        "max_iter": max_iter, "max_evals": max_evals, "f_tol": f_tol, "f_rtol": f_rtol, "x_tol": x_tol,
        "grad_tol": grad_tol, "f_target": f_target, "patience": patience, "time_limit": time_limit,
    }  # fmt: skip
    began = time.perf_counter()
    maximize, throw = check.flag(maximize, "maximize"), check.flag(throw, "throw")
    device, workers = check.as_device(device), check.whole(workers, "workers", 1)
    starts = check.whole(starts, "starts", 1)
    seed = fresh_seed() if seed is None else check.whole(seed, "seed", 0)
    box = None if bounds is None else Box.of(bounds)
    named = method if isinstance(method, str) else label(method)
    rule = checked_rule(method, hyperparameters, named)
    joint = check.flag(value_and_grad, "value_and_grad")
    drawn_from = box if starts > 1 else None
    problem, start = check.as_problem(problem, w0, grad, args, joint, drawn_from, seed, workers, starts)
    batch = check.as_batch(problem, batch_size, sampling)
    given["grad_tol"] = check.grad_tol_of(problem, grad_tol)
    settings = check.as_settings(given, batch is not None, maximize, getattr(problem, "gradient_noise", 0.0))
    if batch is not None and not hasattr(rule, "update"):
        raise ArgumentError(f"method {named!r} steps by the whole objective and knows no batches; leave batch_size out")
    if isinstance(record, Iterable) and not isinstance(record, (str, bytes)):
        record = tuple(record)
    plan = check.as_plan(record, batch is not None, batch is None or settings.grad_tol is not None)
    minimized = Negated(problem) if maximize else problem
    points = check.starts_from(problem, start if w0 is not None or starts == 1 else None, drawn_from, starts, seed)
    within = None
    if box is not None and starts == 1:
        points[0] = points[0] if w0 is not None else box.project(points[0])
        within = check.within_box(points[0], box, problem.n)
    moving = varying(rule, settings.max_iter, updates_a_row(problem, batch), batch, within)
    probe = moving.numbers(rule)
    check_step(probe._replace(learning_rate=0.1) if getattr(probe, "learning_rate", 0.1) is None else probe)
    if moving.search is not None and getattr(problem, "l1_each", None) is not None:
        raise ArgumentError(
            f"learning_rate={moving.search!r} needs a smooth objective, and an l1 penalty has a kink; give a number"
        )
    chosen, why_engine = choose(
        minimized, moving.numbers(rule), engine, moving.search, device, batch, within, settings.max_iter
    )
    shown = bar(progress, "iteration" if batch is None else "epoch")
    call = Call(
        problem, minimized, rule, batch, sampling, seed, settings, plan, chosen, why_engine, engine, given, record,
        moving, within, device,
    )  # fmt: skip
    token = announce.set(shown.note if shown is not None else None)
    try:
        runs = []
        for point in points:
            runs.append(call.run(point, callback, shown, began))
            if runs[-1].outcome is Outcome.INTERRUPTED:
                break
    finally:
        announce.reset(token)
        if shown is not None:
            shown.close()
    best = best_of(runs, maximize)
    if len(runs) > 1:
        best = best.with_others([run for run in runs if run is not best])
    if throw and best.failed:
        error = RunError(best.message)
        error.run = best
        raise error
    return best


def versions(engine: str) -> dict[str, str]:
    """Those that a run's last bits may depend on."""
    found = {"python": PYTHON, "numpy": np.__version__}
    if engine in ("numba", "jax") and engine in sys.modules:
        found[engine] = sys.modules[engine].__version__
    return found


def spelled(record: Any) -> Any:
    """``record`` as JSON holds it."""
    return list(record) if isinstance(record, tuple) else int(record)


def fresh_seed() -> int:
    return int(np.random.SeedSequence().entropy % 2**32)  # type: ignore[operator]


def checked_rule(method: Any, hyperparameters: dict[str, Any], named: str) -> Any:
    """The rule with its hyper-parameters, unknown keywords refused by name."""
    if hyperparameters:
        from ..methods import find

        cls = find(method) if isinstance(method, str) else method if isinstance(method, type) else type(method)
        unknown = [name for name in hyperparameters if name not in getattr(cls, "_fields", ())]
        if unknown:
            own = [p for p in inspect.signature(minimize).parameters if p != "hyperparameters"]
            raise check.unknown_keyword(unknown[0], getattr(cls, "_fields", ()), own, named)
    return as_rule(method, hyperparameters, check.ALIASES)


def best_of(runs: list[Run], maximize: bool) -> Run:
    """The run that ended lowest (highest under maximize); runs whose numbers failed come last."""
    if len(runs) == 1:
        return runs[0]
    sign = -1.0 if maximize else 1.0

    def rank(run: Run) -> tuple[bool, float]:
        f = sign * run.f
        return run.failed, f if np.isfinite(f) else np.inf

    return min(runs, key=rank)


@dataclass(frozen=True)
class Call:
    """One call of ``minimize``, resolved but for the start and an automatic learning rate."""

    problem: Any
    minimized: Any
    rule: Any
    batch: int | None
    sampling: str
    seed: int
    settings: Any
    plan: Any
    engine: str
    engine_reason: str
    asked_engine: str
    given: dict[str, Any]
    record: Any
    moving: Varying
    box: Box | None
    device: str | None

    def run(self, w0: Array, callback: Any, shown: Any, began: float) -> Run:
        """One start, with an automatic rate worked out and halved as long as the run diverges."""
        most, limit = self.settings.max_evals, self.settings.time_limit
        deadline = math.inf if limit is None else began + limit
        spent = Spending(self.problem, self.minimized, w0, most if self.engine == "python" else None, deadline)
        rule, notes, auto, halvings = self.rule, [], "", 0
        if "learning_rate" in rule._fields and rule.learning_rate is None:
            self.refuse_drawn_curvature(rule)
            try:
                rate, auto, gradients = automatic_rate(spent.minimized, self.moving.numbers(rule), w0, self.batch)
            except EvaluationsSpent as end:
                raise self.none_left(end) from None
            spent.besides(gradients)
            rule = rule._replace(learning_rate=float(rate))
        while True:
            try:
                ending: Ending = runner(self.engine)(self.task(spent, rule, w0, callback, shown, began))
            except EvaluationsSpent as end:
                raise self.none_left(end) from None
            except CompileError as error:
                if self.asked_engine != "auto":
                    raise
                plain = replace(self, engine="python", engine_reason=f"python: {error}")
                return plain.run(w0, callback, shown, began)
            spent.loop(ending)
            blew_up = ending.outcome in (Outcome.DIVERGED, Outcome.NOT_FINITE) and ending.nit > 0
            why = beyond_help(self, spent, ending, halvings) if blew_up else ""
            if not (auto and blew_up) or why or halvings == MOST_HALVINGS or spent.exhausted:
                break
            halvings += 1
            rule = rule._replace(learning_rate=rule.learning_rate / 2)
        if halvings:
            fault = "was halved" if why else "diverged and was halved"
            notes.append(
                f"the automatic learning rate {fault} {count(halvings, 'time')}, to {number(rule.learning_rate)}"
                f"{', in vain' if why else ''}"
            )
        hint = Hint("", {}, 0)
        if why:
            hint = Hint(why, {}, 0)
        elif blew_up and self.settings.max_evals is None:
            hint = why_it_diverged(spent.minimized, self.fastest(rule, ending.nit), w0, self.batch)
            spent.besides(hint.gradients)
        nfev, njev = spent.totals()
        notes += ending.session.notes
        return self.wrap(ending.session, rule, w0, ending, nfev, njev, hint, tuple(notes), auto)

    def refuse_drawn_curvature(self, rule: Any) -> None:
        if getattr(self.problem, "random_gradient", False) and not scale_free(rule):
            raise ArgumentError(
                "learning_rate must be given with grad='spsa': 'auto' compares gradients at neighbouring points, and "
                "these are drawn at random; try method='adam' or a small number"
            )

    def fastest(self, rule: Any, rows: int) -> Any:
        """The rule in numbers, with the largest learning rate that it had in so many rows."""
        numbers, schedule = self.moving.numbers(rule), self.moving.schedules.get("learning_rate")
        if schedule is None:
            return numbers
        each = updates_a_row(self.problem, self.batch)
        table = FieldTable(numbers, {"learning_rate": schedule}, each)
        return numbers._replace(learning_rate=table.largest("learning_rate", rows * each))

    def none_left(self, end: EvaluationsSpent) -> ArgumentError:
        """For a limit reached before the first row."""
        if isinstance(end, TimeSpent):
            limit = number(self.settings.time_limit or 0.0)
            return ArgumentError(
                f"time_limit {limit} s was over before learning_rate='auto' was worked out; "
                f"give learning_rate=... or a longer time_limit"
            )
        return ArgumentError(
            f"max_evals {self.settings.max_evals:,} evaluations were spent before learning_rate='auto' was worked out; "
            f"give learning_rate=... or a larger max_evals"
        )

    def task(self, spent: Spending, rule: Any, w0: Array, callback: Any, shown: Any, began: float) -> Task:
        def over_limit() -> bool | None:
            if self.batch is not None or self.moving.search is not None:
                return None
            fastest = self.fastest(rule, self.settings.max_iter)
            limit = local_limit(fastest, spent.curvature)
            return None if limit is None else bool(fastest.learning_rate > limit)

        def wrap(session: Session) -> Run:
            nfev, njev = spent.values + max(session.nfev, session.rows), spent.gradients + session.njev
            return self.wrap(session, rule, w0, None, nfev, njev, Hint("", {}, 0), (), "")

        return Task(
            spent.minimized, self.moving.numbers(rule), w0, self.settings, self.plan, self.batch, self.sampling,
            self.seed, as_callback(callback, wrap, self.tree), shown, over_limit, spent.counter, began,
            self.moving.schedules, self.box, self.moving.search, self.device,
        )  # fmt: skip

    @property
    def tree(self) -> Tree | None:
        """The shape of w as the user gave it."""
        return getattr(self.problem, "tree", None)

    def setup(self, rule: Any, auto: str) -> dict[str, Any]:
        """The recipe but for problem and start, JSON-ready."""
        return {
            "steepest": __version__, "problem_name": self.problem.name, "gradient": self.problem.gradient_note,
            "n": self.problem.n, "method": {"name": label(rule), **spelled_fields(rule)}, "learning_rate_reason": auto,
            "batch_size": self.batch, "sampling": self.sampling, "seed": self.seed, **vars(self.settings),
            "record": self.record if isinstance(self.record, str) else spelled(self.record),
            "engine": self.engine, "maximize": self.settings.sign < 0, "versions": versions(self.engine),
            "bounds": None if self.box is None else self.box.pairs(),
            "device": self.device, "tree": None if self.tree is None else self.tree.spec,
        }  # fmt: skip

    def wrap(
        self, session: Session, rule: Any, w0: Array, ending: Ending | None, nfev: int, njev: int, hint: Hint,
        notes: tuple[str, ...], auto: str,
    ) -> Run:  # fmt: skip
        """The Run of a finished (or, for callbacks, still running) session."""
        record = Record(
            setup=self.setup(rule, auto),
            hashed=lambda: {"problem": self.problem.recipe(), "w0": fingerprint(w0)},
            outcome=ending.outcome if ending is not None else None,
            reason=ending.reason if ending is not None else "running",
            trouble_at=ending.iteration if ending is not None else session.rows - 1,
            w0=w0, w=session.w, f=session.f, best=session.best, history=session.history(),
            nit=max(session.rows - 1, 0), nfev=nfev, njev=njev, seconds=session.seconds,
            engine=self.engine, engine_reason=self.engine_reason, grad_norm=session.grad_norm,
            updates=session.updates(), why=hint.why, advice=hint.advice, notes=notes,
        )  # fmt: skip
        return Run(record, self.problem, call=self if rule is self.rule else replace(self, rule=rule))
