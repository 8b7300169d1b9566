"""The modes of quadratics against eigendecompositions, and what is not quadratic refused with its reason."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import steepest
from steepest.analysis.modes import AFFINE, NotQuadratic, examined, gap, merged, modes_of
from steepest.verbs.subject import subject

rng = np.random.default_rng(3)
X, Y = rng.standard_normal((40, 5)), rng.standard_normal((40, 3))


def quadratic(curvatures, seed=0):
    """``(f, gradient, A, b)`` of 1/2 w'Aw - b'w with these curvatures, b in the range of A."""
    draws = np.random.default_rng(seed)
    n = len(curvatures)
    Q = np.linalg.qr(draws.standard_normal((n, n)))[0]
    A = (Q * np.asarray(curvatures)) @ Q.T
    b = A @ draws.standard_normal(n)
    return (lambda w: 0.5 * float(w @ (A @ w)) - float(b @ w)), (lambda w: A @ w - b), A, b


@given(st.integers(1, 12), st.floats(0, 6), st.integers(0, 50))
@settings(max_examples=15, deadline=None)
def test_of_a_function_they_are_its_eigenvalues_and_make_its_gap(n, decades, seed):
    curvatures = np.geomspace(1, 10**decades, n)
    f, g, A, b = quadratic(curvatures, seed)
    start = np.random.default_rng(seed + 1).standard_normal(n)
    found = modes_of(*subject(f, start, grad=g))
    least = np.linalg.solve(A, b)
    np.testing.assert_allclose(found.curvatures, np.linalg.eigvalsh(A), rtol=1e-6)
    np.testing.assert_allclose(found.w_least, least, atol=1e-7 * max(1, np.abs(least).max()))
    assert gap(found) == pytest.approx(0.5 * (start - least) @ A @ (start - least), rel=1e-8)
    np.testing.assert_allclose(found.vectors @ found.errors, start - found.w_least, atol=1e-9)


@pytest.mark.parametrize("options", [
    {}, {"reduction": "sum"}, {"penalty": "l2", "alpha": 0.3}, {"fit_intercept": False},
    {"sample_weight": np.linspace(0.5, 2, 40)},
])  # fmt: skip
@pytest.mark.parametrize("outputs", [1, 3])
def test_of_least_squares(options, outputs):
    model = steepest.LinearModel(X, Y[:, 0] if outputs == 1 else Y, **options)
    start = np.linspace(-1, 1, model.n)
    found = modes_of(model, start)
    at = [model.gradient(e) - model.gradient(np.zeros(model.n)) for e in np.eye(model.n)]
    np.testing.assert_allclose(np.sort(found.curvatures), np.linalg.eigvalsh(np.array(at)), rtol=1e-9)
    assert np.abs(model.gradient(found.w_least)).max() < 1e-12 * np.abs(model.gradient(start)).max() + 1e-13
    assert gap(found) == pytest.approx(model.value(start) - model.value(found.w_least), rel=1e-10)
    c, e = merged(found)
    assert 0.5 * (c * e**2).sum() == pytest.approx(gap(found))
    assert len(c) == model.n // outputs


def test_central_differences_and_automatic_gradients_are_good_enough():
    f, _g, _A, _b = quadratic([1.0, 30.0, 100.0])
    start = np.array([1.0, -2.0, 0.5])
    for grad in ("finite", "automatic"):
        text = "0.5 * (x^2 + 30 * y^2) + x*y + 3*x" if grad == "automatic" else f
        problem, w = subject(
            text, start[:2] if grad == "automatic" else start, grad=None if grad == "automatic" else grad
        )
        found = modes_of(problem, w)
        assert found is not None
        assert np.abs(problem.gradient(found.w_least)).max() < 1e-6


@pytest.mark.parametrize("name", ["rosenbrock", "quartic", "huber", "lessard", "beale", "separable_logistic"])
def test_other_functions_are_refused(name):
    problem = steepest.gallery.find(name)()
    found = examined(problem, problem.start)
    assert (isinstance(found, NotQuadratic) and "curvature" in found.reason) or "quadratic" in found.reason
    assert found.spent <= 16


@pytest.mark.parametrize(("power", "coefficient"), [(3, 1e-3), (4, 1e-4)])
def test_a_little_of_a_higher_power_is_noticed(power, coefficient):
    def bent(w):
        return float(w @ w + coefficient * (np.abs(w) ** power).sum())

    def slope(w):
        return 2 * w + coefficient * power * np.sign(w) * np.abs(w) ** (power - 1)

    assert coefficient > 100 * AFFINE
    assert modes_of(*subject(bent, [1.0, 2.0], grad=slope)) is None


def test_reasons():
    saddle = examined(
        *subject(lambda w: float(w[0] ** 2 - w[1] ** 2), [1.0, 1.0], grad=lambda w: np.array([2, -2]) * w)
    )
    assert "negative curvature" in saddle.reason
    slope = examined(*subject(lambda w: float(w[0] ** 2 + w[1]), [1.0, 1.0], grad=lambda w: np.array([2 * w[0], 1.0])))
    assert "without bound" in slope.reason
    turned = examined(*subject(lambda w: float(w @ w), [1.0, 1.0], grad=lambda w: np.array([w[0] + w[1], w[1] - w[0]])))
    assert "not that of any function" in turned.reason
    wrong = examined(*subject(lambda w: float(w @ w), [1.0, 1.0], grad=lambda w: 3 * w))
    assert "not those of one quadratic" in wrong.reason
    assert (
        "log_loss" in examined(steepest.LinearModel(X, (Y[:, 0] > 0).astype(int), loss="log_loss"), np.zeros(6)).reason
    )
    assert "l1" in examined(steepest.LinearModel(X, Y[:, 0], penalty="l1", alpha=0.1), np.zeros(6)).reason


def test_directions_without_curvature_carry_no_error():
    f, g, _A, _ = quadratic([0.0, 2.0, 5.0])
    found = modes_of(*subject(f, [3.0, 1.0, -1.0], grad=g))
    assert found.curvatures[0] == 0 == found.errors[0]
    np.testing.assert_allclose(found.curvatures[1:], [2, 5])
    run = steepest.minimize(f, [3.0, 1.0, -1.0], grad=g, learning_rate=0.2, momentum=0.2)
    np.testing.assert_allclose(run.w, found.w_least, atol=1e-5)  # along the flat direction a run stays where it was
    repeated = steepest.LinearModel(np.hstack([X, X[:, :2]]), Y[:, 0])
    flat = modes_of(repeated, np.ones(8))
    assert (flat.curvatures == 0).sum() == 2
    ends = steepest.minimize(repeated, np.ones(8), learning_rate=0.2, momentum=0.9, grad_tol=1e-10)
    np.testing.assert_allclose(ends.w, flat.w_least, atol=1e-7)


def test_many_variables_by_lanczos():
    wide = rng.standard_normal((60, 1200))
    model = steepest.LinearModel(wide, rng.standard_normal(60), penalty="l2", alpha=0.5, fit_intercept=False)
    found = modes_of(model, np.zeros(model.n))
    assert not found.exact
    assert found.vectors is None
    assert len(found.curvatures) <= 62
    G = wide.T @ wide / 60 + 0.5 * np.eye(1200)
    values = np.linalg.eigvalsh(G)
    assert values[0] * (1 - 1e-6) <= found.curvatures[0]
    assert found.curvatures[-1] <= values[-1] * (1 + 1e-6)
    best = steepest.minimize(model, method="lbfgs", max_iter=500, grad_tol=1e-10)
    assert gap(found) == pytest.approx(model.value(np.zeros(model.n)) - best.f, rel=1e-6)
    diagonal = np.geomspace(1, 100, 1500)
    many = modes_of(*subject(lambda w: 0.5 * float(w @ (diagonal * w)), np.ones(1500), grad=lambda w: diagonal * w))
    assert gap(many) == pytest.approx(0.5 * diagonal.sum(), rel=1e-6)
    dip = diagonal * np.where(np.arange(1500) == 700, -1, 1)
    assert (
        "negative"
        in examined(*subject(lambda w: 0.5 * float(w @ (dip * w)), np.ones(1500), grad=lambda w: dip * w)).reason
    )
