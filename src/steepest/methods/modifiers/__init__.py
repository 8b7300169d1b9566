"""What may be added to any rule: weight decay, clipping, noise, averaging; one modifier per file.

Their fields are keywords beside the rule's own (``minimize(f, w0, "momentum", weight_decay=0.01)``): a modified rule is
a class made once for each combination, with the fields of all its parts side by side, so that schedules, recipes and
compiled kernels treat it like any other rule.
"""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

from ...base import discovery

__all__ = ["fields", "find", "names"]

ORDER = ("polyak_averaging", "exponential_averaging", "weight_decay", "clip_norm", "clip_value", "gradient_noise")
"""From the rule outwards: a gradient is disturbed first, then clipped, then the weights' decay is added to it, as in
torch, where clipping comes before the optimiser."""

_NOT_MODIFIERS = ("modified",)


@cache
def names() -> tuple[str, ...]:
    """The names of the modifiers, from the rule outwards."""
    found = [name for name in discovery.names(__name__) if name not in _NOT_MODIFIERS]
    return tuple(sorted(found, key=lambda name: (ORDER.index(name) if name in ORDER else len(ORDER), name)))


def find(name: str) -> Any:
    """The modifier class called ``name``."""
    return discovery.find(__name__, name, "modifier", skip=_NOT_MODIFIERS)


@cache
def fields() -> Mapping[str, str]:
    """The name of the modifier that each of their fields belongs to."""
    return MappingProxyType({field: name for name in names() for field in find(name)._fields})
