"""A quadratic objective taken apart: its curvatures, and how far the start is from the minimum along each."""

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..base.text import number
from ..engines.quadratic.model import Quadratic
from ..problems.differences import number_at
from ..problems.linear_model import LinearModel, linear_model_in
from ..problems.losses.squared_error import SquaredError
from ..problems.negated import Negated
from .curvature import guarded
from .hessians import hessian_at
from .lanczos import lanczos

__all__ = ["Modes", "NotQuadratic", "examined", "gap", "krylov_modes", "merged", "modes_of"]

Array = NDArray[np.float64]
EPS = float(np.finfo(float).eps)
MOST_DENSE = 1000
"""Weights up to which all curvatures are worked out; beyond, Lanczos gives those that the start is made of."""
MOST_VECTORS = 2000
"""Variables up to which the eigenvectors are kept."""
KRYLOV = 60
"""Lanczos steps: nodes of a quadrature that is exact for the first 120 powers of the curvature."""
AFFINE = 1e-7
"""By so much of its size a gradient may miss an affine function: rounding is below, and any power of w far above."""
UNBOUNDED = "f falls without bound along a direction of no curvature"
REACHES = (0.1, 1.0, 10.0)
"""How far the points are at which a function is tried, in sizes of the start."""


@dataclass(frozen=True)
class Modes:
    """``f(w) = f_least + 1/2 sum of curvatures * errors^2``, the errors (m,) being those of the start along the
    eigenvectors; the curvatures (m,) ascend, and none is negative. Along a curvature of 0 there is no error: no
    gradient leads there.

    ``vectors`` (n, m) and ``w_least`` (n,) are None where there are too many variables; ``exact`` is False where the
    modes are the nodes of a Gauss quadrature, which stand for the curvatures as far as the start meets them. ``spent``
    counts gradients, for data passes over them.
    """

    curvatures: Array
    errors: Array
    f_least: float
    vectors: Array | None
    w_least: Array | None
    exact: bool
    note: str
    spent: int = 0


class NotQuadratic(NamedTuple):
    """Why there are no modes, in a clause, and the gradients spent on finding out."""

    reason: str
    spent: int


def modes_of(problem: Any, w0: Array) -> Modes | None:
    """The modes of a quadratic problem about the start ``w0`` (n,); None where it is not quadratic (``examined`` says
    why)."""
    found = examined(problem, w0)
    return found if isinstance(found, Modes) else None


def examined(problem: Any, w0: Array) -> Modes | NotQuadratic:
    """The modes, or why there are none. A linear model is quadratic by its loss. A function is tried: its gradient has
    to be affine, and its values those of one quadratic, at distances of 0.1 to 10 times the size of the start and at
    the minimum that this gives."""
    w0 = np.asarray(w0, dtype=float)
    model = linear_model_in(problem)
    if isinstance(problem, Negated):
        return NotQuadratic("it is climbed", 0)
    with np.errstate(all="ignore"):
        if model is not None:
            return of_model(model, w0)
        return of_function(problem, w0)


def gap(modes: Modes) -> float:
    """``f(w0) - f_least``."""
    return float(0.5 * (modes.curvatures * modes.errors**2).sum())


def merged(modes: Modes) -> tuple[Array, Array]:
    """``(curvatures, errors)`` of what f consists of: modes without error left out, those of one curvature together."""
    kept = (modes.errors != 0) & (modes.curvatures > 0)
    c, e = modes.curvatures[kept], modes.errors[kept]
    if not c.size:
        return c, e
    at = np.flatnonzero(np.append(True, np.diff(c) > 1e-13 * c[1:]))
    return c[at], np.sqrt(np.add.reduceat(e**2, at))


# -- data ------------------------------------------------------------------------------------------------------------


def of_model(model: LinearModel, w0: Array) -> Modes | NotQuadratic:
    if type(model.loss) is not SquaredError:
        return NotQuadratic(f"its loss is {model.loss_name}", 0)
    if model.l1:
        return NotQuadratic("an l1 penalty is not quadratic", 0)
    weights, outputs = model.n // model.outputs_per_row, model.outputs_per_row
    if weights > MOST_DENSE:
        hessian = hessian_at(model, w0)
        f0, g0 = model.value_and_gradient(w0)
        found = krylov_modes(hessian.apply, g0, f0)
        return with_spent(found, hessian.spent + 1)
    quadratic = Quadratic(model, w0)
    if not quadratic.usable:
        return NotQuadratic("the squares of its data overflow", quadratic.passes)
    values, basis = np.linalg.eigh(quadratic.G)
    flat = values <= weights * EPS * max(float(values[-1]), 0.0)
    errors = np.where(flat[:, None], 0.0, basis.T @ (w0.reshape(weights, outputs) - quadratic.anchor))
    c = np.repeat(np.where(flat, 0.0, values), outputs)
    vectors = np.kron(basis, np.eye(outputs)) if model.n <= MOST_VECTORS else None
    note = f"all curvatures from the data, {int(flat.sum()) * outputs} of them zero"
    least = w0 - (basis @ errors).ravel()  # the minimum that a run from this start comes to: along null modes it stays
    return Modes(c, errors.ravel(), quadratic.floor, vectors, least, True, note, quadratic.passes)


