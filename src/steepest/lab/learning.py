"""A linear model on data as a page asks for it, how it is trained, and what its weights predict.

{"data": {...}, "model": {"loss", "penalty", "alpha", "multi_class"}, "run": {"method", "fields", "batch_size"},
"epochs"}: what trains it is ``steepest.minimize`` on a ``steepest.LinearModel``, and nothing else.
"""

import json
import reprlib
import time
from contextlib import nullcontext
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..base.errors import ArgumentError, ArgumentTypeError
from ..base.text import listing, number
from ..engines.task import updates_a_row
from ..problems import losses, penalties
from ..problems.linear_model import LinearModel, as_target, labelled, linear
from ..problems.tables.table import Table
from ..verbs.minimizing import minimize
from ..verbs.run import Run
from .data import Data, data_of
from .heeding import announcing
from .held import Held
from .reading import run_of, whole
from .work import Job

__all__ = ["Learning", "Trained", "held_run", "left_with", "losses_for", "trained"]

Array = NDArray[np.float64]
MOST_EPOCHS = 100_000
MOST_WEIGHTS = 1_000_000
SOFTMAX = "multinomial_log_loss"
"""What log_loss is for three or more classes."""
FIRST = ("log_loss", "squared_error")
OPTIONS = ("loss", "penalty", "alpha", "multi_class", "reduction")
RUN = ("method", "fields", "batch_size")


class Learning:
    """Everything that decides a run: the data, the model of it, method, batch and epochs. ``words`` are the same for
    the same run."""

    def __init__(self, arguments: dict[str, Any], held: Held) -> None:
        self.data: Data = data_of(arguments.get("data"), held)
        given = {} if arguments.get("model") is None else arguments["model"]
        self.options = options_of(given, self.data)
        self.method, self.fields = run_of(arguments.get("run"))
        self.batch_size = batch_of(arguments["run"])
        self.epochs = whole(arguments.get("epochs", 50), "epochs", 1, MOST_EPOCHS)
        self.seed = int(self.data.given.get("seed", 0))
        self.words = self.words_but()
        train = self.data.parts.train
        self.model = LinearModel(train.X, train.y, **self.options)
        if self.model.n > MOST_WEIGHTS:
            raise ArgumentError(
                f"data makes a model of {self.model.n:,} weights; the lab trains {MOST_WEIGHTS:,} at most: leave "
                "columns or classes out, or use the library or the command line"
            )

    def words_but(self, *fields: str) -> str:
        """What was asked, without some of the method's fields (and then without the epochs, too)."""
        kept = {name: value for name, value in self.fields.items() if name not in fields}
        epochs = None if fields else self.epochs
        return json.dumps(
            [self.data.given, self.options, self.method, kept, self.batch_size, epochs], sort_keys=True
        )  # fmt: skip

    def run(self, job: Job | None = None, live: bool = False) -> Run:
        """What ``minimize`` returns; ``live``: it may be paused and stopped, and tells how far it is."""

        def watch(w: Any) -> None:
            if job is not None and job.rest() and live:
                raise StopIteration

        began, each = time.perf_counter(), updates_a_row(self.model, self.batch_size)

        def tell(row: int, most: int, f: float) -> None:
            if job is not None:
                unit, rested = "iteration" if self.batch_size is None else "epoch", sum(long for _, long in job.pauses)
                job.progress(
                    row / most, f"{unit} {row:,} of {most:,}, f {number(f)}", row=row, f=f, gradients=row * each,
                    seconds=time.perf_counter() - began - rested,
                )  # fmt: skip

        with nullcontext() if job is None else announcing(job, self.method):
            return minimize(
                self.model, None, self.method, batch_size=self.batch_size, max_iter=self.epochs, seed=self.seed,
                callback=watch, progress=tell if live else False, **self.fields,
            )  # fmt: skip

    # -- predictions ---------------------------------------------------------------------------------------------------

    @property
    def classifies(self) -> bool:
        return self.data.kind == "classification"

    @property
    def labels(self) -> NDArray[Any]:
        """The classes, sorted; of a classification."""
        return np.unique(self.model.y) if self.model.classes is None else self.model.classes

    def outputs(self, w: Array, X: Any) -> Array:
        """(rows,) or (rows, outputs)."""
        return linear(X, self.model.coefficients(w), self.model.fit_intercept)

    def predictions(self, o: Array) -> Array:
        """(rows,): the numbers of the classes that the outputs speak for, or the predicted values."""
        if not self.classifies:
            return as_target(self.model.loss, o)
        if self.model.classes is None:  # squares on two numbers: cut half-way between
            return np.asarray(o > self.labels.mean(), dtype=float)
        return np.asarray(labelled(o, np.arange(len(self.labels))), dtype=float)

    def truth(self, y: Any) -> Array:
        """(rows,): the numbers of the classes, or the values."""
        return np.searchsorted(self.labels, y).astype(float) if self.classifies else np.asarray(y, dtype=float)

    def error(self, o: Array, truth: Array) -> float:
        """The share of rows that are wrong, or the root of the mean squared error; NaN where a number is not finite."""
        if not np.isfinite(o).all():
            return float("nan")
        found = self.predictions(o)
        if self.classifies:
            return float((found != truth).mean())
        with np.errstate(all="ignore"):
            return float(np.sqrt(np.mean((found - truth) ** 2)))

    def part(self, name: str) -> tuple[Any, Array, NDArray[np.int64]]:
        """``(X, truth, rows)`` of the rows trained on or held out; ``rows`` number them in the file, from 1."""
        parts = self.data.parts
        chosen, rows = (parts.test, parts.test_rows) if name == "test" else (parts.train, parts.train_rows)
        if chosen is None:
            raise ArgumentError("part must be 'train' where no rows are held out (test 0)")
        return chosen.X, self.truth(chosen.y), rows


