"""``python -m benchmarks.studies.runs [--quick]``: how the time grows with the number of runs over learning rate and
momentum, as a sweep, as a loop of ``minimize`` and as a vmap of JAX: runs.png and runs.json in docs/images/."""

import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import steepest

from ..digits import load
from ..harness import machine, seconds_of
from ..peers_sweeps import least_squares_vmapped, rosenbrock_paths, sgd_vmapped
from ..rows.sweeps import EPOCHS, START, STEPS, axes, pairs_of
from .writing import asked, put

IMAGES = Path(__file__).parents[2] / "docs" / "images"
SIZES = (1, 3, 10, 30, 100, 300, 1_000)
MANY = (*SIZES, 3_000, 10_000)
LABELS = ("one sweep", "a loop of minimize", "a vmap of JAX")
ROWS, COLUMNS, ITERATIONS = 20_000, 20, 1_000
TURNS = 7
SLOW, PATIENCE = 2.0, 15.0
"""Seconds; who has taken more than PATIENCE is not asked about more runs."""

Work = Callable[[int], Callable[[], Any]]
"""Of so many runs."""


class Panel(NamedTuple):
    """One problem: how many runs, and the work of each of LABELS."""

    title: str
    sizes: Sequence[int]
    works: Sequence[Work]


def panels() -> list[Panel]:
    return [digits(), paths(), least_squares()]


def works_of(problem: Any, w0: Any, low: float, high: float, vmapped: Any, **options: Any) -> tuple[Work, Work, Work]:
    """``vmapped(rates, momenta)`` is JAX's side; the others minimise the problem with the options."""

    def swept(runs: int) -> Callable[[], Any]:
        rates, momenta = cut(runs, low, high)
        given = {"learning_rate": rates, "momentum": momenta, "how": "zip", "progress": False}
        return partial(steepest.sweep, problem, w0, "momentum", **given, **options)

    def looped(runs: int) -> Callable[[], Any]:
        def loop() -> None:
            for rate, momentum in zip(*cut(runs, low, high), strict=True):
                steepest.minimize(
                    problem, w0, "momentum", learning_rate=rate, momentum=momentum, progress=False, **options
                )

        return loop

    return swept, looped, lambda runs: partial(vmapped, *cut(runs, low, high))


def cut(runs: int, low: float, high: float) -> list[Any]:
    """Learning rates and momenta (runs,)."""
    return [each[:runs] for each in pairs_of(*axes(runs, low, high))]


def digits() -> Panel:
    data = load()
    return Panel(
        f"digits, 288 x 65, one example at a time, {EPOCHS} epochs", SIZES,
        works_of(data.model, data.w0, 1e-7, 3e-6, sgd_vmapped(data.X, data.y, EPOCHS), batch_size=1, max_iter=EPOCHS),
    )  # fmt: skip


def paths() -> Panel:
    def rosenbrock(w: Any) -> Any:
        return (1 - w[0]) ** 2 + 100 * (w[1] - w[0] ** 2) ** 2

    peer = partial(rosenbrock_paths(STEPS), START)
    works = works_of(rosenbrock, START, 1e-5, 5e-4, peer, max_iter=STEPS, grad_tol=None)
    return Panel(f"Rosenbrock's function, {STEPS:,} steps", SIZES, works)


def least_squares() -> Panel:
    rng = np.random.default_rng(0)
    X = rng.standard_normal((ROWS, COLUMNS)) * np.geomspace(1, 0.1, COLUMNS)
    y = X @ rng.standard_normal(COLUMNS) + rng.standard_normal(ROWS)
    model = steepest.LinearModel(X, y, fit_intercept=False)
    works = works_of(
        model, np.zeros(COLUMNS), 1e-3, 0.5, least_squares_vmapped(X, y, ITERATIONS), max_iter=ITERATIONS,
        grad_tol=None, engine="quadratic", record="none",
    )  # fmt: skip
    return Panel(f"least squares, {ROWS:,} x {COLUMNS}, {ITERATIONS:,} iterations", MANY, works)


def measured(quick: bool) -> dict[str, Any]:
    found = []
    for panel in panels():
        sizes = panel.sizes[:3] if quick else panel.sizes
        seconds: list[list[float | None]] = [[] for _ in LABELS]
        for size in sizes:
            due = [line for line in range(len(LABELS)) if not (late(seconds[line]))]
            taken = turns([panel.works[line](size) for line in due], 1 if quick else TURNS)
            for line in range(len(LABELS)):
                seconds[line].append(taken[due.index(line)] if line in due else None)
            told = (f"{column[-1]:.3g} s" if column[-1] is not None else "-" for column in seconds)
            print(panel.title, f"{size:,} runs:", *told, flush=True)
        found.append({"title": panel.title, "runs": list(sizes), "seconds": seconds})
    return {
        "taken": time.strftime("%Y-%m-%d %H:%M:%S"), "quick": quick, "machine": machine(), "lines": list(LABELS),
        "panels": found,
    }  # fmt: skip


def late(seconds: Sequence[float | None]) -> bool:
    return bool(seconds) and (seconds[-1] is None or seconds[-1] > PATIENCE)


def turns(works: Sequence[Callable[[], Any]], count: int) -> list[float]:
    """The least seconds of each work, since whatever else the machine does only adds; they take turns, and the first
    one, which compiles, is thrown away. Of what takes longer than SLOW one more turn is enough."""
    first = [seconds_of(work)() for work in works]
    taken: list[list[float]] = [[] for _ in works]
    for turn in range(count):
        for work, found, began in zip(works, taken, first, strict=True):
            if turn == 0 or began < SLOW:
                found.append(seconds_of(work)())
    return [min(found) for found in taken]


def drawn(found: dict[str, Any], path: Path) -> None:
    from matplotlib.figure import Figure

    from steepest.plots.style import COLOURS, DASHES, MUTED, SMALL, look

    with look():
        figure = Figure(figsize=(9.5, 3.7))
        for ax, panel in zip(figure.subplots(1, 3, sharey=True), found["panels"], strict=True):
            for k, (label, taken) in enumerate(zip(found["lines"], panel["seconds"], strict=True)):
                there = [(runs, t) for runs, t in zip(panel["runs"], taken, strict=True) if t is not None]
                ax.plot(*zip(*there, strict=True), color=COLOURS[k], linestyle=DASHES[k], marker="os^"[k], ms=4,
                        label=label)  # fmt: skip
            ax.set(xscale="log", yscale="log", xlabel="runs")
            ax.set_title(panel["title"].replace(", ", ",\n", 1), loc="left", fontsize=SMALL)
            ax.grid(which="major", color="#e4e4e4", linewidth=0.6)
        figure.axes[0].set_ylabel("seconds for all of them")
        handles, labels = figure.axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="lower left", bbox_to_anchor=(0.07, 0.055), ncols=3, columnspacing=1.5)
        about, numbers = found["machine"], found["machine"]["versions"]
        told = (
            f"{about['processor']}, {about['cores']} cores; steepest {numbers['steepest']}, numba {numbers['numba']}, "
            f"jax {numbers['jax']}; double precision, compiled before"
        )
        figure.text(0.075, 0.025, told, color=MUTED, fontsize=SMALL - 2)
        figure.subplots_adjust(left=0.08, right=0.985, top=0.87, bottom=0.29, wspace=0.06)
        figure.savefig(path, dpi=100)


def main(words: Sequence[str] | None = None) -> None:
    given = asked("runs", "Time against runs.", "few runs, one turn: that it works", IMAGES, words)
    put(measured(given.quick), given.out, "runs", drawn)


if __name__ == "__main__":
    main()
