"""The lab's pages over messages that something else carries: from frames in a notebook's cells to its kernel and back.

What a page sends, always with a name of its own as "view", and what it gets; binary parts go beside:

    {"do": "open", "scheme": "dark" or "light"}                         {"page": true} + the page's text
    {"do": "ask", "text": ...}                                          {"text": true} + a text (lab/live.py)
    {"do": "read"}, for each text that has arrived
    {"do": "upload", "reply": n, "key", "name", "size", "last"} + a piece    {"reply": n, "stored": null or a file}
    {"do": "download", "reply": n, "id", "from": bytes} or {"do": "plotly", "reply": n, "from"}
                                                                        {"reply": n, "bytes": of all} + a piece
    {"do": "here"}                                                      {"here": true}
    {"do": "again"}, when the page was loaded anew; {"do": "close"}
    {"reply": n, "error": a sentence} where it cannot be done, {"closed": a sentence} where the page is given up
"""

import asyncio
import atexit
import sys
import threading
import traceback
import weakref
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from ..base.errors import ArgumentError, MissingExtraError, SteepestError
from .asks import every_ask
from .frame import framed_page
from .held import Held, Opening
from .live import Live
from .pages import plotly
from .store import Incoming, too_large
from .work import GRACE

__all__ = ["Relay"]

MOST_PAGES = 8
"""Of one relay; for another the oldest is given up."""
MOST_UNREAD = 4
"""Texts on their way to a page. Beyond, the next is not even computed: a notebook's server drops messages that come too
fast, and a page that has gone reads nothing."""
MOST_COMING = 4
"""Files of one page on their way at a time."""
PIECE = 1_000_000

_relays: "weakref.WeakSet[Relay]" = weakref.WeakSet()

Send = Callable[[dict[str, Any], list[bytes]], None]


class Relay:
    """The pages that show ``opening``. ``send(content, buffers)`` carries a message to them; it is called in the
    relay's own thread. ``take`` and ``close`` may be called in any thread, and return at once."""

    def __init__(self, send: Send, opening: Opening | None = None) -> None:
        self._send, self._opening = send, opening
        self._loop = running_loop()
        self._pages: dict[str, Page] = {}
        self._closed = False
        _relays.add(self)

    def take(self, content: Any, buffers: list[Any]) -> None:
        """A message of a page."""
        pieces = [bytes(buffer) for buffer in buffers]
        self._loop.call_soon_threadsafe(self._take, content, pieces)

    def close(self) -> None:
        """Ends the work of all pages."""
        self._loop.call_soon_threadsafe(self._close)

    def _take(self, content: Any, pieces: list[bytes]) -> None:
        view = content.get("view") if isinstance(content, dict) else None
        if self._closed or not isinstance(view, str):
            return

        def post(told: dict[str, Any], buffers: list[bytes] | None = None) -> None:
            self._send({**told, "view": view}, buffers or [])

        match content.get("do"), self._pages.get(view):
            case "open", _:
                self._open(view, post, "dark" if content.get("scheme") == "dark" else "light")
            case "here", _:
                post({"here": True})
            case "close", Page():
                self._pages.pop(view).close()
            case _, Page() as page:
                page.take(content, pieces)

    def _open(self, view: str, post: Any, scheme: str) -> None:
        if view in self._pages:
            self._pages.pop(view).close()
        elif len(self._pages) >= MOST_PAGES:
            self._pages.pop(next(iter(self._pages))).give_up(f"This cell's lab is open in {MOST_PAGES} newer places.")
        page = self._pages[view] = Page(post, self._opening)
        post({"page": True}, [framed_page(page.fragment, scheme).encode()])

    def _close(self) -> None:
        self._closed = True
        for page in self._pages.values():
            page.close()
        self._pages.clear()


