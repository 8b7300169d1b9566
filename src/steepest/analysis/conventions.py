"""Momentum as different libraries write it: which settings make the same steps, and where a schedule parts them.

Every form moves w by ``scale * velocity`` where ``velocity <- momentum * velocity + gain * gradient``; only the places
of the rate differ. Two forms make the same steps as long as scale times gain is the same, and scale changes from
update to update by the same ratio. A loss summed over rows has that many times the gradient of its mean.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..base.errors import ArgumentError
from ..base.text import count, number

__all__ = ["FORMS", "LIBRARIES", "Convention", "Conversion", "Part", "Settings", "convention_of", "converted"]

Array = NDArray[np.float64]
SAME = 1e-12
"""Ratios of rates nearer to each other than this differ by rounding only."""


class Convention(NamedTuple):
    """One way of writing momentum. ``form`` says where the rate is:

    - "inside":   ``v <- momentum v - learning_rate g;  w <- w + v``
    - "outside":  ``v <- momentum v + (1 - dampening) g;  w <- w - learning_rate v``
    - "averaged": ``v <- momentum v + (1 - momentum) g;  w <- w - learning_rate v``

    With Nesterov the step is ``momentum v - learning_rate g`` inside and ``learning_rate (g + momentum v)`` outside.
    ``decoupled`` weight decay takes ``learning_rate * weight_decay * w`` off w beside the step; otherwise
    ``weight_decay * w`` is added to g. ``whole_first``: the first velocity is the first gradient, whatever the
    dampening.
    """

    form: str
    decoupled: bool = False
    whole_first: bool = False


FORMS = {name: Convention(name) for name in ("inside", "outside", "averaged")}
LIBRARIES = {
    "steepest": Convention("inside"), "torch": Convention("outside", whole_first=True),
    "keras": Convention("inside", decoupled=True), "optax": Convention("outside"),
}  # fmt: skip


class Settings(NamedTuple):
    """What the source is given: ``learning_rate`` and ``momentum`` (updates,), a number each where constant."""

    learning_rate: Array
    momentum: Array
    dampening: float
    weight_decay: float
    nesterov: bool


class Part(NamedTuple):
    """An update (from 1) at which the paths part, and what the target's velocity must be multiplied by just before it
    to keep them equal; infinite where no factor does, since the velocity there is nothing or counts for nothing."""

    update: int
    factor: float


@dataclass(frozen=True, eq=False)
class Conversion:
    """Equal settings. ``settings`` are the target's (numbers, or arrays with an entry an update); ``parts`` the
    updates at which the paths part nonetheless; ``start_velocity`` what the target's velocity must be at the start,
    as multiples of ``"w0"`` and the ``"first_gradient"`` (of the target's loss, without decay), where 0 would not
    do."""

    settings: dict[str, Any]
    parts: tuple[Part, ...]
    start_velocity: dict[str, float]
    reason: str

    @property
    def equal(self) -> bool:
        """Whether the settings alone make the same steps."""
        return not self.parts and not self.start_velocity

    def __str__(self) -> str:
        shown = [f"{name} {told(value)}" for name, value in self.settings.items()]
        return f"{', '.join(shown)}; {self.reason}"


def told(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"{number(value[0])} ... {number(value[-1])} ({count(value.size, 'update')})"
    return str(value) if isinstance(value, bool) else number(value)


def convention_of(name: str, nesterov: bool) -> Convention:
    """Ours is torch's form with Nesterov."""
    if name == "steepest" and nesterov:
        return FORMS["outside"]
    return {**FORMS, **LIBRARIES}[name]


def converted(
    source: Convention, target: Convention, given: Settings, names: tuple[str, str], weights: tuple[float, float],
) -> Conversion:  # fmt: skip
    """The settings of ``target`` that make the steps that ``source`` makes with ``given``. ``weights``: how many times
    the gradient of the mean loss the gradient of each is (the rows where it is of the sum, else 1)."""
    own, theirs = weights
    undamped = not given.dampening or not given.momentum.any()
    gain = {
        "inside": given.learning_rate, "averaged": 1.0 - given.momentum,
        "outside": np.full_like(given.momentum, 1.0 if undamped else 1.0 - given.dampening),
    }[source.form]  # fmt: skip
    scale = np.ones_like(gain) if source.form == "inside" else given.learning_rate
    strength = scale * gain * own
    momentum, decay, shift = decays(source, target, given, strength, own)
    rate = strength / (theirs * (1.0 - momentum if target.form == "averaged" else 1.0))
    if target.decoupled:
        with np.errstate(all="ignore"):
            decay = np.where(rate > 0, decay / rate, 0.0)  # where the rate is 0 nothing decays
        decay = np.where(rate > 0, decay, decay.max())
    else:
        decay = decay * theirs
    target_scale = np.ones_like(rate) if target.form == "inside" else rate
    parts = parting(scale, target_scale, momentum)
    start = shift
    if source.whole_first and not undamped:  # its first velocity holds the first gradient whole
        extra = given.learning_rate[0] * given.dampening * own / momentum[0]
        coupled = given.weight_decay / own if not source.decoupled else 0.0
        start = (shift[0] - extra * coupled, shift[1] - extra)
    velocity = in_velocities(start, target, float(target_scale[0]), theirs)
    settings = {"learning_rate": plain(rate), "momentum": plain(momentum)}
    if given.weight_decay:
        settings["weight_decay"] = plain(decay)
    settings |= {"nesterov": True} if given.nesterov else {}
    return Conversion(settings, parts, velocity, reason(names, settings, parts, velocity))


def decays(
    source: Convention, target: Convention, given: Settings, strength: Array, own: float
) -> tuple[Array, Array, tuple[float, float]]:
    """``(momentum, decay, shift)``: the target's momentum; its decay, in the gradient of the mean loss or, decoupled,
    as the share of w that an update takes off; and the velocity to start with, inside form, as multiples of w0 and of
    the first gradient."""
    momentum, none = given.momentum, (0.0, 0.0)
    share = given.learning_rate * given.weight_decay if source.decoupled else strength * given.weight_decay / own
    if not given.weight_decay or source.decoupled == target.decoupled:
        return momentum, share if target.decoupled else np.full_like(share, given.weight_decay / own), none
    if not momentum.any():
        if target.decoupled:
            return momentum, share, none
        with np.errstate(all="ignore"):
            within = np.where(strength > 0, share / strength, 0.0)
        return momentum, np.where(strength > 0, within, within.max()), none
    if given.nesterov or np.ptp(momentum) or np.ptp(strength):
        what = "with Nesterov momentum" if given.nesterov else "under a schedule"
        raise ArgumentError(
            f"weight_decay={number(given.weight_decay)} inside the gradient and beside the step are different methods "
            f"{what}; convert without it, or between conventions that decay alike"
        )
    b, r = float(momentum[0]), float(strength[0])
    if source.decoupled:
        off = float(share[0])
        if off >= 1:
            raise ArgumentError(
                f"weight_decay={number(given.weight_decay)} times learning_rate must be below 1; it is {number(off)}"
            )
        return np.full_like(momentum, b * (1 - off)), np.full_like(share, off * (1 - b) / r), (-off / (1 - off), 0.0)
    pull = float(share[0])  # w(t+1) = (1 + b - pull) w(t) - b w(t-1) - r g(t), whose momentum and decay are to be told
    middle = 1 + b - pull
    if middle <= 0 or middle * middle < 4 * b:
        raise ArgumentError(
            f"weight_decay={number(given.weight_decay)} inside the gradient turns the weights about with momentum "
            f"{number(b)}, which no decay beside the step does; it must be at most "
            f"{number((1 - b**0.5) ** 2 / r * own)}"
        )
    other = (middle - (middle * middle - 4 * b) ** 0.5) / 2
    off = pull / (1 - other)
    return np.full_like(momentum, other), np.full_like(share, off), (off, 0.0)


def parting(scale: Array, other: Array, momentum: Array) -> tuple[Part, ...]:
    """The updates at which the ratios of two scales differ, and by how much; none after one that no factor mends."""
    found: list[Part] = []
    for k in range(1, scale.size):
        left, right = scale[k] * other[k - 1], scale[k - 1] * other[k]
        if momentum[k] == 0 or abs(left - right) <= SAME * max(abs(left), abs(right)):
            continue
        if right == 0:
            return (*found, Part(k + 1, float("inf")))
        found.append(Part(k + 1, float(left / right)))
    return tuple(found)


def in_velocities(shift: tuple[float, float], target: Convention, scale: float, theirs: float) -> dict[str, float]:
    """A start of the inside form in the target's velocity."""
    if not any(shift):
        return {}
    unit = 1.0 if target.form == "inside" else -1.0 / scale
    named = {"w0": shift[0] * unit, "first_gradient": shift[1] * unit / theirs}
    return {name: value for name, value in named.items() if value}


def plain(values: Array) -> Any:
    """A number where all entries are the same to rounding."""
    spread = float(np.ptp(values))
    return float(values[0]) if spread <= SAME * float(np.abs(values).max()) else values


def reason(
    names: tuple[str, str], settings: dict[str, Any], parts: tuple[Part, ...], velocity: dict[str, float]
) -> str:
    """In a sentence, how far the settings are equal."""
    who = f"{names[1]} makes the steps of {names[0]}"
    if velocity:
        terms = {"w0": "w0", "first_gradient": "the first gradient"}
        start = " plus ".join(f"{number(value)} times {terms[name]}" for name, value in velocity.items())
        who += f" if its velocity starts at {start}"
    if not parts:
        moving = any(isinstance(value, np.ndarray) for value in settings.values())
        return f"{who}, update by update" if moving else f"{who} as long as the settings are constant"
    first = parts[0]
    if not np.isfinite(first.factor):
        return (
            f"{who} up to update {first.update - 1:,}; at update {first.update:,} they part for good, since a rate of "
            f"0 stands still in one form and not in the other"
        )
    more = f", and at {count(len(parts) - 1, 'later update')}" if len(parts) > 1 else ""
    return (
        f"{who} up to update {first.update - 1:,}; at update {first.update:,} they part{more}, unless the velocity is "
        f"multiplied by {number(first.factor)} just before, by which the rate changes in one form only"
    )
