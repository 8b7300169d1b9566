"""SVRG and SAGA as methods: steps by hand, defaults, rules of the user's own, what is refused."""

from typing import Any, NamedTuple

import numpy as np
import pytest

import steepest
from steepest.base.errors import ArgumentError, ArgumentTypeError
from steepest.base.fields import Fraction, Rate
from steepest.methods import SAGA, SVRG

X, Y = np.array([[1.0], [2.0]]), np.array([1.0, 3.0])
TWO = steepest.LinearModel(X, Y, fit_intercept=False)
RNG = np.random.default_rng(8)
MANY = RNG.standard_normal((40, 3))
MODEL = steepest.LinearModel(MANY, MANY @ [1.0, -2.0, 0.5] + RNG.standard_normal(40), penalty="l2", alpha=0.1)


def sum_of_two(grad):
    def half_square(w, example):
        x, y = example
        return 0.5 * ((x * w).sum() - y) ** 2

    def slope(w, example):
        x, y = example
        return ((x * w).sum() - y) * x

    return steepest.FiniteSum(half_square, (X, Y), grad=slope if grad else None)


HAND = {
    # kept -1 and -6 at 0, mean -3.5; then -1, -4.6, mean -2.8; then -0.44, -4.6, mean -2.52
    "saga": [0.0, 0.35, 0.35 + 0.21, 0.56 + 0.224, 0.784 + 0.0784],
    # the second epoch's snapshot is 0.56, with -0.44 and -3.76, mean -2.1
    "svrg": [0.0, 0.35, 0.56, 0.56 + 0.21, 0.77 + 0.126],
}


@pytest.mark.parametrize("method", HAND)
@pytest.mark.parametrize(
    ("problem", "engine"),
    [(TWO, "python"), (TWO, "numba"), (sum_of_two(True), "python"), (sum_of_two(False), "python")],
    ids=["linear, plain", "linear, compiled", "sum, yours", "sum, automatic"],
)
def test_two_epochs_by_hand(method, problem, engine):
    run = steepest.minimize(
        problem, [0.0], method, learning_rate=0.1, sampling="sequential", max_iter=2, record="updates", engine=engine
    )
    np.testing.assert_allclose(run.updates.w[:, 0], HAND[method], rtol=1e-14)
    np.testing.assert_allclose(run.history.w[:, 0], HAND[method][::2], rtol=1e-14)


@pytest.mark.parametrize(("rule", "share"), [(SAGA(), 1 / 3), (SVRG(), 1 / 4)])
def test_the_automatic_rate_is_a_share_of_1_over_the_steepest_rows_curvature(rule, share):
    run = steepest.minimize(MODEL, method=rule, max_iter=1)
    steepest_row = 1 + (MANY**2).sum(axis=1).max() + 0.1
    assert run.recipe["method"]["learning_rate"] == pytest.approx(share / steepest_row, rel=1e-12)
    assert "the largest curvature of a row" in run.recipe["learning_rate_reason"]
    flat = steepest.minimize(sum_of_two(True), [0.0], rule, max_iter=1)  # of a sum only the whole's curvature is known
    assert flat.recipe["method"]["learning_rate"] == pytest.approx(share / 2.5, rel=1e-6)


@pytest.mark.parametrize("method", ["saga", "svrg"])
def test_a_batch_is_one_example_unless_another_size_is_given(method):
    run = steepest.minimize(MODEL, method=method, max_iter=3)
    assert (run.recipe["batch_size"], run.engine, run.record.unit) == (1, "numba", "epoch")
    assert "batch_size 1" in repr(run)
    assert np.array_equal(run.replay().history.w, run.history.w)
    assert steepest.minimize(MODEL, method=method, max_iter=3, batch_size=7).recipe["batch_size"] == 7


