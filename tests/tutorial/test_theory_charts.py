"""The charts of theory beside the runs: what colour says is said without colour too."""

from types import SimpleNamespace

import numpy as np

from steepest.records.outcome import Outcome
from steepest.tutorial.article import MOMENTA
from steepest.tutorial.theory_charts import forecasts, long_runs, stability


def run_of(f, outcome=Outcome.CONVERGED):
    return SimpleNamespace(history=SimpleNamespace(f=np.asarray(f)), outcome=outcome)


def test_the_momenta_of_a_forecast_are_told_apart_without_colour():
    f = np.geomspace(50, 2, 101)
    theory = SimpleNamespace(
        rank=3, curvatures=np.array([9.0, 4.0, 1.0, 0.0]),
        forecasts=[
            SimpleNamespace(kind=kind, momentum=m, predicted=f, measured=f)
            for kind in ("batch", "stochastic") for m in MOMENTA
        ],
    )  # fmt: skip
    for ax in forecasts(SimpleNamespace(theory=theory)).axes[1:]:
        keys = ax.get_legend().legend_handles
        assert len({key.get_marker() for key in keys}) == len(MOMENTA)
        drawn = [line for line in ax.lines if len(line.get_xdata()) == 61]
        assert len({repr(line._unscaled_dash_pattern) for line in drawn}) == len(MOMENTA)


def test_a_run_above_the_limit_ends_at_a_mark_that_names_its_outcome():
    edges = [
        SimpleNamespace(momentum=m, factor=factor, limit=1e-6, run=run)
        for m in (0.0, 0.7, 0.9)
        for factor, run in (
            (0.99, run_of(np.ones(900))), (1.01, run_of([1.0, 1e3, 1e6, np.inf], Outcome.DIVERGED)),
        )
    ]  # fmt: skip
    for ax in stability(SimpleNamespace(theory=SimpleNamespace(edges=edges))).axes:
        (mark,) = [line for line in ax.lines if line.get_marker() == "X"]
        assert (mark.get_xdata(), mark.get_ydata()) == ([2], [1e6])
        assert any("DIVERGED" in text.get_text() for text in ax.texts)
        assert max(ax.get_xticks()) < ax.get_xlim()[1]  # no label at the edge, where the neighbour's begins


def test_the_key_of_the_stops_has_no_run_s_colour():
    f = 2 + np.geomspace(50, 1e-3, 200)
    tuned = [SimpleNamespace(label=f"run {k}", run=run_of(f)) for k in range(4)]
    study = SimpleNamespace(
        theory=SimpleNamespace(tuned=tuned, f_least=2.0), find=lambda *_: SimpleNamespace(rows=50, f=f[:50])
    )
    figure = long_runs(study)
    (legend,) = figure.legends
    *lines, stop = legend.legend_handles
    assert stop.get_marker() == "s"
    assert stop.get_color() not in {line.get_color() for line in lines}
    whole, near = figure.axes
    assert whole.get_ylabel() == "f \N{MINUS SIGN} least f"
    assert near.get_ylim()[1] < whole.get_ylim()[1]
