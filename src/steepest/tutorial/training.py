"""What training on the digits looks like from inside: single updates, the weights as an image, the digits it misses."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..engines.orders import Orders
from ..problems.datasets.handwritten import Split
from ..problems.linear_model import LinearModel
from ..verbs.minimizing import minimize
from ..verbs.run import Run
from .article import MOMENTA, RATE

__all__ = ["Inside", "Learnt", "Missed", "inside_an_epoch", "what_was_learnt"]

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Inside:
    """Three epochs with every single update recorded, at each momentum: ``f[momentum]`` (updates + 1,) is f over all
    rows after each update, ``rising[momentum]`` how many of an epoch's updates raised it, an entry an epoch, and
    ``rising_by_zeros`` how many of those were made by a picture of a 0, of which there are ``zeros``."""

    runs: dict[float, Run]
    f: dict[float, Array]
    rising: dict[float, tuple[int, ...]]
    rising_by_zeros: dict[float, tuple[int, ...]]
    zeros: int
    rows: int


@dataclass(frozen=True, eq=False)
class Missed:
    """A picture on the wrong side of 0.5."""

    image: Array
    label: int
    output: float
    part: str
    """"training" or "test"."""


@dataclass(frozen=True, eq=False)
class Learnt:
    """``errors[(study, kind, momentum)]``: wrong labels at each row, (rows, 2), training and test. ``missed``: the
    pictures the first batch run gets wrong. ``test_missed``: the test pictures that each run gets wrong, by number.
    ``interval``: the 95 % interval of the error rate behind the test errors of that run (Wilson), in per cent."""

    errors: dict[tuple[str, str, float], NDArray[np.int64]]
    missed: tuple[Missed, ...]
    test_missed: dict[tuple[str, str, float], tuple[int, ...]]
    interval: tuple[float, float]


def inside_an_epoch(model: LinearModel, start: Array) -> Inside:
    """Three epochs at each of the article's momenta."""
    epochs, runs, values, rising, by_zeros = 3, {}, {}, {}, {}
    a_zero = model.y[Orders("tutorial", model.rows, 0).epochs(0, epochs)] == 0
    for momentum in MOMENTA:
        run = minimize(
            model, start, learning_rate=RATE, momentum=momentum, batch_size=1, sampling="tutorial", max_iter=epochs,
            record="updates", progress=False,
        )  # fmt: skip
        residuals = run.updates.w @ model.X.T - model.y
        f = 0.5 * (residuals * residuals).sum(axis=1)
        up = (np.diff(f) > 0).reshape(epochs, model.rows)
        runs[momentum], values[momentum] = run, f
        rising[momentum] = tuple(int(k) for k in up.sum(axis=1))
        by_zeros[momentum] = tuple(int(k) for k in (up & a_zero).sum(axis=1))
    return Inside(runs, values, rising, by_zeros, int((model.y == 0).sum()), model.rows)


def what_was_learnt(model: LinearModel, split: Split, paths: dict[Any, Array]) -> Learnt:
    """``paths``: the weights at every row of each run on the digits."""
    parts = (split.X_train, split.y_train), (split.X_test, split.y_test)
    errors = {
        key: np.stack([((y > 0.5) != (X @ w.T > 0.5).T).sum(axis=1) for X, y in parts], axis=1)
        for key, w in paths.items()
    }  # fmt: skip
    test_missed = {key: tuple(int(i) for i in misses(w[-1], *parts[1])) for key, w in paths.items()}
    w = paths["first", "batch", 0.7][-1]
    missed = [
        Missed(images[i], int(y[i]), float(X[i] @ w), part)
        for (X, y), images, part in zip(
            parts, (split.images_train, split.images_test), ("training", "test"), strict=True
        )
        for i in misses(w, X, y)
    ]  # fmt: skip
    wrong = int(errors["first", "batch", 0.7][-1, 1])
    return Learnt(errors, tuple(missed), test_missed, wilson(wrong, len(split.y_test)))


def misses(w: Array, X: Array, y: Array) -> NDArray[np.int64]:
    return np.flatnonzero((X @ w > 0.5) != (y > 0.5))


def wilson(wrong: int, rows: int, z: float = 1.959964) -> tuple[float, float]:
    """The 95 % interval of a proportion, in per cent (E. B. Wilson, 1927)."""
    p, spread = wrong / rows, z * z / rows
    middle = (p + spread / 2) / (1 + spread)
    half = z / (1 + spread) * np.sqrt(p * (1 - p) / rows + spread / (4 * rows))
    return float(100 * (middle - half)), float(100 * (middle + half))
