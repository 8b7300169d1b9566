"""The losses by hand, and against scikit-learn's own."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn._loss import loss as peers
from sklearn.linear_model import _sgd_fast as sgd

from steepest.base.errors import ArgumentError
from steepest.base.fields import checked, fields_of
from steepest.base.xp import numpy_functions, scalar_functions
from steepest.problems import losses

BY_HAND = {  # name: (fields, [(o, y, value, derivative, second)])
    "squared_error": ({}, [(5, 2, 4.5, 3, 1), (2, 2, 0, 0, 1)]),
    "huber": ({"epsilon": 0.5}, [(2.25, 2, 0.03125, 0.25, 1), (2.5, 2, 0.125, 0.5, 1), (0, 2, 0.875, -0.5, 0)]),
    "absolute_error": ({}, [(5, 2, 3, 1, 0), (-1, 2, 3, -1, 0), (2, 2, 0, 0, 0)]),
    "epsilon_insensitive": (
        {"epsilon": 0.5},
        [(5, 2, 2.5, 1, 0), (1, 2, 0.5, -1, 0), (2.25, 2, 0, 0, 0), (2.5, 2, 0, 0, 0), (1.5, 2, 0, 0, 0)],
    ),
    "squared_epsilon_insensitive": (
        {"epsilon": 0.5},
        [(5, 2, 6.25, 5, 2), (1, 2, 0.25, -1, 2), (2.25, 2, 0, 0, 0), (2.5, 2, 0, 0, 0)],
    ),
    "quantile": ({"quantile": 0.75}, [(5, 2, 0.75, 0.25, 0), (-2, 2, 3, -0.75, 0), (2, 2, 0, -0.75, 0)]),
    "poisson": ({}, [(0, 3, 1, -2, 1), (np.log(2), 0, 2, 2, 2)]),
    "log_loss": (
        {},
        [(0, 1, np.log(2), -0.5, 0.25), (np.log(3), -1, np.log(4), 0.75, 0.1875), (np.log(3), 1, np.log(4 / 3), -0.25,
                                                                                   0.1875)],
    ),
    "hinge": ({}, [(0.5, 1, 0.5, -1, 0), (0.5, -1, 1.5, 1, 0), (2, 1, 0, 0, 0), (1, 1, 0, -1, 0), (-1, -1, 0, 1, 0)]),
    "squared_hinge": ({}, [(0.5, 1, 0.25, -1, 2), (0.5, -1, 2.25, 3, 2), (2, 1, 0, 0, 0), (1, 1, 0, 0, 0)]),
    "modified_huber": (
        {},
        [(0.5, 1, 0.25, -1, 2), (0.5, -1, 2.25, 3, 2), (2, 1, 0, 0, 0), (-3, 1, 12, -4, 0), (3, -1, 12, 4, 0)],
    ),
    "perceptron": ({}, [(0.5, 1, 0, 0, 0), (0.5, -1, 0.5, 1, 0), (0, 1, 0, -1, 0), (0, -1, 0, 1, 0)]),
}  # fmt: skip
BOUNDS = {  # name: (curvature, slope)
    "squared_error": (1, np.inf), "huber": (1, 0.1), "absolute_error": (np.inf, 1), "epsilon_insensitive": (np.inf, 1),
    "squared_epsilon_insensitive": (2, np.inf), "quantile": (np.inf, 0.5), "poisson": (np.inf, np.inf),
    "log_loss": (0.25, 1), "hinge": (np.inf, 1), "squared_hinge": (2, np.inf), "modified_huber": (2, 4),
    "perceptron": (np.inf, 1), "multinomial_log_loss": (0.5, np.sqrt(2)),
}  # fmt: skip
PEERS = {  # fields, and value and gradient of scikit-learn as functions of (o, y)
    "squared_error": ({}, peers.HalfSquaredError()),
    "absolute_error": ({}, peers.AbsoluteError()),
    "huber": ({"epsilon": 0.3}, peers.HuberLoss(delta=0.3)),
    "quantile": ({"quantile": 0.2}, peers.PinballLoss(quantile=0.2)),
    "poisson": ({}, peers.HalfPoissonLoss()),
    "log_loss": ({}, peers.HalfBinomialLoss()),
    "epsilon_insensitive": ({"epsilon": 0.3}, sgd.EpsilonInsensitive(0.3)),
    "squared_epsilon_insensitive": ({"epsilon": 0.3}, sgd.SquaredEpsilonInsensitive(0.3)),
    "hinge": ({}, sgd.Hinge(1.0)),
    "perceptron": ({}, sgd.Hinge(0.0)),
    "squared_hinge": ({}, sgd.SquaredHinge(1.0)),
    "modified_huber": ({}, sgd.ModifiedHuber()),
}


def test_every_loss_is_worked_by_hand_and_has_a_peer():
    names = set(losses.names())
    assert set(BOUNDS) == names
    assert set(BY_HAND) == set(PEERS) == names - {"multinomial_log_loss"}


@pytest.mark.parametrize("name", BY_HAND)
def test_values_by_hand(name):
    fields, rows = BY_HAND[name]
    loss = losses.find(name)(**fields)
    for o, y, *expected in rows:
        for xp, kind in ((scalar_functions, float), (numpy_functions, np.array)):
            at = kind(float(o)), kind(float(y))
            found = [float(method(*at, xp)) for method in (loss.value, loss.derivative, loss.second)]
            assert found == pytest.approx(expected, rel=1e-15, abs=1e-16)


@pytest.mark.parametrize("name", BOUNDS)
def test_bounds_by_hand(name):
    loss = losses.find(name)()
    assert (loss.curvature(), loss.slope()) == BOUNDS[name]


def test_bounds_that_depend_on_a_field():
    assert losses.find("huber")(epsilon=2.0).slope() == 2.0
    assert [losses.find("quantile")(quantile=q).slope() for q in (0.25, 0.875)] == [0.75, 0.875]


def peer(loss, o, y):
    """``(value, derivative)`` of scikit-learn for arrays."""
    if hasattr(loss, "py_loss"):
        pairs = [(float(a), float(b)) for a, b in zip(o, y, strict=True)]
        return [loss.py_loss(*pair) for pair in pairs], [loss.py_dloss(*pair) for pair in pairs]
    y = (y + 1) / 2 if isinstance(loss, peers.HalfBinomialLoss) else y
    return loss.loss(y, o), loss.gradient(y, o)


@pytest.mark.parametrize("name", PEERS)
@given(pairs=st.lists(st.tuples(st.floats(-30, 30), st.floats(0, 9)), min_size=1, max_size=9))
def test_values_are_scikit_learns(name, pairs):
    fields, theirs = PEERS[name]
    loss = losses.find(name)(**fields)
    o, y = np.array(pairs).T.copy()
    if loss.kind == "classification":
        y = np.where(y < 4.5, 1.0, -1.0)
    value, derivative = peer(theirs, o, y)
    if name == "absolute_error":  # scikit-learn's boosting takes -1 at the kink, its SGD (epsilon 0) takes 0
        derivative = np.where(o == y, [sgd.EpsilonInsensitive(0.0).py_dloss(1.0, 1.0)], derivative)
    scale = 1 + np.abs(o * y).max() + np.exp(o.max() if name == "poisson" else 0)
    np.testing.assert_allclose(loss.value(o, y, numpy_functions), value, rtol=1e-13, atol=1e-15 * scale)
    np.testing.assert_allclose(loss.derivative(o, y, numpy_functions), derivative, rtol=1e-13, atol=1e-15 * scale)


@pytest.mark.parametrize("name", [name for name in PEERS if name != "absolute_error"])
def test_at_kinks_and_far_away_too(name):
    fields, theirs = PEERS[name]
    loss = losses.find(name)(**fields)
    o = np.array([-1e4, -1.0, -0.25, 0.0, 0.25, 1.0, 1e4])
    for target in (1.0, -1.0) if loss.kind == "classification" else (0.0, 1.0, 0.25):
        y = np.full(o.size, target)
        value, derivative = peer(theirs, o, y)
        with np.errstate(over="ignore" if name == "poisson" else "raise"):
            np.testing.assert_allclose(loss.value(o, y, numpy_functions), value, rtol=1e-13)
            np.testing.assert_allclose(loss.derivative(o, y, numpy_functions), derivative, rtol=1e-13)


def test_log_loss_keeps_small_losses():
    loss = losses.find("log_loss")()
    for o in (40.0, 100.0, 700.0):
        for method, sign in ((loss.value, 1), (loss.derivative, -1), (loss.second, 1)):
            assert method(o, 1.0, scalar_functions) == pytest.approx(sign * np.exp(-o), rel=1e-15, abs=0)


def test_poisson_grows_beyond_the_largest_float_as_it_must():
    loss = losses.find("poisson")()
    with np.errstate(over="ignore"):
        assert loss.value(1e4, 2.0, scalar_functions) == np.inf
    assert loss.value(-1e4, 2.0, scalar_functions) == 2e4
    assert loss.derivative(-1e4, 2.0, scalar_functions) == -2.0
    assert loss.predicted(np.log(3), scalar_functions) == pytest.approx(3, rel=1e-15)


def test_poisson_refuses_negative_targets():
    loss = losses.find("poisson")()
    assert loss.refusal(np.array([0.0, 2.5])) == ""
    expected = "y must not be negative with loss 'poisson', which is for counts; it holds -1.5 at row 1"
    assert loss.refusal(np.array([0.0, -1.5, -2.0])) == expected
    assert loss.refusal(np.array([[0.0, 1.0], [3.0, -1.5]])) == expected


def test_the_start_of_a_perceptron_is_a_plain_zero():
    value = losses.find("perceptron")().value(np.zeros(40), np.resize([1.0, -1.0, 1.0], 40), numpy_functions)
    assert not np.signbit(value).any()


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        ("quantile", "quantile", 0.0), ("quantile", "quantile", 1.0), ("huber", "epsilon", 0.0),
        ("epsilon_insensitive", "epsilon", -0.1), ("squared_epsilon_insensitive", "epsilon", -0.1),
    ],
)  # fmt: skip
def test_fields_out_of_bounds_are_refused(name, field, value):
    with pytest.raises(ArgumentError, match=rf"^{field}( of {name})? must be "):
        checked(fields_of(losses.find(name))[field], value, name)
