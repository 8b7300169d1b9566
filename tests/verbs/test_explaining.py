"""``run.explain()``: what it gives, of every kind of run, and what it says where something cannot be looked at."""

import json
from typing import NamedTuple

import numpy as np
import pytest

import steepest
from steepest.base.errors import ArgumentError, ArgumentTypeError


def bowl(w):
    return float(w[0] ** 2 + 10 * w[1] ** 2)


def slope(w):
    return np.array([2 * w[0], 20 * w[1]])


def crawling(**options):
    return steepest.minimize(
        bowl, [3.0, 1.0], "gradient_descent", grad=slope, learning_rate=1e-4, **{"max_iter": 200, **options}
    )


def loaded(run, folder):
    return steepest.load(run.save(folder / "run.npz"))


def test_what_it_gives_and_says():
    run = crawling()
    why = run.explain()
    assert (why.verdict, why.confidence) == ("crawling", "clear")
    assert why.evidence["stability_limit"] == pytest.approx(2 / 20, rel=1e-6)
    assert why.evidence["part_of_limit"] == pytest.approx(1e-3, rel=1e-6)
    assert why.evidence["smallest_curvature"] == pytest.approx(2, rel=1e-5)
    # what is left lies along curvature 2: each step leaves 1 - 2e-4 of it
    assert why.evidence["predicted_rate"] == pytest.approx(-np.log1p(-2e-4), rel=1e-3)
    assert why.text.startswith("crawling: ")
    assert str(why).startswith("CRAWLING (clear)\n  why     ")
    assert repr(why).startswith("<Explanation of gradient_descent on bowl, 200 iterations")
    assert repr(why).isascii()
    assert "<pre>" in why._repr_html_()
    assert json.loads(why.to_json()) == why.to_dict()
    assert why.to_dict()["advice"] == why.advice


def test_the_advice_is_tried_and_its_effect_is_true():
    run = crawling()
    why = run.explain()
    again = steepest.minimize(bowl, [3.0, 1.0], "gradient_descent", grad=slope, max_iter=200, **why.advice)
    assert again.f < 1e-6 * run.f
    assert f"tried: f {again.f:.4g}" in why.advice_text


def test_without_attempts_only_what_is_beyond_doubt_is_advised():
    run = crawling()
    why = run.explain(attempts=False)
    assert "tried" not in why.advice_text
    assert steepest.minimize(bowl, run.w0, "gradient_descent", grad=slope, max_iter=200, **why.advice).f < run.f


def test_fitted_and_predicted_rates_agree_on_a_quadratic():
    run = steepest.minimize(
        bowl, [3.0, 1.0], "gradient_descent", grad=slope, learning_rate=0.01, max_iter=150, grad_tol=None
    )
    found = run.explain(attempts=False).evidence
    assert found["fitted_rate"] == pytest.approx(found["predicted_rate"], rel=0.02)


def test_the_same_twice():
    run = crawling()
    assert run.explain().to_json() == run.explain().to_json()


def test_a_wrong_gradient_is_named_by_component():
    run = steepest.minimize(
        bowl, [3.0, 1.0], "gradient_descent", grad=lambda w: np.array([2 * w[0], 10 * w[1]]), learning_rate=0.01,
        max_iter=100,
    )  # fmt: skip
    why = run.explain()
    assert (why.verdict, why.confidence) == ("wrong gradient", "clear")
    assert "component [1]" in why.text
    assert "check_gradient" in why.advice_text


def test_a_wrong_gradient_under_maximize():
    run = steepest.minimize(
        lambda w: -bowl(w), [3.0, 1.0], "gradient_descent", grad=slope, learning_rate=0.001, max_iter=100, maximize=True
    )
    assert run.explain().verdict == "wrong gradient"


def test_a_right_gradient_with_kinks_is_not_called_wrong():
    run = steepest.minimize(
        lambda w: float(np.abs(w).sum()), [0.35, 1.0], "gradient_descent", grad=np.sign, learning_rate=0.1, max_iter=50
    )
    why = run.explain()
    assert why.verdict == "ringing"
    assert "kink" in why.text


# -- runs that come back from a file -----------------------------------------------------------------------------------


