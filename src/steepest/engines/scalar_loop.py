"""The loop of a rule of ours on a gallery function as one function of Python on single floats: f, gradient and update
in straight lines.

``scalar_form`` follows a function's methods with symbols; here the rule's ``update`` is followed too, its float fields,
slots and t being symbols, and all lines stand in one loop. What depends on the fields alone goes before it, what
depends on t besides is worked out once a row and not for each component. An iteration on Rosenbrock takes a third of
the time that it takes with calls of ``update``, and the operations, so the bits, are the same.
"""

import re
from collections import Counter
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from ..base.xp import numpy_functions
from ..problems.member import Member
from ..problems.scalar_form import SCOPE, Lines, Number, operations, spelled
from .stopping import HUGE

__all__ = ["Loop", "Slots", "scalar_loop", "slots_of"]

Slots = list[tuple[float, ...]]
Loop = Callable[[list[float], int, list[float], Slots, float, list[float]], tuple[list[float], Slots, float, bool]]
"""``loop(out, rows, w, slots, t, fields)`` -> (w, slots, t, whether the last f was finite). To ``out`` it adds w, f and
the gradient of up to ``rows`` rows; ``slots`` are those of each component; ``fields`` are the rule's float fields. It
returns early after an f that is not finite, and before a row at which Python raises where NumPy gives inf or NaN."""

METHODS = f"{__package__.rpartition('.')[0]}.methods."
NAMES = re.compile(r"\b[a-z]\w*")
LONGEST = 200
"""Characters of a line that is written inside another: Python reads 200 brackets inside one another, no more."""
STARTS, STEPS = 6, 3
"""From which, and for how many rows, a loop is compared with arrays."""


def scalar_loop(rule: Any, problem: Any) -> Loop | None:
    """The loop of ``rule``, its fields in numbers, on a function of which there is a ``scalar_form``; None where the
    rule is not ours, has code that cannot be followed, or does not agree with arrays to the last bit."""
    if not type(rule).__module__.startswith(METHODS):
        return None  # what else a class of the user's may do in its methods, nobody knows
    cls: Any = type(rule)
    return loop_of(cls, tuple(None if type(value) is float else (type(value), value) for value in rule), problem)


@lru_cache(maxsize=256)
def loop_of(cls: Any, structure: tuple[Any, ...], problem: Member) -> Loop | None:
    """One loop for all values of the float fields, which are None in ``structure``."""
    try:
        loop = written(cls, structure, problem)
    except Exception:  # whatever it was that symbols cannot do
        return None
    return loop if agrees(loop, cls, structure, problem) else None


class Symbol(Number):
    """A float that is not known yet, with Python's own operators, which are not all NumPy's: ``**`` is another."""

    __array_ufunc__ = None  # type: ignore[assignment]  # numbers of NumPy leave operators to it
    __hash__ = object.__hash__

    def line(self, text: str, *others: Any) -> "Symbol":
        """What an operation on it gives; in ``text`` 0 is its name, 1 the other operand."""
        return Symbol(self.lines, self.lines.add(text.format(self.name, *map(spelled, others))).name)

    def __add__(self, other: Any) -> "Symbol":
        return self.line("{0} + {1}", other)

    def __radd__(self, other: Any) -> "Symbol":
        return self.line("{1} + {0}", other)

    def __sub__(self, other: Any) -> "Symbol":
        return self.line("{0} - {1}", other)

    def __rsub__(self, other: Any) -> "Symbol":
        return self.line("{1} - {0}", other)

    def __mul__(self, other: Any) -> "Symbol":
        return self.line("{0} * {1}", other)

    def __rmul__(self, other: Any) -> "Symbol":
        return self.line("{1} * {0}", other)

    def __truediv__(self, other: Any) -> "Symbol":
        return self.line("{0} / {1}", other)

    def __rtruediv__(self, other: Any) -> "Symbol":
        return self.line("{1} / {0}", other)

    def __pow__(self, other: Any) -> "Symbol":
        return self.line("{0} ** {1}", other)

    def __rpow__(self, other: Any) -> "Symbol":
        return self.line("{1} ** {0}", other)

    def __lt__(self, other: Any) -> "Symbol":
        return self.line("{0} < {1}", other)

    def __le__(self, other: Any) -> "Symbol":
        return self.line("{0} <= {1}", other)

    def __gt__(self, other: Any) -> "Symbol":
        return self.line("{0} > {1}", other)

    def __ge__(self, other: Any) -> "Symbol":
        return self.line("{0} >= {1}", other)

    def __eq__(self, other: object) -> Any:
        return self.line("{0} == {1}", other)

    def __ne__(self, other: object) -> Any:
        return self.line("{0} != {1}", other)

    def __neg__(self) -> "Symbol":
        return self.line("-{0}")

    def __abs__(self) -> "Symbol":
        return self.line("abs({0})")


