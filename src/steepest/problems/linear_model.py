"""A linear model on data: o = X w, a loss of each output against its target, the mean or the sum over the rows, and a
penalty on the coefficients."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..base.errors import ArgumentError, ArgumentTypeError
from ..base.fields import checked, fields_of
from ..base.text import count
from ..base.trees import Tree
from ..base.xp import numpy_functions as xp
from . import losses, penalties
from .columns import Columns
from .design import as_rows, fingerprint, is_sparse, row_weights, times, transposed_times
from .problem import Array
from .targets import encoded

__all__ = [
    "LinearModel", "fingerprint", "labelled", "least_subgradient", "linear_model_in", "predicted", "predicted_by",
]  # fmt: skip


@dataclass(frozen=True, eq=False, init=False, repr=False)
class LinearModel:
    """``LinearModel(X, y, loss="squared_error")``: the objective of a linear model on X (rows, features) and y.

    With ``fit_intercept`` w has features + 1 entries and w[0] is the intercept. The objective is the mean loss of the
    rows (their sum under ``reduction="sum"``), each times its ``sample_weight`` (scaled to a mean of 1 under "mean"),
    plus ``alpha`` times the ``penalty`` of the coefficients: "l2" |c|^2 / 2, "l1" |c|_1, "elasticnet"
    (1 - l1_ratio) |c|^2 / 2 + l1_ratio |c|_1. squared_error is (o - y)^2 / 2 per row.

    y holds numbers, or labels of two or more classes, which are encoded (targets.encoded) and kept in ``classes``. For
    several outputs w has shape (features + 1, outputs). X is used where it lies when it holds float64 or float32, dense
    in any order or CSR; otherwise it is copied. Change neither X nor y while runs use them.
    """

    X: Any = field(repr=False)
    y: Array = field(repr=False)
    loss: Any
    fit_intercept: bool
    reduction: str
    weights: Array | None
    """(rows,) or None: what each row's loss is multiplied by."""
    l2: float
    l1: float
    classes: NDArray[Any] | None
    outputs_per_row: int
    columns: Columns | None
    """Where w is that of centred and scaled columns (``rescaled``)."""

    def __init__(
        self, X: Any, y: Any, loss: Any = "squared_error", penalty: str | None = None, alpha: float = 0.0,
        l1_ratio: float = 0.15, sample_weight: Any = None, fit_intercept: bool = True, reduction: str = "mean",
    ) -> None:  # fmt: skip
        l2, l1 = penalty_parts(penalty, alpha, l1_ratio)
        if reduction not in ("mean", "sum"):
            raise ArgumentError(f"reduction must be 'mean' or 'sum'; got {reduction!r}")
        if not isinstance(fit_intercept, (bool, np.bool_)):
            raise ArgumentTypeError(f"fit_intercept must be True or False; got {fit_intercept!r}")
        rows = as_rows(X)
        chosen = losses.find(loss)() if isinstance(loss, str) else checked_loss(loss)
        targets = encoded(y, chosen)
        if targets.y.shape[0] != rows.shape[0]:
            raise ArgumentError(
                f"X and y must have the same number of rows; X has {rows.shape[0]:,}, y has {targets.y.shape[0]:,}"
            )
        weights = None if sample_weight is None else row_weights(sample_weight, rows.shape[0], reduction == "mean")
        self._set(
            X=rows, y=np.ascontiguousarray(targets.y), loss=chosen, fit_intercept=bool(fit_intercept),
            reduction=reduction, weights=weights, l2=l2, l1=l1, classes=targets.classes,
            outputs_per_row=targets.outputs, columns=None,
        )  # fmt: skip

    def _set(self, **given: Any) -> None:
        for name, value in given.items():
            object.__setattr__(self, name, value)

    name = "linear model"
    start_note = "zeros"
    gradient_note = "exact"
    source = ""
    minimum = box = None

    def rescaled(self) -> "LinearModel":
        """The same objective in the weights of centred and scaled columns (only scaled where X is sparse or there is no
        intercept), nothing copied. ``columns.outward`` turns its weights into this model's."""
        return self.with_(columns=Columns.of(self.X, self.weights, self.fit_intercept and not self.sparse))

    def with_(self, **changes: Any) -> "LinearModel":
        """The model with some of its fields changed; these are taken as they are, unchecked and not copied."""
        fields = {name: getattr(self, name) for name in self.__dataclass_fields__}
        assert changes.keys() <= fields.keys(), changes.keys() - fields.keys()
        other: LinearModel = object.__new__(LinearModel)
        other._set(**fields | changes)
        return other

    @property
    def rows(self) -> int:
        return int(self.X.shape[0])

    @property
    def base(self) -> int:
        """1 where w[0] is an intercept, else 0."""
        return int(self.fit_intercept)

    @property
    def n(self) -> int:
        return (int(self.X.shape[1]) + self.base) * self.outputs_per_row

    @property
    def share(self) -> float:
        """What the summed losses are multiplied by."""
        return 1.0 / self.rows if self.reduction == "mean" else 1.0

    @property
    def sparse(self) -> bool:
        return is_sparse(self.X)

    @property
    def coupled(self) -> bool:
        """Whether a row's loss is of all its outputs together."""
        return hasattr(self.loss, "fold")

    @cached_property
    def codes(self) -> NDArray[np.int64]:
        """The number of each row's class, where there are ``classes``."""
        if self.y.ndim == 2:
            return np.asarray(self.y.argmax(axis=1))
        return self.y.astype(np.int64) if self.coupled else (self.y > 0).astype(np.int64)

    @property
    def start(self) -> Array:
        return np.zeros(self.n)

    @cached_property
    def tree(self) -> Tree | None:
        """The shape of w: None for one output."""
        if self.outputs_per_row == 1:
            return None
        return Tree.of(np.zeros((self.n // self.outputs_per_row, self.outputs_per_row)))[0]

    @property
    def loss_name(self) -> str:
        return name_of(self.loss)

    @property
    def formula(self) -> str:
        penalty = (f" + {self.l2:g}/2 |c|^2" if self.l2 else "") + (f" + {self.l1:g} |c|_1" if self.l1 else "")
        return f"{self.reduction} over {self.rows:,} rows of {self.loss_name}(X w, y){penalty}"

    def shaped(self, w: Array) -> Array:
        """w as (features + base,), or (features + base, outputs) for several outputs, a view."""
        return w if self.outputs_per_row == 1 else w.reshape(-1, self.outputs_per_row)

    def coefficients(self, w: Array) -> Array:
        """The weights of the data as it lies, shaped."""
        shaped = self.shaped(np.asarray(w, dtype=float))
        return shaped if self.columns is None else self.columns.outward(shaped, self.base)

    def outputs(self, w: Array, rows: Any = slice(None)) -> Array:
        """``X w`` (plus the intercept) for the rows asked for: (rows,) or (rows, outputs)."""
        return linear(self.X if isinstance(rows, slice) else self.X[rows], self.coefficients(w), self.fit_intercept)

    @cached_property
    def l2_each(self) -> Array | None:
        """The l2 factor of each weight (n,): 0 for the intercept; None without."""
        if not self.l2:
            return None
        return self._each(self.l2, None if self.columns is None else self.columns.factor**2)

    @cached_property
    def l1_each(self) -> Array | None:
        """The l1 factor of each weight (n,): 0 for the intercept; None without."""
        return self._each(self.l1, None if self.columns is None else self.columns.factor) if self.l1 else None

    def _each(self, size: float, factor: Array | None) -> Array:
        column = np.full(int(self.X.shape[1]), size) if factor is None else size * factor
        return np.repeat(np.concatenate((np.zeros(self.base), column)), self.outputs_per_row)

    def penalty(self, w: Array) -> float:
        """The penalty's part of the objective."""
        total = 0.0
        if self.l2_each is not None:
            total += 0.5 * float((self.l2_each * w * w).sum())  # a product by BLAS would start its threads
        if self.l1_each is not None:
            total += float((self.l1_each * np.abs(w)).sum())
        return total

    def value(self, w: Array) -> float:
        values = row_losses(self.loss, self.outputs(w), self.y)
        if self.weights is not None:
            values = self.weights * values
        f = float(values.mean() if self.reduction == "mean" else values.sum())
        return f + self.penalty(w) if self.l2 or self.l1 else f

    def gradient(self, w: Array) -> Array:
        return self.value_and_gradient(w)[1]

    def smooth_gradient(self, w: Array) -> Array:
        """Of all but the l1 penalty."""
        return self._loss_and_gradient(w, slice(None))[1]

    def value_and_gradient(self, w: Array) -> tuple[float, Array]:
        """The objective and its gradient; with an l1 penalty the shortest subgradient."""
        f, g = self._loss_and_gradient(w, slice(None))
        if self.l2 or self.l1:
            f += self.penalty(w)
        return f, g if self.l1_each is None else least_subgradient(g, w, self.l1_each)

    def batch_value_and_gradient(self, w: Array, rows: Any) -> tuple[float, Array]:
        """The loss over chosen rows, without the penalty, and the gradient of that and of the l2 penalty: in full under
        "mean", its share of the rows under "sum"."""
        return self._loss_and_gradient(w, rows)

    def _loss_and_gradient(self, w: Array, rows: Any) -> tuple[float, Array]:
        whole = isinstance(rows, slice)
        o, y, X = self.outputs(w, rows), self.y[rows], self.X if whole else self.X[rows]
        values, slope = row_losses(self.loss, o, y), row_slopes(self.loss, o, y)
        if self.weights is not None:
            values = self.weights[rows] * values
            slope = (self.weights[rows] * slope.T).T
        gradient = transposed_times(X, slope)
        if self.fit_intercept:
            gradient = np.concatenate((slope.sum(axis=0)[None], gradient))
        if self.columns is not None:
            gradient = self.columns.gradient(gradient, self.base)
        gradient, value, size = gradient.ravel(), float(values.sum()), len(y)
        if self.reduction == "mean":
            value, gradient = value / size, gradient / size
        if self.l2_each is not None:
            part = 1.0 if self.reduction == "mean" else size / self.rows
            gradient = gradient + part * self.l2_each * w
        return value, gradient

    def predict(self, w: Array, X: Any) -> NDArray[Any]:
        """For rows of X the labels of a classification, else the predicted values, (rows,) or (rows, outputs)."""
        o = predicted(self.coefficients(self._flat(w)), X, self.fit_intercept)
        return labelled(o, self.classes) if self.classes is not None else as_target(self.loss, o)

    def _flat(self, w: Any) -> Array:
        flat = np.asarray(w, dtype=float).ravel()
        if flat.size != self.n:
            raise ArgumentError(f"w must hold {count(self.n, 'weight')}; its shape is {np.shape(w)}")
        return flat

    def split(self, w: Any) -> tuple[Any, Array]:
        """``(intercept, coefficients)`` of a weight vector, for the data as it lies: a number (0.0 without
        ``fit_intercept``) and (features,), or (outputs,) and (features, outputs)."""
        c = self.coefficients(self._flat(w))
        if self.outputs_per_row == 1:
            return (float(c[0]), c[1:]) if self.fit_intercept else (0.0, c)
        return (c[0], c[1:]) if self.fit_intercept else (np.zeros(self.outputs_per_row), c)

    @cached_property
    def _hashes(self) -> dict[str, Any]:
        weights = {} if self.weights is None else {"sample_weight": fingerprint(self.weights)}
        return {"X": fingerprint(self.X), "y": fingerprint(self.y), **weights}

    def recipe(self) -> dict[str, Any]:
        told: dict[str, Any] = {"kind": "linear_model", **self._hashes, "loss": self.loss_name}
        if getattr(self.loss, "_fields", ()):
            told["loss_fields"] = self.loss._asdict()
        if self.l2 or self.l1:
            told |= {"l2": self.l2, "l1": self.l1}
        if self.classes is not None:
            told["classes"] = self.classes.tolist()
        if self.columns is not None:
            told["columns"] = {name: part.tolist() for name, part in self.columns._asdict().items()}
        return told | {
            "outputs": self.outputs_per_row, "fit_intercept": self.fit_intercept, "reduction": self.reduction,
        }  # fmt: skip

    def __repr__(self) -> str:
        bias = "with" if self.fit_intercept else "without"
        outputs = f", {self.outputs_per_row} outputs" if self.outputs_per_row > 1 else ""
        return (
            f"<LinearModel {self.loss_name} ({self.reduction}), {self.rows:,} x {self.X.shape[1]}{outputs}, {bias} "
            f"intercept>"
        )


def penalty_parts(penalty: Any, alpha: Any, l1_ratio: Any) -> tuple[float, float]:
    """``(l2, l1)``, checked."""
    for given, name, high in ((alpha, "alpha", float(np.finfo(float).max)), (l1_ratio, "l1_ratio", 1.0)):
        if isinstance(given, (bool, np.bool_)) or not isinstance(given, (int, float, np.integer, np.floating)):
            raise ArgumentTypeError(f"{name} must be a number; got {given!r}")
        if not 0 <= given <= high:
            between = "a number from 0 to 1" if high == 1.0 else "a finite number, 0 or more"
            raise ArgumentError(f"{name} must be {between}; got {given!r}")
    if penalty is None:
        if alpha:
            raise ArgumentError(
                f"alpha={alpha!r} weighs a penalty, and there is none; add penalty='l2' or leave it out"
            )
        return 0.0, 0.0
    if not isinstance(penalty, str):
        raise ArgumentTypeError(f"penalty must be None or one of {', '.join(penalties.names())}; got {penalty!r}")
    l2, l1 = penalties.find(penalty)(float(alpha), float(l1_ratio)).parts()
    return l2, l1


def checked_loss(loss: Any) -> Any:
    """An object that is a loss, its fields checked as a method's are."""
    if isinstance(loss, type) or not any(hasattr(loss, name) for name in ("derivative", "derivative_of")):
        raise ArgumentTypeError(f"loss must be a name or an object with value and derivative; got {loss!r}")
    if not getattr(loss, "_fields", ()):
        return loss
    about = fields_of(type(loss))  # type: ignore[arg-type]
    return loss._replace(**{field: checked(about[field], getattr(loss, field), name_of(loss)) for field in about})


def name_of(loss: Any) -> str:
    module = type(loss).__module__
    return module.rpartition(".")[2] if module.startswith(losses.__name__) else type(loss).__name__


def row_losses(loss: Any, o: Array, y: Array) -> Array:
    """The loss of each row (rows,)."""
    if not hasattr(loss, "fold"):
        values = np.asarray(loss.value(o, y, xp))
        return values if values.ndim == 1 else values.sum(axis=1)
    acc, true = folded(loss, o, y)
    return np.asarray(loss.value_of(true, acc, xp))


def row_slopes(loss: Any, o: Array, y: Array) -> Array:
    """The derivative of each row's loss in its outputs, of their shape."""
    if not hasattr(loss, "fold"):
        return np.asarray(loss.derivative(o, y, xp))
    acc, _ = folded(loss, o, y)
    hits = (y[:, None] == np.arange(o.shape[1])).astype(float)
    return np.stack([loss.derivative_of(o[:, k], hits[:, k], acc, xp) for k in range(o.shape[1])], axis=1)


def folded(loss: Any, o: Array, y: Array) -> tuple[Any, Array]:
    """What a coupled loss gathers of each row's outputs, and the output of the row's own class."""
    acc = loss.start(o[:, 0], xp)
    for k in range(1, o.shape[1]):
        acc = loss.fold(acc, o[:, k], xp)
    return acc, np.take_along_axis(o, y.astype(np.int64)[:, None], axis=1)[:, 0]


def least_subgradient(g: Any, w: Any, l1: Any, xp: Any = xp) -> Any:
    """The shortest subgradient of a smooth function with gradient ``g`` plus ``l1 |w|``: 0 where w stays at 0."""
    return xp.where(w == 0, xp.sign(g) * xp.maximum(xp.abs(g) - l1, 0.0), g + l1 * xp.sign(w))


def linear_model_in(problem: Any) -> LinearModel | None:
    """The linear model inside a problem that negates or limits one; None for any other problem."""
    while not isinstance(problem, LinearModel):
        problem = vars(problem).get("problem") if hasattr(problem, "__dict__") else None
        if problem is None:
            return None
    return problem


def predicted(w: Array, X: Any, fit_intercept: bool) -> Array:
    """The outputs of a linear model with weights ``w`` (columns + intercept,) or (.., outputs) for rows of X."""
    given, columns = as_rows(X), w.shape[0] - fit_intercept
    if given.shape[1] != columns:
        raise ArgumentError(f"X must have {count(columns, 'column')}, as in training; it has {given.shape[1]}")
    return linear(given, w, fit_intercept)


def predicted_by(recipe: dict[str, Any], w: Array, X: Any) -> NDArray[Any]:
    """Predictions of the model that a recipe tells of."""
    outputs = recipe.get("outputs", 1)
    c = np.asarray(w, dtype=float).reshape(-1, outputs) if outputs > 1 else np.asarray(w, dtype=float)
    if "columns" in recipe:
        c = Columns(**{name: np.array(part) for name, part in recipe["columns"].items()}).outward(
            c, int(recipe["fit_intercept"])
        )
    o = predicted(c, X, recipe["fit_intercept"])
    if "classes" in recipe:
        return labelled(o, np.array(recipe["classes"]))
    if recipe["loss"] not in losses.names():
        return o
    return as_target(losses.find(recipe["loss"])(**recipe.get("loss_fields", {})), o)


def linear(X: Any, c: Array, intercept: bool) -> Array:
    return times(X, c[1:]) + c[0] if intercept else times(X, c)


def labelled(o: Array, classes: NDArray[Any]) -> NDArray[Any]:
    """The label of each row: of the larger of two, of the largest output."""
    return np.asarray(classes[(o > 0).astype(np.int64) if o.ndim == 1 else o.argmax(axis=1)])


def as_target(loss: Any, o: Array) -> Array:
    return np.asarray(loss.predicted(o, xp)) if hasattr(loss, "predicted") else o
