"""The contract of every loss in ``losses/``: derivative, second derivative and bounds belong to the value, on arrays,
single numbers, in kernels and under JAX. No line here names a loss; values by hand are in losses/test_values.py."""

import inspect
import math

import jax
import numba
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from steepest.base.errors import ArgumentError
from steepest.base.fields import checked, fields_of
from steepest.base.xp import numpy_functions, scalar_functions
from steepest.engines.jax.functions import jax_functions
from steepest.engines.numba import functions as kernel_functions
from steepest.engines.numba.lowering import FLAGS, loss_derivative, loss_value
from steepest.problems import losses

ALL = {name: losses.find(name)() for name in losses.names()}
SINGLE = {name: loss for name, loss in ALL.items() if not hasattr(loss, "fold")}
every = pytest.mark.parametrize("loss", ALL.values(), ids=ALL)
each = pytest.mark.parametrize("loss", SINGLE.values(), ids=SINGLE)


def each_with(name):
    some = {key: loss for key, loss in SINGLE.items() if hasattr(loss, name)}
    return pytest.mark.parametrize("loss", some.values(), ids=some)


outputs, unit = st.floats(-20, 20), st.floats(0, 1)
GRID = np.append(np.linspace(-5, 5, 2001), [-1e4, 30, 1e4])
"""Holds the usual kinks, the steepest places and the far ends."""
FEW = np.array([-1e4, -30, -1.1, -1, -0.9, -0.1, -0.05, 0, 0.05, 0.1, 0.9, 1, 1.1, 30])


def target(loss, u):
    """A target out of [0, 1]: a class, or a number that no loss refuses."""
    return (1.0 if u < 0.5 else -1.0) if loss.kind == "classification" else 9 * u


def smooth(loss, o, y, xp):
    """What a loss says of one output."""
    return loss.value(o, y, xp), loss.derivative(o, y, xp), loss.second(o, y, xp)


def quietly(loss):
    """Only a loss bounded neither in slope nor in curvature may overflow."""
    bounded = min(loss.slope(), loss.curvature()) < math.inf
    return np.errstate(all="raise", under="ignore") if bounded else np.errstate(over="ignore")


@every
def test_is_a_documented_namedtuple_of_one_screen(loss):
    cls = type(loss)
    assert cls.__bases__ == (tuple,)
    assert loss.kind in ("regression", "classification")
    assert isinstance(loss, losses.CoupledLoss if hasattr(loss, "fold") else losses.Loss)
    assert hasattr(loss, "predicted") == (loss.kind == "regression")
    words = inspect.getdoc(cls)
    assert words.isascii()
    assert "``" in words
    assert "scikit-learn:" in words
    assert "Source:" in words
    source = inspect.getsource(inspect.getmodule(cls))
    assert source.startswith('"""')
    assert source.count("\n") < 60


@every
def test_fields_are_bounded_numbers_with_usable_defaults(loss):
    for name, info in fields_of(type(loss)).items():
        assert info.kind is float
        assert info.field.low >= 0
        assert checked(info, getattr(loss, name), name) == getattr(loss, name)
        with pytest.raises(ArgumentError, match=rf"^{name} must be a .*number.*; got -1\.0$"):
            checked(info, -1.0, name)


@each
@given(o=outputs, u=unit)
def test_derivative_lies_between_the_one_sided_differences(loss, o, u):
    """Where the loss is smooth they enclose the central difference; at a kink they enclose every subgradient."""
    y, h = target(loss, u), 1e-5
    here, left, right = (loss.value(at, y, scalar_functions) for at in (o, o - h, o + h))
    derivative = loss.derivative(o, y, scalar_functions)
    rounding = 8e-16 * (abs(left) + abs(here) + abs(right) + abs(derivative * o) + 20 * abs(y)) / h
    assert (here - left) / h - rounding <= derivative <= (right - here) / h + rounding


