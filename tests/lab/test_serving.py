"""The lab as a server: where it listens, how it ends, ``steepest.show``."""

import gc
import socket
import subprocess
import sys
import threading
import urllib.parse

import httpx
import numpy as np
import pytest

import steepest
from steepest.base.errors import ArgumentError, ArgumentTypeError, MissingExtraError, SteepestError
from steepest.lab import serving, showing
from steepest.lab.serving import Lab
from steepest.lab.showing import show

from .conftest import Line, Visitor


def test_it_listens_on_this_machine_only(lab):
    assert lab.host == "127.0.0.1"
    assert lab.port > 0
    address = urllib.parse.urlsplit(lab.address(show="a b&c"))
    assert (address.scheme, address.netloc, address.path, address.query) == ("http", f"127.0.0.1:{lab.port}", "/", "")
    token, state = address.fragment.split("&")
    assert token.startswith("token=")
    assert state == "show=a%20b%26c"


@pytest.mark.parametrize("host", ["0.0.0.0", "", "::", "192.168.0.1", "example.com", "127.0.0.2", None, 5])
def test_no_other_place_to_listen(host):
    with pytest.raises(ArgumentError, match="serves this machine only"):
        Lab(host)


@pytest.mark.parametrize("port", [-1, 65536, "80", 8000.0, True, None])
def test_ports(port):
    with pytest.raises((ArgumentError, ArgumentTypeError), match=r"^port must be"):
        Lab(port=port)


def test_a_port_that_is_taken_is_a_sentence(lab):
    with pytest.raises(ArgumentError, match=f"port {lab.port} is taken; choose another, or 0"):
        Lab(port=lab.port)


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no IPv6")
def test_ipv6():
    try:
        lab = Lab("::1")
    except ArgumentError:
        pytest.skip("this machine has no IPv6")
    lab.start()
    try:
        base = f"http://[::1]:{lab.port}"
        assert lab.address().startswith(f"{base}/#token=")
        assert httpx.get(base).status_code == 200
        assert httpx.get(base, headers={"Host": f"127.0.0.1:{lab.port}"}).status_code == 403
        assert (
            httpx.post(f"{base}/session", content=lab.application.new_token(), headers={"Origin": base}).status_code
            == 204
        )
    finally:
        lab.close()


def test_closing_ends_work_connections_files_and_the_port():
    lab = Lab()
    lab.start()
    begun, ended = threading.Event(), threading.Event()

    def waiting(arguments, job):
        begun.set()
        if job.stop.wait(60):
            ended.set()

    visitor = Visitor(lab).enter()
    lab.application.app.state.asks["waiting"] = type("ask", (), {"ask": staticmethod(waiting), "__name__": "waiting"})
    folder = lab.held.uploads.folder
    lab.held.uploads.add("a", b"1")
    with visitor.live() as connection:
        Line(connection).send(id=1, ask="waiting")
        assert begun.wait(60)
        assert lab.serving
        lab.close()
        assert ended.wait(60)
    visitor.close()
    assert not lab.serving
    assert not folder.exists()
    with pytest.raises(httpx.ConnectError):
        httpx.get(visitor.base)
    again = Lab(port=lab.port)
    again.close()
    lab.close()  # once more does no harm


def test_a_lab_started_again_does_not_know_the_pages_of_the_last():
    first = Lab()
    first.start()
    visitor = Visitor(first).enter()
    first.close()
    second = Lab(port=first.port)
    second.start()
    try:
        headers = {"Cookie": visitor.cookie}
        assert visitor.http.get("/plotly.js", headers=headers).status_code == 403
        assert visitor.http.post("/session", headers=headers).status_code == 403
    finally:
        second.close()
        visitor.close()


@pytest.mark.parametrize("missing", serving.LIBRARIES)
def test_a_missing_extra_is_a_sentence_with_its_pip_line(monkeypatch, missing):
    monkeypatch.setattr(serving, "find_spec", lambda name: None if name == missing else object())
    with pytest.raises(MissingExtraError) as error:
        Lab()
    assert str(error.value) == f'the lab needs {missing}: pip install "steepest[lab]"'


