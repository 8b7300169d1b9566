"""A formula's text cut into tokens: only the characters and the lengths let through here are ever seen by Python."""

import keyword
import re
import sys
from typing import NamedTuple

from ...base.errors import FormulaError

__all__ = ["Token", "fault", "read"]

MOST_CHARACTERS = 4_000
MOST_TOKENS = 2_000
MOST_DIGITS = 40
MOST_INDEX_DIGITS = 4
MOST_IN_NAME = 60
SHOWN = 60
"""How much of a long formula an error shows: so many characters around the column."""

TOKEN = re.compile(
    r"""(?P<number> (?: \d+ \.? \d* | \.\d+ ) (?: [eE] [+-]? \d+ )? )
    | (?P<component> [A-Za-z_]\w* [ ]* \[ [ ]* \d+ [ ]* \] )
    | (?P<function> [A-Za-z_]\w* (?= [ ]* \( ) )
    | (?P<name> [A-Za-z_]\w* )
    | (?P<sign> \*\* | // | [-+*/^(),\[\]] )
    | (?P<space> [ ]+ )""",
    re.ASCII | re.VERBOSE,
)

FIXES = {
    "=": "write only what is to be minimised, without an equals sign",
    ":": "write only what is to be minimised",
    "<": "a comparison has no slope; use min, max or abs",
    ">": "a comparison has no slope; use min, max or abs",
    "|": "write abs(x)",
    ".": "a point belongs inside a number, as in 0.5",
    "{": "write ( and )",
    "}": "write ( and )",
    "\n": "write the formula on one line",
    "\t": "write a space",
    "\u00b2": "write ^2",
    "\u00b3": "write ^3",
    "\u00b7": "write *",
    "\u00d7": "write *",
    "\u00f7": "write /",
    "\u03c0": "write pi",
    "\u2013": "write -",
    "\u2212": "write -",
    "\u221a": "write sqrt(x)",
    "\u22c5": "write *",
}
"""What to write for a character that is not taken: those found in text copied from books and spreadsheets."""


class Token(NamedTuple):
    """``kind`` is number, component (``w[0]``), function (a name before a bracket), name, or the sign itself."""

    kind: str
    text: str
    column: int


def fault(text: str, column: int, what: str, fix: str) -> FormulaError:
    """The error ``formula "...": what at column 5; fix``, in ASCII whatever the text holds."""
    first = max(0, min(column - 1 - SHOWN // 2, len(text) - SHOWN)) if len(text) > SHOWN else 0
    part = text[first : first + SHOWN]
    shown = "".join(c if c.isascii() and c.isprintable() else ascii(c)[1:-1] for c in part)
    before, after = "..." if first else "", "..." if first + SHOWN < len(text) else ""
    return FormulaError(f'formula "{before}{shown}{after}": {what} at column {column}; {fix}', text, column)


def read(text: str) -> list[Token]:
    """The tokens of ``text``, spaces left out; ``^`` has the kind ``**``, a component is written without spaces."""
    if len(text) > MOST_CHARACTERS:
        raise fault(text, MOST_CHARACTERS + 1, "too long", f"at most {MOST_CHARACTERS:,} characters are read")
    tokens: list[Token] = []
    place, counted = 0, 0
    while place < len(text):
        match = TOKEN.match(text, place)
        if match is None:
            raise _stranger(text, place)
        kind = str(match.lastgroup)
        if kind != "space":
            token = _checked(text, Token(kind, match.group(), place + 1))
            tokens.append(token)
            counted += token.kind not in ("(", ")", ",")
            if counted > MOST_TOKENS:
                most = f"at most {MOST_TOKENS:,} numbers, names and signs are read"
                raise fault(text, token.column, "too many parts", most)
        place = match.end()
    if not tokens:
        raise fault(text, 1, "nothing written", "write for example x^2 + y^2")
    return tokens


def _stranger(text: str, place: int) -> FormulaError:
    """The error for a character that no token begins with."""
    character = text[place]
    shown = repr(character) if character.isascii() and character.isprintable() else f"U+{ord(character):04X}"
    fix = FIXES.get(character, "use letters, digits, _ and + - * / ^ ( ) [ ] , .")
    return fault(text, place + 1, f"the character {shown} cannot be used", fix)


def _checked(text: str, token: Token) -> Token:
    """The token, its number, index or name within bounds."""
    kind, written, column = token
    if kind == "sign":
        return Token("**" if written == "^" else written, written, column)
    if kind == "number":
        if sum(c.isdigit() for c in written) > MOST_DIGITS:
            raise fault(text, column, "a number too long", f"at most {MOST_DIGITS} digits are read")
        if float(written) > sys.float_info.max:
            raise fault(text, column, f"the number {written} is too large", "the largest is about 1.79e308")
        return token
    name, _, rest = written.partition("[")
    name = name.strip()
    if len(name) > MOST_IN_NAME:
        raise fault(text, column, "a name too long", f"at most {MOST_IN_NAME} characters are read")
    if keyword.iskeyword(name):
        raise fault(text, column, f"the word {name!r} cannot be used", f"as a name, write {name}_")
    if kind == "component":
        digits = rest.strip(" ]").lstrip("0") or "0"
        if len(digits) > MOST_INDEX_DIGITS:
            largest = f"the largest is {10**MOST_INDEX_DIGITS - 1:,}"
            raise fault(text, column + written.index("[") + 1, "an index too large", largest)
        return Token(kind, f"{name}[{digits}]", column)
    return token
