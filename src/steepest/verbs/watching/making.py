"""The Run of a watched loop: what was recorded, with a recipe that says whose loop it was."""

import platform
import sys
from typing import Any, NamedTuple

import numpy as np

from ... import __version__
from ...base.trees import Tree
from ...engines.stopping import Settings
from ...problems.linear_model import fingerprint
from ...records.history import History
from ...records.outcome import Outcome
from ...records.record import Record
from ..run import Run
from .likeness import rule_like
from .rows import Rows

__all__ = ["Told", "run_of"]

LIBRARIES = {"torch": ("torch",), "optax": ("optax", "jax"), "scipy": ("scipy",), "sklearn": ("sklearn",)}


class Told(NamedTuple):
    """What is known of a watched loop besides its rows. ``counted``: an update takes one gradient; ``rows_per_call``:
    the examples that a row stands for, 0 where that is unknown."""

    name: str
    gradient: str
    n: int
    method: dict[str, Any]
    tree: Tree | None
    problem: Any
    every: int
    nit: int
    counted: bool
    rows_per_call: int
    seconds: float
    notes: tuple[str, ...]


def run_of(rows: Rows, told: Told, outcome: Outcome | None, reason: str) -> Run:
    """``outcome`` None: the loop goes on. Where its numbers failed, that is the outcome."""
    at, w0, problem = rows.last, rows.w0, told.problem
    if outcome is not None and rows.verdict is not None:
        outcome, reason, at = rows.verdict
    history = rows.history(told.counted)
    about = {"kind": "watched", "name": told.name} if problem is None else problem.recipe()
    record = Record(
        setup=setup_of(told, history, rows), hashed=lambda: {"problem": about, "w0": fingerprint(w0)},
        outcome=outcome, reason=reason, trouble_at=at, w0=w0, w=rows.w, f=rows.f, best=rows.best, history=history,
        nit=told.nit, nfev=rows.count, njev=told.nit if told.counted else rows.count, seconds=told.seconds,
        engine="watched", engine_reason=f"watched: a loop of {told.method['name']}", grad_norm=rows.grad_norm,
        notes=told.notes,
    )  # fmt: skip
    return Run(record, problem)


def setup_of(told: Told, history: History, rows: Rows) -> dict[str, Any]:
    """The recipe but for problem and start. ``like`` is the rule of ours that makes the same steps, if any; ``engine``
    is the one that would run it again."""
    method, problem = dict(told.method), told.problem
    if "learning_rate" not in method and history.learning_rate is not None:
        seen = np.unique(history.learning_rate[~np.isnan(history.learning_rate)])
        method |= {"learning_rate": float(seen[0])} if seen.size == 1 else {}
    epochs = told.rows_per_call > 0 and told.rows_per_call == getattr(problem, "rows", 0)
    versions = {"python": platform.python_version(), "numpy": np.__version__}
    for library in LIBRARIES.get(method["name"].partition(".")[0], ()):
        versions[library] = str(getattr(sys.modules.get(library), "__version__", "unknown"))
    return {
        "steepest": __version__, "problem_name": told.name if problem is None else problem.name,
        "gradient": told.gradient if problem is None else problem.gradient_note, "n": told.n, "method": method,
        "learning_rate_reason": "", "batch_size": 1 if epochs else None, "sampling": "shuffle", "seed": 0,
        **vars(Settings(max(told.nit, 1), sign=rows.sign)), "record": told.every, "engine": "auto",
        "maximize": rows.sign < 0, "versions": versions, "bounds": None, "device": None,
        "tree": None if told.tree is None or not rows.w0.size else told.tree.spec,
        "watched": True, "like": rule_like(method),
    }  # fmt: skip
