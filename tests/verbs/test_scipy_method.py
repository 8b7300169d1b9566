"""``as_scipy``: our methods as ``scipy.optimize.minimize(method=...)``, argument by argument."""

from typing import Any, NamedTuple

import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, OptimizeResult, minimize, rosen, rosen_der

import steepest
from steepest import Outcome, as_scipy
from steepest.base.errors import ArgumentError, ArgumentTypeError
from steepest.base.fields import Rate


def bowl(x):
    return float(((x - 3.0) ** 2).sum())


def slope(x):
    return 2 * (x - 3.0)


def both(x):
    return bowl(x), slope(x)


class Plain(NamedTuple):
    """A user's rule."""

    learning_rate: Rate = 0.1

    def init(self, w, xp):
        return ()

    def update(self, w, g, slots, t, xp):
        return -self.learning_rate * g, ()


@pytest.mark.parametrize("name", steepest.methods.names())
@pytest.mark.parametrize("jac", [slope, None])
def test_every_method_of_ours_minimises(name, jac):
    if hasattr(steepest.methods.find(name), "corrected"):  # which needs examples
        with pytest.raises(ArgumentError, match="keeps gradients of single examples and needs a problem on data"):
            minimize(bowl, [0.0, 1.0], jac=jac, method=as_scipy(name))
        return
    cls = steepest.methods.find(name)
    more = {"adamw": {"weight_decay": 0.0}, "asgd": {"shrinkage": 0.0}}.get(name, {})  # else w is pulled towards 0
    needed = {"learning_rate": 0.1, "f_least": 0.0, "columns": 1}
    more |= {field: value for field, value in needed.items() if field in cls._fields and name != "adafactor"}
    if name in ("normalized", "muon"):  # a step of constant length: it must fade
        more["learning_rate"] = steepest.schedules.Exponential(0.1, factor=0.99)
    found = minimize(bowl, [0.0, 1.0], jac=jac, method=as_scipy(name, **more))
    assert found.success
    np.testing.assert_allclose(found.x, 3.0, atol=1e-5)


def test_the_result_has_scipys_fields_and_the_run():
    found = minimize(rosen, [-1.2, 1.0], jac=rosen_der, method=as_scipy("momentum", learning_rate=1e-3))
    run = found.run
    assert isinstance(found, OptimizeResult)
    assert isinstance(run, steepest.Run)
    assert {*found} == {"x", "fun", "jac", "nit", "nfev", "njev", "success", "status", "message", "run"}
    assert np.array_equal(found.x, run.x)
    assert np.array_equal(found.jac, rosen_der(found.x))
    assert (found.fun, found.nit, found.nfev, found.njev) == (rosen(found.x), run.nit, run.nfev, run.njev)
    assert (found.success, found.status, found.message) == (True, int(Outcome.CONVERGED.value), run.message)
    assert run.outcome is Outcome.CONVERGED
    assert "success: True" in repr(found)


def test_it_makes_the_run_of_minimize():
    ours = steepest.minimize(rosen, [-1.2, 1.0], "adam", grad=rosen_der, learning_rate=0.01, max_iter=300)
    found = minimize(
        rosen, [-1.2, 1.0], jac=rosen_der, method=as_scipy("adam", learning_rate=0.01), options={"maxiter": 300}
    )
    assert np.array_equal(found.x, ours.x)
    assert not found.success
    assert found.run.outcome is Outcome.MAX_ITER


@pytest.mark.parametrize(
    "method", ["momentum", steepest.methods.Momentum, steepest.methods.Momentum(0.1), Plain, Plain(0.1)]
)
def test_a_method_is_a_name_a_class_or_an_object(method):
    assert minimize(bowl, [0.0, 1.0], jac=slope, method=as_scipy(method, learning_rate=0.1)).success
    assert as_scipy(method).__name__ in ("steepest_momentum", "steepest_Plain")


def test_hyper_parameters_may_be_schedules_and_searches():
    for rate in (steepest.schedules.InverseTime(start=0.3, decay=0.01), steepest.line_search.Armijo(), lambda t: 0.2):
        assert minimize(bowl, [0.0, 1.0], method=as_scipy("gradient_descent", learning_rate=rate)).success


# -- the gradient ----------------------------------------------------------------------------------------------------


