"""``sweep``: many runs that differ in hyper-parameters, starts, seeds or methods; those that can, go together."""

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from ..analysis.curvature import each_once
from ..base.errors import ArgumentError, CompileError
from ..engines.task import Ending, announce
from ..records.outcome import Outcome
from . import arguments as check
from .axes import arranged, starts_of
from .estimating import estimated
from .progress import bar
from .sweep_groups import MOST, OWN, Group, Preparation, attempt_at
from .sweep_object import Sweep
from .sweep_results import Results
from .together import run_all

__all__ = ["Sweeper", "sweep"]

MEMORY = 2**30
"""Bytes that the histories of a sweep share."""
FIRST, LARGEST, QUICK = 256, 4096, 1.0
"""Runs that go together at first where one watches, at most, and the seconds under which twice as many go next."""
TIMED, LONGEST = 10_000, 3600.0
"""Of more runs than this a few are timed first, which costs a hundredth; seconds that are begun without being asked
twice."""
EVERY = 10.0
"""Seconds between two savings of a checkpoint."""
NOT_HERE = {
    "callback": "a callback sees one run; look at sweep[i] afterwards",
    "throw": "runs that fail are rows of the table; leave it out",
    "starts": "give the starts as an axis: w0=[[...], [...]]",
}
"""Arguments of ``minimize`` that a sweep has no use for."""


def sweep(
    problem: Any,
    w0: Any = None,
    method: Any = "momentum",
    *,
    how: str = "grid",
    runs: int | None = None,
    draw_seed: int = 0,
    dry_run: bool = False,
    confirm: bool = False,
    memory_limit: int = MEMORY,
    checkpoint: Any = None,
    workers: int = 1,
    progress: bool | str = "auto",
    **arguments: Any,
) -> Any:
    """Runs ``minimize`` for all combinations of the arguments given as several values, together where it can.

    >>> found = sweep("rosenbrock", learning_rate=[1e-4, 1e-3], momentum=[0.0, 0.9], max_iter=100)
    >>> len(found), found.at(learning_rate=1e-3, momentum=0.9).outcome.name
    (4, 'MAX_ITER')

    Parameters
    ----------
    problem, w0, method and all others : as ``minimize`` takes them. Hyper-parameters (numbers or schedules),
        batch_size, seed, sampling and method may be lists, tuples, ranges or arrays of one dimension: axes. w0 is an
        axis where it is a list of starts or has a dimension more than a start.
    how : "grid" (all combinations, the last axis fastest), "zip" (the first values of all, the second ones, ...) or
        "random" (``runs`` draws from ``steepest.LogUniform(low, high)``, ``steepest.Uniform(low, high)`` or lists).
    draw_seed : of the draws.
    dry_run : nothing is kept: returns how many runs there would be, how many go together, and about how long.
    confirm : begin more than 100,000 runs, or more than 10,000 that would take over an hour, which are else refused
        with their estimate.
    memory_limit : bytes that the histories share; each run's is thinned beyond its part (record="auto").
    checkpoint : a .npz in which the sweep is kept as it goes, and from which it goes on.
    workers : processes for runs that are not compiled together.

    Returns
    -------
    Sweep : ``table at() [i] best history``; an Estimate for a dry run.
    """
    for name, why in NOT_HERE.items():
        if name in arguments:
            raise ArgumentError(f"{name} is not for sweeps: {why}")
    workers = check.whole(workers, "workers", 1)
    memory = check.whole(memory_limit, "memory_limit", 1)
    shape = getattr(getattr(getattr(problem, "tree", None), "example", None), "shape", None)
    starts = starts_of(w0, shape)
    if isinstance(w0, (list, tuple, np.ndarray)) and np.size(np.asarray(w0, dtype=object)) == 0:
        raise ArgumentError("w0 is empty; give a start, a list of starts, or leave it out")
    given = {"method": method, **arguments}
    cells, shared = arranged(given, starts, how, runs, draw_seed, OWN)
    if starts is None:
        shared["w0"] = w0
    prepared = Preparation(problem, cells, shared, memory)
    if check.flag(dry_run, "dry_run"):
        return estimated(prepared)
    if not check.flag(confirm, "confirm") and cells.count > TIMED:
        estimate = estimated(prepared)
        if cells.count > MOST or estimate.seconds > LONGEST:
            raise ArgumentError(f"{estimate.sentence}; pass confirm=True to begin, or fewer values")
    maker = Sweeper(prepared, workers)
    found = Sweep(cells, Results(cells.count), prepared.described, maker, checkpoint)
    if checkpoint is not None:
        found.take_over(checkpoint)
    maker.run(found, progress)
    return found


