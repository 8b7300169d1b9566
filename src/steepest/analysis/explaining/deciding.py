"""From the evidence to the explanation: every verdict is asked, the first that holds is the primary one."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ...base.text import count, number
from ...records.record import Record
from .advice import Attempt, advised
from .evidence import Evidence
from .explanation import Explanation
from .finding import CLEAR, LIKELY, UNSURE, Finding
from .verdicts import PRECEDENCE, find, spoken

__all__ = ["explained"]

EXCLUDED = {
    "wrong_gradient": PRECEDENCE[4:],  # their curvature is that of the wrong gradient
    "unbounded": ("still_falling", "crawling", "at_a_saddle", "on_a_plateau"),
    "diverging": ("still_falling", "crawling", "ringing", "chaotic"),
    "led_astray": (
        "converged",
        "on_a_plateau",
        "in_a_local_minimum",
        "in_a_noise_ball",
        "still_falling",
        "crawling",
    ),
    "at_a_saddle": ("converged", "still_falling", "on_a_plateau", "crawling"),
    "on_a_plateau": ("converged", "still_falling", "in_a_local_minimum"),
    "in_a_local_minimum": ("converged", "still_falling", "crawling"),
    "converged": ("still_falling", "crawling"),
    "in_a_noise_ball": ("still_falling", "crawling", "ringing"),
    "at_the_edge_of_stability": ("still_falling", "chaotic", "ringing", "crawling"),
    "chaotic": ("still_falling", "ringing", "crawling"),
    "ringing": ("still_falling",),
    "crawling": ("still_falling",),
}
"""What a verdict says already, or gainsays: not named besides it."""


def explained(
    record: Record, problem: Any = None, rule: Any = None, *, constant: bool = True, others: Any = (),
    bounds: Any = None, attempt: Attempt | None = None, tries: int = 0, unseen: tuple[str, ...] = (),
) -> Explanation:  # fmt: skip
    """Why a run went as it did.

    ``problem``, ``rule``, ``constant``, ``others`` and ``bounds`` as for `Evidence`; ``attempt`` runs the problem again
    with changed hyper-parameters, which is done for at most ``tries`` candidates of advice.
    """
    evidence = Evidence(record, problem, rule, constant=constant, others=others, bounds=bounds)
    with np.errstate(all="ignore"):
        held = [(name, finding) for name in PRECEDENCE if (finding := find(name).holds(evidence)) is not None]
        name, finding = primary(held, evidence)
        besides = [other for other, _ in held if other != name and other not in EXCLUDED.get(name, ())]
        advice = advised(evidence, name, finding, attempt if tries else None, tries)
        numbers = numbers_of(evidence, finding.began)
    setup = record.setup
    title = f"{setup['method']['name']} on {setup['problem_name']}, {count(record.nit, record.unit)}"
    return Explanation(
        verdict=spoken(name), others=tuple(spoken(other) for other in besides), confidence=finding.confidence,
        sentences=tuple(part for part in finding.sentences if part), evidence=numbers, began=finding.began,
        advice=None if advice is None or advice.changes is None else dict(advice.changes),
        advice_text="" if advice is None else advice.sentence,
        unseen=(*unseen, *dict.fromkeys(evidence.unseen)), title=title, unit=record.unit,
    )  # fmt: skip


def primary(held: list[tuple[str, Finding]], evidence: Evidence) -> tuple[str, Finding]:
    """The first that is clear or likely, else the first, else that nothing can be told."""
    for name, finding in held:
        if finding.confidence in (CLEAR, LIKELY):
            return name, finding
    if held:
        return held[0]
    after = count(evidence.record.nit, evidence.unit)
    f = f"f is {number(evidence.record.f)} after {after}"
    slope = f", the gradient {number(evidence.slope)}" if np.isfinite(evidence.slope) else ""
    return "unclear", Finding(UNSURE, (f"{f}{slope}; no verdict's definition is met",), 0)


def numbers_of(evidence: Evidence, began: int) -> dict[str, float]:
    """The evidence by name, as far as there is any."""
    trace, place, dynamics = evidence.trace, evidence.place, evidence.dynamics
    if evidence.failed:  # far out there curvature is a number without a meaning
        place = evidence.at_start
        dynamics = None if place is None or evidence.rule is None else evidence.dynamics_at(place)
    decay, swing = trace.decay, trace.swing
    found: dict[str, Callable[[], Any]] = {
        "f_start": lambda: evidence.record.sign * evidence.f_start,
        "f_end": lambda: evidence.record.f,
        "gradient": lambda: None if evidence.failed else evidence.slope,
        "fitted_rate": lambda: None if decay is None else decay.late,
        "sign_changes": lambda: None if swing is None else swing.turns,
        "straightness": lambda: trace.straightness,
        "rows_that_fall": lambda: trace.drift.down if trace.recorded else None,
        "fall_of_second_half": lambda: trace.drift.fall if trace.recorded else None,
        "spread_of_second_half": lambda: trace.drift.spread if trace.recorded else None,
    }  # fmt: skip
    if place is not None:
        found |= {
            "largest_curvature": lambda: place.largest,
            "smallest_curvature": lambda: place.smallest,
        }
    if place is not None and not evidence.failed and evidence.modelled:
        found |= {
            "above_minimum": lambda: place.gap, "share_left": lambda: evidence.share_left,
            "distance_to_minimum": lambda: place.distance,
        }  # fmt: skip
    if dynamics is not None and not evidence.noisy:
        found |= {
            "learning_rate": lambda: dynamics.rate,
            "part_of_limit": lambda: dynamics.part_of_limit,
            "stability_limit": lambda: dynamics.stability_limit,
        }
    if dynamics is not None and not evidence.noisy and not evidence.failed:
        found |= {
            "predicted_rate": dynamics.rate_of_tail, "more_iterations": lambda: evidence.more,
            "quickest_iterations": lambda: evidence.quickest,
        }  # fmt: skip
        if dynamics.dominant is not None:
            k = dynamics.dominant
            found["dominant_curvature"] = lambda: place.values[k] if place is not None else None
            if dynamics.roots is not None:
                found["dominant_root"] = lambda: dynamics.roots.radius[k] if dynamics.roots else None
                found["dominant_angle"] = lambda: dynamics.roots.angle[k] if dynamics.roots else None
    found |= of_modes(evidence, began)
    done = vars(evidence)
    if done.get("parts_of_limit") is not None:
        found["sharpness_part_of_limit"] = lambda: np.median(done["parts_of_limit"])
    if done.get("parting") is not None:
        found["parting_rate"] = lambda: done["parting"].rate
    numbers = {}
    for name, give in found.items():
        value = give()
        if value is not None and not np.isnan(value := float(value)):
            numbers[name] = value
    return numbers


def of_modes(evidence: Evidence, began: int) -> dict[str, Callable[[], Any]]:
    """Those of the leading mode, at the end and where the verdict began, of the noise, and of a sublinear fall."""
    found: dict[str, Callable[[], Any]] = {}
    mode, power = evidence.mode, evidence.power
    if mode is not None:
        lead, seen, theory = mode
        found = {
            "modes": lambda: lead.of, "mode_number": lambda: lead.first, "mode_curvature": lambda: lead.curvature,
            "mode_share": lambda: lead.share, "mode_share_of_error": lambda: lead.of_error,
            "mode_factor": lambda: seen.factor, "mode_factor_predicted": lambda: theory.factor,
            "mode_sign_changes_every": lambda: finite(seen.every),
            "mode_sign_changes_every_predicted": lambda: finite(theory.every),
        }  # fmt: skip
        then = evidence.lead_at(began)
        if then is not None:
            found |= {
                "mode_number_then": lambda: then.first, "mode_curvature_then": lambda: then.curvature,
                "mode_share_then": lambda: then.share,
            }  # fmt: skip
    if evidence.noisy and evidence.trace.recorded:
        found["noise_to_gradient"] = lambda: evidence.noise_to_gradient
    if (ball := vars(evidence).get("ball")) is not None:
        found |= {
            "noise_predicted": lambda: ball.predicted, "noise_exact": lambda: ball.exact,
            "modes_outside_the_ball": lambda: ball.outside, "share_outside_the_ball": lambda: ball.share,
            "noise_measured": lambda: float(evidence.trace.tail.mean()) - (evidence.trace.f_end - evidence.gap),
        }  # fmt: skip
    if (step := vars(evidence).get("mean_step")) is not None:
        found |= {
            "downhill_of_steps": lambda: step.steps, "downhill_error": lambda: step.error,
            "downhill_of_gradients": lambda: step.gradients,
        }  # fmt: skip
    if power is not None:
        found["power_of_t"] = lambda: power.power
    return found


def finite(value: float) -> float | None:
    """None for signs that never change."""
    return value if np.isfinite(value) else None
