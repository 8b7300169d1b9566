"""Clipping by value: no component of the gradient beyond a bound."""

from collections.abc import Callable
from typing import Annotated, Any, NamedTuple

from ...base.fields import Field

__all__ = ["ClipValue"]


class ClipValue(NamedTuple):
    """``g <- min(max(g, -clip_value), clip_value)``, component by component, as torch's clip_grad_value_ does.

    Source: I. Goodfellow, Y. Bengio, A. Courville, "Deep learning", 2016, section 10.11.1.
    """

    clip_value: Annotated[float, Field(low=0, low_open=True, log=True, help="the largest gradient component")] = 1.0

    @staticmethod
    def update(inner: Callable[..., Any]) -> Callable[..., Any]:
        def update(self: Any, w: Any, g: Any, slots: Any, t: Any, xp: Any) -> Any:
            bounded = xp.minimum(xp.maximum(g, -self.clip_value), self.clip_value)
            return inner(self, w, bounded, slots, t, xp)

        return update

    @staticmethod
    def step(inner: Callable[..., Any]) -> Callable[..., Any]:
        def step(self: Any, w: Any, f: Any, g: Any, slots: Any, t: Any, xp: Any) -> Any:
            bounded = xp.minimum(xp.maximum(g, -self.clip_value), self.clip_value)
            return inner(self, w, f, bounded, slots, t, xp)

        return step
