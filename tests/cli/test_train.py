"""``steepest train``: what it prints, writes and refuses."""

import inspect
import json
import signal
import subprocess
import sys

import click
import numpy as np
import pytest

from steepest.cli.commands.train import command
from steepest.cli.minimize_flags import flag_of
from steepest.cli.training_flags import ALIASES, LOSS_FIELDS, PYTHON_ONLY
from steepest.estimators import DescentClassifier, DescentRegressor
from steepest.estimators.saving import load_model
from steepest.plots.confusion import confusion_of

PARAMETERS = {**inspect.signature(DescentClassifier).parameters, **inspect.signature(DescentRegressor).parameters}


@pytest.fixture
def flowers(tmp_path):
    """A file of two classes, with words, an identifier and, in row 3, an empty cell."""
    rng = np.random.default_rng(0)
    lines = ["id,height,colour,kind"]
    for k in range(40):
        kind = "rose" if k % 2 else "tulip"
        height = "" if k == 2 else f"{rng.normal(3 if k % 2 else 1):.3f}"
        lines.append(f"n{k},{height},{'red' if k % 3 else 'white'},{kind}")
    path = tmp_path / "flowers.csv"
    path.write_text("\n".join(lines) + "\n")
    return str(path)


def summary_of(steepest, *args):
    return json.loads(steepest("train", *args, "--format", "json").stdout)


# -- flags -----------------------------------------------------------------------------------------------------------


def options():
    return {option.name: option for option in command.get_params(click.Context(command))}


def test_every_parameter_of_the_estimators_is_a_flag_or_named_as_python_only():
    flags = options()
    assert set(PARAMETERS) <= set(flags) | set(PYTHON_ONLY)
    assert set(flags).isdisjoint(PYTHON_ONLY)
    for name in set(PARAMETERS) - set(PYTHON_ONLY):
        assert flag_of(name) in flags[name].opts


def test_what_the_help_says_of_defaults_is_what_the_estimators_have():
    helps = {name: option.help for name, option in options().items() if name in PARAMETERS}
    for name in ("alpha", "l1_ratio", "max_iter", "tol", "n_iter_no_change", "validation_fraction", "epsilon",
                 "quantile", "penalty", "method"):  # fmt: skip
        assert (
            f"default {PARAMETERS[name].default:{'' if isinstance(PARAMETERS[name].default, str) else 'g'}}"
            in helps[name]
        )
    assert set(LOSS_FIELDS) <= set(helps)


def test_aliases_lead_to_flags():
    assert set(ALIASES.values()) <= set(options())
    assert set(ALIASES).isdisjoint(options())


def test_other_libraries_names_are_answered_with_ours(refusal):
    assert refusal("train", "wine", "--eta", "1") == "--eta is no flag of train; did you mean --learning-rate?"
    assert "--warm-start is no flag of train: each call trains a new model" in refusal("train", "wine", "--warm-start")


# -- what is shown ---------------------------------------------------------------------------------------------------


def test_the_report_names_data_method_outcome_and_has_a_baseline_and_scikit_learn_beside_ours(steepest):
    result = steepest("train", "wine")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.isascii()
    lines = result.stdout.splitlines()
    assert lines[0] == "wine, 178 rows, 13 columns, 3 classes of 'cultivar': 0 59, 1 71, 2 48"
    assert lines[1] == "trained on 133 rows, tested on 45 others (seed 0)"
    assert lines[2].startswith("momentum   learning_rate 0.4228 (auto: 1 / curvature ")
    assert lines[2].endswith("momentum 0.9   softmax   l2 alpha 0.0001")
    assert lines[4].startswith("CONVERGED after 27 iterations, ")
    names = ["baseline: always 1", "scikit-learn LogisticRegression", "steepest momentum"]
    at = [next(k for k, line in enumerate(lines) if line.startswith(f"  {name}")) for name in names]
    assert at == [at[0], at[0] + 1, at[0] + 2]
    assert lines[at[0] - 1].split() == ["train", "accuracy", "test", "accuracy", "fit", "in"]
    assert lines[-4].split() == ["0", "1", "2"]
    counts = np.array([[int(word) for word in line.split()[1:]] for line in lines[-3:]])
    assert counts.sum() == 45
    right = float(lines[at[2]].split()[3])
    assert right == pytest.approx(np.trace(counts) / 45, abs=1e-4)


