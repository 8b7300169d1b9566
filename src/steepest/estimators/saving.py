"""A trained model in a file: how its columns are prepared, and its weights; arrays and JSON in a .npz, no pickle."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..base.errors import ArgumentError, ArgumentTypeError
from ..base.files import writing
from ..problems.tables import Preparation, Table
from ..problems.targets import label_texts
from ..records.storage import dumps
from .classifier import DescentClassifier
from .regressor import DescentRegressor

__all__ = ["FORMAT", "Model", "load_model"]

FORMAT = 1
KINDS = {"classification": DescentClassifier, "regression": DescentRegressor}
NEEDED = {
    "classification": ("loss", "multi_class", "fit_intercept"),
    "regression": ("loss", "epsilon", "quantile", "fit_intercept"),
}
"""The parameters a prediction depends on; the others are history."""


class _Wrong(Exception):
    """What is wrong with a file."""


@dataclass(frozen=True, eq=False)
class Model:
    """A fitted estimator and the preparation of its columns: from a table to predictions.

    ``about`` is what is worth knowing of its training, plain JSON values; nothing in it is needed to predict.
    """

    preparation: Preparation
    estimator: Any
    about: dict[str, Any] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        return "classification" if isinstance(self.estimator, DescentClassifier) else "regression"

    @property
    def classes(self) -> list[str] | None:
        """The labels in the order of the probabilities' columns; None for a regression."""
        return label_texts(self.estimator.classes_) if self.kind == "classification" else None

    def predict(self, table: Table) -> NDArray[Any]:
        """(rows,): labels as ``estimator.classes_`` has them, or values."""
        return np.asarray(self.estimator.predict(self.preparation.apply(table).X))

    def predict_proba(self, table: Table) -> NDArray[np.float64]:
        """(rows, classes)."""
        if self.kind != "classification":
            raise ArgumentError("this model predicts values, which have no probabilities")
        if not hasattr(self.estimator, "predict_proba"):
            raise ArgumentError(
                f"this model was trained with loss {self.estimator.loss!r}, which gives no probabilities; train with "
                "'log_loss' or 'modified_huber'"
            )
        return np.asarray(self.estimator.predict_proba(self.preparation.apply(table).X))

    def save(self, path: Any) -> Path:
        """Writes the model to a .npz and returns the path; the same model gives the same bytes."""
        target = as_path(path)
        estimator = self.estimator
        meta = {
            "steepest": "model", "format": FORMAT, "kind": self.kind, "preparation": self.preparation.to_dict(),
            "parameters": {name: getattr(estimator, name) for name in NEEDED[self.kind]}, "about": self.about,
        }  # fmt: skip
        arrays = {"coef": estimator.coef_, "intercept": estimator.intercept_}
        if self.kind == "classification":
            arrays["classes"] = estimator.classes_
        with writing(path) as place, place.open("wb") as file:
            np.savez(file, allow_pickle=False, meta=np.array(dumps(meta)), **arrays)
        return target


def as_path(path: Any) -> Path:
    try:
        target = Path(path)
    except TypeError:
        raise ArgumentTypeError(f"path must be the name of a .npz file; got {path!r}") from None
    if target.suffix != ".npz":
        raise ArgumentError(f"path must end in .npz; got {str(path)!r}")
    return target


def load_model(path: Any) -> Model:
    """The model saved at ``path``; a file that is damaged, or another thing, is one sentence."""
    source = as_path(path)
    if not source.is_file():
        raise ArgumentError(f"path {str(path)!r} is not a file; give a model, as 'steepest train --save' writes them")
    try:
        with source.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        return restored(arrays)
    except _Wrong as wrong:
        raise ArgumentError(f"path {str(path)!r}: {wrong}") from None
    except Exception as error:  # whatever a damaged file makes its reader raise
        raise ArgumentError(f"path {str(path)!r} holds no steepest model, or a damaged one") from error


def restored(arrays: dict[str, Any]) -> Model:
    """The model out of its arrays, which are checked against each other and against the preparation."""
    meta = json.loads(str(arrays["meta"]))
    if meta.get("steepest") != "model":
        what = "holds a run" if "recipe" in meta else "is no model"
        raise _Wrong(f"it {what}; give a model, as 'steepest train --save' writes them")
    if meta["format"] != FORMAT:
        raise _Wrong(f"its format is {meta['format']}, and this version of steepest reads {FORMAT}")
    kind = meta["kind"]
    estimator = KINDS[kind](**{name: meta["parameters"][name] for name in NEEDED[kind]})
    estimator._validate_params()
    preparation = Preparation.from_dict(meta["preparation"])
    features = len(preparation.feature_names)
    outputs = 1
    if kind == "classification":
        estimator.classes_ = arrays["classes"]
        width = len(estimator.classes_)
        outputs = 1 if width == 2 else width
        if estimator.classes_.shape != (width,) or width < 2 or estimator.classes_.dtype.kind not in "fiuU":
            raise _Wrong("its classes are damaged")
    coef, intercept = arrays["coef"], arrays["intercept"]
    if coef.shape != ((outputs, features) if kind == "classification" else (features,)):
        raise _Wrong(f"its weights have shape {coef.shape}, which does not fit its {features:,} columns")
    numbers = coef.dtype == intercept.dtype == np.float64 and intercept.shape == (outputs,)
    if not (numbers and np.isfinite(coef).all() and np.isfinite(intercept).all()):
        raise _Wrong("its weights are damaged")
    estimator.coef_, estimator.intercept_, estimator.n_features_in_ = coef, intercept, features
    return Model(preparation, estimator, dict(meta["about"]))
