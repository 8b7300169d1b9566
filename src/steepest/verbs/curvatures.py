"""``steepest.curvature``: how a problem bends at a point, and for data how much the gradients of its rows differ."""

import html
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..analysis.curvature import guarded
from ..analysis.gradient_noise import GradientNoise, gradient_noise, has_rows
from ..analysis.hessians import ROUGH
from ..analysis.spectrum import Density, Spectrum, density_of, spectrum
from ..base.errors import ArgumentError, ArgumentTypeError
from ..base.text import count, number, vector
from . import arguments as check
from .report import labelled
from .run import Run
from .subject import subject

if TYPE_CHECKING:
    from ..plots.display import Display

__all__ = ["Curvature", "curvature"]

Array = NDArray[np.float64]
KINKS = (
    "the problem has kinks, of which second derivatives know nothing: this is the curvature of what is smooth in it, "
    "and 2 / largest is no limit of its learning rates"
)
UNSETTLED = (
    "differences of gradients depend on their step here, as they do at a kink: these numbers are not the curvature of f"
)
FLAT = "there is no curvature here: to second order no learning rate is too large, which says nothing of longer steps"


def curvature(
    problem: Any, w: Any = None, *, grad: Any = None, args: Any = (), value_and_grad: bool = False, seed: int = 0,
    eigenvalues: Any = "auto", probes: int = 10, steps: int = 80,
) -> "Curvature":  # fmt: skip
    """The eigenvalues of the Hessian at ``w``, and what follows from them.

    Parameters
    ----------
    problem : whatever ``minimize`` takes, with ``grad``, ``args`` and ``value_and_grad`` as there; or a Run, whose end
        is then looked at.
    w : the point, in the shape of the start; None is the problem's own start.
    seed : of the random vectors that Lanczos starts from.
    eigenvalues : True works out all of them, False the ends only (Lanczos, at most 100 products); "auto" all up to
        2,000 variables, up to 300 where gradients are estimated from values, 4 n^2 of them.
    probes, steps : random vectors, and products with each, for ``density`` where only the ends are known.

    Linear models are exact, from one pass over X; functions that JAX traces are differentiated by it; for all others
    gradients are differenced. Raises ArgumentError where the gradient or the curvature at w is not finite.
    """
    if isinstance(problem, Run):
        if problem.problem is None:
            raise ArgumentError("problem is a loaded run that does not hold its problem; replay(problem=...) it first")
        problem, w = problem.problem, problem.x if w is None else w
    if not (isinstance(eigenvalues, (bool, np.bool_)) or eigenvalues == "auto"):
        raise ArgumentTypeError(f"eigenvalues must be True, False or 'auto'; got {eigenvalues!r}")
    seed, probes, steps = check.whole(seed, "seed", 0), check.whole(probes, "probes", 1), check.whole(steps, "steps", 1)
    found, at = subject(problem, w, grad, args, value_and_grad)
    with np.errstate(all="ignore"):
        g = guarded(getattr(found, "smooth_gradient", found.gradient))(at)
    if not np.isfinite(g).all():
        raise ArgumentError(
            f"w must be a point where the gradient of {found.name} is finite; at {vector(at, 6)} component "
            f"{int(np.argmin(np.isfinite(g)))} is {g[np.argmin(np.isfinite(g))]}"
        )
    every = None if isinstance(eigenvalues, str) else bool(eigenvalues)
    return Curvature(found, at, spectrum(found, at, every=every, seed=seed), seed, probes, steps)


