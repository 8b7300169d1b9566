"""``python -m benchmarks.studies.scaling [--quick]``: how the time of a fit grows with rows, features and classes, ours
and scikit-learn's: scaling.png and scaling.json in benchmarks/results/."""

import statistics
import time
import warnings
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import SGDClassifier

import steepest

from ..harness import busy_seconds_of, machine
from .writing import asked, put

RESULTS = Path(__file__).parents[1] / "results"
EPOCHS, MOMENTUM, ALPHA = 5, 0.9, 1e-4
SIZES = {
    "rows": (100, 300, 1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000),
    "features": (4, 16, 64, 256, 1_024, 4_096, 16_384),
    "classes": (2, 4, 8, 16, 32, 64, 128),
}
REST = {"rows": 10_000, "features": 64, "classes": 2}
"""What the other two are while one grows; 2,000 rows where the features do."""
FEWER_ROWS = 2_000
TURNS = 5


def descent(batch: int, X: NDArray[np.float64], y: NDArray[Any], rate: float) -> Any:
    return steepest.DescentClassifier(
        learning_rate=rate, momentum=MOMENTUM, batch_size=batch, alpha=ALPHA, max_iter=EPOCHS, tol=None,
        multi_class="one_vs_rest",
    ).fit(X, y)  # fmt: skip


def sgd(X: NDArray[np.float64], y: NDArray[Any], rate: float) -> Any:
    return SGDClassifier(
        loss="log_loss", alpha=ALPHA, learning_rate="constant", eta0=rate, max_iter=EPOCHS, tol=None
    ).fit(X, y)  # fmt: skip


FITS: dict[str, Callable[..., Any]] = {
    f"DescentClassifier, momentum {MOMENTUM:g}, one example at a time": partial(descent, 1),
    f"DescentClassifier, momentum {MOMENTUM:g}, batches of 64": partial(descent, 64),
    "SGDClassifier, no momentum": sgd,
}


def data(rows: int, features: int, classes: int) -> tuple[NDArray[np.float64], NDArray[np.int64], float]:
    """X, labels of which every class occurs, and a rate at which all learn."""
    rng = np.random.default_rng(rows + features + classes)
    X = rng.standard_normal((rows, features))
    y = (X @ rng.standard_normal((features, classes)) + rng.standard_normal((rows, classes))).argmax(axis=1)
    y[:classes] = np.arange(classes)
    return X, y, 0.01 / features


def seconds(rows: int, features: int, classes: int, turns: int) -> list[float]:
    """The median processor seconds of each of FITS, which take turns; the first turn is thrown away."""
    given = data(rows, features, classes)
    taken: list[list[float]] = [[] for _ in FITS]
    for _ in range(turns + 1):
        for fit, found in zip(FITS.values(), taken, strict=True):
            found.append(busy_seconds_of(partial(fit, *given))())
    return [statistics.median(found[1:]) for found in taken]


def measured(quick: bool) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, sizes in SIZES.items():
        sizes = sizes[:4] if quick else sizes
        rest = REST | ({"rows": FEWER_ROWS} if name == "features" else {})
        times = []
        for size in sizes:
            times.append(seconds(**rest | {name: size}, turns=1 if quick else TURNS))
            print(name, size, *(f"{taken:.3g} s" for taken in times[-1]), flush=True)
        others = {other: value for other, value in rest.items() if other != name}
        found[name] = {"sizes": list(sizes), "others": others, "seconds": np.transpose(times).tolist()}
    return {
        "taken": time.strftime("%Y-%m-%d %H:%M:%S"), "quick": quick, "machine": machine(), "epochs": EPOCHS,
        "fits": list(FITS), "panels": found,
    }  # fmt: skip


def drawn(found: dict[str, Any], path: Path) -> None:
    from matplotlib.figure import Figure

    from steepest.plots.style import COLOURS, DASHES, MUTED, SMALL, look

    with look():
        figure = Figure(figsize=(11.0, 4.3))
        axes = figure.subplots(1, 3, sharey=True)
        for ax, (name, panel) in zip(axes, found["panels"].items(), strict=True):
            for k, (label, taken) in enumerate(zip(found["fits"], panel["seconds"], strict=True)):
                ax.plot(
                    panel["sizes"], taken, color=COLOURS[k], linestyle=DASHES[k], marker="os^"[k], ms=4, label=label
                )
            ax.set(xscale="log", yscale="log", xlabel=name)
            others = " and ".join(f"{value:,} {other}" for other, value in panel["others"].items())
            ax.set_title(others, loc="left", fontsize=10)
            ax.grid(which="major", color="#e4e4e4", linewidth=0.6)
        axes[0].set_ylabel(f"processor seconds of a fit, {found['epochs']} epochs")
        handles, labels = axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="lower left", bbox_to_anchor=(0.06, 0.055), ncols=3, columnspacing=1.5)
        about, numbers = found["machine"], found["machine"]["versions"]
        told = (
            f"log loss, one against the rest; {about['processor']}, {about['cores']} cores; steepest "
            f"{numbers['steepest']}, scikit-learn {numbers['scikit-learn']} (SGDClassifier), numba {numbers['numba']}"
        )
        figure.text(0.065, 0.025, told, color=MUTED, fontsize=SMALL - 2)
        figure.subplots_adjust(left=0.07, right=0.985, top=0.91, bottom=0.27, wspace=0.06)
        figure.savefig(path, dpi=150)


def main(words: Sequence[str] | None = None) -> None:
    given = asked("scaling", "Time against size.", "small sizes, one turn: that it runs", RESULTS, words)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # fits that end at max_iter say so
        found = measured(given.quick)
    put(found, given.out, "scaling", drawn)


if __name__ == "__main__":
    main()
