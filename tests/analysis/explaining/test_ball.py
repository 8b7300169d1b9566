"""The noise that the second moments predict, against runs."""

import numpy as np
import pytest

import steepest


def least_squares(sampling, method="gradient_descent", rate=0.05, **options):
    rng = np.random.default_rng(4)
    X = rng.standard_normal((100, 4)) * [2.0, 1.0, 1.0, 0.7]
    model = steepest.LinearModel(X, X @ [1.0, 2.0, 3.0, 4.0] + 0.5 * rng.standard_normal(100), **options)
    return steepest.minimize(
        model, None, method, learning_rate=rate, batch_size=2, sampling=sampling, max_iter=2000, progress=False
    )  # fmt: skip


@pytest.mark.parametrize(("method", "rate"), [("gradient_descent", 0.05), ("momentum", 0.005)])
def test_rows_drawn_with_replacement_leave_what_is_predicted(method, rate):
    run = least_squares("replacement", method, rate)
    why = run.explain(attempts=False)
    found = why.evidence
    assert (why.verdict, found["noise_exact"], found["modes_outside_the_ball"]) == ("in a noise ball", 1, 0)
    assert found["noise_measured"] == pytest.approx(found["noise_predicted"], rel=0.1)
    least = np.linalg.lstsq(np.c_[np.ones(100), run.problem.X], run.problem.y, rcond=None)[0]
    above = run.history.f[1000:].mean() - run.problem.value(least)
    assert found["noise_measured"] == pytest.approx(above, rel=1e-3)
    assert "above the minimum; the second-moment equation gives 0." in why.text
    assert "; 5 of 5 modes in the ball" in why.text
    assert found["noise_to_gradient"] > 1
    assert "a batch's noise is" in why.text


def test_shuffled_epochs_are_told_a_bound():
    why = least_squares("shuffle").explain(attempts=False)
    found = why.evidence
    assert found["noise_exact"] == 0
    assert found["noise_measured"] < found["noise_predicted"]
    assert "the second-moment equation gives at most" in why.text


def test_modes_on_their_way_are_told_from_those_in_the_ball():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((80, 3)) * [1.0, 1.0, 0.01]
    y = X @ [1.0, -1.0, 100.0] + 0.5 * rng.standard_normal(80)
    run = steepest.minimize(
        steepest.LinearModel(X, y, fit_intercept=False), None, "gradient_descent", learning_rate=0.1, batch_size=4,
        sampling="replacement", max_iter=150, progress=False,
    )  # fmt: skip
    found = run.explain(attempts=False).evidence
    assert (found["modes_outside_the_ball"], found["modes"]) == (1, 3)
    assert found["share_outside_the_ball"] > 0.5
    assert found["noise_measured"] == pytest.approx(found["noise_predicted"], rel=0.1)


def test_noise_added_to_full_gradients_is_predicted(built):
    f, g, w0 = built.quadratic(np.random.default_rng(9), [1, 4])
    run = steepest.minimize(
        f, w0, "gradient_descent", grad=g, learning_rate=0.1, gradient_noise=0.1, max_iter=8000, grad_tol=None
    )
    found = run.explain(attempts=False).evidence
    # of w <- (1 - a c) w + a s z: variance a^2 s^2 / (1 - (1 - a c)^2)
    wanted = sum(0.5 * c * 1e-4 / (1 - (1 - 0.1 * c) ** 2) for c in (1, 4))
    assert found["noise_predicted"] == pytest.approx(wanted, rel=1e-4)
    assert found["noise_measured"] == pytest.approx(wanted, rel=0.1)


def test_logistic_rows_are_predicted_by_the_curvature_at_the_end():
    rng = np.random.default_rng(7)
    Z = rng.standard_normal((120, 2))
    t = (Z @ [1.0, -1.0] + 1.5 * rng.standard_normal(120) > 0).astype(int)
    run = steepest.minimize(
        steepest.LinearModel(Z, t, loss="log_loss"), None, "gradient_descent", learning_rate=0.1, batch_size=2,
        sampling="replacement", max_iter=2000, progress=False,
    )  # fmt: skip
    why = run.explain(attempts=False)
    assert why.evidence["noise_measured"] == pytest.approx(why.evidence["noise_predicted"], rel=0.25)
    assert "the second-moment equation gives about" in why.text


def test_where_it_is_not_known_or_takes_long_nothing_is_said(monkeypatch):
    options = {"learning_rate": 0.05, "batch_size": 2, "max_iter": 150, "progress": False, "engine": "python"}
    rng = np.random.default_rng(1)
    X, y = rng.standard_normal((60, 3)), rng.standard_normal(60)
    adaptive = steepest.minimize(steepest.LinearModel(X, y), None, "adam", **options)
    absolute = steepest.minimize(steepest.LinearModel(X, y, loss="absolute_error"), None, "gradient_descent", **options)
    averaged = steepest.minimize(steepest.LinearModel(X, y), None, "gradient_descent", average_decay=0.9, **options)
    for run in (adaptive, absolute, averaged):
        why = run.explain(attempts=False)
        assert why.verdict == "in a noise ball"
        assert "noise_predicted" not in why.evidence
    run = least_squares("shuffle")
    assert "noise_predicted" in run.explain(attempts=False).evidence
    monkeypatch.setattr("steepest.analysis.explaining.ball.WORK", 10)
    assert "noise_predicted" not in run.explain(attempts=False).evidence
