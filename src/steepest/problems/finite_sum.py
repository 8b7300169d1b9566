"""A user's own loss of each example, summed or averaged over the examples: what makes ``batch_size`` mean something for
any model. JAX differentiates it where it can trace it; NumPy and a gradient of the user's run without JAX."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from ..base.errors import ArgumentError, ArgumentTypeError
from ..base.text import callable_name
from ..base.trees import Tree, leaves_of, mapped
from .differences import central_differences, number_at
from .function import AUTOMATIC, CENTRAL, flattened, scalar_of, short_name, tried, vector_of
from .linear_model import fingerprint
from .problem import Array
from .tracing import door

__all__ = ["FiniteSum", "SummedLoss", "TracedSum"]

EVERY = slice(None)
KEPT = 64
"""Losses whose compiled functions are kept for a next call."""
CHECKED_ROWS = 8
"""Examples on which a traced loss is compared with the plain one."""


_lock = threading.Lock()
_known: "OrderedDict[Any, tuple[Any, Any, Any]]" = OrderedDict()


@dataclass(frozen=True, eq=False, init=False)
class FiniteSum:
    """``FiniteSum(f, data)``: the mean over the examples of ``f(w, example)``, a number.

    ``data`` is an array, or a tuple, list or dict of arrays, with one row an example; ``example`` is the same with one
    row of each. With ``batched`` f takes many examples at once, ``f(w, rows)``, and returns their mean (their sum with
    ``reduction="sum"``): the form in which the article's objective and gradient on (X, y) come. ``grad`` is the
    gradient of f in w with the same arguments; None is automatic (JAX), else central differences. ``w`` comes in the
    shape of the start.
    """

    f: Callable[..., Any]
    data: Any
    grad: Callable[..., Any] | None
    batched: bool
    reduction: str
    rows: int

    def __init__(
        self, f: Callable[..., Any], data: Any, *, grad: Any = None, batched: bool = False, reduction: str = "mean"
    ) -> None:
        if not callable(f):
            raise ArgumentTypeError(f"f must be a callable f(w, example); got {f!r}")
        if grad is not None and not callable(grad):
            raise ArgumentTypeError(f"grad must be a callable grad(w, example) or None; got {grad!r}")
        if reduction not in ("mean", "sum"):
            raise ArgumentError(f"reduction must be 'mean' or 'sum'; got {reduction!r}")
        if not isinstance(batched, (bool, np.bool_)):
            raise ArgumentTypeError(f"batched must be True or False; got {batched!r}")
        arrays = mapped(as_rows, data)
        lengths = [int(leaf.shape[0]) for leaf in leaves_of(arrays)]
        if not lengths or 0 in lengths:
            raise ArgumentError("data is empty; give at least one example")
        if len(set(lengths)) > 1:
            raise ArgumentError(f"the arrays of data must have the same number of rows; they have {lengths}")
        for name, given in (
            ("f", f), ("data", arrays), ("grad", grad), ("batched", bool(batched)), ("reduction", reduction),
            ("rows", lengths[0]),
        ):  # fmt: skip
            object.__setattr__(self, name, given)

    def at(self, w0: Array, tree: Tree | None = None) -> "SummedLoss":
        """The problem for weights of the start's number and shape."""
        return summed(self, w0, tree)

    def chosen(self, rows: Any) -> Any:
        """The data of the chosen rows."""
        return mapped(lambda leaf: leaf[rows], self.data)

    def __repr__(self) -> str:
        return f"<FiniteSum of {short_name(self.f)} over {self.rows:,} examples ({self.reduction})>"


class TracedSum(NamedTuple):
    """The loss as traced code: ``value(w, data)`` of all rows, ``batch(w, data, rows)`` of chosen ones."""

    value: Callable[[Any, Any], Any]
    batch: Callable[[Any, Any, Any], Any]
    both: Callable[[Any, Any], Any]
    """The value and the gradient of any data, compiled."""
    data: Any
    key: Any


