"""Central differences: the gradient of a function that comes without one, from 2 n evaluations, here or shared out
among worker processes."""

import os
import pickle
import tempfile
import threading
import traceback
import weakref
from collections.abc import Callable
from concurrent.futures import BrokenExecutor
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np

from ..base.errors import ArgumentError
from .problem import Array

__all__ = ["STEP", "central_differences", "number_at", "numerical", "parallel_differences"]

STEP = float(np.finfo(float).eps ** (1 / 3))
"""The relative step that balances truncation (h^2) against rounding (eps / h) for a function of unit scale."""


def numerical(error: Exception) -> bool:
    """Whether an error of the objective only means that there is no number at this point: math.exp and its kin raise
    OverflowError where NumPy gives inf, math.log and math.sqrt a ValueError ('math domain error', since Python 3.14
    'expected a positive input') where NumPy gives NaN. Any other error is the caller's."""
    return isinstance(error, ArithmeticError) or str(error).startswith(("math domain error", "expected a "))


def number_at(value: Callable[[Array], Any], w: Array) -> float:
    """``value`` at ``w``; NaN where it has no number there."""
    try:
        return float(value(w))
    except (ArithmeticError, ValueError) as error:
        if not numerical(error):
            raise
        return float("nan")


def step(x: float) -> float:
    """The step of central differences in a variable of value ``x``."""
    return STEP * max(1.0, abs(x))


def central_differences(value: Callable[[Array], Any], w: Array) -> Array:
    """``(f(w + h e_i) - f(w - h e_i)) / 2h`` with h = eps^(1/3) max(1, abs(w_i)), shape (n,).

    Source: J. Nocedal, S. Wright, "Numerical Optimization", 2006, section 8.1.
    """
    gradient = np.empty(w.size)
    for i in range(w.size):
        h = step(w.item(i))
        up, down = w.copy(), w.copy()
        up[i] += h
        down[i] -= h
        gradient[i] = (number_at(value, up) - number_at(value, down)) / (up.item(i) - down.item(i))
    return gradient


def parallel_differences(value: Callable[[Array], Any], workers: int) -> Callable[[Array], Array]:
    """A gradient callable: ``central_differences`` of ``value``, its evaluations shared out among ``workers`` processes
    (started by loky, never forked; one pool for the whole program), to the same bits.

    ``value`` may be a lambda or a closure. It is pickled at each call and sent where it has changed; what it changes in
    a worker stays there. Worker processes use as many BLAS threads as this one, since a dot product's last bits depend
    on their number: where ``value`` computes with several threads itself, set OMP_NUM_THREADS=1.

    Raises ArgumentError, at the call, where ``value`` cannot be sent or a worker dies; what ``value`` raises in a
    worker is raised here, with the worker's traceback as a note.
    """
    if workers == 1:
        return lambda w: central_differences(value, w)
    return _Parallel(value, workers)


_lock = threading.Lock()
_pools: dict[tuple[int, int], Any] = {}
"""At most one pool, by the process that owns it and its number of workers."""


def pool_of(workers: int) -> Any:
    """The pool of so many workers; one of another number is ended. It is our own: loky's reusable one is joblib's too,
    which fails on a pool that it has not made itself."""
    from joblib.externals.loky import ProcessPoolExecutor

    with _lock:
        found = _pools.get((os.getpid(), workers))
    if found is None:
        end_pool()
        found = ProcessPoolExecutor(max_workers=workers, timeout=300)
        with _lock:
            _pools[os.getpid(), workers] = found
    return found


def end_pool() -> None:
    """Ends the pool of this process, if there is one."""
    with _lock:
        ended = [_pools.pop(key) for key in list(_pools) if key[0] == os.getpid()]
    for pool in ended:
        pool.shutdown(wait=False, kill_workers=True)


class _Parallel:
    """The gradient of ``value`` by worker processes: 0.4 ms a gradient where joblib.Parallel takes 10."""

    def __init__(self, value: Callable[[Array], Any], workers: int) -> None:
        self.value, self.workers = value, workers
        self._payload, self._path = b"", ""
        self._remove: Any = None

    def __call__(self, w: Array) -> Array:
        path, settings = self._sent(), np.geterr()
        pool = pool_of(self.workers)
        parts = min(self.workers, 2 * w.size)
        cuts = [2 * w.size * part // parts for part in range(parts + 1)]
        try:
            tasks = [
                pool.submit(_evaluations, path, w, range(start, end), settings) for start, end in pairwise(cuts)
            ]  # fmt: skip
            results = [task.result() for task in tasks]
        except BrokenExecutor as error:
            end_pool()
            raise ArgumentError(
                f"workers={self.workers}: a worker process ended while it evaluated the function (a crash, or no "
                "memory left); use workers=1"
            ) from error
        except Exception as error:
            raise self._refusal(error) from error
        except BaseException:  # Ctrl-C: evaluations must not go on behind the user's back
            end_pool()
            raise
        values: list[float] = []
        for numbers, failure in results:
            if failure is not None:
                raise failure
            if numbers is None:  # an error that cannot be pickled is raised again here
                return central_differences(self.value, w)
            values += numbers
        gradient = np.empty(w.size)
        for i, x in enumerate(w.tolist()):
            h = step(x)
            gradient[i] = (values[2 * i] - values[2 * i + 1]) / ((x + h) - (x - h))
        return gradient

    def _sent(self) -> str:
        """The file that holds ``value`` for the workers, written when its pickle has changed: 80 MB of captured data
        took 140 ms a worker and call through a pipe."""
        from joblib.externals.loky.backend.reduction import dumps

        try:
            payload = bytes(dumps(self.value))
        except Exception as error:
            raise self._refusal(error) from error
        if payload != self._payload:
            if self._remove is not None:
                self._remove()
            number, self._path = tempfile.mkstemp(prefix="steepest-", suffix=".pickle")
            self._remove = weakref.finalize(self, os.remove, self._path)
            with open(number, "wb") as file:
                file.write(payload)
            self._payload = payload
        return self._path

    def _refusal(self, error: Exception) -> ArgumentError:
        said = " ".join(str(error).split()) or "no message"
        return ArgumentError(
            f"workers={self.workers}: the function cannot be sent to another process ({type(error).__name__}: {said}); "
            "use workers=1"
        )


@lru_cache(maxsize=1)
def _received(path: str) -> Any:
    """In a worker: what the file holds, read once."""
    with open(path, "rb") as file:
        return pickle.load(file)


def _evaluations(path: str, w: Array, numbers: range, settings: Any) -> tuple[list[float] | None, Any]:
    """In a worker: f at the points ``numbers`` of central differences (2 i is up in variable i, 2 i + 1 is down), and
    the error that ended them; no values and no error where that cannot be pickled."""
    value, found = _received(path), []
    with np.errstate(**settings):
        for number in numbers:
            i, down = divmod(number, 2)
            h = step(w.item(i))
            at = w.copy()
            at[i] += -h if down else h
            try:
                found.append(number_at(value, at))
            except Exception as error:
                return (found, error) if _travels(error) else (None, None)
    return found, None


def _travels(error: Exception) -> bool:
    """In a worker: whether the error can be pickled, its traceback as a note, and read again: many of more than one
    argument cannot."""
    from joblib.externals.loky.backend.reduction import dumps

    try:
        error.add_note(f"raised in a worker process:\n{traceback.format_exc()}")
        return type(pickle.loads(dumps(error))) is type(error)
    except Exception:
        return False
