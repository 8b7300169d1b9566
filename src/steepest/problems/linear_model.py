"""A linear model on data: o = X w, a loss of each output against its target, the mean or the sum over the rows."""

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..base.box import Box
from ..base.errors import ArgumentError, ArgumentTypeError, NotYetError
from ..base.xp import numpy_functions as xp
from . import losses
from .problem import Array, Minimum

__all__ = ["LinearModel", "fingerprint", "linear_model_in", "predicted"]


@dataclass(frozen=True, eq=False, init=False, repr=False)
class LinearModel:
    """``LinearModel(X, y, loss="squared_error")``: X (rows, features), y (rows,), all finite numbers.

    With ``fit_intercept`` w has features + 1 entries and w[0] is the intercept. squared_error is (o - y)^2 / 2 per
    example; ``reduction="sum"`` adds the examples up in place of their mean. X is used where it lies when it is a
    C-ordered float64 array, otherwise it is copied to one. Change neither X nor y while runs use them.
    """

    X: Array = field(repr=False)
    y: Array = field(repr=False)
    loss: Any
    fit_intercept: bool
    reduction: str

    def __init__(
        self, X: Any, y: Any, loss: Any = "squared_error", penalty: str | None = None, alpha: float = 0.0,
        l1_ratio: float = 0.15, sample_weight: Any = None, fit_intercept: bool = True, reduction: str = "mean",
    ) -> None:  # fmt: skip
        if penalty is not None:
            raise NotYetError(f"penalty={penalty!r} comes with a later version; leave penalty out")
        if alpha != 0.0:
            raise NotYetError(f"alpha={alpha!r} weighs a penalty, which comes with a later version; leave alpha out")
        if l1_ratio != 0.15:
            raise NotYetError(f"l1_ratio={l1_ratio!r} belongs to a penalty, which comes with a later version")
        if sample_weight is not None:
            raise NotYetError("sample_weight comes with a later version; leave it out")
        if reduction not in ("mean", "sum"):
            raise ArgumentError(f"reduction must be 'mean' or 'sum'; got {reduction!r}")
        if not isinstance(fit_intercept, (bool, np.bool_)):
            raise ArgumentTypeError(f"fit_intercept must be True or False; got {fit_intercept!r}")
        rows = numeric(X, "X", 2)
        targets = numeric(y, "y", 1)
        if rows.shape[0] == 0 or rows.shape[1] == 0:
            raise ArgumentError(f"X must have at least one row and one column; its shape is {rows.shape}")
        if targets.shape[0] != rows.shape[0]:
            raise ArgumentError(
                f"X and y must have the same number of rows; X has {rows.shape[0]:,}, y has {targets.shape[0]:,}"
            )
        chosen = losses.find(loss)() if isinstance(loss, str) else loss
        if isinstance(chosen, type) or not (hasattr(chosen, "value") and hasattr(chosen, "derivative")):
            raise ArgumentTypeError(f"loss must be a name or an object with value and derivative; got {loss!r}")
        for name, given in (
            ("X", rows), ("y", targets), ("loss", chosen), ("fit_intercept", bool(fit_intercept)),
            ("reduction", reduction),
        ):  # fmt: skip
            object.__setattr__(self, name, given)

    name = "linear model"
    start_note = "zeros"
    gradient_note = "exact"
    source = ""

    @property
    def rows(self) -> int:
        return int(self.X.shape[0])

    @property
    def n(self) -> int:
        return int(self.X.shape[1]) + self.fit_intercept

    @property
    def start(self) -> Array:
        return np.zeros(self.n)

    @property
    def minimum(self) -> Minimum | None:
        return None

    @property
    def box(self) -> Box | None:
        return None

    @property
    def loss_name(self) -> str:
        module = type(self.loss).__module__
        return module.rpartition(".")[2] if module.startswith(losses.__name__) else type(self.loss).__name__

    @property
    def formula(self) -> str:
        return f"{self.reduction} over {self.rows:,} rows of {self.loss_name}(X w, y)"

    def outputs(self, w: Array, rows: Any = slice(None)) -> Array:
        """``X w`` (plus the intercept) for the rows asked for."""
        if self.fit_intercept:
            return np.asarray(self.X[rows] @ w[1:] + w[0])
        return np.asarray(self.X[rows] @ w)

    def value(self, w: Array) -> float:
        losses_ = self.loss.value(self.outputs(w), self.y, xp)
        return float(losses_.mean() if self.reduction == "mean" else losses_.sum())

    def gradient(self, w: Array) -> Array:
        return self.value_and_gradient(w)[1]

    def value_and_gradient(self, w: Array) -> tuple[float, Array]:
        return self.batch_value_and_gradient(w, slice(None))

    def batch_value_and_gradient(self, w: Array, rows: Any) -> tuple[float, Array]:
        o, y = self.outputs(w, rows), self.y[rows]
        slope = self.loss.derivative(o, y, xp)
        gradient = self.X[rows].T @ slope
        if self.fit_intercept:
            gradient = np.concatenate(([slope.sum()], gradient))
        value = float(self.loss.value(o, y, xp).sum())
        if self.reduction == "mean":
            return value / y.size, gradient / y.size
        return value, gradient

    def predict(self, w: Array, X: Any) -> Array:
        """The outputs for rows of X, shape (rows,)."""
        return predicted(w, X, self.fit_intercept)

    def split(self, w: Any) -> tuple[float, Array]:
        """``(intercept, coefficients)`` of a weight vector; the intercept is 0.0 without ``fit_intercept``."""
        w = np.asarray(w, dtype=float)
        return (float(w[0]), w[1:]) if self.fit_intercept else (0.0, w)

    @cached_property
    def _hashes(self) -> dict[str, Any]:
        return {"X": fingerprint(self.X), "y": fingerprint(self.y)}

    def recipe(self) -> dict[str, Any]:
        return {
            "kind": "linear_model", **self._hashes, "loss": self.loss_name,
            "fit_intercept": self.fit_intercept, "reduction": self.reduction,
        }  # fmt: skip

    def __repr__(self) -> str:
        bias = "with" if self.fit_intercept else "without"
        return f"<LinearModel {self.loss_name} ({self.reduction}), {self.rows:,} x {self.X.shape[1]}, {bias} intercept>"


