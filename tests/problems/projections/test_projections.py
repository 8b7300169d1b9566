"""The projections: nearest points against SciPy and by definition, what they hold, draw, spell and refuse."""

import json
from itertools import combinations

import numpy as np
import pytest
import scipy.optimize
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import steepest
from steepest.base.errors import ArgumentError, ArgumentTypeError
from steepest.base.projection import Projection
from steepest.problems import projections
from steepest.problems.projections import Ball, Box, NonNegative, Simplex

jax = pytest.importorskip("jax")

CENTER = np.array([1.0, -2.0, 0.5, 0.0])
SETS = [
    Ball(1.5), Ball(0.01), Ball(3.0, CENTER), Simplex(), Simplex(7.5), NonNegative(), Box(-1.0, 2.0),
    Box([-1.0, 0.0, -np.inf, 2.0], [1.0, 0.0, 0.5, np.inf]),
]  # fmt: skip
NAMES = [f"{type(one).__name__}{k}" for k, one in enumerate(SETS)]
of_every_kind = pytest.mark.parametrize("bounds", SETS, ids=NAMES)
points = arrays(float, 4, elements=st.floats(-1e3, 1e3))


def inside(bounds: Projection, w: np.ndarray) -> np.ndarray:
    """Some point of the set, made from any numbers without its projection."""
    if isinstance(bounds, Ball):
        length = np.linalg.norm(w)
        return bounds.center + (bounds.radius * w / length * (length / (1 + length)) if length else 0.0)
    if isinstance(bounds, Simplex):
        shares = np.abs(w) + 1e-9
        return bounds.total * shares / shares.sum()
    if isinstance(bounds, Box):
        return np.clip(w, bounds.lower, bounds.upper)
    return np.abs(w)


@of_every_kind
@given(w=points, other=points)
def test_no_point_of_the_set_is_nearer(bounds, w, other):
    """p is the nearest point just if (w - p) (q - p) <= 0 for all q of the set: the variational inequality."""
    p, q = bounds.project(w), inside(bounds, other)
    assert bounds.holds(p)
    assert bounds.holds(q)
    assert (w - p) @ (q - p) <= 1e-12 * max(1.0, np.linalg.norm(w)) * max(1.0, np.linalg.norm(q - p)) * 10


@of_every_kind
@given(w=points)
def test_it_is_idempotent_and_leaves_the_set_alone(bounds, w):
    p, q = bounds.project(w), inside(bounds, w)
    np.testing.assert_allclose(bounds.project(p), p, rtol=0, atol=1e-12)
    np.testing.assert_allclose(bounds.project(q), q, rtol=0, atol=1e-12)


@of_every_kind
@given(w=points, v=points)
def test_it_brings_no_two_points_further_apart(bounds, w, v):
    assert np.linalg.norm(bounds.project(w) - bounds.project(v)) <= np.linalg.norm(w - v) * (1 + 1e-12) + 1e-12


CONSTRAINTS = {
    "Ball": lambda s: [{"type": "ineq", "fun": lambda p: s.radius**2 - ((p - s.center) ** 2).sum()}],
    "Simplex": lambda s: [{"type": "eq", "fun": lambda p: p.sum() - s.total}],
}


@pytest.mark.parametrize("bounds", [s for s in SETS if not isinstance(s, Box)], ids=repr)
@pytest.mark.parametrize("seed", range(4))
def test_slsqp_finds_the_same_nearest_point(bounds, seed):
    w = np.random.default_rng(seed).normal(size=4) * [0.3, 1, 3, 10][seed]
    constraints = CONSTRAINTS.get(type(bounds).__name__, lambda _: [])(bounds)
    floor = None if isinstance(bounds, Ball) else [(0, None)] * 4
    best = scipy.optimize.minimize(
        lambda p: 0.5 * ((p - w) ** 2).sum(), inside(bounds, np.ones(4)), jac=lambda p: p - w, method="SLSQP",
        bounds=floor, constraints=constraints, options={"ftol": 1e-14, "maxiter": 500},
    )  # fmt: skip
    np.testing.assert_allclose(bounds.project(w), best.x, atol=1e-6)


@given(w=arrays(float, 5, elements=st.floats(-20, 20)), total=st.floats(0.01, 50))
def test_the_simplex_agrees_with_trying_every_face(w, total):
    best = None
    for size in range(1, 6):
        for face in combinations(range(5), size):
            p = np.zeros(5)
            p[list(face)] = w[list(face)] - (w[list(face)].sum() - total) / size
            if p.min() >= 0 and (best is None or ((w - p) ** 2).sum() < ((w - best) ** 2).sum()):
                best = p
    np.testing.assert_allclose(Simplex(total).project(w), best, rtol=0, atol=1e-6)  # faces tie in rounding
    assert ((w - Simplex(total).project(w)) ** 2).sum() <= ((w - best) ** 2).sum() + 1e-9


