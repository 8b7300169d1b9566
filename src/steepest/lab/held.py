"""What the lab keeps for its pages: files that came, files that leave, and what Python code asked to be shown."""

import secrets
from typing import Any, NamedTuple

from ..base.errors import ArgumentError
from .store import Store

__all__ = ["Held", "Opening"]

MOST_SHOWN = 50


class Opening(NamedTuple):
    """What a page opens with: a run, or a problem and where to start on it (None: wherever the page likes)."""

    thing: Any
    start: Any = None


class Held:
    """``uploads`` and ``downloads`` are stores of files; ``show`` keeps a problem or a run for the page to ask for."""

    def __init__(self) -> None:
        self.uploads = Store()
        self.downloads = Store()
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

    def close(self) -> None:
        self._shown.clear()
        self.uploads.close()
        self.downloads.close()
