"""The model that an estimator trains, its start and the unit of its tolerance; class weights."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..base.errors import ArgumentError
from ..base.text import number
from ..base.xp import numpy_functions as xp
from ..problems.design import Checked
from ..problems.linear_model import LinearModel
from ..problems.targets import signs

__all__ = ["Baseline", "baseline", "classification", "with_class_weight"]

Array = NDArray[np.float64]
SMALL = 1e-153
"""The squares of what is smaller than this, or larger than its inverse, leave the range of numbers."""


class Baseline(NamedTuple):
    """What predicting one constant amounts to: the output that does (0 for classes), the mean target, the typical
    distance of targets from it, and the loss, in which tolerances are counted."""

    output: float
    centre: float
    spread: float
    loss: float


def classification(X: Any, codes: NDArray[np.int64], classes: NDArray[Any], loss: Any, **options: Any) -> LinearModel:
    """A LinearModel of class numbers ``codes`` (rows,) in ``classes``, of which some may be missing in these rows; of X
    that has been through ``as_rows``."""
    if hasattr(loss, "fold"):
        y, outputs = codes.astype(np.float64), int(classes.size)
    else:
        y, _, outputs = signs(codes, classes)
    model = LinearModel(Checked(X), np.zeros(len(codes)), **options)  # whose y would be encoded by what it holds
    return model.with_(y=y, loss=loss, classes=classes, outputs_per_row=outputs)


def baseline(model: LinearModel) -> Baseline:
    """Of a classification: 0, 0, 1, 1. Of a regression: the mean of the targets (0 without an intercept). A sentence
    where the targets' squares, which losses and tolerances are made of, leave the range of numbers."""
    if model.classes is not None:
        return Baseline(0.0, 0.0, 1.0, 1.0)
    y, largest = model.y, float(np.abs(model.y).max())
    with np.errstate(all="ignore"):
        mean = largest * float(np.average(y / largest, weights=model.weights)) if largest > 0 else 0.0
        far = float(np.abs(y - mean).max())
        square = float(np.average(((y - mean) / far) ** 2, weights=model.weights)) if far > 0 else 0.0
        spread = far * float(np.sqrt(square))
        if spread <= 1e-12 * abs(mean):
            spread = 0.0
        squared = bool(np.isfinite(model.loss.slope()) or np.isfinite(model.loss.curvature()))
        if squared:
            output = mean if model.fit_intercept else 0.0
            losses = model.loss.value(np.full(model.rows, output), y, xp)
            found = Baseline(output, mean, spread, float(np.average(losses, weights=model.weights)))
        else:  # a log link
            output = float(np.log(mean)) if model.fit_intercept and mean > 0 else 0.0
            found = Baseline(output, max(mean, 1.0 if not model.fit_intercept else 0.0), 1.0, mean)
    bends = np.isfinite(model.loss.curvature())
    if not np.isfinite(found.loss) or (squared and largest > 1 / SMALL):
        raise ArgumentError(f"y holds numbers up to {number(largest)}, whose squares overflow; divide y by that")
    if squared and bends and 0 < spread < SMALL:
        raise ArgumentError(f"y varies by {number(far)}, whose square is no number any more; divide y by that")
    return found


def with_class_weight(
    class_weight: Any, classes: NDArray[Any], codes: NDArray[np.int64], weights: Array | None
) -> Array | None:
    """The weights of the rows times those of their classes: a dict (1 for classes it leaves out), or "balanced", by
    which all classes weigh the same."""
    if class_weight is None:
        return weights
    given = np.ones(len(codes)) if weights is None else weights
    if isinstance(class_weight, str):
        sizes = np.bincount(codes, weights=given, minlength=len(classes))
        each = given.sum() / (len(classes) * np.where(sizes > 0, sizes, np.inf))
    else:
        names = classes.tolist()
        wrong = [label for label in class_weight if label not in names]
        if wrong:
            raise ArgumentError(f"class_weight names {wrong[0]!r}, which is no class; the classes are {names}")
        each = np.array([float(class_weight.get(label, 1.0)) for label in names])
        if (each < 0).any():
            raise ArgumentError(f"class_weight must not be negative; it is {each.min():g}")
    return np.asarray(given * each[codes])