class Trained(NamedTuple):
    """A run that the lab holds under its key, and what was trained."""

    key: str
    learning: Learning
    run: Run
    stopped: bool
    """By the page, before its end."""
    pauses: tuple[tuple[float, float], ...]
    """In seconds since it began, and how long each took."""

    @property
    def bytes(self) -> dict[int, int]:
        kept = sum(int(column.nbytes) for column in self.run.history.columns().values())
        return {**self.learning.data.bytes, id(self.run): kept}

    def weights(self, row: int) -> Array:
        """The weights of a recorded row, as they lie in the record."""
        history = self.run.history
        assert history.w is not None
        if not -len(history) <= row < len(history):
            raise ArgumentError(f"row must be from 0 to {len(history) - 1:,}, a recorded row; got {row:,}")
        return np.asarray(history.w[row])


def held_run(key: Any, held: Held) -> Trained:
    """The run that the lab holds under a key. Raises ArgumentError where it has been forgotten."""
    found: Trained | None = held.runs.get(key) if isinstance(key, str) else None
    if found is None:
        raise ArgumentError("key: the run is not in the lab any more; train again")
    return found


def trained(learning: Learning, job: Job, live: bool = False) -> Trained:
    """The run, made now or held from before."""
    key = job.held.key_of(learning.words)
    found: Trained | None = job.held.runs.get(key)
    if found is not None:
        return found
    began = time.perf_counter()
    run = learning.run(job, live)
    stopped = job.enough.is_set() and run.outcome is not None and run.outcome.name == "STOPPED"
    if stopped:
        key = job.held.key_of(f"{learning.words} {job.id} {began}")
    pauses = tuple((at - began, length) for at, length in job.pauses)
    found = Trained(key, learning, run, stopped, pauses)
    job.held.runs.put(key, found, found.bytes)
    if stopped:
        job.held.runs.put(job.held.key_of(f"stopped {learning.words}"), found, found.bytes)
    return found


