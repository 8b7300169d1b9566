"""The lab as a running server on this machine: binds, serves, closes."""

import contextlib
import errno
import gc
import signal
import socket
import sys
import threading
from collections.abc import Callable
from importlib.util import find_spec
from urllib.parse import quote

from ..base.errors import ArgumentError, ArgumentTypeError, MissingExtraError

__all__ = ["Lab", "needed"]

ADDRESSES = {"127.0.0.1": socket.AF_INET, "localhost": socket.AF_INET, "::1": socket.AF_INET6}
LIBRARIES = ("starlette", "uvicorn", "websockets", "plotly")
LARGEST_MESSAGE = 16_000_000
"""Bytes of a WebSocket message that are taken in at all; what is above a million is answered with an error."""
GRACE = 3
"""Seconds that work has to end in when the lab closes."""
SWITCH = 0.001
"""Seconds after which threads take turns: beside a slow ask in plain Python, one quick ask in twenty took more than
10 ms with Python's own 0.005, 6 ms with this; on a busy machine 58 and 7."""


def needed() -> None:
    """Raises MissingExtraError where the lab's libraries are not installed."""
    missing = [name for name in LIBRARIES if find_spec(name) is None]
    if missing:
        raise MissingExtraError(f'the lab needs {", ".join(missing)}: pip install "steepest[lab]"')


class Lab:
    """A lab that listens from the moment it is made. ``run`` serves until Ctrl-C; ``start`` serves from a thread.

    ``host`` is 127.0.0.1, localhost or ::1; port 0 is one that is free. ``tell(address)`` is called when somebody
    comes with an address that was used already, with a new one. Raises ArgumentError where the port is taken, and
    MissingExtraError where the libraries of the extra ``lab`` are not installed.
    """

    def __init__(self, host: str = "127.0.0.1", port: int = 0, tell: Callable[[str], None] | None = None) -> None:
        needed()
        import uvicorn

        from .app import application
        from .asks import every_ask
        from .guard import hosts_of
        from .held import Held

        self._socket = bound(host, port)
        try:
            address, self.port = self._socket.getsockname()[:2]
            self.host = f"[{address}]" if ":" in address else address
            self.held = Held()

            def renewed() -> None:
                if tell is not None:
                    tell(self.address())

            cookie = f"steepest_lab_{self.port}"
            self.application = application(hosts_of(address, self.port), cookie, every_ask(), self.held, renewed)
        except BaseException:
            self._socket.close()
            raise
        config = uvicorn.Config(
            self.application, loop="asyncio", http="h11", ws="websockets-sansio", ws_max_size=LARGEST_MESSAGE,
            ws_per_message_deflate=False, lifespan="off", log_config=None, log_level="error", access_log=False,
            proxy_headers=False, server_header=False, timeout_graceful_shutdown=GRACE,
        )  # fmt: skip
        self._server = uvicorn.Server(config)
        self._thread: threading.Thread | None = None

    def address(self, **state: str) -> str:
        """An address that opens the page once; ``state`` goes into its fragment beside the token."""
        token = self.application.new_token()
        parts = [f"token={token}", *(f"{name}={quote(value, safe='')}" for name, value in state.items())]
        return f"http://{self.host}:{self.port}/#{'&'.join(parts)}"

    def run(self) -> None:
        """Serves until Ctrl-C or SIGTERM; returns then. For the main thread of a process that does nothing else."""
        interval = sys.getswitchinterval()
        sys.setswitchinterval(SWITCH)
        gc.freeze()  # what is loaded by now stays: looking through it again held up one ask in a thousand for 20 ms
        terminated = signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            with contextlib.suppress(KeyboardInterrupt):
                self._serve()
        finally:
            signal.signal(signal.SIGTERM, terminated)
            sys.setswitchinterval(interval)
            gc.unfreeze()

    def start(self) -> None:
        """Serves from a thread of its own, which ends with the process."""
        self._thread = threading.Thread(target=self._serve, name="steepest-lab-server", daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        try:
            self._server.run(sockets=[self._socket])
        finally:
            self._tidy()

    @property
    def serving(self) -> bool:
        return self._thread is not None and self._thread.is_alive() and not self._server.should_exit

    def close(self) -> None:
        """Closes every page's connection and the lab; returns when that is done."""
        self._server.should_exit = True
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(2 * GRACE)
        self._tidy()

    def _tidy(self) -> None:
        self._socket.close()
        self.held.close()


def bound(host: str, port: int) -> socket.socket:
    """A socket that listens on this machine only."""
    if host not in ADDRESSES:
        raise ArgumentError(
            f"host must be 127.0.0.1, localhost or ::1, for the lab serves this machine only; got {host!r}"
        )
    if isinstance(port, bool) or not isinstance(port, int):
        raise ArgumentTypeError(f"port must be a whole number; got {port!r}")
    if not 0 <= port < 2**16:
        raise ArgumentError(f"port must be from 0 to 65,535; got {port}")
    place = "127.0.0.1" if host == "localhost" else host
    try:
        return socket.create_server((place, port), family=ADDRESSES[host], backlog=128)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise ArgumentError(f"port {port} is taken; choose another, or 0 for any that is free") from None
        raise ArgumentError(f"port {port} of {host} cannot be used: {error.strerror or error}") from None


def opened(address: str) -> bool:
    """Opens the address in the user's browser; whether there was one."""
    import webbrowser

    try:
        return webbrowser.open(address)
    except (OSError, webbrowser.Error):
        return False
