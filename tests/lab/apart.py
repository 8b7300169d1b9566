"""The lab as a process of its own, as ``steepest lab`` starts it: what it prints, how much memory it takes."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile
from functools import cached_property
from pathlib import Path

import pytest

from .conftest import Line, Visitor

COMMAND = (sys.executable, "-m", "steepest", "lab", "--no-open")
MEGABYTE = 1_000_000

weighed = pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="no /proc here: how much memory a process takes was not looked at"
)


class Apart:
    """``address`` is the line that was printed; ``said()`` what came on standard error so far. ``folder`` is where it
    puts temporary files."""

    def __init__(self, port=0, folder=None):
        self.folder = folder
        environment = os.environ if folder is None else os.environ | {"TMPDIR": str(folder)}
        self._err = tempfile.TemporaryFile("w+")  # noqa: SIM115  closed with the process
        self.process = subprocess.Popen(
            (*COMMAND, "--port", str(port)), stdout=subprocess.PIPE, stderr=self._err, text=True,
            env=environment, start_new_session=True,
        )  # fmt: skip
        self.address = self.process.stdout.readline().strip()
        self.host, self.port, self.token = re.fullmatch(r"http://(.+):(\d+)/#token=(.+)", self.address).groups()
        self.port = int(self.port)

    @cached_property
    def visitor(self):
        """Whoever opened the printed address."""
        return Visitor(self).enter(self.token)

    def said(self):
        self._err.seek(0)
        return self._err.read()

    def memory(self, what="VmRSS"):
        """Bytes in use now; with "VmHWM" at the most so far."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return 1024 * int(re.search(rf"{what}:\s+(\d+)", status)[1])

    def disk(self):
        """Bytes of what the lab keeps in its folder."""
        total = 0
        for path in self.folder.glob("steepest-lab-*/*"):
            with contextlib.suppress(FileNotFoundError):  # deleted meanwhile
                total += path.stat().st_size
        return total

    def interrupt(self, number=signal.SIGINT):
        """Ctrl-C; the exit code, and what more was printed on standard output."""
        self.process.send_signal(number)
        out, _ = self.process.communicate(timeout=120)
        return self.process.returncode, out

    def close(self):
        if "visitor" in vars(self):
            self.visitor.close()
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()
        self._err.close()


class Asking:
    """One page of a lab apart: asks in turn, under numbers of their own."""

    def __init__(self, socket):
        self.line, self.count = Line(socket), 0

    def ask(self, name, /, **arguments):
        """The answer; also one under no number, to a message that could not be read."""
        self.count += 1
        self.line.send(**{**arguments, "id": self.count, "ask": name})
        while "progress" in (answer := self.line.read()):
            pass
        assert answer["id"] in (self.count, None)
        return answer


def is_sentence(text):
    """Whether an error is one sentence for the user, not a fault of the lab."""
    return bool(text) and len(text) < 2000 and "\n" not in text and "by a fault of its own" not in text
