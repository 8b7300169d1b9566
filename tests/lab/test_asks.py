"""What the lab answers is what the library returns, to the last bit."""

import base64
import json
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import steepest
from steepest.engines import session
from steepest.lab import heeding
from steepest.lab.asks import every_ask
from steepest.lab.live import encoded
from steepest.lab.scenes import SCENES
from steepest.lab.work import Dropped, Job
from steepest.verbs.run import Run

ASKS = every_ask()
METHODS = ["gradient_descent", "momentum", "nesterov", "adam", "rmsprop", "adagrad", "lion", "signsgd"]
FUNCTIONS = ["rosenbrock", "sphere", "rastrigin", "beale", "himmelblau", "booth"]


def asked(name, arguments, held=None):
    """An answer as the page gets it."""
    return json.loads(encoded(ASKS[name].ask(arguments, Job(1, None, held, lambda job: None))))


def unpacked(given):
    return np.frombuffer(base64.b64decode(given["base64"]), "<f8").reshape(given["shape"])


def gallery(name):
    return {"kind": "gallery", "name": name, "n": 2}


SETTINGS = st.tuples(
    st.sampled_from(FUNCTIONS), st.sampled_from(METHODS), st.floats(1e-5, 1.0), st.integers(1, 200),
    st.tuples(st.floats(-2, 2), st.floats(-2, 2)),
)  # fmt: skip


@settings(max_examples=50)
@given(SETTINGS)
def test_what_the_page_shows_is_what_minimize_returns(setting):
    name, method, rate, iterations, start = setting
    run = {"method": method, "fields": {"learning_rate": rate}}
    answer = asked("paths", {"problem": gallery(name), "start": list(start), "iterations": iterations, "runs": [run]})
    shown = answer["runs"][0]
    own = steepest.minimize(
        steepest.gallery.find(name)(n=2), list(start), method, learning_rate=rate, max_iter=iterations
    )  # fmt: skip
    np.testing.assert_array_equal(unpacked(shown["path"]), own.history.w)
    np.testing.assert_array_equal(unpacked(shown["values"]), own.history.f)
    assert shown["outcome"] == own.outcome.name


def test_formulas_run_as_they_do_in_the_library():
    text = "(1-x)^2 + 100*(y-x^2)^2"
    setting = {"problem": {"kind": "formula", "text": text}, "start": [-1.2, 1.0], "iterations": 80}
    run = {"method": "momentum", "fields": {"learning_rate": 1e-3}}
    shown = asked("paths", setting | {"runs": [run]})["runs"][0]
    own = steepest.minimize(text, [-1.2, 1.0], "momentum", learning_rate=1e-3, max_iter=80)
    np.testing.assert_array_equal(unpacked(shown["path"]), own.history.w)


def test_one_run_that_cannot_be_made_leaves_the_others():
    runs = [
        {"method": "momentum", "fields": {}},
        {"method": "newton", "fields": {}},
        {"method": "adam", "fields": {"lr": 1}},
    ]
    answer = asked("paths", {"problem": gallery("sphere"), "start": [1.0, 1.0], "iterations": 5, "runs": runs})
    assert answer["runs"][0]["outcome"] == "CONVERGED"
    assert "newton" in answer["runs"][1]["error"]
    assert "learning_rate" in answer["runs"][2]["error"]


def test_the_limit_on_the_slider_is_that_of_theory():
    run = {"method": "momentum", "fields": {"learning_rate": 0.1, "momentum": 0.5}}
    setting = {
        "problem": {"kind": "formula", "text": "x^2 + 4*y^2"},
        "start": [1.0, 1.0],
        "iterations": 3,
        "runs": [run],
    }
    assert asked("paths", setting)["runs"][0]["limit"] == pytest.approx(2 * 1.5 / 8, rel=1e-6)


