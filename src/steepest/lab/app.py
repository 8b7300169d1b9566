"""The lab's addresses in one table, and what stands behind each."""

import contextlib
from collections.abc import Mapping
from types import ModuleType
from typing import Any

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from ..base.errors import ArgumentError
from .guard import SPENT_TOKEN, WRONG_TOKEN, Guard, content_policy
from .held import Held
from .live import Live
from .pages import OPEN, Fixed, fixed_files, inline_hashes, style_hashes
from .store import too_large

__all__ = ["application"]

MOST_PAGES = 64
"""Connections at a time."""
LONGEST_TOKEN = 200
TRY_LATER = 1013
"""The WebSocket close code of a server that is busy."""


def application(hosts: tuple[str, ...], cookie: str, asks: Mapping[str, ModuleType], held: Held, renewed: Any) -> Guard:
    """The whole lab behind its guard, to be served under ``hosts``."""
    fixed = fixed_files()
    lab = Starlette(routes=[
        *(Route(path, serving(file), methods=["GET"]) for path, file in fixed.items()),
        Route("/session", open_session, methods=["POST"]),
        Route("/upload", upload, methods=["POST"]),
        Route("/download/{id}", download, methods=["GET"]),
        WebSocketRoute("/live", live),
    ])  # fmt: skip
    lab.router.redirect_slashes = False
    policy = content_policy(inline_hashes(fixed["/"].body), style_hashes(fixed["/plotly.js"].body))
    guard = Guard(lab, hosts, cookie, OPEN, "/session", policy, renewed)
    lab.state.guard, lab.state.asks, lab.state.held, lab.state.pages = guard, asks, held, 0
    return guard


def serving(file: Fixed) -> Any:
    """An endpoint that answers with a fixed file."""

    async def serve(request: Request) -> Response:
        return Response(file.body, media_type=file.media)

    return serve


async def open_session(request: Request) -> Response:
    """The one-time token (the body) for the session's cookie; a page that has the cookie needs no token."""
    guard: Guard = request.app.state.guard
    token = ""
    with contextlib.suppress(ClientDisconnect, UnicodeDecodeError, TooLarge):
        token = (await limited(request, LONGEST_TOKEN)).decode("ascii")
    if guard.has_session(request.scope):
        return Response(status_code=204)
    cookie = guard.exchanged(token)
    if cookie is None:
        return PlainTextResponse(SPENT_TOKEN if guard.was_spent(token) else WRONG_TOKEN, 403)
    return Response(status_code=204, headers={"set-cookie": cookie})


class TooLarge(Exception):
    """A body beyond what is read of it."""


async def limited(request: Request, most: int) -> bytes:
    """A short body."""
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > most:
            raise TooLarge
    return body


async def upload(request: Request) -> Response:
    """A file (the body, ``?name=``) into the store of uploads; its id for the asks that read it. A body that says that
    it is too large is not read at all; one that turns out to be, no further."""
    held: Held = request.app.state.held
    if int(request.headers.get("content-length", 0)) > held.uploads.most_bytes:
        return refused(413, too_large(held.uploads.most_bytes))
    incoming = held.uploads.begin(request.query_params.get("name", ""))
    try:
        async for piece in request.stream():
            incoming.write(piece)
        stored = incoming.keep()
    except ArgumentError as error:
        return refused(413, str(error))
    except ClientDisconnect:
        return refused(400, "the file did not arrive whole; give it again")
    except OSError as error:
        return refused(507, f"the file could not be kept: {error.strerror or error}")
    finally:
        incoming.close()
    return JSONResponse({"id": stored.id, "name": stored.name, "bytes": stored.size})


def refused(status: int, sentence: str) -> Response:
    """A sentence instead of what was asked for; the connection is closed, for its body may not have been read."""
    return JSONResponse({"error": {"message": sentence}}, status, headers={"connection": "close"})


async def download(request: Request) -> Response:
    """A file that an ask has made."""
    held: Held = request.app.state.held
    try:
        stored = held.downloads.get(request.path_params["id"])
    except ArgumentError as error:
        return refused(404, str(error))
    return FileResponse(stored.path, filename=stored.name, media_type="application/octet-stream")


async def live(socket: WebSocket) -> None:
    """The connection of one page; when the page goes, so does its work."""
    state = socket.app.state
    await socket.accept()
    if state.pages >= MOST_PAGES:
        await socket.close(TRY_LATER, f"{MOST_PAGES} pages are open")
        return

    async def send(text: str) -> None:
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):  # the page has gone
            await socket.send_text(text)

    state.pages += 1
    page = Live(send, state.asks, state.held)
    try:
        while (message := await socket.receive())["type"] == "websocket.receive":
            await page.take(message.get("text"))
    except WebSocketDisconnect:
        pass
    finally:
        page.close()
        state.pages -= 1
