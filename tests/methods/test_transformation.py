"""Any optax transformation as a method."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import steepest
from steepest.base.errors import ArgumentError, ArgumentTypeError

TRANSFORMATIONS = {
    "sgd": optax.sgd(0.001, 0.9),
    "adam": optax.adam(0.02),
    "chain": optax.chain(optax.clip_by_global_norm(1.0), optax.scale_by_adam(), optax.scale(-0.02)),
    "scheduled": optax.adamw(optax.cosine_decay_schedule(0.05, 100)),
    "lamb": optax.lamb(0.01),
    "polyak": optax.polyak_sgd(max_learning_rate=0.001),
    "masked": optax.partition({"a": optax.adam(0.02), "b": optax.set_to_zero()}, lambda tree: {"x": "a", "y": "b"}),
}


def by_optax(f, transformation, w0, updates):
    """Its own loop, in double precision: the rows of w, each as one vector."""
    with jax.enable_x64(True):
        w = jax.tree_util.tree_map(jnp.asarray, w0)
        state, rows = transformation.init(w), [w]
        for _ in range(updates):
            value, g = jax.value_and_grad(f)(w)
            takes_more = isinstance(transformation, optax.GradientTransformationExtraArgs)
            more = {"value": value, "grad": g} if takes_more else {}
            change, state = transformation.update(g, state, w, **more)
            w = optax.apply_updates(w, change)
            rows.append(w)
        return np.array([np.concatenate([np.ravel(leaf) for leaf in jax.tree_util.tree_leaves(row)]) for row in rows])


@pytest.mark.parametrize("name", [name for name in TRANSFORMATIONS if name != "masked"])
@pytest.mark.parametrize("engine", ["jax", "python"])
def test_makes_the_steps_of_optax(name, engine):
    def valley(w):
        return 100 * (w[1] - w[0] ** 2) ** 2 + (1 - w[0]) ** 2

    run = steepest.minimize(valley, [-1.2, 1.0], TRANSFORMATIONS[name], engine=engine, max_iter=100, grad_tol=None)
    rows = by_optax(valley, TRANSFORMATIONS[name], np.array([-1.2, 1.0]), 100)
    assert run.engine == engine
    assert np.abs(run.history.w - rows).max() <= 1e-10 * np.abs(rows).max()


def test_sees_w_in_the_users_own_shape():
    start = {"x": np.array([[1.0, 2.0], [0.5, -1.0]]), "y": np.array([3.0])}

    def bowl(w):
        return (w["x"] ** 2).sum() + 2 * (w["y"] ** 2).sum()

    run = steepest.minimize(bowl, start, TRANSFORMATIONS["masked"], max_iter=30, grad_tol=None)
    assert run.w["y"] == 3.0
    np.testing.assert_allclose(run.history.w, by_optax(bowl, TRANSFORMATIONS["masked"], start, 30), rtol=1e-12)


def test_a_matrix_is_one_to_muon():
    start = np.array([[1.0, 2.0, 0.3], [0.5, -1.0, 0.2]])

    def bowl(w):
        return (w**2 * jnp.array([1.0, 2.0, 3.0])).sum()

    transformation = optax.contrib.muon(0.02)
    run = steepest.minimize(bowl, start, transformation, max_iter=30, grad_tol=None)
    np.testing.assert_allclose(run.history.w, by_optax(bowl, transformation, start, 30), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("batch_size", [None, 8])
@pytest.mark.parametrize("engine", ["auto", "jax", "python"])
def test_trains_a_linear_model(batch_size, engine):
    random = np.random.default_rng(0)
    X = random.normal(size=(40, 3))
    model = steepest.LinearModel(X, X @ [1.0, 2.0, -1.0])
    asked = {"batch_size": batch_size, "max_iter": 20, "grad_tol": None}
    run = steepest.minimize(model, method=optax.sgd(0.01, 0.9), engine=engine, **asked)
    ours = steepest.minimize(model, method="momentum", learning_rate=0.01, **asked)
    assert run.engine == ("python" if engine == "auto" else engine)
    np.testing.assert_allclose(run.history.w, ours.history.w, rtol=1e-10, atol=1e-13)


def test_an_opaque_function_with_a_gradient_of_its_own_is_fine():
    run = steepest.minimize(lambda w: float(w[0] ** 2), [1.0], optax.sgd(0.1), grad=lambda w: 2 * w, max_iter=3)
    np.testing.assert_allclose(run.history.w[:, 0], [1.0, 0.8, 0.64, 0.512])
    assert "optax" in repr(run)


def test_replay_asks_for_the_transformation(tmp_path):
    transformation = optax.adam(0.1)
    run = steepest.minimize("x^2", [1.0], transformation, max_iter=5)
    assert np.array_equal(run.replay().history.w, run.history.w)
    run.save(tmp_path / "run.npz")
    loaded = steepest.load(tmp_path / "run.npz")
    assert np.array_equal(loaded.replay(method=transformation).history.w, run.history.w)
    with pytest.raises(ArgumentError, match=r"method 'optax' is not one of ours; pass replay\(method="):
        loaded.replay()


def test_takes_modifiers():
    clipped = steepest.minimize("x^2", [1.0], optax.sgd(0.1), clip_norm=0.5, max_iter=1)
    assert clipped.w[0] == pytest.approx(0.95)


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: steepest.minimize("x^2", [1.0], optax.lbfgs()), ArgumentError, r"^method: this .* use method='lbfgs'"),
        (
            lambda: steepest.minimize("x^2", [1.0], optax.sgd(0.1), learning_rate=0.2),
            ArgumentTypeError,
            r"^learning_rate belongs to ",
        ),
        (
            lambda: steepest.minimize(
                steepest.LinearModel(np.eye(2), [0.0, 1.0]), method=optax.sgd(0.1), engine="numba"
            ),
            ArgumentError,
            r"^engine='numba' cannot run this: optax runs in python or jax; use engine='auto'$",
        ),
        (lambda: steepest.minimize("x^2", [1.0], optax.adam), ArgumentTypeError, r"^method must be "),
    ],
)
def test_what_does_not_fit_is_one_sentence(call, error, says):
    with pytest.raises(error, match=says) as caught:
        call()
    assert "\n" not in str(caught.value)
