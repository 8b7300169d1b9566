"""Threads over fixed blocks of rows: nogil kernels in a thread pool, partial sums added in block order.

Numba's own ``parallel=True`` is not used: it aborts when called from several Python threads and hangs after a fork.
"""

import contextlib
import contextvars
import os
import threading
from concurrent.futures import ThreadPoolExecutor

__all__ = ["each_part", "limit", "threads"]

_limit = contextvars.ContextVar("steepest_threads", default=0)
_pools: dict[tuple[int, int], ThreadPoolExecutor] = {}
_lock = threading.Lock()


def threads():
    """How many threads a run may use: ``limit``, else STEEPEST_NUM_THREADS, else the processors of this process."""
    if chosen := _limit.get():
        return chosen
    if (named := os.environ.get("STEEPEST_NUM_THREADS", "")).isdigit() and int(named) > 0:
        return int(named)
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextlib.contextmanager
def limit(count):
    """``with limit(1):`` runs inside use at most ``count`` threads. The results are the same bits for any count."""
    token = _limit.set(max(1, int(count)))
    try:
        yield
    finally:
        _limit.reset(token)


def pool(size):
    key = (os.getpid(), size)  # a forked child must not wait for its parent's threads
    with _lock:
        if key not in _pools:
            _pools[key] = ThreadPoolExecutor(size, thread_name_prefix="steepest")
        return _pools[key]


def each_part(function, blocks, count):
    """Calls ``function(first, last)`` for ``count`` contiguous parts of ``blocks`` blocks, one of them here."""
    bounds = [blocks * k // count for k in range(count + 1)]
    if count == 1:
        function(0, blocks)
        return
    waiting = [pool(count - 1).submit(function, bounds[k], bounds[k + 1]) for k in range(1, count)]
    try:
        function(bounds[0], bounds[1])
    finally:
        for future in waiting:
            future.result()
