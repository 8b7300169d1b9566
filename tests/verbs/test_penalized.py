"""Runs under a penalty on any function: the path of LinearModel, the optimum of scikit-learn, the same in the engines,
and what does not go with it."""

from itertools import pairwise

import numpy as np
import pytest
from sklearn.linear_model import ElasticNet, Lasso

import steepest
from steepest import Outcome
from steepest.base.errors import ArgumentError
from steepest.problems.projections import Ball, NonNegative, Simplex

RANDOM = np.random.default_rng(6)
X = RANDOM.normal(size=(30, 5))
Y = X @ [2.0, 0.0, 0.0, -1.0, 0.1] + 0.1 * RANDOM.normal(size=30)
START = np.array([0.5, 1.0, -1.0, 0.0, 0.3])


def f(w):
    return 0.5 * ((X @ w - Y) ** 2).mean()


def g(w):
    return X.T @ (X @ w - Y) / 30


def loss(w, example):
    x, y = example
    return 0.5 * ((x * w).sum() - y) ** 2


def slope(w, example):
    x, y = example
    return x * ((x * w).sum() - y)


def model(penalty, alpha, ratio, **options):
    return steepest.LinearModel(X, Y, penalty=penalty, alpha=alpha, l1_ratio=ratio, fit_intercept=False, **options)


def same(run, other, places=1e-12):
    for name in ("w", "f", "grad_norm", "running_f"):
        found, wanted = getattr(run.history, name), getattr(other.history, name)
        assert (found is None) == (wanted is None)
        if found is not None:
            np.testing.assert_allclose(found, wanted, rtol=0, atol=places, err_msg=name)


@pytest.mark.parametrize(
    ("penalty", "alpha", "ratio", "method"),
    [
        ("l1", 0.2, 0.15, "gradient_descent"), ("l1", 0.2, 0.15, "adam"), ("l2", 0.2, 0.15, "momentum"),
        ("elasticnet", 0.3, 0.5, "nesterov_lookahead"),
    ],
)  # fmt: skip
def test_a_penalised_function_goes_the_linear_models_way(penalty, alpha, ratio, method):
    options = {"learning_rate": 0.1, "max_iter": 150, "grad_tol": None}
    problem, known = steepest.Penalized(f, penalty, alpha, ratio), model(penalty, alpha, ratio)
    wanted = steepest.minimize(known, START, method, engine="python", **options)
    yours, automatic = (steepest.minimize(problem, START, method, grad=grad, **options) for grad in (g, None))
    assert (yours.engine, automatic.engine) == ("python", "jax")
    traced = steepest.minimize(known, START, method, engine="jax", **options)
    for run in (yours, automatic, traced):
        same(run, wanted)
    if penalty != "l2":
        zeros = wanted.history.w == 0
        assert zeros[1:].any()
        assert np.array_equal(yours.history.w == 0, zeros)
        assert np.array_equal(automatic.history.w == 0, zeros)


@pytest.mark.parametrize(
    ("penalty", "alpha", "ratio", "reduction"),
    [("l1", 0.2, 0.15, "mean"), ("l2", 0.2, 0.15, "sum"), ("elasticnet", 0.3, 0.5, "sum")],
)
def test_a_penalised_sum_goes_the_linear_models_way_in_batches(penalty, alpha, ratio, reduction):
    rate = 0.05 if reduction == "mean" else 0.01
    options = {
        "learning_rate": rate, "momentum": 0.5, "max_iter": 8, "batch_size": 7, "seed": 2, "record": "updates",
        "grad_tol": 0.0,
    }  # fmt: skip
    known = model(penalty, alpha, ratio, reduction=reduction)
    wanted = steepest.minimize(known, START, engine="python", **options)
    yours = steepest.minimize(
        steepest.Penalized(steepest.FiniteSum(loss, (X, Y), grad=slope, reduction=reduction), penalty, alpha, ratio),
        START, **options,
    )  # fmt: skip
    automatic = steepest.minimize(
        steepest.Penalized(steepest.FiniteSum(loss, (X, Y), reduction=reduction), penalty, alpha, ratio),
        START,
        **options,
    )
    assert (yours.engine, automatic.engine) == ("python", "jax")
    for run in (yours, automatic, steepest.minimize(known, START, engine="jax", **options)):
        same(run, wanted)
        np.testing.assert_allclose(run.updates.w, wanted.updates.w, rtol=0, atol=1e-12)
        np.testing.assert_allclose(run.updates.running_f, wanted.updates.running_f, rtol=0, atol=1e-12)


