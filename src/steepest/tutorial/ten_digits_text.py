"""The text of the report on all ten digits. Every number in it is put in from the runs."""

import math

import numpy as np

from .page import Page, code
from .studies import Study
from .tables import figure
from .ten_digits import (
    BATCHES,
    F_RTOL,
    INK,
    MODELS,
    MOMENTUM,
    MOST_ROWS,
    PATIENCE,
    REST,
    SOFTMAX,
    TenDigits,
    named,
    sign_test,
)
from .ten_digits_figures import MOST_SHOWN
from .training import wilson

__all__ = ["finding", "ten_digits"]


def finding(study: Study) -> str:
    """One sentence for the opening."""
    ten = study.ten
    told = " and ".join(f"{ten.chosen[model].wrong[-1, 1]} with {model}" for model in MODELS)
    return f"On all ten digits the wrong test labels are {told}, of {ten.truth.size}."


def ten_digits(page: Page, study: Study) -> None:
    page.section("ten", "The next step: all ten digits")
    ten = study.ten
    train, test = ten.split.y_train.size, ten.truth.size
    rates = ", ".join(f"{figure(rate)} for a {kind}" for kind, (_, rate) in BATCHES.items())
    page.say(
        "Two classes need one output, ten need ten: o = Xw with a column of 65 weights for each digit, and the largest "
        "output is the label. There are two usual ways to train them. <em>Softmax</em> "
        f"({code(MODELS[SOFTMAX])}) turns the ten outputs into ten probabilities together and has one loss for all. "
        f"<em>One against the rest</em> ({code(MODELS[REST])}) is ten separate models of two classes, each asked "
        "whether the picture is its digit or not; their losses are added up.",
        f"{train:,} pictures are for training, {test} for testing, pixels divided by {INK:g}. All runs start at zero, "
        f"with momentum {MOMENTUM:g} and no penalty; the learning rate is {rates} of {BATCHES['mini-batch'][0]} "
        f"pictures. A run ends where f has changed by at most {100 * F_RTOL:g} % {PATIENCE} rows "
        f"running, at the latest after {MOST_ROWS:,} rows.",
    )
    page.table("table-ten-digits", agreements(ten))
    page.figure("ten-digits-courses", course_reading(ten))
    better = ten.better
    low, high = wilson(int(better.wrong[-1, 1]), test)
    page.say(
        f"From here on each model is shown at the run with fewer wrong <em>training</em> labels: {chosen(ten)}. Of "
        f"{test} test pictures they read {wrong(ten, SOFTMAX)} and {wrong(ten, REST)} wrongly. The smaller number "
        f"alone is compatible with error rates from {low:.1f} to {high:.1f} % (95 % interval). {coin(ten)}"
    )
    page.figure("ten-digits-confusion", confusion_reading(ten))
    page.part("What the weights show")
    page.figure("ten-digits-weights", weight_reading(ten))
    page.part("Ten probabilities")
    probabilities(page, ten)
    page.part("The pictures it gets wrong")
    page.figure("ten-digits-missed", missed_reading(ten))


def chosen(ten: TenDigits) -> str:
    return " and ".join(one.name.replace(", ", " by ") + "es" for one in ten.chosen.values())


def wrong(ten: TenDigits, model: str) -> int:
    return int(ten.chosen[model].wrong[-1, 1])


def agreements(ten: TenDigits) -> str:
    told = " and ".join(f"{100 * ten.agreement(kind):.1f} % ({kind})" for kind in BATCHES)
    return (
        f"Both models, trained alike, read the same digit in {told} of the test pictures. Seconds are of this machine, "
        "without compiling. An epoch is one row."
    )


def course_reading(ten: TenDigits) -> str:
    softmax, rest = (next(one for one in ten.runs if one.model == model) for model in MODELS)
    rises = "; ".join(f"{one.name}: {int((np.diff(one.f) > 0).sum())}" for one in ten.runs)
    lowest = "; ".join(
        f"{one.name}: {one.wrong[:, 1].min()} after {one.wrong[:, 1].argmin()}, {one.wrong[-1, 1]} at the end"
        for one in ten.runs
    )  # fmt: skip
    return (
        "Logarithmic axes, from row 1; a dot where each run ends. At zero every probability of softmax is 1/10 and f "
        f"is ln 10 = {softmax.f[0]:.3f}; of one against the rest each is 1/2 and f is 10 ln 2 = {rest.f[0]:.3f}. The "
        "two losses measure different things, so the heights of their curves do not compare; the labels do. Rows at "
        f"which f rises: {rises}. Fewest wrong test labels on the way: {lowest}."
    )


def coin(ten: TenDigits) -> str:
    """Whether one of the two is better on the test pictures, as far as these can say."""
    first, second = ten.alone(SOFTMAX), ten.alone(REST)
    if not first + second:
        return "No picture is wrong for one of them only, so the test pictures cannot tell the two apart."
    p = sign_test(first, second)
    verdict = "no evidence" if p > 0.05 else "evidence"
    return (
        f"Softmax alone is wrong on {first}, one against the rest alone on {second}; tosses of a fair coin split at "
        f"least so unevenly with probability {figure(p, 2)}, so the test pictures give {verdict} that one of the two "
        "is the better."
    )


