"""The data of the digits rows: the article's 288 training images of zeros and ones, 65 columns with the bias."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

import steepest

__all__ = ["EPOCHS", "MOMENTUM", "RATE", "Digits", "load"]

RATE, MOMENTUM, EPOCHS = 1e-6, 0.7, 100
"""The article's settings on this data."""


class Digits(NamedTuple):
    """X (288, 65), y (288,) of 0.0 and 1.0, w0 (65,) zeros, and the model: half the sum of squared errors."""

    X: NDArray[np.float64]
    y: NDArray[np.float64]
    w0: NDArray[np.float64]
    model: steepest.LinearModel


def load() -> Digits:
    split = steepest.datasets.digits(classes=(0, 1), bias=True)
    model = steepest.LinearModel(split.X_train, split.y_train, reduction="sum", fit_intercept=False)
    return Digits(split.X_train, split.y_train, np.zeros(model.n), model)
