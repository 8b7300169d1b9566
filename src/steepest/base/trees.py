"""Weights in the user's own shape: nested dicts, lists and tuples of arrays as one flat vector, and back.

The flat order is that of jax.flatten_util.ravel_pytree: dicts by sorted key (an OrderedDict as it lies), everything
else in its own order.
"""

import sys
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import ArgumentError, ArgumentTypeError

__all__ = ["Tree", "leaves_of", "mapped"]

Spec = Any
"""JSON-ready: ["array", shape], ["number"], ["dict", [[key, spec], ...]], ["list" or "tuple", [spec, ...]];
["other"] for containers that only their own library can build again."""


def children(tree: Any) -> tuple[list[Any], Callable[[list[Any]], Any]] | None:
    """The entries of a container and what builds it from others; None for a leaf."""
    if isinstance(tree, dict):
        keys, mapping = keys_of(tree), OrderedDict if isinstance(tree, OrderedDict) else dict
        return [tree[key] for key in keys], lambda items: mapping(zip(keys, items, strict=True))
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        cls: Any = type(tree)
        return list(tree), lambda items: cls(*items)
    if isinstance(tree, (list, tuple)):
        kind = type(tree)
        return list(tree), lambda items: kind(items)
    if tree is not None and not hasattr(tree, "shape") and "jax" in sys.modules:  # registered with JAX, if anywhere
        items, structure = sys.modules["jax"].tree_util.tree_flatten(tree, is_leaf=lambda part: part is not tree)
        if len(items) != 1 or items[0] is not tree:
            return items, lambda items: sys.modules["jax"].tree_util.tree_unflatten(structure, items)
    return None


def keys_of(tree: dict[Any, Any]) -> list[Any]:
    if isinstance(tree, OrderedDict):
        return list(tree)
    try:
        return sorted(tree)
    except TypeError:
        raise ArgumentTypeError(f"w0 has keys that cannot be sorted: {list(tree)!r}; make them all strings") from None


def mapped(function: Callable[[Any], Any], tree: Any) -> Any:
    """The tree with ``function`` applied to each leaf."""
    found = children(tree)
    if found is None:
        return function(tree)
    items, build = found
    return build([mapped(function, item) for item in items])


def leaves_of(tree: Any) -> Iterator[Any]:
    """The leaves in flat order."""
    found = children(tree)
    if found is None:
        yield tree
    else:
        for item in found[0]:
            yield from leaves_of(item)


@dataclass(frozen=True, eq=False)
class Tree:
    """The shape of a start: ``unravel(w)`` (NumPy or traced) gives the vector in that shape."""

    example: Any
    n: int

    @classmethod
    def of(cls, w0: Any) -> tuple["Tree", NDArray[np.float64]]:
        """The shape of ``w0`` and its numbers as one vector of float64."""
        parts = []
        for leaf in leaves_of(w0):
            array = np.asarray(leaf)
            if array.dtype.kind not in "fiu":
                raise ArgumentTypeError(f"w0 must hold real numbers; one of its leaves is {leaf!r}")
            parts.append(array.astype(np.float64).ravel())
        flat = np.concatenate(parts) if parts else np.empty(0)
        if flat.size == 0:
            raise ArgumentError("w0 is empty; give at least one variable")
        return cls(mapped(lambda leaf: np.empty(np.shape(leaf)), w0), int(flat.size)), flat

    def __call__(self, w: Any) -> Any:
        return self.unravel(w)

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Tree) and self._key is not None and self._key == other._key)

    def __hash__(self) -> int:
        return hash(self._key)

    @cached_property
    def _key(self) -> str | None:
        """Equal for equal shapes; None where a container is not ours to compare."""
        text = repr(self.spec)
        return None if "['other']" in text else text

    def unravel(self, w: Any) -> Any:
        """``w`` (n,) in the shape of the start: slices and reshapes of it."""
        at = 0

        def leaf(like: Any) -> Any:
            nonlocal at
            first, at = at, at + like.size
            return w[first:at].reshape(like.shape)

        return mapped(leaf, self.example)

    @property
    def spec(self) -> Spec:
        def told(tree: Any) -> Spec:
            if isinstance(tree, dict) and not isinstance(tree, OrderedDict):
                return ["dict", [[key, told(tree[key])] for key in keys_of(tree)]]
            if type(tree) in (list, tuple):
                return [type(tree).__name__, [told(item) for item in tree]]
            return ["array", list(tree.shape)] if isinstance(tree, np.ndarray) else ["other"]

        return told(self.example)

    @classmethod
    def from_spec(cls, spec: Spec) -> "Tree | None":
        """The shape a saved run tells of; None where only its own library could build it."""

        def built(part: Spec) -> Any:
            if part[0] == "dict":
                return {key: built(item) for key, item in part[1]}
            if part[0] in ("list", "tuple"):
                items = [built(item) for item in part[1]]
                return items if part[0] == "list" else tuple(items)
            if part[0] == "array":
                return np.empty(part[1])
            raise LookupError(part[0])

        try:
            example = built(spec)
        except LookupError:
            return None
        return cls(example, sum(leaf.size for leaf in leaves_of(example)))
