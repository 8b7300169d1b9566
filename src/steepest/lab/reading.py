"""What a page asks about, as the library takes it: a problem, a start, runs. The verbs check everything else."""

import json
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..base.errors import ArgumentError, ArgumentTypeError
from ..problems import gallery
from ..verbs.run import Run
from ..verbs.subject import subject

__all__ = ["MOST_ITERATIONS", "Setting", "problem_of", "run_of", "runs_of"]

Array = NDArray[np.float64]
MOST_ITERATIONS = 1_000_000
MOST_RUNS = 60


class Setting:
    """A problem with its start, and how long runs may go: what all runs of a picture share."""

    def __init__(self, arguments: dict[str, Any]) -> None:
        self.problem = problem_of(arguments.get("problem"))
        self.start = start_of(arguments.get("start"), self.problem)
        self.iterations = whole(arguments.get("iterations", 300), "iterations", 1, MOST_ITERATIONS)

    def run(self, given: Any, **options: Any) -> Run:
        """One run of the picture, ``{"method": name, "fields": {...}}``; what ``minimize`` returns."""
        from ..verbs.minimizing import minimize

        method, fields = run_of(given)
        return minimize(
            self.problem, self.start, method, max_iter=self.iterations, progress=False, **options, **fields
        )  # fmt: skip


def problem_of(given: Any) -> Any:
    """``{"kind": "gallery", "name": ..., "n": ...}`` or ``{"kind": "formula", "text": ...}`` as a problem; the same
    object for the same words, so that what was compiled for it is used again."""
    if not isinstance(given, dict) or given.get("kind") not in ("gallery", "formula"):
        raise ArgumentError('problem must be {"kind": "gallery", "name": ...} or {"kind": "formula", "text": ...}')
    return known_problem(json.dumps(given, sort_keys=True)[:100_000])


@lru_cache(maxsize=128)
def known_problem(words: str) -> Any:
    given = json.loads(words)
    if given["kind"] == "gallery":
        name = given.get("name")
        if not isinstance(name, str) or name not in gallery.names():
            raise ArgumentError("problem must name a function of the gallery")
        cls = gallery.find(name)
        return cls(n=whole(given["n"], "n", 1, 1000)) if given.get("n") is not None else cls()
    text = given.get("text")
    if not isinstance(text, str):
        raise ArgumentTypeError("formula must be a text")
    from ..problems.formula import as_formula

    return as_formula(text)


def start_of(given: Any, problem: Any) -> Array:
    """A start as numbers; the problem's own where there is none, zeros for a formula."""
    if given is None and problem.start is None:
        return np.zeros(problem.n)
    return subject(problem, given)[1]


def run_of(given: Any) -> tuple[str, dict[str, Any]]:
    """A method's name and its hyper-parameters, numbers or None."""
    if not isinstance(given, dict) or not isinstance(given.get("method"), str):
        raise ArgumentError('a run must be {"method": name, "fields": {...}}')
    fields = given.get("fields") or {}
    if not isinstance(fields, dict) or len(fields) > 40:
        raise ArgumentError("fields must be an object of hyper-parameters")
    for name, value in fields.items():
        if not (value is None or isinstance(value, (bool, int, float))):
            raise ArgumentTypeError(f"{name} must be a number; got {value!r}")
    return given["method"], {str(name): value for name, value in fields.items() if value is not None}


def runs_of(arguments: dict[str, Any]) -> list[Any]:
    given = arguments.get("runs")
    if not isinstance(given, list) or not 1 <= len(given) <= MOST_RUNS:
        raise ArgumentError(f"runs must be a list of 1 to {MOST_RUNS} runs")
    return given


def whole(value: Any, name: str, low: int, high: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ArgumentError(f"{name} must be a whole number from {low:,} to {high:,}; got {value!r}")
    return value
