"""A gallery function of few variables as straight lines of Python on single floats, with the bits of its NumPy form.

NumPy takes a microsecond for an operation on two numbers, Python a fortieth. ``scalar_form`` calls ``value`` and
``gradient`` once with symbols in place of numbers, writes down the operations they make, and compiles these. What it
cannot follow (a branch on a number, a product of matrices), or what does not agree with NumPy to the last bit at a
number of points, stays with NumPy.
"""

import math
import operator
from collections.abc import Callable
from functools import lru_cache
from types import FunctionType
from typing import Any

import numpy as np

from .member import Member

__all__ = ["MOST_VARIABLES", "SCOPE", "Lines", "Number", "operations", "scalar_form", "spelled"]

MOST_VARIABLES = 4
POINTS = 24
"""At which the lines are compared with NumPy."""
MOST_LINES = 400

Both = Callable[..., tuple[float, tuple[float, ...]]]

SIGNS = {"add": "+", "subtract": "-", "multiply": "*", "true_divide": "/", "divide": "/"}
ORDERS = {"less": "<", "less_equal": "<=", "greater": ">", "greater_equal": ">="}
EXACT = {"sqrt": "root({})", "absolute": "abs({})", "negative": "-{}", "positive": "{}", "square": "{0} * {0}"}
"""By these Python's floats give NumPy's bits; the others are NumPy's own, called with one number."""
OTHERS = ("sin", "cos", "tan", "exp", "expm1", "log", "log1p", "tanh", "cosh", "sinh", "sign")
SCOPE: dict[str, Any] = {**{name: getattr(np, name) for name in (*OTHERS, "power")}, "root": math.sqrt}
"""What the lines call."""


def scalar_form(problem: Any) -> Both | None:
    """``both(w1, ..., wn)``: f and the components of its gradient, as floats; None where there is no such form. It may
    raise ArithmeticError or ValueError where NumPy gives inf or NaN."""
    if not isinstance(problem, Member) or not type(problem).__module__.startswith(f"{__package__}."):
        return None  # what else a class of the user's may do in its methods, nobody knows
    return compiled(problem) if problem.n <= MOST_VARIABLES else None


@lru_cache(maxsize=256)
def compiled(problem: Member) -> Both | None:
    try:
        both = written(problem)
    except Exception:  # whatever it was that symbols cannot do
        return None
    return both if agrees(both, problem) else None


class Lines:
    """The operations in their order, none of them twice."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}

    def add(self, text: str) -> "Number":
        if text not in self.names:
            if len(self.names) >= MOST_LINES:
                raise ValueError("too long")
            self.names[text] = f"t{len(self.names)}"
        return Number(self, self.names[text])


def spelled(value: Any) -> str:
    """An operand: a symbol's name, or a number."""
    if isinstance(value, Number):
        return value.name
    number = float(value)
    if not math.isfinite(number):
        raise ValueError("no literal")
    return repr(number) if number >= 0 and math.copysign(1.0, number) > 0 else f"({number!r})"


class Symbolic:
    """What numbers and rows of numbers share: operators and NumPy's functions end in ``apply``."""

    lines: Lines

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        if method != "__call__" or options:
            return NotImplemented
        return apply(self.lines, ufunc.__name__, *inputs)

    def __bool__(self) -> bool:
        raise TypeError("a symbol is neither true nor false")


def apply(lines: Lines, name: str, *inputs: Any) -> Any:
    """One of NumPy's functions, component by component where a row takes part."""
    rows = [items_of(value) for value in inputs]
    sizes = {len(row) for row in rows if row is not None}
    if not sizes:
        return single(lines, name, False, *inputs)
    (size,) = sizes
    wide = [row if row is not None else [value] * size for row, value in zip(rows, inputs, strict=True)]
    return Row(lines, [single(lines, name, True, *column) for column in zip(*wide, strict=True)])


def items_of(value: Any) -> list[Any] | None:
    """The components of a row; None for a number."""
    if isinstance(value, Row):
        return value.items
    if isinstance(value, np.ndarray) and value.ndim:
        if value.ndim > 1:
            raise TypeError("rows only")
        return list(value.tolist())
    return None


def single(lines: Lines, name: str, in_row: bool, *inputs: Any) -> "Number":
    """A function of numbers as a line. NumPy raises rows to powers by other means than single numbers."""
    texts = [spelled(value) for value in inputs]
    if name in SIGNS:
        return lines.add(f"{texts[0]} {SIGNS[name]} {texts[1]}")
    if name in ORDERS:
        return lines.add(f"{texts[0]} {ORDERS[name]} {texts[1]}")
    if name in EXACT:
        return lines.add(EXACT[name].format(*texts))
    if name == "power" and not in_row and not isinstance(inputs[1], Number) and float(inputs[1]).is_integer():
        return lines.add(f"{texts[0]} ** {texts[1]}")
    if name == "power" and in_row and not isinstance(inputs[1], Number) and inputs[1] == 2:
        return lines.add("{0} * {0}".format(*texts))
    if name == "power" or name in OTHERS:
        return lines.add(f"float({name}({', '.join(texts)}))")
    if name in ("minimum", "maximum"):
        sign = "<" if name == "minimum" else ">"
        return lines.add("{0} if {0} {2} {1} or {0} != {0} else {1}".format(*texts, sign))
    raise TypeError(f"{name} is not followed")


