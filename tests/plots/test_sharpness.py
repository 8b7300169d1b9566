"""The sharpness along training: its data against eigenvalues worked out otherwise, and the picture."""

import numpy as np
import pytest

import steepest
from steepest.base.errors import ArgumentError, ArgumentTypeError
from steepest.plots.sharpness import sharpness_of


def run_of(**options):
    options = {"method": "gradient_descent", "learning_rate": 1e-3, "max_iter": 100, **options}
    return steepest.minimize(steepest.gallery.rosenbrock(), **options)


def rosenbrock_hessian(w):
    return np.array([[2 - 400 * (w[1] - 3 * w[0] ** 2), -400 * w[0]], [-400 * w[0], 200.0]])


def test_the_sharpness_is_the_largest_eigenvalue_of_the_hessian_at_each_row():
    run = run_of()
    data = sharpness_of(run, run.problem, run._call.rule).data
    assert len(data["iteration"]) == 30
    assert (data["iteration"][0], data["iteration"][-1]) == (0, 100)
    wanted = [np.linalg.eigvalsh(rosenbrock_hessian(run.history.w[t]))[-1] for t in data["iteration"]]
    assert np.allclose(data["sharpness"], wanted, rtol=1e-6)
    assert np.allclose(data["limit"], 2 / 1e-3)
    assert np.array_equal(data["f"], run.history.f[data["iteration"]])


def test_many_variables_go_by_lanczos():
    rng = np.random.default_rng(0)
    c = np.geomspace(0.1, 30, 120)
    Q = np.linalg.qr(rng.standard_normal((120, 120)))[0]
    A = Q @ np.diag(c) @ Q.T
    run = steepest.minimize(
        lambda w: 0.5 * float(w @ A @ w), np.ones(120), grad=lambda w: A @ w, learning_rate=0.01, max_iter=40
    )
    assert np.allclose(sharpness_of(run.record, run.problem, rows=4).data["sharpness"], 30, rtol=2e-3)


def test_the_limit_follows_a_schedule_and_the_rule():
    run = run_of(learning_rate=steepest.schedules.Cosine(1e-3, 1e-4))
    data = sharpness_of(run, run.problem, run._call.moving.numbers(run._call.rule), rows=5).data
    rates = run.history.learning_rate[data["iteration"][1:]]
    assert np.allclose(data["limit"][1:], 2 / rates)
    heavy = run_of(method="momentum", learning_rate=1e-4)
    assert np.allclose(sharpness_of(heavy, heavy.problem, heavy._call.rule).data["limit"], 3.8 / 1e-4)
    adam = run_of(method="adam")
    data = sharpness_of(adam, adam.problem, adam._call.rule).data
    assert np.isnan(data["limit"]).all()
    assert "no stability limit" in data["note"]


def test_climbing_turns_the_curvature():
    run = steepest.minimize(
        lambda w: -float(w @ w), [1.0, 2.0], grad=lambda w: -2 * w, learning_rate=0.1, maximize=True
    )
    assert np.allclose(sharpness_of(run, run.problem).data["sharpness"], 2, rtol=1e-6)


@pytest.mark.parametrize("rule", [True, False])
def test_it_draws(rule, tmp_path):
    run = run_of()
    display = sharpness_of(run, run.problem, run._call.rule if rule else None)
    display.plot()
    assert len(display.ax_) == 2
    assert len(display.ax_[0].lines) == (2 if rule else 1)
    assert display.save(tmp_path / "sharpness.png").stat().st_size > 5000


def test_it_draws_without_f():
    run = run_of(record=("w",))
    display = sharpness_of(run, run.problem).plot()
    assert [ax.get_xlabel() for ax in display.ax_] == ["iteration"]


def test_what_cannot_be_drawn_is_refused():
    run = run_of(max_iter=3)
    with pytest.raises(ArgumentError, match="needs the problem"):
        sharpness_of(run, None)
    with pytest.raises(ArgumentTypeError, match="rows must be a whole number"):
        sharpness_of(run, run.problem, rows=2.5)
    with pytest.raises(ArgumentError, match="rows must be at least 2"):
        sharpness_of(run, run.problem, rows=1)
    with pytest.raises(ArgumentError, match=r"needs history\.w"):
        sharpness_of(run_of(record=("f",), max_iter=3), run.problem)
