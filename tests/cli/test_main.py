"""The group of commands: what it lists, how it refuses, what it imports."""

import importlib.metadata
import shlex
import sys

import pytest

import steepest as package
from steepest import tutorial
from steepest.base import discovery
from steepest.cli.main import cli, main
from steepest.lab.serving import Lab

COMMANDS = discovery.names("steepest.cli.commands")


def test_every_file_in_commands_is_a_command_of_its_name(steepest):
    help = steepest("--help").stdout
    assert set(COMMANDS) >= {"tutorial", "run", "gallery", "methods"}
    for name in COMMANDS:
        assert cli.get_command(None, name).name == name
        assert f"\n  {name} " in help


def test_without_a_command_the_help_is_shown(steepest):
    bare, asked = steepest(), steepest("-h")
    assert bare.exit_code == asked.exit_code == 0
    assert bare.stdout == asked.stdout
    assert bare.stderr == ""


def test_version(steepest):
    assert steepest("--version").stdout == f"steepest {package.__version__}\n"


def test_entry_point_is_main():
    (entry,) = [e for e in importlib.metadata.entry_points(group="console_scripts") if e.name == "steepest"]
    assert entry.load() is main


def test_main_reads_the_process_arguments_and_exits(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["anything", "methods", "adam"])
    with pytest.raises(SystemExit) as exit:
        main()
    assert exit.value.code == 0
    assert capsys.readouterr().out.startswith("adam\n")


@pytest.mark.parametrize("name", COMMANDS)
def test_help_begins_with_an_example(steepest, name):
    lines = steepest(name, "--help").stdout.splitlines()
    assert lines[0].startswith(f"Usage: steepest {name}")
    assert lines[2].startswith(f"  steepest {name}")


def examples(text):
    return [line.strip() for line in text.splitlines() if line.startswith("  steepest ")]


@pytest.mark.parametrize("name", [None, *COMMANDS])
def test_examples_in_the_help_run(steepest, name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(vars(tutorial), "write_report", lambda out, *, say: tmp_path / "report.html")
    monkeypatch.setattr("webbrowser.open", lambda url: True)
    monkeypatch.setattr("steepest.lab.serving.Lab.run", Lab.close)
    found = examples(steepest(*([name] if name else []), "--help").stdout)
    assert found
    if name == "predict":
        steepest("train", "wine", "--save", "model.npz")
    if name == "explain":
        steepest("run", "rosenbrock", "--save", "run.npz")
    for example in found:
        assert steepest(*shlex.split(example)[1:]).exit_code == 0, example


def test_help_names_only_commands_that_exist(steepest):
    for text in (steepest("--help").stdout, *(steepest(name, "--help").stdout for name in COMMANDS)):
        words = " ".join(text.split())
        for follower in words.split("steepest ")[1:]:
            word = follower.split()[0].strip("'`,.;")
            assert word in (*COMMANDS, "[OPTIONS]"), follower


def test_unknown_commands_are_answered_with_the_right_one(refusal):
    assert refusal("rnu") == "'rnu' is no command; did you mean 'run'?"
    assert refusal("rosenbrock") == "'rosenbrock' is no command; did you mean 'steepest run rosenbrock'?"
    assert refusal("qqq") == (
        "'qqq' is no command; there are compare, explain, gallery, lab, methods, predict, run, sweep, train and "
        "tutorial"
    )


def test_clicks_own_complaints_are_one_sentence(refusal):
    assert refusal("run") == "missing argument 'PROBLEM'; see steepest run --help"
    assert refusal("run", "sphere", "more") == "got unexpected extra argument (more); see steepest run --help"
    assert "--format" in refusal("gallery", "--format", "xml")
    assert "--nope" in refusal("--nope")


def test_a_lack_of_memory_is_one_sentence(refusal, monkeypatch):
    def fails(*args, **kwargs):
        raise MemoryError("Unable to allocate 7 TiB")

    monkeypatch.setattr("steepest.verbs.minimizing.minimize", fails)
    assert refusal("run", "sphere") == "there is not enough memory: Unable to allocate 7 TiB"


def test_an_error_of_the_system_is_one_sentence(refusal, monkeypatch):
    def fails(*args, **kwargs):
        raise PermissionError(13, "Permission denied", "some/file")

    monkeypatch.setattr("steepest.verbs.minimizing.minimize", fails)
    assert refusal("run", "sphere") == "some/file cannot be used: Permission denied"


def test_a_bug_is_not_disguised(steepest, monkeypatch):
    def fails(*args, **kwargs):
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr("steepest.verbs.minimizing.minimize", fails)
    with pytest.raises(ZeroDivisionError):
        steepest("run", "sphere")


def test_interrupt_before_there_is_a_run(steepest, monkeypatch):
    def fails(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr("steepest.verbs.minimizing.minimize", fails)
    result = steepest("run", "sphere")
    assert (result.exit_code, result.stdout) == (130, "")
    assert "interrupted" in result.stderr
