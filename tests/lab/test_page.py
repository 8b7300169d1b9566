"""The lab's page in a real browser: by pointer and by keyboard."""

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

import steepest

from .pages import axe_faults, choose, numbers, settled, shown_f, state_of

PAGE = Path(steepest.__file__).parent / "lab" / "page"


def test_the_first_page_shows_three_methods_on_rosenbrock(opened):
    page = opened()
    assert page.locator("#cards .run").count() == 3
    settled(page)
    own = steepest.minimize("rosenbrock", max_iter=300)
    assert numbers(page.locator("#where").inner_text()) == [300, pytest.approx(own.f, rel=1e-5)]
    colours = "c => new Set(new Uint32Array(c.getContext('2d').getImageData(0, 0, c.width, c.height).data.buffer)).size"
    assert page.locator("#stage").evaluate(colours) > 200


def test_dragging_the_start_moves_every_path(opened):
    page = opened()
    settled(page)
    box = page.locator("#stage").bounding_box()
    page.mouse.move(box["x"] + 300, box["y"] + 200)
    page.mouse.down()
    for k in range(8):
        page.mouse.move(box["x"] + 300 + 10 * k, box["y"] + 200 + 5 * k)
    page.mouse.up()
    settled(page)
    start = state_of(page)["start"]
    assert start != [-1.2, 1.0]
    entries = [float(entry.input_value()) for entry in page.locator("#start input").all()]
    np.testing.assert_allclose(entries, start, rtol=1e-4)
    own = steepest.minimize("rosenbrock", start, max_iter=300)
    assert shown_f(page) == pytest.approx(own.f, rel=1e-4)


def test_the_start_is_typed_too(opened):
    page = opened()
    page.locator("#start input").first.fill("0.5")
    page.locator("#start input").first.press("Enter")
    settled(page)
    assert state_of(page)["start"][0] == 0.5


def test_a_formula_is_read_while_it_is_typed(opened):
    page = opened()
    page.locator("#formula").fill("x^2 + 3*")
    page.wait_for_selector("#formula-fault:not([hidden])")
    assert "^" in page.locator("#formula-fault").inner_text()
    page.locator("#formula").fill("x^2 + 3*y^2")
    page.wait_for_selector("#formula-fault", state="hidden")
    settled(page)
    assert state_of(page)["problem"] == {"kind": "formula", "text": "x^2 + 3*y^2"}


def test_hyper_parameters_by_slider_and_by_number(opened):
    page = opened()
    settled(page)
    card = page.locator("#cards .run").nth(1)
    entry = card.locator(".field input[type=text]").first
    entry.fill("0.002")
    entry.press("Enter")
    settled(page)
    own = steepest.minimize("rosenbrock", learning_rate=0.002, max_iter=300)
    assert shown_f(page) == pytest.approx(own.f, rel=1e-5)
    slider = card.locator("input[type=range]").nth(1)
    slider.focus()
    slider.press("Home")
    settled(page)
    assert state_of(page)["runs"][1]["fields"]["momentum"] == 0
    assert card.locator(".limit").count() == 1


def test_too_large_a_rate_is_explained_and_the_advice_is_taken(opened):
    page = opened()
    settled(page)
    entry = page.locator("#cards .run").nth(1).locator(".field input[type=text]").first
    entry.fill("0.01")
    entry.press("Enter")
    page.wait_for_selector(".run.focus .bad .try")
    page.locator(".run.focus .try").first.click()
    settled(page)
    assert state_of(page)["runs"][1]["fields"]["learning_rate"] == pytest.approx(0.00066)
    assert page.locator(".run.focus .bad").count() == 0


def test_why_and_the_best_rate_are_answered_on_the_card(opened):
    page = opened()
    settled(page)
    card = page.locator("#cards .run").first
    card.get_by_text("Why?").click()
    card.locator(".why b").wait_for()
    own = steepest.minimize("rosenbrock", method="gradient_descent", max_iter=300).explain()
    assert card.locator(".why b").inner_text() == own.verdict
    card.get_by_text("Best", exact=True).click()
    card.locator(".why .try").wait_for()
    card.locator(".why .try").click()
    settled(page)
    best = steepest.suggest("rosenbrock", [-1.2, 1.0], "gradient_descent").learning_rate
    assert state_of(page)["runs"][0]["fields"]["learning_rate"] == pytest.approx(best)


