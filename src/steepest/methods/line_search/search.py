"""The contract of a line search, and what is done with any of them: told from a number, checked, written in a recipe.

A line search is a NamedTuple of annotated fields with a method ``search``. It chooses the rate of one update, which
becomes ``w + rate * direction``; it keeps nothing between updates but the last rate, which it is given. It serves the
rules of which ``fitting.fits`` says nothing.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from ...base.errors import ArgumentTypeError
from ...base.fields import checked, fields_of, unknown
from ...base.text import number
from . import find

__all__ = ["Found", "LineSearch", "as_line_search", "check", "no_descent", "slope_along", "spelled", "unspelled"]

Array = NDArray[np.float64]


class Found(NamedTuple):
    """What a search came to. ``values`` and ``gradients`` are the calls it spent; ``note`` is "" or one sentence that
    says why the rate is 0."""

    rate: float
    values: int
    gradients: int
    note: str = ""


@runtime_checkable
class LineSearch(Protocol):
    """What a line search must offer."""

    def search(
        self,
        value: Callable[[Array], Any],
        gradient: Callable[[Array], Any],
        w: Array,
        f: float,
        g: Array,
        direction: Array,
        last: float | None,
    ) -> Found:
        """The rate of the update from ``w``: ``f`` and ``g`` are the value and the gradient there, ``direction`` is
        the step of rate 1, ``last`` the rate of the update before (None at the first). ``value`` and ``gradient``
        give NaN, not an exception, where there is no number. Rate 0 means that none was found."""  # fmt: skip


def as_line_search(value: Any) -> LineSearch | None:
    """``value`` where it is a line search, None otherwise. Raises ArgumentTypeError for a class in place of an
    object."""
    if isinstance(value, type) and hasattr(value, "search"):
        raise ArgumentTypeError(
            f"a line search must be an object, not the class {value.__name__}; write {value.__name__}()"
        )
    return value if isinstance(value, LineSearch) and hasattr(value, "_fields") else None


def check(search: Any) -> Any:
    """The line search with its fields checked and cast."""
    cls: Any = type(search)
    return cls(*(checked(info, getattr(search, name), cls.__name__) for name, info in fields_of(cls).items()))


def spelled(search: Any) -> dict[str, Any]:
    """The line search as a dictionary that JSON can hold: its file's name (a user's class: its qualified name, which
    cannot be read back) and its fields."""
    sound = check(search)
    cls = type(sound)
    package, _, module = cls.__module__.rpartition(".")
    name = module if package == __package__ else f"{cls.__module__}.{cls.__qualname__}"
    return {"line_search": name, **sound._asdict()}


def unspelled(words: dict[str, Any]) -> Any:
    """The checked line search that ``spelled`` wrote. Raises ArgumentError for a name that is not known (a user's
    class), ArgumentTypeError for a field that is not."""
    fields = dict(words)
    name = str(fields.pop("line_search", None))
    cls = find(name)
    for field in fields:
        if field not in cls._fields:
            raise unknown(field, f"line search {name!r}", cls._fields)
    return check(cls(**fields))


def slope_along(g: Array, direction: Array) -> float:
    """The slope of f along the step: g . direction."""
    return float(np.vdot(g, direction))


def no_descent(slope: float) -> str:
    """Why there is no rate along a step whose ``slope`` is not negative."""
    if slope == 0:
        return "the slope along the step is 0: w is stationary along it, and no rate is better than 0"
    return f"the step is no descent direction: the slope along it is {number(slope)}, and it must be below 0"
