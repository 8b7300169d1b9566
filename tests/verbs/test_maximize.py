"""Climbing f is descending -f with the same bits; everything is told in the sign of f."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import steepest
from steepest import Outcome

coordinates = st.floats(-2, 2).map(lambda v: round(v, 3))
METHODS = ["gradient_descent", "momentum", "nesterov", "nesterov_lookahead", "adam"]


def hill(w):
    return float(3 - (w[0] - 1) ** 2 - 2 * (w[1] + 0.5) ** 2 + np.sin(3 * w[0]))


def hill_slope(w):
    return np.array([-2 * (w[0] - 1) + 3 * np.cos(3 * w[0]), -4 * (w[1] + 0.5)])


def down(w):
    return -hill(w)


def down_slope(w):
    return -hill_slope(w)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("kind", ["grad", "finite", "both"])
@given(start=st.tuples(coordinates, coordinates))
def test_climbing_f_is_descending_minus_f_bit_for_bit(method, kind, start):
    joint = kind == "both"
    arguments = {"w0": start, "method": method, "max_iter": 40, "value_and_grad": joint}
    up = steepest.minimize(
        (lambda w: (hill(w), hill_slope(w))) if joint else hill, grad=hill_slope if kind == "grad" else None,
        maximize=True, **arguments,
    )  # fmt: skip
    low = steepest.minimize(
        (lambda w: (down(w), down_slope(w))) if joint else down, grad=down_slope if kind == "grad" else None,
        **arguments,
    )  # fmt: skip
    assert np.array_equal(up.history.w, low.history.w)
    assert np.array_equal(up.history.f, -low.history.f)
    assert np.array_equal(up.history.grad_norm, low.history.grad_norm)
    assert up.outcome is low.outcome
    assert (up.nit, up.nfev, up.njev) == (low.nit, low.nfev, low.njev)
    assert up.recipe["method"] == low.recipe["method"], "the automatic rate too"
    assert (up.f, up.best.f, up.best.iteration) == (-low.f, -low.best.f, low.best.iteration)


def test_linear_models_climb_too():
    model = steepest.LinearModel(np.eye(3), [1.0, 2.0, 3.0])
    for batch in (None, 1):
        run = steepest.minimize(model, maximize=True, learning_rate=0.1, max_iter=5, batch_size=batch)
        assert (np.diff(run.history.f) > 0).all()


def test_f_is_in_the_users_sign_everywhere():
    run = steepest.minimize(hill, [0.0, 0.0], grad=hill_slope, maximize=True)
    assert run.success
    assert run.f == run.fun == run.history.f[-1] == hill(run.w)
    assert run.f_start == hill(np.zeros(2))
    assert run.best.f == run.history.f.max()
    assert run.f > run.f_start
    assert np.array_equal(run.jac, hill_slope(run.w))
    assert run.recipe["maximize"] is True


def test_the_target_is_a_floor():
    run = steepest.minimize(hill, [0.0, 0.0], maximize=True, f_target=2.5, learning_rate=0.01)
    assert run.outcome is Outcome.F_TARGET
    assert run.f >= 2.5
    assert (run.history.f[:-1] < 2.5).all()
    assert ">= f_target 2.5" in run.message
    at_once = steepest.minimize(hill, [0.0, 0.0], maximize=True, f_target=-100.0)
    assert at_once.nit == 0


def test_climbing_a_bowl_is_unbounded_and_asks_about_minimize():
    run = steepest.minimize(lambda w: float(w @ w), [1.0, 2.0], maximize=True)
    assert run.outcome is Outcome.UNBOUNDED
    assert "did you mean minimize?" in run.message
    assert run.f > 0


def test_a_replay_climbs_again(tmp_path):
    problem = steepest.gallery.himmelblau()
    run = steepest.minimize(problem, [0.1, 0.1], maximize=True, max_iter=5, learning_rate=1e-3)
    for again in (run.replay(), steepest.load(run.save(tmp_path / "up.npz")).replay()):
        assert np.array_equal(again.history.f, run.history.f)
        assert again.f >= again.f_start
