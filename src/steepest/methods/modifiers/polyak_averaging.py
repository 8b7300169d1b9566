"""Polyak-Ruppert averaging: the run reports the mean of its points."""

from typing import Annotated, Any, NamedTuple

from ...base.fields import Field

__all__ = ["PolyakAveraging"]


class PolyakAveraging(NamedTuple):
    """``x = mean of w_t over the updates t > average_after`` (w itself before): x is what the run reports and records;
    the steps go on from w.

    In a ball of noise around the minimum the mean is far closer to it than any single point.

    Source: B. T. Polyak, A. B. Juditsky, "Acceleration of stochastic approximation by averaging", 1992.
    """

    average_after: Annotated[float, Field(low=0, help="report the mean of the points after so many updates")] = 0.0

    @staticmethod
    def kept(self: Any, w: Any, mean: Any, t: Any, xp: Any) -> Any:
        """The mean with w, the point after t updates; ``mean`` is that of the points before."""
        return mean + (w - mean) / xp.maximum(t - self.average_after, 1.0)
