"""The text of the report, the first half: the article's study and what each of its figures teaches. Every number in
the text is put in from the runs."""

import numpy as np

from ..base.text import number
from .article import LEARNING_RATES, MOMENTA, RATE, SIZE
from .page import Page, code, escape
from .studies import Study
from .tables import figure
from .ten_digits_text import finding

__all__ = ["bowl", "counted", "digits", "opening", "training"]

F_BOWL = "w<sub>1</sub><sup>2</sup> + w<sub>2</sub><sup>2</sup>"


def opening(page: Page, study: Study) -> None:
    """What this is, what was found, and the first picture."""
    best = min((r for r in study.runs if r.study == "grid"), key=lambda r: r.f[-1])
    rival = study.find("grid", "batch", 0.9, best.learning_rate)
    half = study.find("versus", "batch", 0.5)
    zero = [study.find("versus", kind, 0.0) for kind in ("batch", "stochastic")]
    theory, costs = study.theory, study.costs
    right = sum(one.rows == one.rows_run for one in theory.forecasts if one.kind == "batch")
    ends = [r.f[-1] for r in study.runs if r.study != "grid"]
    findings = (
        f"On the bowl the best of the twelve settings is learning rate {best.learning_rate:g} with momentum "
        f"{best.momentum:g}: it is at the minimum after one step. Momentum 0.9 at that rate ends at f = "
        f"{rival.f[-1]:.1f}.",
        f"The article prints a training error of 0.00 % that its settings do not give: it is "
        f"{rate(half.train_errors, study.model.rows)} %, {half.train_errors} of {study.model.rows}.",
        f"“Stochastic needs fewer iterations” is false at momentum 0: {zero[1].rows} rows against {zero[0].rows}, "
        f"and in plain NumPy {costs.total[1] / costs.total[0]:.0f} times the seconds.",
        f"The curvature of the data, L = {theory.L:,.1f}, says beforehand what the runs do: "
        f"{right} of 3 batch row counts exactly, and where they diverge.",
        f"No run on the digits gets near its minimum: f ends between {min(ends):.2f} and {max(ends):.2f}, and the "
        f"least f is {theory.f_least:.3f}.",
        finding(study),
    )
    items = "".join(f"<li>{text}</li>" for text in findings)
    page.opening = (
        f"<h1>{escape(page.title)}</h1>\n"
        '<div class="opening"><div><p class="lead">A tutorial article runs gradient descent on a bowl and on '
        "handwritten digits. This report runs its whole study again, from the same starts, with steepest "
        f"{escape(study.versions['steepest'])}: it draws every figure, counts every row, says where the article errs, "
        "and goes on to why each run goes where it goes.</p>"
        "<p>Every result on this page was computed by the program that wrote it.</p>"
        f"<h2>What was found</h2><ul>{items}</ul></div>"
        + page.figure_html("contours-and-path", opening_caption(study))
        + "</div>"
    )


def opening_caption(study: Study) -> str:
    run = study.find("grid", "batch", 0.0, 0.2)
    ratio = float(np.linalg.norm(run.w[1]) / np.linalg.norm(run.w[0]))
    return (
        f"<b>f = {F_BOWL}</b>, learning rate 0.2, no momentum. Each step goes against the gradient, at right angles to "
        f"the contour, and leaves {ratio:.2g} of the distance to the minimum."
    )


def rate(wrong: int | None, rows: int) -> str:
    assert wrong is not None
    return f"{100 * wrong / rows:.2f}"


