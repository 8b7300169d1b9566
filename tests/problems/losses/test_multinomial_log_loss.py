"""The coupled loss: folded over the outputs of an example, against SciPy, scikit-learn and log_loss."""

import math

import jax
import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import logsumexp, softmax
from sklearn._loss.loss import HalfMultinomialLoss

from steepest.base.xp import numpy_functions, scalar_functions
from steepest.engines.jax.functions import jax_functions
from steepest.engines.numba import functions as kernel_functions
from steepest.engines.numba.lowering import FLAGS
from steepest.problems.losses.log_loss import LogLoss
from steepest.problems.losses.multinomial_log_loss import MultinomialLogLoss

LOSS = MultinomialLogLoss()
rows = st.lists(st.floats(-30, 30) | st.sampled_from([-1e4, 1e4, 0.0]), min_size=2, max_size=6)


def folded(o, true, xp):
    """``(value, derivatives, probabilities)`` for the outputs ``o`` of an example, or of many in columns."""
    acc = LOSS.start(o[0], xp)
    for output in o[1:]:
        acc = LOSS.fold(acc, output, xp)
    derivatives = [LOSS.derivative_of(output, float(k == true), acc, xp) for k, output in enumerate(o)]
    return LOSS.value_of(o[true], acc, xp), derivatives, [LOSS.probability_of(output, acc, xp) for output in o]


def test_values_by_hand():
    value, derivatives, probabilities = folded([0.0, math.log(2), 0.0], 1, scalar_functions)
    assert value == pytest.approx(math.log(2), rel=1e-15)
    assert derivatives == pytest.approx([0.25, -0.5, 0.25], rel=1e-15)
    assert probabilities == pytest.approx([0.25, 0.5, 0.25], rel=1e-15)


@given(o=rows, u=st.floats(0, 1, exclude_max=True))
def test_is_scipys_logarithm_of_a_sum_and_softmax(o, u):
    true, shares = int(u * len(o)), softmax(o)
    value, derivatives, probabilities = folded(o, true, scalar_functions)
    assert value == pytest.approx(logsumexp(np.array(o) - o[true]), rel=1e-14, abs=1e-14)
    assert probabilities == pytest.approx(shares, rel=1e-13, abs=0)
    assert sum(probabilities) == pytest.approx(1, rel=1e-14)
    assert derivatives == pytest.approx(shares - np.eye(len(o))[true], rel=1e-13, abs=3e-16)


@given(o=st.lists(st.floats(-30, 30), min_size=3, max_size=3), true=st.integers(0, 2))
def test_derivatives_are_the_central_differences(o, true):
    h, (_, derivatives, probabilities) = 1e-4, folded(o, true, scalar_functions)
    hessian = np.diag(probabilities) - np.outer(probabilities, probabilities)
    for k in range(3):
        up, down = (folded([v + s * h * (j == k) for j, v in enumerate(o)], true, scalar_functions) for s in (1, -1))
        assert derivatives[k] == pytest.approx((up[0] - down[0]) / (2 * h), rel=1e-7, abs=1e-8)
        np.testing.assert_allclose((np.array(up[1]) - down[1]) / (2 * h), hessian[k], rtol=1e-6, atol=1e-8)
    assert np.linalg.eigvalsh(hessian).max() <= LOSS.curvature() + 1e-15
    assert np.linalg.norm(derivatives) <= LOSS.slope() * (1 + 1e-15)


def test_curvature_and_slope_are_reached():
    p = np.array(folded([50.0, 50.0, 0.0], 0, scalar_functions)[2])
    assert np.linalg.eigvalsh(np.diag(p) - np.outer(p, p)).max() == pytest.approx(LOSS.curvature(), rel=1e-12)
    assert np.linalg.norm(folded([0.0, 50.0], 0, scalar_functions)[1]) == pytest.approx(LOSS.slope(), rel=1e-12)


@given(o=st.lists(st.floats(-30, 30), min_size=8, max_size=8))
def test_is_convex(o):
    """Along the line between two points the slope does not fall."""
    a, b = np.array(o[:4]), np.array(o[4:])
    slopes = [np.dot(folded(list(at), 1, scalar_functions)[1], b - a) for at in (a, (a + b) / 2, b)]
    assert slopes[0] <= slopes[1] + 1e-12
    assert slopes[1] <= slopes[2] + 1e-12