class Functions:
    """``xp`` for symbols: what ``base/xp.py: ScalarFunctions`` does, as text, but that the root of a negative number
    raises. The transcendental functions are not among them, for NumPy's give numbers of NumPy."""

    def __init__(self, lines: Lines) -> None:
        self.lines = lines

    def line(self, text: str, *values: Any) -> Symbol:
        return Symbol(self.lines, self.lines.add(text.format(*map(spelled, values))).name)

    def sqrt(self, x: Any) -> Symbol:
        return self.line("root({0})", x)

    def abs(self, x: Any) -> Symbol:
        return self.line("abs({0})", x)

    def sign(self, x: Any) -> Symbol:
        return self.line("{0} if {0} != {0} else float({0} > 0.0) - float({0} < 0.0)", x)

    def where(self, condition: Any, a: Any, b: Any) -> Any:
        return self.line("{1} if {0} else {2}", condition, a, b)

    def minimum(self, a: Any, b: Any) -> Symbol:
        return self.line("{0} if {0} < {1} or {0} != {0} else {1}", a, b)

    def maximum(self, a: Any, b: Any) -> Symbol:
        return self.line("{0} if {0} > {1} or {0} != {0} else {1}", a, b)


def written(cls: Any, structure: tuple[Any, ...], problem: Member) -> Loop:
    """The lines of function and rule as a loop."""
    lines, n = Lines(), problem.n
    value, slopes = operations(problem, lines)
    f, g = spelled(value), [spelled(slope) for slope in slopes]
    before = len(lines.names)
    fields = [f"field{k}" for k in range(structure.count(None))]
    rule = filled(cls, structure, [Symbol(lines, name) for name in fields])
    each = len(filled(cls, structure, [0.5] * len(fields)).init(np.zeros(n), numpy_functions))
    state = [[f"w{k}", *(f"s{k}_{slot}" for slot in range(each))] for k in range(n)]
    moves, after = [], []
    for k, (w, *slots) in enumerate(state):
        old = tuple(Symbol(lines, name) for name in slots)
        step, new = rule.update(Symbol(lines, w), symbol(lines, g[k]), old, Symbol(lines, "u"), Functions(lines))
        moves.append(f"w{k} += {spelled(step)}")
        values = [lines.add(f"+{w}").name if spelled(value) == w else spelled(value) for value in new]  # w as it was
        after += [(old, value) for old, value in zip(slots, values, strict=True) if old != value]
    row = ", ".join([*(f"w{k}" for k in range(n)), f, *g])
    ends = " ".join([row, f, *moves, *(new for _, new in after)])
    fixed, evaluation, update = placed(lines, before, {name for names in state for name in names} | {"u"}, ends)
    source = LOOP.format(
        w=listed(f"w{k}" for k in range(n)), slots=listed(listed(slots) for _, *slots in state),
        fields=listed(fields), fixed=block(fixed, 8), evaluation=block(evaluation, 12), f=f, row=row,
        least=-HUGE, most=HUGE,
        update=block(update, 12), moves=block(moves, 12), after=assigned(after),
    )  # fmt: skip
    scope = dict(SCOPE)
    exec(source, scope)
    return scope["loop"]  # type: ignore[no-any-return]


def filled(cls: Any, structure: tuple[Any, ...], fields: list[Any]) -> Any:
    """The rule with its float fields."""
    left = iter(fields)
    return cls(*(next(left) if given is None else given[1] for given in structure))


