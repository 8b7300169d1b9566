"""The Run that ``minimize`` returns: a record, with what one wants to do with it."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..base.errors import ArgumentError, MissingExtraError
from ..base.trees import Tree
from ..problems.function import Function
from ..problems.linear_model import LinearModel, labelled, predicted_by
from ..problems.penalized import without_penalty
from ..records.history import History
from ..records.outcome import Outcome
from ..records.record import Best, Record, Updates
from ..records.storage import dumps, save_records
from . import report

if TYPE_CHECKING:
    from ..analysis.explaining.explanation import Explanation
    from ..plots.display import Display
    from .minimizing import Call

__all__ = ["Run"]

Array = NDArray[np.float64]


class Run:
    """One run of gradient descent: ``w`` (the last finite row), ``f``, ``history``, ``outcome``, ``message``,
    ``recipe``, ``best``; SciPy's ``x fun jac nit nfev njev success status`` beside them."""

    def __init__(self, record: Record, problem: Any = None, call: "Call | None" = None, others: Any = ()) -> None:
        self.record = record
        self.problem = problem
        self.others: list[Run] = list(others)
        self.siblings: list[Record] = []
        """The records of the runs from the other starts, whether this one is the best of them or not."""
        self.introduced()
        self._call = call
        self.again: Callable[[], Run] | None = None
        """Runs it again as it was run in a sweep, beside others: in JAX the bits are those of that program."""

    def with_others(self, others: list["Run"]) -> "Run":
        return Run(self.record, self.problem, self._call, others)

    def introduced(self) -> None:
        """Tells each of several starts' runs of the records of the others."""
        every = [self, *self.others] if self.others else []
        for run in every:
            run.siblings = [other.record for other in every if other is not run]

    def __getstate__(self) -> dict[str, Any]:
        """For pickle: what ``save`` keeps, and the problem unless it is a callable's, which may not be picklable."""
        held = {name: self.recipe[name] for name in ("problem", "w0")}
        record = replace(self.record, hashed=partial(dict, held))
        problem = None if isinstance(without_penalty(self.problem), Function) else self.problem
        others = {"others": self.others, "siblings": []}
        return {"record": record, "problem": problem, **others, "_call": None, "again": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self.introduced()

    def __deepcopy__(self, memo: dict[int, Any]) -> "Run":
        record, others = deepcopy(self.record, memo), deepcopy(self.others, memo)
        return Run(record, self.problem, self._call, others)

    # -- what happened -------------------------------------------------------------------------------------------

    @cached_property
    def tree(self) -> Tree | None:
        """The shape of w where the start was no vector."""
        known: Tree | None = getattr(self.problem, "tree", None)
        spec = self.record.setup.get("tree")
        return Tree.from_spec(spec) if known is None and spec is not None else known

    def shaped(self, w: Array) -> Any:
        """``w`` (n,) as the start was given; rows of ``history.w`` among them."""
        return w if self.tree is None else self.tree.unravel(w)

    @property
    def w(self) -> Any:
        """The last finite row, in the shape of the start."""
        return self.shaped(self.record.w)

    @property
    def start(self) -> Any:
        """Row 0 in the shape it was given."""
        return self.shaped(np.array(self.record.w0))

    @property
    def f(self) -> float:
        return self.record.f

    @property
    def w0(self) -> Array:
        return self.record.w0

    @property
    def f_start(self) -> float:
        history = self.record.history
        return float(history.f[0]) if history.f is not None and len(history) else float(self._value_at_start)

    @cached_property
    def _value_at_start(self) -> float:
        return float(self.problem.value(self.w0)) if self.problem is not None else float("nan")

    @property
    def best(self) -> Best:
        best = self.record.best
        return best if self.tree is None else best._replace(w=self.shaped(best.w))

    @property
    def history(self) -> History:
        return self.record.history

    @property
    def updates(self) -> Updates:
        if self.record.updates is None:
            raise AttributeError("updates were not recorded; run with record='updates' and a batch_size")
        return self.record.updates

    @property
    def outcome(self) -> Outcome | None:
        return self.record.outcome

    @cached_property
    def message(self) -> str:
        return report.message(self)

    @property
    def recipe(self) -> dict[str, Any]:
        return self.record.recipe

    @property
    def engine(self) -> str:
        return self.record.engine

    @property
    def seconds(self) -> float:
        return self.record.seconds

    # -- SciPy's names -------------------------------------------------------------------------------------------

    @property
    def x(self) -> Array:
        """The last finite row as one vector."""
        return self.record.w

    @property
    def fun(self) -> float:
        return self.f

    @cached_property
    def jac(self) -> Array:
        """The gradient at w, evaluated when first asked for."""
        if self.problem is None:
            raise ArgumentError("jac needs the problem, which this loaded run does not hold; replay(problem=...) first")
        return np.asarray(self.problem.gradient(self.record.w), dtype=float)

    @property
    def nit(self) -> int:
        return self.record.nit

    @property
    def nfev(self) -> int:
        return self.record.nfev

    @property
    def njev(self) -> int:
        return self.record.njev

    @property
    def success(self) -> bool:
        return self.outcome is not None and self.outcome.success

    @property
    def failed(self) -> bool:
        """The numbers went wrong: UNBOUNDED, DIVERGED or NOT_FINITE."""
        return self.outcome is not None and self.outcome.failed

    @property
    def status(self) -> int:
        return -1 if self.outcome is None else int(self.outcome.value)

    # -- using it ------------------------------------------------------------------------------------------------

    def predict(self, X: Any) -> Array:
        """The model's labels (of a classification) or values for the rows of X."""
        if isinstance(self.problem, LinearModel):
            return self.problem.predict(self.record.w, X)
        about = self.recipe["problem"] if self.problem is None else {}
        if about.get("kind") != "linear_model":
            raise ArgumentError(f"predict needs a linear model; this run minimised {self.record.setup['problem_name']}")
        return predicted_by(about, self.record.w, X)

    @cached_property
    def training_errors(self) -> tuple[int, int] | None:
        """``(wrong, rows)`` of a linear model whose targets have two values, cut half-way between; else None."""
        if not isinstance(self.problem, LinearModel):
            return None
        if self.problem.classes is not None:
            codes = np.searchsorted(
                self.problem.classes, labelled(self.problem.outputs(self.record.w), self.problem.classes)
            )
            return int((codes != self.problem.codes).sum()), self.problem.rows
        values = np.unique(self.problem.y)
        if values.size != 2 or self.problem.outputs_per_row > 1:
            return None
        high = self.problem.outputs(self.record.w) > values.mean()
        return int((high != (self.problem.y == values[1])).sum()), self.problem.rows

    def save(self, path: Any) -> Path:
        """Writes the run (and ``others``) to a .npz, or its path as a table to a .parquet; returns the path."""
        return save_records([self.record, *(run.record for run in self.others)], path)

    def to_json(self) -> str:
        """The summary as JSON: recipe, outcome, message, w, f, best, counts."""
        r = self.record
        return dumps(
            {
                "outcome": r.outcome.name if r.outcome else None, "success": self.success, "message": self.message,
                "f": r.f, "w": r.w, "best": {"f": r.best.f, "w": r.best.w, "iteration": r.best.iteration},
                "grad_norm": r.grad_norm, "nit": r.nit, "nfev": r.nfev, "njev": r.njev, "seconds": r.seconds,
                "why": r.why, "advice": r.advice, "engine": r.engine, "recipe": r.recipe,
            }
        )  # fmt: skip

    def to_pandas(self) -> Any:
        """The history as a data frame, a row per recorded row, w in columns w0, w1, ..."""
        try:
            import pandas as pd
        except ImportError:
            raise MissingExtraError('to_pandas needs pandas: pip install "steepest[frames]"') from None
        return pd.DataFrame(self.table())

    def table(self) -> dict[str, NDArray[Any]]:
        """The history as columns, w split into w0, w1, ..."""
        columns: dict[str, NDArray[Any]] = {}
        for name, column in self.history.columns().items():
            columns |= {f"w{i}": column[:, i] for i in range(column.shape[1])} if name == "w" else {name: column}
        return columns

    def replay(
        self, problem: Any = None, *, grad: Any = None, args: Any = (), value_and_grad: bool = False,
        method: Any = None,
    ) -> "Run":  # fmt: skip
        """Runs the recipe again: the same bits on the same machine. A loaded run needs ``problem`` (and ``grad``)
        where the recipe holds them by name or hash only; hashes are checked."""
        from .loading import replay

        if self.again is not None and problem is None and method is None:
            return self.again()
        return replay(self, self._call, problem, grad, args, value_and_grad, method)

    def explain(
        self, problem: Any = None, *, others: Any = None, grad: Any = None, args: Any = (),
        value_and_grad: bool = False, attempts: bool = True,
    ) -> "Explanation":  # fmt: skip
        """Why the run went as it did: a verdict with its numbers, since when, and what to try.

        A loaded run whose problem the file does not hold is explained from its record alone, unless ``problem`` (and
        ``grad``, ``args``) give it back. ``others`` are runs of the same problem, by default those from the other
        starts: with them a local minimum is known for one. ``attempts``: advice is tried out where a run takes less
        than half a second.
        """
        from .explaining import explain_run

        return explain_run(
            self, problem, others=others, grad=grad, args=args, value_and_grad=value_and_grad, attempts=attempts
        )

    # -- seeing it -----------------------------------------------------------------------------------------------

    def plot_path(self, ax: Any = None, **options: Any) -> "Display":
        """The path: on the curve (one variable), on contours (two), on a named plane through it (more)."""
        from ..plots.path import path_of
        from ..plots.rows import checked_options

        checked_options("plot_path", path_of, options)
        display = path_of(self.record, self.problem, **options)
        if self.others:
            display.data["note"] += f"\nthe best of {len(self.others) + 1} starts; the others are in run.others"
        return display.plot(ax)

    def plot_loss(self, ax: Any = None, **options: Any) -> "Display":
        """f over iterations or epochs."""
        from ..plots.loss import loss_of
        from ..plots.rows import checked_options, what_f_is

        checked_options("plot_loss", loss_of, options)
        return loss_of([self.record], **{"ylabel": what_f_is(self.problem), **options}).plot(ax)

    def plot_modes(self, ax: Any = None, **options: Any) -> "Display":
        """The error along each eigenvector over the iterations against the closed form, for quadratic problems."""
        from ..plots.modes import modes_view
        from ..plots.rows import checked_options
        from .theory import modes_and_rule

        checked_options("plot_modes", modes_view, options)
        return modes_view(self.record, *modes_and_rule(self), **options).plot(ax)

    def plot_sharpness(self, ax: Any = None, **options: Any) -> "Display":
        """The largest curvature along the run beside the limit of its learning rate, f below."""
        from ..plots.rows import checked_options
        from ..plots.sharpness import sharpness_of
        from .explaining import rule_of

        checked_options("plot_sharpness", sharpness_of, options)
        return sharpness_of(self.record, self.problem, rule_of(self, self.problem)[0], **options).plot(ax)

    def animate(self, path: Any, **options: Any) -> Path:
        """The path as a GIF, a frame per row (or per few); returns its path."""
        from ..plots.animation import animate
        from ..plots.rows import checked_options

        checked_options("animate", animate, options)
        return animate(self.record, self.problem, path, **options)

    def to_html(self, path: Any) -> Path:
        """The run as a page: its path to scrub both ways, with w, f, gradient, velocity and the update's numbers
        at each step. One .html file that needs no server and no network; returns its path."""
        from .pages import write_page

        return write_page(self, path)

    @property
    def shown_w(self) -> str:
        return np.array2string(self.record.w, precision=8, threshold=8, edgeitems=3)

    def __repr__(self) -> str:
        return report.plain_repr(self)

    def _repr_html_(self) -> str:
        return report.html_repr(self)