def operators(cls: type) -> type:
    """Gives a class Python's operators."""
    pairs = {"add": "add", "sub": "subtract", "mul": "multiply", "truediv": "true_divide", "pow": "power"}
    for name, function in pairs.items():
        setattr(cls, f"__{name}__", lambda self, other, to=function: apply(self.lines, to, self, other))
        setattr(cls, f"__r{name}__", lambda self, other, to=function: apply(self.lines, to, other, self))
    for name, function in {"lt": "less", "le": "less_equal", "gt": "greater", "ge": "greater_equal"}.items():
        setattr(cls, f"__{name}__", lambda self, other, to=function: apply(self.lines, to, self, other))
    for name, function in {"neg": "negative", "abs": "absolute"}.items():
        setattr(cls, f"__{name}__", lambda self, to=function: apply(self.lines, to, self))
    return cls


@operators
class Number(Symbolic):
    """A number that is not known yet."""

    def __init__(self, lines: Lines, name: str) -> None:
        self.lines, self.name = lines, name


@operators
class Row(Symbolic):
    """A vector of numbers, known ones among them."""

    def __init__(self, lines: Lines, items: list[Any]) -> None:
        self.lines, self.items = lines, items

    def __len__(self) -> int:
        return len(self.items)

    @property
    def size(self) -> int:
        return len(self.items)

    def __iter__(self) -> Any:
        return iter(self.items)

    def __getitem__(self, at: Any) -> Any:
        found = self.items[at]
        return Row(self.lines, found) if isinstance(at, slice) else found

    def __setitem__(self, at: Any, value: Any) -> None:
        if not isinstance(at, slice):
            self.items[at] = value
            return
        places = range(len(self.items))[at]
        wide = items_of(value) or [value] * len(places)
        for place, item in zip(places, wide, strict=True):
            self.items[place] = item

    def folded(self, name: str) -> Any:
        """Sums and products of fewer than 8 numbers are taken one after the other, as NumPy takes them."""
        found = self.items[0] if self.items else float(name == "multiply")
        for item in self.items[1:]:
            found = single(self.lines, name, False, found, item)
        return found

    def sum(self) -> Any:
        return self.folded("add")

    def prod(self) -> Any:
        return self.folded("multiply")

    def mean(self) -> Any:
        return single(self.lines, "true_divide", False, self.sum(), float(len(self.items)))


class Functions:
    """What stands for ``numpy`` while a function is followed: makers of rows, everything else NumPy's own."""

    def __init__(self, lines: Lines) -> None:
        self.lines = lines

    def zeros(self, n: int) -> Row:
        return Row(self.lines, [0.0] * operator.index(n))

    def array(self, items: Any) -> Any:
        symbolic = isinstance(items, Row) or any(isinstance(item, Number) for item in items)
        return Row(self.lines, list(items)) if symbolic else np.array(items)

    def where(self, condition: Any, a: Any, b: Any) -> Any:
        rows = [items_of(value) for value in (condition, a, b)]
        size = len(next(row for row in rows if row is not None))
        wide = [row or [value] * size for row, value in zip(rows, (condition, a, b), strict=True)]
        chosen = [
            self.lines.add(f"{spelled(first)} if {c.name} else {spelled(second)}")
            for c, first, second in zip(*wide, strict=True)
        ]
        return Row(self.lines, chosen)

    def clip(self, row: Any, low: Any, high: Any) -> Any:
        return apply(self.lines, "minimum", apply(self.lines, "maximum", row, low), high)

    def concatenate(self, rows: Any) -> Row:
        return Row(self.lines, [item for row in rows for item in (row if isinstance(row, Row) else list(row))])

    def __getattr__(self, name: str) -> Any:
        return getattr(np, name)


def operations(problem: Member, lines: Lines) -> tuple[Any, list[Any]]:
    """Adds the lines that ``value`` and ``gradient`` make of ``w0``, ``w1``, ...; gives f and the components of the
    gradient, symbols or numbers."""
    names = [f"w{k}" for k in range(problem.n)]

    def followed(method: Any) -> Any:
        function = FunctionType(method.__code__, {**method.__globals__, "np": Functions(lines)})
        return function(problem, Row(lines, [Number(lines, name) for name in names]))

    f, g = followed(type(problem).value), followed(type(problem).gradient)
    slopes = items_of(g)
    if slopes is None or len(slopes) != problem.n:
        raise TypeError("a gradient has a component for each variable")
    return f, slopes


def written(problem: Member) -> Both:
    """The lines of a function as one function of Python."""
    lines = Lines()
    f, slopes = operations(problem, lines)
    names = [f"w{k}" for k in range(problem.n)]
    body = "".join(f"    {name} = {text}\n" for text, name in lines.names.items())
    source = f"def both({', '.join(names)}):\n{body}    return {spelled(f)}, ({', '.join(map(spelled, slopes))},)\n"
    scope = dict(SCOPE)
    exec(source, scope)
    return scope["both"]  # type: ignore[no-any-return]


def agrees(both: Both, problem: Member) -> bool:
    """Whether the lines give NumPy's bits, at the start and at points of the box and around it."""
    box = problem.box.fitted(problem.n)
    middle, half = 0.5 * (box.lower + box.upper), 0.5 * (box.upper - box.lower)
    drawn = np.random.default_rng(0).uniform(-1.5, 1.5, (POINTS, problem.n))
    points = [problem.start, np.zeros(problem.n), *(middle + half * drawn)]
    with np.errstate(all="ignore"):
        return all(same(both, problem, np.asarray(w, dtype=float)) for w in points)


def same(both: Both, problem: Any, w: Any) -> bool:
    """Whether the lines give the bits of ``value`` and ``gradient`` at ``w``, or nothing at all."""
    f, g = float(problem.value(w)), np.asarray(problem.gradient(w), dtype=float)
    try:
        own_f, own_g = both(*w.tolist())
    except (ArithmeticError, ValueError):
        return True
    return np.array_equal([own_f, *own_g], [f, *g.tolist()], equal_nan=True)