@dataclass(frozen=True, eq=False)
class SummedLoss:
    """A FiniteSum with its weights' number known: a problem."""

    source_sum: FiniteSum
    n: int
    tree: Tree | None
    part: Callable[[Array, Any], Any]
    """The loss of chosen rows, with their reduction."""
    slope: Callable[[Array, Any], Array]
    gradient_note: str
    traced_sum: TracedSum | None = None
    untraced: str = ""

    start = None
    minimum = None
    box = None
    source = ""

    @property
    def name(self) -> str:
        return f"{short_name(self.source_sum.f)} over {self.rows:,} examples"

    @property
    def formula(self) -> str:
        return f"{self.reduction} over {self.rows:,} examples of {short_name(self.source_sum.f)}(w, example)"

    @property
    def rows(self) -> int:
        return self.source_sum.rows

    @property
    def reduction(self) -> str:
        return self.source_sum.reduction

    @property
    def automatic(self) -> bool:
        """Whether the whole run may be compiled by JAX."""
        return self.traced_sum is not None

    def value(self, w: Array) -> float:
        return number_at(lambda at: self.part(at, EVERY), w)

    def gradient(self, w: Array) -> Array:
        return self.slope(w, EVERY)

    def value_and_gradient(self, w: Array) -> tuple[float, Array]:
        return self.batch_value_and_gradient(w, EVERY)

    def batch_value_and_gradient(self, w: Array, rows: Any) -> tuple[float, Array]:
        return float(self.part(w, rows)), self.slope(w, rows)

    def recipe(self) -> dict[str, Any]:
        total = self.source_sum
        return {
            "kind": "finite_sum", "name": callable_name(total.f),
            "gradient": callable_name(total.grad) if total.grad is not None else self.gradient_note, "n": self.n,
            "data": [fingerprint(leaf) for leaf in leaves_of(total.data)], "batched": total.batched,
            "reduction": total.reduction,
        }  # fmt: skip


def as_rows(leaf: Any) -> Any:
    """A leaf of the data as a NumPy array with a row an example."""
    try:
        array = np.asarray(leaf)
    except ValueError:
        raise ArgumentError("data must hold arrays; one of its leaves has rows that differ in length") from None
    if array.ndim == 0:
        raise ArgumentError(f"data must hold arrays with one row an example; one of its leaves is {leaf!r}")
    if array.dtype.kind not in "fiub":
        raise ArgumentTypeError(f"data must hold real numbers; the dtype of one of its arrays is {array.dtype}")
    return array


def summed(total: FiniteSum, w0: Array, tree: Tree | None) -> SummedLoss:
    """The problem at ``w0``, where f is tried on the first example (or batch)."""
    f = total.f if tree is None else over_shape(total.f, tree)
    few = slice(0, CHECKED_ROWS)
    first_data = total.chosen(few) if total.batched else total.chosen(0)
    first = tried(lambda w: f(w, first_data), w0, "f")
    scalar = scalar_of(first)
    part = plain_part(f, total, scalar)
    if total.grad is not None:
        grad = total.grad if tree is None else over_shape(total.grad, tree)
        known = tried(lambda w: flattened(lambda at: grad(at, first_data))(w), w0, "grad", np.full(w0.size, np.nan))
        vector_of(known, w0, "grad must return")
        return SummedLoss(total, w0.size, tree, part, plain_slope(grad, total), "yours")
    traced, why = automatic(total, w0, tree, part)
    if traced is None:
        note = f"{CENTRAL}, {2 * w0.size:,} evaluations an iteration" + (f" (not automatic: {why})" if why else "")
        slope = lambda w, rows: central_differences(lambda at: part(at, rows), w)  # noqa: E731
        return SummedLoss(total, w0.size, tree, part, slope, note, untraced=why)
    fast_part, fast_slope = compiled_parts(traced)
    return SummedLoss(total, w0.size, tree, fast_part, fast_slope, AUTOMATIC, traced)


def over_shape(f: Callable[..., Any], tree: Tree) -> Callable[..., Any]:
    return lambda w, example: f(tree.unravel(w), example)


def plain_part(
    f: Callable[..., Any], total: FiniteSum, scalar: Callable[[Any], float]
) -> Callable[[Array, Any], float]:
    """The loss of chosen rows by the user's own f."""
    if total.batched:
        return lambda w, rows: scalar(f(w, total.chosen(rows)))

    def part(w: Array, rows: Any) -> float:
        losses = [scalar(f(w, total.chosen(int(i)))) for i in np.arange(total.rows)[rows]]
        return float(np.mean(losses) if total.reduction == "mean" else np.sum(losses))

    return part


