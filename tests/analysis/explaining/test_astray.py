"""Steps of batches that do not lead downhill on average: signs of skewed gradients. By hand, then on data."""

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer

import steepest
from steepest.analysis.explaining.mean_step import mean_step
from steepest.methods.signsgd import SignSGD


def skewed():
    """Two rows want w = 0 and one w = 10: the mean is 10 / 3, but most pull towards 0."""
    return steepest.LinearModel(np.ones((3, 1)), np.array([0.0, 0.0, 10.0]), fit_intercept=False)


def test_the_mean_step_by_hand():
    """At w = 1 the rows' gradients are 1, 1 and -9, signs 1, 1, -1; the mean gradient is -7 / 3: steps of -1 / 3 on
    average where the descent needs to go up, and goes by the sign of the mean."""
    found = mean_step(skewed(), SignSGD(0.1), 1, np.array([1.0]), 1)
    assert found.steps == pytest.approx(-1 / 3, abs=4 * found.error)
    assert found.error == pytest.approx((8 / 9 / 1000) ** 0.5, rel=0.1)
    assert found.gradients == pytest.approx(7 / 11, rel=0.3)
    assert found.whole == pytest.approx(1)
    assert found.astray


def test_there_is_none_of_rules_that_keep_something_and_without_rows():
    from steepest.methods.adam import Adam
    from steepest.methods.gradient_descent import GradientDescent

    w = np.array([1.0])
    assert mean_step(skewed(), Adam(0.1), 1, w, 1) is None
    assert mean_step(steepest.minimize("booth", max_iter=1).problem, SignSGD(0.1), 1, np.ones(2), 1) is None
    assert mean_step(skewed(), SignSGD(0.1), 3, w, 1) is None
    even = steepest.LinearModel(np.ones((4, 1)), np.array([-1.0, 1.0, -2.0, 2.0]), fit_intercept=False)
    assert mean_step(even, SignSGD(0.1), 1, np.zeros(1), 1) is None  # no gradient there
    assert mean_step(skewed(), SignSGD(0.0), 1, w, 1) is None
    found = mean_step(skewed(), GradientDescent(0.1), 1, w, 1)
    assert found.steps == pytest.approx(found.gradients)
    assert not found.astray


@pytest.mark.parametrize("rate", [None, 1e-2, 1e-3])
def test_signs_of_single_rows_are_named_at_any_rate(rate):
    X, y = load_breast_cancer(return_X_y=True)
    model = steepest.LinearModel((X - X.mean(axis=0)) / X.std(axis=0), y, loss="log_loss")
    rates = {} if rate is None else {"learning_rate": rate}
    run = steepest.minimize(model, method="signsgd", batch_size=1, max_iter=60, **rates)
    why = run.explain()
    assert run.f > 3 * run.best.f
    assert why.verdict == "led astray"
    assert why.evidence["downhill_of_steps"] < 0.2 * why.evidence["downhill_of_gradients"]
    assert "lion" in why.advice_text


def test_the_advice_helps():
    X, y = load_breast_cancer(return_X_y=True)
    model = steepest.LinearModel((X - X.mean(axis=0)) / X.std(axis=0), y, loss="log_loss")
    for method, batch in (("lion", 1), ("signsgd", None)):
        run = steepest.minimize(model, method=method, batch_size=batch, max_iter=60)
        assert run.f < 0.2
        assert run.explain().verdict != "led astray"


@pytest.mark.parametrize("start", ["zeros", "minimum"])
def test_symmetric_noise_is_no_such_thing(start):
    for seed in range(15):
        rng = np.random.default_rng(seed)
        X = rng.standard_normal((500, 4))
        model = steepest.LinearModel(X, X @ [1, 2, 3, 4] + rng.standard_normal(500), fit_intercept=False)
        w0 = None if start == "zeros" else np.linalg.lstsq(model.X, model.y)[0]
        run = steepest.minimize(model, w0, "signsgd", batch_size=1, learning_rate=0.01, max_iter=20, seed=seed)
        assert run.explain().verdict != "led astray"


@pytest.mark.parametrize("decoupled", [True, False])
def test_what_the_full_gradient_does_as_well_is_no_matter_of_batches(decoupled):
    rng = np.random.default_rng(1)
    X = rng.standard_normal((500, 4))
    model = steepest.LinearModel(X, X @ np.ones(4) + 0.1 * rng.standard_normal(500), fit_intercept=False)
    run = steepest.minimize(
        model, np.ones(4), "gradient_descent", learning_rate=0.01, weight_decay=0.3, decoupled=decoupled, batch_size=10,
        max_iter=30,
    )  # fmt: skip
    assert run.f > run.best.f
    assert run.explain().verdict != "led astray"


def test_clipped_gradients_may_be_led_astray_too():
    rng = np.random.default_rng(2)
    y = np.where(np.arange(300) < 30, 20.0, 0.0) + 0.01 * rng.standard_normal(300)  # the mean is 2, most are at 0
    model = steepest.LinearModel(np.ones((300, 1)), y, fit_intercept=False)
    run = steepest.minimize(
        model, [2.0], "gradient_descent", learning_rate=0.01, clip_value=0.1, batch_size=1, max_iter=20
    )
    why = run.explain()
    assert why.verdict == "led astray"
    assert why.advice_text.startswith("a larger clip_value")
