"""The contract of every function of the gallery, whatever is in it, and values worked by hand for the known ones."""

import importlib
import inspect
import json
import math
import re

import numpy as np
import pytest
import scipy.optimize

import steepest
from steepest.base.box import Box
from steepest.base.errors import ArgumentError, ArgumentTypeError, FormulaError
from steepest.problems.differences import central_differences
from steepest.problems.formulas import parse
from steepest.problems.problem import Problem
from steepest.problems.tracing.traced import trace

gallery = steepest.gallery
NAMES = gallery.names()


def sizes(name):
    """A few dimensions it comes in: its own, its least, and those of 2, 5 and 10 that it has."""
    cls = gallery.find(name)
    return sorted({cls().n, cls.least_n, *(n for n in (2, 5, 10) if cls.least_n <= n <= cls.most_n)})


each_name = pytest.mark.parametrize("name", NAMES)
PROBLEMS = [gallery.find(name)(n=n) for name in NAMES for n in sizes(name)]
each = pytest.mark.parametrize("problem", PROBLEMS, ids=repr)
each_with_minimum = pytest.mark.parametrize("problem", [p for p in PROBLEMS if p.minimum is not None], ids=repr)


def scale(problem, w):
    """What an error of the gradient at w is small against."""
    at, start = problem.gradient(w), problem.gradient(problem.start)
    return 1 + np.abs(at).max() + np.abs(start).max() + 1e-3 * abs(problem.value(w))


def apart(problem, end, minimiser):
    """Whether f rises between the two by more than it may in a flat hollow."""
    between = np.linspace(end, minimiser, 101)
    return max(problem.value(w) for w in between) > problem.minimum.f + 1e-7 * (1 + abs(problem.minimum.f))


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
    assert re.search(r"\b(18|19|20)\d\d\b", problem.source), "a citation has a year"
    assert (problem.box.lower < problem.box.upper).all()


@each_name
def test_its_file_is_short_and_says_what_the_function_teaches(name):
    cls = gallery.find(name)
    source = inspect.getsource(importlib.import_module(cls.__module__))
    assert source.isascii()
    assert len(source.splitlines()) <= 80
    formula, _, story = cls.__doc__.rpartition("``")
    assert formula.startswith("``")
    assert len(story.split()) >= 8
    assert story.rstrip().endswith(".")


def test_the_gallery_has_its_forty_functions():
    assert len(NAMES) >= 44
    assert sum(gallery.find(name).smooth for name in NAMES) >= 40


def readable(name):
    """Its formula as the parser reads it, the blanks that stand for * filled in; None where it has words in it."""
    problem = gallery.find(name)()
    try:
        expression = parse(re.sub(r"(?<=[\w)]) (?=[\w(])", "*", problem.formula))
    except FormulaError:
        return None
    return expression if expression.n == problem.n else None


READABLE = [name for name in NAMES if readable(name) is not None]


def test_formulas_without_words_can_be_read():
    plain = [name for name in NAMES if not re.search(r"sum|where|largest|product|mean|S\(", gallery.find(name).formula)]
    assert set(plain) <= set(READABLE)


@pytest.mark.parametrize("name", READABLE)
def test_the_formula_is_the_function(name):
    problem, expression = gallery.find(name)(), readable(name)
    for w in problem.box.draw(np.random.default_rng(5), 20):
        assert expression(w, np) == pytest.approx(problem.value(w), rel=1e-12, abs=1e-12)


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
def test_gradient_agrees_with_central_differences(problem):
    for w in problem.box.draw(np.random.default_rng(2), 40):
        off = np.abs(problem.gradient(w) - central_differences(problem.value, w)).max()
        assert off < 1e-6 * scale(problem, w)


@pytest.mark.parametrize("name", NAMES)
def test_gradient_agrees_with_that_of_jax(name):
    problem = gallery.find(name)(n=sizes(name)[-1])
    traced = trace(problem.value, problem.start)
    for w in problem.box.draw(np.random.default_rng(3), 40):
        value, gradient = traced.value_and_gradient(w)
        assert value == pytest.approx(problem.value(w), rel=1e-12, abs=1e-12)
        np.testing.assert_allclose(gradient, problem.gradient(w), rtol=0, atol=1e-12 * scale(problem, w))


