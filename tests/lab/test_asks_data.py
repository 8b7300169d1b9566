"""Data in the lab: what is trained, judged and shared is what the library gives for the same arguments, bit for bit."""

import base64
import json
import shlex
import subprocess
import sys

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

import steepest
from steepest.cli.main import cli
from steepest.estimators.saving import load_model
from steepest.lab.asks import every_ask
from steepest.lab.held import Held
from steepest.lab.live import encoded
from steepest.lab.work import Job
from steepest.problems import tables

ASKS = every_ask()


@pytest.fixture
def asked(held):
    """An answer as the page gets it."""

    def ask(name, **arguments):
        return json.loads(encoded(ASKS[name].ask(arguments, Job(1, None, held, lambda job: None))))

    return ask


def unpacked(given):
    return np.frombuffer(base64.b64decode(given["base64"]), "<f8").reshape(given["shape"])


def builtin(name, **options):
    return {"kind": "builtin", "name": name, **options}


def run(batch_size=None, **fields):
    return {"method": "momentum", "fields": fields, "batch_size": batch_size}


DIGITS = builtin("digits", classes=["0", "1"])
LOG = {"loss": "log_loss", "penalty": "l2", "alpha": 1e-4, "multi_class": "auto"}

# -- what the page shows is what minimize returns ----------------------------------------------------------------------

KINDS = st.sampled_from([
    ("digits", ("3", "8"), None), ("digits", ("0", "1"), 32), ("wine", None, None), ("diabetes", None, None),
])  # fmt: skip
SETTINGS = st.tuples(
    KINDS, st.floats(1e-6, 0.5), st.floats(0, 0.95), st.sampled_from(["none", "l2"]), st.floats(1e-6, 1.0),
    st.sampled_from([0, 0.2, 0.25, 0.5]), st.integers(0, 2**32 - 1), st.booleans(), st.integers(1, 40),
)  # fmt: skip


@settings(max_examples=20)
@given(SETTINGS)
def test_what_the_page_shows_is_what_minimize_returns(held, setting):
    (name, classes, batch), rate, momentum, penalty, alpha, test, seed, standardize, epochs = setting
    loss = {"digits": "log_loss", "wine": "multinomial_log_loss", "diabetes": "squared_error"}[name]
    data = builtin(name, classes=classes and list(classes), test=test, seed=seed, standardize=standardize)
    model = {"loss": loss.removeprefix("multinomial_"), "penalty": penalty, "alpha": alpha, "multi_class": "auto"}
    answer = json.loads(encoded(ASKS["train"].ask(
        {"data": data, "model": model, "run": run(batch, learning_rate=rate, momentum=momentum), "epochs": epochs},
        Job(1, None, held, lambda job: None),
    )))  # fmt: skip
    table = steepest.datasets.table(name)
    table = table if classes is None else table.of_classes(*map(float, classes))
    train = table if test == 0 else tables.split(table, test, seed)[0]
    prepared = tables.Preparation.fit(train, None, standardize).apply(train)
    own = steepest.minimize(
        steepest.LinearModel(prepared.X, prepared.y, loss, None if penalty == "none" else penalty,
                             0.0 if penalty == "none" else alpha),
        None, "momentum", learning_rate=rate, momentum=momentum, batch_size=batch, max_iter=epochs, seed=seed,
    )  # fmt: skip
    np.testing.assert_array_equal(unpacked(answer["values"]), own.history.f)
    assert (answer["outcome"], answer["engine"], answer["nit"]) == (own.outcome.name, own.engine, own.nit)
    assert answer["f"] == (own.f if np.isfinite(own.f) else None)
    weights = answer["weights"]
    w = own.history.w[weights["rows"]].reshape(len(weights["rows"]), prepared.X.shape[1] + 1, -1)
    np.testing.assert_array_equal(unpacked(weights["values"]), w[:, 1:])
    np.testing.assert_array_equal(unpacked(weights["intercepts"]), w[:, 0])


