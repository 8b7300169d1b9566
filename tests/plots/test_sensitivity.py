"""Sensitivity: best and quartiles against each hyper-parameter, failures counted as worst."""

import numpy as np
import pytest

import steepest
from steepest.base.errors import ArgumentError
from steepest.plots.sensitivity import sensitivity_of

RATES, MOMENTA = [1e-4, 1e-3, 3e-3, 1e-1], [0.0, 0.3, 0.6, 0.9]


@pytest.fixture(scope="module")
def sweep():
    return steepest.sweep(
        steepest.gallery.rosenbrock(), None, "momentum", learning_rate=RATES, momentum=MOMENTA, max_iter=100,
        progress=False,
    )  # fmt: skip


def test_best_and_quartiles_of_all_runs_with_a_value(sweep):
    panels = {panel["name"]: panel for panel in sensitivity_of(sweep).data["panels"]}
    assert list(panels) == ["learning_rate", "momentum"]
    panel = panels["learning_rate"]
    for k, rate in enumerate(RATES):
        runs = [sweep.at(learning_rate=rate, momentum=m) for m in MOMENTA]
        assert panel["failed"][k] == sum(run.failed for run in runs)
        assert panel["runs"][k] == 4
        f = np.array([np.inf if run.failed else run.best.f for run in runs])
        assert panel["best"][k] == f.min()
        if np.isfinite(f).all():
            assert panel["median"][k] == pytest.approx(np.median(f))
            assert panel["low"][k] == pytest.approx(np.quantile(f, 0.25))
            assert panel["high"][k] == pytest.approx(np.quantile(f, 0.75))
    assert panel["failed"][-1] == 4
    assert np.isinf(panel["median"][-1])


def test_under_maximize_the_best_is_the_highest():
    sweep = steepest.sweep(
        "0 - x^2 - y^2", [1.0, 2.0], "momentum", learning_rate=[0.01, 0.1], momentum=[0.0, 0.5], max_iter=3,
        maximize=True, progress=False,
    )  # fmt: skip
    panel = sensitivity_of(sweep).plot().data["panels"][0]
    assert panel["best"][0] == max(sweep.at(learning_rate=0.01, momentum=m).best.f for m in (0.0, 0.5))


def test_a_panel_for_each_axis_and_a_strip_of_failures(sweep):
    display = sensitivity_of(sweep).plot()
    assert display.ax_.shape == (1, 2)
    first, second = display.ax_[0]
    assert first.get_xscale() == "log"
    assert first.get_ylim() == second.get_ylim()
    bars = [bar.get_height() for bar in first.patches]
    assert bars[-1] == min(bars) < 0
    assert bars[0] == 0


def test_an_axis_given_a_value_has_no_panel(sweep):
    data = sensitivity_of(sweep, at={"momentum": 0.3}, value="f").plot().data
    assert [panel["name"] for panel in data["panels"]] == ["learning_rate"]
    assert data["panels"][0]["best"][0] == sweep.at(learning_rate=1e-4, momentum=0.3).f


def test_words_have_no_lines_between_them():
    sweep = steepest.sweep(
        steepest.gallery.sphere(), None, ["momentum", "adam"], learning_rate=[0.01, 0.1], max_iter=5, progress=False
    )
    display = sensitivity_of(sweep).plot()
    words = next(ax for ax in display.ax_.flat if ax.get_xlabel() == "method")
    assert [line.get_linestyle() for line in words.lines] == ["None", "None"]
    assert [text.get_text() for text in words.get_xticklabels()] == ["momentum", "adam"]


def test_a_sweep_without_axes_left_is_one_sentence(sweep):
    with pytest.raises(ArgumentError, match="the sweep has no axis with several values left"):
        sensitivity_of(sweep, at={"momentum": 0.3, "learning_rate": 1e-3})