class Page:
    """One page: its conversation and what the lab holds for it, which go with it. Lives in the relay's thread."""

    def __init__(self, post: Any, opening: Opening | None) -> None:
        self._post = post
        self.held = Held()
        self.fragment = "" if opening is None else f"show={self.held.show(opening)}"
        self._coming: dict[int, Incoming] = {}
        self._talk = Talk(post, self.held)

    def take(self, content: dict[str, Any], pieces: list[bytes]) -> None:
        match content.get("do"):
            case "ask":
                self._talk.asked.put_nowait(content.get("text"))
            case "read":
                self._talk.read()
            case "again":
                self._talk.close()
                self._talk = Talk(self._post, self.held)
            case "upload" | "download" | "plotly" as what:
                self._answer(what, content, pieces)

    def give_up(self, sentence: str) -> None:
        self._post({"closed": sentence})
        self.close()

    def close(self) -> None:
        self._talk.close()
        for incoming in self._coming.values():
            incoming.close()
        self._coming.clear()
        self.held.close()

    # -- files -----------------------------------------------------------------------------------------------------

    def _answer(self, what: str, content: dict[str, Any], pieces: list[bytes]) -> None:
        reply = content.get("reply")
        try:
            if what == "upload":
                self._post({"reply": reply, "stored": self._upload(content, b"".join(pieces))})
            else:
                path = plotly_script() if what == "plotly" else self.held.downloads.get(str(content.get("id"))).path
                size, piece = piece_of(path, content.get("from"))
                self._post({"reply": reply, "bytes": size}, [piece])
        except SteepestError as error:
            self._post({"reply": reply, "error": str(error)})
        except OSError as error:
            self._post({"reply": reply, "error": f"the file cannot be carried over: {error.strerror or error}"})
        except Exception:
            traceback.print_exc(file=sys.stderr)
            self._post({"reply": reply, "error": "the lab could not do this, by a fault of its own"})

    def _upload(self, content: dict[str, Any], piece: bytes) -> dict[str, Any] | None:
        """Takes one more piece of a file; what is kept of it after the last."""
        key, size, most = content.get("key"), content.get("size"), self.held.uploads.most_bytes
        if not isinstance(key, int):
            raise ArgumentError(f"key must be a whole number, one for each file; got {key!r}")
        if isinstance(size, int) and size > most:
            raise ArgumentError(too_large(most))
        incoming = self._coming.pop(key, None)
        if incoming is None:
            if len(self._coming) >= MOST_COMING:
                raise ArgumentError(f"{MOST_COMING} files are on their way already; wait until they have arrived")
            incoming = self.held.uploads.begin(str(content.get("name", "")))
        try:
            incoming.write(piece)
            if content.get("last"):
                stored = incoming.keep()
                return {"id": stored.id, "name": stored.name, "bytes": stored.size}
            self._coming[key] = incoming
            return None
        finally:
            if key not in self._coming:
                incoming.close()


class Talk:
    """One page's conversation: texts are answered in the order of ``asked``, no faster than the page reads."""

    def __init__(self, post: Any, held: Held) -> None:
        self.asked: asyncio.Queue[Any] = asyncio.Queue()
        self._post, self._unread, self._room, self._closed = post, 0, asyncio.Event(), False
        self._live = Live(self._say, every_ask(), held)
        self._listening = asyncio.get_running_loop().create_task(self._listen())

    def read(self) -> None:
        """The page has read one more."""
        self._unread = max(self._unread - 1, 0)
        self._room.set()

    def close(self) -> None:
        self._closed = True
        self._room.set()
        self._listening.cancel()
        self._live.close()

    async def _listen(self) -> None:
        while True:
            text = await self.asked.get()
            await self._live.take(text if isinstance(text, str) else None)

    async def _say(self, text: str) -> None:
        while self._unread >= MOST_UNREAD and not self._closed:
            self._room.clear()
            await self._room.wait()
        if not self._closed:
            self._unread += 1
            self._post({"text": True}, [text.encode()])


def piece_of(path: Path, start: Any) -> tuple[int, bytes]:
    """A file's size, and what stands in it from ``start`` on."""
    if isinstance(start, bool) or not isinstance(start, int) or start < 0:
        raise ArgumentError(f"from must be a whole number from 0 on; got {start!r}")
    with path.open("rb") as file:
        file.seek(start)
        return path.stat().st_size, file.read(PIECE)


def plotly_script() -> Path:
    try:
        return plotly()
    except FileNotFoundError:
        raise MissingExtraError('the surface needs plotly: pip install "steepest[notebook]"') from None


@cache
def running_loop() -> asyncio.AbstractEventLoop:
    """The loop of all relays, in a thread of its own: a notebook's own loop stands still while a cell runs."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="steepest-notebook", daemon=True).start()
    atexit.register(end, loop)
    return loop


def end(loop: asyncio.AbstractEventLoop) -> None:
    """Before Python ends, and lab/work.py waits for what is at work."""
    told = threading.Event()
    for relay in list(_relays):
        relay.close()
    loop.call_soon_threadsafe(told.set)
    told.wait(GRACE)
