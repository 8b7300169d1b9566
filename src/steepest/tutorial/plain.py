"""Loops in plain NumPy with the article's habits, kept only to measure what those habits cost.

The record is rebuilt whole at every row, and the loop goes on only while the last change of f is above the threshold: a
change that is not a number ends it just as a small one does. Nothing here serves as an engine.
"""

import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Plain", "batch_steps", "example_steps", "formula_steps", "plain_run"]

Array = NDArray[np.float64]
Gradient = Callable[[Array], Array]


class Plain(NamedTuple):
    """The record of a plain loop: w (rows, n), f (rows,), and the seconds it took."""

    w: Array
    f: Array
    seconds: float


def batch_steps(gradient: Gradient, w: Array, rate: float, momentum: float) -> Iterator[Array]:
    """The weights after each full-batch heavy-ball update."""
    step = np.zeros_like(w)
    while True:
        step = momentum * step - rate * gradient(w)
        w = w + step
        yield w


def example_steps(
    gradient: Callable[[Array, Any], Array], w: Array, rate: float, momentum: float, X: Array, y: Array
) -> Iterator[Array]:
    """The weights after each epoch of heavy-ball updates, one example at a time in the article's order. The generator
    is our own; the article seeds NumPy's global one."""
    generator, step, epoch = np.random.RandomState(0), np.zeros_like(w), 0
    while True:
        generator.seed(epoch)
        for row in generator.permutation(len(y)):
            step = momentum * step - rate * gradient(w, (X[row : row + 1], y[row]))
            w = w + step
        epoch += 1
        yield w


def formula_steps(gradient: Gradient, w: Array, rate: float, momentum: float) -> Iterator[Array]:
    """What the article's printed formula does: the momentum multiplies the last w, not the last step. No w precedes
    the first, as no step does."""
    before = np.zeros_like(w)
    while True:
        before, w = w, w - rate * gradient(w) + momentum * before
        yield w


def plain_run(f: Callable[[Array], float], w: Array, steps: Iterator[Array], most: int, threshold: float = -1) -> Plain:
    """Takes up to ``most`` steps, the record stacked anew at each, while f changes by more than ``threshold``."""
    began = time.perf_counter()
    path, values, change = w[np.newaxis], np.array([f(w)]), np.inf
    with np.errstate(all="ignore"):
        while len(values) <= most and change > threshold:
            w = next(steps)
            path = np.concatenate((path, w[np.newaxis]))
            values = np.append(values, f(w))
            change = abs(values[-1] - values[-2])
    return Plain(path, values, time.perf_counter() - began)
