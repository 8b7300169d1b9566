"""``modes``: a run along the eigenvectors of the Hessian where it is heading: errors, rates, the closed form."""

from typing import Any

import numpy as np

from ...analysis.local_modes import local_modes, sentence_of
from ...base.errors import ArgumentError
from ...verbs.loading import call_of
from ...verbs.pages import traced_steps
from ..heeding import heeding
from ..reading import Setting
from ..work import Job

__all__ = ["ask"]

slow = True
MOST_VARIABLES = 100
MOST_ROWS = 4000
"""Rows that the answer holds; of more, evenly chosen ones, the last among them."""


def ask(arguments: dict[str, Any], job: Job) -> dict[str, Any]:
    """``{"problem", "start", "iterations", "run": {"method", "fields"}}``. Arrays: the point (n,), vectors (n, m),
    errors and the closed form (rows, m) at the iterations ``iteration``."""
    setting = Setting(arguments)
    if setting.problem.n > MOST_VARIABLES:
        raise ArgumentError(
            f"problem has {setting.problem.n:,} variables; modes are worked out for {MOST_VARIABLES} at most"
        )
    setting.check_room(1)
    with heeding(job):
        run = setting.run(arguments.get("run"))
    path, call, rule = run.history.w, call_of(run), None
    assert path is not None, "everything was recorded"
    if call is not None and not call.moving.schedules and call.moving.search is None:
        rule = call.moving.numbers(call.rule)
    sound = np.isfinite(path).all(axis=1)
    kept = np.flatnonzero(sound)
    whole = sound.all() and np.array_equal(run.history.iteration, np.arange(len(path)))
    found = local_modes(setting.problem, path[kept], run.failed, rule, lambda: traced_steps(run)[1] if whole else None)
    if found is None:
        raise ArgumentError("problem has no finite curvature where the run is heading; choose another start")
    rows = np.unique(np.linspace(0, len(kept) - 1, MOST_ROWS).astype(int)) if len(kept) > MOST_ROWS else slice(None)
    rates, periods = found.rates, found.periods
    return {
        "at": found.place.w, "what": found.place.what, "least": found.place.least,
        "curvatures": found.curvatures.tolist(), "vectors": found.vectors,
        "iteration": run.history.iteration[kept][rows].astype(float),
        "errors": found.errors[rows], "predicted": None if found.predicted is None else found.predicted[rows],
        "since": found.since, "rates": None if rates is None else rates.tolist(),
        "periods": None if periods is None else [p if np.isfinite(p) else None for p in periods.tolist()],
        "why": found.why, "sentence": sentence_of(found, run.recipe["method"]["name"].replace("_", " ")),
    }  # fmt: skip
