"""What is proven of line searches, and of an estimated gradient, shown by runs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import steepest
from steepest import gallery
from steepest.methods.line_search import Armijo, Exact


def bowl_of(seed, n, k):
    """``(f, grad, Hessian, minimiser)`` of a random quadratic with curvatures from 1 to k, minimum 0."""
    random = np.random.default_rng(seed)
    axes, _ = np.linalg.qr(random.normal(size=(n, n)))
    hessian = (axes * np.geomspace(1.0, k, n)) @ axes.T
    centre = random.normal(size=n)

    def f(w):
        return float(0.5 * (w - centre) @ hessian @ (w - centre))

    return f, lambda w: hessian @ (w - centre), hessian, centre


@given(seed=st.integers(0, 10**6), n=st.integers(2, 10), k=st.sampled_from([2.0, 10.0, 100.0, 1e4]))
def test_exact_line_search_meets_kantorovich_s_bound(seed, n, k):
    """f_(t+1) - f* <= ((k - 1) / (k + 1))^2 (f_t - f*)."""
    f, gradient, _, centre = bowl_of(seed, n, k)
    start = centre + np.random.default_rng(seed + 1).normal(size=n)
    run = steepest.minimize(
        f, start, "gradient_descent", grad=gradient, learning_rate=Exact(), max_iter=25, grad_tol=1e-7
    )
    bound = ((k - 1) / (k + 1)) ** 2
    above = run.history.f
    assert (above[1:] <= bound * above[:-1] * (1 + 1e-5) + 1e-20).all()
    rates = run.history.learning_rate[1:]
    assert ((1 / k) * (1 - 1e-6) <= rates).all()
    assert (rates <= 1 + 1e-6).all()


@pytest.mark.parametrize("k", [2.0, 10.0, 100.0])
def test_the_bound_is_met_with_equality_from_the_worst_start(k):
    problem = gallery.ill_conditioned_quadratic(condition=k)
    run = steepest.minimize(problem, [k, 1.0], "gradient_descent", learning_rate=Exact(), max_iter=30, grad_tol=None)
    np.testing.assert_allclose(run.history.f[1:] / run.history.f[:-1], ((k - 1) / (k + 1)) ** 2, rtol=1e-9)
    np.testing.assert_allclose(run.history.learning_rate[1:], 2 / (1 + k), rtol=1e-9)
    # every second point lies on one line through the minimum: the zigzag of the textbooks
    np.testing.assert_allclose(run.history.w[2::2, 0] / run.history.w[2::2, 1], k, rtol=1e-8)


@given(
    seed=st.integers(0, 10**6), n=st.integers(1, 8), k=st.sampled_from([1.0, 10.0, 1000.0]),
    start=st.sampled_from([1e-4, 1.0, 1e3]), decrease=st.sampled_from([1e-4, 0.3, 0.5]),
    shrink=st.sampled_from([0.3, 0.5, 0.9]), grow=st.sampled_from([1.0, 2.0]),
)  # fmt: skip
def test_armijo_s_rate_stays_in_its_interval(seed, n, k, start, decrease, shrink, grow):
    """On a quadratic of curvatures 1 to L a rate passes for certain up to 2 (1 - decrease) / L and for certain not
    beyond 2 (1 - decrease); so what shrinking finds is at least shrink times the first, or the first trial.
    Source: J. Nocedal, S. Wright, 2006, section 3.1; D. Bertsekas, "Nonlinear programming", section 1.2."""
    f, gradient, hessian, centre = bowl_of(seed, n, k)
    largest = float(np.linalg.eigvalsh(hessian)[-1])
    smallest = float(np.linalg.eigvalsh(hessian)[0])
    search = Armijo(start=start, decrease=decrease, shrink=shrink, grow=grow, most=200)
    run = steepest.minimize(
        f, centre + 1.0, "gradient_descent", grad=gradient, learning_rate=search, max_iter=30, grad_tol=1e-5
    )
    rates, f_all = run.history.learning_rate[1:], run.history.f
    low = min(start, shrink * 2 * (1 - decrease) / largest)
    assert (rates >= low * (1 - 1e-6)).all()
    assert (rates <= 2 * (1 - decrease) / smallest * (1 + 1e-6)).all()
    # and f falls by the share that follows from the lower end
    promised = 1 - 2 * smallest * decrease * low
    assert (f_all[1:] <= f_all[:-1] * promised * (1 + 1e-9) + 1e-18).all()
    assert len(rates) > 0


def test_armijo_finds_the_ends_of_its_interval():
    """One curvature: 2 (1 - decrease) / L passes, and a hair more does not."""
    for L in (0.5, 4.0, 300.0):
        runs = []
        for share in (0.999, 1.001):
            search = Armijo(start=share * 2 * (1 - 0.25) / L, decrease=0.25, shrink=0.5, grow=1.0)
            runs.append(
                steepest.minimize(
                    lambda w, L=L: 0.5 * L * float(w @ w), [1.0], "gradient_descent", grad=lambda w, L=L: L * w,
                    learning_rate=search, max_iter=1, grad_tol=None,
                )
            )  # fmt: skip
        rates = [run.history.learning_rate[1] * L / 1.5 for run in runs]
        assert rates == pytest.approx([0.999, 0.5 * 1.001], rel=1e-12)
        assert runs[1].nfev == runs[0].nfev + 1  # one more trial


# -- simultaneous perturbation ---------------------------------------------------------------------------------------

MATRIX = np.array([[3.0, 1.0, 0.0], [1.0, 2.0, 0.5], [0.0, 0.5, 5.0]])


def test_the_mean_of_spsa_is_the_gradient():
    """J. C. Spall, 1992: over all signs the estimate's mean is the gradient (exactly, on a quadratic). Of three signs
    four pairs give different estimates; runs from many seeds show all of them, about equally often."""
    start, rate = np.array([1.0, -2.0, 0.7]), 1e-3
    estimates = []
    for seed in range(400):
        run = steepest.minimize(
            lambda w: 0.5 * float(w @ MATRIX @ w), start, "gradient_descent", grad="spsa", learning_rate=rate,
            max_iter=1, grad_tol=None, seed=seed, record=("w",),
        )  # fmt: skip
        estimates.append((run.history.w[0] - run.history.w[1]) / rate)
    kinds, counts = np.unique(np.round(estimates, 6), axis=0, return_counts=True)
    assert len(kinds) == 4
    assert counts.min() > 60  # 100 expected, 8.7 their spread
    gradient = MATRIX @ start
    np.testing.assert_allclose(kinds.mean(axis=0), gradient, atol=2e-6)
    assert np.abs(kinds - gradient).max() > 0.5  # no single one is it
    spread = np.std(estimates, axis=0) / np.sqrt(400)
    assert (np.abs(np.mean(estimates, axis=0) - gradient) < 4 * spread).all()


def test_a_run_by_spsa_gets_where_the_gradient_gets():
    run = steepest.minimize(
        lambda w: 0.5 * float(w @ MATRIX @ w), [1.0, -2.0, 0.7], "gradient_descent", grad="spsa", learning_rate=0.05,
        max_iter=2000, grad_tol=None,
    )  # fmt: skip
    assert run.recipe["gradient"] == "simultaneous perturbation, 2 evaluations an iteration"
    assert run.f < 1e-12 * run.f_start
