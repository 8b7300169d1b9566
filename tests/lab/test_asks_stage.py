"""The stage's own asks: f at a point, the points without slope, the picture, ground for another window."""

import numpy as np
import pytest

import steepest
from steepest.base.errors import ArgumentError
from steepest.lab.asks import every_ask
from steepest.lab.held import Held
from steepest.lab.work import Job
from steepest.problems import gallery

ASKS = every_ask()
HIMMELBLAU = {"kind": "gallery", "name": "himmelblau"}


@pytest.fixture
def asked():
    held = Held()
    yield lambda name, arguments: (ASKS[name].ask(arguments, Job(1, None, held, lambda job: None)), held)
    held.close()


@pytest.mark.parametrize("w", [[0.3, -1.2], [3.0, 2.0]])
def test_the_value_is_the_problems_own(asked, w):
    answer, _ = asked("value", {"problem": HIMMELBLAU, "w": w})
    problem = gallery.find("himmelblau")()
    assert answer == {"f": problem.value(np.array(w)), "gradient": problem.gradient(np.array(w)).tolist()}


def test_the_stationary_points_of_a_view(asked):
    answer, _ = asked("stationary", {"problem": HIMMELBLAU, "view": {"x": [2, 4], "y": [1, 3]}})
    (point,) = answer["points"]
    assert point["kind"] == "minimum"
    np.testing.assert_allclose(point["w"], [3, 2], atol=1e-8)
    assert asked("stationary", {"problem": {"kind": "formula", "text": "x^2"}})[0] == {"points": []}


def test_a_view_has_its_own_ground(asked):
    view = {"x": [2.9, 3.1], "y": [1.9, 2.1]}
    answer, _ = asked("problem", {"problem": HIMMELBLAU, "view": view})
    ground = answer["ground"]
    low, high = ground["x"]
    assert low <= 2.9 < 3.1 <= high < 4
    assert ground["log"]


def test_the_picture_holds_the_runs_that_can_be_made(asked):
    runs = [{"method": "momentum", "fields": {}}, {"method": "adam", "fields": {"learning_rate": -1.0}}]
    setting = {"problem": HIMMELBLAU, "start": [0.0, 0.0], "iterations": 20, "runs": runs}
    answer, held = asked(
        "export", {**setting, "run": runs[0], "as": "stage.svg", "window": {"x": [-6, 6], "y": [-5, 5]}}
    )
    assert answer["name"] == "himmelblau-stage.svg"
    picture = held.downloads.get(answer["id"]).path.read_text()
    assert "himmelblau, 1 method, 20 iterations" in picture
    with pytest.raises(ArgumentError, match="cards"):
        asked("export", {**setting, "runs": runs[1:], "as": "stage.png"})


@pytest.mark.parametrize(
    ("name", "arguments", "sentence"),
    [
        ("value", {"problem": HIMMELBLAU}, "w is missing"), ("value", {"problem": HIMMELBLAU, "w": [1.0]}, "w0"),
        ("stationary", {"problem": HIMMELBLAU, "view": {"x": [1, 0], "y": [0, 1]}}, "view must"),
        ("export", {"problem": HIMMELBLAU, "runs": [], "as": "stage.png"}, "runs must"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(asked, name, arguments, sentence):
    with pytest.raises(steepest.SteepestError, match=sentence):
        asked(name, arguments)
