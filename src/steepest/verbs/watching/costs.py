"""What watching cost: measured, not estimated."""

from typing import NamedTuple

from ...base.text import count, duration, number

__all__ = ["Cost"]


class Cost(NamedTuple):
    """``recording`` seconds were spent on ``rows`` rows out of ``total`` from the first to the end. On a device that
    works on its own, the wait for what it had been given before is not counted."""

    recording: float
    total: float
    rows: int

    @property
    def share(self) -> float:
        """The part of the time that went into recording."""
        return self.recording / self.total if self.total > 0 else 0.0

    def __str__(self) -> str:
        return (
            f"{count(self.rows, 'row')} recorded in {duration(self.recording)}, {number(100 * self.share, 2)} % of "
            f"{duration(self.total)}"
        )
