"""Where gradients come from: automatic, differences by worker processes, simultaneous perturbation; what each costs."""

import numpy as np
import pytest

import steepest
from steepest import Outcome
from steepest.base.errors import ArgumentError, MissingExtraError

W0 = [1.0, 2.0, 3.0]


class Counted:
    """A callable that counts its calls."""

    def __init__(self, f):
        self.f, self.calls = f, 0

    def __call__(self, w):
        self.calls += 1
        return self.f(w)


def quartic(w):
    return float((w**2).sum() + w[0] ** 4)


def bowl(w):
    return ((w - 3.0) ** 2).sum()


def told(w):
    print(end="")
    return bowl(w)


# -- automatic -------------------------------------------------------------------------------------------------------


def test_automatic_is_what_no_gradient_means():
    runs = [steepest.minimize(bowl, W0, grad=grad, learning_rate=0.1, max_iter=9) for grad in (None, "automatic")]
    assert np.array_equal(runs[0].history.w, runs[1].history.w)
    assert {run.engine for run in runs} == {"jax"}
    assert {run.recipe["gradient"] for run in runs} == {"automatic"}


def test_automatic_in_the_plain_loop_makes_the_same_steps():
    compiled = steepest.minimize(bowl, W0, learning_rate=0.1, max_iter=30, grad_tol=None)
    plain = steepest.minimize(bowl, W0, learning_rate=0.1, max_iter=30, grad_tol=None, engine="python")
    assert plain.engine == "python"
    assert plain.recipe["gradient"] == "automatic"
    np.testing.assert_allclose(plain.history.w, compiled.history.w, rtol=1e-13)


def test_what_cannot_be_traced_falls_back_and_says_why():
    run = steepest.minimize(told, W0, learning_rate=0.1, max_iter=3)
    assert run.engine == "python"
    assert run.recipe["gradient"] == ("central differences, 6 evaluations an iteration (not automatic: it prints)")


def test_automatic_that_is_asked_for_and_not_to_be_had_is_one_sentence(monkeypatch):
    with pytest.raises(ArgumentError, match=r"^grad='automatic' fails for told: it prints; leave grad out$"):
        steepest.minimize(told, W0, grad="automatic")
    monkeypatch.setenv("STEEPEST_WITHOUT_JAX", "1")
    with pytest.raises(MissingExtraError, match=r'^grad=\'automatic\' needs JAX: pip install "steepest\[jax\]"$'):
        steepest.minimize(bowl, W0, grad="automatic")


def test_without_jax_there_are_central_differences_without_a_word_of_blame(monkeypatch):
    monkeypatch.setenv("STEEPEST_WITHOUT_JAX", "1")
    run = steepest.minimize(bowl, W0, learning_rate=0.1)
    assert run.success
    assert run.recipe["gradient"] == "central differences, 6 evaluations an iteration"


# -- worker processes ------------------------------------------------------------------------------------------------


def test_workers_make_the_run_of_one_process():
    one = steepest.minimize(quartic, W0, grad="finite", learning_rate=0.01, max_iter=8)
    two = steepest.minimize(quartic, W0, workers=2, learning_rate=0.01, max_iter=8)
    assert two.recipe["gradient"] == "central differences, 6 evaluations an iteration"
    assert np.array_equal(one.history.w, two.history.w)
    assert (one.nfev, one.njev) == (two.nfev, two.njev) == (9 * 7, 9)
    assert np.array_equal(two.replay().history.w, two.history.w)


