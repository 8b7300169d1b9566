"""What bounds the automatic rates of Adam and its kin on data, against sums written out and runs."""

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.datasets import load_breast_cancer, load_digits

import steepest
from steepest.analysis.adaptive_rates import SMALL, adaptive_bound, noise_share, statistics
from steepest.analysis.rates import automatic_rate
from steepest.methods import Adam, GradientDescent, find

X, y = load_digits(n_class=2, return_X_y=True)
digits = steepest.LinearModel(X, y.astype(float))


def test_what_rules_keep_of_noise():
    """1 for gradients over their size; sqrt(pi / 2) for their signs, as P(g > 0) has the slope 1 / sqrt(2 pi)."""
    shares = {name: noise_share(find(name)(learning_rate=SMALL)) for name in ("adam", "signsgd", "lion", "adagrad")}
    assert shares["adam"] == pytest.approx(1, rel=0.2)
    assert shares["signsgd"] == pytest.approx(np.sqrt(np.pi / 2), rel=0.2)
    assert shares["lion"] > 2
    assert shares["adagrad"] < 0.2


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("sparse", [False, True])
def test_statistics_are_those_of_the_rows_one_by_one(reduction, sparse):
    rng = np.random.default_rng(0)
    A, b, k = rng.standard_normal((30, 3)), rng.standard_normal((30, 2)), rng.uniform(0.5, 2, 30)
    model = steepest.LinearModel(
        sp.csr_array(A) if sparse else A, b, penalty="l2", alpha=0.1, sample_weight=k, reduction=reduction
    )
    w = rng.standard_normal(model.n)
    Z, W = np.concatenate([np.ones((30, 1)), A], axis=1), w.reshape(4, 2)
    counted = k if model.weights is None else model.weights
    each = counted[:, None, None] * Z[:, :, None] * (Z @ W - b)[:, None, :]
    found, scale = statistics(model, w), 30 if reduction == "sum" else 1
    g = model.gradient(w) / scale
    s = np.sign(g)
    assert found.f == pytest.approx(model.value(w) / scale)
    assert found.sizes == pytest.approx(np.sqrt((each**2).mean(axis=0)).sum())
    assert found.slope == pytest.approx(np.abs(g).sum())
    assert found.curvature == pytest.approx(s @ (model.gradient(w + s) / scale - g))


def test_which_bound_holds():
    w0 = digits.start
    one, whole = adaptive_bound(digits, Adam(), w0, 1), adaptive_bound(digits, Adam(), w0, None)
    assert "noise of batches" in one.reason
    assert "first step" in whole.reason
    assert adaptive_bound(digits, Adam(), w0, 16).rate == pytest.approx(min(4 * one.rate, whole.rate))
    rate = automatic_rate(digits, Adam(), w0, 1)
    assert rate.value == one.rate
    assert one.reason in rate.reason
    assert adaptive_bound(digits, find("normalized")(), w0, 1) is None
    flat = steepest.LinearModel(X, np.zeros(len(y)))
    assert automatic_rate(flat, Adam(), w0, 1).value == 0.01
    assert automatic_rate(digits, GradientDescent(), w0, 1).reason.startswith("auto: 1 / ")


@pytest.mark.parametrize("method", ["adam", "amsgrad", "nadam", "rmsprop", "adagrad", "lion"])
def test_f_ends_below_the_start_on_columns_as_they_lie(method):
    cancer = load_breast_cancer()
    for data, target in ((X, y), (cancer.data[:300], cancer.target[:300])):
        model = steepest.LinearModel(data, target.astype(float))
        for batch, rows in ((1, 3), (32, 20), (None, 20)):
            run = steepest.minimize(
                model, method=method, batch_size=batch, max_iter=rows, grad_tol=None, engine="python", progress=False
            )
            assert run.f < 0.9 * run.f_start
