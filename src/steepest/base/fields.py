"""Hyper-parameters are annotated fields of a NamedTuple; flags, controls, checks and tables are derived from them."""

import math
import sys
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any

from .errors import ArgumentError, ArgumentTypeError
from .text import listing, number

__all__ = ["Field", "FieldInfo", "Fraction", "Positive", "Rate", "checked", "fields_of"]


@dataclass(frozen=True)
class Field:
    """Bounds and scale of a hyper-parameter: ``low <= value`` (``<`` when open), ``log`` for a log slider."""

    low: float = -math.inf
    high: float = math.inf
    low_open: bool = False
    high_open: bool = False
    log: bool = False
    help: str = ""

    def holds(self, value: float) -> bool:
        above = value > self.low if self.low_open else value >= self.low
        below = value < self.high if self.high_open else value <= self.high
        return above and below

    def sentence(self) -> str:
        """The allowed range in words, as used in errors."""
        left = "(" if self.low_open else "["
        right = ")" if self.high_open else "]"
        if math.isinf(self.high):
            if math.isinf(self.low):
                return "a finite number"
            return f"a finite number {'above' if self.low_open else 'of at least'} {number(self.low)}"
        return f"a number in {left}{number(self.low)}, {number(self.high)}{right}"


Rate = Annotated[float | None, Field(low=0, log=True, help="step size; 'auto' works it out")]
Fraction = Annotated[float, Field(low=0, high=1, high_open=True)]
Positive = Annotated[float, Field(low=0, low_open=True, log=True)]


@dataclass(frozen=True)
class FieldInfo:
    """One field of a rule, loss or function class."""

    name: str
    kind: type
    """``float`` (data, may be swept in one pass), ``bool`` or ``int`` (structure)."""
    optional: bool
    default: Any
    field: Field


@cache
def fields_of(cls: Any) -> dict[str, FieldInfo]:
    """The annotated fields of a NamedTuple class, in order."""
    try:
        hints = typing.get_type_hints(cls, include_extras=True)
    except NameError as error:
        raise ArgumentTypeError(
            f"the annotations of {cls.__name__} cannot be read ({error}); define it where its types are imported"
        ) from None
    defaults: Mapping[str, Any] = getattr(cls, "_field_defaults", {})
    found = {}
    for name in cls._fields:
        if name not in hints:
            raise ArgumentTypeError(f"{name} of {cls.__name__} has no type; write it as {name}: float")
        hint, field = hints[name], Field()
        if typing.get_origin(hint) is Annotated:
            hint, *notes = typing.get_args(hint)
            field = next((note for note in notes if isinstance(note, Field)), field)
        kinds = [kind for kind in typing.get_args(hint) or (hint,) if kind is not type(None)]
        optional = len(kinds) < len(typing.get_args(hint))
        kind = next((kind for kind in (float, int, bool) if kind in kinds), kinds[0])
        found[name] = FieldInfo(name, kind, optional, defaults.get(name), field)
    return found


def checked(info: FieldInfo, value: Any, owner: str) -> Any:
    """``value`` cast to the field's kind, or one sentence that names the field, the value and the range."""
    if value is None and info.optional:
        return None
    subject = info.name if info.name == owner else f"{info.name} of {owner}"
    if info.kind not in (float, int, bool):
        raise ArgumentTypeError(f"{subject} must be a float, an int or a bool, as in {info.name}: float")
    if info.kind is bool:
        if isinstance(value, bool) or type(value).__name__ in ("bool", "bool_"):
            return bool(value)
        raise ArgumentTypeError(f"{subject} must be True or False; got {value!r}")
    scalar = value.item() if getattr(value, "ndim", None) == 0 and hasattr(value, "item") else value
    if isinstance(scalar, (list, tuple)) or getattr(value, "ndim", None):
        raise ArgumentTypeError(f"{subject} must be one number; got {value!r}")
    if isinstance(scalar, (bool, str, bytes)) or not isinstance(scalar, (int, float)):
        raise ArgumentTypeError(f"{subject} must be {info.field.sentence()}; got {value!r} ({type(value).__name__})")
    finite = abs(scalar) <= sys.float_info.max
    if info.kind is int and finite and int(scalar) != scalar:
        raise ArgumentTypeError(f"{subject} must be a whole number; got {value!r}")
    cast = info.kind(scalar) if finite else scalar
    if not finite or not info.field.holds(cast):
        raise ArgumentError(f"{subject} must be {info.field.sentence()}; got {value!r}")
    return cast


def unknown(name: str, owner: str, known: typing.Iterable[str], hint: str | None = None) -> ArgumentTypeError:
    """The error for a keyword nobody knows, with the right name where there is one."""
    known = list(known)
    if hint is None:
        import difflib

        close = difflib.get_close_matches(name, known, n=1)
        hint = close[0] if close else None
    tail = f"did you mean {hint}?" if hint else f"it takes {listing(known)}"
    return ArgumentTypeError(f"{owner} has no argument {name!r}; {tail}")
