"""The tables of the maps, the batch sizes, the hazards, and the article's claims with what came of them."""

import math

from ..base.text import vector
from ..plots.basins import share_text
from ..plots.style import minus_signs
from .advice import Advice
from .article import MOMENTA, RATE
from .batch_sizes import SizeRun
from .landscapes import RADII
from .maps import LOW, TARGET, THRESHOLD, Cell, Map
from .studies import Study
from .tables import Table, figure, table

__all__ = ["lesson_tables"]


def lesson_tables(study: Study) -> dict[str, Table]:
    """By name, in the order of the report."""
    made = (
        map_table(study), size_table(study), overshoot_table(study), restart_table(study), advice_table(study),
        claim_table(study),
    )  # fmt: skip
    return {one.name: one for one in made}


def map_table(study: Study) -> Table:
    maps = study.maps
    rows = [
        map_row(f"bowl: f stays below {LOW:g}", maps.bowl),
        map_row(f"digits: f stays below {TARGET:g}", maps.digits),
        map_row(f"digits: f changes by {THRESHOLD:g} or less", maps.stops),
    ]
    head = (
        "goal", "runs", "met", "not met", "diverged", "diverged below\nthe limit", "above the limit,\nnot diverged",
        "above the\nlimit, met", "best\nrate", "best\nmomentum", "iterations\nthere",
    )  # fmt: skip
    return table("table-maps", "Theory's limit and the runs of the maps", head, rows)


def map_row(name: str, found: Map) -> tuple[str, ...]:
    met, lost, stable, best = found.arrived, found.diverged, found.stable, found.best()
    counts = (met.size, met.sum(), (~met & ~lost).sum(), lost.sum(), (lost & stable).sum(), (~lost & ~stable).sum(),
              (met & ~stable).sum())  # fmt: skip
    return (
        name, *(f"{count:,}" for count in counts), figure(best.learning_rate, 3), f"{best.momentum:.2f}",
        whole(best.iterations),
    )  # fmt: skip


def whole(count: float) -> str:
    """A count, or a dash where there is none."""
    return f"{count:,.0f}" if math.isfinite(count) else "\N{EN DASH}"


def percents(value: float) -> str:
    return f"{value:,.0f}" if value < 1e5 else figure(value, 2)


def size_table(study: Study) -> Table:
    found = study.batch_sizes
    plain, heavy = (found.article[m] for m in (0.0, 0.9))
    rows = []
    for one, fast in zip(plain, heavy, strict=True):
        best = found.lowest(one.size)
        rows.append((
            f"{one.size}", f"{math.ceil(one.rows / one.size)}", *counted(one), *counted(fast),
            figure(best.learning_rate, 2), f"{best.momentum:g}", *counted(best),
        ))  # fmt: skip
    four = ("epochs", "updates", "gradients", "ms")
    first = [f"momentum 0,\nrate {figure(RATE)}:\n{four[0]}", *four[1:]]
    second = [f"momentum 0.9,\nrate {figure(RATE)}:\n{four[0]}", *four[1:]]
    head = ("batch\nsize", "updates\nan epoch", *first, *second, "best\nrate", "best\nmomentum", *four)
    return table("table-batch-sizes", f"Until f stays below {TARGET:g}", head, rows, 0)


def counted(one: SizeRun) -> tuple[str, ...]:
    milliseconds = 1e3 * one.seconds
    return (
        whole(one.epochs), whole(one.updates), whole(one.gradients),
        f"{milliseconds:.2f}" if math.isfinite(milliseconds) else whole(milliseconds),
    )  # fmt: skip


def overshoot_table(study: Study) -> Table:
    rows = []
    for one in study.hazards.overshooting.near:
        above = one.factor > 1
        rows.append((
            f"{one.momentum:g}", f"{one.limit:g}", f"{one.factor:g}", f"{one.crossings}",
            percents(100 * one.farthest), f"{one.growth:.6f}" if above else "",
            f"{one.measured:.6f}" if above else "", whole(math.inf if one.arrived is None else one.arrived),
            one.run.outcome.name if above and one.run.outcome else "",
        ))  # fmt: skip
    head = (
        "momentum", "limit\n1 + m", "learning rate\n/ limit", "changes of side\nin 60 iterations",
        "farthest beyond the\nminimum in 60, %", "growth,\nby theory", "growth,\nmeasured",
        f"iterations until f\nstays below {LOW:g}", "outcome",
    )  # fmt: skip
    made = table("table-overshooting", "Just below and just above the limit on the bowl", head, rows, 0)
    return Table(made.name, made.title, made.head, made.rows, (*made.numbers[:-1], False), made.code)


