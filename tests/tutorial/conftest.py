"""What the tutorial's tests share: the traced numbers of the article's own program, its data, one written report."""

import json
import os
import pickle
import time
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from steepest import datasets
from steepest.tutorial import write_report


@pytest.fixture(scope="session")
def reference() -> dict[str, Any]:
    """seed_numbers.json: the article's program, run unchanged and traced; numbers as texts of 17 digits."""
    return json.loads(Path(__file__).with_name("seed_numbers.json").read_text())


@pytest.fixture(scope="session")
def digits():
    return datasets.digits(classes=(0, 1), bias=True)


class Written(NamedTuple):
    """A report in ``folder``, what it said on the way, and NumPy's global generator before and after."""

    folder: Path
    page: Path
    lines: list[str]
    before: dict[str, Any]
    after: dict[str, Any]

    @property
    def results(self) -> dict[str, Any]:
        return json.loads((self.folder / "results.json").read_text())


@pytest.fixture(scope="session")
def written(tmp_path_factory) -> Written:
    """One report for all tests, which the first worker that needs it writes and the others wait for."""
    base = tmp_path_factory.getbasetemp()
    place = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    made = place / "report.pickle"
    try:
        (place / "new").mkdir()
    except FileExistsError:
        while not made.exists():
            time.sleep(0.05)
        found = pickle.loads(made.read_bytes())
    else:
        try:
            found = new_report(place / "new" / "report")
        except Exception as error:
            found = error
        (place / "report.part").write_bytes(pickle.dumps(found))
        (place / "report.part").replace(made)
    if isinstance(found, Exception):
        raise found
    return found


def new_report(folder: Path) -> Written:
    """A report into a folder that already holds a report's file and one of the user's."""
    (folder / "figures").mkdir(parents=True)
    (folder / "report.html").write_text("an old one")
    (folder / "figures" / "mine.txt").write_text("mine")
    lines: list[str] = []
    before = np.random.get_state(legacy=False)
    page = write_report(folder, say=lines.append)
    return Written(folder, page, lines, before, np.random.get_state(legacy=False))
