"""The Comparison that ``compare`` returns: every run's trajectory, and what follows from them."""

import math
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..analysis import profiles
from ..base.errors import ArgumentError
from ..base.files import as_path, write_text
from ..base.text import listing
from ..records.storage import dumps
from . import comparison_report as report
from .comparison_files import loaded, revived, saved
from .contenders import Contender, Ours
from .contests import Contest, Trace

if TYPE_CHECKING:
    from ..plots.display import Display
    from .run import Run

__all__ = ["AXES", "Comparison", "Instance"]

Array = NDArray[np.float64]

AXES = ("evaluations", "iterations", "epochs", "samples", "seconds")


class Instance(NamedTuple):
    """One problem (its place in ``problems``) from one start with one seed; ``f0`` is its value there."""

    problem: int
    start: int
    seed: int
    f0: float


@dataclass(frozen=True, eq=False, repr=False)
class Comparison:
    """Methods on problems. ``traces[i][m]`` is the run of method m on instance i; ``about`` the budget, tolerance,
    seeds, tuning and versions."""

    problems: list[dict[str, Any]]
    methods: list[dict[str, Any]]
    instances: list[Instance]
    traces: list[list[Trace]]
    about: dict[str, Any]
    played: dict[str, tuple[Contest, list[Contender]]] = field(default_factory=dict)
    """The problems with the (tuned) methods, by name; empty in a loaded comparison, which makes them of their names."""

    @property
    def names(self) -> list[str]:
        """Of the methods."""
        return [method["name"] for method in self.methods]

    @property
    def tolerance(self) -> float:
        return float(self.about["tolerance"])

    @property
    def tuning(self) -> list[dict[str, Any]]:
        """For each problem and method: how many tuning runs, what was chosen, or why nothing was."""
        return list(self.about["tuning"])

    # -- who reached what --------------------------------------------------------------------------------------------

    @cached_property
    def least(self) -> Array:
        """f_L of each problem: its known minimum, or the least value that any run found; inf where none found a
        finite one."""
        found = [math.inf if about["minimum"] is None else about["minimum"] for about in self.problems]
        for instance, row in zip(self.instances, self.traces, strict=True):
            bests = [trace.best for trace in row if not math.isnan(trace.best)]
            found[instance.problem] = min([found[instance.problem], *bests])
        return np.array(found, dtype=float)

    def costs(self, tolerance: float | None = None) -> Array:
        """``(instances, methods)``: gradient evaluations until f - f_L <= tolerance (f0 - f_L); inf where never."""
        tolerance = self.checked(tolerance)
        costs = np.full((len(self.instances), len(self.methods)), math.inf)
        for i, (instance, row) in enumerate(zip(self.instances, self.traces, strict=True)):
            least = self.least[instance.problem]
            if math.isfinite(instance.f0) and math.isfinite(least):
                target = least + tolerance * max(instance.f0 - least, 0.0)
                costs[i] = [trace.reached(target) for trace in row]
        return costs

    def checked(self, tolerance: float | None) -> float:
        """Runs end near a known minimum: nothing closer than a thousandth of the comparison's tolerance is known."""
        if tolerance is None:
            return self.tolerance
        if not tolerance >= self.tolerance * 1e-3:
            raise ArgumentError(
                f"tolerance must be at least a thousandth of the comparison's {self.tolerance:g}; got {tolerance!r}"
            )
        return float(tolerance)

    @cached_property
    def gaps(self) -> Array:
        """``(instances, methods)``: the final (best f - f_L) / (f0 - f_L); NaN where there is no number."""
        best = np.array([[trace.best for trace in row] for row in self.traces])
        least = self.least[[instance.problem for instance in self.instances]][:, None]
        f0 = np.array([instance.f0 for instance in self.instances])[:, None]
        with np.errstate(all="ignore"):
            gaps = np.where(best <= least, 0.0, (best - least) / (f0 - least))
        return np.where(np.isfinite(best), gaps, np.nan)

    def columns(self) -> dict[str, NDArray[Any]]:
        """The table's columns, a row for each instance and method."""
        rows = [(i, m) for i in range(len(self.instances)) for m in range(len(self.methods))]
        costs = self.costs()
        at = [(self.instances[i], self.traces[i][m]) for i, m in rows]
        cost = np.array([costs[i, m] for i, m in rows])
        return {
            "problem": np.array([self.problems[instance.problem]["name"] for instance, _ in at]),
            "start": np.array([instance.start for instance, _ in at]),
            "seed": np.array([instance.seed for instance, _ in at]),
            "method": np.array([self.names[m] for _, m in rows]),
            "solved": np.isfinite(cost), "evaluations": cost,
            "gap": np.array([self.gaps[i, m] for i, m in rows]),
            "f": np.array([trace.best for _, trace in at]),
            "spent": np.array([trace.spent for _, trace in at]),
            "seconds": np.array([trace.time for _, trace in at]),
            "outcome": np.array([trace.outcome for _, trace in at]),
            "message": np.array([trace.message for _, trace in at]),
        }  # fmt: skip

    @property
    def table(self) -> Any:
        """A data frame with a row for each problem, start, seed and method; without pandas a list of dicts.
        ``evaluations`` is how many it took to the target (inf: never), ``spent`` how many were made."""
        columns = self.columns()
        try:
            import pandas as pd
        except ImportError:
            return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
        return pd.DataFrame(columns)

    # -- profiles ----------------------------------------------------------------------------------------------------

    def performance_profile(self, tolerance: float | None = None) -> dict[str, tuple[Array, Array]]:
        """{method: (tau, share)}: the share of instances solved at no more than tau times the evaluations of the best
        method there (Dolan and More 2002)."""
        return dict(zip(self.names, profiles.performance_profile(self.costs(tolerance)), strict=True))

    def data_profile(
        self, tolerance: float | None = None, per_variable: bool = False
    ) -> dict[str, tuple[Array, Array]]:
        """{method: (kappa, share)}: the share of instances solved within kappa gradient evaluations. More and Wild
        (2009) count simplex gradients, the n + 1 values that stand for a gradient where there is none; here a gradient
        is one evaluation. ``per_variable=True`` divides by n + 1 as they do, for problems of unlike sizes."""
        sizes = np.array([self.problems[instance.problem]["n"] + 1 for instance in self.instances])
        curves = profiles.data_profile(self.costs(tolerance), sizes if per_variable else 1.0)
        return dict(zip(self.names, curves, strict=True))

    # -- ranks -------------------------------------------------------------------------------------------------------

    @property
    def over(self) -> str:
        """What is taken to be independent: the problems, or the starts where there is one problem, or its seeds."""
        if len({instance.problem for instance in self.instances}) > 1:
            return "problem"
        return "start" if len({instance.start for instance in self.instances}) > 1 else "seed"

    @cached_property
    def _balance(self) -> Array:
        """(blocks, methods, methods)."""
        whole = profiles.balances(self.costs(), self.gaps)
        return profiles.block_means(whole, [getattr(instance, self.over) for instance in self.instances])

    def ranks(self) -> dict[str, tuple[float, float, float]]:
        """{method: (mean rank, low, high)} with 95 % intervals, bootstrapped over the problems (the starts where there
        is one problem). 1 is best: fewest evaluations to the target; methods that never reached it rank by their final
        gap, ties share a rank."""
        found = profiles.bootstrapped(profiles.mean_ranks(self._balance), int(self.about["seed"]))
        return {
            name: (float(found.mean[m]), float(found.low[m]), float(found.high[m])) for m, name in enumerate(self.names)
        }

    def differences(self) -> dict[tuple[str, str], float]:
        """{(method, method): p}: Wilcoxon's signed-rank test on how often one beat the other on a problem, adjusted
        after Holm so that all pairs may be read at once."""
        pairs = list(combinations(range(len(self.methods)), 2))
        p = profiles.holm([profiles.signed_rank_p(self._balance[:, a, b]) for a, b in pairs])
        return {(self.names[a], self.names[b]): float(each) for (a, b), each in zip(pairs, p, strict=True)}

    @property
    def friedman(self) -> float | None:
        """The p-value of Friedman's test that all methods rank alike; None for two methods."""
        return profiles.friedman_p(profiles.mean_ranks(self._balance)) if len(self.methods) > 2 else None

    @property
    def best(self) -> str:
        """The method of the lowest mean rank; whether it is better than others is the verdict's matter."""
        ranks = self.ranks()
        return min(ranks, key=lambda name: ranks[name][0])

    @property
    def verdict(self) -> str:
        """Who is better, in a sentence or two, or that no difference is shown."""
        return report.verdict(self)

    # -- trajectories ------------------------------------------------------------------------------------------------

    def trajectories(
        self, problem: str | None = None, axis: str = "evaluations"
    ) -> dict[str, list[tuple[Array, Array]]]:
        """{method: [(x, gap), ...]}: for each instance of a problem the relative gap (best f so far - f_L) / (f0 - f_L)
        against ``axis``: gradient evaluations, iterations (single updates), epochs (passes over the data; iterations
        where the whole batch is taken), samples seen (rows of data), or seconds."""
        if axis not in AXES:
            raise ArgumentError(f"axis must be {listing(map(repr, AXES))}; got {axis!r}")
        at = self._place(problem)
        rows = self.problems[at]["rows"]
        if axis == "samples" and rows is None:
            raise ArgumentError(f"axis='samples' needs a problem on data; {self.problems[at]['name']!r} is none")
        found: dict[str, list[tuple[Array, Array]]] = {name: [] for name in self.names}
        for instance, row in zip(self.instances, self.traces, strict=True):
            if instance.problem == at:
                for name, trace in zip(self.names, row, strict=True):
                    with np.errstate(all="ignore"):
                        gap = (trace.f - self.least[at]) / (instance.f0 - self.least[at])
                    found[name].append((along(trace, axis, rows), gap))
        return found

    def _place(self, problem: str | None) -> int:
        names = [about["name"] for about in self.problems]
        if problem is None and len(names) == 1:
            return 0
        if problem not in names:
            raise ArgumentError(f"problem must be {listing(map(repr, names))}; got {problem!r}")
        return names.index(problem)

    def replay(self, problem: str | None = None, method: str | None = None, start: int = 0, seed: int | None = None,
               **more: Any) -> "Run":  # fmt: skip
        """The run of one of our methods, as the Run that ``minimize`` returns, its whole path recorded; ``more`` goes
        to ``minimize`` on top (``record=``, ``callback=``)."""
        at = self._place(problem)
        name = self.problems[at]["name"]
        if method not in self.names:
            raise ArgumentError(f"method must be {listing(map(repr, self.names))}; got {method!r}")
        place, starts = self.names.index(method), self.problems[at]["starts"]
        if not 0 <= start < len(starts):
            raise ArgumentError(f"start must be 0 to {len(starts) - 1}; got {start!r}")
        own = [i for i in self.instances if i.problem == at and i.start == start and seed in (None, i.seed)]
        if not own:
            raise ArgumentError(f"seed must be {listing(self.about['seeds'])}; got {seed!r}")
        if name in self.played:
            contest, contender = self.played[name][0], self.played[name][1][place]
        else:
            contest, contender = revived(self, at, place, own[0].f0)
        if not isinstance(contender, Ours):
            raise ArgumentError(f"method {method!r} is not run by steepest, and has no Run; its row is in the table")
        goal = contest.goal(int(self.about["budget"]), self.tolerance, own[0].f0)
        return contender.run(
            contest.problem, contest.starts[start], contender.arguments(contest, own[0].seed, goal), **more
        )

    # -- keeping it --------------------------------------------------------------------------------------------------

    def save(self, path: Any) -> Path:
        """Writes everything to a .npz (never pickle), or the table, ranks and verdict to a .json; returns the path."""
        target = as_path(path)
        if target.suffix == ".json":
            return write_text(path, dumps(report.summary(self)) + "\n")
        if target.suffix != ".npz":
            raise ArgumentError(f"path must end in .npz or .json; got {str(path)!r}")
        return saved(self, path)

    @classmethod
    def load(cls, path: Any) -> "Comparison":
        """The comparison saved at ``path``, its numbers bit for bit."""
        return loaded(path)

    def to_csv(self, path: Any = None) -> str:
        """The table as CSV, written to ``path`` where one is given."""
        return report.written(report.csv_text(self), path)

    def to_latex(self, path: Any = None) -> str:
        """A line for each method as a LaTeX tabular, written to ``path`` where one is given."""
        return report.written(report.latex_text(self), path)

    def plot_profiles(self, ax: Any = None, tolerance: float | None = None) -> "Display":
        """Performance and data profiles, and mean ranks with their intervals."""
        from ..plots.profiles import profiles_of

        return profiles_of(
            self.performance_profile(tolerance), self.data_profile(tolerance), self.ranks()
        ).plot(ax)  # fmt: skip

    def __len__(self) -> int:
        """Runs."""
        return len(self.instances) * len(self.methods)

    def __repr__(self) -> str:
        return report.plain_repr(self)

    def _repr_html_(self) -> str:
        return report.html_repr(self)


def along(trace: Trace, axis: str, rows: int | None) -> Array:
    """The points of a trace on one of the axes."""
    if axis == "evaluations":
        return trace.evaluations
    if axis == "iterations":
        return trace.steps * trace.updates_a_step
    if axis == "samples":
        return trace.evaluations * float(rows or 0)
    return trace.steps if axis == "epochs" else trace.seconds