def restart_table(study: Study) -> Table:
    views = [study.hazards.restarts.views[m].data for m in MOMENTA]
    first = views[0]
    rows = [
        (
            f"{name} {minus_signs(vector(w, 3))}", f"{figure(f)}",
            *(cell for data in views for cell in (f"{data['counts'][k]:,}", share_text(data["shares"][k]))),
        )
        for k, (name, w, f) in enumerate(zip(first["names"], first["minima"], first["f"], strict=True))
    ]  # fmt: skip
    head = ["minimum", "f"]
    for m in MOMENTA:
        head += [f"momentum {m:g},\nstarts", "share"]
    return table("table-restarts", "Where random starts lead", tuple(head), rows)


def advice_table(study: Study) -> Table:
    rows = [row for one in study.advice for row in advice_rows(one)]
    head = ("problem", "setting", "learning\nrate", "momentum", "iterations\nor epochs", "times\nthe best")
    return table("table-advice", "Small learning rate, high momentum", head, rows, 2)


def advice_rows(one: Advice) -> list[tuple[str, ...]]:
    def row(setting: str, cell: Cell, problem: str = "") -> tuple[str, ...]:
        return (
            problem, setting, figure(cell.learning_rate, 3), f"{cell.momentum:.2f}", whole(cell.iterations),
            times(cell.iterations),
        )  # fmt: skip

    def times(iterations: float) -> str:
        many = one.times(iterations)
        return f"{many:.1f}" if math.isfinite(many) else whole(many)

    return [
        row("best of all", one.best, one.problem),
        row("best without momentum", one.plain),
        row("small rate, high momentum: the best", one.corner),
        ("", "small rate, high momentum: the median", "", "", whole(one.median), times(one.median)),
        row("the article's, nearest cell" if one.unit == "iteration" else "the article's", one.article),
    ]


def claim_table(study: Study) -> Table:
    """What the article says of momentum, rates and batches, and one sentence on each."""
    over, restarts, plateau = study.hazards.overshooting, study.hazards.restarts, study.landscapes.plateau
    sizes, far = study.batch_sizes, RADII[-1]
    at = int(abs(over.rates - 0.2).argmin())
    beyond = [100 * over.farthest[m][at] for m in (0.0, 0.9)]
    shares = [100 * restarts.share(m) for m in (0.0, 0.9)]
    full, single = sizes.article[0.0][-1], sizes.article[0.0][0]
    tuned = [sizes.lowest(one.size).epochs for one in (full, single)]
    edges = [sizes.diverging[k, 0] for k in (-1, 0)]
    moved = [plateau.descents[far].nit, plateau.others["momentum"].nit]
    rows = [
        ("momentum against local minima",
         f"Little: {shares[0]:.1f} % of starts find the lowest without, {shares[1]:.1f} % with 0.9."),
        ("momentum against overshooting",
         f"The reverse: at rate 0.2 by {beyond[0]:.0f} % without and by {beyond[1]:.0f} % with 0.9; but its "
         f"limit is {over.limits[0.9]:g}, not {over.limits[0.0]:g}."),
        ("momentum on a plateau", f"Holds: {moved[1]:,} iterations with 0.9 from {far:g}, {moved[0]:,} without."),
        *((f"small rate, high momentum: {one.problem}", one.verdict) for one in study.advice),
        ("batch needs a smaller rate",
         f"Holds here, where f is a sum: it diverges at {figure(edges[0], 2)}, single rows at {figure(edges[1], 2)}."),
        ("stochastic needs fewer iterations",
         f"Not at its rate, momentum 0: {single.epochs:.0f} epochs, {full.epochs:.0f} iterations; "
         f"each at its best: {tuned[1]:.0f}, {tuned[0]:.0f}."),
    ]  # fmt: skip
    made = table("table-claims", "What the article advises, and what its own problems say", ("claim", "verdict"), rows)
    return Table(made.name, made.title, made.head, made.rows, (False, False), made.code)