def test_a_map_holds_the_runs_of_a_sweep():
    run = {"method": "momentum", "fields": {"learning_rate": 0.1, "momentum": 0.5}}
    axes = {
        "x": {"name": "learning_rate", "low": 1e-4, "high": 1e-2, "count": 5, "log": True},
        "y": {"name": "momentum", "low": 0.0, "high": 0.9, "count": 4, "log": False},
    }  # fmt: skip
    setting = {"problem": gallery("rosenbrock"), "start": [-1.2, 1.0], "iterations": 60}
    answer = asked("map", setting | {"run": run} | axes)
    values = unpacked(answer["f"]).reshape(4, 5)
    for j, momentum in enumerate(answer["y"]["values"]):
        for i, rate in enumerate(answer["x"]["values"]):
            own = steepest.minimize(
                "rosenbrock", [-1.2, 1.0], learning_rate=rate, momentum=momentum, max_iter=60, engine="jax"
            )  # fmt: skip
            failure = answer["failures"][5 * j + i]
            assert (failure != "") == own.failed
            if not own.failed:
                assert values[j, i] == pytest.approx(own.f, rel=1e-9)
    x, y = answer["boundary"]["x"], answer["boundary"]["y"]
    assert np.all(np.diff(x) > 0)
    assert y[0] == 0.0


def test_steps_are_those_of_the_run():
    run = {"method": "adam", "fields": {"learning_rate": 0.1}}
    setting = {"problem": gallery("beale"), "start": [1.0, 1.0], "iterations": 20}
    trace = asked("steps", setting | {"run": run})["trace"]
    own = steepest.minimize("beale", [1.0, 1.0], "adam", learning_rate=0.1, max_iter=20)
    gradients = np.array([own.problem.gradient(w) for w in own.history.w])
    np.testing.assert_array_equal(unpacked(trace["gradient"]), gradients)
    assert [slot["name"] for slot in trace["slots"]] == ["m", "s"]


def test_explanations_and_suggestions_are_those_of_the_library():
    run = {"method": "momentum", "fields": {"learning_rate": 1e-5, "momentum": 0.9}}
    setting = {"problem": gallery("rosenbrock"), "start": [-1.2, 1.0], "iterations": 200, "run": run}
    answer = asked("explain", setting)
    own = steepest.minimize("rosenbrock", learning_rate=1e-5, momentum=0.9, max_iter=200).explain()
    assert (answer["verdict"], answer["began"]) == (own.verdict, own.began)
    found = asked("suggest", setting)
    best = steepest.suggest("rosenbrock", [-1.2, 1.0], "momentum")
    assert found["fields"] == {"learning_rate": best.learning_rate, "momentum": best.momentum}
    assert found["reason"] == best.reason


def test_what_is_copied_gives_the_same_numbers():
    run = {"method": "momentum", "fields": {"learning_rate": 1e-3, "momentum": 0.8}}
    setting = {"problem": gallery("rosenbrock"), "start": [-1.0, 0.5], "iterations": 40}
    answer, found = asked("share", setting | {"run": run}), {}
    exec(answer["python"], found)
    shown = asked("paths", setting | {"runs": [run]})["runs"][0]
    np.testing.assert_array_equal(found["run"].history.w, unpacked(shown["path"]))
    command = f"{sys.executable} -m {answer['command']} --format json"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=True)
    np.testing.assert_array_equal(json.loads(done.stdout)["w"], unpacked(shown["w"]))


@pytest.mark.parametrize("kind", ["html", "csv", "png", "svg", "gif", "npz"])
def test_every_file_can_be_left_with(kind, held):
    run = {"method": "momentum", "fields": {"learning_rate": 1e-3}}
    setting = {"problem": gallery("rosenbrock"), "start": [-1.0, 0.5], "iterations": 6, "run": run, "as": kind}
    stored = held.downloads.get(asked("export", setting, held)["id"])
    content = stored.path.read_bytes()
    starts = {
        "html": b"<!doctype",
        "csv": b"iteration",
        "png": b"\x89PNG",
        "svg": b"<?xml",
        "gif": b"GIF8",
        "npz": b"PK",
    }
    assert content.startswith(starts[kind])
    if kind == "csv":
        own = steepest.minimize("rosenbrock", [-1.0, 0.5], learning_rate=1e-3, max_iter=6)
        names, *lines = content.decode().splitlines()
        column = names.split(",").index("f")
        assert [float(line.split(",")[column]) for line in lines] == own.history.f.tolist()


