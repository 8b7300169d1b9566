"""The Polyak step: as far along the gradient as the known least value of f would be, were f as steep all the way."""

from typing import Annotated, Any, NamedTuple

from ..base.fields import Field, Positive

__all__ = ["Polyak"]


class Polyak(NamedTuple):
    """``w <- w - min((f - f_least) / |g|^2, most) * g``; no step where g is 0 or f is at f_least or below.

    On a convex f whose least value is f_least no step increases the distance from any minimizer: its square falls by at
    least (f - f_least)^2 / |g|^2. No curvature and no learning rate are needed, but the least value is: f_least=None is
    the problem's known minimum. With f_least too low by d, the best f ends at most d above it.

    ``most`` bounds the rate: near a minimum that is not 0 the difference f - f_least is rounding over a tiny |g|^2.
    The default is no bound in practice (a number in single precision too), the original rule; with a bound it is
    SPS_max of N. Loizou et al., "Stochastic Polyak step-size for SGD", 2021, whose c is 1 here. optax.polyak_sgd has 1
    for ``most``, goes uphill below f_least unless its variant is "sps+", and takes no step once |g|^2 is 2.2e-16.
    torch does not have this rule.

    Source: B. T. Polyak, "Minimization of unsmooth functionals", 1969; "Introduction to optimization", 1987, section
    5.3.
    """

    f_least: Annotated[float | None, Field(low=-1e300, high=1e300, help="least value of f; none: the known one")] = None
    most: Positive = 1e38

    def init(self, w: Any, xp: Any) -> tuple[()]:
        return ()

    def step(self, w: Any, f: Any, g: Any, slots: tuple[()], t: Any, xp: Any) -> tuple[Any, tuple[()]]:
        square = (g * g).sum()
        rate = (f - self.f_least) / xp.where(square > 0, square, 1.0)
        return -xp.minimum(xp.maximum(rate, 0.0), self.most) * g, ()
