"""The guard of the lab: it stands around the whole application and lets in only the page that the lab itself served."""

import secrets
from collections.abc import Callable, Collection, MutableMapping
from typing import Any

__all__ = ["Guard", "content_policy", "hosts_of"]

Message = MutableMapping[str, Any]

WRONG_HOST = "This address is not the lab's own; open the one that was printed."
WRONG_ORIGIN = "The lab answers its own page only."
CROSS_SITE = "The lab cannot be opened from another page; type or paste its address into the address bar."
NO_SESSION = "This page has no session with the lab; open the address that was printed."
WRONG_TOKEN = "This token is not the lab's; open the address that was printed."
SPENT_TOKEN = "This address has been used; take a new one from where the lab was started."

MOST_TOKENS = 1000
"""Tokens that wait to be used, and that are remembered as used."""

FIXED_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-embedder-policy", b"require-corp"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)


def content_policy(script_hashes: Collection[str], style_hashes: Collection[str]) -> str:
    """The Content-Security-Policy: everything from the lab itself, and the inline scripts and styles of these hashes.

    ``img-src data: blob:`` is for pictures that the page draws and saves; ``style-src-attr`` for Plotly, which writes
    the looks of lines and texts into their style attributes.
    """
    scripts, styles = (" ".join(f"'{each}'" for each in ("self", *few)) for few in (script_hashes, style_hashes))
    return (
        f"default-src 'none'; script-src {scripts}; style-src {styles}; style-src-attr 'unsafe-inline'; "
        "img-src 'self' data: blob:; "
        "connect-src 'self'; font-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    )


def hosts_of(address: str, port: int) -> tuple[str, ...]:
    """What a browser may write as Host for a server bound to ``address``, a loopback one."""
    names = ("[::1]", "localhost") if ":" in address else ("127.0.0.1", "localhost")
    return tuple(name if port == 80 else f"{name}:{port}" for name in names)


class Guard:
    """An ASGI application around ``app``, over HTTP and WebSocket alike.

    Every request must carry exactly one Host out of ``hosts``; an Origin, where one is sent, must be that host's (and
    one must be sent with a WebSocket and with anything but GET and HEAD); Sec-Fetch-Site, where it is sent, must be
    same-origin or none. All but the paths in ``open_paths`` (to be read) and ``entrance`` (to be posted to) need the
    session's cookie. What is refused never reaches ``app``: it is answered with 403 and a sentence.

    The cookie is given for a token, which works once. ``renewed`` is called when a token that was used comes again
    and no new one is waiting: it may show a new address to whoever started the lab.
    """

    def __init__(
        self, app: Any, hosts: Collection[str], cookie: str, open_paths: Collection[str], entrance: str, policy: str,
        renewed: Callable[[], None] = lambda: None,
    ) -> None:  # fmt: skip
        self.app = app
        self.hosts = frozenset(hosts)
        self.cookie = cookie
        self.open_paths = frozenset(open_paths)
        self.entrance = entrance
        self.renewed = renewed
        self._secret = secrets.token_urlsafe(32)
        self._fresh: list[str] = []
        self._spent: list[str] = []
        self._headers = (*FIXED_HEADERS, (b"content-security-policy", policy.encode()))

    # -- tokens and the session ------------------------------------------------------------------------------------

    def new_token(self) -> str:
        """A token that may be exchanged for the cookie once."""
        token = secrets.token_urlsafe(32)
        self._fresh.append(token)
        del self._fresh[:-MOST_TOKENS]
        return token

    def exchanged(self, token: str) -> str | None:
        """The Set-Cookie of the session for a token that was not used before, else None."""
        found = matching(token, self._fresh)
        if found is None:
            if matching(token, self._spent) is not None and not self._fresh:
                self.renewed()
            return None
        self._fresh.remove(found)
        self._spent.append(found)
        del self._spent[:-MOST_TOKENS]
        return f"{self.cookie}={self._secret}; Path=/; HttpOnly; SameSite=Strict"

    def was_spent(self, token: str) -> bool:
        return matching(token, self._spent) is not None

    def has_session(self, scope: Message) -> bool:
        """Whether the session's cookie is among those sent."""
        return self._knows(headers_of(scope))

    def _knows(self, headers: dict[bytes, list[bytes]]) -> bool:
        pairs = [pair.strip().partition(b"=") for line in headers.get(b"cookie", ()) for pair in line.split(b";")]
        wanted, secret = self.cookie.encode(), self._secret.encode()
        return any(name == wanted and secrets.compare_digest(value, secret) for name, _, value in pairs)

    # -- requests --------------------------------------------------------------------------------------------------

    async def __call__(self, scope: Message, receive: Any, send: Any) -> None:
        if scope["type"] not in ("http", "websocket"):
            return
        reason = self.refusal(scope)
        if reason is not None:
            await self.refuse(scope, receive, send, reason)
            return
        await self.app(scope, receive, self.with_headers(send))

    def refusal(self, scope: Message) -> str | None:
        """Why a request is refused; None where it may pass."""
        headers = headers_of(scope)
        host = only(headers, b"host")
        if host not in self.hosts:
            return WRONG_HOST
        reads = scope["type"] == "http" and scope["method"] in ("GET", "HEAD")
        if (b"origin" in headers or not reads) and only(headers, b"origin") != f"http://{host}":
            return WRONG_ORIGIN
        if b"sec-fetch-site" in headers and only(headers, b"sec-fetch-site") not in ("same-origin", "none"):
            return CROSS_SITE
        if reads and scope["path"] in self.open_paths:
            return None
        if scope["type"] == "http" and scope["method"] == "POST" and scope["path"] == self.entrance:
            return None
        return None if self._knows(headers) else NO_SESSION

    async def refuse(self, scope: Message, receive: Any, send: Any, reason: str) -> None:
        body = reason.encode()
        kind = "http" if scope["type"] == "http" else "websocket.http"
        headers = [
            (b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode()),
            (b"connection", b"close"), *self._headers,
        ]  # fmt: skip
        if scope["type"] == "websocket":
            await receive()
        await send({"type": f"{kind}.response.start", "status": 403, "headers": headers})
        await send({"type": f"{kind}.response.body", "body": body})

    def with_headers(self, send: Any) -> Any:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), *self._headers]}
            await send(message)

        return sending


def headers_of(scope: Message) -> dict[bytes, list[bytes]]:
    """Every value of each header."""
    headers: dict[bytes, list[bytes]] = {}
    for name, value in scope["headers"]:
        headers.setdefault(name.lower(), []).append(value)
    return headers


def only(headers: dict[bytes, list[bytes]], name: bytes) -> str | None:
    """The value of a header that was sent once."""
    values = headers.get(name, ())
    return values[0].decode("latin-1") if len(values) == 1 else None


def matching(token: str, known: list[str]) -> str | None:
    """The one of ``known`` that ``token`` is; every one is compared, in a time that tells nothing of it."""
    given = token.encode()
    return next((each for each in known if secrets.compare_digest(given, each.encode())), None)
