"""The 8 x 8 handwritten digits that scikit-learn ships (UCI's optical recognition set, E. Alpaydin, C. Kaynak 1998)."""

import math
import operator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...base.errors import ArgumentError, ArgumentTypeError
from ..problem import Array

__all__ = ["Split", "digits"]


class Split(NamedTuple):
    """Data split for training and testing: X (rows, features), y (rows,) labels, images (rows, 8, 8)."""

    X_train: Array
    y_train: Array
    X_test: Array
    y_test: Array
    images_train: Array
    images_test: Array
    classes: tuple[int, ...]


def digits(classes: Any = tuple(range(10)), test_size: float = 0.2, seed: int = 10, bias: bool = False) -> Split:
    """Handwritten digits of the ``classes`` asked for, pixels 0 to 16, shuffled and split once.

    ``bias`` puts a column of ones before the 64 pixels, for a model without an intercept of its own. With classes
    (0, 1), test_size 0.2, seed 10 and bias the split is the article's: 288 rows to train on, 72 to test.
    """
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    try:
        chosen = tuple(operator.index(c) for c in classes)
    except TypeError:
        raise ArgumentTypeError(f"classes must be digits such as (0, 1); got {classes!r}") from None
    if len(set(chosen)) < 2 or not set(chosen) <= set(range(10)):
        raise ArgumentError(f"classes must be at least two different digits from 0 to 9; got {classes!r}")
    if isinstance(test_size, bool) or not isinstance(test_size, (int, float, np.integer, np.floating)):
        raise ArgumentTypeError(f"test_size must be a number between 0 and 1; got {test_size!r}")
    if not 0 < test_size < 1:
        raise ArgumentError(f"test_size must be a number between 0 and 1; got {test_size!r}")
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)):
        raise ArgumentTypeError(f"seed must be a whole number; got {seed!r}")
    if not 0 <= seed < 2**32:
        raise ArgumentError(f"seed must be a whole number from 0 to {2**32 - 1}; got {seed!r}")
    if not isinstance(bias, (bool, np.bool_)):
        raise ArgumentTypeError(f"bias must be True or False; got {bias!r}")
    X, y = load_digits(return_X_y=True)
    keep: NDArray[np.bool_] = np.isin(y, chosen)
    X, y = X[keep], y[keep]
    if math.ceil(test_size * len(y)) >= len(y):
        raise ArgumentError(f"test_size {test_size!r} leaves none of {len(y):,} rows to train on; give a smaller one")
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=test_size, random_state=seed)
    images_train, images_test = X_train.reshape(-1, 8, 8), X_test.reshape(-1, 8, 8)
    if bias:
        X_train, X_test = (np.hstack((np.ones((len(part), 1)), part)) for part in (X_train, X_test))
    return Split(
        np.ascontiguousarray(X_train), y_train.astype(float), np.ascontiguousarray(X_test), y_test.astype(float),
        images_train, images_test, chosen,
    )  # fmt: skip