def krylov_modes(apply: Any, g0: Array, f0: float, steps: int = KRYLOV) -> Modes | NotQuadratic:
    """The modes as far as the gradient ``g0`` at the start meets them: Ritz values, and errors such that the gap is
    ``g0' H^-1 g0 / 2`` (G. H. Golub, G. Meurant, "Matrices, moments and quadrature", 1994)."""
    size = float(np.linalg.norm(g0))
    found = lanczos(apply, g0, steps).ritz()
    top = float(np.abs(found.values).max(initial=0.0))
    least = g0.size * EPS * top
    if not np.isfinite(top):
        return NotQuadratic("its curvature is not finite", 0)
    if found.values.min(initial=0.0) < -least:
        return NotQuadratic(f"it has a negative curvature, {number(found.values[0])}: f falls without bound", 0)
    flat = found.values <= least
    if size * np.sqrt(found.weights[flat].sum()) > AFFINE * size:
        return NotQuadratic(UNBOUNDED, 0)
    c = found.values[~flat]
    errors = size * np.sqrt(found.weights[~flat]) / c
    f_least = f0 - 0.5 * float((c * errors**2).sum())
    return Modes(c, errors, f_least, None, None, False, f"{c.size} curvatures by Lanczos from the gradient")


# -- functions ---------------------------------------------------------------------------------------------------------


class Asked:
    """A function's values and gradients, counted; NaN where it has no number."""

    def __init__(self, problem: Any) -> None:
        self._gradient, self._value = guarded(problem.gradient), problem.value
        self.spent = 0
        self.largest = self.highest = 0.0
        """The largest gradient component and value met, which rounding is a part of."""
        self._noise = float(getattr(problem, "gradient_noise", 0.0))

    def gradient(self, w: Array) -> Array:
        self.spent += 1
        g = self._gradient(w)
        self.largest = max(self.largest, float(np.abs(g).max(initial=0.0)))
        return g

    def value(self, w: Array) -> float:
        f = number_at(self._value, w)
        self.highest = max(self.highest, abs(f))
        return f

    @property
    def rounding(self) -> float:
        """What a component of an affine gradient may be off."""
        return AFFINE * self.largest + 100 * self._noise * self.highest


def of_function(problem: Any, w0: Array) -> Modes | NotQuadratic:
    if getattr(problem, "random_gradient", False):
        return NotQuadratic("its gradients are drawn at random", 0)
    if getattr(problem, "l1", 0):
        return NotQuadratic("an l1 penalty is not quadratic", 0)
    asked, n = Asked(problem), w0.size
    size = max(1.0, float(np.abs(w0).max()))
    f0, g0 = asked.value(w0), asked.gradient(w0)
    draws = np.random.default_rng(0).standard_normal((len(REACHES), 2, n))
    points = []
    for reach, (p, q) in zip(REACHES, draws * size, strict=True):
        p, q = reach * p, reach * q
        at_p = asked.gradient(w0 + p)
        bend = np.abs(asked.gradient(w0 + p + q) - at_p - asked.gradient(w0 + q) + g0).max()
        points.append((p, asked.value(w0 + p)))
        if not bend <= asked.rounding:
            return NotQuadratic("its curvature is not the same everywhere", asked.spent)
    if n > MOST_DENSE:
        return krylov_of(asked, w0, f0, g0, size, points)
    H = np.stack([(asked.gradient(w0 + size * unit) - g0) / size for unit in np.eye(n)])
    if not np.abs(H - H.T).max() <= 10 * asked.rounding / size:
        return NotQuadratic("its gradient is not that of any function: its derivatives are not symmetric", asked.spent)
    values, basis = np.linalg.eigh(0.5 * (H + H.T))
    top = float(np.abs(values).max())
    least = max(n * 4 * EPS * top, 10 * EPS * asked.largest / size, asked._noise * asked.highest / size)
    if values[0] < -least:
        return NotQuadratic(f"it has a negative curvature, {number(values[0])}: f falls without bound", asked.spent)
    flat = values <= least
    slopes = basis.T @ g0
    if np.abs(slopes[flat]).max(initial=0.0) > asked.rounding:
        return NotQuadratic(UNBOUNDED, asked.spent)
    inverse = np.where(flat, 0.0, 1 / np.where(flat, 1.0, values))
    step = -basis @ (inverse * slopes)
    rest = asked.gradient(w0 + step)
    if not np.abs(rest).max() <= asked.rounding:
        return NotQuadratic("its curvature is not the same everywhere", asked.spent)
    step -= basis @ (inverse * (basis.T @ rest))
    f_least = asked.value(w0 + step)
    errors = np.where(flat, 0.0, -(basis.T @ step))
    for p, value in (*points, (step, f_least)):
        along = basis.T @ p
        parts = (f0, slopes @ along, 0.5 * float((values * along**2).sum()))
        if not abs(sum(parts) - value) <= 100 * AFFINE * max(map(abs, parts)):
            return NotQuadratic("its values and gradients are not those of one quadratic", asked.spent)
    c = np.where(flat, 0.0, values)
    note = f"all curvatures from {n} differences of gradients, {int(flat.sum())} of them zero"
    return Modes(c, errors, f_least, basis, w0 + step, True, note, asked.spent)


def krylov_of(asked: Asked, w0: Array, f0: float, g0: Array, size: float, points: Any) -> Modes | NotQuadratic:
    """Beyond `MOST_DENSE` variables: Lanczos on differences of the affine gradient."""

    def apply(v: Array) -> Array:
        return np.asarray((asked.gradient(w0 + size * v) - g0) / size)

    for p, value in points:
        parts = (f0, float(g0 @ p), 0.5 * float(p @ apply(p)))
        if not abs(sum(parts) - value) <= 100 * AFFINE * max(map(abs, parts)):
            return NotQuadratic("its values and gradients are not those of one quadratic", asked.spent)
    found = krylov_modes(apply, g0, f0)
    return with_spent(found, asked.spent)


def with_spent(found: Modes | NotQuadratic, spent: int) -> Modes | NotQuadratic:
    return replace(found, spent=spent) if isinstance(found, Modes) else found._replace(spent=spent)
