"""The interface of everything that can be minimised. Concrete problems are final and immutable."""

from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from ..base.box import Box

__all__ = ["Array", "FiniteSumProblem", "Minimum", "Problem"]

Array = NDArray[np.float64]


class Minimum(NamedTuple):
    """A known minimum: the value ``f`` and the points ``w`` (points, n) at which it is taken."""

    f: float
    w: Array


@runtime_checkable
class Problem(Protocol):
    """Value and gradient of an objective on R^n, and what is known about it."""

    @property
    def name(self) -> str: ...
    @property
    def n(self) -> int:
        """The number of variables."""

    @property
    def start(self) -> Array | None:
        """The customary start, shape (n,), or None."""

    @property
    def minimum(self) -> Minimum | None: ...
    @property
    def box(self) -> Box | None:
        """The customary domain: where plots look and random starts are drawn."""

    @property
    def formula(self) -> str: ...
    @property
    def source(self) -> str:
        """Where the problem comes from: a citation."""

    @property
    def gradient_note(self) -> str:
        """How gradients are had: 'exact', 'yours', 'central differences, 4 evaluations an iteration'."""

    def value(self, w: Array) -> float: ...
    def gradient(self, w: Array) -> Array: ...
    def value_and_gradient(self, w: Array) -> tuple[float, Array]: ...
    def recipe(self) -> dict[str, Any]:
        """What identifies the problem in a saved run: names, and arrays by shape, dtype and hash. JSON-ready."""


@runtime_checkable
class FiniteSumProblem(Problem, Protocol):
    """A problem that is a mean or sum over rows, so that a batch size means something."""

    @property
    def rows(self) -> int: ...
    def batch_value_and_gradient(self, w: Array, rows: NDArray[np.int64]) -> tuple[float, Array]:
        """The loss and its gradient over ``rows``: their mean, or their sum, as the problem's reduction says."""
