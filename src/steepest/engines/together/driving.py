"""The loop over chunks of rows of many runs: computed in threads, judged, and the runs that are over leave."""

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from ...records.outcome import Outcome
from ..chunks import Chunks
from ..numba.threads import each_part
from ..stopping import Verdict
from .ledger import Ledger
from .rows import Columns

__all__ = ["MOST_BYTES", "Part", "Source", "drive"]

MOST_BYTES = 2**26
"""Of the rows computed at a time."""
AHEAD = 0.1
"""Seconds that a chunk may take if the next is to be begun before it is judged: in vain, where all runs are over. A
thousand short runs in JAX take 18 ms in place of 27."""
INTERRUPTED = Verdict(Outcome.INTERRUPTED, "interrupted; what was done is kept", 0)


class Source(Protocol):
    """Computes rows of some runs."""

    def compute(self, first: int, rows: int) -> Columns:
        """The next rows of all runs kept, from row ``first`` on."""

    def begin(self, first: int, rows: int) -> None:
        """These rows will be asked for next, by all of the runs or by fewer: for what can compute them while the last
        ones are judged."""

    def keep(self, going: NDArray[np.bool_]) -> None:
        """Only these runs go on, one at least."""


class Part(NamedTuple):
    """Runs that one thread computes."""

    ledger: Ledger
    source: Source


def drive(
    parts: Sequence[Part], first_rows: int, most: int = 2**62, report: Callable[[], None] | None = None,
    most_bytes: int = MOST_BYTES,
) -> int:  # fmt: skip
    """Runs all parts, which are at the same row, to their ends; one thread each. ``first_rows`` are computed at first,
    ``most`` at a time, ``most_bytes`` of them. Returns the rows of the longest chunk; raises KeyboardInterrupt once all
    runs that have a row are ended as interrupted. ``report`` is called after each chunk."""
    runs = sum(len(part.ledger.tasks) for part in parts)
    row_bytes = 8 * runs * (parts[0].ledger.tasks.first.w0.size + 3)
    chunks = Chunks(parts[0].ledger.clock, first_rows, 1, most=max(1, min(most, most_bytes // row_bytes)))
    running, longest, row = list(parts), 1, parts[0].ledger.now.row
    rows = chunks.next(parts[0].ledger.left)
    try:
        while running:
            longest = max(longest, rows)
            found = computed(running, row, rows)
            seconds, left = chunks.seconds(), running[0].ledger.left - rows
            row, rows = row + rows, chunks.next(left)
            if left > 0 and seconds[-1] - seconds[0] < AHEAD:
                for part in running:
                    part.source.begin(row, rows)
            for part, columns in zip(running, found, strict=True):
                going = part.ledger.take(columns, seconds)
                if going.any() and not going.all():
                    part.source.keep(going)
            running = [part for part in running if part.ledger.active.size]
            if report is not None:
                report()
    except KeyboardInterrupt:
        for part in parts:
            if part.ledger.now.row and part.ledger.verdict is None:
                part.ledger.finish(INTERRUPTED)
        raise
    return longest


def computed(parts: Sequence[Part], row: int, rows: int) -> list[Columns]:
    """The next rows of each part, a thread each."""
    found: dict[int, Columns] = {}

    def compute(first: int, last: int) -> None:
        for k in range(first, last):
            found[k] = parts[k].source.compute(row, rows)

    each_part(compute, len(parts), len(parts))  # type: ignore[no-untyped-call]
    return [found[k] for k in range(len(parts))]