@pytest.mark.parametrize("method", ["saga", "svrg"])
def test_the_whole_batch_is_gradient_descent(method):
    more = {"learning_rate": 0.1, "max_iter": 20}
    run = steepest.minimize(MODEL, method=method, batch_size=40, **more)
    plain = steepest.minimize(MODEL, method="gradient_descent", engine="python", grad_tol=None, **more)
    np.testing.assert_allclose(run.history.w, plain.history.w, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("engine", ["python", "numba"])
def test_a_rate_may_follow_a_schedule(engine):
    more = {"engine": engine, "max_iter": 4, "sampling": "sequential", "method": "saga"}
    fallen = steepest.minimize(MODEL, learning_rate=lambda t: 0.02 if t < 80 else 0.0, **more)
    still = steepest.minimize(MODEL, learning_rate=0.02, **more)
    assert np.array_equal(fallen.history.w[:3], still.history.w[:3])
    assert np.array_equal(fallen.history.w[3], fallen.history.w[2])


class Heavy(NamedTuple):
    """A rule of the user's own: heavy ball on SAGA's gradients."""

    learning_rate: Rate = None
    momentum: Fraction = 0.5

    def init(self, w, xp):
        return (xp.zeros_like(w),)

    def corrected(self, g, kept, mean):
        return mean + g - kept

    def renews_each(self):
        return True

    def update(self, w, g, slots, t, xp):
        v = self.momentum * slots[0] - self.learning_rate * g
        return v, (v,)


class Ahead(Heavy):
    """The same, its gradients taken ahead."""

    def look(self, w, slots, t, xp):
        return w + self.momentum * slots[0]


@pytest.mark.parametrize("batch", [1, 6])
def test_a_users_rule_is_corrected_too(batch):
    more = {"max_iter": 500, "learning_rate": 0.01, "batch_size": batch, "grad_tol": 1e-10}
    runs = [steepest.minimize(MODEL, method=Heavy, engine=engine, **more) for engine in ("python", "numba")]
    np.testing.assert_allclose(runs[1].history.w, runs[0].history.w, rtol=0, atol=1e-12)
    assert runs[0].success
    ahead = steepest.minimize(MODEL, method=Ahead, **more)
    assert "looks ahead" in ahead.record.engine_reason
    assert ahead.success
    np.testing.assert_allclose(ahead.w, runs[0].w, atol=1e-8)


@pytest.mark.parametrize("modifier", [{"weight_decay": 0.1}, {"clip_value": 0.05}, {"clip_norm": 0.05}])
def test_modifiers_leave_a_rule_its_corrections(modifier):
    more = {"method": "saga", "learning_rate": 0.02, "max_iter": 1, "sampling": "sequential", **modifier}
    runs = [steepest.minimize(MODEL, np.ones(4), engine=e, record="updates", **more) for e in ("auto", "python")]
    np.testing.assert_allclose(runs[0].updates.w, runs[1].updates.w, rtol=1e-12)
    if "weight_decay" not in modifier:  # the first step is made from the mean over all rows
        g = MODEL.gradient(np.ones(4))
        g = np.clip(g, -0.05, 0.05) if "clip_value" in modifier else 0.05 * g / np.linalg.norm(g)
        np.testing.assert_allclose(runs[0].updates.w[1], 1 - 0.02 * g, rtol=1e-12)


@pytest.mark.parametrize("method", ["saga", "svrg"])
def test_what_cannot_be_run_is_one_sentence(method):
    with pytest.raises(ArgumentError, match=f"^method '{method}' keeps gradients of single examples and needs a prob"):
        steepest.minimize(lambda w: float(w @ w), [1.0], method)
    with pytest.raises(ArgumentError, match=f"^learning_rate=Armijo.* method '{method}' steps by examples; give a num"):
        steepest.minimize(MODEL, method=method, learning_rate=steepest.line_search.Armijo())
    with pytest.raises(ArgumentError, match=r"^engine='jax' cannot run this: kept gradients are for the plain loop"):
        steepest.minimize(MODEL, method=method, engine="jax")
    with pytest.raises(ArgumentError, match=r"^engine='numba' cannot run this: kept gradients of several outputs"):
        steepest.minimize(steepest.LinearModel(MANY, MANY[:, :2]), method=method, engine="numba")


def test_a_rule_that_says_no_when_or_corrects_to_another_shape_is_one_sentence():
    class Sometimes(Heavy):
        def renews_each(self):
            return "yes"

    class Short(Heavy):
        def corrected(self, g, kept, mean):
            return g[:1]

    class Never(NamedTuple):
        learning_rate: Rate = 0.1

        def init(self, w, xp):
            return ()

        def corrected(self, g, kept, mean):
            return g

        def update(self, w, g, slots, t, xp):
            return -self.learning_rate * g, ()

    with pytest.raises(
        ArgumentTypeError, match=r"^method 'Sometimes': renews_each must return True or False; got 'yes'$"
    ):
        steepest.minimize(MODEL, method=Sometimes(0.1))
    with pytest.raises(ArgumentError, match=r"^method 'Never': renews_each raised AttributeError"):
        steepest.minimize(MODEL, method=Never)
    with pytest.raises(ArgumentTypeError, match=r"^method 'Short': what corrected returns must be an array"):
        steepest.minimize(MODEL, method=Short(0.1))


@pytest.mark.parametrize("method", ["saga", "svrg"])
def test_estimators_train_with_it_at_a_constant_rate(method):
    from sklearn.linear_model import LogisticRegression

    y = (MODEL.y > 0).astype(int)
    ours: Any = steepest.DescentClassifier("log_loss", method=method, alpha=0.1, tol=1e-14, max_iter=2000).fit(MANY, y)
    peer = LogisticRegression(C=1 / (40 * 0.1), tol=1e-12, max_iter=10_000).fit(MANY, y)
    np.testing.assert_allclose(ours.coef_, peer.coef_, atol=1e-6)
    np.testing.assert_allclose(ours.intercept_, peer.intercept_, atol=1e-6)
