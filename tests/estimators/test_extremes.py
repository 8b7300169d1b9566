"""Data and parameters at the edge of what numbers hold: finite weights that are the right ones, or one sentence."""

import warnings

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.exceptions import ConvergenceWarning

from steepest import DescentClassifier, DescentRegressor, Outcome
from steepest.estimators import training
from steepest.verbs.run import Run

RNG = np.random.default_rng(0)
X = RNG.standard_normal((60, 3))
Y = X @ [1.0, 2.0, -1.0] + 0.1 * RNG.standard_normal(60) + 3.0
C = (X[:, 0] > 0.5) * 1


@pytest.fixture(autouse=True)
def _no_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@pytest.mark.parametrize("size", [1e300, 1e-300, 1e160])
@pytest.mark.parametrize("form", [np.asarray, np.asfortranarray, sp.csr_array])
def test_the_size_of_columns_makes_no_difference(size, form):
    """But for the penalty, which weighs the coefficients as they are."""
    plain = DescentRegressor(penalty=None).fit(form(X * 3), Y)
    found = DescentRegressor(penalty=None).fit(form(X * size), Y)
    np.testing.assert_allclose(found.coef_ * (size / 3), plain.coef_, rtol=1e-9)
    np.testing.assert_allclose(found.predict(form(X * size)), plain.predict(form(X * 3)), rtol=1e-9)
    assert DescentClassifier(alpha=0.0).fit(X * size, np.arange(60) % 2).run_.outcome is Outcome.CONVERGED


def test_each_column_may_have_a_size_of_its_own():
    sizes = np.array([1e300, 1e-300, 1.0])
    found = DescentRegressor(penalty=None, batch_size=None).fit(X * sizes, Y)
    np.testing.assert_allclose(found.coef_ * sizes, [1.0, 2.0, -1.0], atol=0.1)


@pytest.mark.parametrize("far", [1e9, 1e12])
def test_columns_far_from_zero_keep_the_digits_they_have(far):
    found = DescentRegressor(penalty=None).fit(X + far, Y)
    np.testing.assert_allclose(found.coef_, DescentRegressor(penalty=None).fit(X, Y).coef_, atol=0.05)


@pytest.mark.parametrize("far", [1e16, 1e18])
def test_columns_without_a_digit_left_add_nothing(far):
    found = DescentRegressor().fit(X + far, Y)
    assert np.abs(found.coef_).max() < 1e-20
    np.testing.assert_allclose(found.intercept_, Y.mean())


@pytest.mark.parametrize("size", [1e150, 1e-150])
def test_the_size_of_targets_makes_no_difference(size):
    found, plain = DescentRegressor().fit(X, Y * size), DescentRegressor().fit(X, Y)
    np.testing.assert_allclose(found.coef_ / size, plain.coef_, rtol=1e-9)
    assert found.n_iter_ == plain.n_iter_


@pytest.mark.parametrize("loss", ["squared_error", "huber", "absolute_error", "epsilon_insensitive"])
def test_targets_whose_squares_overflow_are_refused(loss):
    with pytest.raises(ValueError, match=r"^y holds numbers up to .*e\+300, whose squares overflow; divide y by that$"):
        DescentRegressor(loss).fit(X, Y * 1e300)


def test_targets_whose_squares_vanish_are_refused():
    with pytest.raises(ValueError, match=r"^y varies by .*e-300, whose square is no number any more; divide y by"):
        DescentRegressor().fit(X, Y * 1e-300)


@pytest.mark.parametrize(
    ("fit", "sentence"),
    [
        (lambda: DescentRegressor().partial_fit(X * 1e300, Y), "^X holds numbers up to .*e.300, whose squares"),
        (lambda: DescentRegressor(batch_size=4).fit(sp.csr_array(X * 1e300), Y), "scale its columns first"),
        (lambda: DescentRegressor().fit(np.clip(X, -1, 1) * 1.7e308, Y), "column . of X spans more than the largest"),
    ],
)
def test_columns_that_are_too_large_where_they_are_not_scaled_are_refused(fit, sentence):
    with pytest.raises(ValueError, match=sentence):
        fit()


@pytest.mark.parametrize(
    ("columns", "targets"),
    [
        (np.where(np.arange(3) == 1, 5.0, X), Y), (np.ones((60, 3)), Y), (np.zeros((60, 3)), Y), (X[:1], Y[:1]),
        (np.hstack([X, X]), Y), (X, np.full(60, 3.3)), (X, np.zeros(60)),
    ],
)  # fmt: skip
def test_data_with_little_in_them_are_learned_without_a_word(columns, targets):
    found = DescentRegressor().fit(columns, targets)
    exact = np.linalg.lstsq(np.column_stack((np.ones(len(columns)), columns)), targets, rcond=None)[0]
    wanted = np.column_stack((np.ones(len(columns)), columns)) @ exact
    assert np.abs(found.predict(columns) - wanted).max() < 0.1


@pytest.mark.parametrize("batch_size", [None, 4])
@pytest.mark.parametrize("penalty", ["l1", "l2"])
def test_a_penalty_without_measure_leaves_the_intercept(penalty, batch_size):
    found = DescentClassifier(alpha=1e300, penalty=penalty, batch_size=batch_size).fit(X, C)
    assert np.abs(found.coef_).max() < 1e-290
    assert found.intercept_[0] == pytest.approx(np.log(C.mean() / (1 - C.mean())), abs=0.25)


@pytest.mark.parametrize("size", [1e308, 1e-320])
def test_only_the_ratios_of_weights_count(size):
    found = DescentRegressor().fit(X, Y, sample_weight=np.full(60, size))
    np.testing.assert_allclose(found.coef_, DescentRegressor().fit(X, Y).coef_, rtol=1e-9)


def test_weights_of_very_different_sizes_are_borne():
    assert np.isfinite(DescentClassifier(class_weight={0: 1e300, 1: 1e-300}).fit(X, C).coef_).all()
    mixed = DescentRegressor().fit(X, Y, sample_weight=10.0 ** RNG.integers(-300, 300, 60))
    assert np.isfinite(mixed.coef_).all()


def test_steps_too_small_to_change_the_weights_are_said():
    begun = DescentRegressor(max_iter=3, tol=None, warm_start=True).fit(X, Y)
    begun.set_params(learning_rate=1e-300, tol=1e-4, max_iter=100)
    with pytest.warns(ConvergenceWarning, match="came to a halt short of the minimum: its steps are too small"):
        begun.fit(X, Y)
    assert begun.run_.outcome is Outcome.STALLED


def test_a_halt_at_the_minimum_is_none_to_warn_of():
    """Whether the last bit of a mean leaves a gradient that no step can lower is a matter of the targets."""
    ends = {DescentRegressor().fit(np.zeros((60, 3)), Y + 2.0**power).run_.outcome for power in range(26)}
    assert ends == {Outcome.STALLED, Outcome.CONVERGED}


@pytest.mark.parametrize("outcome", [Outcome.MAX_EVALS, Outcome.TIME_LIMIT])
def test_whatever_else_ends_a_run_early_is_said(monkeypatch, outcome):
    """No parameter of an estimator limits these; whatever does, it is not to be silent."""
    ended = training.minimize

    def early(*given, **named):
        run = ended(*given, **named)
        setup = {**run.record.setup, "time_limit": 1.0, "max_evals": 9}
        return Run(training.replace(run.record, outcome=outcome, setup=setup), run.problem)

    monkeypatch.setattr(training, "minimize", early)
    with pytest.warns(ConvergenceWarning, match=f"DescentRegressor did not converge: {outcome.name}"):
        DescentRegressor().fit(X, Y)