def linear_model_in(problem: Any) -> LinearModel | None:
    """The linear model inside a problem that negates or limits one; None for any other problem."""
    while not isinstance(problem, LinearModel):
        problem = vars(problem).get("problem") if hasattr(problem, "__dict__") else None
        if problem is None:
            return None
    return problem


def predicted(w: Array, X: Any, fit_intercept: bool) -> Array:
    """The outputs of a linear model with weights ``w`` for rows of X, shape (rows,)."""
    given, columns = numeric(X, "X", 2), w.size - fit_intercept
    if given.shape[1] != columns:
        raise ArgumentError(f"X must have {columns} columns, as in training; it has {given.shape[1]}")
    return np.asarray(given @ w[1:] + w[0] if fit_intercept else given @ w)


def fingerprint(array: NDArray[Any]) -> dict[str, Any]:
    """Shape, dtype and SHA-256 of an array's bytes in C order."""
    digest = hashlib.sha256(np.ascontiguousarray(array).data).hexdigest()
    return {"shape": list(array.shape), "dtype": str(array.dtype), "sha256": digest}


def numeric(values: Any, name: str, ndim: int) -> Array:
    """``values`` as a C-ordered float64 array of ``ndim`` dimensions, all finite; otherwise one sentence."""
    if hasattr(values, "to_numpy"):
        values = values.to_numpy()
    if hasattr(values, "tocsr"):
        raise NotYetError(f"a sparse {name} comes with a later version; pass {name}.toarray()")
    if values is None:
        raise ArgumentTypeError(f"{name} must be a {ndim}-D array of numbers; got None")
    try:
        array = np.asarray(values)
        kind = array.dtype.kind
    except ValueError:
        raise ArgumentError(f"{name} must be a {ndim}-D array of numbers; its rows differ in length") from None
    if kind == "O":
        try:
            array = array.astype(float)
        except OverflowError:
            raise ArgumentError(f"{name} holds an integer beyond the largest float, 1.8e308; scale it") from None
        except (TypeError, ValueError):
            raise ArgumentTypeError(f"{name} must hold numbers; it holds objects that are none") from None
    elif kind in "US" and name == "y":
        raise NotYetError(f"y holds labels ({array.dtype}), which come with a later version; number the classes")
    elif kind not in "fiub":
        raise ArgumentTypeError(f"{name} must hold real numbers; its dtype is {array.dtype}")
    if array.ndim == 2 and ndim == 1 and array.shape[1] == 1:
        array = array[:, 0]
    elif array.ndim == 2 and ndim == 1:
        raise NotYetError(f"{name} of shape {array.shape}: several outputs come with a later version; pass one column")
    if array.ndim != ndim and array.size == 0:
        raise ArgumentError(f"{name} is empty; give at least one row")
    if array.ndim != ndim:
        hint = "; reshape it to one column with reshape(-1, 1)" if (ndim, array.ndim) == (2, 1) else ""
        raise ArgumentError(f"{name} must have {ndim} dimension{'s' * (ndim > 1)}; its shape is {array.shape}{hint}")
    array = np.ascontiguousarray(array, dtype=np.float64)
    if not np.isfinite(array).all():
        where = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        at = f"row {where[0]}" + (f", column {where[1]}" if ndim == 2 else "")
        raise ArgumentError(f"{name} holds {array[where]} at {at}; drop or fill such values first")
    return array
