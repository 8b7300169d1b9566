"""What a Comparison says: its verdict, its reprs, and its table as CSV, LaTeX and JSON."""

import csv
import html
import io
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from ..analysis.profiles import smallest_p
from ..base.files import write_text
from ..base.text import count, duration, listing, number

if TYPE_CHECKING:
    from .comparison import Comparison

__all__ = ["csv_text", "html_repr", "latex_text", "lines", "method_rows", "plain_repr", "summary", "verdict", "written"]

LEVEL = 0.05
"""Differences whose p-value is below are called differences."""
MOST_NOTES = 5
"""Reasons why runs did not come about that are shown."""
HEADER = ("method", "solved", "median evaluations", "mean rank", "95 % interval", "seconds", "not run")


# -- the verdict -----------------------------------------------------------------------------------------------------


def verdict(found: "Comparison") -> str:
    """One paragraph of plain sentences. Where nobody reached the target it is about the gaps that were left."""
    solved = np.isfinite(found.costs())
    sentences = []
    if not solved.any():
        budget = count(found.about["budget"], "evaluation")
        sentences.append(f"No method reached the target {where(found)} within {budget}.")
    sentences.append(difference(found))
    if found.over != "problem":
        sentences.append(f"Of problems other than {found.problems[0]['name']} this says nothing.")
    if found.about["interrupted"]:
        sentences.append("The comparison was interrupted; this is what was done by then.")
    return " ".join(sentences)


def where(found: "Comparison") -> str:
    """``on 18 problems``, ``from 20 starts of rosenbrock``."""
    blocks = block_count(found)
    if found.over == "problem":
        each = len(found.instances) / blocks
        starts = f", {number(each)} runs each" if each > 1 else ""
        return f"on {count(blocks, 'problem')}{starts}"
    name = found.problems[found.instances[0].problem]["name"]
    if len(found.instances) == 1:
        return f"on {name} from one start"
    return f"on {name} {'from' if found.over == 'start' else 'with'} {count(blocks, found.over)}"


def block_count(found: "Comparison") -> int:
    return len({getattr(instance, found.over) for instance in found.instances})


def ranking(found: "Comparison") -> str:
    """``lbfgs has the best mean rank, 1.2, before adam, 1.8``."""
    ranks = sorted(found.ranks().items(), key=lambda item: item[1][0])
    if ranks[0][1][0] == ranks[-1][1][0]:
        return f"all have the mean rank {number(ranks[0][1][0], 3)}"
    best = ranks[0][1][0]
    first = [name for name, rank in ranks if rank[0] == best]
    others = [f"{name}, {number(rank[0], 3)}" for name, rank in ranks if rank[0] > best]
    have = "has" if len(first) == 1 else "share"
    return f"{listing(first, 'and')} {have} the best mean rank, {number(best, 3)}, before {listing(others, 'and')}"


def difference(found: "Comparison") -> str:
    """Whether the best is better than the others, by the tests."""
    best, blocks = found.best, block_count(found)
    if blocks == 1:
        return f"One run of each {where(found)}: {ranking(found)}; whether that holds elsewhere cannot be told from it."
    p = {next(name for name in pair if name != best): each for pair, each in found.differences().items()
         if best in pair}  # fmt: skip
    friedman = found.friedman
    alike = friedman is not None and friedman >= LEVEL
    beaten = [] if alike else [name for name in p if p[name] < LEVEL]
    level = [name for name in found.names if name in p and name not in beaten]
    if not beaten:
        least = min(found.differences().values())
        if friedman is not None and not alike:
            text = (
                f"The methods do not all rank alike {where(found)} (Friedman p = {number(friedman, 2)}), but it is not "
                f"shown that {best} is better than another (smallest Wilcoxon p = {number(least, 2)})"
            )
        else:
            tests = f"Friedman p = {number(friedman, 2)}, " if friedman is not None else ""
            text = (
                f"No difference is shown between {listing(found.names, 'and')} {where(found)} "
                f"({tests}smallest Wilcoxon p = {number(least, 2)})"
            )
        possible = min(1.0, smallest_p(blocks) * len(found.differences()))
        few = (
            f" With {count(blocks, found.over)} no two could be told apart: the least p-value possible is "
            f"{number(possible, 2)}."
        )
        return f"{text}; {ranking(found)}.{few if possible >= LEVEL else ''}"
    told = listing([f"{name} (p = {number(p[name], 2)})" for name in beaten], "and")
    text = f"{best} is better than {told} {where(found)} (Wilcoxon, Holm-adjusted); {ranking(found)}."
    if level:
        text += f" No difference is shown between {best} and {listing(level, 'and')} " \
                f"(p = {listing([number(p[name], 2) for name in level], 'and')})."  # fmt: skip
    return text


# -- tables ----------------------------------------------------------------------------------------------------------


def method_rows(found: "Comparison") -> list[tuple[str, ...]]:
    """A line for each method, best mean rank first."""
    costs, ranks = found.costs(), found.ranks()
    rows: list[tuple[str, ...]] = []
    for m, name in sorted(enumerate(found.names), key=lambda item: ranks[item[1]][0]):
        mean, low, high = ranks[name]
        runs = [row[m] for row in found.traces]
        without = sum(not run.f.size for run in runs)
        middle = float(np.quantile(costs[:, m], 0.5, method="inverted_cdf"))
        rows.append((
            name, f"{int(np.isfinite(costs[:, m]).sum())}/{len(runs)}",
            number(middle) if math.isfinite(middle) else "unsolved", number(mean, 3),
            f"{number(low, 3)} to {number(high, 3)}", duration(sum(run.time for run in runs)), str(without or "-"),
        ))  # fmt: skip
    return rows


