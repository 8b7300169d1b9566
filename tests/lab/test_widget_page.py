"""The widget's front end in a real browser: a page that stands for the notebook, its messages carried to the widget."""

import csv
import re

import numpy as np
import pytest

import steepest
from steepest.lab.held import Opening
from steepest.lab.widget import LabWidget
from steepest.verbs.subject import subject

from .cells import MODEL, Bridge, HeldComm
from .conftest import eventually

LONG = 120_000


@pytest.fixture
def bridge():
    bridge = Bridge()
    yield bridge
    for widget in bridge.widgets:
        widget.close()
    bridge.close()


@pytest.fixture
def notebook(browser, bridge, monkeypatch):
    """``notebook(opening, ...)``: a page with a cell for each; what it logs and asks the network for is held against
    it. ``colour`` is that of the notebook's text; ``busy`` whether pages say when they are
    settled; ``patience`` the milliseconds after which Python is asked whether it is there."""
    monkeypatch.setattr("comm.create_comm", HeldComm)
    context = browser.new_context(viewport={"width": 1400, "height": 900}, accept_downloads=True)
    context.set_default_timeout(LONG)
    page = context.new_page()
    faults, asked = [], []
    page.on("console", lambda message: faults.append(message.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))

    def open_notebook(*openings, colour="#222", busy=True, patience=4000):
        page.set_content(f'<!doctype html><body style="color: {colour}"></body>')
        page.add_script_tag(content=MODEL)
        for opening in openings:
            widget = LabWidget(opening)
            bridge.widgets.append(widget)
            front_end = widget._esm.replace("PATIENCE = 4000", f"PATIENCE = {patience}")
            given = [front_end, bridge.port, len(bridge.widgets) - 1]
            page.evaluate("([esm, port, index]) => show(esm, port, index)", given)
        for k in range(len(openings)):
            cell(page, k).locator("body[data-ready]").wait_for()
            if busy:
                settled(cell(page, k))
        return page

    yield open_notebook
    context.close()
    assert faults == []
    assert all(url.startswith(("data:", "blob:")) for url in asked)


def cell(page, k=0):
    return page.frame_locator("iframe").nth(k)


def settled(frame):
    frame.locator("body[data-busy=false]").wait_for()


def shown_f(frame):
    text = frame.locator("#where").inner_text().replace("\N{MINUS SIGN}", "-")
    return float(re.search(r"f (\S+)", text)[1])


def start_of(frame):
    return [float(entry.input_value()) for entry in frame.locator("#start input").all()]


def test_a_run_is_shown_its_start_dragged_and_six_methods_answer(notebook):
    run = steepest.minimize("himmelblau", learning_rate=0.01, max_iter=120)
    page = notebook(Opening(run))
    frame = cell(page)
    assert frame.locator("#cards .run").count() == 1
    assert shown_f(frame) == pytest.approx(run.f, rel=1e-5)
    colours = "c => new Set(new Uint32Array(c.getContext('2d').getImageData(0, 0, c.width, c.height).data.buffer)).size"
    assert frame.locator("#stage").evaluate(colours) > 200
    for _ in range(5):
        frame.locator("#add").click()
        settled(frame)
    assert frame.locator("#cards .run").count() == 6
    frame.locator("#cards .run").first.locator("header select").focus()
    stage = frame.locator("#stage")
    stage.scroll_into_view_if_needed()
    box = stage.bounding_box()
    page.mouse.move(box["x"] + 250, box["y"] + 150)
    page.mouse.down()
    for k in range(10):
        page.mouse.move(box["x"] + 250 + 8 * k, box["y"] + 150 + 5 * k)
    page.mouse.up()
    settled(frame)
    start = start_of(frame)
    assert start != [0, 0]
    told = frame.locator("#cards .run").count()
    last = frame.locator("#cards .run.focus header select").input_value()
    own = steepest.minimize("himmelblau", start, last, max_iter=120)
    assert (told, shown_f(frame)) == (6, pytest.approx(own.f, rel=1e-3))


def test_files_and_code_leave_and_files_come(notebook, bridge):
    run = steepest.minimize("beale", learning_rate=0.01, max_iter=40)
    page = notebook(Opening(run))
    frame = cell(page)
    with page.expect_download() as waiting:
        frame.locator("#share [data-export=csv]").click()
    assert waiting.value.suggested_filename == "momentum-beale.csv"
    with open(waiting.value.path(), newline="") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["f"]) for row in rows] == run.history.f.tolist()
    frame.locator("#share [data-share=python]").click()
    frame.locator("#share pre:not([hidden])").wait_for()
    found = {}
    exec(frame.locator("#share pre").inner_text(), found)
    assert found["run"].f == run.f
    assert frame.locator("#share [data-share=link]").is_hidden()
    stored = frame.locator("body").evaluate(
        """async () => (await import("lab/host.js")).upload(new File(["a,b\\n".repeat(600000)], "table.csv"))"""
    )
    assert (stored["name"], stored["bytes"]) == ("table.csv", 2_400_000)
    (page_held,) = bridge.widgets[0].relay._pages.values()
    assert page_held.held.uploads.get(stored["id"]).path.read_bytes() == b"a,b\n" * 600_000
    said = frame.locator("body").evaluate(
        """async () => {
          const { upload } = await import("lab/host.js");
          const huge = { name: "huge.csv", size: 2 ** 31, slice: () => new Blob(["x"]) };
          return upload(huge).catch((error) => error.message);
        }"""
    )
    assert "larger than the 200 MB" in said


