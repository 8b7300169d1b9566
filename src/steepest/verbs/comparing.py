"""``compare``: methods on problems at equal budgets, all of them counted in gradient evaluations."""

import itertools
import math
import platform
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from .. import __version__
from ..base.errors import ArgumentError, ArgumentTypeError
from . import arguments as check
from .comparison import Comparison, Instance
from .contenders import Contender, Ours, as_contenders, attempt
from .contests import Contest, Goal, Trace, as_contests
from .progress import bar

__all__ = ["compare"]

RATES = (-4.0, 0.0)
"""The decades over which tune=k spreads its learning rates."""


def compare(
    problems: Any,
    methods: Any,
    *,
    starts: int = 1,
    budget: int = 10_000,
    tune: Any = None,
    seed: int = 0,
    seeds: Any = None,
    tolerance: float = 1e-6,
    batch_size: int | None = None,
    progress: bool | str = "auto",
    workers: int = 1,
) -> Comparison:
    """Runs each method on each problem from the same starts, and says which is better, or that no difference shows.

    >>> found = compare(["sphere"], {"small": ("momentum", {"learning_rate": 0.01}), "lbfgs": "lbfgs"}, budget=500)
    >>> found.best
    'lbfgs'

    Parameters
    ----------
    problems : a list or a dict of names, of gallery functions (by name too), formulas, callables, LinearModels; a pair
        ``(problem, w0)`` brings a start (n,), or all of its starts (k, n).
    methods : a list or a dict of names: methods of ours by name, class or object;
        ``steepest.scipy_method("L-BFGS-B")``; an optax transformation; a factory
        ``lambda params: torch.optim.X(params)``; or a pair of one of these and a dict of hyper-parameters, batch_size,
        sampling, bounds, engine.
    starts : of each problem: its own, and draws from its box.
    budget : gradient evaluations of a run: gradients of the whole objective, passes over the data in gradients of
        batches; a value and a gradient at one point are one evaluation, and so is a value alone (line searches,
        Nelder-Mead). What an automatic learning rate costs is counted.
    tune : {"learning_rate": [...]}, or k: that many learning rates from 1e-4 to 1, the same for all. For each problem a
        method takes the best of them, in runs of the whole budget from a start (and seed) of its own; a method that has
        no such hyper-parameter, was given it, or finds it by a line search, is not tuned, and ``tuning`` says so.
    seed, seeds : the starts are drawn from ``seed``; runs on batches are repeated for each of ``seeds`` (by default
        ``seed`` alone), a list or how many.
    tolerance : a run is solved where f - f_L <= tolerance (f0 - f_L): f_L is the known minimum, else the least value
        that any method found on the problem (More and Wild 2009, section 2).
    batch_size : for all methods on problems with data, unless a method brings its own.
    workers : processes.

    Returns
    -------
    Comparison : ``table verdict ranks() performance_profile() data_profile() trajectories() replay() save()``.
    """
    starts = check.whole(starts, "starts", 1)
    budget, workers = check.whole(budget, "budget", 1), check.whole(workers, "workers", 1)
    seed, tolerance = check.whole(seed, "seed", 0), check.real(tolerance, "tolerance", 0.0, open_low=True)
    batch_size = None if batch_size is None else check.whole(batch_size, "batch_size", 1)
    drawn_seeds = as_seeds(seeds, seed)
    grid = as_grid(tune)
    contests = as_contests(problems, starts, seed)
    contenders = as_contenders(methods, batch_size)
    names = [contest.name for contest in contests]
    shown = bar(progress, "run")
    about = {
        "steepest": __version__, "budget": budget, "tolerance": tolerance, "seed": seed, "seeds": drawn_seeds,
        "starts": starts, "batch_size": batch_size, "workers": workers,
        "tune": {name: [float(v) for v in values] for name, values in grid.items()}, "interrupted": False,
    }  # fmt: skip
    try:
        tuned, about["tuning"] = tune_all(contests, contenders, grid, budget, tolerance, seed, workers)
        warm_up(contests, tuned)
        instances = [
            Instance(p, s, each, value_at(contest, s))
            for p, contest in enumerate(contests)
            for s, each in itertools.product(range(len(contest.starts)), drawn_seeds)
        ]
        goals = [contests[i.problem].goal(budget, tolerance, i.f0) for i in instances]
        jobs = [
            (tuned[i.problem][m], contests[i.problem], contests[i.problem].starts[i.start], i.seed, goal)
            for i, goal in zip(instances, goals, strict=True)
            for m in range(len(contenders))
        ]
        flat: list[Trace] = []
        try:
            for trace in each_of(attempt, jobs, workers):
                if trace.outcome == "INTERRUPTED":
                    raise KeyboardInterrupt
                flat.append(trace)
                if shown is not None:
                    shown(len(flat), len(jobs), trace.best)
        except KeyboardInterrupt:
            about["interrupted"] = True
    finally:
        if shown is not None:
            shown.close()
    width = len(contenders)
    whole = len(flat) // width  # an instance that not all methods came to says nothing
    if not whole:
        raise KeyboardInterrupt
    traces = [flat[k * width : (k + 1) * width] for k in range(whole)]
    about["versions"] = versions()
    return Comparison(
        problems=[described(contest) for contest in contests],
        methods=[{"name": each.name, **each.described()} for each in contenders],
        instances=instances[:whole], traces=traces, about=about,
        played=dict(zip(names, zip(contests, tuned, strict=True), strict=True)),
    )  # fmt: skip


# -- arguments -------------------------------------------------------------------------------------------------------


