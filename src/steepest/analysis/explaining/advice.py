"""What to try instead, with the predicted effect, tried out where that costs little."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ...base.text import count, number
from ...methods.schedules.robbins_monro import RobbinsMonro
from ...records.outcome import Outcome
from ..hints import rounded
from .evidence import Evidence
from .finding import UNSURE, Finding

__all__ = ["Advice", "Attempt", "advised"]

Attempt = Callable[[dict[str, Any]], float]
"""f, as it is minimised, after as many iterations from the same start with some hyper-parameters changed; NaN where it
is not finite."""

WORTH = 0.1
"""The part of what is left of f that advice has to bring, where it was tried."""
GAIN = 3.0
"""How many times fewer iterations must be predicted for advice that was not tried."""


class Advice(NamedTuple):
    """Hyper-parameters to change (None where they are not the matter), and a sentence with the predicted effect."""

    changes: dict[str, Any] | None
    sentence: str


class Candidate(NamedTuple):
    changes: dict[str, Any]
    predicted: str
    gain: float = 0.0


def advised(evidence: Evidence, name: str, finding: Finding, attempt: Attempt | None, tries: int) -> Advice | None:
    """The advice that goes with a verdict; at most ``tries`` candidates are tried out."""
    if name in WORDS:
        sentence = WORDS[name]
        return Advice(None, sentence(evidence, finding) if callable(sentence) else sentence)
    if finding.confidence == UNSURE or name not in CANDIDATES:
        return None
    found = [one for one in CANDIDATES[name](evidence, finding) if usable(evidence, one)]
    chosen = tried_out(evidence, found, attempt, tries) if attempt is not None else foretold(found)
    if chosen is None and name == "out_of_domain":
        return Advice(None, "keep w where f has numbers: bounds=steepest.Box(lower, upper)")
    return chosen


def usable(evidence: Evidence, candidate: Candidate) -> bool:
    """Numbers that differ from those of the run."""
    own = evidence.setup["method"]
    for key, value in candidate.changes.items():
        if isinstance(value, float) and not (np.isfinite(value) and (value > 0 or key == "momentum")):
            return False
    return any(own.get(key) != value for key, value in candidate.changes.items())


def tried_out(evidence: Evidence, found: list[Candidate], attempt: Attempt, tries: int) -> Advice | None:
    """The candidate that ends lowest, if it is lower than the run by what is worth while."""
    f = evidence.trace.f_end
    reached = [(attempt(one.changes), k) for k, one in enumerate(found[:tries])]
    reached = [(value, k) for value, k in reached if np.isfinite(value)]
    if not reached:
        return None
    value, k = min(reached)
    left = evidence.gap if np.isfinite(evidence.gap) and evidence.gap > 0 else 0.0
    start = evidence.f_start
    if not value < f - max(WORTH * left, 1e-9 * abs(f - value), 10 * evidence.rounding):
        return None
    if evidence.failed and np.isfinite(start) and not value <= start:
        return None
    best = found[k]
    effect = f"tried: f {number(evidence.record.sign * value)} after as many {evidence.unit}s"
    predicted = f"{best.predicted}; {effect}" if best.predicted else effect
    return Advice(best.changes, predicted)


def foretold(found: list[Candidate]) -> Advice | None:
    """Without trying: the first whose predicted gain is beyond doubt."""
    for one in found:
        if one.gain >= GAIN:
            return Advice(one.changes, one.predicted)
    return None


# -- candidates ------------------------------------------------------------------------------------------------------


def rate_of(evidence: Evidence) -> float:
    return float(getattr(evidence.rule, "learning_rate", None) or np.nan) if evidence.rule is not None else np.nan


def by_modes(evidence: Evidence) -> list[Candidate]:
    """The best learning rate, alone and with the best momentum, for the modes of the start, stable at both ends."""
    dynamics = evidence.dynamics
    if dynamics is None or dynamics.limit is None or evidence.kinked:
        return []
    start = evidence.at_start
    curvatures = [dynamics.place.largest, 0.0 if start is None else start.largest]
    if evidence.trace.fallen > 0 and evidence.sharpness is not None:
        curvatures.append(float(evidence.sharpness.max()))
    largest = max(curvatures)
    energies = np.maximum(dynamics.before, dynamics.energies)
    found = []
    for momentum in (False, True):
        best = dynamics.best(evidence.target, energies, largest, momentum)
        if best is None or (momentum and "momentum" not in best.changes):
            continue
        changes = {key: rounded(value) if key == "learning_rate" else value for key, value in best.changes.items()}
        now = evidence.more + evidence.trace.nit
        told = best.iterations < 1e9 and evidence.modelled
        predicted = f"{count(round(best.iterations), 'iteration')} predicted" if told else ""
        if predicted and np.isfinite(now):
            predicted += f", in place of {count(round(now), 'iteration')}" if now < 1e9 else ""
        gain = now / max(best.iterations, 1.0) if best.iterations < np.inf else 0.0
        if momentum and not best.iterations < 0.5 * evidence.trace.nit:
            gain = 0.0  # velocity that is still gathering when the run ends may leave f higher than none
        found.append(Candidate(changes, predicted, gain))
    return sorted(found, key=lambda one: -one.gain)


def times_rate(evidence: Evidence, *factors: float) -> list[Candidate]:
    rate = rate_of(evidence)
    return [] if np.isnan(rate) else [Candidate({"learning_rate": rounded(factor * rate)}, "") for factor in factors]


def at_the_start(evidence: Evidence) -> list[Candidate]:
    """What the record advises, and 1 / the curvature at the start."""
    found = [Candidate(dict(evidence.record.advice), "", GAIN)] if evidence.record.advice else []
    place = evidence.at_start
    if place is not None and place.largest > 0 and not np.isnan(rate_of(evidence)) and not evidence.stochastic:
        words = f"1 / the curvature {number(place.largest)} at the start"
        found.append(Candidate({"learning_rate": rounded(1 / place.largest)}, words, GAIN))
    return found


def slower(evidence: Evidence, finding: Finding) -> list[Candidate]:
    """For runs that blew up or wander."""
    sure = [] if evidence.outcome is Outcome.NOT_FINITE and not evidence.record.why else at_the_start(evidence)
    return [*sure, *times_rate(evidence, 0.5, 0.25, 0.1)]


def shorter(evidence: Evidence, finding: Finding) -> list[Candidate]:
    """For runs that stepped out of where f has numbers: nothing is sure before it was tried."""
    return [one._replace(gain=0.0) for one in slower(evidence, finding)]


def steadier(evidence: Evidence, finding: Finding) -> list[Candidate]:
    """For runs that ring."""
    if finding.cause == "kink":
        return falling(evidence, finding)
    return [*by_modes(evidence), *times_rate(evidence, 0.5, 0.25, 0.1)]


def quicker(evidence: Evidence, finding: Finding) -> list[Candidate]:
    """For runs that crawl."""
    if evidence.stochastic:
        return times_rate(evidence, 10.0, 3.0, 30.0)
    return [*by_modes(evidence), *times_rate(evidence, 10.0, 3.0, 100.0, 30.0)]


def falling(evidence: Evidence, finding: Finding) -> list[Candidate]:
    """For noise: the rate kept for as long as it helps, then falling; and smaller constant ones."""
    rate = rate_of(evidence)
    if np.isnan(rate) or not evidence.constant:
        return []
    rows = getattr(evidence.problem, "rows", None)
    batch = evidence.setup["batch_size"]
    each = 1 if batch is None or rows is None else -(-int(rows) // batch)
    long = max(1.0, float(each * max(finding.began, evidence.trace.nit // 8)))
    kept = f"constant for about {count(round(long), 'update')}, then falling"
    schedules = [Candidate({"learning_rate": RobbinsMonro(rate, power, long)}, kept) for power in (1.0, 0.75)]
    return [schedules[0], *times_rate(evidence, 0.2), schedules[1], *times_rate(evidence, 0.05)]


CANDIDATES: dict[str, Callable[[Evidence, Finding], list[Candidate]]] = {
    "diverging": slower, "chaotic": slower, "out_of_domain": shorter, "ringing": steadier, "crawling": quicker,
    "in_a_noise_ball": falling,
}  # fmt: skip


# -- where hyper-parameters are not the matter -----------------------------------------------------------------------


def unbounded_words(evidence: Evidence, finding: Finding) -> str:
    other = "maximize=False" if evidence.record.sign < 0 else "maximize=True"
    return f"{other}, if the other end was meant; or bounds=steepest.Box(lower, upper), which ends the fall"


def gradient_words(evidence: Evidence, finding: Finding) -> str:
    if finding.cause == "uphill":
        return "turn the gradient's sign, or leave grad out; steepest.check_gradient(f, grad, w) then agrees"
    return "steepest.check_gradient(f, grad, w) shows each component; leave grad out to have it worked out"


def falling_words(evidence: Evidence, finding: Finding) -> str:
    more = evidence.more
    if not np.isfinite(more):
        return f"a larger max_iter: f was still on its way after {count(evidence.trace.nit, evidence.unit)}"
    total = count(evidence.trace.nit + round(more), evidence.unit)
    return f"max_iter of about {total}: f then comes within {number(evidence.target, 2)} of the minimum, as predicted"


def astray_words(evidence: Evidence, finding: Finding) -> str:
    if evidence.setup["method"].get("clip_value"):
        return (
            "a larger clip_value, which few numbers of a batch's gradient reach; or a batch_size at which batches agree"
        )
    return (
        "method='lion', which averages gradients before it takes their signs, or another whose steps go with the "
        "gradient; or a batch_size at which batches agree: a smaller learning_rate goes the same way, only slower"
    )


WORDS: dict[str, str | Callable[[Evidence, Finding], str]] = {
    "wrong_gradient": gradient_words, "unbounded": unbounded_words, "still_falling": falling_words,
    "led_astray": astray_words,
    "at_a_saddle": "a start moved by a little in any direction: gradients lead away from a saddle but never off its "
    "stable set; or starts=10 with bounds",
    "on_a_plateau": "another start, or starts=20 with bounds=steepest.Box(lower, upper): here no learning rate finds a "
    "way down",
    "in_a_local_minimum": "more starts: starts=20 with bounds=steepest.Box(lower, upper)",
    "at_the_edge_of_stability": "nothing, as long as f falls; a smaller learning_rate makes it fall at every row, and "
    "slower",
}  # fmt: skip
