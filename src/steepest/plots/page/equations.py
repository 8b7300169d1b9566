"""A rule's update as its docstring writes it, checked against the steps of a run before its numbers are shown."""

import ast
import inspect
import re
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...engines.retracing import Trace
from ...methods.modifiers.modified import unmodified

__all__ = ["slot_names", "statements_of"]

Array = NDArray[np.float64]
FUNCTIONS: dict[str, Any] = {"sqrt": np.sqrt, "sign": np.sign, "max": np.maximum, "min": np.minimum, "abs": np.abs}
ROWS = 12
"""Steps at which the lines are checked."""

Statements = tuple[tuple[str, str], ...]


def candidates(rule: Any) -> list[Statements]:
    """The updates a rule's docstring writes, ``name <- expression; ...``: each marked piece of it, and each two that
    follow one another."""
    text = " ".join((inspect.getdoc(type(unmodified(rule))) or "").split())
    pieces = [parsed(piece) for piece in re.findall(r"``(.+?)``", text) if "<-" in piece]
    return [*map(tuple, pieces), *((*a, *b) for a, b in pairwise(pieces))]


def parsed(piece: str) -> list[tuple[str, str]]:
    found = []
    for part in piece.split(";"):
        target, arrow, expression = part.partition("<-")
        if arrow:
            text = expression.strip().rstrip(",")
            found.append((target.strip(), re.sub(r"(?<=[\w)]) (?=[A-Za-z(])", " * ", text)))  # a space for a product
    return found


def slot_names(statements: Statements) -> list[str]:
    """What the lines set besides w, in their order."""
    return list(dict.fromkeys(target for target, _ in statements if target != "w"))


def statements_of(rule: Any, trace: Trace, w: Array) -> Statements:
    """The lines of the docstring that give the slots and the rows that were recorded; none where no lines do."""
    if hasattr(type(rule), "modifiers"):  # what was added to the rule is not in its lines
        return ()
    for statements in candidates(rule):
        if len(slot_names(statements)) == len(trace.slots) and any(target == "w" for target, _ in statements):
            try:
                if holds(statements, trace, w):
                    return statements
            except (SyntaxError, KeyError, TypeError, ValueError):
                continue
    return ()


def holds(statements: Statements, trace: Trace, w: Array) -> bool:
    """Whether the lines give the recorded rows at the first steps."""
    names = slot_names(statements)
    with np.errstate(all="ignore"):
        for t in range(1, min(len(w), ROWS + 1)):
            known: dict[str, Any] = {"w": w[t - 1], "g": trace.gradients[t - 1], "t": float(t)}
            known |= {name: values[t] for name, values in trace.fields.items()}
            known |= {name: slot[t - 1] for name, slot in zip(names, trace.slots, strict=True)}
            for target, expression in statements:
                known[target] = evaluated(expression, known)
            reached = [known["w"], *(known[name] for name in names)]
            recorded = [w[t], *(slot[t] for slot in trace.slots)]
            if not all(np.allclose(a, b, rtol=1e-7, atol=1e-12) for a, b in zip(reached, recorded, strict=True)):
                return False
    return len(w) > 1


def evaluated(expression: str, known: dict[str, Any]) -> Any:
    """The value of an expression, ``^`` standing for powers."""
    return valued(ast.parse(expression.replace("^", "**"), mode="eval").body, known)


def valued(node: ast.AST, known: dict[str, Any]) -> Any:
    """The value of a node: numbers, known names, arithmetic and a few functions; nothing else is evaluated."""
    match node:
        case ast.Constant(value=int() | float() as value):
            return float(value)
        case ast.Name(id=name):
            return known[name]
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            return -valued(inner, known)
        case ast.BinOp(left=left, op=operation, right=right):
            a, b = valued(left, known), valued(right, known)
            match operation:
                case ast.Add():
                    return a + b
                case ast.Sub():
                    return a - b
                case ast.Mult():
                    return a * b
                case ast.Div():
                    return a / b
                case ast.Pow():
                    return a**b
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in FUNCTIONS:
            return FUNCTIONS[name](*(valued(arg, known) for arg in args))
    raise ValueError(f"{ast.dump(node)} is none of what update lines are made of")
