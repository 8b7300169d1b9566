"""What may be compared besides our methods by name: SciPy's, optax's, a user's rule, torch's interface."""

import sys
from types import SimpleNamespace
from typing import NamedTuple

import numpy as np
import optax
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize

import steepest
from steepest.verbs.contenders import SCIPY
from steepest.verbs.contests import EXACT, Ended, Goal, Meter, Trace

ROSENBROCK = steepest.gallery.rosenbrock()
ADAM = ("adam", {"learning_rate": 0.1})


def trace(found, name):
    return found.traces[0][found.names.index(name)]


# -- counting --------------------------------------------------------------------------------------------------------


def test_a_value_and_a_gradient_are_one_evaluation():
    meter = Meter(ROSENBROCK)
    meter.value_and_gradient(np.zeros(2))
    meter.value(np.ones(2))
    meter.gradient(np.ones(2))
    assert meter.spent == 1
    meter.value(np.zeros(2))
    assert meter.spent == 2
    assert meter.trace("X", "").evaluations.tolist() == [0, 1, 2]
    assert meter.trace("X", "").f.tolist() == [1.0, 0.0, 0.0]


def test_the_meter_ends_a_run_at_its_budget_and_at_its_target():
    meter = Meter(ROSENBROCK, Goal(2))
    for _ in range(3):
        meter.value(np.zeros(2))
    with pytest.raises(Ended, match="BUDGET"):
        meter.value(np.zeros(2))
    assert meter.trace("BUDGET", "", 2).spent == 2
    meter = Meter(ROSENBROCK, Goal(9, 0.5))
    meter.value(np.ones(2))
    with pytest.raises(Ended, match="F_TARGET"):
        meter.gradient(np.ones(2))


def test_numbers_that_are_none_reach_nothing():
    found = Trace.of([0, 1, 2], [np.nan, np.nan, 1.0], [0, 1, 2], [0.0, 0.1, 0.2], "X", "")
    assert found.f.tolist() == [np.inf, 1.0]
    assert found.reached(2.0) == 2
    assert Trace.nothing("X", "").reached(1e300) == np.inf


@given(st.integers(0, 1000))
def test_long_traces_are_thinned_by_a_thousandth(seed):
    rng = np.random.default_rng(seed)
    f = np.exp(-np.linspace(0, 5, 6000)) * rng.uniform(0.9, 1.1, 6000)
    at = np.arange(6000.0)
    found = Trace.of(at, f, at, at, "X", "")
    best = np.minimum.accumulate(f)
    assert found.best == best[-1]
    assert len(found.f) < 3000
    for target in (0.5, 0.2, 0.05, 0.01):
        exact = np.flatnonzero(best <= target)
        if exact.size:
            first = exact[0]
            assert first <= found.reached(target) <= first * (1.0 if first < EXACT else 1.0011) + (first >= EXACT)
        else:
            assert found.reached(target) == np.inf


