"""The Sweep: a row a run, each of them a Run, with the best, the histories as arrays, and the views."""

import math
from collections.abc import Iterator
from dataclasses import fields
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import numpy as np
from numpy.typing import NDArray

from ..base.errors import ArgumentError, ArgumentTypeError
from ..base.text import listing
from ..records.history import History
from . import sweep_report as report
from .axes import Cells
from .run import Run
from .sweep_results import Results

if TYPE_CHECKING:
    from ..plots.display import Display
    from .sweeping import Sweeper

__all__ = ["Histories", "Sweep"]


class Histories:
    """The columns of all histories as arrays (runs, rows, ...), filled up with NaN; each is put together when it is
    first asked for. ``rows`` (runs,) says how many each run has."""

    def __init__(self, results: Results) -> None:
        self._results = results

    @cached_property
    def _all(self) -> list[History | None]:
        return [self._results.history(i) for i in range(len(self._results))]

    @cached_property
    def rows(self) -> NDArray[np.int64]:
        return np.array([0 if history is None else len(history) for history in self._all], dtype=np.int64)

    def __getattr__(self, name: str) -> Any:
        if name not in {field.name for field in fields(History)}:
            raise AttributeError(f"history has no {name!r}; it has {listing((f.name for f in fields(History)), 'and')}")
        columns = [None if history is None else getattr(history, name) for history in self._all]
        shape = next((column.shape[1:] for column in columns if column is not None), None)
        found = None
        if shape is not None:
            found = np.full((len(columns), int(self.rows.max(initial=0)), *shape), np.nan)
            for k, column in enumerate(columns):
                if column is not None:
                    found[k, : len(column)] = column
        setattr(self, name, found)
        return found

    def __repr__(self) -> str:
        return f"<Histories of {len(self._results):,} runs, {int(self.rows.max(initial=0)):,} rows at most>"


