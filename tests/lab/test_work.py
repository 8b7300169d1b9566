"""Asks at work: slots, lanes, cancelling, many pages, closed tabs."""

import contextlib
import json
import socket
import threading
import time

import numpy as np
import pytest
from websockets.exceptions import ConnectionClosed

import steepest
from steepest.lab.live import MOST_WAITING

from .conftest import Line, echo, eventually

# -- slots, lanes, cancelling ------------------------------------------------------------------------------------------


def test_a_newer_request_takes_the_place_of_older_ones_of_its_slot(line, add_ask, gate):
    done = []

    def noted(arguments, job):
        done.append(arguments["k"])
        return {"k": arguments["k"]}

    add_ask("gate", gate)
    add_ask("noted", noted)
    line.send(id=1, ask="gate")
    assert gate.begun.acquire(timeout=60)
    for id in range(2, 8):
        line.send(id=id, ask="noted", slot="drag", k=id)
    line.send(id=8, ask="noted", slot="other", k=8)
    line.send(id=9, ask="noted", k=9)
    dropped = [line.read() for _ in range(5)]
    assert dropped == [{"id": id, "dropped": True} for id in range(2, 7)]
    gate.go.set()
    assert [line.read()["id"] for _ in range(4)] == [1, 7, 8, 9]
    assert done == [7, 8, 9]


@pytest.mark.parametrize("slow", [False, True])
def test_a_running_ask_is_cancelled_by_a_newer_one_of_its_slot(line, add_ask, gate, slow):
    add_ask("gate", gate, slow)
    line.send(id=1, ask="gate", slot="map", k=1)
    assert gate.begun.acquire(timeout=60)
    line.send(id=2, ask="gate", slot="map", k=2)
    assert line.read() == {"id": 1, "dropped": True}
    gate.go.set()
    assert line.read() == {"id": 2, "answer": {"through": 2}}
    assert gate.ended == ["cancelled", "answered"]


def test_an_ask_that_cannot_stop_is_still_answered(line, add_ask):
    begun, go = threading.Event(), threading.Event()

    def stubborn(arguments, job):
        begun.set()
        go.wait(60)
        return {"k": arguments["k"]}

    add_ask("stubborn", stubborn)
    line.send(id=1, ask="stubborn", slot="s", k=1)
    assert begun.wait(60)
    line.send(id=2, ask="stubborn", slot="s", k=2)
    go.set()
    assert [line.read() for _ in range(2)] == [{"id": 1, "answer": {"k": 1}}, {"id": 2, "answer": {"k": 2}}]


def test_cancelling_by_id(line, add_ask, gate):
    def stopping(arguments, job):
        gate.begun.release()
        while True:
            job.stop_if_cancelled()
            time.sleep(0.005)

    add_ask("stopping", stopping)
    add_ask("echo", echo)
    line.send(id=1, ask="stopping")
    assert gate.begun.acquire(timeout=60)
    line.send(id=2, ask="echo")
    line.send(cancel=2)
    assert line.read() == {"id": 2, "dropped": True}
    line.send(cancel=1)
    assert line.read() == {"id": 1, "dropped": True}
    assert line.ask(3, "echo")["answer"] == {"echo": {}}


def test_a_run_stops_within_its_callback(line, add_ask):
    begun = threading.Event()

    def endless(arguments, job):
        def watch(w):
            begun.set()
            if job.cancelled():
                raise StopIteration

        steepest.minimize("x^2", [1.0], learning_rate=1e-9, max_iter=10**9, record=10**6, callback=watch)
        return None if job.cancelled() else {}

    add_ask("endless", endless, slow=True)
    line.send(id=1, ask="endless")
    assert begun.wait(120)
    line.send(cancel=1)
    assert line.read() == {"id": 1, "dropped": True}


def test_slow_asks_do_not_hold_up_quick_ones(line, add_ask, gate):
    add_ask("gate", gate, slow=True)
    add_ask("echo", echo)
    line.send(id=1, ask="gate")
    assert gate.begun.acquire(timeout=60)
    for id in range(2, 50):
        assert line.ask(id, "echo", k=id)["answer"] == {"echo": {"k": id}}
    gate.go.set()
    assert line.read()["id"] == 1


