"""The copy that is traced: what stands for what in it, and that the original stays as it was."""

import functools
import math
from typing import Any

import numpy as np
import pytest
import scipy
import scipy.special
from scipy.special import expit

import steepest
from steepest.problems.tracing.purity import obstacle
from steepest.problems.tracing.rewriting import rewritten

jax = pytest.importorskip("jax")

W = np.array([0.8, -0.3, 1.7])
P = np.array([0.2, 0.5, 0.9])
MATRIX = np.array([[2.0, 0.5, 0.0], [0.5, 1.0, 0.1], [0.0, 0.1, 3.0]])
WHOLE = np.array([[1, 2, 3], [4, 5, 6]])


def traced_value(f: Any, w: Any = W, everything: bool = False) -> float:
    """``f`` by way of its copy, compiled: no value is at hand while it is traced."""
    assert obstacle(f) is None
    with jax.enable_x64(True):
        return float(jax.jit(rewritten(f, everything))(w))


def even(w: Any, k: int = 4) -> Any:
    return np.sum(w * w) if k == 0 else odd(w, k - 1)


def odd(w: Any, k: int) -> Any:
    return np.sin(even(w, k - 1))


def data_dependent(w: Any) -> Any:
    total = 0.0
    for i in range(int(np.sqrt(MATRIX.size))):
        if MATRIX[i, i] > 1.5 and math.floor(MATRIX[i, i]) != 7:
            total += w[i] * math.sqrt(MATRIX[i, i])
    return total


MATH = [
    lambda w: (
        math.exp(w[0]) + math.log(w[0]) + math.log(w[0], 3) + math.log2(w[2]) + math.log1p(w[0]) + math.log10(w[2])
    ),
    lambda w: math.sin(w[0]) + math.cos(w[1]) + math.tan(w[2]) + math.asin(w[0]) + math.acos(w[0]) + math.atan(w[1]),
    lambda w: math.sinh(w[0]) + math.cosh(w[1]) + math.tanh(w[2]) + math.atan2(w[0], w[1]) + math.pi * w[0] + math.tau,
    lambda w: math.hypot(w[0], w[1], w[2]) + math.dist(w, P) + math.pow(w[0], 2.5) + math.sqrt(w[2]) + math.fabs(w[1]),
    lambda w: (
        math.erf(w[0]) + math.erfc(w[1]) + math.gamma(w[2]) + math.lgamma(w[0]) + math.expm1(w[0]) + math.cbrt(w[0])
    ),
    lambda w: math.fsum(w) + math.prod(w) + math.degrees(w[0]) + math.radians(w[1]) + math.factorial(3) * w[0],
    lambda w: math.floor(w[2]) + math.ceil(w[0]) + math.trunc(w[1]) + math.copysign(w[0], w[1]) + math.fmod(w[2], 0.5),
]
NUMPY = [
    lambda w: np.sum([w[0], w[1] ** 2]) + np.max([w[0], w[2]]) + np.mean((w[0], w[1])) + np.linalg.norm([w[0], 2.0]),
    lambda w: np.add.reduce(w) + np.multiply.reduce(w) + np.asanyarray(w).sum() + np.float64(w[0]),
    lambda w: (WHOLE @ w).sum() + (WHOLE[0] / WHOLE[1]).sum() + w[WHOLE[0, 1]],
    lambda w: np.zeros(3, dtype=float).sum() + w.astype(float).sum() + float(np.sum(w)) + float(w[:1].sum()),
    lambda w: isinstance(w, np.ndarray) * w.sum() + isinstance(w[0], float) * w[0] + isinstance(1.5, (int, float)),
    lambda w: max(w) + min(w) + max(w[0], 1.0) + min([w[1], w[2]]) + max(1, 2) + max([3, 4], key=lambda x: -x) + sum(w),
    lambda w: sum([w, w * w]).sum() + sum(MATRIX).sum() + sum((x for x in w), start=1.0) + abs(w[1]) + pow(w[0], 3),
    lambda w: np.array([[w[0], 1.0], [2.0, w[1]]]).T.ravel().sum() + np.linalg.solve(MATRIX, w) @ w,
    lambda w: np.finfo(float).eps * w[0] + np.pi * np.e * w[1] + np.inf * 0 if len(w) > 5 else w[2],
    lambda w: expit(w).sum() + scipy.special.logsumexp(w) + scipy.special.gammaln(w[0]),
    lambda w: np.where(MATRIX[0] > 0, w, 0.0).sum() + w[MATRIX[0] > 0].sum(),
    data_dependent,
    even,
    steepest.gallery.rosenbrock(n=3).value,
]


