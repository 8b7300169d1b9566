"""Saving and loading: the same bits, or one sentence."""

import io
import json
import pickle
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import steepest
from steepest.base.errors import ArgumentError
from steepest.records.history import History
from steepest.records.outcome import Outcome
from steepest.records.record import Best, Record, Updates
from steepest.records.storage import dumps, load_records, save_records

any_float = st.floats(allow_nan=True, allow_infinity=True)


@st.composite
def records(draw, updates=True):
    n, rows = draw(st.integers(1, 4)), draw(st.integers(0, 6))

    def column(*shape):
        return draw(hnp.arrays(np.float64, (rows, *shape), elements=any_float))

    columns = {
        name: column() for name in ("f", "grad_norm", "learning_rate", "seconds", "running_f") if draw(st.booleans())
    }
    if draw(st.booleans()):
        columns["w"] = column(n)
    if draw(st.booleans()):
        columns["n_grad"] = np.arange(rows) * 3
    vector = hnp.arrays(np.float64, n, elements=any_float)
    number = draw(any_float)
    kept = None
    if updates and draw(st.booleans()):
        kept = Updates(np.arange(rows), column(n), column())
    return Record(
        setup={"maximize": False, "batch_size": draw(st.sampled_from([None, 3])), "method": {"name": "momentum"}},
        hashed=lambda: {"problem": {"kind": "function"}, "w0": {"shape": [n]}},
        outcome=draw(st.sampled_from([*Outcome, None])), reason=draw(st.text(max_size=8)),
        trouble_at=draw(st.integers(0, 9)),
        w0=draw(vector), w=draw(vector), f=draw(any_float), best=Best(draw(vector), number, draw(st.integers(0, 9))),
        history=History(np.arange(rows, dtype=np.int64) * 2, **columns), nit=7, nfev=8, njev=9, seconds=0.125,
        engine="python", engine_reason="python: asked", grad_norm=draw(any_float), updates=kept,
        why="too \"steep\"", advice={"learning_rate": 0.1}, notes=("halved", "twice"),
    )  # fmt: skip


def same_bits(a, b):
    return a.shape == b.shape and a.dtype == b.dtype and np.array_equal(a, b, equal_nan=True)


def check(one, other):
    for name in ("setup", "outcome", "reason", "trouble_at", "nit", "nfev", "njev", "seconds", "engine",
                 "engine_reason", "why", "advice", "notes"):  # fmt: skip
        assert getattr(one, name) == getattr(other, name)
    assert one.recipe == other.recipe
    for name in ("f", "grad_norm"):
        assert same_bits(np.array(getattr(one, name)), np.array(getattr(other, name)))
    for name in ("w0", "w"):
        assert same_bits(getattr(one, name), getattr(other, name))
    assert same_bits(one.best.w, other.best.w)
    assert same_bits(np.array(one.best.f), np.array(other.best.f))
    assert one.best.iteration == other.best.iteration
    assert one.history.columns().keys() == other.history.columns().keys()
    for name, column in one.history.columns().items():
        assert same_bits(column, other.history.columns()[name])
    assert (one.updates is None) == (other.updates is None)
    if one.updates is not None:
        for name in ("iteration", "w", "running_f"):
            assert same_bits(getattr(one.updates, name), getattr(other.updates, name))


@given(several=st.lists(records(), min_size=1, max_size=3))
def test_an_npz_keeps_every_bit_of_every_start(tmp_path_factory, several):
    path = tmp_path_factory.mktemp("save") / "run.npz"
    assert save_records(several, path) == path
    assert [item.name for item in path.parent.iterdir()] == ["run.npz"]
    again = load_records(str(path))
    assert len(again) == len(several)
    for one, other in zip(several, again, strict=True):
        check(one, other)


@given(record=records(updates=False))
def test_a_parquet_keeps_every_bit(tmp_path_factory, record):
    path = tmp_path_factory.mktemp("save") / "run.parquet"
    save_records([record], path)
    check(record, load_records(path)[0])


def test_a_parquet_is_a_plain_table_to_anyone_else(tmp_path):
    import pyarrow.parquet

    run = steepest.minimize(steepest.gallery.sphere(), [1.0, 2.0], learning_rate=0.1, max_iter=4, grad_tol=None)
    table = pyarrow.parquet.read_table(run.save(tmp_path / "run.parquet")).to_pydict()
    assert table["iteration"] == [0, 1, 2, 3, 4]
    assert table["w0"] == run.history.w[:, 0].tolist()
    assert table["f"] == run.history.f.tolist()


