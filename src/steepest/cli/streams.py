"""Where the command line writes: data on standard output, everything else on standard error."""

import contextlib
import errno
import os
import sys
from typing import Any

from ..base.errors import ArgumentError

__all__ = ["out", "say"]

_READER_GONE = (errno.EPIPE, errno.EINVAL)
"""What writing to a closed pipe gives: EPIPE, on Windows EINVAL."""


def out(text: str) -> None:
    """A line (or several) of data on standard output."""
    _write(sys.stdout, text, "standard output")


def say(text: str) -> None:
    """A message on standard error."""
    _write(sys.stderr, text, "standard error")


def _write(stream: Any, text: str, name: str) -> None:
    """Writes and flushes. A reader who has left (``| head -1``) is no error: the work goes on, unread. Characters that
    the locale lacks (in a file's name, say) are written as escapes."""
    if stream is None:  # closed before Python started
        return
    encoding = getattr(stream, "encoding", None) or "utf-8"
    try:
        stream.write(f"{text}\n".encode(encoding, "backslashreplace").decode(encoding))
        stream.flush()
    except OSError as error:
        _discard(stream)
        if error.errno not in _READER_GONE:
            raise ArgumentError(f"{name} cannot be written: {error.strerror or error}") from error


def _discard(stream: Any) -> None:
    """Sends what is still in the stream's buffer, and all that follows, nowhere: Python flushes again as it exits."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
