"""A table as training takes it: rows held out, columns prepared by what the training rows alone tell."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .preparation import Preparation, Prepared
from .splitting import split
from .table import Table

__all__ = ["Parted", "parted"]


class Parted(NamedTuple):
    """The table and its two parts, ``test`` None where nothing is held out; learned and applied preparation.

    ``train_rows`` and ``test_rows`` number the parts' rows as ``table.rows`` does.
    """

    table: Table
    train: Prepared
    test: Prepared | None
    preparation: Preparation
    filled: int
    """Missing cells that were filled."""
    train_rows: NDArray[np.int64]
    test_rows: NDArray[np.int64]


def parted(
    table: Table, test: float = 0.25, seed: int = 0, impute: str | None = None, standardize: bool = False
) -> Parted:
    """The table split (``test`` 0 holds nothing out) and prepared; all that is learned is learned from the training
    rows. Raises what ``split`` and ``Preparation.fit`` do."""
    train, rest = (table, None) if test == 0 else split(table, test, seed)
    preparation = Preparation.fit(train, impute, standardize)
    filled = sum(int(column.missing.sum()) for column in table.columns) if impute else 0
    return Parted(
        table, preparation.apply(train), None if rest is None else preparation.apply(rest), preparation, filled,
        train.rows, np.empty(0, dtype=np.int64) if rest is None else rest.rows,
    )  # fmt: skip