def test_known_nearest_points():
    assert np.array_equal(Ball(5.0).project(np.array([6.0, 8.0])), [3.0, 4.0])
    assert np.array_equal(Ball(1.0, [2.0, 2.0]).project(np.array([2.0, 9.0])), [2.0, 3.0])
    assert np.array_equal(Simplex().project(np.array([0.0, 0.0])), [0.5, 0.5])
    assert np.array_equal(Simplex(2.0).project(np.array([9.0, 1.0, -4.0])), [2.0, 0.0, 0.0])
    assert np.array_equal(NonNegative().project(np.array([-1.0, 2.0])), [0.0, 2.0])


@pytest.mark.parametrize("size", [1e200, 1e20, 1e-200])
def test_large_and_small_numbers_neither_overflow_nor_swallow_the_set(size):
    w = size * np.array([3.0, 4.0])
    np.testing.assert_allclose(Ball(1.0).project(w), [0.6, 0.8] if size > 1 else w, rtol=1e-15)
    np.testing.assert_allclose(Simplex().project(np.full(3, size)), np.full(3, 1 / 3), rtol=1e-15)
    np.testing.assert_allclose(Simplex().project(w), [0.0, 1.0] if size > 1 else [0.5, 0.5], rtol=1e-15)


@of_every_kind
def test_what_is_no_number_stays_none(bounds):
    with np.errstate(all="ignore"):
        assert np.isnan(bounds.project(np.array([0.1, np.nan, 0.2, 0.3]))).any()


@of_every_kind
@given(w=points)
def test_jax_projects_alike(bounds, w):
    with jax.enable_x64(True):
        found = type(bounds).nearest(jax.numpy.asarray(w), bounds.numbers, jax.numpy)
        np.testing.assert_allclose(np.asarray(found), bounds.project(w), rtol=1e-13, atol=1e-12)


@of_every_kind
def test_the_projected_gradient_is_zero_just_where_no_step_helps(bounds):
    target = np.array([4.0, -3.0, 2.0, 9.0])
    best = bounds.project(target)  # the minimum of |w - target|^2 / 2 in the set
    np.testing.assert_allclose(bounds.projected_gradient(best, best - target), 0.0, atol=1e-12)
    other = inside(bounds, np.array([0.3, 0.2, 0.1, 0.9]))
    assert np.abs(bounds.projected_gradient(other, other - target)).max() > 1e-3


@of_every_kind
def test_a_recipe_gives_it_back(bounds):
    for one in (bounds.fitted(4), bounds) if not isinstance(bounds, Box) else (bounds.fitted(4),):
        again = projections.as_projection(json.loads(json.dumps(one.spelled())))
        assert again == one
        assert type(again) is type(one)


@of_every_kind
def test_it_is_fitted_to_the_variables(bounds):
    fitted = bounds.fitted(4)
    w = np.array([3.0, -1.0, 0.2, 5.0])
    assert fitted.n in (4, None)
    assert np.array_equal(fitted.project(w), bounds.project(w))
    if bounds.n == 4:
        with pytest.raises(ArgumentError, match=r"^bounds has (4 pairs|a center of 4 numbers), but there are 3 var"):
            bounds.fitted(3)


def test_non_negative_is_the_box_that_every_engine_knows():
    assert NonNegative().fitted(2) == Box([0.0, 0.0], [np.inf, np.inf])


@pytest.mark.parametrize(
    ("bounds", "w", "said"),
    [
        (Ball(1.0), [3.0, 4.0], "it is 5 from the center, beyond the radius 1"),
        (Simplex(), [0.5, 0.4], "its sum is 0.9, not 1"), (Simplex(), [1.5, -0.5], "w0[1] is -0.5, below 0"),
        (NonNegative(), [1.0, -2.0], "w0[1] is -2, outside [0, inf]"), (Box(0, 1), [0.5, 2.0], "w0[1] is 2, outside"),
    ],
)  # fmt: skip
def test_what_is_outside_is_said(bounds, w, said):
    assert bounds.outside(np.array(w)).startswith(said)
    assert not bounds.holds(np.array(w))
    assert bounds.outside(bounds.project(np.array(w))) == ""


def test_points_typed_with_rounding_are_inside():
    assert Simplex().holds(np.full(3, 1 / 3))
    assert Simplex().holds(np.full(10, 0.1))
    assert Ball(1.0).holds(np.full(2, np.sqrt(0.5)))
    assert not Simplex().holds(np.array([0.3333, 0.3333, 0.3333]))


