"""Step-by-step parity with optax on three problems, up to 1,000 steps: to 1e-10 of the largest weight up to the step
where optax itself is moved by rounding (record_torch.horizon_of); with epsilon 1e-3 at the lowest rates, for all steps.
"""

import importlib.util
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from steepest.base.xp import numpy_functions as xp
from steepest.methods import (
    AdaBelief,
    Adadelta,
    AdaGrad,
    Adam,
    AdaMax,
    AdamW,
    AMSGrad,
    Lion,
    Momentum,
    Nadam,
    Nesterov,
    RAdam,
    RMSProp,
    Rprop,
    SignSGD,
    Yogi,
)  # fmt: skip

spec = importlib.util.spec_from_file_location("peers", Path(__file__).with_name("peers.py"))
peers = importlib.util.module_from_spec(spec)
spec.loader.exec_module(peers)
STEPS, PARTS, recorder = peers.STEPS, peers.PARTS, peers.recorder

BETAS = [(0.9, 0.999, 1e-8), (0.5, 0.99, 1e-6), (0.95, 0.999, 1e-3), (0.8, 0.99, 1e-3)]
"""beta1, beta2, epsilon."""
MOMENTA: list[tuple[float, ...]] = [(momentum,) for momentum in (0.0, 0.3, 0.5, 0.8, 0.9)]


def adam_like(*more: tuple[float, ...]) -> list[tuple[float, ...]]:
    return [(*betas, *others) for betas in BETAS for others in more]


