"""``run.to_html``: the run as a page of its own, which needs no server and no network."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..base.errors import ArgumentError
from ..engines.retracing import Trace, retraced
from ..engines.task import Task
from ..plots.page.run import run_page
from ..plots.rows import run_title
from ..records.storage import as_path
from . import report
from .loading import call_of
from .reproducing import python_of

if TYPE_CHECKING:
    from .run import Run

__all__ = ["as_page", "traced_steps", "write_page"]

MOST_TRACED = 20_000
"""Rows whose gradients are taken again for a page."""


def write_page(run: "Run", path: Any) -> Path:
    """Writes the page; returns its path."""
    target = as_path(path)
    if target.suffix.lower() not in (".html", ".htm"):
        raise ArgumentError(f"path must end in .html; got {str(path)!r}")
    target.write_text(as_page(run), encoding="utf-8")
    return target


def as_page(run: "Run") -> str:
    """The page as text."""
    rule, trace = traced_steps(run)
    message = run.message
    name = run.outcome.name if run.outcome is not None else "RUNNING"
    head = {
        "title": run_title(run.record), "outcome": name,
        "state": "good" if run.success else "bad" if run.failed else "",
        "sentence": message.removeprefix(name).lstrip(" :"), "method": report.method_line(run.record),
        "recipe": python_of(run),
    }  # fmt: skip
    return run_page(run.record, run.problem, head, rule, trace)


def traced_steps(run: "Run") -> tuple[Any, Trace | None]:
    """The rule and the run's steps made again, where all rows were kept and the problem is at hand."""
    w, at = run.history.w, run.history.iteration
    whole = w is not None and len(w) == run.nit + 1 and np.array_equal(at, np.arange(len(at)))
    if run.problem is None or w is None or not whole or len(w) > MOST_TRACED or run.recipe["batch_size"] is not None:
        return None, None
    call = call_of(run)
    if call is None:
        return None, None
    rule = call.moving.numbers(call.rule)
    task = Task(
        call.minimized, rule, run.w0, call.settings, call.plan, None, schedules=call.moving.schedules, box=call.box,
        search=call.moving.search,
    )  # fmt: skip
    return rule, retraced(task, np.asarray(w))