@each
def test_gradient_is_finite_where_variables_are_zero(problem):
    for w in [np.zeros(problem.n), *np.diag(problem.start)]:
        assert np.isfinite(problem.gradient(w)).all()


@each_with_minimum
def test_minimum_is_taken_at_every_known_minimiser(problem):
    f, rows = problem.minimum
    assert rows.ndim == 2
    assert rows.shape[1] == problem.n
    for w in rows:
        assert problem.box.holds(w)
        assert problem.value(w) == pytest.approx(f, rel=1e-13, abs=1e-12)
        assert np.abs(problem.gradient(w)).max() <= 1e-12 * max(1.0, np.abs(problem.gradient(problem.start)).max())


@each_with_minimum
def test_no_point_of_the_box_lies_below_the_minimum(problem):
    floor = problem.minimum.f - 1e-12 * (1 + abs(problem.minimum.f))
    for w in problem.box.draw(np.random.default_rng(0), 2000):
        assert problem.value(w) >= floor


@pytest.mark.parametrize("problem", [p for p in PROBLEMS if p.minimum is not None and p.n <= 6], ids=repr)
def test_every_global_minimiser_is_listed(problem):
    options = {"maxiter": 100}  # of a curved valley it would else see every bend
    bounds = scipy.optimize.Bounds(problem.box.lower, problem.box.upper)
    for start in problem.box.draw(np.random.default_rng(1), 8):
        end = scipy.optimize.minimize(
            problem.value, start, jac=problem.gradient, method="L-BFGS-B", bounds=bounds, options=options
        )
        assert end.fun >= problem.minimum.f - 1e-12 * (1 + abs(problem.minimum.f))
        if end.fun < problem.minimum.f + 1e-8:
            distances = np.linalg.norm(problem.minimum.w - end.x, axis=1)
            assert distances.min() < 1e-3 or not apart(problem, end.x, problem.minimum.w[distances.argmin()])


@each
def test_recipe_gives_the_problem_back(problem):
    recipe = json.loads(json.dumps(problem.recipe()))
    assert recipe["kind"] == "gallery"
    assert gallery.find(recipe["name"])(n=recipe["n"]) == problem
    rest = {key: value for key, value in recipe.items() if key not in ("kind", "name")}
    assert gallery.find(recipe["name"])(**rest) == problem


@each_name
def test_numpy_whole_numbers_are_dimensions(name):
    n = gallery.find(name)().n
    problem = gallery.find(name)(n=np.int64(n))
    assert problem == gallery.find(name)(n=n)
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
    "branin": [((0, 7), 21 - 10 / (8 * math.pi), (10 / math.pi, 2))],
    "chebyshev_rosenbrock": [((0, 0), 1.25, (-0.5, 2)), ((1, 1, 0), 1, (0, 8, -2))],
    "different_powers": [((2, -2), 12, (4, -12))],
    "dixon_price": [((1, 1), 2, (-4, 16))],
    "double_well": [((2, 1), 13, (24, 8)), ((2,), 9, (24,))],
    "exponential": [((1, 0), -math.exp(-0.5), (math.exp(-0.5), 0))],
    "goldstein_price": [((0, 0), 600, (720, 720))],
    "griewank": [((math.pi, 0), 2 + math.pi**2 / 4000, (math.pi / 2000, 0))],
    "hilbert_quadratic": [((1, 1), 7 / 6, (1.5, 5 / 6))],
    "huber": [((3, -0.5), 2.625, (1, -0.5))],
    "lessard": [((0.5, 1.5, 3), 104.75, (12.5, 25.5, 51))],
    "levy": [
        ((5, 1), 1 + 10 * math.sin(1) ** 2, (0.5 + 5 * math.sin(1) ** 2 + 2.5 * math.pi * math.sin(2), 0)),
        ((3,), 1.25, (0.25,)),
    ],
    "michalewicz": [((math.pi / 2, math.pi / 2), -1 - 2**-10, (-20 / 1024, 0))],
    "nesterov_worst": [((1, 2), 2, (-1, 3)), ((1,), 0, (1,))],
    "nonsmooth_chebyshev_rosenbrock": [((0, 0), 1.25, (-0.5, 1)), ((1, 1, 0), 1, (0, 4, -1))],
    "powell_singular": [((3, -1, 0, 1), 215, (306, -144, -2, -310))],
    "quartic": [((1, 2), 33, (4, 64))],
    "salomon": [((0.25, 0), 1.025, (2 * math.pi + 0.1, 0))],
    "schwefel": [((math.pi**2 / 4,), 418.9828872724337 - math.pi**2 / 4, (-1,))],
    "schwefel_1_2": [((1, 2), 10, (8, 6))],
    "schwefel_2_20": [((3, -4), 7, (1, -1))],
    "schwefel_2_21": [((3, -4), 4, (0, -1))],
    "separable_logistic": [((0, 0), math.log(2), (-2.5 / 6, -1 / 3))],
    "trid": [((2, 3), -1, (-1, 2)), ((1, 1, 1), -2, (-1, -2, -1))],
    "wolfe": [((4, 3), 60 * math.sqrt(2), (15 / math.sqrt(2), 20 / math.sqrt(2))), ((-1, 1), 8, (0, 16))],
    "wood": [((-3, -1, -3, -1), 19192, (-12008, -2080, -10808, -1880))],
    "zakharov": [((2, 1), 25, (22, 38))],
}