@pytest.mark.parametrize("method", ["gradient_descent", "momentum", "nesterov"])
def test_it_converges_to_scikit_learns_lasso_and_elastic_net(method):
    lasso = Lasso(alpha=0.2, fit_intercept=False, tol=1e-14, max_iter=100_000).fit(X, Y)
    run = steepest.minimize(steepest.Penalized(f, "l1", 0.2), START, method, grad=g, grad_tol=1e-10)
    assert run.outcome is Outcome.CONVERGED
    np.testing.assert_allclose(run.w, lasso.coef_, atol=1e-9)
    assert np.array_equal(run.w == 0, lasso.coef_ == 0)
    net = ElasticNet(alpha=0.3, l1_ratio=0.5, fit_intercept=False, tol=1e-14, max_iter=100_000).fit(X, Y)
    run = steepest.minimize(steepest.Penalized(f, "elasticnet", 0.3, 0.5), START, method, grad=g, grad_tol=1e-10)
    np.testing.assert_allclose(run.w, net.coef_, atol=1e-9)


def test_the_objective_falls_monotonically_under_gradient_descent():
    run = steepest.minimize(steepest.Penalized(f, "l1", 0.2), START, "gradient_descent", grad=g)
    assert all(b <= a + 1e-15 for a, b in pairwise(run.history.f))


def test_the_automatic_rate_does_not_see_the_kink():
    """At a start of zeros differences of the subgradient would show a curvature of l1 over their step."""
    run = steepest.minimize(steepest.Penalized(f, "l1", 0.8), np.zeros(5), grad=g, max_iter=2)
    largest = np.linalg.eigvalsh(X.T @ X / 30)[-1]
    assert run.recipe["method"]["learning_rate"] == pytest.approx(1 / largest, rel=1e-6)
    assert run.recipe["learning_rate_reason"].startswith("auto: 1 / curvature")


def test_evaluations_are_counted_as_without_it():
    calls = []

    def counting(w):
        calls.append(1)
        return float(f(w))

    for options in ({"grad": g}, {"grad": "finite"}, {"grad": g, "max_evals": 9}, {"grad": "finite", "max_evals": 40}):
        calls.clear()
        run = steepest.minimize(
            steepest.Penalized(counting, "l1", 0.1), START, learning_rate=0.1, max_iter=20, **options
        )
        assert run.nfev == len(calls)
    assert run.outcome is Outcome.MAX_EVALS


def test_weights_of_any_shape_are_penalised_all():
    def tree(w):
        return 0.5 * ((w["a"] - 1.0) ** 2).sum() + 0.5 * (w["b"] + 0.3) ** 2

    run = steepest.minimize(steepest.Penalized(tree, "l1", 0.5), {"a": np.zeros((2, 2)), "b": 0.0}, learning_rate=0.5)
    np.testing.assert_allclose(run.w["a"], 0.5, atol=1e-5)
    assert run.w["b"] == 0.0


def test_names_formulas_arguments_and_joint_functions_may_be_penalised():
    def scaled(w, size):
        return size * ((w - 1.0) ** 2).sum()

    def joint(w):
        return float(((w - 1.0) ** 2).sum()), 2 * (w - 1.0)

    for problem, w0, options in (
        ("(x-1)^2 + (y-1)^2", [0.0, 2.0], {}), (scaled, [0.0, 2.0], {"args": (1.0,)}),
        (joint, [0.0, 2.0], {"value_and_grad": True}),
    ):  # fmt: skip
        run = steepest.minimize(steepest.Penalized(problem, "l1", 1.0), w0, **options)
        np.testing.assert_allclose(run.w, 0.5, atol=1e-5)
    run = steepest.minimize(steepest.Penalized("booth", "l1", 1e9))
    assert np.array_equal(run.w, [0.0, 0.0])


def test_several_starts_may_be_drawn():
    run = steepest.minimize(steepest.Penalized("himmelblau", "l1", 0.5), starts=3)
    assert run.f == min(one.f for one in [run, *run.others])
    run = steepest.minimize(steepest.Penalized(f, "l1", 0.5), grad=g, bounds=[(-1, 1)] * 5, starts=2)
    assert len(run.others) == 1


