"""The contract of every function of the gallery, whatever is in it, and values worked by hand for the known ones."""

import importlib
import json
import math

import numpy as np
import pytest
import scipy.optimize
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import steepest
from steepest.base.box import Box
from steepest.base.errors import ArgumentError, ArgumentTypeError
from steepest.problems.differences import central_differences
from steepest.problems.problem import Problem

gallery = steepest.gallery
NAMES = gallery.names()


def sizes(name):
    cls = gallery.find(name)
    return [n for n in range(1, 6) if cls.least_n <= n <= cls.most_n]


each_name = pytest.mark.parametrize("name", NAMES)
PROBLEMS = [gallery.find(name)(n=n) for name in NAMES for n in sizes(name)]
each = pytest.mark.parametrize("problem", PROBLEMS, ids=repr)
each_with_minimum = pytest.mark.parametrize("problem", [p for p in PROBLEMS if p.minimum is not None], ids=repr)


def points(box):
    pairs = zip(box.lower.tolist(), box.upper.tolist(), strict=True)
    return st.tuples(*[st.floats(low, high) for low, high in pairs]).map(np.array)


def one_sentence(error):
    text = str(error.value)
    return "\n" not in text and ". " not in text and not text.endswith(".")


@each
def test_meets_the_problem_protocol(problem):
    assert isinstance(problem, Problem)
    assert type(problem).__module__ == f"steepest.problems.functions.{problem.name}"
    assert problem.gradient_note == "exact"
    w = problem.start
    kept = w.copy()
    f, g = problem.value_and_gradient(w)
    assert type(f) is float
    assert f == problem.value(w)
    assert np.array_equal(g, problem.gradient(w))
    assert (g.shape, g.dtype) == ((problem.n,), np.float64)
    assert np.array_equal(w, kept)
    assert not np.shares_memory(g, w)


@each
def test_says_what_it_is_and_where_it_comes_from(problem):
    for text in (problem.formula, problem.source):
        assert text.strip()
        assert text.isascii()
        assert "\n" not in text
    assert any(character.isdigit() for character in problem.source), "a citation has a year"
    assert type(problem).__doc__


@each
def test_start_lies_in_the_box_and_is_no_minimum(problem):
    assert isinstance(problem.box, Box)
    assert problem.box.lower.shape == problem.box.upper.shape == (problem.n,)
    assert np.isfinite([problem.box.lower, problem.box.upper]).all()
    assert (problem.start.shape, problem.start.dtype) == ((problem.n,), np.float64)
    assert problem.box.holds(problem.start)
    assert np.abs(problem.gradient(problem.start)).max() > 1e-3


@each
def test_start_is_nobody_elses(problem):
    problem.start[:] = np.nan
    assert np.isfinite(problem.start).all()


@each
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_gradient_agrees_with_central_differences(problem, data):
    w = data.draw(points(problem.box))
    if problem.minimum is not None:
        assume(np.linalg.norm(problem.minimum.w - w, axis=1).min() > 0.01)  # a minimum may be the tip of a cone
    gradient = problem.gradient(w)
    allowed = 1e-6 * (1 + np.abs(gradient).max()) + 1e-9 * abs(problem.value(w))
    np.testing.assert_allclose(gradient, central_differences(problem.value, w), rtol=0, atol=allowed)


@each_with_minimum
def test_minimum_is_taken_at_every_known_minimiser(problem):
    f, rows = problem.minimum
    assert rows.ndim == 2
    assert rows.shape[1] == problem.n
    for w in rows:
        assert problem.box.holds(w)
        assert problem.value(w) == pytest.approx(f, rel=1e-14, abs=1e-12)
        assert np.abs(problem.gradient(w)).max() <= 1e-12 * max(1.0, np.abs(problem.gradient(problem.start)).max())