def test_errors_are_those_of_predict(asked):
    answer = asked("train", data=DIGITS, model=LOG, run=run(learning_rate=1e-3), epochs=30)
    parts = tables.parted(steepest.datasets.table("digits").of_classes(0, 1))
    model = steepest.LinearModel(parts.train.X, parts.train.y, "log_loss", "l2", 1e-4)
    own = steepest.minimize(model, learning_rate=1e-3, max_iter=30)
    for name, part in (("error_train", parts.train), ("error_test", parts.test)):
        wrong = [float((model.predict(own.history.w[row], part.X) != part.y).mean()) for row in answer["error_rows"]]
        assert unpacked(answer[name]).tolist() == wrong
    assert answer["error_rows"] == list(range(31))
    assert answer["classes"] == ["0", "1"]
    assert answer["limit"] == float(steepest.stability_limit(model))


def test_axes_count_passes_updates_rows_and_seconds(asked):
    answer = asked("train", data=DIGITS, model=LOG, run=run(32, learning_rate=1e-4), epochs=5)
    assert answer["unit"] == "epoch"
    assert unpacked(answer["epochs_axis"]).tolist() == [0, 1, 2, 3, 4, 5]
    assert unpacked(answer["gradients_axis"]).tolist() == [9 * k for k in range(6)]
    assert unpacked(answer["samples_axis"]).tolist() == [270 * k for k in range(6)]
    assert (np.diff(unpacked(answer["seconds_axis"])) >= 0).all()


def test_the_article_s_own_loss_is_there(asked):
    """Half the sum of squares on the labels 0 and 1, cut half-way between."""
    model = {"loss": "squared_error", "penalty": "none", "reduction": "sum"}
    answer = asked("train", data=DIGITS, model=model, run=run(learning_rate=1e-6, momentum=0.5), epochs=40)
    parts = tables.parted(steepest.datasets.table("digits").of_classes(0, 1))
    own = steepest.minimize(
        steepest.LinearModel(parts.train.X, parts.train.y, reduction="sum"), learning_rate=1e-6, momentum=0.5,
        max_iter=40,
    )  # fmt: skip
    assert answer["f"] == own.f
    wrong, rows = own.training_errors
    assert unpacked(answer["error_train"])[-1] == wrong / rows
    assert 0 < answer["f"] < unpacked(answer["values"])[0] / 5
    judged = asked("judge", key=answer["key"], part="train")
    assert judged["wrong_count"] == wrong


# -- the table ---------------------------------------------------------------------------------------------------------


def test_a_built_in_table_is_told(asked):
    answer = asked("table", data=builtin("digits", classes=["0", "1"], test=0.25))
    assert (answer["kind"], answer["rows"], answer["train_rows"], answer["test_rows"]) == (
        "classification", 1797, 270, 90,
    )  # fmt: skip
    assert answer["classes"] == [str(k) for k in range(10)]
    assert sum(answer["counts"]) == 1797
    assert answer["image_shape"] == [8, 8]
    assert answer["losses"][0] == "log_loss"
    assert "squared_error" in answer["losses"]
    assert "squared_error" not in asked("table", data=builtin("digits"))["losses"]
    assert asked("table", data=builtin("diabetes"))["losses"][0] == "squared_error"
    assert len(answer["examples"][0]) == len(answer["columns"]) + 1


def upload(held, name, text):
    return held.uploads.add(name, text if isinstance(text, bytes) else text.encode()).id


PEOPLE = "id,age,city,smokes,joined,pay\n" + "\n".join(
    f"p{k},{20 + k % 40},{('Bern', 'Rome', 'Oslo')[k % 3]},{('yes', 'no')[k % 2]},2024-01-{10 + k % 20},{1000 + 7 * k}"
    for k in range(60)
)


