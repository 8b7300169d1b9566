"""Losses of an output against a target, one per file: value, derivative, curvature, each for one example."""

from typing import Any, Protocol, runtime_checkable

from ...base import discovery

__all__ = ["CoupledLoss", "Loss", "find", "names"]


@runtime_checkable
class Loss(Protocol):
    """The loss of one output ``o`` against its target ``y``: a NamedTuple of hyper-parameters, convex in o.

    Its methods are element-wise, made of + - * / **, comparisons and the functions of ``xp`` (base/xp.py), with
    ``xp.where`` in place of ``if``: the same lines run on arrays, on single numbers, in kernels and under JAX. NaN in
    gives NaN out. A classification's y is -1 or +1. At a kink the derivative is the choice of scikit-learn's SGD.

    Optional besides:
    ``predicted(o, xp)``, regression: the predicted target (the inverse link), o for most;
    ``probability(o, xp)``, classification: the probability of the class +1;
    ``refusal(y) -> str``: why the targets y (an array) cannot be used, in one sentence without its full stop, or "";
    ``parts(o, y, xp) -> (factor, rest, derivative)``: value = log(factor) + rest with 1 <= factor <= 2, to rounding,
    so that a kernel takes one log of the product of many factors.
    """

    @property
    def kind(self) -> str:
        """``"regression"`` (y any number) or ``"classification"``; in a NamedTuple a class attribute, no field."""

    def value(self, o: Any, y: Any, xp: Any) -> Any:
        """The loss."""

    def derivative(self, o: Any, y: Any, xp: Any) -> Any:
        """Its first derivative in o."""

    def second(self, o: Any, y: Any, xp: Any) -> Any:
        """Its second derivative in o, 0 on linear pieces; at a jump of it, that of either side."""

    def curvature(self) -> float:
        """The least upper bound of ``second`` over all o and y; infinite if the derivative jumps or grows faster."""

    def slope(self) -> float:
        """The least upper bound of |derivative| over all o and y; infinite if there is none."""


@runtime_checkable
class CoupledLoss(Protocol):
    """The loss of all outputs of an example together, y the number of its class. The outputs are folded one after the
    other into a tuple ``acc`` of numbers (of arrays for many examples at once): ``acc = start(first)``, then
    ``acc = fold(acc, next)`` for each further one; what follows needs one output and ``acc``. Element-wise as `Loss`.
    """

    @property
    def kind(self) -> str:
        """``"classification"``."""

    def start(self, o: Any, xp: Any) -> tuple[Any, ...]:
        """``acc`` after the first output."""

    def fold(self, acc: tuple[Any, ...], o: Any, xp: Any) -> tuple[Any, ...]:
        """``acc`` after one more output."""

    def value_of(self, o_true: Any, acc: tuple[Any, ...], xp: Any) -> Any:
        """The loss, given the output of the true class."""

    def derivative_of(self, o: Any, hit: Any, acc: tuple[Any, ...], xp: Any) -> Any:
        """The derivative of the loss in one output; ``hit`` is 1.0 if it is that of the true class, else 0.0."""

    def probability_of(self, o: Any, acc: tuple[Any, ...], xp: Any) -> Any:
        """The probability of the class of one output."""

    def curvature(self) -> float:
        """The least upper bound of the largest eigenvalue of the second derivative in an example's outputs."""

    def slope(self) -> float:
        """The least upper bound of the Euclidean length of an example's derivatives."""


def names() -> tuple[str, ...]:
    return discovery.names(__name__)


def find(name: str) -> Any:
    """The loss class called ``name``."""
    return discovery.find(__name__, name, "loss")
