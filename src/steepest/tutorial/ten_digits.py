"""All ten digits: softmax against one against the rest, each trained by full batches and by mini-batches."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..base.xp import numpy_functions as xp
from ..problems.datasets.handwritten import Split, digits
from ..problems.linear_model import LinearModel
from ..verbs.minimizing import minimize
from ..verbs.run import Run

__all__ = ["BATCHES", "INK", "MODELS", "TenDigits", "TenRun", "named", "run_ten_digits", "sign_test"]

Array = NDArray[np.float64]
Counts = NDArray[np.int64]

MODELS = {"softmax": "multinomial_log_loss", "one against the rest": "log_loss"}
"""The name of each model in the report, and its loss."""
SOFTMAX, REST = MODELS
BATCHES: dict[str, tuple[int | None, float]] = {"batch": (None, 0.5), "mini-batch": (32, 0.05)}
"""kind -> rows an update, and the learning rate: a mini-batch's is smaller, since its gradient is noisier."""
MOMENTUM = 0.9
F_RTOL, PATIENCE = 2e-3, 3
"""Relative, since the two losses differ in size; three rows in a row, so that a turning point does not end a run."""
MOST_ROWS = 1000
INK = 16.0
"""The darkest pixel; X is divided by it."""


@dataclass(frozen=True, eq=False)
class TenRun:
    """A run of ``model`` by batches of ``kind``. ``wrong`` (rows, 2): wrong labels at each row of the history, training
    and test; ``labels`` (test rows,): what it reads in the test pictures at its end."""

    model: str
    kind: str
    run: Run
    wrong: Counts
    labels: Counts

    @property
    def name(self) -> str:
        return f"{self.model}, {self.kind}"

    @property
    def f(self) -> Array:
        """f at every row, the start first."""
        assert self.run.history.f is not None
        return self.run.history.f

    @property
    def updates(self) -> int:
        size = BATCHES[self.kind][0]
        return self.run.nit * (1 if size is None else math.ceil(self.run.problem.rows / size))

    @property
    def images(self) -> Array:
        """The weights of the pixels, (10, 8, 8)."""
        return np.asarray(self.run.w)[1:].T.reshape(10, 8, 8)


@dataclass(frozen=True, eq=False)
class TenDigits:
    """The four runs. ``chosen[model]`` is the run that is looked at closely: of the two the one with fewer wrong
    training labels, so that the test pictures have no say in it. ``probabilities[model]`` (test rows, 10) are the
    chosen runs'; ``training_sums`` (training rows,) are sums of the ten probabilities of one against the rest."""

    split: Split
    runs: tuple[TenRun, ...]
    chosen: dict[str, TenRun]
    probabilities: dict[str, Array]
    training_sums: Array

    @property
    def truth(self) -> Counts:
        """The digit in each test picture."""
        return self.split.y_test.astype(np.int64)

    @property
    def sums(self) -> Array:
        """Of the ten probabilities of one against the rest, for each test picture."""
        return np.asarray(self.probabilities[REST].sum(axis=1))

    @property
    def better(self) -> TenRun:
        """Of the chosen two: with fewer wrong test labels, else with fewer wrong training labels."""
        return min(self.chosen.values(), key=lambda one: tuple(one.wrong[-1, ::-1]))

    @property
    def confusion(self) -> Counts:
        """Of the better run on the test pictures: true digit down, label across."""
        matrix = np.zeros((10, 10), dtype=np.int64)
        np.add.at(matrix, (self.truth, self.better.labels), 1)
        return matrix

    @property
    def missed(self) -> Counts:
        """The test pictures that a chosen run reads wrongly: wrong for both first, then softmax's own."""
        first, second = (self.chosen[model].labels != self.truth for model in MODELS)
        return np.concatenate([np.flatnonzero(part) for part in (first & second, first & ~second, ~first & second)])

    def alone(self, model: str) -> int:
        """How many test pictures only this model reads wrongly."""
        other = next(name for name in MODELS if name != model)
        mine, its = (self.chosen[name].labels != self.truth for name in (model, other))
        return int((mine & ~its).sum())

    def agreement(self, kind: str) -> float:
        """The share of the test pictures in which both models, trained alike, read the same."""
        first, second = (one.labels for one in self.runs if one.kind == kind)
        return float((first == second).mean())


def run_ten_digits(say: Callable[[str], Any]) -> TenDigits:
    """Four runs from zero; ``say`` is told what is being run. About a second, once the kernels are compiled."""
    split = digits()
    X, X_test = split.X_train / INK, split.X_test / INK
    say("all ten digits: softmax and one against the rest, in batches and in mini-batches")
    runs = []
    for name, loss in MODELS.items():
        model = LinearModel(X, split.y_train, loss)
        for kind, (size, rate) in BATCHES.items():
            settings: dict[str, Any] = {"learning_rate": rate, "momentum": MOMENTUM, "batch_size": size}
            minimize(model, max_iter=1, progress=False, **settings)  # compiles, so that seconds are of the run
            run = minimize(
                model, f_rtol=F_RTOL, patience=PATIENCE, max_iter=MOST_ROWS, record="all", progress=False, **settings
            )
            assert run.history.w is not None
            parts = (X, split.y_train), (X_test, split.y_test)
            wrong = [[int((read(w, part) != y).sum()) for part, y in parts] for w in run.history.w]
            runs.append(TenRun(name, kind, run, np.array(wrong), read(run.x, X_test)))
    chosen = {
        name: min((one for one in runs if one.model == name), key=lambda one: (one.wrong[-1, 0], one.run.f))
        for name in MODELS
    }  # fmt: skip
    probabilities = {name: probability(one, X_test) for name, one in chosen.items()}
    return TenDigits(split, tuple(runs), chosen, probabilities, probability(chosen[REST], X).sum(axis=1))


def outputs(w: Array, X: Array) -> Array:
    """(rows, 10)"""
    shaped = w.reshape(-1, 10)
    return np.asarray(X @ shaped[1:] + shaped[0])


def read(w: Array, X: Array) -> Counts:
    """The digit of the largest output, in each row."""
    return np.asarray(outputs(w, X).argmax(axis=1))


def probability(one: TenRun, X: Array) -> Array:
    """(rows, 10): of softmax together, of one against the rest each on its own."""
    o = outputs(one.run.x, X)
    if one.model == REST:
        return np.asarray(one.run.problem.loss.probability(o, xp))
    e = np.exp(o - o.max(axis=1, keepdims=True))
    return np.asarray(e / e.sum(axis=1, keepdims=True))


def named(digit: Any) -> str:
    """With its article: a 7, an 8."""
    return f"{'an' if digit == 8 else 'a'} {digit}"


def sign_test(a: int, b: int) -> float:
    """How probable a split at least as uneven as ``a`` to ``b`` is, were each of them the toss of a fair coin.

    Source: Q. McNemar, "Note on the sampling error of the difference between correlated proportions", 1947; exact."""
    n = a + b
    tail = sum(math.comb(n, k) for k in range(min(a, b) + 1))
    return min(1.0, tail / 2.0 ** (n - 1))
