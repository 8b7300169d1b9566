"""The page for those who do not use a pointer, or do not see its canvases; and what it takes to show it."""

import base64
import json
import re

import numpy as np
import pytest

import steepest

from .pages import axe_faults, choose, numbers, settled, state_of


def test_tables_say_what_the_canvases_show(opened):
    page = opened()
    choose(page, "beale")
    page.locator("#runs-table summary").press("Enter")
    page.locator("#runs-table tbody tr").first.wait_for()
    heads = page.locator("#runs-table thead th").all_inner_texts()
    assert heads[:4] == ["iteration", "1 gradient descent: f", "w", "2 momentum: f"]
    own = steepest.minimize("beale", max_iter=300)
    row = page.locator("#runs-table tbody tr").filter(has=page.get_by_role("rowheader", name="100", exact=True))
    assert numbers(row.locator("td").nth(2).inner_text()) == [pytest.approx(own.history.f[100], rel=1e-5)]
    page.locator("#map-note", has_text="dashed").wait_for()
    page.locator("#map-table summary").press("Enter")
    page.locator("#map-table tbody td").nth(63).wait_for()
    cells = page.locator("#map-table tbody td").all_inner_texts()
    assert len(cells) == 64
    assert any(cell in ("diverged", "not finite", "unbounded") for cell in cells)
    assert min(value for cell in cells for value in numbers(cell)) < 1


def test_everything_is_reached_by_the_tab_key(opened):
    page = opened()
    settled(page)
    wanted = set(
        page.locator(
            "button:visible, select:visible, input:visible, canvas[tabindex]:visible, summary:visible"
        ).evaluate_all(
            "(all) => all.filter((one) => one.tabIndex >= 0 && !one.disabled).map((one, k) => (one.dataset.number = k))"
        )
    )
    reached = set()
    for _ in range(len(wanted) + 20):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("() => Number(document.activeElement?.dataset.number ?? -1)"))
    assert wanted <= reached
    page.locator("#stage").focus()
    page.keyboard.press("ArrowLeft")
    assert page.locator("#stage").evaluate("(stage) => getComputedStyle(stage).outlineStyle") == "solid"


def test_the_tabs_are_turned_by_arrow_keys_and_axe_is_content_with_both(opened, axe):
    page = opened()
    settled(page)
    page.locator("#tab-function").press("ArrowRight")
    page.locator("#data").wait_for()
    settled(page)
    assert page.locator("#function").is_hidden()
    assert page.locator("#tab-data").get_attribute("aria-selected") == "true"
    assert axe_faults(page, axe) == []
    page.locator("#tab-data").press("ArrowLeft")
    page.locator("#function").wait_for()
    settled(page)
    assert state_of(page)["problem"]["name"] == "rosenbrock"


def test_nothing_moves_by_itself(opened):
    page = opened(reduced_motion="reduce")
    settled(page)
    where = page.locator("#where").inner_text()
    assert page.evaluate("document.getAnimations().length") == 0
    assert page.locator("#player [data-act=play]").get_attribute("aria-pressed") in (None, "false")
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert page.locator("#where").inner_text() == where


STILL = """() => document.getAnimations().length === 0 && [...document.querySelectorAll("*")].every((one) => {
  const { transitionDuration, scrollBehavior } = getComputedStyle(one);
  return /^0s(, 0s)*$/.test(transitionDuration) && scrollBehavior === "auto";
})"""


def test_no_data_move_by_themselves_either(opened):
    training = {
        "view": "data", "data": {"kind": "builtin", "name": "digits", "classes": ["0", "1"]}, "epochs": 5,
        "runs": [{"method": "momentum", "fields": {"learning_rate": 0.1}, "batch_size": 32}],
    }  # fmt: skip
    fragment = f"state={base64.urlsafe_b64encode(json.dumps(training).encode()).decode().rstrip('=')}"
    page = opened(fragment, reduced_motion="reduce")
    settled(page)
    place = page.locator("#data-where")
    where = place.inner_text()
    assert where.startswith("epoch 5")
    assert page.evaluate(STILL)
    assert page.locator("#data-player [data-act=play]").get_attribute("aria-pressed") in (None, "false")
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert place.inner_text() == where
    for act, epoch in (("first", 0), ("forward", 1), ("last", 5), ("back", 4)):
        shown = page.locator(f"#data-player [data-act={act}]").evaluate(
            "(b) => { b.click(); return document.querySelector('#data-where').textContent; }"
        )
        assert shown.startswith(f"epoch {epoch}"), "at once, in no steps between"
        assert page.evaluate(STILL)


def test_the_first_paint_waits_for_no_script(opened, served):
    page = opened()
    html = page.request.get(f"http://{served.host}:{served.port}/").text()
    head = html[: html.index("<body>")]
    scripts = re.findall(r"<script[^>]*>", html)
    assert all('type="module"' in script or 'type="importmap"' in script for script in scripts)
    assert re.findall(r'rel="stylesheet" href="([^"]*)"', head) == ["/look.css", "/lab.css"]
    assert "<style" not in html
    assert "@import" not in page.request.get(f"http://{served.host}:{served.port}/lab.css").text()
    painted = page.evaluate("() => performance.getEntriesByName('first-contentful-paint').length")
    assert painted == 1
    assert not any("plotly" in url for url in opened.asked)
    assert not any("/lab/data/view.js" in url for url in opened.asked)


def test_a_link_that_says_nonsense_is_answered_in_a_sentence(opened):
    state = {"problem": {"kind": "formula", "text": "x +"}, "runs": [{"method": "adam", "fields": {}}], "iterations": 9}
    page = opened(f"state={base64.urlsafe_b64encode(json.dumps(state).encode()).decode().rstrip('=')}")
    page.locator("#said-last", has_text="column").wait_for()
    settled(page)
    choose(page, "beale")
    assert page.locator("#said-last").inner_text() == ""
    assert numbers(page.locator("#where").inner_text())[0] == 9


@pytest.mark.parametrize("text", ["x*y", "x^2 + y^4"])
def test_a_formula_has_its_names_everywhere(opened, text):
    page = opened()
    page.locator("#formula").fill(text)
    page.locator("#start", has_text="start y").wait_for()
    settled(page)
    own = steepest.minimize(text, np.zeros(2), max_iter=300)
    assert numbers(page.locator("#where").inner_text())[1] == own.f