def bowl(page: Page, study: Study) -> None:
    page.section("bowl", "A bowl, and two numbers to choose")
    start = study.runs[0].w[0]
    page.say(
        f"The first function is f = {F_BOWL}. Its gradient is 2w, so a step of gradient descent with learning rate η "
        "multiplies w by 1 − 2η. Momentum m adds m times the last step. All runs start at "
        f"({figure(start[0])}, {figure(start[1])}) and make five iterations."
    )
    middle = float(study.bowl.box.upper @ study.bowl.box.upper) / 2 if study.bowl.box else 0.0
    line = np.linspace(-10, 10, 50)
    page.figure(
        "function-in-colour",
        "f has one direction only, up from zero, so the colours run from light to dark. The article's map is made for "
        f"values on both sides of zero and puts its neutral white at f = {middle:.0f}, where nothing happens. Its grid "
        f"of 50 × 50 points also misses the minimum: the lowest value on it is {2 * float((line**2).min()):.3f}.",
    )
    fast = study.find("grid", "batch", 0.9, 0.05)
    page.figure(
        "grid",
        "The twelve runs. The first column is slow, and there momentum helps: f after five iterations goes from "
        f"{study.find('grid', 'batch', 0.0, 0.05).f[-1]:.1f} to {fast.f[-1]:.3f}. Further right the steps were long "
        "enough already, and momentum carries the run past the minimum.",
    )
    page.table("table-grid")
    column = [study.find("grid", "batch", m, 0.8).f[-1] for m in MOMENTA]
    factors = ", ".join(figure(1 - 2 * eta) for eta in LEARNING_RATES)
    page.figure(
        "grid-along-the-line",
        "All twelve paths lie on one straight line, because on circles every gradient points away from the minimum. "
        "What differs is one number a row: how far along the line. This is the same grid with that number drawn, so "
        "that steps that cover each other can be told apart. Without momentum the factor per iteration is 1 − 2η: "
        f"{factors}.",
    )
    page.say(
        "The article says that the oscillation in the column of learning rate 0.8 can be calmed by momentum. Its own "
        f"runs say otherwise: f ends at {column[0]:.3g} without momentum, at {column[1]:.3g} with 0.5 and at "
        f"{column[2]:.3g} with 0.9. Without momentum the rates 0.2 and 0.8 do equally well here, since |1 − 2η| is "
        "0.6 for both.",
        "“Small rates and high momentum” is no general rule. A circular bowl has one curvature, 2, and one rate "
        "that suits it, 1/2. Momentum pays where curvatures differ, and the digits show how much.",
    )


def digits(page: Page, study: Study) -> None:
    page.section("digits", "Ten pictures")
    train, test = study.split.y_train.size, study.split.y_test.size
    page.figure(
        "first-digits",
        f"The first ten of {train + test} pictures of a 0 or a 1, 8 × 8 pixels with values from 0 to 16, ink dark. "
        f"{train} are for training, {test} for testing.",
    )
    rank, n = study.theory.rank, study.model.n
    blank = int((study.model.X == 0).all(axis=0).sum())
    page.say(
        f"With a column of ones for the bias the model is o = Xw with {n} weights; o above 0.5 is read as a 1. Of the "
        f"{n} directions the data show {rank}: {blank} pixels are blank in every picture to train on. Nothing is "
        f"scaled, which is why the learning rate must be tiny, {figure(study.runs[-1].learning_rate)}: the curvature, "
        "further down, says how tiny.",
        "f is half the <em>sum</em> of squares, ½ Σ (t − o)². The article calls it the mean square error; the mean "
        f"square is f divided by {train / 2:g}.",
    )


def training(page: Page, study: Study) -> None:
    page.section("training", "Batch and stochastic training")
    batch, stochastic = (study.find("first", kind, 0.7) for kind in ("batch", "stochastic"))
    least = study.theory.f_least
    changes = np.abs(np.diff(batch.f))
    rises = int((np.diff(batch.f) > 0).sum())
    page.say(
        f"Learning rate {figure(RATE)}, momentum 0.7, weights started within {figure(SIZE)} of zero. A batch "
        f"iteration takes one step with the gradient over all {study.model.rows} rows; a stochastic epoch takes "
        f"{study.model.rows} steps with one row each. Both stop when f changes by at most 0.1 from row to row."
    )
    page.figure(
        "batch-loss",
        f"f rises {rises} times on its way: momentum overshoots along the steepest direction and comes back. The run "
        f"ends at such a turning point. The change of f before the last was {number(changes[-2], 3)}, the last "
        f"{number(changes[-1], 2)}; f is {batch.f[-1]:.3f}, {batch.f[-1] / least:.1f} times its least value "
        f"{least:.3f}. A small change of f is a pause, not a minimum.",
    )
    page.figure(
        "stochastic-loss",
        f"The stochastic run falls at every epoch and ends after {stochastic.rows - 1} at f = {stochastic.f[-1]:.3f}, "
        f"{stochastic.f[-1] / least:.1f} times the least value. The light line is the loss each row had just before "
        "its own update.",
    )
    lowest = int(study.learnt.errors["first", "batch", 0.7][:, 1].min())
    page.figure(
        "errors-along-the-way",
        "The labels are nearly all right after a few rows, long before f is small, and then wander: the batch run has "
        f"been down to {lowest} wrong test labels and ends with {batch.test_errors}. f measures the distance to 0 and "
        "1, a label only the side of 0.5.",
    )
    page.table("table-errors", "The eight runs on the digits, and what the article prints for them.")
    same = {one for missed in study.learnt.test_missed.values() for one in missed}
    low, high = study.learnt.interval
    page.say(
        f"The test column cannot rank anything. All {len(study.learnt.test_missed)} runs get the same "
        f"{'picture' if len(same) == 1 else f'{len(same)} pictures'} wrong, and one wrong label of "
        f"{study.split.y_test.size} is compatible with error rates from {low:.1f} to {high:.1f} % (95 % interval)."
    )


