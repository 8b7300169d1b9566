"""``convert_momentum``: what another library must be given to make the same steps."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..analysis.conventions import FORMS, LIBRARIES, Conversion, Settings, convention_of, converted
from ..base.errors import ArgumentError, ArgumentTypeError
from ..base.text import listing
from ..methods.schedules.schedule import as_schedule
from .arguments import flag, real, whole

__all__ = ["convert_momentum"]

Array = NDArray[np.float64]
NAMES = (*LIBRARIES, *FORMS)
REDUCTIONS = ("mean", "sum")


def convert_momentum(
    source: str, target: str, *, learning_rate: Any, momentum: Any = 0.0, dampening: float = 0.0,
    weight_decay: float = 0.0, nesterov: bool = False, reduction: tuple[str, str] = ("mean", "mean"),
    rows: int | None = None, updates: int | None = None,
) -> Conversion:  # fmt: skip
    """The settings with which ``target`` makes the steps that ``source`` makes with those given.

    Parameters
    ----------
    source, target : a library ("steepest", "torch", "keras", "optax") or a form: "inside"
        (``v <- momentum v - learning_rate g; w <- w + v``: steepest, keras), "outside" (``v <- momentum v +
        (1 - dampening) g; w <- w - learning_rate v``: torch, optax, and steepest's nesterov), "averaged"
        (``v <- momentum v + (1 - momentum) g; w <- w - learning_rate v``). Weight decay is added to the gradient by
        all but keras, which takes ``learning_rate * weight_decay * w`` off w beside the step.
    learning_rate, momentum : numbers, or what changes from update to update: a sequence with a number for each, or a
        schedule together with ``updates``, how many there are.
    reduction : what the loss of source and target is, each "mean" or "sum" over ``rows`` (those of a batch, where
        there are batches: one that is shorter is not converted).

    Returns
    -------
    Conversion
        ``settings`` for the target; ``equal`` where they make the same steps to rounding; ``parts``, the updates at
        which a schedule parts the two, each with the factor of the velocity that keeps them together;
        ``start_velocity`` where the target must not start from rest; ``reason``, the same in a sentence.

    Raises
    ------
    ArgumentError
        Where no settings make the steps equal, such as dampening with Nesterov, or decay of the two kinds under a
        schedule.

    Source: the recursions of B. T. Polyak, 1964, and I. Sutskever et al., 2013, solved for each other's coefficients;
    decoupled decay: I. Loshchilov, F. Hutter, 2019.
    """
    for name, value in (("source", source), ("target", target)):
        if value not in NAMES:
            raise ArgumentError(f"{name} must be {listing(NAMES)}; got {value!r}")
    damp = real(dampening, "dampening", 0.0)
    nest = flag(nesterov, "nesterov")
    if damp >= 1:
        raise ArgumentError(f"dampening must be below 1, where no gradient is left; got {dampening!r}")
    if damp and convention_of(source, nest).form != "outside":
        raise ArgumentError(
            f"dampening={dampening!r} is of the outside form only, and {source} is not of it; leave it out"
        )
    if damp and nest:
        raise ArgumentError(
            f"dampening={dampening!r} does not go with nesterov=True; torch refuses it too; leave it out"
        )
    if nest and "averaged" in (source, target):
        raise ArgumentError("nesterov=True has no averaged form here; convert between inside and outside")
    number_of = None if updates is None else whole(updates, "updates", 1)
    rates, momenta = series(learning_rate, "learning_rate", number_of), series(momentum, "momentum", number_of)
    if 1 not in (rates.size, momenta.size) and rates.size != momenta.size:
        raise ArgumentError(
            f"learning_rate and momentum must have as many entries; they have {rates.size:,} and {momenta.size:,}"
        )
    size = max(rates.size, momenta.size)
    rates, momenta = (np.array(np.broadcast_to(values, size)) for values in (rates, momenta))
    if (momenta >= 1).any():
        raise ArgumentError(f"momentum must be below 1; got {momenta.max():g}")
    if not rates.any():
        raise ArgumentError("learning_rate must be above 0 at some update; it is 0 at each")
    given = Settings(rates, momenta, damp, real(weight_decay, "weight_decay", 0.0), nest)
    return converted(
        convention_of(source, nest),
        convention_of(target, nest),
        given,
        (source, target),
        gradient_weights(reduction, rows),
    )


def series(value: Any, name: str, updates: int | None) -> Array:
    """A hyper-parameter by update: one entry where it is a number."""
    if isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool):
        return np.array([real(value, name, 0.0)])
    schedule = (
        None
        if isinstance(value, (str, list, tuple, np.ndarray)) and not hasattr(value, "_fields")
        else as_schedule(value)
    )
    if schedule is not None:
        if updates is None:
            raise ArgumentError(f"updates is missing: {name} is a schedule; say how many updates are made")
        found = np.asarray(schedule.resolved(float(updates)).values(np.arange(updates, dtype=float)), dtype=float)
    else:
        try:
            found = np.array(value, dtype=float)
        except (TypeError, ValueError):
            raise ArgumentTypeError(
                f"{name} must be a number, a sequence of them or a schedule; got {value!r}"
            ) from None
    if found.ndim != 1 or not found.size:
        raise ArgumentError(
            f"{name} must be a number, or a sequence with one for each update; its shape is {found.shape}"
        )
    if not (np.isfinite(found) & (found >= 0)).all():
        at = int(np.argmin(np.isfinite(found) & (found >= 0)))
        raise ArgumentError(
            f"{name} must be finite and 0 or more at each update; at update {at + 1:,} it is {found[at]:g}"
        )
    return found


def gradient_weights(reduction: Any, rows: int | None) -> tuple[float, float]:
    """How many times the gradient of the mean loss that of source and target is."""
    pair = (reduction, reduction) if isinstance(reduction, str) else tuple(reduction)
    if len(pair) != 2 or any(item not in REDUCTIONS for item in pair):
        raise ArgumentError(f"reduction must be a pair of 'mean' or 'sum', of source and target; got {reduction!r}")
    if rows is None:
        if "sum" in pair and pair != ("sum", "sum"):
            raise ArgumentError("rows is missing: a sum and a mean differ by how many rows they are over")
        return 1.0, 1.0
    over = float(whole(rows, "rows", 1))
    first, second = (over if item == "sum" else 1.0 for item in pair)
    return first, second
