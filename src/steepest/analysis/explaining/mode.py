"""The error of a run along the eigenvectors at its end: which mode holds most of what is left, what an iteration makes
of the error there, and how often that changes its sign."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...base.text import number
from .dynamics import Roots
from .place import Place

__all__ = ["Lead", "Mode", "Motion", "factor_text", "lead_of", "mode_of", "motion_of"]

Array = NDArray[np.float64]
ALIKE = 1e-6
"""Curvatures that differ by less than this part of themselves are one: their directions are any in a plane."""
LEAST_ROWS = 6
VANISHED = 1e-12
"""Errors are looked at until they are this part of their largest."""
ROUNDING = 1e3 * float(np.finfo(float).eps)
"""What an error is good for, as a part of w."""
TURN = 1e-6
"""Radians from which on a root turns."""
KNOWN = 0.02
"""How far off a curvature may be, as a part of itself, where an error along it is asked for."""


class Lead(NamedTuple):
    """The mode that holds most of what is left of f: its numbers ``first`` to ``last`` of ``of``, counted from the
    steepest (several where they have one curvature), the ``share`` of what is left and that ``of_error`` squared."""

    first: int
    last: int
    of: int
    curvature: float
    share: float
    of_error: float

    @property
    def name(self) -> str:
        which = f"mode {self.first}" if self.first == self.last else f"modes {self.first} to {self.last}"
        return f"curvature {number(self.curvature)} ({which} of {self.of})"


class Motion(NamedTuple):
    """What an iteration leaves of the size of an error, and after how many iterations it changes its sign; NaN where
    the rows do not tell, ``every`` infinite where it never does."""

    factor: float
    every: float


class Mode(NamedTuple):
    """The leading mode, what the rows show of the error along it, and what theory says of the rule there."""

    lead: Lead
    seen: Motion
    theory: Motion

    @property
    def what_is_left(self) -> str:
        """A sentence on where the error lies and how it shrinks."""
        left = f"{100 * self.lead.share:.0f} % of what is left lies along {self.lead.name}"
        seen, theory = self.seen.factor, self.theory.factor
        if np.isnan(seen):
            return left if np.isnan(theory) else f"{left}, where theory leaves {factor_text(theory)} of it an iteration"
        also = "" if np.isnan(theory) else f"; theory says {factor_text(theory)}"
        return f"{left}, where an iteration leaves {factor_text(seen)} of the error{also}"

    @property
    def how_it_swings(self) -> str:
        """A sentence on its changes of sign; empty where none were seen."""
        if not np.isfinite(self.seen.every):
            return ""
        also = f"; theory says {every_text(self.theory.every)}" if np.isfinite(self.theory.every) else ""
        return f"the error along {self.lead.name} changes its sign every {every_text(self.seen.every)} iterations{also}"


def mode_of(place: Place, last: Array, rows: Array | None, roots: Roots | None) -> Mode | None:
    """From the ``last`` rows (k, n), which say what is left, those that show how it moves (None where steps are random)
    and theory's ``roots`` of all modes; None as `lead_of`."""
    lead = lead_of(place, place.errors_of(last))
    if lead is None:
        return None
    seen = theory = Motion(float("nan"), float("nan"))
    if rows is not None and len(rows):
        seen = motion_of(along(place, lead, place.errors_of(rows)), ROUNDING * float(np.abs(rows).max()))
    if roots is not None:
        k = place.values.size - lead.first
        angle = float(roots.angle[k])
        theory = Motion(float(roots.radius[k]), np.pi / angle if angle > TURN else float("inf"))
    return Mode(lead, seen, theory)


def lead_of(place: Place, errors: Array) -> Lead | None:
    """Of the errors (rows, m) that `Place.errors_of` gives, their squares averaged over the rows; None where no
    curvature is known well enough, or nothing is left."""
    squares = (errors**2).mean(axis=0)
    parts = np.maximum(place.values, 0.0) * squares
    total = float(parts.sum())
    if not 0 < total < np.inf:
        return None
    alike = together(place, int(parts.argmax()))
    c = float(place.values[int(parts.argmax())])
    if not place.error <= KNOWN * c:
        return None
    m, (low, high) = place.values.size, (int(alike[0]), int(alike[-1]))
    return Lead(m - high, m - low, m, c, float(parts[alike].sum()) / total, float(squares[alike].sum() / squares.sum()))


def together(place: Place, k: int) -> NDArray[np.intp]:
    """The modes of the curvature of mode k, itself among them."""
    c = place.values[k]
    return np.flatnonzero(np.abs(place.values - c) <= max(ALIKE * abs(c), place.error))


def along(place: Place, lead: Lead, errors: Array) -> Array:
    """The errors (rows,) along the lead; of several modes along the direction in which the largest of them points."""
    own = errors[:, place.values.size - lead.last : place.values.size - lead.first + 1]
    largest = own[int(np.linalg.norm(own, axis=1).argmax())]
    return np.asarray(own @ (largest / max(float(np.linalg.norm(largest)), 1e-300)))


def motion_of(errors: Array, floor: float = 0.0) -> Motion:
    """Of a series of errors (rows,), one an iteration, until it is below ``floor``: a line through the logarithms where
    it keeps its sign or turns in every iteration, else the roots of the linear recurrence of two terms that fits it
    best (signs are counted where these are real)."""
    envelope = np.maximum.accumulate(np.abs(errors)[::-1])[::-1]
    e = errors[: int((envelope > max(floor, VANISHED * float(envelope[0]))).sum())]
    if e.size < LEAST_ROWS:
        return Motion(np.nan, np.nan)
    turns = np.flatnonzero(e[1:] * e[:-1] < 0)
    if turns.size in (0, e.size - 1) and (e != 0).all():
        factor = float(np.exp(np.polyfit(np.arange(e.size), np.log(np.abs(e)), 1)[0]))
        return Motion(factor, 1.0 if turns.size else np.inf)
    if turns.size < 2:
        return Motion(np.nan, np.nan)
    sizes = np.sqrt(e[2:] ** 2 + e[1:-1] ** 2 + e[:-2] ** 2)  # each equation counts alike, however small its errors
    terms = np.stack([e[1:-1], e[:-2]], axis=1) / sizes[:, None]
    a, b = np.linalg.lstsq(terms, e[2:] / sizes, rcond=None)[0]
    roots = np.roots([1.0, -a, -b])
    if np.iscomplexobj(roots):
        return Motion(float(np.abs(roots[0])), float(np.pi / np.abs(np.angle(roots[0]))))
    return Motion(float(np.abs(roots).max()), float(turns[-1] - turns[0]) / (turns.size - 1))


def factor_text(factor: float) -> str:
    """As many digits as it takes to see how far from 1 it is: 0.9, 0.99998."""
    off = abs(1 - factor)
    return number(factor, 4 if off == 0 else int(np.clip(3 + np.ceil(-np.log10(off)), 3, 15)))


def every_text(iterations: float) -> str:
    return f"{iterations:.1f}" if iterations < 100 else number(iterations, 3)