class Sweep:
    """The runs of ``steepest.sweep``. ``sweep[i]`` is a Run, ``sweep.at(learning_rate=0.1)`` the one of these values,
    ``sweep.best`` the lowest; ``table`` has a row for each, ``history`` the paths as arrays."""

    def __init__(
        self, cells: Cells, results: Results, about: dict[str, Any], maker: "Sweeper | None" = None,
        checkpoint: Any = None,
    ) -> None:  # fmt: skip
        self.cells, self.results, self.about, self.checkpoint = cells, results, about, checkpoint
        self.interrupted = False
        self._maker = maker

    # -- its runs ------------------------------------------------------------------------------------------------

    def __len__(self) -> int:
        return self.cells.count

    @overload
    def __getitem__(self, i: int) -> Run: ...
    @overload
    def __getitem__(self, i: slice) -> list[Run]: ...
    def __getitem__(self, i: Any) -> Any:
        if isinstance(i, slice):
            return [self.results.run(k) for k in range(*i.indices(len(self)))]
        if isinstance(i, bool) or not isinstance(i, (int, np.integer)):
            raise ArgumentTypeError(f"a sweep is indexed by run number or slice; got {i!r}; at(...) finds by values")
        if not -len(self) <= i < len(self):
            raise IndexError(f"run {i} is not there: the sweep has {len(self):,} runs")
        return self.results.run(int(i) % len(self))

    def __iter__(self) -> Iterator[Run]:
        return (self.results.run(i) for i in range(len(self)))

    def where(self, **values: Any) -> NDArray[np.intp]:
        """The numbers of the runs with these values of the axes (exact to rounding)."""
        kept = np.ones(len(self), dtype=bool)
        axes = {axis.name: axis for axis in self.cells.axes}
        for name, value in values.items():
            if name not in axes:
                raise ArgumentError(f"{name} is no axis of this sweep; it has {listing(axes, 'and') or 'none'}")
            kept &= np.isin(self.cells.index[name], axes[name].find(value))
        return np.flatnonzero(kept)

    def at(self, **values: Any) -> Run:
        """The one run with these values of the axes."""
        found = self.where(**values)
        told = ", ".join(f"{name}={value!r}" for name, value in values.items()) or "nothing"
        if len(found) == 0:
            lists = [axis.described() for axis in self.cells.axes if axis.name in values]
            raise ArgumentError(f"no run has {told}; the axes are {'; '.join(lists)}")
        if len(found) > 1:
            rest = [axis.name for axis in self.cells.axes if axis.name not in values]
            more = f"give {listing(rest, 'and')} too" if rest else "they are told apart by sweep[i] only"
            raise ArgumentError(f"{len(found):,} runs have {told}; {more}")
        return self[int(found[0])]

    @property
    def best_index(self) -> int | None:
        """The number of the run that ended lowest (highest under maximize) of those that did not fail."""
        f = np.where(self.results.failed, np.nan, self.results.f)
        if not np.isfinite(f).any():
            return None
        return int(np.nanargmax(f) if self.about["maximize"] else np.nanargmin(f))

    @property
    def best(self) -> Run | None:
        """That run; None where all failed."""
        at = self.best_index
        return None if at is None else self[at]

    @property
    def best_f(self) -> float:
        at = self.best_index
        return math.nan if at is None else float(self.results.f[at])

    # -- as arrays -----------------------------------------------------------------------------------------------

    @property
    def axes(self) -> dict[str, list[Any]]:
        """The values of each axis; starts as they were given."""
        return {axis.name: list(axis.values) if axis.name == "w0" else axis.shown for axis in self.cells.axes}

    @property
    def shape(self) -> tuple[int, ...]:
        """The lengths of the axes of a grid, else (runs,)."""
        return self.cells.shape

    def columns(self) -> dict[str, NDArray[Any]]:
        """The axes, then outcome, f, best_f, nit, grad_norm and seconds (a run's share of its pass), (runs,) each;
        where runs went in lanes of JAX, chaotic too: rounding decides where the run ends, and ``minimize`` may end
        elsewhere."""
        r = self.results
        return {
            **self.cells.columns(), "outcome": r.names(), "f": r.f, "best_f": r.best_f, "nit": r.nit,
            "grad_norm": r.grad_norm, "seconds": r.seconds, **({} if r.chaotic is None else {"chaotic": r.chaotic}),
        }  # fmt: skip

    @property
    def table(self) -> Any:
        """``columns()`` as a pandas frame; a list of dictionaries without pandas."""
        columns = self.columns()
        try:
            import pandas as pd
        except ImportError:
            rows = zip(*(column.tolist() for column in columns.values()), strict=True)
            return [dict(zip(columns, row, strict=True)) for row in rows]
        return pd.DataFrame(columns)

    @cached_property
    def history(self) -> Histories:
        return Histories(self.results)

    def counts(self) -> dict[str, int]:
        """How many runs ended in which way, the most frequent first."""
        names, sizes = np.unique(self.results.names().astype(str), return_counts=True)
        return {str(names[k]): int(sizes[k]) for k in np.argsort(-sizes, kind="stable")}

    # -- keeping it ----------------------------------------------------------------------------------------------

    def save(self, path: Any) -> Path:
        """Writes all of it to a .npz, never pickled; ``steepest.load`` brings it back."""
        from .sweep_files import saved

        return saved(self, path)

    def resume(self, progress: Any = "auto") -> "Sweep":
        """Runs what an interrupt left undone."""
        if self._maker is None:
            raise ArgumentError(
                "resume needs the problem, which a loaded sweep does not hold; call steepest.sweep(...) as before, "
                "with checkpoint= this file"
            )
        self._maker.run(self, progress)
        self.__dict__.pop("history", None)
        return self

    def take_over(self, path: Any) -> None:
        """The finished runs of the checkpoint at ``path``, where there is one."""
        from .sweep_files import taken_over

        taken_over(self, path)

    # -- seeing it -----------------------------------------------------------------------------------------------

    def plot_paths(self, ax: Any = None, **options: Any) -> "Display":
        """The paths of all runs in a grid, on the same contours."""
        return self._view("grid", "paths_of", ax, options)

    def plot_heatmap(self, ax: Any = None, **options: Any) -> "Display":
        """A column (``value="f"``) over two hyper-parameters."""
        return self._view("heatmap", "heatmap_of", ax, options)

    def plot_curves(self, ax: Any = None, **options: Any) -> "Display":
        """f over iterations, a line for each value of an axis (``by=``), with bands over the others."""
        return self._view("curves", "curves_of", ax, options)

    def plot_sensitivity(self, ax: Any = None, **options: Any) -> "Display":
        """The best and the quantiles of f against each hyper-parameter."""
        return self._view("sensitivity", "sensitivity_of", ax, options)

    def plot_targets(self, ax: Any = None, **options: Any) -> "Display":
        """Iterations to a target against a hyper-parameter."""
        return self._view("targets", "targets_of", ax, options)

    def to_html(self, path: Any) -> Path:
        """The sweep as a page: a map of its runs, and the path and the curve of the one that is pointed at. One .html
        file that needs no server and no network; returns its path."""
        from .pages import write_page

        return write_page(self, path)

    def _view(self, module: str, name: str, ax: Any, options: dict[str, Any]) -> "Display":
        import importlib

        found = importlib.import_module(f"..plots.{module}", __package__)
        made: Display = getattr(found, name)(self, **options)
        return made.plot(ax)

    @property
    def problem(self) -> Any:
        """What was minimised; None where a loaded sweep does not hold it."""
        if self._maker is not None:
            return self.problem_made
        done = np.flatnonzero(self.results.code >= 0)
        return self[int(done[0])].problem if len(done) else None

    @property
    def problem_made(self) -> Any:
        """The problem as the runs minimise it."""
        return None if self._maker is None else self._maker.problem

    def __repr__(self) -> str:
        return report.plain_repr(self)

    def _repr_html_(self) -> str:
        return report.html_repr(self)
