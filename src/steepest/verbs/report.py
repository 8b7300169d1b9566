"""How a run is told: the message, the terminal's lines, the repr, and the same in HTML. Plain ASCII."""

import html
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from ..base.text import count, duration, number, vector
from ..records.outcome import Outcome
from ..records.record import Record

if TYPE_CHECKING:
    from .run import Run

__all__ = ["end_lines", "head_lines", "html_repr", "message", "plain_repr", "state_of"]

KNOWN_AT = 34
"""The column at which the known minimum stands beside f and w, unless they are longer."""


def method_line(record: Record, learning_rate: bool = True) -> str:
    """``momentum   learning_rate 0.005   momentum 0.9``."""
    fields = dict(record.setup["method"])
    parts = [fields.pop("name")]
    reason = record.setup.get("learning_rate_reason")
    for name, value in fields.items():
        if isinstance(value, bool):
            parts += [name] if value else []
        elif name != "learning_rate" or learning_rate:
            tail = f" ({reason})" if name == "learning_rate" and reason else ""
            parts.append(f"{name} {field_text(value)}{tail}")
    batch = record.setup["batch_size"]
    if batch is not None:
        parts.append(f"batch_size {batch}, {record.setup['sampling']}, seed {record.setup['seed']}")
    return "   ".join(parts)


def field_text(value: Any) -> str:
    """A hyper-parameter in a line: a number, or ``cosine(start 0.1, end 0)`` of a recipe's schedule."""
    if isinstance(value, (int, float)):
        return number(value)
    if not isinstance(value, dict):
        return str(value)
    fields = dict(value)
    name = fields.pop("schedule", None) or fields.pop("line_search", "")
    shown = [f"{key} {field_text(item)}" for key, item in fields.items() if item is not None and item is not False]
    return f"{name}({', '.join(shown)})"


def head_lines(run: "Run") -> list[str]:
    """What is run, from where, how."""
    record, setup = run.record, run.record.setup
    parts = [setup["problem_name"], count(setup["n"], "variable")]
    if setup["maximize"]:
        parts.append("maximized")
    start = f"the best of {1 + len(run.others):,} starts (seed {setup['seed']}):" if run.others else "start"
    parts += [f"{start} {vector(record.w0, 6)}", f"gradient: {setup['gradient']}"]
    return [", ".join(parts), method_line(record)]


def rough(value: float) -> str:
    """Two digits, without an exponent where that is as short: 0.0029, 3.1, 140."""
    return f"{value:,.0f}" if 10 <= abs(value) < 100_000 else number(value, 2)


