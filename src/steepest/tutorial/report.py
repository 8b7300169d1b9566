"""``write_report``: runs the study and writes it all down: figures, numbers, the page, the notebook, the script."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..base.errors import ArgumentError, ArgumentTypeError
from ..records.storage import dumps
from .figures import draw_all
from .landscapes import OFFSETS, STUCK_OFFSET
from .lesson_results import lesson_results
from .lesson_tables import lesson_tables
from .notebook import notebook, script
from .page import Page, escape
from .studies import Study, run_all
from .tables import all_tables
from .ten_digits import BATCHES

__all__ = ["TITLE", "results", "write_report"]

TITLE = "Gradient descent, run and measured"


def write_report(out: Any = "steepest-tutorial", *, say: Callable[[str], Any] | None = None) -> Path:
    """Runs the whole study, writes it to the folder ``out``, made where it is missing, and returns the path of
    ``report.html``.

    Written are ``report.html`` (one file that opens offline), ``figures/*.png`` and ``*.svg``, ``results.json``,
    ``tutorial.ipynb`` and ``tutorial.py``; other files in the folder are left alone. ``say`` is given a line of text
    as each part begins. Takes about 45 seconds.
    """
    tell = say if say is not None else lambda line: None
    if not callable(tell):
        raise ArgumentTypeError(f"say must be a callable that takes a line of text, or None; got {say!r}")
    folder = made(out)
    study = run_all(tell)
    tables, pictures = {**all_tables(study), **lesson_tables(study)}, {}
    for picture in draw_all(study, tables, tell):
        pictures[picture.name] = picture
        put(folder / "figures" / f"{picture.name}.png", picture.png)
        put(folder / "figures" / f"{picture.name}.svg", picture.svg)
    tell("results.json, tutorial.ipynb, tutorial.py, report.html")
    put(folder / "results.json", (dumps(results(study)) + "\n").encode())
    put(folder / "tutorial.ipynb", notebook().encode())
    put(folder / "tutorial.py", script().encode())
    put(folder / "report.html", written(Page(TITLE, pictures, tables), study).encode())
    return folder / "report.html"


def made(out: Any) -> Path:
    """The folder and its ``figures``, made and found to be writable before anything is run."""
    if not isinstance(out, (str, os.PathLike)) or not os.fspath(out):
        raise ArgumentTypeError(f"out must be the path of a folder; got {out!r}")
    folder = Path(out)
    if os.path.exists(folder) and not folder.is_dir():
        raise ArgumentError(f"out is {str(folder)!r}, which is a file; give a folder, new or existing")
    try:
        (folder / "figures").mkdir(parents=True, exist_ok=True)
        probe = folder / "figures" / ".writable"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise ArgumentError(
            f"out is {str(folder)!r}, which cannot be written ({error.strerror}); give a folder that can"
        ) from None
    return folder


def put(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise ArgumentError(f"out: {str(path)!r} cannot be written ({error.strerror}); give another folder") from None


def written(page: Page, study: Study) -> str:
    from . import landscape_text, lessons_text, reasons, sections, ten_digits_text

    sections.opening(page, study)
    sections.bowl(page, study)
    landscape_text.landscapes(page, study)
    sections.digits(page, study)
    sections.training(page, study)
    sections.counted(page, study)
    reasons.theory(page, study)
    lessons_text.maps(page, study)
    lessons_text.sizes(page, study)
    lessons_text.lessons(page, study)
    reasons.learnt(page, study)
    ten_digits_text.ten_digits(page, study)
    reasons.errata(page, study)
    sections.names(page)
    reasons.again(page, study)
    versions = ", ".join(f"{name} {version}" for name, version in study.versions.items())
    return page.html(f"Made with {escape(versions)}.")


def shapes(study: Study) -> dict[str, Any]:
    """The counts of the ravine, the saddle, the plateau and the basins."""
    found = study.landscapes
    return {
        "ravine": [
            {"function": one.name, "condition": one.condition, "gradient_descent": one.descent.nit,
             "expected": one.expected, "momentum": one.momentum.nit} for one in found.ravine.counts
        ],
        "saddle": {
            "offsets": OFFSETS, "iterations": found.saddle.waits, "growth": found.saddle.growth,
            "taken_for_a_minimum": {"offset": STUCK_OFFSET, "f": found.saddle.stuck.f},
        },
        "plateau": {
            "iterations": {f"{radius:g}": run.nit for radius, run in found.plateau.descents.items()},
            "by_the_gradient_flow": {f"{radius:g}": count for radius, count in found.plateau.expected.items()},
            "other_methods": {name: run.nit for name, run in found.plateau.others.items()},
        },
        "basins": {
            method: {"minima": view.data["minima"], "starts": view.data["counts"], "did_not_converge":
                     view.data["failed"]} for method, view in found.basins.views.items()
        },
    }  # fmt: skip


def ten_digits(study: Study) -> dict[str, Any]:
    """The four runs on all ten digits, and the two that are looked at closely."""
    ten = study.ten
    return {
        "runs": [
            {
                "model": one.model, "kind": one.kind, "rows": len(one.f), "updates": one.updates, "f_end": one.run.f,
                "train_errors": one.wrong[-1, 0], "test_errors": one.wrong[-1, 1],
                "outcome": one.run.outcome.name if one.run.outcome else None, "seconds": one.run.seconds, "f": one.f,
            }
            for one in ten.runs
        ],
        "agreement": {kind: ten.agreement(kind) for kind in BATCHES},
        "chosen": {model: one.kind for model, one in ten.chosen.items()},
        "confusion": {"model": ten.better.model, "matrix": ten.confusion},
        "probability_sums": {"test": ten.sums, "training_mean": ten.training_sums.mean()},
        "test_pictures_missed": [
            {"picture": i, "digit": ten.truth[i], **{model: one.labels[i] for model, one in ten.chosen.items()}}
            for i in ten.missed
        ],
    }  # fmt: skip


def results(study: Study) -> dict[str, Any]:
    """What results.json holds: the article's twenty runs under ``runs``, our own studies under other names."""
    theory, faults, costs = study.theory, study.faults, study.costs
    return {
        "about": "The article's twenty runs, in its order: twelve on w1^2 + w2^2, eight on the digits 0 and 1. Rows "
        "count the start; errors are counts; f on the digits is half the sum of squares.",
        "versions": study.versions,
        "runs": [
            {
                "study": r.study, "kind": r.kind, "learning_rate": r.learning_rate, "momentum": r.momentum,
                "rows": r.rows, "f_end": r.f[-1], "w_end": r.w[-1],
                "train_errors": r.train_errors, "test_errors": r.test_errors,
                "outcome": r.run.outcome.name if r.run.outcome else None, "f": r.f,
            }
            for r in study.runs
        ],
        "theory": {
            "curvature": theory.L, "smallest_curvature": theory.smallest, "rank": theory.rank,
            "f_least": theory.f_least,
            "forecasts": [
                {"kind": one.kind, "momentum": one.momentum, "rows": one.rows, "rows_run": one.rows_run,
                 "largest_relative_difference": one.difference} for one in theory.forecasts
            ],
            "stability": [
                {"momentum": edge.momentum, "limit": edge.limit, "factor": edge.factor, "iterations": edge.run.nit,
                 "f_end": edge.run.f, "outcome": edge.run.outcome.name if edge.run.outcome else None,
                 "growth": edge.growth, "growth_measured": edge.measured} for edge in theory.edges
            ],
            "long_runs": [
                {"learning_rate": one.learning_rate, "momentum": one.momentum, "f_end": one.run.f}
                for one in theory.tuned
            ],
        },
        "shapes": shapes(study),
        "ten_digits": ten_digits(study),
        **lesson_results(study),
        "inside_an_epoch": {"updates_that_raise_f": {str(m): counts for m, counts in study.inside.rising.items()}},
        "test_pictures_missed": [
            {"study": key[0], "kind": key[1], "momentum": key[2], "pictures": missed}
            for key, missed in study.learnt.test_missed.items()
        ],
        "article_errs": {
            "formula_as_printed": {"f_after_5": faults.formula.path.f[5], "right": faults.formula.right.f[5],
                                   "digits": faults.formula.digits[1], "digits_right": faults.formula.digits[0]},
            "ended_by_nan": {"rows": len(faults.ended.record.f), "allowed": faults.ended.most,
                             "f_end": float(faults.ended.record.f[-1]), "minimize": faults.ended.outcome},
            "reseeded": {"seeds": faults.reseeded.seeds, "next_draw": faults.reseeded.drawn,
                         "ours_leaves_the_generator_alone": faults.reseeded.untouched},
        },
        "seconds": {
            "iteration_and_epoch_plain": costs.plain, "iteration_and_epoch_compiled": costs.compiled,
            "batch_and_stochastic_run_plain": costs.total,
            "record": {"rows": costs.record.rows, "stacked": costs.record.stacked, "ours": costs.record.ours},
        },
    }  # fmt: skip
