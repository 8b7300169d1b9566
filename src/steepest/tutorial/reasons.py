"""The text of the report, the second half: why the runs go where they go, and where the article errs."""

import numpy as np

from .article import PRINTED
from .page import Page, code, escape
from .studies import Study
from .tables import figure

__all__ = ["again", "errata", "learnt", "theory"]


def theory(page: Page, study: Study) -> None:
    page.section("why", "Why: theory beside measurement")
    found = study.theory
    batch = [one for one in found.forecasts if one.kind == "batch"]
    noisy = [one for one in found.forecasts if one.kind == "stochastic"]
    page.say(
        "f is a quadratic of the weights, and its curvatures are the eigenvalues of XᵀX. Along each eigenvector the "
        "run is a recurrence of its own that knows nothing of the others: step ← m · step − η λ e, e ← e + step, "
        "where e is the distance from the minimum. So the whole course of f is known before the run.",
        f"The largest curvature is L = {found.L:,.1f}, the smallest that is not zero {found.smallest:.3f}; their "
        f"ratio, the condition number, is {found.condition:,.0f}.",
    )
    page.figure(
        "forecasts",
        "Left: the curvatures. Middle: batch runs; the recurrences agree with the runs to "
        f"{figure(max(one.difference for one in batch), 1)}, relative. Right: stochastic runs. With a rate this small "
        "an epoch of single steps follows the <em>gradient flow</em>, dw/dt = −∇f, and momentum m makes it flow 1/(1 "
        f"− m) times as fast. Over the article's rows this holds to {100 * noisy[0].difference:.1f} % at momentum 0 "
        f"and {100 * noisy[-1].difference:.1f} % at 0.9.",
    )
    page.table(
        "table-forecast",
        "Rows until f changes by at most 0.01, from the curvatures alone and as run. For batch runs the article's "
        "counts follow exactly.",
    )
    ten = study.find("versus", "stochastic", 0.9)
    rate = ten.learning_rate / (1 - ten.momentum)
    page.say(
        f"Two things come of this. At momentum 0.9 an epoch goes as far as the rate {figure(rate)} would take the "
        "flow. A batch step of that length is out of the question: without momentum the limit is "
        f"{figure(found.edges[0].limit, 3)}. That is where the stochastic run's lead comes from. And its counts, "
        f"smaller than theory's at 0.5 and 0.9 ({noisy[1].rows_run} for {noisy[1].rows}, {noisy[2].rows_run} for "
        f"{noisy[2].rows}), owe the rest to the threshold: the shuffled rows shake f, and one small change by chance "
        "ends the run."
    )
    page.figure(
        "stability",
        "The limit is 2 (1 + m) / L. One per cent below it the runs fall; one per cent above they grow, each at the "
        "pace that theory gives.",
    )
    page.table("table-stability")
    above = next(edge for edge in found.edges if edge.factor > 1)
    page.say("What steepest says of the first of them:")
    page.said(above.run.message)
    best = found.tuned[-1]
    f = np.asarray(best.run.history.f)
    usual = [np.asarray(one.run.history.f)[-1] - found.f_least for one in found.tuned[:-1]]
    page.figure(
        "long-runs",
        f"10,000 iterations. At the article's rate f is then still {min(usual):.2f} to {max(usual):.2f} above its "
        "least value: the small curvatures have hardly moved. The best constants that theory knows for these "
        f"curvatures, momentum {best.momentum:.4f} and rate {figure(best.learning_rate, 3)}, first send f up to "
        f"{figure(f.max(), 2)} and then bring it to within {figure(f[-1] - found.f_least, 1)} of the least. They are "
        "best in the long run only.",
    )


