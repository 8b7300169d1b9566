"""Every figure of the report: its name, what it says to one who cannot see it, and how it is drawn."""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..base.text import number
from ..plots import style
from ..plots.basins import share_text
from ..plots.display import Display
from ..plots.grid import grid_of
from ..plots.images import images_of
from ..plots.loss import loss_of
from ..plots.path import path_of
from ..plots.surface import surface_of
from ..plots.updates import updates_of
from . import charts, hazards_figures, landscape_figures, maps_figures, ten_digits_figures, theory_charts
from .article import LEARNING_RATES, MOMENTA
from .studies import Study
from .tables import Table
from .ten_digits import named

__all__ = ["Picture", "draw_all"]

HALF_SUM = "f, half the sum of squares"
DOTS_PER_INCH = 160


@dataclass(frozen=True, eq=False)
class Picture:
    """A figure as files: ``alt`` says in words what it shows; ``inches`` is its width and height."""

    name: str
    alt: str
    svg: bytes
    png: bytes
    inches: tuple[float, float]


@dataclass(frozen=True, eq=False)
class Plan:
    """``draw(study)`` gives a Display or a matplotlib figure."""

    name: str
    alt: Callable[[Study], str]
    draw: Callable[[Study], Any]


def draw_all(study: Study, tables: dict[str, Table], say: Callable[[str], Any]) -> Iterator[Picture]:
    """Draws the figures, then the tables, one by one."""
    total = len(PLANS) + len(tables)
    for place, plan in enumerate(PLANS, 1):
        say(f"figure {place} of {total}: {plan.name}")
        with style.look():
            drawn = plan.draw(study)
        yield picture(plan.name, plan.alt(study), drawn)
    say(f"figures {len(PLANS) + 1} to {total} of {total}: tables")
    for table in tables.values():
        with style.look():
            drawn = charts.table(table)
        yield picture(table.name, f"Table: {table.title}", drawn)


def picture(name: str, alt: str, drawn: Any) -> Picture:
    figure = drawn.plot().figure_ if isinstance(drawn, Display) else drawn
    width, height = figure.get_size_inches()
    files = {}
    with style.look():
        for kind, metadata in (("svg", {"Date": None, "Title": name}), ("png", {"Software": None})):
            file = io.BytesIO()
            figure.savefig(file, format=kind, dpi=DOTS_PER_INCH, metadata=metadata)
            files[kind] = file.getvalue()
    return Picture(name, alt, files["svg"], files["png"], (float(width), float(height)))


def contours_and_path(study: Study) -> Any:
    run = study.find("grid", "batch", 0.0, 0.2).run
    return path_of(run.record, run.problem, title="Five iterations down a bowl", box=study.bowl.box)


def function_in_colour(study: Study) -> Any:
    return surface_of(study.bowl, title="The function in colour")


def grid(study: Study) -> Any:
    cells = [[study.find("grid", "batch", m, rate).run.record for rate in LEARNING_RATES] for m in MOMENTA]
    return grid_of(
        cells, study.bowl, rows=MOMENTA, columns=LEARNING_RATES, row_label="momentum", column_label="learning rate",
        title="Twelve runs of five iterations on $\\mathbf{w_1^2 + w_2^2}$",
    )  # fmt: skip


def first_digits(study: Study) -> Any:
    return images_of(
        study.first_images, titles=study.first_labels, columns=10, scale=True, value_label="ink",
        title="The first ten pictures, and above each the digit that it shows",
    )  # fmt: skip


def loss(kind: str) -> Callable[[Study], Any]:
    def draw(study: Study) -> Any:
        run = study.find("first", kind, 0.7).run
        view = loss_of(run.record, title=f"{kind.capitalize()} training on the digits 0 and 1", ylabel=HALF_SUM)
        where = ", at a turning point" if kind == "batch" else ""
        fields, one_row = run.record.setup["method"], "" if kind == "batch" else ", batch size 1"
        view.data["note"] = (
            f"learning rate {style.typeset(number(fields['learning_rate']))}, momentum {fields['momentum']:g}{one_row}"
            f"\nends where the article's threshold is met{where}: f = {number(run.f)}"
        )
        return view

    return draw


