"""Weight decay: every variable is drawn towards 0."""

from collections.abc import Callable
from typing import Annotated, Any, NamedTuple

from ...base.fields import Field

__all__ = ["WeightDecay"]


class WeightDecay(NamedTuple):
    """``g <- g + weight_decay * w`` before the rule, or with ``decoupled=True``
    ``w <- w - learning_rate * weight_decay * w`` beside the rule's own step.

    Coupled decay is the gradient of ``weight_decay / 2 |w|^2`` and passes through momentum and adaptive scales (the
    weight_decay of torch's SGD and Adam); decoupled decay does not (AdamW). Every variable decays, an intercept too:
    ``LinearModel(penalty="l2")`` is the penalty that spares it. f is reported without the decay. Of a rule that looks
    ahead the decay is that of w, as in the formula, and not of the point ahead; a penalty is taken there.

    Source: I. Loshchilov, F. Hutter, "Decoupled weight decay regularization", 2019, algorithms 1 and 2.
    """

    weight_decay: Annotated[float, Field(low=0, log=True, help="draws every variable towards 0")] = 0.0
    decoupled: Annotated[bool, Field(help="the decay beside the step, as in AdamW")] = False

    @staticmethod
    def update(inner: Callable[..., Any]) -> Callable[..., Any]:
        def update(self: Any, w: Any, g: Any, slots: Any, t: Any, xp: Any) -> Any:
            if self.decoupled:
                step, new = inner(self, w, g, slots, t, xp)
                return step - self.learning_rate * self.weight_decay * w, new
            return inner(self, w, g + self.weight_decay * w, slots, t, xp)

        return update

    @staticmethod
    def step(inner: Callable[..., Any]) -> Callable[..., Any]:
        def step(self: Any, w: Any, f: Any, g: Any, slots: Any, t: Any, xp: Any) -> Any:
            if self.decoupled:
                move, new = inner(self, w, f, g, slots, t, xp)
                return move - self.learning_rate * self.weight_decay * w, new
            return inner(self, w, f, g + self.weight_decay * w, slots, t, xp)

        return step

    @staticmethod
    def needs(cls: Any) -> str | None:
        return None if "learning_rate" in cls._fields else "weight_decay needs a rule with a learning_rate"