def test_what_a_parquet_cannot_hold_is_refused_and_leaves_no_file(tmp_path):
    model = steepest.LinearModel(np.eye(3), [1.0, 2.0, 3.0])
    run = steepest.minimize(model, learning_rate=0.1, batch_size=1, max_iter=2, record="updates")
    with pytest.raises(ArgumentError, match=r"\.npz"):
        run.save(tmp_path / "run.parquet")
    several = steepest.minimize(
        steepest.gallery.rastrigin(), learning_rate=0.001, starts=3, bounds=steepest.Box([-1, -1], [1, 1]), max_iter=2
    )
    with pytest.raises(ArgumentError, match="other starts"):
        several.save(tmp_path / "run.parquet")
    assert not [*tmp_path.iterdir()]


@pytest.fixture
def run():
    model = steepest.LinearModel(np.arange(12.0).reshape(4, 3), [1.0, 2.0, 3.0, 5.0])
    return steepest.minimize(model, learning_rate=0.001, batch_size=1, max_iter=3, record="updates")


def one_sentence(error):
    message = str(error.value)
    assert "\n" not in message
    assert "Traceback" not in message
    return message


@pytest.mark.parametrize("name", ["run.txt", "run", "run.npz.zip", "run.NPY"])
def test_another_suffix_is_refused_by_name(tmp_path, run, name):
    with pytest.raises(ArgumentError, match=r"\.npz or \.parquet") as error:
        run.save(tmp_path / name)
    assert name in one_sentence(error)
    (tmp_path / name).write_bytes(b"")
    with pytest.raises(ArgumentError, match=r"\.npz or \.parquet"):
        steepest.load(tmp_path / name)


def test_a_missing_folder_and_a_missing_file_are_named(tmp_path, run):
    with pytest.raises(ArgumentError, match="nowhere") as error:
        run.save(tmp_path / "nowhere" / "run.npz")
    one_sentence(error)
    with pytest.raises(ArgumentError, match=r"nothing\.npz") as error:
        steepest.load(tmp_path / "nothing.npz")
    one_sentence(error)
    with pytest.raises(ArgumentError) as error:
        steepest.load(tmp_path)
    one_sentence(error)


def test_a_file_that_cannot_be_written_leaves_nothing_behind(tmp_path, run):
    (tmp_path / "run.npz").mkdir()
    with pytest.raises(ArgumentError, match="cannot be written") as error:
        run.save(tmp_path / "run.npz")
    one_sentence(error)
    assert [item.name for item in tmp_path.iterdir()] == ["run.npz"]


