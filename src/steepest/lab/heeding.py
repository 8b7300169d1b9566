"""Work that ends when nobody waits for it any more, and says how far it has come."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from ..engines.task import announce, given_up
from .work import Job

__all__ = ["announcing", "heeding"]

SILENT = 0.7
"""Seconds before there is news of progress."""


@contextmanager
def heeding(job: Job, text: str = "") -> Iterator[None]:
    """Within, runs, sweeps and animations end as by Ctrl-C once the job is cancelled, and what takes longer tells of
    its progress under ``text``, if there is one. Raises Dropped at the end of a job that was cancelled. What is to be
    kept beyond the ask must not be made within: a run that ended early looks like any other."""
    loud = time.perf_counter() + SILENT

    def asked(done: float) -> bool:
        if text and time.perf_counter() > loud:
            job.progress(done, text)
        return job.cancelled()

    token = given_up.set(asked)
    try:
        yield
    except KeyboardInterrupt:  # before there was a row
        job.stop_if_cancelled()
        raise
    finally:
        given_up.reset(token)
    job.stop_if_cancelled()


@contextmanager
def announcing(job: Job, method: str) -> Iterator[None]:
    """Within, the page is told where a run of ``method`` waits for its kernel to be compiled."""
    name = method.replace("_", " ")
    token = announce.set(lambda text: job.progress(0.0, f"compiling the first run of {name} (once)"))
    try:
        yield
    finally:
        announce.reset(token)
