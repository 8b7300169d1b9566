"""The view of a run by eigen-mode, and that of a range test: their data against the runs themselves."""

import numpy as np
import pytest
from sklearn.datasets import load_digits

import steepest
from steepest.analysis.modes import gap, modes_of
from steepest.base.errors import ArgumentError
from steepest.plots.modes import modes_view
from steepest.plots.range_test import range_test_of
from steepest.verbs.subject import ruled
from steepest.verbs.suggesting import learning_rate_range

X, y = load_digits(n_class=2, return_X_y=True)
digits = steepest.LinearModel(X, y.astype(float))
FIELDS = {"learning_rate": 0.0003, "momentum": 0.9}


@pytest.fixture(scope="module")
def seen():
    run = steepest.minimize(digits, max_iter=200, grad_tol=None, **FIELDS)
    return run, modes_of(digits, digits.start), ruled("momentum", FIELDS, digits)


def test_the_closed_form_lies_on_the_measured_path(seen):
    run, modes, rule = seen
    data = modes_view(run.record, modes, rule).data
    assert data["measured"].shape == data["predicted"].shape == (201, digits.n)
    largest = np.abs(data["measured"]).max()
    np.testing.assert_allclose(data["measured"], data["predicted"], atol=1e-8 * largest)
    np.testing.assert_allclose(data["gap"], run.history.f - modes.f_least, atol=1e-9 * gap(modes))
    np.testing.assert_allclose(data["predicted_gap"], data["gap"], atol=1e-8 * gap(modes))


def test_coloured_modes_run_from_slow_to_fast(seen):
    run, modes, rule = seen
    data = modes_view(run.record, modes, rule, most=4).data
    shown = data["curvatures"][data["shown"]]
    assert len(shown) == 4
    assert (np.diff(shown) > 0).all()
    assert shown[-1] == modes.curvatures[-1]
    assert shown[0] == modes.curvatures[modes.curvatures > 0][0]
    assert "closed form" in data["note"]


def test_what_has_no_closed_form_is_measured(seen):
    _run, modes, _ = seen
    adam = steepest.minimize(digits, method="adam", learning_rate=0.01, max_iter=20, grad_tol=None)
    data = modes_view(adam.record, modes, ruled("adam", {"learning_rate": 0.01}, digits)).data
    assert data["predicted"] is None
    assert "no closed form" in data["note"]
    batches = steepest.minimize(digits, batch_size=32, max_iter=3, **FIELDS)
    assert "batch" in modes_view(batches.record, modes, seen[2]).data["note"]


def test_what_cannot_be_shown(seen):
    run, modes, rule = seen
    other = steepest.minimize("sphere", learning_rate=0.1, max_iter=3)
    with pytest.raises(ArgumentError, match="65 variables"):
        modes_view(other.record, modes, rule)
    with pytest.raises(ArgumentError, match="most"):
        modes_view(run.record, modes, rule, most=0)
    short = steepest.minimize(digits, max_iter=3, record="none", **FIELDS)
    with pytest.raises(ArgumentError, match=r"history\.w"):
        modes_view(short.record, modes, rule)


def test_they_draw(seen, tmp_path):
    run, modes, rule = seen
    display = modes_view(run.record, modes, rule).plot()
    left, right = display.ax_[0]
    assert left.get_yscale() == right.get_yscale() == "log"
    texts = [text.get_text() for text in display.figure_.axes[0].get_legend().get_texts()]
    assert texts[0].startswith("curvature ")
    assert display.save(tmp_path / "modes.png").stat().st_size > 10_000


@pytest.mark.parametrize("arguments", [{"problem": "rosenbrock"}, {"problem": digits, "batch_size": 8}])
def test_a_range_test_draws_its_interval_and_pick(arguments, tmp_path):
    found = learning_rate_range(**arguments)
    display = range_test_of(found)
    assert display.data["pick"] == found.pick
    assert display.data["note"] == found.reason
    ax = found.plot().ax_
    assert ax.get_xscale() == "log"
    assert any("pick" in text.get_text() for text in ax.texts)
    assert display.save(tmp_path / "range.png").stat().st_size > 5_000


def test_a_flat_range_test_draws_too(tmp_path):
    flat = learning_rate_range(lambda w: 3.0, [1.0], grad=lambda w: np.zeros(1))
    assert flat.plot().save(tmp_path / "flat.png").exists()