def test_jac_may_be_a_callable_true_or_nothing():
    runs = [
        minimize(bowl, [0.0, 1.0], jac=slope, method=as_scipy(learning_rate=0.1)).run,
        minimize(both, [0.0, 1.0], jac=True, method=as_scipy(learning_rate=0.1)).run,
    ]
    assert np.array_equal(runs[0].x, runs[1].x)
    assert all(run.recipe["gradient"] == "yours" for run in runs)
    automatic = minimize(bowl, [0.0, 1.0], method=as_scipy(learning_rate=0.1)).run
    assert automatic.recipe["gradient"] == "automatic"
    np.testing.assert_allclose(automatic.x, runs[0].x, rtol=1e-12)


@pytest.mark.parametrize("jac", ["2-point", "3-point"])
def test_scipys_differences_are_ours_where_they_reach_us(jac):
    """SciPy puts None in their place for methods that are callables."""
    run = minimize(bowl, [0.0, 1.0], jac=jac, method=as_scipy(learning_rate=0.1)).run
    assert run.recipe["gradient"] == "automatic"
    run = as_scipy(learning_rate=0.1)(bowl, [0.0, 1.0], jac=jac).run
    assert run.recipe["gradient"] == "central differences, 4 evaluations an iteration"
    assert run.success


def test_a_jac_of_no_known_kind_is_one_sentence():
    with pytest.raises(ArgumentTypeError, match=r"^jac must be a callable, True, None or 2-point.*; got '4-point'$"):
        as_scipy(learning_rate=0.1)(bowl, [0.0, 1.0], jac="4-point")


def test_args_reach_function_and_gradient():
    found = minimize(
        lambda x, a, b: float(a * ((x - b) ** 2).sum()), [0.0], args=(2.0, 5.0),
        jac=lambda x, a, b: 2 * a * (x - b), method=as_scipy(learning_rate=0.1),
    )  # fmt: skip
    assert found.x[0] == pytest.approx(5.0, abs=1e-6)


def test_each_call_is_counted():
    calls = []
    found = minimize(lambda x: calls.append(1) or bowl(x), [0.0, 1.0], jac=slope, method=as_scipy(learning_rate=0.1))
    assert found.nfev == len(calls)


# -- bounds, tolerances, options -------------------------------------------------------------------------------------


@pytest.mark.parametrize("bounds", [[(-1, 2), (None, 9)], Bounds([-1, -np.inf], [2, 9]), ((-1, 2), (-np.inf, 9))])
def test_bounds_are_projected_onto(bounds):
    seen = []
    found = minimize(
        bowl,
        [0.0, 1.0],
        jac=slope,
        bounds=bounds,
        method=as_scipy(learning_rate=0.1),
        callback=lambda x: seen.append(x),
    )
    assert found.success
    np.testing.assert_allclose(found.x, [2.0, 3.0], atol=1e-6)
    assert all(-1 <= x[0] <= 2 for x in seen)
    with pytest.raises(ArgumentError, match=r"^w0 must lie within bounds; w0\[0\] is 5"):
        minimize(bowl, [5.0, 1.0], bounds=bounds, method=as_scipy(learning_rate=0.1))


def test_tol_is_the_gradients():
    loose, tight = (
        minimize(bowl, [0.0, 1.0], jac=slope, tol=tol, method=as_scipy(learning_rate=0.1)) for tol in (1e-2, 1e-9)
    )
    assert np.abs(loose.jac).max() <= 1e-2
    assert np.abs(tight.jac).max() <= 1e-9
    assert loose.nit < tight.nit
    assert loose.run.recipe["grad_tol"] == 1e-2


OPTIONS = {
    "maxiter": ("max_iter", 7), "gtol": ("grad_tol", 0.5), "ftol": ("f_tol", 0.25), "xtol": ("x_tol", 0.125),
    "maxfev": ("max_evals", 9), "max_iter": ("max_iter", 7), "f_target": ("f_target", 3.0), "patience": ("patience", 2),
}  # fmt: skip


@pytest.mark.parametrize("name", OPTIONS)
def test_options_go_by_scipys_names_or_ours(name):
    ours, value = OPTIONS[name]
    run = minimize(bowl, [0.0, 1.0], jac=slope, method=as_scipy(learning_rate=0.01), options={name: value}).run
    assert run.recipe[ours] == value


