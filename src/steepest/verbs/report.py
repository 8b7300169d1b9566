"""How a run is told: the message, the terminal's lines, the repr, and the same in HTML. Plain ASCII."""

import html
from typing import TYPE_CHECKING, Any

import numpy as np

from ..base.text import count, duration, number, vector
from ..records.outcome import Outcome
from ..records.record import Record

if TYPE_CHECKING:
    from .run import Run

__all__ = ["end_lines", "head_lines", "html_repr", "message", "plain_repr", "state_of"]


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
            parts.append(f"{name} {number(value) if isinstance(value, (int, float)) else value}{tail}")
    batch = record.setup["batch_size"]
    if batch is not None:
        parts.append(f"batch_size {batch}, {record.setup['sampling']}, seed {record.setup['seed']}")
    return "   ".join(parts)


def head_lines(run: "Run") -> list[str]:
    """What is run, from where, how."""
    record, setup = run.record, run.record.setup
    first = f"{setup['problem_name']}, {count(setup['n'], 'variable')}"
    if setup["maximize"]:
        first += ", maximized"
    return [f"{first}, start {vector(record.w0, 6)}, gradient: {setup['gradient']}", method_line(record)]


def progress_made(record: Record) -> str:
    """``fell 0.9 % in the last 1,000``: how f moved over the last tenth of the rows."""
    history = record.history
    if history.f is None or len(history) < 10:
        return ""
    back = max(1, len(history) // 10)
    old, new = history.f[-1 - back], history.f[-1]
    rows = int(history.iteration[-1] - history.iteration[-1 - back])
    if not np.isfinite(old) or not np.isfinite(new):
        return ""
    if old == new:
        return f"unchanged in the last {rows:,}"
    share = abs(new - old) / abs(old) if old else float("inf")
    by = f"{number(100 * share, 2)} %" if share < 10 else f"from {number(old)}"
    return f"{'fell' if new < old else 'rose'} {by} in the last {rows:,}"


def state_of(run: "Run") -> str:
    """How a run stands: f, how it moved lately, the gradient, the training errors of a two-class model."""
    record = run.record
    parts = [", ".join(part for part in (f"f {number(record.f)}", progress_made(record)) if part)]
    if not np.isnan(record.grad_norm):
        parts.append(f"largest gradient component {number(record.grad_norm, 2)}")
    errors = run.training_errors
    if errors is not None:
        parts.append(f"{errors[0]:,}/{errors[1]:,} training errors")
    return "; ".join(parts)


def sentence(run: "Run") -> str:
    """The outcome in a sentence with its numbers, without the outcome's name."""
    record = run.record
    outcome, unit = record.outcome, record.unit
    after = f"after {count(record.nit, unit)}"
    if outcome is None:
        return f"running, {after}"
    if outcome is Outcome.DIVERGED:
        return f"at {unit} {record.trouble_at:,}: {record.reason}"
    if outcome.success:
        grad = "" if "gradient" in record.reason or np.isnan(record.grad_norm) else record.grad_norm
        tail = f"; largest gradient component {number(grad, 2)}" if grad != "" else ""
        return f"{after}, {duration(record.seconds)}: {record.reason}{tail}"
    if outcome.failed:
        return f"{after}: {record.reason}"
    return f"{after}, {duration(record.seconds)}: stopped at {record.reason}: {state_of(run)}"


def message(run: "Run") -> str:
    """``run.message``: outcome, numbers, what to try, how the gradient was had."""
    record = run.record
    name = record.outcome.name if record.outcome is not None else "RUNNING"
    parts = [f"{name} {sentence(run)}", *record.notes]
    if record.why:
        parts.append(record.why)
    if record.advice:
        parts.append(f"try {', '.join(f'{k}={number(v, 2)}' for k, v in record.advice.items())}")
    parts.append(f"gradient: {record.setup['gradient']}")
    return "; ".join(parts)


def known_minimum(run: "Run") -> tuple[float, Any, float] | None:
    """``(f, nearest point, distance)`` of the known minimum; None where there is none, or the run climbs."""
    minimum = getattr(run.problem, "minimum", None)
    if minimum is None or run.record.setup["maximize"]:
        return None
    points = np.atleast_2d(minimum.w)
    distances = np.abs(points - run.record.w).max(axis=1)
    nearest = int(np.argmin(distances))
    return float(minimum.f), points[nearest], float(distances[nearest])


def end_lines(run: "Run", flags: dict[str, str] | None = None) -> list[str]:
    """How it ended, for the terminal; ``flags`` spells hyper-parameters as the command line does."""
    record = run.record
    name = record.outcome.name if record.outcome is not None else "RUNNING"
    lines = [f"{name} {sentence(run)}"]
    lines += [f"  note  {note}" for note in record.notes]
    if record.outcome is not None and record.outcome.failed:
        if record.why:
            lines.append(f"  why   {record.why}")
        if record.advice:
            spelled = flags or {}
            tries = [
                f"{spelled[k]} {number(v, 2)}" if k in spelled else f"{k}={number(v, 2)}"
                for k, v in record.advice.items()
            ]
            lines.append(f"  try   {' '.join(tries)}")
        best = record.best
        lines.append(
            f"  best  f = {number(best.f)} at {record.unit} {best.iteration:,}, w = {vector(best.w, 4)}"
        )  # fmt: skip
        return lines
    f_line = f"  f  {number(run.f_start)} -> {number(record.f)}"
    w_line = f"  w  {vector(record.w)}"
    known = known_minimum(run)
    if known is not None:
        f, point, distance = known
        width = max(len(f_line), len(w_line), 30) + 2
        f_line = f"{f_line:<{width}}known minimum {number(f)}"
        w_line = f"{w_line:<{width}}{number(distance, 2)} from the known minimum {vector(point, 4)}"
    return [*lines, f_line, w_line]


def plain_repr(run: "Run") -> str:
    """Section by section what ``>>> run`` shows."""
    record = run.record
    name = record.outcome.name if record.outcome is not None else "RUNNING"
    setup, method = record.setup, record.setup["method"]
    title = f"<Run {method['name']} on {setup['problem_name']}: {name}, {count(record.nit, record.unit)}>"
    known = known_minimum(run)
    start = f"start {number(run.f_start)}" + (f", known minimum {number(known[0])}" if known is not None else "")
    rows = [("f", f"{number(record.f):<13} ({start})"), ("w", str(run.shown_w))]
    if not np.isnan(record.grad_norm):
        tol = setup.get("grad_tol")
        tail = f" (grad_tol {number(tol)})" if tol is not None else ""
        rows.append(("max |grad|", f"{number(record.grad_norm):<13}{tail}"))
    rest = {k: v for k, v in method.items() if k not in ("name", "learning_rate") and not isinstance(v, bool)}
    if "learning_rate" in method:
        auto = " (auto)" if setup.get("learning_rate_reason") else ""
        extra = "".join(f", {k} {number(v)}" for k, v in rest.items())
        rows.append(("learning_rate", f"{number(method['learning_rate'])}{auto}{extra}"))
    if record.outcome is not None and not record.outcome.success:
        rows.append(("why", sentence(run)))
    if record.why:
        rows.append(("", record.why))
    if record.advice:
        rows.append(("try", ", ".join(f"{k}={number(v, 2)}" for k, v in record.advice.items())))
    lines = [title, *(f"  {label:<13}  {text}" for label, text in rows)]
    return "\n".join([*lines, f"  history {len(record.history):,} rows: .plot_path() .plot_loss() .save()"])


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
