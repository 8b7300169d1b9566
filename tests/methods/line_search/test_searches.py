"""Armijo's rule never lets f rise; the exact search is Kantorovich's on quadratics; both say why they find nothing."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from steepest.methods import line_search
from steepest.methods.line_search import Armijo, Exact


def quadratic(seed, n, condition):
    """``(H, minimiser)``: random axes, curvatures from 1 to the condition."""
    random = np.random.default_rng(seed)
    q, _ = np.linalg.qr(random.normal(size=(n, n)))
    curvatures = np.concatenate([[1.0, condition], random.uniform(1.0, condition, n - 2)])
    return (q * curvatures) @ q.T, random.normal(size=n)


def rosenbrock(w):
    return float((1 - w[0]) ** 2 + 100 * (w[1] - w[0] ** 2) ** 2)


def rosenbrock_gradient(w):
    return np.array([-2 * (1 - w[0]) - 400 * w[0] * (w[1] - w[0] ** 2), 200 * (w[1] - w[0] ** 2)])


class Counted:
    def __init__(self, f):
        self.f, self.calls = f, 0

    def __call__(self, w):
        self.calls += 1
        return self.f(w)


def unused(w):
    raise AssertionError("not to be called")


# -- the exact search ----------------------------------------------------------------------------------------------


@given(st.integers(0, 10_000), st.integers(2, 8), st.floats(1.0, 1e5), st.sampled_from([1e-8, 1.0, 1e8]))
def test_exact_meets_kantorovich_s_bound_at_every_step(seed, n, condition, scale):
    hessian, minimiser = quadratic(seed, n, condition)
    hessian = hessian * scale

    def gradient(w):
        return hessian @ (w - minimiser)

    w, last = np.random.default_rng(seed + 1).normal(size=n), None
    bound = ((condition - 1) / (condition + 1)) ** 2
    for _ in range(10):
        e, g = w - minimiser, gradient(w)
        before = e @ hessian @ e / 2
        if before < 1e-16 * scale * condition:  # as low as rounding lets it be
            break
        last, values, gradients, note = Exact().search(unused, gradient, w, before, g, -g, last)
        assert (values, gradients, note) == (0, 1, "")
        assert last == pytest.approx((g @ g) / (g @ hessian @ g), rel=1e-6)
        w = w - last * g
        e = w - minimiser
        assert e @ hessian @ e / 2 <= before * bound * (1 + 1e-6) + 1e-16 * scale * condition


def test_the_bound_is_met_with_equality_from_the_worst_start():
    hessian = np.diag([1.0, 50.0])
    w = np.array([50.0, 1.0])
    for _ in range(5):
        g = hessian @ w
        rate = Exact().search(unused, lambda v: hessian @ v, w, 0.0, g, -g, None).rate
        after = w - rate * g
        assert after @ hessian @ after == pytest.approx((49 / 51) ** 2 * (w @ hessian @ w), rel=1e-10)
        w = after


def test_exact_takes_any_descent_direction():
    hessian, minimiser = quadratic(3, 4, 100.0)
    w = np.ones(4)
    g = hessian @ (w - minimiser)
    newton = -np.linalg.solve(hessian, g)
    found = Exact().search(unused, lambda v: hessian @ (v - minimiser), w, 0.0, g, 7 * newton, None)
    assert found.rate == pytest.approx(1 / 7, rel=1e-9)


@pytest.mark.parametrize("size", [1e-150, 1e-9, 1.0, 1e150])
def test_exact_knows_lengths_of_any_size(size):
    """The same problem in other units: w and the step are ``size`` times as long."""
    w, g = np.array([size]), np.array([2 * size])
    found = Exact().search(unused, lambda v: 2 * v, w, size, g, -g, None)
    assert found == (pytest.approx(0.5, rel=1e-6), 0, 1, "")


@pytest.mark.parametrize(("curvature", "shown"), [(-2.0, "is -2;"), (0.0, "is 0;"), (math.nan, "is nan;")])
def test_exact_names_a_curvature_it_cannot_use(curvature, shown):
    g = np.array([1.0])
    found = Exact().search(unused, lambda v: g + curvature * v, np.zeros(1), 0.0, g, -g, None)
    assert found.rate == 0.0
    assert found.gradients == 1
    assert shown in found.note
    assert "above 0" in found.note


# -- Armijo --------------------------------------------------------------------------------------------------------


@given(
    st.floats(-2, 2),
    st.floats(-2, 2),
    st.floats(1e-3, 1e3),
    st.floats(1e-4, 0.9),
    st.floats(0.1, 0.9),
    st.floats(1.0, 10.0),
)
def test_armijo_never_raises_f_and_keeps_its_promise(x, y, start, decrease, shrink, grow):
    search = Armijo(start, decrease, shrink, grow, 200)
    value = Counted(rosenbrock)
    w, last = np.array([x, y]), None
    for _ in range(30):
        f, g = rosenbrock(w), rosenbrock_gradient(w)
        if not g.any():
            break
        before = value.calls
        last, values, gradients, note = search.search(value, unused, w, f, g, -g, last)
        assert values == value.calls - before
        assert gradients == 0
        assert (last == 0) == bool(note)
        w = w - last * g
        assert rosenbrock(w) <= f - decrease * last * (g @ g) <= f


def test_armijo_never_raises_a_random_quadratic():
    for seed in range(20):
        hessian, minimiser = quadratic(seed, 5, 1e4)
        value = lambda w, h=hessian, m=minimiser: float((w - m) @ h @ (w - m) / 2)  # noqa: E731
        w, last, rows = np.zeros(5), None, []
        for _ in range(60):
            g = hessian @ (w - minimiser)
            rows.append(value(w))
            last = Armijo().search(value, unused, w, rows[-1], g, -g, last).rate
            w = w - last * g
        assert (np.diff(rows) <= 0).all()
        assert rows[-1] < rows[0]


def test_armijo_by_hand():
    """On w^2 / 2 from 1 a rate a gives (1 - a)^2 / 2; decrease 0.4 asks for a <= 2 (1 - 0.4)."""
    f, w, g = (lambda v: float(v @ v) / 2), np.ones(1), np.ones(1)
    search = Armijo(start=4.0, decrease=0.4, shrink=0.5, grow=3.0)
    assert search.search(f, unused, w, 0.5, g, -g, None) == (1.0, 3, 0, "")  # 4, 2, 1
    assert search.search(f, unused, w, 0.5, g, -g, 0.25) == (0.75, 1, 0, "")
    assert search.search(f, unused, w, 0.5, g, -g, 1.0) == (0.75, 3, 0, "")  # 3, 1.5, 0.75
    assert search.search(f, unused, w, 0.5, g, -g, 0.0) == (1.0, 3, 0, "")  # no rate before: from the start again


@pytest.mark.parametrize("outside", [math.nan, math.inf, -math.inf])
def test_armijo_steps_back_from_where_f_is_not_finite(outside):
    def f(w):
        return float(w @ w) / 2 if abs(w[0]) < 1.5 else outside

    g = np.ones(1)
    found = Armijo(start=64.0).search(f, unused, np.ones(1), 0.5, g, -g, None)
    assert found == (1.0, 7, 0, "")


def test_armijo_gives_up_in_a_sentence():
    g = np.ones(2)
    found = Armijo(most=5).search(lambda w: 2.0, unused, np.ones(2), 1.0, g, -g, None)
    assert found[:3] == (0.0, 6, 0)
    assert found.note == "no rate down to 0.03125 made f fall (5 shrinkings); the slope promised it"


def test_armijo_survives_steps_that_overflow():
    g = np.array([1e200])
    found = Armijo(start=1e200, most=3).search(lambda w: float(w @ w), unused, g, 1.0, g, -g, None)
    assert found.rate == 0.0
    assert found.values == 4


# -- both ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("search", [Armijo(), Exact()])
@pytest.mark.parametrize(
    ("direction", "said"),
    [
        ([3.0, 4.0], "no descent direction: the slope along it is 25, and it must be below 0"),
        ([math.nan, 0.0], "the slope along it is nan"),
        ([4.0, -3.0], "stationary"),
        ([0.0, 0.0], "stationary"),
    ],
)
def test_a_step_that_does_not_descend_costs_nothing_and_is_named(search, direction, said):
    found = search.search(unused, unused, np.zeros(2), 1.0, np.array([3.0, 4.0]), np.array(direction), 0.3)
    assert found[:3] == (0.0, 0, 0)
    assert said in found.note


@pytest.mark.parametrize("search", [Armijo(), Exact()])
def test_a_search_takes_weights_of_several_outputs(search):
    w = np.arange(6.0).reshape(3, 2)
    found = search.search(lambda v: float(np.vdot(v, v)), lambda v: 2 * v, w, float(np.vdot(w, w)), 2 * w, -2 * w, None)
    assert found.rate == pytest.approx(0.5)
    assert type(found.rate) is float


# -- data ----------------------------------------------------------------------------------------------------------


def test_searches_are_found_by_name():
    assert line_search.names() == ("armijo", "exact", "strong_wolfe")
    assert line_search.find("armijo") is Armijo is line_search.Armijo
    assert {"Armijo", "Exact", "StrongWolfe"} <= set(dir(line_search))
    with pytest.raises(AttributeError, match="it has Armijo, Exact, StrongWolfe"):
        _ = line_search.Wolfe
    with pytest.raises(ValueError, match="line search 'armiho' is not known; did you mean 'armijo'"):
        line_search.find("armiho")
    with pytest.raises(ValueError, match="not known"):
        line_search.find("fitting")


def test_searches_are_told_from_numbers_checked_and_spelled():
    from steepest.methods.line_search.search import as_line_search, check, spelled, unspelled

    search = Armijo(np.float32(0.5), most=np.int64(7))
    assert as_line_search(search) is search
    for other in (0.1, None, "auto", len, np.ones(2), [1.0]):
        assert as_line_search(other) is None
    with pytest.raises(TypeError, match=r"not the class Exact; write Exact\(\)"):
        as_line_search(Exact)
    words = spelled(search)
    assert words == {
        "line_search": "armijo", "start": 0.5, "decrease": 1e-4, "shrink": 0.5, "grow": 2.0, "most": 7,
    }  # fmt: skip
    assert unspelled(json.loads(json.dumps(words))) == search
    assert type(unspelled(spelled(Exact()))) is Exact
    with pytest.raises(ValueError, match=r"shrink of Armijo must be a number in \(0, 1\); got 1.5"):
        check(Armijo(shrink=1.5))
    with pytest.raises(TypeError, match="line search 'armijo' has no argument 'c1'"):
        unspelled({"line_search": "armijo", "c1": 0.1})
    with pytest.raises(ValueError, match="not known"):
        unspelled({"line_search": "mine.Search"})
