"""Where the article errs, each measured: its momentum formula, its loop's end, its seeding."""

import warnings
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..analysis.curvature import largest_curvature
from ..analysis.stability import local_limit
from ..methods.gradient_descent import GradientDescent
from ..problems.function import Function
from ..problems.linear_model import LinearModel
from ..verbs.minimizing import minimize
from .article import LEARNING_RATES, MOMENTA, RATE
from .drop_ins import grad_mse, gradient_descent, mse, stochastic_gradient_descent
from .plain import Plain, batch_steps, formula_steps, plain_run

__all__ = ["Ended", "Faults", "Formula", "Reseeded", "find_faults"]

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Formula:
    """The printed momentum formula beside the right one.

    ``path`` and ``right``: (rows, 2) on the bowl at ``learning_rate`` and ``momentum``. ``grid``: f after five steps of
    the printed formula at each (momentum, learning_rate), (3, 4). ``digits``: f of the article's first batch run, after
    as many updates, under (the right formula, the printed one).
    """

    learning_rate: float
    momentum: float
    path: Plain
    right: Plain
    grid: Array
    digits: tuple[float, float]
    updates: int

    @property
    def pace(self) -> float:
        """The factor by which the distance from the minimum grows at the last step."""
        return float(np.linalg.norm(self.path.w[-1]) / np.linalg.norm(self.path.w[-2]))


@dataclass(frozen=True, eq=False)
class Ended:
    """A loop with the article's stop test, sent up the bowl: it ends at a NaN. ``ours`` is what minimize says,
    ``warned`` what the drop-in says."""

    learning_rate: float
    threshold: float
    most: int
    record: Plain
    ours: str
    outcome: str
    warned: str


@dataclass(frozen=True, eq=False)
class Reseeded:
    """``drawn``: what a generator seeded by its user with each of ``seeds`` draws after ``epochs`` epochs in the
    article's manner: one number, whatever the seed. ``untouched``: our drop-in left the global generator as it was."""

    seeds: tuple[int, ...]
    epochs: int
    drawn: tuple[float, ...]
    untouched: bool


@dataclass(frozen=True, eq=False)
class Faults:
    """``limits``: the stability limit without momentum on the bowl, and on the bowl divided by 100."""

    formula: Formula
    ended: Ended
    reseeded: Reseeded
    limits: tuple[float, float]


def find_faults(bowl: Function, model: LinearModel, w0: Array, first: Array, start: Array) -> Faults:
    """``w0`` is the article's start on the bowl, ``first`` and ``start`` its two starts on the digits."""
    flat = replace(bowl, value=lambda w: bowl.value(w) / 100, gradient=lambda w: bowl.gradient(w) / 100)
    limits = [local_limit(GradientDescent(1.0), largest_curvature(problem, w0).value) for problem in (bowl, flat)]
    return Faults(
        as_printed(bowl, model, w0, first), end_at_nan(bowl, w0), reseeding(model, start),
        (float(limits[0] or np.nan), float(limits[1] or np.nan)),
    )  # fmt: skip


def as_printed(bowl: Function, model: LinearModel, w0: Array, first: Array) -> Formula:
    """Runs the formula that multiplies w, where the step is meant."""
    rate, momentum, rows = 0.05, 0.9, 20
    right = plain_run(bowl.value, w0, batch_steps(bowl.gradient, w0, rate, momentum), rows)
    path = plain_run(bowl.value, w0, formula_steps(bowl.gradient, w0, rate, momentum), rows)
    grid = np.array([
        [plain_run(bowl.value, w0, formula_steps(bowl.gradient, w0, eta, alpha), 5).f[-1] for eta in LEARNING_RATES]
        for alpha in MOMENTA
    ])  # fmt: skip
    good = plain_run(model.value, first, batch_steps(model.gradient, first, RATE, 0.7), 100, 0.1)
    updates = len(good.f) - 1
    bad = plain_run(model.value, first, formula_steps(model.gradient, first, RATE, 0.7), updates)
    return Formula(rate, momentum, path, right, grid, (float(good.f[-1]), float(bad.f[-1])), updates)


def end_at_nan(bowl: Function, w0: Array) -> Ended:
    """Sends the bowl's run away at a learning rate above its limit, with room for many more rows than it takes."""
    rate, threshold, most = 1.5, 1e-3, 5_000
    record = plain_run(bowl.value, w0, batch_steps(bowl.gradient, w0, rate, 0.0), most, threshold)
    ours = minimize(bowl, w0, learning_rate=rate, momentum=0.0, f_tol=threshold, max_iter=most, progress=False)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        gradient_descent(most, threshold, w0, lambda w, _: bowl.value(w), lambda w, _: bowl.gradient(w), [], rate, 0.0)
    warned = next(str(w.message) for w in caught if issubclass(w.category, RuntimeWarning))
    return Ended(rate, threshold, most, record, ours.message, ours.outcome.name if ours.outcome else "", warned)


def reseeding(model: LinearModel, start: Array) -> Reseeded:
    """The article's seeding on generators of our own (NumPy's global one is such a generator), then our drop-in
    beside the global one itself."""
    epochs, seeds = 53, (1, 2, 3)
    drawn = []
    for seed in seeds:
        generator = np.random.RandomState(seed)
        for epoch in range(epochs):
            generator.seed(epoch)
            generator.permutation(model.rows)
        drawn.append(float(generator.random_sample()))
    before = np.random.get_state(legacy=False)
    stochastic_gradient_descent(epochs, -1, start, mse, grad_mse, (model.X, model.y), RATE, 0.0)
    after = np.random.get_state(legacy=False)
    same = np.array_equal(before["state"]["key"], after["state"]["key"])
    same = same and before["state"]["pos"] == after["state"]["pos"]
    return Reseeded(seeds, epochs, tuple(drawn), bool(same))
