"""What results.json holds of the maps, the batch sizes, the hazards and the advice."""

from typing import Any

import numpy as np

from .advice import Advice
from .article import MOMENTA
from .batch_sizes import BATCH_MOMENTA, SizeRun
from .hazards import GROUPS
from .maps import LOW, TARGET, THRESHOLD, Cell, Map
from .studies import Study

__all__ = ["lesson_results"]


def lesson_results(study: Study) -> dict[str, Any]:
    """Counts of runs that did not arrive are null."""
    maps, found, hazards = study.maps, study.batch_sizes, study.hazards
    over, restarts = hazards.overshooting, hazards.restarts
    return {
        "maps": {
            "bowl": {"f_stays_below": LOW, **map_of(maps.bowl)},
            "digits": {"f_stays_below": TARGET, **map_of(maps.digits)},
            "digits_threshold": {"f_changes_by": THRESHOLD, **map_of(maps.stops)},
        },
        "batch_sizes": {
            "f_stays_below": TARGET,
            "at_the_articles_rate": [size_of(one) for m in BATCH_MOMENTA for one in found.article[m]],
            "at_the_best_rate": [size_of(one) for m in BATCH_MOMENTA for one in found.best[m]],
            "lowest_rate_that_diverged": {str(m): found.diverging[:, j] for j, m in enumerate(BATCH_MOMENTA)},
        },
        "overshooting": {
            "learning_rates": over.rates,
            "iterations": {str(m): counts_of(over.iterations[m]) for m in MOMENTA},
            "farthest_beyond": {str(m): counts_of(over.farthest[m]) for m in MOMENTA},
            "near_the_limit": [
                {"momentum": one.momentum, "factor": one.factor, "growth": one.growth, "growth_measured": one.measured,
                 "farthest_beyond": one.farthest, "iterations": one.arrived,
                 "outcome": one.run.outcome.name if one.run.outcome else None} for one in over.near
            ],
        },
        "restarts": {
            "share_expected": restarts.expected, "share_of_the_lowest": {str(m): restarts.share(m) for m in MOMENTA},
            "best_of": {str(m): {str(k): restarts.measured(m, k) for k in GROUPS} for m in MOMENTA},
        },
        "advice": [advice_of(one) for one in study.advice],
    }  # fmt: skip


def counts_of(counts: Any) -> list[Any]:
    """Numbers as they are, what is not finite as None."""
    kept = np.where(np.isfinite(counts), counts, np.nan).astype(object)
    kept[~np.isfinite(counts)] = None
    found: list[Any] = kept.tolist()
    return found


def map_of(found: Map) -> dict[str, Any]:
    """``iterations`` (rates, momenta)."""
    return {
        "learning_rates": found.rates, "momenta": found.momenta, "curvature": found.curvature,
        "best": cell_of(found.best()), "diverged": int(found.diverged.sum()),
        "diverged_below_the_limit": int((found.diverged & found.stable).sum()),
        "arrived_above_the_limit": int((found.arrived & ~found.stable).sum()),
        "iterations": counts_of(found.iterations),
    }  # fmt: skip


def cell_of(one: Cell) -> dict[str, Any]:
    (iterations,) = counts_of(np.array([one.iterations]))
    return {"learning_rate": one.learning_rate, "momentum": one.momentum, "iterations": iterations}


def size_of(one: SizeRun) -> dict[str, Any]:
    epochs, updates, gradients, seconds = counts_of(np.array([one.epochs, one.updates, one.gradients, one.seconds]))
    return {
        "batch_size": one.size, "momentum": one.momentum, "learning_rate": one.learning_rate, "epochs": epochs,
        "updates": updates, "gradients": gradients, "seconds": seconds,
    }  # fmt: skip


def advice_of(one: Advice) -> dict[str, Any]:
    (median,) = counts_of(np.array([one.median]))
    return {
        "problem": one.problem, "best": cell_of(one.best), "without_momentum": cell_of(one.plain),
        "small_rate_high_momentum": cell_of(one.corner), "median_there": median,
        "article": cell_of(one.article), "verdict": one.verdict,
    }  # fmt: skip