def learnt(page: Page, study: Study) -> None:
    page.section("learnt", "What was learnt, and what was not")
    short, least = study.find("first", "batch", 0.7).w[-1], study.theory.w_least
    largest = 1 + int(np.abs(least[1:]).argmax())
    inked = int((study.model.X[:, largest] > 0).sum())
    page.figure(
        "weights",
        "The 64 weights of the pixels as images, each on its own scale. Ink on an orange pixel speaks for a 1, ink "
        "on a blue one for a 0. The short runs differ little. The weights with the least f are "
        f"{np.linalg.norm(least[1:]) / np.linalg.norm(short[1:]):.0f} times as long and look like nothing: their "
        f"largest, {figure(least[largest], 2)}, belongs to a pixel that is inked in {inked} of the {study.model.rows} "
        "pictures. Such pixels have the small curvatures, which a short run does not reach: stopping early kept the "
        "weights smooth.",
    )
    missed = study.learnt.missed
    parts = [one.part for one in missed]
    page.figure(
        "missed-digits",
        f"The pictures that the batch run of momentum 0.7 gets wrong: {parts.count('training')} of "
        f"{study.split.y_train.size} for training, {parts.count('test')} of {study.split.y_test.size} for testing.",
    )


def errata(page: Page, study: Study) -> None:
    page.section("errata", "Where the article errs")
    page.say(
        "Its programs run and its figures can be made again. What follows is what a reader should not take over. The "
        "numbers come from the runs above and from plain loops with the article's habits, written for this purpose."
    )
    faults, costs, rows = study.faults, study.costs, study.model.rows
    first, half = study.find("first", "batch", 0.7), study.find("versus", "batch", 0.5)
    zero = [study.find("versus", kind, 0.0) for kind in ("batch", "stochastic")]
    formula, ended, again_ = faults.formula, faults.ended, faults.reseeded
    outputs = study.model.X @ half.w[-1]
    nearest = int(np.abs(outputs - 0.5).argmin())
    wrong = int(np.flatnonzero((outputs > 0.5) != (study.model.y > 0.5))[0])
    why = (
        f"The wrong picture is also the nearest to the cut: its output is {outputs[wrong]:.4f}." if nearest == wrong
        else f"The wrong picture's output is {outputs[wrong]:.4f}; the nearest to the cut is {outputs[nearest]:.4f}."
    )  # fmt: skip
    printed = PRINTED["versus", "batch", 0.5][0]
    cost = costs.record
    growth = cost.stacked[-1] / cost.stacked[-3], cost.ours[-1] / cost.ours[-3]
    page.errata([
        (
            "The momentum formula, Δw = −η∇f + α w",
            "α multiplies the last <em>step</em>, not the last w. As printed, w is pushed away from zero. The "
            "article's program has it right.",
            f"On the bowl at rate {formula.learning_rate:g}, momentum {formula.momentum:g}, five iterations: f = "
            f"{formula.path.f[5]:,.0f}, not {formula.right.f[5]:.4f}. On the digits, {formula.updates} updates: "
            f"{formula.digits[1]:,.0f}, not {formula.digits[0]:.3f}.",
        ),
        (
            f"A training error of {printed} % for batch at momentum 0.5",
            f"Its settings give one wrong label. {why}",
            f"{half.train_errors} of {rows}, {100 * (half.train_errors or 0) / rows:.2f} %.",
        ),
        (
            "“Stochastic takes fewer iterations to the same result”",
            "False at momentum 0, and elsewhere the results are not the same. An epoch is not an iteration: it makes "
            f"{rows} updates.",
            f"{zero[1].rows} rows against {zero[0].rows}; {(zero[1].rows - 1) * rows:,} updates against "
            f"{zero[0].rows - 1}; {1e3 * costs.total[1]:.0f} ms against {1e3 * costs.total[0]:.1f} in plain NumPy, "
            f"{costs.total[1] / costs.total[0]:.0f} times.",
        ),
        (
            "“Mean square error”",
            "It is half the sum of squares. The gradient printed is that of half the sum, not of the mean printed "
            "above it.",
            f"f = {first.f[-1]:.3f} at the end of the batch run; the mean square is {2 * first.f[-1] / rows:.4f}, "
            f"{rows / 2:g} times less.",
        ),
        (
            "“Iterations” in the legend",
            "They are rows, and the first row is the start.",
            f"{zero[0].rows} means {zero[0].rows - 1} updates.",
        ),
        (
            "The loop's end: while the change of f is above the threshold",
            "A change that is not a number is not above it, so an overflow ends the loop as convergence does, "
            "without a word.",
            f"At rate {ended.learning_rate:g} on the bowl: ended after {len(ended.record.f):,} rows of {ended.most:,} "
            f"allowed; its last two values of f are {ended.record.f[-2]} and {ended.record.f[-1]}.",
        ),
        (
            "Seeding inside the stochastic loop",
            "It reseeds NumPy's global generator at each epoch, so whatever a program draws afterwards no longer "
            "depends on its own seed.",
            f"After {again_.epochs} epochs the next number drawn under seeds {', '.join(map(str, again_.seeds))}: "
            f"{', '.join(f'{value:.6f}' for value in again_.drawn)}. Our drop-in left the global generator "
            f"{'untouched' if again_.untouched else 'CHANGED'}.",
        ),
        (
            "The record, stacked anew at every row",
            "Each row copies all rows before it, so time grows with the square of the rows.",
            f"From {cost.rows[-3]:,} to {cost.rows[-1]:,} rows its time grows {growth[0]:.1f} times, ours "
            f"{growth[1]:.1f} times; at {cost.rows[-1]:,} rows it takes {cost.stacked[-1]:.2f} s, ours "
            f"{cost.ours[-1]:.2f} s.",
        ),
        (
            "Learning rate “in [0, 1]”",
            "What counts is rate times curvature. The limit without momentum is 2 / L, whatever that is.",
            f"{figure(faults.limits[0])} on the bowl, {figure(faults.limits[1])} on the bowl divided by 100, "
            f"{figure(study.theory.edges[0].limit, 3)} on the digits.",
        ),
        (
            "Momentum calms the oscillation of large rates",
            "Not in the article's own column of rate 0.8.",
            "f after five iterations: " + ", ".join(
                f"{study.find('grid', 'batch', m, 0.8).f[-1]:.3g} at momentum {m:g}" for m in (0.0, 0.5, 0.9)
            ) + ".",
        ),
    ])  # fmt: skip
    page.figure(
        "printed-formula",
        f"The bowl at rate {formula.learning_rate:g} and momentum {formula.momentum:g}. The right formula overshoots "
        f"and comes back; the printed one moves away, in the end by a factor {formula.pace:.2f} a step, and is at f = "
        f"{figure(formula.path.f[-1], 2)} after {len(formula.path.f) - 1}. It happens to be harmless in a few "
        "settings, since the bowl's minimum lies at zero.",
    )
    page.figure(
        "record-cost",
        "The same descent on the bowl with the record stacked anew at each row, and with ours. Right: per row, where a "
        "straight line that rises is a square in the whole.",
    )
    page.say("What steepest says of the run that overflows, first minimize, then the drop-in:")
    page.said(f"{ended.ours}\n\n{ended.warned}")


def again(page: Page, study: Study) -> None:
    page.section("again", "Run it again")
    page.say(
        f"{code('steepest tutorial')} writes this page anew. Beside it lie the figures as PNG and SVG, every number "
        f"of the twenty runs in {code('results.json')}, and the study as {code('tutorial.ipynb')} and "
        f"{code('tutorial.py')}. One of the runs above, in Python:"
    )
    run = study.find("versus", "stochastic", 0.9)
    source = (
        "import numpy as np\nimport steepest\n\n"
        "digits = steepest.datasets.digits(classes=(0, 1), bias=True)\n"
        'model = steepest.LinearModel(digits.X_train, digits.y_train, reduction="sum", fit_intercept=False)\n'
        "start = np.random.RandomState(11).uniform(-1, 1, model.n) * 1e-6\n"
        "run = steepest.minimize(\n"
        '    model, start, "momentum", learning_rate=1e-6, momentum=0.9, batch_size=1, sampling="tutorial",\n'
        "    f_tol=0.01, max_iter=100,\n"
        ")\n"
        f"print(len(run.history), run.f)  # {run.rows} rows, {run.run.f:.4f}"
    )
    page.parts.append(f"<pre><code>{escape(source)}</code></pre>")
