"""The lab in a notebook's cell: the widget's Python against a comm that the test holds, its front end in a browser."""

import base64
import json
import re
import sys
import threading
import types

import numpy as np
import pytest
from jupyter_client.manager import start_new_kernel

import steepest
from steepest.base.errors import ArgumentError, MissingExtraError
from steepest.lab import pages, relay, showing
from steepest.lab.asks import every_ask
from steepest.lab.held import Opening
from steepest.lab.relay import MOST_PAGES, MOST_UNREAD, PIECE
from steepest.lab.showing import show
from steepest.lab.widget import LabWidget

from .cells import Cell, HeldComm
from .conftest import echo, eventually

RUNS = [{"method": "momentum", "fields": {"learning_rate": 0.001}}, {"method": "adam", "fields": {}}]


@pytest.fixture
def made(monkeypatch):
    """``made(opening)``: a widget with a comm that the test holds; closed at the end."""
    monkeypatch.setattr("comm.create_comm", HeldComm)
    found = []

    def make(opening=None):
        found.append(LabWidget(opening))
        return found[-1]

    yield make
    for widget in found:
        widget.close()


@pytest.fixture
def cell(made):
    return Cell(made())


@pytest.fixture
def add_ask(monkeypatch):
    asks = dict(every_ask())
    monkeypatch.setattr(relay, "every_ask", lambda: asks)

    def add(name, function, slow=False):
        asks[name] = types.SimpleNamespace(__name__=f"test.{name}", ask=function, slow=slow)

    return add


def unpacked(packed):
    return np.frombuffer(base64.b64decode(packed["base64"]), "<f8").reshape(packed["shape"])


# -- the page and its asks ---------------------------------------------------------------------------------------------


def test_the_page_holds_everything_and_may_fetch_nothing(cell):
    boot = json.loads(re.search(r'id="boot">(.*?)</script>', cell.page, re.DOTALL)[1])
    assert (boot["fragment"], boot["scheme"]) == ("", "dark")
    found = 0
    for text in boot["modules"].values():
        for name in re.findall(r'(?:from|import)\s*\(?"([^"]+)"', text):
            assert name in boot["modules"]
            found += 1
    assert found > 50
    head = cell.page.partition("<body>")[0]
    assert "default-src 'none'" in head
    assert "connect-src" not in head  # by default none
    assert not re.search(r"(?:src|href)=", head)
    assert "WebSocket" not in boot["modules"]["lab/host.js"]


def test_answers_are_what_minimize_returns(cell):
    given = {"problem": {"kind": "gallery", "name": "rosenbrock"}, "start": [-1.2, 1.0], "iterations": 50, "runs": RUNS}
    told = cell.ask(1, "paths", **given)["answer"]["runs"]
    for setting, run in zip(RUNS, told, strict=True):
        own = steepest.minimize("rosenbrock", method=setting["method"], max_iter=50, **setting["fields"])
        assert np.array_equal(unpacked(run["path"]), own.history.w)
        assert np.array_equal(unpacked(run["values"]), own.history.f)


def test_what_is_shown_is_in_the_page(made):
    run = steepest.minimize("beale", method="adam", max_iter=20)
    cell = Cell(made(Opening(run)))
    fragment = json.loads(re.search(r'id="boot">(.*?)</script>', cell.page, re.DOTALL)[1])["fragment"]
    state = cell.ask(1, "shown", show=fragment.removeprefix("show="))["answer"]["state"]
    assert (state["problem"]["name"], state["runs"][0]["method"]) == ("beale", "adam")
    again = cell.ask(2, "paths", **state)["answer"]["runs"][0]
    assert np.array_equal(unpacked(again["path"]), run.history.w)


def test_each_page_hears_its_own_answers(made, add_ask):
    add_ask("echo", echo)
    widget = made()
    cells = [Cell(widget), Cell(widget), Cell(made())]
    for k in range(10):
        for number, cell in enumerate(cells):
            cell.say("ask", text=json.dumps({"id": k, "ask": "echo", "number": number}))
    for k in range(10):
        for number, cell in enumerate(cells):
            assert cell.text() == {"id": k, "answer": {"echo": {"number": number}}}
    assert all(cell.heard.empty() for cell in cells)


def test_bad_texts_are_answered_with_a_sentence(cell):
    cell.say("ask", text=5)
    assert "must be text" in cell.text()["error"]["message"]
    cell.say("ask", text="{")
    assert "must be JSON" in cell.text()["error"]["message"]
    assert "there is no ask" in cell.ask(1, "nothing")["error"]["message"]


@pytest.mark.parametrize("content", [None, 5, [], {}, {"view": 5, "do": "open"}, {"view": "x" * 5, "do": "ask"}])
def test_messages_that_mean_nothing_are_left(cell, add_ask, content):
    add_ask("echo", echo)
    cell.comm.say(content)
    cell.say("nonsense")
    cell.say("here")
    assert cell.hears()[0] == {"here": True, "view": cell.view}


# -- work that nobody waits for ----------------------------------------------------------------------------------------


