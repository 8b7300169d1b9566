"""Second, independent derivations: each rule's step written as sums over all gradients so far, as its paper's formula
reads when unrolled, against the rule's recursion."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from steepest.base.xp import numpy_functions as xp
from steepest.methods import (
    AdaBelief,
    AdaGrad,
    AdaMax,
    AdamW,
    AMSGrad,
    Lion,
    Nadam,
    RMSProp,
    SignSGD,
    Yogi,
)

STEPS, SIZE = 40, 3
B1, B2, EPS, RATE = 0.8, 0.95, 1e-3, 0.05


def gradients_of(seed: int) -> np.ndarray:
    """(steps, size): gradients of mixed sizes."""
    random = np.random.default_rng(seed)
    return random.normal(size=(STEPS, SIZE)) * 10.0 ** random.uniform(-2, 2, (STEPS, SIZE)) + random.normal(size=SIZE)


def points(rule: Any, gradients: np.ndarray) -> np.ndarray:
    """Where the rule goes from ones along the gradients: (steps + 1, size)."""
    w, rows = np.ones(SIZE), [np.ones(SIZE)]
    slots = rule.init(w, xp)
    for t, g in enumerate(gradients, start=1):
        step, slots = rule.update(w, g, slots, float(t), xp)
        rows.append(w := w + step)
    return np.array(rows)


def mean(beta: float, values: np.ndarray) -> np.ndarray:
    """(1 - beta) sum of beta^(t - k) values_k: the running mean from 0, unrolled."""
    return (1 - beta) * beta ** np.arange(len(values))[::-1] @ values


def corrected(beta: float, values: np.ndarray) -> np.ndarray:
    """The weights made to sum to 1."""
    weights = beta ** np.arange(len(values))[::-1]
    return weights @ values / weights.sum()


def belief(g: np.ndarray) -> np.ndarray:
    errors = np.array([g[k] - mean(B1, g[: k + 1]) for k in range(len(g))])
    gathered = mean(B2, errors**2) + EPS * (B2 ** np.arange(len(g))).sum()
    return corrected(B1, g) / (np.sqrt(gathered / (1 - B2 ** len(g))) + EPS)


def yogi(g: np.ndarray) -> np.ndarray:
    s = np.full(SIZE, 0.5)
    for square in g**2:  # up where the square is larger, down where it is smaller
        s = np.where(square > s, s + (1 - B2) * square, np.where(square < s, s - (1 - B2) * square, s))
    return mean(B1, g) / (np.sqrt(s) + EPS)


def yogi_corrected(g: np.ndarray) -> np.ndarray:
    s = np.full(SIZE, 0.5)
    for square in g**2:
        s += (1 - B2) * np.select([square > s, square < s], [square, -square])
    return corrected(B1, g) / (np.sqrt(s / (1 - B2 ** len(g))) + EPS)


def amsgrad(g: np.ndarray) -> np.ndarray:
    squares = [mean(B2, g[: k + 1] ** 2) for k in range(len(g))]
    return mean(B1, g) / (np.sqrt(np.max(squares, axis=0)) + EPS)


def nadam(g: np.ndarray) -> np.ndarray:
    """With a momentum_decay of 0 mu is beta1 / 2 throughout."""
    t, mu = len(g), B1 / 2
    ahead = mu * mean(B1, g) / (1 - mu ** (t + 1)) + (1 - mu) * g[-1] / (1 - mu**t)
    return ahead / (np.sqrt(corrected(B2, g**2)) + EPS)


def adamax(g: np.ndarray) -> np.ndarray:
    ages = np.arange(len(g))[::-1, None]
    return corrected(B1, g) / (B2**ages * (np.abs(g) + EPS)).max(axis=0)


PAPERS: list[tuple[Any, Callable[[np.ndarray], np.ndarray]]] = [
    (AdaBelief(RATE, B1, B2, EPS, EPS), belief),
    (Lion(RATE, B1, B2), lambda g: np.sign(B1 * (mean(B2, g[:-1]) if len(g) > 1 else 0.0) + (1 - B1) * g[-1])),
    (Yogi(RATE, B1, B2, EPS, 0.5, bias_correction=False), yogi),
    (Yogi(RATE, B1, B2, EPS, 0.5), yogi_corrected),
    (SignSGD(RATE), lambda g: np.array([(v > 0) * 1.0 - (v < 0) for v in g[-1]])),
    (AdaGrad(RATE, epsilon=EPS), lambda g: g[-1] / (np.sqrt((g**2).sum(axis=0)) + EPS)),
    (AMSGrad(RATE, B1, B2, EPS, bias_correction=False), amsgrad),
    (AdaMax(RATE, B1, B2, EPS), adamax),
    (Nadam(RATE, B1, B2, EPS, momentum_decay=0.0), nadam),
    (
        RMSProp(RATE, B2, 0.0, EPS, centered=True),
        lambda g: g[-1] / (np.sqrt(mean(B2, g**2) - mean(B2, g) ** 2) + EPS),
    ),
]


@pytest.mark.parametrize(("rule", "direction"), PAPERS, ids=[type(rule).__name__ for rule, _ in PAPERS])
@given(seed=st.integers(0, 10_000))
def test_a_rule_is_its_formula_unrolled(rule, direction, seed):
    gradients = gradients_of(seed)
    steps = [-RATE * direction(gradients[: t + 1]) for t in range(STEPS)]
    np.testing.assert_allclose(points(rule, gradients), 1 + np.cumsum([np.zeros(SIZE), *steps], axis=0), atol=1e-10)


@pytest.mark.parametrize("decay", [0.0, 0.1, 0.9])
@given(seed=st.integers(0, 10_000))
def test_decoupled_decay_shrinks_what_was_there_before_each_step(decay, seed):
    """Every step lives on, shrunk by 1 - rate decay at each step after it."""
    gradients, kept = gradients_of(seed), 1 - RATE * decay
    for rule, plain in (
        (AdamW(RATE, B1, B2, EPS, decay), AdamW(RATE, B1, B2, EPS, 0.0)),
        (Lion(RATE, B1, B2, decay), Lion(RATE, B1, B2)),
    ):
        steps = np.diff(points(plain, gradients), axis=0)
        ages = np.arange(STEPS)[::-1, None]
        np.testing.assert_allclose(
            points(rule, gradients)[-1], kept**STEPS + (kept**ages * steps).sum(axis=0), atol=1e-10
        )
