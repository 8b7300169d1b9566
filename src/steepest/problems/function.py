"""A user's callable as a problem: its gradient given, joined to the value, or taken by central differences."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..base.box import Box
from ..base.errors import ArgumentError, ArgumentTypeError, NotYetError
from .differences import central_differences, numerical
from .problem import Array, Minimum

__all__ = ["CENTRAL", "Function", "JointFunction", "Once", "as_function", "numerical"]

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
    first_value: "Once | None" = None
    """``value``, which need not be called again where it was checked."""
    first_gradient: "Once | None" = None
    joint: "JointFunction | None" = None
    """Where value and gradient come from one callable."""

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


class Once:
    """A callable that was called at ``w`` when it was checked: the first call there gives what it gave then."""

    def __init__(self, f: Callable[[Array], Any], w: Array, known: Any) -> None:
        self.f, self._w, self._known = f, w, known
        self.left = 1
        """1 until the known result is used, then 0."""

    def __call__(self, w: Array) -> Any:
        if self.left and np.array_equal(w, self._w):
            self.left = 0
            return self._known
        return self.f(w)


class JointFunction:
    """A callable that returns ``(value, gradient)`` together, seen as two: the gradient is that of the last value.

    ``scalar`` and ``vector`` make a float and a float64 array of what it returns."""

    def __init__(self, call: Callable[[Array], tuple[Any, Any]], scalar: Any, vector: Any) -> None:
        self.call, self.scalar, self.vector = call, scalar, vector
        self._at: Array | None = None
        self._gradient: Any = None

    def value(self, w: Array) -> Any:
        value, gradient = self.call(w)
        self._at, self._gradient = w, self.vector(gradient)
        return self.scalar(value)

    def gradient(self, w: Array) -> Any:
        if w is not self._at:
            self.value(w)
        return self._gradient

    def calling(self, call: Callable[[Array], tuple[Any, Any]]) -> "JointFunction":
        """The same over another callable."""
        return JointFunction(call, self.scalar, self.vector)


def as_function(f: Any, w0: Array, grad: Any, args: tuple[Any, ...], value_and_grad: bool) -> Function:
    """The problem of a user's callable, tried once at ``w0``: what it returns there is checked, and named if wrong."""
    if isinstance(grad, str) and grad == "spsa":
        raise NotYetError("grad='spsa' comes with a later version; pass a callable or 'finite'")
    if grad is not None and not callable(grad) and not (isinstance(grad, str) and grad == "finite"):
        raise ArgumentTypeError(f"grad must be a callable or 'finite'; got {grad!r}")
    value: Callable[[Array], Any] = (lambda w: f(w, *args)) if args else f
    name, identity = short_name(f), callable_name(f)
    if value_and_grad:
        if grad is not None:
            raise ArgumentError("value_and_grad=True means the problem returns both; leave grad out")
        joint = as_joint(value, w0)
        return Function(
            joint.value, joint.gradient, w0.size, name, identity=identity, gradient_identity=identity, joint=joint
        )
    first = tried(value, w0, "problem")
    scalar = scalar_of(first)
    if scalar is not float:
        value = chained(scalar, value)
    first_value = Once(value, w0, scalar(first))
    if not callable(grad):
        return Function(
            value, differences_of(value), w0.size, name, True, identity, CENTRAL, first_value=first_value
        )  # fmt: skip
    gradient = (lambda w: grad(w, *args)) if args else grad
    slope = tried(gradient, w0, "grad", np.full(w0.size, np.nan))
    vector = vector_of(slope, w0, "grad must return")
    if vector is not None:
        gradient = chained(vector, gradient)
    known = np.array(slope, dtype=float).reshape(w0.shape)
    return Function(
        value, gradient, w0.size, name, False, identity, callable_name(grad), first_value=first_value,
        first_gradient=Once(gradient, w0, known),
    )  # fmt: skip


def as_joint(call: Callable[[Array], Any], w0: Array) -> JointFunction:
    """The callable of ``value_and_grad=True``, tried at ``w0``."""
    first = tried(call, w0, "problem", (float("nan"), np.full(w0.size, np.nan)))
    if not isinstance(first, (tuple, list)) or len(first) != 2:
        raise ArgumentTypeError(
            f"problem must return (value, gradient) with value_and_grad=True; at w0 it returned {shown(first)}"
        )
    scalar = scalar_of(first[0])
    vector = vector_of(first[1], w0, "problem must return (value, gradient), the gradient")
    known = (first[0], np.array(first[1], dtype=float).reshape(w0.shape))
    return JointFunction(Once(call, w0, known), scalar, vector or unchanged)


def unchanged(value: Any) -> Any:
    return value


def chained(outer: Callable[[Any], Any], inner: Callable[[Array], Any]) -> Callable[[Array], Any]:
    def composed(w: Array) -> Any:
        return outer(inner(w))

    return composed


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
    except Exception as error:
        if numerical(error):
            return overflow
        said = " ".join(str(error).split()) or "no message"
        raise ArgumentError(
            f"{name} raised {type(error).__name__} at w0 = {w.tolist() if w.size <= 6 else f'{w.size} numbers'}: "
            f"{said}; it must take w (and args) and return {'a number' if name == 'problem' else 'an array'}"
        ) from error
    if not np.array_equal(at, w, equal_nan=True):
        raise ArgumentError(f"{name} changed w in place at w0; it must leave its argument as it was")
    return result


def shown(value: Any) -> str:
    """A value in one line of an error: arrays of numbers by their shape."""
    if isinstance(value, np.ndarray) and value.dtype.kind in "fiub":
        return f"an array of shape {value.shape}"
    text = " ".join(repr(value).split())
    return text if len(text) <= 80 else f"{text[:77]}..."


def scalar_of(first: Any) -> Callable[[Any], float]:
    """What makes a float of the objective's values, judged by the ``first``: float() itself for single numbers, the
    only element of arrays that have one."""
    if isinstance(first, (int, float)) and not isinstance(first, bool):
        return float
    try:
        array = np.asarray(first)
    except ValueError:
        array = np.array(None)
    if array.dtype.kind not in "fiu":
        raise ArgumentTypeError(f"problem must return one real number; at w0 it returned {shown(first)}")
    if array.size != 1:
        raise ArgumentError(
            f"problem must return one real number; at w0 it returned an array of shape {array.shape}"
            f"{'; sum or average it' if array.size else ''}"
        )
    return float if array.ndim == 0 else only_element


def only_element(value: Any) -> float:
    return float(np.asarray(value).item())


def vector_of(first: Any, w0: Array, must: str) -> Callable[[Any], Array] | None:
    """None where the gradient ``first``, at w0, is a float64 array of w0's shape; else what makes one of it."""
    try:
        array = np.asarray(first)
        shape, kind = array.shape, array.dtype.kind
    except ValueError:
        shape, kind = (), "O"
    if kind not in "fiub":
        raise ArgumentTypeError(f"{must} {w0.size} real numbers; at w0 it returned {shown(first)}")
    if shape != w0.shape and not (w0.size == 1 and shape == ()):
        raise ArgumentError(
            f"{must} an array of shape ({w0.size},), the shape of w0; at w0 it returned "
            f"{'one number' if shape == () else f'an array of shape {shape}'}"
        )
    if isinstance(first, np.ndarray) and first.dtype == np.float64 and shape == w0.shape:
        return None

    def vector(gradient: Any) -> Array:
        return np.asarray(gradient, dtype=float).reshape(w0.shape)

    return vector
