"""Sweeps that leave the plain loop for lanes of JAX unasked: when, for which functions, and to which ends."""

from itertools import cycle
from typing import ClassVar, NamedTuple

import numpy as np
import pytest

import steepest
from steepest.engines.together import worth
from steepest.problems import gallery
from steepest.problems.member import Member
from steepest.problems.tracing import door

PROBLEMS = (
    "ackley", "beale", "bohachevsky_1", "booth", "branin", "camel_six_hump", "chebyshev_rosenbrock", "cube",
    "dixon_price", "drop_wave", "griewank", "hartmann_3", "himmelblau", "levy", "matyas", "mccormick", "rosenbrock",
    "sphere", "styblinski_tang", "zakharov",
)  # fmt: skip
METHODS = (
    "momentum", "adam", "nesterov", "gradient_descent", "rmsprop", "adagrad", "nesterov_lookahead", "normalized",
    "lion", "radam",
)  # fmt: skip
RATES = [1e-4, 1e-3, 1e-2, 0.05]


@pytest.fixture
def at_once(monkeypatch):
    """Lanes pay for any number of runs."""
    monkeypatch.setattr(worth, "BORDER", 0.0)


def ends(sweep):
    return np.array([run.w for run in sweep])


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize(("name", "method"), [*zip(PROBLEMS, cycle(METHODS), strict=False)])
def test_lanes_end_where_the_plain_loop_ends(name, method):
    arguments = {"method": method, "learning_rate": RATES, "max_iter": 60, "progress": False}
    lanes, plain = steepest.sweep(name, **arguments), steepest.sweep(name, engine="python", **arguments)
    assert lanes.results.engines() == {"jax": 4}
    assert plain.results.engines() == {"python": 4}
    ours, theirs = lanes.columns(), plain.columns()
    steady = ~ours["chaotic"]
    assert steady.any()
    np.testing.assert_array_equal(ours["outcome"][steady], theirs["outcome"][steady])
    np.testing.assert_array_equal(ours["nit"][steady], theirs["nit"][steady])
    kept = steady & ~plain.results.failed
    np.testing.assert_allclose(ours["f"][kept], theirs["f"][kept], rtol=1e-8, atol=1e-12)
    np.testing.assert_allclose(ends(lanes)[kept], ends(plain)[kept], rtol=1e-7, atol=1e-9)
    for k in np.flatnonzero(kept).tolist():
        assert (lanes[k].nfev, lanes[k].njev) == (plain[k].nfev, plain[k].njev)


