"""The 8 x 8 handwritten digits that scikit-learn ships, as a Table of 1,797 rows (E. Alpaydin, C. Kaynak 1998)."""

import operator
from typing import Any

import numpy as np

from ...base.errors import ArgumentError, ArgumentTypeError
from ..tables.table import Column, Table, numeric_columns

__all__ = ["digits"]


def digits(classes: Any = None) -> Table:
    """The digits of the ``classes`` asked for, all ten without; 64 pixels from 0 to 16, in scikit-learn's order."""
    from sklearn.datasets import load_digits

    X, y = load_digits(return_X_y=True)
    if classes is not None:
        try:
            chosen = {operator.index(c) for c in classes}
        except TypeError:
            raise ArgumentTypeError(f"classes must be digits such as (0, 1); got {classes!r}") from None
        if len(chosen) < 2 or not chosen <= set(range(10)):
            raise ArgumentError(f"classes must be at least two different digits from 0 to 9; got {classes!r}")
        keep = np.isin(y, list(chosen))
        X, y = X[keep], y[keep]
    names = [f"pixel_{i}_{j}" for i in range(8) for j in range(8)]
    target = Column("digit", y.astype(np.float64))
    rows = np.arange(1, len(y) + 1)
    return Table(tuple(numeric_columns(X, names)), target, "classification", "digits", rows, (8, 8))
