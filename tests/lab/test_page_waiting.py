"""What lasts is told and can be let go: the page goes on at once, whether or not Python can stop."""

import base64
import json
import threading

import pytest

from steepest.lab.asks import every_ask
from steepest.lab.work import Job

from .conftest import eventually
from .pages import settled, state_of

TRAINING = {
    "view": "data", "data": {"kind": "builtin", "name": "digits", "classes": ["0", "1"]}, "epochs": 3,
    "runs": [{"method": "momentum", "fields": {"learning_rate": 0.1}, "batch_size": 32}],
}  # fmt: skip
FRAGMENT = f"state={base64.urlsafe_b64encode(json.dumps(TRAINING).encode()).decode().rstrip('=')}"


@pytest.fixture
def deaf(served):
    """``deaf(name)``: that ask waits, until it is let go, without ever looking whether somebody waits for it."""
    asks, gates = served.application.app.state.asks, []

    def hold(name):
        own, go, left = every_ask()[name], threading.Event(), []
        gates.append(go)

        class Held:
            __name__, slow, work = own.__name__, getattr(own, "slow", False), getattr(own, "work", False)
            release, ended = go.set, left

            @staticmethod
            def ask(arguments, job):
                if not go.is_set():
                    job.progress(0.0, "compiling the first run of momentum (once)")
                go.wait(60)
                try:
                    return own.ask(arguments, Job(job.id, None, job.held, lambda own: None))
                finally:
                    left.append(job.id)

        asks[name] = Held
        return Held

    yield hold
    for gate in gates:
        gate.set()
    asks.update(every_ask())


def test_a_question_that_lasts_is_let_go_and_asked_again(opened, deaf):
    page = opened()
    settled(page)
    explain, card = deaf("explain"), page.locator("#cards .run").first
    card.get_by_role("button", name="Why?").press("Enter")
    card.locator(".why", has_text="compiling the first run of momentum (once)").wait_for()
    cancel = card.get_by_role("button", name="Cancel")
    cancel.press("Enter")
    assert card.locator(".why").inner_text() == "cancelled"
    assert cancel.count() == 0
    assert page.evaluate("document.activeElement.textContent") == "Why?"
    explain.release()
    assert eventually(lambda: explain.ended)
    page.locator("#nearer").click()
    assert card.locator(".why").inner_text() == "cancelled", "an answer that comes late says nothing"
    card.get_by_role("button", name="Why?").click()
    card.locator(".why", has_text="iteration").wait_for()


def test_a_file_that_takes_long_to_make_is_let_go(opened, deaf):
    page = opened()
    settled(page)
    deaf("export")
    page.locator("#share [data-export=csv]").click()
    page.locator("#share").get_by_role("button", name="Cancel").click()
    assert page.locator("#share [role=status]").inner_text() == "cancelled"
    page.locator("#share [data-share=python]").click()  # another lane of the lab
    page.locator("#share pre", has_text="minimize").wait_for()


def test_training_that_waits_for_a_kernel_says_so_and_is_let_go(opened, deaf):
    train = deaf("train")
    page = opened(FRAGMENT)
    card = page.locator("#data-cards .run")
    card.locator(".work", has_text="compiling the first run of momentum (once)").wait_for()
    card.get_by_role("button", name="Cancel").click()
    settled(page)
    assert card.get_by_role("button", name="Cancel").count() == 0
    assert "press Train" in page.locator("#data-stale").inner_text()
    train.release()
    page.locator("#data-train").click()
    settled(page)
    assert card.locator(".told b").first.inner_text() == "MAX_ITER"


def test_reading_that_lasts_is_let_go_and_what_was_there_stays(opened, deaf):
    page = opened(FRAGMENT)
    settled(page)
    about = page.locator("#data-about")
    said, before = about.inner_text(), state_of(page)
    table = deaf("table")
    page.locator("#data-set").select_option("wine")
    page.get_by_role("button", name="Cancel").click()
    settled(page)
    assert (about.inner_text(), state_of(page)) == (said, before)
    assert page.locator("#data-set").input_value() == "digits"
    table.release()
    page.locator("#data-set").select_option("breast_cancer")
    page.locator("#data-about", has_text="569 rows").wait_for()