@pytest.mark.parametrize("engine", ["python", "jax"])
@pytest.mark.parametrize("bounds", [Ball(0.7), NonNegative(), steepest.Box(-0.5, 0.2)], ids=repr)
def test_it_goes_with_bounds_whose_nearest_points_it_knows(engine, bounds):
    """No point of the set beside the end is lower."""
    run = steepest.minimize(
        steepest.Penalized(f, "l1", 0.2), np.zeros(5), "gradient_descent", bounds=bounds, grad_tol=1e-9, engine=engine
    )
    assert run.outcome is Outcome.CONVERGED
    assert bounds.holds(run.w)
    for size in (0.3, 0.03, 0.003):
        beside = [bounds.project(run.w + size * d) for d in RANDOM.normal(size=(100, 5))]
        assert min(run.problem.value(w) for w in beside) >= run.f - 1e-12


@pytest.mark.parametrize(
    "problem",
    [
        steepest.Penalized("rosenbrock", "l1", 0.3), steepest.Penalized("(x-1)^2 + x*y^2 + y^2", "elasticnet", 0.3),
        steepest.Penalized(steepest.Penalized("sphere", "l2", 0.1), "l1", 0.2),
    ],
    ids=repr,
)  # fmt: skip
def test_a_known_problem_comes_back_from_its_file_and_replays(problem, tmp_path):
    run = steepest.minimize(problem, [0.7, -0.4], learning_rate=1e-3, max_iter=50)
    loaded = steepest.load(run.save(tmp_path / "run.npz"))
    assert loaded.recipe == run.recipe
    for again in (run.replay(), loaded.replay(), loaded.replay(problem)):
        assert np.array_equal(again.history.w, run.history.w)
        assert again.recipe == run.recipe


def test_a_penalised_callable_is_given_again_to_replay(tmp_path):
    problem = steepest.Penalized(f, "l1", 0.2)
    run = steepest.minimize(problem, START, grad=g, learning_rate=0.1, max_iter=20)
    assert run.recipe["problem"] == {
        "kind": "penalized", "l2": 0.0, "l1": 0.2,
        "problem": {"kind": "function", "name": f"{__name__}.f", "gradient": f"{__name__}.g", "n": 5},
    }  # fmt: skip
    loaded = steepest.load(run.save(tmp_path / "run.npz"))
    assert np.array_equal(loaded.replay(problem, grad=g).history.w, run.history.w)
    with pytest.raises(ArgumentError, match=r"problem is missing: the recipe holds .* by name only"):
        loaded.replay()
    with pytest.raises(ArgumentError, match=r"^problem differs from the recorded one: its l1 is 0.3, not 0.2$"):
        loaded.replay(steepest.Penalized(f, "l1", 0.3), grad=g)
    with pytest.raises(ArgumentError, match=r"^problem differs from the recorded one: f is"):
        loaded.replay(steepest.Penalized(lambda w: f(w) + 1.0, "l1", 0.2), grad=g)


def test_a_penalised_sum_is_checked_by_its_hash(tmp_path):
    problem = steepest.Penalized(steepest.FiniteSum(loss, (X, Y)), "l1", 0.2)
    run = steepest.minimize(problem, START, learning_rate=0.05, max_iter=3, batch_size=7)
    loaded = steepest.load(run.save(tmp_path / "run.npz"))
    assert np.array_equal(loaded.replay(problem).history.w, run.history.w)
    with pytest.raises(ArgumentError, match="by hash only"):
        loaded.replay()
    with pytest.raises(ArgumentError, match="problem differs from the recorded one: its problem is"):
        loaded.replay(steepest.Penalized(steepest.FiniteSum(loss, (X, Y + 1)), "l1", 0.2))


def test_a_run_is_pickled_without_its_callable():
    import pickle

    run = steepest.minimize(steepest.Penalized(lambda w: f(w), "l1", 0.2), START, grad=g, max_iter=3)
    assert np.array_equal(pickle.loads(pickle.dumps(run)).w, run.w)
    run = steepest.minimize(steepest.Penalized("sphere", "l1", 0.2), max_iter=3)
    assert pickle.loads(pickle.dumps(run)).problem.l1 == 0.2


