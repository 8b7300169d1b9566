"""``sweep``: every run is the one that ``minimize`` makes; what cannot be swept is refused in a sentence."""

import os
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import steepest
from steepest.base.errors import RunError
from steepest.verbs import sweeping
from steepest.verbs.sweep_groups import MOST
from steepest.verbs.together import run_all

RNG = np.random.default_rng(3)
X = RNG.normal(size=(24, 3))
Y = X @ [1.0, -2.0, 0.5] + RNG.normal(size=24)
MODEL = steepest.LinearModel(X, Y)
LABELS = steepest.LinearModel(X, (Y > 0).astype(float), loss="log_loss", penalty="l2", alpha=0.1)


def bowl(w):
    return float(w @ w)


def slope(w):
    return 2 * w


def test_tasks_of_a_group_are_made_as_each_is(monkeypatch):
    """The arrays of all at once hold what each task holds."""
    made = []
    monkeypatch.setattr(sweeping, "run_all", lambda tasks, engine: made.append(tasks) or run_all(tasks, engine))
    sweep = steepest.sweep(
        MODEL, [[0.1, 0.2, 0.3, 0.4], [1.0, 0.0, -0.0, 2.0]], "momentum", learning_rate=[0.01, 0.02],
        momentum=[0.5, 0.9], rate_outside=[True, False], max_iter=5,
    )  # fmt: skip
    assert [len(tasks) for tasks in made] == [8, 8]
    for tasks in made:
        for k, task in enumerate(tasks):
            assert tasks.starts[k].tobytes() == task.w0.tobytes()
            assert tasks.fields[k].tobytes() == task.fields.row.tobytes()
    assert len(sweep) == 16


def told(run):
    """The message without its durations."""
    return re.sub(r"[\d.e-]+ m?s:", ":", run.message)


def same(run, alone):
    assert run.outcome is alone.outcome
    assert (run.nit, run.nfev, run.njev, run.engine) == (alone.nit, alone.nfev, alone.njev, alone.engine)
    np.testing.assert_array_equal(run.w, alone.w)
    np.testing.assert_array_equal(run.best.w, alone.best.w)
    np.testing.assert_array_equal([run.f, run.best.f], [alone.f, alone.best.f])
    for name, column in alone.history.columns().items():
        if name != "seconds":
            np.testing.assert_array_equal(getattr(run.history, name), column)
    assert told(run) == told(alone)
    assert run.recipe == alone.recipe


@given(
    problem=st.sampled_from([MODEL, LABELS]),
    method=st.sampled_from(["momentum", "adam", "gradient_descent", "nesterov"]),
    batch_size=st.sampled_from([None, 1, 7]), rates=st.lists(st.floats(1e-4, 3.0), min_size=1, max_size=4),
    seed=st.integers(0, 3), engine=st.sampled_from(["auto", "python"]),
)  # fmt: skip
def test_runs_on_data_are_those_of_minimize(problem, method, batch_size, rates, seed, engine):
    options = {"batch_size": batch_size, "seed": seed, "max_iter": 30, "engine": engine}
    sweep = steepest.sweep(problem, None, method, learning_rate=rates, **options)
    for k, rate in enumerate(rates):
        same(sweep[k], steepest.minimize(problem, None, method, learning_rate=rate, **options))


@given(rates=st.lists(st.floats(1e-3, 2.0), min_size=1, max_size=4), decay=st.sampled_from([0.0, 0.01]))
def test_runs_in_the_quadratic_engine_are_those_of_minimize(rates, decay):
    options = {"engine": "quadratic", "max_iter": 50, "weight_decay": decay}
    sweep = steepest.sweep(MODEL, None, "momentum", learning_rate=rates, **options)
    for k, rate in enumerate(rates):
        same(sweep[k], steepest.minimize(MODEL, None, "momentum", learning_rate=rate, **options))


@given(
    name=st.sampled_from(["rosenbrock", "sphere", "beale", "himmelblau"]), maximize=st.booleans(),
    method=st.sampled_from(["momentum", "adam", "lbfgs"]), rates=st.lists(st.floats(1e-5, 0.5), min_size=1, max_size=3),
)  # fmt: skip
def test_runs_on_functions_are_those_of_minimize(name, maximize, method, rates):
    options = {"max_iter": 40, "maximize": maximize}
    sweep = steepest.sweep(name, None, method, learning_rate=rates, **options)
    for k, rate in enumerate(rates):
        same(sweep[k], steepest.minimize(name, None, method, learning_rate=rate, **options))


