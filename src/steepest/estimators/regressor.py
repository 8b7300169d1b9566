"""Regression by gradient descent, with scikit-learn's interface."""

from numbers import Real
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.base import RegressorMixin, _fit_context
from sklearn.metrics import r2_score
from sklearn.utils._param_validation import Interval, StrOptions

from ..base.errors import ArgumentError
from ..base.fields import checked, fields_of
from ..base.xp import numpy_functions as xp
from ..problems import losses
from ..problems.design import Checked
from ..problems.linear_model import LinearModel
from .base import Array, Descent

__all__ = ["DescentRegressor"]

LOSSES = tuple(name for name in losses.names() if losses.find(name).kind == "regression")


class DescentRegressor(RegressorMixin, Descent):  # type: ignore[misc]
    """A linear regression trained by any of steepest's methods.

    It minimises the mean loss of the rows plus ``alpha`` times the penalty of the coefficients. The parameters that
    scikit-learn's SGDRegressor has mean what they mean there, but for those in the table of docs/estimators.md.

    Parameters
    ----------
    loss : "squared_error", "huber", "absolute_error", "epsilon_insensitive", "squared_epsilon_insensitive", "quantile"
        or "poisson" (counts; the prediction is exp of the output).
    method : a method's name ("momentum", "nesterov", "adam", ...), class or object.
    learning_rate : "auto", a number, a schedule or a line search.
    momentum : for a method given by name that has it.
    batch_size : rows an update; None is all of them; "auto" all while that is cheaper, mini-batches beyond.
    penalty, alpha, l1_ratio : "l2", "l1", "elasticnet" or None; its weight; the share of l1 in "elasticnet".
    fit_intercept : whether there is one; it is not penalised.
    max_iter : iterations (epochs with mini-batches) at most.
    tol, n_iter_no_change : training ends once the objective changes by at most ``tol`` times the loss of the best
        constant for so many rows; None: never.
    early_stopping, validation_fraction : score a part set aside instead, and end once that stops rising by ``tol``.
    average : average the weights over the rows; a number: from so many examples on.
    warm_start : go on from the weights of the last ``fit``.
    epsilon : of huber and the insensitive losses, in units of y.
    quantile : of the loss "quantile".
    shuffle, random_state : the order of the rows in mini-batches, and the validation set.
    verbose : progress and the run's message on standard error.

    Attributes
    ----------
    coef_ : (features,); intercept_ : (1,). n_iter_ : rows of the history after the start; loss_curve_ : the objective
    at each; t_ : updates made. validation_scores_ : with ``early_stopping``, else None. run_ : the Run.
    n_features_in_, feature_names_in_.
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **Descent._parameter_constraints,
        "loss": [StrOptions(set(LOSSES))],
        "epsilon": [Interval(Real, 0, None, closed="left")],
        "quantile": [Interval(Real, 0, 1, closed="neither")],
    }

    def __init__(
        self, loss: str = "squared_error", *, method: Any = "momentum", learning_rate: Any = "auto",
        momentum: float = 0.9, batch_size: Any = "auto", penalty: str | None = "l2", alpha: float = 1e-4,
        l1_ratio: float = 0.15, fit_intercept: bool = True, max_iter: int = 1000, tol: float | None = 1e-4,
        early_stopping: bool = False, validation_fraction: float = 0.1, n_iter_no_change: int = 5, average: Any = False,
        warm_start: bool = False, epsilon: float = 0.1, quantile: float = 0.5, shuffle: bool = True,
        random_state: Any = None, verbose: int = 0,
    ) -> None:  # fmt: skip
        self._hold(locals())

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.positive_only = self.loss == "poisson"
        return tags

    @_fit_context(prefer_skip_nested_validation=True)  # type: ignore[untyped-decorator]
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> "DescentRegressor":
        """Learns from X (rows, features), dense or sparse, and the targets y (rows,)."""
        X, y = self._rows(X, y, reset=True, y_numeric=True)
        self._learn(X, y.astype(np.float64), self._row_weights(sample_weight, X), self._warm(X.shape[1], 1))
        return self

    @_fit_context(prefer_skip_nested_validation=True)  # type: ignore[untyped-decorator]
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> "DescentRegressor":
        """One pass over these rows, from the weights so far."""
        if self.early_stopping:
            raise ArgumentError("early_stopping must be False with partial_fit, which makes one pass")
        X, y = self._rows(X, y, reset=not hasattr(self, "coef_"), y_numeric=True)
        self._learn_a_pass(X, y.astype(np.float64), self._row_weights(sample_weight, X))
        return self

    def predict(self, X: Any) -> Array:
        """The predicted target of each row."""
        return np.asarray(self._loss().predicted(self._outputs(X)[:, 0], xp))

    # -- what the base class asks for --------------------------------------------------------------------------------

    def _loss(self) -> Any:
        cls = losses.find(self.loss)
        return cls(**{name: checked(info, getattr(self, name), self.loss) for name, info in fields_of(cls).items()})

    def _model(self, X: Any, y: NDArray[np.float64], weights: Array | None) -> LinearModel:
        return LinearModel(Checked(X), y, self._loss(), sample_weight=weights, **self._options())

    def _strata(self, y: NDArray[np.float64]) -> Any:
        return None

    def _scored(self, o: Array, y: NDArray[np.float64], weights: Array | None) -> float:
        return float(r2_score(y, self._loss().predicted(o, xp), sample_weight=weights))

    def _shaped(self, coefficients: Array) -> Array:
        return np.asarray(coefficients[0])
