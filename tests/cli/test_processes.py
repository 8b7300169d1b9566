"""The command line as a process: what it imports, pipes, locales, Ctrl-C."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import steepest as package

HEAVY = [
    "numpy", "scipy", "jax", "numba", "sklearn", "pandas", "matplotlib", "starlette", "plotly", "pyarrow", "rich",
]  # fmt: skip
COMMAND = [sys.executable, "-m", "steepest"]


def loaded_by(code):
    """Which of the heavy libraries a process has loaded after running ``code``."""
    show = f"\nimport sys; print(*[name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code + show], capture_output=True, text=True, check=True)
    return done.stderr.split()


def calling(*args):
    return f"import sys\nfrom steepest.cli.main import main\nsys.argv = ['steepest', *{args!r}]\n" + (
        "try: main()\nexcept SystemExit as exit: assert not exit.code"
    )


def test_importing_the_package_loads_no_library():
    assert loaded_by("import steepest") == []


@pytest.mark.parametrize(
    "args", [["--help"], ["--version"], [], ["run", "--help"], ["gallery", "--help"], ["methods", "--help"],
             ["tutorial", "--help"]],
)  # fmt: skip
def test_help_loads_no_library(args):
    assert loaded_by(calling(*args)) == []


def test_help_imports_no_method():
    code = calling("--help") + "\nassert not [m for m in sys.modules if m.startswith('steepest.methods.')]"
    assert loaded_by(code) == []


def test_a_run_loads_no_drawing_and_no_frames():
    assert set(loaded_by(calling("run", "sphere"))).isdisjoint({"matplotlib", "pandas", "pyarrow", "rich", "jax"})


def test_exit_codes(process, tmp_path):
    codes = {
        ("run", "sphere", "--fail"): 0,
        ("run", "rosenbrock", "--max-iter", "2"): 0,
        ("run", "rosenbrock", "--max-iter", "2", "--fail"): 1,
        ("run", "nothing"): 2,
        ("run", "sphere", "--save", str(tmp_path / "no" / "run.npz")): 2,
        ("nothing",): 2,
    }
    for args, code in codes.items():
        done = process(*args)
        assert done.returncode == code, args
        assert "Traceback" not in done.stderr


def test_the_module_and_the_script_are_one(process):
    script = Path(sys.executable).with_name("steepest")
    done = subprocess.run([script, "methods"], capture_output=True, text=True, check=True)
    assert process("methods").stdout == done.stdout


def closed_pipe(*args):
    """Runs a command whose reader has left before it writes: exit code and standard error."""
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run([*COMMAND, *args], stdout=writing, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writing)
    return done.returncode, done.stderr


@pytest.mark.parametrize("args", [["gallery"], ["--help"], ["methods", "adam"], ["run", "sphere"]])
def test_a_closed_pipe_ends_quietly(args):
    assert closed_pipe(*args) == (0, "")


def test_behind_a_closed_pipe_the_run_is_saved_all_the_same(tmp_path):
    path = tmp_path / "run.npz"
    code, err = closed_pipe("run", "rosenbrock", "--format", "csv", "--save", str(path))
    assert code == 0
    assert err.endswith(f"saved {path}\n")
    assert package.load(path).success


def test_a_full_disk_is_one_sentence_and_the_run_is_saved(tmp_path):
    full, path = Path("/dev/full"), tmp_path / "run.npz"
    if not full.exists():  # a device of Linux: elsewhere a folder opened for reading cannot be written to either
        full = tmp_path
    descriptor = os.open(full, os.O_WRONLY if full.name == "full" else os.O_RDONLY)
    done = subprocess.run(
        [*COMMAND, "run", "sphere", "--save", str(path)], stdout=descriptor, stderr=subprocess.PIPE, text=True,
        check=False,
    )  # fmt: skip
    os.close(descriptor)
    assert done.returncode == 2
    assert "error: standard output cannot be written: " in done.stderr
    assert "Traceback" not in done.stderr
    assert package.load(path).success


ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii"}


def test_output_is_ascii_and_needs_no_utf8(process):
    for args in (["run", "rastrigin", "--starts", "3"], ["gallery"], ["methods"], ["gallery", "ackley"]):
        done = process(*args, **ASCII)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.isascii()


def test_a_file_name_that_the_locale_lacks_is_written_as_escapes(process, tmp_path):
    name = tmp_path / "na\u00efve.npz"
    done = process("run", "sphere", "--save", str(name), PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert done.stderr.endswith("saved " + str(name).replace("\u00ef", "\\xef") + "\n")
    assert name.exists()


WATCHED = """
import sys
from steepest.cli.main import main
from steepest.engines.session import Session

def store(session, *args, store=Session.store):
    first = session.rows == 0
    store(session, *args)
    if first:
        print("descending", file=sys.stderr, flush=True)

Session.store = store
sys.argv = ["steepest", *sys.argv[1:]]
main()
"""
"""The command line, with a line on standard error once the first rows are kept."""


def test_ctrl_c_shows_and_saves_what_was_done(tmp_path):
    path = tmp_path / "run.npz"
    endless = ["run", "rosenbrock", "--lr", "1e-9", "--max-iter", "1000000000", "--record", "1000", "--save", str(path)]
    with subprocess.Popen(
        [sys.executable, "-c", WATCHED, *endless], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stderr.readline() == "descending\n"
        running.send_signal(signal.SIGINT)
        out, err = running.communicate()
    assert running.returncode == 130
    assert "INTERRUPTED after " in out
    assert "what was done is kept" in out
    assert err == f"saved {path}\n"
    loaded = package.load(path)
    assert loaded.outcome is package.Outcome.INTERRUPTED
    assert loaded.history.w[0].tolist() == [-1.2, 1.0]
