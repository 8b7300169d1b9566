"""A network's parameters one by one: gradient norms, the size of updates, and where numbers stopped being finite."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...base.text import count
from ...records.history import BUDGET, Recorder

__all__ = ["LayerRows", "Layers"]

Array = NDArray[np.float64]
MOST_LINES = 3


@dataclass(frozen=True, eq=False)
class Layers:
    """By recorded row (rows,) and named parameter (rows, names): Euclidean norms of ``gradient`` and ``weight``,
    ``update_ratio``, the norm of the update made from there over that of the weight, and ``learning_rate`` (rows,
    groups), that of each of the optimizer's groups for that update. NaN where there was none. ``not_finite`` and
    ``weight_not_finite`` hold the first recorded step at which a gradient or weight was not finite; ``every`` is how
    finely the steps were looked at."""

    names: tuple[str, ...]
    iteration: NDArray[np.int64]
    gradient: Array
    weight: Array
    update_ratio: Array
    learning_rate: Array
    not_finite: dict[str, int] = field(default_factory=dict)
    weight_not_finite: dict[str, int] = field(default_factory=dict)
    every: int = 1

    def verdicts(self) -> tuple[str, ...]:
        """What is wrong, a line for a layer, the earliest first; a few of many."""
        seen = f", looked at every {self.every:,} steps" if self.every > 1 else ""
        bad = [(step, name, "gradient") for name, step in self.not_finite.items()]
        bad += [(step, name, "weight") for name, step in self.weight_not_finite.items() if name not in self.not_finite]
        bad.sort(key=lambda item: item[0])
        lines = [f"{name}: {what} not finite from step {step:,}{seen}" for step, name, what in bad[:MOST_LINES]]
        if len(bad) > MOST_LINES:
            lines.append(f"{count(len(bad) - MOST_LINES, 'more parameter')} not finite, see record.layers.not_finite")
        if len(self.iteration):
            none = np.isnan(self.gradient).all(axis=0) & ~np.isin(self.names, list(self.not_finite))
            idle = [name for name, absent in zip(self.names, none, strict=True) if absent]
            if idle and len(idle) < len(self.names):
                more = f" and {count(len(idle) - MOST_LINES, 'more')}" if len(idle) > MOST_LINES else ""
                lines.append(f"{', '.join(idle[:MOST_LINES])}{more}: no gradient at any recorded step")
        return tuple(lines)

    def __repr__(self) -> str:
        return f"<Layers {count(len(self.names), 'parameter')}, {count(len(self.iteration), 'row')}>"


class LayerRows:
    """Collects the rows of ``Layers`` within the budget of a history."""

    def __init__(self, names: tuple[str, ...], groups: int, every: int) -> None:
        self.names, self.every = names, every
        self._width = 3 * len(names) + groups
        self._recorder = Recorder(self._width, ("w", "at"), 1, BUDGET, 2)
        self._rows = 0
        self.not_finite: dict[str, int] = {}
        self.weight_not_finite: dict[str, int] = {}

    def add(
        self, step: int, gradient: Array, weight: Array, update: Array, rates: Any, known: NDArray[np.bool_]
    ) -> None:
        """Norms at a step; ``known`` says which parameters have a gradient (the others' norms are NaN)."""
        for found, values in ((self.not_finite, gradient), (self.weight_not_finite, weight)):
            wrong = ~np.isfinite(values) & (known if values is gradient else True)
            for k in np.flatnonzero(wrong):
                found.setdefault(self.names[k], step)
        with np.errstate(all="ignore"):
            ratio = np.where(weight > 0, update / weight, np.nan)
        row = np.concatenate([gradient, weight, ratio, np.asarray(rates, dtype=float)])
        self._recorder.extend(self._rows, 1, {"w": row[None], "at": np.array([float(step)])})
        self._rows += 1

    def layers(self) -> Layers:
        found, k = self._recorder.finish(), len(self.names)
        rows = found["w"]
        return Layers(
            self.names, found["at"].astype(np.int64), rows[:, :k], rows[:, k : 2 * k], rows[:, 2 * k : 3 * k],
            rows[:, 3 * k :], dict(self.not_finite), dict(self.weight_not_finite), self.every,
        )  # fmt: skip
