"""The text of the report on four shapes of a function. Every number in it is put in from the runs."""

from ..plots.basins import share_text
from .landscapes import (
    BASIN_RATE,
    CONDITION,
    DRAWN_OFFSETS,
    FAR,
    MOMENTUM,
    OFFSETS,
    PLATEAU,
    RADII,
    ROSENBROCK,
    SADDLE,
    SADDLE_RATE,
    SIDE,
    STUCK_OFFSET,
    values,
)
from .page import Page, code
from .studies import Study
from .tables import figure

__all__ = ["landscapes"]


def landscapes(page: Page, study: Study) -> None:
    page.section("shapes", "Four shapes that cost time")
    page.say(
        "The bowl is the same in every direction and has one minimum. Most functions have neither. Four shapes account "
        "for much of what a descent does elsewhere; two of the functions stand in the gallery, the others "
        "are written as formulas."
    )
    ravine(page, study)
    saddle(page, study)
    plateau(page, study)
    basins(page, study)


def ravine(page: Page, study: Study) -> None:
    found = study.landscapes.ravine
    page.part("A ravine")
    steep = found.counts
    page.say(
        f"A quadratic whose curvature is {CONDITION:g} across and 1 along. The steep direction limits the rate and the "
        "flat one needs a long way, so gradient descent spends its steps going from wall to wall."
    )
    page.figure(
        "ravine",
        f"Each method at the constants that are best for it. Gradient descent changes sides at every step and takes "
        f"{found.descent.nit} iterations to a gradient of 1e−6; momentum adds up what the steps have in common, the "
        f"way along, while what changes sign cancels: {found.momentum.nit} iterations. Its constants are best in the "
        f"long run; at first it swings wider and f rises from {figure(values(found.momentum)[0])} to "
        f"{figure(values(found.momentum).max(), 3)}.",
    )
    page.table(
        "table-ravine",
        "Iterations until no component of the gradient is above 1e−6. On the quadratics both methods have their best "
        f"constants; on Rosenbrock's function, {code(ROSENBROCK)}, steepest chose the rate and momentum is "
        f"{MOMENTUM:g}.",
    )
    first, last = steep[0], steep[-2]
    grown = (last.condition or 0) / (first.condition or 1)
    page.say(
        f"From condition {first.condition:g} to {last.condition:g}, {grown:g} times as narrow, gradient descent takes "
        f"{last.descent.nit / first.descent.nit:.0f} times the iterations and momentum "
        f"{last.momentum.nit / first.momentum.nit:.0f} times: the one pays for the condition number, the other about "
        "for its square root."
    )


def saddle(page: Page, study: Study) -> None:
    found = study.landscapes.saddle
    page.part("A saddle")
    counted, theory = found.per_decade("gradient_descent")
    heavy, heavy_theory = found.per_decade("momentum")
    waits = found.waits["gradient_descent"]
    page.say(
        f"f = {code(SADDLE)} falls to both sides of the line y = 0, and on that line leads straight to (0, 0), where "
        "the gradient is zero and no minimum is. The runs start at (1.5, offset)."
    )
    page.figure(
        "saddle",
        f"Learning rate {figure(SADDLE_RATE)}; offsets {', '.join(figure(one) for one in DRAWN_OFFSETS)} on the left. "
        f"y grows by a factor {found.growth['gradient_descent']:.3g} an iteration, whatever its size, so the wait is "
        f"proportional to the digits of the offset: {waits[0]} iterations from {figure(OFFSETS[0])}, {waits[-1]} from "
        f"{figure(OFFSETS[-1])}; {counted:.1f} more for each further decade, where theory has {theory:.1f}. With "
        f"momentum {MOMENTUM:g} a decade costs {heavy:.1f} ({heavy_theory:.1f}).",
    )
    stuck = found.stuck
    outcome = stuck.outcome.name if stuck.outcome else ""
    page.say(
        f"Still closer to the line, at {figure(STUCK_OFFSET)}, the gradient falls below the tolerance before y has "
        f"grown. The run ends at f = {figure(stuck.f, 2)} and calls that {outcome}; the minima have f = "
        f"{figure(values_end(study), 3)}. A small gradient says that the ground is level, not that it is low."
    )
    page.said(stuck.message)


def values_end(study: Study) -> float:
    """f at the end of a run that left the saddle."""
    return float(study.landscapes.saddle.drawn[DRAWN_OFFSETS[0]].f)


def plateau(page: Page, study: Study) -> None:
    found = study.landscapes.plateau
    page.part("A plateau")
    far = RADII[-1]
    counts = ", ".join(f"{run.nit:,} from {radius:g}" for radius, run in found.descents.items())
    page.say(
        f"f = {code(PLATEAU)} is a dip in a plain: away from it the gradient vanishes like exp(−r²), and the steps "
        "with it."
    )
    page.figure(
        "plateau",
        f"Iterations of gradient descent: {counts}. The gradient flow says {found.expected[far]:,.0f} from {far:g}. "
        f"Momentum {MOMENTUM:g}, which makes each step count ten times in the end, takes "
        f"{found.others['momentum'].nit:,} from there. Adam's steps do not depend on the size of the gradient: it "
        f"crosses the plain at a constant pace and takes {found.others['adam'].nit}.",
    )
    page.say(f"From {FAR:g} the run does not begin, since the gradient is below the tolerance:")
    page.said(found.unmoved.message)


def basins(page: Page, study: Study) -> None:
    views = study.landscapes.basins.views
    plain, heavy = views["gradient_descent"].data, views["momentum"].data
    low, high = min(plain["shares"]), max(plain["shares"])
    moved = int((plain["which"] != heavy["which"]).sum())
    page.part("Several minima")
    page.say(
        "Himmelblau's function has four minima, all of them 0. Where a run ends is decided by where it starts, so the "
        f"way to know is to start everywhere: {SIDE} × {SIDE} starts, each in the colour of the minimum it led to."
    )
    failed = (
        f"{heavy['failed']} of {heavy['which'].size:,} runs with momentum did not converge, "
        f"{plain['failed'] or 'none'} without" if heavy["failed"] else "All runs converged"
    )  # fmt: skip
    page.figure(
        "basins",
        f"Learning rate {figure(BASIN_RATE)} for both. Without momentum the four basins are nearly whole, and "
        f"between {share_text(low)} and {share_text(high)} of the starts belong to each. A run with momentum may roll "
        "through a minimum and over the next ridge: near the edge, where it starts high, neighbours end in different "
        f"minima, and {share_text(moved / heavy['which'].size)} of the starts end elsewhere than without. {failed}.",
    )
    page.table(
        "table-basins",
        "Shares of the starts. Runs that did not converge are counted apart, not given to the nearest minimum.",
    )
