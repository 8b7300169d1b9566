"""The loops of the article this project grew from, written anew: the record is stacked again at every row, and each
example costs a handful of NumPy calls. They are the yardstick of the first rows."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["full_batch", "half_squares", "half_squares_gradient", "one_at_a_time"]

Array = NDArray[np.float64]


def half_squares(w: Array, data: Any) -> Any:
    """Half the sum of squared errors of a linear model over ``data``, rows and targets."""
    rows, targets = data
    error = targets - np.sum(rows * w, axis=1)
    return np.sum(error * error) / 2


def half_squares_gradient(w: Array, data: Any) -> Array:
    """Its gradient, each row's error repeated over all columns."""
    rows, targets = data
    error = targets - np.sum(rows * w, axis=1)
    repeated = np.tile(error.reshape(-1, 1), (1, rows.shape[1]))
    return -np.sum(repeated * rows, axis=0)


def full_batch(
    count: int, w: Array, value: Callable[..., Any], gradient: Callable[..., Any], data: Any, rate: float,
    momentum: float, threshold: float = -1.0,
) -> tuple[Array, Array]:  # fmt: skip
    """Up to ``count`` heavy-ball iterations; returns the stacked w and f."""
    path, values, step = w, value(w, data), np.zeros(w.shape)
    done, change = 0, np.inf
    while done < count and change > threshold:
        step = momentum * step - rate * gradient(w, data)
        w = w + step
        path, values = np.vstack((path, w)), np.vstack((values, value(w, data)))
        done, change = done + 1, np.abs(values[-1] - values[-2])
    return path, values


def one_at_a_time(
    count: int, w: Array, value: Callable[..., Any], gradient: Callable[..., Any], data: Any, rate: float,
    momentum: float, threshold: float = -1.0,
) -> tuple[Array, Array]:  # fmt: skip
    """Up to ``count`` epochs, an update for each example, the order drawn from NumPy's global generator seeded with
    the epoch's number."""
    rows, targets = data
    path, values, step = w, value(w, data), np.zeros(w.shape)
    done, change = 0, np.inf
    while done < count and change > threshold:
        np.random.seed(done)
        order = np.random.permutation(len(rows))
        for row, target in zip(rows[order], targets[order], strict=True):
            step = momentum * step - rate * gradient(w, (np.array([row]), target))
            w = w + step
        path, values = np.vstack((path, w)), np.vstack((values, value(w, data)))
        done, change = done + 1, np.abs(values[-1] - values[-2])
    return path, values
