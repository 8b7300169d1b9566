"""Hessians against jax.hessian of the same objective written out, and against X'X."""

import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.sparse as sp

import steepest
from steepest.analysis.hessians import dense, hessian_at
from steepest.engines.jax.objectives import objective_of
from steepest.problems import losses
from steepest.problems.limited import limited
from steepest.problems.negated import Negated
from steepest.verbs.subject import subject

ROWS, COLUMNS = 90, 4
KINKED = {"absolute_error", "epsilon_insensitive", "hinge", "perceptron", "quantile"}


def targets(name, rng):
    if name == "multinomial_log_loss":
        return rng.integers(0, 3, ROWS)
    if name == "poisson":
        return rng.poisson(2, ROWS).astype(float)
    classes = losses.find(name).kind == "classification"
    return rng.integers(0, 2, ROWS) if classes else rng.standard_normal(ROWS)


def layouts(X):
    return {
        "C": np.ascontiguousarray(X), "Fortran": np.asfortranarray(X), "float32": X.astype(np.float32),
        "CSR": sp.csr_matrix(X), "strided": np.repeat(X, 2, axis=0)[::2],
    }  # fmt: skip


def reference(model, X, w):
    """jax.hessian of the model's objective, its data as a dense array, l1 left out."""
    S = np.ones(ROWS) if model.weights is None else model.weights
    if model.columns is not None:
        X = (X - model.columns.centre) * model.columns.factor

    def value(w):
        shaped = w if model.outputs_per_row == 1 else w.reshape(-1, model.outputs_per_row)
        o = X @ shaped[model.base :] + (shaped[0] if model.base else 0.0)
        if model.coupled:
            each = jax.scipy.special.logsumexp(o, axis=1) - o[np.arange(ROWS), model.y.astype(int)]
        else:
            each = model.loss.value(o, model.y, jnp).reshape(ROWS, -1).sum(axis=1)
        total = (S * each).sum() * model.share
        return total if model.l2_each is None else total + 0.5 * (model.l2_each * w * w).sum()

    with jax.enable_x64(True):
        return np.array(jax.jit(jax.hessian(value))(w))


def close(found, wanted, part=1e-12):
    assert found == pytest.approx(wanted, abs=part * max(1e-300, float(np.abs(wanted).max())))


@pytest.mark.parametrize("layout", ["C", "CSR"])
@pytest.mark.parametrize("name", losses.names())
def test_linear_models_of_every_loss(name, layout):
    rng = np.random.default_rng(1)
    X = rng.standard_normal((ROWS, COLUMNS)) * (rng.random((ROWS, COLUMNS)) < 0.6)
    model = steepest.LinearModel(
        layouts(X)[layout], targets(name, rng), loss=name, penalty="elasticnet", alpha=0.3,
        sample_weight=rng.random(ROWS), reduction="sum" if layout == "CSR" else "mean",
    )  # fmt: skip
    w = 0.3 * rng.standard_normal(model.n)
    hessian = hessian_at(model, w)
    found, wanted = dense(hessian), reference(model, X, w)
    close(found, wanted)
    close(np.linalg.eigvalsh(found), np.linalg.eigvalsh(wanted))
    V = rng.standard_normal((model.n, 3))
    close(hessian.block(V), wanted @ V)
    close(hessian.apply(V[:, 0]), wanted @ V[:, 0])
    assert not hessian.smooth  # l1
    assert hessian_at(model.with_(l1=0.0), w).smooth == (name not in KINKED)
    assert hessian.note == "exact, from the data"


@pytest.mark.parametrize("layout", ["Fortran", "float32", "strided", "scaled", "no intercept", "multi"])
def test_linear_models_of_every_form(layout):
    rng = np.random.default_rng(2)
    X = (rng.standard_normal((ROWS, COLUMNS)) + 3.0).astype(np.float32).astype(float)
    y, loss = rng.integers(0, 2, ROWS), "log_loss"
    if layout == "multi":
        y, loss = rng.standard_normal((ROWS, 3)), "huber"
    model = steepest.LinearModel(
        layouts(X).get(layout, X), y, loss=loss, penalty="l2", alpha=0.1, fit_intercept=layout != "no intercept"
    )
    model = model.rescaled() if layout == "scaled" else model
    w = 0.2 * rng.standard_normal(model.n)
    hessian, wanted = hessian_at(model, w), reference(model, X, w)
    close(dense(hessian), wanted)
    close(hessian.apply(w), wanted @ w)


@pytest.mark.parametrize("outputs", [1, 3])
def test_least_squares_is_gram(outputs):
    rng = np.random.default_rng(3)
    X = rng.standard_normal((5000, 20))  # several blocks of rows
    model = steepest.LinearModel(X, rng.standard_normal((5000, outputs)).squeeze(), reduction="sum")
    Z = np.column_stack([np.ones(5000), X])
    hessian = hessian_at(model, np.full(model.n, 7.0))
    close(dense(hessian), np.kron(Z.T @ Z, np.eye(outputs)))
    assert hessian.spent == 1
    hessian.block(np.eye(model.n)[:, :5])
    assert hessian.spent == 3  # the second derivatives, then one pass for all five