def test_methods_come_and_go_up_to_six(opened):
    page = opened()
    for _ in range(3):
        page.locator("#add").click()
        settled(page)
    assert page.locator("#cards .run").count() == 6
    assert page.locator("#add").is_disabled()
    page.locator("#cards .run").nth(5).get_by_label("remove method 6").click()
    settled(page)
    assert page.locator("#cards .run").count() == 5
    page.locator("#cards .run").nth(0).locator("header select").select_option("lion")
    settled(page)
    assert state_of(page)["runs"][0]["method"] == "lion"


def test_a_link_brings_the_same_runs_back(opened):
    page = opened()
    choose(page, "beale")
    entry = page.locator("#iterations")
    entry.fill("77")
    entry.press("Enter")
    settled(page)
    before, fragment = page.locator("#where").inner_text(), page.evaluate("location.hash.slice(1)")
    other = opened(fragment)
    settled(other)
    assert other.locator("#where").inner_text() == before
    assert state_of(other) == state_of(page)


def test_the_map_is_drawn_and_its_point_moves_the_run(opened):
    page = opened()
    page.locator("#map-note", has_text="dashed").wait_for()
    box = page.locator("#map").bounding_box()
    page.locator("#map").click(position={"x": 0.4 * box["width"], "y": 0.5 * box["height"]})
    settled(page)
    fields = state_of(page)["runs"][1]["fields"]
    assert 0.2 < fields["momentum"] < 0.8
    own = steepest.minimize("rosenbrock", max_iter=300, **fields)
    assert shown_f(page) == pytest.approx(own.f, rel=1e-5)
    page.locator("#map").press("ArrowRight")
    settled(page)
    assert state_of(page)["runs"][1]["fields"]["learning_rate"] > fields["learning_rate"]


def test_a_dozen_small_pictures_and_one_is_taken_over(opened):
    page = opened()
    settled(page)
    page.locator("#multiply").click()
    page.wait_for_selector("#multiples figure:nth-child(12)")
    first = page.locator("#multiples figcaption").first
    before = first.inner_text()
    page.locator("#start input").first.fill("0.5")
    page.locator("#start input").first.press("Enter")
    first.filter(has_not_text=before).wait_for()
    page.locator("#multiples canvas").nth(5).click()
    settled(page)
    fields = state_of(page)["runs"][1]["fields"]
    assert fields["momentum"] == 0.5
    assert fields["learning_rate"] > 0


def test_scenes_tell_their_story(opened):
    page = opened()
    page.locator("#scene").select_option("3")
    settled(page)
    assert "ravine" in page.locator("#scene option:checked").inner_text().lower()
    assert page.locator("#story").inner_text().count(".") >= 2
    assert state_of(page)["problem"]["text"] == "x^2/2 + 20*y^2"
    assert page.locator("#scene").input_value() != ""
    page.get_by_role("tab", name="Data").click()
    assert page.locator("#scene").input_value() == "", "another view, no scene"
    assert page.locator("#story").is_hidden()


def test_the_player_plays_and_steps_by_keyboard(opened):
    page = opened()
    settled(page)
    page.locator("h1").click()
    page.keyboard.press("Home")
    assert page.locator("#where").inner_text().startswith("iteration 0 ")
    page.keyboard.press("ArrowRight")
    assert page.locator("#where").inner_text().startswith("iteration 1 ")
    assert "momentum" in page.locator(".lines").inner_text()
    page.keyboard.press("End")
    assert page.locator("#where").inner_text().startswith("iteration 300 ")


def test_what_is_copied_and_saved(opened):
    page = opened()
    settled(page)
    page.locator("#share [data-share=python]").click()
    page.wait_for_selector("#share pre:not([hidden])")
    found = {}
    exec(page.locator("#share pre").inner_text(), found)
    assert shown_f(page) == pytest.approx(found["run"].f, rel=1e-5)
    with page.expect_download() as waiting:
        page.locator("#share [data-export=csv]").click()
    assert waiting.value.suggested_filename == "momentum-rosenbrock.csv"


def test_one_variable_is_a_curve(opened):
    page = opened()
    page.locator("#scene").select_option("10")
    settled(page)
    assert page.locator("#start input").count() == 1
    assert "x" in page.locator("#start").inner_text()


def test_a_lost_lab_is_said_and_found_again(opened):
    page = opened()
    page.evaluate("() => { window.found = 0; }")
    context = page.context
    context.set_offline(True)
    context.set_offline(False)
    settled(page)
    assert page.locator("#connection").inner_text() == ""