def test_a_regression_shows_r2_and_rmse_and_no_matrix(steepest):
    found = summary_of(steepest, "diabetes", "--standardize")
    constant, theirs, ours = found["scores"]
    assert [score["name"] for score in found["scores"]] == [
        "baseline: the mean", "scikit-learn Ridge", "steepest momentum",
    ]  # fmt: skip
    assert constant["train"]["r2"] == pytest.approx(0, abs=1e-12)
    assert ours["test"]["r2"] == pytest.approx(theirs["test"]["r2"], abs=0.01)
    assert ours["test"]["rmse"] < constant["test"]["rmse"]
    assert found["confusion"] is None
    assert found["data"]["standardize"] is True


def test_the_summary_holds_what_the_report_tells(steepest):
    found = summary_of(steepest, "breast_cancer", "--test", "0.3", "--seed", "5", "--max-iter", "5")
    assert found["data"]["rows"] == 569
    assert found["data"]["train_rows"] + found["data"]["test_rows"] == 569
    assert found["data"]["classes"] == found["confusion"]["labels"] == ["benign", "malignant"]
    assert np.sum(found["confusion"]["matrix"]) == found["data"]["test_rows"] == 171
    assert found["run"]["outcome"] == "MAX_ITER"
    assert len(found["loss_curve"]["after"]) == found["run"]["nit"] == 5
    assert found["loss_curve"]["start"] == pytest.approx(np.log(2))


def test_the_same_seed_gives_the_same_model(steepest):
    args = ("wine", "--batch-size", "16", "--max-iter", "3", "--test", "0.4")
    first, again, other = (summary_of(steepest, *args, "--seed", seed) for seed in ("1", "1", "2"))
    assert first["run"]["f"] == again["run"]["f"] != other["run"]["f"]


def test_csv_is_the_loss_row_by_row(steepest):
    result = steepest("train", "wine", "--test", "0", "--max-iter", "4", "--format", "csv")
    header, *rows = result.stdout.splitlines()
    assert header.startswith("iteration,f,")
    assert [row.split(",")[0] for row in rows] == ["0", "1", "2", "3", "4"]
    assert result.stderr.startswith("MAX_ITER ")


def test_without_held_out_rows_the_training_rows_are_counted(steepest):
    out = steepest("train", "wine", "--test", "0").stdout
    assert "trained on 178 rows, none held out" in out
    assert "training rows by true class" in out
    assert "test accuracy" not in out


def test_parameters_reach_the_estimator(steepest):
    args = ("--method", "adam", "--beta1", "0.8", "--lr", "0.05", "--loss", "squared_hinge", "--penalty", "elasticnet",
            "--l1-ratio", "0.5", "--alpha", "0.01", "--max-iter", "7", "--class-weight", "balanced")  # fmt: skip
    lines = steepest("train", "wine", *args).stdout.splitlines()
    assert lines[2] == (
        "adam   learning_rate 0.05   beta1 0.8   beta2 0.999   epsilon 1e-08   epsilon_root 0   squared_hinge   "
        "elasticnet alpha 0.01, l1_ratio 0.5   class_weight balanced"
    )


def test_epsilon_is_the_loss_s_where_it_has_one_and_else_the_method_s(steepest):
    few = ("--max-iter", "2", "--method", "adam", "--epsilon", "20")
    with_loss = steepest("train", "diabetes", "--loss", "huber", *few).stdout.splitlines()[2]
    without = steepest("train", "diabetes", *few).stdout.splitlines()[2]
    assert "epsilon 1e-08   epsilon_root 0   huber epsilon 20" in with_loss
    assert "epsilon 20   epsilon_root 0   squared_error" in without


@pytest.mark.parametrize(
    ("args", "name"),
    [
        (("wine", "--loss", "hinge"), "scikit-learn SGDClassifier, scaled"),
        (("wine", "--loss", "hinge", "--standardize"), "scikit-learn SGDClassifier"),
        (("wine", "--multi-class", "one_vs_rest"), "scikit-learn one-vs-rest LogisticRegression"),
        (("diabetes", "--penalty", "none"), "scikit-learn LinearRegression"),
        (("diabetes", "--penalty", "l1"), "scikit-learn Lasso"),
        (("diabetes", "--penalty", "elasticnet"), "scikit-learn ElasticNet"),
        (("diabetes", "--loss", "huber"), "scikit-learn SGDRegressor, scaled"),
        (("diabetes", "--loss", "poisson"), "scikit-learn PoissonRegressor"),
        (("diabetes", "--loss", "absolute_error"), "scikit-learn QuantileRegressor"),
    ],
)
def test_scikit_learn_s_row_is_the_like_for_like_estimator(steepest, args, name):
    assert summary_of(steepest, *args, "--max-iter", "3")["scores"][1]["name"] == name


