"""Is this the gradient of that function? Central differences over a ladder of steps, each with an estimate of its own
error, and a sentence that names what is wrong."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..base.errors import ArgumentError, ArgumentTypeError
from ..base.text import listing, number, vector
from .function import scalar_of, shown, tried, vector_of
from .ladder import EPS, Estimate, Slope, noise_of, slope_along
from .problem import Array

__all__ = ["GradientCheck", "check_gradient"]

MOST, DIRECTIONS = 200, 20
"""Up to 200 variables each is checked; beyond that, 20 random directions."""

RELATIVE = 1e-6
"""A component that agrees to this is right, however certain the difference is: gradients are rounded too."""


@dataclass(frozen=True, eq=False, repr=False)
class GradientCheck:
    """What :func:`check_gradient` found. True where the gradient is right; printed, it says so in a sentence.

    The arrays have an entry for each component (``kind`` "components"), or for each random direction ("directions").
    """

    ok: bool
    error: float
    """The largest of ``errors``, relative to the largest component of gradient and differences."""
    gradient: Array
    differences: Array
    errors: Array
    """abs(difference - gradient); at a kink, how far the gradient is from the interval of the one-sided slopes."""
    uncertainty: Array
    """By how much the difference itself may be off; inf where there is none."""
    wrong: NDArray[np.int64]
    """Which disagree by more than the uncertainty allows, the largest error first."""
    kind: str
    message: str

    def __bool__(self) -> bool:
        return self.ok

    def __str__(self) -> str:
        return self.message

    __repr__ = __str__


def check_gradient(f: Any, grad: Any, w: Any, *, args: Any = (), seed: int = 0) -> GradientCheck:
    """Whether ``grad`` is the gradient of ``f`` at ``w``, shape (n,).

    ``f(w, *args)`` is a callable, ``grad(w, *args)`` one too or an array; or ``f`` is a problem with ``value`` and
    ``gradient``, and ``grad`` None. Up to 200 variables, each component is compared with a central difference: of ten
    steps, the one whose neighbours agree best, never the one nearest to ``grad``. How far these differ, and the noise
    of ``f``, say how far the difference may be off. Beyond 200 variables the slopes along 20 random directions (drawn
    from ``seed``) are compared: errors in few components may then go unseen among many. Costs 20 evaluations for each,
    and 18 to 54 for the noise. Kinks so near that the noise of ``f`` hides them (a float32 network with many kinks) may
    still be taken for errors.

    Raises ArgumentError or ArgumentTypeError where f or grad cannot be used at ``w``.
    """
    w = as_point(w)
    value, f0 = as_value(f, w, args)
    gradient, eps = as_gradient(f, grad, w, args)
    rng = np.random.default_rng(seed)
    with np.errstate(all="ignore"):
        noise = noise_of(value, w, f0, rng)
        if w.size <= MOST:
            kind, lines, sizes = "components", np.eye(w.size), np.maximum(1.0, np.abs(w))
        else:
            kind, lines = "directions", rng.normal(size=(DIRECTIONS, w.size))
            lines /= np.linalg.norm(lines, axis=1, keepdims=True)
            sizes = np.full(DIRECTIONS, max(1.0, float(np.abs(w).max())))
            gradient = lines @ gradient
        slopes = [slope_along(value, w, f0, noise, *line) for line in zip(lines, sizes, strict=True)]
        return compared(kind, slopes, gradient, eps, f0)


def as_point(w: Any) -> Array:
    """``w`` as a float64 vector of finite numbers."""
    array = np.asarray(w)
    if array.dtype.kind not in "fiu" or array.size == 0:
        raise ArgumentTypeError(f"w must hold real numbers; got {shown(w)}")
    if array.ndim > 1:
        raise ArgumentError(f"w must be one vector; its shape is {array.shape}; flatten it with ravel()")
    if not np.isfinite(array).all():
        raise ArgumentError(f"w must be finite; got {vector(array.ravel())}")
    return np.array(np.atleast_1d(array), dtype=float)


@contextmanager
def worded(places: int) -> Iterator[None]:
    """The errors of a run's arguments in the words of this function: its problem is f, its w0 is w (named in the first
    ``places``; what follows is the user's)."""
    try:
        yield
    except (ArgumentError, ArgumentTypeError) as error:
        text = str(error).replace("problem", "f", 1).replace("w0", "w", places)
        raise type(error)(text) from error.__cause__


def as_value(f: Any, w: Array, args: Any) -> tuple[Callable[[Array], float], float]:
    """``f`` as a float of w alone, and its value at ``w``."""
    call = f.value if hasattr(f, "value") and hasattr(f, "gradient") else f
    if not callable(call):
        raise ArgumentTypeError(f"f must be a callable, or a problem with value and gradient; got {shown(f)}")
    rest = args if isinstance(args, tuple) else (args,)

    def at(point: Array) -> Any:
        return call(point, *rest)

    with worded(1):
        first = tried(at, w, "problem")
        scalar = scalar_of(first)

    def value(point: Array) -> float:
        with worded(1):
            return scalar(tried(at, point, "problem"))

    f0 = scalar(first)
    if not np.isfinite(f0):
        raise ArgumentError(f"f is {number(f0)} at w = {vector(w)}; check the gradient where f is finite")
    return value, f0


