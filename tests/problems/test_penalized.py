"""A penalty on any problem: its value, its gradients, what it says of itself, what it refuses."""

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import steepest
from steepest.base.errors import ArgumentError, ArgumentTypeError
from steepest.problems.limited import EvaluationsSpent, limited
from steepest.problems.penalized import PenalizedProblem, without_penalty

vectors = st.lists(st.floats(-10, 10), min_size=2, max_size=2).map(np.array)
SPHERE = steepest.gallery.sphere()
NAMES = ["l2", "l1", "elasticnet"]


@pytest.mark.parametrize("name", NAMES)
@given(w=vectors, alpha=st.floats(0, 10), ratio=st.floats(0, 1))
def test_its_value_is_the_penalised_objective(name, w, alpha, ratio):
    square, absolute = 0.5 * (w**2).sum(), np.abs(w).sum()
    wanted = {"l2": square, "l1": absolute, "elasticnet": (1 - ratio) * square + ratio * absolute}[name]
    penalized = steepest.Penalized(steepest.gallery.rosenbrock(), name, alpha, ratio)
    assert penalized.value(w) == pytest.approx(steepest.gallery.rosenbrock().value(w) + alpha * wanted, rel=1e-12)
    assert penalized.value_and_gradient(w)[0] == penalized.value(w)
    assert np.array_equal(penalized.value_and_gradient(w)[1], penalized.gradient(w))


@given(w=vectors, l2=st.floats(0, 5), l1=st.floats(0, 5))
def test_its_gradient_is_the_shortest_subgradient(w, l2, l1):
    w = np.where(np.abs(w) < 2, 0.0, w)
    problem = PenalizedProblem(SPHERE, l2, l1)
    smooth = SPHERE.gradient(w) + l2 * w
    np.testing.assert_allclose(problem.smooth_gradient(w), smooth, rtol=1e-15)
    g = problem.gradient(w)
    for at in np.linspace(-1, 1, 21):  # any other subgradient
        other = smooth + l1 * np.where(w == 0, at, np.sign(w))
        assert (np.abs(g) <= np.abs(other) + 1e-12).all()
    np.testing.assert_allclose(np.where(w == 0, 0.0, g), np.where(w == 0, 0.0, smooth + l1 * np.sign(w)), rtol=1e-15)


def test_l1_ratio_is_that_of_linear_model():
    assert steepest.Penalized(SPHERE, "elasticnet", 2.0).l1 == pytest.approx(0.3)
    assert steepest.Penalized(SPHERE, "elasticnet", 2.0).l2 == pytest.approx(1.7)


def test_a_linear_model_gets_it_as_its_own_and_keeps_its_intercept_free():
    X, y = np.random.default_rng(0).normal(size=(9, 2)), np.arange(9.0)
    plain, own = steepest.LinearModel(X, y), steepest.LinearModel(X, y, penalty="elasticnet", alpha=0.3, l1_ratio=0.5)
    whole = steepest.Penalized(plain, "elasticnet", 0.3, 0.5).whole
    assert isinstance(whole, steepest.LinearModel)
    assert whole.recipe() == own.recipe()
    assert np.array_equal(whole.gradient(np.ones(3)), own.gradient(np.ones(3)))
    assert (plain.l1, plain.l2) == (0.0, 0.0)
    twice = steepest.Penalized(steepest.Penalized(plain, "l2", 0.5), "l1", 0.25).whole
    assert (twice.l2, twice.l1) == (0.5, 0.25)


def test_penalties_add_up():
    twice = steepest.Penalized(steepest.Penalized(SPHERE, "l1", 0.5), "elasticnet", 2.0, 0.5)
    once = PenalizedProblem(SPHERE, 1.0, 1.5)
    for w in (np.array([1.0, 0.0]), np.array([-0.1, 3.0])):
        assert twice.value(w) == pytest.approx(once.value(w))
        np.testing.assert_allclose(twice.gradient(w), once.gradient(w))
        np.testing.assert_allclose(twice.smooth_gradient(w), once.smooth_gradient(w))
    assert np.array_equal(twice.l1_each, [1.5, 1.5])
    assert np.array_equal(twice.l2_each, [1.0, 1.0])
    assert without_penalty(twice.whole) is SPHERE
    assert without_penalty(SPHERE) is SPHERE


