"""The tables of the report as data: one object is written as HTML and drawn as a figure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..base.text import number, vector
from ..plots.basins import share_text
from ..plots.style import minus_signs, typeset
from .article import LEARNING_RATES, MOMENTA, NAMES, PRINTED
from .studies import Study
from .ten_digits import BATCHES

__all__ = ["Table", "all_tables", "figure"]


@dataclass(frozen=True)
class Table:
    """``name`` (its file's), ``title``, a head and rows of texts; which columns hold ``numbers`` (right-aligned) and
    which ``code``. ``\\n`` in a head breaks its line."""

    name: str
    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[bool, ...]
    code: tuple[bool, ...]

    @property
    def head_lines(self) -> int:
        return 1 + max(text.count("\n") for text in self.head)


def table(name: str, title: str, head: tuple[str, ...], rows: Sequence[tuple[str, ...]], text: int = 1) -> Table:
    """A table whose first ``text`` columns are words, the others numbers."""
    numbers = tuple(column >= text for column in range(len(head)))
    return Table(name, title, head, tuple(rows), numbers, (False,) * len(head))


def figure(value: float, digits: int = 4) -> str:
    """A number as print has it: 2.46e\N{MINUS SIGN}6."""
    return typeset(number(value, digits))


def percent(wrong: int, rows: int) -> str:
    return f"{100 * wrong / rows:.2f}"


def grid_table(study: Study) -> Table:
    rows = [
        (f"{momentum:g}", *(figure(study.find("grid", "batch", momentum, rate).f[-1]) for rate in LEARNING_RATES))
        for momentum in MOMENTA
    ]  # fmt: skip
    start = number(study.runs[0].f[0], 4)
    head = ("momentum", *(f"learning rate {rate:g}" for rate in LEARNING_RATES))
    return table("table-grid", f"f after 5 iterations, from {start} at the start", head, rows, 0)


def error_table(study: Study) -> Table:
    """What the article prints beside what its settings give."""
    rows = []
    train, test = study.split.y_train.size, study.split.y_test.size
    for (name, kind, momentum), printed in PRINTED.items():
        run = study.find(name, kind, momentum)
        assert run.train_errors is not None
        assert run.test_errors is not None
        ours = percent(run.train_errors, train), percent(run.test_errors, test)
        rows.append((
            kind, f"{momentum:g}", f"{0.1 if name == 'first' else 0.01:g}", str(run.train_errors), ours[0], printed[0],
            str(run.test_errors), ours[1], printed[1], "" if ours == printed else "differs",
        ))  # fmt: skip
    head = (
        "run", "momentum", "threshold", f"wrong of\n{train} training", "%", "article\nprints %",
        f"wrong of\n{test} test", "%", "article\nprints %", "remark",
    )  # fmt: skip
    made = table("table-errors", "Error rates", head, rows)
    return Table(made.name, made.title, made.head, made.rows, (*made.numbers[:-1], False), made.code)


def versus_table(study: Study) -> Table:
    rows = []
    for momentum in MOMENTA:
        for kind in ("batch", "stochastic"):
            run = study.find("versus", kind, momentum)
            updates = (run.rows - 1) * (study.model.rows if kind == "stochastic" else 1)
            mean_square = 2 * run.f[-1] / study.model.rows
            rows.append((
                kind, f"{momentum:g}", str(run.rows), str(run.rows - 1), f"{updates:,}",
                f"{(run.rows - 1) * study.model.rows:,}", f"{run.f[-1]:.4f}", f"{mean_square:.5f}",
                str(run.train_errors), str(run.test_errors),
            ))  # fmt: skip
    head = (
        "run", "momentum", "rows", "iterations\nor epochs", "updates\nof w", "gradients\nof one row", "f at\nthe end",
        "mean\nsquare", "training\nerrors", "test\nerrors",
    )  # fmt: skip
    return table("table-versus", "Batch against stochastic, threshold 0.01", head, rows)


def cost_table(study: Study) -> Table:
    costs = study.costs
    rows = [
        (name, f"{1e6 * batch:,.1f}", f"{1e6 * epoch:,.1f}", f"{epoch / batch:,.1f}")
        for name, (batch, epoch) in (("plain NumPy loop", costs.plain), ("steepest, compiled", costs.compiled))
    ]  # fmt: skip
    head = ("program", "an iteration,\nmicroseconds", "an epoch,\nmicroseconds", "epoch /\niteration")
    return table("table-costs", "What a row costs", head, rows)


def forecast_table(study: Study) -> Table:
    rows = [
        (one.kind, f"{one.momentum:g}", str(one.rows), str(one.rows_run), figure(one.difference, 2))
        for one in study.theory.forecasts
    ]  # fmt: skip
    head = ("run", "momentum", "rows by\ntheory", "rows run", "largest relative\ndifference of f")
    return table("table-forecast", "The counts, foretold", head, rows)


def stability_table(study: Study) -> Table:
    rows = []
    for edge in study.theory.edges:
        above = edge.factor > 1
        name = edge.run.outcome.name if edge.run.outcome else ""
        rows.append((
            f"{edge.momentum:g}", figure(edge.limit, 5), f"{edge.factor:g}", f"{edge.run.nit:,}", figure(edge.run.f),
            f"{edge.growth:.6f}" if above else "", f"{edge.measured:.6f}" if above else "", name,
        ))  # fmt: skip
    head = (
        "momentum", "limit\n2 (1 + m) / L", "learning rate\n/ limit", "iterations", "f at\nthe end",
        "growth,\nby theory", "growth,\nmeasured", "outcome",
    )  # fmt: skip
    made = table("table-stability", "Just below and just above the stability limit", head, rows, 0)
    return Table(made.name, made.title, made.head, made.rows, (*made.numbers[:-1], False), made.code)


def ravine_table(study: Study) -> Table:
    rows = [
        (
            one.name, "" if one.condition is None else f"{one.condition:,g}", f"{one.descent.nit:,}",
            "" if one.expected is None else f"{one.expected:,.0f}", f"{one.momentum.nit:,}",
            f"{one.descent.nit / one.momentum.nit:.1f}",
        )
        for one in study.landscapes.ravine.counts
    ]  # fmt: skip
    head = ("function", "condition", "gradient\ndescent", "by theory", "momentum", "descent /\nmomentum")
    return table("table-ravine", "Iterations down a ravine", head, rows)


def basin_table(study: Study) -> Table:
    views = [view.data for view in study.landscapes.basins.views.values()]
    plain = views[0]
    rows = [
        (f"{name} {minus_signs(vector(w, 3))}", *(cell for data in views for cell in counted(data, k)))
        for k, (name, w) in enumerate(zip(plain["names"], plain["minima"], strict=True))
    ]
    rows.append(("did not converge", *(f for data in views for f in failed_of(data))))
    head = ("minimum", "gradient descent,\nstarts", "share", "momentum,\nstarts", "share")
    return table("table-basins", "Where the starts lead", head, rows)


def counted(data: dict[str, Any], k: int) -> tuple[str, str]:
    return f"{data['counts'][k]:,}", share_text(data["shares"][k])


def failed_of(data: dict[str, Any]) -> tuple[str, str]:
    return f"{data['failed']:,}", share_text(data["failed_share"])


def ten_digits_table(study: Study) -> Table:
    train, test = study.ten.split.y_train.size, study.ten.split.y_test.size
    rows = [
        (
            one.model, one.kind, figure(BATCHES[one.kind][1]),
            f"{one.run.nit:,}" + ("" if one.run.success else " (limit)"), f"{one.updates:,}",
            f"{one.run.seconds:.2f}", f"{one.f[-1]:.4f}", str(one.wrong[-1, 0]),
            percent(one.wrong[-1, 0], train), str(one.wrong[-1, 1]), percent(one.wrong[-1, 1], test),
        )
        for one in study.ten.runs
    ]  # fmt: skip
    head = (
        "model", "run", "learning\nrate", "iterations\nor epochs", "updates\nof w", "seconds", "f at\nthe end",
        f"wrong of\n{train:,} training", "%", f"wrong of\n{test} test", "%",
    )  # fmt: skip
    return table("table-ten-digits", "All ten digits, to tolerance", head, rows, 2)


def names_table() -> Table:
    head = ("the article", "steepest", "remark")
    rows = tuple((name.article, name.ours, name.note) for name in NAMES)
    return Table("table-names", "The article's names and ours", head, rows, (False,) * 3, (True, True, False))


def all_tables(study: Study) -> dict[str, Table]:
    """Every table by its name."""
    made = (
        grid_table(study), error_table(study), versus_table(study), cost_table(study), forecast_table(study),
        stability_table(study), names_table(), ravine_table(study), basin_table(study),
        ten_digits_table(study),
    )  # fmt: skip
    return {one.name: one for one in made}
