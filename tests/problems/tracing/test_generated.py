"""Objectives generated as source text (operators, methods, numpy, math, helpers, closures, loops): their automatic
gradients against central differences, and against jax.grad of the same text written in jax.numpy."""

import math
import random
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from steepest.problems.differences import central_differences
from steepest.problems.tracing.traced import trace

jax = pytest.importorskip("jax")

MATRIX = np.array([[2.0, -0.3, 0.1], [0.4, 1.5, -0.2], [0.0, 0.6, 1.1]])
TARGET = np.array([0.4, -0.7, 1.2])
START = np.array([0.83, -0.41, 0.57])
COUNT = 216

HELPERS = """
def bump(x):
    return np.exp(-x * x)

def smooth(x, sharpness=2.0):
    return np.log1p(np.exp(sharpness * np.tanh(x))) / sharpness

def both(x):
    return smooth(x) + 0.5 * bump(x)

def squash(s):
    return s / math.sqrt(1.0 + s * s)
"""

VECTORS = (
    "w", "w", "(w - target)", "({v} * {v})", "({v} + {v})", "({v} - 0.3 * {v})", "(matrix @ {v})", "np.sin({v})",
    "np.tanh({v})", "bump({v})", "both({v})", "smooth({v}, sharpness=1.5)", "np.sqrt(1.0 + {v} ** 2)", "np.cumsum({v})",
    "np.array([{s}, w[1], 0.5])", "np.concatenate([w[:1], {v}[1:]])", "np.where(target > 0.0, {v}, -{v})", "{v}[::-1]",
    "np.maximum({v}, -0.2)", "np.arctan2({v}, 2.0 + {v} ** 2)", "np.outer({v}, target).sum(axis=0)", "{v}.copy()",
    "np.stack([{v}, w]).mean(axis=0)", "(-{v})", "np.clip({v}, -2.0, 2.0)", "np.asarray({v}, dtype=float)",
)  # fmt: skip
SCALARS = (
    "np.sum({v})", "{v}.sum()", "np.mean({v})", "({v} @ {v})", "np.dot({v}, target)", "{v}.dot(w)", "w[0]",
    "w[-1] * w[1]", "np.linalg.norm({v} + 3.0)", "sum(x * x for x in {v})", "sum([x ** 2 for x in {v}])", "squash({s})",
    "math.sin({s})",
    "math.exp(-abs({s}))", "({s} * {s})", "({s} - {s})", "math.log({s} ** 2 + 1.5)", "math.log({s} ** 2 + 2.0, 3.0)",
    "math.hypot({s}, 1.0)", "math.atan({s})", "max({s}, -0.1, w[0])", "min(w[0], w[1], {s})",
    "{v}.mean()", "{v}.prod()", "float({s})", "({s} if len(w) == 3 else 0.0)",
    "np.sum(np.array([{s}, {s}]))", "np.log(np.sum(np.exp(np.tanh({v}))))",
    "(lambda a, b: a * b - b)({s}, w[2])", "np.einsum('i,ij,j->', {v}, matrix, w)", "np.var({v})", "abs({s})",
    "np.linalg.det(matrix + np.diag({v}))", "math.tau * {s}", "np.float64({s})", "np.max(np.array([{s}, {s}]))",
)  # fmt: skip
BODIES = (
    "return {s}",
    "return {s} + 0.1 * {s}",
    "v = {v}\n        return {s} + v @ v",
    "total = 0.0\n        for i in range(len(w)):\n            total += i * w[i] ** 2\n        return total + {s}",
    "parts = []\n        for x in {v}:\n            parts.append(x * x)\n        return sum(parts) + {s}",
    "v = np.zeros(3)\n        for _ in range(2):\n            v = v + {v}\n        return (v * w).sum() + {s}",
    "a, b, c = w\n        return (a - 1.0) ** 2 + 3.0 * (b - a * a) ** 2 + c * {s}",
    "def inner(x):\n            return x * x + target[0] * x\n        return inner({s}) + w @ w",
)


def filled(pattern: str, rng: random.Random, depth: int) -> str:
    """``pattern`` with random vectors and scalars in its places, at most ``depth`` deep."""
    while "{" in pattern:
        at = pattern.index("{")
        kind = pattern[at : at + 3]
        choices = VECTORS if kind == "{v}" else SCALARS
        flat = ("w", "(w - target)") if kind == "{v}" else ("w[0]", "(w @ w)")
        chosen = filled(rng.choice(choices), rng, depth - 1) if depth else rng.choice(flat)
        pattern = pattern[:at] + chosen + pattern[at + 3 :]
    return pattern


def source(seed: int) -> str:
    """A module that makes the objective by ``make(matrix, target)``, whose closure it is."""
    rng = random.Random(seed)
    body = filled(BODIES[seed % len(BODIES)], rng, 2 if seed % 5 == 0 else 1)
    return f"{HELPERS}\ndef make(matrix, target):\n    def f(w):\n        {body}\n    return f\n"


def made(text: str, names: dict[str, Any]) -> Any:
    """The objective that ``text`` makes, whose source is on no disk."""
    scope = dict(names)
    exec(text, scope)
    return scope["make"](MATRIX, TARGET)


def by_hand(text: str) -> Any:
    """The objective written in jax.numpy."""
    jnp = jax.numpy
    ours = SimpleNamespace(
        sin=jnp.sin, exp=jnp.exp, sqrt=jnp.sqrt, hypot=jnp.hypot, atan=jnp.arctan, tau=math.tau,
        log=lambda x, base=math.e: jnp.log(x) / math.log(base),
    )  # fmt: skip
    largest, smallest = (lambda *xs: jnp.max(jnp.array(xs))), (lambda *xs: jnp.min(jnp.array(xs)))
    names = {"jnp": jnp, "math": ours, "max": largest, "min": smallest, "float": jnp.float64}
    return made(text.replace("np.", "jnp."), names)


@pytest.mark.parametrize("seed", range(COUNT))
def test_a_generated_function_has_its_exact_gradient(seed: int) -> None:
    text = source(seed)
    f = made(text, {"np": np, "math": math})
    traced = trace(f, START)
    value, gradient = traced.value_and_gradient(START)
    scale = 1.0 + np.abs(gradient).max()
    assert value == pytest.approx(float(f(START)), rel=1e-11, abs=1e-11), text
    np.testing.assert_allclose(gradient, central_differences(f, START), rtol=0, atol=1e-5 * scale, err_msg=text)
    with jax.enable_x64(True):
        expected = jax.grad(by_hand(text))(jax.numpy.asarray(START))
    np.testing.assert_allclose(gradient, expected, rtol=0, atol=1e-9 * scale, err_msg=text)


def test_the_generated_functions_are_many_and_differ() -> None:
    assert len({source(seed) for seed in range(COUNT)}) >= 200
