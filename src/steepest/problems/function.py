"""A user's callable as a problem: its gradient given, joined to the value, or taken by central differences."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..base.box import Box
from ..base.errors import ArgumentError, ArgumentTypeError
from .differences import central_differences
from .problem import Array, Minimum

__all__ = ["CENTRAL", "Function", "JointFunction", "as_function", "numerical"]

CENTRAL = "central differences"


def callable_name(f: Any) -> str:
    """``module.qualified_name`` of a callable, for recipes and messages."""
    inner = getattr(f, "func", f)
    name = getattr(inner, "__qualname__", type(inner).__qualname__)
    module = getattr(inner, "__module__", None) or type(inner).__module__
    return f"{module}.{name}"


def short_name(f: Any) -> str:
    """The name a reader knows the callable by: ``f``, or ``a function`` for a lambda."""
    name = getattr(getattr(f, "func", f), "__name__", type(f).__name__)
    return "a function" if name == "<lambda>" else str(name)


@dataclass(frozen=True, eq=False)
class Function:
    """``value(w)`` and ``gradient(w)`` are the user's own callables, so that the loop calls them with nothing between.

    ``gradient`` is central differences of ``value`` where ``differences`` is True.
    """

    value: Callable[[Array], Any]
    gradient: Callable[[Array], Any]
    n: int
    name: str = "a function"
    differences: bool = False
    identity: str = ""
    gradient_identity: str = ""
    start: Array | None = None
    minimum: Minimum | None = None
    box: Box | None = None
    formula: str = ""
    source: str = ""
    tried: tuple[Array, Any] | None = None
    """A point and the value there, from the call that checked ``value``."""

    @property
    def gradient_note(self) -> str:
        return f"{CENTRAL}, {self.difference_evaluations:,} evaluations an iteration" if self.differences else "yours"

    @property
    def difference_evaluations(self) -> int:
        """Evaluations of the objective that one gradient costs."""
        return 2 * self.n if self.differences else 0

    def value_and_gradient(self, w: Array) -> tuple[float, Array]:
        return float(self.value(w)), np.asarray(self.gradient(w), dtype=float)

    def recipe(self) -> dict[str, Any]:
        return {"kind": "function", "name": self.identity, "gradient": self.gradient_identity, "n": self.n}


class JointFunction:
    """A callable that returns ``(value, gradient)`` together, seen as two: the gradient is that of the last value."""

    def __init__(self, f: Callable[[Array], tuple[Any, Any]]) -> None:
        self._f = f
        self._at: Array | None = None
        self._gradient: Any = None

    def value(self, w: Array) -> Any:
        value, self._gradient = self._f(w)
        self._at = w
        return value

    def gradient(self, w: Array) -> Any:
        if w is not self._at:
            self.value(w)
        return self._gradient


def as_function(f: Any, w0: Array, grad: Any, args: tuple[Any, ...], value_and_grad: bool) -> Function:
    """The problem of a user's callable, tried once at ``w0``: what it returns there is checked, and named if wrong."""
    if grad is not None and not callable(grad) and grad != "finite":
        if grad == "spsa":
            raise ArgumentError("grad='spsa' comes with a later version; pass a callable or 'finite'")
        raise ArgumentTypeError(f"grad must be a callable or 'finite'; got {grad!r}")
    value: Callable[[Array], Any] = (lambda w: f(w, *args)) if args else f
    gradient: Any = None
    if value_and_grad:
        if grad is not None:
            raise ArgumentError("value_and_grad=True means the problem returns both; leave grad out")
        joint = JointFunction(value)
        first = tried(joint.value, w0, "problem (with value_and_grad=True it must return (value, gradient))")
        value, gradient = joint.value, joint.gradient
    else:
        first = tried(value, w0, "problem")
        if callable(grad):
            gradient = (lambda w: grad(w, *args)) if args else grad
    value = scalar_valued(value, first)
    first = float(np.asarray(first).item())
    if gradient is not None:
        slope = tried(gradient, w0, "grad", np.full(w0.size, np.nan))
        check_gradient_shape(slope, w0.size)
        gradient = float_valued(gradient, slope, w0)
    differences = gradient is None
    if differences:
        gradient = differences_of(value)
    return Function(
        value, gradient, w0.size, name=short_name(f), differences=differences, identity=callable_name(f),
        gradient_identity=CENTRAL if differences else callable_name(f if value_and_grad else grad),
        tried=None if value_and_grad else (w0, first),
    )  # fmt: skip