def batch_against_stochastic(study: Study) -> Any:
    figure, axes = charts.sheet(10.0, 3.9, 3, sharey=True)
    for ax, momentum in zip(axes[0], MOMENTA, strict=True):
        style.open_frame(ax)
        handles = []
        for kind, colour, dash in (("batch", charts.BATCH, "-"), ("stochastic", charts.STOCHASTIC, style.DASHES[1])):
            run = study.find("versus", kind, momentum)
            handles.append(charts.curve(ax, np.arange(run.rows), run.f, colour, dash, f"{kind}: {run.rows} rows"))
            ax.plot(run.rows - 1, run.f[-1], "o", color=colour, markersize=5, markeredgecolor="white", zorder=5)
        ax.set_yscale("log")
        ax.set(yticks=(2, 5, 10, 20, 50), yticklabels=("2", "5", "10", "20", "50"), xlabel="iteration or epoch")
        ax.minorticks_off()
        style.write_ticks(ax.xaxis, whole=True)
        ax.set_title(f"momentum {momentum:g}", loc="left", fontsize=style.TITLE, fontweight="bold")
        ax.legend(handles=handles, loc="upper right", frameon=False)
    axes[0, 0].set_ylabel(HALF_SUM)
    return figure


def zigzag(momentum: float, epochs: int, title: str) -> Callable[[Study], Any]:
    def draw(study: Study) -> Any:
        run = study.inside.runs[momentum]
        return updates_of(run.record, run.problem, epochs=epochs, title=title)

    return draw


def missed_digits(study: Study) -> Any:
    found = study.learnt.missed
    titles = [f"{one.part}: a {one.label},\noutput {one.output:.3f}" for one in found]
    return images_of([one.image for one in found], titles=titles, columns=len(found))


def run_words(study: Study, kind: str) -> str:
    run = study.find("first", kind, 0.7)
    unit = run.run.record.unit
    return f"A curve of f against the {unit}: from {run.f[0]:.4g} to {run.f[-1]:.4g} in {run.rows - 1} {unit}s."


def basin_words(study: Study) -> str:
    parts = [
        f"{method.replace('_', ' ')} " + ", ".join(share_text(share) for share in view.data["shares"])
        for method, view in study.landscapes.basins.views.items()
    ]
    return f"Two maps of starts, coloured by which of four minima each leads to; shares: {'; '.join(parts)}."


def confusion_words(study: Study) -> str:
    matrix = study.ten.confusion
    return f"A matrix of true digit against label: {matrix.trace()} of {matrix.sum()} test pictures on the diagonal."


def missed_words(study: Study) -> str:
    ten = study.ten
    told = ", ".join(
        f"{named(ten.truth[i])} read as {' and '.join(str(one.labels[i]) for one in ten.chosen.values())}"
        for i in ten.missed[: ten_digits_figures.MOST_SHOWN]
    )
    return f"Pictures with what softmax and one against the rest read in them: {told or 'none is read wrongly'}."


def formula_words(study: Study) -> str:
    right, printed = study.faults.formula.right.f[-1], study.faults.formula.path.f[-1]
    return f"Two curves: with the right formula f ends at {right:.3g}, with the printed one at {printed:.3g}."