@pytest.mark.parametrize("f", [*MATH, *NUMPY])
def test_the_copy_gives_the_value_of_the_original(f: Any) -> None:
    everything = f is NUMPY[1]  # np.float64 of a traced number
    assert traced_value(f, everything=everything) == pytest.approx(float(f(W)), rel=1e-12)


def test_the_first_way_keeps_constants_and_the_second_knows_methods_of_arrays() -> None:
    assert traced_value(lambda w: MATRIX.dot(w).sum(), everything=True) == pytest.approx(MATRIX.dot(W).sum())
    with pytest.raises(jax.errors.TracerArrayConversionError):
        traced_value(lambda w: MATRIX.dot(w).sum())
    with pytest.raises(jax.errors.ConcretizationTypeError):
        traced_value(data_dependent, everything=True)


def test_helpers_that_call_each_other_are_copied_once() -> None:
    copy = rewritten(even)
    assert copy is not even
    assert copy.__globals__["odd"].__globals__["even"] is copy
    assert copy.__globals__["np"] is not np


def test_the_original_is_untouched() -> None:
    scale = np.array([1.0, 2.0, 3.0])

    def helper(x: Any, by: Any = MATRIX) -> Any:
        return by @ x

    def f(w: Any, *, shift: Any = P) -> Any:
        return (np.exp(helper(w) * 0.1) * scale - shift).sum()

    before = dict(f.__globals__), f.__closure__, f.__defaults__, dict(f.__kwdefaults__ or {}), helper.__defaults__
    copy = rewritten(f)
    with jax.enable_x64(True):
        copy(jax.numpy.asarray(W))
    assert dict(f.__globals__) == before[0]
    assert (f.__closure__, f.__defaults__, f.__kwdefaults__, helper.__defaults__) == before[1:]
    assert scale.flags.writeable
    assert f.__globals__["np"] is np
    assert f(W) == pytest.approx(float(copy(W)))


def test_a_captured_array_cannot_be_written_through_the_copy() -> None:
    captured = np.ones(3)

    def f(w: Any) -> Any:
        alias = captured
        alias += 1.0
        return alias @ w

    with pytest.raises(ValueError, match="read-only"):
        traced_value(f)
    traced_value(f, everything=True)
    np.testing.assert_array_equal(captured, np.ones(3))


def test_partials_and_arguments_are_mapped_within() -> None:
    f = functools.partial(lambda a, w, function: function(a * w).sum(), np.array([1.0, 2.0, 3.0]), function=np.exp)
    assert traced_value(f) == pytest.approx(np.exp(np.array([1.0, 2.0, 3.0]) * W).sum())


def test_a_method_of_ours_calls_copies_of_its_other_methods() -> None:
    class Problem:
        def __init__(self) -> None:
            self.scale = np.array([1.0, 2.0, 3.0])

        @property
        def twice(self) -> Any:
            return 2.0 * self.scale

        def residuals(self, w: Any) -> Any:
            return np.tanh(self.twice * w)

        def value(self, w: Any) -> Any:
            return sum(x * x for x in self.residuals(w)) + (self.scale @ w)

    Problem.__module__ = "steepest.problems.functions.made_up"
    problem = Problem()
    assert traced_value(problem.value) == pytest.approx(float(problem.value(W)))
    assert type(problem) is Problem
