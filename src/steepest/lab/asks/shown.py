"""``shown``: what ``steepest.show`` or ``steepest lab WHAT`` asked the page to open: a problem or a run."""

from typing import Any

from ...base.errors import ArgumentTypeError
from ...methods import names as method_names
from ...plots.page.run import body, run_data
from ...verbs.minimizing import minimize
from ...verbs.pages import page_head, traced_steps
from ...verbs.reproducing import changed, options
from ...verbs.run import Run
from ...verbs.varying import unspelled_fields
from ..reading import MOST_ITERATIONS, start_of
from ..work import Job

__all__ = ["ask"]

slow = True
SHOWN_BY = 300
"""Iterations of the run by which a problem is shown that has no map."""
NO_LIMIT = 10_000
"""What max_iter is where it is not given, for the whole batch."""


def ask(arguments: dict[str, Any], job: Job) -> dict[str, Any]:
    """``show`` is the id in the page's address. ``{"state": {...}}`` is what the page's view of functions then shows:
    "problem", "start" and for a run "runs" and "iterations". What that view cannot spell is answered with the page of
    the record, ``{"page": {"title", "body", "run"}}`` (plots/page/run); a problem of more than two variables with that
    of a run of the default method."""
    id = arguments.get("show")
    if not isinstance(id, str):
        raise ArgumentTypeError(f"show must be an id, a text; got {id!r}")
    thing, start = job.held.shown(id)
    if isinstance(thing, Run):
        state = state_of(thing, id)
        return {"page": page_of(thing)} if state is None else {"state": state}
    start = start_of(None if start is None else start.tolist(), thing)
    if thing.n <= 2:
        return {"state": {"problem": name_of(thing, id), "start": start.tolist()}}
    return {"page": page_of(minimize(thing, start, max_iter=SHOWN_BY, progress=False))}


def state_of(run: Run, id: str) -> dict[str, Any] | None:
    """The state of the page that makes the run again; None where there is none."""
    fields = unspelled_fields(run.recipe["method"])
    method = fields.pop("name")
    given = options(run)
    iterations = given.get("max_iter", NO_LIMIT)
    if (
        run.problem is None or run.tree is not None or run.problem.n > 2 or method not in method_names()
        or given.keys() - {"max_iter", "engine"} or not 1 <= iterations <= MOST_ITERATIONS
    ):  # fmt: skip
        return None
    own = changed(method, fields)
    if not all(isinstance(value, (bool, int, float)) for value in own.values()):
        return None
    return {
        "problem": name_of(run.problem, id), "start": run.w0.tolist(), "runs": [{"method": method, "fields": own}],
        "focus": 0, "iterations": iterations,
    }  # fmt: skip


def name_of(problem: Any, id: str) -> dict[str, Any]:
    """A problem as the page names it in its asks: by its own name where it has one, else by what it was shown as."""
    about: dict[str, Any] = problem.recipe()
    if about.get("kind") == "formula":
        return {"kind": "formula", "text": about["text"]}
    if about.get("kind") == "gallery" and about.keys() <= {"kind", "name", "n"}:
        return about
    return {"kind": "shown", "id": id, "name": problem.name}


def page_of(run: Run) -> dict[str, Any]:
    """The page of a record: its title, its body as HTML, and the data that it draws."""
    rule, trace = traced_steps(run)
    head, data = page_head(run), run_data(run.record, run.problem, rule, trace)
    return {"title": head["title"], "body": body(run.record, data, head), "run": data}
