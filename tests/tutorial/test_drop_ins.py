"""The drop-ins give the article's numbers, all twenty runs of them, and have none of its side effects."""

import warnings

import numpy as np
import pytest

import steepest
from steepest.tutorial import error_rate, grad_mse, gradient_descent, mse, stochastic_gradient_descent

RUNS = range(20)


def planar(w, extra):
    return np.sum(w * w)


def planar_slope(w, extra):
    return 2 * w


def drop_in(run, digits):
    w0 = np.array(run["w_init"], dtype=float)
    settings = {"learning_rate": run["learning_rate"], "momentum": run["momentum"]}
    first = run["max_iterations"], run["threshold"], w0
    if w0.size == 2:
        return gradient_descent(*first, planar, planar_slope, [], **settings)
    data = digits.X_train, digits.y_train
    call = gradient_descent if run["kind"] == "batch" else stochastic_gradient_descent
    return call(*first, mse, grad_mse, data, **settings)


def minimized(run, digits):
    w0 = np.array(run["w_init"], dtype=float)
    settings = {
        "learning_rate": run["learning_rate"], "momentum": run["momentum"], "max_iter": run["max_iterations"],
        "f_tol": run["threshold"] if run["threshold"] >= 0 else None, "grad_tol": None, "record": "all",
    }  # fmt: skip
    if w0.size == 2:
        return steepest.minimize(lambda w: np.sum(w * w), w0, grad=lambda w: 2 * w, **settings)
    model = steepest.LinearModel(digits.X_train, digits.y_train, reduction="sum", fit_intercept=False)
    if run["kind"] == "stochastic":
        settings |= {"batch_size": 1, "sampling": "tutorial"}
    return steepest.minimize(model, w0, **settings)


def assert_ends(run, w, f, rows):
    end = np.array(run["w_end"], dtype=float)
    assert rows == run["n_rows_history"]
    if end.size == 2:
        np.testing.assert_allclose(w, end, rtol=0, atol=1e-14)
        assert f == pytest.approx(float(run["f_end"]), rel=1e-13, abs=1e-14)
    else:
        assert np.abs(w - end).max() <= 1e-9 * np.abs(end).max()
        assert f == pytest.approx(float(run["f_end"]), rel=1e-9)


@pytest.mark.parametrize("number", RUNS)
def test_the_drop_ins_end_where_the_article_ends(number, reference, digits):
    run = reference["runs"][number]
    w, f = drop_in(run, digits)
    assert f.shape == (len(w), 1)
    np.testing.assert_array_equal(w[0], np.array(run["w_init"], dtype=float))
    assert_ends(run, w[-1], float(f[-1, 0]), len(f))
    if w.shape[1] > 2:
        train = error_rate(w[-1], (digits.X_train, digits.y_train))
        test = error_rate(w[-1], (digits.X_test, digits.y_test))
        assert train == 100 * run["train_errors"] / 288
        assert test == 100 * run["test_errors"] / 72


@pytest.mark.parametrize("number", RUNS)
def test_minimize_ends_where_the_article_ends_and_says_why_alike(number, reference, digits):
    run = reference["runs"][number]
    ours = minimized(run, digits)
    assert_ends(run, ours.history.w[-1], ours.f, len(ours.history))
    assert ours.outcome.name == {"threshold": "CONVERGED", "max_iterations": "MAX_ITER"}[run["stopped_by"]]


def test_there_are_twenty_traced_runs(reference):
    assert len(reference["runs"]) == len(RUNS)


@pytest.mark.parametrize("kind", ["batch", "stochastic"])
def test_a_users_own_pair_of_functions_gives_the_numbers_of_the_kernel(kind, reference, digits):
    run = next(r for r in reference["runs"] if r["kind"] == kind and len(r["w_init"]) > 2)
    call = gradient_descent if kind == "batch" else stochastic_gradient_descent
    w, f = call(
        run["max_iterations"], run["threshold"], np.array(run["w_init"], dtype=float), lambda w, xy: mse(w, xy),
        lambda w, xy: grad_mse(w, xy), (digits.X_train, digits.y_train), learning_rate=run["learning_rate"],
        momentum=run["momentum"],
    )  # fmt: skip
    assert_ends(run, w[-1], float(f[-1, 0]), len(f))


