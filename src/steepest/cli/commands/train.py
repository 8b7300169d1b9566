"""``steepest train``: a linear model of a data set, beside a constant and scikit-learn's."""

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ...base.errors import ArgumentError, SteepestError
from ...base.files import write_text
from ..files import check_file, check_folder
from ..options import SectionedCommand
from ..streams import out, say
from ..tables import as_json
from .run import DONE, INTERRUPTED, NOT_CONVERGED, in_flags, show_csv

if TYPE_CHECKING:
    from ...problems.tables import Parted
    from ..training_report import Report

__all__ = ["TrainingCommand", "command"]

PICTURES = (".png", ".svg", ".pdf")

_HELP = """\b
steepest train wine
steepest train digits --classes 0,1 --lr 0.005 --plot digits.png
steepest train breast_cancer --method nesterov --test 0.3 --save model.npz
steepest train housing --standardize --loss huber --epsilon 20000 --format json

Learn a linear model of DATA and say how good it is, on rows held out, beside a constant and scikit-learn's estimator.
DATA is breast_cancer, diabetes, digits, housing or wine, or a file: .csv, .tsv, .parquet, .npy, .npz or .svmlight.
'steepest predict' uses the model that --save keeps.
"""


class TrainingCommand(SectionedCommand):
    """Its flags are made when they are first wanted: ``steepest --help`` then imports no method."""

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        if not any(param.name == "loss" for param in self.params):
            from ..training_flags import training_flags

            self.params[1:] = training_flags()
        return super().get_params(ctx)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            from ..training_flags import no_such

            raise click.UsageError(no_such(error, self.name or "", [p.name or "" for p in self.params]), ctx) from None

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except SteepestError as error:
            raise ArgumentError(in_flags(str(error), [param.name or "" for param in self.params])) from error


def train_model(
    data: str, target: str | None, task: str, classes: Any, drop: tuple[str, ...], impute: str | None,
    standardize: bool, test: Any, seed: Any, format: str, plot: str | None, save: str | None, out_folder: str | None,
    fail: bool, progress: bool | None, **given: Any,
) -> int:  # fmt: skip
    """Checks what can be checked, trains, reports, writes; returns the exit code."""
    check_file(save, "--save", (".npz",))
    check_file(plot, "--plot", PICTURES)
    if out_folder is not None:
        check_folder(out_folder, "--out")
    from ..training_data import announced, data_of, table_of
    from ..training_model import estimator_of, trained

    if not isinstance(seed, int) or not 0 <= seed < 2**32:
        raise ArgumentError(f"--seed must be a whole number from 0 to {2**32 - 1}; got {seed!r}")
    with announced(f"reading {data}", progress):
        table = table_of(data, classes, target, task)
        estimator = estimator_of(str(table.kind), {k: v for k, v in given.items() if v is not None}, seed)
        parts = data_of(table, drop, impute, standardize, test, seed)
    seconds, notes = trained(estimator, parts, progress)
    with ExitStack() as then:  # whatever fails on the way, a finished model is shown, saved and drawn as far as it can
        if save is not None:
            then.callback(tell_saved, estimator, parts, save)
        report = reported(estimator, parts, seconds, notes, seed, progress)
        if plot is not None:
            then.callback(tell_drawn, report, plot)
        if out_folder is not None:
            then.callback(tell_all, report, Path(out_folder))
        show(report, format)
    if interrupted(report):
        return INTERRUPTED
    return NOT_CONVERGED if fail and not converged(estimator) else DONE


def reported(
    estimator: Any, parts: "Parted", seconds: float, notes: list[str], seed: int, progress: bool | None
) -> "Report":
    """Everything that is shown: the scores of the constant, of scikit-learn's and of ours, and the confusion matrix."""
    import numpy as np

    from ...problems.targets import label_texts
    from ...records.outcome import Outcome
    from ..training_data import announced
    from ..training_model import constant_of, peer_of, score_of, train_peer
    from ..training_report import Report

    name, constant = constant_of(parts)
    scores = [score_of(name, lambda X: np.full(X.shape[0], constant), parts, 0.0)]
    name, peer = peer_of(estimator, parts)
    if peer is None:
        notes = [*notes, name]
    elif estimator.run_.outcome is not Outcome.INTERRUPTED:
        try:
            with announced(f"training {name}", progress):
                spent, note = train_peer(peer, parts)
        except KeyboardInterrupt:
            spent, note = 0.0, "failed: interrupted"
        if note.startswith("failed"):
            notes = [*notes, f"{name} {note}"]
        else:
            scores.append(score_of(name, peer.predict, parts, spent, note))
    method = estimator.run_.recipe["method"]["name"]
    scores.append(score_of(f"steepest {method}", estimator.predict, parts, seconds))
    if parts.table.kind == "regression":
        return Report(parts, estimator, scores, notes, seed, None, [])
    from sklearn.metrics import confusion_matrix

    part = parts.train if parts.test is None else parts.test
    matrix = confusion_matrix(part.y, estimator.predict(part.X), labels=estimator.classes_)
    return Report(parts, estimator, scores, notes, seed, matrix, label_texts(estimator.classes_))


def interrupted(report: "Report") -> bool:
    from ...records.outcome import Outcome

    stopped = any(note.endswith("failed: interrupted") for note in report.notes)
    return stopped or report.estimator.run_.outcome is Outcome.INTERRUPTED


def converged(estimator: Any) -> bool:
    """A validation score that stopped rising is what early stopping asked for."""
    from ...records.outcome import Outcome

    run = estimator.run_
    return bool(run.success or (estimator.early_stopping and run.outcome is Outcome.STOPPED))


def show(report: "Report", format: str) -> None:
    """The report on standard output."""
    from ..training_report import lines, outcome_lines, summary

    if format == "json":
        out(as_json(summary(report)))
    elif format == "csv":
        say(outcome_lines(report)[0])
        show_csv(report.estimator.run_)
    else:
        out("\n".join(lines(report)))


def save_model(estimator: Any, parts: "Parted", path: Any) -> None:
    """The model, with what it was trained on and how in words."""
    from ... import __version__
    from ...estimators.saving import Model
    from ..training_model import described

    run, table = estimator.run_, parts.table
    about = {
        "version": __version__, "source": table.source, "rows": int(parts.train.X.shape[0]),
        "method": run.recipe["method"], "minimised": described(estimator), "outcome": run.outcome.name, "f": run.f,
    }  # fmt: skip
    Model(parts.preparation, estimator, about).save(path)


def tell_saved(estimator: Any, parts: "Parted", path: Any) -> None:
    save_model(estimator, parts, path)
    say(f"saved {path}")


def tell_drawn(report: "Report", path: str) -> None:
    from ..training_report import pictures, whole_picture

    whole_picture(pictures(report)).save(path)
    say(f"drew {path}")


def tell_all(report: "Report", folder: Path) -> None:
    """Writes the files of --out, of which there are as many as the data give reason for."""
    from ..training_report import pictures, summary

    save_model(report.estimator, report.data, folder / "model.npz")
    write_text(folder / "summary.json", as_json(summary(report)) + "\n")
    written = ["model.npz", "summary.json"]
    for name, picture in pictures(report).items():
        picture.save(folder / f"{name}.png")
        written.append(f"{name}.png")
    say(f"wrote {', '.join(written)} to {folder}")


command = TrainingCommand(
    "train", help=_HELP, short_help="Learn a linear model of a data set.", callback=train_model,
    params=[click.Argument(["data"])],
)  # fmt: skip
