"""A lab that really listens, asks made for tests beside its own, and clients for it."""

import json
import shutil
import subprocess
import threading
import time
import types

import httpx
import pytest
from websockets.sync.client import connect

from steepest.lab.held import Held
from steepest.lab.serving import Lab

from .pages import LONG

DRIVER = ("GL Driver Message", "willReadFrequently")
"""What a browser says of WebGL without a graphics card, and of Plotly's measuring of texts."""


class Visitor:
    """Somebody who knows the lab's address: HTTP as a browser would speak it, and WebSocket connections."""

    def __init__(self, lab):
        self.lab = lab
        self.host = f"127.0.0.1:{lab.port}"
        self.base = f"http://{self.host}"
        self.http = httpx.Client(base_url=self.base, headers={"Origin": self.base}, timeout=60)
        self.cookie = ""

    def enter(self, token=None):
        """Exchanges a token, by default a new one, for the cookie."""
        answer = self.http.post("/session", content=token or self.lab.application.new_token())
        assert answer.status_code == 204
        self.cookie = answer.headers["set-cookie"].partition(";")[0]
        return self

    def live(self, **options):
        headers = {"Cookie": self.cookie}
        return connect(
            f"ws://{self.host}/live", origin=self.base, additional_headers=headers, max_size=None, proxy=None, **options
        )

    def close(self):
        self.http.close()


class Line:
    """One WebSocket, spoken to in objects."""

    def __init__(self, socket):
        self.socket = socket

    def send(self, **message):
        self.socket.send(json.dumps(message))

    def read(self):
        return json.loads(self.socket.recv(timeout=60))

    def ask(self, id, name, **arguments):
        """The answer to one request, whatever comes before it."""
        self.send(id=id, ask=name, **arguments)
        while "progress" in (answer := self.read()) or answer["id"] != id:
            pass
        return answer


def echo(arguments, job):
    return {"echo": arguments}


class Gate:
    """An ask that waits until it is let go or cancelled, and says how it ended."""

    def __init__(self):
        self.begun, self.go, self.ended = threading.Semaphore(0), threading.Event(), []

    def __call__(self, arguments, job):
        self.begun.release()
        while not self.go.wait(0.005):
            if job.cancelled():
                self.ended.append("cancelled")
                return None
        self.ended.append("answered")
        return {"through": arguments.get("k")}


def eventually(holds):
    """Waits until something holds that another thread brings about."""
    for _ in range(6000):
        if holds():
            return True
        time.sleep(0.005)
    return False


@pytest.fixture
def gate():
    gate = Gate()
    yield gate
    gate.go.set()


@pytest.fixture(scope="module")
def lab():
    running = Lab()
    running.start()
    yield running
    running.close()


@pytest.fixture
def stranger(lab):
    visitor = Visitor(lab)
    yield visitor
    visitor.close()


@pytest.fixture
def visitor(lab):
    visitor = Visitor(lab).enter()
    yield visitor
    visitor.close()


@pytest.fixture
def line(visitor):
    with visitor.live() as socket:
        yield Line(socket)


@pytest.fixture
def another_line(visitor):
    with visitor.live() as socket:
        yield Line(socket)


@pytest.fixture
def add_ask(lab):
    """Adds an ask to the lab for one test: ``add_ask("name", function, slow=False)``."""
    asks = lab.application.app.state.asks
    own = dict(asks)

    def add(name, function, slow=False):
        asks[name] = types.SimpleNamespace(__name__=f"test.{name}", ask=function, slow=slow)

    yield add
    asks.clear()
    asks.update(own)


@pytest.fixture(scope="module")
def held():
    """What a lab holds for its pages, of a module's asks."""
    found = Held()
    yield found
    found.close()


@pytest.fixture(scope="module")
def served():
    """A lab for the pages of a module."""
    lab = Lab()
    lab.start()
    yield lab
    lab.close()


@pytest.fixture
def opened(browser, served):
    """``opened(fragment="", **context)``: the page, ready; what it logged and asked for is held against it."""
    contexts, faults, asked = [], [], []

    def open_page(fragment="", **settings):
        context = browser.new_context(**{"viewport": {"width": 1400, "height": 950}, **settings})
        context.set_default_timeout(LONG)
        contexts.append(context)
        page = context.new_page()
        page.on(
            "console", lambda message: None if any(of in message.text for of in DRIVER) else faults.append(message.text)
        )
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{served.address()}{'&' + fragment if fragment else ''}")
        page.wait_for_selector("body[data-ready]")
        return page

    open_page.asked = asked
    yield open_page
    for context in contexts:
        context.close()
    assert faults == []
    origin = f"http://{served.host}:{served.port}/"
    assert all(url.startswith((origin, "data:", "blob:")) for url in asked)


@pytest.fixture(scope="session")
def axe(tmp_path_factory):
    """The script of axe-core, which looks for what keeps people out."""
    if shutil.which("npm") is None:
        pytest.skip("no Node here: accessibility was not checked by axe")
    folder = tmp_path_factory.mktemp("axe")
    subprocess.run(["npm", "install", "--silent", "--prefix", str(folder), "axe-core@4"], check=True, timeout=300)
    return (folder / "node_modules" / "axe-core" / "axe.min.js").read_text()