def test_for_a_page_that_does_not_read_nothing_more_is_computed(made, add_ask):
    done = threading.Semaphore(0)
    made_answers = []

    def counted(arguments, job):
        made_answers.append(arguments["k"])
        done.release()
        return {}

    add_ask("counted", counted)
    cell = Cell(made(), reads=False)
    for k in range(20):
        cell.say("ask", text=json.dumps({"id": k, "ask": "counted", "k": k}))
    for _ in range(MOST_UNREAD + 1):
        assert done.acquire(timeout=60)
    for k in range(MOST_UNREAD):
        assert cell.text()["id"] == k
    assert len(made_answers) == MOST_UNREAD + 1
    assert cell.heard.empty()
    cell.reads = True
    for _ in range(MOST_UNREAD):
        cell.say("read")
    assert [cell.text()["id"] for _ in range(20 - MOST_UNREAD)] == list(range(MOST_UNREAD, 20))


@pytest.mark.parametrize("how", ["page", "widget"])
@pytest.mark.parametrize("slow", [False, True])
def test_closing_ends_the_work_and_leaves_nothing(made, add_ask, gate, how, slow):
    add_ask("gate", gate, slow)
    widget = made()
    cell = Cell(widget)
    held = widget.relay._pages[cell.view].held
    cell.say("ask", text=json.dumps({"id": 1, "ask": "gate"}))
    assert gate.begun.acquire(timeout=60)
    if how == "page":
        cell.say("close")
    else:
        widget.close()
    assert eventually(lambda: gate.ended == ["cancelled"])
    assert eventually(lambda: not held.uploads.folder.exists())
    assert eventually(lambda: not any(thread.name == "steepest-lab" for thread in threading.enumerate()))
    assert cell.heard.empty()


def test_a_page_that_was_loaded_anew_hears_nothing_of_what_it_asked_before(made, add_ask, gate):
    add_ask("gate", gate)
    add_ask("echo", echo)
    cell = Cell(made())
    stored = cell.call("upload", b"a", key=1, name="a.csv", size=1, last=True)[0]["stored"]
    cell.say("ask", text=json.dumps({"id": 1, "ask": "gate"}))
    assert gate.begun.acquire(timeout=60)
    cell.say("again")
    assert cell.ask(1, "echo", k=2)["answer"] == {"echo": {"k": 2}}
    assert eventually(lambda: gate.ended == ["cancelled"])
    add_ask("holds", lambda arguments, job: {"holds": stored["id"] in job.held.uploads})
    assert cell.ask(2, "holds")["answer"] == {"holds": True}


def test_of_very_many_pages_the_oldest_is_given_up(made, add_ask):
    add_ask("echo", echo)
    widget = made()
    first, *others = [Cell(widget) for _ in range(MOST_PAGES + 1)]
    assert "newer places" in first.hears()[0]["closed"]
    for cell in others:
        assert cell.ask(1, "echo")["answer"] == {"echo": {}}


def test_the_end_of_python_ends_the_work(made, add_ask, gate):
    add_ask("gate", gate)
    cell = Cell(made())
    cell.say("ask", text=json.dumps({"id": 1, "ask": "gate"}))
    assert gate.begun.acquire(timeout=60)
    relay.end(relay.running_loop())
    assert eventually(lambda: gate.ended == ["cancelled"])


# -- files -------------------------------------------------------------------------------------------------------------


def test_files_come_and_leave_in_pieces(made, add_ask):
    content = np.random.default_rng(0).bytes(2 * PIECE + 17)
    widget = made()
    cell = Cell(widget)
    pieces = [content[k : k + PIECE] for k in range(0, len(content), PIECE)]
    for k, piece in enumerate(pieces):
        last = k + 1 == len(pieces)
        told, _ = cell.call("upload", piece, key=3, name="../odd name.bin", size=len(content), last=last)
        assert (told["stored"] is None) == (not last)
    stored = told["stored"]
    assert (stored["name"], stored["bytes"]) == ("odd name.bin", len(content))
    held = widget.relay._pages[cell.view].held
    assert held.uploads.get(stored["id"]).path.read_bytes() == content
    id = held.downloads.add("made.bin", content).id
    arrived = b""
    while len(arrived) < len(content):
        told, piece = cell.call("download", id=id, **{"from": len(arrived)})
        assert told == {"bytes": len(content)}
        arrived += piece
    assert arrived == content


def test_an_empty_file_comes_too(cell):
    assert cell.call("upload", b"", key=1, name="empty.csv", size=0, last=True)[0]["stored"]["bytes"] == 0


def test_plotly_s_script_comes_over_the_same_way(cell):
    told, piece = cell.call("plotly", **{"from": 0})
    script = pages.plotly().read_bytes()
    assert told == {"bytes": len(script)}
    assert piece == script[:PIECE]