class Curvature:
    """What ``curvature`` found at ``w`` (n,), a vector also where the start had another shape."""

    def __init__(self, problem: Any, w: Array, found: Spectrum, seed: int, probes: int, steps: int) -> None:
        self.problem, self.w, self.spectrum = problem, w, found
        self._random = {"seed": seed, "probes": probes, "steps": steps}
        self._besides = 1
        """Gradients' worth of work besides products with the Hessian: one told whether the gradient is finite."""

    @property
    def n(self) -> int:
        return self.spectrum.n

    @property
    def largest(self) -> float:
        """The largest eigenvalue."""
        return self.spectrum.largest

    @property
    def smallest(self) -> float:
        """The smallest, the most negative where some are."""
        return self.spectrum.smallest

    @property
    def errors(self) -> tuple[float, float]:
        """How near there are eigenvalues to ``smallest`` and to ``largest``."""
        return self.spectrum.smallest_error, self.spectrum.largest_error

    @property
    def eigenvalues(self) -> Array | None:
        """All of them (n,), ascending; None where only the ends were asked for, or can be had."""
        return self.spectrum.eigenvalues

    @property
    def eigenvectors(self) -> Array | None:
        """(n, n), a column for each of the ``eigenvalues``, worked out when first asked for."""
        return self.spectrum.eigenvectors

    @property
    def condition(self) -> float | None:
        """largest / smallest; inf where eigenvalues are 0 within the ``tolerance``; None where some are negative: what
        has no minimum here has no condition number. Where ``eigenvalues`` is None it is a lower bound."""
        return self.spectrum.condition

    @property
    def negative(self) -> int:
        """How many directions curve downwards, below -``tolerance``; at least so many where ``eigenvalues`` is None."""
        return self.spectrum.negative

    @property
    def negative_directions(self) -> Array:
        """(n, negative): unit vectors in columns, the most negative first."""
        return self.spectrum.negative_directions

    @property
    def null(self) -> int | None:
        """The dimension of the null space: how many eigenvalues are within ``tolerance`` of 0. None where
        ``eigenvalues`` is; ``density.share(-tolerance, tolerance)`` then estimates its part of n."""
        return self.spectrum.null

    @property
    def tolerance(self) -> float:
        """What rounding, or differences of gradients, may make of an eigenvalue of 0."""
        return self.spectrum.tolerance

    @cached_property
    def density(self) -> Density | None:
        """An estimate of how the eigenvalues are spread, with its error, from ``probes`` times ``steps`` products when
        first asked for; None where all eigenvalues are known."""
        return None if self.eigenvalues is not None else density_of(self.spectrum.hessian, **self._random)

    @cached_property
    def noise(self) -> GradientNoise | None:
        """How much the gradients of single rows differ, from one pass over the data when first asked for; None where
        the problem has no rows."""
        if not has_rows(self.problem):
            return None
        self._besides += 1
        return gradient_noise(self.problem, self.w)

    @property
    def note(self) -> str:
        """How second derivatives are had: "exact, from the data", "automatic" or "gradient differences"."""
        return self.spectrum.hessian.note

    @property
    def spent(self) -> int:
        """Gradients' worth of work so far; for data passes over them."""
        return self.spectrum.hessian.spent + self._besides

    @property
    def smooth(self) -> bool:
        """False where the problem has kinks: then only its smooth part is meant."""
        return self.spectrum.hessian.smooth

    @property
    def remarks(self) -> tuple[str, ...]:
        """Sentences about what these numbers do not mean here."""
        if self.spectrum.hessian.error >= ROUGH:
            return (UNSETTLED,)
        if not self.smooth:
            return (KINKS,)
        return (FLAT,) if self.spectrum.scale <= self.tolerance else ()

    def plot(self, ax: Any = None, **options: Any) -> "Display":
        """The eigenvalues, or their density where only the ends are known. ``learning_rate`` (a number or a list) draws
        the curvature 2 / learning_rate above which gradient descent is unstable."""
        from ..plots.rows import checked_options
        from ..plots.spectrum import spectrum_of

        checked_options("plot", spectrum_of, options)
        options = {"title": f"Curvature of {self.problem.name}", **options}
        return spectrum_of(self.spectrum, self.density, **options).plot(ax)

    def __repr__(self) -> str:
        return "\n".join(lines(self))

    def _repr_html_(self) -> str:
        text = html.escape(repr(self))
        return f'<div style="display:flex;gap:1em;align-items:center"><pre>{text}</pre>{bars(self)}</div>'


