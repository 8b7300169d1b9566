"""``steepest sweep``: lists and ranges, functions and data, what is shown and what is refused."""

import csv
import io
import json

import click
import pytest

import steepest as package
from steepest.cli.commands.sweep import command
from steepest.cli.options import Setting
from steepest.cli.sweep_flags import PYTHON_ONLY, Several
from steepest.verbs import sweep_groups


def options():
    return [param.name for param in command.get_params(click.Context(command))]


def test_no_flag_is_there_twice():
    assert len(options()) == len(set(options()))


def test_every_argument_of_sweep_is_a_flag_or_named_as_python_only():
    import inspect

    own = set(inspect.signature(package.sweep).parameters) | set(inspect.signature(package.minimize).parameters)
    own -= {"problem", "arguments", "hyperparameters"}
    assert own <= set(options()) | set(PYTHON_ONLY)


def test_no_field_of_a_method_is_an_argument_of_sweep():
    import inspect

    from steepest.base.fields import fields_of

    arguments = set(inspect.signature(package.sweep).parameters)
    for name in package.methods.names():
        assert arguments.isdisjoint(fields_of(package.methods.find(name)))


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("0.1", 0.1),
        ("0,0.5,0.9", [0, 0.5, 0.9]),
        ("1:3:3", [1.0, 2.0, 3.0]),
        ("1e-2:1:log:3", [0.01, 0.1, 1.0]),
        ("0.5,1:2:2", [0.5, 1.0, 2.0]),
        ("auto,0.1", [None, 0.1]),
        ("1:1:1", [1.0]),
    ],
)
def test_lists_and_ranges_are_read(text, values):
    found = Several(Setting(auto=None)).convert(text, None, None)
    assert found == (
        pytest.approx(values) if None not in (values if isinstance(values, list) else [values]) else values
    )


def test_schedules_stand_in_lists_too():
    found = Several(Setting()).convert("cosine(0.1, end=0.01),0.1", None, None)
    assert found == [package.schedules.Cosine(0.1, 0.01), 0.1]


def test_the_best_runs_come_first(steepest):
    result = steepest(
        "sweep", "sphere", "--lr", "0.001:0.1:log:3", "--momentum", "0,0.5", "--max-iter", "5", "--best", "2"
    )
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0] == "Sweep of momentum on sphere: 6 runs (3 x 2)"
    assert lines[-1] == "  ... and 4 more; --best 6 shows them all, --format csv too"
    assert lines[-3].split()[:3] == ["0.1", "0.5", "MAX_ITER"]


def test_csv_holds_all_runs_and_json_the_best(steepest):
    call = ("sweep", "sphere", "--lr", "0.01,0.1", "--method", "adam,momentum", "--max-iter", "5")
    rows = list(csv.DictReader(io.StringIO(steepest(*call, "--format", "csv").stdout)))
    assert [row["method"] for row in rows] == ["momentum", "momentum", "adam", "adam"] or len(rows) == 4
    told = json.loads(steepest(*call, "--format", "json").stdout)
    assert told["runs"] == 4
    assert told["outcomes"] == {"MAX_ITER": 4}
    assert told["best"]["f"] == min(float(row["f"]) for row in rows)
    assert told["best"] == told["rows"][0]


def test_a_data_set_is_swept_over_batch_sizes_and_seeds(steepest):
    call = ("sweep", "digits", "--classes", "0,1", "--lr", "0.0001", "--batch-size", "16,none", "--seed", "0:1:2")
    told = json.loads(steepest(*call, "--max-iter", "2", "--format", "json").stdout)
    assert told["axes"] == {"batch_size": [16, None], "seed": [0, 1]}
    assert told["problem"] == "linear model"


def test_files_are_written(steepest, tmp_path):
    picture, kept = tmp_path / "map.png", tmp_path / "sweep.npz"
    call = ("sweep", "sphere", "--lr", "0.01,0.1", "--momentum", "0,0.5", "--max-iter", "3")
    result = steepest(*call, "--plot", str(picture), "--save", str(kept))
    assert result.exit_code == 0
    assert picture.stat().st_size > 1000
    assert len(package.load(kept)) == 4


def test_a_dry_run_only_tells(steepest):
    result = steepest("sweep", "sphere", "--lr", "0.1:0.2:5", "--dry-run")
    assert result.stdout.startswith("5 runs, 0 together in 1 pass (python): about ")


def test_exit_codes(steepest, monkeypatch):
    call = ("sweep", "sphere", "--lr", "0.01,0.1", "--max-iter", "3")
    assert steepest(*call).exit_code == 0
    assert steepest(*call, "--fail").exit_code == 1
    assert steepest("sweep", "sphere", "--lr", "0.1,0.2", "--fail").exit_code == 0

    def struck(*arguments, **given):
        raise KeyboardInterrupt

    monkeypatch.setattr(sweep_groups, "minimize", struck)
    result = steepest(*call)
    assert result.exit_code == 130
    assert "NOT_RUN 2" in result.stdout


def test_an_interrupted_sweep_goes_on_from_its_checkpoint(steepest, tmp_path):
    path = str(tmp_path / "check.npz")
    call = ("sweep", "sphere", "--lr", "0.01,0.1", "--max-iter", "3", "--checkpoint", path, "--format", "csv")
    first = steepest(*call).stdout
    assert steepest(*call).stdout == first


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--lr", "1:2:log:x"), "--learning-rate must be values, or a range low:high:count"),
        (("--lr", "-1:2:log:3"), "needs ends above 0"),
        (("--lr", "1:2:0"), "the count must be from 1"),
        (("--lr", "0.1:0.2"), "is drawn from: write --how 'random' and --runs k"),
        (("--lr", "0.1,0.2", "--momentum", "0,0.1,0.2", "--how", "zip"), "learning_rate 2 and momentum 3"),
        (("--batch-size", "1"), "--batch-size is for data, and this is a function"),
        (("--starts", "3"), "--starts is no flag of sweep: give the starts as an axis"),
        (("--best", "0"), "--best must be a whole number of at least 1"),
        (("--method", "gradient_descent", "--momentum", "0,0.5"), "momentum belongs to momentum"),
        (("--save", "x.txt"), "--save must end in .npz"),
        (("--lr", "1e-4:1:10000", "--momentum", "0:0.9:1000"), "10,000,000 runs"),
    ],
)  # fmt: skip
def test_what_cannot_be_swept_is_refused(refusal, words, says):
    assert says in refusal("sweep", "sphere", *words)
