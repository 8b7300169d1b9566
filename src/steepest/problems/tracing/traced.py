"""The gradient of an ordinary function by JAX: read, rewritten, traced, compiled, and checked before it is trusted."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...base.text import number
from ..differences import STEP, numerical
from ..problem import Array
from .door import jax_module
from .purity import read
from .rewriting import Rewriter

__all__ = ["Traced", "Untraceable", "trace", "traced_as_written"]

KEPT = 64
KEPT_BYTES = 2**29
"""How many compiled functions, and how much captured data in them, are kept for a next call; the last one always."""

MOST_OPERATIONS = 5000
"""Python loops are unrolled: 4,186 operations compiled in 4 s, 13,986 in 22 s (2 cores)."""


class Untraceable(Exception):
    """Why there is no automatic gradient; the message is a short reason ("it prints")."""


@dataclass(frozen=True, eq=False)
class Traced:
    """A function of a float64 vector (n,) and its exact gradient, compiled in double precision."""

    pure: Callable[[Any, Any], Any]
    """Of JAX: a vector (n,) and ``data`` to a scalar of float64, to be called inside ``x64()``."""
    data: tuple[Any, ...]
    """All that the plain function captured, as it was when it was traced: arguments of what is compiled, since steps
    over large constants in a program are slower (by half for a logistic regression on 4 MB)."""
    key: Hashable
    """Equal keys: compiled programs may be shared."""
    jax_written: bool
    """Whether the plain function calls JAX itself, rather than only operators, math and numpy."""
    text: str
    """The traced operations."""
    _value: Callable[[Any, Any], Any]
    _joint: Callable[[Any, Any], Any]

    @property
    def nbytes(self) -> int:
        """Of its data."""
        return sum(int(part.nbytes) for part in self.data)

    def function(self, w: Any) -> Any:
        """``pure`` with its data."""
        return self.pure(w, self.data)

    def same_program(self, program: Any) -> bool:
        """Whether another trace, a ClosedJaxpr, has the same operations and data."""
        return str(program.jaxpr) == self.text and all(
            np.array_equal(mine, other, equal_nan=True) for mine, other in zip(self.data, program.consts, strict=True)
        )

    def value(self, w: Array) -> float:
        with jax_module().enable_x64(True):
            return float(self._value(np.asarray(w, dtype=float), self.data).item())

    def gradient(self, w: Array) -> Array:
        """The gradient at ``w``, shape (n,)."""
        return self.value_and_gradient(w)[1]

    def value_and_gradient(self, w: Array) -> tuple[float, Array]:
        with jax_module().enable_x64(True):
            value, gradient = self._joint(np.asarray(w, dtype=float), self.data)
        return float(value.item()), np.array(gradient)


_lock = threading.Lock()
_known: OrderedDict[Hashable, Traced] = OrderedDict()
_generations: dict[Hashable, int] = {}


def trace(
    f: Any,
    w0: Array,
    args: tuple[Any, ...] = (),
    value: float | None = None,
    unravel: Callable[[Any], Any] | None = None,
    doubled: bool = False,
) -> Traced:
    """The exact gradient of ``f(w, *args)``, or of ``f(unravel(w), *args)``, for w of shape (n,), n > 0.

    ``value`` is what the plain ``f`` gave at ``w0``, if it was called already, ``doubled`` whether that was inside
    ``x64()``; ``f`` is called at two more points. A function of the same code and captures as one before (a lambda
    written again, say) is not compiled again: then only its value at ``w0`` is checked. Raises Untraceable where
    tracing is not safe, does not work, or disagrees with the plain function in value or gradient; MissingExtraError
    without JAX.
    """
    jax_module()
    w0 = np.array(w0, dtype=float)
    reading = read(f, args)
    if reading.obstacle is not None:
        raise Untraceable(reading.obstacle)
    plain = Plain(f, args, unravel)
    if value is None or not (doubled or (not reading.jax_written and unravel is None)):
        value = plain(w0)  # one from outside x64 says too little
    base: Hashable = (reading.identity, len(args), w0.shape, unravel)
    known = found(base)
    if known is not None and agree(known.value_and_gradient(w0)[0], value):  # value() would be one more program
        return known
    return keep(base, compiled(plain, w0, value, new_key(base, known), reading.jax_written))


def traced_as_written(f: Any, w0: Array, args: tuple[Any, ...], unravel: Callable[[Any], Any] | None) -> Traced | None:
    """The same for a function that calls JAX and can be traced with no change; None for every other one.

    What such a function is on numbers is what its trace is, by JAX's own contract, so it is never called on numbers:
    each of its operations would be compiled by itself, 11 of them in 0.35 s. Its gradient is held against differences
    of its traced values. At a next call it is traced again, in milliseconds, and must come out the same."""
    jax = jax_module()
    w0 = np.array(w0, dtype=float)
    reading = read(f, args)
    if reading.obstacle is not None or not reading.jax_written:
        return None
    written = Scalar(f, args, unravel)
    with jax.enable_x64(True), np.errstate(all="ignore"):
        try:
            program = jax.make_jaxpr(written)(w0)
        except Exception:
            return None  # the other way says why
        if len(program.eqns) > MOST_OPERATIONS:
            return None
        base: Hashable = (reading.identity, len(args), w0.shape, unravel)
        known = found(base)
        if known is not None and known.same_program(program):
            return known
        try:
            return keep(base, checked(program, w0, new_key(base, known), written.eps))
        except Untraceable:
            return None


def found(base: Hashable) -> Traced | None:
    with _lock:
        known = _known.get(base)
        if known is not None:
            _known.move_to_end(base)
    return known


def new_key(base: Hashable, outdated: Traced | None) -> Hashable:
    """The key of programs to be compiled for ``base``, where ``outdated`` is what was found and must not be used: its
    function changed in something that the identity does not show."""
    with _lock:
        if outdated is not None and _known.get(base) is outdated:
            del _known[base]
            _generations[base] = _generations.get(base, 0) + 1
        return (base, _generations.get(base, 0))


def keep(base: Hashable, traced: Traced) -> Traced:
    with _lock:
        _known[base] = traced
        while len(_known) > KEPT or (len(_known) > 1 and sum(kept.nbytes for kept in _known.values()) > KEPT_BYTES):
            _known.popitem(last=False)
    return traced


@dataclass(frozen=True)
class Plain:
    """The user's function as it is, called on numbers."""

    f: Any
    args: tuple[Any, ...]
    unravel: Callable[[Any], Any] | None

    def __call__(self, w: Array) -> Any:
        """What ``f`` returns at a copy of ``w``, in double precision; NaN where it has no number there."""
        at = w.copy()
        with jax_module().enable_x64(True), np.errstate(all="ignore"):
            try:
                result = self.f(at if self.unravel is None else self.unravel(at), *self.args)
            except Exception as error:
                if numerical(error):
                    return float("nan")
                raise Untraceable(f"it raises {first_line(error)}") from error
        if getattr(result, "size", 1) != 1 or np.asarray(result).dtype.kind not in "fiub":
            raise Untraceable("it does not return one real number")
        return result


