"""``compare``: who ran, from where, at what cost, what is made of it, and what is refused."""

import json

import numpy as np
import pytest

import steepest

RATES = {"slow": ("momentum", {"learning_rate": 1e-4}), "fast": ("momentum", {"learning_rate": 1e-3})}


def model(rows=60):
    rng = np.random.default_rng(3)
    X = rng.normal(size=(rows, 3))
    return steepest.LinearModel(X, X @ [1.0, -2.0, 0.5] + 0.1 * rng.normal(size=rows))


@pytest.fixture(scope="module")
def found():
    return steepest.compare(
        ["rosenbrock", "beale", "booth"], {**RATES, "lbfgs": "lbfgs"}, starts=3, budget=400, progress=False
    )


def row(found, **where):
    columns = found.columns()
    at = np.all([columns[name] == value for name, value in where.items()], axis=0)
    assert at.sum() == 1
    return {name: column[at][0] for name, column in columns.items()}


# -- runs ------------------------------------------------------------------------------------------------------------


def test_every_method_runs_from_the_same_starts(found):
    columns = found.columns()
    assert len(found) == 27 == len(columns["f"])
    starts = [np.array(about["starts"]) for about in found.problems]
    assert [each.shape for each in starts] == [(3, 2)] * 3
    assert starts[0][0].tolist() == [-1.2, 1.0]
    for i, instance in enumerate(found.instances):
        f0 = steepest.gallery.find(found.problems[instance.problem]["name"])().value(
            starts[instance.problem][instance.start]
        )
        assert instance.f0 == f0
        assert all(trace.f[0] == f0 and trace.evaluations[0] == 0 for trace in found.traces[i])


def test_a_run_is_that_of_minimize(found):
    run = steepest.minimize("rosenbrock", None, "momentum", learning_rate=1e-3, max_iter=400, grad_tol=0.0)
    told = row(found, problem="rosenbrock", start=0, method="fast")
    assert told["f"] == run.best.f
    assert told["spent"] == 400
    assert told["outcome"] == "BUDGET"


def test_the_cost_is_the_first_row_within_the_target(found):
    run = steepest.minimize("booth", None, "momentum", learning_rate=1e-3, max_iter=400, grad_tol=0.0)
    f = run.history.f
    for tolerance in (1e-1, 1e-3, 1e-6):
        expected = np.flatnonzero(f <= tolerance * f[0])
        place = next(i for i, x in enumerate(found.instances) if found.problems[x.problem]["name"] == "booth")
        got = found.costs(tolerance)[place, found.names.index("fast")]
        assert got == (run.history.n_grad[expected[0]] if expected.size else np.inf)


def test_no_run_spends_more_than_the_budget(found):
    columns = found.columns()
    assert columns["spent"].max() == 400
    assert (columns["evaluations"][columns["solved"]] <= 400).all()


def test_line_searches_pay_for_every_value():
    search = ("gradient_descent", {"learning_rate": steepest.line_search.Armijo()})
    found = steepest.compare(["rosenbrock"], {"search": search, "lbfgs": "lbfgs"}, budget=50, progress=False)
    run = found.replay("rosenbrock", "search")
    assert run.nfev > run.nit + 10  # many of its values were not at rows
    assert row(found, method="search")["spent"] == 50
    trace = found.traces[0][0]
    for evaluations, f in zip(trace.evaluations[:-1], trace.f, strict=False):
        assert evaluations >= np.flatnonzero(run.history.f <= f)[0]
    assert trace.evaluations[-2] > len(run.history) - 1


def test_what_an_automatic_learning_rate_costs_is_counted():
    found = steepest.compare(["booth"], {"auto": "momentum", "lbfgs": "lbfgs"}, budget=200, progress=False)
    trace = found.traces[0][0]
    run = found.replay("booth", "auto")
    extra = run.njev - len(run.history)
    assert extra >= 2
    assert trace.evaluations[0] == 0
    assert trace.evaluations[1] == 1 + extra


def test_a_run_at_the_minimum_ends_there_and_costs_nothing():
    found = steepest.compare({"there": ("sphere", [0.0, 0.0])}, RATES, budget=20, progress=False)
    assert found.costs().tolist() == [[0.0, 0.0]]
    assert found.gaps.tolist() == [[0.0, 0.0]]
    assert found.ranks()["slow"][0] == found.ranks()["fast"][0] == 1.5


