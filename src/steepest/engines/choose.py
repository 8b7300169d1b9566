"""Which engine runs a task, and why, in a sentence."""

from functools import cache
from typing import Any

from ..base.box import Box
from ..base.errors import ArgumentError
from ..base.text import listing
from ..problems.linear_model import LinearModel
from ..problems.negated import Negated
from ..problems.tracing import door
from .elementwise import why_not_compiled, why_not_elementwise
from .variance_reduced import corrects, why_not_corrected

__all__ = ["ENGINES", "choose", "runner"]

ENGINES = ("auto", "python", "numba", "jax", "quadratic")
MANY = 2**18
"""Numbers of X from which on the quadratic engine is thought of."""


def choose(
    problem: Any, rule: Any, engine: str = "auto", search: Any = None, device: str | None = None,
    batch_size: int | None = None, box: Any = None, max_iter: int = 0,
) -> tuple[str, str]:  # fmt: skip
    """``(name, sentence)`` of the engine for ``rule``, its fields in numbers, on ``problem`` (as it is minimised);
    ``search`` is the line search, ``box`` the bounds, if any."""
    if engine not in ENGINES:
        raise ArgumentError(f"engine must be {listing(map(repr, ENGINES))}; got {engine!r}")
    if device is not None and engine not in ("auto", "jax"):
        raise ArgumentError(f"device={device!r} is for engine='jax'; leave it out with engine={engine!r}")
    if engine == "quadratic" or (engine == "auto" and device is None and many_numbers(problem)):
        from .quadratic.engine import why_not, worth_it

        obstacle = why_not(problem, rule, batch_size, search, box)
        if engine == "quadratic":
            if obstacle:
                raise ArgumentError(f"engine='quadratic' cannot run this: {obstacle}; use engine='auto'")
            return "quadratic", "quadratic: you asked for it"
        if obstacle is None and worth_it(problem, max_iter):
            return "quadratic", "quadratic: least squares on the whole batch, which needs the data twice only"
    if engine == "python":
        return "python", "python: you asked for it"
    searching = None if search is None else "a line search runs in the plain loop"
    keeps = corrects(rule, batch_size)
    if engine == "jax" or device is not None:
        obstacle = searching or ("kept gradients are for the plain loop and the kernels" if keeps else None)
        obstacle = obstacle or not_traced(problem, rule)
        if obstacle:
            asked = "engine='jax'" if engine == "jax" else f"device={device!r}"
            raise ArgumentError(f"{asked} cannot run this: {obstacle}")
        return "jax", f"jax: you asked for {'it' if engine == 'jax' else f'device {device}'}"
    if searching and engine == "auto":
        return "python", f"python: {searching}"
    if engine == "auto" and not keeps and getattr(problem, "automatic", False) and not_traced(problem, rule) is None:
        return "jax", "jax: a function that JAX differentiates, its steps compiled together"
    obstacle = not_compiled(problem, rule) or not_boxed(box) or searching
    if obstacle is None and keeps:
        obstacle = why_not_corrected(problem, rule)
    if engine == "numba":
        if obstacle:
            raise ArgumentError(f"engine='numba' cannot run this: {obstacle}; use engine='auto'")
        return "numba", "numba: you asked for it"
    if obstacle:
        return "python", f"python: {obstacle}"
    return "numba", "numba: a linear model and an element-wise rule, compiled together"


def many_numbers(problem: Any) -> bool:
    """Whether a pass over the data takes long enough (some 50 us) for saving passes to matter."""
    return isinstance(problem, LinearModel) and (problem.X.nnz if problem.sparse else problem.X.size) >= MANY


def not_compiled(problem: Any, rule: Any) -> str | None:
    """None where the numba engine can run the rule on the problem, else the reason why not."""
    if isinstance(problem, Negated):
        return "climbing runs in the plain loop"
    if not isinstance(problem, LinearModel):
        return "the numba engine compiles linear models, and this is a function"
    return why_not_elementwise(rule) if problem.sparse else why_not_compiled(rule)


def not_boxed(bounds: Any) -> str | None:
    """None where the numba engine can project onto the bounds, else the reason why not."""
    if bounds is None or isinstance(bounds, Box):
        return None
    return f"the numba engine projects onto boxes only, and bounds are a {type(bounds).__name__}"


def not_traced(problem: Any, rule: Any) -> str | None:
    """None where the JAX engine can run the rule on the problem, else why not."""
    if not door.available():
        return 'it needs JAX: pip install "steepest[jax]"'
    from .jax.objectives import why_not_traceable
    from .jax.rules import why_not_stepped

    return why_not_traceable(problem) or why_not_stepped(rule, size_of(problem))


def size_of(problem: Any) -> int:
    """The number of variables of a problem as it is minimised."""
    return int((problem.problem if isinstance(problem, Negated) else problem).n)


@cache
def runner(name: str) -> Any:
    """The ``run(task)`` of an engine."""
    if name == "jax":
        from .jax.engine import run as traced

        return traced
    if name == "numba":
        from .numba.engine import run

        return run
    if name == "quadratic":
        from .quadratic.engine import run as quadratic

        return quadratic
    from .python import run as plain

    return plain
