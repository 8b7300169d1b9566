"""The documentation is executed: Python blocks run (those with >>> must print what they show), commands print what
they show, and links inside the repository lead somewhere."""

import doctest
import importlib.util
import re
import shlex
from pathlib import Path

import matplotlib as mpl
import pytest
from click.testing import CliRunner

import steepest
from steepest.cli.main import cli

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("benchmarks/*.md")])
DURATION = re.compile(r"\b\d+(\.\d+)?(e-?\d+)? (ms|s)\b")


def blocks(page: Path, language: str) -> list[str]:
    text = page.read_text(encoding="utf-8")
    found = re.findall(rf"^( *)```{language}\n(.*?)^\1```", text, re.DOTALL | re.MULTILINE)
    return [re.sub(rf"^{indent}", "", body, flags=re.MULTILINE) for indent, body in found]


def ids(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """Examples may write files: they do it in a folder of their own."""
    monkeypatch.chdir(tmp_path)
    mpl.use("Agg")


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_python_examples(page, elsewhere):
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    names = {"__name__": "example"}
    for k, block in enumerate(blocks(page, "python")):
        if ">>>" in block:
            test = doctest.DocTestParser().get_doctest(block, names, f"{page.name}[{k}]", str(page), 0)
            lines = []
            runner.run(test, out=lines.append, clear_globs=False)
            names.update(test.globs)
            assert runner.failures == 0, "".join(lines)
        else:
            exec(compile(block, f"{page.name}[{k}]", "exec"), names)


def masked(text: str) -> list[str]:
    lines = [DURATION.sub("0 s", line.rstrip()) for line in text.strip().splitlines()]
    return [line for line in lines if line]


@pytest.mark.parametrize("page", [p for p in PAGES if blocks(p, "console")], ids=ids)
def test_commands(page, elsewhere):
    for block in blocks(page, "console"):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, shown = part.partition("\n")
            words = shlex.split(command)
            assert words[0] == "steepest", f"{page.name}: only steepest's own commands are shown: {command}"
            done = CliRunner().invoke(cli, words[1:], env={"COLUMNS": "120"})
            if not shown.strip():
                assert done.exit_code == 0, done.stderr
                continue
            printed, wanted = masked(done.stdout + done.stderr), masked(shown)
            if "..." in wanted:
                head = wanted.index("...")
                tail = len(wanted) - head - 1
                printed = [*printed[:head], "...", *printed[len(printed) - tail :]]
            assert printed == wanted, f"{page.name}: {command}"


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8")):
        if not target.startswith(("http://", "https://")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_front_door_is_two_single_lines():
    lines = [line for line in (ROOT / "README.md").read_text().splitlines() if line.startswith("python3 -m venv")]
    assert len(lines) == 2
    assert "tutorial" in lines[0]
    assert "pytest" in lines[1]
    script = (ROOT / ".ci" / "run").read_text()
    assert "README.md" in script


def test_the_page_of_methods_is_what_the_rules_say():
    spec = importlib.util.spec_from_file_location("make_methods", ROOT / "docs" / "make_methods.py")
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    assert maker.PAGE.read_text(encoding="ascii") == maker.page(), "run python docs/make_methods.py"
    assert len(steepest.methods.names()) == 31, "the README says how many"
