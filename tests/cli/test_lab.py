"""``steepest lab``: the line it prints, how it ends, what it refuses."""

import json
import os
import re
import signal
import socket
import subprocess
import sys

import httpx
import pytest
from websockets.sync.client import connect

import steepest as package

COMMAND = [sys.executable, "-m", "steepest", "lab", "--no-open"]


class Running:
    """``steepest lab`` as a process in a process group of its own, as a terminal would start it."""

    def __init__(self, *args):
        self.process = subprocess.Popen(
            [*COMMAND, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
        )
        self.address = self.process.stdout.readline().strip()
        self.base, _, fragment = self.address.partition("/#")
        self.fragment = dict(part.split("=") for part in fragment.split("&"))

    def enter(self):
        answer = httpx.post(f"{self.base}/session", content=self.fragment["token"], headers={"Origin": self.base})
        assert answer.status_code == 204
        return answer.headers["set-cookie"].partition(";")[0]

    def live(self, cookie):
        address = f"ws://{self.base.removeprefix('http://')}/live"
        return connect(address, origin=self.base, additional_headers={"Cookie": cookie}, max_size=None, proxy=None)

    def interrupt(self, number=signal.SIGINT):
        """Ctrl-C: the exit code, and what more was printed."""
        os.killpg(self.process.pid, number)
        out, err = self.process.communicate(timeout=120)
        return self.process.returncode, out, err

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()


posix = pytest.mark.skipif(os.name != "posix", reason="Ctrl-C is sent to a process group as POSIX has them")


@posix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_one_line_with_the_address_and_a_clean_end(number, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with Running("--port", "0") as lab:
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/#token=[\w-]{43}", lab.address)
        assert httpx.get(lab.base).status_code == 200
        assert len(list(tmp_path.glob("steepest-lab-*"))) == 2
        code, out, err = lab.interrupt(number)
    assert (code, out, err) == (0, "", "the lab is closed\n")
    assert list(tmp_path.glob("steepest-lab-*")) == []
    with pytest.raises(httpx.ConnectError):
        httpx.get(lab.base)


@posix
def test_it_ends_cleanly_with_a_page_open_and_a_run_at_work():
    with Running("rosenbrock") as lab, lab.live(lab.enter()) as page:
        page.send(json.dumps({"id": 1, "ask": "shown", "show": lab.fragment["show"]}))
        answer = json.loads(page.recv(timeout=120))["answer"]
        assert answer["state"]["problem"]["name"] == "rosenbrock"
        page.send(json.dumps({"id": 2, "ask": "datasets"}))
        code, out, err = lab.interrupt()
    assert (code, out, err) == (0, "", "the lab is closed\n")


@posix
def test_an_address_that_was_used_gets_a_new_one_on_the_terminal():
    with Running() as lab:
        lab.enter()
        again = httpx.post(f"{lab.base}/session", content=lab.fragment["token"], headers={"Origin": lab.base})
        assert again.status_code == 403
        said = lab.process.stderr.readline()
        assert said.startswith(f"that address had been used; a new one is {lab.base}/#token=")
        lab.fragment["token"] = said.strip().rpartition("=")[2]
        lab.enter()
        assert lab.interrupt()[0] == 0


def test_a_port_that_is_taken(process):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = process("lab", "--no-open", "--port", str(port))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"error: port {port} is taken; choose another, or 0 for any that is free\n"


@pytest.fixture
def served(monkeypatch):
    """Labs that were made instead of served, and the addresses that were opened."""
    from steepest.lab.serving import Lab

    labs, opened = [], []
    monkeypatch.setattr(Lab, "run", lambda lab: labs.append(lab))
    monkeypatch.setattr("webbrowser.open", lambda address: opened.append(address) or True)
    yield labs, opened
    for lab in labs:
        lab.close()


def shown(labs):
    """What the page would be told to show."""
    ((opening,),) = [list(lab.held._shown.values()) for lab in labs]
    return opening.thing


def test_the_browser_is_opened_at_the_address(steepest, served):
    result = steepest("lab")
    labs, opened = served
    assert (result.exit_code, result.stdout) == (0, f"{opened[0]}\n")
    assert len(opened) == len(labs) == 1


def test_without_a_browser_the_address_is_enough(steepest, served, monkeypatch):
    monkeypatch.setattr("webbrowser.open", lambda address: False)
    result = steepest("lab")
    assert result.exit_code == 0
    assert "no browser could be opened; open the address yourself" in result.stderr


@pytest.mark.parametrize(
    ("what", "name", "n"),
    [("rosenbrock", "rosenbrock", 2), ("Styblinski-Tang", "styblinski_tang", 2), ("mgh:bard", "bard", 3),
     ("x^2 + 3*y^2", "x^2 + 3*y^2", 2)],
)  # fmt: skip
def test_what_it_opens_at(steepest, served, what, name, n):
    result = steepest("lab", "--no-open", what)
    assert result.exit_code == 0, result.stderr
    assert "&show=" in result.stdout
    assert (shown(served[0]).name, shown(served[0]).n) == (name, n)
    assert served[1] == []


def test_it_opens_at_a_run_that_was_saved(steepest, served, tmp_path):
    path = tmp_path / "run.npz"
    run = package.minimize(package.gallery.booth(), max_iter=10)
    run.save(path)
    assert steepest("lab", "--no-open", str(path)).exit_code == 0
    assert shown(served[0]).history.f.tobytes() == run.history.f.tobytes()


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (["rosenbrok"], "did you mean 'rosenbrock'?"),
        (["nothing"], "'nothing' is no gallery function"),
        (["x^2 +"], "the formula stops short at column 6"),
        (["__import__('os')"], "column"),
        (["no.npz"], "no.npz"),
        (["--host", "0.0.0.0"], "serves this machine only"),
        (["--port", "70000"], "port must be from 0 to 65,535"),
        (["--port", "x"], "--port"),
    ],
)
def test_what_it_refuses(steepest, served, args, sentence):
    result = steepest("lab", "--no-open", *args)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert sentence in result.stderr
    assert result.stderr.splitlines()[-1].startswith("error: ")
    assert served == ([], [])


def test_a_sweep_is_not_a_run(steepest, served, tmp_path):
    path = tmp_path / "sweep.npz"
    package.sweep("x^2", [1.0], learning_rate=[0.1, 0.2]).save(path)
    result = steepest("lab", "--no-open", str(path))
    assert result.exit_code == 2
    assert "holds a sweep; give the lab a run" in result.stderr


def test_help_loads_no_library():
    code = (
        "import sys\nfrom steepest.cli.main import main\nsys.argv = ['steepest', 'lab', '--help']\n"
        "try: main()\nexcept SystemExit as exit: assert not exit.code\n"
        "assert not {'numpy', 'starlette', 'uvicorn', 'websockets', 'plotly'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
