"""xp inside kernels, and xp on single numbers, against NumPy: finite, infinite, NaN, negative, zero, tiny, huge."""

import math
import warnings

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from steepest.base.errors import ArgumentError
from steepest.base.xp import ELEMENTWISE, numpy_functions, scalar_functions
from steepest.engines.numba import functions
from steepest.engines.numba.lowering import FLAGS

POINTS = [
    0.0, 1.0, -1.0, 0.5, -0.5, 1e-300, -1e-300, 5e-324, 1e-9, -1e-9, 3.0, -3.0, 709.0, 710.0, -745.0, -750.0, 1e300,
    -1e300, math.inf, -math.inf, math.nan,
]  # fmt: skip
ONE = [name for name in ELEMENTWISE if name not in ("where", "minimum", "maximum")]


def compiled(name):
    inner = getattr(functions, name)
    if name in ("minimum", "maximum"):
        return numba.njit(**FLAGS)(lambda a, b: inner(a, b))
    return numba.njit(**FLAGS)(lambda x: inner(x))


def same(found, wanted):
    if math.isnan(wanted):
        return math.isnan(found)
    return found == wanted or abs(found - wanted) <= 4e-16 * abs(wanted)


@pytest.mark.parametrize("name", ONE)
def test_functions_of_one_number_are_numpys(name):
    kernel, scalar = compiled(name), getattr(scalar_functions, name)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        for x in POINTS:
            wanted = float(getattr(np, name)(x))
            assert same(kernel(x), wanted), (name, x)
            assert same(float(scalar(x)), wanted), (name, x)


@pytest.mark.parametrize("name", ["minimum", "maximum"])
def test_the_smaller_and_the_larger_are_numpys(name):
    kernel, scalar = compiled(name), getattr(scalar_functions, name)
    for a in POINTS:
        for b in POINTS:
            wanted = float(getattr(np, name)(a, b))
            assert same(kernel(a, b), wanted), (name, a, b)
            assert same(float(scalar(a, b)), wanted), (name, a, b)


@given(x=st.floats(-1e3, 1e3), a=st.floats(-9, 9), b=st.floats(-9, 9))
def test_single_numbers_get_the_bits_of_arrays(x, a, b):
    with np.errstate(all="ignore"):
        for name in ONE:
            wanted = getattr(numpy_functions, name)(np.array([x]))[0]
            found = float(getattr(scalar_functions, name)(x))
            assert found == wanted or (math.isnan(found) and math.isnan(wanted))
    assert scalar_functions.where(x > 0, a, b) == np.where(x > 0, a, b)
    assert scalar_functions.minimum(a, b) == np.minimum(a, b)
    assert scalar_functions.maximum(a, b) == np.maximum(a, b)


def test_where_is_a_branch():
    where = functions.where
    choose = numba.njit(**FLAGS)(lambda c, a, b: where(c, a, b))
    assert choose(True, 1.0, math.nan) == 1.0
    assert choose(False, math.inf, 2.0) == 2.0


def test_every_allowed_function_is_in_every_engine():
    for name in ELEMENTWISE:
        for place in (functions, numpy_functions, scalar_functions):
            assert callable(getattr(place, name))


@pytest.mark.parametrize("xp", [numpy_functions, scalar_functions])
def test_another_name_is_refused_with_the_list(xp):
    with pytest.raises(ArgumentError, match="sqrt, exp, log") as error:
        _ = xp.clip
    assert "xp.clip" in str(error.value)
