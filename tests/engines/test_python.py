"""The plain loop against hand-written NumPy: every rule, full batch and stochastic."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import steepest
from steepest import methods
from steepest.engines.orders import Orders
from steepest.methods import GradientDescent
from steepest.problems.function import Function
from steepest.records.history import Plan
from steepest.records.outcome import Outcome

OURS = [name for name in methods.names() if not hasattr(methods.find(name), "corrected")]
"""Those with corrected gradients: test_variance_reduced.py."""
SETTLING = ("barzilai_borwein", "polyak", "lbfgs")
"""They may come to rest bit for bit within few steps."""
ANYWHERE = [name for name in OURS if name not in ("muon", "polyak")]
"""Those that ask nothing of the problem."""
USERS = ("Averaged", "AheadAveraged", "ThreeSlots", "Zoo", "Nested")
GALLERY = st.sampled_from(steepest.gallery.names())


def by_hand(name, f, grad, w, steps, lr=0.01, momentum=0.7):
    """The textbook recurrences, written without the package."""
    v, m, s, path = np.zeros_like(w), np.zeros_like(w), np.zeros_like(w), [w]
    for t in range(1, steps + 1):
        if name == "gradient_descent":
            w = w - lr * grad(w)
        elif name == "momentum":
            v = momentum * v - lr * grad(w)
            w = w + v
        elif name == "nesterov":
            g = grad(w)
            v = momentum * v + g
            w = w - lr * (g + momentum * v)
        elif name == "nesterov_lookahead":
            v = momentum * v - lr * grad(w + momentum * v)
            w = w + v
        elif name == "adam":
            g = grad(w)
            m, s = 0.9 * m + 0.1 * g, 0.999 * s + 0.001 * g**2
            w = w - lr * (m / (1 - 0.9**t)) / (np.sqrt(s / (1 - 0.999**t)) + 1e-8)
        path.append(w)
    return np.array(path)


@pytest.mark.parametrize("name", ["gradient_descent", "momentum", "nesterov", "nesterov_lookahead", "adam"])
@pytest.mark.parametrize("n", [1, 2, 4, 5, 30])
def test_the_first_rules_follow_their_textbook_recurrences(name, n):
    problem = steepest.gallery.styblinski_tang(n=n)
    more = {"momentum": 0.7} if "momentum" in methods.find(name)._fields else {}
    run = steepest.minimize(
        problem, np.linspace(-1, 1, n), name, learning_rate=0.01, max_iter=60, grad_tol=None, **more
    )
    wanted = by_hand(name, problem.value, problem.gradient, np.linspace(-1, 1, n), 60)
    np.testing.assert_allclose(run.history.w, wanted, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("name", [*OURS, *USERS])
@given(
    n=st.sampled_from([1, 2, 3, 4, 5, 9]), start=st.floats(-2, 2), rows=st.integers(0, 40),
    plan=st.sampled_from([Plan(), Plan(("w", "f")), Plan(("w", "f", "grad_norm"))]), tested=st.booleans(),
    lr=st.floats(1e-5, 0.01),
)  # fmt: skip
def test_every_rule_makes_the_bits_of_the_plain_loop(
    go, plain_loop, rule_called, name, n, start, rows, plan, tested, lr
):
    """Single numbers or arrays, a gradient kept or not: nothing of how the loop is organised shows in the numbers."""
    problem, rule = steepest.gallery.styblinski_tang(n=n), rule_called(name, learning_rate=lr)
    w0 = start + np.linspace(0.0, 1.0, n)
    ending = go(problem, rule, w0, plan=plan, max_iter=rows, grad_tol=1e-300 if tested else None)
    w, f, norms, _ = plain_loop(problem, rule, w0, rows)
    history = ending.session.history()
    if name not in SETTLING:
        assert ending.outcome is Outcome.MAX_ITER
    made = ending.nit + 1
    assert np.array_equal(history.w, w[:made])
    assert np.array_equal(history.f, f[:made])
    if history.grad_norm is not None:
        assert np.array_equal(history.grad_norm, norms[:made])


@pytest.mark.parametrize("name", [*OURS, *USERS])
@given(
    batch=st.integers(1, 12), sampling=st.sampled_from(["shuffle", "replacement", "sequential", "tutorial"]),
    reduction=st.sampled_from(["mean", "sum"]), seed=st.integers(0, 2**64 - 1), epochs=st.integers(0, 5),
)  # fmt: skip
def test_every_rule_makes_the_bits_of_the_plain_loop_in_batches(
    go, plain_loop, rule_called, name, batch, sampling, reduction, seed, epochs
):
    rng = np.random.default_rng(0)
    problem = steepest.LinearModel(rng.standard_normal((10, 3)), rng.standard_normal(10), reduction=reduction)
    rule, w0 = rule_called(name, learning_rate=0.003), np.array([0.5, 0.0, -0.5, 0.25])
    ending = go(
        problem, rule, w0, plan=Plan(updates=True), batch_size=batch, sampling=sampling, seed=seed, max_iter=epochs
    )
    orders = Orders(sampling, 10, seed).epochs(0, max(epochs, 1))
    w, f, norms, singles = plain_loop(problem, rule, w0, epochs, orders, batch)
    history = ending.session.history()
    assert np.array_equal(history.w, w)
    assert np.array_equal(history.f, f)
    assert np.array_equal(history.grad_norm, norms)
    assert np.array_equal(ending.session.updates().w, singles)


@given(problem=GALLERY, method=st.sampled_from(ANYWHERE), lr=st.floats(1e-6, 0.1))
def test_climbing_f_is_descending_minus_f_bit_for_bit(problem, method, lr):
    problem = getattr(steepest.gallery, problem)()
    more = {"method": method, "learning_rate": lr, "max_iter": 40, "f_tol": 1e-9, "record": "all"}
    up = steepest.minimize(problem, problem.start, maximize=True, **more)
    down = steepest.minimize(lambda w: -problem.value(w), problem.start, grad=lambda w: -problem.gradient(w), **more)
    assert up.outcome is down.outcome
    assert up.nit == down.nit
    assert np.array_equal(up.history.w, down.history.w, equal_nan=True)
    assert np.array_equal(up.history.f, -down.history.f, equal_nan=True)
    assert np.array_equal(up.w, down.w)
    assert up.best.iteration == down.best.iteration
    assert up.best.f == -down.best.f or math.isnan(up.best.f)
    assert up.record.trouble_at == down.record.trouble_at


@pytest.mark.parametrize("batch", [None, 1, 3])
def test_climbing_a_linear_model_is_descending_its_negative(go, plain_loop, batch):
    model = steepest.LinearModel(np.arange(8.0).reshape(4, 2) / 8, [1.0, 0.0, 2.0, 1.0])
    run = steepest.minimize(
        model, [0.1, 0.2, 0.3], learning_rate=0.01, maximize=True, batch_size=batch, max_iter=6, sampling="sequential",
        grad_tol=None,
    )  # fmt: skip
    opposite = Function(lambda w: -model.value(w), lambda w: -model.gradient(w), 3)

    class Opposite:
        value, gradient = opposite.value, opposite.gradient

        @staticmethod
        def batch_value_and_gradient(w, rows):
            f, g = model.batch_value_and_gradient(w, rows)
            return -f, -g

    orders = None if batch is None else [np.arange(4)] * 6
    w, f, _, _ = plain_loop(Opposite, methods.Momentum(0.01), [0.1, 0.2, 0.3], 6, orders, batch)
    assert np.array_equal(run.history.w, w)
    assert np.array_equal(run.history.f, -f)
    if batch is not None:
        assert (run.history.running_f[1:] > 0).all()


@given(
    method=st.sampled_from(ANYWHERE), seed=st.integers(0, 99), batch=st.sampled_from([None, 1, 4]),
    engine=st.sampled_from(["python", "numba"]),
)  # fmt: skip
def test_the_same_recipe_makes_the_same_bits(method, seed, batch, engine):
    rng = np.random.default_rng(7)
    model = steepest.LinearModel(rng.standard_normal((9, 2)), rng.standard_normal(9))
    if getattr(methods.find(method), "full_batch_only", False):
        batch, engine = None, "python"
    more = {
        "method": method,
        "learning_rate": 0.01,
        "seed": seed,
        "batch_size": batch,
        "engine": engine,
        "max_iter": 12,
    }
    one, two = steepest.minimize(model, **more), steepest.minimize(model, **more)
    for name, column in one.history.columns().items():
        if name != "seconds":
            assert np.array_equal(column, getattr(two.history, name), equal_nan=True)
    again = one.replay()
    assert np.array_equal(again.history.w, one.history.w)


@pytest.mark.parametrize("n", [1, 3, 23, 24, 60])
@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("tested", [True, False])
def test_the_gradient_norm_shows_what_is_not_finite(go, n, bad, tested):
    for at in {0, n // 2, n - 1}:
        g = np.linspace(-1.0, 1.0, n)
        g[at] = bad
        ending = go(
            Function(lambda w: 1.0, lambda w, g=g: g, n), GradientDescent(0.1), np.zeros(n), max_iter=0,
            grad_tol=1e9 if tested else None,
        )  # fmt: skip
        norm = ending.session.history().grad_norm[0]
        assert math.isnan(norm) if math.isnan(bad) else norm == math.inf
        assert not ending.outcome.success


def test_a_gradient_whose_sum_overflows_is_finite(go):
    g = np.array([1.5e308, -1.0, 1.6e308])
    ending = go(
        Function(lambda w: 1.0, lambda w: g, 3), GradientDescent(0.0), [0.0, 0.0, 0.0], max_iter=0, grad_tol=1.0
    )
    assert ending.session.history().grad_norm[0] == 1.6e308


class Cubed(GradientDescent):
    """``g ** 3`` overflows: Python's float raises where NumPy's gives infinity."""

    def update(self, w, g, slots, t, xp):
        return -self.learning_rate * g**3, ()


class Scaled(GradientDescent):
    """``g / abs(g)``: 0 / 0 at a minimum."""

    def update(self, w, g, slots, t, xp):
        return -self.learning_rate * g / xp.abs(g), ()


@pytest.mark.parametrize("n", [2, 4, 5])
def test_a_rule_on_single_numbers_overflows_as_on_arrays(go, n):
    quartic = Function(lambda w: float((w**4).sum()), lambda w: 4 * w**3, n)
    ending = go(quartic, Cubed(0.5), np.full(n, 10.0))
    assert ending.outcome in (Outcome.DIVERGED, Outcome.NOT_FINITE)
    assert np.isfinite(ending.session.w).all()
    ending = go(Function(lambda w: float(w @ w), lambda w: 2 * w, n), Scaled(0.5), np.ones(n))
    assert (ending.outcome, ending.nit) == (Outcome.NOT_FINITE, 3)
    assert np.array_equal(ending.session.w, np.zeros(n))


@pytest.mark.parametrize("n", [2, 5])
def test_a_gradient_may_use_one_array_again_and_again(go, n):
    buffer = np.empty(n)

    def gradient(w):
        np.multiply(2.0, w, out=buffer)
        return buffer

    one = go(Function(lambda w: float(w @ w), gradient, n), methods.Momentum(0.1), np.ones(n)).session.history()
    two = go(Function(lambda w: float(w @ w), lambda w: 2 * w, n), methods.Momentum(0.1), np.ones(n)).session.history()
    assert np.array_equal(one.w, two.w)
    assert np.array_equal(one.grad_norm, two.grad_norm)


class Halved:
    """A whole-vector rule: it has ``step`` in place of ``update``."""

    _fields = ()

    def init(self, w, xp):
        return (xp.zeros_like(w),)

    def step(self, w, f, g, slots, t, xp):
        return -0.5 * f / (g @ g) * g, (slots[0] + g,)


def test_a_whole_vector_rule_is_given_f(go):
    ending = go(Function(lambda w: float(w @ w), lambda w: 2 * w, 3), Halved(), [1.0, 2.0, 3.0], max_iter=5)
    w = np.array([1.0, 2.0, 3.0])
    for row in ending.session.history().w:
        np.testing.assert_allclose(row, w, rtol=1e-14)
        w = w - 0.5 * (w @ w) / (4 * w @ w) * 2 * w


def test_a_user_rule_is_not_asked_for_what_it_does_not_have(go):
    """No ``look``, no ``read``: one gradient a row."""
    calls = []

    def gradient(w):
        calls.append(1)
        return 2 * w

    for plan, tested, wanted in ((Plan(("w", "f")), None, 10), (Plan(), None, 11), (Plan(("w",)), 1e-300, 11)):
        calls.clear()
        problem = Function(lambda w: float(w @ w), gradient, 2)
        ending = go(problem, methods.Adam(0.1), [1.0, 2.0], plan=plan, max_iter=10, grad_tol=tested)
        assert len(calls) == ending.njev == wanted
