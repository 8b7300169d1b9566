"""Where the methods stop converging: the stability limits on quadratics, and a convex function on which heavy ball
cycles below its limit."""

import math

import numpy as np
import pytest

import steepest
from steepest import Outcome, gallery

pytest.importorskip("jax")

ENGINES = ["python", "jax"]
LIMITS = {
    "gradient_descent": lambda b: 2.0,
    "momentum": lambda b: 2 * (1 + b),
    "nesterov": lambda b: (2 + 2 * b) / (1 + 2 * b),
    "nesterov_lookahead": lambda b: (2 + 2 * b) / (1 + 2 * b),
}
CASES = [
    ("gradient_descent", 0.0),
    *((name, b) for name in LIMITS if "gradient" not in name for b in (0.0, 0.5, 0.9, 0.97)),
]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("name", "b"), CASES)
def test_a_hundredth_below_the_limit_converges_and_a_hundredth_above_diverges(name, b, engine):
    """2 / L, 2 (1 + b) / L, (2 + 2 b) / (L (1 + 2 b)), L the largest curvature."""
    L = 16.0
    problem, limit = gallery.ill_conditioned_quadratic(n=3, condition=L), LIMITS[name](b) / L
    fields = {} if name == "gradient_descent" else {"momentum": b}
    below = steepest.minimize(
        problem, None, name, learning_rate=0.99 * limit, max_iter=6000, grad_tol=1e-8, engine=engine, **fields
    )
    assert below.outcome is Outcome.CONVERGED
    assert np.abs(below.w).max() < 1e-7
    above = steepest.minimize(
        problem, None, name, learning_rate=1.01 * limit, max_iter=6000, grad_tol=1e-8, engine=engine, **fields
    )
    assert above.outcome is Outcome.DIVERGED
    assert abs(above.w[-1]) > 1e3 * np.abs(above.w[:-1]).max()  # along the largest curvature
    said = float(above.record.why.partition(" is above ")[2].partition(",")[0])
    assert said == pytest.approx(limit, rel=5e-3)  # three digits


# -- Lessard, Recht and Packard ------------------------------------------------------------------------------------


def three_pieces(w):
    """Curvature 25, but 1 between 1 and 2: L = 25, m = 1.

    Source: L. Lessard, B. Recht, A. Packard, "Analysis and design of optimization algorithms via integral quadratic
    constraints", SIAM Journal on Optimization 26, 2016, section 4.6, equation 4.11.
    """
    x = w[0]
    middle = 0.5 * x * x + 24.0 * x - 12.0
    return np.where(x < 1.0, 12.5 * x * x, np.where(x < 2.0, middle, 12.5 * x * x - 24.0 * x + 36.0))


def slope(w):
    x = w[0]
    return np.array([25.0 * x if x < 1.0 else x + 24.0 if x < 2.0 else 25.0 * x - 24.0])


POLYAK = {"learning_rate": 1 / 9, "momentum": 4 / 9}
"""The best on a quadratic with curvatures 1 to 25: 4 / (1 + 5)^2 and ((5 - 1) / (5 + 1))^2."""
CYCLE = np.array([792.0, -2208.0, 2592.0]) / 1225.0
"""Solved from the three linear equations of a cycle with one point above 2 and two below 1."""


@pytest.mark.parametrize("start", [3.07, 3.2, 3.3, 3.46])
@pytest.mark.parametrize("engine", ENGINES)
def test_heavy_ball_cycles_on_three_pieces(engine, start):
    options = {"max_iter": 1000, "engine": engine, "grad_tol": 1e-9, **POLYAK}
    gradient = {} if engine == "jax" else {"grad": slope}
    run = steepest.minimize(three_pieces, [start], "momentum", **gradient, **options)
    assert run.engine == engine
    assert run.outcome is Outcome.MAX_ITER
    x = run.history.w[-300:, 0]
    np.testing.assert_allclose(x[3:], x[:-3], rtol=1e-12)
    np.testing.assert_allclose(np.sort(x[:3]), np.sort(CYCLE), rtol=1e-12)
    assert np.ptp(run.history.f[-3:]) > 1.0


def test_the_three_pieces_are_what_they_are_said_to_be():
    for x in (-3.0, 0.3, 1.0, 1.5, 2.0, 4.0):
        rise = float(three_pieces(np.array([x + 1e-6])) - three_pieces(np.array([x - 1e-6])))
        assert rise / 2e-6 == pytest.approx(slope(np.array([x]))[0], abs=1e-4)
    points = np.linspace(-4.0, 4.0, 4001)
    steepness = np.diff([slope(np.array([x]))[0] for x in points]) / np.diff(points)
    assert steepness.min() == pytest.approx(1.0)
    assert steepness.max() == pytest.approx(25.0)


def test_elsewhere_heavy_ball_converges_on_them_and_other_methods_do_from_anywhere():
    near = steepest.minimize(three_pieces, [0.1], "momentum", max_iter=1000, grad_tol=1e-9, **POLYAK)
    assert near.success
    root = math.sqrt(25.0)
    for start in (3.07, 3.3, 3.46):
        for name, fields in (
            ("gradient_descent", {"learning_rate": 2 / 26}),
            ("nesterov", {"learning_rate": 1 / 25, "momentum": (root - 1) / (root + 1)}),
        ):
            run = steepest.minimize(three_pieces, [start], name, max_iter=1000, grad_tol=1e-9, **fields)
            assert run.success
            assert abs(run.w[0]) < 1e-9