def plain_slope(grad: Callable[..., Any], total: FiniteSum) -> Callable[[Array, Any], Array]:
    """The gradient of chosen rows by the user's own."""
    if total.batched:
        return lambda w, rows: flattened(lambda at: grad(at, total.chosen(rows)))(w)

    def slope(w: Array, rows: Any) -> Array:
        each = [flattened(partial(_with, grad, total.chosen(int(i))))(w) for i in np.arange(total.rows)[rows]]
        return np.asarray(np.mean(each, axis=0) if total.reduction == "mean" else np.sum(each, axis=0))

    return slope


def _with(grad: Callable[..., Any], example: Any, w: Array) -> Any:
    return grad(w, example)


def automatic(
    total: FiniteSum, w0: Array, tree: Tree | None, part: Callable[[Array, Any], float]
) -> tuple[TracedSum | None, str]:
    """The traced loss where there is one that gives on the first examples what the plain one gives, else why not."""
    if not door.available():
        return None, ""
    from .tracing.purity import read
    from .tracing.rewriting import rewritten
    from .tracing.traced import readable

    reading = read(total.f)
    if reading.obstacle is not None:
        return None, reading.obstacle
    structure = ("tree", repr(tree.spec)) if tree is not None else ()
    key = ("finite_sum", reading.identity, total.batched, total.reduction, *structure)
    few, first = np.arange(min(CHECKED_ROWS, total.rows)), ""
    for everything in (False, True):  # see rewritten
        traced = traced_sum(rewritten(total.f, everything), total, tree, (*key, everything))
        try:
            fast_part, fast_slope = compiled_parts(traced)
            value, slope = fast_part(w0, few), fast_slope(w0, few)
            break
        except Exception as error:
            first = first or readable(error)
    else:
        return None, first
    loose = 1e-4 if reading.jax_written else 1e-9  # jax.numpy computes in float32 where it is called plainly
    plain = float(part(w0, few))
    if not (np.isnan(value) and np.isnan(plain)) and abs(value - plain) > loose * max(1.0, abs(plain)):
        return None, f"traced it gives {value:.6g} at the start, and itself {plain:.6g}"
    if not np.isfinite(slope).all() and np.isfinite(plain):
        return None, "its traced gradient at the start is not finite"
    return traced, ""


def traced_sum(f: Callable[..., Any], total: FiniteSum, tree: Tree | None, key: Any) -> TracedSum:
    """The traced loss; what was compiled for one of the same code, captures and form is used again."""
    with _lock:
        known = _known.get(key)
        if known is None:
            known = _known[key] = functions_of(f, total, tree)
        _known.move_to_end(key)
        while len(_known) > KEPT:
            _known.popitem(last=False)
    return TracedSum(*known, total.data, key)


def functions_of(f: Callable[..., Any], total: FiniteSum, tree: Tree | None) -> tuple[Any, Any, Any]:
    """``value``, ``batch`` and the compiled value and gradient; none of them holds the data."""
    jax = door.jax_module()
    shaped = f if tree is None else over_shape(f, tree)
    mean, batched = total.reduction == "mean", total.batched

    def value(w: Any, data: Any) -> Any:
        if batched:
            return jax.numpy.reshape(shaped(w, data), ())
        losses = jax.vmap(lambda example: jax.numpy.reshape(shaped(w, example), ()))(data)
        return losses.mean() if mean else losses.sum()

    def batch(w: Any, data: Any, rows: Any) -> Any:
        return value(w, jax.tree_util.tree_map(lambda leaf: leaf[rows], data))

    return value, batch, jax.jit(jax.value_and_grad(value))


def compiled_parts(traced: TracedSum) -> tuple[Callable[[Array, Any], float], Callable[[Array, Any], Array]]:
    """The loss and its gradient over chosen rows, compiled, for where the whole run is not."""
    known: dict[str, Any] = {}

    def at(w: Array, rows: Any) -> Any:
        if known.get("w") is None or known["rows"] is not rows or not np.array_equal(known["w"], w):
            chosen = traced.data if isinstance(rows, slice) else mapped(lambda leaf: leaf[rows], traced.data)
            with door.x64():
                f, g = traced.both(w, chosen)
                known.update(w=w.copy(), rows=rows, f=float(f), g=np.asarray(g, dtype=float))
        return known

    return lambda w, rows: float(at(w, rows)["f"]), lambda w, rows: np.array(at(w, rows)["g"])
