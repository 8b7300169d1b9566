"""The page of one run, ``run.to_html``: its data, and what of it can be read without a script."""

import html
from typing import Any

import numpy as np

from ...base.errors import ArgumentError
from ...engines.retracing import Trace
from ...methods.rule import scale_free
from ...problems.formulas import parse
from ...records.record import Record
from ..path import ground_data, path_data
from ..plane import SECONDS, Plane, is_equal
from ..rows import Array, record_of, weights_of
from .equations import slot_names, statements_of
from .packing import document, packed

__all__ = ["body", "run_data", "run_page"]

MOST_VARIABLES = 200
"""Beyond, a page holds the path in its plane, and no variable by itself."""
MOST_NUMBERS = 4_000_000
"""Of w that a page holds: 32 MB of numbers are 43 MB of text."""
SLOTS = 4
"""Of a rule, that are shown."""
ASPECTS, REACH = (1.6, 1.3), 1.2
"""Of the map's ground: how wide for its height, and high for its width, a canvas may be where both axes have one unit;
how far the ground reaches beyond the window."""


def run_data(record: Record, problem: Any, rule: Any = None, trace: Trace | None = None) -> dict[str, Any]:
    """What the page draws, JSON-ready. ``rule`` and ``trace`` (engines/retracing) give gradients and slots."""
    w = weights_of(record)
    rows, n = w.shape
    if rows * n > MOST_NUMBERS:
        raise ArgumentError(
            f"the path holds {rows:,} x {n:,} numbers, more than a page can ({MOST_NUMBERS:,}); run again with "
            f"record={-(-rows * n // MOST_NUMBERS)}, which keeps fewer rows"
        )
    f = record.history.f if record.history.f is not None else np.full(rows, np.nan)
    kept = min(n, MOST_VARIABLES)
    return {
        "unit": record.unit, "variables": variables_of(problem, n)[:kept],
        "iteration": packed(record.history.iteration), "w": packed(w[:, :kept]), "f": packed(f),
        "curves": curves_of(record), "stage": stage_data(record, problem),
        "trace": None if trace is None or kept < n else trace_data(rule, trace, w),
    }  # fmt: skip


def variables_of(problem: Any, n: int) -> list[str]:
    """The names of the variables: a formula's own, a linear model's columns, else w1, w2, ..."""
    if getattr(problem, "identity", "") == "formula":
        return list(parse(problem.formula).variables)
    if hasattr(problem, "fit_intercept") and problem.fit_intercept and problem.outputs_per_row == 1:
        return ["intercept", *(f"c{k}" for k in range(1, n))]
    return ["w"] if n == 1 else [f"w{k + 1}" for k in range(n)]


def curves_of(record: Record) -> list[dict[str, Any]]:
    """The curves beside f: the gradient's size where it is recorded, else the running loss or the learning rate."""
    history = record.history
    for name, values in (
        ("largest gradient component", history.grad_norm), ("loss while the weights moved", history.running_f),
        ("learning rate", history.learning_rate),
    ):  # fmt: skip
        if values is not None and np.isfinite(values).any():
            return [{"name": name, "values": packed(values), "log": True}]
    return []


def stage_data(record: Record, problem: Any) -> dict[str, Any]:
    """The map, the curve of one variable, or the path in a plane through more."""
    data = path_data(record, problem)
    window, values = data["window"], data["values"]
    equal = not data["curve"] and bool(is_equal(window))
    ground = None
    if values is not None and not data["curve"]:
        plane = Plane(data["origin"], data["directions"], data["shares"], ()) if "origin" in data else flat_plane()
        ground = grown_ground(problem, plane, window, equal, record.sign)
    curve = None
    if data["curve"] and values is not None:
        curve = packed(np.column_stack((data["x"], values)))
    directions = data.get("directions")
    return {
        "labels": [plain(label) for label in data["labels"]], "view": {"x": ends(window[0]), "y": ends(window[1])},
        "equal": equal, "path": packed(data["path"]),
        "minima": [[float(a), float(b)] for a, b in data["minima"]], "ground": ground, "curve": curve,
        "directions": None if directions is None else packed(directions),
    }  # fmt: skip


def flat_plane() -> Plane:
    """Two variables: the plane is theirs."""
    return Plane(np.zeros(2), np.eye(2), np.ones(2) / 2, ())


def grown_ground(
    problem: Any, plane: Plane, window: Array, equal: bool, sign: float, seconds: float = SECONDS
) -> dict[str, Any]:
    """f on a grid that reaches beyond the window, so that a wide screen and a moved map have ground too."""
    middle, half = window.mean(axis=1), 0.5 * (window[:, 1] - window[:, 0])
    reach = np.maximum(half, half[::-1] * np.array(ASPECTS)) if equal else half
    reach = REACH * reach
    data = ground_data(problem, plane, np.stack((middle - reach, middle + reach), axis=1), sign, seconds=seconds)
    return {
        "x": ends(data["x"]), "y": ends(data["y"]), "columns": int(data["x"].size), "rows": int(data["y"].size),
        "values": packed(data["values"]), "levels": [float(v) for v in data["levels"]], "floor": float(data["floor"]),
        "log": bool(data["log"]), "sign": float(sign),
    }  # fmt: skip