def compiled(plain: Plain, w0: Array, value: Any, key: Hashable, jax_written: bool) -> Traced:
    """A Traced whose value and gradient at ``w0`` agree with the plain function, whose value there is ``value``."""
    with jax_module().enable_x64(True), np.errstate(all="ignore"):
        traced = of_program(frozen(plain, w0), key, jax_written)
        verify(traced, plain, w0, value)
    return traced


def checked(program: Any, w0: Array, key: Hashable, eps: float) -> Traced:
    """A Traced of a function as it was written, whose gradient at ``w0`` agrees with differences of its values."""
    traced = of_program(program, key, jax_written=True)

    def value(w: Array) -> Any:
        value = traced.value_and_gradient(w)[0]  # value() would be one more program
        return np.float32(value) if eps > np.finfo(float).eps else value

    verify(traced, value, w0, value(w0))
    return traced


def of_program(program: Any, key: Hashable, jax_written: bool) -> Traced:
    """What a trace did, a ClosedJaxpr, as a function of the vector and of the data that it captured."""
    jax = jax_module()
    from jax.extend.core import ClosedJaxpr, jaxpr_as_fun

    jaxpr, captured = program.jaxpr, tuple(map(jax.numpy.asarray, program.consts))

    def pure(w: Any, data: Any) -> Any:
        return jaxpr_as_fun(ClosedJaxpr(jaxpr, list(data)))(w)[0]

    return Traced(pure, captured, key, jax_written, str(jaxpr), jax.jit(pure), jax.jit(jax.value_and_grad(pure)))


def frozen(plain: Plain, w0: Array) -> Any:
    """The rewritten copy, run once on a traced vector: what it did then is the function from now on (a ClosedJaxpr)."""
    jax = jax_module()
    try:
        program = jax.make_jaxpr(in_trace(plain, everything=False))(w0)
    except Untraceable:
        raise
    except Exception as first:
        try:
            if isinstance(first, jax.errors.TracerBoolConversionError):
                raise
            program = jax.make_jaxpr(in_trace(plain, everything=True))(w0)
        except Exception as second:
            unclear = isinstance(first, jax.errors.TracerArrayConversionError)
            raise Untraceable(readable(second if unclear else first)) from second
    if len(program.eqns) > MOST_OPERATIONS:
        raise Untraceable(f"its loops unroll to {len(program.eqns):,} operations, more than {MOST_OPERATIONS:,}")
    return program


def in_trace(plain: Plain, everything: bool) -> "Scalar":
    """The rewritten copy as a function of JAX: a vector to a scalar of float64."""
    rewriter = Rewriter(everything)
    return Scalar(rewriter.value(plain.f), rewriter.value(tuple(plain.args)), plain.unravel)