def test_without_a_known_minimum_the_least_value_found_is_the_target():
    found = steepest.compare({"f": (lambda w: float(w @ w + np.cos(w[0])), [2.0, 1.0])}, RATES, budget=300,
                             progress=False)  # fmt: skip
    assert found.problems[0]["minimum"] is None
    assert found.least[0] == min(trace.best for trace in found.traces[0])
    assert row(found, method="fast")["solved"]
    assert not row(found, method="slow")["solved"]


def test_batches_are_counted_in_passes_and_seeds_repeat_them():
    methods = {
        "batch": ("momentum", {"batch_size": None, "learning_rate": 0.05}),
        "mini": ("momentum", {"batch_size": 8, "learning_rate": 0.01}),
        "single": ("momentum", {"batch_size": 1, "learning_rate": 0.001}),
    }
    found = steepest.compare({"data": model()}, methods, budget=12, seeds=3, progress=False)
    columns = found.columns()
    assert (columns["spent"] == 12).all()
    assert columns["seed"].tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    by = {name: columns["f"][columns["method"] == name] for name in methods}
    assert np.ptp(by["batch"]) == 0
    assert np.ptp(by["single"]) > 0
    run = steepest.minimize(model(), None, "momentum", batch_size=8, learning_rate=0.01, seed=1, max_iter=12)
    assert row(found, method="mini", seed=1)["f"] == run.best.f
    assert found.over == "seed"


def test_trajectories_along_every_axis():
    methods = {
        "batch": ("momentum", {"learning_rate": 0.05}),
        "mini": ("momentum", {"batch_size": 7, "learning_rate": 0.01}),
    }
    found = steepest.compare({"data": model(60)}, methods, budget=5, progress=False)
    ends = {
        axis: [float(curves[0][0][-1]) for curves in found.trajectories(axis=axis).values()]
        for axis in ("evaluations", "iterations", "epochs", "samples")
    }
    assert ends == {"evaluations": [5, 5], "iterations": [5, 45], "epochs": [5, 5], "samples": [300, 300]}
    x, gap = found.trajectories("data", "seconds")["mini"][0]
    assert (np.diff(x) >= 0).all()
    assert gap[0] == 1.0
    assert (np.diff(gap) <= 0).all()


def test_the_batch_size_of_all_is_for_data_and_methods_that_know_batches():
    found = steepest.compare({"data": model(), "f": "booth"}, {"adam": "adam", "lbfgs": "lbfgs"}, batch_size=10,
                             budget=5, progress=False)  # fmt: skip
    assert set(found.columns()["outcome"]) <= {"BUDGET", "CONVERGED", "STALLED", "F_TARGET"}
    assert found.replay("data", "adam").recipe["batch_size"] == 10
    assert found.replay("f", "adam").recipe["batch_size"] is None
    assert found.replay("data", "lbfgs").recipe["batch_size"] is None


def test_a_crash_is_the_rows_outcome():
    def breaks(w):
        if w[0] < 0.5:
            raise RuntimeError("no such\npoint")
        return float(w @ w)

    found = steepest.compare({"f": (breaks, [1.0, 1.0])}, {"a": ("momentum", {"learning_rate": 0.1}), "b": "saga"},
                             budget=50, progress=False)  # fmt: skip
    assert row(found, method="a")["outcome"] in ("CRASHED", "REFUSED")
    assert "no such" in row(found, method="a")["message"]
    assert row(found, method="b")["outcome"] == "REFUSED"
    assert "needs a problem on data" in row(found, method="b")["message"]
    assert "No method reached the target" in found.verdict
    assert "b on f: REFUSED" in repr(found)


def test_an_interrupt_keeps_the_instances_that_all_methods_came_to():
    calls = []

    def f(w):
        calls.append(1)
        if len(calls) > 400:
            raise KeyboardInterrupt
        return float(w @ w)

    starts = np.arange(1.0, 41.0).reshape(20, 2)
    methods = {name: (method, {"engine": "python"}) for name, method in RATES_ONLY.items()}
    found = steepest.compare({"f": (with_slope(f), starts)}, methods, budget=30, progress=False)
    assert found.about["interrupted"]
    assert 1 <= len(found.instances) < 20
    assert all(len(row) == 2 for row in found.traces)
    assert "interrupted" in found.verdict


RATES_ONLY = {
    "a": steepest.methods.Momentum(learning_rate=0.01),
    "b": steepest.methods.GradientDescent(learning_rate=0.01),
}


def with_slope(f):
    class Slope(steepest.gallery.find("sphere")):
        def value(self, w):
            return f(w)

    return Slope()


