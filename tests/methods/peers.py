"""What the parity tests share: our rows, and optax's rows with the step up to which they count. Rules are compared, so
that all gradients are those of record_torch.py, the same bits for everyone."""

import importlib.util
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

import steepest
from steepest.base.xp import numpy_functions as xp

HERE = Path(__file__).parent


def load(name: str) -> Any:
    """A module that lies beside the tests, which are no package."""
    spec = importlib.util.spec_from_file_location(name, HERE / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


recorder = load("record_torch")
STEPS = recorder.STEPS
STARTS = {name: np.array(start) for name, start in recorder.STARTS.items()}
LANES = 4
"""A run of optax, and three with their gradients moved."""
PARTS = dict(zip(STARTS, np.split(np.arange(71), [4, 6]), strict=True))
"""Where each problem lies in a vector that holds all three."""


def ours(problem: str, rule: Any, steps: int = STEPS, engine: str = "python") -> np.ndarray:
    """Our rows, (steps + 1, n), through the front door."""
    at_0 = recorder.slope(problem, 0 * STARTS[problem])

    def value(w: np.ndarray) -> float:
        if problem == "rosenbrock":
            return 100 * (w[1] - w[0] ** 2) ** 2 + (1 - w[0]) ** 2
        return 0.5 * w @ (recorder.slope(problem, w) + at_0)

    run = steepest.minimize(
        value, STARTS[problem], rule, grad=lambda w: recorder.slope(problem, w), max_iter=steps, grad_tol=None,
        engine=engine,
    )  # fmt: skip
    assert run.nit == steps
    return run.history.w


def apart(rows: Any, peers: Any) -> float:
    """The largest distance of two paths, as a part of the largest weight."""
    return float(np.abs(rows - peers).max() / np.abs(peers).max())


def assert_equal(rows: Any, peers: Any) -> None:
    """To 1e-10 of the largest weight, at every row."""
    assert apart(rows, np.asarray(peers)) <= 1e-10


# -- all problems and settings at once -------------------------------------------------------------------------------


def slopes(w: np.ndarray) -> np.ndarray:
    """The gradients of the three problems at w (..., 71), each at its part."""
    return np.concatenate([recorder.slope(problem, w[..., part]) for problem, part in PARTS.items()], axis=-1)


def start(*lanes: int) -> np.ndarray:
    return np.tile(np.concatenate([*STARTS.values()]), (*lanes, 1))


def our_rows(make: Any, rates: np.ndarray, others: np.ndarray) -> np.ndarray:
    """(steps + 1, settings, 71): the rows of the rules ``make(rate, *others)``, whose fields are arrays here: ``rates``
    (settings, 71) and ``others`` (settings, fields)."""
    rule, w = make(rates, *others.T[:, :, None]), start(len(others))
    slots, rows = tuple(slot + 0 * w for slot in rule.init(w, xp)), [w]
    for t in range(STEPS):
        step, slots = rule.update(w, slopes(w), slots, t + 1.0, xp)
        rows.append(w := w + step)
    return np.array(rows)


def optax_rows(make: Any, rates: np.ndarray, others: np.ndarray) -> np.ndarray:
    """(steps + 1, settings, LANES, 71): the rows of ``make(rate, *others)``, and again with gradients moved by one
    unit in the last place. The update is one compiled program, the gradients are NumPy's."""
    w, random = start(len(others), LANES), np.random.default_rng(1)
    rows = [w]
    with jax.enable_x64(True):

        def move(rate, other, w, g, state):
            updates, state = make(rate, *other).update(g, state, w)
            return w + updates, state

        states = jax.vmap(lambda rate, other, w: make(rate, *other).init(w))(rates, others, w)
        step = jax.jit(jax.vmap(move))
        for _ in range(STEPS):
            g = slopes(w)
            g[:, 1:] = recorder.nudged(g[:, 1:], random)
            found, states = step(rates, others, jnp.asarray(w), jnp.asarray(g), states)
            rows.append(w := np.asarray(found))
    return np.array(rows)