def test_a_save_that_breaks_off_keeps_the_file_that_was_there(tmp_path, run, monkeypatch):
    path = run.save(tmp_path / "run.npz")
    before = path.read_bytes()

    def half(file, **arrays):
        file.write(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(np, "savez", half)
    with pytest.raises(KeyboardInterrupt):
        run.save(path)
    assert path.read_bytes() == before
    assert [item.name for item in tmp_path.iterdir()] == ["run.npz"]


@pytest.mark.parametrize("suffix", ["npz", "parquet"])
@given(share=st.floats(0, 1, exclude_max=True))
def test_a_truncated_file_is_one_sentence(tmp_path_factory, suffix, share):
    folder = tmp_path_factory.mktemp("cut")
    whole = steepest.minimize(steepest.gallery.sphere(), [1.0, 2.0], learning_rate=0.1, max_iter=3).save(
        folder / f"run.{suffix}"
    )
    content = whole.read_bytes()
    whole.write_bytes(content[: int(share * len(content))])
    with pytest.raises(ArgumentError) as error:
        load_records(whole)
    assert f"run.{suffix}" in one_sentence(error)


@given(share=st.floats(0, 1, exclude_max=True), flip=st.integers(1, 255))
def test_a_corrupt_npz_is_one_sentence_or_says_what_it_said(tmp_path_factory, share, flip):
    folder = tmp_path_factory.mktemp("flip")
    path = steepest.minimize(steepest.gallery.sphere(), [1.0, 2.0], learning_rate=0.1, max_iter=3).save(
        folder / "run.npz"
    )
    content = bytearray(path.read_bytes())
    original = load_records(path)[0]
    content[int(share * len(content))] ^= flip
    path.write_bytes(bytes(content))
    message = ""
    try:
        check(original, load_records(path)[0])  # a flip in what no reader looks at: dates, padding
    except ArgumentError as error:
        message = str(error)
    assert "\n" not in message


@pytest.mark.parametrize("suffix", ["npz", "parquet"])
@pytest.mark.parametrize(
    "content", [b"", b"hello", b"PK\x03\x04", b"PAR1", pickle.dumps([1, 2]), b"\x93NUMPY" + b"x" * 40]
)
def test_foreign_bytes_are_one_sentence(tmp_path, suffix, content):
    path = tmp_path / f"run.{suffix}"
    path.write_bytes(content)
    with pytest.raises(ArgumentError, match="holds no steepest run") as error:
        load_records(path)
    one_sentence(error)


def test_foreign_arrays_and_tables_are_one_sentence(tmp_path):
    import pyarrow
    import pyarrow.parquet

    np.savez(tmp_path / "a.npz", x=np.arange(3))
    np.savez(tmp_path / "b.npz", meta=np.array("{}"))
    np.savez(tmp_path / "c.npz", meta=np.array(json.dumps({"format": 1, "recipe": {}})))
    pyarrow.parquet.write_table(pyarrow.table({"x": [1, 2]}), tmp_path / "d.parquet")
    for name in ("a.npz", "b.npz", "c.npz", "d.parquet"):
        with pytest.raises(ArgumentError, match="holds no steepest run") as error:
            load_records(tmp_path / name)
        one_sentence(error)


class Trap:
    sprung = False

    def __reduce__(self):
        return (spring, ())


def spring():
    Trap.sprung = True


def test_a_pickle_inside_is_never_opened(tmp_path, run):
    path = run.save(tmp_path / "run.npz")
    stored = dict(np.load(path))
    stored["w0"] = np.array([Trap()], dtype=object)
    np.savez(path, allow_pickle=True, **stored)
    with pytest.raises(ArgumentError, match="holds no steepest run") as error:
        load_records(path)
    one_sentence(error)
    assert not Trap.sprung


def test_no_array_of_a_run_is_pickled(tmp_path, run):
    path = run.save(tmp_path / "run.npz")
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            with archive.open(name) as member:
                assert np.lib.format.read_magic(io.BytesIO(member.read()))
    with np.load(path, allow_pickle=False) as stored:
        assert all(stored[name].dtype != object for name in stored.files)


def test_a_later_format_says_so(tmp_path, run):
    path = run.save(tmp_path / "run.npz")
    stored = dict(np.load(path))
    meta = json.loads(str(stored["meta"]))
    stored["meta"] = np.array(json.dumps({**meta, "format": 99}))
    np.savez(path, **stored)
    with pytest.raises(ArgumentError, match="format is 99") as error:
        load_records(path)
    one_sentence(error)


@pytest.mark.parametrize("suffix", ["npz", "parquet"])
@pytest.mark.parametrize("lr", [0.1, 1e200])
def test_a_run_comes_back_as_it_was(tmp_path, suffix, lr):
    run = steepest.minimize(steepest.gallery.rosenbrock(), [-1.2, 1.0], learning_rate=lr * 1e-3, max_iter=50)
    again = steepest.load(run.save(tmp_path / f"a run.{suffix}"))
    assert again.message == run.message
    assert repr(again) == repr(run)
    assert again.recipe == run.recipe
    for name, column in run.history.columns().items():
        assert same_bits(column, getattr(again.history, name))


def test_the_other_starts_come_back_in_order(tmp_path):
    run = steepest.minimize(
        steepest.gallery.rastrigin(), learning_rate=0.001, starts=4, bounds=steepest.Box([-1, -1], [1, 1]), max_iter=9
    )
    again = steepest.load(run.save(tmp_path / "run.npz"))
    assert len(again.others) == 3
    for one, other in zip([run, *run.others], [again, *again.others], strict=True):
        assert np.array_equal(one.history.w, other.history.w)
        assert one.message == other.message


def test_dumps_is_standard_json():
    text = dumps(
        {"a": np.float64(1.5), "b": [np.int64(2), float("nan"), float("-inf")], "c": (np.array([1.0, 2.0]),), 3: None}
    )
    assert json.loads(text) == {"a": 1.5, "b": [2, "nan", "-inf"], "c": [[1.0, 2.0]], "3": None}


@given(
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | any_float | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    )
)
def test_dumps_takes_anything_a_recipe_may_hold(value):
    json.loads(dumps(value), parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