def test_all_kinds_of_axes_go_side_by_side():
    sweep = steepest.sweep(
        MODEL, [[0.0] * 4, [1.0] * 4], ["adam", "momentum"], learning_rate=[0.01, steepest.schedules.Cosine(0.1)],
        batch_size=(None, 5), seed=range(2), sampling=["shuffle", "replacement"], max_iter=5,
    )  # fmt: skip
    assert len(sweep) == 64
    assert sweep.shape == (2, 2, 2, 2, 2, 2)
    for i in range(len(sweep)):
        assert sweep.cells.arguments(i).keys() == {"w0", "method", "learning_rate", "batch_size", "seed", "sampling"}
        given = sweep.cells.arguments(i)
        same(sweep[i], steepest.minimize(MODEL, given.pop("w0"), given.pop("method"), max_iter=5, **given))


def test_the_last_axis_is_the_fastest_and_axes_come_in_the_order_given():
    sweep = steepest.sweep("sphere", momentum=[0.0, 0.5], learning_rate=np.array([0.1, 0.2, 0.3]), max_iter=2)
    assert list(sweep.axes) == ["momentum", "learning_rate"]
    assert sweep.columns()["learning_rate"].tolist() == [0.1, 0.2, 0.3, 0.1, 0.2, 0.3]
    assert sweep.columns()["momentum"].tolist() == [0.0, 0.0, 0.0, 0.5, 0.5, 0.5]


def test_zip_takes_the_first_of_all_then_the_second():
    sweep = steepest.sweep("sphere", learning_rate=[0.1, 0.2], momentum=[0.3, 0.4], how="zip", max_iter=2)
    assert len(sweep) == 2
    same(sweep[1], steepest.minimize("sphere", learning_rate=0.2, momentum=0.4, max_iter=2))


def test_draws_stay_in_their_range_and_the_first_ones_stay_the_same():
    def drawn(k, **more):
        rate = steepest.LogUniform(1e-3, 1e-1)
        return steepest.sweep("sphere", learning_rate=rate, how="random", runs=k, max_iter=1, **more).axes[
            "learning_rate"
        ]

    few, many = drawn(5), drawn(50)
    assert many[:5] == few
    assert drawn(5, momentum=steepest.Uniform(0.1, 0.9)) == few
    assert drawn(5, draw_seed=1) != few
    assert 1e-3 <= min(many) < 1e-2 < max(many) <= 1e-1


def test_a_rate_of_auto_and_line_searches_are_axes_too():
    rates = ["auto", steepest.line_search.Armijo(), 0.001]
    sweep = steepest.sweep("rosenbrock", None, "gradient_descent", learning_rate=rates, max_iter=20)
    for k, rate in enumerate(rates):
        same(sweep[k], steepest.minimize("rosenbrock", None, "gradient_descent", learning_rate=rate, max_iter=20))
    assert sweep.at(learning_rate="auto") is sweep[0]


def test_a_problem_of_a_callable_is_made_once_and_starts_are_its_axis():
    sweep = steepest.sweep(bowl, [[3.0, 1.0], [0.5, 0.5]], "adam", grad=slope, learning_rate=[0.1, 0.5], max_iter=10)
    assert len(sweep) == 4
    same(sweep[3], steepest.minimize(bowl, [0.5, 0.5], "adam", grad=slope, learning_rate=0.5, max_iter=10))
    assert sweep.at(w0=[0.5, 0.5], learning_rate=0.1) is sweep[2] is sweep.at(w0=1, learning_rate=0.1)


def test_a_start_alone_is_no_axis():
    assert len(steepest.sweep(bowl, [3.0, 1.0], grad=slope, learning_rate=0.1, max_iter=1)) == 1
    assert len(steepest.sweep(bowl, np.eye(3), grad=slope, learning_rate=0.1, max_iter=1)) == 3
    two_outputs = steepest.LinearModel(X, np.stack([Y, -Y], axis=1))
    assert len(steepest.sweep(two_outputs, np.zeros((4, 2)), learning_rate=0.1, max_iter=1)) == 1


def test_an_exception_of_one_run_is_its_own_outcome():
    def fragile(w):
        if w[0] > 5:
            raise ValueError("too far")
        return float(w @ w)

    sweep = steepest.sweep(
        fragile, [1.0], "gradient_descent", grad=lambda w: -2 * w, learning_rate=[0.01, 1.0], max_iter=9
    )
    assert sweep.columns()["outcome"].tolist() == ["MAX_ITER", "ERROR"]
    assert "run 1: ValueError: too far" in repr(sweep)
    with pytest.raises(RunError, match="run 1 raised ValueError: too far"):
        sweep[1]


def test_processes_give_the_same_runs():
    def inner(w):
        return float(w @ w)

    options = {"grad": lambda w: 2 * w, "learning_rate": [0.1, 0.2, 0.3], "max_iter": 10}
    one, two = (steepest.sweep(inner, [1.0, 2.0], workers=k, **options) for k in (1, 2))
    for a, b in zip(one, two, strict=True):
        same(a, b)
    assert two[0].problem is not None


