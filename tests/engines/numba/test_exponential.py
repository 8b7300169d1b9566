"""exp in kernels against NumPy's, number by number and in loops. Single edge cases: test_functions.py."""

import numba
import numpy as np
import pytest

from steepest.engines.numba.exponential import exp
from steepest.engines.numba.lowering import FLAGS

RNG = np.random.default_rng(0)
RANGES = [(-1.0, 0.0), (0.0, 1.0), (-40.0, 40.0), (-708.0, 709.7), (-746.0, -708.0), (709.7, 711.0)]


@numba.njit(**FLAGS)
def of_each(x, out):
    for i in range(x.size):
        out[i] = exp(x[i])


@numba.njit(**FLAGS)
def of_one(x):
    return exp(x)


@pytest.mark.parametrize(("low", "high"), RANGES)
def test_it_is_numpys_to_two_units_in_the_last_place(low, high):
    x = RNG.uniform(low, high, 50_000)
    found = np.empty_like(x)
    of_each(x, found)
    with np.errstate(over="ignore", under="ignore"):
        wanted = np.exp(x)
    finite = np.isfinite(wanted)
    assert np.array_equal(found[~finite], wanted[~finite])
    assert (np.abs(found[finite] - wanted[finite]) <= 2 * np.spacing(wanted[finite])).all()


def test_a_loop_gives_the_bits_of_single_numbers():
    x = np.concatenate([RNG.uniform(low, high, 50) for low, high in RANGES] + [[np.nan, np.inf, -np.inf, 0.0, -0.0]])
    found = np.empty_like(x)
    of_each(x, found)
    assert np.array_equal(found, [of_one(number) for number in x], equal_nan=True)


def test_it_is_inlined_and_its_loops_are_vectorised():
    of_each(np.zeros(1), np.zeros(1))
    code = of_each.inspect_llvm(of_each.signatures[0])
    assert "x double>" in code
    assert "@exp(" not in code


def test_whole_numbers_and_float32_give_float64():
    for number in (2, np.float32(2.0)):
        assert of_one(number) == pytest.approx(np.exp(float(number)), rel=4e-16)
        assert type(of_one(number)) is float
