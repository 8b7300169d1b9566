"""More and Thuente's search does what the paper's tables say, trial for trial what MINPACK-2 does, and survives the
rest."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize._dcsrch import DCSRCH

import steepest
from steepest.methods import LBFGS, ConjugateGradient, GradientDescent
from steepest.methods.line_search import StrongWolfe
from steepest.methods.line_search.search import check, spelled, unspelled

# -- the functions of the paper's section 5, as (value, slope) -------------------------------------------------------


def first(a):
    return -a / (a * a + 2), (a * a - 2) / (a * a + 2) ** 2


def second(a):
    b = a + 0.004
    return b**5 - 2 * b**4, 5 * b**4 - 8 * b**3


def third(a, b=0.01, waves=39):
    if a <= 1 - b:
        bend, slope = 1 - a, -1.0
    elif a >= 1 + b:
        bend, slope = a - 1, 1.0
    else:
        bend, slope = (a - 1) ** 2 / (2 * b) + b / 2, (a - 1) / b
    angle = waves * math.pi / 2 * a
    return bend + 2 * (1 - b) / (waves * math.pi) * math.sin(angle), slope + (1 - b) * math.cos(angle)


def yanai(b1, b2):
    """The paper's functions 4 to 6, after Yanai, Ozawa and Kaneko."""
    one, two = (math.sqrt(1 + b * b) - b for b in (b1, b2))

    def function(a):
        left, right = math.sqrt((1 - a) ** 2 + b2 * b2), math.sqrt(a * a + b1 * b1)
        return one * left + two * right, -one * (1 - a) / left + two * a / right

    return function


STARTS = (1e-3, 1e-1, 1e1, 1e3)
TABLES = [  # function, decrease, curvature, evaluations and accepted steps of the paper's tables 1 to 6
    (first, 0.001, 0.1, (6, 3, 1, 4), (1.4, 1.4, 10, 37)),
    (second, 0.1, 0.1, (12, 8, 8, 11), (1.6, 1.6, 1.6, 1.6)),
    (third, 0.1, 0.1, (12, 12, 10, 13), (1.0, 1.0, 1.0, 1.0)),
    (yanai(0.001, 0.001), 0.001, 0.001, (4, 1, 3, 4), (0.085, 0.10, 0.35, 0.83)),
    (yanai(0.01, 0.001), 0.001, 0.001, (6, 3, 7, 8), (0.075, 0.078, 0.073, 0.076)),
    (yanai(0.001, 0.01), 0.001, 0.001, (13, 11, 8, 11), (0.93, 0.93, 0.92, 0.92)),
]


def searched(function, search, direction=1.0, last=None):
    """``(what was found, rates tried)`` for a function of one number, from 0."""
    tried = []

    def value(w):
        tried.append(float(w[0]) / direction)
        return function(float(w[0]))[0]

    f, slope = function(0.0)
    gradient = lambda w: np.array([function(float(w[0]))[1]])  # noqa: E731
    found = search.search(value, gradient, np.zeros(1), f, np.array([slope]), np.array([direction]), last)
    return found, tried


def minpack(function, decrease, curvature, start):
    """``(rate or None, rates tried)`` of SciPy's translation of MINPACK-2."""
    tried = []

    def value(a):
        tried.append(float(a))
        return function(float(a))[0]

    f, slope = function(0.0)
    driver = DCSRCH(value, lambda a: function(float(a))[1], decrease, curvature, 1e-14, 0.0, 1e10)
    return driver(start, phi0=f, derphi0=slope, maxiter=50)[0], tried


@pytest.mark.parametrize(("function", "decrease", "curvature", "evaluations", "steps"), TABLES)
def test_takes_the_evaluations_and_steps_of_the_paper(function, decrease, curvature, evaluations, steps):
    for start, count, step in zip(STARTS, evaluations, steps, strict=True):
        found, tried = searched(function, StrongWolfe(decrease, curvature, start))
        assert (found.values, found.gradients, found.note) == (count, count, "")
        assert len(tried) == count
        assert float(f"{found.rate:.1e}") == step  # the paper prints two digits
        value, slope = function(found.rate)
        f, slope0 = function(0.0)
        assert value <= f + decrease * found.rate * slope0
        assert abs(slope) <= curvature * abs(slope0)


@pytest.mark.parametrize(("function", "decrease", "curvature"), [row[:3] for row in TABLES])
def test_tries_what_minpack_tries(function, decrease, curvature):
    for start in (*STARTS, 0.37, 5.5, 100.0):
        found, tried = searched(function, StrongWolfe(decrease, curvature, start, most=50))
        rate, others = minpack(function, decrease, curvature, start)
        assert tried == pytest.approx(others, rel=1e-7)
        assert found.rate == pytest.approx(rate, rel=1e-7)


