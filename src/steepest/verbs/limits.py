"""``stability_limit`` and ``rate_map``: how large a learning rate a method bears, and how fast it is below that."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..analysis.bends import Bends, bends_at
from ..analysis.limits import limit_at
from ..analysis.rate_maps import REGIONS, RateGrid, best_of, by_momentum, by_rate, chosen, rate_grid
from ..analysis.stability import StabilityLimit, stable_rate
from ..base.errors import ArgumentError, ArgumentTypeError
from ..base.text import number
from ..methods.rule import label
from . import arguments as check
from .subject import ruled, subject

if TYPE_CHECKING:
    from ..plots.display import Display

__all__ = ["RateMap", "rate_map", "stability_limit"]

Array = NDArray[np.float64]
MOST_MODES = 9
"""Lines of the picture of modes."""
HIGHEST = 0.99
"""The momentum up to which a map goes by itself."""


def stability_limit(
    problem: Any,
    method: Any = "momentum",
    w: Any = None,
    *,
    batch_size: int | None = None,
    sampling: str = "shuffle",
    grad: Any = None,
    args: Any = (),
    value_and_grad: bool = False,
    **hyperparameters: Any,
) -> StabilityLimit:
    """The learning rate beyond which ``method`` is not stable on ``problem``: a float with its reason.

    >>> limit = stability_limit(lambda w: 50 * w[0] ** 2 + w[1] ** 2, "momentum", [1.0, 1.0], momentum=0.9)
    >>> round(limit, 6)
    0.038

    Parameters
    ----------
    problem, grad, args, value_and_grad : as ``minimize`` takes them.
    method : a method's name, class or object, its fields as keywords; a learning rate in it is not looked at.
    w : (n,) where the curvature is taken; None: the problem's start. Squared errors curve the same everywhere.
    batch_size : rows an update for problems on data; None is all of them.
    sampling : as in ``minimize``. "replacement" and "sequential" are exact on squared errors; for "shuffle" and
        "tutorial" the limit of "replacement" is returned, and the reason says how near that is.

    Returns
    -------
    StabilityLimit : a float with ``reason``, ``kind``, ``formula``, ``curvature`` and ``batch_size``. Infinity where no
        rate is too large, or none is known to be; the reason says which.

    Raises
    ------
    ArgumentError where the Hessian at w is not finite, or batches are asked of a problem without rows.
    """
    found, point = subject(problem, w, grad, args, value_and_grad)
    rule = ruled(method, hyperparameters, found, stability_limit)
    batch = check.as_batch(found, check.batch_for(rule, found, batch_size), sampling)
    if batch is not None and getattr(rule, "full_batch_only", False):
        name = method if isinstance(method, str) else label(method)
        raise ArgumentError(f"method {name!r} steps by the whole objective and knows no batches; leave batch_size out")
    return limit_at(found, point, rule, batch, sampling, "at the start" if w is None else "at w")


def rate_map(
    problem: Any,
    method: Any = "momentum",
    w: Any = None,
    *,
    learning_rate: Any = None,
    momentum: Any = None,
    grad: Any = None,
    args: Any = (),
    value_and_grad: bool = False,
    **hyperparameters: Any,
) -> "RateMap":
    """How fast ``method`` converges over learning rate and momentum, by the curvatures of ``problem``.

    >>> found = rate_map(lambda w: 50 * w[0] ** 2 + w[1] ** 2, "momentum", [1.0, 1.0])
    >>> found.region(learning_rate=0.05, momentum=0.9)
    'divergent'

    Parameters
    ----------
    problem, w, grad, args, value_and_grad : as in ``stability_limit``; the curvatures are those at w.
    method : a method with a momentum that is linear in the gradient; its other fields as keywords.
    learning_rate, momentum : ascending numbers, the axes of the map; None: three decades up to beyond the largest
        limit, and 0 to 0.99.
    """
    found, point = subject(problem, w, grad, args, value_and_grad)
    rule = ruled(method, hyperparameters, found, rate_map)
    if "momentum" not in rule._fields or "learning_rate" not in rule._fields:
        raise ArgumentError(
            f"method must have a learning_rate and a momentum to be mapped over; {label(rule)} has "
            f"{' and '.join(rule._fields) or 'no fields'}; gradient descent is momentum at 0"
        )
    bends = bends_at(found, point, "at the start" if w is None else "at w")
    if bends.flat:
        raise ArgumentError(f"problem has no direction that curves upwards {bends.where}, so there are no rates to map")
    curvatures = chosen(bends.values[bends.values > bends.tolerance])
    momenta = np.linspace(0.0, HIGHEST, 100) if momentum is None else ascending(momentum, "momentum", 0.0, 1.0)
    if learning_rate is None:
        tops = [stable_rate(rule._replace(momentum=float(b)), curvatures) for b in momenta]
        top = max((one for one in tops if one is not None and np.isfinite(one)), default=1 / curvatures[-1])
        rates = np.geomspace(1.5e-3 * top, 1.5 * top, 151)
    else:
        rates = ascending(learning_rate, "learning_rate", 0.0, np.inf)
    grid = rate_grid(rule, rates, momenta, curvatures)
    if grid is None:
        raise ArgumentError(f"method {label(rule)!r} is not one linear function of the gradient throughout: no rates")
    return RateMap(rule, rates, momenta, curvatures, grid, bends, str(found.name))


def ascending(values: Any, name: str, low: float, high: float) -> Array:
    """Two or more ascending numbers from ``low`` (above it where ``high`` is infinite) to below ``high``."""
    try:
        found = np.asarray(values, dtype=float)
    except (TypeError, ValueError):
        raise ArgumentTypeError(f"{name} must be ascending numbers; got {values!r}") from None
    if found.ndim != 1 or found.size < 2 or not (np.diff(found) > 0).all():
        raise ArgumentError(f"{name} must be two or more ascending numbers; got {values!r}")
    if not np.isfinite(found).all() or found[0] < low or found[-1] >= high or (high == np.inf and found[0] == low):
        span = "above 0" if high == np.inf else f"from {low:g} to below {high:g}"
        raise ArgumentError(f"{name} must lie {span}; got {number(found[0])} to {number(found[-1])}")
    return found


@dataclass(frozen=True, eq=False, repr=False)
class RateMap:
    """What ``rate_map`` found: ``rates`` (momenta, learning rates) is the factor by which an iteration shrinks the
    error in the end, over all ``curvatures`` (k,), ``limit`` (momenta,) the largest stable learning rate, ``best`` the
    cell of the smallest rate as (learning rate, momentum, rate).

    ``regions`` (momenta, learning rates) names each cell: "divergent" (a rate above 1), "fast" (a digit takes at most 3
    times the iterations of the best cell), "ringing" (slower, and the slowest mode changes sign twice or more while it
    loses a digit), "slow" (all else).
    """

    rule: Any
    learning_rates: Array
    momenta: Array
    curvatures: Array
    grid: RateGrid
    bends: Bends
    problem_name: str

    @property
    def rates(self) -> Array:
        return self.grid.rates

    @property
    def limit(self) -> Array:
        return self.grid.limit

    @cached_property
    def regions(self) -> NDArray[np.str_]:
        return np.array(REGIONS)[self.grid.regions]

    @property
    def iterations_per_digit(self) -> Array:
        """(momenta, learning rates): what it takes to bring the error to a tenth; infinite where it does not shrink."""
        with np.errstate(all="ignore"):
            return np.where(self.rates < 1, -1 / np.log10(self.rates), np.inf)

    @property
    def best(self) -> tuple[float, float, float]:
        j, i = best_of(self.rates)
        return float(self.learning_rates[i]), float(self.momenta[j]), float(self.rates[j, i])

    def region(self, learning_rate: float, momentum: float) -> str:
        """The name of the cell nearest to a point of the map."""
        i = int(np.abs(np.log(self.learning_rates / learning_rate)).argmin())
        return str(self.regions[int(np.abs(self.momenta - momentum).argmin()), i])

    @property
    def _curved(self) -> str:
        c = self.curvatures
        return f"curvatures {number(c[0])} to {number(c[-1])} {self.bends.where}".rstrip()

    def plot(self, sweep: Any = None, *, title: str | None = None) -> "Display":
        """The regions with contours of the iterations a digit and the limit; a ``sweep`` over learning_rate and
        momentum is drawn over it, a marker a run."""
        from ..plots.stability_map import stability_map_of

        found = {
            "learning_rates": self.learning_rates, "momenta": self.momenta, "rates": self.rates,
            "regions": self.grid.regions, "region_names": REGIONS, "limit": self.limit, "best": self.best,
            "method": label(self.rule), "problem": self.problem_name, "about": self._curved,
        }  # fmt: skip
        return stability_map_of(found, sweep, title).plot()

    def plot_modes(
        self, *, learning_rate: float | None = None, momentum: float | None = None, title: str | None = None
    ) -> "Display":
        """Each mode's digits an iteration against the learning rate, at ``momentum``, and against the momentum, at
        ``learning_rate``; None: those of the best cell."""
        from ..plots.mode_rates import mode_rates_of

        rate = self.best[0] if learning_rate is None else check.real(learning_rate, "learning_rate", 0.0, True)
        held = self.best[1] if momentum is None else check.real(momentum, "momentum", 0.0)
        modes = chosen(self.curvatures, MOST_MODES)
        found: dict[str, Any] = {
            "curvatures": modes, "method": label(self.rule), "problem": self.problem_name, "where": self.bends.where,
        }  # fmt: skip
        every = np.concatenate([modes, self.curvatures])
        for name, x, at in (("by_rate", self.learning_rates, held), ("by_momentum", self.momenta, rate)):
            if name == "by_rate":
                radii = by_rate(self.rule._replace(momentum=held), x, every)
            else:
                radii = by_momentum(self.rule._replace(learning_rate=rate), x, every)
            assert radii is not None, "the map was made of this rule"
            with np.errstate(all="ignore"):
                digits, slowest = -np.log10(radii[:, : len(modes)]), -np.log10(radii.max(axis=1))
            k = int(np.argmax(slowest))
            found[name] = {
                "x": x, "digits": digits, "slowest": slowest, "at": at, "best": (float(x[k]), float(slowest[k])),
            }  # fmt: skip
        return mode_rates_of(found, title).plot()

    def __repr__(self) -> str:
        rate, momentum, radius = self.best
        each = -1 / np.log10(radius) if 0 < radius < 1 else np.inf if radius >= 1 else 0.0
        shares = ", ".join(f"{name} {100 * float((self.regions == name).mean()):.0f} %" for name in REGIONS)
        low, high = number(self.learning_rates[0]), number(self.learning_rates[-1])
        return (
            f"<RateMap of {label(self.rule)} on {self.problem_name}, {self._curved}>\n"
            f"  axes           learning_rate {low} to {high}, momentum {number(self.momenta[0])} to "
            f"{number(self.momenta[-1])}\n"
            f"  best           learning_rate {number(rate)}, momentum {number(momentum, 3)}: {number(each, 3)} "
            f"iterations a digit\n"
            f"  regions        {shares}\n"
            f"  .rates .regions .limit .plot() .plot_modes()"
        )