LOOP = """\
def loop(out, rows, w, slots, t, fields):
    {w} = w
    {slots} = slots
    {fields} = fields
    finite = True
    try:
{fixed}        for _ in range(rows):
{evaluation}            if not {least} <= {f} <= {most}:
                out += {row}
                finite = False
                break
            u = t + 1.0
{update}            out += {row}
{moves}{after}            t = u
    except (ArithmeticError, ValueError):
        pass
    return {w}, {slots}, t, finite
"""
"""Nothing is changed before all of a row's lines are done: where one raises, the row has not begun."""


def symbol(lines: Lines, text: str) -> Any:
    """A component of the gradient: a symbol, or the number that it always is."""
    return Symbol(lines, text) if text[0].isalpha() else float(text.strip("()"))


def placed(lines: Lines, before: int, changing: set[str], ends: str) -> tuple[list[str], list[str], list[str]]:
    """The lines that depend on nothing that changes; of the others the first ``before``, and the rest. A line that
    stands in one other only is written inside it, in a tenth less time; ``ends`` is what uses lines besides."""
    blocks: tuple[dict[str, str], ...] = ({}, {}, {})
    for k, (text, name) in enumerate(lines.names.items()):
        if changing.isdisjoint(NAMES.findall(text)):
            blocks[0][name] = text
        else:
            changing.add(name)
            blocks[1 if k < before else 2][name] = text
    uses = Counter(NAMES.findall(" ".join([*lines.names, ends])))
    for block in blocks:
        for name, text in [*block.items()]:
            for used in set(NAMES.findall(text)) & block.keys():
                if uses[used] == 1 and len(block[used]) < LONGEST:
                    text = re.sub(rf"\b{used}\b", f"({block.pop(used)})", text)
            block[name] = text
    fixed, evaluation, update = ([f"{name} = {text}" for name, text in block.items()] for block in blocks)
    return fixed, evaluation, update


def listed(names: Any) -> str:
    return f"[{', '.join(names)}]"


def block(lines: list[str], indent: int) -> str:
    return "".join(f"{' ' * indent}{line}\n" for line in lines)


def assigned(after: list[tuple[str, str]]) -> str:
    """The new slots, all at once, for one may be another's old one."""
    if not after:
        return ""
    return block([f"{', '.join(old for old, _ in after)} = {', '.join(new for _, new in after)}"], 12)


def slots_of(slots: Any, n: int) -> Slots:
    """A rule's arrays of slots as those of each of the n components."""
    return list(zip(*(slot.tolist() for slot in slots), strict=True)) or [()] * n


def agrees(loop: Loop, cls: Any, structure: tuple[Any, ...], problem: Member) -> bool:
    """Whether the loop's first rows have the bits of arrays at some starts in the function's box, the fields being
    plain ones."""
    box, rng = problem.box.fitted(problem.n), np.random.default_rng(0)
    fields = [float(field) for field in 0.02 + 0.1 * rng.random(structure.count(None))]
    rule = filled(cls, structure, fields)
    starts = rng.uniform(box.lower, box.upper, (STARTS, problem.n))
    with np.errstate(all="ignore"):
        rows = [agreeing(loop, rule, fields, problem, w) for w in starts]
    return min(rows) >= 0 and max(rows) == STEPS


def agreeing(loop: Loop, rule: Any, fields: list[float], problem: Member, w: Any) -> int:
    """How many rows the loop gives from ``w`` on, of ``STEPS``; -1 where they are not those of arrays."""
    slots, wanted = rule.init(w, numpy_functions), []
    out: list[float] = []
    loop(out, STEPS, w.tolist(), slots_of(slots, w.size), 0.0, fields)
    for t in range(STEPS):
        g = np.asarray(problem.gradient(w), dtype=float)
        wanted += [*w.tolist(), float(problem.value(w)), *g.tolist()]
        step, slots = rule.update(w, g, slots, t + 1.0, numpy_functions)
        w = w + step
    alike = all(type(number) is float for number in out) and np.array_equal(out, wanted[: len(out)], equal_nan=True)
    return len(out) // (2 * w.size + 1) if alike else -1
