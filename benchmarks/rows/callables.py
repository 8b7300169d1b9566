"""Opaque callables: what an iteration costs beyond calling f and its gradient. Heavy ball, two variables."""

import functools
from collections.abc import Iterator

import numpy as np

import steepest

from ..article import full_batch
from ..harness import EXCESS, SHARE, Row, agree, busy_seconds_of, paired

W0 = np.array([1.0, 1.0])
RATE, MOMENTUM = 1e-9, 0.9
"""So small that no run of a million iterations comes to its end before."""


def f(w):
    return w[0] * w[0] + w[1] * w[1]


def gradient(w):
    return 2.0 * w


def ours(count, **options):
    return steepest.minimize(
        f, W0, "momentum", grad=gradient, learning_rate=RATE, momentum=MOMENTUM, max_iter=count, **options
    )


def bare(count):
    """The callables alone, as often as a run calls them."""
    w = W0
    for _ in range(count):
        f(w)
        gradient(w)


def article(count):
    return full_batch(count, W0, lambda w, _: f(w), lambda w, _: gradient(w), [], RATE, MOMENTUM)


def rows(quick: bool) -> Iterator[Row]:
    few = 500
    mine = ours(few, grad_tol=None).history
    for column, theirs in zip((mine.w, mine.f[:, None]), article(few), strict=True):
        agree(column, theirs, 1e-14)
    count, pairs = (5_000, 3) if quick else (50_000, 31)
    alone = busy_seconds_of(lambda: bare(count), count)
    for what, options, required in (("grad_tol=None", {"grad_tol": None}, 2.5e-6), ("the defaults", {}, 3.5e-6)):
        timed = busy_seconds_of(functools.partial(ours, count, **options), count)
        yield Row(
            f"opaque f and gradient, an iteration, {what}", "f and gradient alone", paired(timed, alone, pairs), EXCESS,
            required,
        )  # fmt: skip
    for length, pairs in ((1_000, 2 if quick else 15), (2_000 if quick else 20_000, 2 if quick else 5)):
        timed = [busy_seconds_of(functools.partial(work, length), length) for work in (ours, article)]
        yield Row(
            f"opaque f and gradient, an iteration of {length:,}", "the article's loop", paired(*timed, pairs),
            note="the article stacks its record anew at every row, so its iterations cost more the longer the run",
        )  # fmt: skip
    short, long, pairs = (1_000, 10_000, 2) if quick else (10_000, 1_000_000, 5)
    yield Row(
        f"opaque f and gradient, an iteration of {long:,}", f"ours, of {short:,}",
        paired(busy_seconds_of(lambda: ours(long), long), busy_seconds_of(lambda: repeated(short), 10 * short), pairs),
        SHARE, 1.3,
    )  # fmt: skip


def repeated(count):
    for _ in range(10):
        ours(count)