@pytest.mark.parametrize(("scheme", "width"), [("light", 800), ("dark", 1280), ("dark", 2560)])
def test_nothing_overflows_and_everything_has_a_name(opened, scheme, width, axe):
    page = opened(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    settled(page)
    for summary in page.locator("details.numbers summary").all():
        summary.click()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert axe_faults(page, axe) == []


def test_no_line_of_the_modules_is_too_long():
    root = Path(steepest.__file__).parent
    scripts = [*PAGE.rglob("*.js"), *(root / "plots" / "page" / "drawing").glob("*.js")]
    long = [
        (file.name, k) for file in scripts for k, line in enumerate(file.read_text().split("\n"), 1) if len(line) > 120
    ]
    assert scripts
    assert long == []


def test_the_modules_pass_the_type_checker(tmp_path):
    if shutil.which("npm") is None:
        pytest.skip("no Node here: the page's modules were not type-checked")
    subprocess.run(["npm", "install", "--silent", "--prefix", str(tmp_path), "typescript@5"], check=True, timeout=300)
    tsc = tmp_path / "node_modules" / ".bin" / "tsc"
    done = subprocess.run([tsc, "-p", PAGE / "jsconfig.json"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


PACED = """async () => {
  const { Pacing } = await import("lab/function/pacing.js"), { dropped } = await import("lab/link.js");
  const asked = [], answers = [], heard = [];
  const pacing = new Pacing((given) => new Promise((resolve) => { asked.push(given); answers.push(resolve); }));
  const want = (given, patient) => pacing.want(given, patient).then(
    (answer) => heard.push([given, answer === dropped ? "dropped" : answer]));
  const turn = () => new Promise((resolve) => setTimeout(resolve, 0));
  for (const given of [1, 2, 3]) want(given, true);
  await turn();
  const first = [...asked];
  answers[0]("one");
  await turn();
  const second = [...asked];
  want(4, true);
  want(5, false);
  answers[1]("three");
  answers[2]("five");
  await turn();
  want(6, true);
  want(7, true);
  while (asked.length < 5) await turn();
  return { first, second, asked, heard };
}"""


def test_what_follows_a_hand_is_asked_one_at_a_time(opened):
    page = opened()
    told = page.evaluate(PACED)
    assert (told["first"], told["second"]) == ([1], [1, 3])
    assert told["asked"] == [1, 3, 5, 6, 7], "5 is another matter; 7 goes when 6 has taken long"
    assert told["heard"] == [[2, "dropped"], [1, "one"], [4, "dropped"], [3, "three"], [5, "five"]]


DRAGGED = """async ([x, y]) => {
  const stage = document.querySelector("#stage"), now = performance.now() + 1000;
  performance.now = () => now;
  const clear = CanvasRenderingContext2D.prototype.clearRect;
  let painted = null;
  CanvasRenderingContext2D.prototype.clearRect = function (...given) {
    if (this.canvas === stage) painted?.();
    return clear.apply(this, given);
  };
  const changed = new Set();
  const name = ({ target }) => (target.closest?.("[id]") ?? target.parentElement?.closest("[id]"))?.id;
  const watching = new MutationObserver((news) => news.forEach((one) => changed.add(name(one))));
  const move = (k) => new Promise((resolve) => {
    painted = resolve;
    const given = { clientX: x + 4 * k, clientY: y + 3 * k, bubbles: true };
    stage.dispatchEvent(new PointerEvent("pointerrawupdate", given));
  });
  await move(1);
  watching.observe(document.body, { subtree: true, childList: true, characterData: true });
  const entries = () => [...document.querySelectorAll("#start input")].map((entry) => entry.value), before = entries();
  for (let k = 2; k < 8; k++) await move(k);
  watching.disconnect();
  CanvasRenderingContext2D.prototype.clearRect = clear;
  delete performance.now;
  return { changed: [...changed], same: JSON.stringify(before) === JSON.stringify(entries()) };
}"""


def test_while_the_start_is_dragged_frames_are_for_what_is_drawn(opened):
    page = opened()
    settled(page)
    box = page.locator("#stage").bounding_box()
    x, y = box["x"] + 300, box["y"] + 200
    page.mouse.move(x, y)
    page.mouse.down()
    told = page.evaluate(DRAGGED, [x, y])
    assert told == {"changed": [], "same": True}
    page.mouse.up()
    page.wait_for_function("([x]) => Math.abs(document.querySelector('#start input').value - x) > 0.01", arg=[-1.2])
    settled(page)
    start = state_of(page)["start"]
    assert [float(entry.input_value()) for entry in page.locator("#start input").all()] == pytest.approx(
        start, rel=1e-4
    )
    assert shown_f(page) == pytest.approx(steepest.minimize("rosenbrock", start, max_iter=300).f, rel=1e-4)
