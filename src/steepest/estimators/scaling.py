"""When training sees the columns centred and scaled, and by how much. The objective stays that of the data as it lies:
only the variables change in which it is minimised (``LinearModel.columns``)."""

import numpy as np

from ..analysis.curvature import bend
from ..problems.columns import Columns
from ..problems.design import is_sparse
from ..problems.linear_model import LinearModel

__all__ = ["evened", "uneven"]

SAMPLE, NUMBERS, FEW = 1000, 2**18, 50
"""Rows looked at to decide, and numbers of them; of wide data fifty rows, whose spreads are right to a
tenth. The factors themselves are taken from all rows."""
FAR = 2.0
"""Columns whose spread is within this factor of 1, their mean within one spread of 0, stay as they are."""


def evened(model: LinearModel) -> LinearModel:
    """The model in columns of mean 0 and about the same curvature, if its own are ``uneven``; nothing of X is copied.

    A column's curvature is ``bend`` times its variance, plus l2: the factor evens out the sum. By the variance alone a
    nearly constant column would get an l2 term of thousands, and the learning rate would pay for it."""
    if not uneven(model):
        return model
    columns = Columns.of(model.X, model.weights, model.fit_intercept and not model.sparse)
    if model.l2:
        columns = columns._replace(factor=1 / np.hypot(1 / columns.factor, np.sqrt(model.l2 / bend(model))))
    return model.with_(columns=columns)


def uneven(model: LinearModel) -> bool:
    """Whether columns differ much in curvature from the intercept's of 1, or lie far from 0; judged by at most a
    thousand rows, evenly taken."""
    if np.sqrt(1 + model.l2 / bend(model)) > FAR:
        return True
    step = -(-model.rows // max(FEW, min(SAMPLE, NUMBERS // model.X.shape[1])))
    X = model.X[::step]
    weights = None if model.weights is None else model.weights[::step]
    if weights is not None and not weights.sum() > 0:
        weights = None
    centred = model.fit_intercept and not is_sparse(X)
    centre, factor = Columns.of(X, weights, centred)
    spread = 1 / factor
    return bool((spread > FAR).any() or (spread < 1 / FAR).any() or (np.abs(centre) > spread).any())