def trouble_lines(found: "Comparison") -> list[str]:
    """Why runs did not come about: each reason once, with how often."""
    reasons: dict[str, int] = {}
    for instance, row in zip(found.instances, found.traces, strict=True):
        for name, trace in zip(found.names, row, strict=True):
            if not trace.f.size:
                problem = found.problems[instance.problem]["name"]
                text = f"{name} on {problem}: {trace.outcome}: {trace.message}"
                reasons[text] = reasons.get(text, 0) + 1
    return [f"{text}{f' ({times} runs)' if times > 1 else ''}" for text, times in reasons.items()]


def tuning_lines(found: "Comparison") -> list[str]:
    """``adam: tuned, 5 runs a problem``; each method that is not, and why."""
    if not found.about["tune"]:
        return []
    entries = {entry["method"]: entry for entry in found.tuning}
    return [
        f"{name} {count(entry['runs'], 'run')} a problem"
        if entry["runs"]
        else f"{name} none: {entry['note']}"
        for name, entry in entries.items()
    ]  # fmt: skip


def headline(found: "Comparison") -> str:
    shape = f"{len(found.methods)} methods {where(found)}"
    return f"{shape}: {count(len(found), 'run')}, budget {count(found.about['budget'], 'gradient evaluation')}, " \
           f"tolerance {number(found.tolerance)}"  # fmt: skip


def lines(found: "Comparison") -> list[str]:
    """What was compared, a line for each method, what went wrong, how methods were tuned, and the verdict."""
    rows = [HEADER, *method_rows(found)]
    widths = [max(len(row[k]) for row in rows) for k in range(len(HEADER))]
    table = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    notes = list(trouble_lines(found))
    if len(notes) > MOST_NOTES:
        notes[MOST_NOTES:] = [f"... and {len(notes) - MOST_NOTES:,} more; the table holds them all"]
    tuning = tuning_lines(found)
    notes += [f"tuning: {'; '.join(tuning)}"] if tuning else []
    return [headline(found), "", *table, *([""] if notes else []), *notes, "", verdict(found)]


def plain_repr(found: "Comparison") -> str:
    first, *rest = lines(found)
    return "\n".join([f"<Comparison of {first}>", *(f"  {line}".rstrip() for line in rest if line)])


def html_repr(found: "Comparison") -> str:
    """The same for a notebook."""

    def line(cells: Any, tag: str) -> str:
        return "<tr>" + "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in cells) + "</tr>"

    body = "".join(line(row, "td") for row in method_rows(found))
    notes = [*trouble_lines(found)[:MOST_NOTES], *[f"tuning: {text}" for text in tuning_lines(found)]]
    small = "".join(f"<div><small>{html.escape(text)}</small></div>" for text in notes)
    return (
        f"<div><div>{html.escape(headline(found))}</div><table><thead>{line(HEADER, 'th')}</thead>"
        f"<tbody>{body}</tbody></table>{small}<div><b>{html.escape(verdict(found))}</b></div></div>"
    )


def csv_text(found: "Comparison") -> str:
    """The table, numbers so that reading them gives the same bits back."""
    columns = found.columns()
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*(column.tolist() for column in columns.values()), strict=True))
    return text.getvalue()


ESCAPES = {"\\": r"\textbackslash{}", **{c: rf"\{c}" for c in "&%$#_{}"}, "~": r"\textasciitilde{}",
           "^": r"\textasciicircum{}"}  # fmt: skip


def latex_text(found: "Comparison") -> str:
    """A tabular with a line for each method, and what was compared as a comment."""

    def line(cells: Any) -> str:
        return " & ".join("".join(ESCAPES.get(c, c) for c in cell) for cell in cells) + r" \\"

    rows = [line(row[:-1]) for row in method_rows(found)]
    versions = ", ".join(f"{name} {version}" for name, version in found.about["versions"].items())
    return "\n".join([
        f"% {headline(found)}; seed {found.about['seed']}; steepest {found.about['steepest']}, {versions}",
        r"\begin{tabular}{lrrrrr}", r"\hline", line(HEADER[:-1]), r"\hline", *rows, r"\hline", r"\end{tabular}", "",
    ])  # fmt: skip


def summary(found: "Comparison") -> dict[str, Any]:
    """Everything but the trajectories, as data."""
    columns = found.columns()
    runs = [dict(zip(columns, row, strict=True)) for row in zip(*(c.tolist() for c in columns.values()), strict=True)]
    return {
        "verdict": verdict(found), "about": found.about, "problems": found.problems, "methods": found.methods,
        "ranks": {name: {"mean": r[0], "low": r[1], "high": r[2]} for name, r in found.ranks().items()},
        "friedman": found.friedman,
        "differences": [{"methods": list(pair), "p": p} for pair, p in found.differences().items()],
        "performance_profile": {name: {"tau": tau, "share": share}
                                for name, (tau, share) in found.performance_profile().items()},
        "data_profile": {name: {"evaluations": at, "share": share}
                         for name, (at, share) in found.data_profile().items()},
        "runs": runs,
    }  # fmt: skip


def written(text: str, path: Any) -> str:
    """``text``, in a file too where a path is given."""
    if path is not None:
        write_text(path, text)
    return text
