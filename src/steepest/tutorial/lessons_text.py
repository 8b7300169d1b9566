"""The text on the dense maps, the batch sizes, and what the article lists. Every number in it comes from the runs."""

import math

import numpy as np

from .advice import HIGH, SMALL
from .article import LEARNING_RATES, MOMENTA, RATE
from .batch_sizes import BATCH_RATES, MOST_EPOCHS, SEEDS
from .hazards import GROUPS, STARTS
from .landscapes import FAR, RADII
from .maps import BOWL_MOST, DIGIT_MOST, LOW, SIDE, TARGET
from .page import Page, code
from .studies import Study
from .tables import figure

__all__ = ["lessons", "maps", "sizes"]


def maps(page: Page, study: Study) -> None:
    page.section("maps", "Every rate and momentum: two maps")
    found = study.maps
    low = found.bowl
    page.say(
        f"The article tries twelve settings on the bowl and four on the digits. Here are {SIDE} × {SIDE} of each, from "
        "its own starts. A run has arrived where f comes below a level and stays there to the run's end: to touch it "
        "is not enough, since a fast run may step on the minimum and go on through it. On the bowl the level is "
        f"{LOW:g}, the number that the article has for a threshold later on."
    )
    corner = low.near(LEARNING_RATES[0], MOMENTA[-1])
    page.figure(
        "map-bowl",
        f"{low.arrived.size:,} runs of {BOWL_MOST} iterations. Left of the dotted line a run creeps in from one side; "
        "to its right it swings, and there the rate hardly matters: f shrinks by the factor m an iteration whatever "
        "the rate, so the map turns into bands across. Near momentum 0.98 that is too slow for "
        f"{BOWL_MOST} iterations. The best cell takes {low.best().iterations:.0f}, the one next to the article's rate "
        f"{LEARNING_RATES[0]:g}, momentum {MOMENTA[-1]:g} takes {corner.iterations:.0f}.",
    )
    digits, stops = found.digits, found.stops
    high = int((found.f_at_stop > TARGET).sum())
    quick = stops.best()
    place = int(abs(stops.rates / quick.learning_rate - 1).argmin()), int(abs(stops.momenta - quick.momentum).argmin())
    rows = [study.find("versus", "batch", m).rows - 1 for m in MOMENTA]
    page.figure(
        "map-digits",
        f"The digits in full batches, {DIGIT_MOST} iterations; one set of runs, two goals. Left: the article's "
        f"threshold, by which its own runs end after {', '.join(map(str, rows))} iterations at momentum "
        f"{', '.join(f'{m:g}' for m in MOMENTA)}. It ends {int(stops.arrived.sum()):,} runs, {high:,} of them with f "
        f"above {TARGET:g}; the speckle are turning points met by chance, and its best cell stops after "
        f"{quick.iterations:.0f} iterations at f = {figure(found.f_at_stop[place], 3)}. Right: until f stays below "
        f"{TARGET:g}. The best is {figure(digits.best().learning_rate, 3)} with momentum {digits.best().momentum:.2f}, "
        f"{digits.best().iterations:.0f} iterations, close to the limit.",
    )
    page.table(
        "table-maps",
        "The limit 2 (1 + m) / L is drawn from the curvature alone. Runs above it that did not diverge lie so close to "
        "it that they grow too slowly to be seen in the iterations given.",
    )
    cells = low.arrived.size + digits.arrived.size
    below = sum(int((one.diverged & one.stable).sum()) for one in (low, digits))
    above = sum(int((one.arrived & ~one.stable).sum()) for one in (low, digits))
    page.say(
        f"Of the {cells:,} runs {below or 'none'} {'diverges' if below < 2 else 'diverge'} below the limit and "
        f"{above or 'none'} {'arrives' if above < 2 else 'arrive'} above it."
    )


