"""L-BFGS against the matrix it stands for, against the textbook's loop and against torch's algorithm."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import steepest
from steepest.base.xp import numpy_functions as xp
from steepest.methods import LBFGS
from steepest.methods.line_search import StrongWolfe

START = np.array([-1.2, 1.0, 0.5])


def f(w):
    return (1 - w[0]) ** 2 + 5 * (w[1] - w[0] ** 2) ** 2 + w[2] ** 2 + 0.1 * (w[2] - w[1]) ** 4


def slope(w):
    bend = 0.4 * (w[2] - w[1]) ** 3
    return np.array([
        -2 * (1 - w[0]) - 20 * w[0] * (w[1] - w[0] ** 2), 10 * (w[1] - w[0] ** 2) - bend, 2 * w[2] + bend,
    ])  # fmt: skip


def directions(rule, points, gradients):
    """The step that the rule makes at each of the points (row by row), whatever it would have done."""
    slots, found = rule.init(points[0], xp), []
    for t, (w, g) in enumerate(zip(points, gradients, strict=True), 1):
        step, slots = rule.step(w, 0.0, g, slots, float(t), xp)
        found.append(step)
    return found, slots


def dense(pairs, n):
    """The inverse BFGS matrix of the pairs (s, y), oldest first, built on (s . y) / (y . y) of the newest:
    Nocedal and Wright, 2006, equation 6.17."""
    s, y = pairs[-1]
    H = (s @ y) / (y @ y) * np.eye(n)
    for s, y in pairs:
        V = np.eye(n) - np.outer(s, y) / (s @ y)
        H = V @ H @ V.T + np.outer(s, s) / (s @ y)
    return H


@given(seed=st.integers(0, 10**6), n=st.integers(1, 7), memory=st.integers(1, 6), updates=st.integers(1, 9))
def test_its_direction_is_the_inverse_bfgs_matrix_of_the_newest_pairs_times_the_gradient(seed, n, memory, updates):
    random = np.random.default_rng(seed)
    half = random.normal(size=(n, n))
    curvature = half @ half.T + np.eye(n)
    points = [random.normal(size=n) for _ in range(updates + 1)]
    gradients = [curvature @ w for w in points]
    found, _ = directions(LBFGS(1.0, memory), points, gradients)
    pairs = [(points[k + 1] - points[k], gradients[k + 1] - gradients[k]) for k in range(updates)]
    expected = -dense(pairs[-memory:], n) @ gradients[-1]
    np.testing.assert_allclose(found[-1], expected, rtol=1e-8, atol=1e-8 * np.abs(expected).max())


def test_two_steps_by_hand():
    """From the gradient 4 a step of |g| / |g|_1 = 1; where the gradient is 3 then, the secant says 3 / (1 / 1)."""
    rule, w = LBFGS(1.0), np.zeros(1)
    step, slots = rule.step(w, 0.0, np.array([4.0]), rule.init(w, xp), 1.0, xp)
    assert step.tolist() == [-1.0]
    step, _ = rule.step(w + step, 0.0, np.array([3.0]), slots, 2.0, xp)
    assert step.tolist() == [-3.0]


@pytest.mark.parametrize(("g", "step"), [([3.0, -4.0], [-3 / 7, 4 / 7]), ([0.1, -0.2], [-0.1, 0.2]), ([0, 0], [0, 0])])
def test_the_first_step_is_at_most_1_long_in_sum(g, step):
    w = np.ones(2)
    rule = LBFGS(1.0)
    np.testing.assert_allclose(rule.step(w, 0.0, np.array(g, float), rule.init(w, xp), 1.0, xp)[0], step, rtol=1e-15)


def test_a_pair_without_positive_curvature_is_dropped_and_older_ones_are_kept():
    points = [np.array(p) for p in ([0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [2.0, 1.0])]
    gradients = [np.array(g) for g in ([1.0, 1.0], [2.0, 1.5], [2.0, 1.0], [2.0, 1.0])]  # s . y: 1, -0.5, 0
    found, slots = directions(LBFGS(1.0, memory=3), points, gradients)
    for k in (1, 2, 3):
        s, y = points[1] - points[0], gradients[1] - gradients[0]
        np.testing.assert_allclose(found[k], -dense([(s, y)], 2) @ gradients[k], rtol=1e-12)
    assert np.array_equal(slots[0], points[3])
    assert np.array_equal(slots[-1], gradients[1] - gradients[0])


def test_least_drops_pairs_up_to_it():
    points, gradients = [np.array([0.0]), np.array([1.0])], [np.array([1.0]), np.array([1.5])]
    for least, step in ((0.0, -3.0), (0.49, -3.0), (0.5, -1.0), (1.0, -1.0)):
        found, _ = directions(LBFGS(1.0, least=least), points, gradients)
        assert found[1].tolist() == [step]


def test_curvature_at_the_edge_of_the_numbers_makes_no_step_that_is_none():
    """A quadratic followed until its values underflow."""
    H = np.diag([1.0, 3.0, 10.0])
    run = steepest.minimize(
        lambda w: float(0.5 * w @ H @ w), np.ones(3), LBFGS(1.0), grad=lambda w: H @ w, max_iter=300, grad_tol=None
    )
    assert np.isfinite(run.history.w).all()
    assert run.f < 1e-300


def torch_s(gradient, w, rate, updates, size, least=1e-10):
    """torch.optim.LBFGS without its line search, as its source has it: lists of pairs, al and be by index."""
    g, before, d, t, scale, old, points = gradient(w), w, w, rate, 1.0, [], [w]
    for k in range(updates):
        if k:
            y, s = g - before, d * t
            if y @ s > least:
                old = [*old, (y, s)][-size:]
                scale = (y @ s) / (y @ y)
            q, al = -g, [0.0] * len(old)
            for i in range(len(old) - 1, -1, -1):
                al[i] = (old[i][1] @ q) / (old[i][0] @ old[i][1])
                q = q - al[i] * old[i][0]
            d = q * scale
            for i in range(len(old)):
                be = (old[i][0] @ d) / (old[i][0] @ old[i][1])
                d = d + old[i][1] * (al[i] - be)
            t = rate
        else:
            d, t = -g, min(1.0, 1.0 / np.abs(g).sum()) * rate
        before, w = g, w + t * d
        g = gradient(w)
        points.append(w)
    return np.array(points)


CENTRES, WEIGHTS = np.arange(3.0), np.array([1.0, 5.0, 20.0])


def bowls(w):
    return (WEIGHTS * np.sqrt(1.0 + (w - CENTRES) ** 2)).sum()


def bowls_slope(w):
    return WEIGHTS * (w - CENTRES) / np.sqrt(1 + (w - CENTRES) ** 2)


@pytest.mark.parametrize("memory", [1, 3, 10])
@pytest.mark.parametrize("rate", [0.1, 0.5])
def test_makes_torch_s_steps_with_torch_s_least(memory, rate):
    """50 steps in a valley and 300 in a bowl: where s . y is below 1e-10 torch keeps its old pairs for good, and so do
    we. Rounding grows on the way, whoever makes the steps: hence 1e-10 for the first 50 only."""
    for gradient, updates in ((slope, 50), (bowls_slope, 300)):
        rule = LBFGS(rate, memory, least=1e-10)
        run = steepest.minimize(
            f, START, rule, grad=gradient, max_iter=updates, grad_tol=None, engine="python"
        )  # f is not looked at
        reference = torch_s(gradient, START, rate, updates, memory)[: len(run.history.w)]
        size = np.abs(reference).max()
        np.testing.assert_allclose(run.history.w[:51], reference[:51], rtol=0, atol=1e-10 * size)
        np.testing.assert_allclose(run.history.w, reference, rtol=0, atol=1e-6 * size)


@pytest.mark.parametrize("scale", [1e-12, 1e12])
def test_units_of_f_change_nothing_but_the_first_step(scale):
    points = [START, START + 0.1, START - 0.2, START * 1.1]
    gradients = [slope(w) for w in points]
    plain, _ = directions(LBFGS(1.0), points, gradients)
    scaled, _ = directions(LBFGS(1.0), points, [scale * g for g in gradients])
    for a, b in zip(plain[1:], scaled[1:], strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9)


@pytest.mark.parametrize("memory", [1, 4, 10])
def test_the_jax_engine_makes_the_same_steps(memory):
    runs = [
        steepest.minimize(bowls, START, LBFGS(0.1, memory), max_iter=200, grad_tol=None, engine=engine)
        for engine in ("python", "jax")
    ]
    np.testing.assert_allclose(runs[0].history.w, runs[1].history.w, rtol=0, atol=1e-10 * np.abs(runs[0].w).max())
    assert runs[0].f == pytest.approx(26.0)


def test_a_caller_may_fill_one_array_anew():
    kept = np.zeros(3)

    def refilled(w):
        kept[:] = slope(w)
        return kept

    for rate in (0.1, StrongWolfe()):
        runs = [
            steepest.minimize(f, START, LBFGS(rate), grad=grad, max_iter=20, grad_tol=None)
            for grad in (slope, refilled)
        ]
        assert np.array_equal(runs[0].history.w, runs[1].history.w)


def test_it_searches_by_itself():
    run = steepest.minimize(f, START, "lbfgs", grad=slope)
    assert run.success
    assert run.recipe["method"]["learning_rate"]["line_search"] == "strong_wolfe"
    again = steepest.minimize(f, START, LBFGS(StrongWolfe()), grad=slope)
    assert np.array_equal(run.history.w, again.history.w)


def test_most_of_its_steps_are_full_ones():
    run = steepest.minimize(f, START, "lbfgs", grad=slope)
    assert (run.history.learning_rate[2:] == 1.0).mean() > 0.7
    assert run.nfev == run.njev <= 1.5 * run.nit + 2


@pytest.mark.parametrize(("memory", "said"), [(0, "memory of"), (101, "memory of"), (2.5, "whole number")])
def test_memory_is_checked(memory, said):
    with pytest.raises((TypeError, ValueError), match=said):
        steepest.minimize(f, START, "lbfgs", grad=slope, memory=memory)