def test_a_file_s_columns_have_types_and_faults_are_told_beside_them(asked, held):
    missing = PEOPLE.replace("p3,23,", "p3,,")
    data = {"kind": "file", "id": upload(held, "people.csv", missing), "name": "people.csv", "target": "pay"}
    answer = asked("table", data=data)
    assert {column["name"]: column["type"] for column in answer["columns"]} == {
        "id": "category", "age": "number", "city": "category", "smokes": "truth", "joined": "date",
    }  # fmt: skip
    assert (answer["kind"], answer["target"], answer["target_column"]["type"]) == ("regression", "pay", "number")
    assert set(answer["targets"]) == {"id", "age", "city", "smokes", "joined", "pay"}
    assert answer["fault"].startswith("people.csv row 4 has no value in column 'age'")
    assert answer["columns"][1]["missing"] == 1
    assert any("'id' differs in every row" in note for note in answer["notes"])
    assert any("'joined' holds dates" in note for note in answer["notes"])
    whole = asked("table", data=data | {"impute": "mean", "drop": ["id", "joined"]})
    assert whole["fault"] is None
    assert whole["train_rows"] + whole["test_rows"] == 60
    assert {column["name"] for column in whole["columns"] if column["used"]} == {"age", "city", "smokes"}


def test_a_file_is_trained_as_it_is_by_the_library(asked, held, tmp_path, monkeypatch):
    data = {
        "kind": "file", "id": upload(held, "people.csv", PEOPLE), "name": "people.csv", "target": "smokes",
        "drop": ["id", "joined", "city"], "standardize": True, "seed": 3,
    }  # fmt: skip
    setting = {"data": data, "model": LOG, "run": run(learning_rate=0.1), "epochs": 25}
    answer = asked("train", **setting)
    assert answer["feature_names"] == ["age", "pay"]
    shared, found = asked("share", **setting), {}
    (tmp_path / "people.csv").write_text(PEOPLE)
    monkeypatch.chdir(tmp_path)
    exec(shared["python"], found)
    np.testing.assert_array_equal(found["run"].history.f, unpacked(answer["values"]))
    assert losses_in(in_a_shell(shared["command"], tmp_path)) == unpacked(answer["values"]).tolist()
    listed = asked("judge", key=answer["key"])["wrong"][0]
    line = PEOPLE.splitlines()[listed["index"]].split(",")
    assert [text for _, text in listed["values"]] == [line[0], line[1], line[2], line[4], line[5]]
    assert listed["true"] == line[3]


def in_a_shell(command, folder):
    """What a command prints that is run as it was copied, in a process of its own."""
    return subprocess.run(
        f"{sys.executable} -m {command} --format json", shell=True, capture_output=True, text=True, check=True,
        cwd=folder,
    ).stdout  # fmt: skip


def in_this_process(command):
    """The same without the start of a process."""
    done = CliRunner().invoke(cli, [*shlex.split(command)[1:], "--format", "json"])
    assert done.exit_code == 0, done.stderr
    return done.stdout


def losses_in(printed):
    """The loss at the start and after each iteration."""
    curve = json.loads(printed)["loss_curve"]
    return [curve["start"], *curve["after"]]


# -- judging -----------------------------------------------------------------------------------------------------------


def test_the_matrix_counts_every_row_and_the_most_wrong_come_first(asked):
    data = builtin("digits")
    answer = asked("train", data=data, model=LOG, run=run(learning_rate=1e-3), epochs=20)
    judged = asked("judge", key=answer["key"])
    matrix = np.array(judged["matrix"])
    parts = tables.parted(steepest.datasets.table("digits"))
    assert matrix.sum() == judged["rows"] == len(parts.test_rows)
    assert matrix.sum() - np.trace(matrix) == judged["wrong_count"] == judged["listed_of"]
    assert judged["accuracy"] == pytest.approx(1 - unpacked(answer["error_test"])[-1], abs=1e-12)
    images = steepest.datasets.table("digits")
    for listed in judged["wrong"]:
        pixels = [column.values[listed["index"] - 1] for column in images.columns]
        assert unpacked(listed["values"]).tolist() == pixels
        assert listed["true"] == str(int(images.target.values[listed["index"] - 1])) != listed["predicted"]
    probabilities = [listed["probability"] for listed in judged["wrong"]]
    assert max(probabilities[:3]) >= max(probabilities[-3:])
    true, predicted = np.argwhere(matrix - np.diag(np.diag(matrix)))[0].tolist()
    cell = asked("judge", key=answer["key"], cell=[true, predicted])
    assert len(cell["wrong"]) == matrix[true, predicted]
    assert {(one["true"], one["predicted"]) for one in cell["wrong"]} == {(str(true), str(predicted))}
    start = asked("judge", key=answer["key"], row=0, part="train")
    assert start["accuracy"] == pytest.approx(1 - unpacked(answer["error_train"])[0], abs=1e-12)


