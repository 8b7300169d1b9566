"""``steepest explain``."""

import csv
import io
import json

import pytest

import steepest as package


@pytest.fixture
def saved(tmp_path):
    run = package.minimize(package.gallery.rosenbrock(), method="gradient_descent", learning_rate=1e-5, max_iter=300)
    return run, str(run.save(tmp_path / "run.npz"))


def test_it_says_why_and_what_to_try(steepest, saved):
    run, path = saved
    result = steepest("explain", path)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0] == "rosenbrock, 2 variables, start (-1.2, 1), gradient: exact"
    assert lines[2].startswith("MAX_ITER")
    why = run.explain()
    assert f"{why.verdict.upper()} ({why.confidence})" in lines
    assert any(line.startswith("  why     ") for line in lines)
    assert any(line.startswith("  try     ") for line in lines)
    assert result.stdout.isascii()


def test_json_is_the_explanation(steepest, saved):
    run, path = saved
    found = json.loads(steepest("explain", path, "--format", "json").stdout)
    wanted = run.explain().to_dict()
    assert found.keys() == wanted.keys()
    assert (found["verdict"], found["began"], found["evidence"]) == (
        wanted["verdict"], wanted["began"], wanted["evidence"],
    )  # fmt: skip


def test_csv_is_the_evidence(steepest, saved):
    _, path = saved
    result = steepest("explain", path, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert {"learning_rate", "largest_curvature"} <= {row["name"] for row in rows}
    assert float(next(row["value"] for row in rows if row["name"] == "learning_rate")) == 1e-5


def test_out_writes_json(steepest, saved, tmp_path):
    _, path = saved
    target = tmp_path / "why.json"
    result = steepest("explain", path, "--out", str(target))
    assert json.loads(target.read_text())["verdict"]
    assert result.stderr == f"wrote {target}\n"


def test_a_run_whose_problem_is_gone_says_so(steepest, tmp_path):
    run = package.minimize(lambda w: float(w @ w), [1.0, 2.0], grad=lambda w: 2 * w, learning_rate=1e-3, max_iter=100)
    result = steepest("explain", str(run.save(tmp_path / "run.npz")))
    assert "unseen" in result.stdout
    assert result.exit_code == 0


def test_what_is_no_run_is_refused(refusal, tmp_path):
    assert "is not a file" in refusal("explain", str(tmp_path / "none.npz"))
    sweep = package.sweep(package.gallery.sphere(), learning_rate=[0.1, 0.2], max_iter=3)
    path = tmp_path / "sweep.npz"
    sweep.save(path)
    assert "holds a sweep" in refusal("explain", str(path))
    assert "must end in .json" in refusal("explain", str(path), "--out", "x.txt")
