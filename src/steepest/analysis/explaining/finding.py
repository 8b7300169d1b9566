"""What a verdict says of a run where it holds."""

from typing import NamedTuple

__all__ = ["CLEAR", "LIKELY", "UNSURE", "Finding"]

CLEAR, LIKELY, UNSURE = "clear", "likely", "unsure"


class Finding(NamedTuple):
    """How sure it is, the sentences that say why, with numbers, and the iteration (epoch) at which it began. ``cause``
    tells kinds of one verdict apart, for the advice."""

    confidence: str
    sentences: tuple[str, ...]
    began: int
    cause: str = ""
