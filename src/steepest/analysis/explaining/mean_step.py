"""Where the steps of batches lead on average. A step that is not in proportion to the gradient follows no mean of the
rows: signs, or gradients clipped number by number, go where most rows want to, however little they want it.

Source: L. Balles, P. Hennig, "Dissecting Adam: the sign, magnitude and variance of stochastic gradients", 2018, on the
sign's direction; S. P. Karimireddy, Q. Rebjock, S. U. Stich, M. Jaggi, "Error feedback fixes SignSGD and other gradient
compression schemes", 2019, where it goes uphill."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...base.xp import numpy_functions as xp
from ..gradient_noise import has_rows

__all__ = ["MeanStep", "mean_step"]

Array = NDArray[np.float64]
DRAWN = 1000
"""Batches whose steps are averaged."""


class MeanStep(NamedTuple):
    """The product of a batch's step with the full gradient over that of their sizes, averaged over batches: below 0 as
    long as steps lead downhill; its standard error; and by how much gradients themselves lead downhill."""

    along: float
    error: float
    gradients: float

    @property
    def astray(self) -> bool:
        return self.along > -3 * self.error and self.gradients > 6 * self.error


def mean_step(problem: Any, rule: Any, batch: int | None, w: Array) -> MeanStep | None:
    """At ``w`` (n,); None without batches, where rows would have to be called one by one, for rules of the whole vector
    and those that keep something, since their steps are not of one gradient, and where there is no gradient."""
    if batch is None or not has_rows(problem, quick=True) or not hasattr(rule, "update") or rule.init(w, xp):
        return None
    with np.errstate(all="ignore"):
        whole = np.asarray(problem.gradient(w), dtype=float)
        chosen = np.random.default_rng(0).integers(problem.rows, size=(DRAWN, min(batch, problem.rows)))
        slopes = [problem.batch_value_and_gradient(w, rows)[1] for rows in chosen]
        steps = [rule.update(w, g, (), 1.0, xp)[0] for g in slopes]
        parts, down = products(steps, whole), products(slopes, whole)
    if not (np.isfinite(parts).all() and np.isfinite(down).all()):
        return None
    return MeanStep(float(parts.mean()), float(parts.std() / DRAWN**0.5), float(down.mean()))


def products(vectors: list[Array], whole: Array) -> Array:
    """With ``whole``, over the product of their mean size and its size."""
    size = np.mean([np.linalg.norm(v) for v in vectors]) * np.linalg.norm(whole)
    return np.asarray([float(v @ whole) / size for v in vectors])
