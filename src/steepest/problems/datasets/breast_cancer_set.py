"""Breast cancer, Wisconsin, diagnostic: 569 tumours, 30 measures, malignant or benign (W. N. Street et al. 1993)."""

import numpy as np

from ..tables.table import Column, Table, numeric_columns

__all__ = ["breast_cancer"]


def breast_cancer() -> Table:
    """The table that scikit-learn ships; the classes are the words malignant and benign."""
    from sklearn.datasets import load_breast_cancer

    found = load_breast_cancer()
    diagnosis = Column("diagnosis", found.target_names.astype(object)[found.target])
    columns = numeric_columns(found.data, (str(name).replace(" ", "_") for name in found.feature_names))
    return Table(tuple(columns), diagnosis, "classification", "breast_cancer", np.arange(1, len(found.data) + 1))
