"""The contract of every problem of the More-Garbow-Hillstrom package, whatever is in it; the numbers of the papers are
in test_papers.py."""

import json
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import steepest
from steepest.base import discovery
from steepest.base.errors import ArgumentError, ArgumentTypeError
from steepest.problems.member import Member
from steepest.problems.problem import Problem
from steepest.problems.tracing.traced import trace

gallery = steepest.gallery
NAMES = discovery.names("steepest.problems.more_garbow_hillstrom")
SIZES = {
    "extended_rosenbrock": (2, 8), "extended_powell_singular": (4, 8), "watson": (2, 9, 12), "chebyquad": (1, 5, 10),
    "jennrich_sampson": (2,), "linear_rank_one_zeros": (3, 6), "bdqrtic": (5, 12), "penalty_2": (1, 10),
}  # fmt: skip


def problems():
    """Each at its usual size and, where it has a choice, at others, small and large."""
    for name in NAMES:
        usual = gallery.mgh(name)
        yield usual
        if usual.least_n < usual.most_n:
            yield from (gallery.mgh(name, n) for n in SIZES.get(name, (usual.least_n, 7)))
        if usual.free_m:
            yield gallery.mgh(name, m=usual.m + 1)
            yield gallery.mgh(name, m=usual.n)


PROBLEMS = list(problems())
each = pytest.mark.parametrize("problem", PROBLEMS, ids=repr)
each_with_minimum = pytest.mark.parametrize("problem", [p for p in PROBLEMS if p.minimum is not None], ids=repr)
each_name = pytest.mark.parametrize("name", NAMES)


def one_sentence(error):
    text = str(error.value)
    return "\n" not in text and ". " not in text and not text.endswith(".") and text.isascii()


@each
def test_meets_the_problem_protocol(problem):
    assert isinstance(problem, Problem)
    assert isinstance(problem, Member)
    w = problem.start
    kept = w.copy()
    f, g = problem.value_and_gradient(w)
    assert type(f) is float
    assert f == problem.value(w)
    assert np.array_equal(g, problem.gradient(w))
    assert (g.shape, g.dtype) == ((problem.n,), np.float64)
    assert (type(problem.n), type(problem.m)) == (int, int)
    assert np.array_equal(w, kept)


@each
def test_says_what_it_is_and_where_it_comes_from(problem):
    for text in (problem.formula, problem.source, type(problem).__doc__):
        assert text.strip()
        assert text.isascii()
    assert "\n" not in problem.formula + problem.source
    number = f"1981, problem {problem.number}; " if problem.number else "2009, function "
    assert number in problem.source


@each
def test_f_is_the_sum_of_the_squares_of_the_residuals(problem):
    w = problem.start
    r, jacobian = problem.residuals(w), problem.jacobian(w)
    assert r.shape == (problem.m,)
    assert jacobian.shape == (problem.m, problem.n)
    assert (r.dtype, jacobian.dtype) == (np.float64, np.float64)
    assert problem.value(w) == pytest.approx(float(r @ r), rel=1e-14)
    np.testing.assert_allclose(problem.gradient(w), 2 * jacobian.T @ r, rtol=1e-12, atol=1e-12 * np.abs(jacobian).max())


@each
@given(seed=st.integers(0, 10**6))
def test_jacobian_agrees_with_central_differences(problem, seed):
    start = problem.start
    size = np.maximum(np.abs(start), 0.1)
    w = start + 0.05 * size * np.random.default_rng(seed).standard_normal(problem.n)
    h = 1e-5 * size
    steps = np.diag(h)
    found = np.stack([(problem.residuals(w + s) - problem.residuals(w - s)) / (2 * s.max()) for s in steps], axis=1)
    jacobian, r = problem.jacobian(w), problem.residuals(w)
    # by the spans h: errors of h^2, and rounding of the residuals
    allowed = 1e-7 * np.abs(jacobian * h).max() + 1e-14 * np.abs(r).max()
    assert np.abs((found - jacobian) * h).max() <= allowed