def ends(values: Array) -> list[float]:
    return [float(values[0]), float(values[-1])]


def plain(label: str) -> str:
    """``$w_{1}$`` as w1."""
    return label.replace("$", "").replace("_", "").replace("{", "").replace("}", "")


def trace_data(rule: Any, trace: Trace, w: Array) -> dict[str, Any]:
    """The gradients, the rule's memory under the names its docstring has, and the docstring's lines if they hold."""
    statements = statements_of(rule, trace, w)
    known = slot_names(statements) if statements else [f"slot {k + 1}" for k in range(len(trace.slots))]
    shown = list(zip(known, trace.slots, strict=True))[:SLOTS]
    return {
        "gradient": packed(trace.gradients), "slots": [{"name": name, "values": packed(slot)} for name, slot in shown],
        "fields": {name: packed(values) for name, values in trace.fields.items()},
        "statements": [list(statement) for statement in statements],
        "velocity": ("w", "w + v") in statements, "scaled": not scale_free(rule),
    }  # fmt: skip


# -- the page ----------------------------------------------------------------------------------------------------------


def run_page(given: Any, problem: Any, head: dict[str, str], rule: Any = None, trace: Trace | None = None) -> str:
    """The file. ``head`` holds its texts: title, outcome, state ("good", "bad" or ""), sentence, method, recipe."""
    record = record_of(given)
    data = run_data(record, problem, rule, trace)
    return document(head["title"], body(record, data, head), data, "run", "steepest/run_page.js")


def body(record: Record, data: dict[str, Any], head: dict[str, str]) -> str:
    """What run_page.js draws into, and what can be read without it; ``data`` is the record's ``run_data``."""
    text = {name: html.escape(value) for name, value in head.items()}
    unit = html.escape(record.unit)
    second = data["curves"][0]["name"] if data["curves"] else ""
    charts = f'<canvas id="f-chart" role="img" aria-label="f at each {unit}; values are in the table below"></canvas>'
    if second:
        charts += f'\n<canvas id="second-chart" role="img" aria-label="{html.escape(second)} at each {unit}"></canvas>'
    return f"""<header>
<h1>{text["title"]}</h1>
<p class="sentence"><span class="outcome {text["state"]}">{text["outcome"]}</span> {text["sentence"]}</p>
<p class="sentence">{text["method"]}</p>
</header>
<main>
<div class="view">
<section class="card" aria-label="The path">
<canvas id="stage" tabindex="0" role="img"
 aria-label="The path on a map of f. Arrow keys move the map, plus and minus zoom, 0 goes back."></canvas>
<p class="under"><span id="under"></span><span id="legend"></span></p>
</section>
<section class="card charts" aria-label="Curves">
{charts}
</section>
</div>
<div id="player" role="group" aria-label="Moving through the run">
<label class="hidden" for="row">row</label><input id="row" type="range" min="0" step="1" value="0">
<span id="where" aria-live="off"></span>
<label>speed <select></select></label>
<label><input id="log" type="checkbox" checked> log axes</label>
</div>
<section id="steps" aria-label="The step">
<h2>The step to here</h2>
<label>variable <select></select></label>
<div class="lines"></div>
<div class="scroll"><table></table></div>
</section>
<details><summary>The rows as a table</summary><div class="scroll">{rows_table(record, data)}</div></details>
<details><summary>The same run again, in Python</summary><pre>{text["recipe"]}</pre></details>
</main>
<footer><p>Space plays, the arrow keys step, Home and End go to the ends. Drag the map to move it, wheel to zoom,
double-click to go back.</p></footer>"""


MOST_ROWS = 200


def rows_table(record: Record, data: dict[str, Any]) -> str:
    """At most 200 rows for reading, evenly chosen, the first and the last among them."""
    w, history = weights_of(record), record.history
    chosen = np.unique(np.linspace(0, len(w) - 1, MOST_ROWS).astype(int))
    names = data["variables"][:4]
    heads = "".join(f"<th>{html.escape(name)}</th>" for name in (record.unit, "f", *names))
    lines = []
    for row in chosen:
        values = [np.nan if history.f is None else history.f[row], *w[row, : len(names)]]
        cells = "".join(f"<td>{value:.7g}</td>" for value in values)
        lines.append(f"<tr><th>{int(history.iteration[row]):,}</th>{cells}</tr>")
    return f"<table><tr>{heads}</tr>{''.join(lines)}</table>"
