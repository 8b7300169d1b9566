"""SciPy's callbacks of both signatures, every method that has one."""

import numpy as np
import pytest
import scipy.optimize
from scipy.optimize import rosen, rosen_der

from steepest.verbs.watching.starting import watch

START = [-1.2, 1.0]
METHODS = (
    "Nelder-Mead", "Powell", "CG", "BFGS", "Newton-CG", "L-BFGS-B", "TNC", "COBYLA", "SLSQP", "trust-constr", "dogleg",
    "trust-ncg",
)  # fmt: skip
WITHOUT_GRADIENT = ("Nelder-Mead", "Powell", "COBYLA")
WITH_HESSIAN = ("dogleg", "trust-ncg")


@pytest.mark.parametrize("method", METHODS)
def test_each_method(method):
    seen, options = [], {} if method == "TNC" else {"options": {"maxiter": 40}}
    if method not in WITHOUT_GRADIENT:
        options["jac"] = rosen_der
    if method in WITH_HESSIAN:
        options["hess"] = scipy.optimize.rosen_hess

    with watch() as record:
        callback = record.scipy(rosen, rosen_der, x0=START)

        def both(xk, state=None):  # trust-constr gives two
            seen.append(xk.copy())
            callback(xk)

        result = scipy.optimize.minimize(rosen, START, method=method, callback=both, **options)
    with watch() as other:
        scipy.optimize.minimize(
            rosen, START, method=method, callback=other.scipy(rosen, rosen_der, x0=START),
            **options,
        )  # fmt: skip
    for run in (record.run, other.run):
        np.testing.assert_array_equal(run.history.w, [START, *seen])
        np.testing.assert_allclose(run.history.f, [rosen(w) for w in run.history.w], rtol=1e-14)
        np.testing.assert_allclose(
            run.history.grad_norm, [np.abs(rosen_der(w)).max() for w in run.history.w], rtol=1e-9
        )
        assert run.nit == len(seen)
        assert run.history.n_grad is None
    assert other.run.recipe["method"] == {"name": "scipy.optimize"}
    assert other.run.recipe["versions"]["scipy"] == scipy.__version__
    if method not in ("COBYLA", "Powell"):
        assert record.run.f == pytest.approx(result.fun, rel=1e-12, abs=1e-20)


def test_the_record_itself_is_a_callback():
    with watch(problem=rosen, grad=rosen_der, every=3, name="BFGS") as record:
        result = scipy.optimize.minimize(rosen, START, jac=rosen_der, callback=record)
    run = record.run
    assert list(run.history.iteration[:3]) == [3, 6, 9]
    assert run.history.iteration[-1] == result.nit
    assert run.f == result.fun
    assert run.recipe["method"] == {"name": "BFGS"}
    assert "the start was not seen: row 0 is missing; pass w0=..." in run.message


def test_a_function_that_returns_both():
    def both(w, scale):
        return scale * rosen(w), scale * rosen_der(w)

    with watch() as record:
        scipy.optimize.minimize(
            both, START, args=(2.0,), jac=True, callback=record.scipy(both, True, x0=START, args=2.0)
        )
    assert record.run.history.f[0] == 2 * rosen(START)
    assert record.run.history.grad_norm[-1] == np.abs(2 * rosen_der(record.run.w)).max()


def test_without_the_function():
    with watch() as record:
        scipy.optimize.minimize(rosen, START, method="TNC", callback=record)
    assert record.run.history.f is None
    assert record.run.problem is None
    with watch() as record:
        scipy.optimize.minimize(rosen, START, method="L-BFGS-B", callback=record)
    assert record.run.history.f[-1] < 1e-8