def test_requests_without_end_are_refused_in_a_sentence(line, add_ask, gate):
    add_ask("gate", gate)
    line.send(id=0, ask="gate")
    assert gate.begun.acquire(timeout=60)
    for id in range(1, MOST_WAITING + 3):
        line.send(id=id, ask="gate")
    for id in (MOST_WAITING + 1, MOST_WAITING + 2):
        answer = line.read()
        assert (answer["id"], "are waiting already" in answer["error"]["message"]) == (id, True)
    gate.go.set()
    assert [line.read()["id"] for _ in range(MOST_WAITING + 1)] == list(range(MOST_WAITING + 1))


# -- pages -------------------------------------------------------------------------------------------------------------


def test_ten_pages_at_once(visitor, add_ask):
    """Each has its own thread: none waits for another's ask, and every answer goes to the page that asked."""
    together = threading.Barrier(10)

    def meeting(arguments, job):
        together.wait(60)
        return {"page": arguments["page"]}

    add_ask("meeting", meeting)
    add_ask("echo", echo)
    with contextlib.ExitStack() as pages:
        lines = [Line(pages.enter_context(visitor.live())) for _ in range(10)]
        for page, line in enumerate(lines):
            line.send(id=page, ask="meeting", page=page)
        for page, line in enumerate(lines):
            assert line.read() == {"id": page, "answer": {"page": page}}
        for k in range(20):
            for page, line in enumerate(lines):
                line.send(id=100 + k, ask="echo", k=k, page=page)
        for page, line in enumerate(lines):
            for k in range(20):
                assert line.read() == {"id": 100 + k, "answer": {"echo": {"k": k, "page": page}}}


def test_beyond_many_pages_another_is_turned_away(lab, visitor, add_ask, monkeypatch):
    monkeypatch.setattr("steepest.lab.app.MOST_PAGES", 3)
    add_ask("echo", echo)
    assert eventually(lambda: lab.application.app.state.pages == 0)
    with contextlib.ExitStack() as pages:
        line, *_ = [Line(pages.enter_context(visitor.live())) for _ in range(3)]
        with visitor.live() as fourth, pytest.raises(ConnectionClosed) as closed:
            fourth.recv(timeout=60)
        assert closed.value.rcvd.code == 1013
        assert line.ask(1, "echo")["answer"] == {"echo": {}}
    assert eventually(lambda: lab.application.app.state.pages == 0)
    with visitor.live() as last:
        assert Line(last).ask(1, "echo")["answer"] == {"echo": {}}


@pytest.mark.parametrize("slow", [False, True])
@pytest.mark.parametrize("abruptly", [False, True])
def test_a_closed_tab_stops_its_work(visitor, line, add_ask, gate, slow, abruptly):
    begun = []

    def counted(arguments, job):
        begun.append(arguments["k"])
        return gate(arguments, job)

    add_ask("gate", counted, slow)
    add_ask("echo", echo)
    with visitor.live() as gone:
        tab = Line(gone)
        for k in range(5):
            tab.send(id=k, ask="gate", k=k)
        assert gate.begun.acquire(timeout=60)
        if abruptly:
            gone.socket.shutdown(socket.SHUT_RDWR)
        else:
            gone.close()
        assert eventually(lambda: gate.ended == ["cancelled"])
        assert line.ask(1, "echo")["answer"] == {"echo": {}}
    assert begun == [0]


def test_closed_tabs_leave_no_threads(lab, visitor, add_ask):
    add_ask("echo", echo)
    add_ask("slow_echo", echo, slow=True)

    def workers():
        return sum(thread.name == "steepest-lab" for thread in threading.enumerate())

    assert eventually(lambda: workers() == 0)
    for _ in range(5):
        with visitor.live() as tab:
            line = Line(tab)
            line.ask(1, "echo")
            line.ask(2, "slow_echo")
            assert workers() == 2
        assert eventually(lambda: workers() == 0)


def test_for_a_page_that_does_not_read_nothing_more_is_computed(visitor, line, add_ask):
    made = []

    def large(arguments, job):
        made.append(arguments["k"])
        return {"w": np.zeros(200_000)}

    add_ask("large", large)
    add_ask("echo", echo)
    with visitor.live(close_timeout=0.1) as deaf:
        for k in range(100):
            deaf.send(json.dumps({"id": k, "ask": "large", "k": k}))
        counts = []
        while len(counts) < 5 or counts[-1] != counts[-5]:
            counts.append(len(made))
            time.sleep(0.2)
        assert len(made) < 50  # 110 MB; the pipe between holds a few
        assert line.ask(1, "echo")["answer"] == {"echo": {}}
