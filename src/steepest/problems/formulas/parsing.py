"""``parse``: from the text of a formula to an Expression that NumPy and JAX can both evaluate."""

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ...base.errors import ArgumentError, ArgumentTypeError, FormulaError
from ...base.text import count
from .lowering import Closure, Source, lower
from .naming import find_variables
from .order import check_order
from .reading import Token, fault, read

__all__ = ["Expression", "parse"]


@dataclass(frozen=True)
class Expression:
    """A formula that was read: ``text`` as written, ``variables`` in the order in which ``w`` holds them."""

    text: str
    variables: tuple[str, ...] = field(repr=False)
    used: tuple[int, ...] = field(repr=False, compare=False)
    """The rows of ``w`` that the formula holds: a vector may leave components out."""
    closure: Closure = field(repr=False, compare=False)

    @property
    def n(self) -> int:
        return len(self.variables)

    def __call__(self, w: Any, functions: Any) -> Any:
        """The value at ``w``, shape (n,): a number; at (n, points...): one value for each point.

        ``functions`` is ``numpy`` for arrays and lists, which are taken in double precision, and ``jax.numpy`` for
        JAX arrays and tracers, which keep their precision. Where there is no number the result is inf or NaN as
        IEEE arithmetic has it, without a warning. Raises ArgumentError where ``w`` has not ``n`` rows.
        """
        if isinstance(w, np.ndarray) or not hasattr(w, "dtype"):
            w = np.asarray(w, dtype=np.float64)
        if w.shape[:1] != (self.n,):
            raise ArgumentError(f"w must have {count(self.n, 'row')}, one for each variable; got shape {w.shape}")
        with np.errstate(all="ignore"):
            return self.closure([w[i] for i in self.used], functions)

    def __reduce__(self) -> tuple[Any, ...]:
        """Closures cannot be pickled; the text can, and is read again."""
        return parse, (self.text,)


def parse(text: str) -> Expression:
    """Read a formula of any number of variables, for example ``(1-x)^2 + 100*(y-x^2)^2``.

    Variables are plain names, in natural order (w2 before w10, capitals first), or the components ``w[0]``, ``w[1]``
    ... of one vector, whose length is the highest index + 1. Numbers, ``+ - * /``, ``^`` or ``**`` for powers (to
    the right first, and before a sign: ``-x^2`` is ``-(x^2)``), brackets, the constants ``pi``, ``e`` and ``tau``
    (``e`` is always the constant, never a variable), and the functions of ``naming.FUNCTIONS``: sqrt exp log (ln)
    log2 log10 log1p expm1 sin cos tan asin acos atan sinh cosh tanh abs sign min max atan2 hypot.

    Nothing is executed: Python's parser sees only tokens that were checked, and its tree is read through an
    allow-list. Raises FormulaError (one sentence, with ``.text`` and ``.column``) for anything else, for more than
    4,000 characters, 2,000 numbers, names and signs, or 100 levels, and for a formula without a variable.
    """
    if not isinstance(text, str):
        raise ArgumentTypeError(f"a formula must be a text; got {text!r} ({type(text).__name__})")
    text = str(text)  # plain, where a NumPy string was given
    tokens = read(text)
    check_order(text, tokens)
    variables = find_variables(text, tokens)
    python, columns = _python(tokens)
    places = {variables.names[row]: place for place, row in enumerate(variables.used)}
    try:
        tree = ast.parse(python, mode="eval").body
        if isinstance(tree, ast.Name | ast.Subscript):
            tree = ast.UnaryOp(ast.UAdd(), tree)  # a new array, for the value of x must not be a view into w
        term = lower(tree, Source(text, columns, places))
    except FormulaError:
        raise
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        # after the checks only for want of stack, where the caller has used up most of it
        raise fault(text, 1, "this cannot be read here", f"simplify it ({type(error).__name__})") from None
    assert callable(term), "a part with a variable in it is a closure"
    return Expression(text, variables.names, variables.used, term)


def _python(tokens: list[Token]) -> tuple[str, Mapping[int, int]]:
    """The tokens in Python's spelling, a space after each, and the user's column of each one's place."""
    python, columns = "", {}
    for kind, written, column in tokens:
        columns[len(python)] = column
        if kind == "number":
            written = repr(float(written))  # at once: no integer, whose powers could grow without end
        elif kind == "**":
            written = "**"
        python += written + " "
    return python, columns