def test_a_loaded_run_of_the_gallery_is_explained_as_the_run_was(tmp_path):
    run = steepest.minimize(steepest.gallery.rosenbrock(), method="gradient_descent", learning_rate=1e-5, max_iter=500)
    one, other = run.explain(attempts=False), loaded(run, tmp_path).explain(attempts=False)
    assert one.to_dict() == other.to_dict()


def test_a_loaded_run_without_its_problem_says_so_and_takes_it_back(tmp_path):
    run = loaded(crawling(), tmp_path)
    why = run.explain()
    assert any("explain(problem=...)" in clause for clause in why.unseen)
    assert "largest_curvature" not in why.evidence
    assert why.confidence != "clear"
    back = run.explain(bowl, grad=slope, attempts=False)
    assert not back.unseen
    assert back.to_dict() == crawling().explain(attempts=False).to_dict()


def test_a_loaded_run_of_data_takes_its_model_back(tmp_path):
    rng = np.random.default_rng(0)
    model = steepest.LinearModel(rng.standard_normal((50, 3)), rng.standard_normal(50))
    run = loaded(steepest.minimize(model, method="gradient_descent", learning_rate=1e-5, max_iter=50), tmp_path)
    assert run.explain(model).verdict == "crawling"
    other = steepest.LinearModel(rng.standard_normal((50, 3)), rng.standard_normal(50))
    with pytest.raises(ArgumentError, match="problem differs"):
        run.explain(other)
    with pytest.raises(ArgumentError, match="does not take the 4 variables"):
        run.explain("x^2 + y^2")


def test_a_loaded_run_that_diverged_keeps_its_reason(tmp_path):
    run = steepest.minimize(bowl, [3.0, 1.0], grad=slope, learning_rate=1.0)
    why = loaded(run, tmp_path).explain()
    assert why.verdict == "diverging"
    assert run.record.why in why.text
    assert why.advice == run.record.advice


# -- several runs ----------------------------------------------------------------------------------------------------


def test_others_tell_a_local_minimum():
    def wells(w):
        return float((w[0] ** 2 - 1) ** 2 + 0.3 * w[0])

    def grad(w):
        return 4 * w * (w**2 - 1) + 0.3

    high, low = (steepest.minimize(wells, [x], grad=grad, learning_rate=0.05) for x in (1.3, -1.3))
    assert high.explain().verdict == "converged"
    assert high.explain(others=low).verdict == "in a local minimum"
    assert low.explain(others=[high, low]).verdict == "converged"
    with pytest.raises(ArgumentTypeError, match="others must be runs"):
        high.explain(others=3)


def test_every_one_of_several_starts_knows_the_others():
    import copy
    import pickle

    best = steepest.minimize("(x^2 - 1)^2 + 0.3*x", [1.3], learning_rate=0.05, starts=4, bounds=steepest.Box(-2, 2))
    for run in (best, copy.deepcopy(best), pickle.loads(pickle.dumps(best))):
        higher = [one for one in run.others if one.f > run.f + 0.1]
        assert higher
        assert {one.explain(best.problem).verdict for one in higher} == {"in a local minimum"}
        assert {len(one.siblings) for one in (run, *run.others)} == {3}
        assert all(one.others == [] for one in run.others)


def test_of_several_starts_the_best_knows_the_others():
    run = steepest.minimize(steepest.gallery.sphere(), starts=3, bounds=steepest.Box(-2, 2))
    assert run.explain().verdict == "converged"


# -- whatever was run ------------------------------------------------------------------------------------------------


class Plain(NamedTuple):
    learning_rate: float = 0.1

    def init(self, w, xp):
        return ()

    def update(self, w, g, slots, t, xp):
        return -self.learning_rate * g, ()


def rosenbrock(**options):
    return steepest.minimize(steepest.gallery.rosenbrock(), **{"max_iter": 60, **options})


def model(**options):
    rng = np.random.default_rng(1)
    X = rng.standard_normal((40, 3))
    y = options.pop("y", (X[:, 0] > 0).astype(float))
    kind = {key: options.pop(key) for key in ("loss", "penalty", "alpha") if key in options}
    return steepest.minimize(steepest.LinearModel(X, y, **kind), **{"max_iter": 20, **options})