@pytest.mark.parametrize(("name", "each"), [("rosenbrock", worth.ON_NUMBERS), ("drop_wave", worth.ON_ARRAYS)])
def test_the_choice_is_by_what_the_loops_may_take(name, each):
    """At rates so large that the runs end at once."""
    most = round((worth.BORDER / 8 - worth.RUN) / each)
    given = {"learning_rate": np.linspace(1e200, 2e200, 8).tolist(), "record": "none"}
    below, above = (steepest.sweep(name, max_iter=most + more, **given) for more in (-100, 100))
    assert below.results.engines() == {"python": 8}
    assert below.about["engines"] == [steepest.minimize(name, max_iter=1).record.engine_reason]
    assert above.about["engines"][0].startswith("jax: 8 runs side by side in a compiled program, not 2")
    fewer = steepest.sweep(name, max_iter=most + 100, max_evals=most // 2, **given)
    assert fewer.results.engines() == {"python": 8}  # evaluations limit the iterations too


def test_a_grid_of_three_by_four_stays_in_the_plain_loop():
    sweep = steepest.sweep("rosenbrock", learning_rate=[0.05, 0.2, 0.5, 0.8], momentum=[0, 0.5, 0.9])
    assert sweep.results.engines() == {"python": 12}


def test_each_group_is_counted_by_itself():
    """Twelve runs of a method share a program; three hundred of another do."""
    methods = ["momentum"] * 3 + ["adam"] * 297
    sweep = steepest.sweep(
        "rosenbrock", method=methods, learning_rate=np.geomspace(1e-5, 1e-4, 300).tolist(), how="zip", max_iter=8000,
        record="none", progress=False,
    )  # fmt: skip
    assert [sweep[k].engine for k in (0, 2, 3, 299)] == ["python", "python", "jax", "jax"]
    assert sweep.results.engines() == {"jax": 297, "python": 3}
    assert "engine         jax 297 runs (equal to minimize but for rounding), python 3 runs" in repr(sweep)
    assert len(sweep.about["engines"]) == 2


@pytest.mark.usefixtures("at_once")
def test_a_sweep_says_who_made_it_and_replays_its_cells(tmp_path):
    sweep = steepest.sweep("sphere", learning_rate=[0.1, 0.2, 0.3], max_iter=30)
    [why] = sweep.about["engines"]
    assert why.startswith("jax: 3 runs side by side in a compiled program, not ")
    assert why.endswith("equal to them but for rounding")
    assert sweep[1].record.engine_reason == why
    assert "engine         jax (equal to minimize but for rounding)" in repr(sweep)
    assert "chaotic" in sweep.columns()
    again = sweep[1].replay()
    np.testing.assert_array_equal(again.history.w, sweep[1].history.w)
    back = steepest.load(sweep.save(tmp_path / "sweep.npz"))
    assert back.results.engines() == {"jax": 3}
    assert back.about["engines"] == [why]
    assert repr(back).splitlines()[:-1] == repr(sweep).splitlines()[:-1]


@pytest.mark.usefixtures("at_once")
def test_what_was_asked_for_is_done():
    for engine in ("python", "jax"):
        sweep = steepest.sweep("sphere", learning_rate=[0.1, 0.2], max_iter=10, engine=engine)
        assert sweep.results.engines() == {engine: 2}
        assert sweep.about["engines"] == [f"{engine}: you asked for it"]
    for more in ({"time_limit": 60.0}, {"learning_rate": ["auto", "auto"]}, {"method": "lbfgs"}, {"record": "updates"}):
        given = {"learning_rate": [0.1, 0.2], "max_iter": 5, **more}
        if more.get("method"):
            given["learning_rate"] = "auto"
        if "record" not in more:
            assert steepest.sweep("sphere", **given).results.engines().keys() == {"python"}


class Counted(Member):
    """A function of the user's own, which notes what it is called with."""

    calls: ClassVar = set()
    formula, source, name = "w^2", "here", "counted"
    start, box, minimum = np.array([1.0, 2.0]), steepest.Box(-1, 1), None

    def value(self, w):
        self.calls.add(type(w))
        return float(w @ w)

    def gradient(self, w):
        self.calls.add(type(w))
        return 2 * w


@pytest.mark.usefixtures("at_once")
def test_functions_that_must_not_be_traced_are_not():
    seen = []

    def noting(w):
        seen.append(type(w))
        return float(w @ w)

    rates = [0.1, 0.2, 0.3]
    for problem, w0, more in (
        (Counted(), None, {}), (noting, [1.0, 2.0], {}), (noting, [1.0, 2.0], {"grad": lambda w: 2 * w}),
        (noting, [1.0, 2.0], {"grad": "finite"}),
    ):  # fmt: skip
        sweep = steepest.sweep(problem, w0, learning_rate=rates, max_iter=5, **more)
        assert sweep.results.engines() == {"python": 3}
        assert "python" in sweep.about["engines"][0]
        alone = steepest.minimize(problem, w0, learning_rate=0.2, max_iter=5, **more)
        np.testing.assert_array_equal(sweep[1].history.w, alone.history.w)
    assert {*Counted.calls, *seen} == {np.ndarray}


@pytest.mark.usefixtures("at_once")
def test_a_function_whose_gradient_is_chosen_along_lines_stays():
    creased = {name for name in gallery.names() if gallery.find(name)().creased}
    assert creased == {"nonsmooth_chebyshev_rosenbrock", "schwefel_2_20", "schwefel_2_21", "wolfe"}
    rates = {"learning_rate": [0.01, 0.02], "max_iter": 5}
    for name, engine in (("wolfe", "python"), ("ackley", "jax")):
        assert steepest.sweep(name, **rates).results.engines() == {engine: 2}
    model = steepest.LinearModel(-np.eye(3), [1.0, 2.0, 3.0])
    assert steepest.sweep(model, maximize=True, **rates).results.engines() == {"python": 2}


@pytest.mark.usefixtures("at_once")
def test_runs_that_meet_a_hole_of_jax_s_derivative_are_made_in_the_plain_loop():
    """JAX's derivative of abs(w)**0.5 at 0 is NaN; the gallery's is 0."""
    starts = [[0.0, 0.0], [1.0, 2.0]]
    sweep = steepest.sweep("schwefel", starts, learning_rate=[0.01, 0.02], max_iter=20)
    assert [run.engine for run in sweep] == ["python", "python", "jax", "jax"]
    assert sweep.columns()["outcome"].tolist() == ["CONVERGED", "CONVERGED", "MAX_ITER", "MAX_ITER"]
    assert not sweep.columns()["chaotic"][:2].any()
    alone = steepest.minimize("schwefel", starts[0], learning_rate=0.01, max_iter=20)
    assert sweep[0].nit == alone.nit
    np.testing.assert_array_equal(sweep[0].w, alone.w)


@pytest.mark.usefixtures("at_once")
def test_without_jax_sweeps_run_in_the_plain_loop(monkeypatch):
    monkeypatch.setattr(door, "available", lambda: False)
    sweep = steepest.sweep("sphere", learning_rate=[0.1, 0.2], max_iter=10)
    assert sweep.results.engines() == {"python": 2}


class Branching(NamedTuple):
    """Steps that ask a number which is not there while a program is traced."""

    learning_rate: float = 0.1

    def init(self, w, xp):
        return ()

    def step(self, w, f, g, slots, t, xp):
        return (-g if float(f) > 1 else -0.5 * g) * self.learning_rate, slots


@pytest.mark.usefixtures("at_once")
def test_a_rule_that_jax_cannot_trace_stays():
    sweep = steepest.sweep("sphere", None, Branching, learning_rate=[0.1, 0.2], max_iter=10)
    assert sweep.results.engines() == {"python": 2}
    climbing = steepest.sweep("drop_wave", learning_rate=[0.01, 0.02], max_iter=10, maximize=True)
    assert climbing.results.engines() == {"jax": 2}


def test_equal_gallery_functions_share_what_is_compiled():
    from steepest.engines.jax.objectives import objective_of

    assert objective_of(gallery.find("beale")()).key == objective_of(gallery.find("beale")()).key
    three, four = (objective_of(gallery.find("sphere")(n=n)) for n in (3, 4))
    assert three.key != four.key
