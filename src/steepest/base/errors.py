"""The error types. Each message is one sentence that names the argument, its value and the fix."""

__all__ = [
    "ArgumentError", "ArgumentTypeError", "CompileError", "FormulaError", "MissingExtraError",
    "RunError", "SteepestError",
]  # fmt: skip


class SteepestError(Exception):
    """Everything steepest raises on purpose."""


class ArgumentError(SteepestError, ValueError):
    """An argument whose value cannot be used."""


class ArgumentTypeError(SteepestError, TypeError):
    """An argument of a type that cannot be used, or a keyword nobody knows."""


class CompileError(ArgumentError):
    """A rule or loss that a compiled engine cannot take."""


class FormulaError(ArgumentError):
    """A formula that cannot be read: ``text`` as the user wrote it, ``column`` in it, counted from 1."""

    def __init__(self, message: str, text: str = "", column: int = 1) -> None:
        super().__init__(message)  # the message alone, so that the error can be pickled
        self.text = text
        self.column = column


class MissingExtraError(SteepestError, ImportError):
    """A feature whose optional dependency is not installed; the message holds the pip line."""


class RunError(SteepestError, RuntimeError):
    """A run that ended badly, raised only under ``throw=True``; ``.run`` holds it."""

    run: object = None
