"""All that a verdict may ask about a run, worked out when it is first asked for: from the record, from the problem
around the end, from the rule there."""

from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...base.errors import SteepestError
from ...problems.differences import number_at
from ...problems.negated import Negated
from ...problems.penalized import without_penalty
from ...records.outcome import Outcome
from ...records.record import Record
from .ball import Ball, ball_of_batches, ball_of_noise, noise_to_gradient
from .dynamics import Dynamics
from .mean_step import MeanStep, mean_step
from .mode import Lead, Mode, lead_of, mode_of
from .place import Place, gradient_at, largest_at, place_at
from .sensitivity import Parting, parting_of
from .slopes import Mismatch, mismatch_of
from .sublinear import PowerLaw, fading_power
from .surroundings import Around, around, falls_for_ever
from .trace import Trace

__all__ = ["Evidence"]

Array = NDArray[np.float64]
REACHED = 1e-6
"""The part of f0 - f* at which a minimum counts as reached."""
SAMPLED = 5
"""Rows of the last tenth at which the sharpness is taken: it goes up and down at the edge of stability."""
BESIDE = 0.1
"""How far from the path a gradient is checked too, in sizes of w: on it there may be a kink, or a symmetry."""
FEW_ROWS = 20
"""Rows over which the parts of the modes are averaged."""