def confusion_reading(ten: TenDigits) -> str:
    tied = wrong(ten, SOFTMAX) == wrong(ten, REST)
    why = "the test labels are tied, fewer training labels are wrong" if tied else "fewer test labels are wrong"
    off = ten.confusion * (1 - np.eye(10, dtype=np.int64))
    told = "No digit is taken for another."
    if most := int(off.max()):
        pairs = [f"{named(i)} read as {named(j)}" for i, j in zip(*np.nonzero(off == most), strict=True)]
        listed = ", ".join(pairs[:4]) + ("" if len(pairs) <= 4 else f" and {len(pairs) - 4} other pairs")
        told = f"The largest number off the diagonal is {most}: {listed}."
    whole = [str(digit) for digit in range(10) if not off[digit].sum()]
    clean = f" Always read rightly: {', '.join(whole)}." if whole else " No digit is always read rightly."
    return f"{ten.better.name.capitalize()}, the better of the two here ({why}). {told}{clean}"


def weight_reading(ten: TenDigits) -> str:
    softmax, rest = (ten.chosen[model].images for model in MODELS)
    sums = [float(np.abs(images.sum(axis=0)).max()) for images in (softmax, rest)]
    flat = [images.reshape(10, -1) for images in (softmax, rest)]
    alike = (flat[0] * flat[1]).sum(axis=1) / (np.linalg.norm(flat[0], axis=1) * np.linalg.norm(flat[1], axis=1))
    blank = (ten.split.images_train == 0).all(axis=0)
    against = np.unravel_index(int(softmax[0].argmin()), (8, 8))
    zero = ten.split.y_train == 0
    ink = [float(ten.split.images_train[part][:, *against].mean()) for part in (zero, ~zero)]
    return (
        "Ink on an orange pixel speaks for the digit, on a blue one against it. The pixel that speaks most against a "
        f"0, with softmax, is in row {against[0] + 1}, column {against[1] + 1}: a training picture of a 0 has "
        f"{ink[0]:.1f} of 16 there on average, one of another digit {ink[1]:.1f}. The {int(blank.sum())} pixels that "
        "are blank in every training picture keep their weight of 0, for the gradient there is 0. Softmax's ten "
        f"pictures add up to zero in every pixel (at most {figure(sums[0], 1)} by rounding), since its gradients do "
        f"and the start is zero; those of one against the rest add up to as much as {figure(sums[1], 2)}. The two "
        f"pictures of a digit are most alike for the {alike.argmax()} (cosine {alike.max():.2f}) and least for the "
        f"{alike.argmin()} ({alike.min():.2f})."
    )


def probabilities(page: Page, ten: TenDigits) -> None:
    off = float(np.abs(ten.probabilities[SOFTMAX].sum(axis=1) - 1).max())
    votes = (ten.probabilities[REST] > 0.5).sum(axis=1)
    sums = ten.sums
    page.say(
        "Softmax divides ten exponentials by their sum, so its probabilities sum to one in every picture, whatever the "
        f"weights: over the {sums.size} test pictures to within {figure(off, 1)}. One against the rest has ten "
        "sigmoids, each of its own output alone, and nothing ties them to each other. For the "
        f"same pictures they sum to {sums.min():.3f} at least, {sums.max():.3f} at most and {sums.mean():.3f} on "
        f"average. In {int((votes == 0).sum())} pictures none of the ten says “more likely than not”, in "
        f"{int((votes > 1).sum())} more than one does. The label is the largest of the ten in any case.",
        f"Over the training pictures the sum is {ten.training_sums.mean():.4f} on average. It would be one if the "
        "gradients of the ten intercepts were zero, as at a minimum: then the mean of each probability is the share of "
        "its digit, and the ten shares sum to one. That ties the average, not the sum of a single picture.",
    )
    at = int(np.abs(sums - 1).argmax())
    told = " and ".join(
        f"{model} reads {named(ten.chosen[model].labels[at])} with probability {ten.probabilities[model][at].max():.3f}"
        for model in MODELS
    )
    page.figure(
        "ten-digits-probabilities",
        f"Left: the sums over the test pictures. Right: the picture whose sum is farthest from one, {sums[at]:.3f}: "
        f"{told}.",
    )


def missed_reading(ten: TenDigits) -> str:
    total, alone = len(ten.missed), [ten.alone(model) for model in MODELS]
    both = total - sum(alone)
    if not total:
        return "No test picture is read wrongly by either model."
    common = ten.missed[:both]
    first, second = (ten.chosen[model].labels[common] for model in MODELS)
    shown = "" if total <= MOST_SHOWN else f" The first {MOST_SHOWN} are shown."
    surest = max(
        (float(ten.probabilities[model][i].max()), model, int(i))
        for model in MODELS for i in ten.missed if ten.chosen[model].labels[i] != ten.truth[i]
    )  # fmt: skip
    return (
        f"The test pictures that either of the two reads wrongly, {total} in all: {both} by both, then {alone[0]} by "
        f"softmax only and {alone[1]} by one against the rest only. Of the {both} the two models read the same wrong "
        f"digit in {int((first == second).sum())}. The surest of the wrong labels is from {surest[1]}: "
        f"{named(ten.truth[surest[2]])} read as {named(ten.chosen[surest[1]].labels[surest[2]])} with probability "
        f"{math.floor(1000 * surest[0]) / 1000:.3f}.{shown}"
    )