def sizes(page: Page, study: Study) -> None:
    page.section("sizes", f"Batch sizes from 1 to {study.model.rows}")
    found = study.batch_sizes
    plain, heavy = found.article[0.0], found.article[0.9]
    page.say(
        f"Between one row an update and all {study.model.rows} lies every other size. Each was run until f stays below "
        f"{TARGET:g}, at most {MOST_EPOCHS} epochs, at the article's rate and at {len(BATCH_RATES)} rates from "
        f"{figure(BATCH_RATES[0])} to {figure(BATCH_RATES[-1])}, each with {len(SEEDS)} shuffles of which the middle "
        "one counts. An epoch is the same number of single-row gradients at any size."
    )
    best = [found.best[0.0][k] for k in (0, -1)]
    page.figure(
        "batch-sizes",
        "At the article's rate and momentum 0 the size makes no difference in epochs: "
        f"{plain[0].epochs:.0f} one row at a time, {plain[-1].epochs:.0f} in full batches, since all follow the same "
        f"gradient flow. With momentum 0.9 it is {heavy[0].epochs:.0f} against {heavy[-1].epochs:.0f}. The flow is ten "
        "times as fast, and momentum remembers about ten updates: a fraction of an epoch in small batches, but ten "
        "epochs in full ones, where it rings instead. Each at its own best rate without momentum, single rows take "
        f"{best[0].epochs:.0f} epochs at {figure(best[0].learning_rate, 2)} and full batches "
        f"{best[1].epochs:.0f} at {figure(best[1].learning_rate, 2)}.",
    )
    page.table("table-batch-sizes", "Gradients are of single rows; ms is compiled, on the machine that wrote this.")
    edges = found.diverging[:, 0]
    few = min((found.lowest(one.size) for one in plain), key=lambda one: one.updates)
    quick = min((found.lowest(one.size) for one in plain), key=lambda one: one.seconds)
    page.listed(
        f"“The batch version requires a smaller learning rate” holds here: without momentum full batches diverge from "
        f"{figure(edges[-1], 2)}, single rows from {figure(edges[0], 2)}, {edges[0] / edges[-1]:.0f} times as much. It "
        "holds because f is a sum: with the mean over each batch the same full-batch runs have rates "
        f"{plain[0].rows} times as large, and diverge from {figure(edges[-1] * plain[0].rows, 2)}.",
        f"“The stochastic version is a clear winner” does not follow from the article's own runs at momentum 0, "
        f"{plain[0].epochs:.0f} epochs against {plain[-1].epochs:.0f}. It does follow once each has its own rate: "
        f"{found.lowest(1).epochs:.0f} epochs against {found.lowest(plain[-1].size).epochs:.0f}.",
        f"What wins depends on what is counted. Fewest updates: batch size {few.size}, {few.updates:,.0f}. Fewest "
        f"milliseconds in this program: batch size {quick.size}. Where many rows cost as little as one, as on a "
        "graphics card, updates are the measure; where each row is paid for, epochs are.",
    )


def lessons(page: Page, study: Study) -> None:
    page.section("lessons", "What the article lists, and its advice")
    page.say(
        "The article names three dangers, local minima, overshooting and plateaus, and momentum as the remedy; and it "
        "gives a guideline, small learning rates and high momentum. Each was put to the test."
    )
    overshooting(page, study)
    restarts(page, study)
    plateaus(page, study)
    advice(page, study)


def overshooting(page: Page, study: Study) -> None:
    over = study.hazards.overshooting
    page.part("Overshooting")
    under, above = over.near[0], over.near[1]
    at = int(abs(over.rates - 0.2).argmin())
    told = ", ".join(f"{100 * over.farthest[m][at]:.0f} % with momentum {m:g}" for m in MOMENTA)
    spans = {m: over.iterations[m][np.isfinite(over.iterations[m])] for m in MOMENTA}
    page.figure(
        "overshooting",
        f"The bowl from the article's start. Without momentum each step goes beyond the minimum by |1 − 2η| of the "
        f"distance it had, once the rate η is above 0.5: at {under.factor:g} times the limit it keeps "
        f"{under.measured:.2f} of the distance and takes {under.arrived} iterations, at {above.factor:g} times "
        f"{above.measured:.2f}, and never arrives. The iterations run from {spans[0.0].min():.0f} at rate 0.5 to "
        f"{spans[0.0].max():.0f} at either end.",
    )
    page.table("table-overshooting")
    page.say(
        "Momentum moves the limit up, from 1 to 1.5 and 1.9, but is itself a cause of overshooting: at rate 0.2 the "
        f"runs go beyond the minimum by {told} of the start's distance. What it buys is tolerance: with 0.9 the rates "
        f"that arrive take {spans[0.9].min():.0f} to {spans[0.9].max():.0f} iterations, nearly the same at any of "
        f"them, with 0.5 {spans[0.5].min():.0f} to {spans[0.5].max():.0f}, without {spans[0.0].min():.0f} to "
        f"{spans[0.0].max():.0f}."
    )


