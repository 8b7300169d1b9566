"""Powers inside kernels against NumPy's, and that ``**`` becomes one of them there."""

import math
from typing import NamedTuple

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import steepest
from steepest.engines.numba.exponential import PLAIN
from steepest.engines.numba.lowering import FLAGS
from steepest.engines.numba.powers import WithPowers, power

BASES = [0.0, 1e-300, 0.5, 0.9, 0.999, 1.0, 1.5, 1e300, math.inf, math.nan, -0.5, -1.0, -3.0, -math.inf]
EXPONENTS = [
    0.0, 1.0, -1.0, 2.0, 3.0, -2.0, -3.0, 0.5, -0.5, 2.5, 1e5, 1e5 + 1, -1e5, 1e300, math.inf, -math.inf, math.nan,
]  # fmt: skip

direct = numba.njit(**FLAGS)(lambda x, y: power(x, y))
rewritten = numba.njit(pipeline_class=WithPowers, **FLAGS)(lambda x, y: x**y)


def same(found, x, y):
    """To 1 + |y log x| units in the last place, within what ``power`` calls plain."""
    with np.errstate(all="ignore"):
        wanted = float(np.float64(x) ** np.float64(y))
        size = abs(y * np.log(abs(np.float64(x))))
    if math.isnan(wanted):
        return math.isnan(found)
    if size > PLAIN and not math.isnan(size):
        return found in (0.0, math.copysign(math.inf, wanted), wanted) and (found == 0.0) == (abs(wanted) < 1)
    return found == wanted or abs(found - wanted) <= 2.3e-16 * (1 + size) * abs(wanted)


@pytest.mark.parametrize("of", [direct, rewritten], ids=["power", "**"])
def test_edges_are_numpys(of):
    for x in BASES:
        for y in EXPONENTS:
            assert same(of(x, y), x, y), (x, y)


@given(x=st.floats(1e-9, 1e9), y=st.floats(-30, 30))
def test_powers_are_numpys(x, y):
    assert same(rewritten(x, y), x, y)


@given(beta=st.floats(0, 1), t=st.integers(1, 10**7))
def test_one_minus_beta_to_the_t_is_right_to_a_rounding(beta, t):
    """What Adam and its kin divide by: an error of ``beta^t`` counts only beside 1."""
    found, wanted = 1 - rewritten(beta, float(t)), 1 - np.float64(beta) ** t
    assert abs(found - wanted) <= 3.4e-16


def test_a_constant_exponent_stays_a_product():
    square = numba.njit(pipeline_class=WithPowers, **FLAGS)(lambda x: x**2)
    root = numba.njit(pipeline_class=WithPowers, **FLAGS)(lambda x: x**0.5)
    for x in (0.1, 3.0, 1e10):
        assert square(x) == x * x
        assert root(x) == math.sqrt(x)


class Branching(NamedTuple):
    """Exponents with more than one definition."""

    learning_rate: float = 0.1
    power: float = 0.5
    rough: bool = True

    def init(self, w, xp):
        return ()

    def update(self, w, g, slots, t, xp):
        power = self.power
        if t > 20:
            power = 1.0
        shrunk = 1.0
        for _ in range(3):
            shrunk = shrunk * 0.9
        size = xp.abs(g) ** (power if self.rough else 1.0) * (1 / t) ** shrunk
        return -self.learning_rate * xp.sign(g) * size, ()


class Powered(NamedTuple):
    learning_rate: float = 0.1
    decay: float = 0.98
    order: int = 3

    def init(self, w, xp):
        return ()

    def update(self, w, g, slots, t, xp):
        return -self.learning_rate * self.decay**t * (g + xp.tanh(g) ** self.order / t**0.75), ()


@pytest.mark.parametrize("batch_size", [None, 1, 7])
@pytest.mark.parametrize("rule", [Powered(), Branching()])
def test_a_rule_with_powers_is_the_plain_loops(rule, batch_size):
    rng = np.random.default_rng(3)
    model = steepest.LinearModel(rng.standard_normal((40, 6)), rng.standard_normal(40))
    runs = [
        steepest.minimize(model, method=rule, batch_size=batch_size, max_iter=60, engine=engine)
        for engine in ("numba", "python")
    ]
    assert np.allclose(runs[0].history.w, runs[1].history.w, rtol=1e-13, atol=1e-14)
