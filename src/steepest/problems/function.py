"""A user's callable as a problem: its gradient given, joined to the value, automatic, or estimated from values."""

import sys
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from ..base.box import Box
from ..base.errors import ArgumentError, ArgumentTypeError, MissingExtraError
from ..base.text import callable_name
from ..base.trees import Tree, leaves_of
from .differences import STEP, central_differences, numerical, parallel_differences
from .problem import Array, Minimum
from .spsa import spsa_of
from .tracing import door

__all__ = ["AUTOMATIC", "CENTRAL", "Estimator", "Function", "JointFunction", "Once", "as_function", "numerical"]

AUTOMATIC, CENTRAL, SPSA = "automatic", "central differences", "simultaneous perturbation"
GRADS = ("automatic", "finite", "spsa")
"""What ``grad`` may be besides a callable."""


class Estimator(NamedTuple):
    """What makes a gradient of values: ``of(value)`` is a callable of w, each call costs ``evaluations`` of them."""

    name: str
    evaluations: int
    of: Callable[[Callable[[Array], Any]], Callable[[Array], Array]]
    elsewhere: bool = False
    """Whether the values are worked out in other processes, where nobody counts them."""


def short_name(f: Any) -> str:
    """The name a reader knows the callable by: ``f``, or ``a function`` for a lambda."""
    name = getattr(getattr(f, "func", f), "__name__", type(f).__name__)
    return "a function" if name == "<lambda>" else str(name)


@dataclass(frozen=True, eq=False)
class Function:
    """``value(w)`` and ``gradient(w)`` are the user's own callables, so that the loop calls them with nothing between.

    ``gradient`` is that of ``traced`` where JAX could differentiate the value, else, where the user gave none, what
    ``estimator`` makes of the values; ``untraced`` says why it had to.
    """

    value: Callable[[Array], Any]
    gradient: Callable[[Array], Any]
    n: int
    name: str = "a function"
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
    traced: Any = None
    """A tracing.traced.Traced, where value or gradient are JAX's."""
    estimator: Estimator | None = None
    untraced: str = ""
    tree: Tree | None = None
    """The shape of w in which the user's callables take it, where that is no vector."""

    @property
    def gradient_note(self) -> str:
        if self.estimator is None:
            return AUTOMATIC if self.traced is not None else "yours"
        because = f" ({self.untraced})" if self.untraced else ""
        return f"{self.estimator.name}, {self.estimator.evaluations:,} evaluations an iteration{because}"

    @property
    def gradient_noise(self) -> float:
        """Rounding of f over the step of its differences: the gradient's error as a multiple of |f|; 0 where it is
        not estimated so."""
        return float(np.finfo(float).eps) / STEP if self.difference_evaluations == 2 * self.n else 0.0

    @property
    def random_gradient(self) -> bool:
        """Whether the gradient is right on average only."""
        return self.estimator is not None and self.estimator.name == SPSA

    @property
    def automatic(self) -> bool:
        """Whether the gradient is JAX's: the whole run may then be compiled."""
        return self.traced is not None and self.estimator is None

    @property
    def difference_evaluations(self) -> int:
        """Evaluations of the objective that one gradient costs."""
        return 0 if self.estimator is None else self.estimator.evaluations

    def value_and_gradient(self, w: Array) -> tuple[float, Array]:
        return float(self.value(w)), np.asarray(self.gradient(w), dtype=float)

    def recipe(self) -> dict[str, Any]:
        if self.formula:
            return {"kind": "formula", "text": self.formula, "gradient": self.gradient_identity, "n": self.n}
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


def as_function(
    f: Any, w0: Array, grad: Any = None, args: tuple[Any, ...] = (), value_and_grad: bool = False,
    tree: Tree | None = None, workers: int = 1, seed: int = 0,
) -> Function:  # fmt: skip
    """The problem of a user's callable, tried once at ``w0``: what it returns there is checked, and named if wrong.

    Without ``grad`` it is JAX's where JAX can trace f and gives what differences give; else central differences, their
    evaluations in ``workers`` processes. "spsa" draws its directions from ``seed``."""
    if not (grad is None or callable(grad) or (isinstance(grad, str) and grad in GRADS)):
        raise ArgumentTypeError(f"grad must be a callable, 'automatic', 'finite' or 'spsa'; got {grad!r}")
    if workers != 1 and (value_and_grad or not (grad is None or grad == "finite")):
        raise ArgumentError(f"workers={workers} evaluate the points of central differences; leave it out with this")
    value: Callable[[Array], Any] = f if tree is None and not args else shaped(f, args, tree)
    name, identity = short_name(f), callable_name(f)
    if value_and_grad:
        if grad is not None:
            raise ArgumentError("value_and_grad=True means the problem returns both; leave grad out")
        joint = as_joint(value if tree is None else flattened_second(value), w0)
        return Function(
            joint.value, joint.gradient, w0.size, name, identity, identity, joint=joint, tree=tree,
        )  # fmt: skip
    wanted = grad == "automatic" or (grad is None and workers == 1)
    # once in double precision: a function that calls JAX compiles each of its operations for each precision anew
    loaded = wanted and door.available() and "jax" in sys.modules
    traced = as_written(f, w0, args, tree) if loaded else None
    if traced is not None:
        known = traced.value_and_gradient(w0)[0]
        return Function(
            traced.value, traced.gradient, w0.size, name, identity, AUTOMATIC,
            first_value=Once(traced.value, w0, known), traced=traced, tree=tree,
        )  # fmt: skip
    with door.x64() if loaded else nullcontext():
        first = tried(value, w0, "problem")
    scalar = scalar_of(first)
    if scalar is not float:
        value = chained(scalar, value)
    if callable(grad):
        return with_gradient(value, Once(value, w0, scalar(first)), w0, grad, args, name, identity, tree)
    untraced = ""
    if wanted:
        traced, untraced = automatic(f, w0, args, first, tree, grad == "automatic", loaded)
        if traced is not None:
            value = traced.value if traced.jax_written else value
            # not traced.value(w0): the value alone would be one more program to compile
            known = traced.value_and_gradient(w0)[0] if traced.jax_written else scalar(first)
            return Function(
                value, traced.gradient, w0.size, name, identity, AUTOMATIC, first_value=Once(value, w0, known),
                traced=traced, tree=tree,
            )  # fmt: skip
        if loaded and not isinstance(first, (int, float, np.generic, np.ndarray)):
            first = tried(value, w0, "problem")  # in the precision that JAX's numbers have from here on
    estimator = estimated(grad, w0.size, workers, seed)
    return Function(
        value, estimator.of(value), w0.size, name, identity, estimator.name,
        first_value=Once(value, w0, scalar(first)), estimator=estimator, untraced=untraced, tree=tree,
    )  # fmt: skip


