"""``steepest tutorial``: the command around the report (the report has its own tests)."""

import webbrowser
from pathlib import Path

import pytest

from steepest import tutorial


@pytest.fixture
def calls(monkeypatch):
    """Stands in for the report: what it was asked for."""
    asked = []

    def write_report(out="steepest-tutorial", *, say=None):
        asked.append(out)
        say("1/2 the function")
        say("2/2 the digits")
        return Path(out) / "report.html"

    monkeypatch.setitem(vars(tutorial), "write_report", write_report)
    return asked


@pytest.fixture
def opened(monkeypatch):
    urls = []
    monkeypatch.setattr(webbrowser, "open", lambda url: urls.append(url) or True)
    return urls


def test_prints_the_path_and_tells_each_part(steepest, calls, opened, tmp_path):
    result = steepest("tutorial", "--out", str(tmp_path / "a" / "b"))
    assert result.exit_code == 0
    assert result.stdout == f"{tmp_path / 'a' / 'b' / 'report.html'}\n"
    assert result.stderr == "1/2 the function\n2/2 the digits\n"
    assert opened == []


def test_the_folder_is_steepest_tutorial_by_default(steepest, calls, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    steepest("tutorial")
    assert calls == ["steepest-tutorial"]


def test_open_shows_it_in_the_browser(steepest, calls, opened, tmp_path):
    result = steepest("tutorial", "--open", "--out", str(tmp_path))
    assert opened == [(tmp_path / "report.html").as_uri()]
    assert "browser" not in result.stderr


@pytest.mark.parametrize("answer", [False, OSError("no display"), webbrowser.Error("none")])
def test_without_a_browser_the_command_succeeds_all_the_same(steepest, calls, tmp_path, monkeypatch, answer):
    def fails(url):
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(webbrowser, "open", fails)
    result = steepest("tutorial", "--open", "--out", str(tmp_path))
    assert result.exit_code == 0
    assert f"open {tmp_path / 'report.html'} yourself" in result.stderr


def test_a_folder_that_cannot_be_written_is_refused_first(refusal, calls, tmp_path):
    (tmp_path / "file").write_text("x")
    assert "it is a file" in refusal("tutorial", "--out", str(tmp_path / "file"))
    assert "cannot be written to" in refusal("tutorial", "--out", str(tmp_path / "file" / "inside"))
    assert calls == []
