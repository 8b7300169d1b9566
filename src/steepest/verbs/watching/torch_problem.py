"""The loss of a torch model as a problem in its flattened parameters, so that views and curvature can ask for it."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...base.trees import Tree
from .tensors import TorchTensors

__all__ = ["TorchProblem"]

Array = NDArray[np.float64]


class TorchProblem:
    """``value(w)`` is the user's loss with the parameters at ``w`` (n,), in the order of their sorted names; the
    model's own parameters are put back. It means what it says where the loss is of fixed data."""

    gradient_note = "torch's own"
    formula = source = ""
    box = minimum = start = None

    def __init__(self, name: str, loss: Callable[[], Any], tensors: TorchTensors, tree: Tree) -> None:
        self.name, self.n, self.tree = name, tree.n, tree
        self.loss, self._tensors = loss, tensors

    def _at(self, w: Array, ask: Callable[[], Any]) -> Any:
        kept = self._tensors.copies()
        try:
            self._tensors.put(self._tensors.shaped(np.asarray(w, dtype=float)))
            return ask()
        finally:
            self._tensors.put(kept)

    def value(self, w: Array) -> float:
        return float(self._at(w, lambda: self._tensors.value(self.loss)))

    def gradient(self, w: Array) -> Array:
        return self.value_and_gradient(w)[1]

    def value_and_gradient(self, w: Array) -> tuple[float, Array]:
        value, slopes = self._at(w, lambda: self._tensors.gradient(self.loss))
        return value, self._tensors.flat(slopes)

    def hessian_product(self, w: Array, v: Array) -> Array:
        """``H(w) v`` (n,), by torch's double backward."""

        def ask() -> Array:
            with self._tensors.products(self.loss) as (_, apply):
                return apply(np.asarray(v, dtype=float))

        return np.asarray(self._at(w, ask))

    def recipe(self) -> dict[str, Any]:
        return {"kind": "torch", "name": self.name, "n": self.n}

    def __reduce__(self) -> tuple[Any, tuple[()]]:
        """Pickled runs go without the model."""
        return nothing, ()

    def __repr__(self) -> str:
        return f"<TorchProblem {self.name}, {self.n:,} parameters>"


def nothing() -> None:
    """What a pickled problem comes back as."""
