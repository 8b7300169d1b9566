"""How a sweep is told: the repr, the lines of the terminal, the table of the best runs. Plain ASCII."""

import html
from typing import TYPE_CHECKING, Any

import numpy as np

from ..base.text import count, number

if TYPE_CHECKING:
    from .sweep_object import Sweep

__all__ = ["best_rows", "html_repr", "lines", "plain_repr", "title", "told_best"]


def method_of(sweep: "Sweep") -> str:
    axes = {axis.name: axis for axis in sweep.cells.axes}
    return f"{len(axes['method'].values)} methods" if "method" in axes else str(sweep.about["method"])


def cell_text(sweep: "Sweep", i: int) -> str:
    """``learning_rate 0.1, momentum 0.9``."""
    shown = sweep.cells.shown(i).items()
    return ", ".join(f"{name} {number(v) if is_plain(v) else v}" for name, v in shown)


def is_plain(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def told_best(sweep: "Sweep") -> str:
    """The best run in a line; where all failed, that."""
    at = sweep.best_index
    if at is not None:
        run_count = count(int(sweep.results.nit[at]), sweep.about["unit"])
        told = sweep.results.names()[at]
        where = f" at {cell_text(sweep, at)}" if sweep.cells.axes else ""
        return f"f {number(sweep.results.f[at])}{where}: {told}, {run_count}"
    done = int((sweep.results.code != -1).sum())
    if not done:
        return "none was run"
    failed = "the only run failed" if len(sweep) == 1 else f"all {done:,} runs failed"
    low = sweep.results.best_f
    if not np.isfinite(low).any():
        return f"none: {failed}"
    k = int(np.nanargmax(low) if sweep.about["maximize"] else np.nanargmin(low))
    where = f" at {cell_text(sweep, k)}" if sweep.cells.axes else ""
    return f"none: {failed}; on the way f came to {number(low[k])}{where}"


def title(sweep: "Sweep") -> str:
    size = " x ".join(f"{n:,}" for n in sweep.shape)
    runs = count(len(sweep), "run")
    shape = f" ({size})" if len(sweep.shape) > 1 else ""
    return f"Sweep of {method_of(sweep)} on {sweep.about['problem_name']}: {runs}{shape}"


def lines(sweep: "Sweep") -> list[tuple[str, str]]:
    """What there is to say, each with its label."""
    rows = [("axes", axis.described()) for axis in sweep.cells.axes]
    rows = [(name if k == 0 else "", text) for k, (name, text) in enumerate(rows)]
    rows.append(("outcomes", ", ".join(f"{name} {size:,}" for name, size in sweep.counts().items())))
    rows.append(("best", told_best(sweep)))
    good = sweep.results.f[~sweep.results.failed]
    if len(good):
        rows.append(("f", f"{number(good.min())} to {number(good.max())}, median {number(float(np.median(good)))}"))
    made = sweep.results.engines()
    if made:
        rows.append(("engine", ", ".join(told_engine(name, runs, len(made)) for name, runs in made.items())))
    chaotic = r.chaotic.sum() if (r := sweep.results).chaotic is not None else 0
    if chaotic:
        rows.append(("chaotic", f"{count(int(chaotic), 'run')}: rounding decides where they end"))
    for i, error in list(sweep.results.errors.items())[:1]:
        rows.append(("error", f"run {i}: {error}"))
    if sweep.interrupted:
        left = len(sweep) - sweep.results.done
        rows.append(("interrupted", f"{count(left, 'run')} left: .resume()"))
    return rows


def told_engine(name: str, runs: int, engines: int) -> str:
    """``jax (equal to minimize but for rounding)``, with the runs it made where there are several engines."""
    share = f"{name} {count(runs, 'run')}" if engines > 1 else name
    return f"{share} (equal to minimize but for rounding)" if name == "jax" else share


def plain_repr(sweep: "Sweep") -> str:
    body = [f"  {name:<13}  {text}" for name, text in lines(sweep)]
    return "\n".join([f"<{title(sweep)}>", *body, "  .table .best .at() .plot_heatmap() .plot_paths() .save()"])


def html_repr(sweep: "Sweep") -> str:
    cell = '<td style="text-align:left">'
    rows = "".join(
        f"<tr>{cell}{html.escape(name)}</td>{cell}{html.escape(text)}</td></tr>" for name, text in lines(sweep)
    )
    return f"<div><b>{html.escape(title(sweep))}</b><table>{rows}</table></div>"


def best_rows(sweep: "Sweep", most: int) -> list[int]:
    """The numbers of the best runs, the best first; those that failed come last."""
    r = sweep.results
    f = np.where(np.isfinite(r.f), -r.f if sweep.about["maximize"] else r.f, np.inf)
    return [int(i) for i in np.lexsort((f, r.failed))[:most]]