RUNS = {
    "no iteration": lambda: rosenbrock(max_iter=0),
    "one iteration": lambda: rosenbrock(max_iter=1),
    "two iterations": lambda: rosenbrock(max_iter=2),
    "no rows": lambda: rosenbrock(record="none"),
    "every tenth row": lambda: rosenbrock(record=10),
    "f alone": lambda: rosenbrock(record=("f",)),
    "w alone": lambda: rosenbrock(record=("w",)),
    "a line search": lambda: rosenbrock(method="gradient_descent", learning_rate=steepest.line_search.Armijo()),
    "a schedule": lambda: rosenbrock(method="gradient_descent", learning_rate=steepest.schedules.Cosine(1e-3)),
    "no learning rate": lambda: rosenbrock(method="lbfgs"),
    "Adam": lambda: rosenbrock(method="adam"),
    "a rule of one's own": lambda: rosenbrock(method=Plain(1e-4)),
    "decay": lambda: rosenbrock(weight_decay=0.1, learning_rate=1e-4),
    "a box": lambda: rosenbrock(w0=[-1.0, -1.0], bounds=steepest.Box(-2, 0.5)),
    "a ball": lambda: rosenbrock(w0=[0.1, 0.1], bounds=steepest.projections.Ball(0.5)),
    "climbing": lambda: steepest.minimize(lambda w: -bowl(w), [3.0, 1.0], grad=lambda w: -slope(w), maximize=True),
    "one variable": lambda: steepest.minimize("x^2", [1.0]),
    "no curvature": lambda: steepest.minimize(lambda w: 3.0, [1.0], grad=lambda w: np.zeros(1)),
    "a slope only": lambda: steepest.minimize(lambda w: float(w[0]), [1.0], grad=np.ones_like, max_iter=20),
    "indefinite at the start": lambda: steepest.minimize(
        steepest.gallery.himmelblau(), [0.0, 0.0], learning_rate=0.01
    ),
    "no number at the start": lambda: steepest.minimize(lambda w: float(np.log(w[0])), [-1.0], grad=lambda w: 1 / w),
    "differences": lambda: steepest.minimize(bowl, [3.0, 1.0], grad="finite", max_iter=30),
    "random differences": lambda: steepest.minimize(bowl, [3.0, 1.0], grad="spsa", learning_rate=0.01, max_iter=30),
    "a tree": lambda: steepest.minimize(
        lambda p: (p["a"] ** 2).sum() + (p["b"] - 1) ** 2, {"a": np.ones(3), "b": 0.0}, max_iter=5
    ),
    "batches": lambda: model(batch_size=4),
    "updates": lambda: model(batch_size=4, record="updates"),
    "hinge": lambda: model(loss="hinge", learning_rate=0.1),
    "absolute errors": lambda: model(loss="absolute_error", learning_rate=0.1, max_iter=100),
    "an l1 penalty": lambda: model(penalty="l1", alpha=0.1),
    "several outputs": lambda: model(y=np.arange(40) % 3, loss="multinomial_log_loss"),
    "a kinked function": lambda: steepest.minimize(steepest.gallery.wolfe(), max_iter=50),
    "stopped": lambda: rosenbrock(callback=stop),
}  # fmt: skip


def stop(w):
    raise StopIteration


@pytest.mark.parametrize("name", RUNS)
def test_every_kind_of_run_is_explained(name):
    run = RUNS[name]()
    why = run.explain()
    assert why.verdict
    assert why.sentences
    assert why.confidence in ("clear", "likely", "unsure")
    assert 0 <= why.began <= max(run.nit, 0)
    assert all(np.isscalar(value) for value in why.evidence.values())
    json.loads(why.to_json())


def test_hardly_a_row_is_never_explained_with_confidence():
    for most in (0, 1, 2):
        assert rosenbrock(max_iter=most).explain().confidence == "unsure"


def test_a_tolerance_that_small_steps_met_is_no_convergence():
    run = rosenbrock(method="gradient_descent", learning_rate=1e-6, f_tol=1e-3, max_iter=5000)
    assert run.success
    assert run.explain().verdict == "crawling"
