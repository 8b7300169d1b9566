"""The conversation with one page, whatever carries it: requests come in, answers, progress and errors go out, each
under the request's id.

    {"id": n, "ask": name, "slot": text or absent, ...arguments}
    {"cancel": n}    {"pause": n}    {"resume": n}    {"stop": n}, which takes what there is of a long run
    {"id": n, "answer": {...}}    {"id": n, "progress": {"done": 0..1, "text": ...}}    {"id": n, "dropped": true}
    {"id": n, "error": {"message": one sentence, "argument": name or null, "column": number or null}}

A newer request of a slot takes the place of the older ones of this page: those that have not begun are dropped, the
one at work is told to stop. Quick asks, slow ones and long work have a thread each, so that none holds the others up.
"""

import asyncio
import contextlib
import json
import math
import secrets
import sys
import traceback
from collections.abc import Awaitable, Callable, Mapping
from types import ModuleType
from typing import Any

import numpy as np

from ..base.errors import FormulaError, SteepestError
from ..base.text import listing
from ..plots.page.packing import packed
from .held import Held
from .reading import sentence_of
from .work import Dropped, Job, Lane

__all__ = ["Live"]

MOST_CHARACTERS = 1_000_000
"""Of one message."""
MOST_WAITING = 200
"""Requests of one page that have not begun."""
LONGEST_NAME = 100
MOST_DIGITS = 300
"""Of a whole number: more would be beyond the largest float."""
PLACE = secrets.token_hex(16)
"""Stands in an answer's text for the base64 of an array: json would look at each of its characters, for half the time
that an answer of six paths takes to be written."""
WISHES: dict[str, Callable[[Job], None]] = {"pause": Job.pause, "resume": Job.resume, "stop": Job.finish}
"""What a page may want of a request on its way."""


class Live:
    """One page's conversation. ``send`` carries a text to the page; it returns when there is room for another, and
    raises nothing where the page has gone. ``asks`` are modules by name, each with ``ask(arguments, job)`` and maybe
    ``slow`` or ``work``, which say what thread it has."""

    def __init__(self, send: Callable[[str], Awaitable[None]], asks: Mapping[str, ModuleType], held: Held) -> None:
        self._send, self.asks, self.held = send, asks, held
        self._loop = asyncio.get_running_loop()
        self._sending: set[asyncio.Task[None]] = set()
        self._quick, self._slow, self._work = self._lanes = [Lane(self._deliver) for _ in range(3)]

    def close(self) -> None:
        """The page has gone: whatever works for it is told to stop."""
        for lane in self._lanes:
            lane.close()

    # -- requests --------------------------------------------------------------------------------------------------

    async def take(self, text: str | None) -> None:
        """One message of the page; None for one that is no text."""
        id: Any = None
        try:
            request = read(text)
            if "cancel" in request:
                await self._withdraw(lambda job: job.id == request["cancel"])
                return
            wish = next((word for word in WISHES if word in request and "ask" not in request), None)
            if wish is not None:
                self._pass_on(request[wish], WISHES[wish])
                return
            id = checked_id(request.pop("id", None))
            ask, slot = self._ask(request.pop("ask", None)), checked_slot(request.pop("slot", None))
            if sum(map(len, self._lanes)) >= MOST_WAITING:
                raise Refused(f"{MOST_WAITING:,} requests are waiting already; give them a slot")
        except Refused as refused:
            await self._send(encoded({"id": id, "error": fault(str(refused))}))
            return
        if slot is not None:
            await self._withdraw(lambda job: job.slot == slot)
        job = Job(id, slot, self.held, self._tell)
        long, slow = getattr(ask, "work", False), getattr(ask, "slow", False) or "data" in request
        lane = self._work if long else self._slow if slow else self._quick
        lane.put(job, lambda: worked(ask, request, job))

    def _ask(self, name: Any) -> ModuleType:
        if not isinstance(name, str) or name not in self.asks:
            shown = repr(name) if isinstance(name, str) and len(name) <= LONGEST_NAME else "of that name"
            raise Refused(f"there is no ask {shown}; there are {listing(self.asks, 'and')}")
        return self.asks[name]

    async def _withdraw(self, wanted: Any) -> None:
        for job in [job for lane in self._lanes for job in lane.withdraw(wanted)]:
            await self._send(encoded({"id": job.id, "dropped": True}))

    def _pass_on(self, id: Any, wish: Callable[[Job], None]) -> None:
        """Tells the job of that id, if it has not ended, what the page wants."""
        for lane in self._lanes:
            if (job := lane.find(id)) is not None:
                wish(job)

    # -- answers ---------------------------------------------------------------------------------------------------

    async def _deliver(self, job: Job, text: str) -> None:
        await self._send(text)

    def _tell(self, job: Job) -> None:
        """Sends a job's news, called from its thread."""
        with contextlib.suppress(RuntimeError):  # the loop has ended: the lab was closed meanwhile
            self._loop.call_soon_threadsafe(self._spread, job)

    def _spread(self, job: Job) -> None:
        task = self._loop.create_task(self._send_news(job))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _send_news(self, job: Job) -> None:
        news, job.news = job.news, None
        if news is not None and not job.cancelled():
            await self._send(encoded({"id": job.id, "progress": news}))


