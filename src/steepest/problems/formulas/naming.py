"""What the names in a formula mean: functions, constants, and everything else a variable."""

import difflib
import math
import re
from typing import NamedTuple

from ...base.errors import FormulaError
from .reading import MOST_DIGITS, Token, fault

__all__ = ["CONSTANTS", "FUNCTIONS", "Named", "Variables", "find_variables"]


class Named(NamedTuple):
    """A function a formula may call: its name in NumPy, and how many arguments it takes."""

    numpy: str
    least: int = 1
    most: float = 1


FUNCTIONS = {
    "sqrt": Named("sqrt"),
    "exp": Named("exp"),
    "log": Named("log"),
    "ln": Named("log"),
    "log2": Named("log2"),
    "log10": Named("log10"),
    "log1p": Named("log1p"),
    "expm1": Named("expm1"),
    "sin": Named("sin"),
    "cos": Named("cos"),
    "tan": Named("tan"),
    "asin": Named("arcsin"),
    "arcsin": Named("arcsin"),
    "acos": Named("arccos"),
    "arccos": Named("arccos"),
    "atan": Named("arctan"),
    "arctan": Named("arctan"),
    "sinh": Named("sinh"),
    "cosh": Named("cosh"),
    "tanh": Named("tanh"),
    "abs": Named("absolute"),
    "sign": Named("sign"),
    "min": Named("minimum", 2, math.inf),
    "max": Named("maximum", 2, math.inf),
    "atan2": Named("arctan2", 2, 2),
    "arctan2": Named("arctan2", 2, 2),
    "hypot": Named("hypot", 2, 2),
}

CONSTANTS = {"pi": math.pi, "e": math.e, "tau": math.tau}

NO_SLOPE = "a function in steps has no slope; leave it out"
FIXES = {"pow": "write x^y", "floor": NO_SLOPE, "ceil": NO_SLOPE, "round": NO_SLOPE}


class Variables(NamedTuple):
    """``names`` of all variables in order; ``used``, the positions of those that the formula holds."""

    names: tuple[str, ...]
    used: tuple[int, ...]


def natural(name: str) -> str:
    """The key that puts w10 after w9: runs of digits padded to one length."""
    return re.sub(r"\d+", lambda digits: digits.group().zfill(MOST_DIGITS), name)


def find_variables(text: str, tokens: list[Token]) -> Variables:
    """The variables of a formula: its plain names in natural order, or every component of its one vector."""
    plain: dict[str, None] = {}
    components: dict[int, None] = {}
    vector = ""
    for kind, written, column in tokens:
        if kind == "function" and written not in FUNCTIONS:
            raise _unknown_function(text, written, column)
        if kind == "name" and written not in CONSTANTS:
            _refuse_other_meanings(text, written, column)
            plain[written] = None
        elif kind == "component":
            name, _, index = written.rstrip("]").partition("[")
            if name in CONSTANTS or name in FUNCTIONS:
                kind_of = "a constant" if name in CONSTANTS else "a function"
                raise fault(text, column, f"{name} is {kind_of}", "give the vector another name, as in w[0]")
            if vector and name != vector:
                raise fault(text, column, f"a second vector {name!r}", f"write all variables as components of {vector}")
            vector = name
            components[int(index)] = None
        else:
            continue
        if plain and components:
            other = f"{vector}[...]" if kind == "name" else next(iter(plain))
            fix = "write all variables as plain names or all as components of one vector"
            raise fault(text, column, f"{written!r} stands beside {other!r}", fix)
    if components:
        names = tuple(f"{vector}[{i}]" for i in range(max(components) + 1))
        return Variables(names, tuple(sorted(components)))
    if not plain:
        raise fault(text, 1, "no variable", "a function to be minimised holds at least one, as in x^2")
    return Variables(tuple(sorted(plain, key=natural)), tuple(range(len(plain))))


def _refuse_other_meanings(text: str, name: str, column: int) -> None:
    """Raise where a name would be taken for a variable though its writer hardly meant one."""
    if name in FUNCTIONS:
        raise fault(text, column, f"{name} is a function", f"write {name}(x)")
    if name.lower() in ("inf", "infinity", "nan"):
        raise fault(text, column, f"{name} is not a name", "write a finite number or another name")
    if name.lower() == "pi":
        raise fault(text, column, f"unknown name {name!r}", "did you mean pi?")


def _unknown_function(text: str, name: str, column: int) -> FormulaError:
    close = difflib.get_close_matches(name.lower(), FUNCTIONS, n=1)
    if name in FIXES:
        fix = FIXES[name]
    elif close:
        fix = f"did you mean {close[0]}?"
    elif len(name) <= 2:
        fix = f"for a product write {name}*(...)"
    else:
        fix = f"known: {' '.join(FUNCTIONS)}"
    return fault(text, column, f"unknown function {name!r}", fix)