def test_the_bits_do_not_depend_on_the_number_of_threads(monkeypatch):
    rng = np.random.default_rng(4)
    X, w = rng.standard_normal((40_000, 30)), rng.standard_normal(31)
    model = steepest.LinearModel(X, rng.integers(0, 2, 40_000), loss="log_loss")
    found = []
    for threads in ("1", "3"):
        monkeypatch.setenv("STEEPEST_NUM_THREADS", threads)
        hessian = hessian_at(model, w)
        found.append((dense(hessian), hessian.apply(w)))
    assert np.array_equal(found[0][0], found[1][0])
    assert np.array_equal(found[0][1], found[1][1])


class Cubed:
    """A loss of a user's without a second derivative."""

    kind = "regression"
    _fields = ()

    def value(self, o, y, xp):
        return xp.abs(o - y) ** 3

    def derivative(self, o, y, xp):
        return 3.0 * (o - y) * xp.abs(o - y)

    def curvature(self):
        return float("inf")

    def slope(self):
        return float("inf")


def test_a_loss_without_a_second_derivative_is_differenced():
    rng = np.random.default_rng(5)
    X, y = rng.standard_normal((ROWS, 3)), rng.standard_normal(ROWS)
    model = steepest.LinearModel(X, y, loss=Cubed(), fit_intercept=False)
    hessian = hessian_at(model, np.zeros(3))
    assert hessian.note == "gradient differences"
    close(dense(hessian), (X.T * (6 * np.abs(y))) @ X / ROWS, 1e-3)  # its third derivative jumps


