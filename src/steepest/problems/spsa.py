"""Simultaneous perturbation: a gradient estimate from two evaluations, however many variables there are."""

from collections.abc import Callable
from hashlib import shake_128
from typing import Any

import numpy as np

from .differences import number_at
from .problem import Array

__all__ = ["STEP", "direction", "spsa", "spsa_of"]

DRAWS = 8
STEP = 1e-3
"""The relative step: far above rounding, so that a noisy objective still shows its slope, and small beside the weights.
On a quadratic its size makes no difference to the mean."""


def direction(w: Array, seed: int, draw: int = 0) -> Array:
    """The signs (+1 or -1, shape of w) drawn for ``w``: a hash of the seed and the bytes of ``w``, so that a run that
    is repeated or resumed draws the same ones without a counter. (A hash takes 2 us; a NumPy generator 15 us to seed.)
    ``draw`` 1, 2 ... are others for the same ``w``.
    """
    digest = shake_128(f"{seed}:{draw or ''}".encode() + w.tobytes()).digest((w.size + 7) // 8)
    bits = np.unpackbits(np.frombuffer(digest, np.uint8), count=w.size)
    return 2.0 * bits.astype(np.float64) - 1.0


def spsa(value: Callable[[Array], Any], w: Array, seed: int) -> Array:
    """``(f(w + c d) - f(w - c d)) / (2 c d)``, shape (n,), with d from :func:`direction` and c = 1e-3 max(1, abs(w)).

    All n components come from the same two evaluations: each is right on average over d, and off by the other
    components' slopes in any one draw. Where it is exactly 0, and would leave a run where it is for good, another
    direction is drawn, up to 8 times. NaN where f has no number at one of the two points.

    Source: J. C. Spall, "Multivariate stochastic approximation using a simultaneous perturbation gradient
    approximation", IEEE Transactions on Automatic Control 37, 1992, equation 2.2.
    """
    size = STEP * np.maximum(1.0, np.abs(w))
    for draw in range(DRAWS):
        step = size * direction(w, seed, draw)
        up, down = w + step, w - step
        spacing = up - down  # what was moved after rounding, as in central differences; taken before f can touch them
        difference = number_at(value, up) - number_at(value, down)
        if difference != 0:
            break
    gradient: Array = difference / spacing
    return gradient


def spsa_of(value: Callable[[Array], Any], seed: int) -> Callable[[Array], Array]:
    """The gradient callable of ``value`` by :func:`spsa`."""

    def gradient(w: Array) -> Array:
        return spsa(value, w, seed)

    return gradient