# -- show --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def browser(monkeypatch):
    """The addresses that would have been opened; afterwards no lab is left."""
    opened = []
    monkeypatch.setattr("webbrowser.open", lambda address: opened.append(address) or True)
    yield opened
    for lab in showing._labs:
        lab.close()
    showing._labs.clear()


def state_of(address):
    """What the page at an address is answered when it asks what to show."""
    fragment = dict(part.split("=") for part in address.partition("#")[2].split("&"))
    visitor = Visitor(address.lab).enter(fragment["token"])
    with visitor.live() as connection:
        answer = Line(connection).ask(1, "shown", show=fragment["show"])
    visitor.close()
    return answer["answer"]


def test_showing_a_problem_and_a_run(browser):
    run = steepest.minimize(steepest.gallery.beale(), method="adam", learning_rate=0.1, max_iter=30)
    first = show(run)
    second = show("(x - 1)^2 + y^2", w0=[3.0, 4.0])
    third = show(lambda w: float(w @ w), [1.0, 2.0, 3.0], open_browser=False)
    assert browser == [first, second]
    assert first.lab is second.lab is third.lab
    assert state_of(first)["state"]["runs"][0]["method"] == "adam"
    state = state_of(second)["state"]
    assert (state["problem"], state["start"]) == ({"kind": "formula", "text": "(x - 1)^2 + y^2"}, [3.0, 4.0])
    assert state_of(third)["page"]["run"]["variables"] == ["w1", "w2", "w3"]
    first.close()
    assert not first.lab.serving
    fourth = show(steepest.gallery.booth())
    assert fourth.lab is not first.lab
    assert state_of(fourth)["state"]["problem"]["name"] == "booth"


def test_showing_a_linear_model(browser):
    X = np.arange(12.0).reshape(6, 2)
    shown = state_of(show(steepest.LinearModel(X, X[:, 0])))["page"]
    assert shown["run"]["variables"] == ["intercept", "c1", "c2"]


@pytest.mark.parametrize("thing", [None, 5, {"a": 1}, "x + ", lambda w: 0.0, steepest.gallery.rosenbrock])
def test_what_cannot_be_shown_starts_no_lab(browser, thing):
    if callable(thing) and not isinstance(thing, type):
        with pytest.raises(SteepestError, match="w0 is missing"):
            show(thing)
    else:
        with pytest.raises(SteepestError):
            show(thing)
    assert showing._labs == []
    assert browser == []


def test_the_switch_interval_and_what_is_left_alone_by_collections_are_given_back(monkeypatch):
    seen, before = [], sys.getswitchinterval()
    lab = Lab()
    monkeypatch.setattr(lab, "_serve", lambda: seen.append((sys.getswitchinterval(), gc.get_freeze_count() > 10_000)))
    lab.run()
    lab.close()
    assert seen == [(pytest.approx(serving.SWITCH), True)]
    assert sys.getswitchinterval() == before
    assert gc.get_freeze_count() == 0


SCRIPT = """
import contextlib, http.client, json
import steepest
from websockets.sync.client import connect

base, _, fragment = str(steepest.show("ackley", open_browser=False)).partition("/#")
token = next(part for part in fragment.split("&") if part.startswith("token=")).removeprefix("token=")
line = http.client.HTTPConnection(base.removeprefix("http://"))
line.request("POST", "/session", token, {"Origin": base})
cookie = line.getresponse().getheader("set-cookie").partition(";")[0]
live = base.replace("http", "ws") + "/live"
socket = contextlib.ExitStack().enter_context(
    connect(live, origin=base, additional_headers={"Cookie": cookie}, proxy=None)
)
socket.send(json.dumps({
    "id": 1, "ask": "map", "problem": {"kind": "gallery", "name": "ackley", "n": 2}, "start": [1.0, 2.0],
    "iterations": 100_000, "run": {"method": "momentum", "fields": {}},
    "x": {"name": "learning_rate", "low": 1e-4, "high": 1e-1, "count": 90, "log": True},
    "y": {"name": "momentum", "low": 0.0, "high": 0.99, "count": 90, "log": False},
}))
assert "progress" in json.loads(socket.recv())
print("at work")
"""


def test_a_script_that_ends_while_the_lab_is_at_work_ends_well():
    """Compiled code that is at work while Python ends would abort the process."""
    ended = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=300)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "at work\n", "")