@given(
    coefficients=st.lists(st.floats(-3, 3).map(lambda v: round(v, 3)), min_size=3, max_size=3),
    wave=st.floats(0.1, 6.0), start=st.floats(1e-3, 1e2), decrease=st.sampled_from([1e-4, 1e-2, 0.3]),
    curvature=st.sampled_from([0.9, 0.5, 0.1]),
)  # fmt: skip
def test_tries_what_minpack_tries_on_any_function(coefficients, wave, start, decrease, curvature):
    a, b, c = coefficients

    def function(x):
        return (
            -x + a * x**2 + b * x**3 + x**4 / 4 + c * math.sin(wave * x) / wave,
            -1 + 2 * a * x + 3 * b * x**2 + x**3 + c * math.cos(wave * x),
        )

    if not function(0.0)[1] < -0.1:
        return
    found, tried = searched(function, StrongWolfe(decrease, curvature, start, most=50))
    rate, others = minpack(function, decrease, curvature, start)
    if rate is not None:
        assert tried == pytest.approx(others, rel=1e-7)
        assert found.rate == pytest.approx(rate, rel=1e-7)


def test_a_step_that_meets_both_conditions_at_once_costs_one_value_and_one_gradient():
    bowl = lambda a: ((a - 1) ** 2 / 2, a - 1)  # noqa: E731
    found, tried = searched(bowl, StrongWolfe())
    assert tried == [1.0]
    assert found == (1.0, 1, 1, "")


def test_where_each_search_begins():
    """The first trial of a run is start long; later ones are 1, or the last rate."""
    steep = lambda a: (-a, -1.0)  # noqa: E731
    for search, last, begin in [
        (StrongWolfe(start=0.5), None, 0.125), (StrongWolfe(), None, 0.25), (StrongWolfe(), 0.0, 0.25),
        (StrongWolfe(start=0.5), 0.01, 1.0), (StrongWolfe(from_last=True), 0.01, 0.01),
        (StrongWolfe(from_last=True), None, 0.25),
    ]:  # fmt: skip
        _, tried = searched(steep, search, 4.0, last)
        assert tried[0] == begin