@pytest.mark.parametrize(
    "bounds", [Ball(2.0, [1.0, -1.0, 5.0]), Ball(0.5).fitted(3), Simplex(4.0), Box(0.0, [1, 2, 3])]
)
def test_draws_lie_inside_and_repeat_with_the_seed(bounds):
    drawn = bounds.draw(np.random.default_rng(1), 200, 3)
    assert drawn.shape == (200, 3)
    assert all(bounds.holds(w) for w in drawn)
    assert np.array_equal(drawn[:5], bounds.draw(np.random.default_rng(1), 5, 3))


def test_draws_are_uniform():
    """The n-th power of the distance is uniform in a ball, so is 1 - (1 - w_0)^(n - 1) on a simplex."""
    rng = np.random.default_rng(0)
    ball, simplex = Ball(2.0).draw(rng, 2000, 3), Simplex(4.0).draw(rng, 2000, 5)
    for sample in ((np.linalg.norm(ball, axis=1) / 2) ** 3, 1 - (1 - simplex[:, 0] / 4) ** 4):
        assert scipy.stats.kstest(sample, "uniform").pvalue > 0.01
    assert np.abs((ball > 0).mean(axis=0) - 0.5).max() < 0.05


def test_what_is_unbounded_is_not_drawn_from():
    with pytest.raises(ArgumentError, match=r"^bounds must be finite to draw random starts from; give"):
        NonNegative().draw(np.random.default_rng(0), 2, 2)


@pytest.mark.parametrize(
    ("make", "kind", "said"),
    [
        (lambda: Ball(0), ArgumentError, "radius of Ball must be a finite number above 0; got 0"),
        (lambda: Ball(-1.5), ArgumentError, "radius of Ball must be a finite number above 0; got -1.5"),
        (lambda: Ball(np.inf), ArgumentError, "radius of Ball must be a finite number above 0; got inf"),
        (lambda: Ball("1"), ArgumentTypeError, "radius of Ball must be a finite number above 0; got '1'"),
        (lambda: Ball(1, [0.0, np.nan]), ArgumentError, "center of Ball must be a finite number, or one a variable"),
        (lambda: Ball(1, "here"), ArgumentError, "center of Ball must be a number, or one a variable; got 'here'"),
        (
            lambda: Ball(1, np.zeros((2, 2))),
            ArgumentError,
            "center of Ball must be a number, or one a variable; its sh",
        ),
        (lambda: Simplex(0), ArgumentError, "total of Simplex must be a finite number above 0; got 0"),
        (lambda: Simplex(-3), ArgumentError, "total of Simplex must be a finite number above 0; got -3"),
        (lambda: Simplex([1, 2]), ArgumentTypeError, "total of Simplex must be one number; got [1, 2]"),
        (
            lambda: projections.as_projection(Ball),
            ArgumentError,
            "bounds must be an object, not the class Ball; call it first",
        ),
        (
            lambda: projections.as_projection({"projection": "bal", "radius": 1.0}),
            ArgumentError,
            "projection 'bal' is not known; did you mean 'ball'?",
        ),
    ],
)
def test_sets_that_are_none_are_refused_in_one_sentence(make, kind, said):
    with pytest.raises(kind) as caught:
        make()
    assert str(caught.value).startswith(said)
    assert "\n" not in str(caught.value)


def test_they_are_found_by_name_and_by_attribute():
    assert projections.names() == ("ball", "non_negative", "simplex")
    assert steepest.projections is projections
    assert steepest.projections.Box is steepest.Box
    for name in projections.names():
        cls = projections.find(name)
        assert issubclass(cls, Projection)
        assert getattr(projections, cls.__name__) is cls
        assert cls.__name__ in dir(projections)
    with pytest.raises(
        AttributeError, match=r"steepest\.projections has no 'Sphere'; it has Box, Ball, NonNegative, Sim"
    ):
        _ = projections.Sphere


def test_equality_is_of_kind_and_numbers():
    assert Ball(1.0) == Ball(1)
    assert Ball(1.0) != Ball(1.0, [0.0, 0.1])
    assert Simplex(2.0) != Ball(2.0)
    assert NonNegative() == NonNegative()
    with pytest.raises(TypeError, match="unhashable"):
        hash(Simplex())


def test_they_are_immutable_and_keep_their_own_copy():
    center = np.zeros(2)
    ball = Ball(1.0, center)
    center[:] = 9
    assert np.array_equal(ball.center, [0, 0])
    with pytest.raises(AttributeError):
        ball.radius = 2.0
