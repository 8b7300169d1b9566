"""Diabetes: the disease's progress within a year in 442 patients, 10 measures (B. Efron et al. 2004)."""

import numpy as np

from ..tables.table import Column, Table, numeric_columns

__all__ = ["diabetes"]


def diabetes() -> Table:
    """The table that scikit-learn ships, its measures in their own units (not scaled)."""
    from sklearn.datasets import load_diabetes

    found = load_diabetes(scaled=False)
    columns = numeric_columns(found.data, map(str, found.feature_names))
    progress = Column("progression", found.target.astype(np.float64))
    return Table(tuple(columns), progress, "regression", "diabetes", np.arange(1, len(found.data) + 1))
