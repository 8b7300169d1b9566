"""Rows of many runs, kept as each run's Recorder would keep its own: thinned when a run's share outgrows its budget."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Columns", "Rows"]

Array = NDArray[np.float64]


class Columns(NamedTuple):
    """Of some rows: w (rows, runs, n); f, the gradient norms and running_f (rows, runs), or None where unknown."""

    w: Array
    f: Array
    grad_norm: Array | None = None
    running_f: Array | None = None

    def named(self, seconds: Array) -> dict[str, Array | None]:
        """By the names of the record, with ``seconds`` (rows,)."""
        return {**self._asdict(), "seconds": seconds}


class Piece(NamedTuple):
    """Rows ``iteration`` of the runs ``runs``, both ascending."""

    iteration: NDArray[np.int64]
    runs: NDArray[np.int64]
    columns: dict[str, Array]


class Rows(NamedTuple):
    """What is kept so far. Adding gives a new one, so that Ctrl-C finds all rows of a chunk or none."""

    names: tuple[str, ...]
    stride: int
    budget: int | None
    row_bytes: int
    pieces: tuple[Piece, ...] = ()
    kept: int = 0

    def adding(self, first: int, runs: NDArray[np.int64], columns: dict[str, Array | None]) -> "Rows":
        """With the rows first, first + 1, ... of these runs. They are kept as views of what is given where none is
        left out."""
        if not self.names:
            return self
        given = {name: np.asarray(columns[name]) for name in self.names}
        rows = len(next(iter(given.values())))
        piece = Piece(np.arange(first, first + rows), runs, given)
        more = self._replace(pieces=(*self.pieces, every(piece, self.stride)))
        more = more._replace(kept=sum(len(piece.iteration) for piece in more.pieces))
        while self.budget is not None and more.kept > 3 and more.kept * self.row_bytes > self.budget:
            pieces = tuple(every(piece, 2 * more.stride) for piece in more.pieces)
            kept = sum(len(piece.iteration) for piece in pieces)
            more = more._replace(stride=2 * more.stride, pieces=pieces, kept=kept)
        return more

    def of_run(self, run: int) -> tuple[NDArray[np.int64], dict[str, Array]]:
        """One run's iterations and columns."""
        parts: dict[str, list[Any]] = {name: [] for name in self.names}
        iterations = [np.empty(0, dtype=np.int64)]
        for piece in self.pieces:
            at = int(np.searchsorted(piece.runs, run))
            iterations.append(piece.iteration)
            for name, column in piece.columns.items():
                parts[name].append(column if name == "seconds" else column[:, at])
        columns = {name: np.concatenate(column) if column else np.empty(0) for name, column in parts.items()}
        return np.concatenate(iterations), columns


def every(piece: Piece, stride: int) -> Piece:
    """The rows of a piece whose iterations are multiples of ``stride``, as copies where others are left out."""
    wanted = piece.iteration % stride == 0
    if wanted.all():
        return piece
    return Piece(
        piece.iteration[wanted], piece.runs, {name: column[wanted] for name, column in piece.columns.items()}
    )  # fmt: skip
