"""The contract of every loss in ``losses/``: derivative and curvature belong to the value. No line here names a loss
but the values worked by hand."""

import inspect

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from steepest.base.errors import ArgumentError
from steepest.base.xp import numpy_functions, scalar_functions
from steepest.engines.numba import functions as kernel_functions
from steepest.problems import losses
from steepest.problems.losses.squared_error import SquaredError

NAMES = losses.names()
each = pytest.mark.parametrize("loss", [losses.find(name)() for name in NAMES], ids=NAMES)
outputs = st.floats(-50, 50)


@each
def test_is_a_documented_namedtuple(loss):
    assert type(loss).__bases__ == (tuple,)
    assert hasattr(loss, "_fields")
    assert inspect.getdoc(type(loss)).isascii()


@each
@given(o=outputs, y=outputs)
def test_derivative_is_that_of_the_value(loss, o, y):
    h = 1e-4
    slope = (loss.value(o + h, y, scalar_functions) - loss.value(o - h, y, scalar_functions)) / (2 * h)
    assert loss.derivative(o, y, scalar_functions) == pytest.approx(slope, rel=1e-5, abs=1e-4)


@each
@given(o=outputs, y=outputs, step=st.floats(1e-3, 10))
def test_curvature_bounds_the_change_of_the_derivative(loss, o, y, step):
    change = loss.derivative(o + step, y, scalar_functions) - loss.derivative(o, y, scalar_functions)
    assert abs(change) <= loss.curvature() * step * (1 + 1e-9)


@each
def test_arrays_numbers_kernels_and_jax_agree(loss):
    o, y = np.linspace(-3, 3, 7), np.array([0.0, 1, 0, 1, 1, 0, 1])
    for method in (loss.value, loss.derivative):
        expected = method(o, y, numpy_functions)
        assert (expected.shape, expected.dtype) == (o.shape, np.float64)
        for xp in (scalar_functions, kernel_functions):
            singles = [method(a, b, xp) for a, b in zip(o.tolist(), y.tolist(), strict=True)]
            np.testing.assert_allclose(singles, expected, rtol=1e-13)
        with jax.enable_x64(True):
            np.testing.assert_allclose(np.asarray(method(jnp.asarray(o), jnp.asarray(y), jnp)), expected, rtol=1e-13)


def test_squared_error_is_half_the_square():
    loss = SquaredError()
    assert loss.value(5.0, 2.0, scalar_functions) == 4.5
    assert loss.derivative(5.0, 2.0, scalar_functions) == 3.0
    assert loss.curvature() == 1.0


def test_a_mistyped_name_is_one_sentence():
    with pytest.raises(ArgumentError, match=r"^loss 'squared_eror' is not known; did you mean 'squared_error'\?$"):
        losses.find("squared_eror")
