"""``steepest predict``, and the file between ``train`` and it."""

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest

import steepest as package
from steepest.base.errors import ArgumentError
from steepest.estimators.saving import FORMAT, load_model
from steepest.problems import datasets
from steepest.problems.targets import label_texts

FEW = ("--max-iter", "30")


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """``models("wine", ...)``: the path of a model that ``steepest train`` saved; each is trained once."""
    from click.testing import CliRunner

    from steepest.cli.main import cli

    folder, known = tmp_path_factory.mktemp("models"), {}

    def path(*args):
        if args not in known:
            known[args] = str(folder / f"{len(known)}.npz")
            assert CliRunner().invoke(cli, ["train", *args, *FEW, "--save", known[args]]).exit_code == 0
        return known[args]

    return path


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_predictions_are_the_estimator_s(steepest, models):
    path = models("breast_cancer")
    known, table = load_model(path), datasets.table("breast_cancer")
    result = steepest("predict", path, "breast_cancer", "--proba", "--format", "csv")
    rows = rows_of(result.stdout)
    assert [row["predicted"] for row in rows] == known.predict(table).tolist()
    assert [row["true"] for row in rows] == table.target.values.tolist()
    probabilities = [[float(row["probability benign"]), float(row["probability malignant"])] for row in rows]
    assert np.array_equal(probabilities, known.predict_proba(table))
    right = sum(row["predicted"] == row["true"] for row in rows)
    assert result.stderr == f"accuracy {right / 569:.4f}, {right} of 569 rows right\n"


def test_a_saved_model_predicts_as_the_fitted_one(models):
    known = load_model(models("diabetes", "--standardize", "--loss", "huber", "--epsilon", "3"))
    assert known.estimator.epsilon == 3
    X = known.preparation.apply(datasets.table("diabetes")).X
    assert np.array_equal(
        known.predict(datasets.table("diabetes")), X @ known.estimator.coef_ + known.estimator.intercept_
    )


def test_the_table_shows_a_few_rows_and_the_score(steepest, models):
    lines = steepest("predict", models("wine"), "wine").stdout.splitlines()
    assert lines[0] == "wine, 178 rows, model trained on wine: softmax   l2 alpha 0.0001"
    assert lines[1].startswith("accuracy ")
    assert lines[3].split() == ["row", "predicted", "true"]
    assert lines[-1] == "  ... and 158 more; --format csv shows them all"


def test_out_writes_every_row(steepest, models, tmp_path):
    target = tmp_path / "p.csv"
    result = steepest("predict", models("diabetes"), "diabetes", "--out", str(target))
    assert result.exit_code == 0
    assert "R2 0." in result.stdout
    assert result.stderr == f"wrote {target}\n"
    rows = rows_of(target.read_text())
    assert len(rows) == 442
    assert list(rows[0]) == ["row", "predicted", "true"]


def test_json_is_the_summary_with_all_predictions(steepest, models):
    found = json.loads(steepest("predict", models("wine"), "wine", "--format", "json").stdout)
    assert found["classes"] == ["0", "1", "2"]
    assert len(found["predicted"]) == len(found["true"]) == 178
    assert found["scores"]["right"] == sum(map(str.__eq__, found["predicted"], found["true"]))
    assert found["probabilities"] is None


@pytest.fixture
def shop(tmp_path):
    """A model of words and numbers, and a function that writes a file of its columns."""

    def write(name, text):
        path = tmp_path / name
        path.write_text(text)
        return str(path)

    body = "".join(f"{k % 7},{'red' if k % 2 else 'blue'},{'1' if k % 2 else '2'}\n" for k in range(40))
    return write("train.csv", f"size,colour,class\n{body}"), write


def test_new_rows_need_no_target_and_may_have_other_columns(steepest, models, shop):
    data, write = shop
    path = models(data)
    new = write("new.csv", "extra,colour,size\nx,red,1\ny,blue,2\n")
    result = steepest("predict", path, new)
    assert "the data have no target: nothing to score" in result.stdout
    assert [row["predicted"] for row in rows_of(steepest("predict", path, new, "--format", "csv").stdout)] == ["1", "2"]


def test_labels_are_compared_as_they_are_written(steepest, models, shop):
    data, write = shop
    new = write("scored.csv", "size,colour,class\n1,red,1\n2,blue,2\n3,blue,3+\n")
    lines = steepest("predict", models(data), new).stdout.splitlines()
    assert lines[1] == "accuracy 0.6667, 2 of 3 rows right; 1 row of a class the model does not know"
    assert label_texts([1.0, 2.5]) == ["1", "2.5"]
    assert label_texts(np.array(["a", "1.0"])) == ["a", "1.0"]