@each_with_minimum
def test_no_point_of_the_box_lies_below_the_minimum(problem):
    floor = problem.minimum.f - 1e-12 * (1 + abs(problem.minimum.f))
    for w in problem.box.draw(np.random.default_rng(0), 2000):
        assert problem.value(w) >= floor


@each_with_minimum
def test_every_global_minimiser_is_listed(problem):
    bounds = scipy.optimize.Bounds(problem.box.lower, problem.box.upper)
    for start in problem.box.draw(np.random.default_rng(1), 20):
        end = scipy.optimize.minimize(problem.value, start, jac=problem.gradient, method="L-BFGS-B", bounds=bounds)
        assert end.fun >= problem.minimum.f - 1e-12 * (1 + abs(problem.minimum.f))
        if end.fun < problem.minimum.f + 1e-8:
            assert np.linalg.norm(problem.minimum.w - end.x, axis=1).min() < 1e-3


@each
def test_recipe_gives_the_problem_back(problem):
    recipe = json.loads(json.dumps(problem.recipe()))
    assert recipe["kind"] == "gallery"
    assert gallery.find(recipe["name"])(n=recipe["n"]) == problem
    rest = {key: value for key, value in recipe.items() if key not in ("kind", "name")}
    assert gallery.find(recipe["name"])(**rest) == problem


@each_name
def test_numpy_whole_numbers_are_dimensions(name):
    problem = gallery.find(name)(n=np.int64(2))
    assert problem == gallery.find(name)(n=2)
    json.dumps(problem.recipe())


@each_name
def test_n_out_of_range_is_one_sentence(name):
    cls = gallery.find(name)
    for n in (cls.least_n - 1, cls.most_n + 1, -3):
        with pytest.raises(ValueError, match=rf"^n of {name} must be .*; got {n}$") as error:
            cls(n=n)
        assert isinstance(error.value, ArgumentError)
        assert one_sentence(error)


@each_name
@pytest.mark.parametrize("n", [2.0, 2.5, "2", None, True, [2], np.array([2])], ids=repr)
def test_n_that_is_no_whole_number_is_one_sentence(name, n):
    with pytest.raises(TypeError, match=rf"^n of {name} must be a whole number; got ") as error:
        gallery.find(name)(n=n)
    assert isinstance(error.value, ArgumentTypeError)
    assert one_sentence(error)


@each_name
def test_attribute_is_the_class_even_after_its_module_is_imported(name):
    module = importlib.import_module(f"steepest.problems.functions.{name}")
    assert getattr(gallery, name) is gallery.find(name)
    assert gallery.find(name).__name__ in module.__all__
    assert gallery.find(name)().name == name
    assert name in dir(gallery)


def test_rosenbrock_is_callable_after_its_module_is_imported():
    importlib.import_module("steepest.problems.functions.rosenbrock")
    assert steepest.gallery.rosenbrock(n=2).value(np.array([-1.2, 1.0])) == pytest.approx(24.2)


def test_mistyped_attribute_names_the_known_ones():
    with pytest.raises(AttributeError, match="'rosenbrok'") as error:
        _ = gallery.rosenbrok
    assert all(name in str(error.value) for name in NAMES)
    assert one_sentence(error)


def test_mistyped_name_is_answered_with_the_right_one():
    with pytest.raises(ArgumentError, match="did you mean 'rosenbrock'") as error:
        gallery.find("rosenbrok")
    assert one_sentence(error)


def test_name_like_no_other_is_answered_with_all():
    with pytest.raises(ArgumentError, match="known: ") as error:
        gallery.find("zzz")
    assert all(name in str(error.value) for name in NAMES)


