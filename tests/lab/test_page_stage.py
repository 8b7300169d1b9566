"""The stage in a real browser: its ground, its marks, its surface, what it says under the pointer, its pictures."""

import base64
import json
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest

import steepest

from .pages import choose, numbers, settled, shown_f, state_of

SURFACE = "#surface[data-drawn=true]"
CAMERA = """() => { const { x, y, z } = document.querySelector('#surface')._fullLayout.scene._scene.getCamera().eye;
  return [x, y, z]; }"""
LINES = "() => document.querySelector('#surface').data.map(({ type, mode, x }) => [type, mode ?? '', x.length])"


def test_plotly_comes_with_the_surface_and_the_paths_are_on_it(opened):
    page = opened()
    settled(page)
    assert not any("plotly" in url for url in opened.asked)
    page.locator("#three-d").press("Enter")
    page.wait_for_selector(SURFACE)
    assert any("plotly" in url for url in opened.asked)
    kinds = [(kind, mode) for kind, mode, _ in page.evaluate(LINES)]
    run = [("scatter3d", "lines"), ("scatter3d", "lines"), ("scatter3d", "markers")]
    assert kinds == [("surface", ""), *run * 3]
    colours = page.evaluate(
        """() => { const c = document.querySelector('#surface canvas'), flat = document.createElement('canvas');
        document.querySelector('#surface')._fullLayout.scene._scene.glplot.redraw();
        [flat.width, flat.height] = [c.width, c.height];
        const d = flat.getContext('2d', { willReadFrequently: true }); d.drawImage(c, 0, 0);
        return new Set(new Uint32Array(d.getImageData(0, 0, c.width, c.height).data.buffer)).size; }"""
    )
    assert colours > 200
    page.locator("#three-d").press("Enter")
    assert page.locator("#surface").is_hidden()


def test_the_surface_follows_the_player_and_keeps_its_camera(opened):
    page = opened(reduced_motion="reduce")
    page.locator("#three-d").click()
    page.wait_for_selector(SURFACE)
    before = page.evaluate(CAMERA)
    page.locator("#surface").press("ArrowLeft")
    page.locator("#surface").press("+")
    turned = page.evaluate(CAMERA)
    assert np.linalg.norm(turned) < 0.95 * np.linalg.norm(before)
    length = page.evaluate(LINES)[2][2]
    page.locator("#player [data-act=first]").click()
    page.locator("#start input").first.fill("0.7")
    page.locator("#start input").first.press("Enter")
    settled(page)
    page.locator("#player [data-act=first]").click()
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert page.evaluate(LINES)[2][2] < length
    np.testing.assert_allclose(page.evaluate(CAMERA), turned, rtol=1e-6)


def test_a_function_of_one_variable_has_no_surface(opened):
    page = opened()
    page.locator("#formula").fill("x^4 - 3*x^2 + x")
    page.wait_for_selector("#three-d", state="hidden")
    settled(page)
    assert page.locator("#start input").count() == 1


def test_minima_and_saddles_are_marked_and_in_a_table(opened):
    page = opened()
    choose(page, "himmelblau")
    page.locator("#points summary").click()
    page.locator("#points tbody tr").nth(8).wait_for()
    kinds = page.locator("#points tbody th").all_inner_texts()
    assert [kinds.count(kind) for kind in ("minimum", "saddle", "maximum")] == [4, 4, 1]
    first = numbers(page.locator("#points tbody tr").first.inner_text())
    assert steepest.problems.gallery.find("himmelblau")().value(np.array(first[:2])) < 1e-9


def test_the_pointer_reads_f_and_the_gradient_of_python(opened):
    page = opened()
    settled(page)
    box = page.locator("#stage").bounding_box()
    page.mouse.move(box["x"] + 0.4 * box["width"], box["y"] + 0.5 * box["height"])
    page.locator("#under", has_text="gradient").wait_for()
    _, x, _, y, f, *gradient = numbers(page.locator("#under").inner_text())
    problem = steepest.problems.gallery.find("rosenbrock")()
    assert f == pytest.approx(problem.value(np.array([x, y])), rel=0.02)
    np.testing.assert_allclose(gradient, problem.gradient(np.array([x, y])), rtol=0.05, atol=2)
    page.mouse.move(0, 0)
    assert page.locator("#under").inner_text() == ""


