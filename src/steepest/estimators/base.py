"""What the classifier and the regressor share: parameters, input checks, fitting, and the attributes it leaves."""

import sys
from dataclasses import replace
from functools import partial
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.model_selection import train_test_split
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, InvalidParameterError, StrOptions
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from ..base.errors import ArgumentError
from ..methods import names as method_names
from ..problems.design import as_rows, is_sparse, times
from ..problems.linear_model import LinearModel, linear
from ..verbs.run import Run
from .targets import baseline
from .telling import tell
from .training import Plan, Trained, batch_of, rule_of, train, updates
from .watching import Watch

__all__ = ["Descent"]

Array = NDArray[np.float64]
SCHEDULES = {
    "constant": "write the number itself, such as learning_rate=0.01",
    "optimal": "write learning_rate='auto', or a schedule such as steepest.schedules.InverseTime(0.1, 0.01)",
    "invscaling": "write a schedule such as steepest.schedules.RobbinsMonro(0.1, power=0.6)",
    "adaptive": "write learning_rate='auto', or a schedule such as steepest.schedules.Step(0.1)",
}
"""scikit-learn's names, and what to write in their place."""
WHOLE_SCORED_EVERY = 10
"""Iterations of the whole batch between two validation scores; one of mini-batches is an epoch and counts singly."""