def lines(about: Curvature) -> list[str]:
    known = "all" if about.eigenvalues is not None else "the ends of"
    title = f"<Curvature of {about.problem.name} at {vector(about.w, 4)}: {known} {count(about.n, 'eigenvalue')}>"
    rows = [
        ("largest", number(about.largest)),
        ("smallest", smallest_text(about)),
        ("condition", condition_text(about)),
    ]
    rows += [("negative", negative_text(about)), ("null space", null_text(about))]
    if has_rows(about.problem, quick=True) and about.noise is not None:
        rows.append(("noise", noise_text(about.noise)))
    unit = count(about.spent, "pass over the data", "passes over the data") if has_rows(about.problem) else ""
    rows.append(("how", f"{about.note}, {unit or count(about.spent, 'gradient')}"))
    rows += [("note", said) for said in about.remarks]
    names = ".eigenvalues .eigenvectors" if about.eigenvalues is not None else ".density"
    noise = " .noise" if has_rows(about.problem) else ""
    return [title, *(labelled(label, text) for label, text in rows), f"  {names} .negative_directions{noise} .plot()"]


def smallest_text(about: Curvature) -> str:
    within = about.errors[0]
    if abs(about.smallest) <= about.tolerance:
        return "0" if about.smallest == 0 else f"0 but for rounding, {number(about.smallest, 2)}"
    if about.eigenvalues is None and within > max(about.tolerance, 0.01 * abs(about.smallest)):
        return f"{number(about.smallest)}, or less: known to {number(within, 2)} only"
    return number(about.smallest)


def condition_text(about: Curvature) -> str:
    if about.condition is None:
        return "none: f curves downwards in some directions"
    if about.condition == float("inf"):
        return "infinite: the smallest is 0"
    least = about.eigenvalues is None and about.errors[0] > 0.01 * about.smallest
    return f"{'at least ' if least else ''}{number(about.condition)}"


def negative_text(about: Curvature) -> str:
    if not about.negative:
        return "none" if about.eigenvalues is not None else "none found"
    return f"{'' if about.eigenvalues is not None else 'at least '}{count(about.negative, 'direction')}"


def null_text(about: Curvature) -> str:
    if about.null is None:
        return "not known; .density.share(-tolerance, tolerance) estimates its part"
    dimension = f"{count(about.null, 'dimension')}, " if about.null else "none "
    return f"{dimension}within {number(about.tolerance, 2)} of 0" if about.tolerance else dimension.strip(" ,")


def noise_text(noise: GradientNoise) -> str:
    return (
        f"variance {number(noise.variance)} over |mean gradient|^2 {number(noise.signal)}: "
        f"{number(noise.scale)} rows; critical batch {number(round(noise.critical_batch, 1))}"
    )


def bars(about: Curvature, width: int = 240, height: int = 60) -> str:
    """The eigenvalues from the largest on as a small inline SVG, their sizes on a log scale, negative ones in another
    colour; nothing where they are not known."""
    if about.eigenvalues is None or about.spectrum.scale == 0:
        return ""
    values = about.eigenvalues[::-1]
    values = values[np.linspace(0, values.size - 1, min(values.size, width // 3)).astype(int)]
    low = np.log10(max(about.tolerance, 1e-16 * about.spectrum.scale))
    heights = np.log10(np.maximum(np.abs(values), 10**low)) - low
    heights = np.maximum(1.0, (height - 4) * heights / max(float(heights.max()), 1e-3))
    wide = (width - 8) / values.size
    shapes = "".join(
        f'<rect x="{4 + k * wide:.1f}" y="{height - 2 - h:.1f}" width="{max(0.8 * wide, 0.8):.1f}" height="{h:.1f}" '
        f'fill="{"#D55E00" if v < -about.tolerance else "#0072B2"}"/>'
        for k, (v, h) in enumerate(zip(values, heights, strict=True))
    )
    label = "eigenvalues from the largest on, log scale"
    return (
        f'<svg width="{width}" height="{height}" role="img" aria-label="{label}"><title>{label}</title>{shapes}</svg>'
    )
