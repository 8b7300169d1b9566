"""Minima, saddles and maxima in a window, against what is known of the functions."""

from collections import Counter

import numpy as np
import pytest

from steepest.analysis.stationary import stationary_points
from steepest.problems import gallery
from steepest.problems.formula import as_formula

WINDOW = np.array([[-2.0, 2.0], [-2.0, 2.0]])


def kinds(points):
    return Counter(point.kind for point in points)


def box_of(problem):
    box = problem.box.fitted(2)
    return np.stack((box.lower, box.upper), axis=1)


@pytest.mark.parametrize(
    ("name", "minima", "saddles", "maxima"),
    [
        ("himmelblau", 4, 4, 1), ("camel_six_hump", 6, 7, 2), ("camel_three_hump", 3, 2, 0),
        ("styblinski_tang", 4, 4, 1),
        ("mueller_brown", 3, 2, 0), ("rosenbrock", 1, 0, 0), ("branin", 3, 2, 0), ("monkey_saddle", 0, 1, 0),
        ("goldstein_price", 4, 4, 1), ("quartic", 1, 0, 0),
    ],
)  # fmt: skip
def test_what_is_known_of_the_gallery_is_found(name, minima, saddles, maxima):
    problem = gallery.find(name)()
    points = stationary_points(problem, box_of(problem))
    found = kinds(points)
    assert (found["minimum"], found["saddle"], found["maximum"]) == (minima, saddles, maxima)
    known = np.empty((0, 2)) if problem.minimum is None else np.atleast_2d(problem.minimum.w)
    for w in known:
        assert min(np.abs(np.array(point.w) - w).max() for point in points if point.kind == "minimum") < 1e-6
    for point in points:
        assert point.f == pytest.approx(problem.value(np.array(point.w)))


@pytest.mark.parametrize("name", ["himmelblau", "camel_six_hump", "beale", "mueller_brown"])
def test_the_gradient_is_zero_there_and_the_hessian_says_the_kind(name):
    problem = gallery.find(name)()
    for point in stationary_points(problem, box_of(problem)):
        w, h = np.array(point.w), 1e-5
        scale = max(float(np.abs(problem.gradient(w + step)).max()) for step in ([0.1, 0.0], [0.0, 0.1]))
        assert np.abs(problem.gradient(w)).max() < 1e-6 * scale
        hessian = np.array([(problem.gradient(w + d) - problem.gradient(w - d)) / (2 * h) for d in h * np.eye(2)])
        signs = np.sign(np.linalg.eigvalsh(hessian))
        assert {(1, 1): "minimum", (-1, 1): "saddle", (-1, -1): "maximum"}[tuple(signs)] == point.kind


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x*y", {"saddle": 1}), ("x^2 + 20*y^2", {"minimum": 1}), ("x^4 - y^4", {"saddle": 1}),
        ("-x^2 - y^4", {"maximum": 1}), ("x^4 + y^4", {"minimum": 1}), ("exp(x) + y^2", {}), ("x + 2*y", {}),
        ("x^2*y^2", {}), ("(x^2-1)^2 + y^2", {"minimum": 2, "saddle": 1}),
    ],
)  # fmt: skip
def test_formulas(text, expected):
    assert kinds(stationary_points(as_formula(text), WINDOW)) == expected


def test_points_outside_the_window_are_left_out():
    problem = gallery.find("himmelblau")()
    points = stationary_points(problem, np.array([[2.0, 4.0], [1.0, 3.0]]))
    assert [point.kind for point in points] == ["minimum"]
    np.testing.assert_allclose(points[0].w, [3.0, 2.0], atol=1e-8)


@pytest.mark.parametrize("name", ["rastrigin", "shubert", "ackley", "schwefel_2_20"])
def test_waves_and_kinks_give_none(name):
    problem = gallery.find(name)(n=2)
    assert stationary_points(problem, box_of(problem)) == []


def test_values_that_are_not_finite_are_no_obstacle():
    points = stationary_points(as_formula("x^2 - log(y) + y"), np.array([[-1.0, 1.0], [-1.0, 3.0]]))
    assert kinds(points) == {"minimum": 1}
    np.testing.assert_allclose(points[0].w, [0.0, 1.0], atol=1e-7)
