"""What a question is asked about: a problem, a point and a rule, resolved from what ``minimize`` would take."""

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..base.errors import ArgumentError, ArgumentTypeError
from ..methods.rule import check_step, label
from . import arguments as check
from .minimizing import checked_rule, fitted

__all__ = ["ruled", "subject"]

Array = NDArray[np.float64]


def subject(
    problem: Any, w: Any = None, grad: Any = None, args: Any = (), value_and_grad: bool = False, name: str = "w"
) -> tuple[Any, Array]:
    """``(problem, w)``: the problem as an object, and the point as a vector (the problem's own start where None).
    ``name`` is what the caller's argument for the point is called."""
    joint = check.flag(value_and_grad, "value_and_grad")
    try:
        found, point = check.as_problem(problem, w, grad, args, joint, None, 0)
    except (ArgumentError, ArgumentTypeError) as error:
        raise type(error)(renamed(str(error), name)) from error
    if point is None:
        raise ArgumentError(f"{name} is missing: {found.name} has no start of its own; pass {name}=[...]")
    return found, np.asarray(point, dtype=float)


def renamed(message: str, name: str) -> str:
    """A complaint of ``minimize`` about its w0, in the words of a verb whose argument is called ``name``; what a user's
    own function said of a w0 stays."""
    if message.startswith("w0 "):
        return re.sub(r"\bw0(?= |=|\[)", name, message)
    return re.sub(r"\bat w0\b", f"at {name}", message, count=1)


def ruled(method: Any, hyperparameters: dict[str, Any], problem: Any, verb: Any = None) -> Any:
    """The rule of a method's name, class or object, checked as ``minimize`` checks it, and fitted to the problem;
    unknown keywords are refused in the name of ``verb``."""
    named = method if isinstance(method, str) else label(method)
    rule = fitted(checked_rule(method, hyperparameters, named, verb), problem)
    probe = rule._replace(learning_rate=0.1) if getattr(rule, "learning_rate", 0.1) is None else rule
    check_step(probe)
    return rule
