"""How numbers and vectors are written in messages, reprs and on the terminal. Plain ASCII."""

import math
from collections.abc import Iterable, Sequence
from typing import Any

__all__ = ["callable_name", "count", "duration", "listing", "number", "times", "vector"]


def number(value: float, digits: int = 4) -> str:
    """``value`` to ``digits`` significant digits, without a trailing zero: 24.2, 1.563e-12, 1506."""
    value = float(value)
    if not math.isfinite(value):
        return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
    if value.is_integer() and abs(value) < 10**6:
        return f"{int(value):,}" if abs(value) >= 10_000 else str(int(value))
    text = "%.*g" % (digits, value)  # noqa: UP031 - a third of the time of a format string with a width
    if "e" not in text and abs(value) >= 10_000:
        return f"{value:,.{digits}g}"
    return text


def callable_name(f: Any) -> str:
    """``module.qualified_name`` of a callable, for recipes and messages."""
    inner = getattr(f, "func", f)
    name = getattr(inner, "__qualname__", type(inner).__qualname__)
    module = getattr(inner, "__module__", None) or type(inner).__module__
    return f"{module}.{name}"


def count(value: int, noun: str, plural: str | None = None) -> str:
    """``1 iteration``, ``4,613 iterations``."""
    return f"{value:,} {noun if value == 1 else plural or noun + 's'}"


def vector(values: Iterable[float], digits: int = 8, most: int = 4) -> str:
    """``(0.99999875, 0.9999975)``; beyond ``most`` components the first few and how many there are."""
    items: Sequence[float] = [float(v) for v in values]
    if len(items) > most:
        shown = ", ".join(number(v, min(digits, 4)) for v in items[: most - 1])
        return f"({shown}, ... {len(items):,} components)"
    return "(" + ", ".join(number(v, digits) for v in items) + ")"


def times(ratio: float) -> str:
    """``157 million times``, ``1.3 times``: a ratio for a sentence."""
    if math.isfinite(ratio):
        ratio = float(f"{ratio:.3g}")
    if not math.isfinite(ratio) or ratio >= 1e15:
        return f"{number(ratio, 3)} times"
    for size, word in ((1e12, "trillion"), (1e9, "billion"), (1e6, "million"), (1e3, "thousand")):
        if ratio >= size:
            return f"{ratio / size:.3g} {word} times"
    return f"{number(ratio, 3)} times"


def duration(seconds: float) -> str:
    """``0.03 s``, ``2 min 5 s``."""
    if seconds < 0.01:
        return f"{seconds * 1e3:.2g} ms"
    if seconds < 60:
        return f"{seconds:.2g} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s"


def listing(items: Iterable[Any], last: str = "or") -> str:
    """``a, b or c``."""
    words = [str(item) for item in items]
    if len(words) <= 1:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"
