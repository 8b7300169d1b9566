"""From flags to a trained estimator; the peers beside it, a constant and scikit-learn's; and what they score."""

import re
import time
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from ..base.errors import ArgumentError
from ..base.text import listing, number
from .commands.run import check_fields, in_flags
from .formulas import python_name
from .minimize_flags import DEFAULT_METHOD, flag_of
from .options import NONE
from .training_flags import LOSS_FIELDS, WITHOUT

if TYPE_CHECKING:
    from ..problems.tables import Parted

__all__ = ["Score", "estimator_of", "peer_of", "score_of", "train_peer", "trained"]

NEEDS = {
    "l1_ratio": ("penalty", "elasticnet", "--penalty elasticnet"),
    "validation_fraction": ("early_stopping", True, "--early-stopping"),
}
"""Flags that mean nothing without another one."""

NEWTON_WEIGHTS = 1000
"""Weights up to which scikit-learn's Newton solver is taken, which columns of uneven scale do not slow down: its lbfgs
needs thousands of iterations on the raw wines."""
LINEAR_PROGRAM_ROWS = 20_000
"""Rows up to which quantiles are left to scikit-learn's linear program, 12 s for 15,000 of the housing data."""


class Score(NamedTuple):
    """A row of the table: each part's figures by name, None where there is no such part; the seconds of ``fit``."""

    name: str
    train: dict[str, float | None]
    test: dict[str, float | None] | None
    seconds: float
    note: str = ""


# -- ours ------------------------------------------------------------------------------------------------------------


def estimator_of(kind: str, given: dict[str, Any], seed: int) -> Any:
    """The estimator for the flags ``given``; those of another loss, method or task are refused by name."""
    import inspect

    from .. import methods
    from ..base.fields import fields_of
    from ..estimators import DescentClassifier, DescentRegressor
    from ..problems import losses

    given = dict(given)
    cls: Any = DescentClassifier if kind == "classification" else DescentRegressor
    parameters = inspect.signature(cls).parameters
    method = python_name(given.pop("method", DEFAULT_METHOD))
    loss = loss_name(given.pop("loss", parameters["loss"].default), kind)
    of_loss = {name: given.pop(name) for name in LOSS_FIELDS if name in given and name in fields_of(losses.find(loss))}
    check_fields({"method": method, **given})
    of_method = {name: given.pop(name) for name in fields_of(methods.find(method)) if name in given}
    for name in given:
        if name in LOSS_FIELDS:
            having = [one for one in losses.names() if name in fields_of(losses.find(one))]
            raise ArgumentError(f"loss {loss!r} has no {flag_of(name)}; it is for {listing(having, 'and')}")
        if name not in parameters:
            other = "classification" if kind == "regression" else "regression"
            raise ArgumentError(f"{flag_of(name)} is for {other}, and this is a {kind}; leave it out")
    for name, (other, value, flag) in NEEDS.items():
        if name in given and given.get(other) != value:
            raise ArgumentError(f"{flag_of(name)} is for {flag}; add that, or leave it out")
    for name in ("learning_rate", "momentum"):
        if name in of_method:
            given[name] = of_method.pop(name)
    rule: Any = method
    if of_method:  # fields that the estimator has no parameter for go by an object, which then holds momentum too
        momentum = {"momentum": given["momentum"]} if "momentum" in given else {}
        rule = methods.find(method)(**of_method, **momentum)
    given = {name: None if value is NONE or value == "none" else value for name, value in given.items()}
    return cls(loss, method=rule, random_state=seed, **of_loss, **given)


def loss_name(text: str, kind: str) -> str:
    """The loss of that name, if it is for that task."""
    from ..problems import losses

    name = python_name(text)
    if name in WITHOUT:
        raise ArgumentError(f"--loss {name} is what log_loss is for three or more classes; write --loss log_loss")
    if name not in losses.names() or losses.find(name).kind != kind:
        fit = [other for other in losses.names() if other not in WITHOUT and losses.find(other).kind == kind]
        losses.find(name)  # an unknown name is answered with the nearest one
        raise ArgumentError(f"--loss {name} is not for {kind}; there are {listing(fit, 'and')}; or choose the --task")
    return name


