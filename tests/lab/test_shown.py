"""What ``steepest.show`` and ``steepest lab WHAT`` ask the page to open: states of the page, and pages of records."""

import base64

import numpy as np
import pytest

import steepest
from steepest.lab.held import Opening
from steepest.verbs.subject import subject


def bowl(w):
    return float((w[0] - 1) ** 2 + 4 * w[1] ** 2)


def unpacked(packed):
    return np.frombuffer(base64.b64decode(packed["base64"]), "<f8").reshape(packed["shape"])


@pytest.fixture
def shown(lab, line):
    """``shown(thing, start=None)``: what the page is answered when it asks what to open."""
    return lambda *opening: line.ask(1, "shown", show=lab.held.show(Opening(*opening)))["answer"]


def again(line, state):
    """The first run that the page makes of a state."""
    (run, *_) = line.ask(2, "paths", **state)["answer"]["runs"]
    return run


RUNS = {
    "gallery": lambda: steepest.minimize("rosenbrock", max_iter=40),
    "own start": lambda: steepest.minimize("beale", [2.0, 0.5], "adam", learning_rate=0.05, max_iter=30),
    "formula": lambda: steepest.minimize("x^2 + 3*y^2", [1.0, 2.0], "nesterov", momentum=0.5, max_iter=30),
    "one variable": lambda: steepest.minimize("x^4 - x^2", [0.3], "gradient_descent", max_iter=30),
    "bool field": lambda: steepest.minimize("booth", rate_outside=True, learning_rate=0.01, max_iter=30),
    "no max_iter": lambda: steepest.minimize("booth"),
    "your own": lambda: steepest.minimize(bowl, [3.0, 1.0], max_iter=30),
    "your own gradient": lambda: steepest.minimize(
        bowl, [3.0, 1.0], grad=lambda w: np.array([2 * (w[0] - 1), 8 * w[1]]), max_iter=30
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", RUNS)
def test_a_run_s_state_makes_the_same_run_again(shown, line, name):
    run = RUNS[name]()
    state = shown(run)["state"]
    found = again(line, state)
    assert np.array_equal(unpacked(found["path"]), run.history.w)
    assert np.array_equal(unpacked(found["values"]), run.history.f)
    assert found["outcome"] == run.outcome.name


def test_a_problem_s_state_has_its_start(shown):
    problem = steepest.gallery.himmelblau()
    assert shown(problem, np.array([1.0, 2.0])) == {
        "state": {"problem": {"kind": "gallery", "name": "himmelblau", "n": 2}, "start": [1.0, 2.0]},
    }  # fmt: skip
    assert shown(problem)["state"]["start"] == problem.start.tolist()


def test_your_own_function_is_asked_for_by_what_it_was_shown_as(shown, line):
    state = shown(*subject(bowl, [3.0, 1.0]))["state"]
    assert (state["problem"]["kind"], state["problem"]["name"], state["start"]) == ("shown", "bowl", [3.0, 1.0])
    told = line.ask(2, "problem", problem=state["problem"], start=[0.0, 1.0])["answer"]
    assert (told["f"], told["n"]) == (5.0, 2)
    run = {"method": "momentum", "fields": {}}
    code = line.ask(3, "share", problem=state["problem"], start=[0.0, 1.0], iterations=5, run=run)["answer"]["python"]
    assert "the function it was run on" in code
    wrong = state["problem"] | {"id": "nothing"}
    assert "show names nothing" in line.ask(4, "problem", problem=wrong)["error"]["message"]


RECORDS = {
    "three variables": lambda: steepest.minimize("x^2 + y^2 + z^2", [1.0, 2.0, 3.0], max_iter=9),
    "a schedule": lambda: steepest.minimize(
        "booth", learning_rate=steepest.schedules.Exponential(0.01, 0.9), max_iter=9
    ),
    "a tolerance": lambda: steepest.minimize("booth", f_tol=1e-3, max_iter=9),
    "bounds": lambda: steepest.minimize("booth", bounds=steepest.Box([0, 0], [1, 1]), max_iter=9),
    "batches": lambda: steepest.minimize(steepest.LinearModel(np.eye(4), np.arange(4.0)), batch_size=2, max_iter=9),
}  # fmt: skip


@pytest.mark.parametrize("name", RECORDS)
def test_what_the_page_cannot_spell_is_shown_as_the_record_it_is(shown, name):
    run = RECORDS[name]()
    answer = shown(run)
    assert answer.keys() == {"page"}
    assert np.array_equal(unpacked(answer["page"]["run"]["w"]), run.history.w)
    assert run.outcome.name in answer["page"]["body"]


def test_a_problem_of_many_variables_is_shown_by_a_run(shown):
    page = shown(steepest.gallery.rosenbrock(n=5))["page"]
    own = steepest.minimize(steepest.gallery.rosenbrock(n=5), max_iter=300)
    assert np.array_equal(unpacked(page["run"]["w"]), own.history.w)


def test_what_is_not_there(line):
    assert line.ask(1, "shown", show="x")["error"]["argument"] == "show"
    assert "must be an id" in line.ask(2, "shown")["error"]["message"]


# -- in the browser ----------------------------------------------------------------------------------------------------


@pytest.fixture
def opened(browser, lab):
    """``opened(id)``: the lab's page at what is shown under an id."""
    contexts, faults = [], []

    def open_page(id):
        context = browser.new_context()
        context.set_default_timeout(120_000)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: faults.append(message.text))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(lab.address(show=id))
        page.wait_for_selector("body[data-ready]")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert faults == []


def test_the_page_opens_with_a_run_and_keeps_it_when_it_is_loaded_anew(opened, lab):
    page = opened(lab.held.show(Opening(RUNS["your own"]())))
    page.wait_for_selector("body[data-busy=false]")
    page.reload()
    page.wait_for_selector("body[data-ready][data-busy=false]")
    assert page.locator("#problem option:checked").inner_text() == "bowl"
    assert page.locator("#where").inner_text().startswith("iteration 30")


def test_the_page_of_a_record_takes_the_lab_s_place(opened, lab):
    run = RECORDS["a schedule"]()
    page = opened(lab.held.show(Opening(run)))
    assert page.locator("#where").inner_text().startswith("iteration 0")
    page.keyboard.press("End")
    assert page.locator("#where").inner_text().startswith("iteration 9")
    assert page.title() in page.locator("h1").inner_text()


def test_what_is_not_held_any_more_is_said(opened):
    page = opened("nothing")
    page.wait_for_selector("body[data-busy=false]")
    assert "call steepest.show again" in page.locator("#connection").inner_text()