def test_without_a_weight_it_is_the_problem_itself():
    problem = PenalizedProblem(SPHERE, 0.0, 0.0)
    assert problem.l1_each is problem.l2_each is None
    assert problem.value(np.ones(2)) == SPHERE.value(np.ones(2))
    assert np.array_equal(problem.gradient(np.ones(2)), SPHERE.gradient(np.ones(2)))


def test_it_says_what_it_is():
    problem = steepest.Penalized("sphere", "l1", 0.5)
    assert repr(problem) == "<Penalized 'sphere', l1, alpha 0.5>"
    whole = steepest.Penalized(SPHERE, "elasticnet", 0.5, 0.5)
    assert whole.name == "sphere with a penalty"
    assert whole.formula.endswith(" + 0.25/2 |w|^2 + 0.25 |w|_1")
    assert whole.minimum is None
    assert whole.n == 2
    assert np.array_equal(whole.start, SPHERE.start)
    assert whole.recipe() == {"kind": "penalized", "problem": SPHERE.recipe(), "l2": 0.25, "l1": 0.25}


def test_a_callable_becomes_a_problem_in_minimize_only():
    waiting = steepest.Penalized(lambda w: w @ w, "l1", 0.5)
    assert not hasattr(waiting, "value")
    with pytest.raises(AttributeError, match="what is penalised becomes a problem, with its gradient, in minimize"):
        _ = waiting.gradient


def test_it_is_copied_and_pickled_as_it_is():
    for again in (copy.deepcopy(PenalizedProblem(SPHERE, 1.0, 2.0)), pickle.loads(pickle.dumps(SPHERE_WITH))):
        assert again.value(np.ones(2)) == PenalizedProblem(SPHERE, 1.0, 2.0).value(np.ones(2))


SPHERE_WITH = steepest.Penalized(SPHERE, "elasticnet", 3.0, 2 / 3).whole


def test_evaluations_of_what_it_penalises_are_counted():
    run = steepest.minimize(steepest.Penalized(lambda w: float(w @ w), "l1", 0.1), [1.0], grad="finite", max_iter=1)
    problem, counter = limited(run.problem, 3)
    problem.gradient(np.ones(1))
    problem.value(np.ones(1))
    assert counter.spent == 3
    with pytest.raises(EvaluationsSpent):
        problem.value(np.ones(1))


@pytest.mark.parametrize(
    ("arguments", "kind", "said"),
    [
        ((SPHERE, "l1", -0.1), ArgumentError, "alpha must be a finite number, 0 or more; got -0.1"),
        ((SPHERE, "l1", np.inf), ArgumentError, "alpha must be a finite number, 0 or more; got inf"),
        ((SPHERE, "l1", "a"), ArgumentTypeError, "alpha must be a number; got 'a'"),
        ((SPHERE, "elasticnet", 1.0, 1.5), ArgumentError, "l1_ratio must be a number from 0 to 1; got 1.5"),
        ((SPHERE, "l3", 1.0), ArgumentError, "penalty 'l3' is not known"),
        ((SPHERE, None, 0.0), ArgumentTypeError, "penalty of Penalized must be 'l2', 'l1' or 'elasticnet'; got None"),
        ((3.0, "l1", 1.0), ArgumentTypeError, "problem of Penalized must be a callable, a formula"),
        ((steepest.LinearModel, "l1", 1.0), ArgumentTypeError, "problem of Penalized must be a callable, a formula"),
    ],
)  # fmt: skip
def test_what_makes_no_penalty_is_refused_in_one_sentence(arguments, kind, said):
    with pytest.raises(kind) as caught:
        steepest.Penalized(*arguments)
    assert str(caught.value).startswith(said)
    assert "\n" not in str(caught.value)