def as_seeds(seeds: Any, seed: int) -> list[int]:
    if seeds is None:
        return [seed]
    if isinstance(seeds, (int, np.integer)) and not isinstance(seeds, bool):
        return [seed + k for k in range(check.whole(seeds, "seeds", 1))]
    if not isinstance(seeds, (list, tuple, range)) or not seeds:
        raise ArgumentTypeError(f"seeds must be how many or a list of whole numbers; got {seeds!r}")
    return [check.whole(each, "seeds", 0) for each in seeds]


def as_grid(tune: Any) -> dict[str, list[float]]:
    """The values to try by hyper-parameter; none for None."""
    if tune is None:
        return {}
    if isinstance(tune, (int, np.integer)) and not isinstance(tune, bool):
        return {"learning_rate": np.logspace(*RATES, check.whole(tune, "tune", 2)).tolist()}
    if not isinstance(tune, Mapping) or not tune:
        raise ArgumentTypeError(f"tune must be how many learning rates or a dict of lists; got {tune!r}")
    for name, values in tune.items():
        right = check.ALIASES.get(name, name)
        if right != name:
            raise ArgumentTypeError(f"tune has no {name!r}; did you mean {right}?")
        if not isinstance(values, (list, tuple, np.ndarray)) or not len(values):
            raise ArgumentTypeError(f"tune[{name!r}] must be a list of numbers; got {values!r}")
    return {name: [check.real(value, f"tune[{name!r}]") for value in values] for name, values in tune.items()}


def described(contest: Contest) -> dict[str, Any]:
    return {
        "name": contest.name, "n": contest.n, "rows": contest.rows, "minimum": contest.minimum,
        "starts": contest.starts.tolist(), "gradient": str(contest.problem.gradient_note),
    }  # fmt: skip


def versions() -> dict[str, str]:
    found = {"python": platform.python_version(), "numpy": np.__version__}
    for name in ("scipy", "numba", "jax", "optax", "torch"):
        if name in sys.modules and hasattr(sys.modules[name], "__version__"):
            found[name] = str(sys.modules[name].__version__)
    return found


# -- runs ------------------------------------------------------------------------------------------------------------


def value_at(contest: Contest, start: int) -> float:
    with np.errstate(all="ignore"):
        try:
            return float(contest.problem.value(contest.starts[start]))
        except Exception:  # whoever runs from there will say what it is
            return math.nan


def each_of(function: Callable[..., Trace], jobs: Sequence[tuple[Any, ...]], workers: int) -> Iterator[Trace]:
    """The results in the jobs' order, in this process or in ``workers`` others."""
    if workers == 1:
        yield from (function(*job) for job in jobs)
        return
    from joblib import Parallel, delayed

    yield from Parallel(n_jobs=workers, return_as="generator")(delayed(function)(*job) for job in jobs)


def warm_up(contests: list[Contest], tuned: list[list[Contender]]) -> None:
    """Two steps of each of our methods, so that nothing is compiled in the time that is taken."""
    for contest, contenders in zip(contests, tuned, strict=True):
        for contender in contenders:
            if isinstance(contender, Ours):
                attempt(contender, contest, contest.starts[0], 0, Goal(2))


def tune_all(
    contests: list[Contest], contenders: list[Contender], grid: dict[str, list[float]], budget: int, tolerance: float,
    seed: int, workers: int,
) -> tuple[list[list[Contender]], list[dict[str, Any]]]:  # fmt: skip
    """The contenders of each problem with the best of the grid's values, and what was done for each method and problem.
    Best is who comes first to the best value that any of a method's tuning runs found, or to the known minimum."""
    fields = tuple(grid)
    values = [dict(zip(fields, row, strict=True)) for row in itertools.product(*grid.values())] if fields else []
    whys = [contender.untunable(fields) if fields else "" for contender in contenders]
    if fields and all(whys):
        raise ArgumentError(f"tune: no method can be tuned; {contenders[0].name!r}: {whys[0]}")
    for contender, why in zip(contenders, whys, strict=True):
        if not why:
            for choice in values:
                contender.tuned(choice).described()  # a value out of its range is refused before anything is run
    tuned: list[list[Contender]] = []
    told: list[dict[str, Any]] = []
    for contest in contests:
        with np.errstate(all="ignore"):
            f0 = float(contest.problem.value(contest.tuning_start))
        goal = contest.goal(budget, tolerance, f0)
        row: list[Contender] = []
        for contender, why in zip(contenders, whys, strict=True):
            entry: dict[str, Any] = {"problem": contest.name, "method": contender.name, "runs": 0, "chosen": {}}
            if not values or why:
                row.append(contender)
                told.append({**entry, "note": why or "not asked for"})
                continue
            tries = [contender.tuned(choice) for choice in values]
            jobs = [(one, contest, contest.tuning_start, seed + 1_000_003, goal) for one in tries]
            traces = list(each_of(attempt, jobs, workers))
            if any(trace.outcome == "INTERRUPTED" for trace in traces):
                raise KeyboardInterrupt
            if not any(trace.f.size for trace in traces):  # it cannot run here, as its row will say
                row.append(contender)
                told.append({**entry, "note": traces[0].message})
                continue
            least = min([trace.best for trace in traces] + ([] if contest.minimum is None else [contest.minimum]))
            near = least + tolerance * max(f0 - least, 0.0)
            best = min(range(len(tries)), key=lambda k: (traces[k].reached(near), traces[k].best))
            where = "a start drawn for it" if contest.own_start else "the last start, for the problem has no box"
            row.append(tries[best])
            told.append({**entry, "runs": len(tries), "chosen": values[best], "note": f"from {where}"})
        tuned.append(row)
    return tuned, told