def test_a_divergence_is_not_blamed_on_the_gradient_at_a_kink():
    run = steepest.minimize(
        steepest.Penalized(f, "l1", 5.0), np.zeros(5), grad=lambda w: g(w) - 10.0, learning_rate=9.0, max_iter=500
    )
    right = steepest.minimize(steepest.Penalized(f, "l1", 0.1), np.zeros(5), grad=g, learning_rate=9.0, max_iter=500)
    assert right.outcome is Outcome.DIVERGED
    assert "learning_rate 9 is above" in right.record.why
    assert run.outcome is Outcome.DIVERGED
    assert "gradient is not that of f" in run.record.why or "points uphill" in run.record.why


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"method": "normalized"}, r"^method 'normalized' steps by the whole vector, and the kink of an l1 pen"),
        ({"clip_norm": 1.0}, r"^method 'momentum' steps by the whole vector, and the kink of an l1 pen"),
        (
            {"method": "gradient_descent", "learning_rate": steepest.line_search.Armijo()},
            r"needs a smooth objective, and an l1 penalty has a kink; give a number$",
        ),
        ({"bounds": Simplex(), "w0": np.full(5, 0.2)}, r"^bounds=Simplex do not go with an l1 penalty: \|w\|_1 is"),
        ({"bounds": Ball(2.0, 0.1)}, r"^bounds=Ball do not go with an l1 penalty: its threshold is towards 0"),
        ({"maximize": True}, r"^maximize=True would climb the penalty too; minimise the negative instead: Penalized"),
        ({"engine": "numba"}, r"^engine='numba' cannot run this: the numba engine compiles linear models"),
        ({"engine": "quadratic"}, r"^engine='quadratic' cannot run this: it is for linear models"),
        ({"engine": "jax"}, r"^engine='jax' cannot run this: the gradient is yours"),
        ({"batch_size": 3}, r"^batch_size=3 needs a problem on data"),
    ],
)  # fmt: skip
def test_what_does_not_go_with_it_is_one_sentence(options, said):
    options = {"learning_rate": 0.1, "w0": np.zeros(5), "max_iter": 3, **options}
    with pytest.raises(ArgumentError, match=said) as caught:
        steepest.minimize(steepest.Penalized(f, "l1", 0.2), grad=g, **options)
    assert "\n" not in str(caught.value)


def test_climbing_a_penalised_model_is_not_for_jax():
    for penalty in ("l1", "l2"):
        with pytest.raises(
            ArgumentError, match=r"^engine='jax' cannot run this: climbing with a penalty is for the plain"
        ):
            steepest.minimize(model(penalty, 0.1, 0.15), maximize=True, engine="jax", learning_rate=0.1)


def test_the_whole_vector_may_be_stepped_under_a_square():
    run = steepest.minimize(steepest.Penalized(f, "l2", 0.2), np.ones(5), "momentum", grad=g, clip_norm=0.5)
    np.testing.assert_allclose(run.w, np.linalg.solve(X.T @ X / 30 + 0.2 * np.eye(5), X.T @ Y / 30), atol=1e-5)


@pytest.mark.parametrize("method", ["svrg", "saga"])
def test_variance_reduction_finds_the_lasso(method):
    lasso = Lasso(alpha=0.2, fit_intercept=False, tol=1e-14).fit(X, Y)
    known = steepest.minimize(model("l1", 0.2, 0.15), START, method, learning_rate=0.02, max_iter=400, engine="python")
    sums = steepest.FiniteSum(lambda w, e: 0.5 * ((w * e[0]).sum(-1) - e[1]) ** 2, (X, Y), grad=slope)
    problem = steepest.Penalized(sums, "l1", 0.2)
    run = steepest.minimize(problem, START, method, learning_rate=0.02, max_iter=60)
    np.testing.assert_allclose(known.w, lasso.coef_, atol=1e-8)
    np.testing.assert_allclose(run.history.w[:20], known.history.w[:20], atol=1e-12)
    with_square = steepest.Penalized(sums, "elasticnet", 0.3, 0.5)
    net = ElasticNet(alpha=0.3, l1_ratio=0.5, fit_intercept=False, tol=1e-14).fit(X, Y)
    run = steepest.minimize(with_square, START, method, learning_rate=0.05, max_iter=60)
    np.testing.assert_allclose(run.w, net.coef_, atol=1e-6)
