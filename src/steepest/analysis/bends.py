"""The curvatures of a problem at a point, as far as stability asks for them, and how a sentence names them."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..base.errors import ArgumentError
from ..base.text import number
from ..problems.linear_model import LinearModel, linear_model_in
from .curvature import bend, model_curvature
from .hessians import dense, hessian_at
from .lanczos import Tridiagonal, lanczos
from .linear_hessian import bends as known

__all__ = ["Bends", "bends_at"]

Array = NDArray[np.float64]
MOST_EXACT = 2000
"""Variables up to which all curvatures of data are found, from the whole Hessian."""
MOST_DIFFERENCED = 64
"""The same where a product with the Hessian costs gradients."""
STEPS = 120
CLOSE = 1e-9


class Bends(NamedTuple):
    """Curvatures in ascending order: all, or Lanczos' with both extremes among them."""

    values: Array
    tolerance: float
    """What is smaller than this cannot be told from 0."""
    what: str
    """What the largest of them is."""
    where: str
    smooth: bool
    whole: bool
    """Whether ``values`` are all."""

    @property
    def largest(self) -> float:
        return float(self.values[-1])

    @property
    def smallest(self) -> float:
        return float(self.values[0])

    @property
    def flat(self) -> bool:
        """Whether no direction curves upwards."""
        return self.largest <= self.tolerance

    def said(self, decay: float = 0.0) -> str:
        """What has to be said beside a limit: directions of negative curvature, kinks."""
        least = self.smallest
        down = f"; no rate is stable along a direction of negative curvature, and the least is {number(least)}"
        kinks = "; it is of the smooth part: at kinks no constant rate comes to rest"
        return (down if least < -self.tolerance and least + decay < 0 else "") + ("" if self.smooth else kinks)


def bends_at(problem: Any, w: Array, where: str = "at w") -> Bends:
    """The curvatures of the Hessian at ``w`` (n,), which ``where`` names.

    Of squared errors they are the same everywhere. A loss with kinks in place of curvature has that of the loss with
    its kinks rounded over one unit of output, a bound from X. Raises ArgumentError where the Hessian is not finite.
    """
    model = linear_model_in(problem)
    if model is not None and (not known(model) or kinked(model)):
        return bound(model)
    hessian = hessian_at(problem, w)
    exact = model is not None
    if hessian.n <= (MOST_EXACT if exact else MOST_DIFFERENCED):
        whole = dense(hessian)
        values: Array = np.asarray(np.linalg.eigvalsh(whole)) if np.isfinite(whole).all() else np.full(1, np.nan)
    else:
        start = np.random.default_rng(0).standard_normal(hessian.n)
        values = lanczos(hessian.apply, start, STEPS, settled).ritz().values
    if not np.isfinite(values).all():
        raise ArgumentError(f"the Hessian {where} is not finite, so it has no largest eigenvalue; give another w")
    tolerance = max(10 * hessian.error, 1e-13) * float(np.abs(values).max(initial=0.0))
    constant = model is not None and model.loss_name == "squared_error"
    what = "the largest eigenvalue of the Hessian"
    if constant:
        what += ", which is the same everywhere"
    else:
        what += f" {where}"
        if model is not None and np.isfinite(model.loss.curvature()):
            what += f" (at most {number(model_curvature(model))} anywhere, a bound from X)"
    return Bends(values, tolerance, what, "" if constant else where, hessian.smooth, len(values) == hessian.n)


def kinked(model: LinearModel) -> bool:
    """Whether the loss turns at points, its curvature being without bound and its slope not."""
    return bool(np.isfinite(model.loss.slope()) and not np.isfinite(model.loss.curvature()))


def bound(model: LinearModel) -> Bends:
    L = model_curvature(model)
    what = (
        f"a bound from X: the largest eigenvalue of X'X times {number(bend(model))}, as if the kinks of the loss were "
        f"rounded over one unit"
    )
    return Bends(np.array([0.0, L]), 1e-13 * L, what, "anywhere", False, False)


def settled(done: Tridiagonal) -> bool:
    """Whether both extremes stand still."""
    if done.alpha.size % 8 or not done.finite:
        return False
    found = done.ritz()
    # the error of a value is about the square of its residual
    least = CLOSE**0.5 * 1e-2 * float(np.abs(found.values).max())
    return bool(found.residuals[0] <= least and found.residuals[-1] <= least)