def test_the_pair_of_functions_is_half_the_sum_of_squares_and_its_gradient(digits):
    w = np.linspace(-0.1, 0.1, 65)
    data = digits.X_train, digits.y_train
    residuals = digits.y_train - digits.X_train @ w
    assert mse(w, data) == pytest.approx(0.5 * (residuals**2).sum(), rel=1e-13)
    model = steepest.LinearModel(*data, reduction="sum", fit_intercept=False)
    np.testing.assert_allclose(grad_mse(w, data), model.gradient(w), rtol=1e-10)
    one = digits.X_train[3:4], digits.y_train[3]
    np.testing.assert_allclose(grad_mse(w, one), -residuals[3] * digits.X_train[3], rtol=1e-10)


def test_the_global_generator_is_left_alone(digits):
    np.random.seed(5)
    expected = np.random.RandomState(5).random_sample(3)
    stochastic_gradient_descent(2, -1, np.zeros(65), mse, grad_mse, (digits.X_train, digits.y_train), 1e-6, 0.5)
    np.testing.assert_array_equal(np.random.random_sample(3), expected)


def test_a_negative_threshold_runs_them_all_and_momentum_one_is_allowed():
    w, f = gradient_descent(7, -1, np.array([1.0, 2.0]), planar, planar_slope, learning_rate=0.1, momentum=1)
    assert len(w) == len(f) == 8


def test_no_iterations_give_the_start_alone():
    w, f = gradient_descent(0, 0.1, np.array([1.0, 2.0]), planar, planar_slope)
    np.testing.assert_array_equal(w, [[1.0, 2.0]])
    np.testing.assert_array_equal(f, [[5.0]])


def test_the_defaults_are_the_articles():
    w, _ = gradient_descent(2, -1, np.array([1.0, 2.0]), planar, planar_slope)
    again, _ = gradient_descent(2, -1, np.array([1.0, 2.0]), planar, planar_slope, [], 0.05, 0.8)
    np.testing.assert_array_equal(w, again)


def test_a_run_that_overflows_ends_there_and_says_so():
    with pytest.warns(RuntimeWarning, match="try a smaller learning_rate"):
        w, f = gradient_descent(5000, 1e-3, np.array([-8.0, 5.0]), planar, planar_slope, [], 1.5, 0.0)
    assert 500 < len(w) == len(f) < 520
    assert not np.isfinite(f[-1, 0])


def test_nothing_is_warned_about_a_run_that_fares_well():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        gradient_descent(50, 1e-3, np.array([-8.0, 5.0]), planar, planar_slope, [], 0.1, 0.5)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"momentum": 1.1}, "momentum"),
        ({"learning_rate": -0.1}, "learning_rate"),
        ({"learning_rate": "0.1"}, "learning_rate"),
        ({"obj_func": 3}, "obj_func"),
        ({"grad_func": None}, "grad_func"),
        ({"max_iterations": 1.5}, "max_iterations"),
        ({"w_init": [float("nan"), 1.0]}, "w0"),
        ({"obj_func": mse, "grad_func": grad_mse, "extra_param": 7}, r"\(x, y\)"),
    ],
)
def test_arguments_that_cannot_be_used_are_named(change, words):
    call = {
        "max_iterations": 5, "threshold": -1, "w_init": np.array([1.0, 2.0]), "obj_func": planar,
        "grad_func": planar_slope, "extra_param": [], "learning_rate": 0.1, "momentum": 0.5,
    }  # fmt: skip
    with pytest.raises((ValueError, TypeError), match=words) as caught:
        gradient_descent(**(call | change))
    assert isinstance(caught.value, steepest.SteepestError)


def test_an_unknown_name_of_the_tutorial_is_refused_with_the_names_there_are():
    with pytest.raises(AttributeError, match="it has gradient_descent, stochastic_gradient_descent"):
        steepest.tutorial.gradient_decsent  # noqa: B018