def test_the_iterations_of_a_line_search_are_its_rows():
    found = steepest.compare(["rosenbrock"], {"lbfgs": "lbfgs", "adam": ADAM}, budget=100, progress=False)
    run = found.replay("rosenbrock", "lbfgs")
    ours = trace(found, "lbfgs")
    best = np.minimum.accumulate(run.history.f)
    assert ours.steps[0] == 0
    assert ours.steps[-1] == run.nit
    assert (np.diff(ours.steps) >= 0).all()
    for k in (0, run.nit // 2, run.nit):
        at = np.flatnonzero(ours.steps <= k)[-1]
        assert ours.f[at] == best[k]


# -- SciPy's ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", SCIPY)
def test_scipys_methods_run_within_the_budget(method):
    found = steepest.compare(["rosenbrock"], {"theirs": steepest.scipy_method(method), "adam": ADAM}, budget=60,
                             progress=False)  # fmt: skip
    theirs = trace(found, "theirs")
    assert theirs.outcome in ("BUDGET", "F_TARGET", "CONVERGED", "GAVE_UP")
    assert 1 <= theirs.spent <= 60
    assert theirs.f[0] == pytest.approx(24.2)
    assert theirs.best < 24.2


def test_the_counts_are_scipys_own():
    w0 = ROSENBROCK.start
    theirs = optimize.minimize(ROSENBROCK.value, w0, jac=ROSENBROCK.gradient, method="L-BFGS-B", tol=0.0,
                               options={"maxiter": 12})  # fmt: skip
    found = steepest.compare(["rosenbrock"], {"l": steepest.scipy_method("l-bfgs-b", maxiter=12), "adam": ADAM},
                             budget=500, progress=False)  # fmt: skip
    assert trace(found, "l").spent == theirs.nfev - 1
    assert trace(found, "l").best == theirs.fun
    assert trace(found, "l").steps[-1] == theirs.nit == 12
    assert trace(found, "l").message.startswith("SciPy: ")


def test_scipys_unknown_methods_are_refused():
    with pytest.raises(ValueError, match="'dogleg' needs the Hessian; use 'Nelder-Mead'"):
        steepest.scipy_method("dogleg")
    with pytest.raises(ValueError, match="'LBFGS' is none of SciPy's; it has Nelder-Mead"):
        steepest.scipy_method("LBFGS")
    with pytest.raises(TypeError, match="must be the name of one of SciPy's methods; got None"):
        steepest.scipy_method(None)
    with pytest.raises(ValueError, match="give SciPy's options to scipy_method itself"):
        steepest.compare(["booth"], ["adam", (steepest.scipy_method("CG"), {"eps": 1})])


def test_an_unknown_option_is_seen_in_the_row_not_raised():
    found = steepest.compare(["booth"], [steepest.scipy_method("CG", gtol="x"), "adam"], budget=5, progress=False)
    assert found.traces[0][0].outcome == "CRASHED"


# -- optax's, and rules ----------------------------------------------------------------------------------------------


def test_an_optax_transformation_runs_as_minimize_runs_it():
    methods = {"optax": optax.sgd(0.01), "ours": ("gradient_descent", {"learning_rate": 0.01})}
    found = steepest.compare(["booth"], methods, budget=40, progress=False)
    assert trace(found, "optax").best == pytest.approx(trace(found, "ours").best, rel=1e-9)
    assert found.methods[0]["kind"] == "ours"


class Half(NamedTuple):
    learning_rate: float = 0.5

    def init(self, w, xp):
        return ()

    def update(self, w, g, slots, t, xp):
        return -self.learning_rate * g, slots


def test_rules_classes_and_lists_get_names():
    found = steepest.compare(["sphere", "sphere"], [Half, Half(0.1), "momentum", steepest.methods.Adam], budget=3,
                             progress=False)  # fmt: skip
    assert found.names == ["Half", "Half 2", "momentum", "adam"]
    assert [about["name"] for about in found.problems] == ["sphere", "sphere 2"]


# -- torch's interface -----------------------------------------------------------------------------------------------


class Tensor:
    """As much of a tensor as an optimiser in the manner of torch needs."""

    def __init__(self, array):
        self.array, self.grad = array, None

    def detach(self):
        return self

    def numpy(self):
        return self.array

    def __float__(self):
        return float(self.array)


class SGD:
    def __init__(self, params, lr=0.001, momentum=0.0):
        (self.parameter,), self.lr, self.momentum, self.velocity = params, lr, momentum, 0.0

    def step(self, closure):
        loss = closure()
        self.velocity = self.momentum * self.velocity + self.parameter.grad.array
        self.parameter.array -= self.lr * self.velocity
        return loss


class Idle(SGD):
    def step(self, closure):
        return Tensor(np.float64(1.0))


@pytest.fixture
def torch(monkeypatch):
    fake = SimpleNamespace(
        nn=SimpleNamespace(Parameter=lambda tensor: tensor), from_numpy=Tensor, float64=float,
        tensor=lambda value, dtype: Tensor(np.float64(value)), __version__="0", __spec__=None,
    )  # fmt: skip
    monkeypatch.setitem(sys.modules, "torch", fake)


@pytest.mark.usefixtures("torch")
def test_a_torch_factory_makes_the_steps_of_our_rule():
    methods = {
        "torch": lambda params: SGD(params, lr=0.001, momentum=0.9),
        "ours": ("momentum", {"learning_rate": 0.001, "momentum": 0.9}),
    }
    found = steepest.compare(["beale"], methods, starts=2, budget=80, progress=False)
    for theirs, ours in found.traces:
        np.testing.assert_allclose(theirs.f, ours.f, rtol=1e-9)
        assert theirs.evaluations.tolist() == ours.evaluations.tolist()
        assert theirs.spent == 80
    with pytest.raises(ValueError, match="is not run by steepest"):
        found.replay("beale", "torch")


@pytest.mark.usefixtures("torch")
def test_a_torch_run_that_blows_up_ends_as_such():
    found = steepest.compare(["beale"], {"wild": (SGD, {"lr": 10.0}), "adam": ADAM, "idle": Idle}, budget=50,
                             progress=False)  # fmt: skip
    assert trace(found, "wild").outcome == "NOT_FINITE"
    assert trace(found, "idle").outcome == "GAVE_UP"


@pytest.mark.usefixtures("torch")
def test_a_factory_that_takes_a_learning_rate_is_tuned():
    found = steepest.compare(["booth"], {"torch": SGD, "fixed": lambda params: SGD(params), "adam": "adam"}, budget=60,
                             tune={"learning_rate": [1e-4, 0.05]}, progress=False)  # fmt: skip
    notes = {entry["method"]: entry for entry in found.tuning}
    assert notes["torch"]["chosen"] == {"learning_rate": 0.05}
    assert notes["fixed"]["note"] == "its factory takes no learning_rate"


def test_without_torch_the_row_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    found = steepest.compare(["booth"], {"torch": SGD, "adam": ADAM}, budget=5, progress=False)
    assert trace(found, "torch").outcome == "REFUSED"
    assert "pip install torch" in trace(found, "torch").message
