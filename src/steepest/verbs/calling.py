"""One call of ``minimize`` with everything resolved: from a start to a task, from an ending to a Run."""

import math
import platform
import sys
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import __version__
from ..analysis.hints import Hint, why_it_diverged
from ..analysis.rates import automatic_rate
from ..analysis.stability import local_limit
from ..base.errors import ArgumentError, CompileError
from ..base.projection import Projection
from ..base.text import count, number
from ..base.trees import Tree
from ..engines.choose import runner
from ..engines.fields import FieldTable
from ..engines.session import Session
from ..engines.task import Ending, Task, updates_a_row
from ..methods.rule import label, scale_free
from ..problems.limited import EvaluationsSpent, TimeSpent
from ..problems.linear_model import fingerprint
from ..records.outcome import Outcome
from ..records.record import Record
from .callbacks import as_callback
from .run import Run
from .spending import Spending
from .trouble import beyond_help
from .varying import Varying, spelled_fields

__all__ = ["MOST_HALVINGS", "Call"]

Array = NDArray[np.float64]
MOST_HALVINGS = 60
PYTHON = platform.python_version()


def blown_up(ending: Ending) -> bool:
    """The numbers went wrong on the way, not at the start."""
    return ending.outcome in (Outcome.DIVERGED, Outcome.NOT_FINITE) and ending.nit > 0


def versions(engine: str) -> dict[str, str]:
    """Those that a run's last bits may depend on."""
    found = {"python": PYTHON, "numpy": np.__version__}
    if engine in ("numba", "jax") and engine in sys.modules:
        found[engine] = sys.modules[engine].__version__
    return found


def spelled(record: Any) -> Any:
    """``record`` as JSON holds it."""
    return list(record) if isinstance(record, tuple) else int(record)


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
    box: Projection | None
    device: str | None
    own: str
    """Why the learning rate is what it is, where the method has one of its own."""

    def run(self, w0: Array, callback: Any, shown: Any, began: float) -> Run:
        """One start, with an automatic rate worked out and halved as long as the run diverges."""
        most, limit = self.settings.max_evals, self.settings.time_limit
        deadline = math.inf if limit is None else began + limit
        spent = Spending(self.problem, self.minimized, w0, most if self.engine == "python" else None, deadline)
        rule, auto, halvings = self.rule, self.own, 0
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
            blew_up = blown_up(ending)
            why = beyond_help(self, spent, ending, halvings) if blew_up else ""
            halved = auto and blew_up and self.moving.search is None
            if not halved or why or halvings == MOST_HALVINGS or spent.exhausted:
                break
            halvings += 1
            rule = rule._replace(learning_rate=rule.learning_rate / 2)
        return self.told(spent, rule, w0, ending, auto, why, halvings)

    def told(
        self, spent: Spending, rule: Any, w0: Array, ending: Ending, auto: str = "", why: str = "", halvings: int = 0
    ) -> Run:
        """The Run of an ending, with what was wrong where its numbers failed: ``why`` where no rate helps."""
        notes = []
        if halvings:
            fault = "was halved" if why else "diverged and was halved"
            notes.append(
                f"the automatic learning rate {fault} {count(halvings, 'time')}, to {number(rule.learning_rate)}"
                f"{', in vain' if why else ''}"
            )
        hint = Hint("", {}, 0)
        if why:
            hint = Hint(why, {}, 0)
        elif blown_up(ending) and self.settings.max_evals is None:
            hint = why_it_diverged(spent.minimized, self.fastest(rule, ending.nit), w0, self.batch)
            spent.besides(hint.gradients)
        nfev, njev = spent.totals()
        notes += ending.session.notes
        return self.wrap(ending.session, rule, w0, ending, nfev, njev, hint, tuple(notes), auto)

    def finished(self, rule: Any, w0: Array, ending: Ending, checks: tuple[int, int] = (0, 0)) -> Run:
        """The Run of a task that an engine ran to its end beside others; ``checks`` are the values and gradients that
        went into checking the problem."""
        spent = Spending(self.problem, self.minimized, w0, None)
        spent.loop(ending)
        spent.values, spent.gradients = spent.values + checks[0], spent.gradients + checks[1]
        why = beyond_help(self, spent, ending, 0) if blown_up(ending) else ""
        return self.told(spent, rule, w0, ending, why=why)

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
            "bounds": None if self.box is None else self.box.spelled(),
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
