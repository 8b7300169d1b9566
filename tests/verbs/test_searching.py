"""Learning rates that are searched for at each step: the path, what it costs, and what a search does not serve."""

import math
from typing import Any, NamedTuple

import numpy as np
import pytest

import steepest
from steepest.base.errors import ArgumentError
from steepest.methods.line_search.armijo import Armijo
from steepest.methods.line_search.exact import Exact

MODEL = steepest.LinearModel(np.random.default_rng(5).standard_normal((23, 3)), np.arange(23.0))


def quadratic(w):
    return 0.5 * (w[0] ** 2 + 10 * w[1] ** 2 + (w[0] * w[1]) ** 2)


def quadratic_slope(w):
    return np.array([w[0] + w[0] * w[1] ** 2, 10 * w[1] + w[0] ** 2 * w[1]])


class Counted:
    """A callable that counts its calls."""

    def __init__(self, f):
        self.f, self.calls = f, 0

    def __call__(self, w):
        self.calls += 1
        return self.f(w)


def rosenbrock(w):
    return float((1 - w[0]) ** 2 + 100 * (w[1] - w[0] ** 2) ** 2)


def rosenbrock_slope(w):
    return np.array([-2 * (1 - w[0]) - 400 * w[0] * (w[1] - w[0] ** 2), 200 * (w[1] - w[0] ** 2)])


@pytest.mark.parametrize(
    "method", ["gradient_descent", "adam", steepest.methods.Momentum(rate_outside=True, momentum=0.5)]
)
@pytest.mark.parametrize("grad", [rosenbrock_slope, None, "finite"])
def test_armijo_never_raises_f(method, grad):
    run = steepest.minimize(rosenbrock, [-1.2, 1.0], method, grad=grad, learning_rate=Armijo(), max_iter=300)
    assert run.engine == "python"
    assert (np.diff(run.history.f) <= 0).all()
    assert run.f < 0.2 * run.f_start


def test_armijo_is_its_rule_written_out():
    run = steepest.minimize(
        rosenbrock, [-1.2, 1.0], "gradient_descent", grad=rosenbrock_slope, learning_rate=Armijo(), max_iter=50
    )
    w, rate = np.array([-1.2, 1.0]), 0.5
    for row in range(1, 51):
        g, f, rate = rosenbrock_slope(w), rosenbrock(w), 2 * rate
        while not rosenbrock(w - rate * g) <= f - 1e-4 * rate * (g @ g):
            rate /= 2
        w = w - rate * g
        assert run.history.learning_rate[row] == rate
        np.testing.assert_allclose(run.history.w[row], w, rtol=1e-12)
    assert math.isnan(run.history.learning_rate[0])


def test_the_exact_search_finds_the_minimum_along_each_step_of_a_quadratic():
    H = np.diag([1.0, 4.0, 9.0])
    run = steepest.minimize(
        lambda w: 0.5 * w @ H @ w, [1.0, 1.0, 1.0], "gradient_descent", grad=lambda w: H @ w, learning_rate=Exact(),
        max_iter=20, grad_tol=None,
    )  # fmt: skip
    for row in range(20):
        w = run.history.w[row]
        g = H @ w
        rate = (g @ g) / (g @ H @ g)
        assert run.history.learning_rate[row + 1] == pytest.approx(rate, rel=1e-6)
        np.testing.assert_allclose(run.history.w[row + 1], w - rate * g, atol=1e-9)
    ratio = run.history.f[1:] / run.history.f[:-1]
    assert (ratio <= ((9 - 1) / (9 + 1)) ** 2 + 1e-9).all(), "Kantorovich's bound"


