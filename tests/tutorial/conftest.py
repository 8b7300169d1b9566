"""What the tutorial's tests share: the traced numbers of the article's own program, its data, one written report."""

import json
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
    """One report for all tests, into a folder that already holds a report's file and one of the user's."""
    folder = tmp_path_factory.mktemp("tutorial") / "new" / "report"
    (folder / "figures").mkdir(parents=True)
    (folder / "report.html").write_text("an old one")
    (folder / "figures" / "mine.txt").write_text("mine")
    lines: list[str] = []
    before = np.random.get_state(legacy=False)
    page = write_report(folder, say=lines.append)
    return Written(folder, page, lines, before, np.random.get_state(legacy=False))