def as_gradient(f: Any, grad: Any, w: Array, args: Any) -> tuple[Array, float]:
    """The gradient under test at ``w``, and the rounding unit of its numbers."""
    if grad is None:
        if not (hasattr(f, "value") and hasattr(f, "gradient")):
            raise ArgumentTypeError("grad is missing: f has no gradient of its own; pass a callable or an array")
        grad = f.gradient
    if callable(grad):
        rest = args if isinstance(args, tuple) else (args,)
        with worded(1):
            result = tried(lambda point: grad(point, *rest), w, "grad", np.full(w.size, np.nan))
        with worded(2):
            vector_of(result, w, "grad must return")
        array = np.asarray(result)
    else:
        try:
            array = np.asarray(grad)
        except ValueError:  # rows of different lengths
            array = np.asarray(None)
        if array.dtype.kind not in "fiu":
            raise ArgumentTypeError(f"grad must be a callable or an array of real numbers; got {shown(grad)}")
        if array.shape != w.shape and not (w.size == 1 and array.ndim == 0):
            raise ArgumentError(f"grad must have the shape of w, ({w.size},); got {shown(array)}")
    eps = float(np.finfo(array.dtype).eps) if array.dtype.kind == "f" else EPS
    return array.astype(float).reshape(w.shape), eps


def compared(kind: str, slopes: list[Slope], gradient: Array, eps: float, f0: float) -> GradientCheck:
    """The verdict on ``gradient``, whose numbers have the rounding unit ``eps``."""
    differences = np.array([slope.best.value for slope in slopes])
    uncertainty = np.array([slope.best.uncertainty for slope in slopes])
    kinks = np.array([slope.kink for slope in slopes])
    sides = np.sort([[slope.left.value, slope.right.value] for slope in slopes], axis=1)
    outside = np.maximum(np.maximum(sides[:, 0] - gradient, gradient - sides[:, 1]), 0.0)
    errors = np.where(kinks, outside, np.abs(differences - gradient))
    known = np.isfinite(uncertainty)
    errors[known & ~np.isfinite(gradient)] = np.inf
    scale = largest(gradient, differences[known])
    if scale <= largest(uncertainty):  # a stationary point, or noise: there, slopes nearby give the scale
        scale = largest(scale, [slope.reach for slope in slopes], RELATIVE * f0)
    rounding = 1e3 * eps
    slack = uncertainty + rounding * scale + 10 * eps * largest([slope.bend for slope in slopes])
    own = np.fmax(np.abs(differences), np.where(np.isfinite(gradient), np.abs(gradient), 0.0))
    wrong = known & (errors > slack + max(RELATIVE, rounding) * own)
    unknown = ~wrong & ~kinks & ~(uncertainty <= scale)
    order = np.flatnonzero(wrong)[np.argsort(-errors[wrong], kind="stable")]
    judged = errors[known & ~unknown]
    error = float(judged.max() / (scale or 1.0)) if judged.size else np.inf
    table = Table(
        kind, slopes, gradient, differences, errors, uncertainty, kinks, order, np.flatnonzero(unknown), scale
    )
    return GradientCheck(
        not (wrong.any() or unknown.any()), error, gradient, differences, errors, uncertainty, order, kind,
        table.sentence(error),
    )  # fmt: skip


def largest(*values: Any) -> float:
    """The largest finite size among numbers and arrays; 0 where there is none."""
    sizes = np.abs(np.concatenate([np.atleast_1d(np.asarray(value, dtype=float)) for value in values]))
    return float(np.max(sizes, initial=0.0, where=np.isfinite(sizes)))


