"""``value``: f and its gradient at a point, as the methods see them."""

from typing import Any

import numpy as np

from ...base.errors import ArgumentError
from ..reading import problem_of, start_of
from ..work import Job

__all__ = ["ask"]

slow = False


def ask(arguments: dict[str, Any], job: Job) -> dict[str, Any]:
    """``{"problem", "w": [...]}``: ``{"f", "gradient": [...]}``, None for what has no number there."""
    problem = problem_of(arguments.get("problem"))
    if arguments.get("w") is None:
        raise ArgumentError("w is missing: give a number for each variable")
    w = start_of(arguments["w"], problem)
    with np.errstate(all="ignore"):
        try:
            f, gradient = problem.value_and_gradient(w)
        except (ArithmeticError, ValueError):
            return {"f": None, "gradient": None}
    return {"f": float(f), "gradient": np.asarray(gradient, dtype=float).tolist()}
