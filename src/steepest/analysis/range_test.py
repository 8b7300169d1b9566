"""The range test: f along one run whose learning rate grows at each update, and the interval of rates in which it
falls."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..base.text import number
from ..base.xp import numpy_functions as xp
from ..engines.orders import Orders
from ..problems.differences import number_at
from .curvature import guarded
from .rates import automatic_rate

__all__ = ["RangeTest", "range_test"]

Array = NDArray[np.float64]
SPAN = 1e3
"""The test begins that far below the automatic rate and ends that far above."""
BEGINS = 0.02
"""The part of all that f falls by which it has begun to fall."""
BELOW = 10.0
"""The pick is so many times below the rate from which on f rises: errors that a rate beyond the stability limit makes
grow are small at first, and seen only when the rate has gone on growing, up to about seven times."""
FIRST_BATCHES = 16
"""Batches whose mean loss is the start's."""
KEPT = 0.9
"""What the smoothed loss of batches keeps of itself at each update."""


class RangeTest(NamedTuple):
    """The interval, the pick and why; the curve: ``rates`` (k,), f after the update made with each, the same smoothed;
    the gradients spent."""

    low: float
    high: float
    pick: float
    reason: str
    rates: Array
    values: Array
    smoothed: Array
    spent: int


def range_test(
    problem: Any, rule: Any, w0: Array, low: float | None, high: float | None, steps: int, batch: int | None,
    sampling: str, seed: int,
) -> RangeTest:  # fmt: skip
    """The test over ``steps`` updates; it ends early where f leaves the start far behind."""
    auto = automatic_rate(problem, rule._replace(learning_rate=None), w0, batch)
    middle = auto.value if np.isfinite(auto.value) and auto.value > 0 else 1.0
    first = low if low is not None else middle / SPAN if high is None else min(middle / SPAN, high / SPAN)
    last = high if high is not None else max(middle, first) * SPAN
    rates = np.geomspace(first, last, steps)
    values, start = curve(problem, rule, w0, rates, batch, sampling, seed)
    rates = rates[: len(values)]
    spent = len(values) * (2 if hasattr(rule, "look") else 1) + (1 if batch is None else FIRST_BATCHES) + auto.gradients
    smoothed = values if batch is None else averaged(values, start)
    where = "the automatic rate" if low is None and high is None else "the lowest rate tried"
    safe = min(max(middle, first), last) if low is None and high is None else first
    fine = np.isfinite(smoothed)
    fall = start - float(smoothed[fine].min()) if fine.any() else 0.0
    if not np.isfinite(start) or not fall > 1e-12 * max(abs(start), 1e-300):
        reason = f"f does not fall at any rate from {number(first)} to {number(last)}; the pick is {where}"
        return RangeTest(first, last, safe, reason, rates, values, smoothed, spent)
    lowest = int(np.where(fine, smoothed, np.inf).argmin())
    begins = int(np.argmax(fine & (start - smoothed >= BEGINS * fall)))
    rises = lowest < len(rates) - 1
    pick = max(float(rates[lowest] / BELOW if rises else rates[lowest]), float(rates[0]))
    end = f"rises beyond {number(rates[lowest])}" if rises else f"still falls at {number(rates[lowest])}, the last rate"
    cause = "a tenth of that, since growth is seen late" if rises else "that one"
    reason = f"f falls from {number(rates[begins])} on and {end}; the pick is {number(pick)}: {cause}"
    return RangeTest(float(rates[begins]), float(rates[lowest]), pick, reason, rates, values, smoothed, spent)


def curve(
    problem: Any, rule: Any, w0: Array, rates: Array, batch: int | None, sampling: str, seed: int
) -> tuple[Array, float]:
    """f after each update, as far as it stays near, and f before the first."""
    at = batches(problem, batch, sampling, seed) if batch is not None else whole(problem)
    w, slots = w0.copy(), rule.init(w0, xp)
    values: list[float] = []
    with np.errstate(all="ignore"):
        f, g = at(w)
        start = f if batch is None else float(np.mean([f, *(at(w)[0] for _ in range(FIRST_BATCHES - 1))]))
        lowest = mean = start
        for t, rate in enumerate(rates):
            moved = rule._replace(learning_rate=float(rate))
            if hasattr(moved, "look"):
                _, g = at(np.asarray(moved.look(w, slots, t + 1.0, xp)))
            if hasattr(moved, "update"):
                step, slots = moved.update(w, g, slots, t + 1.0, xp)
            else:
                step, slots = moved.step(w, f, g, slots, t + 1.0, xp)
            w = np.asarray(w + step)
            f, g = at(w)
            values.append(f)
            mean = f if batch is None else KEPT * mean + (1 - KEPT) * f
            lowest = min(lowest, mean) if np.isfinite(mean) else lowest
            if not np.isfinite(mean) or mean - start > 3 * (start - lowest) + max(abs(start), 1e-12):
                break
    return np.array(values), start


def whole(problem: Any) -> Any:
    gradient = guarded(problem.gradient)
    return lambda w: (number_at(problem.value, w), gradient(w))


def batches(problem: Any, batch: int, sampling: str, seed: int) -> Any:
    """Value and gradient of one batch after the other, in the order that a run would take them."""
    orders = Orders(sampling, problem.rows, seed)
    state: dict[str, Any] = {"epoch": -1, "left": np.zeros(0, dtype=np.int64)}

    def at(w: Array) -> tuple[float, Array]:
        if not len(state["left"]):
            state["epoch"] += 1
            state["left"] = orders.epochs(state["epoch"], 1)[0]
        rows, state["left"] = state["left"][:batch], state["left"][batch:]
        f, g = problem.batch_value_and_gradient(w, rows)
        return float(f), np.asarray(g, dtype=float)

    return at


def averaged(values: Array, start: float) -> Array:
    """The values smoothed, the start counting as one of them."""
    found, mean = np.empty(len(values)), start
    for k, value in enumerate(values):
        mean = KEPT * mean + (1 - KEPT) * value
        found[k] = mean
    return found