class Table(NamedTuple):
    """Gradient and differences side by side, put into words."""

    kind: str
    slopes: list[Slope]
    gradient: Array
    differences: Array
    errors: Array
    uncertainty: Array
    kinks: NDArray[np.bool_]
    wrong: NDArray[np.int64]
    unknown: NDArray[np.int64]
    scale: float

    def sentence(self, error: float) -> str:
        n, kinks = len(self.slopes), np.flatnonzero(self.kinks)
        if self.wrong.size:
            mistake = self.order() or self.factor()
            parts = [mistake] if mistake else []
            parts += [self.line(i, remark=not mistake) for i in self.wrong[:3].tolist()]
            if self.wrong.size > 3:
                parts.append(f"and {self.wrong.size - 3:,} more")
            said = f"the gradient is wrong in {self.of(self.wrong.size)}: {'; '.join(parts)}"
            kinks = np.setdiff1d(kinks, self.wrong)
        elif self.unknown.size:
            said = f"the gradient cannot be checked in {self.of(self.unknown.size)}"
        else:
            agreement = f"to {number(error, 1)}" if error else "exactly"
            said = f"the gradient is right: {self.of(n)} {'agrees' if n == 1 else 'agree'} {agreement}"
        return "; ".join([said, *self.remarks(kinks.tolist())])

    def remarks(self, kinks: list[int]) -> list[str]:
        """What else there is to say about f."""
        remarks = []
        blind = [i for i in self.unknown.tolist() if not np.isfinite(self.uncertainty[i])]
        if blind:
            remarks.append(f"f has no numbers around w along {self.names(blind)}")
        if kinks:
            between = ", ".join(
                f"{self.name(i)} = {number(self.gradient[i])} lies between the one-sided slopes "
                f"{number(self.slopes[i].left.value)} and {number(self.slopes[i].right.value)}"
                for i in kinks[:3]
            )
            more = f", and {len(kinks) - 3:,} more" if len(kinks) > 3 else ""
            remarks.append(f"f has a kink there: {between}{more}")
        rough = self.uncertainty[np.isfinite(self.uncertainty) & ~self.kinks]
        if rough.size and rough.max() > 1e-3 * self.scale:
            remarks.append(
                f"f looks noisy or discontinuous: differences are uncertain by up to {number(rough.max(), 1)}"
            )
        return remarks

    def of(self, some: int) -> str:
        n = len(self.slopes)
        noun = "component" if self.kind == "components" else "random direction"
        return f"{some:,} of {n:,} {noun}{'' if n == 1 else 's'}"

    def name(self, i: int) -> str:
        return f"grad[{i}]" if self.kind == "components" else f"the slope of grad along direction {i}"

    def names(self, which: list[int]) -> str:
        few = [str(i) for i in which[:5]] + ([f"{len(which) - 5:,} more"] if len(which) > 5 else [])
        return f"{self.kind[:-1]}{'s' if len(few) > 1 else ''} {listing(few, 'and')}"

    def line(self, i: int, remark: bool) -> str:
        """One disagreement, with a remark on their ratio."""
        slope, g = self.slopes[i], number(self.gradient[i], 7)
        if self.kinks[i]:
            left, right = number(slope.left.value), number(slope.right.value)
            return f"{self.name(i)} is {g}, f has a kink there with slopes {left} and {right}"
        kind = "central" if slope.central else "one-sided"
        compared = ratio(self.gradient[i], slope.best) if remark else ""
        return (
            f"{self.name(i)} is {g}, {kind} differences give {number(slope.best.value, 7)} within "
            f"{number(slope.best.uncertainty, 1)} at step {number(slope.best.step, 1)}{compared and f' ({compared})'}"
        )

    def close(self, differences: Array, uncertainty: Array) -> bool:
        """Whether the gradient is ``differences``, as far as can be told."""
        slack = uncertainty + 1e-5 * np.fmax(np.abs(self.gradient), np.abs(differences))
        return bool(np.all(np.abs(self.gradient - differences) <= slack))

    def order(self) -> str:
        """The right components in the wrong places."""
        n = len(self.slopes)
        if self.kind != "components" or self.wrong.size < 2:
            return ""
        source = np.empty(n, dtype=int)  # the component whose difference each is
        source[np.argsort(self.gradient, kind="stable")] = np.argsort(self.differences, kind="stable")
        if not self.places(source) or np.any(source[self.wrong] == self.wrong):
            return ""
        straight = np.arange(n)
        for rows in range(2, n // 2 + 1):
            if n % rows == 0 and self.places(straight.reshape(rows, -1).T.ravel()):
                return f"it is that of a {rows} x {n // rows} array, transposed"
        if n > 2 and self.places(straight[::-1]):
            return "the components are in reverse order"
        pairs = [f"grad[{i}] is that of component {source[i]}" for i in self.wrong[:3].tolist()]
        return f"the components are in another order, {', '.join(pairs)}"

    def places(self, source: NDArray[np.int64]) -> bool:
        return self.close(self.differences[source], self.uncertainty[source])

    def factor(self) -> str:
        """All components off by one factor."""
        clear = np.flatnonzero(np.abs(self.differences) > 10 * self.uncertainty)
        if clear.size < 2 or np.setdiff1d(clear, self.wrong).size:
            return ""
        common = float(np.median(self.gradient[clear] / self.differences[clear]))
        if not self.close(common * self.differences, abs(common) * self.uncertainty):
            return ""
        if common == 0:
            return f"it is zero in all {self.kind}"
        remark = ratio(common, Estimate(1.0, 0.0, 0.0))
        return remark and f"{remark} in all {self.kind}"


def ratio(g: float, difference: Estimate) -> str:
    """How ``g`` compares with the difference: ``2.00 times too large``, ``the sign is reversed``."""
    if not np.isfinite(g) or g == 0 or abs(difference.value) <= 10 * difference.uncertainty:
        return ""
    size = abs(g / difference.value)
    large = max(size, 1 / size)
    words = ["the sign is reversed"] if g / difference.value < 0 else []
    if large > 1 + 1e-5:
        text = number(large, 6) if large < 1.01 else f"{large:.2f}" if large < 1000 else number(large, 3)
        words.append(f"{text} times too {'large' if size > 1 else 'small'}")
    return " and ".join(words)
