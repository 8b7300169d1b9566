"""Whether the tokens of a formula follow one another as they must: values and signs in turn, brackets in pairs.

Python's own parser would find the same faults, in words about Python and, where nested deeply, by running out of
stack; after this check it meets neither.
"""

from ...base.errors import FormulaError
from .naming import FUNCTIONS
from .reading import Token, fault

__all__ = ["check_order"]

MOST_DEPTH = 100
VALUES = ("number", "name", "component")


def check_order(text: str, tokens: list[Token]) -> None:
    """Raise a FormulaError at the first token that cannot stand where it does.

    The depth counts open brackets and, in each of them, the signs and powers that still wait for their right side
    (``- - -x``, ``x^x^x``); sums and products of any length are flat.
    """
    opened: list[tuple[Token, bool]] = []  # each open bracket, and whether it is a function's
    waiting = [0]  # in each open bracket, and outside them all: signs and powers without their right side yet
    depth = 0
    value_expected = True
    before: Token | None = None
    for token in tokens:
        kind = token.kind
        if value_expected:
            if kind in VALUES:
                value_expected = False
            elif kind == "(":
                opened.append((token, before is not None and before.kind == "function"))
                waiting.append(0)
                depth += 1
            elif kind in ("+", "-"):
                waiting[-1] += 1
                depth += 1
            elif kind != "function":
                raise _no_value(text, before, token)
        elif kind == "**":
            waiting[-1] += 1
            depth += 1
            value_expected = True
        elif kind in ("+", "-", "*", "/", ","):
            if kind == "," and not (opened and opened[-1][1]):
                fix = "a comma stands between the arguments of a function; a decimal takes a point, as in 0.5"
                raise fault(text, token.column, "a comma outside a function's brackets", fix)
            depth -= waiting[-1]
            waiting[-1] = 0
            value_expected = True
        elif kind == ")":
            if not opened:
                raise fault(text, token.column, "this ) closes nothing", "take it out or open it with (")
            opened.pop()
            depth -= 1 + waiting.pop()
        else:
            raise _no_sign(text, before, token)
        if depth > MOST_DEPTH:
            raise fault(text, token.column, "nested too deeply", f"at most {MOST_DEPTH} levels are read")
        before = token
    if value_expected:
        raise fault(text, len(text) + 1, "the formula stops short", "a number, a name or a bracket must follow")
    if opened:
        raise fault(text, opened[-1][0].column, "this ( is never closed", "close it with )")


def _no_value(text: str, before: Token | None, token: Token) -> FormulaError:
    """The error for a token that stands where a number, a name or a bracket must."""
    if token.kind in ("[", "]"):
        return _square(text, token)
    if token.kind == ")" and before is not None and before.kind == "(":
        return fault(text, token.column, "nothing between ( and )", "write a number, a name or a formula there")
    return fault(text, token.column, f"{token.text!r} out of place", "a number, a name or a bracket must stand here")


def _no_sign(text: str, before: Token | None, token: Token) -> FormulaError:
    """The error for a token that stands right after a value, where only a sign can."""
    if token.kind in ("[", "]"):
        return _square(text, token)
    if token.kind == "//":
        return fault(text, token.column, "'//' cannot be used", "write / to divide")
    left = before.text if before is not None else ""
    if before is not None and before.kind == "number" and token.text.startswith("_"):
        fix = "write the number's digits without _"
    elif left in FUNCTIONS:
        fix = f"write {left}(x)"
    elif token.kind in ("(", "function"):
        fix = f"for a product write {left}*{token.text}{'(' if token.kind == 'function' else ''}...)"
    else:
        fix = f"for a product write {left}*{token.text}"
    return fault(text, token.column, f"no sign between {left!r} and {token.text!r}", fix)


def _square(text: str, token: Token) -> FormulaError:
    """The error for a square bracket that is not part of a component."""
    fix = "they hold one whole number after a name, as in w[0]"
    return fault(text, token.column, "square brackets that cannot be read", fix)
