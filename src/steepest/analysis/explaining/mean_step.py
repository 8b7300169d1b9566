"""Where the steps of batches lead on average. A step that is not in proportion to the gradient follows no mean of the
rows: signs, or gradients clipped number by number, go where most rows want to, however little they want it.

Source: L. Balles, P. Hennig, "Dissecting Adam: the sign, magnitude and variance of stochastic gradients", 2018, on the
sign's direction; S. P. Karimireddy, Q. Rebjock, S. U. Stich, M. Jaggi, "Error feedback fixes SignSGD and other gradient
compression schemes", 2019, where it goes uphill."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...base.xp import numpy_functions as xp
from ...problems.linear_model import linear_model_in
from ..gradient_noise import has_rows

__all__ = ["MeanStep", "mean_step"]

Array = NDArray[np.float64]
DRAWN, FEWEST = 1000, 200
"""Batches whose steps are averaged, at most; with fewer nothing can be told."""
WORK = 2e7
"""Numbers that all of them may read and make: a fraction of a second."""
SHARE = 0.2
"""Of what the gradients of batches lead downhill, their steps do not lead that part."""


class MeanStep(NamedTuple):
    """How far downhill vectors of batches lead on average: along minus the full gradient, as a part of their mean size.
    Of ``steps`` with the standard ``error``, of ``gradients``, and of the step of the full gradient."""

    steps: float
    error: float
    gradients: float
    whole: float

    @property
    def astray(self) -> bool:
        """Whether it is the batches that lead elsewhere, which the step of the full gradient does not."""
        return self.steps + 3 * self.error < SHARE * self.gradients and self.whole > SHARE


def mean_step(problem: Any, rule: Any, batch: int | None, w: Array, epochs: int) -> MeanStep | None:
    """At ``w`` (n,), after so many epochs. None without batches, where rows would have to be called one by one, for
    rules of the whole vector and those that keep something, since their steps are not of one gradient, and where there
    is no gradient."""
    if batch is None or not has_rows(problem, quick=True) or batch >= problem.rows:
        return None
    model = linear_model_in(problem)
    numbers = w.size + batch * (1 if model is None else model.X.shape[1])
    drawn = int(min(DRAWN, WORK // numbers))
    if drawn < FEWEST or not hasattr(rule, "update") or rule.init(w, xp):
        return None
    t = float(max(1, epochs * -(-problem.rows // batch)))
    rng, whole = np.random.default_rng(0), np.asarray(problem.gradient(w), dtype=float)
    found = np.empty((drawn, 4))
    with np.errstate(all="ignore"):
        for k in range(drawn):
            g = problem.batch_value_and_gradient(w, rng.integers(problem.rows, size=batch))[1]
            step = rule.update(w, g, (), t, xp)[0]
            found[k] = -float(step @ whole), float(g @ whole), np.linalg.norm(step), np.linalg.norm(g)
        step = rule.update(w, whole, (), t, xp)[0]
        sizes = found[:, 2:].mean(axis=0) * np.linalg.norm(whole)
        down = found[:, :2] / sizes
        own = float(-(step @ whole) / (np.linalg.norm(step) * np.linalg.norm(whole)))
    if not (np.isfinite(down).all() and np.isfinite(own)):
        return None
    return MeanStep(float(down[:, 0].mean()), float(down[:, 0].std() / drawn**0.5), float(down[:, 1].mean()), own)