@pytest.mark.parametrize(
    ("name", "w", "f", "g"), [(name, *row) for name, rows in BY_HAND.items() for row in rows], ids=str
)
def test_values_worked_by_hand(name, w, f, g):
    problem = gallery.find(name)(n=len(w))
    assert problem.value(np.array(w, dtype=float)) == pytest.approx(f, rel=1e-13, abs=1e-13)
    np.testing.assert_allclose(problem.gradient(np.array(w, dtype=float)), g, rtol=1e-13, atol=1e-12)


@pytest.mark.parametrize(
    ("name", "n", "f"),
    [
        ("branin", 2, "0.397887"), ("camel_six_hump", 2, "-1.0316"), ("goldstein_price", 2, "3"),
        ("hartmann_3", 3, "-3.86278"), ("hartmann_6", 6, "-3.32237"), ("mccormick", 2, "-1.9132"),
        ("michalewicz", 2, "-1.8013"), ("michalewicz", 5, "-4.687658"), ("michalewicz", 10, "-9.66015"),
        ("mueller_brown", 2, "-146.700"), ("shekel", 4, "-10.5364"), ("shubert", 2, "-186.7309"),
        ("trefethen", 2, "-3.306868647"), ("trid", 6, "-50"), ("trid", 10, "-210"),
    ],
)  # fmt: skip
def test_minima_are_those_of_the_literature(name, n, f):
    """To the digits that are printed there."""
    unit = 10.0 ** -len(f.partition(".")[2])
    assert gallery.find(name)(n=n).minimum.f == pytest.approx(float(f), rel=0, abs=0.51 * unit)


def test_mueller_and_browns_other_minima_and_passes_are_where_they_found_them():
    problem = gallery.mueller_brown()
    for x, y, f in [
        (0.623, 0.028, -108.167),
        (-0.050, 0.467, -80.768),
        (-0.822, 0.624, -40.665),
        (0.212, 0.293, -72.249),
    ]:
        w = np.array([x, y])
        assert np.abs(problem.gradient(w)).max() < 1.5
        assert problem.value(w) == pytest.approx(f, abs=2e-3)


def test_the_heavy_ball_tuned_for_quadratics_cycles_on_lessards_function():
    run = steepest.minimize("lessard", method="momentum", learning_rate=1 / 9, momentum=4 / 9, max_iter=600)
    np.testing.assert_allclose(run.history.w[-3:], run.history.w[-6:-3], rtol=1e-12)
    assert np.ptp(run.history.w[-3:]) > 3


def test_exact_steps_of_steepest_descent_end_at_the_origin_of_wolfes_function():
    problem, exact = gallery.wolfe(), scipy.optimize.minimize_scalar
    w, tight = problem.start, {"xatol": 1e-13}
    for _ in range(20):
        g = problem.gradient(w)
        step = exact(lambda rate, w=w, g=g: problem.value(w - rate * g), bounds=(0, 1), method="bounded", options=tight)
        w = w - g * step.x
    assert np.abs(w).max() < 1e-3
    assert problem.value(w) > -0.01 > problem.minimum.f


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