class Descent(BaseEstimator):  # type: ignore[misc]
    """The part of DescentClassifier and DescentRegressor that knows nothing of their targets."""

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "method": [StrOptions(set(method_names())), tuple, type],
        "learning_rate": [StrOptions({"auto"}), Interval(Real, 0, None, closed="neither"), callable, tuple],
        "momentum": [Interval(Real, 0, 1, closed="left")],
        "batch_size": [StrOptions({"auto"}), None, Interval(Integral, 1, None, closed="left")],
        "penalty": [StrOptions({"l2", "l1", "elasticnet"}), None],
        "alpha": [Interval(Real, 0, None, closed="left")],
        "l1_ratio": [Interval(Real, 0, 1, closed="both")],
        "fit_intercept": ["boolean"],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "tol": [Interval(Real, 0, None, closed="left"), None],
        "early_stopping": ["boolean"],
        "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
        "n_iter_no_change": [Interval(Integral, 1, None, closed="left")],
        "average": ["boolean", Interval(Integral, 0, None, closed="left")],
        "warm_start": ["boolean"],
        "shuffle": ["boolean"],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
    }

    _progress: bool | str | None = None
    """What ``minimize`` is told of progress; None: as ``verbose`` says, which prints the run's message too."""

    def _hold(self, given: dict[str, Any]) -> None:
        """Keeps the parameters, as they are, in attributes of their names. ``given`` are the locals of ``__init__``,
        whose signature each class writes out, since ``get_params`` and ``clone`` read it."""
        for name, value in given.items():
            if name != "self":
                setattr(self, name, value)

    def _validate_params(self) -> None:
        rate = self.learning_rate
        if isinstance(rate, str) and rate in SCHEDULES:
            raise InvalidParameterError(
                f"learning_rate={rate!r} is a schedule's name in scikit-learn; here learning_rate is a number, a "
                f"schedule object or 'auto': {SCHEDULES[rate]}"
            )
        super()._validate_params()

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags

    def __getstate__(self) -> Any:
        """For pickle: the run without the data it was trained on."""
        state = dict(super().__getstate__())
        if isinstance(state.get("run_"), Run):
            state["run_"] = without_data(state["run_"])
        return state

    # -- input -----------------------------------------------------------------------------------------------------

    def _rows(self, X: Any, y: Any = "no_validation", reset: bool = False, **checks: Any) -> Any:
        """X (and y) by scikit-learn's checks, used where they lie if of float64 or float32; no NaN, no infinity, for
        which X is read once here and never again."""
        found = validate_data(
            self, X, y, reset=reset, accept_sparse="csr", dtype=[np.float64, np.float32], ensure_all_finite=False,
            **checks,
        )  # fmt: skip
        if isinstance(found, tuple):
            return finite_rows(found[0], type(self).__name__), found[1]
        return finite_rows(found, type(self).__name__)

    def _row_weights(self, sample_weight: Any, X: Any) -> Array | None:
        if sample_weight is None:
            return None
        weights: Array = _check_sample_weight(sample_weight, X, dtype=np.float64, ensure_non_negative=True)
        if not weights.any():
            raise ArgumentError("sample_weight is 0 for every row; at least one must count")
        return weights

    # -- training --------------------------------------------------------------------------------------------------

    def _options(self) -> dict[str, Any]:
        """The part of a LinearModel that no target decides."""
        return {
            "penalty": self.penalty, "alpha": 0.0 if self.penalty is None else self.alpha, "l1_ratio": self.l1_ratio,
            "fit_intercept": self.fit_intercept,
        }  # fmt: skip

    def _plan(self, model: LinearModel, seed: int, one_pass: bool) -> Plan:
        rule = rule_of(self.method, self.learning_rate, self.momentum)
        return Plan(
            rule, batch_of(self.batch_size, model, one_pass, rule),
            1 if one_pass else self.max_iter, None if one_pass or self.early_stopping else self.tol,
            self.n_iter_no_change, "shuffle" if self.shuffle else "sequential", seed,
            not one_pass and (bool(self.verbose) if self._progress is None else self._progress),
        )  # fmt: skip

    def _learn(self, X: Any, targets: Any, weights: Array | None, start: Array | None) -> None:
        """The whole of ``fit`` after its checks; ``targets`` are what ``_model`` takes."""
        random = check_random_state(self.random_state)
        seed = int(random.randint(2**31 - 1))
        kept = None
        if self.early_stopping:
            X, targets, weights, kept = self._set_apart(X, targets, weights, seed)
        model = self._model(X, targets, weights)
        plan, base = self._plan(model, seed, False), baseline(model)
        watch = self._watch(model, plan, kept)
        trained = train(model, plan, base, start, watch)
        self._keep(trained)
        self._last, self._averaged = trained.coefficients, 0
        self.t_ = updates(trained.run, model.rows)
        self.n_iter_ = trained.run.nit
        self.loss_curve_ = trained.run.history.f[1:].tolist()  # type: ignore[index]
        self.validation_scores_ = watch.scores if kept is not None else None
        if self.verbose:
            print(trained.run.message, file=sys.stderr)
        tell(self, trained, model, watch)

    def _learn_a_pass(self, X: Any, targets: Any, weights: Array | None) -> None:
        """The whole of ``partial_fit`` after its checks: one epoch from the weights so far."""
        before = self._coefficients() if hasattr(self, "coef_") else None
        start = self.__dict__.get("_last", before) if self.average else before
        model = self._model(X, targets, weights)
        plan = self._plan(model, int(check_random_state(self.random_state).randint(2**31 - 1)), True)
        trained = train(model, plan, baseline(model), start, even=False)
        self._last = trained.coefficients
        self.t_ = getattr(self, "t_", 0) + updates(trained.run, model.rows)
        self.n_iter_, self.validation_scores_ = 1, None
        self.loss_curve_ = [*getattr(self, "loss_curve_", []), trained.run.f]
        self._keep(trained)
        if self.average and before is not None and self.t_ >= int(self.average):
            self._averaged = self.__dict__.get("_averaged", 0) + 1
            self._set_coefficients(before + (trained.coefficients - before) / (self._averaged + 1))
        tell(self, trained, model, None)

    def _watch(self, model: LinearModel, plan: Plan, kept: Any) -> Watch:
        skip = max(0, -(-int(self.average) // model.rows) - 1) if self.average else None
        if kept is None:
            return Watch(skip)
        held_X, held_targets, held_weights = kept

        def score(c: Array) -> float:
            return float(self._scored(linear(held_X, c, self.fit_intercept), held_targets, held_weights))

        every = WHOLE_SCORED_EVERY if plan.batch_size is None else 1
        return Watch(skip, score, every, self.tol, self.n_iter_no_change)

    def _set_apart(self, X: Any, targets: Any, weights: Array | None, seed: int) -> Any:
        """``(X, targets, weights, (X, targets, weights) of the validation set)``."""
        parts = np.arange(X.shape[0])
        try:
            learned, held = train_test_split(
                parts, test_size=self.validation_fraction, random_state=seed, stratify=self._strata(targets)
            )
        except ValueError as error:
            raise ArgumentError(
                f"early_stopping=True sets validation_fraction={self.validation_fraction} of {len(parts)} rows apart, "
                f"which cannot be done: {error}"
            ) from None
        learned.sort()
        held.sort()
        weighed = (None, None) if weights is None else (weights[learned], weights[held])
        return X[learned], targets[learned], weighed[0], (X[held], targets[held], weighed[1])

    def _keep(self, trained: Trained) -> None:
        self.run_ = trained.run
        self._set_coefficients(trained.coefficients)

    def _set_coefficients(self, c: Array) -> None:
        """``coef_`` and ``intercept_`` from (features + base,) or (features + base, outputs)."""
        c = c[:, None] if c.ndim == 1 else c
        base = int(self.fit_intercept)
        self.coef_ = self._shaped(np.ascontiguousarray(c[base:].T))
        self.intercept_ = c[0].copy() if base else np.zeros(c.shape[1])

    def _coefficients(self) -> Array:
        """The inverse of ``_set_coefficients``."""
        rows = np.atleast_2d(self.coef_)
        c = np.vstack((self.intercept_[None], rows.T)) if self.fit_intercept else rows.T
        return np.array(c[:, 0] if c.shape[1] == 1 else c, dtype=float)

    def _warm(self, features: int, outputs: int) -> Array | None:
        """The weights to go on from under warm_start."""
        if not self.warm_start or not hasattr(self, "coef_"):
            return None
        shape = np.atleast_2d(self.coef_).shape
        if shape != (outputs, features):
            raise ArgumentError(
                f"warm_start=True goes on from weights of shape {shape}, and these data need {(outputs, features)}; "
                f"fit a new estimator, or set warm_start=False"
            )
        return self._coefficients()

    def _outputs(self, X: Any) -> Array:
        """(rows, outputs)."""
        check_is_fitted(self)
        X = self._rows(X)
        return times(X, np.atleast_2d(self.coef_).T) + self.intercept_


def without_data(run: Run) -> Run:
    """The run with its record and recipe, but not the data it was trained on."""
    held = {name: run.recipe[name] for name in ("problem", "w0")}
    return Run(replace(run.record, hashed=partial(dict, held)))


def finite_rows(X: Any, name: str) -> Any:
    """X as models take it; a sentence with the row and the column of the first NaN or infinity."""
    try:
        return as_rows(X)
    except ArgumentError:
        values = X.data if is_sparse(X) else X
        if np.isfinite(values).all():
            raise
    if is_sparse(X):
        at = int(np.flatnonzero(~np.isfinite(values))[0])
        row, column = int(np.searchsorted(X.indptr, at, side="right")) - 1, int(X.indices[at])
        value = values[at]
    else:
        row = next(i for i in range(len(X)) if not np.isfinite(X[i]).all())
        column = int(np.flatnonzero(~np.isfinite(X[row]))[0])
        value = X[row, column]
    what = "NaN" if np.isnan(value) else "inf (infinity)"
    raise ArgumentError(
        f"Input X contains {what}: at row {row}, column {column}; {name} does not accept missing values; drop or fill "
        f"them first, for instance with sklearn.impute.SimpleImputer"
    )