@pytest.mark.parametrize("search", [Armijo(), Exact(), Armijo(start=100.0)])
@pytest.mark.parametrize("grad", ["yours", "finite"])
@pytest.mark.parametrize("most", [None, 40])
def test_every_call_of_a_search_is_counted(search, grad, most):
    f, slope = Counted(quadratic), Counted(quadratic_slope)
    run = steepest.minimize(
        f, [2.0, 1.0], "gradient_descent", grad=slope if grad == "yours" else "finite", learning_rate=search,
        max_iter=15, grad_tol=None, max_evals=most,
    )  # fmt: skip
    assert run.nfev == f.calls
    if grad == "yours":
        assert run.njev == slope.calls
    if most is not None:
        assert f.calls <= most


def test_a_search_is_saved_and_replays(tmp_path):
    run = steepest.minimize(quadratic, [2.0, 1.0], "gradient_descent", learning_rate=Armijo(start=0.5), max_iter=9)
    assert run.recipe["method"]["learning_rate"]["line_search"] == "armijo"
    loaded = steepest.load(run.save(tmp_path / "run.npz"))
    for again in (run.replay(), loaded.replay(quadratic)):
        assert np.array_equal(again.history.w, run.history.w)
        assert np.array_equal(again.history.learning_rate, run.history.learning_rate, equal_nan=True)


def test_a_search_that_finds_no_rate_says_why():
    run = steepest.minimize(
        lambda w: -float(w @ w),
        [1.0, 2.0],
        "gradient_descent",
        grad=lambda w: -2 * w,
        learning_rate=Exact(),
        max_iter=5,
    )
    assert run.outcome is steepest.Outcome.STALLED
    assert "the curvature along the step, d . H d, is -" in run.message
    assert np.array_equal(run.w, [1.0, 2.0])


def test_a_search_climbs_too():
    run = steepest.minimize(
        lambda w: -quadratic(w), [2.0, 1.0], "gradient_descent", learning_rate=Armijo(), maximize=True, max_iter=200
    )
    assert (np.diff(run.history.f) >= 0).all()
    assert run.success


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"problem": MODEL, "batch_size": 5}, r"^learning_rate=Armijo\(\) searches along the whole objective; leave batch"),
    ({"bounds": [(-3, 3)] * 2}, r"^learning_rate=Armijo\(\) does not search along a projected path; leave bounds out$"),
    (
        {"method": "adam", "beta1": lambda t: 0.9 / (1 + t)},
        r"^learning_rate=Armijo\(\) needs constant fields .*; give beta1 as",
    ),
    ({"method": "momentum"}, r"^learning_rate=Armijo\(\) does not fit method 'momentum': .* use rate_outside=True$"),
    ({"method": "nesterov_lookahead"}, r"^learning_rate=Armijo\(\) does not fit method 'nesterov_lookahead': "),
    ({"engine": "jax"}, "^engine='jax' cannot run this: a line search runs in the plain loop"),
    ({"engine": "numba", "problem": MODEL}, "^engine='numba' cannot run this: a line search runs in the plain loop"),
]


@pytest.mark.parametrize(("arguments", "message"), REFUSED, ids=range(len(REFUSED)))
def test_what_a_search_does_not_serve_is_one_sentence(arguments, message):
    given = {"problem": quadratic, "method": "gradient_descent", "learning_rate": Armijo()} | arguments
    w0 = None if given["problem"] is MODEL else [2.0, 1.0]
    with pytest.raises(ArgumentError, match=message) as error:
        steepest.minimize(w0=w0, **given)
    assert "\n" not in str(error.value)


class Steepest(NamedTuple):
    """A rule of the whole vector: a step of unit length."""

    learning_rate: float = 0.1

    def init(self, w, xp):
        return ()

    def step(self, w, f, g, slots, t, xp):
        return -self.learning_rate * g / np.sqrt((g * g).sum() + 1e-300), ()


def test_a_rule_of_the_whole_vector_can_be_searched_along():
    run = steepest.minimize(
        steepest.gallery.booth(), method=Steepest, learning_rate=steepest.line_search.Armijo(), max_iter=200
    )
    assert (run.history.f[1:] <= run.history.f[:-1]).all()
    assert run.f < 1e-6
