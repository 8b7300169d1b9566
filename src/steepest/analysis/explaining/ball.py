"""Where the noise of a run's gradients should hold it, by the equation of its second moments, and where it was held."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...base.text import count, number
from ...problems.limited import Limited
from ...problems.linear_model import LinearModel, linear_model_in
from ..gradient_noise import gradient_noise as noise_of_rows
from ..gradient_noise import has_rows
from ..limits import row_bends
from ..linear_rules import moving, parts
from ..second_moments import Rows, covariance_of, gradient_noise, minimum, response, resting, rows_of, squared_error
from .place import Place

__all__ = ["Ball", "ball_of_batches", "ball_of_noise", "noise_to_gradient"]

Array = NDArray[np.float64]
WORK = 5e6
"""Rows x directions^2 of a product with the operator of the second moments, of which some 30 are made: a tenth of a
second or two. Beyond, a part of the rows stands for them."""
LEAST_ROWS = 5
"""Rows for each direction that such a part needs to have."""
PASS = 1e9
"""Rows x columns^2 of the data beyond which it is not read again."""
MOST_MODES = 200
OUTSIDE = 9.0
"""An error whose square is so many times its predicted mean, three standard deviations, is on its way still."""


class Ball(NamedTuple):
    """f above its minimum by the second moments, with what the errors add that are on their way: ``predicted``,
    ``exact`` for least squares of rows drawn with replacement, else a ``bound`` (epochs that visit each row once), or
    an estimate from the curvature at the end or a part of the rows. Of the ``modes`` so many are ``outside`` still, and
    hold the ``share`` of what f is above."""

    predicted: float
    exact: bool
    bound: bool
    modes: int
    outside: int
    share: float

    def sentence(self, measured: float) -> str:
        """Next to the mean of f above its minimum over the tail."""
        which = "gives at most" if self.bound else "gives" if self.exact else "gives about"
        why = " (rows without replacement undo some of their noise)" if self.bound else ""
        mean = f"f stays {number(measured, 2)} above the minimum; " if np.isfinite(measured) else ""
        return f"{mean}the second-moment equation {which} {number(self.predicted, 2)}{why}{self.within}"

    @property
    def within(self) -> str:
        """How many modes are in the ball; of a bound this tells nothing unless some are outside even so."""
        inside = self.modes - self.outside
        if self.outside:
            share = f"{100 * self.share:.0f} % of what is left"
            return f"; {inside} of {count(self.modes, 'mode')} in the ball, {self.outside} on the way with {share}"
        return "" if self.bound else f"; {inside} of {count(self.modes, 'mode')} in the ball"


def ball_of_batches(problem: Any, rule: Any, batch: int, sampling: str, place: Place, tail: Array) -> Ball | None:
    """Of batches of a linear model whose rows have one curvature each; ``tail`` (rows, n) are the last points. None for
    others, for rules that are not linear or not stable in mean square, and where it would take long."""
    model = linear_model_in(problem) if isinstance(problem, (LinearModel, Limited)) else None
    if model is None or model.l1 or not place.complete or not worth(model, int(place.bent.sum())):
        return None
    from ...engines.quadratic.data import one_blas_thread  # loads compiled code, which functions do without

    with one_blas_thread():  # for matrices as small as these its own threads cost more than they save
        return ball_of_model(model, rule, batch, sampling, place, tail)


def ball_of_model(model: LinearModel, rule: Any, batch: int, sampling: str, place: Place, tail: Array) -> Ball | None:
    least = place.w - place.vectors @ place.errors
    exact = squared_error(model) is not None
    bends = None if exact else row_bends(model, least)
    if bends is None and not exact:
        return None
    rows = rows_of(model, min(batch, model.rows), bends, WORK)
    if (rows.curvatures <= 0).any():
        return None
    rest = resting_place(model, rule, rows, None if exact else least)
    if rest is None:
        return None
    own = minimum(model, rows) if exact else rest
    errors = np.einsum("fr,tfq->trq", rows.vectors, tail.reshape(len(tail), -1, model.outputs_per_row)) - own
    seen = (errors**2).mean(axis=0).sum(axis=1)

    def wanted(at: Array) -> Array | None:
        """(r,): the mean squares of the errors of a run whose mean is ``at`` (r, q)."""
        noise = gradient_noise(model, rows, rows.vectors @ at)
        covariance = covariance_of(moving(rule), rows, noise)
        return None if covariance is None else np.diag(covariance) + ((at - own) ** 2).sum(axis=1)

    predicted = wanted(rest)
    if predicted is None:
        return None
    outside = seen > OUTSIDE * predicted
    if outside.any():  # what is on its way makes the residuals larger, and the noise with them
        again = wanted(np.where(outside[:, None], own + errors.mean(axis=0), rest))
        predicted = predicted if again is None else again
    scale = model.rows / rows.batch if rows.summed else 1.0  # f is of all rows, an update of a batch
    once = sampling != "replacement"
    return compared(scale * rows.curvatures, predicted, seen, outside, exact and not once and rows.step == 1, once)


def worth(model: LinearModel, bent: int) -> bool:
    """Whether it takes little enough: by the size of the data, and of a part of the rows for ``bent`` curvatures."""
    size, directions = model.n // model.outputs_per_row, -(-bent // model.outputs_per_row)
    few = min(model.rows, WORK / max(directions, 1) ** 2)
    return size <= MOST_MODES and model.rows * size**2 <= PASS and few >= min(model.rows, LEAST_ROWS * directions)


def resting_place(model: LinearModel, rule: Any, rows: Rows, least: Array | None) -> Array | None:
    """(r, q): where the mean of w rests, in the eigenbasis; of squared errors worked out (``least`` is None), else at
    ``least`` (n,) for rules that leave it there. None for others."""
    bare = moving(rule)
    if response(bare, rows.curvatures) is None:
        return None
    if least is None:
        return resting(bare, rows, minimum(model, rows))[0]
    return None if weighed_down(bare) else rows.vectors.T @ least.reshape(-1, model.outputs_per_row)


def weighed_down(rule: Any) -> bool:
    """Whether a rule without a gradient draws w elsewhere, or is not linear."""
    found = parts(rule)
    return found is None or not np.array_equal(found[0][:, 0], np.eye(len(found[0]))[0])


def ball_of_noise(rule: Any, place: Place, tail: Array) -> Ball | None:
    """Of full batches with normal noise added to each gradient, on the quadratic at the end; None as before, and where
    the noise fades."""
    if getattr(rule, "noise_decay", 0.0) or not place.complete or place.values.size > MOST_MODES:
        return None
    bare, c = moving(rule, ("gradient_noise",)), place.values[place.bent]
    found = None if weighed_down(bare) or not c.size else response(bare, c)
    if found is None:
        return None
    seen = (place.errors_of(tail)[:, place.bent] ** 2).mean(axis=0)
    predicted = float(rule.gradient_noise) ** 2 * np.diag(found.of_w)
    outside = seen > OUTSIDE * predicted
    slow = np.where(outside, place.errors_of(tail)[:, place.bent].mean(axis=0) ** 2, 0.0)
    return compared(c, predicted + slow, seen, outside, False, False)


def compared(
    curvatures: Array, predicted: Array, seen: Array, outside: NDArray[np.bool_], exact: bool, bound: bool
) -> Ball:
    """From mean squares of errors (r,), those of the equation and those of the rows."""
    parts_of_f = curvatures * seen
    share = float(parts_of_f[outside].sum() / max(float(parts_of_f.sum()), 1e-300))
    return Ball(0.5 * float(curvatures @ predicted), exact, bound, len(curvatures), int(outside.sum()), share)


def noise_to_gradient(problem: Any, w: Array, batch: int) -> float:
    """The size of a batch's noise over that of the full gradient at ``w`` (n,); NaN where rows would have to be called
    one by one, and where the gradient is 0."""
    found = noise_of_rows(problem, w) if has_rows(problem, quick=True) else None
    if found is None or not found.signal > 0:
        return float("nan")
    return float((found.of_batch(batch) / found.signal) ** 0.5)