@pytest.mark.parametrize("outside", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("edge", [0.3, 0.02, 1e-4])
def test_draws_back_from_where_f_is_not_finite_and_takes_no_gradient_there(outside, edge):
    """A barrier: -log(edge - a) has no value beyond the edge."""

    def function(a):
        return (-a / edge - 0.01 * math.log(edge - a), -1 / edge + 0.01 / (edge - a)) if a < edge else (outside, None)

    found, tried = searched(function, StrongWolfe(start=1.0))
    assert found.note == ""
    assert 0 < found.rate < edge
    assert function(found.rate)[0] < function(0.0)[0]
    assert found.gradients == sum(rate < edge for rate in tried) < found.values


def test_draws_back_from_where_the_slope_is_not_finite():
    function = lambda a: ((a - 0.01) ** 2, 2 * (a - 0.01) if a < 0.5 else math.nan)  # noqa: E731
    found, tried = searched(function, StrongWolfe())
    assert found.rate == pytest.approx(0.01, rel=0.9)
    assert tried[:2] == [1.0, 0.1]


def test_says_so_where_nothing_falls():
    function = lambda a: (abs(a), -1.0)  # noqa: E731
    found, tried = searched(function, StrongWolfe(most=7))
    assert found.rate == 0.0
    assert (found.values, found.gradients) == (7, 7)
    assert len(tried) == 7
    assert found.note.startswith("no rate in 7 trials, the last ")
    assert found.note.endswith(" made f fall; the slope promised it")
    nowhere = searched(lambda a: (0.0, -1.0) if a == 0 else (math.nan, None), StrongWolfe(most=3))[0]
    assert nowhere[:3] == (0.0, 3, 0)


def test_takes_the_lowest_trial_when_the_trials_are_spent():
    """Steep all the way down: the curvature condition is never met."""
    found, tried = searched(lambda a: (-a, -1.0), StrongWolfe(most=4))
    assert found.rate == max(tried)
    assert found.note == ""
    kink, _ = searched(lambda a: (abs(a - 0.3), math.copysign(1.0, a - 0.3)), StrongWolfe(most=20))
    assert kink.note == ""
    assert kink.rate == pytest.approx(0.3, abs=1e-3)


def test_slopes_decide_where_values_differ_by_rounding_only():
    """At f = 1e10 a decrease of 1e-8 is not seen; the step to the minimum is taken all the same."""
    found, _ = searched(lambda a: (1e10 + 1e-8 * (a - 1) ** 2 / 2, 1e-8 * (a - 1)), StrongWolfe(), last=1.0)
    assert found == (1.0, 1, 1, "")


@pytest.mark.parametrize(
    ("direction", "said"),
    [
        ([3.0, 4.0], "no descent direction: the slope along it is 25, and it must be below 0"),
        ([math.nan, 0.0], "the slope along it is nan"),
        ([4.0, -3.0], "stationary"),
        ([0.0, 0.0], "stationary"),
    ],
)
def test_a_step_that_does_not_descend_costs_nothing_and_is_named(direction, said):
    def unused(w):
        raise AssertionError("not to be called")

    g = np.array([3.0, 4.0])
    found = StrongWolfe().search(unused, unused, np.zeros(2), 1.0, g, np.array(direction), 0.3)
    assert found[:3] == (0.0, 0, 0)
    assert said in found.note


@pytest.mark.parametrize("size", [1e-150, 1e150, 1e200])
def test_overflow_is_no_exception(size):
    g = np.array([size])
    found = StrongWolfe().search(lambda w: float(w @ w) / 2, lambda w: w, g, size * size / 2, g, -g, None)
    assert found.rate >= 0.0


def test_takes_weights_of_several_outputs():
    w = np.arange(6.0).reshape(3, 2)
    found = StrongWolfe(curvature=0.1).search(
        lambda v: float(np.vdot(v, v)), lambda v: 2 * v, w, float(np.vdot(w, w)), 2 * w, -2 * w, None
    )
    assert found.rate == pytest.approx(0.5)
    assert type(found.rate) is float


def test_is_written_in_recipes_and_checked():
    words = spelled(StrongWolfe(curvature=0.1, from_last=True))
    assert words == {
        "line_search": "strong_wolfe", "decrease": 1e-4, "curvature": 0.1, "start": 1.0, "from_last": True, "most": 20,
    }  # fmt: skip
    assert unspelled(json.loads(json.dumps(words))) == StrongWolfe(curvature=0.1, from_last=True)
    with pytest.raises(ValueError, match=r"curvature of StrongWolfe must be a number in \(0, 1\); got 1.5"):
        check(StrongWolfe(curvature=1.5))


# -- in a run --------------------------------------------------------------------------------------------------------


class Noted:
    """A callable that notes where it was called."""

    def __init__(self, f):
        self.f, self.at = f, []

    def __call__(self, w):
        self.at.append(tuple(w))
        return self.f(w)


def rosenbrock(w):
    return float((1 - w[0]) ** 2 + 100 * (w[1] - w[0] ** 2) ** 2)


def rosenbrock_slope(w):
    return np.array([-2 * (1 - w[0]) - 400 * w[0] * (w[1] - w[0] ** 2), 200 * (w[1] - w[0] ** 2)])


METHODS = [
    LBFGS(StrongWolfe()), LBFGS(StrongWolfe(most=2)), ConjugateGradient(StrongWolfe(curvature=0.1, from_last=True)),
    GradientDescent(StrongWolfe(from_last=True)),
]  # fmt: skip


@pytest.mark.parametrize("method", METHODS, ids=repr)
@pytest.mark.parametrize("plan", ["auto", ("w", "f")])
def test_a_run_evaluates_no_point_twice_and_counts_every_call(method, plan):
    f, slope = Noted(rosenbrock), Noted(rosenbrock_slope)
    run = steepest.minimize(f, [-1.2, 1.0], method, grad=slope, max_iter=30, grad_tol=None, record=plan)
    assert len(set(f.at)) == len(f.at) == run.nfev
    assert len(set(slope.at)) == len(slope.at) == run.njev


def test_a_run_by_joint_value_and_gradient_calls_once_a_trial():
    both = Noted(lambda w: (rosenbrock(w), rosenbrock_slope(w)))
    run = steepest.minimize(both, [-1.2, 1.0], LBFGS(StrongWolfe()), value_and_grad=True)
    assert run.success
    assert len(both.at) == run.nfev == run.njev
    assert len(both.at) - len(set(both.at)) <= 1  # the start, where the callable was checked


def test_every_row_meets_the_strong_wolfe_conditions():
    run = steepest.minimize(
        rosenbrock, [-1.2, 1.0], GradientDescent(StrongWolfe(1e-3, 0.4, from_last=True)), grad=rosenbrock_slope,
        max_iter=60,
    )  # fmt: skip
    rows = run.history
    for k in range(60):
        g = rosenbrock_slope(rows.w[k])
        assert rows.f[k + 1] <= rows.f[k] - 1e-3 * rows.learning_rate[k + 1] * (g @ g)
        assert abs(rosenbrock_slope(rows.w[k + 1]) @ g) <= 0.4 * (g @ g)
    assert math.isnan(rows.learning_rate[0])


def test_a_direction_that_leads_nowhere_is_begun_anew():
    """The value has no number along the second direction; the gradient's own leads on."""

    def f(w):
        blocked = w[1] > 0.8 and w[0] < 0.4
        return math.nan if blocked else float(w[0] ** 2 + 10 * (w[1] - 1) ** 2)

    slope = lambda w: np.array([2 * w[0], 20 * (w[1] - 1)])  # noqa: E731
    run = steepest.minimize(f, [3.0, 0.0], LBFGS(StrongWolfe(most=6)), grad=slope, max_iter=40)
    assert (np.diff(run.history.f) <= 0).all()
    assert np.isfinite(run.f)


def test_a_run_whose_search_finds_nothing_ends_with_the_reason():
    run = steepest.minimize(lambda w: float(abs(w[0])), [1e-3], LBFGS(StrongWolfe()), grad=lambda w: np.sign(w) + 0.5)
    assert run.outcome is steepest.Outcome.STALLED
    assert "made f fall; the slope promised it" in run.message
