"""Watching an optax transformation: a transformation that makes the same steps and shows where they are made."""

import sys
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ...base.errors import ArgumentError
from ...base.trees import leaves_of, mapped
from ...records.history import BUDGET

__all__ = ["OptaxLoop", "WatchedState"]

Seen = Callable[[int, Any, float, Any, float], None]
NAN = float("nan")


class WatchedState(NamedTuple):
    """``count`` updates were made; ``inner`` is the state of the transformation that is watched."""

    count: Any
    inner: Any


class OptaxLoop:
    """Row t is what ``update`` number t + 1 is given: the parameters after t updates and their gradients.

    ``update`` may be jitted: recorded rows then come by a callback from the device, in which no objective may be
    evaluated; with ``later`` they wait for ``drain``."""

    def __init__(self, transformation: Any, every: int, seen: Seen, later: bool) -> None:
        self.inner, self.every, self._seen, self._later = transformation, every, seen, later
        self._jax, self._optax = sys.modules["jax"], sys.modules["optax"]
        self._waiting: list[tuple[int, Any, float, Any, float]] = []
        self._stride = 1

    def watched(self) -> Any:
        """The optax.GradientTransformationExtraArgs for the user's loop."""
        inner, jnp = self._optax.with_extra_args_support(self.inner), self._jax.numpy

        def init(params: Any) -> WatchedState:
            return WatchedState(jnp.zeros((), jnp.int32), inner.init(params))

        def update(updates: Any, state: WatchedState, params: Any = None, **extra: Any) -> tuple[Any, WatchedState]:
            if params is None:
                raise ArgumentError(
                    "params is missing: a watched update must see them; call update(grads, state, params)"
                )
            value = extra.get("value", NAN)
            rate = getattr(state.inner, "hyperparams", {}).get("learning_rate", NAN)
            self._look(state.count, params, value, updates, rate)
            steps, rest = inner.update(updates, state.inner, params, **extra)
            return steps, WatchedState(state.count + 1, rest)

        return self._optax.GradientTransformationExtraArgs(init, update)

    def _look(self, count: Any, params: Any, value: Any, slopes: Any, rate: Any) -> None:
        jax = self._jax
        if not isinstance(count, jax.core.Tracer):
            if int(count) % self.every == 0:
                self._seen(int(count), params, float(value), slopes, float(rate))
            return

        def show() -> None:
            jax.debug.callback(self._called, count, params, value, slopes, rate, ordered=True)

        jax.lax.cond(count % self.every == 0, show, lambda: None)

    def _called(self, count: Any, params: Any, value: Any, slopes: Any, rate: Any) -> None:
        row = int(count), mapped(np.asarray, params), float(value), mapped(np.asarray, slopes), float(rate)
        if not self._later:
            self._seen(*row)
            return
        if (row[0] // self.every) % self._stride:
            return
        self._waiting.append(row)
        size = sum(leaf.nbytes for tree in (row[1], row[3]) for leaf in leaves_of(tree))
        if size * len(self._waiting) > BUDGET and len(self._waiting) > 3:
            self._stride *= 2
            self._waiting = [kept for kept in self._waiting if not (kept[0] // self.every) % self._stride]

    def drain(self) -> None:
        """Hands on the rows that wait; for the main thread."""
        self._jax.effects_barrier()
        waiting, self._waiting = self._waiting, []
        for row in waiting:
            self._seen(*row)