@each_name
def test_gradient_agrees_with_that_of_jax(name):
    problem = gallery.mgh(name)
    w = problem.start * 1.01 + 0.003
    f, g = trace(problem.value, problem.start).value_and_gradient(w)
    assert f == pytest.approx(problem.value(w), rel=1e-12)
    np.testing.assert_allclose(g, problem.gradient(w), rtol=1e-9, atol=1e-11 * np.abs(g).max())


@each
def test_start_is_its_own_and_in_the_box(problem):
    assert problem.start.shape == (problem.n,)
    assert problem.box.holds(problem.start)
    assert np.isfinite([problem.box.lower, problem.box.upper]).all()
    assert (problem.box.lower < problem.box.upper).all()
    problem.start[:] = np.nan
    problem.box.lower[:] = np.nan
    assert np.isfinite(problem.start).all()
    assert np.isfinite(problem.box.lower).all()


@each_with_minimum
def test_f_has_its_least_value_at_every_known_minimum(problem):
    for f, rows in (problem.minimum, *problem.local_minima):
        assert rows.shape[1:] == (problem.n,)
        for w in rows:
            r, jacobian = problem.residuals(w), problem.jacobian(w)
            rounding = 1e-14 * (np.abs(problem.residuals(0 * w + 1e-9)) + np.abs(jacobian) @ np.abs(w) + 1)
            assert abs(problem.value(w) - f) <= 1e-12 * f + (rounding * (2 * np.abs(r) + rounding)).sum()
            parts = 2 * np.abs(jacobian).T @ (rounding + 1e-13 * np.abs(r))
            assert (np.abs(problem.gradient(w)) <= parts).all()


@each_with_minimum
def test_no_point_near_the_start_or_the_minimum_lies_below(problem):
    generator = np.random.default_rng(0)
    floor = problem.minimum.f * (1 - 1e-11)
    for at in (problem.start, *problem.minimum.w):
        for scale in (1e-3, 1e-1, 1.0):
            for _ in range(10):
                w = at + scale * np.maximum(np.abs(at), 0.1) * generator.standard_normal(problem.n)
                with np.errstate(all="ignore"):
                    f = problem.value(w)
                assert not f < floor


@each_with_minimum
def test_a_minimum_that_is_shared_cannot_be_changed(problem):
    kept = problem.minimum.w.copy()
    if problem.minimum.w.flags.writeable:
        problem.minimum.w[:] = 0.0
    assert np.array_equal(problem.minimum.w, kept)


@each
def test_recipe_gives_the_problem_back(problem):
    recipe = json.loads(json.dumps(problem.recipe()))
    assert recipe.pop("kind") == "mgh"
    assert gallery.mgh(**recipe) == problem
    assert pickle.loads(pickle.dumps(problem)) == problem


def test_start_factor_multiplies_the_start():
    usual = gallery.mgh("meyer")
    far = gallery.mgh("meyer", start_factor=10)
    assert np.array_equal(far.start, 10 * usual.start)
    assert far != usual
    assert far.recipe()["start_factor"] == 10.0


def test_more_wild_start_differs_for_two():
    differ = [n for n in NAMES if (gallery.mgh(n).start != gallery.mgh(n, more_wild_start=True).start).any()]
    assert differ == ["osborne_1", "watson"]


def test_known_dimensions_may_be_numpy_numbers():
    assert gallery.mgh("chebyquad", np.int64(7), np.int64(9)) == gallery.mgh("chebyquad", 7, 9)


def test_helical_valley_winds_without_a_jump_but_at_its_seam():
    angle = np.linspace(-np.pi / 2 + 1e-6, 1.5 * np.pi - 1e-6, 2001)  # from -1/4 to 3/4 of a turn
    turned = [-gallery.mgh("helical_valley").residuals(np.array([np.cos(a), np.sin(a), 0.0]))[0] / 100 for a in angle]
    np.testing.assert_allclose(turned, angle / (2 * np.pi), atol=1e-12)


def test_jacobians_have_a_number_where_the_function_has_none():
    assert np.isfinite(gallery.mgh("helical_valley").jacobian(np.zeros(3))).all()
    gulf = gallery.mgh("gulf_research", m=100)
    assert np.isfinite(gulf.jacobian(np.array([50.0, 25.0, 1.5]))).all()