class Evidence:
    """``problem`` is the run's (None where it is gone), ``rule`` its rule in the numbers of the last update (None where
    it cannot be had), ``constant`` whether these held all along; ``others`` the records of other runs of the problem,
    ``bounds`` what w was projected onto."""

    def __init__(
        self, record: Record, problem: Any = None, rule: Any = None, *, constant: bool = True, others: Any = (),
        bounds: Any = None,
    ) -> None:  # fmt: skip
        self.record, self.setup, self.trace = record, record.setup, Trace(record)
        self.problem = problem if problem is None or record.sign > 0 else Negated(problem)
        self.rule, self.constant, self.others = rule, constant, list(others)
        self.bounds = None if bounds is None else bounds.fitted(record.w0.size)
        self.unseen: list[str] = []
        """What could not be looked at, in clauses."""

    # -- the run -------------------------------------------------------------------------------------------------

    @property
    def outcome(self) -> Outcome | None:
        return self.record.outcome

    @property
    def unit(self) -> str:
        return self.record.unit

    @property
    def failed(self) -> bool:
        return self.outcome is not None and self.outcome.failed

    @property
    def stochastic(self) -> bool:
        return self.setup["batch_size"] is not None

    @property
    def noisy(self) -> bool:
        """Whether steps are random: batches, noise added, a random estimate of the gradient."""
        return self.stochastic or self.noise_added or self.drawn

    @property
    def noise_added(self) -> bool:
        return bool(self.setup["method"].get("gradient_noise"))

    @property
    def drawn(self) -> bool:
        """Whether a full gradient is a random estimate."""
        return bool(getattr(self.problem, "random_gradient", False) or "spsa" in self.setup["gradient"].lower())

    @property
    def w(self) -> Array:
        return self.record.w

    @cached_property
    def scale(self) -> float:
        """The size of w along the run: the larger of its start, its end and the way between them, at most |w|."""
        start, end = self.record.w0, self.w
        return max(float(np.linalg.norm(end)), float(np.linalg.norm(end - start)), 1e-300)

    @cached_property
    def f_start(self) -> float:
        if self.trace.recorded:
            return self.trace.f_start
        return float("nan") if self.problem is None else number_at(self.problem.value, self.record.w0)

    @property
    def fallen(self) -> float:
        """By how much f ended below its start; negative where it rose."""
        return self.f_start - self.trace.f_end

    # -- the problem at the end ----------------------------------------------------------------------------------

    def place_of(self, w: Array, what: str) -> Place | None:
        """The place at a point; where there is none, why is in ``unseen``."""
        if self.problem is None:
            return None
        try:
            with np.errstate(all="ignore"):
                found = place_at(self.problem, w, self.bounds)
        except (SteepestError, ArithmeticError, np.linalg.LinAlgError) as error:
            found = str(error)
        if isinstance(found, str):
            self.unseen.append(f"the curvature at {what}: {found}")
            return None
        return found

    @cached_property
    def place(self) -> Place | None:
        return self.place_of(self.w, "the end")

    @cached_property
    def at_start(self) -> Place | None:
        return self.place_of(self.record.w0, "the start")

    @property
    def slope(self) -> float:
        """The gradient's norm at the end, of what bounds and penalties leave of it; NaN where it is not known."""
        if self.place is not None:
            return self.place.slope
        return float(self.record.grad_norm)

    @cached_property
    def gap(self) -> float:
        """By how much f ends above the minimum of the quadratic around the end; NaN where that is not known."""
        return float("nan") if self.place is None else self.place.gap

    @cached_property
    def share_left(self) -> float:
        """``gap`` as a part of f0 - f*."""
        whole = max(self.fallen, 0.0) + self.gap
        return float(self.gap / whole) if whole > 0 else (0.0 if self.gap == 0 else float("nan"))

    @property
    def modelled(self) -> bool:
        """Whether the quadratic at the end accounts for nearly all of the gradient: its minimum is then where the run
        is heading."""
        return self.place is not None and self.place.unbent <= 0.1 * self.place.slope

    @cached_property
    def rounding(self) -> float:
        """What f can be told apart by at the end."""
        return 1e-15 * max(abs(self.trace.f_end), 1e-300)

    @cached_property
    def kinked(self) -> bool:
        """Whether gradients at the last rows differ as no curvature explains: f has a kink that the path jumps over.
        Without rows to tell by, whether f has kinks anywhere, where that is known."""
        rows = self.trace.recent
        if self.problem is None or self.place is None:
            return False
        if len(rows) < 4:
            return not self.place.smooth
        rows = rows[-4:]
        with np.errstate(all="ignore"):
            gradients = [gradient_at(self.problem, w) for w in rows]
            largest = max(float(np.linalg.norm(g)) for g in gradients)
            return any(
                self.across_a_kink(step, after - before, largest)
                for step, (before, after) in zip(np.diff(rows, axis=0), pairwise(gradients), strict=True)
            )

    def across_a_kink(self, step: Array, jump: Array, largest: float) -> bool:
        """Whether the gradient's change over a short step is a thousand times what the curvature at the end makes of
        it, or (where that is taken across the kink itself) a thousandth: a smooth function's does not vary so."""
        place, length, size = self.place, float(np.linalg.norm(step)), float(np.linalg.norm(jump))
        if place is None or not 0 < length < 0.3 * self.scale or not size > 0.1 * largest:
            return False
        bend = float(np.linalg.norm((step @ place.vectors) * place.values)) if place.complete else place.size * length
        return not 1e-3 * size <= bend <= 1e3 * size if place.complete else bend < 1e-3 * size

    @cached_property
    def surroundings(self) -> Around | None:
        """f around the end, None where the problem is gone."""
        if self.problem is None:
            return None
        box = getattr(self.problem, "box", None)
        return around(self.problem, self.w, self.trace.f_end, self.bounds, box)

    @cached_property
    def known_least(self) -> float:
        """The least value of f where the problem knows it, and bounds admit it; else NaN."""
        minimum = None if self.problem is None else getattr(self.problem, "minimum", None)
        if minimum is None:
            return float("nan")
        within = self.bounds is None or any(self.bounds.holds(point) for point in np.atleast_2d(minimum.w))
        return float(minimum.f) if within else float("nan")

    @cached_property
    def bottomless(self) -> bool:
        """Whether f falls for ever along the way the run went."""
        rows = self.trace.w
        if self.problem is None or rows is None or len(rows) < 2:
            return False
        return falls_for_ever(self.problem, self.w, rows[-1] - rows[0], self.trace.f_end, self.scale)

    # -- the rule there ------------------------------------------------------------------------------------------

    @cached_property
    def dynamics(self) -> Dynamics | None:
        """The rule on the quadratic at the end; None without a place or a rule."""
        if self.place is None or self.rule is None or not self.place.values.size:
            return None
        return self.dynamics_at(self.place)

    def dynamics_at(self, place: Place) -> Dynamics:
        c = np.maximum(place.values, 0.0)
        energies = 0.5 * c * (place.errors_of(self.last_rows) ** 2).mean(axis=0)
        before = 0.5 * c * place.errors_of(self.record.w0[None])[0] ** 2
        return Dynamics(self.rule, place, energies, before)

    @property
    def last_rows(self) -> Array:
        """The last points (rows, n), ``FEW_ROWS`` at most; the end where none is recorded."""
        rows = self.trace.recent[-FEW_ROWS:]
        return rows if len(rows) else self.w[None]

    # -- its modes -----------------------------------------------------------------------------------------------

    @cached_property
    def bowl(self) -> Place | None:
        """The place, where all its curvatures are known and their quadratic says where the run is heading."""
        place = self.place
        if place is None or self.failed or not place.complete or not place.smooth or place.negative:
            return None
        return None if self.kinked or not self.modelled else place

    @cached_property
    def mode(self) -> Mode | None:
        """The mode that holds most of what is left, what the rows show of it, and theory; None where there is none."""
        if self.bowl is None:
            return None
        roots = None if self.dynamics is None or self.noisy else self.dynamics.roots
        return mode_of(self.bowl, self.last_rows, None if self.noisy else self.trace.recent, roots)

    def lead_at(self, iteration: int) -> Lead | None:
        """The mode that held most of what was left at an earlier row; None where that is not recorded."""
        w = self.trace.w
        if self.bowl is None or w is None:
            return None
        k = int(np.searchsorted(self.trace.at[: len(w)], iteration))
        rows = w[k : k + FEW_ROWS]
        return lead_of(self.bowl, self.bowl.errors_of(rows)) if len(rows) else None

    @cached_property
    def ball(self) -> Ball | None:
        """Where the noise holds the run by the equation of second moments; None where that is not known, or long to
        find out."""
        place, batch = self.bowl, self.setup["batch_size"]
        if place is None or self.rule is None or not self.constant or self.bounds is not None:
            return None
        if hasattr(self.rule, "read"):  # what is recorded are averages of its points, quieter than these
            return None
        if batch is not None and not self.noise_added:
            return ball_of_batches(self.problem, self.rule, batch, self.setup["sampling"], place, self.last_rows)
        return ball_of_noise(self.rule, place, self.last_rows) if batch is None and self.noise_added else None

    @cached_property
    def noise_to_gradient(self) -> float:
        """The size of a batch's noise over that of the full gradient at the end; NaN where it is not known."""
        if not self.stochastic or self.place is None:
            return float("nan")
        return noise_to_gradient(self.problem, self.w, self.setup["batch_size"])

    @cached_property
    def mean_step(self) -> MeanStep | None:
        """Where steps of batches lead on average at the end; None where that is not known."""
        known = self.bounds is None and self.rule is not None
        return mean_step(self.problem, self.rule, self.setup["batch_size"], self.w, self.record.nit) if known else None

    @cached_property
    def power(self) -> PowerLaw | None:
        """How f falls where that is like a power of t, because the curvature along what is left fades with it."""
        w, place, mode = self.trace.w, self.bowl, self.mode
        if w is None or place is None or mode is None or self.noisy or not self.constant or self.bounds is not None:
            return None
        k = place.values.size - mode.lead.first
        return fading_power(self.problem, place, k, self.trace.at[: len(w)], self.trace.f[: len(w)], w)

    @property
    def target(self) -> float:
        """What is to be left of f: ``REACHED`` of all there was, and at most a thousandth of what there is."""
        return max(min(REACHED * (max(self.fallen, 0.0) + self.gap), 1e-3 * self.gap), 1e-300)

    @cached_property
    def more(self) -> float:
        """Iterations that are still needed, from the modes for a rule that is linear in the gradient, else from the
        rate of the tail; NaN where neither is known."""
        if self.noisy or not self.modelled:
            return float("nan")
        if self.power is not None:
            return self.power.more(self.target)
        fitted = self.fitted_more
        if self.dynamics is None or not self.constant or self.dynamics.roots is None:
            return fitted
        found = self.dynamics.more(self.target)
        if not np.isfinite(found):  # beyond the limit here: the quadratic says nothing of how it goes on
            return float("nan") if self.dynamics.part_of_limit > 1 else found
        # curvature that fades on the way down, as on x^4, leaves more to do than it says
        decay = self.trace.decay
        fades = decay is not None and decay.late > 0.3 * decay.early
        return max(found, fitted) if fades and np.isfinite(fitted) else found

    @property
    def fitted_more(self) -> float:
        """The same from the rate of the tail alone; infinite where that does not fall."""
        decay = self.trace.decay
        if decay is None or not self.gap > 0:
            return float("nan")
        rate = 2 * min(decay.late, decay.rate)
        return float(np.log(self.gap / self.target) / rate) if rate > 0 else float("inf")

    @cached_property
    def quickest(self) -> float:
        """Iterations that the best learning rate would need from here, by the modes; NaN where not known."""
        if self.dynamics is None:
            return float("nan")
        best = self.dynamics.best(self.target, self.dynamics.energies, self.dynamics.place.largest)
        return float("nan") if best is None else best.iterations

    @property
    def speedup(self) -> float:
        """How many times fewer iterations the best learning rate would take from here; NaN where not known."""
        return self.more / max(self.quickest, 1.0)

    # -- sharpness along the way ---------------------------------------------------------------------------------

    @cached_property
    def sharpness(self) -> Array | None:
        """The largest curvature at a few of the last rows; None where it is not known."""
        if self.problem is None or self.place is None or self.bounds is not None or not len(self.trace.recent):
            return None
        rows = self.trace.recent
        rows = rows[-max(2, len(rows) // 5) :]
        chosen = rows[np.unique(np.linspace(0, len(rows) - 1, SAMPLED).astype(int))]
        found, direction = [], None
        for w in chosen:
            value, direction = largest_at(self.problem, w, direction)
            found.append(value)
        return np.array(found) if np.isfinite(found).all() else None

    @cached_property
    def parts_of_limit(self) -> Array | None:
        """learning_rate x sharpness / the rule's factor at these rows: 1 is the edge of stability."""
        if self.sharpness is None or self.dynamics is None or self.dynamics.limit is None:
            return None
        return np.asarray(self.dynamics.rate * self.sharpness / self.dynamics.limit.factor)

    # -- what is out of order ------------------------------------------------------------------------------------

    @cached_property
    def mismatch(self) -> Mismatch | None:
        """How the caller's own gradient is off, where it is."""
        problem = self.problem
        inner = without_penalty(getattr(problem, "problem", problem) if isinstance(problem, Negated) else problem)
        if problem is None or not their_own(inner):
            return None
        start, end, rows = self.record.w0, self.w, self.trace.w
        drawn = np.random.default_rng(0).standard_normal((2, start.size))
        on = [(0, start), (self.record.nit, end)]
        if rows is not None and len(rows) > 2:
            middle = len(rows) // 2
            on.insert(1, (int(self.trace.at[middle]), rows[middle]))
        beside = [
            (row, w + BESIDE * max(1.0, float(np.abs(w).max())) * step)
            for (row, w), step in zip((on[0], on[-1]), drawn, strict=True)
        ]  # fmt: skip
        return mismatch_of(Negated(inner) if isinstance(problem, Negated) else inner, on, beside)

    @cached_property
    def parting(self) -> Parting | None:
        """How neighbouring paths part from the end of the run on; None for random steps and where it was not tried."""
        if self.noisy or self.problem is None or self.rule is None or not self.constant or self.failed:
            return None
        a_row = self.record.seconds / max(self.record.nit, 1)
        return parting_of(self.problem, self.rule, self.w, self.bounds, a_row)


def their_own(problem: Any) -> bool:
    """Whether a gradient was written by the caller: a callable, or a problem of a class that is not ours."""
    ours = type(problem).__module__.partition(".")[0] == __name__.partition(".")[0]
    return getattr(problem, "gradient_note", "") == "yours" or not ours
