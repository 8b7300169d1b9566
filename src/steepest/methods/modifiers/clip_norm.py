"""Clipping by norm: the gradient is shortened where it is longer than a bound; its direction stays."""

from collections.abc import Callable
from typing import Annotated, Any, NamedTuple

from ...base.fields import Field

__all__ = ["ClipNorm"]


class ClipNorm(NamedTuple):
    """``g <- g * min(1, clip_norm / |g|)``, |g| the Euclidean norm of the whole gradient.

    As optax.clip_by_global_norm has it; torch's clip_grad_norm_ divides by |g| + 1e-6. The gradient of a batch is
    clipped as a whole, not each example's.

    Source: R. Pascanu, T. Mikolov, Y. Bengio, "On the difficulty of training recurrent neural networks", 2013,
    algorithm 1.
    """

    clip_norm: Annotated[float, Field(low=0, low_open=True, log=True, help="the longest gradient")] = 1.0

    @staticmethod
    def step(inner: Callable[..., Any]) -> Callable[..., Any]:
        def step(self: Any, w: Any, f: Any, g: Any, slots: Any, t: Any, xp: Any) -> Any:
            size = xp.sqrt((g * g).sum())
            return inner(self, w, f, g * (self.clip_norm / xp.maximum(size, self.clip_norm)), slots, t, xp)

        return step