def test_options_come_on_top_of_those_of_the_method():
    method = as_scipy(learning_rate=0.01, max_iter=50, grad_tol=None)
    assert minimize(bowl, [0.0, 1.0], jac=slope, method=method).nit == 50
    assert minimize(bowl, [0.0, 1.0], jac=slope, method=method, options={"maxiter": 7}).nit == 7
    run = minimize(bowl, [0.0, 1.0], jac=slope, method=method, options={"learning_rate": 0.5, "momentum": 0.0}).run
    assert run.recipe["method"]["learning_rate"] == 0.5


def test_disp_shows_progress_and_nothing_else(capsys):
    minimize(bowl, [0.0, 1.0], jac=slope, method=as_scipy(learning_rate=0.1), options={"disp": False})
    assert capsys.readouterr() == ("", "")


def test_the_path_is_kept_where_it_is_asked_for():
    method = as_scipy(learning_rate=0.1, max_iter=5)
    assert minimize(bowl, [0.0, 1.0], jac=slope, method=method).run.history.w is None
    run = minimize(bowl, [0.0, 1.0], jac=slope, method=method, options={"record": "all"}).run
    assert run.history.w.shape == (6, 2)


# -- callbacks -------------------------------------------------------------------------------------------------------


def test_a_callback_gets_x_of_each_row():
    seen = []
    found = minimize(
        bowl, [0.0, 1.0], jac=slope, method=as_scipy(learning_rate=0.1, max_iter=4, record="all"),
        callback=lambda xk: seen.append(xk),
    )  # fmt: skip
    assert np.array_equal(seen, found.run.history.w[1:])


def test_a_callback_named_for_it_gets_scipys_result():
    seen: list[Any] = []

    def watch(intermediate_result):
        seen.append(intermediate_result)

    found = minimize(bowl, [0.0, 1.0], jac=slope, method=as_scipy(learning_rate=0.1, max_iter=4), callback=watch)
    assert all(isinstance(one, OptimizeResult) for one in seen)
    assert [one.nit for one in seen] == [1, 2, 3, 4]
    assert seen[-1].fun == found.fun
    assert np.array_equal(seen[-1].x, found.x)
    assert len({one.x.tobytes() for one in seen}) == 4


@pytest.mark.parametrize("named", [True, False])
def test_stop_iteration_in_a_callback_stops(named):
    def with_x(x):
        raise StopIteration

    def with_result(intermediate_result):
        raise StopIteration

    found = minimize(
        bowl, [0.0, 1.0], jac=slope, method=as_scipy(learning_rate=0.1), callback=with_result if named else with_x
    )
    assert (found.nit, found.success, found.run.outcome) == (1, False, Outcome.STOPPED)


def test_what_a_callback_returns_does_not_matter():
    assert minimize(bowl, [0.0, 1.0], jac=slope, method=as_scipy(learning_rate=0.1), callback=lambda x: 3).success


# -- what is refused -------------------------------------------------------------------------------------------------

REFUSED: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"hess": lambda x: np.eye(2)}, ArgumentError, "^hess and hessp are not used by adam, a first-order method; leave"),
    (
        {"hessp": lambda x, p: p},
        ArgumentError,
        "^hess and hessp are not used by adam, a first-order method; leave them",
    ),
    (
        {"constraints": LinearConstraint([[1, 1]], 0, 1)},
        ArgumentError,
        "^constraints are not for adam; use bounds, or ",
    ),
    ({"constraints": {"type": "eq", "fun": bowl}}, ArgumentError, "^constraints are not for adam"),
    ({"constraints": [{"type": "eq", "fun": bowl}]}, ArgumentError, "^constraints are not for adam"),
    ({"options": {"maxitr": 3}}, ArgumentTypeError, "^minimize with method 'adam' has no argument 'maxitr'; did you"),
    ({"options": {"maxiter": -3}}, ArgumentError, "^max_iter must be a whole number of at least 0; got -3$"),
    ({"x0": [[np.nan, 1.0]]}, ValueError, "x0|w0"),
]


@pytest.mark.parametrize(("arguments", "kind", "message"), REFUSED, ids=range(len(REFUSED)))
@pytest.mark.filterwarnings("ignore:Method .* does not use Hessian:RuntimeWarning")
def test_what_is_not_ours_to_do_is_one_sentence(arguments, kind, message):
    with pytest.raises(kind, match=message) as error:
        minimize(**({"fun": bowl, "x0": [0.0, 1.0], "method": as_scipy("adam")} | arguments))
    assert "\n" not in str(error.value)
