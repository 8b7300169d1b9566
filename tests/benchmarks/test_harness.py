"""The benchmark harness: its statistics on timers of known seconds, its verdicts, and one cheap row from end to end."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def harness(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT))
    from benchmarks import harness

    return harness


def timer(seconds):
    values = iter(seconds)
    return lambda: next(values)


def test_pairs_are_taken_in_turns_and_the_first_is_thrown_away(harness):
    order = []
    ours = lambda: order.append("A") or 1.0  # noqa: E731
    peer = lambda: order.append("B") or 2.0  # noqa: E731
    assert harness.paired(ours, peer, 2) == [(1.0, 2.0), (1.0, 2.0)]
    assert order == ["A", "B"] * 3


def test_the_median_is_of_the_ratios_of_pairs(harness):
    pairs = harness.paired(timer([9, 1, 2, 10]), timer([9, 3, 10, 20]), 3)
    row = harness.Row("what", "peer", pairs, required=3.0)
    assert row.figures == [3.0, 5.0, 2.0]
    assert row.median == 3.0
    assert row.quartiles == (2.5, 4.0)
    assert row.met


@pytest.mark.parametrize(
    ("figure", "required", "met"),
    [("FASTER", 2.0, True), ("FASTER", 2.1, False), ("SHARE", 0.5, True), ("SHARE", 0.4, False),
     ("EXCESS", -1.0, True), ("EXCESS", -1.5, False), ("SHARE", None, None)],
)  # fmt: skip
def test_verdicts(harness, figure, required, met):
    row = harness.Row("what", "peer", [(1.0, 2.0)], getattr(harness, figure), required)
    assert row.met is met
    assert (row.verdict == "NOT MET") is (met is False)


def test_a_missing_peer_is_said_and_judged_by_nobody(harness):
    row = harness.not_installed("what", "jitted scan", "jax")
    assert row.met is None
    assert "jitted scan: jax is not installed" in harness.table([row])


def test_both_sides_must_do_the_same_work(harness):
    harness.agree([1.0, 2.0], [1.0, 2.0 + 1e-12])
    with pytest.raises(RuntimeError, match="do not do the same work"):
        harness.agree([1.0, 2.0], [1.0, 2.1])


def test_one_row_from_end_to_end(tmp_path):
    out = tmp_path / "rows.json"
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "drop_in", "--quick", "--out", str(out)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode in (0, 1), done.stderr
    measured = json.loads(out.read_text())
    assert measured["quick"] is True
    assert {row["group"] for row in measured["rows"]} == {"drop_in"}
    assert all(len(row["pairs"]) >= 1 for row in measured["rows"])
    assert "article" in done.stdout or "drop" in done.stdout


def test_a_row_that_fails_ends_its_file_and_not_the_table(harness, monkeypatch, capsys):
    from benchmarks import __main__ as table

    class Broken:
        @staticmethod
        def rows(quick):
            yield harness.Row("first", "peer", [(1.0, 2.0)], required=1.0)
            harness.agree([1.0], [2.0])

    monkeypatch.setattr(table.importlib, "import_module", lambda name: Broken)
    first, second = table.measure("broken", quick=True)
    assert first.met
    assert second.met is False
    assert "do not do the same work" in harness.table([first, second])
    assert table.summary([first, second]).startswith("1 of 2 requirements met; NOT MET: broken, a row of this file")
    assert second.data()["met"] is False
    assert "agree" in capsys.readouterr().err
