"""``shown``: what ``steepest.show`` or ``steepest lab WHAT`` asked the page to open: a problem or a run."""

from typing import Any

from ...base.errors import ArgumentTypeError
from ...plots.page.run import run_data, variables_of
from ...problems.problem import Problem
from ...verbs.pages import traced_steps
from ...verbs.run import Run
from ..work import Job

__all__ = ["ask", "problem_state"]

slow = False


def ask(arguments: dict[str, Any], job: Job) -> dict[str, Any]:
    """``show`` is the id in the page's address. A problem: ``{"kind": "problem", "problem": {...}}``. A run: the same
    with kind "run", its ``recipe`` and ``run``, what a page of it draws (plots/page/run)."""
    id = arguments.get("show")
    if not isinstance(id, str):
        raise ArgumentTypeError(f"show must be an id, a text; got {id!r}")
    thing, start = job.held.shown(id)
    if not isinstance(thing, Run):
        return {"kind": "problem", "problem": problem_state(thing, start)}
    rule, trace = traced_steps(thing)
    return {
        "kind": "run", "problem": None if thing.problem is None else problem_state(thing.problem),
        "recipe": thing.recipe, "message": thing.message,
        "run": run_data(thing.record, thing.problem, rule, trace),
    }  # fmt: skip


def problem_state(problem: Problem, start: Any = None) -> dict[str, Any]:
    """A problem by what it says of itself, at ``start`` or its own; ``recipe`` names it as saved runs do."""
    start = problem.start if start is None else start
    known, box = problem.minimum, problem.box
    return {
        "recipe": problem.recipe(), "name": problem.name, "n": int(problem.n),
        "variables": variables_of(problem, problem.n), "formula": problem.formula,
        "start": None if start is None else start.tolist(),
        "box": None if box is None else {"lower": box.lower.tolist(), "upper": box.upper.tolist()},
        "minima": None if known is None else {"f": float(known.f), "w": known.w.tolist()},
    }  # fmt: skip
