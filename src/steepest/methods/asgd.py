"""ASGD: gradient descent with a falling rate, and the mean of its late points as the result."""

from typing import Annotated, Any, NamedTuple

from ..base.fields import Field, Rate

__all__ = ["ASGD"]


class ASGD(NamedTuple):
    """``eta_t = learning_rate / (1 + shrinkage learning_rate (t - 1))^power;  w <- w - eta_t (g + shrinkage w)``
    ``mean <- mean + (w - mean) / max(1, t - 1 - average_from)``; the mean is what the run reports.

    Up to update average_from + 2 the mean is w itself, as by default in every usual run. shrinkage pulls w towards 0:
    what is minimised is f + shrinkage |w|^2 / 2. This is torch.optim.ASGD (lambd, alpha, t0), which leaves the mean in
    its state ("ax") for the user to take. optax does not have this rule.

    The defaults are torch's; power 0.75 is the paper's. For an average, set average_from to the number of updates after
    which the run only wanders.

    Source: B. T. Polyak, A. B. Juditsky, "Acceleration of stochastic approximation by averaging", 1992; this form:
    W. Xu, "Towards optimal one pass large scale learning with averaged stochastic gradient descent", 2011, section 3.
    """

    learning_rate: Rate = None
    shrinkage: Annotated[float, Field(low=0, log=True)] = 1e-4
    power: Annotated[float, Field(low=0, high=1)] = 0.75
    average_from: Annotated[float, Field(low=0, log=True)] = 1e6

    def init(self, w: Any, xp: Any) -> tuple[Any]:
        return (xp.zeros_like(w) + w,)

    def update(self, w: Any, g: Any, slots: tuple[Any], t: Any, xp: Any) -> tuple[Any, tuple[Any]]:
        rate = self.learning_rate
        eta = rate / (1 + self.shrinkage * rate * (t - 1)) ** self.power  # type: ignore[operator]
        step = -eta * (g + self.shrinkage * w)
        late = t - 2 - self.average_from
        share = 1 / (1 + (late > 1) * (late - 1))  # 1 / max(1, late)
        # the mean with the point before this step, which is as it was kept: projected, or put to 0 by an l1 penalty
        return step, ((1 - share) * slots[0] + share * w,)

    def read(self, w: Any, slots: tuple[Any], t: Any, xp: Any) -> Any:
        late = t - 1 - self.average_from
        share = 1 / (1 + (late > 1) * (late - 1))
        return (1 - share) * slots[0] + share * w
