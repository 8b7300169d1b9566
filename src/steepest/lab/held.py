"""What the lab keeps for its pages: files that came and files that leave, data and runs on them, and what Python code
asked to be shown."""

import hashlib
import hmac
import secrets
from typing import Any, NamedTuple

from ..base.errors import ArgumentError
from ..verbs.run import Run
from .shelf import Shelf
from .store import MEGABYTE, Store

__all__ = ["Held", "Opening"]

MOST_SHOWN = 50
MOST_DATA, DATA_BYTES = 8, 800 * MEGABYTE
MOST_RUNS, RUN_BYTES = 60, 800 * MEGABYTE
MOST_LIMITS = 200


class Opening(NamedTuple):
    """What a page opens with: a run, or a problem and where to start on it (None: wherever the page likes)."""

    thing: Any
    start: Any = None


class Held:
    """``uploads`` and ``downloads`` are stores of files; ``data`` are tables as read and as prepared, ``runs`` what was
    trained on them, ``limits`` the stability limits of that; ``show`` keeps a problem or a run for a page."""

    def __init__(self) -> None:
        self.uploads = Store()
        self.downloads = Store()
        self.data = Shelf(MOST_DATA, DATA_BYTES)
        self.runs = Shelf(MOST_RUNS, RUN_BYTES)
        self.limits = Shelf(MOST_LIMITS, 0)
        self._secret = secrets.token_bytes(32)
        self._shown: dict[str, Opening] = {}

    def show(self, opening: Opening) -> str:
        """Keeps a problem or a run; returns its id. Of very many the oldest are forgotten."""
        while len(self._shown) >= MOST_SHOWN:
            self._shown.pop(next(iter(self._shown)))
        id = secrets.token_urlsafe(8)
        self._shown[id] = opening
        return id

    def shown(self, id: str) -> Opening:
        """What was kept under ``id``. Raises ArgumentError where there is nothing."""
        if id not in self._shown:
            raise ArgumentError("show names nothing that the lab holds; call steepest.show again")
        return self._shown[id]

    def with_shown(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """An ask's arguments; where they name a problem by the id under which it is shown, the problem itself."""
        named = arguments.get("problem")
        if not (isinstance(named, dict) and named.get("kind") == "shown"):
            return arguments
        thing = self.shown(str(named.get("id"))).thing
        problem = thing.problem if isinstance(thing, Run) else thing
        if problem is None:
            raise ArgumentError("problem of this run is not at hand: it was loaded from a file that does not hold it")
        return arguments | {"problem": Opening(problem)}

    def key_of(self, words: str) -> str:
        """A key that nobody can guess, the same for the same words in this lab."""
        return hmac.new(self._secret, words.encode(), hashlib.sha256).hexdigest()

    def close(self) -> None:
        self._shown.clear()
        self.data.clear()
        self.runs.clear()
        self.limits.clear()
        self.uploads.close()
        self.downloads.close()
