"""``steepest --help``, a whole process, against starting Python with what it must at least load."""

import shutil
import sys
import sysconfig
from collections.abc import Iterator

from ..harness import SHARE, Row, not_installed, paired, process

WHAT, PEER = "steepest --help, the whole process", 'python -c "import click, numpy"'


def rows(quick: bool) -> Iterator[Row]:
    command = shutil.which("steepest", path=sysconfig.get_path("scripts"))
    if command is None:
        yield not_installed(WHAT, PEER, "the steepest command")
        return
    ours, peer = process([command, "--help"]), process([sys.executable, "-c", "import click, numpy"])
    yield Row(WHAT, PEER, paired(ours, peer, 2 if quick else 31), SHARE, 1.0)
