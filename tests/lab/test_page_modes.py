"""The modes panel in a real browser: open, read, scrubbed, closed."""

import pytest

from .pages import choose, numbers, settled

AXIS = """c => {
  const { data } = c.getContext("2d").getImageData(0, 0, c.width, c.height);
  let found = 0;
  for (let k = 0; k < data.length; k += 4) found += data[k] === 0x7a && data[k + 1] === 0x4f && data[k + 2] === 0xc9;
  return found;
}"""
"""How many of a canvas's pixels have the colour of the flattest direction."""


@pytest.fixture
def page(opened):
    page = opened()
    choose(page, "himmelblau")
    return page


def opened_panel(page):
    page.locator("#modes > summary").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#modes-shown:not([hidden])")
    page.wait_for_selector("#modes:not([aria-busy])")


def test_the_panel_says_what_the_run_does_along_its_axes(page):
    stage = page.locator("#stage")
    assert stage.evaluate(AXIS) == 0
    opened_panel(page)
    assert "curvature" in page.locator("#modes-said").inner_text()
    rows = page.locator("#modes-table tr")
    assert rows.count() == 3
    curvatures = [numbers(rows.nth(k).locator("th").inner_text())[0] for k in (1, 2)]
    assert curvatures == sorted(curvatures)
    page.evaluate("() => new Promise(requestAnimationFrame)")
    assert stage.evaluate(AXIS) > 50
    page.keyboard.press("Enter")
    page.wait_for_selector("#modes:not([open])")
    page.evaluate("() => new Promise(requestAnimationFrame)")
    assert stage.evaluate(AXIS) == 0


def test_player_and_panel_move_together(page):
    opened_panel(page)
    head = page.locator("#modes-table tr").first.locator("th").nth(3)
    page.locator("#player [data-act=first]").click()
    assert head.inner_text() == "error at 0"
    page.locator("#player [data-act=forward]").click()
    assert head.inner_text() == "error at 1"
    chart = page.locator("#modes-chart")
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    page.mouse.click(box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"])
    at = numbers(head.inner_text())[0]
    assert at > 1
    assert numbers(page.locator("#where").inner_text())[0] == at


def test_an_open_panel_follows_what_is_chosen(page):
    opened_panel(page)
    before = page.locator("#modes-said").inner_text()
    page.locator("#start input").first.fill("-3")
    page.locator("#start input").first.press("Enter")
    settled(page)
    page.wait_for_selector(f"#modes-said:not(:text-is({before!r}))")
    page.wait_for_selector("#modes:not([aria-busy])")
    choose(page, "sphere")
    page.wait_for_selector("#modes-said:text('its minimum')")
