"""The sharpness along training, the largest curvature of the objective, beside the limit of the learning rate."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..analysis.explaining.place import largest_at
from ..analysis.stability import limit_factor
from ..base.errors import ArgumentError, ArgumentTypeError
from ..base.text import number
from ..problems.negated import Negated
from . import frames, style
from .display import Display
from .rows import Array, checked_title, climbing_note, end_note, method_note, note_of, record_of, run_title, weights_of

__all__ = ["sharpness_of"]

ROWS = 30


def sharpness_of(record: Any, problem: Any, rule: Any = None, *, rows: int = ROWS, title: str | None = None) -> Display:
    """The largest eigenvalue of the Hessian at some rows of a run, with f below.

    Parameters
    ----------
    record : a run's record; it must hold w.
    problem : the problem that was run.
    rule : the rule, its fields in numbers; with it the limit is drawn, factor / learning_rate of each row (2 /
        learning_rate for gradient descent). None where the rule is unknown.
    rows : how many rows, spread evenly over the recorded ones.

    ``data``: iteration, sharpness, f, limit (each (rows,); limit is NaN where none is known), factor, formula, title,
    note, x_label.

    Source: J. Cohen et al., "Gradient descent on neural networks typically occurs at the edge of stability", 2021.
    """
    record = record_of(record)
    checked_title(title)
    if isinstance(rows, bool) or not isinstance(rows, (int, np.integer)):
        raise ArgumentTypeError(f"rows must be a whole number; got {rows!r}")
    if rows < 2:
        raise ArgumentError(f"rows must be at least 2; got {rows}")
    if problem is None:
        raise ArgumentError("the sharpness needs the problem, which this loaded run does not hold; replay it first")
    w = weights_of(record)
    minimised = Negated(problem) if record.sign < 0 else problem
    chosen = evenly(np.flatnonzero(np.isfinite(w).all(axis=1)), rows)
    sharpness, direction = np.full(len(chosen), np.nan), None
    with np.errstate(all="ignore"):
        for k, row in enumerate(chosen):
            sharpness[k], found = largest_at(minimised, w[row], direction)
            direction = found if np.isfinite(sharpness[k]) else direction
    limit = None if rule is None else limit_factor(rule)
    data = {
        "iteration": record.history.iteration[chosen], "sharpness": sharpness,
        "f": None if record.history.f is None else record.history.f[chosen],
        "limit": limits(record, rule, limit, chosen), "factor": None if limit is None else limit.factor,
        "formula": "" if limit is None else limit.formula,
        "x_label": record.unit, "title": run_title(record) if title is None else title,
        "note": note_of((end_note(record), climbing_note(record)), (method_note(record), stand(record, limit))),
    }  # fmt: skip
    return Display(data, draw, (6.4, 5.2))


def evenly(found: Any, rows: int) -> Any:
    """At most ``rows`` of the row numbers, the first and the last among them."""
    if not len(found):
        raise ArgumentError("the sharpness needs a row of w that is finite, and this run has none")
    return found[np.unique(np.linspace(0, len(found) - 1, min(rows, len(found))).round().astype(int))]


def limits(record: Any, rule: Any, limit: Any, chosen: Any) -> Array:
    """The curvature that each row's learning rate bears; NaN where that is not known."""
    if limit is None:
        return np.full(len(chosen), np.nan)
    rates = record.history.learning_rate
    each = np.full(len(chosen), float(rule.learning_rate)) if rates is None else rates[chosen].astype(float)
    each = np.where(np.isfinite(each), each, each[1] if len(each) > 1 else float(rule.learning_rate))
    return np.asarray(limit.factor / each)


def stand(record: Any, limit: Any) -> str:
    """Why no limit is drawn, where none is."""
    if limit is not None:
        return "the full objective's curvature; batches bear less" if record.setup["batch_size"] is not None else ""
    return f"no stability limit is known for {record.setup['method']['name']}"


def draw(ax: Any, data: dict[str, Any]) -> Any:
    """The sharpness with its limit above, f below where there is f, on one axis of iterations."""
    cells, _ = frames.split(ax, 1 if data["f"] is None else 2, 1, data["title"], data["note"], legend=True)
    axes = cells[:, 0]
    upper, lower = axes[0], axes[-1]
    x, dots = data["iteration"], {"marker": "o", "markersize": 3.2, "linewidth": style.LINE, "zorder": 3}
    (line,) = upper.plot(x, data["sharpness"], color=style.COLOURS[0], label="sharpness", **dots)
    handles = [line]
    if np.isfinite(data["limit"]).any():
        name = f"{data['formula'] or number(data['factor'])} / learning_rate"
        looks = {"color": style.COLOURS[1], "linestyle": style.DASHES[1], "linewidth": style.LINE}
        handles += upper.plot(x, data["limit"], label=name, **looks)
    upper.set_ylabel("largest curvature")
    scaled(upper, [data["sharpness"], data["limit"]])
    if data["f"] is not None:
        lower.plot(x, data["f"], color=style.COLOURS[6], **dots)
        lower.set_ylabel("f")
        scaled(lower, [data["f"]])
        upper.tick_params(labelbottom=False)
    for one in axes:
        style.open_frame(one)
        style.write_ticks(one.xaxis, whole=True)
    lower.set_xlabel(data["x_label"])
    frames.legend(ax, data, handles)
    return axes


def scaled(ax: Any, series: Sequence[Array]) -> None:
    """A log axis where all is positive and spans more than two decades."""
    values = np.concatenate([one[np.isfinite(one)] for one in series])
    if values.size and values.min() > 0 and values.max() > 100 * values.min():
        ax.set_yscale("log")
    else:
        style.write_ticks(ax.yaxis)
