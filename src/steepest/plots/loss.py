"""f over iterations, epochs, gradient evaluations or seconds, for one run or several."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from ..base.errors import ArgumentError, ArgumentTypeError
from ..base.text import number
from ..records.record import Record
from . import style
from .display import Display
from .rows import Array, checked_title, climbing_note, end_note, method_note, record_of, run_title

__all__ = ["loss_of"]

SCALES = ("auto", "linear", "log")
AXES = ("iteration", "n_grad", "seconds")
DECADES = 2
MOST_POINTS = 3000
FEW_ROWS = 40
MOST_NAMED = len(style.COLOURS)


def loss_of(
    records: Any, *, labels: Sequence[str] | None = None, scale: str = "auto", x: str = "iteration",
    optimum: float | None = None, title: str | None = None, ylabel: str | None = None,
) -> Display:  # fmt: skip
    """f of one or several runs.

    Parameters
    ----------
    records : a run's record, or a list of them.
    labels : a name for each; by default the hyper-parameters in which they differ.
    scale : "log", "linear", or "auto": log where f is positive and spans more than two decades.
    x : "iteration" (epochs for stochastic runs), "n_grad" (gradient evaluations, or passes over the data), "seconds".
    optimum : the value of f that is subtracted, so that the distance to it is drawn.
    ylabel : what f is, such as "f, half the sum of squares".

    ``data``: series, a list of dicts (label, x, f, running_f or None, failed, note), scale, x_label, y_label. A
    stochastic run has a light second line: the loss averaged while the weights moved through the epoch.
    """
    given = [records] if hasattr(records, "history") else list(records) if isinstance(records, (list, tuple)) else None
    if given is None:
        raise ArgumentTypeError(f"records must be a run's record or a list of them; got {type(records).__name__}")
    if not given:
        raise ArgumentError("records is empty; give at least one run's record")
    if scale not in SCALES:
        raise ArgumentError(f"scale must be 'auto', 'linear' or 'log'; got {scale!r}")
    if x not in AXES:
        raise ArgumentError(f"x must be 'iteration', 'n_grad' or 'seconds'; got {x!r}")
    if optimum is not None and (isinstance(optimum, (str, bool)) or not np.isfinite(optimum)):
        raise ArgumentError(f"optimum must be a finite number or None; got {optimum!r}")
    checked_title(title)
    checked_title(ylabel, "ylabel")
    found = [record_of(record, "records") for record in given]
    names = named(found, labels)
    beside = 0.0 if len(names) == 1 else 0.4 + 0.068 * max(map(len, names))
    return Display(loss_data(found, names, scale, x, optimum, title, ylabel), draw, (6.2 + min(beside, 3.5), 3.9))


def loss_data(
    records: list[Record], names: list[str], scale: str, x: str, optimum: float | None, title: str | None,
    ylabel: str | None,
) -> dict[str, Any]:  # fmt: skip
    series = [one_series(record, name, x, optimum) for record, name in zip(records, names, strict=True)]
    values = np.concatenate([s["f"][np.isfinite(s["f"])] for s in series])
    sign = records[0].sign
    if scale == "auto":
        positive = values[values > 0]
        spans = positive.size > 1 and positive.max() > 10.0**DECADES * positive.min()
        scale = "log" if spans and (values >= 0).all() else "linear"
    elif scale == "log" and not (values > 0).any():
        raise ArgumentError("scale='log' needs values of f above 0, and these runs have none; use scale='linear'")
    what = ylabel or "f"
    if optimum is not None and optimum != 0:
        what += f" {'above' if sign > 0 else 'below'} {number(optimum)}"
    notes = []
    if len(records) == 1:
        notes = [climbing_note(records[0]), method_note(records[0]), end_note(records[0])]
    elif any(s["running_f"] is not None for s in series):
        notes.append("light line: the loss averaged while the weights moved")
    if scale == "log" and (values <= 0).any():
        notes.append("values of 0 and below have no place on a log scale")
    if title is None:
        title = run_title(records[0]) if len(records) == 1 else common_title(records)
    return {
        "view": "loss", "series": series, "scale": scale, "title": title, "note": "; ".join(n for n in notes if n),
        "x": x, "x_label": axis_label(records, x), "y_label": what, "optimum": optimum,
    }  # fmt: skip


def one_series(record: Record, label: str, x: str, optimum: float | None) -> dict[str, Any]:
    history = record.history
    for name in ("f", x):
        if getattr(history, name) is None:
            raise ArgumentError(
                f"the loss needs history.{name}, which record={record.setup.get('record')!r} did not keep; "
                "run again with record='auto'"
            )
    if len(history) == 0:
        raise ArgumentError("the loss has no rows: the run recorded nothing")

    def shown(values: Array | None) -> Array | None:
        if values is None:
            return None
        f = np.asarray(values, dtype=float)
        with np.errstate(all="ignore"):
            f = f if optimum is None else record.sign * (f - optimum)
        return np.where(np.isfinite(f), f, np.nan)

    f = shown(history.f)
    return {
        "label": label, "x": np.asarray(getattr(history, x), dtype=float), "f": f,
        "running_f": shown(history.running_f), "failed": record.outcome is not None and record.outcome.failed,
    }  # fmt: skip


def named(records: list[Record], labels: Sequence[str] | None) -> list[str]:
    """The labels given, or what tells the runs apart: their methods, else the hyper-parameters that differ."""
    if labels is not None:
        if isinstance(labels, str) or len(labels) != len(records):
            many = 1 if isinstance(labels, str) else len(labels)
            raise ArgumentError(f"labels must have one name for each of the {len(records)} records; got {many}")
        return [str(label) for label in labels]
    if len(records) == 1:
        return [""]
    setups = [{**r.setup["method"], "batch_size": r.setup["batch_size"], "seed": r.setup["seed"]} for r in records]
    keys = list(dict.fromkeys(key for setup in setups for key in setup))
    differ = [key for key in keys if len({repr(setup.get(key)) for setup in setups}) > 1]
    if len({setup["name"] for setup in setups}) == len(setups):
        differ = ["name"]
    names = []
    for k, setup in enumerate(setups):
        parts = [text for text in (told(key, setup.get(key)) for key in differ if key in setup) if text]
        names.append(", ".join(parts) or f"run {k + 1}")
    return names if len(set(names)) == len(names) else [f"{name} ({k + 1})" for k, name in enumerate(names)]


def told(key: str, value: Any) -> str:
    """``momentum 0.9``; a method by its name, a flag by its own."""
    if key == "name":
        return str(value)
    if key == "batch_size":
        return "full batch" if value is None else f"batch_size {value}"
    if isinstance(value, bool):
        return key if value else ""
    return f"{key} {number(value)}" if isinstance(value, (int, float)) else ""


def common_title(records: list[Record]) -> str:
    """What the runs have in common."""
    problems = {record.setup["problem_name"] for record in records}
    methods = {record.setup["method"]["name"] for record in records}
    who = methods.pop() if len(methods) == 1 else f"{len(methods)} methods"
    return f"{who} on {problems.pop() if len(problems) == 1 else f'{len(problems)} problems'}, {len(records)} runs"


def axis_label(records: list[Record], x: str) -> str:
    units = {record.unit for record in records}
    if x == "seconds":
        return "time in seconds"
    if x == "n_grad":
        return "gradient evaluations" if units == {"iteration"} else "passes over the data"
    return units.pop() if len(units) == 1 else "iteration (full batch) or epoch"


def draw(ax: Any, data: dict[str, Any]) -> Any:
    """One line a run, named at its end where the ends keep apart, else in a legend beside the axes."""
    style.open_frame(ax)
    ends, handles, lights = [], [], []
    for k, one in enumerate(data["series"]):
        colour = style.COLOURS[k % MOST_NAMED]
        turn = k // MOST_NAMED if len(data["series"]) > MOST_NAMED else k
        dash = style.DASHES[turn % len(style.DASHES)]
        if one["running_f"] is not None:
            faint = drawable(one["x"], one["running_f"], data["scale"])
            (light,) = ax.plot(*faint, color=colour, linewidth=style.THIN, alpha=0.45, zorder=2)
            light.set_label("averaged while the weights moved")
            lights.append(light)
        line_x, line_f = drawable(one["x"], one["f"], data["scale"])
        few = len(line_x) <= FEW_ROWS
        (line,) = ax.plot(
            line_x, line_f, color=colour, linestyle=dash, linewidth=style.LINE,
            marker="o" if few else None, markersize=3.2, zorder=3, label=one["label"],
        )  # fmt: skip
        handles.append(line)
        fine = np.flatnonzero(np.isfinite(line_f))
        if fine.size:
            ends.append((float(line_x[fine[-1]]), float(line_f[fine[-1]]), k))
            if one["failed"]:
                ax.plot(*ends[-1][:2], marker="X", markersize=7, color=colour, markeredgecolor="white", zorder=4)
    if data["scale"] == "log":
        ax.set_yscale("log")
    else:
        style.write_ticks(ax.yaxis)
    style.write_ticks(ax.xaxis, whole=data["x"] != "seconds")
    ax.set_xlabel(data["x_label"])
    ax.set_ylabel(data["y_label"])
    if len(data["series"]) == 1 and lights:
        handles[0].set_label("f at the end of each epoch")
    both = [handles[0], lights[0]] if len(data["series"]) == 1 and lights else []
    style.heading(ax, data["title"], data["note"], both)
    at = np.concatenate([one["x"] for one in data["series"]])
    if at.max() == at.min():  # a single row: no fractions of an iteration beside it
        ax.set(xlim=(at[0] - 0.5, at[0] + 0.5), xticks=[at[0]])
    if len(data["series"]) > 1:
        name_lines(ax, data, ends, handles)
    return ax


def name_lines(ax: Any, data: dict[str, Any], ends: list[tuple[float, float, int]], handles: list[Any]) -> None:
    """Each name at the end of its line; a legend beside the axes where they would collide."""
    right = max((end[0] for end in ends), default=0.0)
    left = min((end[0] for end in ends), default=0.0)
    heights = sorted(ax.transAxes.inverted().transform(ax.transData.transform((x, f)))[1] for x, f, _ in ends)
    apart = all(b - a >= 0.06 for a, b in pairwise(heights))
    if apart and len(ends) == len(handles) <= MOST_NAMED and left >= 0.97 * right:
        for x, f, k in ends:
            ax.annotate(
                data["series"][k]["label"], (x, f), xytext=(7, 0), textcoords="offset points", va="center",
                fontsize=style.SMALL, color=handles[k].get_color(), annotation_clip=False,
            )  # fmt: skip
        return
    ax.legend(
        handles=handles, loc="upper left", bbox_to_anchor=(1.01, 1.0), borderaxespad=0, handlelength=2.6,
        labelspacing=0.5, ncols=1 + (len(handles) - 1) // 18,
    )  # fmt: skip


def drawable(x: Array, f: Array, scale: str) -> tuple[Array, Array]:
    """The line without what a log scale cannot show; of a long one the lowest and the highest of each slice."""
    f = np.where(f > 0, f, np.nan) if scale == "log" else f
    if len(f) <= MOST_POINTS:
        return x, f
    keep = {0, len(f) - 1}
    for part in np.array_split(np.arange(len(f)), MOST_POINTS // 2):
        values = f[part]
        if np.isfinite(values).any():
            keep |= {int(part[np.nanargmin(values)]), int(part[np.nanargmax(values)])}
        else:
            keep.add(int(part[0]))
    chosen = np.array(sorted(keep))
    return x[chosen], f[chosen]