def trained(estimator: Any, data: "Parted", progress: bool | None) -> tuple[float, list[str]]:
    """Fits ``estimator``; the seconds it took, and what it warned of that its run does not tell."""
    estimator._progress = "auto" if progress is None else progress  # a bar alone: verbose prints the message too
    started = time.perf_counter()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            estimator.fit(data.train.X, data.train.y)
        except (ValueError, TypeError) as error:
            raise ArgumentError(in_our_words(str(error))) from error
    seconds = time.perf_counter() - started
    del estimator._progress
    told = ("stopped at max_iter", "diverged", "was interrupted")
    notes = [" ".join(str(one.message).split()) for one in caught if not issubclass(one.category, RuntimeWarning)]
    names = list(estimator.get_params())
    return seconds, [in_flags(note, names) for note in dict.fromkeys(notes) if not any(words in note for words in told)]


def in_our_words(message: str) -> str:
    """scikit-learn's refusal of a parameter, as the command line spells it."""
    found = re.fullmatch(r"The '(\w+)' parameter of \w+ must be (.+)\. Got (.+) instead\.", message, re.DOTALL)
    if found is None:
        return message.rstrip(".")
    name, must, got = found.groups()
    must = must.replace("a float in the range", "a number in").replace("an int in the range", "a whole number in")
    must = must.replace("a str among {'auto'}", "auto").replace("None", "none")
    if name == "learning_rate":
        must = "auto, a number above 0, a schedule or a line search"
    return f"{flag_of(name)} must be {must}; got {got}"


# -- beside it -------------------------------------------------------------------------------------------------------


def constant_of(data: "Parted") -> tuple[str, Any]:
    """The baseline: the most frequent class, or the mean, of the training rows."""
    import numpy as np

    from ..problems.targets import label_texts

    y = np.asarray(data.train.y)
    if data.table.kind == "regression":
        return "baseline: the mean", float(y.mean())
    labels, counts = np.unique(y, return_counts=True)
    most = labels[counts.argmax()]
    return f"baseline: always {label_texts([most])[0][:20]}", most


def peer_of(estimator: Any, data: "Parted") -> tuple[str, Any]:
    """scikit-learn's estimator of the same objective where it has one, else its SGD of the same loss, which sees the
    columns scaled, as ours does inside; with its name. None, and the reason, where there is nothing like it."""
    from sklearn import linear_model
    from sklearn.multiclass import OneVsRestClassifier

    get = estimator.get_params()
    loss, rows = get["loss"], data.train.X.shape[0]
    penalty = get["penalty"] if get["alpha"] > 0 else None
    shared = {"fit_intercept": get["fit_intercept"]}
    few = data.table.sparse is None and estimator.coef_.size <= NEWTON_WEIGHTS
    solver = "newton-cholesky" if few else "lbfgs"
    found: Any = None
    if loss == "log_loss" and penalty in ("l2", None):
        C = 1 / (get["alpha"] * rows) if penalty else float("inf")
        found = linear_model.LogisticRegression(
            C=C, solver=solver, max_iter=1000, class_weight=get["class_weight"], **shared
        )
        if get["multi_class"] == "one_vs_rest" and len(estimator.classes_) > 2:
            return "scikit-learn one-vs-rest LogisticRegression", OneVsRestClassifier(found)
    elif loss == "squared_error":
        makers: dict[Any, Callable[[], Any]] = {
            None: lambda: linear_model.LinearRegression(**shared),
            "l2": lambda: linear_model.Ridge(alpha=get["alpha"] * rows, **shared),
            "l1": lambda: linear_model.Lasso(alpha=get["alpha"], max_iter=10_000, **shared),
            "elasticnet": lambda: linear_model.ElasticNet(
                alpha=get["alpha"], l1_ratio=get["l1_ratio"], max_iter=10_000, **shared
            ),
        }
        found = makers[penalty]()
    elif loss == "poisson" and penalty in ("l2", None):
        alpha = get["alpha"] if penalty else 0.0
        found = linear_model.PoissonRegressor(alpha=alpha, solver=solver, max_iter=1000, **shared)
    elif loss in ("quantile", "absolute_error"):
        if rows > LINEAR_PROGRAM_ROWS:
            return f"scikit-learn's QuantileRegressor is not tried on more than {LINEAR_PROGRAM_ROWS:,} rows", None
        alpha = get["alpha"] if penalty == "l1" else 0.0
        quantile = get["quantile"] if loss == "quantile" else 0.5
        found = linear_model.QuantileRegressor(quantile=quantile, alpha=alpha, **shared)
    if found is not None:
        return f"scikit-learn {type(found).__name__}", found
    if loss == "poisson":
        return f"scikit-learn has no poisson regression with the penalty {penalty}", None
    return sgd_peer(get, data)


