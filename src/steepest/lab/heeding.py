"""Runs that end when nobody waits for them any more, and say how far they have come."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from ..engines.task import given_up
from .work import Job

__all__ = ["heeding"]

SILENT = 0.7
"""Seconds before there is news of progress."""


@contextmanager
def heeding(job: Job, text: str = "") -> Iterator[None]:
    """Within, runs and sweeps end as by Ctrl-C once the job is cancelled, and what takes longer tells of its progress
    under ``text``, if there is one. Raises Dropped at the end of a job that was cancelled."""
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