@pytest.mark.parametrize("penalty", ["l2", "l1", "elasticnet"])
def test_scikit_learn_minimises_the_same_objective(steepest, penalty):
    args = ("diabetes", "--standardize", "--penalty", penalty, "--alpha", "0.5", "--tol", "1e-10")
    _, theirs, ours = summary_of(steepest, *args, "--max-iter", "5000")["scores"]
    assert ours["train"]["r2"] == pytest.approx(theirs["train"]["r2"], abs=1e-5)


def test_where_scikit_learn_has_nothing_alike_the_report_says_so(steepest):
    found = summary_of(steepest, "diabetes", "--loss", "poisson", "--penalty", "l1", "--max-iter", "2")
    assert len(found["scores"]) == 2
    assert found["model"]["notes"] == ["scikit-learn has no poisson regression with the penalty l1"]


def test_a_rate_too_large_says_why_and_what_to_try(steepest):
    result = steepest("train", "wine", "--lr", "1000", "--fail")
    assert result.exit_code == 1
    assert "DIVERGED at iteration " in result.stdout
    assert "  why   learning_rate 1000 is above 1.61" in result.stdout
    assert "  try   --lr 0.42" in result.stdout
    assert "the model has the weights of the lowest objective" in result.stdout


def test_separable_classes_without_a_penalty_are_told(steepest):
    out = steepest("train", "digits", "--classes", "0,1", "--penalty", "none").stdout
    assert "  note  the classes are separated by the model and there is no penalty" in out


def test_fail_is_for_training_that_did_not_converge(steepest):
    assert steepest("train", "wine", "--fail").exit_code == 0
    assert steepest("train", "wine", "--max-iter", "2").exit_code == 0
    assert steepest("train", "wine", "--max-iter", "2", "--fail").exit_code == 1
    stopped = steepest("train", "wine", "--early-stopping", "--fail")
    assert stopped.exit_code == 0
    assert "the validation score no longer rose" in stopped.stdout


# -- files -----------------------------------------------------------------------------------------------------------


def test_a_file_with_words_and_gaps(steepest, refusal, flowers):
    said = refusal("train", flowers, "--drop", "id")
    assert "flowers.csv row 3 has no value in column 'height'" in said
    assert "--impute 'mean'" in said
    found = summary_of(steepest, flowers, "--drop", "id", "--impute", "median", "--standardize")
    assert found["data"] == {
        "source": "flowers.csv", "kind": "classification", "target": "kind", "rows": 40, "columns": 2, "features": 3,
        "train_rows": 30, "test_rows": 10, "seed": 0, "impute": "median", "standardize": True, "filled": 1,
        "classes": ["rose", "tulip"],
    }  # fmt: skip


def test_target_and_task(steepest, tmp_path):
    path = tmp_path / "t.tsv"
    path.write_text("a\tb\tc\n" + "".join(f"{k % 5}\t{k}\t{k * 0.5 + k % 3}\n" for k in range(30)))
    assert summary_of(steepest, str(path))["data"]["kind"] == "regression"
    assert summary_of(steepest, str(path), "--target", "a")["data"]["kind"] == "classification"
    forced = summary_of(steepest, str(path), "--target", "1", "--task", "regression")["data"]
    assert (forced["kind"], forced["target"]) == ("regression", "a")


def test_sparse_rows(steepest, tmp_path):
    path = tmp_path / "s.svm"
    path.write_text("".join(f"{k % 2} {1 + k % 2}:1 {3 + k % 4}:{0.5 + k / 50}\n" for k in range(40)))
    found = summary_of(steepest, str(path))
    assert found["scores"][2]["test"]["accuracy"] == 1
    assert steepest("train", str(path), "--save", str(tmp_path / "m.npz")).exit_code == 0


def test_out_writes_all_of_it(steepest, tmp_path):
    folder = tmp_path / "report"
    result = steepest("train", "digits", "--classes", "0,1", "--out", str(folder), "--plot", str(tmp_path / "all.svg"))
    assert result.exit_code == 0
    written = ["confusion.png", "loss.png", "model.npz", "summary.json", "weights.png"]
    assert sorted(path.name for path in folder.iterdir()) == written
    assert json.loads((folder / "summary.json").read_text())["data"]["source"] == "digits"
    assert load_model(folder / "model.npz").classes == ["0", "1"]
    assert (tmp_path / "all.svg").read_bytes().startswith(b"<?xml")