class Scalar:
    """A function that JAX follows, of a vector to a scalar of float64; ``eps`` is the rounding of what it returned."""

    def __init__(self, f: Any, args: tuple[Any, ...], unravel: Callable[[Any], Any] | None) -> None:
        self.f, self.args, self.unravel = f, args, unravel
        self.eps = float(np.finfo(float).eps)

    def __call__(self, w: Any) -> Any:
        import jax.numpy as jnp

        result = jnp.asarray(self.f(w if self.unravel is None else self.unravel(w), *self.args))
        if result.shape not in ((), (1,)):
            raise Untraceable(f"it returns an array of shape {result.shape}")
        if jnp.issubdtype(result.dtype, jnp.complexfloating):
            raise Untraceable("it returns a complex number")
        self.eps = precision(result)
        return result.reshape(()).astype(jnp.float64)


def scalar(value: Any) -> float:
    return float(np.asarray(value).item())


def precision(value: Any) -> float:
    """The relative rounding error of a value that the plain function returned."""
    return float(np.finfo(np.float32 if getattr(value, "dtype", None) == np.float32 else float).eps)


def agree(traced: float, plain: Any) -> bool:
    """Whether a traced value is the plain one but for rounding."""
    known = scalar(plain)
    if not (np.isfinite(traced) and np.isfinite(known)):
        return traced == known or bool(np.isnan(traced) and np.isnan(known))
    tolerance = 1e-9 if precision(plain) < 1e-10 else 1e-4
    return abs(traced - known) <= tolerance * max(1.0, abs(known))


def verify(traced: Traced, plain: Callable[[Array], Any], w: Array, at_start: Any) -> None:
    """Hold value and gradient at ``w`` against the plain function; raises Untraceable where they differ.

    The gradient is judged by its slope along one fixed random direction, scaled as the steps of central differences
    are, and not at all where a value is not a finite number. Where w lives on a smaller scale than the step, a smaller
    one decides, as long as rounding leaves it two digits.
    """
    value, gradient = traced.value_and_gradient(w)
    if not agree(value, at_start):
        raise Untraceable(f"its traced value at the start is {number(value, 10)}, not {number(scalar(at_start), 10)}")
    if np.isfinite(value) and not np.isfinite(gradient).all():
        raise Untraceable("its traced gradient at the start is not finite")
    direction = np.random.default_rng(0).standard_normal(w.size)
    direction *= np.maximum(1.0, np.abs(w)) / np.linalg.norm(direction)
    slope, found = float(gradient @ direction), []
    for shrink in (1.0, 1e-2, 1e-4):
        h = max(precision(at_start) ** (1 / 3), STEP) * shrink
        difference, rounding, bend = along(traced, plain, w, direction, h, slope, at_start)
        if not np.isfinite(difference) or not np.isfinite(scalar(at_start)):
            return
        size = max(abs(slope), abs(difference))
        if shrink < 1 and rounding > 1e-2 * size:
            break
        if abs(slope - difference) <= 5e-4 * size + rounding + 2 * bend:
            return
        found.append(difference)
    raise Untraceable(
        f"its gradient at the start differs from differences of its values: {number(slope, 6)} and "
        f"{number(found[-1], 6)} along one direction"
    )


def along(
    traced: Traced, plain: Callable[[Array], Any], w: Array, direction: Array, h: float, slope: float, at_start: Any
) -> tuple[float, float, float]:
    """The central difference of the plain function along ``direction``, its rounding error, and its ``bend``: how far
    the traced slopes at both ends are, on average, from the one between them (curvature, a kink).

    The rounding is taken from the size of the values, and from how far the traced ones are from the plain ones."""
    ends = [w + h * direction, w - h * direction]
    values = [scalar(plain(end)) for end in ends]
    size, apart, slopes = abs(scalar(at_start)), 0.0, 0.0
    for end, value in zip(ends, values, strict=True):
        traced_value, gradient = traced.value_and_gradient(end)
        if not agree(traced_value, value) and precision(at_start) < 1e-10:
            raise Untraceable(f"its traced value near the start is {number(traced_value, 10)}, not {number(value, 10)}")
        size, apart = max(size, abs(value)), max(apart, abs(traced_value - value))
        slopes += float(gradient @ direction) / 2
    rounding = 20 * max(apart, precision(at_start) * size) / h
    return (values[0] - values[1]) / (2 * h), rounding, abs(slopes - slope)


def first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}{f': {lines[0]}' if lines else ''}"


def readable(error: Exception) -> str:
    """A tracing error as a short reason."""
    errors = jax_module().errors
    if isinstance(error, Untraceable):
        return str(error)
    if isinstance(error, errors.NonConcreteBooleanIndexError):
        return "it selects items by a condition on w"
    if isinstance(error, errors.TracerBoolConversionError):
        return "it branches on values of w"
    if isinstance(error, errors.TracerArrayConversionError):
        return "it hands w to code that JAX cannot follow"
    if isinstance(error, (errors.ConcretizationTypeError, errors.TracerIntegerConversionError)):
        return "it turns w into a Python number (int(), range(), item() ...)"
    return f"JAX cannot follow it ({first_line(error)})"
