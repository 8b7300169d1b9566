"""Exponential averaging: the run reports a moving average of its points."""

from typing import Annotated, Any, NamedTuple

from ...base.fields import Field

__all__ = ["ExponentialAveraging"]


class ExponentialAveraging(NamedTuple):
    """``x <- average_decay * x + (1 - average_decay) * w`` after each update, from x = w after the first: x is what the
    run reports and records; the steps go on from w.

    As torch.optim.swa_utils.AveragedModel with get_ema_multi_avg_fn. The default looks back over some 1,000 updates.

    Source: D. Ruppert, "Efficient estimations from a slowly convergent Robbins-Monro process", 1988; in this form:
    A. Tarvainen, H. Valpola, "Mean teachers are better role models", 2017, equation 1.
    """

    average_decay: Annotated[
        float, Field(low=0, high=1, high_open=True, help="report a moving average of the points")
    ] = 0.999

    @staticmethod
    def kept(self: Any, w: Any, mean: Any, t: Any, xp: Any) -> Any:
        """The average with w, the point after t updates; ``mean`` is that of the points before."""
        return xp.where(t <= 1.0, w, self.average_decay * mean + (1.0 - self.average_decay) * w)
