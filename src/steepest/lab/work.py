"""Asks at work: a Job is one ask as it sees itself, a Lane a thread in which asks of one page follow one another."""

import asyncio
import atexit
import queue
import threading
import time
import weakref
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

from .held import Held

__all__ = ["Dropped", "Job", "Lane"]

WORKER = "steepest-lab"
"""The name of the threads in which asks are at work."""
GRACE = 3
"""Seconds that work has to end in when Python does."""

_lanes: "weakref.WeakSet[Lane]" = weakref.WeakSet()


class Dropped(Exception):
    """Raised by ``Job.stop_if_cancelled``: nobody waits for the answer any more."""


class Job:
    """One ask as its function sees it. ``held`` is what the lab keeps: uploads, downloads, what is shown."""

    def __init__(self, id: Any, slot: str | None, held: Held, tell: Callable[["Job"], None]) -> None:
        self.id, self.slot, self.held = id, slot, held
        self.stop = threading.Event()
        self.enough = threading.Event()
        """Set once the page takes what there is."""
        self.pauses: list[tuple[float, float]] = []
        """When it stood still, and for how long, in seconds of ``time.perf_counter``."""
        self.resting = False
        self._going = threading.Event()
        self._going.set()
        self.news: dict[str, Any] | None = None
        """The latest progress that was not sent yet."""
        self._tell = tell

    def progress(self, done: float, text: str = "", **more: Any) -> None:
        """Says how far the work has come, 0 to 1; of news in close succession the page gets the last. ``more`` goes
        along."""
        waiting = self.news is not None
        self.news = {"done": min(max(float(done), 0.0), 1.0), "text": text, **more}
        if not waiting:
            self._tell(self)

    def cancelled(self) -> bool:
        """Whether nobody waits for the answer any more. An ask that ends early for it returns None."""
        return self.stop.is_set()

    def stop_if_cancelled(self) -> None:
        """Raises Dropped where nobody waits any more: for the inside of loops and for callbacks."""
        if self.stop.is_set():
            raise Dropped

    def rest(self) -> bool:
        """Stands still while the page has paused it; whether the page takes what there is. Raises Dropped where nobody
        waits any more."""
        if not self._going.is_set():
            began = time.perf_counter()
            self.resting = True
            self._going.wait()
            self.resting = False
            self.pauses.append((began, time.perf_counter() - began))
        self.stop_if_cancelled()
        return self.enough.is_set()

    # -- what the page wants of it, called on the loop -----------------------------------------------------------------

    def cancel(self) -> None:
        self.stop.set()
        self._going.set()

    def pause(self) -> None:
        if not (self.stop.is_set() or self.enough.is_set()):
            self._going.clear()

    def resume(self) -> None:
        self._going.set()

    def finish(self) -> None:
        """It is to answer with what there is."""
        self.enough.set()
        self._going.set()


class Lane:
    """Runs jobs one after the other in a thread of its own, which is started for the first one.

    What ``work()`` returns in the thread is handed to ``deliver`` on the loop, and the next job begins when that is
    done: for a page that does not read, nothing more is computed.
    """

    def __init__(self, deliver: Callable[[Job, Any], Awaitable[None]]) -> None:
        self._deliver = deliver
        self._waiting: deque[tuple[Job, Callable[[], Any]]] = deque()
        self._wake = asyncio.Event()
        self._inbox: queue.SimpleQueue[tuple[Callable[[], Any], asyncio.Future[Any]] | None] = queue.SimpleQueue()
        self._loop = asyncio.get_running_loop()
        self._task: asyncio.Task[None] | None = None
        self._running: Job | None = None

    def __len__(self) -> int:
        """Jobs that have not begun."""
        return len(self._waiting)

    def put(self, job: Job, work: Callable[[], Any]) -> None:
        self._waiting.append((job, work))
        self._wake.set()
        if self._task is None:
            threading.Thread(target=self._work, name=WORKER, daemon=True).start()
            _lanes.add(self)
            self._task = self._loop.create_task(self._drive())

    def withdraw(self, wanted: Callable[[Job], bool]) -> list[Job]:
        """Takes off the waiting jobs that are ``wanted``; the running one is told to stop if it is."""
        dropped = [job for job, _ in self._waiting if wanted(job)]
        self._waiting = deque(pair for pair in self._waiting if not wanted(pair[0]))
        if self._running is not None and wanted(self._running):
            self._running.cancel()
        return dropped

    def find(self, id: Any) -> Job | None:
        """The job of that id, running or waiting."""
        jobs = [*([] if self._running is None else [self._running]), *(job for job, _ in self._waiting)]
        return next((job for job in jobs if job.id == id), None)

    def close(self) -> None:
        """The running job is told to stop, and its answer goes nowhere."""
        self.withdraw(lambda job: True)
        self._inbox.put(None)
        if self._task is not None:
            self._task.cancel()

    def give_up(self) -> None:
        """Tells the running job to stop, and the thread that no more will come. For any thread."""
        if (job := self._running) is not None:
            job.cancel()
        self._inbox.put(None)

    async def _drive(self) -> None:
        while True:
            while not self._waiting:
                self._wake.clear()
                await self._wake.wait()
            self._running, work = self._waiting.popleft()
            done = self._loop.create_future()
            self._inbox.put((work, done))
            result = await done
            job, self._running = self._running, None
            await self._deliver(job, result)

    def _work(self) -> None:
        while (item := self._inbox.get()) is not None:
            work, done = item
            result = work()
            try:
                self._loop.call_soon_threadsafe(settle, done, result)
            except RuntimeError:  # the loop has ended: the lab was closed meanwhile
                return
            del item, work, done, result  # an answer may be large, and the next ask far


def settle(done: "asyncio.Future[Any]", result: Any) -> None:
    if not done.done():
        done.set_result(result)


@atexit.register
def end() -> None:
    """Before Python ends: compiled code that is at work while it ends would bring the process down."""
    for lane in list(_lanes):
        lane.give_up()
    until = time.monotonic() + GRACE
    for thread in threading.enumerate():
        if thread.name == WORKER:
            thread.join(max(until - time.monotonic(), 0))
