"""Files that come to the lab (uploads) and leave it (downloads): a bounded number of bytes in a temporary folder."""

import secrets
import tempfile
import threading
from pathlib import Path
from typing import BinaryIO, NamedTuple

from ..base.errors import ArgumentError
from ..base.text import number

__all__ = ["Incoming", "Store", "Stored"]

MEGABYTE = 1_000_000
MOST_BYTES = 200 * MEGABYTE
"""Of one file."""
MOST_HELD = 600 * MEGABYTE
"""Of all files of a store; beyond, the oldest go."""
MOST_FILES = 100
LONGEST_NAME = 120


class Stored(NamedTuple):
    """One file: ``id`` is how it is asked for, ``name`` what it is called, ``path`` where it lies."""

    id: str
    name: str
    path: Path
    size: int


class Store:
    """Files by their ids. Safe to use from several threads."""

    def __init__(self, most_bytes: int = MOST_BYTES, most_held: int = MOST_HELD, most_files: int = MOST_FILES) -> None:
        self.most_bytes, self.most_held, self.most_files = most_bytes, most_held, most_files
        self._temporary = tempfile.TemporaryDirectory(prefix="steepest-lab-", ignore_cleanup_errors=True)
        self.folder = Path(self._temporary.name)
        self._files: dict[str, Stored] = {}
        self.coming = 0
        """Bytes of files that have not arrived whole."""
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._files)

    def __contains__(self, id: str) -> bool:
        return id in self._files

    def get(self, id: str) -> Stored:
        """The file with this id. Raises ArgumentError where there is none (any more)."""
        found = self._files.get(id)
        if found is None:
            raise ArgumentError("file is not in the lab any more; give it again")
        return found

    def add(self, name: str, content: bytes) -> Stored:
        """Keeps ``content`` under a new id."""
        incoming = self.begin(name)
        try:
            incoming.write(content)
            return incoming.keep()
        finally:
            incoming.close()

    def begin(self, name: str) -> "Incoming":
        """A file that is to be written piece by piece."""
        return Incoming(self, plain_name(name), self.folder / secrets.token_hex(16))

    def close(self) -> None:
        """Deletes everything."""
        self._files.clear()
        self._temporary.cleanup()

    def make_room(self, more: int) -> None:
        """Counts ``more`` bytes that are coming in; the oldest files go where they would be too many."""
        with self._lock:
            while self._files and self._held() + more > self.most_held:
                self._forget_oldest()
            if self._held() + more > self.most_held:
                raise ArgumentError("the lab holds as many bytes as it can; wait until the other files have arrived")
            self.coming += more

    def settle(self, incoming: int, stored: Stored | None) -> None:
        """``incoming`` bytes have come in, or were given up."""
        with self._lock:
            self.coming -= incoming
            if stored is not None:
                self._files[stored.id] = stored
            while len(self._files) > self.most_files:
                self._forget_oldest()

    def _forget_oldest(self) -> None:
        self._files.pop(next(iter(self._files))).path.unlink(missing_ok=True)

    def _held(self) -> int:
        return self.coming + sum(file.size for file in self._files.values())


class Incoming:
    """A file on its way in. ``close`` deletes it unless it was kept."""

    def __init__(self, store: Store, name: str, path: Path) -> None:
        self.store, self.name, self.path = store, name, path
        self.size = 0
        self._file: BinaryIO | None = path.open("xb")

    def write(self, piece: bytes) -> None:
        """Raises ArgumentError beyond what the store takes."""
        if self._file is None or not piece:
            return
        if self.size + len(piece) > self.store.most_bytes:
            raise ArgumentError(too_large(self.store.most_bytes))
        self.store.make_room(len(piece))
        self.size += len(piece)
        self._file.write(piece)

    def keep(self) -> Stored:
        self._finish()
        stored = Stored(secrets.token_urlsafe(16), self.name, self.path, self.size)
        self.store.settle(self.size, stored)
        return stored

    def close(self) -> None:
        if self._file is not None:
            self._finish()
            self.path.unlink(missing_ok=True)
            self.store.settle(self.size, None)

    def _finish(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def too_large(most: int) -> str:
    size = f"{number(most / MEGABYTE)} MB"
    return f"the file is larger than the {size} that the lab takes; use the library or the command line"


def plain_name(name: str) -> str:
    """The last part of a file's name without what a header or a folder could stumble over."""
    last = name.replace("\\", "/").rpartition("/")[2]
    kept = "".join(c if c.isascii() and (c.isalnum() or c in "._- ()") else "_" for c in last).strip(" .")
    return kept[-LONGEST_NAME:] or "file"