def test_rows_that_do_not_fit_are_one_sentence(refusal, models, shop):
    data, write = shop
    path = models(data)
    assert "new.csv has no column 'colour'" in refusal("predict", path, write("new.csv", "size,x\n1,2\n"))
    said = refusal("predict", path, write("new.csv", "size,colour\n1,red\n2,green\n"))
    assert "new.csv row 2 holds 'green' in column 'colour', which no training row does" in said
    assert "row 1 has no value in column 'size'" in refusal("predict", path, write("new.csv", "size,colour\n,red\n"))
    assert "holds 'tall' in column 'size', which had numbers" in refusal(
        "predict", path, write("new.csv", "size,colour\ntall,red\n")
    )
    assert "wine has no column" in refusal("predict", path, "wine")


def test_unusable_flags_are_one_sentence(refusal, models):
    assert refusal("predict", "m.txt", "wine") == "MODEL must end in .npz; got 'm.txt'"
    assert refusal("predict", "no.npz", "wine").startswith("MODEL 'no.npz' is not a file; give a model")
    assert "--out must end in .csv" in refusal("predict", models("wine"), "wine", "--out", "p.txt")
    assert "predicts values, which have no probabilities" in refusal(
        "predict", models("diabetes"), "diabetes", "--proba"
    )
    said = refusal("predict", models("wine", "--loss", "hinge"), "wine", "--proba")
    assert "loss 'hinge', which gives no probabilities" in said
    assert "did you mean 'wine'?" in refusal("predict", models("wine"), "wime")


# -- the file --------------------------------------------------------------------------------------------------------


def changed(path, tmp_path, arrays=(), **meta):
    """The model file with some of its content replaced."""
    with np.load(path) as stored:
        found = {name: stored[name] for name in stored.files}
    whole = {**json.loads(str(found["meta"])), **meta}
    target = tmp_path / "changed.npz"
    np.savez(target, **{**found, "meta": np.array(json.dumps(whole)), **dict(arrays)})
    return target


@pytest.mark.parametrize(
    ("arrays", "meta", "said"),
    [
        ({}, {"format": FORMAT + 1}, f"its format is {FORMAT + 1}, and this version of steepest reads {FORMAT}"),
        ({}, {"steepest": "other"}, "it is no model"),
        ({}, {"kind": "regression"}, "holds no steepest model, or a damaged one"),
        ({}, {"kind": "nonsense"}, "holds no steepest model, or a damaged one"),
        ({}, {"preparation": {}}, "holds no steepest model, or a damaged one"),
        ({}, {"parameters": {"loss": "nope", "multi_class": "auto", "fit_intercept": True}}, "or a damaged one"),
        ({"coef": np.zeros((3, 2))}, {}, "its weights have shape (3, 2), which does not fit its 13 columns"),
        ({"coef": np.full((3, 13), np.nan)}, {}, "its weights are damaged"),
        ({"intercept": np.zeros(1)}, {}, "its weights are damaged"),
        ({"classes": np.zeros((3, 1))}, {}, "its classes are damaged"),
        ({"classes": np.array(["a", "b", "c"])}, {}, None),
    ],
)
def test_damaged_models_are_one_sentence(models, tmp_path, arrays, meta, said):
    path = changed(models("wine"), tmp_path, arrays, **meta)
    if said is None:
        assert load_model(path).classes == ["a", "b", "c"]
        return
    with pytest.raises(ArgumentError) as raised:
        load_model(path)
    assert said in str(raised.value)


def test_other_files_are_one_sentence(tmp_path, models):
    run = tmp_path / "run.npz"
    package.minimize(package.gallery.sphere(), max_iter=2).save(run)
    with pytest.raises(ArgumentError, match="it holds a run; give a model"):
        load_model(run)
    whole = Path(models("wine")).read_bytes()
    for size in (0, 10, len(whole) // 2, len(whole) - 30):
        cut = tmp_path / "cut.npz"
        cut.write_bytes(whole[:size])
        with pytest.raises(ArgumentError, match="holds no steepest model, or a damaged one"):
            load_model(cut)


class Marker:
    def __reduce__(self):
        return print, ("unpickled",)


def test_nothing_is_ever_unpickled(models, tmp_path, capfd):
    path = changed(models("wine"), tmp_path, {"coef": np.array([Marker()], dtype=object)})
    with pytest.raises(ArgumentError, match="or a damaged one"):
        load_model(path)
    assert "unpickled" not in capfd.readouterr().out


def test_a_model_saved_again_is_the_same_file(models, tmp_path):
    known = load_model(models("wine"))
    again = known.save(tmp_path / "again.npz")
    assert again.read_bytes() == Path(models("wine")).read_bytes()
    assert known.about["source"] == "wine"
    with pytest.raises(ArgumentError, match=r"the folder .* does not exist"):
        known.save(tmp_path / "no" / "m.npz")