def progress_made(record: Record) -> str:
    """``fell 0.9 % in the last 1,000``: how f moved over the last tenth of the rows."""
    history = record.history
    if history.f is None or len(history) < 10:
        return ""
    back = max(1, len(history) // 10)
    old, new = float(history.f[-1 - back]), float(history.f[-1])
    rows = int(history.iteration[-1] - history.iteration[-1 - back])
    if not math.isfinite(old) or not math.isfinite(new):
        return ""
    lately = f"in the last {record.unit if rows == 1 else f'{rows:,}'}"
    if abs(old - new) <= 1e-13 * abs(run_scale(record)):  # rounding, which has no direction
        return f"unchanged {lately}"
    share = abs(new - old) / abs(old) if old else float("inf")
    by = f"{rough(100 * share)} %" if share < 10 else f"from {number(old)}"
    return f"{'fell' if new < old else 'rose'} {by} {lately}"


def run_scale(record: Record) -> float:
    """The largest |f| of the first and the last row: what rounding is relative to."""
    f = record.history.f
    ends = [abs(float(f[k])) for k in (0, -1)] if f is not None and len(f) else [0.0]
    return max(ends) if all(map(math.isfinite, ends)) else 0.0


def gradient_part(record: Record) -> str:
    """``largest gradient component 0.0029``, where it is recorded."""
    return "" if math.isnan(record.grad_norm) else f"largest gradient component {rough(record.grad_norm)}"


def state_of(run: "Run") -> str:
    """How a run stands: f, how it moved lately, the gradient, the training errors of a two-class model."""
    record = run.record
    worse = record.sign * (record.f - run.f_start) > 0 and math.isfinite(run.f_start)
    above = f"{'above' if record.sign > 0 else 'below'} its start {number(run.f_start)}" if worse else ""
    parts = [", ".join(part for part in (f"f {number(record.f)}", above, progress_made(record)) if part)]
    if gradient_part(record):
        parts.append(gradient_part(record))
    errors = run.training_errors
    if errors is not None:
        parts.append(f"{errors[0]:,}/{errors[1]:,} training errors")
    return "; ".join(parts)


def stop_reason(record: Record) -> str:
    """Why a run ended that neither met its aim nor failed; a limit is named once, by its argument."""
    setup, outcome = record.setup, record.outcome
    if outcome is Outcome.MAX_ITER:
        return f"stopped at max_iter {setup['max_iter']:,}{'' if record.unit == 'iteration' else ' epochs'}:"
    if outcome is Outcome.MAX_EVALS:
        return f"stopped at max_evals {setup['max_evals']:,}:"
    if outcome is Outcome.TIME_LIMIT:
        return f"stopped at time_limit {number(setup['time_limit'])} s:"
    return f"{record.reason.removeprefix('interrupted; ')};"


def sentence(run: "Run") -> str:
    """The outcome in a sentence with its numbers, without the outcome's name."""
    record = run.record
    outcome, unit = record.outcome, record.unit
    after = f"after {count(record.nit, unit)}"
    if outcome is None:
        return f"{after}; {state_of(run)}"
    if outcome is Outcome.DIVERGED:
        return f"at {unit} {record.trouble_at:,}: {record.reason}"
    if outcome.success:
        tail = "" if "gradient" in record.reason else gradient_part(record)
        return f"{after}, {duration(record.seconds)}: {'; '.join(part for part in (record.reason, tail) if part)}"
    if outcome.failed:
        return f"{after}: {record.reason}"
    spent = duration(record.seconds)
    if outcome is Outcome.MAX_ITER:
        after = f"after {spent}"
    elif outcome is not Outcome.TIME_LIMIT:
        after = f"{after}, {spent}"
    return f"{after}: {stop_reason(record)} {state_of(run)}"


def name_of(record: Record) -> str:
    """The outcome's name; RUNNING for what a callback sees."""
    return record.outcome.name if record.outcome is not None else "RUNNING"


def message(run: "Run") -> str:
    """``run.message``: outcome, numbers, what to try, how the gradient was had."""
    record = run.record
    parts = [f"{name_of(record)} {sentence(run)}", *record.notes]
    if record.outcome is not None and record.outcome.failed and gradient_part(record):
        parts.append(f"{gradient_part(record)} at the last finite row")
    if record.why:
        parts.append(record.why)
    if record.advice:
        parts.append(f"try {spelled(record.advice)}")
    parts.append(f"gradient: {record.setup['gradient']}")
    return "; ".join(parts)


def spelled(advice: dict[str, float], flags: dict[str, str] | None = None) -> str:
    """``learning_rate=0.00066``, or as the command line spells it: ``--lr 0.00066``."""
    flags = flags or {}
    words = [f"{flags[k]} {number(v, 2)}" if k in flags else f"{k}={number(v, 2)}" for k, v in advice.items()]
    return (" " if flags else ", ").join(words)


def known_minimum(run: "Run") -> tuple[float, Any, float] | None:
    """``(f, nearest point, Euclidean distance)`` of the known minimum; None where there is none, or the run climbs."""
    minimum = getattr(run.problem, "minimum", None)
    if minimum is None or run.record.setup["maximize"]:
        return None
    points = np.atleast_2d(minimum.w)
    with np.errstate(over="ignore"):  # a run that blew up ends further away than the square of a number can tell
        distances = np.linalg.norm(points - run.record.w, axis=1)
    nearest = int(np.argmin(distances))
    return float(minimum.f), points[nearest], float(distances[nearest])


def end_lines(run: "Run", flags: dict[str, str] | None = None) -> list[str]:
    """How it ended, for the terminal; ``flags`` spells hyper-parameters as the command line does."""
    record = run.record
    lines = [f"{name_of(record)} {sentence(run)}"]
    lines += [f"  note  {note}" for note in record.notes]
    if record.why:
        lines.append(f"  why   {record.why}")
    if record.advice:
        lines.append(f"  try   {spelled(record.advice, flags)}")
    if record.outcome in (Outcome.DIVERGED, Outcome.NOT_FINITE):
        best = record.best
        if np.isfinite(best.f):
            at = f"{record.unit} {best.iteration:,}"
            lines.append(f"  best  f = {number(best.f)} at {at}, w = {vector(best.w, 4)}")
        return lines
    start = "" if np.isnan(run.f_start) else f"{number(run.f_start)} -> "
    f_line, w_line = f"  f  {start}{number(record.f)}", f"  w  {vector(record.w)}"
    known = known_minimum(run)
    if known is not None:
        f, point, distance = known
        width = max(len(f_line), len(w_line), KNOWN_AT - 2) + 2
        f_line = f"{f_line:<{width}}known minimum {number(f)}"
        w_line = f"{w_line:<{width}}{rough(distance)} from the known minimum {vector(point, 4)}"
    return [*lines, f_line, w_line]


def plain_repr(run: "Run") -> str:
    """What ``>>> run`` shows: a title, then a labelled row for each thing worth knowing."""
    record = run.record
    setup, method = record.setup, record.setup["method"]
    title = f"<Run {method['name']} on {setup['problem_name']}: {name_of(record)}, {count(record.nit, record.unit)}>"
    known = known_minimum(run)
    facts = [] if np.isnan(run.f_start) else [f"start {number(run.f_start)}"]
    facts += [] if known is None else [f"known minimum {number(known[0])}"]
    rows = [("f", noted(record.f, ", ".join(facts))), ("w", run.shown_w)]
    if not np.isnan(record.grad_norm):
        tol = setup.get("grad_tol")
        rows.append(("max |grad|", noted(record.grad_norm, "" if tol is None else f"grad_tol {number(tol)}")))
    fields = [
        f"{name} {field_text(value)}"
        + (" (auto)" if name == "learning_rate" and setup.get("learning_rate_reason") else "")
        for name, value in method.items()
        if name != "name" and isinstance(value, (int, float, dict)) and not isinstance(value, bool)
    ]
    fields += [] if setup["batch_size"] is None else [f"batch_size {setup['batch_size']}"]
    first, _, rest = ", ".join(fields).partition(" ")
    rows += [(first, rest)] if fields else []
    if record.outcome is not None and not record.outcome.success:
        rows.append(("ended", sentence(run)))
    rows += [("note", note) for note in record.notes]
    rows += [("why", record.why)] if record.why else []
    rows += [("try", spelled(record.advice))] if record.advice else []
    if run.others:
        rows.append(("others", f"{count(len(run.others), 'other start')}: .others"))
    lines = [title, *(labelled(label, text) for label, text in rows)]
    return "\n".join([*lines, f"  history {count(len(record.history), 'row')}: .plot_path() .plot_loss() .save()"])


def noted(value: float, note: str) -> str:
    """``1.563e-12    (start 24.2)``."""
    return f"{number(value):<12} ({note})" if note else number(value)


def labelled(label: str, text: str) -> str:
    """A row of the repr; a text of several lines stays in its column."""
    return f"  {label:<13}  " + text.replace("\n", "\n" + " " * 17)


def sparkline(run: "Run", width: int = 240, height: int = 60) -> str:
    """The loss over the rows as a small inline SVG (log scale where f spans decades); no plotting library."""
    f = run.record.history.f
    if f is None or len(f) < 2:
        return ""
    x = np.arange(len(f), dtype=float)
    keep = np.isfinite(f)
    x, y = x[keep], f[keep].astype(float)
    if len(y) < 2:
        return ""
    if len(y) > width:
        chosen = np.linspace(0, len(y) - 1, width).astype(int)
        x, y = x[chosen], y[chosen]
    log = bool(y.min() > 0 and y.max() > 100 * y.min())
    y = np.log10(y) if log else y
    y = y / (np.abs(y).max() or 1.0)  # so that the span of values near the largest float is finite
    span = float(y.max() - y.min()) or 1.0
    points = " ".join(
        f"{4 + (width - 8) * a / (x[-1] or 1):.1f},{4 + (height - 8) * (y.max() - b) / span:.1f}"
        for a, b in zip(x, y, strict=True)
    )
    label = f"f over {run.record.unit}s, {'log' if log else 'linear'} scale"
    return (
        f'<svg width="{width}" height="{height}" role="img" aria-label="{label}"><title>{label}</title>'
        f'<polyline points="{points}" fill="none" stroke="#0072B2" stroke-width="1.5"/></svg>'
    )


def html_repr(run: "Run") -> str:
    """The plain repr beside the loss curve."""
    text = html.escape(plain_repr(run))
    return f'<div style="display:flex;gap:1em;align-items:center"><pre>{text}</pre>{sparkline(run)}</div>'