def test_where_all_runs_fail_there_is_no_best():
    sweep = steepest.sweep("rosenbrock", learning_rate=[0.5, 1.0])
    assert sweep.best is None
    assert sweep.counts() == {"DIVERGED": 2}
    assert "none: all 2 runs failed; on the way f came to 24.2" in repr(sweep)
    assert "above 0.00252" in sweep[0].message


def test_a_dry_run_tells_and_keeps_nothing():
    estimate = steepest.sweep(MODEL, None, learning_rate=[0.1] * 20, momentum=[0.1, 0.5], max_iter=20, dry_run=True)
    assert (estimate.runs, estimate.together, estimate.passes, estimate.engines) == (40, 40, 1, ("numba",))
    assert repr(estimate).startswith("<Estimate: 40 runs, 40 together in 1 pass (numba): about ")
    assert estimate.seconds > 0


def test_ten_million_runs_are_refused_with_the_estimate():
    values = np.linspace(0.01, 0.5, 10_000)
    with pytest.raises(ValueError, match=r"^10,000,000 runs, 10,000,000 together .* about .*; pass confirm=True"):
        steepest.sweep(MODEL, None, learning_rate=values, momentum=values[:1000], max_iter=3)
    assert MOST < 10_000_000


def test_hours_are_refused_with_the_estimate(monkeypatch):
    monkeypatch.setattr(sweeping, "TIMED", 5)
    asked = {"learning_rate": np.linspace(0.01, 0.1, 6), "max_iter": 3}
    assert len(steepest.sweep(MODEL, None, **asked)) == 6
    monkeypatch.setattr(sweeping, "LONGEST", 0.0)
    with pytest.raises(ValueError, match=r"^6 runs, 6 together .* about .*; pass confirm=True to begin"):
        steepest.sweep(MODEL, None, **asked)
    assert len(steepest.sweep(MODEL, None, confirm=True, **asked)) == 6


@pytest.mark.parametrize(
    ("error", "given", "says"),
    [
        (ValueError, {"learning_rate": []}, "learning_rate is an empty list"),
        (TypeError, {"method": "gradient_descent", "momentum": [0.1]}, "momentum belongs to momentum"),
        (TypeError, {"lr": [0.1]}, "did you mean learning_rate"),
        (ValueError, {"lr": [0.1], "learning_rate": [0.1]}, "lr and learning_rate are the same argument"),
        (ValueError, {"learning_rate": [0.1, 0.2], "momentum": [0.1], "how": "zip"}, "learning_rate 2 and momentum 1"),
        (ValueError, {"learning_rate": [0.1, float("nan")]}, r"learning_rate\[1\].*got nan"),
        (ValueError, {"learning_rate": [0.1, -1.0]}, r"learning_rate\[1\].*at least 0"),
        (TypeError, {"learning_rate": [0.1, "x"]}, r"learning_rate\[1\].*got 'x'"),
        (TypeError, {"learning_rate": {0.1}}, "use list"),
        (ValueError, {"learning_rate": np.ones((2, 2))}, "its shape is \\(2, 2\\)"),
        (ValueError, {"max_iter": [1, 2]}, "max_iter must be one value"),
        (ValueError, {"how": "all"}, "how must be 'grid', 'zip' or 'random'"),
        (ValueError, {"learning_rate": steepest.Uniform(0, 1)}, "write how='random'"),
        (ValueError, {"learning_rate": steepest.Uniform(0, 1), "how": "random"}, "runs is missing"),
        (ValueError, {"runs": 3, "learning_rate": [0.1]}, "leave it out with how='grid'"),
        (ValueError, {"how": "random", "runs": 3}, "nothing to draw"),
        (ValueError, {"w0": []}, "w0 is empty"),
        (ValueError, {"w0": [[1.0, 2.0], [1.0]]}, r"w0\[1\].*it has 1"),
        (ValueError, {"callback": print}, "callback is not for sweeps"),
        (ValueError, {"starts": 3}, "give the starts as an axis"),
        (ValueError, {"batch_size": [1]}, "needs a problem on data"),
        (ValueError, {"method": ["adam", "adamm"]}, "adamm"),
    ],
)  # fmt: skip
def test_what_cannot_be_swept_is_refused_in_a_sentence(error, given, says):
    with pytest.raises(error, match=says):
        steepest.sweep("rosenbrock", **given)


@pytest.mark.parametrize(("low", "high"), [(1.0, 1.0), (2.0, 1.0), (0.0, 1.0), (-1.0, 1.0)])
def test_a_log_uniform_range_is_positive_and_ascending(low, high):
    with pytest.raises(ValueError, match="low"):
        steepest.LogUniform(low, high)


def wavy(w):
    return (w[0] - 1) ** 2 + 3 * np.sin(w[1]) ** 2