def sgd_peer(get: dict[str, Any], data: "Parted") -> tuple[str, Any]:
    from sklearn import linear_model
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    cls = linear_model.SGDClassifier if data.table.kind == "classification" else linear_model.SGDRegressor
    names = (
        "loss", "penalty", "alpha", "l1_ratio", "fit_intercept", "max_iter", "tol", "shuffle", "random_state",
        "early_stopping", "validation_fraction", "n_iter_no_change", "average",
    )  # fmt: skip
    parameters = {name: get[name] for name in names}
    parameters["class_weight" if "class_weight" in get else "epsilon"] = get.get("class_weight", get.get("epsilon"))
    found = cls(**parameters)
    if data.preparation.standardize:
        return f"scikit-learn {cls.__name__}", found
    return f"scikit-learn {cls.__name__}, scaled", make_pipeline(
        StandardScaler(with_mean=data.table.sparse is None), found
    )


def train_peer(peer: Any, data: "Parted") -> tuple[float, str]:
    """Fits it: the seconds, and a word where it did not end well. Its failure is no failure of the command."""
    from sklearn.exceptions import ConvergenceWarning

    started = time.perf_counter()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            peer.fit(data.train.X, data.train.y)
        except (ValueError, TypeError, MemoryError, ArithmeticError) as error:
            return time.perf_counter() - started, f"failed: {' '.join(str(error).split())[:100]}"
    unfinished = any(issubclass(one.category, ConvergenceWarning) for one in caught)
    return time.perf_counter() - started, "not converged" if unfinished else ""


def score_of(name: str, predict: Callable[[Any], Any], data: "Parted", seconds: float, note: str = "") -> Score:
    """What a model's predictions are worth on the training rows and on those held out."""
    parts = [None if part is None else figures(data.table.kind, part.y, predict(part.X))
             for part in (data.train, data.test)]  # fmt: skip
    assert parts[0] is not None
    return Score(name, parts[0], parts[1], seconds, note)


def figures(kind: str | None, y: Any, predicted: Any) -> dict[str, float | None]:
    """Accuracy, or R2 and RMSE; None where a figure has no meaning."""
    import numpy as np

    if kind == "classification":
        return {"accuracy": float(np.mean(np.asarray(predicted) == y))}
    with np.errstate(all="ignore"):
        squares = float(((np.asarray(predicted, dtype=float) - y) ** 2).sum())
        total = float(((y - y.mean()) ** 2).sum())
    return {"r2": 1 - squares / total if total > 0 else None, "rmse": float(np.sqrt(squares / len(y)))}


def described(estimator: Any) -> str:
    """``log_loss   l2 alpha 0.0001``: what was minimised."""
    get = estimator.get_params()
    fields = [f"{name} {number(get[name])}" for name in LOSS_FIELDS if name in get and name in of_loss(get["loss"])]
    words = ["softmax" if softmax(estimator) else " ".join([get["loss"], *fields])]
    if get["penalty"] is None or get["alpha"] == 0:
        words.append("no penalty")
    else:
        share = f", l1_ratio {number(get['l1_ratio'])}" if get["penalty"] == "elasticnet" else ""
        words.append(f"{get['penalty']} alpha {number(get['alpha'])}{share}")
    words += [
        "" if get["fit_intercept"] else "no intercept",
        "class_weight balanced" if get.get("class_weight") else "",
    ]
    return "   ".join(word for word in words if word)


def softmax(estimator: Any) -> bool:
    many = len(getattr(estimator, "classes_", ())) > 2
    return many and bool(estimator.loss == "log_loss") and bool(estimator.multi_class == "auto")


def of_loss(loss: str) -> Any:
    from ..base.fields import fields_of
    from ..problems import losses

    return fields_of(losses.find(loss))