class Sweeper:
    """Runs the cells of a sweep, in groups where they go together."""

    def __init__(self, prepared: Preparation, workers: int) -> None:
        self.prepared, self.workers = prepared, workers

    @property
    def problem(self) -> Any:
        """As the runs minimise it."""
        return self.prepared.groups[0].call.problem

    def run(self, found: Sweep, progress: Any) -> None:
        """Runs what is not done; Ctrl-C keeps what is."""
        shown = bar(progress, "run")
        began = saved = time.perf_counter()
        token = announce.set(shown.note if shown is not None else announce.get())
        found.interrupted = False
        try:
            for _ in self.steps(found.results, watched=shown is not None or found.checkpoint is not None):
                now = time.perf_counter()
                if shown is not None and now - began > 1.0:
                    shown(found.results.done, len(found), found.best_f)
                if found.checkpoint is not None and now - saved > EVERY:
                    found.save(found.checkpoint)
                    saved = time.perf_counter()
                if found.results.interrupted:
                    found.interrupted = True
                    break
        except KeyboardInterrupt:
            found.interrupted = True
        finally:
            announce.reset(token)
            if shown is not None:
                shown.close()
            if found.checkpoint is not None:
                found.save(found.checkpoint)

    def steps(self, results: Results, watched: bool) -> Iterator[None]:
        """Does the work in parts."""
        with each_once():
            for group in self.prepared.groups:
                left = group.cells[~results.finished(group.cells)]
                if group.together and left.size:
                    yield from self.pass_over(group, left, results, watched)
                    left = left[~results.finished(left)]
                if left.size:
                    yield from self.one_by_one(left, results)

    def pass_over(self, group: Group, left: Any, results: Results, watched: bool) -> Iterator[None]:
        """Runs of one group side by side; those that cannot are left over."""
        size = FIRST if watched else LARGEST
        while left.size:
            part, left = left[:size], left[size:]
            began = time.perf_counter()
            tasks = self.prepared.tasks(group, part, began)
            try:
                endings = run_all(tasks, group.call.engine)
            except CompileError:
                if group.call.asked_engine != "auto":
                    raise
                return
            except Exception:  # of one of them: each alone, it is that run's
                return
            spent = time.perf_counter() - began
            results.put_together(part, endings, self.finisher(group, spent), spent, group.call.engine)
            if group.moved:  # where JAX's derivative has a hole (of abs(w)**0.5 at 0), the problem's own may have none
                results.take_back(part[results.code[part] == Outcome.NOT_FINITE.value])
            size = min(2 * size, LARGEST) if spent < QUICK else size
            yield

    def finisher(self, group: Group, seconds: float) -> Any:
        """Makes the Run of a cell of its ending, when it is asked for."""

        def finish(i: int, ending: Ending) -> Any:
            rule, w0 = self.prepared.rule(group, i), self.prepared.start(group, i)
            run = group.call.finished(rule, w0, ending, group.checks)
            run.record = replace(run.record, seconds=seconds)
            run.again = lambda: again(i)
            return run

        def again(i: int) -> Any:
            task = self.prepared.task(group, i, time.perf_counter())
            return finish(i, run_all([task], group.call.engine)[0])

        return finish

    def one_by_one(self, left: Any, results: Results) -> Iterator[None]:
        """Each as ``minimize`` does it; an exception of one is its outcome."""
        if self.workers > 1:
            yield from self.in_processes(left, results)
            return
        for i in left.tolist():
            results.put_run(i, self.prepared.attempt(i))
            yield

    def in_processes(self, left: Any, results: Results) -> Iterator[None]:
        from joblib import Parallel, delayed
        from joblib.externals.loky.process_executor import TerminatedWorkerError

        def work(cells: Any) -> Any:
            given, budget = self.prepared.arguments, self.prepared.budget
            jobs = (delayed(attempt_at)(i, self.prepared.problem, given(i), budget) for i in cells)
            return Parallel(n_jobs=self.workers, return_as="generator_unordered")(jobs)

        def put(i: int, run: Any) -> None:
            if not isinstance(run, str):
                run.problem = self.problem  # a callable does not come back from a process
            results.put_run(i, run)

        try:
            for i, run in work(left.tolist()):
                put(i, run)
                yield
        except TerminatedWorkerError:  # one of the runs took its process with it: which one, each tells on its own
            for i in left[~results.finished(left)].tolist():
                try:
                    put(*next(iter(work([i]))))
                except TerminatedWorkerError:
                    put(i, "TerminatedWorkerError: its process ended, killed or out of memory")
                yield
