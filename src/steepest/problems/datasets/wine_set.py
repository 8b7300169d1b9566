"""Wine: 178 Italian wines of three cultivars by 13 chemical measures (M. Forina et al. 1991)."""

import numpy as np

from ..tables.table import Column, Table, numeric_columns

__all__ = ["wine"]


def wine() -> Table:
    """The table that scikit-learn ships; the classes are 0, 1 and 2."""
    from sklearn.datasets import load_wine

    found = load_wine()
    columns = numeric_columns(found.data, (str(name).replace("/", "_per_") for name in found.feature_names))
    cultivar = Column("cultivar", found.target.astype(np.float64))
    return Table(tuple(columns), cultivar, "classification", "wine", np.arange(1, len(found.data) + 1))
