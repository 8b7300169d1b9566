"""Formulas as problems, through the library's door: minimised, saved, loaded, replayed; with and without JAX."""

import pickle

import numpy as np
import pytest

import steepest
from steepest import Outcome
from steepest.base.errors import ArgumentError, FormulaError, SteepestError
from steepest.problems.formula import as_formula
from steepest.problems.problem import Problem

TEXT = "(1-x)^2 + 100*(y-x^2)^2"
START = [-1.2, 1.0]


@pytest.fixture
def without_jax(monkeypatch):
    monkeypatch.setenv("STEEPEST_WITHOUT_JAX", "1")


def slope(w):
    x, y = w
    return np.array([-2 * (1 - x) - 400 * x * (y - x**2), 200 * (y - x**2)])


def test_a_formula_is_a_problem_with_an_exact_gradient():
    problem = as_formula(TEXT)
    assert isinstance(problem, Problem)
    assert (problem.n, problem.name, problem.formula, problem.start) == (2, TEXT, TEXT, None)
    assert problem.gradient_note == "automatic"
    for w in ([-1.2, 1.0], [0.3, 0.7], [1.0, 1.0]):
        assert problem.value(np.array(w)) == pytest.approx(steepest.gallery.rosenbrock().value(np.array(w)), rel=1e-14)
        np.testing.assert_allclose(problem.gradient(np.array(w)), slope(w), rtol=1e-12, atol=1e-12)
    assert problem.recipe() == {"kind": "formula", "text": TEXT, "gradient": "automatic", "n": 2}


def test_a_formula_runs_compiled_and_as_the_gallerys_function():
    run = steepest.minimize(TEXT, START, learning_rate=5e-4, max_iter=200)
    known = steepest.minimize(steepest.gallery.rosenbrock(), START, learning_rate=5e-4, max_iter=200)
    assert run.engine == "jax"
    np.testing.assert_allclose(run.history.w, known.history.w, rtol=0, atol=1e-12)
    np.testing.assert_allclose(run.history.grad_norm, known.history.grad_norm, rtol=1e-9)
    assert run.recipe["problem_name"] == TEXT
    assert run.recipe["problem"] == {"kind": "formula", "text": TEXT, "gradient": "automatic", "n": 2}
    assert TEXT in repr(run)


def test_variables_are_in_natural_order():
    run = steepest.minimize("(w10 - 10)^2 + (w2 - 2)^2 + (w1 - 1)^2", np.zeros(3))
    np.testing.assert_allclose(run.w, [1, 2, 10], atol=1e-6)
    run = steepest.minimize("(w[0] - 1)^2 + (w[1] - 2)^2", np.zeros(2))
    np.testing.assert_allclose(run.w, [1, 2], atol=1e-6)


def test_a_gallery_name_is_the_gallerys_function():
    run = steepest.minimize("rosenbrock", learning_rate=5e-4, max_iter=3)
    assert run.recipe["problem"]["kind"] == "gallery"
    assert steepest.minimize("Styblinski-Tang", max_iter=1).recipe["problem"]["name"] == "styblinski_tang"


def test_a_formula_is_saved_loaded_with_its_problem_and_replayed(tmp_path):
    run = steepest.minimize(TEXT, START, "adam", learning_rate=0.05, max_iter=40)
    loaded = steepest.load(run.save(tmp_path / "run.npz"))
    assert loaded.recipe == run.recipe
    assert loaded.problem.formula == TEXT
    np.testing.assert_allclose(loaded.jac, run.jac, rtol=1e-14)
    for again in (run.replay(), loaded.replay(), loaded.replay(TEXT)):
        assert np.array_equal(again.history.w, run.history.w)
        assert again.recipe == run.recipe
    with pytest.raises(ArgumentError, match=r"^problem differs from the recorded one"):
        loaded.replay(as_formula("x^2 + y^2"))


def test_a_pickled_run_keeps_every_bit_and_replays():
    run = steepest.minimize(TEXT, START, learning_rate=5e-4, max_iter=30)
    again = pickle.loads(pickle.dumps(run))
    assert np.array_equal(again.history.w, run.history.w)
    assert again.recipe == run.recipe
    assert np.array_equal(again.replay(TEXT).history.w, run.history.w)