CASES: dict[str, tuple[Any, Any, Any, list[tuple[float, ...]]]] = {
    # name: (optax of (rate, *others), ours of the same, the place of epsilon among others, others)
    "momentum": (optax.sgd, Momentum, None, MOMENTA),
    "momentum outside": (optax.sgd, lambda rate, momentum: Momentum(rate, momentum, rate_outside=True), None, MOMENTA),
    "nesterov": (lambda rate, momentum: optax.sgd(rate, momentum, nesterov=True), Nesterov, None, MOMENTA),
    "adagrad": (
        optax.adagrad,
        lambda rate, start, eps: AdaGrad(rate, initial_accumulator=start, epsilon=eps, epsilon_inside=True),
        1, [(0.1, 1e-7), (0.0, 1e-10), (1.0, 1e-3), (0.0, 1e-3)],
    ),
    "rmsprop": (
        lambda rate, decay, eps, start, momentum: optax.rmsprop(rate, decay, eps, start, momentum=momentum),
        lambda rate, decay, eps, start, momentum: RMSProp(rate, decay, momentum, eps, start, epsilon_inside=True),
        1, [(0.9, 1e-8, 0.0, 0.0), (0.99, 1e-8, 1.0, 0.5), (0.99, 1e-3, 0.0, 0.0), (0.9, 1e-3, 0.1, 0.9)],
    ),
    "rmsprop outside": (
        lambda rate, decay, eps, momentum: optax.rmsprop(rate, decay, eps, eps_in_sqrt=False, momentum=momentum),
        lambda rate, decay, eps, momentum: RMSProp(rate, decay, momentum, eps),
        1, [(0.9, 1e-8, 0.0), (0.99, 1e-3, 0.5)],
    ),
    "rmsprop centered": (
        lambda rate, decay, eps, momentum: optax.rmsprop(rate, decay, eps, centered=True, momentum=momentum),
        lambda rate, decay, eps, momentum: RMSProp(rate, decay, momentum, eps, centered=True, epsilon_inside=True),
        1, [(0.9, 1e-8, 0.0), (0.99, 1e-6, 0.5), (0.99, 1e-3, 0.0), (0.9, 1e-3, 0.5)],
    ),
    "adadelta": (optax.adadelta, Adadelta, 1, [(0.9, 1e-6), (0.95, 1e-4), (0.9, 1e-3), (0.5, 1e-3)]),
    "adam": (optax.adam, Adam, 2, adam_like((0.0,), (1e-6,))),
    "adamw": (
        lambda rate, b1, b2, eps, root, decay: optax.adamw(rate, b1, b2, eps, root, weight_decay=decay),
        lambda rate, b1, b2, eps, root, decay: AdamW(rate, b1, b2, eps, decay, root),
        2, adam_like((0.0, 0.01), (1e-6, 0.3)),
    ),
    "amsgrad": (
        optax.amsgrad,
        lambda rate, *others: AMSGrad(rate, *others, corrected_maximum=True),
        2, adam_like((0.0,), (1e-6,)),
    ),
    "amsgrad uncorrected": (
        lambda *others: optax.amsgrad(*others, bias_correction_mu=False, bias_correction_nu=False),
        lambda *others: AMSGrad(*others, bias_correction=False),
        2, adam_like((0.0,)),
    ),
    "adamax": (optax.adamax, AdaMax, 2, adam_like(())),
    "nadam": (
        optax.nadam,
        lambda rate, b1, b2, eps, root: Nadam(rate, b1, b2, eps, momentum_decay=1e6, epsilon_root=root),
        2, adam_like((0.0,), (1e-6,)),
    ),
    "radam": (
        optax.radam,
        lambda rate, b1, b2, eps, root: RAdam(rate, b1, b2, eps, root, corrected_epsilon=True),
        2, adam_like((0.0,), (1e-6,)),
    ),
    "adabelief": (
        optax.adabelief,
        AdaBelief,
        2,
        [(0.9, 0.999, 1e-16, 1e-16), (0.9, 0.999, 1e-8, 1e-8), (0.5, 0.99, 1e-6, 1e-12), (0.95, 0.999, 1e-3, 0.0)],
    ),
    "yogi": (
        optax.yogi, lambda rate, *betas: Yogi(rate, *betas, initial_mean=1e-6), 2,
        [*BETAS, (0.9, 0.999, 1e-3), (0.5, 0.9, 1e-3)],
    ),
    "lion": (
        lambda rate, b1, b2, decay: optax.lion(rate, b1, b2, weight_decay=decay), Lion, None,
        [(0.9, 0.99, 0.0), (0.5, 0.9, 0.1), (0.95, 0.98, 1e-3)],
    ),
    "sign_sgd": (optax.sign_sgd, SignSGD, None, [()]),
}  # fmt: skip
SCALED = {"quadratic": (0.0011, 0.021, 0.31), "rosenbrock": (0.0011, 0.011, 0.031), "digits": (0.00041, 0.0021, 0.021)}
SLOPED = {"quadratic": (0.002, 0.008, 0.012), "rosenbrock": (1e-5, 1e-4, 5e-4), "digits": (0.0021, 0.011, 0.051)}
LOWER = {
    "quadratic": (0.00011, 0.021, 0.31),
    "rosenbrock": (0.00011, 0.011, 0.031),
    "digits": (0.000011, 0.0021, 0.021),
}
RATES = {
    "momentum": SLOPED, "momentum outside": SLOPED, "nesterov": SLOPED,
    "radam": SLOPED | {"quadratic": (0.0011, 0.0041, 0.0081)},  # its first five steps are as long as the gradient
    "rmsprop": LOWER, "rmsprop outside": LOWER, "rmsprop centered": LOWER,  # see record_torch.LOWER
    "nadam": SCALED | {"rosenbrock": (0.0011, 0.0041, 0.031)},
    "adadelta": dict.fromkeys(SCALED, (0.001, 0.5, 1.0)),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_rows_equal_optaxs(name):
    theirs, make, epsilon, settings = CASES[name]
    rates = RATES.get(name, SCALED)
    others, at_lowest = np.array(settings * 3), np.arange(3 * len(settings)) < len(settings)
    by_part = [np.outer(np.repeat(rates[problem], len(settings)), 1 + 0 * part) for problem, part in PARTS.items()]
    vectors = np.concatenate(by_part, axis=1)
    found, wanted = peers.our_rows(make, vectors, others), peers.optax_rows(theirs, vectors, others)
    for k, setting in enumerate(others):
        for problem, part in PARTS.items():
            clean, *moved = (wanted[:, k, lane, part] for lane in range(peers.LANES))
            steady = epsilon is not None and setting[epsilon] == 1e-3 and at_lowest[k]
            horizon = STEPS if steady else recorder.horizon_of(clean, moved)
            distance = peers.apart(found[: horizon + 1, k, part], clean[: horizon + 1])
            assert distance <= 1e-10, (problem, rates[problem], setting, horizon)


# -- the defaults, and what differs at them --------------------------------------------------------------------------

FIRST_STEPS = [
    # at the defaults of both, rate 0.1, w = 1, gradient 2: optax, ours, optax's step, ours
    (optax.adagrad, AdaGrad, -0.1 * 2 / 4.1**0.5, -0.1),
    (optax.rmsprop, RMSProp, -0.1 / 0.1**0.5, -0.1 / 0.01**0.5),
    (optax.adadelta, Adadelta, -0.1 * 2 * (1e-6 / (0.4 + 1e-6)) ** 0.5, -0.1 * 2 * (1e-6 / (0.4 + 1e-6)) ** 0.5),
    (optax.adamw, AdamW, -0.1 * (1 + 1e-4), -0.1 * (1 + 0.01)),
    (optax.amsgrad, AMSGrad, -0.1, -0.1),
    (optax.adamax, AdaMax, -0.1, -0.1),
    (optax.nadam, Nadam, -0.1 * (0.9 * 0.1 / 0.19 + 1),
     -0.1 * (1 + (0.9 * (1 - 0.5 * 0.96**0.008)) * 0.1
             / (1 - (0.9 * (1 - 0.5 * 0.96**0.004)) * (0.9 * (1 - 0.5 * 0.96**0.008))))),
    (optax.radam, RAdam, -0.2, -0.2),
    (optax.adabelief, AdaBelief, -0.1 / 0.9, -0.1 / 0.9),
    (optax.yogi, Yogi, -0.1 * (0.9e-6 + 0.2) / 0.1 / ((4.001 - 1e-9) ** 0.5 + 1e-3), -0.1 * 2 / (4.001**0.5 + 1e-3)),
    (optax.lion, Lion, -0.1 * (1 + 1e-3), -0.1),
    (optax.sign_sgd, SignSGD, -0.1, -0.1),
    (optax.rprop, Rprop, 0.0, -0.1),  # another algorithm: each step is made one update late
]  # fmt: skip


@pytest.mark.parametrize(
    ("theirs", "ours", "first", "our_first"), FIRST_STEPS, ids=[cls.__name__ for _, cls, *_ in FIRST_STEPS]
)
def test_the_first_steps_at_the_defaults(theirs, ours, first, our_first):
    with jax.enable_x64(True):
        method, w, g = theirs(0.1), jnp.array([1.0]), jnp.array([2.0])
        step = float(method.update(g, method.init(w), w)[0][0])
    assert step == pytest.approx(first, rel=1e-6, abs=1e-15)
    step, _ = ours(0.1).update(np.array([1.0]), np.array([2.0]), ours(0.1).init(np.array([1.0]), xp), 1.0, xp)
    assert step.item() == pytest.approx(our_first, rel=1e-6)


def test_optaxs_rprop_makes_our_steps_one_update_late_where_no_sign_turns():
    gradients = [2.0, 1.0, 3.0, 0.5, 4.0]
    rule, w = Rprop(0.1), np.zeros(1)
    slots, ours, theirs = rule.init(w, xp), [], []
    with jax.enable_x64(True):
        method = optax.rprop(0.1)
        state = method.init(jnp.zeros(1))
        for t, g in enumerate(gradients, start=1):
            step, slots = rule.update(w, np.array([g]), slots, float(t), xp)
            late, state = method.update(jnp.array([g]), state, jnp.zeros(1))
            ours.append(step.item())
            theirs.append(float(late[0]))
    np.testing.assert_allclose(theirs, [0.0, *ours[:-1]], rtol=1e-12)