@each
@given(o=outputs, u=unit)
def test_derivatives_are_the_central_differences(loss, o, u):
    y, h = target(loss, u), 1e-4
    value, derivative, second = smooth(loss, o, y, scalar_functions)
    values = [loss.value(o + k * h, y, scalar_functions) for k in (-1, 1)]
    slopes = [loss.derivative(o + k * h, y, scalar_functions) for k in (-1, -0.5, 0.5, 1)]
    near = [(slopes[2] - slopes[1]) / h, (derivative - slopes[0]) / h, (slopes[3] - derivative) / h]
    assume(max(near) - min(near) < 1e-3 * (1 + abs(near[0])))  # neither a jump nor a kink of the derivative within h
    # h^2 / 6 times the third and the fourth derivative are cut off, less than a quarter and all of these; a kink within
    # h / 1000 of the ends puts half of the latter into the second derivative.
    third, fourth = abs(slopes[3] - 2 * derivative + slopes[0]), abs(near[1] - 2 * near[0] + near[2])
    scale = 1 + abs(value) + abs(derivative)
    assert derivative == pytest.approx((values[1] - values[0]) / (2 * h), rel=1e-8, abs=1e-10 * scale + third / 4)
    assert second == pytest.approx((slopes[3] - slopes[0]) / (2 * h), rel=1e-8, abs=1e-9 * scale + fourth)


@each
@given(a=outputs, b=outputs, u=unit)
def test_is_convex_and_its_derivative_a_subgradient(loss, a, b, u):
    y, (low, high) = target(loss, u), sorted((a, b))
    rise = loss.value(high, y, scalar_functions) - loss.value(low, y, scalar_functions)
    first, last = (loss.derivative(o, y, scalar_functions) for o in (low, high))
    rounding = 1e-14 * (1 + abs(first) + abs(last)) * 20
    assert first <= last + rounding
    assert first * (high - low) - rounding <= rise <= last * (high - low) + rounding
    assert loss.second(a, y, scalar_functions) >= 0


@each
def test_slope_and_curvature_are_the_least_bounds(loss):
    with quietly(loss):
        for y in (target(loss, 0.0), target(loss, 1.0)):
            _, derivative, second = smooth(loss, GRID, y, numpy_functions)
            assert (np.abs(derivative) <= loss.slope() * (1 + 1e-15)).all()
            assert (second <= loss.curvature() * (1 + 1e-15)).all()
            change = np.diff(derivative[:2001]) / np.diff(GRID[:2001])
            assert (change <= loss.curvature() * (1 + 1e-9)).all()
        y = np.array([[target(loss, 0.0)], [target(loss, 1.0)]])
        _, derivative, second = smooth(loss, GRID, y, numpy_functions)
        steepest = np.abs(derivative).max()
        assert steepest == pytest.approx(loss.slope(), rel=1e-12) if loss.slope() < math.inf else steepest > 1e4
        if loss.curvature() < math.inf:
            assert second.max() == pytest.approx(loss.curvature(), rel=1e-12)
        else:
            h, near = 1e-9, GRID[:-1]
            jump = loss.derivative(near + h, y, numpy_functions) - loss.derivative(near - h, y, numpy_functions)
            assert (jump / (2 * h)).max() > 1e8


@each
def test_far_outputs_are_as_safe_as_near_ones(loss):
    o, y = np.array([[-1e4], [1e4], [-700], [700]]), np.array([target(loss, u) for u in (0.0, 0.3, 1.0)])
    with quietly(loss):
        results = smooth(loss, o, y, numpy_functions)
        rows = [loss.predicted(o, numpy_functions)] if hasattr(loss, "predicted") else []
        rows += [loss.probability(o, numpy_functions)] if hasattr(loss, "probability") else []
    for result in results + tuple(rows):
        assert not np.isnan(result).any()
    value, derivative, second = np.broadcast_arrays(*results)
    assert np.isfinite(derivative[np.isfinite(value)]).all()
    assert np.isfinite(second[np.isfinite(value)]).all()
    if min(loss.slope(), loss.curvature()) < math.inf:
        assert np.isfinite(value).all()