def test_several_starts_climbing_and_bounds():
    box = [(-3, 3), (-3, 3)]
    run = steepest.minimize("(x^2 - 4)^2 + y^2", [0.5, 0.5], bounds=box, starts=4)
    assert len(run.others) == 3
    assert run.success
    up = steepest.minimize("4 - x^2 - y^2", [1.0, 1.0], maximize=True)
    assert up.f == pytest.approx(4.0)
    corner = steepest.minimize("(x - 5)^2 + (y - 5)^2", [0.0, 0.0], bounds=box)
    assert np.array_equal(corner.w, [3.0, 3.0])


def test_finite_differences_and_simultaneous_perturbation_may_be_asked_for():
    finite = steepest.minimize(TEXT, START, grad="finite", learning_rate=5e-4, max_iter=20)
    assert finite.recipe["gradient"].startswith("central differences, 4 evaluations an iteration")
    assert finite.nfev == 21 * 5
    known = steepest.minimize(TEXT, START, learning_rate=5e-4, max_iter=20)
    np.testing.assert_allclose(finite.history.w, known.history.w, rtol=1e-6)
    spsa = steepest.minimize(TEXT, START, grad="spsa", learning_rate=1e-5, max_iter=20)
    assert spsa.nfev == 21 * 3


@pytest.mark.parametrize("most", [1, 2, 7, 20])
def test_max_evals_ends_a_compiled_run_after_as_many_rows(most):
    run = steepest.minimize(TEXT, START, learning_rate=1e-5, max_evals=most)
    assert (run.outcome, run.nit) == (Outcome.MAX_EVALS, most - 1)
    assert run.nfev == most


def test_a_formula_without_a_number_at_the_start_says_so():
    run = steepest.minimize("log(x)", [-1.0], learning_rate=0.1)
    assert run.outcome is Outcome.NOT_FINITE


# -- without JAX -----------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("without_jax")
def test_without_jax_it_is_central_differences_and_says_so():
    run = steepest.minimize(TEXT, START, learning_rate=5e-4, max_iter=20)
    assert run.engine == "python"
    assert run.recipe["gradient"] == "central differences, 4 evaluations an iteration"
    assert run.nfev == 21 * 5
    known = steepest.minimize(steepest.gallery.rosenbrock(), START, learning_rate=5e-4, max_iter=20)
    np.testing.assert_allclose(run.history.w, known.history.w, rtol=1e-6)
    assert np.array_equal(run.replay().history.w, run.history.w)


@pytest.mark.usefixtures("without_jax")
@pytest.mark.parametrize("most", [1, 4, 5, 6, 23])
def test_without_jax_max_evals_counts_the_differences(most):
    run = steepest.minimize(TEXT, START, learning_rate=1e-5, max_evals=most)
    assert run.outcome is Outcome.MAX_EVALS
    assert run.nfev == most
    assert run.nit == (most - 1) // 5


@pytest.mark.usefixtures("without_jax")
def test_a_run_that_jax_made_is_not_quietly_replayed_without_it(tmp_path, monkeypatch):
    monkeypatch.delenv("STEEPEST_WITHOUT_JAX")
    run = steepest.minimize(TEXT, START, learning_rate=5e-4, max_iter=5)
    monkeypatch.setenv("STEEPEST_WITHOUT_JAX", "1")
    with pytest.raises(SteepestError, match=r'pip install "steepest\[jax\]"'):
        steepest.load(run.save(tmp_path / "run.npz")).replay()


# -- what is refused -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "w0", "kind", "message"),
    [
        ("x +* y", [1.0, 1.0], FormulaError, "column"),
        ("import os", [1.0], FormulaError, "column"),
        ("x^2", [1.0, 2.0], ArgumentError, "^w0 must have 1 entries, one for each variable of the problem; it has 2$"),
        (TEXT, None, ArgumentError, "^w0 is missing: .* has no start of its own; pass w0="),
        (TEXT, {"x": 1.0, "y": 2.0}, ArgumentError, "^w0 must be one vector for "),
        ("3 + 4", [1.0], FormulaError, "variable"),
        ("", [1.0], FormulaError, "nothing written at column 1"),
    ],
)
def test_what_cannot_be_used_is_one_sentence(text, w0, kind, message):
    with pytest.raises(kind, match=message) as error:
        steepest.minimize(text, w0)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("arguments", [{"args": (1.0,)}, {"value_and_grad": True}])
def test_what_belongs_to_a_callable_is_one_sentence(arguments):
    with pytest.raises(ArgumentError, match=r"^grad, args and value_and_grad belong to a callable"):
        steepest.minimize(TEXT, START, **arguments)
