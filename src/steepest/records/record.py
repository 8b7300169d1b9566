"""Everything one run left behind, as data: it is what is saved, loaded, explained and drawn."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .history import History
from .outcome import Outcome

__all__ = ["Best", "Record", "Updates"]

Array = NDArray[np.float64]


class Best(NamedTuple):
    """The row with the lowest f (highest under maximize)."""

    w: Array
    f: float
    iteration: int


@dataclass(frozen=True, eq=False)
class Updates:
    """Row t is after t single updates: ``w`` (rows, n), ``iteration`` (rows,), ``running_f`` (rows,) the loss of the
    batch that made the row, taken just before it (NaN in row 0)."""

    iteration: NDArray[np.int64]
    w: Array
    running_f: Array

    def __len__(self) -> int:
        return int(self.iteration.size)

    def __repr__(self) -> str:
        return f"<Updates {len(self):,} rows: iteration, w, running_f>"


@dataclass(frozen=True, eq=False)
class Record:
    """A run as data. ``outcome`` is None while it runs. ``reason`` is why it ended, with numbers;
    ``trouble_at`` the row at which a failure began; ``why`` and ``advice`` are there where it went wrong."""

    setup: dict[str, Any]
    """The recipe without what must be hashed: method, hyper-parameters, seed, stopping, versions."""
    hashed: Callable[[], dict[str, Any]] = field(repr=False)
    """Gives the rest of the recipe, 'problem' and 'w0'; called once, when the recipe is first asked for."""
    outcome: Outcome | None
    reason: str
    trouble_at: int
    w0: Array
    w: Array
    f: float
    best: Best
    history: History
    nit: int
    nfev: int
    njev: int
    seconds: float
    engine: str
    engine_reason: str
    grad_norm: float = float("nan")
    updates: Updates | None = None
    why: str = ""
    advice: dict[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @cached_property
    def recipe(self) -> dict[str, Any]:
        """Problem, method, hyper-parameters, start, seed, versions: what makes the run again. JSON-ready."""
        return {**self.setup, **self.hashed()}

    @property
    def sign(self) -> float:
        """-1 for a run that climbs."""
        return -1.0 if self.setup["maximize"] else 1.0

    @property
    def unit(self) -> str:
        """What a row is after: 'iteration' or 'epoch'."""
        return "iteration" if self.setup["batch_size"] is None else "epoch"