def test_workers_give_the_same_rows():
    problems = {"booth": "booth", "f": (lambda w: float((w**2).sum()), [[1.0, 2.0], [3.0, 1.0]])}
    one, two = (
        steepest.compare(problems, RATES, starts=2, budget=20, workers=k, progress=False).columns() for k in (1, 2)
    )
    for name in ("problem", "start", "method", "f", "evaluations", "spent", "outcome"):
        assert one[name].tolist() == two[name].tolist()


# -- tuning ----------------------------------------------------------------------------------------------------------


def test_tuning_takes_the_best_of_the_grid_for_each_problem():
    grid = [1e-5, 1e-3, 1e-1]
    found = steepest.compare(["booth", "rosenbrock"], {"gd": "gradient_descent", "given": RATES["slow"],
                             "lbfgs": "lbfgs"}, tune={"learning_rate": grid}, budget=300, progress=False)  # fmt: skip
    chosen = {(entry["problem"], entry["method"]): entry for entry in found.tuning}
    assert chosen["booth", "gd"]["chosen"] == {"learning_rate": 0.1}
    assert chosen["rosenbrock", "gd"]["chosen"] == {"learning_rate": 0.001}
    assert chosen["booth", "gd"]["runs"] == 3
    assert chosen["booth", "given"]["note"] == "learning_rate was given"
    assert chosen["booth", "lbfgs"]["note"] == "its line search finds the learning rate"
    assert found.replay("booth", "gd").recipe["method"]["learning_rate"] == 0.1
    assert "tuning: gd 3 runs a problem; given none: learning_rate was given" in repr(found)


def test_a_number_is_a_grid_of_learning_rates():
    found = steepest.compare(["booth"], ["adam", "momentum"], tune=3, budget=100, progress=False)
    assert found.about["tune"]["learning_rate"] == pytest.approx([1e-4, 1e-2, 1.0])
    assert [entry["runs"] for entry in found.tuning] == [3, 3]


# -- what is made of it ----------------------------------------------------------------------------------------------


def test_profiles_follow_from_the_costs(found):
    performance, data = found.performance_profile(), found.data_profile()
    costs = found.costs()
    for m, name in enumerate(found.names):
        solved = np.isfinite(costs[:, m]).mean()
        assert performance[name][1][-1] == data[name][1][-1] == pytest.approx(solved)
    assert performance["lbfgs"][1][0] == 1.0
    scaled = found.data_profile(per_variable=True)["lbfgs"][0]
    assert scaled.tolist() == pytest.approx((data["lbfgs"][0] / 3.0).tolist())


def test_a_clear_winner_is_named():
    names = ["rosenbrock", "beale", "booth", "matyas", "zakharov", "himmelblau", "three_exponentials", "quartic"]
    found = steepest.compare(names, {"lbfgs": "lbfgs", "slow": ("momentum", {"learning_rate": 1e-6})}, budget=200,
                             progress=False)  # fmt: skip
    assert found.verdict.startswith("lbfgs is better than slow (p = 0.0078) on 8 problems")
    assert found.best == "lbfgs"


def test_no_difference_is_called_so():
    same = {"a": ("momentum", {"learning_rate": 1e-3}), "b": ("momentum", {"learning_rate": 1e-3})}
    found = steepest.compare(["booth", "matyas", "beale"], same, budget=1000, tolerance=1e-2, progress=False)
    assert np.isfinite(found.costs()).all()
    assert found.differences() == {("a", "b"): 1.0}
    assert found.verdict.startswith("No difference is shown between a and b on 3 problems")
    assert "all have the mean rank 1.5" in found.verdict


def test_few_problems_are_called_too_few(found):
    assert "With 3 problems no two could be told apart: the least p-value possible is 0.75." in found.verdict


def test_one_problem_says_nothing_of_others():
    found = steepest.compare(["booth"], {"slow": RATES["slow"], "lbfgs": "lbfgs"}, starts=8, budget=50, progress=False)
    assert found.over == "start"
    assert found.verdict.startswith("lbfgs is better than slow (p = 0.0078) on booth from 8 starts")
    assert found.verdict.endswith("Of problems other than booth this says nothing.")


# -- keeping it ------------------------------------------------------------------------------------------------------


def test_json_csv_and_latex(found, tmp_path):
    whole = json.loads(found.save(tmp_path / "found.json").read_text())
    assert whole["verdict"] == found.verdict
    assert len(whole["runs"]) == len(found)
    assert {"python", "numpy"} <= set(whole["about"]["versions"])
    assert whole["about"]["budget"] == 400
    lines = found.to_csv(tmp_path / "found.csv").splitlines()
    assert (tmp_path / "found.csv").read_text().splitlines() == lines
    assert len(lines) == 1 + len(found)
    assert lines[0].startswith("problem,start,seed,method,solved,evaluations,gap,f")
    tex = steepest.compare(["booth"], {"a_b": RATES["slow"], "50%": RATES["fast"]}, budget=5, progress=False).to_latex()
    assert r"a\_b &" in tex
    assert r"50\% &" in tex
    assert tex.count(r"\\") == 3