def test_a_regression_has_no_confusion_and_no_weights_to_draw(steepest, tmp_path):
    folder = tmp_path / "report"
    steepest("train", "diabetes", "--max-iter", "3", "--out", str(folder))
    assert sorted(path.name for path in folder.iterdir()) == ["loss.png", "model.npz", "summary.json"]


# -- what is refused -------------------------------------------------------------------------------------------------

REFUSED = {
    ("nothing",): "no built-in data and no file; built in are",
    ("wime",): "did you mean 'wine'?",
    ("nothing.csv",): "'nothing.csv' does not exist",
    ("digits", "--target", "x"): "--target is for files; digits has its own",
    ("wine", "--classes", "0,1"): "--classes is for the digits",
    ("digits", "--classes", "0"): "at least two different digits",
    ("digits", "--classes", "0.5,1"): "--classes must be digits such as 0,1; got 0.5,1",
    ("digits", "--classes", "inf,1"): "at least two different digits",
    ("wine", "--drop", "nope"): "wine has no column 'nope'",
    ("wine", "--drop", "cultivar"): "--drop cultivar would leave out the target",
    ("wine", "--alpha", "-1"): "--alpha must be a number in [0.0, inf); got -1",
    ("wine", "--lr", "0"): "--learning-rate must be auto, a number above 0, a schedule or a line search; got 0",
    ("wine", "--tol", "-1"): "--tol must be a number in [0.0, inf) or none; got -1",
    ("wine", "--max-iter", "0"): "--max-iter must be a whole number in [1, inf); got 0",
    ("wine", "--batch-size", "1.5"): "--batch-size must be auto, none or a whole number in [1, inf); got 1.5",
    ("wine", "--penalty", "l3"): "'l3' is not one of 'l2', 'l1', 'elasticnet', 'none'",
    ("wine", "--l1-ratio", "0.5"): "--l1-ratio is for --penalty elasticnet",
    ("wine", "--validation-fraction", "0.5"): "--validation-fraction is for --early-stopping",
    ("wine", "--loss", "huber"): "--loss huber is not for classification; there are hinge,",
    ("wine", "--loss", "nope"): "loss 'nope' is not known",
    ("wine", "--loss", "multinomial_log_loss"): "write --loss log_loss",
    ("wine", "--quantile", "0.3"): "loss 'log_loss' has no --quantile; it is for quantile",
    ("wine", "--epsilon", "3"): "method 'momentum' has no --epsilon",
    ("wine", "--method", "adam", "--momentum", "0.5"): "method 'adam' has no --momentum",
    ("wine", "--method", "nope"): "method 'nope' is not known",
    ("diabetes", "--class-weight", "balanced"): "--class-weight is for classification, and this is a regression",
    ("wine", "--test", "1"): "--test must be a share of the rows, at least 0 and below 1; got 1",
    ("wine", "--test", "nan"): "--test must be a share",
    ("wine", "--test", "0.999"): "leaves none of 178 rows of wine to train on",
    ("wine", "--seed", "-1"): "--seed must be a whole number from 0 to 4294967295; got -1",
    ("wine", "--seed", "1.5"): "--seed must be a whole number",
    ("wine", "--save", "model.pkl"): "--save must end in .npz; got 'model.pkl'",
    ("wine", "--plot", "path.gif"): "--plot must end in .png, .svg or .pdf",
    ("wine", "--plot", "no/path.png"): "the folder 'no' does not exist",
    ("breast_cancer", "--task", "regression"): "regression needs numbers, use classification",
}