def restarts(page: Page, study: Study) -> None:
    found = study.hazards.restarts
    page.part("Local minima")
    plain, middle, heavy = (found.share(m) for m in MOMENTA)
    same = bool((found.best[MOMENTA[0]] == found.best[MOMENTA[1]]).all())
    needed = math.ceil(math.log(0.05) / math.log(1 - plain))
    page.say(
        "Himmelblau's four minima, further up, are equally low. Those of the Styblinski–Tang function are not: one is "
        f"the lowest, and a descent that starts elsewhere ends in one of three others. From {STARTS} random starts:"
    )
    page.figure(
        "restarts",
        f"Gradient descent finds the lowest from {100 * plain:.1f} % of the starts; the share of the square that lies "
        f"on its side of both humps is {100 * found.expected:.1f} %. Momentum 0.5 "
        + ("changes no start's end" if same else f"makes it {100 * middle:.1f} %")
        + f", momentum 0.9 makes it {100 * heavy:.1f} %: starts near the edge roll over a hump, to a lower minimum or "
        f"to a higher one. Right: the best of k restarts, the runs taken k at a time (marks), and 1 − (1 − share)ᵏ.",
    )
    page.table("table-restarts")
    page.say(
        f"So momentum is no remedy against local minima, and starting again is: two starts without momentum find the "
        f"lowest in {100 * found.measured(0.0, 2):.0f} % of the pairs, {GROUPS[-1]} in "
        f"{100 * found.measured(0.0, GROUPS[-1]):.0f} %; for 95 % it takes {needed}. In steepest: "
        f"{code('minimize(problem, bounds=box, starts=' + str(needed) + ')')}."
    )


def plateaus(page: Page, study: Study) -> None:
    found = study.landscapes.plateau
    far = RADII[-1]
    page.part("Plateaus")
    page.say(
        "The article calls them oscillation, which is another thing: on a plateau a run stands still, near the limit "
        "it swings. The plateau further up costs gradient descent "
        f"{found.descents[far].nit:,} iterations from {far:g}; momentum 0.9 helps, {found.others['momentum'].nit:,}, "
        "since its steps grow nearly tenfold; Adam, whose steps do not depend on the gradient's size, takes "
        f"{found.others['adam'].nit}. From {FAR:g} none of it helps, as long as a small gradient counts as an end."
    )


def advice(page: Page, study: Study) -> None:
    page.part("“Small values of learning rate and higher values of momentum”")
    bowl, digits, single = study.advice
    page.say(
        f"Small is taken as at most {SMALL:g} of the limit without momentum, which is {figure(bowl.limit, 3)} on the "
        f"bowl and {figure(digits.limit, 3)} on the digits in full batches; one row at a time it is the lowest rate "
        f"that diverged, {figure(single.limit, 2)}. High is a momentum of at least {HIGH:g}. The article's own "
        f"{figure(RATE)} is small as a number, but {RATE / digits.limit:.2f} of the limit of full batches."
    )
    page.table(
        "table-advice",
        "Iterations until f stays below the level of the maps; epochs for single rows, where momentum 0 and 0.9 were "
        "tried. A dash: not within the iterations given.",
    )
    page.table("table-claims", "A setting counts as good as another up to 1.5 times its iterations.")
    page.say(
        "In short: a rate near the limit matters more than momentum, and the limit comes from the curvature, not from "
        "the number's size. Momentum pays where curvatures differ, as on the digits, together with a large rate. With "
        "a rate that must be small, for want of knowing better, momentum makes up for part of the loss."
    )