def shaped(f: Any, args: tuple[Any, ...], tree: Tree | None) -> Callable[[Array], Any]:
    """``f`` as a function of the flat vector alone."""
    if tree is None:
        return lambda w: f(w, *args)
    unravel = tree.unravel
    return lambda w: f(unravel(w), *args)


def flattened(call: Callable[[Array], Any]) -> Callable[[Array], Any]:
    """A gradient in the user's shape as one vector; what holds no real numbers is left to be named as it is."""

    def gradient(w: Array) -> Any:
        flat = np.concatenate([np.asarray(leaf).ravel() for leaf in leaves_of(call(w))])
        return flat.astype(float, copy=False) if flat.dtype.kind in "fiub" else flat

    return gradient


def flattened_second(call: Callable[[Array], Any]) -> Callable[[Array], Any]:
    def joint(w: Array) -> Any:
        value, gradient = call(w)
        return value, flattened(lambda _: gradient)(w)

    return joint


def automatic(
    f: Any, w0: Array, args: tuple[Any, ...], first: Any, tree: Tree | None, asked: bool, doubled: bool
) -> tuple[Any, str]:
    """``(traced, "")``, or None and why there is no automatic gradient; an error where it was asked for. ``first`` is
    f's value at w0, ``doubled`` whether it was worked out in double precision throughout."""
    if not door.available():
        if asked:
            raise MissingExtraError("grad='automatic' needs JAX: pip install \"steepest[jax]\"")
        return None, ""
    from .tracing.traced import Untraceable, trace

    try:
        return trace(f, w0, args, first, tree, doubled), ""
    except Untraceable as why:
        if asked:
            raise ArgumentError(f"grad='automatic' fails for {short_name(f)}: {why}; leave grad out") from None
        return None, f"not automatic: {why}"


def as_written(f: Any, w0: Array, args: tuple[Any, ...], tree: Tree | None) -> Any:
    from .tracing.traced import traced_as_written

    return traced_as_written(f, w0, args, tree)


def estimated(grad: Any, n: int, workers: int, seed: int) -> Estimator:
    if grad == "spsa":
        return Estimator(SPSA, 2, partial(spsa_of, seed=seed))
    if workers != 1:
        return Estimator(CENTRAL, 2 * n, partial(parallel_differences, workers=workers), elsewhere=True)
    return Estimator(CENTRAL, 2 * n, differences_of)


def with_gradient(
    value: Callable[[Array], Any], first_value: "Once", w0: Array, grad: Any, args: tuple[Any, ...], name: str,
    identity: str, tree: Tree | None,
) -> Function:  # fmt: skip
    """The problem of a callable and its gradient, both the user's."""
    gradient: Callable[[Array], Any] = grad if tree is None and not args else shaped(grad, args, tree)
    gradient = gradient if tree is None else flattened(gradient)
    slope = tried(gradient, w0, "grad", np.full(w0.size, np.nan))
    vector = vector_of(slope, w0, "grad must return")
    if vector is not None:
        gradient = chained(vector, gradient)
    known = np.array(slope, dtype=float).reshape(w0.shape)
    return Function(
        value, gradient, w0.size, name, identity, callable_name(grad), first_value=first_value,
        first_gradient=Once(gradient, w0, known), tree=tree,
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
    except Exception as error:
        if numerical(error):
            return overflow
        said = " ".join(str(error).split()) or "no message"
        raise ArgumentError(
            f"{name} raised {type(error).__name__} at w0 = {w.tolist() if w.size <= 6 else f'{w.size} numbers'}: "
            f"{said}; it must take w (and args) and return {'an array' if name == 'grad' else 'a number'}"
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
