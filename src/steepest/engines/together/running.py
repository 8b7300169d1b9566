"""``run_together``: many tasks, sorted into groups that go together; what cannot, runs alone."""

import time
from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...records.outcome import Outcome
from ..choose import runner
from ..task import Task
from .alike import Alike
from .endings import Endings
from .ledger import Ledger

__all__ = ["run_together"]

REPORT_EVERY = 0.1
"""Seconds."""


def run_together(tasks: Sequence[Task], engine: str, report: Callable[[Endings], None] | None = None) -> Endings:
    """Runs all tasks in an engine; each ends as ``runner(engine)(task)`` would end it, with the same bits in numba and
    quadratic, and in JAX with those of a program of lanes (jax/lanes.py).

    Tasks that share all but start, float fields and schedules go together; the others one after another, in the order
    in which the first of each group comes. ``report`` gets the endings every tenth of a second while they come in.
    Ctrl-C ends the runs that have begun as interrupted; KeyboardInterrupt where none has."""
    endings = Endings(len(tasks))
    due = time.perf_counter() + REPORT_EVERY

    def told() -> None:
        nonlocal due
        if report is not None and time.perf_counter() >= due:
            report(endings)
            due = time.perf_counter() + REPORT_EVERY

    try:
        for which, group in groups(tasks, engine):
            if group is None:
                run_alone(tasks[which[0]], engine, endings, int(which[0]))
            else:
                run_group(group, engine, endings, which, told)
            told()
    except KeyboardInterrupt:
        endings.interrupted = True
        if not any(endings.has_run(k) for k in range(len(tasks))):
            raise
    return endings


def groups(tasks: Sequence[Task], engine: str) -> Iterator[tuple[NDArray[np.intp], Alike | None]]:
    """Which tasks go together, with what they share, in the order of their first ones; None for one that goes alone."""
    keys: Sequence[Hashable]
    if isinstance(tasks, Alike):
        shared = likeness(tasks.first, engine)
        if shared is not None and engine != "quadratic":
            yield np.arange(len(tasks)), tasks
            return
        keys = [shared and start.tobytes() for start in tasks.starts]
    else:
        keys = [likeness(task, engine) for task in tasks]
    found: dict[tuple[str, Hashable], list[int]] = {}
    for k, key in enumerate(keys):
        found.setdefault(("alone", k) if key is None else ("alike", key), []).append(k)
    for (kind, _), places in found.items():
        which = np.array(places)
        if kind == "alone":
            yield which, None
        else:
            yield which, tasks.part(which) if isinstance(tasks, Alike) else Alike.of([tasks[k] for k in places])


def run_alone(task: Task, engine: str, endings: Endings, k: int) -> None:
    ending = runner(engine)(task)
    endings.put(k, ending)
    if ending.outcome is Outcome.INTERRUPTED:  # which is meant for all of them
        raise KeyboardInterrupt


def run_group(tasks: Alike, engine: str, endings: Endings, which: NDArray[np.intp], report: Any) -> None:
    def adopt(places: NDArray[np.intp], ledger: Ledger) -> None:
        endings.adopt(which[places], ledger)

    if engine == "numba":
        from .linear import run_linear

        run_linear(tasks, adopt, report)
    elif engine == "quadratic":
        from .least_squares import run_least_squares

        run_least_squares(tasks, adopt, report)
    else:
        from ..jax.lanes import keep_lanes

        endings.in_lanes = True
        keep_lanes(tasks, adopt, report)


def likeness(task: Task, engine: str) -> Hashable:
    """What tasks share that go together; None for one that goes with no other."""
    unlike = task.callback is not None or task.progress is not None or task.counter is not None
    if unlike or task.search is not None or task.plan.updates or engine not in ("numba", "quadratic", "jax"):
        return None
    if engine == "numba":
        from .linear import why_not_linear

        if why_not_linear(task):
            return None
    if engine == "jax" and task.batch_size is not None:
        return None
    if (
        engine == "quadratic" and task.settings.time_limit is not None
    ):  # which may be over before the curvature is known
        return None
    structure = tuple((name, value) for name, value in task.rule._asdict().items() if type(value) is not float)
    try:
        hash(structure)
    except TypeError:  # a field of the user's own kind
        return None
    bounds = () if task.box is None else (type(task.box), *(part.tobytes() for part in task.box.numbers))
    start = task.w0.tobytes() if engine == "quadratic" else task.w0.size  # which is where its minimum is sought from
    return (
        id(task.problem), type(task.rule), structure, task.batch_size, task.sampling, task.seed, task.device, bounds,
        task.settings, task.plan, tuple(task.schedules), start,
    )  # fmt: skip
