"""The error of a run along the eigenvectors of a quadratic, beside the closed form, and the gap they add up to."""

from typing import Any

import numpy as np

from ..analysis.mode_runs import errors_along, predictable
from ..analysis.modes import Modes
from ..base.errors import ArgumentError, ArgumentTypeError
from ..base.text import number
from . import frames, style
from .display import Display
from .loss import drawable
from .rows import Array, checked_title, end_note, method_note, note_of, record_of, run_title, weights_of

__all__ = ["modes_view"]

MOST = 5
"""Modes drawn in colour: the slowest, the fastest, and those between."""
FAINT_MOST = 60
"""Of the others so many, evenly taken."""
SLOW_TO_FAST = (style.VERMILLION, style.PURPLE, style.BLUE)
FLOOR = 1e-17
"""Errors below that part of the largest are rounding, and are not drawn."""


def modes_view(record: Any, modes: Any, rule: Any = None, *, most: int = MOST, title: str | None = None) -> Display:
    """How the error along each eigenvector fades, row by row, and the parts of f - f* they make.

    Parameters
    ----------
    record : a full-batch run's record that kept ``w``; of batches rows are epochs, and there is no closed form.
    modes : `analysis.modes.modes_of` of its problem at its start, with eigenvectors.
    rule : the rule it ran with, its fields in numbers: the closed form is drawn where the rule is linear in the
        gradient.
    most : how many modes are drawn in colour.

    ``data``: iteration (rows,), curvatures (m,), measured and predicted errors (rows, m) (predicted None where there is
    none), gap and predicted_gap (rows,), shown (the coloured modes by index, from slow to fast), f_least, title, note.
    """
    found = record_of(record)
    checked_title(title)
    if not isinstance(modes, Modes):
        raise ArgumentTypeError(f"modes must be the Modes of a quadratic problem; got {type(modes).__name__}")
    if modes.vectors is None or modes.w_least is None:
        raise ArgumentError(
            f"the errors along modes need their eigenvectors, which are not kept for so many variables: {modes.note}"
        )
    if isinstance(most, bool) or not isinstance(most, (int, np.integer)) or most < 1:
        raise ArgumentError(f"most must be a whole number of at least 1; got {most!r}")
    w = weights_of(found)
    if w.shape[1] != modes.vectors.shape[0]:
        raise ArgumentError(f"modes are of {modes.vectors.shape[0]:,} variables, and the run has {w.shape[1]:,}")
    return Display(modes_data(found, w, modes, rule, int(most), title), draw, (9.6, 4.1))


def modes_data(record: Any, w: Array, modes: Modes, rule: Any, most: int, title: str | None) -> dict[str, Any]:
    assert modes.vectors is not None
    assert modes.w_least is not None
    iteration = np.asarray(record.history.iteration, dtype=np.int64)
    with np.errstate(all="ignore"):
        measured = (w - modes.w_least) @ modes.vectors
    predicted, why = None, ""
    if record.setup["batch_size"] is not None:
        why = "no closed form: each update sees a batch"
    elif rule is None:
        why = "no closed form: the rule is not known"
    else:
        why = predictable(rule) or ""
        why = f"no closed form: {why}" if why else ""
        if not why:
            predicted = errors_along(modes, rule, int(iteration[-1]))[iteration]
    half = 0.5 * modes.curvatures
    with np.errstate(all="ignore"):
        gap = (measured**2) @ half
        predicted_gap = None if predicted is None else (predicted**2) @ half
    moving = np.flatnonzero(
        (modes.curvatures > 0) & (np.abs(measured[0]) > FLOOR * np.abs(measured[0]).max(initial=0.0))
    )
    shown = moving[np.unique(np.linspace(0, moving.size - 1, min(most, moving.size)).round().astype(int))]
    closed = "thin dashes: the closed form" if predicted is not None else why
    still = int((modes.curvatures <= 0).sum())
    note = note_of(
        (method_note(record), end_note(record)),
        (closed, f"{still:,} of {modes.curvatures.size:,} directions have no curvature" if still else ""),
    )
    return {
        "view": "modes", "iteration": iteration, "curvatures": modes.curvatures, "measured": measured,
        "predicted": predicted, "gap": gap, "predicted_gap": predicted_gap, "shown": shown, "moving": moving,
        "f_least": modes.f_least, "x_label": record.unit, "note": note,
        "title": title or f"{run_title(record)}, by mode",
    }  # fmt: skip


def draw(ax: Any, data: dict[str, Any]) -> Any:
    """Errors on the left, the gap and its parts on the right."""
    axes, _ = frames.split(ax, 1, 2, data["title"], data["note"], legend=True)
    left, right = axes[0]
    half = 0.5 * data["curvatures"]
    with np.errstate(all="ignore"):
        errors = np.abs(data["measured"])
        parts = half * data["measured"] ** 2
        closed = None if data["predicted"] is None else np.abs(data["predicted"])
    handles = mode_lines(left, data, errors, closed)
    mode_lines(right, data, parts, None if closed is None else half * closed**2)
    x = data["iteration"].astype(float)
    right.plot(*drawable(x, data["gap"], "log"), color=style.INK, linewidth=style.LINE, zorder=5)
    end_of(right, x, data["gap"], "f \N{MINUS SIGN} f*")
    for here, label in ((left, "error along the eigenvector"), (right, "its part of f \N{MINUS SIGN} f*")):
        style.open_frame(here)
        here.set_yscale("log")
        style.write_ticks(here.xaxis, whole=True)
        here.set(xlabel=data["x_label"], ylabel=label)
    floors = ((left, errors), (right, parts))
    for here, values in floors:
        positive = values[np.isfinite(values) & (values > 0)]
        if positive.size:
            top = float(positive.max())
            here.set_ylim(max(float(positive.min()), FLOOR * top) / 2, 2 * top)
    if handles:
        handles[0].set_label(f"curvature {handles[0].get_label()}")
        frames.legend(ax, data, handles)
    return axes


def mode_lines(ax: Any, data: dict[str, Any], values: Array, closed: Array | None) -> list[Any]:
    """The coloured modes with their closed form, the others faint behind them."""
    x = data["iteration"].astype(float)
    others = np.setdiff1d(data["moving"], data["shown"])
    for k in others[np.unique(np.linspace(0, max(others.size - 1, 0), min(FAINT_MOST, others.size)).astype(int))]:
        ax.plot(*drawable(x, values[:, k], "log"), color=style.FAINT, linewidth=style.THIN, zorder=2)
    colours = style.colour_map(SLOW_TO_FAST)
    handles = []
    for place, k in enumerate(data["shown"]):
        colour = colours(place / max(len(data["shown"]) - 1, 1))
        label = number(data["curvatures"][k], 3)
        (line,) = ax.plot(*drawable(x, values[:, k], "log"), color=colour, linewidth=style.LINE, zorder=3, label=label)
        handles.append(line)
        if closed is not None:
            ax.plot(
                *drawable(x, closed[:, k], "log"),
                color=style.INK,
                linewidth=style.HAIR,
                linestyle=(0, (4, 3)),
                zorder=4,
            )
    return handles


def end_of(ax: Any, x: Array, values: Array, label: str) -> None:
    """The name of a line beside its start, where all is still apart."""
    fine = np.flatnonzero(np.isfinite(values) & (values > 0))
    if fine.size:
        ax.annotate(
            label, (x[fine[0]], values[fine[0]]), xytext=(6, 4), textcoords="offset points", fontsize=style.SMALL,
            color=style.INK, annotation_clip=False,
        )  # fmt: skip
