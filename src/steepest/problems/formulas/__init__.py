"""Formulas such as ``(1-x)^2 + 100*(y-x^2)^2``: read through an allow-list, evaluated by closures, never executed.

``reading`` cuts the text into tokens, ``order`` checks that they follow one another as they must, ``naming`` says what
the names mean, ``lowering`` turns Python's syntax tree of them into closures, ``parsing`` joins the four.
"""

from .parsing import Expression, parse

__all__ = ["Expression", "parse"]