@each
def test_nan_in_is_nan_out(loss):
    for xp in (numpy_functions, scalar_functions, kernel_functions):
        for y in (target(loss, 0.0), target(loss, 1.0)):
            assert all(math.isnan(result) for result in smooth(loss, math.nan, y, xp))
            for method in ("predicted", "probability"):
                assert not hasattr(loss, method) or math.isnan(getattr(loss, method)(math.nan, xp))
        for o in (-2.0, 0.0, 2.0):
            assert math.isnan(loss.value(o, math.nan, xp))
            assert math.isnan(loss.derivative(o, math.nan, xp))


@each_with("probability")
def test_a_probability_rises_from_0_to_1_through_a_half(loss):
    assert loss.kind == "classification"
    p = loss.probability(GRID, numpy_functions)
    assert ((p >= 0) & (p <= 1)).all()
    assert (np.diff(p[:2001]) >= 0).all()
    assert (p[-3], p[-1], loss.probability(0.0, scalar_functions)) == (0.0, 1.0, 0.5)
    np.testing.assert_allclose(loss.probability(-GRID, numpy_functions), 1 - p, atol=2e-16)


@each_with("parts")
def test_parts_add_up(loss):
    y = np.array([[1.0], [-1.0]])
    factor, rest, derivative = loss.parts(GRID, y, numpy_functions)
    assert ((factor >= 1) & (factor <= 2)).all()
    np.testing.assert_allclose(np.log(factor) + rest, loss.value(GRID, y, numpy_functions), rtol=2e-16, atol=2.3e-16)
    np.testing.assert_array_equal(derivative, loss.derivative(GRID, y, numpy_functions))


def compiled(loss):
    """The kernels' way to value and derivative, and the other methods as an engine would compile them."""
    names = [name for name in ("predicted", "probability") if hasattr(loss, name)]
    second = numba.njit(**FLAGS)(type(loss).second)
    more = numba.njit(**FLAGS)(getattr(type(loss), names[0])) if names else numba.njit(lambda loss, o, xp: o)

    @numba.njit(**FLAGS)
    def kernel(loss, o, y, out):
        for i in range(o.size):
            out[0, i] = loss_value(loss, o[i], y[i])
            out[1, i] = loss_derivative(loss, o[i], y[i])
            out[2, i] = second(loss, o[i], y[i], kernel_functions)
            out[3, i] = more(loss, o[i], kernel_functions)

    return kernel, names


@each
def test_arrays_numbers_kernels_and_jax_agree(loss):
    o, y = np.repeat(FEW, 2), np.tile([target(loss, 0.0), target(loss, 1.0)], FEW.size)
    expected = np.array(smooth(loss, o, y, numpy_functions))
    assert expected.shape == (3, o.size)
    for result in smooth(loss, o, y, numpy_functions):
        assert (result.shape, result.dtype) == (o.shape, np.float64)

    singles = [smooth(loss, a, b, scalar_functions) for a, b in zip(o.tolist(), y.tolist(), strict=True)]
    np.testing.assert_array_equal(np.array(singles).T, expected)

    kernel, names = compiled(loss)
    found = np.full((4, o.size + 1), np.nan)
    kernel(loss, np.append(o, np.nan), np.append(y, y[0]), found)
    np.testing.assert_allclose(found[:3, :-1], expected, rtol=1e-13, atol=1e-300)
    assert np.isnan(found[:, -1]).all()
    if names:
        more = getattr(loss, names[0])(o, numpy_functions)
        np.testing.assert_allclose(found[3, :-1], more, rtol=1e-13, atol=1e-300)

    with jax.enable_x64(True):
        traced = jax.jit(lambda o, y: smooth(loss, o, y, jax_functions()))
        for row, result in zip(expected, traced(o, y), strict=True):
            np.testing.assert_allclose(np.asarray(result), row, rtol=1e-13, atol=1e-300)
        assert all(np.isnan(np.asarray(result)) for result in traced(np.array(np.nan), np.array(y[0])))


def test_a_mistyped_name_is_one_sentence():
    with pytest.raises(ArgumentError, match=r"^loss 'squared_eror' is not known; did you mean 'squared_error'\?$"):
        losses.find("squared_eror")
