"""Gradient noise: normal numbers added to each gradient."""

from collections.abc import Callable
from typing import Annotated, Any, NamedTuple

from ...base.fields import Field

__all__ = ["GradientNoise"]


class GradientNoise(NamedTuple):
    """``g <- g + gradient_noise / t^(noise_decay / 2) * z``, z independent standard normal numbers.

    They are drawn from (noise_seed, t), so that a run can be had again bit by bit. noise_decay 0 keeps the noise as it
    is; 0.55 is the paper's.

    Source: A. Neelakantan et al., "Adding gradient noise improves learning for very deep networks", 2015, equation 1.
    """

    gradient_noise: Annotated[float, Field(low=0, log=True, help="added to gradients, its standard deviation")] = 0.0
    noise_decay: Annotated[float, Field(low=0, help="the noise fades as t^(-noise_decay/2)")] = 0.0
    noise_seed: Annotated[float, Field(low=0, high=2**53)] = 0.0

    @staticmethod
    def step(inner: Callable[..., Any]) -> Callable[..., Any]:
        def step(self: Any, w: Any, f: Any, g: Any, slots: Any, t: Any, xp: Any) -> Any:
            size = self.gradient_noise * t ** (-0.5 * self.noise_decay)
            return inner(self, w, f, g + size * xp.normal_like(g, self.noise_seed, t), slots, t, xp)

        return step