def test_a_regression_is_judged_by_its_squares(asked):
    answer = asked(
        "train", data=builtin("diabetes", standardize=True), model={"loss": "squared_error"},
        run=run(learning_rate=0.1), epochs=50,
    )  # fmt: skip
    judged = asked("judge", key=answer["key"])
    pairs = unpacked(judged["pairs"])
    assert judged["rmse"] == pytest.approx(np.sqrt(np.mean((pairs[:, 0] - pairs[:, 1]) ** 2)), rel=1e-12)
    assert judged["rmse"] == unpacked(answer["error_test"])[-1] < judged["constant"]
    off = [abs(one["true"] - one["predicted"]) for one in judged["worst"]]
    assert off == sorted(off, reverse=True)


@pytest.mark.parametrize("loss", ["log_loss", "hinge"])
def test_the_boundary_is_where_predictions_change(asked, loss):
    data = builtin("wine", features=["alcohol", "flavanoids"], standardize=True)
    answer = asked("train", data=data, model={"loss": loss, "multi_class": "one_vs_rest"}, run=run(learning_rate=0.1),
                   epochs=50)  # fmt: skip
    found = asked("boundary", key=answer["key"])
    values, confidence, (high, wide) = unpacked(found["values"]), unpacked(found["confidence"]), found["shape"]
    assert values.shape == confidence.shape == (high, wide)
    assert 0 <= confidence.min() <= confidence.max() <= 1
    x, y = (np.linspace(*found["view"][side], size) for side, size in (("x", wide), ("y", high)))
    table = steepest.datasets.table("wine").with_columns("alcohol", "flavanoids")
    parts = tables.parted(table, standardize=True)
    model = steepest.LinearModel(parts.train.X, parts.train.y, loss)
    own = steepest.minimize(model, learning_rate=0.1, max_iter=50)
    for i, j in ((0, 0), (high - 1, wide - 1), (high // 2, wide // 3)):
        point = [(v - plan.shift) / plan.scale for v, plan in zip((x[j], y[i]), parts.preparation.columns, strict=True)]
        assert model.classes[int(values[i, j])] == own.predict([point])[0]
    points = found["points"]
    assert len(points["index"]) == 178
    row = points["index"][5] - 1
    assert unpacked(points["x"])[5] == steepest.datasets.table("wine").column("alcohol").values[row]
    zoomed = asked("boundary", key=answer["key"], view={"x": [12, 13], "y": [1, 2]}, row=3)
    assert zoomed["view"] == {"x": [12, 13], "y": [1, 2]}


# -- leaving with it ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "model", "run"),
    [
        (DIGITS, LOG, run()),
        (DIGITS, LOG, run(32, learning_rate=1e-4)),
        (DIGITS | {"standardize": True}, LOG, run(learning_rate=0.02, momentum=0.5)),
        (builtin("diabetes", standardize=True, test=0), {"loss": "squared_error"}, run(learning_rate=0.2)),
        (builtin("wine", features=["alcohol", "hue"], standardize=True), LOG | {"penalty": "none"},
         run(learning_rate=0.5)),
    ],
)  # fmt: skip
def test_what_is_copied_gives_the_same_numbers(asked, data, model, run):
    setting = {"data": data, "model": model, "run": run, "epochs": 30}
    answer, shared, found = asked("train", **setting), asked("share", **setting), {}
    exec(shared["python"], found)
    np.testing.assert_array_equal(found["run"].history.f, unpacked(answer["values"]))
    assert all(len(line) <= 100 for line in shared["python"].splitlines())
    comparable = data.get("standardize", False) and data["name"] != "diabetes"
    assert (shared["command"] is not None) == comparable
    assert bool(shared["why"]) != comparable
    if comparable:
        assert losses_in(in_this_process(shared["command"])) == unpacked(answer["values"]).tolist()


@pytest.mark.parametrize("kind", ["html", "csv", "png", "npz", "model"])
def test_every_file_can_be_left_with(asked, held, tmp_path, kind):
    setting = {"data": DIGITS, "model": LOG, "run": run(learning_rate=1e-3), "epochs": 30}
    stored = held.downloads.get(asked("export", **setting, **{"as": kind})["id"])
    starts = {"html": b"<!doctype", "csv": b"iteration,w0,", "png": b"\x89PNG", "npz": b"PK", "model": b"PK"}
    assert stored.path.read_bytes().startswith(starts[kind])
    if kind == "model":
        path = tmp_path / "model.npz"
        path.write_bytes(stored.path.read_bytes())
        model, table = load_model(path), steepest.datasets.table("digits").of_classes(0, 1)
        parts = tables.parted(table)
        held_out = table.take(np.searchsorted(table.rows, parts.test_rows))
        judged = asked("judge", key=asked("train", **setting)["key"])
        assert (model.predict(held_out) == held_out.target.values).mean() == judged["accuracy"]


def test_explanations_and_suggestions_are_those_of_the_library(asked):
    setting = {"data": DIGITS, "model": LOG, "run": run(learning_rate=1e-3), "epochs": 30}
    parts = tables.parted(steepest.datasets.table("digits").of_classes(0, 1))
    model = steepest.LinearModel(parts.train.X, parts.train.y, "log_loss", "l2", 1e-4)
    own = steepest.minimize(model, learning_rate=1e-3, max_iter=30).explain(attempts=False)
    assert asked("explain", **setting)["verdict"] == own.verdict
    best, found = steepest.suggest(model, max_iter=30), asked("suggest", **setting)
    assert found["fields"] == {"learning_rate": best.learning_rate, "momentum": best.momentum}


# -- what the lab holds ------------------------------------------------------------------------------------------------


def test_runs_have_keys_that_differ_between_labs_and_are_forgotten_in_time(asked, held):
    setting = {"data": DIGITS, "model": LOG, "run": run(learning_rate=1e-3), "epochs": 2}
    key = asked("train", **setting)["key"]
    assert asked("train", **setting)["key"] == key
    other = Held()
    there = ASKS["train"].ask(setting, Job(1, None, other, lambda job: None))
    other.close()
    assert there["key"] != key
    assert len(key) == 64
    held.runs.clear()
    with pytest.raises(steepest.SteepestError, match="the run is not in the lab any more; train again"):
        asked("judge", key=key)


def test_many_rows_are_thinned_in_what_is_sent_not_in_the_record(asked, held):
    answer = asked("train", data=DIGITS, model=LOG, run=run(learning_rate=1e-4), epochs=2000)
    assert unpacked(answer["values"]).shape == (2001,)
    assert len(answer["weights"]["rows"]) <= 120
    assert answer["weights"]["rows"][0] == 0
    assert answer["weights"]["rows"][-1] == answer["error_rows"][-1] == 2000
    assert len(answer["error_rows"]) <= 200
    assert held.runs.get(answer["key"]).run.history.w.shape == (2001, 65)


BAD = [
    ("table", {}, "data must be"),
    ("table", {"data": {"kind": ["builtin"]}}, "data must be"),
    ("table", {"data": {"kind": {}}}, "data must be"),
    ("table", {"data": builtin("mnist")}, "name must be one of"),
    ("table", {"data": builtin(["wine"])}, "name must be one of"),
    ("train", {"data": DIGITS}, "a run must be"),
    ("train", {"data": DIGITS, "run": run(), "model": []}, "model must be"),
    ("train", {"data": DIGITS, "run": run(), "model": {"loss": ["log_loss"]}}, "loss must be one of"),
    ("train", {"data": DIGITS, "run": run(), "model": {"reduction": "median"}}, "reduction must be"),
    ("table", {"data": builtin("wine", colour="red")}, "data has no 'colour'"),
    ("table", {"data": {"kind": "file", "id": 5}}, "id must be"),
    ("table", {"data": {"kind": "file", "id": "nothing", "name": "a.csv"}}, "file is not in the lab any more"),
    ("train", {"data": builtin("digits", classes=["0"])}, "classes must name at least two"),
    ("train", {"data": builtin("digits", classes=["0", "cat"])}, "classes has 'cat'"),
    ("train", {"data": builtin("digits", classes="01")}, "classes must be a list"),
    ("train", {"data": builtin("diabetes", classes=["0", "1"])}, "classes are for classification"),
    ("train", {"data": builtin("wine", features=["alcohol"])}, "features must be two columns"),
    ("train", {"data": builtin("wine", features=["alcohol", "price"])}, "wine has no column 'price'"),
    ("train", {"data": builtin("wine", test=1)}, "test must be a share"),
    ("train", {"data": builtin("wine", seed=-1)}, "seed must be a whole number"),
    ("train", {"data": builtin("wine", standardize=1)}, "standardize must be true or false"),
    ("train", {"data": DIGITS, "run": run(), "epochs": 10**9}, "epochs must be"),
    ("train", {"data": DIGITS, "run": run(0)}, "batch_size must be"),
    ("train", {"data": DIGITS, "run": run(learning_rate="fast")}, "learning_rate must be a number"),
    ("train", {"data": DIGITS, "run": run() | {"speed": 1}}, "run has no 'speed'"),
    ("train", {"data": DIGITS, "run": {"method": "newton"}}, "newton"),
    ("train", {"data": DIGITS, "run": run(), "model": {"loss": "poisson"}}, "loss must be one of"),
    ("train", {"data": builtin("wine"), "run": run(), "model": {"loss": "squared_error"}}, "loss must be one of"),
    ("train", {"data": DIGITS, "run": run(), "model": {"depth": 3}}, "model has no 'depth'"),
    ("train", {"data": DIGITS, "run": run(), "model": {"penalty": "l3"}}, "penalty must be"),
    ("train", {"data": DIGITS, "run": run(), "model": {"penalty": "l2", "alpha": "much"}}, "alpha must be a number"),
    ("train", {"data": DIGITS, "run": run(), "model": {"penalty": "l2", "alpha": -1}}, "alpha must be"),
    ("judge", {"key": "guess"}, "train again"),
    ("judge", {"key": ["a"]}, "train again"),
    ("boundary", {}, "train again"),
    ("export", {"data": DIGITS, "run": run(), "as": "gif"}, "as must be one of"),
]


@pytest.mark.parametrize(("name", "arguments", "part"), BAD)
def test_what_cannot_be_is_refused_in_a_sentence(held, name, arguments, part):
    with pytest.raises(steepest.SteepestError) as caught:
        ASKS[name].ask(arguments, Job(1, None, held, lambda job: None))
    assert part in str(caught.value)


def test_a_row_or_a_cell_that_is_not_there_is_refused(asked):
    key = asked("train", data=DIGITS, model=LOG, run=run(learning_rate=1e-3), epochs=5)["key"]
    for arguments, part in (
        ({"row": 6}, "row must be"), ({"row": -1}, "row must be"), ({"part": "all"}, "part must be"),
        ({"cell": [0, 2]}, "cell must be"), ({"cell": 3}, "cell must be"),
    ):  # fmt: skip
        with pytest.raises(steepest.SteepestError, match=part):
            asked("judge", key=key, **arguments)
    with pytest.raises(steepest.SteepestError, match="features must be two columns of numbers"):
        asked("boundary", key=key)
