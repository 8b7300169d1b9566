"""SVRG and SAGA converge linearly at a constant rate, where stochastic descent at the same rate stalls."""

import numpy as np
import pytest
from scipy.special import expit
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression

import steepest
from steepest.engines.orders import Orders

ALPHA, RATE, EPOCHS = 0.05, 1 / 3, 120
METHODS = pytest.mark.parametrize("method", ["saga", "svrg"])


class Cancer:
    """l2-regularised logistic regression on the standardised breast cancer set, with its optimum by Newton's method."""

    def __init__(self):
        X, y = load_breast_cancer(return_X_y=True)
        self.X, self.y = (X - X.mean(axis=0)) / X.std(axis=0), y
        self.rows = len(y)
        self.model = steepest.LinearModel(self.X, y, "log_loss", "l2", ALPHA)
        self.A = np.column_stack([np.ones(self.rows), self.X])
        self.decay = ALPHA * (np.arange(31) > 0)
        self.curvature = 0.25 * (self.A**2).sum(axis=1).max() + ALPHA
        w = np.zeros(31)
        for _ in range(30):
            p = expit(self.A @ w)
            g = self.A.T @ (p - y) / self.rows + self.decay * w
            w -= np.linalg.solve((self.A * (p * (1 - p))[:, None]).T @ self.A / self.rows + np.diag(self.decay), g)
        self.w, self.least = w, self.value(w)

    def value(self, w):
        o = self.A @ w
        return np.mean(np.logaddexp(0, o) - self.y * o) + 0.5 * (self.decay * w * w).sum()

    def gradient_of(self, i, w):
        """The i-th example's gradient without the penalty's."""
        return (expit(self.A[i] @ w) - self.y[i]) * self.A[i]


@pytest.fixture(scope="module")
def cancer():
    return Cancer()


def gaps(cancer, method, **more):
    more = {"learning_rate": RATE / cancer.curvature, "batch_size": 1, "max_iter": EPOCHS, **more}
    return steepest.minimize(cancer.model, method=method, **more).history.f - cancer.least


@METHODS
@pytest.mark.parametrize("sampling", ["shuffle", "replacement"])
def test_the_gap_falls_linearly_where_stochastic_descent_stalls(cancer, method, sampling):
    gap = gaps(cancer, method, sampling=sampling)
    assert gap[-1] < 1e-10
    assert (gap > -1e-13).all()
    epochs = np.flatnonzero((gap < 1e-4) & (gap > 1e-11))  # once the steep directions are done; above rounding
    digits = np.log10(gap[epochs])
    slope, at = np.polyfit(epochs, digits, 1)
    assert np.ptp(digits) > 5
    assert slope < -0.05  # a digit in 20 epochs at most
    assert np.abs(digits - (slope * epochs + at)).max() < 0.25  # and never a quarter of one from a straight line
    plain = gaps(cancer, "gradient_descent", sampling="replacement")
    assert plain[EPOCHS // 2 :].min() > 1e-5


@METHODS
def test_no_epoch_contracts_less_than_the_theorem_says(cancer, method):
    """Defazio, Bach, Lacoste-Julien 2014, corollary 1: by 1 - min(1 / (4 n), mu / (3 L)) an update at 1 / (3 L), on
    average; mu is the least curvature, here of the Hessian at the optimum. SVRG's measured rate is held to the same."""
    p = expit(cancer.A @ cancer.w)
    hessian = (cancer.A * (p * (1 - p))[:, None]).T @ cancer.A / cancer.rows + np.diag(cancer.decay)
    mu = np.linalg.eigvalsh(hessian)[0]
    promised = 1 - min(1 / (4 * cancer.rows), mu / (3 * cancer.curvature))
    squares = []
    for seed in range(5):
        run = steepest.minimize(
            cancer.model, method=method, learning_rate=RATE / cancer.curvature, max_iter=60, sampling="replacement",
            seed=seed,
        )  # fmt: skip
        squares.append(((run.history.w - cancer.w) ** 2).sum(axis=1))
    mean = np.mean(squares, axis=0)
    t = np.arange(20, 61)
    assert np.polyfit(t, np.log(mean[t]), 1)[0] <= cancer.rows * np.log(promised)


@METHODS
@pytest.mark.parametrize("engine", ["python", "numba"])
def test_200_updates_are_those_of_a_textbook_loop(cancer, method, engine):
    rate, order = 0.01, Orders("shuffle", cancer.rows, 7).epochs(0, 1)[0]
    w = np.zeros(31)
    table = np.array([cancer.gradient_of(i, w) for i in range(cancer.rows)])
    mean, path = table.mean(axis=0), [w]
    for i in order[:200]:
        g = cancer.gradient_of(i, w)
        w = w - rate * (g - table[i] + mean + cancer.decay * w)
        path.append(w)
        if method == "saga":
            mean = mean + (g - table[i]) / cancer.rows
            table[i] = g
    run = steepest.minimize(
        cancer.model, method=method, learning_rate=rate, seed=7, max_iter=1, record="updates", engine=engine
    )
    np.testing.assert_allclose(run.updates.w[:201], path, rtol=0, atol=1e-13)


@METHODS
@pytest.mark.parametrize("solver", ["sag", "saga"])
def test_scikit_learns_solvers_end_at_the_same_optimum(cancer, method, solver):
    """Without an intercept, whose step they take otherwise."""
    peer = LogisticRegression(
        solver=solver, C=1 / (ALPHA * cancer.rows), fit_intercept=False, tol=1e-10, max_iter=5000, random_state=0
    ).fit(cancer.X, cancer.y)
    model = steepest.LinearModel(cancer.X, cancer.y, "log_loss", "l2", ALPHA, fit_intercept=False)
    run = steepest.minimize(model, method=method, max_iter=2000, grad_tol=1e-10)
    assert run.success
    np.testing.assert_allclose(run.w, peer.coef_.ravel(), atol=1e-7)


@METHODS
def test_l1_ends_at_scikit_learns_zeros(cancer, method):
    """The lasso: SAGA with its proximal step, and prox-SVRG, linear too once the zeros are found."""
    peer = LogisticRegression(
        solver="saga", l1_ratio=1.0, C=1 / (ALPHA * cancer.rows), fit_intercept=False, tol=1e-10, max_iter=5000,
        random_state=0,
    ).fit(cancer.X, cancer.y)  # fmt: skip
    model = steepest.LinearModel(cancer.X, cancer.y, "log_loss", "l1", ALPHA, fit_intercept=False)
    run = steepest.minimize(model, method=method, max_iter=5000, grad_tol=1e-9)
    assert run.success
    assert np.array_equal(run.w == 0, peer.coef_.ravel() == 0)
    assert 0 < np.count_nonzero(run.w) < 20
    np.testing.assert_allclose(run.w, peer.coef_.ravel(), atol=1e-6)
