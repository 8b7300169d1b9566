"""The noise of single rows' gradients against the rows' gradients one by one, and against batches that are drawn."""

import numpy as np
import pytest
import scipy.sparse as sp

import steepest
from steepest.analysis.gradient_noise import GradientNoise, gradient_noise, has_rows
from steepest.problems import losses
from steepest.problems.limited import limited
from steepest.problems.negated import Negated
from steepest.verbs.subject import subject

ROWS = 70


def brute(model, w):
    """From each row's own gradient, which the model works out as it does for batches of one."""
    each = np.stack([model.batch_value_and_gradient(w, np.array([row]))[1] for row in range(ROWS)])
    mean = each.mean(axis=0)
    return ((each - mean) ** 2).sum(axis=1).mean(), mean @ mean


@pytest.mark.parametrize("layout", ["dense", "CSR", "scaled"])
@pytest.mark.parametrize("name", losses.names())
def test_linear_models(name, layout):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((ROWS, 5)) * (rng.random((ROWS, 5)) < 0.7)
    kind = losses.find(name).kind
    y = (
        rng.integers(0, 3 if name == "multinomial_log_loss" else 2, ROWS)
        if kind == "classification"
        else rng.random(ROWS)
    )
    model = steepest.LinearModel(
        sp.csr_matrix(X) if layout == "CSR" else X, y, loss=name, penalty="l2", alpha=0.2,
        sample_weight=rng.random(ROWS), reduction="sum" if layout == "CSR" else "mean",
    )  # fmt: skip
    model = model.rescaled() if layout == "scaled" else model
    w = 0.3 * rng.standard_normal(model.n)
    noise, (variance, signal) = gradient_noise(model, w), brute(model, w)
    assert noise.variance == pytest.approx(variance, rel=1e-10)
    assert noise.signal == pytest.approx(signal, rel=1e-10)
    assert noise.scale == pytest.approx(variance / signal, rel=1e-9)
    assert noise.rows == ROWS
    for other in (Negated(model), limited(model, 9)[0]):
        assert gradient_noise(other, w) == noise


def test_several_outputs_and_many_blocks():
    rng = np.random.default_rng(1)
    model = steepest.LinearModel(rng.standard_normal((9000, 12)), rng.standard_normal((9000, 2)), fit_intercept=False)
    w = rng.standard_normal(24)
    r = model.outputs(w) - model.y
    each = np.einsum("ij,ik->ijk", model.X, r).reshape(9000, -1)
    noise = gradient_noise(model, w)
    assert noise.variance == pytest.approx(np.trace(np.cov(each.T, bias=True)), rel=1e-11)
    assert noise.signal == pytest.approx((each.mean(axis=0) ** 2).sum(), rel=1e-10)


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("grad", ["automatic", "yours", "differences"])
def test_finite_sums(reduction, grad):
    rng = np.random.default_rng(2)
    X, y = rng.standard_normal((ROWS, 3)), rng.standard_normal(ROWS)
    f = lambda w, e: (e[0] @ w - e[1]) ** 4  # noqa: E731
    slope = lambda w, e: 4 * (e[0] @ w - e[1]) ** 3 * e[0]  # noqa: E731
    kept = f if grad != "differences" else lambda w, e: f(w, e) if w[0] < 9 else 0.0
    total = steepest.FiniteSum(kept, (X, y), grad=slope if grad == "yours" else None, reduction=reduction)
    problem, w = subject(total, rng.standard_normal(3))
    assert problem.gradient_note.split(",")[0] == {"differences": "central differences"}.get(grad, grad)
    each = np.stack([slope(w, (a, b)) for a, b in zip(X, y, strict=True)])
    mean = each.mean(axis=0)
    noise, close = gradient_noise(problem, w), 1e-6 if grad == "differences" else 1e-11
    assert noise.variance == pytest.approx(((each - mean) ** 2).sum(axis=1).mean(), rel=close)
    assert noise.signal == pytest.approx(mean @ mean, rel=close)
    penalised, _ = subject(steepest.Penalized(total, "l2", 0.5), w)
    pulled = mean + 0.5 * w / (ROWS if reduction == "sum" else 1)
    assert gradient_noise(penalised, w).signal == pytest.approx(pulled @ pulled, rel=close)
    assert gradient_noise(penalised, w).variance == pytest.approx(noise.variance, rel=close)
    assert has_rows(penalised)
    assert has_rows(penalised, quick=True) == (grad == "automatic")


def test_batched_losses_and_blocks_of_rows(monkeypatch):
    """Blocks that do not divide the rows: the last one is filled up, and what fills it is not counted."""
    from steepest.engines.jax import derivatives

    monkeypatch.setattr(derivatives, "NUMBERS", 48)
    rng = np.random.default_rng(3)
    X, y = rng.standard_normal((ROWS, 3)), rng.standard_normal(ROWS)
    total = steepest.FiniteSum(lambda w, rows: ((rows[0] @ w - rows[1]) ** 2).mean(), (X, y), batched=True)
    problem, w = subject(total, np.ones(3))
    each = 2 * (X @ w - y)[:, None] * X
    noise = gradient_noise(problem, w)
    assert noise.variance == pytest.approx(np.trace(np.cov(each.T, bias=True)), rel=1e-11)


def test_it_is_what_random_batches_show():
    rng = np.random.default_rng(4)
    model = steepest.LinearModel(rng.standard_normal((ROWS, 4)), rng.integers(0, 2, ROWS), loss="log_loss")
    w = rng.standard_normal(5)
    whole, noise, size = model.gradient(w), gradient_noise(model, w), 8
    far = [
        ((model.batch_value_and_gradient(w, rng.integers(0, ROWS, size))[1] - whole) ** 2).sum() for _ in range(4000)
    ]
    assert np.mean(far) == pytest.approx(noise.of_batch(size), rel=0.06)


def test_the_ends_of_the_scale():
    assert GradientNoise(0.0, 0.0, 5).scale == 0
    assert GradientNoise(1.0, 0.0, 5).scale == np.inf
    assert GradientNoise(1.0, 0.0, 5).critical_batch == 5
    assert GradientNoise(1.0, 10.0, 5).critical_batch == 1
    assert GradientNoise(30.0, 10.0, 5).critical_batch == 3
    alike = steepest.LinearModel(np.ones((9, 1)), np.zeros(9), fit_intercept=False)
    assert gradient_noise(alike, np.ones(1)) == GradientNoise(0.0, 1.0, 9)
    assert gradient_noise(steepest.gallery.sphere(), np.ones(2)) is None
