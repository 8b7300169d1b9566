"""scikit-learn's own checks: all of them with the defaults and by the whole batch; over every loss and three methods as
a slow study, of which the check that is hardest to pass is always made for some pairs."""

import warnings

import pytest
from sklearn.utils.estimator_checks import check_estimator, check_sample_weight_equivalence_on_dense_data

import steepest
from steepest.problems import losses

METHODS = ("momentum", "nesterov", "adam")


def of_loss(loss, **options):
    kind = losses.find(loss).kind
    make = steepest.DescentClassifier if kind == "classification" else steepest.DescentRegressor
    return make(loss=loss, **options)


LOSSES = [name for name in losses.names() if name != "multinomial_log_loss"]
SAMPLE = [("log_loss", "nesterov"), ("perceptron", "adam"), ("quantile", "momentum"), ("huber", "nesterov")]


def failures(estimator):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = check_estimator(estimator, on_fail=None, on_skip=None)
    return [(r["check_name"], str(r["exception"])) for r in results if r["status"] in ("failed", "xfail")]


@pytest.mark.parametrize("batch_size", ["auto", None])
@pytest.mark.parametrize("make", [steepest.DescentClassifier, steepest.DescentRegressor])
def test_the_defaults_pass_every_check(make, batch_size):
    assert failures(make(batch_size=batch_size)) == []


@pytest.mark.parametrize(("loss", "method"), SAMPLE)
def test_weights_of_rows_are_repetitions(loss, method):
    estimator = of_loss(loss, method=method)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        check_sample_weight_equivalence_on_dense_data(type(estimator).__name__, estimator)


@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("loss", LOSSES)
def test_every_loss_and_method_passes_every_check(loss, method):
    assert failures(of_loss(loss, method=method)) == []
