"""Targets as losses want them: numbers for a regression, labels encoded for a classification; and back: labels as they
are written, probabilities of outputs."""

import contextlib
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..base.errors import ArgumentError, ArgumentTypeError
from ..base.xp import numpy_functions as xp
from .design import numeric, opened

__all__ = ["Targets", "encoded", "label_texts", "labels_of", "probabilities", "signs"]


class Targets(NamedTuple):
    """``y`` of float64: (rows,) numbers, -1 and +1, or class numbers; (rows, outputs) for several outputs.
    ``classes`` are the sorted labels, None for a regression; ``outputs`` how many outputs a row has."""

    y: NDArray[np.float64]
    classes: NDArray[Any] | None
    outputs: int


def encoded(y: Any, loss: Any) -> Targets:
    """``y`` for a loss: two classes become -1 and +1 (0 and 1 for a coupled loss), three or more a column of -1 and +1
    each (one against the rest; their numbers for a coupled loss). Labels that are no numbers make classes for any
    loss."""
    given = as_array(y)
    if getattr(loss, "kind", "regression") != "classification" and given.dtype.kind in "fiub":
        return numbers(given, loss)
    classes, codes = labels_of(given)
    if hasattr(loss, "fold"):
        return Targets(codes.astype(np.float64), classes, int(classes.size))
    targets = signs(codes, classes)
    if hasattr(loss, "refusal") and loss.refusal(targets.y):
        raise ArgumentTypeError(
            f"y holds labels ({classes[0]!s}, ...), which this loss cannot use; choose a loss for classes, such as "
            f"'log_loss'"
        )
    return targets


def signs(codes: NDArray[np.int64], classes: NDArray[Any]) -> Targets:
    """-1 and +1: +1 for the second of two classes, a column for each of three or more."""
    if classes.size == 2:
        return Targets(np.asarray(2.0 * codes - 1.0, dtype=np.float64), classes, 1)
    return Targets(np.where(codes[:, None] == np.arange(classes.size), 1.0, -1.0), classes, int(classes.size))


def as_array(y: Any) -> NDArray[Any]:
    """``y`` as numbers or labels: an array of a number, boolean or string type, or of Python strings."""
    y = opened(y, "y")
    if y is None:
        raise ArgumentTypeError("y must be a 1-D array of numbers or labels; got None")
    try:
        given = np.asarray(y)
    except ValueError:
        raise ArgumentError("y must be a 1-D array of numbers or labels; its rows differ in length") from None
    if given.dtype.kind == "U" and isinstance(y, (list, tuple)):
        check_strings(np.asarray(y, dtype=object))  # NumPy has turned a number or NaN among strings into a string
    if given.dtype.kind == "O":
        if any(isinstance(value, str) for value in given.ravel()):
            check_strings(given)
            return given
        given = as_numbers(given)
    if given.dtype.kind == "S":
        raise ArgumentTypeError("y holds bytes; decode them to strings with np.char.decode(y)")
    if given.dtype.kind not in "fiubU":
        raise ArgumentTypeError(f"y must hold real numbers or labels; its dtype is {given.dtype}")
    return given


def check_strings(labels: NDArray[Any]) -> None:
    """Refuses whatever is no string among strings."""
    for at, value in np.ndenumerate(labels):
        if isinstance(value, str):
            continue
        if value is None or type(value).__name__ in ("NAType", "NaTType") or value != value:
            raise ArgumentError(f"y holds {value!s} at row {at[0]}, which is no label; drop or fill such values first")
        raise ArgumentTypeError(
            f"y mixes strings with other labels ({value!r:.60} at row {at[0]}); make them all strings or all numbers"
        )


def as_numbers(objects: NDArray[Any]) -> NDArray[Any]:
    """Python's numbers as those of NumPy: integers and booleans stay what they are."""
    kept = objects.tolist()
    with contextlib.suppress(ValueError):  # of rows that differ in length
        natural = np.asarray(kept)
        if natural.dtype.kind in "fiub" and natural.shape == objects.shape:
            return natural
    return numeric(objects, "y", objects.ndim)


def numbers(given: NDArray[Any], loss: Any) -> Targets:
    several = given.ndim == 2 and given.shape[1] > 1
    y = np.asarray(numeric(given, "y", 2 if several else 1, single=False), dtype=np.float64)
    refusal = loss.refusal(y) if hasattr(loss, "refusal") else ""
    if refusal:
        raise ArgumentError(refusal)
    return Targets(y, None, int(y.shape[1]) if several else 1)


def labels_of(y: Any) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """``(classes, codes)``: the sorted labels and the number of each row's."""
    given = as_array(y)
    if given.ndim == 2 and given.shape[1] == 1:
        given = given[:, 0]
    if given.ndim != 1:
        raise ArgumentError(f"y must be one column of labels; its shape is {given.shape}")
    if given.size == 0:
        raise ArgumentError("y is empty; give at least one row")
    if given.dtype.kind == "f":
        given = numeric(given, "y", 1)
        odd = np.flatnonzero(given != np.rint(given))
        if odd.size:
            raise ArgumentError(
                f"y holds {given[odd[0]]!s} at row {odd[0]}, which is no class label; number the classes, or choose a "
                f"regression loss (Unknown label type: continuous)"
            )
    classes, codes = np.unique(given, return_inverse=True)
    if classes.size < 2:
        raise ArgumentError(f"y holds one class only ({classes[0]!s}); a classifier needs at least two")
    return classes, codes.ravel().astype(np.int64)


def label_texts(values: Any) -> list[str]:
    """Class labels as they are written: whole numbers without a point, words as they are."""
    return [str(int(v)) if isinstance(v, float) and v.is_integer() else str(v) for v in np.asarray(values).tolist()]


def probabilities(loss: Any, o: NDArray[np.float64]) -> NDArray[np.float64]:
    """(rows, classes) of the outputs, (rows,) or (rows, classes), for a loss that has probabilities."""
    if o.ndim == 1 and not hasattr(loss, "fold"):
        p = np.asarray(loss.probability(o, xp))
        return np.stack((1 - p, p), axis=1)
    if hasattr(loss, "fold"):
        e = np.exp(o - o.max(axis=1, keepdims=True))
        return np.asarray(e / e.sum(axis=1, keepdims=True))
    p = np.asarray(loss.probability(o, xp))
    total = p.sum(axis=1, keepdims=True)
    return np.where(total > 0, p / np.where(total > 0, total, 1.0), 1 / p.shape[1])