def test_a_window_that_comes_nearer_or_moves_away_gets_its_own_ground(opened):
    page = opened()
    settled(page)
    page.evaluate(
        """() => { window.sent = []; const send = WebSocket.prototype.send;
        WebSocket.prototype.send = function (text) {
          const { ask, view } = JSON.parse(text);
          if (ask === 'problem') { window.sent.push(view); }
          return send.call(this, text); }; }"""
    )
    stage = page.locator("#stage")
    for _ in range(9):
        stage.press("+")
    page.wait_for_function("() => window.sent.some((view) => view.x[1] - view.x[0] < 1)")
    low, high = page.evaluate("() => window.sent.at(-1).x")
    for _ in range(14):
        stage.press("ArrowLeft")
    page.wait_for_function("(edge) => window.sent.at(-1).x[1] < edge", arg=high - 0.5 * (high - low))
    asked = page.evaluate("() => window.sent")
    assert len(asked) < 23  # a ground for where the window comes to rest, not for each key
    stage.press("0")
    box = stage.bounding_box()
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"])
    page.locator(
        "#under", has_text="gradient"
    ).wait_for()  # Python was asked, and for no ground: that of the start is kept
    assert page.evaluate("() => window.sent.length") == len(asked)


def test_the_stage_is_saved_as_it_is_seen(opened, tmp_path):
    page = opened()
    settled(page)
    for kind, name in (("stage.png", "rosenbrock-stage.png"), ("stage.svg", "rosenbrock-stage.svg")):
        with page.expect_download() as waiting:
            page.locator(f"#share [data-export='{kind}']").click()
        assert waiting.value.suggested_filename == name
        waiting.value.save_as(tmp_path / name)
    assert (tmp_path / "rosenbrock-stage.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    drawn = ET.parse(tmp_path / "rosenbrock-stage.svg").getroot()
    colours = {element.get("style", "") for element in drawn.iter()}
    for run in ("#d55e00", "#0072b2", "#009e73"):
        assert any(run in colour for colour in colours), run


def test_a_hundred_thousand_steps_stay_in_hand(opened):
    slow = {"method": "gradient_descent", "fields": {"learning_rate": 1e-5}}
    state = {
        "problem": {"kind": "gallery", "name": "rosenbrock"}, "start": [-1.2, 1.0], "iterations": 100_000, "focus": 0,
        "runs": [slow, {"method": "adam", "fields": {"learning_rate": 1e-5}}],
    }  # fmt: skip
    page = opened(f"state={base64.urlsafe_b64encode(json.dumps(state).encode()).decode().rstrip('=')}")
    settled(page)
    own = steepest.minimize("rosenbrock", method="gradient_descent", learning_rate=1e-5, max_iter=100_000)
    assert own.nit == 100_000
    assert page.locator("#row").get_attribute("max") == "100000"
    page.locator("#row").evaluate("(row) => { row.value = 12345; row.dispatchEvent(new Event('input')); }")
    assert page.locator("#where").inner_text().startswith("iteration 12,345 ")
    assert shown_f(page) == pytest.approx(own.history.f[12_345], rel=1e-5)
    box = page.locator("#stage").bounding_box()
    page.mouse.move(box["x"] + 300, box["y"] + 200)
    page.mouse.down()
    for k in range(5):
        page.mouse.move(box["x"] + 300 + 10 * k, box["y"] + 200)
    page.mouse.up()
    settled(page)
    start = state_of(page)["start"]
    assert start != [-1.2, 1.0]
    with page.expect_download() as waiting:
        page.locator("#share [data-export=csv]").click()
    lines = Path(waiting.value.path()).read_text().splitlines()
    again = steepest.minimize("rosenbrock", start, "gradient_descent", learning_rate=1e-5, max_iter=100_000)
    assert len(lines) == 1 + len(again.history) == 100_002
    f = lines[0].split(",").index("f")
    for row in (0, 777, 100_000):
        assert float(lines[1 + row].split(",")[f]) == again.history.f[row]