BY_HAND = {
    "sphere": [((3, 4), 25, (6, 8)), ((1, 2, 3), 14, (2, 4, 6))],
    "ill_conditioned_quadratic": [((1, 1), 50.5, (1, 100)), ((2, 1, 0.1), 7.5, (2, 10, 10))],
    "himmelblau": [((0, 0), 170, (-14, -22)), ((1, 1), 106, (-46, -38))],
    "beale": [((1, 1), 14.203125, (0, 27.75)), ((0, 0), 14.203125, (-12.75, 0))],
    "booth": [((0, 0), 74, (-34, -38)), ((1, 1), 20, (-16, -20))],
    "rastrigin": [((1, 0), 1, (2, 0)), ((0.5, 0.5), 40.5, (1, 1)), ((0.25,), 10.0625, (0.5 + 20 * math.pi,))],
    "ackley": [
        ((1, 1), 20 - 20 * math.exp(-0.2), (2 * math.exp(-0.2), 2 * math.exp(-0.2))),
        ((0.5,), 20 + math.e - 20 * math.exp(-0.1) - math.exp(-1), (4 * math.exp(-0.1),)),
    ],
    "styblinski_tang": [((0, 0), 0, (2.5, 2.5)), ((1, 1), -10, (-11.5, -11.5)), ((-2, 1, 0), -34, (18.5, -11.5, 2.5))],
    "saddle": [((3, 2), 5, (6, -4)), ((0, 1e6), -1e12, (0, -2e6))],
    "rosenbrock": [((-1.2, 1), 24.2, (-215.6, -88)), ((0, 0), 1, (-2, 0)), ((0, 1, 2), 201, (-2, -200, 200))],
}


@pytest.mark.parametrize(
    ("name", "w", "f", "g"), [(name, *row) for name, rows in BY_HAND.items() for row in rows], ids=str
)
def test_values_worked_by_hand(name, w, f, g):
    problem = gallery.find(name)(n=len(w))
    assert problem.value(np.array(w, dtype=float)) == pytest.approx(f, rel=1e-13, abs=1e-13)
    np.testing.assert_allclose(problem.gradient(np.array(w, dtype=float)), g, rtol=1e-13, atol=1e-12)


def test_himmelblau_has_four_minima_and_the_saddle_none():
    assert len(np.unique(gallery.himmelblau().minimum.w, axis=0)) == 4
    assert gallery.saddle().minimum is None


@pytest.mark.parametrize("n", [1, 2, 5])
def test_ackley_slopes_down_to_its_tip_and_is_flat_only_there(n):
    problem = gallery.ackley(n=n)
    assert np.array_equal(problem.gradient(np.zeros(n)), np.zeros(n))
    for size in (1e-300, 1e-170, 1e-9):
        slope = problem.gradient(np.full(n, size))
        assert np.linalg.norm(slope) == pytest.approx(4 / math.sqrt(n), rel=1e-6)
        assert (slope > 0).all()


@pytest.mark.parametrize("condition", [1, 1.0, 25, 1e6, np.float64(9)])
def test_condition_is_the_ratio_of_the_curvatures(condition):
    problem = gallery.ill_conditioned_quadratic(n=4, condition=condition)
    assert problem.eigenvalues[0] == 1
    assert problem.eigenvalues[-1] == condition
    np.testing.assert_allclose(np.diff(np.log(problem.eigenvalues)), np.log(condition) / 3, atol=1e-12)
    recipe = json.loads(json.dumps(problem.recipe()))
    assert recipe["condition"] == condition
    assert gallery.find(recipe["name"])(n=recipe["n"], condition=recipe["condition"]) == problem


@pytest.mark.parametrize("condition", [0.5, 0, -1, math.inf, math.nan])
def test_condition_out_of_range_is_one_sentence(condition):
    with pytest.raises(ValueError, match=r"^condition of ill_conditioned_quadratic must be .* at least 1;") as error:
        gallery.ill_conditioned_quadratic(condition=condition)
    assert one_sentence(error)


@pytest.mark.parametrize("condition", ["10", None, True, [10.0]])
def test_condition_that_is_no_number_is_one_sentence(condition):
    with pytest.raises(TypeError, match=r"^condition of ill_conditioned_quadratic must be ") as error:
        gallery.ill_conditioned_quadratic(condition=condition)
    assert one_sentence(error)
