"""How large the learning rate of a rule may be whose steps do not grow with the gradient (Adam and its kin) on a linear
model: by what the noise of its batches keeps of f, and by how far its first steps may go.

Such a rule moves each coordinate by about ``rate * g_i / size_i``, size_i the root mean square of the gradients it
sees. Where these are noise its steps are a walk that the mean gradient holds back; of a quadratic it keeps
``rate / 4 * (sum of size_i)`` above the minimum, whatever its curvatures are (the balance ``2 H_ii C_ii / size_i =
rate`` of each coordinate's variance C_ii, and noise whose covariance is the Hessian times the mean squared residual).
Rules of signs, or with steps that fall, keep more or less: `noise_share` asks the rule.

Source: S. Mandt, M. D. Hoffman, D. M. Blei, "Stochastic gradient descent as approximate Bayesian inference", 2017, on
preconditioned descent; here with the preconditioner that the rule makes of the noise itself.
"""

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..base.text import number
from ..base.xp import numpy_functions as xp
from ..methods.modifiers.modified import unmodified
from ..problems.linear_model import LinearModel, row_slopes
from .curvature import bend, once
from .linear_hessian import added

__all__ = ["Bound", "adaptive_bound", "noise_share"]

Array = NDArray[np.float64]
KEPT = 0.05
"""The part of f at the start that noise of the size it has there may keep."""
ALONG = 0.5
"""The first step's part of the way to the lowest f along it: momentum carries later ones on."""
LANES, STEPS, MEAN, SMALL = 100, 300, 0.1, 1e-3
"""Of the walks that show what a rule makes of noise: how many, the steps of each after as many that are not counted,
the mean of their gradients of variance 1, and the learning rate (small, since decays of w are not meant)."""


class Bound(NamedTuple):
    """The largest learning rate, and the reason in words."""

    rate: float
    reason: str


class Statistics(NamedTuple):
    """At the start, of the mean over the rows: f, the sum over the coordinates of the root mean square of the rows'
    gradients, and along the signs of the gradient its slope and a bound on the curvature."""

    f: float
    sizes: float
    slope: float
    curvature: float


def adaptive_bound(model: LinearModel, rule: Any, w0: Array, batch_size: int | None) -> Bound | None:
    """None where nothing bounds the rate: a rule of the whole vector, no gradient, numbers that are not finite."""
    rule = unmodified(rule)._replace(learning_rate=SMALL)
    if not hasattr(rule, "update"):
        return None
    found: Statistics = once(model, w0.tobytes(), "statistics", lambda: statistics(model, w0))
    if not np.isfinite(found).all() or found.slope <= 0:
        return None
    bounds = []
    if found.curvature > 0:
        rate = ALONG * found.slope / found.curvature / first_size(rule)
        bounds.append(Bound(rate, f"whose first step goes {number(ALONG)} of the way to the lowest f along it"))
    share = 0.0 if batch_size is None or found.f <= 0 else noise_share(rule)
    if batch_size is not None and share > 0:
        sizes = found.sizes / np.sqrt(min(batch_size, model.rows))
        rate = float(KEPT * found.f / (0.25 * share * sizes))
        bounds.append(Bound(rate, f"at which the noise of batches keeps f about {number(KEPT)} of f at the start"))
    return min(bounds, key=lambda bound: bound.rate, default=None)


def statistics(model: LinearModel, w0: Array) -> Statistics:
    """Two passes over the data."""
    shaped, base, rows = model.shaped(w0), model.base, model.rows

    def slopes(part: slice, X: Any) -> tuple[Any, ...]:
        o = X @ shaped[base:]
        slope = row_slopes(model.loss, o + shaped[0] if base else o, model.y[part])
        if model.weights is not None:
            slope = (model.weights[part] * slope.T).T
        squares = X.multiply(X) if model.sparse else X * X
        return X.T @ slope, slope.sum(axis=0), squares.T @ slope**2, (slope**2).sum(axis=0)

    tail, head, tails, heads = added(model, slopes)
    mean, square = (
        np.concatenate([np.asarray(first)[None], rest]).ravel() / rows if base else np.ravel(rest) / rows
        for first, rest in ((head, tail), (heads, tails))
    )
    pull = np.zeros(model.n) if model.l2_each is None else model.l2_each
    if model.reduction == "sum":
        pull = pull / rows
    signs = np.sign(mean + pull * w0)
    along = model.shaped(signs)

    def bent(part: slice, X: Any) -> tuple[Any, ...]:
        o = X @ along[base:]
        o = o + along[0] if base else o
        each = o**2 if o.ndim == 1 else (o**2).sum(axis=1)
        return (each.sum() if model.weights is None else model.weights[part] @ each,)

    (whole,) = added(model, bent)
    curvature = bend(model) * float(whole) / rows + float(pull @ signs**2)
    f0 = model.value(w0) / (rows if model.reduction == "sum" else 1)
    return Statistics(f0, float(np.sqrt(square).sum()), float(np.abs(mean + pull * w0).sum()), curvature)


def first_size(rule: Any) -> float:
    """The first step in units of the learning rate (`SMALL`): 1 for Adam, 10 for RMSProp."""
    w = np.zeros(1)
    step, _ = rule.update(w, np.ones(1), rule.init(w, xp), 1.0, xp)
    return float(np.abs(step[0])) / SMALL


@lru_cache(maxsize=64)
def _walked(cls: Any, fields: tuple[Any, ...]) -> float:
    rule = cls(*fields)
    draws = np.random.default_rng(0).standard_normal((2 * STEPS, LANES))
    w = np.zeros(2 * LANES)
    slots, start = rule.init(w, xp), w
    with np.errstate(all="ignore"):
        for t, g in enumerate(draws, 1):
            step, slots = rule.update(w, np.concatenate([g - MEAN, g + MEAN]), slots, float(t), xp)
            w = w + step
            start = w if t == STEPS else start
    down, up = np.split((w - start) / SMALL, 2)
    drift = float((down - up).mean()) / (2 * MEAN * STEPS)
    walk = float((0.5 * (down + up)).var()) / STEPS
    return walk / drift if drift > 0 and np.isfinite(walk / drift) else 0.0


def noise_share(rule: Any) -> float:
    """How much of noise a rule keeps, 1 being a step of the rate times the gradient over its size: the variance by
    which walks spread in a step, over the drift that a mean of the gradient gives them. 0 where it gives none."""
    cls: Any = type(rule)
    return _walked(cls, tuple(rule))