def counted(page: Page, study: Study) -> None:
    page.section("versus", "Batch against stochastic")
    pairs = [(m, study.find("versus", "batch", m), study.find("versus", "stochastic", m)) for m in MOMENTA]
    page.figure(
        "batch-against-stochastic",
        "The same start and learning rate, threshold 0.01; a dot where each run stops. "
        f"Rows: {', '.join(f'{b.rows} against {s.rows} at momentum {m:g}' for m, b, s in pairs)}. A row is an "
        "iteration for the one and an epoch for the other, and the start is counted as a row.",
    )
    page.table("table-versus")
    zero = pairs[0]
    page.say(
        f"At momentum 0 the stochastic run takes <em>more</em> rows, {zero[2].rows} against {zero[1].rows}. At 0.5 "
        f"and 0.9 it takes fewer, but stops higher than it might: its f ends at {pairs[1][2].f[-1]:.3f} and "
        f"{pairs[2][2].f[-1]:.3f}, the batch run's at {pairs[1][1].f[-1]:.3f} and {pairs[2][1].f[-1]:.3f}. “The same "
        "result in fewer iterations” compares neither the same result nor the same thing counted."
    )
    page.section("epoch", "An epoch is not an iteration")
    costs, rows = study.costs, study.model.rows
    page.say(
        f"An iteration reads {rows} rows and moves w once. An epoch reads the same {rows} rows and moves w {rows} "
        "times. The number of single-row gradients is the same; little else is."
    )
    page.figure(
        "epoch-and-iteration",
        "The two runs at momentum 0, four ways to count. Against updates of w the stochastic run needs "
        f"{(zero[2].rows - 1) * rows:,} for what batch does in {zero[1].rows - 1}. Against single-row gradients the "
        "two curves nearly coincide. Against seconds it depends on the program: in a plain NumPy loop an epoch costs "
        f"{costs.plain[1] / costs.plain[0]:.0f} iterations, compiled {costs.compiled[1] / costs.compiled[0]:.1f}. The "
        "former is the price of Python calls, not of the method. (All axes are logarithmic, so the start, "
        "at 0, has no place.)",
    )
    page.table("table-costs", "Measured on this machine, while this report was made.")
    page.section("inside", "Inside an epoch")
    inside = study.inside
    page.say(
        "A record of epochs shows a smooth curve. Between two of its rows each step follows the gradient of a single "
        "picture, and those disagree."
    )
    by_zeros, rising, zeros = inside.rising_by_zeros[0.0][0], inside.rising[0.0][0], inside.zeros
    split = (
        f"each of the {zeros} zeros raises f over all rows, and no 1 does" if by_zeros == rising == zeros
        else f"{rising} updates raise f over all rows, {by_zeros} of them made by one of the {zeros} zeros"
    )  # fmt: skip
    page.figure(
        "zigzag",
        f"The weights after each of the {rows} updates of the first epoch, in the plane in which they move most; "
        "the two axes have different scales. The black line is all that a record of epochs knows. The outputs start "
        f"near 0, so a picture of a 1 pulls the weights on and a picture of a 0 pulls them back: {split}.",
    )
    page.figure(
        "zigzag-with-momentum",
        "With momentum 0.9 each step is an average over the last ten rows or so. The path bends smoothly, and goes "
        "further, until it comes near the bottom; there it shakes.",
    )
    told = "; ".join(
        f"momentum {m:g}: {', '.join(str(k) for k in counts)}" for m, counts in inside.rising.items()
    )  # fmt: skip
    page.figure(
        "inside-an-epoch",
        f"f over all rows after every update. Of the {rows} updates of an epoch, this many raise it, in epochs 1, 2, "
        f"3: {told}. The rises are small. At momentum 0.9 hardly an update goes the wrong way until the fast descent "
        "is over; then many do.",
    )


def names(page: Page) -> None:
    page.section("names", "The article's names and ours")
    page.table("table-names", f"{code('steepest.tutorial')} has functions that can take the place of the article's.")