def test_files_that_are_refused(made, monkeypatch):
    widget = made()
    cell = Cell(widget)
    said = cell.call("upload", b"x", key=1, name="a", size=2**31, last=False)[0]["error"]
    assert "larger than the 200 MB" in said
    uploads = widget.relay._pages[cell.view].held.uploads
    uploads.most_bytes = 10
    assert cell.call("upload", b"123456", key=2, name="a", size=1, last=False)[0] == {"stored": None}
    assert "larger than" in cell.call("upload", b"123456", key=2, name="a", size=1, last=True)[0]["error"]
    assert (len(uploads), uploads.coming, list(uploads.folder.iterdir())) == (0, 0, [])
    for key in range(10, 14):
        assert cell.call("upload", b"1", key=key, name="a", size=2, last=False)[0] == {"stored": None}
    assert "on their way already" in cell.call("upload", b"1", key=14, name="a", size=2, last=False)[0]["error"]
    assert "not in the lab any more" in cell.call("download", id="nothing", **{"from": 0})[0]["error"]
    assert "key must be" in cell.call("upload", b"1", key=[], name="a", size=1, last=True)[0]["error"]
    assert "from must be" in cell.call("plotly", **{"from": -1})[0]["error"]
    monkeypatch.setattr(pages, "find_spec", lambda name: None)
    assert cell.call("plotly", **{"from": 0})[0]["error"].endswith('pip install "steepest[notebook]"')


def test_a_fault_of_the_lab_s_own_is_a_plain_sentence(cell, monkeypatch, capfd):
    monkeypatch.setattr(relay, "piece_of", lambda path, start: 1 / 0)
    assert "by a fault of its own" in cell.call("plotly", **{"from": 0})[0]["error"]
    assert "Traceback" in capfd.readouterr().err


# -- show --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def in_notebook(monkeypatch):
    """As in a notebook's kernel; the addresses that would have been opened."""
    opened = []
    monkeypatch.setattr("webbrowser.open", lambda address: opened.append(address) or True)
    monkeypatch.setattr("comm.create_comm", HeldComm)
    shell = types.SimpleNamespace(kernel=object())
    monkeypatch.setitem(sys.modules, "IPython", types.SimpleNamespace(get_ipython=lambda: shell))
    yield opened
    for lab in showing._labs:
        lab.close()
    showing._labs.clear()


def test_a_notebook_gets_the_widget_and_the_browser_where_it_is_asked_for(in_notebook):
    run = steepest.minimize("beale", max_iter=5)
    widget = show(run)
    assert isinstance(widget, LabWidget)
    assert widget.get_state()["height"] == 760
    assert "export default" in widget.get_state()["_esm"]
    assert len(widget.get_state()["_esm"]) < 20_000  # it is saved with the notebook, once for each widget
    widget.close()
    assert in_notebook == []
    address = show(run, where="browser")
    assert in_notebook == [address]
    assert isinstance(show(run, open_browser=False), str)


def test_without_anywidget_a_notebook_is_told_what_to_install(in_notebook, monkeypatch, capsys):
    own = showing.find_spec
    monkeypatch.setattr(showing, "find_spec", lambda name: None if name == "anywidget" else own(name))
    address = show("beale")
    assert in_notebook == [address]
    said = capsys.readouterr().out
    assert said == (
        'opened in the browser; the lab in a notebook\'s cell needs anywidget: pip install "steepest[notebook]"\n'
    )
    with pytest.raises(MissingExtraError, match="needs anywidget: pip install"):
        show("beale", where="notebook")


def test_where_is_one_of_three(in_notebook):
    with pytest.raises(ArgumentError, match="where must be one of 'auto', 'browser', 'notebook'; got 'here'"):
        show("beale", where="here")


def test_a_plain_python_is_no_notebook():
    assert not showing.in_notebook()


def test_a_real_kernel_answers_the_page_of_its_cell(tmp_path, monkeypatch):
    """Over the kernel's own comm, as a notebook speaks it."""
    for name in ("IPYTHONDIR", "JUPYTER_RUNTIME_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name))
    manager, client = start_new_kernel(kernel_name="python3")
    try:
        execution = client.execute("import steepest; steepest.show('beale')")
        opened = until(client, lambda kind, content: kind == "comm_open" and "_esm" in content["data"]["state"])
        shown = until(client, lambda kind, content: kind in ("execute_result", "error"), execution)
        view = shown["content"]["data"]["application/vnd.jupyter.widget-view+json"]
        assert view["model_id"] == opened["content"]["comm_id"]
        for number, content in enumerate(({"do": "open"}, {"do": "ask", "text": '{"id": 1, "ask": "catalogue"}'})):
            data = {"method": "custom", "content": content | {"view": "a"}}
            client.shell_channel.send(client.session.msg("comm_msg", {"comm_id": view["model_id"], "data": data}))
            answer = until(client, lambda kind, content: kind == "comm_msg" and content["data"]["method"] == "custom")
            assert answer["content"]["data"]["content"] == {("page", "text")[number]: True, "view": "a"}
            assert len(bytes(answer["buffers"][0])) > 10_000
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def until(client, wanted, execution=None):
    """The kernel's next public message of a kind; of one execution, where that is given."""
    while True:
        message = client.get_iopub_msg(timeout=120)
        ours = execution is None or message["parent_header"].get("msg_id") == execution
        if ours and wanted(message["msg_type"], message["content"]):
            return message