def differences_of(value: Callable[[Array], Any]) -> Callable[[Array], Array]:
    def gradient(w: Array) -> Array:
        return central_differences(value, w)

    return gradient


def tried(f: Callable[[Array], Any], w: Array, name: str, overflow: Any = float("nan")) -> Any:
    """``f`` at a copy of ``w``; an exception, or a changed ``w``, is said in one sentence. Where ``f`` raises as
    math.exp does on overflow, ``overflow`` stands for its result."""
    at = w.copy()
    try:
        with np.errstate(all="ignore"):
            result = f(at)
    except (KeyboardInterrupt, StopIteration):
        raise
    except ArithmeticError:
        return overflow
    except Exception as error:
        raise ArgumentError(
            f"{name} raised {type(error).__name__} at w0 = {w.tolist() if w.size <= 6 else f'{w.size} numbers'}: "
            f"{error or 'no message'}; it must take w (and args) and return a number"
        ) from error
    if not np.array_equal(at, w, equal_nan=True):
        raise ArgumentError(f"{name} changed w in place at w0; it must leave its argument as it was")
    return result


def numerical(error: Exception) -> bool:
    """Whether an error of the objective only means that there is no number at this point: math.exp and its kin raise
    OverflowError where NumPy gives inf, math.log and math.sqrt a ValueError ('math domain error', since Python 3.14
    'expected a positive input') where NumPy gives NaN. Any other error is the caller's."""
    return isinstance(error, ArithmeticError) or str(error).startswith(("math domain error", "expected a "))


def scalar_valued(value: Callable[[Array], Any], first: Any) -> Callable[[Array], Any]:
    """``value`` itself where it gives numbers; where it gives arrays of one element, those elements."""
    if isinstance(first, (bool, str, bytes, complex)) or first is None or isinstance(first, np.complexfloating):
        raise ArgumentTypeError(f"problem must return one real number; at w0 it returned {first!r}")
    if isinstance(first, (int, float)):
        return value
    try:
        array = np.asarray(first)
    except ValueError:
        array = np.empty((0, 0))
    if array.size != 1 or array.dtype.kind not in "fiub":
        raise ArgumentError(
            f"problem must return one real number; at w0 it returned "
            f"{f'an array of shape {array.shape}' if array.dtype.kind in 'fiub' else repr(first)}"
            f"{'; sum or average it' if array.size > 1 else ''}"
        )
    if array.ndim == 0:
        return value

    def item(w: Array) -> float:
        return float(np.asarray(value(w)).item())

    return item


def check_gradient_shape(gradient: Any, n: int) -> None:
    try:
        array = np.asarray(gradient)
        shape, kind = array.shape, array.dtype.kind
    except ValueError:
        shape, kind = None, "O"
    if kind not in "fiub":
        raise ArgumentTypeError(f"grad must return {n} real numbers; at w0 it returned {gradient!r}")
    if shape != (n,) and not (n == 1 and shape == ()):
        raise ArgumentError(f"grad must return an array of shape ({n},), the shape of w0; at w0 it returned {shape}")


def float_valued(gradient: Callable[[Array], Any], first: Any, w0: Array) -> Callable[[Array], Any]:
    """``gradient`` itself where its result at w0, ``first``, is a float64 array of w0's shape; otherwise its results
    made so."""
    if isinstance(first, np.ndarray) and first.dtype == np.float64 and first.shape == w0.shape:
        return gradient

    def converted(w: Array) -> Array:
        return np.asarray(gradient(w), dtype=float).reshape(w.shape)

    return converted