def residual(w, example):
    return (w[0] * example[0] - example[1]) ** 2


def joint(w):
    return float(w @ w), 2 * w


@pytest.mark.parametrize(
    ("problem", "w0", "more"),
    [
        (wavy, [0.0, 0.5], {}),
        ("(1-x)^2 + 10*(y-x^2)^2", [-1.2, 1.0], {}),
        (steepest.Penalized(wavy, "l2", 0.1), [0.0, 0.5], {}),
        (steepest.FiniteSum(residual, X[:, :2]), [0.5], {"batch_size": [None, 5], "seed": [0, 1]}),
        (lambda w: w["a"] ** 2 + w["b"][0] ** 2, {"a": 1.0, "b": [2.0]}, {}),
        (joint, [1.0, 2.0], {"value_and_grad": True}),
        (bowl, [1.0, 2.0], {"grad": "finite"}),
        (bowl, [1.0, 2.0], {"grad": "spsa", "seed": [0, 1]}),
        ("himmelblau", None, {"bounds": [(0, 2), (0, 2)]}),
    ],
)
def test_every_kind_of_problem_ends_where_minimize_ends(problem, w0, more):
    sweep = steepest.sweep(problem, w0, learning_rate=[0.01, 0.05], max_iter=15, **more)
    shared = {name: value for name, value in more.items() if name not in sweep.axes}
    for i in range(len(sweep)):
        run, alone = sweep[i], steepest.minimize(problem, w0, max_iter=15, **shared, **sweep.cells.arguments(i))
        np.testing.assert_allclose(run.x, alone.x, rtol=1e-9)  # in JAX lanes differ from a program of one by rounding
        assert run.outcome is alone.outcome
        assert (run.nit, run.nfev, run.njev, run.engine) == (alone.nit, alone.nfev, alone.njev, alone.engine)
        again = run.replay()
        np.testing.assert_array_equal(again.history.w, run.history.w)


def test_many_runs_of_a_gallery_function_are_compiled_together():
    rates = np.geomspace(1e-4, 1e-3, 1000).tolist()
    sweep = steepest.sweep("rosenbrock", learning_rate=rates, max_iter=2000, record="none")
    assert sweep[7].engine == "jax"
    alone = steepest.minimize("rosenbrock", learning_rate=rates[7], max_iter=2000)
    assert abs(sweep[7].f - alone.f) <= 1e-9 * alone.f
    assert steepest.sweep("rosenbrock", learning_rate=[0.001], max_iter=1000)[0].engine == "python"


def test_a_process_that_dies_is_the_outcome_of_its_run():
    def deadly(w):
        if w[0] < -4:
            os._exit(1)
        return float(w @ w)

    options = {"grad": lambda w: 2 * w, "learning_rate": [0.1, 3.0, 0.2], "max_iter": 5, "workers": 2}
    sweep = steepest.sweep(deadly, [1.0], "gradient_descent", **options)
    assert sweep.columns()["outcome"].tolist() == ["MAX_ITER", "ERROR", "MAX_ITER"]
    assert "its process ended" in sweep.results.errors[1]


def test_a_schedule_that_fails_on_the_way_is_the_outcome_of_its_run():
    def falling(t):
        return 0.1 - 0.02 * t

    sweep = steepest.sweep(MODEL, None, learning_rate=[0.1, falling], max_iter=30)
    assert sweep.columns()["outcome"].tolist() == ["MAX_ITER", "ERROR"]
    assert "its schedule gives" in sweep.results.errors[1]


@pytest.mark.parametrize("record", ["auto", "none"])
@pytest.mark.parametrize("batch", [None, 5])
def test_many_runs_that_end_at_once_have_the_record_of_a_run_alone(record, batch):
    rng = np.random.default_rng(3)
    model = steepest.LinearModel(rng.standard_normal((20, 3)), rng.standard_normal(20))
    rates = np.geomspace(0.05, 1e4, 60)
    common = {"batch_size": batch, "max_iter": 400, "engine": "numba", "record": record, "grad_tol": 1e-3}
    found = steepest.sweep(model, learning_rate=rates.tolist(), progress=False, **common)
    assert {"CONVERGED", "DIVERGED"} <= set(found.columns()["outcome"].tolist()) or batch is not None
    for i in range(0, 60, 7):
        alone = steepest.minimize(model, learning_rate=rates[i], **common)
        run = found[i]
        assert (run.outcome, run.nit, run.record.reason) == (alone.outcome, alone.nit, alone.record.reason)
        np.testing.assert_array_equal(run.w, alone.w)
        for name, column in alone.history.columns().items():
            if name != "seconds":
                np.testing.assert_array_equal(run.history.columns()[name], column)
        assert found.columns()["f"][i] == alone.f
