"""The command line in this process, and in one of its own."""

import os
import subprocess
import sys
from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result

from steepest.cli.main import cli


@pytest.fixture
def steepest() -> Callable[..., Result]:
    """``steepest("run", "sphere")``: exit_code, stdout, stderr; an exception that gets out fails the test."""

    def call(*args: str) -> Result:
        result = CliRunner().invoke(cli, list(args))
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return call


@pytest.fixture
def refusal(steepest: Callable[..., Result]) -> Callable[..., str]:
    """The one sentence on standard error with which a command line is refused."""

    def call(*args: str) -> str:
        result = steepest(*args)
        assert result.exit_code == 2
        assert result.stdout == ""
        assert result.stderr.startswith("error: ")
        assert result.stderr.count("\n") == 1
        assert result.stderr.isascii()
        return result.stderr.removeprefix("error: ").rstrip("\n")

    return call


@pytest.fixture
def process() -> Callable[..., "subprocess.CompletedProcess[str]"]:
    """``python -m steepest`` with these arguments, in a process of its own."""

    def call(*args: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "steepest", *args]
        return subprocess.run(command, capture_output=True, text=True, env={**os.environ, **environment}, check=False)

    return call
