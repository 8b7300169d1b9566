"""Steps whose length a line search chooses, in the plain loop."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..base.xp import numpy_functions as xp
from ..methods.line_search.fitting import stepped
from ..problems.function import numerical
from .task import Task

__all__ = ["Searched", "number_or_nan"]

Array = NDArray[np.float64]


def number_or_nan(function: Callable[[Array], Any], w: Array) -> Any:
    """``function(w)``, NaN where there is no number."""
    try:
        return function(w)
    except (ArithmeticError, ValueError) as error:
        if not numerical(error):
            raise
        return math.nan


class Seen:
    """A point with what is known there."""

    def __init__(self, w: Array, f: float | None = None, g: Array | None = None) -> None:
        self.w, self.f, self.g = w.copy(), f, g


class Searched:
    """A rule whose learning rate is searched for at each step, along the step it makes at rate 1.

    ``value`` and ``gradient`` count their calls, and remember the last point and the lowest of a search: the row that
    follows is one of them, as a rule, and nothing is evaluated twice there."""

    def __init__(self, task: Task) -> None:
        self.search = task.search
        self.rule, self.slots, self.t = task.rule, task.rule.init(task.w0, xp), 0.0
        self.values = self.gradients = 0
        """Calls spent so far, those of the rows among them."""
        self.last: float | None = None
        self.notes: list[str] = []
        self._value = getattr(task.problem, "first_value", None) or task.problem.value
        self._gradient = getattr(task.problem, "first_gradient", None) or task.gradient
        self._seen = self._lowest = Seen(task.w0)

    def _at(self, w: Array) -> Seen:
        if not np.array_equal(w, self._seen.w):
            self._seen = self._lowest if np.array_equal(w, self._lowest.w) else Seen(w)
        return self._seen

    def value(self, w: Array) -> float:
        seen = self._at(w)
        if seen.f is None:
            seen.f = float(number_or_nan(self._value, w))
            self.values += 1
            if self._lowest.f is None or seen.f < self._lowest.f:
                self._lowest = seen
        return seen.f

    def gradient(self, w: Array) -> Array:
        seen = self._at(w)
        if seen.g is None:
            g = number_or_nan(self._gradient, w)
            self.gradients += 1
            seen.g = np.full(w.size, math.nan) if np.ndim(g) == 0 and w.size > 1 else np.array(g, dtype=float)
        return seen.g

    def move(self, w: Array, f: float, g: Array) -> Array:
        self._lowest = Seen(w, f, g)
        self.t += 1.0
        direction, slots = stepped(self.rule, w, f, g, self.slots, self.t)
        if self.t > 1.0 and float(g @ direction) >= 0.0:  # old gradients point uphill by now: begin again
            direction, slots = self.begin(w, f, g)
        found = self.search.search(self.value, self.gradient, w, f, g, direction, self.last)
        if not found.rate > 0 and self.t > 1.0:  # they lead nowhere
            direction, slots = self.begin(w, f, g)
            found = self.search.search(self.value, self.gradient, w, f, g, direction, None)
        self.slots = slots
        if found.note and found.note not in self.notes:
            self.notes.append(found.note)
        self.last = found.rate if found.rate > 0 else self.last
        self.rate = float(found.rate)
        return np.asarray(w + self.rate * direction)

    def begin(self, w: Array, f: float, g: Array) -> Any:
        """The first step of the rule, from here."""
        self.t = 1.0
        return stepped(self.rule, w, f, g, self.rule.init(w, xp), self.t)
