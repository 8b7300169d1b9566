"""A formula's syntax tree turned into closures over its variables; what the allow-list here does not name is refused.

A part without variables becomes a number at once, in IEEE double precision by NumPy's own functions, so that ``1/0``
is inf and ``(-1)^0.5`` is NaN. The numbers are kept as Python floats: NumPy and JAX let those take the precision of
the values they meet.
"""

import ast
import math
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from ...base.errors import FormulaError
from ...base.text import count
from .naming import CONSTANTS, FUNCTIONS
from .reading import fault

__all__ = ["Closure", "Source", "lower"]

Closure = Callable[[Sequence[Any], Any], Any]
"""``closure(values, functions)``: the value of a part, given the variables' and a namespace of functions."""

Term = float | Closure
"""A part of a formula: a number where it holds no variable."""

Operation = Callable[[Any, Any, Any], Any]
"""``operation(functions, left, right)``."""

LARGEST_WHOLE_POWER = 64

SUM: dict[type[ast.operator], Operation] = {
    ast.Add: lambda _, left, right: left + right,
    ast.Sub: lambda _, left, right: left - right,
}
PRODUCT: dict[type[ast.operator], Operation] = {
    ast.Mult: lambda _, left, right: left * right,
    ast.Div: lambda _, left, right: left / right,
}


@dataclass(frozen=True)
class Source:
    """The user's text, the column in it of each place in Python's text, and where each variable's value is found."""

    text: str
    columns: Mapping[int, int]
    places: Mapping[str, int]

    def fault(self, node: ast.AST, what: str, fix: str) -> FormulaError:
        return fault(self.text, self.columns.get(getattr(node, "col_offset", 0), 1), what, fix)


def lower(node: ast.expr, source: Source) -> Term:
    """The closure of a part of a formula, or its number. Raises FormulaError for all but the few nodes named here."""
    match node:
        case ast.Constant(value=int() | float() as value) if type(value) is not bool:
            return float(value)
        case ast.Name(id=name) if name in CONSTANTS:
            return CONSTANTS[name]
        case ast.Name(id=name) if name in source.places:
            return _variable(source.places[name])
        case ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=index)) if type(index) is int:
            component = f"{name}[{index}]"
            if component in source.places:
                return _variable(source.places[component])
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return _signed(operator.neg, lower(operand, source))
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _signed(operator.pos, lower(operand, source))
        case ast.BinOp(op=ast.Pow(), left=left, right=right):
            return _power(lower(left, source), lower(right, source))
        case ast.BinOp(op=ast.Add() | ast.Sub()):
            return _chain_of(node, SUM, source)
        case ast.BinOp(op=ast.Mult() | ast.Div()):
            return _chain_of(node, PRODUCT, source)
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if name in FUNCTIONS:
            return _call(node, name, list(map(partial(lower, source=source), arguments)), source)
    raise source.fault(node, "this cannot be read", "use numbers, names, + - * / ^ and the known functions")


def _variable(place: int) -> Closure:
    return lambda values, _: values[place]


def _closure(term: Term) -> Closure:
    return term if callable(term) else lambda values, functions: term


def _signed(sign: Callable[[Any], Any], operand: Term) -> Term:
    if not callable(operand):
        return float(sign(operand))
    return lambda values, functions: sign(operand(values, functions))


def _power(base: Term, exponent: Term) -> Term:
    """A whole constant exponent goes to ``**`` as an int: JAX then multiplies, exactly at 0 and at negative bases."""
    if not callable(exponent) and abs(exponent) <= LARGEST_WHOLE_POWER and exponent == int(exponent):
        exponent = int(exponent)
    return _chain(base, [(lambda _, left, right: left**right, exponent)])


def _chain_of(node: ast.BinOp, operations: Mapping[type[ast.operator], Operation], source: Source) -> Term:
    """A sum or a product from its left end on, in a loop: a thousand terms are a thousand levels of Python's tree."""
    steps: list[tuple[Operation, ast.expr]] = []
    first: ast.expr = node
    while isinstance(first, ast.BinOp) and type(first.op) in operations:
        steps.append((operations[type(first.op)], first.right))
        first = first.left
    start = lower(first, source)
    terms: list[tuple[Operation, Term]] = []
    for operation, right in reversed(steps):  # not a comprehension: before Python 3.12 it takes a frame at each level
        terms.append((operation, lower(right, source)))
    return _chain(start, terms)


def _chain(first: Term, steps: Sequence[tuple[Operation, Term]]) -> Term:
    """``((first op term) op term) ...``, the numbers it begins with taken together."""
    done = 0
    for operation, term in steps:
        if callable(first) or callable(term):
            break
        with np.errstate(all="ignore"):
            first = float(operation(np, np.float64(first), np.float64(term)))
        done += 1
    if done == len(steps):
        return first
    start = _closure(first)
    rest = [(operation, _closure(term)) for operation, term in steps[done:]]

    def chain(values: Sequence[Any], functions: Any) -> Any:
        total = start(values, functions)
        for operation, term in rest:
            total = operation(functions, total, term(values, functions))
        return total

    return chain


def _call(node: ast.Call, name: str, arguments: Sequence[Term], source: Source) -> Term:
    """A function's value; min and max of several arguments two at a time."""
    numpy_name, least, most = FUNCTIONS[name]
    if not least <= len(arguments) <= most:
        needs = f"{least} or more" if math.isinf(most) else f"{least}"
        raise source.fault(node, f"{name} is given {count(len(arguments), 'argument')}", f"it takes {needs}")
    first, *others = arguments
    if others:
        return _chain(first, [(lambda functions, *both: getattr(functions, numpy_name)(*both), o) for o in others])
    if not callable(first):
        with np.errstate(all="ignore"):
            return float(getattr(np, numpy_name)(np.float64(first)))
    return lambda values, functions: getattr(functions, numpy_name)(first(values, functions))
