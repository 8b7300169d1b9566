"""``run.to_html`` and ``sweep.to_html``: pages of their own, which need no server and no network."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..analysis.curvature import largest_curvature
from ..analysis.stability import local_limit
from ..base.errors import ArgumentError
from ..base.files import as_path, refuse_unwritable, write_text
from ..base.text import count
from ..engines.retracing import Trace, retraced
from ..engines.task import Task
from ..plots.page.run import run_page
from ..plots.page.sweep import sweep_page
from ..plots.rows import run_title
from . import report, sweep_report
from .loading import call_of
from .reproducing import python_of

if TYPE_CHECKING:
    from .run import Run
    from .sweep_object import Sweep

__all__ = ["as_page", "page_head", "sweep_as_page", "traced_steps", "write_page"]

Array = NDArray[np.float64]
BOUNDARY = 80
"""Points of theory's boundary."""
MOST_TRACED = 20_000
"""Rows whose gradients are taken again for a page."""


def write_page(shown: Any, path: Any) -> Path:
    """Writes the page of a run or a sweep; returns its path."""
    target = as_path(path)
    if target.suffix.lower() not in (".html", ".htm"):
        raise ArgumentError(f"path must end in .html; got {str(path)!r}")
    refuse_unwritable(path)
    return write_text(path, sweep_as_page(shown) if hasattr(shown, "cells") else as_page(shown))


def as_page(run: "Run") -> str:
    """The page as text."""
    rule, trace = traced_steps(run)
    return run_page(run.record, run.problem, page_head(run), rule, trace)


def page_head(run: "Run") -> dict[str, str]:
    """The texts of a run's page."""
    message = run.message
    name = run.outcome.name if run.outcome is not None else "RUNNING"
    return {
        "title": run_title(run.record), "outcome": name,
        "state": "good" if run.success else "bad" if run.failed else "",
        "sentence": message.removeprefix(name).lstrip(" :"), "method": report.method_line(run.record),
        "recipe": python_of(run),
    }  # fmt: skip


def sweep_as_page(sweep: "Sweep") -> str:
    """The page of a sweep as text."""
    told = ", ".join(f"{count(number, 'run')} {name}" for name, number in sweep.counts().items())
    return sweep_page(sweep, {"title": sweep_report.title(sweep), "sentence": told}, boundary_of(sweep))


def boundary_of(sweep: "Sweep") -> tuple[Array, Array, str] | None:
    """The largest stable learning rate for each momentum at the start's curvature, where the sweep is over both."""
    axes = sweep.axes
    first = sweep[0]
    if not {"learning_rate", "momentum"} <= axes.keys() or {"batch_size", "w0", "method"} & axes.keys():
        return None
    call = call_of(first) if first.problem is not None and first.recipe["batch_size"] is None else None
    if call is None:
        return None
    curvature = largest_curvature(call.minimized, first.w0).value
    at = np.linspace(min(axes["momentum"]), max(axes["momentum"]), BOUNDARY)
    rule = call.moving.numbers(call.rule)
    limits = [local_limit(rule._replace(momentum=float(m)), curvature) for m in at]
    if any(limit is None or not np.isfinite(limit) for limit in limits):
        return None
    return np.array(limits, dtype=float), at, "stability limit at the start"


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
