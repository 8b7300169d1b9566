"""Step-by-step parity with two independent peers, torch (recorded, and live where it is installed) and optax (live),
200 steps of stable runs on three problems: an ill-conditioned quadratic, Rosenbrock's valley, least squares on digits.
"""

import importlib.util
import json
from functools import cache
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import steepest
from steepest.methods import Adam, GradientDescent, Momentum, Nesterov, NesterovLookahead

HERE = Path(__file__).parent


def load_recorder() -> Any:
    spec = importlib.util.spec_from_file_location("record_torch", HERE / "record_torch.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


recorder = load_recorder()
REFERENCE = json.loads((HERE / "torch_reference.json").read_text())
STEPS = recorder.STEPS
PROBLEMS = [*recorder.PROBLEMS]


@cache
def problem_of(name: str) -> Any:
    if name == "quadratic":
        return steepest.gallery.ill_conditioned_quadratic(n=4, condition=recorder.CONDITION)
    if name == "rosenbrock":
        return steepest.gallery.rosenbrock()
    return steepest.LinearModel(*recorder.digits())


def ours(problem: str, rule: Any, engine: str = "auto") -> np.ndarray:
    """Our rows, (steps + 1, n)."""
    w0 = recorder.PROBLEMS[problem]["w0"]
    run = steepest.minimize(
        problem_of(problem), w0, rule, max_iter=STEPS, grad_tol=None, record=("w", "f"), engine=engine
    )
    assert run.nit == STEPS
    return run.history.w


def assert_equal(rows: Any, peers: Any) -> None:
    """To 1e-10 of the largest weight, at every row."""
    peers = np.asarray(peers)
    assert np.abs(rows - peers).max() <= 1e-10 * np.abs(peers).max()


# -- torch ---------------------------------------------------------------------------------------------------------


def rules_like_torch(optimizer: str, options: dict[str, Any]) -> list[Any]:
    """Our rules that make torch's steps."""
    if optimizer == "Adam":
        return [Adam(options["lr"], *options["betas"])]
    rate, momentum = options["lr"], options["momentum"]
    if options["nesterov"]:
        return [Nesterov(rate, momentum)]
    rules = [Momentum(rate, momentum), Momentum(rate, momentum, rate_outside=True)]
    return rules if momentum else [GradientDescent(rate), Nesterov(rate, 0.0), NesterovLookahead(rate, 0.0), *rules]


def spell(run: dict[str, Any]) -> str:
    return f"{run['problem']}-{run['optimizer']}-{'-'.join(str(v) for v in run['options'].values())}"


@pytest.mark.parametrize("run", REFERENCE["runs"], ids=spell)
def test_rows_equal_torchs_recorded_ones(run):
    wanted = {int(t): [float(v) for v in row] for t, row in run["rows"].items()}
    for rule in rules_like_torch(run["optimizer"], run["options"]):
        for engine in ("auto", "python"):
            rows = ours(run["problem"], rule, engine)
            assert_equal(rows[[*wanted]], [*wanted.values()])


def test_torch_where_installed_gives_what_was_recorded_and_the_record_is_whole():
    runs = {(run["problem"], run["optimizer"], str(run["options"])): run for run in REFERENCE["runs"]}
    assert runs.keys() == {(problem, optimizer, str(options)) for problem, optimizer, options in recorder.cases()}
    assert "torch" in REFERENCE["versions"]
    assert (HERE / "torch_reference.json").stat().st_size < 60_000
    if importlib.util.find_spec("torch") is not None:
        for problem, optimizer, options in recorder.cases():
            path = recorder.trajectory(problem, optimizer, options)
            for rule in rules_like_torch(optimizer, options):
                assert_equal(ours(problem, rule), path)


# -- optax ---------------------------------------------------------------------------------------------------------


def objective(problem: str) -> Any:
    """The problem in JAX's functions, differentiated by JAX."""
    if problem == "quadratic":
        curvatures = jnp.asarray(np.geomspace(1.0, recorder.CONDITION, 4))
        return lambda w: 0.5 * jnp.sum(curvatures * w * w)
    if problem == "rosenbrock":
        return lambda w: 100 * (w[1] - w[0] ** 2) ** 2 + (1 - w[0]) ** 2
    X, y = (jnp.asarray(part) for part in recorder.digits())
    return lambda w: 0.5 * jnp.mean((X @ w[1:] + w[0] - y) ** 2)


def optax_rows(problem: str, make: Any, settings: np.ndarray) -> np.ndarray:
    """(settings, steps + 1, n): a run of ``make(*setting)`` for each row of ``settings``, vmapped, in one program."""
    with jax.enable_x64(True):
        w0, gradient = jnp.asarray(recorder.PROBLEMS[problem]["w0"]), jax.grad(objective(problem))

        def path(setting):
            method = make(*setting)

            def step(carry, _):
                w, state = carry
                updates, state = method.update(gradient(w), state, w)
                w = optax.apply_updates(w, updates)
                return (w, state), w

            rows = jax.lax.scan(step, (w0, method.init(w0)), None, length=STEPS)[1]
            return jnp.concatenate([w0[None], rows])

        return np.asarray(jax.jit(jax.vmap(path))(jnp.asarray(settings)))


RATES = {
    "quadratic": np.geomspace(1e-4, 0.0125, 8), "rosenbrock": np.geomspace(1e-6, 5e-4, 8),
    "digits": np.geomspace(1e-3, 0.1, 8),
}  # fmt: skip
MOMENTA = (0.0, 0.3, 0.5, 0.8, 0.9)
BETAS = ((0.9, 0.999, 1e-8), (0.5, 0.999, 1e-8), (0.9, 0.99, 1e-6), (0.95, 0.999, 1e-3))
"""beta1, beta2, epsilon. With a short memory (beta2 0.9) Adam's steps near a minimum are those of the gradient's sign,
and rounding decides them: such runs part after some hundred steps in any two programs."""


def with_rates(problem: str, others: Any, rates: Any = None) -> np.ndarray:
    rates = RATES[problem] if rates is None else rates
    return np.array([(rate, *np.atleast_1d(other)) for rate in rates for other in others])


@pytest.mark.parametrize("problem", PROBLEMS)
def test_momentum_equals_optax_sgd(problem):
    settings = with_rates(problem, MOMENTA)
    for (rate, momentum), peers in zip(settings, optax_rows(problem, optax.sgd, settings), strict=True):
        assert_equal(ours(problem, Momentum(rate, momentum)), peers)
        if momentum == 0:
            assert_equal(ours(problem, GradientDescent(rate)), peers)


@pytest.mark.parametrize("problem", PROBLEMS)
def test_nesterov_equals_optax_sgd_with_nesterov(problem):
    def make(rate, momentum):
        return optax.sgd(rate, momentum, nesterov=True)

    settings = with_rates(problem, MOMENTA)
    for (rate, momentum), peers in zip(settings, optax_rows(problem, make, settings), strict=True):
        assert_equal(ours(problem, Nesterov(rate, momentum)), peers)


@pytest.mark.parametrize("problem", PROBLEMS)
def test_adam_equals_optax(problem):
    settings = with_rates(problem, BETAS, np.geomspace(1e-4, 0.01, 6))
    for setting, peers in zip(settings, optax_rows(problem, optax.adam, settings), strict=True):
        assert_equal(ours(problem, Adam(*setting)), peers)


# -- second derivations ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("problem", PROBLEMS)
@pytest.mark.parametrize("momentum", MOMENTA)
def test_nesterov_is_the_lookahead_form_seen_ahead_of_w(problem, momentum):
    """Sutskever's w plus momentum times its velocity is torch's w."""
    for rate in RATES[problem][::3]:
        lookahead = ours(problem, NesterovLookahead(rate, momentum))
        velocity = np.diff(lookahead, axis=0, prepend=lookahead[:1])
        assert_equal(lookahead + momentum * velocity, ours(problem, Nesterov(rate, momentum)))


@pytest.mark.parametrize("problem", PROBLEMS)
@pytest.mark.parametrize("momentum", MOMENTA)
def test_under_a_constant_rate_it_may_stand_inside_or_outside_the_velocity(problem, momentum):
    for rate in RATES[problem][::3]:
        outside = ours(problem, Momentum(rate, momentum, rate_outside=True))
        assert_equal(ours(problem, Momentum(rate, momentum)), outside)


def test_under_a_changing_rate_inside_and_outside_differ():
    """The rate inside is the one in force when a gradient was added; the rate outside scales the whole velocity."""
    from steepest.base.xp import numpy_functions as xp

    ends = []
    for outside in (False, True):
        w = np.zeros(1)
        slots = Momentum().init(w, xp)
        for t, rate in enumerate((1.0, 0.1), start=1):
            step, slots = Momentum(rate, 0.5, outside).update(w, np.array([1.0]), slots, float(t), xp)
            w = w + step
        ends.append(w.item())
    assert ends == pytest.approx([-1 + (-0.5 - 0.1), -1 - 0.1 * (0.5 + 1)])
