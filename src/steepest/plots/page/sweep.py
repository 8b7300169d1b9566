"""The page of a sweep, ``sweep.to_html``: a map of all its runs, the path and the curve of the one that is chosen."""

import html
from typing import Any

import numpy as np

from ...base.errors import ArgumentError
from ...base.text import count
from ...records.record import Record
from ..path import path_data
from ..plane import is_equal
from ..rows import Array, finite_rows
from ..sweep_axes import REPEATS, Axis, axes_of, read_sweep, two_of
from ..sweep_values import failures, first_run, has_ended, values_of
from .packing import document, packed
from .run import ends, flat_plane, grown_ground, plain, variables_of

__all__ = ["sweep_data", "sweep_page"]

MOST_NUMBERS = 1_500_000
"""Of paths and curves, that a page holds: rows are thinned evenly to stay below."""
MOST_ROWS, LEAST_ROWS = 400, 12
MOST_RUNS = 20_000
MARGIN = 0.08
"""Around the paths, of their width."""


def sweep_data(sweep: Any, boundary: Any = None) -> dict[str, Any]:
    """What the page draws, JSON-ready. ``boundary`` is a curve over the map, (x, y, label)."""
    columns = read_sweep(sweep)
    axes = axes_of(sweep, columns)
    first = first_run(sweep, columns["outcome"])
    ended = has_ended(columns["outcome"])
    if not ended.any():
        raise ArgumentError("no run of the sweep has ended, so there is nothing to show; sweep.resume() runs the rest")
    if len(sweep) > MOST_RUNS:
        raise ArgumentError(f"a page holds {MOST_RUNS:,} runs at most; the sweep has {len(sweep):,}")
    across, up = pair_of(axes)
    runs = cells_of(across, up, values_of(columns, "best_f", first, None).rank, ended)
    shown = [int(k) for k in np.unique(runs[runs >= 0])]
    place = {run: k for k, run in enumerate(shown)}
    each = min(MOST_ROWS, max(LEAST_ROWS, MOST_NUMBERS // (4 * len(shown))))
    records = [sweep[k].record for k in shown]
    plane = first.record.w0.size == 2
    return {
        "unit": first.record.unit, "x": axis_data(across), "y": axis_data(up),
        "run": [place.get(int(k), -1) for k in runs], "failures": failures_of(columns, runs),
        "values": values_data(columns, runs, first), "chaotic": chaotic_of(columns, runs),
        "boundary": None if boundary is None else boundary_data(boundary),
        "stage": stage_of(first, records, sweep.problem) if plane else None,
        "variables": variables_of(sweep.problem, first.record.w0.size)[:12],
        "runs": [run_summary(record, each, plane) for record in records],
    }  # fmt: skip


def pair_of(axes: dict[str, Axis]) -> tuple[Axis, Axis | None]:
    """The axes of the map; the second is None for a sweep over one."""
    numeric = [axis for axis in axes.values() if len(axis) > 1 and axis.numeric]
    several = [axis for axis in numeric if axis.name not in REPEATS] or numeric
    if not several:
        raise ArgumentError("a page of a sweep needs an axis of numbers with two values or more")
    return two_of(axes, None, None, ()) if len(several) > 1 else (several[0], None)


def cells_of(across: Axis, up: Axis | None, rank: Array, ended: Any) -> Any:
    """For each cell (y, x), flat, the run that stands for it: the best of those that ended; -1 for none."""
    rows = 1 if up is None else len(up)
    found = np.full(rows * len(across), -1, dtype=np.int64)
    cell = across.codes + (0 if up is None else up.codes * len(across))
    for run in np.argsort(-np.where(np.isfinite(rank), rank, np.inf), kind="stable"):  # the best comes last
        if ended[run]:
            found[cell[run]] = run
    return found


def axis_data(axis: Axis | None) -> dict[str, Any]:
    if axis is None:
        return {"label": "", "values": [0.0], "log": False, "texts": [""]}
    at = [float(v) for v in axis.at]
    return {"label": axis.label, "values": at, "log": axis.scale == "log", "texts": axis.texts}


def failures_of(columns: Any, runs: Array) -> list[str]:
    names = failures(columns["outcome"])
    return ["no run" if run < 0 else str(names[run]) for run in runs]


def chaotic_of(columns: Any, runs: Array) -> list[bool]:
    """Which cells are those of runs whose end rounding decides."""
    flags = columns.get("chaotic")
    return [] if flags is None else [bool(run >= 0 and flags[run]) for run in runs]


def values_data(columns: Any, runs: Array, first: Any) -> list[dict[str, Any]]:
    """The columns to choose from: f, iterations, the gradient."""
    found = []
    unit = f"{first.record.unit}s"
    for name, label in (("f", "f"), ("nit", unit), ("grad_norm", "largest gradient component")):
        values = values_of(columns, name, first)
        shown = np.where(runs >= 0, values.shown[np.maximum(runs, 0)], np.nan)
        if np.isfinite(shown).any():
            known = shown[np.isfinite(shown)]
            above = known[known > 0]
            log = bool((known >= 0).all() and above.size and above.max() > 10 * above.min())
            found.append({"name": label if name != "f" else values.label, "values": packed(shown), "log": log})
    return found


def boundary_data(boundary: Any) -> dict[str, Any]:
    x, y, label = boundary
    return {"x": [float(v) for v in x], "y": [float(v) for v in y], "label": str(label)}


def stage_of(first: Any, records: list[Record], problem: Any) -> dict[str, Any]:
    """The map of two variables that shows the runs that did not fly off."""
    data = path_data(first.record, problem)
    window = data["window"]
    sound = [record for record in records if record.outcome is not None and not record.outcome.failed][:200]
    points = [record.history.w for record in sound if record.history.w is not None]
    near = [w[finite_rows(w)] for w in points]
    if near:
        everything = np.concatenate([w for w in near if len(w)] or [window.T])
        low, high = np.quantile(everything, [0.01, 0.99], axis=0)
        low, high = low - MARGIN * (high - low), high + MARGIN * (high - low)
        window = np.stack((np.minimum(window[:, 0], low), np.maximum(window[:, 1], high)), axis=1)
    equal = bool(is_equal(window))
    ground = None if problem is None else grown_ground(problem, flat_plane(), window, equal, first.record.sign)
    return {
        "labels": [plain(label) for label in data["labels"]], "view": {"x": ends(window[0]), "y": ends(window[1])},
        "equal": equal, "ground": ground, "minima": [[float(a), float(b)] for a, b in data["minima"]],
    }  # fmt: skip


def run_summary(record: Record, rows: int, plane: bool) -> dict[str, Any]:
    """A run in the page: how it ended, and some of its rows."""
    history = record.history
    chosen = rows_shown(history.w, len(history), rows)
    name = record.outcome.name if record.outcome is not None else "RUNNING"
    found: dict[str, Any] = {
        "outcome": name, "sentence": f"{name} after {count(record.nit, record.unit)}, f {record.f:.6g}",
        "w": [float(v) for v in record.w[:12]], "iteration": packed(history.iteration[chosen]),
        "f": None if history.f is None else packed(history.f[chosen]), "path": None,
    }  # fmt: skip
    if plane and history.w is not None:
        found["path"] = packed(history.w[chosen])
    return found


def rows_shown(w: Array | None, rows: int, most: int) -> Array:
    """At most so many rows: half of them evenly spaced, half the first that move visibly."""
    even = np.unique(np.linspace(0, max(rows - 1, 0), min(rows, most // 2)).astype(int))
    if w is None or rows <= most // 2:
        return even
    with np.errstate(all="ignore"):
        steps = np.abs(np.diff(w, axis=0)).max(axis=1)
        visible = 1 + np.flatnonzero(steps > 0.005 * np.nanmax(np.abs(w[: most // 2] - w[0])))
    return np.union1d(even, visible[: most // 2])


# -- the page ----------------------------------------------------------------------------------------------------------


def sweep_page(sweep: Any, head: dict[str, str], boundary: Any = None) -> str:
    """The whole file. ``head`` holds its texts: title, sentence."""
    data = sweep_data(sweep, boundary)
    return document(head["title"], body(data, head), data, "sweep", "steepest/sweep_page.js")


def body(data: dict[str, Any], head: dict[str, str]) -> str:
    text = {name: html.escape(value) for name, value in head.items()}
    stage = (
        '<section class="card" aria-label="The path of the run"><canvas id="stage" tabindex="0" role="img"'
        ' aria-label="The path of the chosen run on a map of f"></canvas><p class="under"><span id="under"></span></p>'
        "</section>"
        if data["stage"] is not None
        else ""
    )
    return f"""<header>
<h1>{text["title"]}</h1>
<p class="sentence">{text["sentence"]}</p>
</header>
<main>
<div class="view even">
<section class="card" aria-label="All runs">
<canvas id="map" class="tall" tabindex="0" role="img"
 aria-label="All runs of the sweep; the arrow keys go from run to run, their numbers stand below"></canvas>
<p class="under"><span id="said"></span><span>{dashed(data)}</span>
<label>colour <select id="value"></select></label></p>
</section>
{stage}
<section class="card" aria-label="Curve">
<canvas id="f-chart" class="tall" role="img" aria-label="f over the rows of the chosen run"></canvas>
</section>
</div>
<section class="chosen" aria-live="polite"><h2 id="where"></h2><p id="how"></p></section>
<details><summary>All runs as a table</summary><div class="scroll">{table(data)}</div></details>
</main>
<footer><p>Press or drag on the map, or use the arrow keys on it, to choose a run. Hatched runs failed; their
cells have no colour of the scale. A ring marks the chosen run.</p></footer>"""


def dashed(data: dict[str, Any]) -> str:
    return "" if data["boundary"] is None else f"dashed: {html.escape(data['boundary']['label'])}"


MOST_LINES = 1000


def table(data: dict[str, Any]) -> str:
    x, y = data["x"], data["y"]
    lines: list[str] = []
    for cell, run in enumerate(data["run"]):
        if run < 0 or len(lines) == MOST_LINES:
            continue
        up = f"<td>{html.escape(y['texts'][cell // len(x['values'])])}</td>" if y["label"] else ""
        across = html.escape(x["texts"][cell % len(x["values"])])
        lines.append(f"<tr><th>{across}</th>{up}<td>{html.escape(data['runs'][run]['sentence'])}</td></tr>")
    second = f"<th>{html.escape(y['label'])}</th>" if y["label"] else ""
    return f"<table><tr><th>{html.escape(x['label'])}</th>{second}<th>how it ended</th></tr>{''.join(lines)}</table>"
