"""A run along the eigenvectors where it is heading, against matrices written out by hand."""

import numpy as np
import pytest

import steepest
from steepest.analysis.local_modes import heading, local_modes, sentence_of
from steepest.verbs.loading import call_of
from steepest.verbs.pages import traced_steps

RATE, MOMENTUM = 0.03, 0.8


def modes_of_run(run):
    call = call_of(run)
    return local_modes(
        run.problem, run.history.w, run.failed, call.moving.numbers(call.rule), lambda: traced_steps(run)[1]
    )


@pytest.fixture(scope="module")
def turned():
    """A quadratic with curvatures 1 and 20 whose axes are turned by 0.4, and its run."""
    c, s = np.cos(0.4), np.sin(0.4)
    basis = np.array([[c, -s], [s, c]])
    H, least = basis @ np.diag([1.0, 20.0]) @ basis.T, np.array([1.0, -2.0])
    run = steepest.minimize(
        lambda w: 0.5 * (w - least) @ H @ (w - least), [3.0, 1.0], "momentum", grad=lambda w: H @ (w - least),
        learning_rate=RATE, momentum=MOMENTUM, max_iter=60, grad_tol=None,
    )  # fmt: skip
    return run, least, basis


def test_errors_are_the_path_seen_from_the_minimum(turned):
    run, least, basis = turned
    found = modes_of_run(run)
    np.testing.assert_allclose(found.place.w, least, atol=1e-9)
    np.testing.assert_allclose(found.curvatures, [1.0, 20.0], rtol=1e-6)
    np.testing.assert_allclose(np.abs(found.errors), np.abs((run.history.w - least) @ basis), atol=1e-7)
    assert found.place.least


def test_rates_and_swings_are_those_of_the_heavy_ball(turned):
    found = modes_of_run(turned[0])
    for k, curvature in enumerate((1.0, 20.0)):
        matrix = np.array([[1 + MOMENTUM - RATE * curvature, -MOMENTUM], [1.0, 0.0]])
        roots = np.linalg.eigvals(matrix)
        assert found.rates[k] == pytest.approx(np.abs(roots).max(), rel=1e-6)
        assert found.periods[k] == pytest.approx(2 * np.pi / np.abs(np.angle(roots[0])), rel=1e-5)


def test_on_a_quadratic_the_closed_form_is_the_run(turned):
    found = modes_of_run(turned[0])
    assert found.since == 0
    np.testing.assert_allclose(found.predicted, found.errors, atol=1e-6)
    e = [found.errors[0, 1], found.errors[0, 1] * (1 - RATE * found.curvatures[1])]
    for _ in range(58):
        e.append((1 + MOMENTUM - RATE * found.curvatures[1]) * e[-1] - MOMENTUM * e[-2])
    np.testing.assert_allclose(found.predicted[:60, 1], e, atol=1e-6)


def test_elsewhere_the_closed_form_begins_where_the_gradient_is_straight():
    run = steepest.minimize("himmelblau", [0.0, 1.0], "nesterov", learning_rate=0.01, max_iter=300)
    found = modes_of_run(run)
    assert found.place.what == "its known minimum"
    assert 0 < found.since < 40
    assert np.isnan(found.predicted[: found.since]).all()
    slow = found.errors[found.since :, 0]
    assert np.abs(slow - found.predicted[found.since :, 0]).max() < 0.1 * np.abs(slow).max()


def test_a_run_that_grows_is_said_to_grow():
    run = steepest.minimize("rosenbrock", learning_rate=0.01, momentum=0.9, max_iter=50)
    assert run.failed
    found = modes_of_run(run)
    assert found.place.what == "its known minimum"
    assert found.rates[1] > 1
    assert "grows" in sentence_of(found, "momentum")


def test_rules_that_are_not_linear_have_no_rates():
    found = modes_of_run(steepest.minimize("sphere", [1.0, 2.0], "adam", learning_rate=0.1, max_iter=50))
    assert found.rates is None
    assert found.predicted is None
    assert "not linear" in sentence_of(found, "adam")


def test_a_minimum_that_nobody_knows_is_found_from_the_end():
    def f(w):
        return w[0] ** 4 + w[0] ** 2 + np.exp(w[1]) - w[1]

    run = steepest.minimize(f, [1.0, 1.0], "gradient_descent", learning_rate=0.1, max_iter=40, grad_tol=None)
    place, modes = heading(run.problem, run.history.w, False)
    assert modes is None
    assert place.what == "the minimum near its end"
    np.testing.assert_allclose(place.w, 0.0, atol=1e-6)


def test_an_end_that_is_no_minimum_is_called_so():
    run = steepest.minimize("saddle", [0.5, 1e-3], "gradient_descent", learning_rate=0.1, max_iter=10)
    found = modes_of_run(run)
    assert not found.place.least
    assert found.curvatures[0] < 0
    assert "no minimum" in sentence_of(found, "gradient descent")
