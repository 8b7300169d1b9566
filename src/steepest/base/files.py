"""Files that are written: whole or not at all, and one sentence where they cannot be."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from .errors import ArgumentError, ArgumentTypeError

__all__ = ["as_path", "refuse_unwritable", "write_bytes", "write_text", "writing"]


def as_path(path: Any) -> Path:
    """``path`` as a Path; ArgumentTypeError where it is no name of a file."""
    try:
        return Path(path)
    except TypeError:
        raise ArgumentTypeError(f"path must be the name of a file; got {path!r}") from None


def refuse_unwritable(path: Any, name: str = "path") -> None:
    """An ArgumentError, known before the work begins, where ``path`` is a folder or lies in none; ``name`` is that of
    the argument."""
    target = as_path(path)
    with suppress(OSError):  # a name that the system does not take: writing says so
        if target.is_dir():
            raise ArgumentError(f"{name} {str(path)!r} cannot be written: it is a folder; name a file in it")
        folder = target.parent
        if folder.exists() and not folder.is_dir():
            raise ArgumentError(f"{name} {str(path)!r}: {str(folder)!r} is a file; name a folder in its place")
        if not folder.is_dir():
            raise ArgumentError(f"{name} {str(path)!r}: the folder {str(folder)!r} does not exist; make it first")


@contextmanager
def writing(path: Any, name: str = "path") -> Iterator[Path]:
    """The place to write to in the block, a file beside ``path`` which takes its place at the end: what was there stays
    until then. What is no ordinary file, a device or a pipe, is written to itself. An OSError of the block is the
    ArgumentError of ``path``."""
    refuse_unwritable(path, name)
    target = as_path(path)
    try:
        target = target.resolve()  # what a link leads to
        direct = target.exists() and not target.is_file()
        partial = target if direct else target.with_name(f".{target.stem}.partial{target.suffix}")
        try:
            yield partial
            if not direct:
                partial.replace(target)
        finally:
            if not direct:
                with suppress(OSError):
                    partial.unlink(missing_ok=True)
    except OSError as error:
        raise ArgumentError(f"{name} {str(path)!r} cannot be written: {error.strerror or error}") from error


def write_bytes(path: Any, content: bytes) -> Path:
    """Writes the file, and returns its path."""
    with writing(path) as place:
        place.write_bytes(content)
    return as_path(path)


def write_text(path: Any, text: str) -> Path:
    """The same of text, in UTF-8 with plain line ends."""
    return write_bytes(path, text.encode("utf-8"))