PLANS = (
    Plan(
        "contours-and-path",
        lambda s: "Circular contours of a bowl; five arrows run straight from the upper left to the minimum.",
        contours_and_path,
    ),
    Plan(
        "function-in-colour",
        lambda s: "The bowl in colour, light at the minimum in the middle, which is annotated, dark at the corners.",
        function_in_colour,
    ),
    Plan(
        "grid",
        lambda s: "Twelve contour plots with paths: learning rate 0.05 to 0.8 across, momentum 0 to 0.9 down.",
        grid,
    ),
    Plan(
        "grid-along-the-line",
        lambda s: "Twelve small curves: the place along the line to the minimum at each iteration, for each setting.",
        charts.along_the_line,
    ),
    Plan(
        "ravine",
        lambda s: "Two paths down a narrow valley, one from wall to wall, one bending along it; f of both, row by row.",
        landscape_figures.ravine,
    ),
    Plan(
        "saddle",
        lambda s: "Paths that turn at a saddle, f that rests there before it falls, and the iterations to leave.",
        landscape_figures.saddle,
    ),
    Plan(
        "plateau",
        lambda s: "A dip in a plain with five starts; f from each of them, and of three methods from one of them.",
        landscape_figures.plateau,
    ),
    Plan("basins", basin_words, landscape_figures.basins),
    Plan(
        "first-digits",
        lambda s: f"Ten 8 by 8 pictures of handwritten digits: {', '.join(map(str, s.first_labels))}.",
        first_digits,
    ),
    Plan("batch-loss", lambda s: run_words(s, "batch"), loss("batch")),
    Plan("stochastic-loss", lambda s: run_words(s, "stochastic"), loss("stochastic")),
    Plan(
        "errors-along-the-way",
        lambda s: "Wrong labels at each iteration or epoch, training set and test set, batch and stochastic.",
        charts.errors_along_the_way,
    ),
    Plan(
        "batch-against-stochastic",
        lambda s: "Three panels, momentum 0, 0.5 and 0.9: f of the batch and of the stochastic run against the row.",
        batch_against_stochastic,
    ),
    Plan(
        "epoch-and-iteration",
        lambda s: "The two runs at momentum 0 against updates, passes over the data, and seconds in two programs.",
        charts.epoch_and_iteration,
    ),
    Plan(
        "zigzag",
        lambda s: "The weights after each single update of one epoch without momentum, in a plane: a jagged path.",
        zigzag(0.0, 1, "One epoch without momentum, update by update"),
    ),
    Plan(
        "zigzag-with-momentum",
        lambda s: "The weights after each single update of three epochs at momentum 0.9: smooth, then in small turns.",
        zigzag(0.9, 3, "Three epochs at momentum 0.9, update by update"),
    ),
    Plan(
        "inside-an-epoch",
        lambda s: "f over all rows after every single update, at three momenta, falling with small rises.",
        charts.inside_an_epoch,
    ),
    Plan(
        "forecasts",
        lambda s: "The curvatures of the problem over six decades; f as theory has it on top of f as it was measured.",
        theory_charts.forecasts,
    ),
    Plan(
        "stability",
        lambda s: "f at 0.99 and 1.01 times the stability limit: the one falls, the other grows without bound.",
        theory_charts.stability,
    ),
    Plan(
        "long-runs",
        lambda s: "How far f stays above its least value over 10,000 iterations, at the article's settings and tuned.",
        theory_charts.long_runs,
    ),
    Plan(
        "map-bowl",
        lambda s: f"A heat map of {s.maps.bowl.arrived.size:,} runs on the bowl over learning rate and momentum, the "
        "article's twelve settings ringed, the stability limit and the region beyond it hatched.",
        maps_figures.bowl_map,
    ),
    Plan(
        "map-digits",
        lambda s: "Two heat maps over learning rate and momentum on the digits: speckled where a threshold ends the "
        "runs, smooth where f must stay low; the article's four settings ringed.",
        maps_figures.digits_map,
    ),
    Plan(
        "batch-sizes",
        lambda s: "Epochs, updates, time and best learning rate against the batch size, at two momenta, at the "
        "article's rate and at the best.",
        maps_figures.sizes,
    ),
    Plan(
        "overshooting",
        lambda s: "Iterations and overshoot against the learning rate at three momenta; two runs that change sides at "
        "each step, one shrinking, one growing.",
        hazards_figures.overshooting,
    ),
    Plan(
        "restarts",
        lambda s: "Random starts on a function of four minima, marked by where they lead, without and with momentum; "
        "the chance of the lowest against the number of restarts.",
        hazards_figures.restarts,
    ),
    Plan(
        "weights",
        lambda s: "Four weight vectors as 8 by 8 images, each on its own scale, negative blue, positive orange.",
        charts.weights,
    ),
    Plan(
        "missed-digits",
        lambda s: f"The {len(s.learnt.missed)} pictures that the batch run labels wrongly, with their outputs.",
        missed_digits,
    ),
    Plan(
        "ten-digits-courses",
        lambda s: "Three panels: the loss, wrong training labels and wrong test labels of four runs on all ten digits.",
        ten_digits_figures.courses,
    ),
    Plan("ten-digits-confusion", confusion_words, ten_digits_figures.confusion),
    Plan(
        "ten-digits-weights",
        lambda s: "Twenty 8 by 8 images of weights: ten of softmax above ten of one against the rest, on one scale.",
        ten_digits_figures.weights,
    ),
    Plan(
        "ten-digits-probabilities",
        lambda s: f"Sums of ten probabilities, from {s.ten.sums.min():.2f} to {s.ten.sums.max():.2f}, and one picture "
        "with its ten probabilities by both models.",
        ten_digits_figures.probabilities,
    ),
    Plan("ten-digits-missed", missed_words, ten_digits_figures.missed),
    Plan(
        "printed-formula",
        formula_words,
        charts.printed_formula,
    ),
    Plan(
        "record-cost",
        lambda s: "Seconds against rows: a curve that bends upwards for the stacked record, and ours.",
        charts.record_cost,
    ),
)  # fmt: skip
