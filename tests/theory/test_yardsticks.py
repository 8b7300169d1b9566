"""What is known of the methods that others are measured by: SciPy's counts, and the papers' own examples."""

import warnings

import numpy as np
import pytest
from scipy.optimize import minimize

import steepest
from steepest import gallery
from steepest.methods import BarzilaiBorwein
from steepest.methods.line_search import Exact

UNBOUNDED, KINKED = "f falls without bound", "f has kinks, where no gradient tends to 0"
OTHERS = {
    "monkey_saddle": UNBOUNDED, "saddle": UNBOUNDED, "nonsmooth_chebyshev_rosenbrock": KINKED, "schwefel_2_20": KINKED,
    "schwefel_2_21": KINKED, "wolfe": KINKED,
}  # fmt: skip
TOLERANCE = 1e-6


def scipy_s(problem):
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # its own, and those of f where it goes too far
        return minimize(
            problem.value, problem.start, jac=problem.gradient, method="L-BFGS-B",
            options={"maxcor": 10, "gtol": TOLERANCE, "ftol": 0.0, "maxiter": 5000, "maxfun": 20000},
        )  # fmt: skip


@pytest.mark.parametrize("name", [name for name in gallery.names() if name not in OTHERS])
def test_lbfgs_takes_as_many_iterations_as_scipy_s(name):
    problem = getattr(gallery, name)()
    theirs, ours = scipy_s(problem), steepest.minimize(problem, None, "lbfgs", grad_tol=TOLERANCE, max_iter=5000)
    # on some processors the last digits of f end a line search at the minimum
    assert theirs.success or np.abs(theirs.jac).max() <= 1e-4 * np.abs(problem.gradient(problem.start)).max()
    assert ours.success, ours.message
    assert ours.f == pytest.approx(theirs.fun, rel=1e-6, abs=1e-6), "the same basin"
    assert ours.nit <= 1.5 * theirs.nit
    assert theirs.nit <= 1.5 * ours.nit
    assert ours.nfev <= 1.5 * theirs.nfev


@pytest.mark.parametrize("name", [name for name in OTHERS if name in gallery.names()])
def test_where_scipy_does_not_converge_we_claim_nothing(name):
    problem = getattr(gallery, name)()
    theirs = scipy_s(problem)
    assert not (np.abs(theirs.jac).max() <= TOLERANCE)
    with np.errstate(all="ignore"):
        ours = steepest.minimize(problem, None, "lbfgs", grad_tol=TOLERANCE, max_iter=1000)
    assert not ours.success
    assert ours.f < ours.f_start


D = np.array([20.0, 10.0, 2.0, 1.0])


def bowl(w):
    return 0.5 * float(w @ (D * w))


@pytest.mark.parametrize("short", [False, True])
def test_barzilai_borwein_beats_steepest_descent_on_the_paper_s_example(short):
    """The paper's quadratic, diag(20, 10, 2, 1): Cauchy's exact search against no search at all."""
    for start in (np.ones(4), np.array([1.0, 2.0, -3.0, 20.0])):
        cauchy = steepest.minimize(
            bowl, start, "gradient_descent", grad=lambda w: D * w, learning_rate=Exact(), grad_tol=1e-8
        )
        two_point = steepest.minimize(bowl, start, BarzilaiBorwein(short=short), grad=lambda w: D * w, grad_tol=1e-8)
        assert cauchy.success
        assert two_point.success
        assert 3 * two_point.nit < cauchy.nit
        assert (np.diff(cauchy.history.f) <= 0).all()
        assert (np.diff(two_point.history.f) > 0).any(), "it is not monotone, and need not be"


@pytest.mark.parametrize("fletcher_reeves", [False, True])
def test_conjugate_gradients_end_after_as_many_steps_as_there_are_curvatures(fletcher_reeves):
    d = np.repeat([1.0, 7.0, 50.0], 4)
    run = steepest.minimize(
        lambda w: 0.5 * float(w @ (d * w)), np.linspace(1.0, 2.0, 12), "conjugate_gradient", grad=lambda w: d * w,
        learning_rate=Exact(), fletcher_reeves=fletcher_reeves, grad_tol=1e-6,
    )  # fmt: skip
    assert run.success
    assert run.nit == 3


def test_the_yardsticks_beat_plain_methods_on_the_valley():
    problem = gallery.rosenbrock()
    spent = {
        name: steepest.minimize(problem, None, name, max_iter=20_000).nfev
        for name in ("gradient_descent", "momentum", "conjugate_gradient", "lbfgs")
    }
    assert spent["lbfgs"] < spent["conjugate_gradient"] < 0.1 * spent["momentum"] < spent["gradient_descent"]
