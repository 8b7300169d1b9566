"""The notebook and the script: the same cells, public names only, and both run."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

import steepest
from steepest import tutorial
from steepest.tutorial.cells import CELLS
from steepest.tutorial.notebook import notebook, script

EXECUTE = """
import sys, nbformat
from nbclient import NotebookClient
book = nbformat.read(sys.argv[1], as_version=4)
NotebookClient(book, timeout=300, kernel_name="python3").execute()
nbformat.write(book, sys.argv[2])
"""


def environment(tmp_path: Path) -> dict[str, str]:
    """Without what a developer's own settings would change."""
    kept = {name: value for name, value in os.environ.items() if name not in ("MPLBACKEND", "PYTHONWARNINGS")}
    return kept | {"IPYTHONDIR": str(tmp_path / "ipython"), "JUPYTER_RUNTIME_DIR": str(tmp_path / "runtime")}


def test_is_a_valid_notebook_of_at_most_fifteen_code_cells():
    book = nbformat.reads(notebook(), as_version=4)
    nbformat.validate(book)
    assert (book.nbformat, book.nbformat_minor) == (4, 5)
    code = [cell for cell in book.cells if cell.cell_type == "code"]
    assert 10 <= len(code) <= 15
    assert all(cell.execution_count is None and cell.outputs == [] for cell in code)
    assert len({cell.id for cell in book.cells}) == len(book.cells)


def test_notebook_and_script_are_the_same_cells():
    cells = json.loads(notebook())["cells"]
    assert ["".join(cell["source"]) for cell in cells] == [cell.source for cell in CELLS]
    text = script()
    for cell in CELLS:
        if cell.kind == "code":
            assert f"# %%\n{cell.source}\n" in text


def test_only_public_names_are_used():
    roots = {"steepest": steepest, "tutorial": tutorial}
    used = set()
    for node in ast.walk(ast.parse(script())):
        if isinstance(node, ast.ImportFrom):
            assert node.module == "steepest"
            assert {alias.name for alias in node.names} == {"tutorial"}
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in roots:
            used.add((node.value.id, node.attr))
            assert node.attr in roots[node.value.id].__all__
    assert {("steepest", "minimize"), ("steepest", "LinearModel"), ("tutorial", "gradient_descent")} <= used


def test_the_script_runs_without_a_window_and_without_a_warning(tmp_path):
    (tmp_path / "tutorial.py").write_text(script(), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-W", "error", "tutorial.py"], cwd=tmp_path, capture_output=True, text=True, timeout=300,
        env=environment(tmp_path) | {"MPLBACKEND": "Agg"}, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "momentum 0.0  stochastic  rows 54  f 2.1161  errors 0.35 and 1.39 %" in done.stdout
    assert "curvature L = 811563.4" in done.stdout
    assert "DIVERGED at iteration" in done.stdout


@pytest.fixture(scope="session")
def executed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("notebook")
    (folder / "tutorial.ipynb").write_text(notebook(), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", EXECUTE, "tutorial.ipynb", "executed.ipynb"], cwd=folder, capture_output=True, text=True,
        timeout=400, env=environment(folder), check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return nbformat.read(folder / "executed.ipynb", as_version=4)


def test_the_notebook_runs_and_shows_its_figures(executed):
    outputs = [output for cell in executed.cells for output in cell.get("outputs", [])]
    assert not [output for output in outputs if output.output_type == "error"]
    assert sum("image/png" in output.get("data", {}) for output in outputs) >= 9
    assert all(cell.outputs for cell in executed.cells if cell.cell_type == "code")


def test_the_notebook_gives_the_articles_counts(executed):
    printed = "".join(
        output.text for cell in executed.cells for output in cell.get("outputs", []) if output.output_type == "stream"
    )
    for rows, f in ((53, 2.1235), (54, 2.1161), (46, 1.8676), (38, 1.9568), (52, 1.5885), (17, 1.6682)):
        assert f"rows {rows}  f {f}" in printed