@pytest.mark.parametrize("n", range(2, 13))
def test_brown_almost_linear_knows_each_of_its_minima(n):
    problem = gallery.mgh("brown_almost_linear", n)
    assert len(problem.minimum.w) == 2 + n % 2
    assert max(np.abs(problem.residuals(w)).max() for w in problem.minimum.w) < 1e-12 * (n + 1) ** 2
    listed = np.array([*np.zeros(n - 1), n + 1.0])
    assert problem.value(listed) == 1
    assert problem.value(listed + 0.1 * np.array([*np.ones(n - 1), -n])) < 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("brad",), "More-Garbow-Hillstrom problem 'brad' is not known; did you mean 'bard'?"),
        (("bard", 4), "n of bard must be 3; got 4"),
        (("bard", 3, 14), "m of bard must be 15 for n = 3; got 14"),
        (("bard", 3, 0), "m of bard must be 15 for n = 3; got 0"),
        (("watson", 32), "n of watson must be 2 to 31; got 32"),
        (("extended_rosenbrock", 5), "n of extended_rosenbrock must be a multiple of 2 up to 1,000; got 5"),
        (("extended_powell_singular", 10), "n of extended_powell_singular must be a multiple of 4 up to 1,000; got 10"),
        (("penalty_1", 6, 6), "m of penalty_1 must be 7 for n = 6; got 6"),
        (("chebyquad", 8, 7), "m of chebyquad must be 8 to 1,000 for n = 8; got 7"),
        (("gulf_research", None, 101), "m of gulf_research must be 3 to 100 for n = 3; got 101"),
        (("bard", None, None, 0), "start_factor of bard must be a finite number above 0; got 0"),
    ],
)
def test_what_there_is_not_is_one_sentence(arguments, sentence):
    with pytest.raises(ArgumentError) as error:
        gallery.mgh(*arguments)
    assert str(error.value) == sentence
    assert one_sentence(error)


@pytest.mark.parametrize(
    ("arguments", "beginning"),
    [
        ({"n": 2.0}, "n of chebyquad must be a whole number; got 2.0"),
        ({"n": True}, "n of chebyquad must be a whole number; got True"),
        ({"m": "8"}, "m of chebyquad must be a whole number; got '8'"),
        ({"m": 8.0}, "m of chebyquad must be a whole number; got 8.0"),
        ({"m": True}, "m of chebyquad must be a whole number; got True"),
        ({"start_factor": "10"}, "start_factor of chebyquad must be "),
        ({"more_wild_start": 1}, "more_wild_start of chebyquad must be True or False; got 1"),
    ],
)
def test_arguments_of_the_wrong_type_are_one_sentence(arguments, beginning):
    with pytest.raises(ArgumentTypeError) as error:
        gallery.mgh("chebyquad", **arguments)
    assert str(error.value).startswith(beginning)
    assert one_sentence(error)


def test_runs_are_saved_loaded_and_replayed_with_their_problem(tmp_path):
    problem = gallery.mgh("osborne_1", start_factor=0.9, more_wild_start=True)
    run = steepest.minimize(problem, method="adam", max_iter=30)
    run.save(tmp_path / "run.npz")
    loaded = steepest.load(tmp_path / "run.npz")
    assert loaded.problem == problem
    again = loaded.replay()
    assert again.f == run.f
    assert np.array_equal(again.history.w, run.history.w)


def test_a_recipe_of_an_unknown_problem_is_loaded_without_it(tmp_path):
    run = steepest.minimize(gallery.mgh("bard"), max_iter=2)
    run.recipe["problem"]["name"] = "brad"
    run.save(tmp_path / "run.npz")
    assert steepest.load(tmp_path / "run.npz").problem is None


def test_a_text_names_a_problem_of_the_set():
    run = steepest.minimize("mgh:beale", max_iter=3)
    assert run.problem == gallery.mgh("beale")
    with pytest.raises(ArgumentError, match="did you mean 'beale'"):
        steepest.minimize("mgh:beal")


def test_the_jax_engine_descends_them_too():
    problem = gallery.mgh("kowalik_osborne")
    given = {"method": "momentum", "max_iter": 100}
    jax, plain = (steepest.minimize(problem, engine=engine, **given) for engine in ("jax", "python"))
    np.testing.assert_allclose(jax.w, plain.w, rtol=1e-10)
