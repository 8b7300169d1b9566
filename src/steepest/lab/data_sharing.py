"""A run on data as somebody leaves with it: the lines of Python and the command that give it again, a model to predict
with."""

import shlex
from typing import Any

from ..base.text import number
from ..estimators.saving import Model
from ..verbs.reproducing import changed, folded, python_of, value_text
from .learning import SOFTMAX, Learning, Trained

__all__ = ["command_of_training", "model_of", "python_of_training"]

MOST_DROPPED = 20
"""Columns that a command leaves out one by one."""


# -- Python ------------------------------------------------------------------------------------------------------------


def python_of_training(found: Trained) -> str:
    """Lines that run as they stand (beside the file, where the data are one) and give the same bits."""
    making = [f"table = {table_text(found.learning)}", *parting_lines(found.learning)]
    return python_of(found.run, ["from steepest.problems import tables"], making)


def table_text(learning: Learning) -> str:
    given, whole = learning.data.given, learning.data.whole
    if given["kind"] == "builtin":
        text = f"steepest.datasets.table({value_text(given['name'])})"
    else:
        options = [value_text(whole.source)]
        options += [f"target={value_text(given['target'])}"] if given.get("target") is not None else []
        options += [f"kind={value_text(given['task'])}"] if given.get("task", "auto") != "auto" else []
        text = f"tables.read({', '.join(options)})"
    for method, values in (
        ("of_classes", labels_chosen(learning)), ("without", dropped(given)), ("with_columns", given.get("features")),
    ):  # fmt: skip
        if values:
            text += f".{method}({', '.join(map(label_text, values))})"
    return text


def labels_chosen(learning: Learning) -> list[Any]:
    """The chosen classes as the target has them; none where all are wanted."""
    return [] if learning.data.given.get("classes") is None else learning.labels.tolist()


def label_text(value: Any) -> str:
    """1.0 as 1."""
    whole = isinstance(value, float) and value.is_integer()
    return str(int(value)) if whole else value_text(value)


def dropped(given: dict[str, Any]) -> list[str]:
    return [] if given.get("features") is not None else list(given.get("drop") or ())


def parting_lines(learning: Learning) -> list[str]:
    given, options = learning.data.given, learning.options
    how = {"test": given.get("test", 0.25), "seed": given.get("seed", 0)}
    how |= {name: given[name] for name in ("impute", "standardize") if given.get(name)}
    told = ", ".join(f"{name}={value_text(value)}" for name, value in how.items())
    model = ["parts.train.X", "parts.train.y", *(f"{name}={value_text(value)}" for name, value in options.items())]
    return [
        f"parts = tables.parted(table, {told})",
        folded("problem = steepest.LinearModel", model),
    ]


# -- the command -------------------------------------------------------------------------------------------------------


def command_of_training(found: Trained) -> tuple[str | None, str]:
    """The ``steepest train`` that gives the same numbers, or None and why there is none."""
    reason = why_no_command(found)
    if reason:
        return None, reason
    learning, setup = found.learning, found.run.record.setup
    given, options = learning.data.given, learning.options
    words = ["steepest", "train", learning.data.whole.source]
    if given["kind"] == "builtin" and given.get("classes") is not None:
        words += ["--classes", ",".join(label_text(label) for label in learning.labels.tolist())]
    words += ["--target", given["target"]] if given.get("target") is not None else []
    words += ["--task", given["task"]] if given.get("task", "auto") != "auto" else []
    words += [word for name in columns_out(learning) for word in ("--drop", name)]
    words += ["--impute", given["impute"]] if given.get("impute") else []
    words += ["--standardize"] if given.get("standardize") else []
    words += ["--test", repr(given.get("test", 0.25)), "--seed", repr(given.get("seed", 0))]
    loss = "log_loss" if options["loss"] == SOFTMAX else options["loss"]
    words += ["--loss", loss, "--penalty", options.get("penalty", "none")]
    words += ["--alpha", repr(options["alpha"])] if "alpha" in options else []
    if loss == options["loss"] == "log_loss" and len(learning.labels) > 2:
        words += ["--multi-class", "one_vs_rest"]
    fields = dict(setup["method"])
    method = fields.pop("name")
    words += ["--method", method]
    for name, value in changed(method, fields).items():
        flag = f"--{name.replace('_', '-')}"
        words += [flag if value else f"--no-{flag[2:]}"] if isinstance(value, bool) else [flag, repr(value)]
    return shlex.join([*words, "--batch-size", "none", "--max-iter", str(learning.epochs), "--tol", "none"]), ""


def why_no_command(found: Trained) -> str:
    """Why ``steepest train`` would not give the same numbers, in a clause; "" where it does."""
    from ..estimators.scaling import evened

    learning, setup = found.learning, found.run.record.setup
    given, options = learning.data.given, learning.options
    if learning.data.kind == "regression":
        return "it starts a regression at the mean of the target, and this run began at zeros"
    if options["loss"] == "squared_error" or "reduction" in options:
        return "it learns classes by losses for classes, and means of them"
    if setup["batch_size"] is not None:
        return "it draws the order of mini-batches from a seed of its own"
    if found.run.outcome is None or found.run.outcome.name != "MAX_ITER":
        return f"it stops by other rules, and this run ended {found.run.outcome.name if found.run.outcome else 'early'}"
    if given.get("classes") is not None and (given["kind"], given["name"]) != ("builtin", "digits"):
        return "it chooses classes of the digits only"
    if len(columns_out(learning)) > MOST_DROPPED:
        return f"it would have to leave out {len(columns_out(learning))} columns by name"
    if evened(learning.model) is not learning.model:
        return "it scales columns as uneven as these while it trains; standardise them, and it gives the same"
    return ""


def columns_out(learning: Learning) -> list[str]:
    """The columns that are left out."""
    if learning.data.whole.sparse is not None:
        return []
    kept = set(learning.data.parts.table.names)
    return [name for name in learning.data.whole.names if name not in kept]


# -- the model ---------------------------------------------------------------------------------------------------------


def model_of(found: Trained) -> Model:
    """What ``steepest predict`` uses: the last weights and how columns are prepared. Raises ArgumentError where no
    estimator has the loss."""
    from .. import __version__
    from ..base.errors import ArgumentError
    from ..estimators import DescentClassifier, DescentRegressor

    learning, run = found.learning, found.run
    options, parts = learning.options, learning.data.parts
    estimator: Any
    if learning.classifies:
        if options["loss"] == "squared_error":
            raise ArgumentError(
                "loss squared_error makes no model of classes to predict with; choose a loss for classes"
            )
        loss = "log_loss" if options["loss"] == SOFTMAX else options["loss"]
        several = "auto" if options["loss"] == SOFTMAX or len(learning.labels) == 2 else "one_vs_rest"
        estimator = DescentClassifier(loss, multi_class=several)
        estimator.classes_ = learning.labels
    else:
        estimator = DescentRegressor(options["loss"])
    estimator._set_coefficients(learning.model.coefficients(run.record.w))
    estimator.n_features_in_ = int(learning.model.X.shape[1])
    penalty = f"{options['penalty']} alpha {number(options['alpha'])}" if "penalty" in options else "no penalty"
    about = {
        "version": __version__, "source": learning.data.whole.source, "rows": learning.model.rows,
        "method": run.record.setup["method"], "minimised": f"{learning.model.loss_name}   {penalty}",
        "outcome": run.outcome.name if run.outcome is not None else "", "f": run.f,
    }  # fmt: skip
    return Model(parts.preparation, estimator, about)