def test_plotly_is_loaded_when_it_is_asked_for(notebook):
    page = notebook(None)
    assert cell(page).locator("body").evaluate("() => typeof Plotly") == "undefined"
    version = (
        cell(page)
        .locator("body")
        .evaluate(
            """async () => {
          const script = document.createElement("script");
          script.src = await (await import("lab/host.js")).plotlyAddress();
          await new Promise((resolve) => { script.onload = resolve; document.head.append(script); });
          return Plotly.version;
        }"""
        )
    )
    assert re.fullmatch(r"\d+\.\d+\.\d+", version)


def test_the_page_can_reach_neither_the_notebook_nor_the_network(notebook):
    page = notebook(None)
    body = cell(page).locator("body")
    assert page.locator("iframe").get_attribute("sandbox") == "allow-scripts allow-downloads"
    assert body.evaluate("() => { try { return parent.document.title; } catch (error) { return error.name; } }") == (
        "SecurityError"
    )
    policy = body.evaluate("() => document.querySelector('meta[http-equiv]').content")
    assert "default-src 'none'" in policy
    assert "unsafe-eval" not in policy


def test_two_cells_have_a_lab_each(notebook):
    page = notebook(Opening(steepest.gallery.beale()), Opening(steepest.gallery.booth()))
    names = [cell(page, k).locator("#problem").input_value() for k in range(2)]
    assert names == ["beale 2", "booth 2"]
    for k, name in enumerate(("beale", "booth")):
        own = steepest.minimize(name, max_iter=300)
        assert shown_f(cell(page, k)) == pytest.approx(own.f, rel=1e-4)


def test_your_own_function_and_the_scheme_of_the_notebook(notebook):
    def bowl(w):
        return float((w[0] - 1) ** 2 + 4 * w[1] ** 2)

    page = notebook(Opening(*subject(bowl, [3.0, 1.0])), colour="#eee")
    frame = cell(page)
    assert frame.locator("#problem option:checked").inner_text() == "bowl"
    own = steepest.minimize(bowl, [3.0, 1.0], max_iter=300)
    assert shown_f(frame) == pytest.approx(own.f, rel=1e-4, abs=1e-12)
    background = "() => getComputedStyle(document.body).backgroundColor"
    dark = frame.locator("body").evaluate(background)
    assert max(map(int, re.findall(r"\d+", dark)[:3])) < 60
    page.evaluate("document.body.style.color = '#111'")
    frame.locator("html[style*=light]").wait_for()
    assert frame.locator("body").evaluate(background) == "rgb(255, 255, 255)"


def test_a_record_that_no_view_can_make_again_is_shown_as_it_is(notebook):
    X = np.random.default_rng(0).normal(size=(30, 3))
    run = steepest.minimize(steepest.LinearModel(X, X @ [1.0, 2.0, 3.0]), batch_size=10, max_iter=15)
    frame = cell(notebook(Opening(run), busy=False))
    frame.locator("#where", has_text="epoch").wait_for()
    frame.locator("[data-act=last]").click()
    assert shown_f(frame) == pytest.approx(run.f, rel=1e-5)
    assert "linear model" in frame.locator("h1").inner_text()


def test_a_moved_cell_goes_on_with_what_it_showed(notebook):
    page = notebook(Opening(steepest.gallery.beale()))
    frame = cell(page)
    frame.locator("#iterations").fill("55")
    frame.locator("#iterations").press("Enter")
    settled(frame)
    before = frame.locator("#where").inner_text()
    assert before.startswith("iteration 55")
    frame.locator("body").evaluate("() => (document.body.dataset.old = 'yes')")
    page.evaluate("() => document.body.prepend(cells[0].el)")
    page.evaluate("() => { const { el } = cells[0]; el.remove(); document.body.append(el); }")
    frame.locator("body[data-ready]:not([data-old])").wait_for()
    settled(frame)
    assert frame.locator("#where").inner_text() == before


def test_a_python_that_does_not_answer_is_said_and_so_is_one_that_does_again(notebook, bridge):
    page = notebook(Opening(steepest.gallery.beale()), patience=600)
    frame = cell(page)
    bridge.deaf = True
    frame.locator("#iterations").fill("60")
    frame.locator("#iterations").press("Enter")
    frame.locator("#connection", has_text="Python does not answer").wait_for()
    bridge.deaf = False
    frame.locator("#iterations").fill("61")
    frame.locator("#iterations").press("Enter")
    frame.locator("#where", has_text="iteration 61").wait_for()
    assert frame.locator("#connection").inner_text() == ""
    page.evaluate("() => { cells[0].model.closed = true; cells[0].model.tell('comm_live_update'); }")
    frame.locator("#connection", has_text="Python has gone; run this cell again.").wait_for()


def test_a_cell_that_is_cleared_ends_its_page(notebook, bridge):
    page = notebook(Opening(steepest.gallery.beale()))
    (held,) = (one.held for one in bridge.widgets[0].relay._pages.values())
    page.evaluate("async () => (await cells[0].clean)()")
    assert eventually(lambda: not held.uploads.folder.exists())
    assert bridge.widgets[0].relay._pages == {}