def test_linear_models_do_not_load_jax():
    import subprocess

    code = (
        "import sys, numpy as np, steepest\n"
        "from steepest.analysis.hessians import dense, hessian_at\n"
        "m = steepest.LinearModel(np.eye(4), [0, 1, 0, 1], loss='log_loss')\n"
        "dense(hessian_at(m, m.start))\n"
        "g = steepest.gallery.rosenbrock()\n"
        "dense(hessian_at(g, g.start))\n"
        "assert 'jax' not in sys.modules and 'numba' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def gallery_reference(problem, w):
    objective = objective_of(problem)
    with jax.enable_x64(True):
        return np.array(jax.jit(jax.hessian(lambda at: objective.value(at, objective.data)))(w))


SOME = ("rosenbrock", "beale", "rastrigin", "hilbert_quadratic", "trid", "saddle", "hartmann_3", "wood", "griewank")
SMOOTH = [name for name in steepest.gallery.names() if steepest.gallery.find(name).smooth]


@pytest.mark.parametrize(
    "name", [name if name in SOME else pytest.param(name, marks=pytest.mark.slow) for name in SMOOTH]
)
def test_gallery_functions_are_differenced_to_the_error_they_state(name):
    problem = steepest.gallery.find(name)()
    hessian, wanted = hessian_at(problem, problem.start), gallery_reference(problem, problem.start)
    scale = float(np.abs(wanted).max())
    assert hessian.note == "gradient differences"
    assert hessian.smooth
    assert hessian.error <= 1e-5
    off = float(np.abs(dense(hessian) - wanted).max())
    assert off <= hessian.error * scale + hessian.floor
    assert hessian_at(problem, problem.start).spent == hessian.spent - 2 * problem.n


def test_quadratics_are_differenced_to_rounding():
    """The usual step leaves 1e-10 of the largest curvature, which hides the smaller ones of this matrix."""
    problem = steepest.gallery.hilbert_quadratic(n=6)
    wanted = np.array([[1 / (i + j + 1) for j in range(6)] for i in range(6)])
    hessian = hessian_at(problem, problem.start)
    assert hessian.error < 1e-13
    assert np.linalg.eigvalsh(dense(hessian)) == pytest.approx(np.linalg.eigvalsh(wanted), abs=1e-14)


def f(w):
    return np.sum(np.sin(w) * w**2) + w[0] * w[1] * w[2] ** 2


def test_traced_functions():
    w = np.random.default_rng(6).standard_normal(40)
    hessian = hessian_at(*subject(f, w))
    with jax.enable_x64(True):
        wanted = np.array(jax.hessian(lambda at: jnp.sum(jnp.sin(at) * at**2) + at[0] * at[1] * at[2] ** 2)(w))
    assert hessian.note == "automatic"
    close(dense(hessian), wanted, 1e-14)
    assert hessian.spent == 80
    close(hessian.apply(w), wanted @ w, 1e-14)


def test_a_program_is_compiled_once():
    from steepest.engines.jax import derivatives

    first = hessian_at(*subject(f, np.ones(5)))
    second = hessian_at(*subject(f, np.zeros(5)))
    program = derivatives.remembered(("hessian", subject(f, np.ones(5))[0].traced.key), pytest.fail)
    before = program._cache_size()
    first.apply(np.ones(5))
    second.apply(np.ones(5))
    second.apply(np.zeros(5))
    assert program._cache_size() == before + 1


def test_negated_limited_and_penalised():
    problem, w = subject(f, np.linspace(-1, 1, 5))
    H = dense(hessian_at(problem, w))
    close(dense(hessian_at(Negated(problem), w)), -H, 1e-14)
    close(dense(hessian_at(limited(problem, 100)[0], w)), H, 1e-14)
    penalised, _ = subject(steepest.Penalized(f, "elasticnet", 2.0, l1_ratio=0.25), w)
    inside = hessian_at(penalised, w)
    close(dense(inside), H + 1.5 * np.eye(5), 1e-14)
    close(inside.apply(w), H @ w + 1.5 * w, 1e-14)
    assert not inside.smooth
    assert inside.note == "automatic"
    close(dense(hessian_at(Negated(penalised), w)), -H - 1.5 * np.eye(5), 1e-14)
    model = steepest.LinearModel(np.eye(5), np.arange(5.0), penalty="l2", alpha=0.5, fit_intercept=False)
    close(dense(hessian_at(Negated(model), w)), -0.7 * np.eye(5), 1e-14)


def test_finite_sums():
    rng = np.random.default_rng(7)
    X, y = rng.standard_normal((50, 3)), rng.standard_normal(50)
    total = steepest.FiniteSum(lambda w, e: (e[0] @ w - e[1]) ** 4, (X, y), reduction="sum")
    w = rng.standard_normal(3)
    wanted = (X.T * (12 * (X @ w - y) ** 2)) @ X
    hessian = hessian_at(*subject(total, w))
    assert hessian.note == "automatic"
    close(dense(hessian), wanted)
    plain = steepest.FiniteSum(
        lambda w, e: float((e[0] @ w - e[1]) ** 4), (X, y), reduction="sum",
        grad=lambda w, e: 4 * (e[0] @ w - e[1]) ** 3 * e[0],
    )  # fmt: skip
    differenced = hessian_at(*subject(plain, w))
    assert differenced.note == "gradient differences"
    close(dense(differenced), wanted, 1e-8)


@pytest.mark.parametrize("grad", ["finite", "spsa", None])
def test_functions_without_a_usable_gradient(grad):
    """Second derivatives from values only, and from a gradient of the user's: their stated errors hold."""
    given = grad or (lambda w: np.array([np.exp(w[0]) + w[1], w[0] + 4 * w[1] ** 3]))
    problem, w = subject(lambda w: float(np.exp(w[0]) + w[0] * w[1] + w[1] ** 4), np.array([0.5, 1.5]), given)
    wanted = np.array([[np.exp(0.5), 1], [1, 27.0]])
    hessian = hessian_at(problem, w)
    assert hessian.estimated == (grad is not None)
    assert np.abs(dense(hessian) - wanted).max() <= hessian.error * 27 + hessian.floor <= 1e-4


RNG = np.random.default_rng(8)
DATA, AIMS = RNG.standard_normal((300, 3)), RNG.standard_normal(300)
SIGNS = np.sign(AIMS)


@pytest.mark.parametrize(
    ("g", "w", "smooth"),
    [
        (lambda w: np.abs(w).sum(), [0.0, 1.0], False),
        (lambda w: np.abs(w).sum(), [2.0, 1.0], True),  # nowhere near
        (lambda w: np.abs(DATA @ w - AIMS).mean(), [0.1, 0.2, 0.3], False),
        (lambda w: np.maximum(DATA @ w - AIMS, 0.0).mean(), [0.1, 0.2, 0.3], False),
        (lambda w: np.sum(np.abs(w) ** 3), [1.0, -2.0], True),
        (lambda w: np.sum(np.maximum(w, 0.0) ** 4), [0.0, 0.0], True),
        (lambda w: np.mean(np.log1p(np.exp(-np.abs(SIGNS * (DATA @ w)))) + np.maximum(-SIGNS * (DATA @ w), 0.0)),
         [0.0, 0.0, 0.0], True),
    ],
)  # fmt: skip
def test_kinks_of_traced_functions_are_noticed_where_they_are_near(g, w, smooth):
    hessian = hessian_at(*subject(g, w))
    assert hessian.note == "automatic"
    assert hessian.smooth is smooth


def test_kinks_of_other_problems():
    inside = steepest.gallery.schwefel_2_20()
    assert not hessian_at(inside, inside.start).smooth
    user, w = subject(lambda w: float(abs(w[0])), [0.0], lambda w: np.sign(w))
    at_kink = hessian_at(user, w)
    assert not at_kink.smooth
    assert at_kink.error > 0.1
    away = hessian_at(user, np.array([1.0]))
    assert away.smooth
    assert dense(away) == 0
