"""PROBLEM as it is typed: a function of the gallery by its name, anything else a formula; and what is wrong with it."""

import re
from typing import TYPE_CHECKING, Any

from ..base.errors import ArgumentError, FormulaError
from ..base.text import count, listing

if TYPE_CHECKING:
    from ..problems.formulas import Expression

__all__ = ["misread", "pointed", "problem_of", "python_name"]

WIDTH = 96
"""Characters of a formula that are shown around the place of a fault."""
MOST_NAMES = 6
"""Variables that are named one by one."""


def python_name(text: str) -> str:
    """``Styblinski-Tang`` -> ``styblinski_tang``."""
    return text.strip().lower().replace("-", "_")


def problem_of(text: str, n: Any, arguments: dict[str, Any]) -> Any:
    """The gallery's function of that name, of ``n`` variables, or the text of a formula that was read and fits the
    other ``arguments`` of the run. A text that is neither is answered with what to write instead."""
    from ..problems import gallery

    name = python_name(text)
    known = name in gallery.names()
    if known or name.startswith(gallery.MGH_PREFIX):
        if arguments.get("grad") is not None:
            raise ArgumentError(f"--grad says how a formula is differentiated, and {name} has its own gradient; "
                                "leave it out")  # fmt: skip
        if not known:
            return gallery.mgh(name.removeprefix(gallery.MGH_PREFIX), n)
        return gallery.find(name)(**({} if n is None else {"n": n}))
    refuse_word(text, gallery.names(), "w0" in arguments)
    from ..problems.formulas import parse

    expression = parse(text)
    if n is not None:
        raise ArgumentError(f"--n is for functions of the gallery; the variables of this formula are "
                            f"{named(expression)}; leave it out")  # fmt: skip
    check_start(expression, arguments)
    return text


def refuse_word(text: str, known: tuple[str, ...], started: bool) -> None:
    """A lone word close to a gallery function's name is taken for it, and so is any where no start is given: as a
    formula it would be a bare variable, which has no minimum."""
    import difflib

    if not re.fullmatch(r"[A-Za-z][\w-]*", text.strip()):
        return
    close = difflib.get_close_matches(python_name(text), known, n=1)
    if close:
        raise ArgumentError(f"{text!r} is no gallery function; did you mean {close[0]!r}?")
    if text.strip().isidentifier() and not started:
        raise ArgumentError(f"{text!r} is no gallery function; the gallery has {listing(known, 'and')}; anything else "
                            "is a formula, such as 'x^2 + y^2', and needs --w0")  # fmt: skip


def check_start(expression: "Expression", arguments: dict[str, Any]) -> None:
    """A formula has no start and no box of its own."""
    start, several = arguments.get("w0"), arguments.get("starts", 1) != 1
    if several and "bounds" not in arguments:
        raise ArgumentError("--starts are drawn from --bounds, which a formula has none of; add --bounds low,high")
    if start is None and not several:
        raise ArgumentError(f"--w0 is missing: a formula has no start of its own; write --w0 with "
                            f"{count(expression.n, 'number')}, for {named(expression)}")  # fmt: skip
    if start is not None and len(start) != expression.n:
        raise ArgumentError(f"--w0 must have {count(expression.n, 'number')}, for {named(expression)}; "
                            f"got {len(start)}")  # fmt: skip


def named(expression: "Expression") -> str:
    """``x``; ``x and y, in this order``; of many the first few and the last."""
    names = expression.variables
    if len(names) == 1:
        return names[0]
    if len(names) > MOST_NAMES:
        return f"{', '.join(names[:3])}, ... {names[-1]}, in this order"
    return f"{listing(names, 'and')}, in this order"


def pointed(error: FormulaError) -> list[str]:
    """The formula on one line of ASCII, the part around the fault where it is long, and a caret below the column."""
    cells = plain(error.text)
    at = min(error.column - 1, len(cells))
    first = max(0, min(at - WIDTH // 2, len(cells) - WIDTH))
    before, after = "..." if first else "", "..." if first + WIDTH < len(cells) else ""
    column = len(before) + sum(map(len, cells[first:at]))
    return [f"  {before}{''.join(cells[first : first + WIDTH])}{after}", f"  {' ' * column}^"]


def misread(error: FormulaError) -> str:
    """The sentence without the formula, which stands above it; one too long for that is quoted in part."""
    return str(error).removeprefix(f'formula "{"".join(plain(error.text))}": ')


def plain(text: str) -> list[str]:
    """The characters of ``text``, each as printable ASCII."""
    return [c if c.isascii() and c.isprintable() else ascii(c)[1:-1] for c in text]
