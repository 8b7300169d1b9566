"""Frozen preconditioners: factors by hand, divisors by hand, and that Adam rings from its threshold on."""

import numpy as np
import pytest

import steepest
from steepest.analysis.preconditioners import MOST, frozen
from steepest.methods import Adagrad, Adam, Nadam, RMSprop

G = np.array([1.0, -3.0, 1e-4])


@pytest.mark.parametrize(
    ("rule", "factor"),
    [
        (Adam(), 38.0),
        (Adam(beta1=0.0), 2.0),
        (Adam(beta1=0.5), 6.0),
        (steepest.methods.AdamW(), 38.0),
        (steepest.methods.AMSGrad(), 38.0),
        (steepest.methods.RAdam(), 38.0),
        (Nadam(), 3.8 / 2.8 / 0.1),  # Nesterov's with the rate times 1 - beta1
        (RMSprop(), 2.0),
        (RMSprop(momentum=0.9), 3.8),
        (Adagrad(), 2.0),
        (steepest.methods.ScheduleFreeAdam(), 20.0),
    ],
)
def test_the_factor_and_the_divisors(rule, factor):
    """(2 + 2 beta1) / (1 - beta1) of an averaged momentum, 2 (1 + momentum) of a heavy ball; D is |g|."""
    found = frozen(rule, G)
    assert found.factor == pytest.approx(factor, rel=2e-3)
    np.testing.assert_allclose(found.divisors, np.abs(G), rtol=2e-3)
    assert found.first == isinstance(rule, Adagrad)


def test_epsilon_is_in_the_divisors():
    found = frozen(Adam(epsilon=0.5), np.array([2.0, 0.0]))
    np.testing.assert_allclose(found.divisors, [2.5, 0.5], rtol=1e-3)


def test_many_variables_are_interpolated():
    g = np.append(np.random.default_rng(0).lognormal(0, 3, 3 * MOST), 0.0)
    found = frozen(Adam(epsilon=1e-3), g)
    np.testing.assert_allclose(found.divisors[:-1], (g + 1e-3)[:-1], rtol=2e-3)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("signsgd", "size of its steps"),
        ("lion", "size of its steps"),
        ("adadelta", "grow as it runs"),
        ("gradient_descent", "not one linear function"),
        ("lbfgs", "not one linear function"),
    ],
)
def test_why_there_is_none(name, why):
    assert why in frozen(steepest.methods.find(name)(), G)


@pytest.mark.parametrize(("share", "rings"), [(0.95, False), (1.05, True)])
def test_a_frozen_adam_rings_from_its_threshold_on(share, rings):
    """beta2 so near 1 that the sizes stay what many gradients of 1 make them."""
    from steepest.base.xp import numpy_functions as xp

    curvature = 5.0
    rule = Adam(share * frozen(Adam(), np.ones(1)).factor / curvature, beta2=1 - 1e-12)
    w, slots = np.array([1e-6]), (np.zeros(1), np.ones(1))
    for _ in range(3000):
        step, slots = rule.update(w, curvature * w, slots, 1e15, xp)
        w = w + step
        slots = (slots[0], np.ones(1))
    assert (abs(w[0]) > 1e-3) == rings
