"""A lab in a process of its own, and what speaks to it: a WebSocket as the page's, and a browser that says when it has
drawn."""

import base64
import http.client
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

__all__ = ["STATE", "Lab", "browser_page", "lab"]

METHODS = ("gradient_descent", "momentum", "nesterov", "adam", "rmsprop", "adagrad")
STATE = {
    "problem": {"kind": "gallery", "name": "rosenbrock"}, "start": [-1.2, 1.0], "focus": 1, "iterations": 300,
    "runs": [{"method": name, "fields": {"learning_rate": None}} for name in METHODS],
}  # fmt: skip
WATCH = """
(() => {
  let moved = null, last = 0, answered = false, tell = null;
  for (const name of ["pointerrawupdate", "pointermove"]) { // one move is told by both, at one time
    addEventListener(name, ({ timeStamp }) => {
      if (timeStamp <= last) return;
      moved = last = timeStamp;
      answered = false;
    }, { capture: true });
  }
  const Plain = WebSocket;
  window.WebSocket = class extends Plain {
    constructor(...given) {
      super(...given);
      this.addEventListener("message", ({ data }) => (answered ||= moved !== null && data.includes('"runs":[')));
    }
  };
  const clear = CanvasRenderingContext2D.prototype.clearRect, channel = new MessageChannel();
  CanvasRenderingContext2D.prototype.clearRect = function (...given) {
    if (this.canvas.id === "stage" && answered && moved !== null) {
      answered = false;
      channel.port2.postMessage(moved);
      moved = null;
    }
    return clear.apply(this, given);
  };
  channel.port1.onmessage = ({ data }) => tell?.((performance.now() - data) / 1000);
  window.painted = () => new Promise((resolve) => (tell = resolve));
})();
"""
"""Before the page's own scripts: the seconds from a pointermove to the end of the frame that draws its paths."""


class Lab:
    """A running lab: ``ask`` gives an answer's text and its seconds, from the question sent to the answer received."""

    def __init__(self, address: str) -> None:
        from websockets.sync.client import connect

        self.base, parts = address.partition("/#")[0], urlsplit(address)
        assert parts.hostname is not None
        token = parts.fragment.removeprefix("token=")
        line = http.client.HTTPConnection(parts.hostname, parts.port)
        line.request("POST", "/session", token, {"Origin": self.base})
        self.cookie = str(line.getresponse().getheader("set-cookie")).partition(";")[0]
        self.socket = connect(
            f"ws://{parts.netloc}/live", origin=self.base, additional_headers={"Cookie": self.cookie}, max_size=None,  # type: ignore[arg-type]
            proxy=None,
        )  # fmt: skip
        self.asked = 0

    def ask(self, name: str, **given: Any) -> tuple[str, float]:
        self.asked += 1
        text = json.dumps({"id": self.asked, "ask": name, **given})
        began = time.perf_counter()
        self.socket.send(text)
        while True:
            answer = str(self.socket.recv())
            if '"progress"' not in answer[:100]:
                break
        spent = time.perf_counter() - began
        if '"answer"' not in answer[:100]:
            raise RuntimeError(answer)
        return answer, spent


@contextmanager
def lab() -> Iterator[Lab]:
    """A lab of its own process, ended afterwards."""
    command = [sys.executable, "-m", "steepest", "lab", "--port", "0", "--no-open"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as running:
        assert running.stdout is not None
        address = next(word for word in running.stdout.readline().split() if word.startswith("http"))
        found = Lab(address)
        try:
            yield found
        finally:
            found.socket.close()
            running.terminate()


@contextmanager
def browser_page(found: Lab) -> Iterator[Any]:
    """A function that opens the page of a lab in a new window of Chromium, at a state."""
    from playwright.sync_api import sync_playwright

    name, _, value = found.cookie.partition("=")
    with sync_playwright() as playwright:
        path = shutil.which("chromium") or shutil.which("chromium-browser")
        chromium = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])

        def opened(state: dict[str, Any]) -> Any:
            context = chromium.new_context(viewport={"width": 1400, "height": 950})
            context.add_cookies([{"name": name, "value": value, "url": found.base}])
            page = context.new_page()
            page.add_init_script(WATCH)
            text = base64.urlsafe_b64encode(json.dumps(state).encode()).decode().rstrip("=")
            page.goto(f"{found.base}/#state={text}")
            page.wait_for_selector("body[data-ready]")
            page.wait_for_selector("body[data-busy=false]")
            return page

        try:
            yield opened
        finally:
            chromium.close()
