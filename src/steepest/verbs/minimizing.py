"""``minimize``: from a problem to its Run. Everything is checked and resolved here; an engine does the rest."""

import inspect
import time
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..base.errors import ArgumentError, RunError
from ..base.text import number
from ..base.trees import Tree
from ..engines.choose import choose
from ..engines.task import announce, updates_a_row
from ..methods import modifiers
from ..methods.line_search.search import as_line_search
from ..methods.rule import as_rule, check_step, label
from ..problems.negated import Negated
from ..problems.projections import as_projection
from ..records.outcome import Outcome
from . import arguments as check
from .calling import MOST_HALVINGS, Call
from .progress import bar
from .run import Run
from .varying import varying

__all__ = ["MOST_HALVINGS", "Call", "minimize", "prepare"]

Array = NDArray[np.float64]
STOPS: dict[str, Any] = {
    "max_iter": None, "max_evals": None, "f_tol": None, "f_rtol": None, "x_tol": None, "grad_tol": "default",
    "f_target": None, "patience": 1, "time_limit": None,
}  # fmt: skip
"""The arguments that end a run, and their defaults."""


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
    progress: bool | str | Callable[[int, int, float], None] = "auto",
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
    bounds : a ``steepest.Box`` (or SciPy's pairs), ``steepest.projections.Ball(radius)``, ``Simplex()`` or
        ``NonNegative()`` that w is projected onto after each step; grad_norm is then that of the projected gradient.
        With ``starts``: where they are drawn (and for a box that alone).
    starts : how many starts to draw from ``bounds`` (or the problem's own box); the best run is returned, the rest are
        in ``run.others``; a w0 given is the first start.
    batch_size : rows an update, for problems on data; None is all of them (one for "saga" and "svrg"). A row of the
        history is then an epoch.
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
    progress : True, False, "auto" (a bar in terminals and notebooks, after a second), or a callable that is then called
        ten times a second with the row, the rows at most, and f.
    engine : "auto", "python", "numba", "jax" or "quadratic"; ``run.record.engine_reason`` says why it was chosen.
    device : "gpu" or "cpu", for the jax engine.
    workers : processes that evaluate the points of central differences.
    maximize : climb instead.
    throw : raise RunError where the numbers go wrong, instead of returning a run that says so.

    Returns
    -------
    Run : ``w f history outcome message recipe best`` and SciPy's ``x fun jac nit nfev njev success status``.
    """
    began = time.perf_counter()
    throw = check.flag(throw, "throw")
    call, points = prepare(
        problem, w0, method, hyperparameters, grad=grad, args=args, value_and_grad=value_and_grad, bounds=bounds,
        batch_size=batch_size, sampling=sampling, max_iter=max_iter, max_evals=max_evals, f_tol=f_tol, f_rtol=f_rtol,
        x_tol=x_tol, grad_tol=grad_tol, f_target=f_target, patience=patience, time_limit=time_limit, starts=starts,
        seed=seed, record=record, engine=engine, device=device, workers=workers, maximize=maximize,
    )  # fmt: skip
    shown = bar(progress, "iteration" if call.batch is None else "epoch")
    token = announce.set(shown.note if shown is not None else announce.get())
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
    best = best_of(runs, call.settings.sign < 0)
    if len(runs) > 1:
        best = best.with_others([run for run in runs if run is not best])
    if throw and best.failed:
        error = RunError(best.message)
        error.run = best
        raise error
    return best


def prepare(
    problem: Any, w0: Any, method: Any, hyperparameters: dict[str, Any], *, grad: Any = None, args: Any = (),
    value_and_grad: Any = False, bounds: Any = None, batch_size: Any = None, sampling: Any = "shuffle",
    starts: Any = 1, seed: Any = 0, record: Any = "auto", engine: Any = "auto", device: Any = None, workers: Any = 1,
    maximize: Any = False, **stops: Any,
) -> tuple[Call, list[Array]]:  # fmt: skip
    """The arguments of ``minimize`` checked and resolved: the call, and the starts it is to run from."""
    given = {**STOPS, **stops}
    maximize = check.flag(maximize, "maximize")
    device, workers = check.as_device(device), check.whole(workers, "workers", 1)
    starts = check.whole(starts, "starts", 1)
    seed = fresh_seed() if seed is None else check.whole(seed, "seed", 0)
    box = None if bounds is None else as_projection(bounds)
    named = method if isinstance(method, str) else label(method)
    rule, own = with_own_rate(checked_rule(method, hyperparameters, named), batch_size, box)
    joint = check.flag(value_and_grad, "value_and_grad")
    drawn_from = box if starts > 1 else None
    problem, start = check.as_problem(problem, w0, grad, args, joint, drawn_from, seed, workers, starts)
    batch = check.as_batch(problem, check.batch_for(rule, problem, batch_size), sampling)
    given["grad_tol"] = check.grad_tol_of(problem, given["grad_tol"])
    settings = check.as_settings(given, batch is not None, maximize, getattr(problem, "gradient_noise", 0.0))
    if batch is not None and getattr(rule, "full_batch_only", False):
        raise ArgumentError(f"method {named!r} steps by the whole objective and knows no batches; leave batch_size out")
    rule = fitted(rule, problem)
    if isinstance(record, Iterable) and not isinstance(record, (str, bytes)):
        record = tuple(record)
    plan = check.as_plan(record, batch is not None, batch is None or settings.grad_tol is not None)
    if maximize:
        check.refuse_climbing(problem)
    minimized = Negated(problem) if maximize else problem
    points = check.starts_from(problem, start if w0 is not None or starts == 1 else None, drawn_from, starts, seed)
    within = check.within_bounds(points, box, problem.n, w0 is not None)
    moving = varying(rule, settings.max_iter, updates_a_row(problem, batch), batch, within)
    probe = moving.numbers(rule)
    check_step(probe._replace(learning_rate=0.1) if getattr(probe, "learning_rate", 0.1) is None else probe)
    check.refuse_kink(problem, rule, moving.search, within)
    chosen, why_engine = choose(
        minimized, moving.numbers(rule), engine, moving.search, device, batch, within, settings.max_iter
    )
    call = Call(
        problem, minimized, rule, batch, sampling, seed, settings, plan, chosen, why_engine, engine, given, record,
        moving, within, device, own,
    )  # fmt: skip
    return call, points


def fresh_seed() -> int:
    return int(np.random.SeedSequence().entropy % 2**32)  # type: ignore[operator]


def with_own_rate(rule: Any, batch_size: Any, box: Any) -> tuple[Any, str]:
    """The rule with the learning rate that "auto" means to it, where it says so itself, and the reason."""
    if getattr(rule, "learning_rate", 0.0) is not None or not hasattr(rule, "own_rate"):
        return rule, ""
    rate, name = rule.own_rate(), label(rule)
    search = as_line_search(rate) is not None
    if search and (batch_size is not None or box is not None):
        of, given = ("the whole objective", "batch_size") if batch_size is not None else ("a free path", "bounds")
        raise ArgumentError(
            f"method {name!r} finds its learning rate by a line search along {of}; leave {given} out"
            f"{'' if getattr(rule, 'full_batch_only', False) and batch_size is not None else ' or give learning_rate'}"
        )
    reason = f"auto: {type(rate).__name__}, the search of {name}" if search else f"auto: {number(rate)}, that of {name}"
    return rule._replace(learning_rate=rate), reason


def fitted(rule: Any, problem: Any) -> Any:
    """The rule with what it asks of the problem: its least value, the columns of a matrix, the shape of w."""
    name = label(rule)
    if "f_least" in rule._fields and rule.f_least is None:
        if problem.minimum is None:
            raise ArgumentError(f"method {name!r} needs f_least, the least value of f; {problem.name} knows of none")
        rule = rule._replace(f_least=float(problem.minimum.f))
    tree = getattr(problem, "tree", None)
    if "columns" in rule._fields and rule.columns == 0:
        rule = rule._replace(columns=columns_of(problem, tree))
    if hasattr(rule, "fitted"):
        rule = rule.fitted(tree)
        rule.tried(np.zeros(problem.n))
    return rule


def columns_of(problem: Any, tree: Tree | None) -> int:
    """The columns of w where it is one matrix, else 0."""
    example = None if tree is None else tree.example
    if isinstance(example, np.ndarray) and example.ndim == 2:
        return int(example.shape[1])
    outputs = int(getattr(problem, "outputs_per_row", 1))
    return outputs if outputs > 1 else 0


def checked_rule(method: Any, hyperparameters: dict[str, Any], named: str, verb: Any = None) -> Any:
    """The rule with its hyper-parameters, unknown keywords refused by name, as those of ``verb`` (``minimize``)."""
    if hyperparameters:
        from ..methods import find

        cls = find(method) if isinstance(method, str) else method if isinstance(method, type) else type(method)
        unknown = [name for name in hyperparameters if name not in (*getattr(cls, "_fields", ()), *modifiers.fields())]
        if unknown:
            asked = minimize if verb is None else verb
            own = [p for p in inspect.signature(asked).parameters if p != "hyperparameters"]
            raise check.unknown_keyword(unknown[0], getattr(cls, "_fields", ()), own, named, asked.__name__)
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
