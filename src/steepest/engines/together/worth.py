"""Whether runs that ``minimize`` makes in the plain loop go to lanes of a compiled program where there are many of
them: where that pays, by a count of what they may take, and where they end as in the plain loop but for rounding."""

from ...problems.negated import Negated
from ...problems.penalized import without_penalty
from ...problems.tracing import door
from ..numbers import on_numbers
from ..task import Task

__all__ = ["loop_seconds", "why_not_lanes"]

RUN, ON_NUMBERS, ON_ARRAYS = 5e-4, 1e-6, 1.5e-5
"""Seconds that the plain loop takes to begin and end a run, for an iteration on single numbers, and for one on arrays.
Measured on gallery functions: 0.1 to 0.6 ms; 0.2 us (sphere, gradient descent) to 1.5 us (levy, Adam); 13 us (shekel)
to 23 us (ackley). Rules from outside the package take some 2 us on single numbers."""
BORDER = 2.0
"""Seconds of plain loops from which on lanes pay. JAX was imported in 1.0 s, a program traced and compiled in 0.3 to
1.0 s; 200,000 iterations in it take 0.1 s. The same sweep always goes the same way: no clock is asked."""


def loop_seconds(task: Task, runs: int) -> float:
    """About how long so many runs like the task take in the plain loop, at most."""
    settings = task.settings
    most = min(settings.max_iter, settings.max_evals or settings.max_iter)
    return runs * (RUN + most * (ON_ARRAYS if on_numbers(task) is None else ON_NUMBERS))


def why_not_lanes(task: Task, runs: int) -> str | None:
    """None where so many runs like the task pay for a program of lanes and JAX's gradients are those of the problem;
    else why not. Traces the function, if its code may be; the cheap reasons come first."""
    problem, seconds = task.problem, loop_seconds(task, runs)
    if seconds < BORDER:
        return f"{seconds:.2g} s of plain loops are less than a program takes to compile"
    inner = without_penalty(problem.problem if isinstance(problem, Negated) else problem)
    if getattr(inner, "creased", False):
        return "it has no gradient along whole lines, and chooses another there than JAX"
    if hasattr(inner, "rows"):
        return "it is on data, of which each lane would take its own outputs"
    if not door.available():
        return "JAX is not installed"
    from ...problems.tracing.traced import Untraceable
    from ..jax.objectives import objective_of, why_not_traceable

    obstacle = why_not_traceable(problem)
    if obstacle is None:
        try:
            objective_of(problem)
        except Untraceable as error:
            return str(error)
    return obstacle