def test_the_table_is_a_frame_where_pandas_is(found):
    table = found.table
    assert list(table.columns) == list(found.columns())
    assert len(table) == len(found)


def test_a_cell_is_replayed_as_a_run(found):
    run = found.replay("beale", "lbfgs", start=2)
    assert run.best.f == row(found, problem="beale", method="lbfgs", start=2)["f"]
    assert len(run.history.w) == run.nit + 1
    assert run.w0.tolist() == found.problems[1]["starts"][2]


def test_profiles_are_drawn(found):
    display = found.plot_profiles()
    assert set(display.data["methods"]) == set(found.names)
    assert np.size(display.ax_) == 3


def test_reprs(found):
    text = repr(found)
    assert text.isascii()
    assert text.startswith("<Comparison of 3 methods on 3 problems, 3 runs each: 27 runs, budget 400 ")
    page = found._repr_html_()
    assert page.count("<tr>") == 4
    assert found.verdict in page


# -- refused ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("problems", "methods", "more", "sentence"),
    [
        ([], RATES, {}, "problems is empty"),
        ("booth", RATES, {}, "problems must be a list or a dict of names; got 'booth'"),
        ([], ["adam"], {}, "^problems is empty"),
        (["booths"], ["adam", "momentum"], {}, "^problem 'booths' is no function of the gallery; did you mean 'booth'"),
        ({"b": "booths"}, ["adam", "momentum"], {}, "^problem 'b': 'booths' is no function of the gallery"),
        ({"b": 3}, ["adam", "momentum"], {}, "^problem 'b' must be a callable"),
        ([lambda w: w @ w], RATES, {}, "problem '<lambda>': w0 is missing"),
        (["booth"], ["adam"], {}, "methods holds 1; a comparison needs two or more"),
        (["booth"], [], {}, "methods holds 0"),
        (["booth"], ["adam", "adamm"], {}, "'adamm' is not known"),
        (["booth"], ["adam", "BFGS"], {}, r"write steepest.scipy_method\('BFGS'\)"),
        (["booth"], ["adam", 3], {}, "method 'int' must be a name, a rule"),
        (["booth"], ["adam", ("momentum", {"lr": 1.0})], {}, "did you mean learning_rate"),
        (["booth"], ["adam", ("momentum", {"maximize": True})], {}, "compare minimises; leave maximize out"),
        (["booth"], ["adam", ("momentum", {"max_iter": 3})], {}, "brings max_iter, which is the same for all"),
        (["booth"], RATES, {"budget": 0}, "budget must be a whole number of at least 1; got 0"),
        (["booth"], RATES, {"starts": 0}, "starts must be a whole number of at least 1"),
        (["booth"], RATES, {"tolerance": 0}, "tolerance must be a number above 0"),
        (["booth"], RATES, {"tune": 3}, "no method can be tuned; 'slow': learning_rate was given"),
        (["booth"], ["adam", "momentum"], {"tune": {"lr": [1.0]}}, "did you mean learning_rate"),
        (["booth"], ["adam", "momentum"], {"tune": {"learning_rate": []}}, "must be a list of numbers"),
        (["booth"], ["adam", "momentum"], {"tune": {"learning_rate": [-1.0]}}, "at least 0; got -1"),
        (["booth"], RATES, {"seeds": "all"}, "seeds must be how many or a list"),
        ({"data": model()}, RATES, {"starts": 2}, "has no box to draw starts=2 from"),
    ],
)
def test_bad_input_is_one_sentence(problems, methods, more, sentence):
    with pytest.raises((ValueError, TypeError), match=sentence):
        steepest.compare(problems, methods, progress=False, **more)


def test_views_and_replays_refuse_what_there_is_not(found):
    with pytest.raises(ValueError, match="axis must be"):
        found.trajectories("booth", "parsecs")
    with pytest.raises(ValueError, match="needs a problem on data"):
        found.trajectories("booth", "samples")
    with pytest.raises(ValueError, match="problem must be"):
        found.trajectories()
    with pytest.raises(ValueError, match="start must be 0 to 2"):
        found.replay("booth", "fast", start=3)
    with pytest.raises(ValueError, match="at least a thousandth"):
        found.costs(1e-12)
    with pytest.raises(ValueError, match=r"must end in .npz or .json"):
        found.save("found.pickle")
