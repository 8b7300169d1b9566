"""The lab and its pages over time: ten at once, one that goes, a lab that goes and comes back, a line that is cut."""

import itertools
import os
import signal
import threading

import pytest

import steepest
from steepest.lab.serving import Lab
from steepest.lab.work import WORKER

from .apart import MEGABYTE, Apart, Asking, weighed
from .conftest import eventually
from .pages import LONG, numbers, settled, shown_f, state_of


@pytest.fixture
def context(browser):
    context = browser.new_context(viewport={"width": 1400, "height": 950})
    context.set_default_timeout(LONG)
    yield context
    context.close()


@pytest.fixture
def lab_at():
    """``lab_at(port=0)``: a lab that serves there."""
    labs = []

    def start(port=0):
        labs.append(Lab(port=port))
        labs[-1].start()
        return labs[-1]

    yield start
    for lab in labs:
        lab.close()


@pytest.fixture
def asked(served):
    """The asks for paths that begin, as they come, and how each ended; ``wait`` holds them up while it is cleared."""
    asks = served.application.app.state.asks
    own = asks["paths"]
    record = {"begun": [], "ended": [], "wait": threading.Event()}
    record["wait"].set()

    class Watched:
        __name__ = own.__name__

        @staticmethod
        def ask(arguments, job):
            record["begun"].append(job.id)
            record["wait"].wait(60)
            try:
                answer = own.ask(arguments, job)
            except BaseException as error:
                record["ended"].append(type(error).__name__)
                raise
            record["ended"].append("answered")
            return answer

    asks["paths"] = Watched
    yield record
    record["wait"].set()
    asks["paths"] = own


def open_page(context, address):
    page = context.new_page()
    page.goto(address)
    page.wait_for_selector("body[data-ready]")
    settled(page)
    return page


def drag(page, moves):
    """The start, taken along ``moves`` in pixels from the corner of the stage."""
    box = page.locator("#stage").bounding_box()
    page.mouse.move(box["x"] + moves[0][0], box["y"] + moves[0][1])
    page.mouse.down()
    for x, y in moves[1:]:
        page.mouse.move(box["x"] + x, box["y"] + y)
    page.mouse.up()


def ask_for_long_runs(page):
    """A million steps that lead nowhere."""
    page.locator("#iterations").fill("1000000")
    entry = page.locator("#cards .run").first.locator(".field input[type=text]").first
    entry.fill("1e-9")
    entry.press("Enter")


def start_at(page, x):
    page.locator("#start input").first.fill(str(x))
    page.locator("#start input").first.press("Enter")


def assert_right(page):
    """What the page shows is what ``minimize`` gives from the start that it shows."""
    settled(page)
    own = steepest.minimize("rosenbrock", state_of(page)["start"], max_iter=300)
    assert numbers(page.locator("#where").inner_text())[0] == 300
    assert shown_f(page) == pytest.approx(own.f, rel=1e-4)


def cut(lab):
    """Cuts every connection to a lab, as when a machine sleeps."""
    state = lab._server.server_state
    for connection in list(state.connections):
        connection.loop.call_soon_threadsafe(connection.transport.abort)


def workers():
    return sum(thread.name == WORKER for thread in threading.enumerate())


# -- many --------------------------------------------------------------------------------------------------------------


def test_ten_tabs_dragged_at_once_all_show_their_own(context, served):
    pages = [open_page(context, served.address()) for _ in range(10)]
    boxes = [page.locator("#stage").bounding_box() for page in pages]
    for step, (k, page) in itertools.product(range(6), enumerate(pages)):
        page.mouse.move(boxes[k]["x"] + 200 + 20 * k + 8 * step, boxes[k]["y"] + 150 + 12 * k)
        if step == 0:
            page.mouse.down()
    for page in pages:
        page.mouse.up()
    for page in pages:
        assert_right(page)
    starts = {tuple(state_of(page)["start"]) for page in pages}
    assert len(starts) == 10
    assert served.application.app.state.pages == 10


# -- pages that go -----------------------------------------------------------------------------------------------------


def test_a_tab_that_is_closed_ends_its_work(context, served, asked):
    page = open_page(context, served.address())
    before = len(asked["begun"])
    ask_for_long_runs(page)
    assert eventually(lambda: len(asked["begun"]) == before + 2)  # of the iterations, and then of the rate
    page.close()
    assert eventually(lambda: len(asked["ended"]) == len(asked["begun"]))
    assert eventually(lambda: workers() == 0)
    assert asked["ended"][-1] == "Dropped"
    assert served.application.app.state.pages == 0


def test_a_tab_that_reloads_goes_on_where_it_was(context, served):
    page = open_page(context, served.address())
    drag(page, [(300, 200), (340, 220), (380, 260)])
    settled(page)
    before = state_of(page)
    page.reload()
    page.wait_for_selector("body[data-ready]")
    assert_right(page)
    assert state_of(page) == before


