"""Values and gradients of random formulas against an evaluator of the test's own: Python's eval over dual numbers."""

import math
import re
from random import Random

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from steepest.problems.formulas import parse

LARGEST = 1e4
"""Beyond it a comparison to 1e-10 says more about rounding than about the formula."""


class Unclear(ArithmeticError):
    """A kink, a tie, or a number too large to be compared."""


class Dual:
    """A value and its gradient, carried forward through the ordinary rules of differentiation."""

    def __init__(self, value, slope=0.0):
        self.value, self.slope = float(value), np.asarray(slope, dtype=float)
        if not max(abs(self.value), np.abs(self.slope).max()) < LARGEST:
            raise Unclear

    @property
    def varies(self):
        """Whether it depends on the variables, though its slope may be zero here: only an array has entries."""
        return self.slope.ndim > 0

    def __add__(self, other):
        return Dual(self.value + other.value, self.slope + other.slope)

    def __sub__(self, other):
        return Dual(self.value - other.value, self.slope - other.slope)

    def __mul__(self, other):
        return Dual(self.value * other.value, self.slope * other.value + self.value * other.slope)

    def __truediv__(self, other):
        ratio = self.value / other.value
        return Dual(ratio, (self.slope - ratio * other.slope) / other.value)

    def __neg__(self):
        return Dual(-self.value, -self.slope)

    def __pos__(self):
        return self

    def __pow__(self, other):
        a, b = self.value, other.value
        if a < 0 and b != int(b):
            raise Unclear
        slope = 0.0
        if self.varies:
            slope = b * a ** (b - 1) * self.slope if b else 0 * self.slope
        if other.varies:
            slope = slope + math.log(a) * a**b * other.slope
        return Dual(a**b, slope)


def lifted(f, derivative):
    return lambda u: Dual(f(u.value), derivative(u.value) * u.slope if u.varies else 0.0)


def smooth_side(sign):
    """abs or sign, away from the kink."""

    def side(u):
        if abs(u.value) < 1e-6:
            raise Unclear
        one = math.copysign(1.0, u.value)
        return Dual(one, 0 * u.slope) if sign else Dual(abs(u.value), one * u.slope)

    return side


def extreme(better):
    def pick(*duals):
        best = duals[0]
        for dual in duals[1:]:
            if abs(dual.value - best.value) < 1e-6:
                raise Unclear
            best = dual if better(dual.value, best.value) else best
        return Dual(best.value, best.slope + sum(0 * dual.slope for dual in duals))

    return pick


def hypot(u, v):
    r = math.hypot(u.value, v.value)
    return Dual(r, (u.value * u.slope + v.value * v.slope) / r)


def atan2(u, v):
    square = u.value**2 + v.value**2
    return Dual(math.atan2(u.value, v.value), (v.value * u.slope - u.value * v.slope) / square)


ORACLE = {
    "sqrt": lifted(math.sqrt, lambda u: 0.5 / math.sqrt(u)),
    "exp": lifted(math.exp, math.exp),
    "log": lifted(math.log, lambda u: 1 / u),
    "log2": lifted(math.log2, lambda u: 1 / (u * math.log(2))),
    "log10": lifted(math.log10, lambda u: 1 / (u * math.log(10))),
    "log1p": lifted(math.log1p, lambda u: 1 / (1 + u)),
    "expm1": lifted(math.expm1, math.exp),
    "sin": lifted(math.sin, math.cos),
    "cos": lifted(math.cos, lambda u: -math.sin(u)),
    "tan": lifted(math.tan, lambda u: 1 / math.cos(u) ** 2),
    "asin": lifted(math.asin, lambda u: 1 / math.sqrt(1 - u * u)),
    "acos": lifted(math.acos, lambda u: -1 / math.sqrt(1 - u * u)),
    "atan": lifted(math.atan, lambda u: 1 / (1 + u * u)),
    "sinh": lifted(math.sinh, math.cosh),
    "cosh": lifted(math.cosh, math.sinh),
    "tanh": lifted(math.tanh, lambda u: 1 / math.cosh(u) ** 2),
    "abs": smooth_side(sign=False),
    "sign": smooth_side(sign=True),
    "min": extreme(lambda new, old: new < old),
    "max": extreme(lambda new, old: new > old),
    "hypot": hypot,
    "atan2": atan2,
    "pi": Dual(math.pi),
    "e": Dual(math.e),
    "tau": Dual(math.tau),
    "N": Dual,
}
ORACLE |= {f"arc{name[1:]}": ORACLE[name] for name in ("asin", "acos", "atan", "atan2")} | {"ln": ORACLE["log"]}


def independent(text, variables, point):
    """Value and gradient of ``text``; raises Unclear, ValueError or another ArithmeticError where there is none."""
    python = re.sub(r"(?<![\w.\[])((?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)", r"N(\1)", text.replace("^", "**"))
    names, parts = dict(ORACLE), {}
    for variable, value, unit in zip(variables, point, np.eye(len(variables)), strict=True):
        if "[" in variable:
            parts[int(variable[2:-1])] = Dual(value, unit)
        names[variable] = Dual(value, unit)
    with np.errstate(divide="raise", invalid="raise", over="raise"):
        result = eval(python, {"__builtins__": {}}, names | ({"v": parts} if parts else {}))
    return result.value, np.broadcast_to(result.slope, (len(variables),))


def compare(grow, count, seed):
    """Compare ``count`` formulas at one point each; the number of those that had a value to be compared."""
    random = Random(seed)
    compared = 0
    for _ in range(count):
        text = grow(random, random.randint(1, 9))
        expression = parse(text)
        point = np.array([random.choice([-1, 1, 1]) * random.uniform(0.1, 2) for _ in expression.variables])
        try:
            value, gradient = independent(text, expression.variables, point)
        except (ArithmeticError, ValueError):
            continue
        compared += 1
        at = f"{text} at {point}"
        close = {"rtol": 1e-10, "atol": 1e-10, "err_msg": at}
        np.testing.assert_allclose(expression(point, np), value, **close)
        traced, slope = jax.value_and_grad(lambda w, f=expression: f(w, jnp))(jnp.asarray(point))
        np.testing.assert_allclose(traced, value, **close)
        np.testing.assert_allclose(slope, gradient, rtol=1e-10, atol=1e-10 * (1 + np.abs(gradient).max()), err_msg=at)
    return compared


def test_random_formulas_agree_with_dual_numbers_in_value_and_gradient(grow):
    with jax.enable_x64(True):
        assert compare(grow, 200, seed=1) > 100


@pytest.mark.slow
def test_ten_thousand_random_formulas_agree_with_dual_numbers(grow):
    with jax.enable_x64(True):
        assert compare(grow, 10_000, seed=2) > 5_000


def test_the_random_formulas_hold_every_function(grow):
    random = Random(3)
    text = " ".join(grow(random, 9) for _ in range(1000))
    assert {*re.findall(r"[a-z]\w*(?=\()", text)} == {*ORACLE} - {"pi", "e", "tau", "N"}
