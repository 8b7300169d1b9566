"""The verdicts, one a file. A class of the file's name has ``holds(evidence)``, a pure function that gives a Finding
or None; its docstring is the definition."""

from typing import Any

from ....base import discovery

__all__ = ["PRECEDENCE", "find", "names", "spoken"]

PRECEDENCE = (
    "wrong_gradient", "unbounded", "diverging", "out_of_domain", "led_astray", "on_a_plateau", "at_a_saddle",
    "in_a_local_minimum", "converged", "in_a_noise_ball", "at_the_edge_of_stability", "chaotic", "ringing", "crawling",
    "still_falling",
)  # fmt: skip
"""Of those that hold, the first is the primary one: what is broken, then where the run rests, then why it does not."""


def names() -> tuple[str, ...]:
    return discovery.names(__name__)


def find(name: str) -> Any:
    return discovery.find(__name__, name, "verdict")


def spoken(name: str) -> str:
    """``in_a_noise_ball`` -> ``in a noise ball``."""
    return name.replace("_", " ")