# -- connections that go -----------------------------------------------------------------------------------------------


def test_what_was_asked_on_a_line_that_was_cut_is_asked_again_and_answered(context, served, asked):
    page = open_page(context, served.address())
    asked["wait"].clear()
    before = len(asked["begun"])
    start_at(page, 0.25)
    assert eventually(lambda: len(asked["begun"]) > before)
    cut(served)
    assert eventually(lambda: len(asked["begun"]) > before + 1)
    asked["wait"].set()
    assert_right(page)
    assert state_of(page)["start"][0] == 0.25
    lost, again = asked["begun"][before:]
    assert lost == again  # under its own number
    page.locator("#connection:empty").wait_for(state="attached")
    drag(page, [(400, 300), (420, 320)])
    assert_right(page)


def test_a_line_that_is_cut_again_and_again(context, served):
    page = open_page(context, served.address())
    for k in range(4):
        drag(page, [(300 + 20 * k, 200), (360, 240 + 10 * k)])
        cut(served)
    assert_right(page)


# -- labs that go ------------------------------------------------------------------------------------------------------


def test_a_lab_that_ends_and_another_that_comes_are_told_on_the_page(context, lab_at):
    first = lab_at()
    page = open_page(context, first.address())
    drag(page, [(300, 200), (340, 220)])
    settled(page)
    kept = state_of(page)
    first.close()
    page.locator("#connection", has_text="The lab does not answer; trying again.").wait_for()
    second = lab_at(first.port)
    page.locator("#connection", has_text="started again and does not know this page; open the address").wait_for()
    other = open_page(context, second.address())
    assert shown_f(other) == pytest.approx(steepest.minimize("rosenbrock", max_iter=300).f, rel=1e-4)
    page.locator("#connection:empty").wait_for(state="attached")  # the cookie is the browser's: it works on
    assert state_of(page) == kept
    drag(page, [(400, 300), (430, 320)])
    assert_right(page)


def test_a_page_without_a_session_says_where_to_go(context, lab_at):
    first = lab_at()
    page = open_page(context, first.address())
    first.close()
    lab_at(first.port)
    page.reload()
    page.locator("[role=alert]", has_text="open the address that was printed").wait_for()


@pytest.mark.skipif(os.name != "posix", reason="Ctrl-C is sent to a process as POSIX has it")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_lab_ends_cleanly_with_a_page_open_and_runs_at_work(context, number):
    lab = Apart()
    try:
        page = open_page(context, lab.address)
        ask_for_long_runs(page)
        page.wait_for_selector("body[data-busy=true]")
        code, out = lab.interrupt(number)
        assert (code, out, lab.said()) == (0, "", "the lab is closed\n")
        page.locator("#connection", has_text="The lab does not answer").wait_for()
    finally:
        lab.close()


# -- labs that stay ----------------------------------------------------------------------------------------------------


@pytest.fixture
def apart():
    lab = Apart()
    yield lab
    assert lab.said() == ""
    lab.close()


def drags(page, count, moved=0.0):
    """As a page asks while its start is dragged: paths under one slot, then the steps of the run in focus."""
    problem = {"kind": "gallery", "name": "rosenbrock", "n": 2}
    runs = [{"method": name, "fields": {}} for name in ("gradient_descent", "momentum", "adam")]
    for k in range(count):
        setting = {"problem": problem, "start": [-1.2 + 1e-3 * k + moved, 1.0], "iterations": 300}
        assert "answer" in page.ask("paths", slot="paths", runs=runs, **setting)
        assert "answer" in page.ask("steps", slot="steps", run=runs[1], **setting)


@weighed
@pytest.mark.parametrize("count", [100, pytest.param(1000, marks=pytest.mark.slow)])
def test_drags_take_no_more_memory_with_time(apart, count):
    with apart.visitor.live() as socket:
        page = Asking(socket)
        drags(page, 50)
        before = apart.memory()
        drags(page, count, moved=0.1)
        assert apart.memory() - before < 20 * MEGABYTE


def formulas(page, ks):
    """Different formulas, each drawn and descended."""
    for k in ks:
        problem = {"kind": "formula", "text": f"(x - {k})^2 + {k + 1}*y^2"}
        assert "answer" in page.ask("problem", problem=problem)
        assert "answer" in page.ask(
            "paths", problem=problem, iterations=100, runs=[{"method": "momentum", "fields": {}}]
        )


@weighed
@pytest.mark.slow
def test_five_hundred_formulas_take_no_more_memory_than_those_that_are_kept(apart):
    with apart.visitor.live() as socket:
        page = Asking(socket)
        formulas(page, range(200))
        before = apart.memory()
        formulas(page, range(200, 500))
        assert apart.memory() - before < 50 * MEGABYTE
