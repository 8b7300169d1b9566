"""Things kept in memory under their names: so many, and so many bytes of them; beyond, the oldest go."""

import threading
from collections.abc import Mapping
from typing import Any

__all__ = ["Shelf"]


class Shelf:
    """Safe to use from several threads. Each thing says what it is made of, ``{id of a part: its bytes}``: a part that
    several things share counts once. What was put last stays, however large it is."""

    def __init__(self, most: int, most_bytes: int) -> None:
        self.most, self.most_bytes = most, most_bytes
        self._things: dict[str, tuple[Any, Mapping[int, int]]] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._things)

    def put(self, name: str, thing: Any, parts: Mapping[int, int]) -> None:
        with self._lock:
            self._things.pop(name, None)
            self._things[name] = thing, parts
            while len(self._things) > 1 and (len(self._things) > self.most or self.size() > self.most_bytes):
                self._things.pop(next(iter(self._things)))

    def get(self, name: str) -> Any:
        """The thing, which counts as the newest then; None where there is none (any more)."""
        with self._lock:
            found = self._things.pop(name, None)
            if found is None:
                return None
            self._things[name] = found
            return found[0]

    def size(self) -> int:
        """Bytes of all parts."""
        return sum({part: size for _, parts in self._things.values() for part, size in parts.items()}.values())

    def clear(self) -> None:
        with self._lock:
            self._things.clear()