@pytest.mark.parametrize("args", REFUSED, ids=" ".join)
def test_unusable_flags_are_one_sentence(refusal, args, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert REFUSED[args] in refusal("train", *args)


BROKEN = {
    "columns.csv": (b"a,b\n" + b"1,2\n" * 699 + b"1,2,3\n", "row 700 has 3 columns, the header has 2"),
    "empty.csv": (b"", "empty.csv is empty"),
    "one.csv": (b"a,label\n1,x\n2,x\n3,x\n", "y holds one class only (x); a classifier needs at least two"),
    "cut.npz": (b"PK\x03\x04junk", "is no .npz file, or a damaged one"),
    "cut.npy": (b"\x93NUMPY\x01\x00v", "is no .npy array, or a damaged one"),
    "model.pkl": (b"\x80\x04.", "pickles are never loaded"),
    "rows.svm": (b"1 a:b\n", "is not valid svmlight text"),
    "counts.csv": (b"a,y\n1,-1.5\n2,2.5\n3,4.5\n4,1\n", "y must not be negative"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_files_are_one_sentence(refusal, name, tmp_path):
    path = tmp_path / name
    path.write_bytes(BROKEN[name][0])
    extra = ("--loss", "poisson", "--test", "0") if name == "counts.csv" else ()
    assert BROKEN[name][1] in refusal("train", str(path), *extra)


class Marker:
    def __reduce__(self):
        return print, ("unpickled",)


def test_pickled_objects_are_refused_and_not_run(refusal, tmp_path, capfd):
    path = tmp_path / "p.npz"
    np.savez(path, X=np.array([[Marker()]], dtype=object), y=np.zeros(1))
    assert "pickled objects, which can run code and are never loaded" in refusal("train", str(path))
    assert "unpickled" not in capfd.readouterr().out


# -- as a process ----------------------------------------------------------------------------------------------------

LIGHT = """
import sys
from steepest.cli.main import main
sys.argv = ["steepest", {command!r}, "--help"]
try: main()
except SystemExit as exit: assert not exit.code
heavy = ["numpy", "scipy", "numba", "sklearn", "matplotlib", "pandas", "pyarrow", "rich", "jax"]
print("loaded", *[name for name in heavy if name in sys.modules])
"""


@pytest.mark.parametrize("name", ["train", "predict"])
def test_help_loads_no_library(name):
    done = subprocess.run(
        [sys.executable, "-c", LIGHT.format(command=name)], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "loaded"


def test_a_bad_file_in_a_process_of_its_own(process, tmp_path):
    path = tmp_path / "bad.csv"
    path.write_bytes(b"\xff\xfe\x00a,b\n1")
    done = process("train", str(path))
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("error: bad.csv ")
    assert done.stderr.count("\n") == 1


ENDLESS = """
import sys
from steepest.cli.main import main
from steepest.engines.session import Session

def store(session, *args, store=Session.store):
    first = session.rows == 0
    store(session, *args)
    if first:
        print("descending", file=sys.stderr, flush=True)

Session.store = store
endless = ["--tol", "none", "--max-iter", "100000000", "--lr", "1e-9"]
sys.argv = ["steepest", "train", "wine", *endless, "--save", sys.argv[1]]
main()
"""


def test_ctrl_c_shows_and_saves_what_was_done(tmp_path):
    path = tmp_path / "m.npz"
    with subprocess.Popen(
        [sys.executable, "-c", ENDLESS, str(path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stderr.readline() == "descending\n"
        running.send_signal(signal.SIGINT)
        out, err = running.communicate()
    assert running.returncode == 130
    assert "INTERRUPTED after " in out
    assert err == f"saved {path}\n"
    assert load_model(path).classes == ["0", "1", "2"]


# -- the picture -----------------------------------------------------------------------------------------------------


def test_the_confusion_view_gives_its_data_first():
    display = confusion_of([[3, 1], [0, 0]], ["a", "b"])
    assert display.figure_ is None
    assert display.data["shares"].tolist() == [[0.75, 0.25], [0, 0]]
    assert display.data["note"] == "3 of 4 rows right"
    assert [text.get_text() for text in display.plot().ax_.texts[:2]] == ["3", "1"]


@pytest.mark.parametrize("size", [2, 30, 60])
def test_many_classes_are_drawn_without_numbers(size):
    ax = confusion_of(np.eye(size) * 7, [f"class {k}" for k in range(size)]).plot().ax_
    assert sum(text.get_text() == "7" for text in ax.texts) == (size if size <= 20 else 0)
    assert len(ax.get_xticklabels()) >= size or size > 40


@pytest.mark.parametrize(
    ("matrix", "labels", "said"),
    [
        ([[1, 2]], ["a"], "must have the shape"),
        ([[0.5]], ["a"], "must hold counts"),
        ([[-1]], ["a"], "must hold counts"),
        ([[1]], ["a", "b"], "one name for each"),
        ("ab", ["a"], "must be numbers"),
    ],
)
def test_bad_matrices_are_one_sentence(matrix, labels, said):
    with pytest.raises((ValueError, TypeError), match=said):
        confusion_of(matrix, labels)
