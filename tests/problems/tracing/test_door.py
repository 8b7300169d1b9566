"""Whether JAX is there, and double precision inside a block only."""

import importlib.util
import os
import subprocess
import sys

import numpy as np
import pytest

from steepest.base.errors import MissingExtraError
from steepest.problems.tracing import door
from steepest.problems.tracing.traced import trace


def test_without_jax_the_sentence_holds_the_pip_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STEEPEST_WITHOUT_JAX", "1")
    assert not door.available()
    with pytest.raises(MissingExtraError, match=r'an automatic gradient needs JAX: pip install "steepest\[jax\]"'):
        trace(lambda w: w @ w, np.ones(2))


def test_asking_whether_jax_is_there_does_not_import_it() -> None:
    program = (
        "import sys; from steepest.problems.tracing import door, traced, purity, rewriting; found = door.available();"
        "assert 'jax' not in sys.modules; print(found)"
    )
    environment = {**os.environ, "STEEPEST_WITHOUT_JAX": "0"}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environment, check=True)
    assert done.stdout.strip() == str(importlib.util.find_spec("jax") is not None)


def test_double_precision_ends_with_the_block() -> None:
    jax = pytest.importorskip("jax")
    with door.x64():
        assert jax.numpy.ones(3).dtype == np.float64
    assert jax.numpy.ones(3).dtype == np.float32
