"""The curvatures that limits are made of: all of them, the extremes of many, and what is said of them."""

import numpy as np
import pytest

import steepest
from steepest import LinearModel
from steepest.analysis import bends
from steepest.analysis.bends import bends_at
from steepest.base.errors import ArgumentError
from steepest.problems.function import Function


def test_of_data_they_are_those_of_the_gram_matrix():
    X = np.random.default_rng(0).standard_normal((50, 4))
    model = LinearModel(X, X[:, 0], penalty="l2", alpha=0.7)
    with_ones = np.concatenate([np.ones((50, 1)), X], axis=1)
    wanted = np.linalg.eigvalsh(with_ones.T @ with_ones / 50 + np.diag([0, 0.7, 0.7, 0.7, 0.7]))
    found = bends_at(model, np.zeros(5))
    np.testing.assert_allclose(found.values, wanted, rtol=1e-10)
    assert found.whole
    assert found.where == ""


def test_of_many_variables_the_extremes_are_exact(monkeypatch):
    c = np.concatenate([[-5.0], np.linspace(0.1, 8.0, 200), [20.0]])
    problem = Function(lambda w: 0.5 * float(c @ (w * w)), lambda w: c * w, c.size)
    found = bends_at(problem, np.ones(c.size))
    assert not found.whole
    assert found.largest == pytest.approx(20.0, rel=1e-6)
    assert found.smallest == pytest.approx(-5.0, rel=1e-6)
    assert len(found.values) <= bends.STEPS


def test_flat_ones_and_those_without_numbers():
    assert bends_at(Function(lambda w: float(w[0]), lambda w: np.ones(1), 1), np.zeros(1)).flat
    with pytest.raises(ArgumentError, match="the Hessian here is not finite"):
        bends_at(Function(lambda w: np.nan, lambda w: w * np.nan, 2), np.zeros(2), "here")


def test_kinks_are_said():
    X = np.random.default_rng(0).standard_normal((50, 2))
    model = LinearModel(X, X[:, 0] > 0, loss="hinge")
    found = bends_at(model, np.zeros(3))
    assert not found.smooth
    assert "as if the kinks of the loss" in found.what
    lasso = bends_at(LinearModel(X, X[:, 0], penalty="l1", alpha=0.1), np.zeros(3))
    assert not lasso.smooth
    assert "of the smooth part" in lasso.said()
    assert bends_at(steepest.gallery.rosenbrock(), np.ones(2)).said() == ""