def left_with(arguments: dict[str, Any], job: Job, whole_again: bool = False) -> Trained:
    """The run that a page has: the whole one, or the one that it stopped last; made where the lab holds neither.
    ``whole_again``: in place of a stopped run the one of so many epochs, which ends there by itself."""
    learning = Learning(arguments, job.held)
    if job.held.runs.get(job.held.key_of(learning.words)) is not None:
        return trained(learning, job)
    stopped: Trained | None = job.held.runs.get(job.held.key_of(f"stopped {learning.words}"))
    if stopped is None:
        return trained(learning, job)
    if not whole_again:
        return stopped
    return trained(Learning({**arguments, "epochs": max(stopped.run.nit, 1)}, job.held), job)


# -- what a page sends -------------------------------------------------------------------------------------------------


def options_of(given: Any, data: Data) -> dict[str, Any]:
    """The arguments of the LinearModel besides X and y."""
    if not isinstance(given, dict):
        raise ArgumentTypeError('model must be {"loss": name, "penalty": name, "alpha": number, "multi_class": "auto"}')
    unknown = [name for name in given if name not in OPTIONS]
    if unknown:
        raise ArgumentError(f"model has no {reprlib.repr(unknown[0])}; it has {listing(OPTIONS, 'and')}")
    fit = losses_for(data.parts.table)
    loss = given.get("loss") or fit[0]
    if loss not in fit:
        got = reprlib.repr(loss)
        raise ArgumentError(f"loss must be one of {listing(fit)} for these data; got {got}")
    several = given.get("multi_class", "auto")
    if several not in ("auto", "one_vs_rest"):
        raise ArgumentError(f"multi_class must be 'auto' or 'one_vs_rest'; got {reprlib.repr(several)}")
    assert data.parts.train.y is not None
    if loss == "log_loss" and several == "auto" and len(np.unique(data.parts.train.y)) > 2:
        loss = SOFTMAX
    penalty, alpha = given.get("penalty") or "none", given.get("alpha", 1e-4)
    if penalty not in ("none", *penalties.names()):
        got = reprlib.repr(penalty)
        raise ArgumentError(f"penalty must be {listing([*penalties.names(), 'none'])}; got {got}")
    if isinstance(alpha, bool) or not isinstance(alpha, (int, float)) or not 0 <= alpha <= 1e300:
        raise ArgumentError(f"alpha must be a number, 0 or more; got {reprlib.repr(alpha)}")
    found: dict[str, Any] = {"loss": loss}
    if penalty != "none" and alpha != 0:
        found |= {"penalty": penalty, "alpha": float(alpha)}
    reduction = given.get("reduction") or "mean"
    if reduction not in ("mean", "sum"):
        raise ArgumentError(f"reduction must be 'mean' or 'sum'; got {reprlib.repr(reduction)}")
    if reduction == "sum":
        found["reduction"] = "sum"
    return found


def batch_of(run: dict[str, Any]) -> int | None:
    unknown = [name for name in run if name not in RUN]
    if unknown:
        raise ArgumentError(f"run has no {reprlib.repr(unknown[0])}; it has {listing(RUN, 'and')}")
    given = run.get("batch_size")
    return None if given is None else whole(given, "batch_size", 1, 2**31)


def losses_for(table: Table) -> list[str]:
    """The losses that a table can be learned with, the usual one first."""
    assert table.target is not None
    kind, values = table.kind, table.target.values
    found = [name for name in losses.names() if losses.find(name).kind == kind and name != SOFTMAX]
    if kind == "regression":
        found = [name for name in found if not refused(name, values)]
    elif len(np.unique(values)) == 2:
        found.append("squared_error")
    return sorted(found, key=lambda name: name not in FIRST[: 1 if kind == "classification" else 2])


def refused(name: str, values: Any) -> bool:
    loss = losses.find(name)()
    return bool(hasattr(loss, "refusal") and loss.refusal(np.asarray(values, dtype=float)))
