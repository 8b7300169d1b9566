"""The penalties: how much of alpha is a square and how much an absolute value, and what is refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from steepest import LinearModel
from steepest.base.errors import ArgumentError, ArgumentTypeError
from steepest.problems import penalties

X, Y = np.array([[1.0, 2.0], [3.0, 5.0], [0.0, -1.0]]), np.array([1.0, 0.0, 2.0])
alphas, ratios = st.floats(0, 1e6), st.floats(0, 1)


def test_they_are_found_by_name():
    assert penalties.names() == ("elasticnet", "l1", "l2")
    for name in penalties.names():
        assert len(penalties.find(name)(0.5).parts()) == 2


@given(alpha=alphas, ratio=ratios)
def test_their_parts_are_those_of_scikit_learn(alpha, ratio):
    assert penalties.find("l2")(alpha, ratio).parts() == (alpha, 0.0)
    assert penalties.find("l1")(alpha, ratio).parts() == (0.0, alpha)
    assert penalties.find("elasticnet")(alpha, ratio).parts() == (alpha * (1 - ratio), alpha * ratio)


@pytest.mark.parametrize("name", ["l2", "l1", "elasticnet"])
@pytest.mark.parametrize("intercept", [True, False])
@given(alpha=st.floats(0, 100), ratio=ratios, c=st.lists(st.floats(-50, 50), min_size=2, max_size=2))
def test_a_model_adds_it_for_the_coefficients_but_not_for_the_intercept(name, intercept, alpha, ratio, c):
    plain = LinearModel(X, Y, fit_intercept=intercept)
    model = LinearModel(X, Y, penalty=name, alpha=alpha, l1_ratio=ratio, fit_intercept=intercept)
    w = np.array([7.0, *c] if intercept else c)
    square, absolute = 0.5 * float(np.square(c).sum()), float(np.abs(c).sum())
    wanted = {"l2": square, "l1": absolute, "elasticnet": (1 - ratio) * square + ratio * absolute}[name]
    assert model.value(w) == pytest.approx(plain.value(w) + alpha * wanted, rel=1e-12)
    assert model.penalty(w) == pytest.approx(alpha * wanted, rel=1e-12)


def test_the_ends_of_the_elastic_net_are_the_others():
    w = np.array([0.3, -2.0, 5.0])
    for ratio, name in ((0.0, "l2"), (1.0, "l1")):
        mixed = LinearModel(X, Y, penalty="elasticnet", alpha=0.7, l1_ratio=ratio)
        pure = LinearModel(X, Y, penalty=name, alpha=0.7)
        assert (mixed.l2, mixed.l1) == (pure.l2, pure.l1)
        assert mixed.value(w) == pure.value(w)
        assert np.array_equal(mixed.gradient(w), pure.gradient(w))


def test_alpha_zero_is_no_penalty():
    model = LinearModel(X, Y, penalty="elasticnet", alpha=0)
    assert model.l1_each is None
    assert model.l2_each is None
    assert model.value(np.ones(3)) == LinearModel(X, Y).value(np.ones(3))


NUMBER = "must be a finite number, 0 or more; got"
BAD = [
    ({"alpha": 0.1}, ArgumentError, "^alpha=0.1 weighs a penalty, and there is none; add penalty='l2' or leave it"),
    ({"penalty": "l1", "alpha": -1}, ArgumentError, f"^alpha {NUMBER} -1$"),
    ({"penalty": "l1", "alpha": np.nan}, ArgumentError, f"^alpha {NUMBER} nan$"),
    ({"penalty": "l1", "alpha": np.inf}, ArgumentError, f"^alpha {NUMBER} inf$"),
    ({"penalty": "l1", "alpha": 10**400}, ArgumentError, f"^alpha {NUMBER} 10+$"),
    ({"penalty": "l1", "alpha": "1"}, ArgumentTypeError, "^alpha must be a number; got '1'$"),
    ({"penalty": "l1", "alpha": True}, ArgumentTypeError, "^alpha must be a number; got True$"),
    ({"penalty": "l1", "alpha": None}, ArgumentTypeError, "^alpha must be a number; got None$"),
    ({"penalty": "elasticnet", "l1_ratio": 1.5}, ArgumentError, "^l1_ratio must be a number from 0 to 1; got 1.5$"),
    ({"penalty": "elasticnet", "l1_ratio": np.nan}, ArgumentError, "^l1_ratio must be a number from 0 to 1; got nan$"),
    ({"penalty": "elasticnet", "l1_ratio": "a"}, ArgumentTypeError, "^l1_ratio must be a number; got 'a'$"),
    ({"penalty": "L2"}, ArgumentError, "^penalty 'L2' is not known; did you mean 'l2'"),
    ({"penalty": "ridge"}, ArgumentError, "^penalty 'ridge' is not known; known: elasticnet, l1 and l2$"),
    ({"penalty": 2}, ArgumentTypeError, "^penalty must be None or one of elasticnet, l1, l2; got 2$"),
]


@pytest.mark.parametrize(("named", "kind", "message"), BAD, ids=range(len(BAD)))
def test_what_is_no_penalty_is_one_sentence(named, kind, message):
    with pytest.raises(kind, match=message):
        LinearModel(X, Y, **named)
