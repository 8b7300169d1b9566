"""Normal numbers from a counter: the same in every engine, any of them without those before it."""

from typing import Any

__all__ = ["normals"]

GOLDEN, MIX1, MIX2, UNIT = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB, 2.0**-53
"""The constants of SplitMix64, and what makes 53 bits a number below 1."""


def normals(n: int, seed: Any, t: Any, np: Any) -> Any:
    """``n`` standard normal numbers drawn from (seed, t); ``np`` is numpy or jax.numpy (with 64 bits).

    SplitMix64 counters, two to a number, and the Box-Muller transform. Source: G. Steele, D. Lea, C. Flood, "Fast
    splittable pseudorandom number generators", 2014; G. Box, M. Muller, "A note on the generation of random normal
    deviates", 1958.
    """

    def whole(value: Any) -> Any:
        return np.asarray([value]).astype(np.uint64)  # arrays of one: only these wrap around without a warning

    def mixed(z: Any) -> Any:
        z = (z ^ (z >> np.uint64(30))) * np.uint64(MIX1)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(MIX2)
        return z ^ (z >> np.uint64(31))

    golden = np.uint64(GOLDEN)
    key = mixed(mixed(whole(seed) + golden) + whole(t) * golden)
    counters = key + np.arange(1, 2 * n + 1).astype(np.uint64) * golden
    uniform = ((mixed(counters) >> np.uint64(11)).astype(np.float64) + 0.5) * UNIT
    return np.sqrt(-2.0 * np.log(uniform[:n])) * np.cos(2.0 * np.pi * uniform[n:])