def test_every_scene_runs():
    for scene in SCENES:
        assert scene.story.count(".") >= 2 or scene.story.count("?") >= 1
        if "view" in scene.state:  # those of data: test_page_data
            continue
        answer = asked("paths", scene.state)
        assert all("error" not in run for run in answer["runs"]), scene.title
    assert len(SCENES) >= 12


@pytest.mark.parametrize(
    ("name", "arguments", "part"),
    [
        ("problem", {}, "problem must"), ("problem", {"problem": gallery("nothing")}, "gallery"),
        ("problem", {"problem": {"kind": "formula", "text": "x +"}}, "column"),
        ("problem", {"problem": {"kind": "formula", "text": 3}}, "formula must be a text"),
        ("problem", {"problem": gallery("sphere") | {"n": 10**9}}, "n must"),
        ("problem", {"problem": gallery("sphere"), "view": {"x": [1, 0], "y": [0, 1]}}, "view must"),
        ("paths", {"problem": gallery("sphere"), "runs": []}, "runs must"),
        ("paths", {"problem": gallery("sphere"), "runs": [{}] * 1000}, "runs must"),
        ("paths", {"problem": gallery("sphere"), "start": ["a", 1], "runs": [{"method": "adam"}]}, "w0"),
        ("paths", {"problem": gallery("sphere"), "iterations": 10**9, "runs": [{"method": "adam"}]}, "iterations must"),
        ("map", {"problem": gallery("sphere"), "run": {"method": "adam"}, "x": {"name": "learning_rate", "low": 1,
         "high": 0}, "y": {"name": "beta1", "low": 0, "high": 0.9}}, "x must"),
        ("map", {"problem": gallery("sphere"), "run": {"method": "adam"}, "x": {"name": "learning_rate", "low": 0.1,
         "high": 1, "count": 400}, "y": {"name": "beta1", "low": 0, "high": 0.9, "count": 400}}, "10,000"),
        ("map", {"problem": gallery("sphere") | {"n": 1000}, "run": {"method": "adam"}, "x": {"name": "learning_rate",
         "low": 0.1, "high": 1}, "y": {"name": "beta1", "low": 0, "high": 0.9, "count": 60}}, "2,000 runs at most"),
        ("modes", {"problem": gallery("sphere") | {"n": 200}, "run": {"method": "adam"}}, "100 at most"),
        ("export", {"problem": gallery("sphere"), "run": {"method": "adam"}, "as": "exe"}, "as must"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_in_a_sentence(name, arguments, part):
    with pytest.raises(steepest.SteepestError) as caught:
        ASKS[name].ask(arguments, Job(1, None, None, lambda job: None))
    assert part in str(caught.value)


class Leaver(Job):
    """Somebody who goes away after having been asked so many times."""

    def __init__(self, times):
        super().__init__(1, None, None, lambda job: None)
        self.times = times

    def cancelled(self):
        self.times -= 1
        if self.times < 0:
            self.stop.set()
        return super().cancelled()


AXES = {
    "x": {"name": "learning_rate", "low": 1e-7, "high": 1e-6, "count": 20, "log": True},
    "y": {"name": "beta1", "low": 0.0, "high": 0.9, "count": 10, "log": False},
}  # fmt: skip


@pytest.mark.parametrize("name", ["map", "paths", "steps", "modes", "explain", "share", "export"])
def test_work_that_nobody_waits_for_ends(name, monkeypatch):
    monkeypatch.setattr(session, "PROGRESS_EVERY", 0.0)
    run = {"method": "adam", "fields": {"learning_rate": 1e-7}}
    setting = {"problem": gallery("rosenbrock"), "start": [-1.2, 1.0], "iterations": 10**6, "run": run, "runs": [run]}
    with pytest.raises(Dropped):
        ASKS[name].ask(setting | {"as": "csv"} | (AXES if name == "map" else {}), Leaver(2))


@pytest.mark.parametrize(
    ("name", "place", "what"),
    [("explain", Run, "explain"), ("suggest", ASKS["suggest"], "suggest"), ("export", ASKS["export"], "content")],
)
def test_what_follows_a_run_ends_with_who_waits_for_it(name, place, what, monkeypatch):
    run = {"method": "adam", "fields": {"learning_rate": 1e-3}}
    setting = {"problem": gallery("rosenbrock"), "start": [-1.2, 1.0], "iterations": 20, "run": run, "as": "gif"}
    job, ends = Job(1, None, None, lambda job: None), []

    def left(*given, **named):
        job.stop.set()
        ends.append(steepest.minimize("rosenbrock", max_iter=1000, progress=False).outcome.name)  # a run that it makes

    monkeypatch.setattr(session, "PROGRESS_EVERY", 0.0)
    monkeypatch.setattr(place, what, left)
    with pytest.raises(Dropped):
        ASKS[name].ask(setting, job)
    assert ends in ([], ["INTERRUPTED"])


def test_a_long_map_tells_how_far_it_is(monkeypatch):
    monkeypatch.setattr(session, "PROGRESS_EVERY", 0.0)
    monkeypatch.setattr(heeding, "SILENT", 0.0)
    news = []
    job = Job(1, None, None, lambda job: news.append(job.news))
    run = {"method": "adam", "fields": {}}
    setting = {"problem": gallery("rosenbrock"), "start": [-1.2, 1.0], "iterations": 300, "run": run}
    ASKS["map"].ask(setting | AXES, job)
    assert news[0]["text"] == "200 runs"
    assert 0 < news[0]["done"] <= 1


def test_a_map_of_a_formula_is_counted_from_just_below_its_lowest_end():
    run = {"method": "momentum", "fields": {}}
    axes = {"x": {"name": "learning_rate", "low": 0.01, "high": 1.0, "count": 6, "log": True},
            "y": {"name": "momentum", "low": 0.0, "high": 0.9, "count": 4}}  # fmt: skip
    setting = {"problem": {"kind": "formula", "text": "x^2/2 + 10*y^2"}, "start": [3.0, 1.0], "iterations": 40}
    answer = asked("map", setting | {"run": run} | axes)
    f = unpacked(answer["f"])
    assert f.min() > 0
    assert -1e-9 < answer["floor"] < f.min() + answer["floor"]


def test_the_modes_are_those_of_the_run():
    run = {"method": "momentum", "fields": {"learning_rate": 0.03, "momentum": 0.8}}
    setting = {"problem": {"kind": "formula", "text": "x^2/2 + 10*y^2"}, "start": [3.0, 1.0], "iterations": 50}
    answer = asked("modes", setting | {"run": run})
    own = steepest.minimize("x^2/2 + 10*y^2", [3.0, 1.0], "momentum", learning_rate=0.03, momentum=0.8, max_iter=50)
    np.testing.assert_allclose(np.abs(unpacked(answer["errors"])), np.abs(own.history.w), atol=1e-9)
    np.testing.assert_allclose(unpacked(answer["predicted"]), unpacked(answer["errors"]), atol=1e-9)
    assert answer["curvatures"] == pytest.approx([1.0, 20.0])
    assert answer["rates"] == pytest.approx([0.8**0.5, 0.8**0.5])
    assert unpacked(answer["iteration"]).tolist() == [*range(51)]
    assert "21 iterations a digit" in answer["sentence"]


def test_long_runs_are_thinned_for_the_modes_and_diverging_ones_are_shown():
    setting = {"problem": gallery("rosenbrock"), "start": [-1.2, 1.0], "iterations": 20_000}
    slow = asked("modes", setting | {"run": {"method": "gradient_descent", "fields": {"learning_rate": 1e-5}}})
    at = unpacked(slow["iteration"])
    assert (len(at), at[0], at[-1]) == (4000, 0, 20_000)
    lost = asked("modes", setting | {"run": {"method": "gradient_descent", "fields": {"learning_rate": 1.0}}})
    assert lost["rates"][1] > 1
    assert np.isfinite(unpacked(lost["errors"])).all()
