"""Files that a command is asked to write: what can be known to fail is said before the work begins."""

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

from ..base.errors import ArgumentError, MissingExtraError
from ..base.text import listing

if TYPE_CHECKING:
    from ..verbs.run import Run

__all__ = ["PICTURES", "RUNS", "check_file", "check_folder", "draw"]

PICTURES = (".png", ".svg", ".pdf", ".gif")
RUNS = (".npz", ".parquet")


def check_file(path: str | None, flag: str, suffixes: tuple[str, ...]) -> None:
    """Refuses a path with another suffix, in a folder that is missing or cannot be written to, or of a folder."""
    if path is None:
        return
    target = Path(path)
    if target.suffix not in suffixes:
        raise ArgumentError(f"{flag} must end in {listing(suffixes)}; got {path!r}")
    if target.suffix == ".parquet" and importlib.util.find_spec("pyarrow") is None:
        raise MissingExtraError(f'{flag} {path} needs pyarrow: pip install "steepest[frames]"')
    import tempfile

    try:
        if target.is_dir():
            raise ArgumentError(f"{flag} {path!r} is a folder; name a file in it")
        if not target.parent.is_dir():
            raise ArgumentError(f"{flag} {path!r}: the folder {str(target.parent)!r} does not exist; make it first")
        with tempfile.NamedTemporaryFile(dir=target.parent, prefix=f".{target.name}."):
            pass
        if target.exists():
            with target.open("ab"):
                pass
    except OSError as error:
        raise ArgumentError(f"{flag} {path!r} cannot be written: {error.strerror or error}") from error


def check_folder(path: str, flag: str) -> None:
    """Refuses a folder that cannot be made or written to; what is missing of it is made."""
    import tempfile

    target = Path(path)
    try:
        target.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=target):
            pass
    except OSError as error:
        reason = "it is a file" if target.is_file() else error.strerror or str(error)
        raise ArgumentError(f"{flag} {path!r} cannot be written to: {reason}; name another folder") from error


def draw(run: "Run", path: str) -> None:
    """The run's path as a picture, or as an animation where the file ends in .gif."""
    if Path(path).suffix == ".gif":
        run.animate(path)
    else:
        run.plot_path().save(path)
