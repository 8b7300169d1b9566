"""The only way to JAX, an optional dependency: whether it is there, the module itself, double precision for a block."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from importlib.util import find_spec
from typing import Any

import numpy as np

from ...base.errors import MissingExtraError

__all__ = ["available", "jax_module", "x64"]


def available() -> bool:
    """Whether JAX can be imported, without importing it; False under STEEPEST_WITHOUT_JAX=1 (for tests)."""
    return os.environ.get("STEEPEST_WITHOUT_JAX") != "1" and _installed()


@lru_cache(maxsize=1)
def _installed() -> bool:
    """Looked up once: it reads folders."""
    return find_spec("jax") is not None


def jax_module(feature: str = "an automatic gradient") -> Any:
    """The module jax; MissingExtraError, naming the ``feature``, where it is not installed."""
    if not available():
        raise MissingExtraError(f'{feature} needs JAX: pip install "steepest[jax]"')
    if "jax" in sys.modules:
        return sys.modules["jax"]
    state = np.random.get_state()  # importing JAX draws from NumPy's global generator, which is the user's
    import jax

    np.random.set_state(state)
    return jax


@contextmanager
def x64() -> Iterator[None]:
    """Double precision in this thread for the length of the block; the process-wide switch stays as the user has it."""
    with jax_module().enable_x64(True):
        yield