@given(m=st.floats(-1e4, 1e4), true=st.integers(0, 1))
def test_two_classes_are_log_loss(m, true):
    value, derivatives, probabilities = folded([0.0, m], true, scalar_functions)
    y = 2.0 * true - 1
    assert value == pytest.approx(LogLoss().value(m, y, scalar_functions), rel=1e-14, abs=2.3e-16)
    assert derivatives[1] == pytest.approx(LogLoss().derivative(m, y, scalar_functions), rel=1e-13, abs=2.3e-16)
    assert probabilities[1] == pytest.approx(LogLoss().probability(m, scalar_functions), rel=1e-13, abs=0)


def examples():
    rng = np.random.default_rng(0)
    o = rng.normal(size=(4, 9)) * np.array([1, 1, 1, 10, 10, 100, 1e4, 1e4, 0])
    return o, rng.integers(0, 4, 9)


def expected():
    o, true = examples()
    return logsumexp(o - o[true, np.arange(9)], axis=0), softmax(o, axis=0) - np.eye(4)[:, true], softmax(o, axis=0)


def in_columns(o, true, xp):
    """Value, derivatives and probabilities of examples in columns, the true class chosen by ``hit``."""
    acc = LOSS.start(o[0], xp)
    for k in range(1, 4):
        acc = LOSS.fold(acc, o[k], xp)
    hits = [xp.where(true == k, 1.0, 0.0) for k in range(4)]
    value = LOSS.value_of(sum(hit * output for hit, output in zip(hits, o, strict=True)), acc, xp)
    derivatives = [LOSS.derivative_of(o[k], hits[k], acc, xp) for k in range(4)]
    return value, derivatives, [LOSS.probability_of(o[k], acc, xp) for k in range(4)]


def check(found):
    for a, b in zip(found, expected(), strict=True):
        np.testing.assert_allclose(np.array(a), b, rtol=1e-12, atol=1e-15)


def test_arrays_are_as_safe_and_scikit_learns():
    o, true = examples()
    with np.errstate(all="raise", under="ignore"):
        found = in_columns(o, true, numpy_functions)
    check(found)
    theirs = HalfMultinomialLoss(n_classes=4)
    y, raw = true.astype(float), np.ascontiguousarray(o.T)
    np.testing.assert_allclose(found[0], theirs.loss(y, raw), rtol=1e-13, atol=1e-15)
    np.testing.assert_allclose(np.array(found[1]).T, theirs.gradient(y, raw), rtol=1e-12, atol=1e-15)


def test_jax_agrees():
    with jax.enable_x64(True):
        check(jax.jit(lambda o, true: in_columns(o, true, jax_functions()))(*examples()))


def test_kernels_agree():
    start, fold, value_of, derivative_of, probability_of = (
        numba.njit(**FLAGS)(getattr(MultinomialLogLoss, name))
        for name in ("start", "fold", "value_of", "derivative_of", "probability_of")
    )

    @numba.njit(**FLAGS)
    def kernel(loss, o, true, value, derivatives, probabilities):
        for i in range(o.shape[1]):
            acc = start(loss, o[0, i], kernel_functions)
            for k in range(1, o.shape[0]):
                acc = fold(loss, acc, o[k, i], kernel_functions)
            value[i] = value_of(loss, o[true[i], i], acc, kernel_functions)
            for k in range(o.shape[0]):
                derivatives[k, i] = derivative_of(loss, o[k, i], 1.0 * (k == true[i]), acc, kernel_functions)
                probabilities[k, i] = probability_of(loss, o[k, i], acc, kernel_functions)

    o, true = examples()
    out = np.zeros(9), np.zeros((4, 9)), np.zeros((4, 9))
    kernel(LOSS, o, true, *out)
    check(out)
    o[2] = np.nan
    kernel(LOSS, o, true, *out)
    assert all(np.isnan(part).all() for part in out)


@pytest.mark.parametrize("place", [0, 1, 2])
def test_nan_in_is_nan_out(place):
    o = [1.0, 2.0, 3.0]
    o[place] = math.nan
    for xp in (scalar_functions, numpy_functions, kernel_functions):
        value, derivatives, probabilities = folded(o, 1, xp)
        assert np.isnan([value, *derivatives, *probabilities]).all()
