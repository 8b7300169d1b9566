"""Classification by gradient descent, with scikit-learn's interface."""

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.base import ClassifierMixin, _fit_context
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import _check_partial_fit_first_call, check_classification_targets

from ..base.errors import ArgumentError
from ..problems import losses
from ..problems.linear_model import LinearModel
from ..problems.targets import probabilities
from .base import Array, Descent
from .targets import classification, with_class_weight

__all__ = ["DescentClassifier"]

LOSSES = tuple(name for name in losses.names() if losses.find(name).kind == "classification")
MARGINS = tuple(name for name in LOSSES if not hasattr(losses.find(name), "fold"))


def has_probabilities(self: Any) -> bool:
    if self.loss in MARGINS and not hasattr(losses.find(self.loss), "probability"):
        raise AttributeError(f"probability estimates are not available for loss={self.loss!r}")
    return True


class DescentClassifier(ClassifierMixin, Descent):  # type: ignore[misc]
    """A linear classifier trained by any of steepest's methods.

    It minimises the mean loss of the rows plus ``alpha`` times the penalty of the coefficients. The parameters that
    scikit-learn's SGDClassifier has mean what they mean there, but for those in the table of docs/estimators.md.

    Parameters
    ----------
    loss : "log_loss" (logistic regression; softmax for three or more classes), "hinge", "squared_hinge",
        "modified_huber" or "perceptron"; three or more classes one against the rest.
    method : a method's name ("momentum", "nesterov", "adam", ...), class or object.
    learning_rate : "auto", a number, a schedule or a line search.
    momentum : for a method given by name that has it.
    batch_size : rows an update; None is all of them; "auto" all while that is cheaper, mini-batches beyond.
    penalty, alpha, l1_ratio : "l2", "l1", "elasticnet" or None; its weight; the share of l1 in "elasticnet".
    fit_intercept : whether there is one; it is not penalised.
    max_iter : iterations (epochs with mini-batches) at most.
    tol, n_iter_no_change : training ends once the objective changes by at most ``tol`` for so many rows; None: never.
    early_stopping, validation_fraction : score a part set aside instead, and end once that stops rising by ``tol``.
    average : average the weights over the rows; a number: from so many examples on.
    warm_start : go on from the weights of the last ``fit``.
    class_weight : None, a dict or "balanced".
    multi_class : "auto" (softmax with log_loss) or "one_vs_rest".
    shuffle, random_state : the order of the rows in mini-batches, and the validation set.
    verbose : progress and the run's message on standard error.

    Attributes
    ----------
    coef_ : (1, features) or (classes, features); intercept_ : (1,) or (classes,); classes_ : the sorted labels.
    n_iter_ : rows of the history after the start; loss_curve_ : the objective at each; t_ : updates made.
    validation_scores_ : with ``early_stopping``, else None. run_ : the Run. n_features_in_, feature_names_in_.
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **Descent._parameter_constraints,
        "loss": [StrOptions(set(MARGINS))],
        "multi_class": [StrOptions({"auto", "one_vs_rest"})],
        "class_weight": [StrOptions({"balanced"}), dict, None],
    }

    def __init__(
        self, loss: str = "log_loss", *, method: Any = "momentum", learning_rate: Any = "auto", momentum: float = 0.9,
        batch_size: Any = "auto", penalty: str | None = "l2", alpha: float = 1e-4, l1_ratio: float = 0.15,
        fit_intercept: bool = True, max_iter: int = 1000, tol: float | None = 1e-4, early_stopping: bool = False,
        validation_fraction: float = 0.1, n_iter_no_change: int = 5, average: Any = False, warm_start: bool = False,
        class_weight: Any = None, multi_class: str = "auto", shuffle: bool = True, random_state: Any = None,
        verbose: int = 0,
    ) -> None:  # fmt: skip
        self._hold(locals())

    @_fit_context(prefer_skip_nested_validation=True)  # type: ignore[untyped-decorator]
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> "DescentClassifier":
        """Learns from X (rows, features), dense or sparse, and the labels y (rows,)."""
        X, y = self._rows(X, y, reset=True)
        check_classification_targets(y)
        weights = self._row_weights(sample_weight, X)
        classes, codes = np.unique(y, return_inverse=True)
        refuse_one_class(classes, codes, weights)
        before = getattr(self, "classes_", None)
        if self.warm_start and before is not None and not np.array_equal(before, classes):
            raise ArgumentError(
                f"warm_start=True goes on with the classes {before.tolist()}, and y holds {classes.tolist()}; "
                f"fit a new estimator, or set warm_start=False"
            )
        self.classes_ = classes
        self._learn(X, codes, weights, self._warm(X.shape[1], self._width()))
        return self

    @_fit_context(prefer_skip_nested_validation=True)  # type: ignore[untyped-decorator]
    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> "DescentClassifier":
        """One pass over these rows, from the weights so far; the first call names all ``classes``."""
        if self.early_stopping:
            raise ArgumentError("early_stopping must be False with partial_fit, which makes one pass")
        if isinstance(self.class_weight, str):
            raise ArgumentError(
                "class_weight='balanced' needs all labels at once, and partial_fit sees a part; give a dict, from "
                "sklearn.utils.class_weight.compute_class_weight on a large sample"
            )
        X, y = self._rows(X, y, reset=not hasattr(self, "coef_"))
        check_classification_targets(y)
        weights = self._row_weights(sample_weight, X)
        _check_partial_fit_first_call(self, classes)
        if self.classes_.size < 2:
            raise ArgumentError(f"classes holds one class only ({self.classes_[0]!s}); a classifier needs at least two")
        unseen = np.setdiff1d(y, self.classes_)
        if unseen.size:
            raise ArgumentError(
                f"y holds the label {unseen[0]!s}, which is not in classes ({', '.join(map(str, self.classes_))}); "
                f"name every class in the first call of partial_fit"
            )
        self._learn_a_pass(X, np.searchsorted(self.classes_, y), weights)
        return self

    def decision_function(self, X: Any) -> Array:
        """The outputs: (rows,) for two classes (positive: the second), else (rows, classes)."""
        o = self._outputs(X)
        return o[:, 0] if o.shape[1] == 1 else o

    def predict(self, X: Any) -> NDArray[Any]:
        """The label of each row."""
        numbers = chosen(self.decision_function(X))
        return np.asarray(self.classes_[numbers])

    @available_if(has_probabilities)  # type: ignore[untyped-decorator]
    def predict_proba(self, X: Any) -> Array:
        """(rows, classes). One against the rest: each class's own probability, scaled to a sum of 1."""
        o = self.decision_function(X)  # says first that nothing is fitted
        return probabilities(self._loss(), o)

    @available_if(has_probabilities)  # type: ignore[untyped-decorator]
    def predict_log_proba(self, X: Any) -> Array:
        """The logarithm of ``predict_proba``."""
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(self.predict_proba(X)))

    # -- what the base class asks for --------------------------------------------------------------------------------

    def _width(self) -> int:
        """The outputs of a row."""
        return 1 if self.classes_.size == 2 else int(self.classes_.size)

    def _loss(self) -> Any:
        coupled = self.loss == "log_loss" and self.multi_class == "auto" and self.classes_.size > 2
        return losses.find("multinomial_log_loss" if coupled else self.loss)()

    def _model(self, X: Any, codes: NDArray[np.int64], weights: Array | None) -> LinearModel:
        weights = with_class_weight(self.class_weight, self.classes_, codes, weights)
        return classification(X, codes, self.classes_, self._loss(), sample_weight=weights, **self._options())

    def _strata(self, codes: NDArray[np.int64]) -> Any:
        return codes

    def _scored(self, o: Array, codes: NDArray[np.int64], weights: Array | None) -> float:
        return float(np.average(chosen(o) == codes, weights=weights))

    def _shaped(self, coefficients: Array) -> Array:
        return coefficients


def chosen(o: Array) -> NDArray[np.intp]:
    """The number of the class that each row's outputs speak for."""
    return (o > 0).astype(np.intp) if o.ndim == 1 else o.argmax(axis=1)


def refuse_one_class(classes: NDArray[Any], codes: NDArray[np.int64], weights: Array | None) -> None:
    if weights is not None:
        present = np.bincount(codes, weights=weights, minlength=len(classes)) > 0
        if classes.size > 1 and present.sum() < 2:
            raise ArgumentError(
                f"y holds one class only ({classes[present][0]!s}) in rows whose sample_weight is not 0; a classifier "
                f"needs at least two"
            )
    if classes.size < 2:
        raise ArgumentError(f"y holds one class only ({classes[0]!s}); a classifier needs at least two")