@pytest.mark.parametrize("most", [1, 6, 7, 8, 13, 14, 15, 30])
def test_max_evals_is_obeyed_with_the_workers_evaluations_counted(most):
    f = Counted(quartic)
    run = steepest.minimize(f, W0, workers=2, learning_rate=0.01, max_evals=most)
    assert run.outcome is Outcome.MAX_EVALS
    assert run.nfev <= most
    assert run.nit == (most - 1) // 7
    assert f.calls == run.nit + 1, "rows are evaluated here, differences elsewhere"
    assert run.nfev == run.nit + 1 + 6 * ((most - run.nit - 1) // 6)


def test_workers_work_for_formulas_too():
    one, two = (steepest.minimize("x^2 + y^4", [1.0, 2.0], grad="finite", workers=k, max_iter=3) for k in (1, 2))
    assert np.array_equal(one.history.w, two.history.w)


# -- simultaneous perturbation ---------------------------------------------------------------------------------------


def test_spsa_costs_two_evaluations_a_gradient():
    f = Counted(bowl)
    run = steepest.minimize(f, W0, grad="spsa", learning_rate=0.01, max_iter=25)
    assert run.recipe["gradient"] == "simultaneous perturbation, 2 evaluations an iteration"
    assert (run.nfev, run.nit) == (f.calls, 25)
    assert run.nfev == 26 + 2 * run.njev


def test_spsa_comes_near_the_minimum_with_a_rate_that_falls():
    rate = steepest.schedules.InverseTime(start=0.05, decay=0.01)
    run = steepest.minimize(bowl, [0.0, 1.0, 5.0], "gradient_descent", grad="spsa", learning_rate=rate, max_iter=2000)
    np.testing.assert_allclose(run.w, 3.0, atol=1e-3)


@pytest.mark.parametrize("seed", [0, 7])
def test_spsa_replays_to_the_same_bits(seed, tmp_path):
    run = steepest.minimize(bowl, W0, grad="spsa", seed=seed, learning_rate=0.01, max_iter=25)
    loaded = steepest.load(run.save(tmp_path / "run.npz"))
    for again in (run.replay(), loaded.replay(bowl, grad="spsa")):
        assert np.array_equal(again.history.w, run.history.w)
        assert again.recipe == run.recipe
    other = steepest.minimize(bowl, W0, grad="spsa", seed=seed + 1, learning_rate=0.01, max_iter=25)
    assert not np.array_equal(other.history.w, run.history.w)


@pytest.mark.parametrize("most", [1, 3, 4, 17])
def test_spsa_obeys_max_evals(most):
    f = Counted(bowl)
    run = steepest.minimize(f, W0, grad="spsa", learning_rate=0.01, max_evals=most)
    assert run.outcome is Outcome.MAX_EVALS
    assert f.calls == run.nfev == most
    assert run.nit == (most - 1) // 3


def test_one_draw_that_shows_no_slope_is_not_called_convergence():
    """At (1, 2, 3) half of all draws see the slopes of the first two components cancel."""
    runs = [steepest.minimize(bowl, W0, grad="spsa", seed=seed, learning_rate=0.01, max_iter=3) for seed in range(6)]
    assert any(run.history.grad_norm[0] < 1e-6 for run in runs)
    assert {run.outcome for run in runs} == {Outcome.MAX_ITER}
    assert all(run.recipe["grad_tol"] is None for run in runs)
    asked = steepest.minimize(bowl, W0, grad="spsa", grad_tol=1e-3, learning_rate=0.01, max_iter=3)
    assert asked.recipe["grad_tol"] == 1e-3


def test_a_run_on_drawn_gradients_does_not_stay_where_one_draw_is_zero():
    """Every start on the diagonal of the bowl has draws whose slopes cancel."""
    for seed in range(8):
        run = steepest.minimize("x^2+y^2", [1.0, 1.0], grad="spsa", learning_rate=0.1, max_iter=300, seed=seed)
        assert run.f < 1e-4


def test_drawn_gradients_need_a_learning_rate_unless_the_method_bounds_its_steps():
    with pytest.raises(steepest.SteepestError, match=r"^learning_rate must be given with grad='spsa'"):
        steepest.minimize("x^2+y^2", [1.0, 1.0], grad="spsa")
    assert steepest.minimize("x^2+y^2", [1.0, 1.0], "adam", grad="spsa", max_iter=500).f < 0.1
