"""Progress on standard error: only where it is wanted, only once a run takes its time."""

import re
import sys
import types

import pytest

import steepest
from steepest.engines import session
from steepest.verbs.progress import bar


@pytest.fixture
def at_once(monkeypatch):
    monkeypatch.setattr(session, "PROGRESS_AFTER", 0.0)
    monkeypatch.setattr(session, "PROGRESS_EVERY", 0.0)


RUNS = [
    {"problem": steepest.gallery.rosenbrock()},
    {"problem": steepest.LinearModel([[1.0], [2.0]], [1.0, 2.0]), "batch_size": 1},
]


@pytest.mark.parametrize("terminal", [True, False])
@pytest.mark.parametrize("arguments", RUNS, ids=["iterations", "epochs"])
def test_progress_tells_rows_and_f_on_standard_error(arguments, terminal, at_once, capsys, monkeypatch):
    if terminal:
        monkeypatch.setenv("FORCE_COLOR", "1")
    run = steepest.minimize(**arguments, max_iter=50, learning_rate=1e-4, progress=True)
    out, err = capsys.readouterr()
    assert out == ""
    assert re.search(rf"{run.record.unit}\s+\d+\s+of\s+50,\s+f\s+\d", err)


@pytest.mark.parametrize("progress", [False, "auto"])
def test_no_progress_where_none_is_wanted_or_nobody_watches(progress, at_once, capsys):
    steepest.minimize(steepest.gallery.rosenbrock(), max_iter=50, learning_rate=1e-4, progress=progress)
    assert capsys.readouterr() == ("", "")


def test_a_quick_run_shows_nothing(capsys):
    steepest.minimize(steepest.gallery.rosenbrock(), max_iter=5, learning_rate=1e-4, progress=True)
    assert capsys.readouterr() == ("", "")


def test_auto_shows_in_terminals_and_notebooks(monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    assert bar("auto", "iteration") is not None
    monkeypatch.setattr(sys.stderr, "isatty", lambda: False, raising=False)
    assert bar("auto", "iteration") is None
    shell = types.SimpleNamespace(kernel=object())
    monkeypatch.setitem(sys.modules, "IPython", types.SimpleNamespace(get_ipython=lambda: shell))
    assert bar("auto", "iteration") is not None


def test_without_a_standard_error_there_is_no_progress(monkeypatch):
    monkeypatch.setattr(sys, "stderr", None)
    assert bar("auto", "iteration") is None


def test_progress_changes_no_bit(at_once):
    runs = [
        steepest.minimize(steepest.gallery.rosenbrock(), max_iter=50, learning_rate=1e-4, progress=progress)
        for progress in (True, False)
    ]
    assert (runs[0].history.w == runs[1].history.w).all()


@pytest.mark.parametrize("arguments", RUNS, ids=["iterations", "epochs"])
def test_a_callable_is_told_the_rows_and_f_as_they_are_recorded(arguments, at_once, capsys):
    told = []

    def tell(row, most, f):
        told.append((row, most, f))

    run = steepest.minimize(**arguments, max_iter=50, learning_rate=1e-4, progress=tell)
    assert told
    assert all(most == 50 and run.history.f[row] == f for row, most, f in told)
    assert capsys.readouterr() == ("", "")
