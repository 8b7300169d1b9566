"""Functions as their users write them, differentiated and compiled: the whole call of ``minimize``, every row kept,
against an expert's scan, a loop over a jitted step of optax, and the article's loop. Heavy ball."""

import os
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import steepest

from .. import peers
from ..harness import FASTER, Figure, Row, agree, installed, not_installed, paired, process, repeated, seconds_of

ROOT = Path(__file__).parents[2]
SCAN, OPTAX, ARTICLE = "hand-written jitted scan", "optax, a loop over a jitted step", "the article's loop"
OF_ALLOWED = Figure(lambda ours, peer: ours / (1.3 * peer + 2e-3), "<=", "ratio")
"""Our time as a share of what a call may take: 1.3 times the scan and 2 ms."""
OF_FIRST_ALLOWED = Figure(lambda ours, peer: ours / (1.5 * peer + 0.1), "<=", "ratio")
"""The same of a first call: 1.5 times the hand-written one and 0.1 s."""
CALLS = 5
"""Of the quick sides in a row, in each pair."""

FIRST = """
import sys
import time
import jax
import numpy as np
import steepest
from benchmarks import peers
from benchmarks.rows import functions
steepest.minimize  # imports on use
given = peers.problem(sys.argv[2])
with jax.enable_x64(True):
    np.asarray(jax.jit(lambda x: x + 1.0)(1.0))
began = time.perf_counter()
functions.ours(given) if sys.argv[1] == "ours" else peers.scan(given)()
print(time.perf_counter() - began)
"""
"""A process's first call: imports done, JAX started, nothing of the function traced or compiled."""


def ours(given: peers.Problem) -> Any:
    return steepest.minimize(
        given.f, given.w0, "momentum", learning_rate=given.rate, momentum=peers.MOMENTUM, max_iter=given.steps,
        grad_tol=None, record=("w", "f"),
    )  # fmt: skip


def rows(quick: bool) -> Iterator[Row]:
    for name in peers.NAMES:
        if installed("jax"):
            yield from of_problem(peers.problem(name), name, quick)
        else:
            yield not_installed(f"{name}, heavy ball, path kept", SCAN, "jax")


def of_problem(given: peers.Problem, name: str, quick: bool) -> Iterator[Row]:
    what = f"{given.what}, {given.steps:,} steps, path kept"
    mine, scan, loop = partial(ours, given), peers.scan(given), peers.article_loop(given)
    history = mine().history
    agreed(history, scan)
    yield Row(
        f"{what}, of the allowed 1.3 x + 2 ms", SCAN, paired(several(mine), several(scan), 3 if quick else 31),
        OF_ALLOWED, 1.0, note=f"ours and the scan are {CALLS} calls in a row in each pair",
    )  # fmt: skip
    others = [(ARTICLE, loop)]
    if installed("optax"):
        others.insert(0, (OPTAX, peers.optax_loop(given)))
    else:
        yield not_installed(what, OPTAX, "optax")
    for peer, work in others:
        agreed(history, work)
        pairs = paired(several(mine), seconds_of(work), 2 if quick else 9)
        yield Row(what, peer, pairs, FASTER, 15.0, note=bound(given, peer, scan, work))
    command = [sys.executable, "-c", FIRST]
    environment = {"PYTHONPATH": os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))}
    first = [process([*command, side, name], reports=True, environment=environment) for side in ("ours", "peer")]
    yield Row(
        f"{given.what}, a process's first call, of the allowed 1.5 x + 0.1 s", f"{SCAN}'s first call",
        paired(first[0], first[1], 1 if quick else 7), OF_FIRST_ALLOWED, 1.0,
        note="first calls are timed inside fresh processes, the imports done and JAX started",
    )  # fmt: skip


def several(work: Callable[[], object]) -> Callable[[], float]:
    return seconds_of(repeated(work, CALLS), CALLS)


def agreed(history: Any, peer: Callable[[], peers.Path]) -> None:
    w, f = peer()
    agree(peers.flat(history.w), w)
    agree(history.f, f)


def bound(given: peers.Problem, peer: str, scan: Callable[[], object], work: Callable[[], object]) -> str:
    """What even the scan reaches against this peer: no more than that is to be had."""
    reached = Row("", "", paired(several(scan), seconds_of(work), 3), FASTER).median
    return f"{given.what}: the scan itself is {reached:.3g} times as fast as {peer}"
