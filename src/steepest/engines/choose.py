"""Which engine runs a task, and why, in a sentence."""

from typing import Any

import numpy as np

from ..base.errors import ArgumentError, NotYetError
from ..base.xp import numpy_functions
from ..problems.linear_model import LinearModel
from ..problems.negated import Negated

__all__ = ["ENGINES", "choose", "runner"]

ENGINES = ("auto", "python", "numba", "jax", "quadratic")
_LATER = ("jax", "quadratic")


def choose(problem: Any, rule: Any, engine: str = "auto") -> tuple[str, str]:
    """``(name, sentence)`` of the engine for ``rule`` on ``problem`` (as it is minimised)."""
    if engine in _LATER:
        raise NotYetError(f"engine={engine!r} comes with a later version; use 'auto', 'python' or 'numba'")
    if engine not in ENGINES:
        raise ArgumentError(f"engine must be 'auto', 'python' or 'numba'; got {engine!r}")
    if engine == "python":
        return "python", "python: you asked for it"
    obstacle = not_compiled(problem, rule)
    if engine == "numba":
        if obstacle:
            raise ArgumentError(f"engine='numba' cannot run this: {obstacle}; use engine='auto'")
        return "numba", "numba: you asked for it"
    if obstacle:
        return "python", f"python: {obstacle}"
    return "numba", "numba: a linear model and an element-wise rule, compiled together"


def not_compiled(problem: Any, rule: Any) -> str | None:
    """None where the numba engine can run the rule on the problem, else the reason why not."""
    if isinstance(problem, Negated):
        return "climbing runs in the plain loop"
    if not isinstance(problem, LinearModel):
        return "the numba engine compiles linear models, and this is a function"
    if not callable(getattr(rule, "update", None)):
        return "the rule has no element-wise update"
    fields = [v for name, v in rule._asdict().items() if name != "learning_rate" or v is not None]  # None is "auto"
    if not all(isinstance(value, (float, int)) for value in fields):
        return "a field of the rule is no number"
    if len(rule.init(np.zeros(1), numpy_functions)) > 3:
        return "the rule has more than three slots"
    return None


def runner(name: str) -> Any:
    """The ``run(task)`` of an engine."""
    if name == "numba":
        from .numba.engine import run

        return run
    from .python import run as plain

    return plain