class Refused(Exception):
    """A request that asks for nothing that can be done."""


def read(text: str | None) -> dict[str, Any]:
    """A message as an object."""
    if text is None:
        raise Refused("a message must be text; got bytes")
    if len(text) > MOST_CHARACTERS:
        raise Refused(f"a message may have {MOST_CHARACTERS:,} characters; got {len(text):,}")
    try:
        request = json.loads(text, parse_constant=not_json, parse_int=whole, parse_float=real)
    except (ValueError, RecursionError):
        raise Refused("a message must be JSON, its numbers below 1e300") from None
    if not isinstance(request, dict):
        raise Refused('a message must be an object, {"id": 1, "ask": "catalogue"}')
    return request


def not_json(constant: str) -> Any:
    raise ValueError(constant)


def whole(digits: str) -> int:
    if len(digits) > MOST_DIGITS:
        raise ValueError(digits)
    return int(digits)


def real(digits: str) -> float:
    """A number; ``1e400`` would be read as infinity, for which JSON has no word."""
    value = float(digits)
    if not math.isfinite(value):
        raise ValueError(digits)
    return value


def checked_id(id: Any) -> int:
    if isinstance(id, bool) or not isinstance(id, int) or not 0 <= id < 2**53:
        raise Refused("id must be a whole number, another one for each request")
    return id


def checked_slot(slot: Any) -> str | None:
    if slot is not None and not (isinstance(slot, str) and len(slot) <= LONGEST_NAME):
        raise Refused("slot must be a short text")
    return slot


# -- in the job's thread -----------------------------------------------------------------------------------------------


def worked(ask: ModuleType, arguments: dict[str, Any], job: Job) -> str:
    """The answer to a job as it is sent: what its ask returns, or what was wrong. Nothing that an ask raises gets
    through: what is no fault of the user is printed for whoever started the lab."""
    try:
        with np.errstate(all="ignore"):  # what overflows shows in the answer; a warning would go to the terminal
            answer = None if job.cancelled() else ask.ask(job.held.with_shown(arguments), job)
        if answer is None:
            return encoded({"id": job.id, "dropped": True})
        return encoded({"id": job.id, "answer": answer})
    except Dropped:
        return encoded({"id": job.id, "dropped": True})
    except SteepestError as error:
        column = error.column if isinstance(error, FormulaError) else None
        return encoded({"id": job.id, "error": fault(str(error), named(str(error), arguments), column)})
    except MemoryError:
        return encoded({"id": job.id, "error": fault("there is not enough memory for this; ask for less")})
    except BaseException:
        traceback.print_exc(file=sys.stderr)
        name = ask.__name__.rpartition(".")[2]
        sentence = f"the lab could not answer {name!r}, by a fault of its own; the terminal says more"
        return encoded({"id": job.id, "error": fault(sentence)})


def fault(message: str, argument: str | None = None, column: int | None = None) -> dict[str, Any]:
    """An error as it is sent."""
    return {"message": sentence_of(message), "argument": argument, "column": column}


def named(message: str, arguments: dict[str, Any]) -> str | None:
    """The argument that is to blame: the one that the sentence begins with, if the page sent it, by itself or in one
    of its objects."""
    word = (message.split(maxsplit=1) or [""])[0]
    inside = [value for value in arguments.values() if isinstance(value, dict)]
    return word if any(word in names for names in (arguments, *inside)) else None


def encoded(value: Any) -> str:
    """``value`` as JSON. Arrays are packed; single numbers that are not finite become null."""
    numbers: list[str] = []

    def plain(value: Any) -> Any:
        """What JSON has no word for."""
        if isinstance(value, np.ndarray):
            found = packed(value)
            numbers.append(found["base64"])
            return {**found, "base64": PLACE}
        if isinstance(value, np.generic):
            return finite(value.item())
        raise TypeError(f"{type(value).__name__} cannot be sent")

    try:
        text = json.dumps(value, default=plain, allow_nan=False, separators=(",", ":"))
    except ValueError:
        numbers.clear()
        text = json.dumps(finite(value), default=plain, allow_nan=False, separators=(",", ":"))
    pieces = text.split(PLACE)
    return "".join(piece for pair in zip(pieces, (*numbers, ""), strict=True) for piece in pair)


def finite(value: Any) -> Any:
    """``value`` with None for every number that is not finite."""
    match value:
        case float():
            return value if abs(value) < float("inf") else None
        case dict():
            return {name: finite(inner) for name, inner in value.items()}
        case list() | tuple():
            return [finite(inner) for inner in value]
    return value
