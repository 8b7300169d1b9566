"""What a page asks about, as the library takes it: a problem, a start, runs. The verbs check everything else."""

import inspect
import reprlib
from functools import cache, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..base.errors import ArgumentError, ArgumentTypeError
from ..base.text import count
from ..problems import gallery
from ..records.history import BUDGET
from ..verbs.run import Run
from ..verbs.subject import subject
from .held import Opening

__all__ = ["MOST_ITERATIONS", "Setting", "problem_of", "run_of", "runs_of"]

Array = NDArray[np.float64]
MOST_ITERATIONS = 1_000_000
MOST_RUNS = 60
MOST_VARIABLES = 1000
LONGEST_SENTENCE = 600
MOST_COMPILING = 120
MOST_BYTES = 400_000_000
"""Of the records that one answer is made of."""
COLUMNS = 6
"""Numbers of a record's row beside w."""


class Setting:
    """A problem with its start, and how long runs may go: what all runs of a picture share."""

    def __init__(self, arguments: dict[str, Any]) -> None:
        self.problem = problem_of(arguments.get("problem"))
        self.start = start_of(arguments.get("start"), self.problem)
        self.iterations = whole(arguments.get("iterations", 300), "iterations", 1, MOST_ITERATIONS)

    def check_room(self, runs: int) -> None:
        """Raises ArgumentError where the records of so many runs would be more than the lab holds for one picture."""
        record = min(8 * (self.iterations + 1) * (self.problem.n + COLUMNS), BUDGET)
        if runs * record > MOST_BYTES:
            what = (
                f"{count(runs, 'run')} of {count(self.iterations, 'iteration')} in {count(self.problem.n, 'variable')}"
            )
            raise ArgumentError(
                f"iterations are too many for one picture: {what} would be kept in {runs * record / 1e6:,.0f} MB, and "
                f"the lab gives it {MOST_BYTES / 1e6:,.0f} MB; ask for fewer of them"
            )

    def run(self, given: Any, **options: Any) -> Run:
        """One run of the picture, ``{"method": name, "fields": {...}}``; what ``minimize`` returns."""
        from ..verbs.minimizing import minimize

        method, fields = run_of(given)
        return minimize(
            self.problem, self.start, method, max_iter=self.iterations, progress=False, **options, **fields
        )  # fmt: skip


def sentence_of(error: Any) -> str:
    """What an error says, on one line; a long value that it quotes is cut in the middle."""
    text = " ".join(str(error).split())
    half = LONGEST_SENTENCE // 2
    return text if len(text) <= LONGEST_SENTENCE else f"{text[:half]} ... {text[-half:]}"


def problem_of(given: Any) -> Any:
    """``{"kind": "gallery", "name": ..., "n": ...}`` or ``{"kind": "formula", "text": ...}`` as a problem; the same
    object for the same words, so that what was compiled for it is used again."""
    if isinstance(given, Opening):  # what Python code showed; Held.with_shown has put it there
        return given.thing
    kind = given.get("kind") if isinstance(given, dict) else None
    if kind == "gallery":
        name, n = given.get("name"), given.get("n")
        if not isinstance(name, str) or name not in gallery.names():
            raise ArgumentError("problem must name a function of the gallery")
        return known_function(name, None if n is None else whole(n, "n", 1, MOST_VARIABLES))
    if kind == "formula":
        text = given.get("text")
        if not isinstance(text, str):
            raise ArgumentTypeError("formula must be a text")
        problem = known_formula(text)
        if problem.n > MOST_VARIABLES:
            raise ArgumentError(f"formula has {problem.n:,} variables; the lab takes {MOST_VARIABLES:,} at most")
        return problem
    raise ArgumentError('problem must be {"kind": "gallery", "name": ...} or {"kind": "formula", "text": ...}')


@lru_cache(maxsize=128)
def known_function(name: str, n: int | None) -> Any:
    cls = gallery.find(name)
    return cls() if n is None else cls(n=n)


@lru_cache(maxsize=64)
def known_formula(text: str) -> Any:
    from ..problems.formula import as_formula

    return as_formula(text, "finite" if compiling(text) > MOST_COMPILING else None)


def compiling(text: str) -> int:
    """About how hard a formula is to compile, which nothing can interrupt. A hypot inside a hypot takes half as long
    again with each level, and sixty of them never end and take all memory; min and max are milder, and so are products.
    Above ``MOST_COMPILING`` the gradient is had by central differences, and nothing is compiled."""
    return 20 * text.count("hypot") + 4 * text.count(",") + text.count("*")


def start_of(given: Any, problem: Any) -> Array:
    """A start as numbers; the problem's own where there is none, zeros for a formula."""
    if given is None and problem.start is None:
        return np.zeros(problem.n)
    return subject(problem, given, name="w0")[1]


def run_of(given: Any) -> tuple[str, dict[str, Any]]:
    """A method's name and its hyper-parameters, numbers or None."""
    if not isinstance(given, dict) or not isinstance(given.get("method"), str):
        raise ArgumentError('a run must be {"method": name, "fields": {...}}')
    fields = given.get("fields") or {}
    if not isinstance(fields, dict) or len(fields) > 40:
        raise ArgumentError("fields must be an object of hyper-parameters")
    for name, value in fields.items():
        hyper_parameter(name)
        if not (value is None or isinstance(value, (bool, int, float))):
            raise ArgumentTypeError(f"{name} must be a number; got {reprlib.repr(value)}")
    return given["method"], {str(name): value for name, value in fields.items() if value is not None}


def hyper_parameter(name: str) -> str:
    """A name that may go to a verb beside the method: none of the verb's own arguments, which the lab sets itself."""
    if name in own_arguments():
        raise ArgumentError(f"{name} is no hyper-parameter of a method; leave it out")
    return name


@cache
def own_arguments() -> frozenset[str]:
    """What ``minimize`` and ``sweep`` call their own arguments."""
    from ..verbs.minimizing import minimize
    from ..verbs.sweeping import sweep

    return frozenset(name for verb in (minimize, sweep) for name in inspect.signature(verb).parameters)


def runs_of(arguments: dict[str, Any]) -> list[Any]:
    given = arguments.get("runs")
    if not isinstance(given, list) or not 1 <= len(given) <= MOST_RUNS:
        raise ArgumentError(f"runs must be a list of 1 to {MOST_RUNS} runs")
    return given


def whole(value: Any, name: str, low: int, high: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ArgumentError(f"{name} must be a whole number from {low:,} to {high:,}; got {reprlib.repr(value)}")
    return value
