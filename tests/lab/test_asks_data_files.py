"""Files that are dropped on the page: whatever is in them, an answer or one sentence, and memory within bounds."""

import io
import json
import pickle
import subprocess
import sys
import zipfile

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

import steepest
from steepest.lab.asks import every_ask
from steepest.lab.live import encoded
from steepest.lab.work import Job

ASKS = every_ask()


def table(held, name, content, **options):
    given = {"kind": "file", "id": held.uploads.add(name, content).id, "name": name, **options}
    return json.loads(encoded(ASKS["table"].ask({"data": given}, Job(1, None, held, lambda job: None))))


def header(shape, dtype="<f8"):
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(stream, {"descr": dtype, "fortran_order": False, "shape": shape})
    return stream.getvalue()


def saved(save, *given, **named):
    stream = io.BytesIO()
    save(stream, *given, **named)
    return stream.getvalue()


def zipped(**members):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.npy", content)
    return stream.getvalue()


def columns(**given):
    stream = io.BytesIO()
    parquet.write_table(pa.table(given), stream)
    return stream.getvalue()


class Evil:
    def __reduce__(self):
        return (pytest.fail, ("it was unpickled",))


NUMBERS = np.arange(30.0).reshape(10, 3)
GOOD = {
    "a.csv": b"x,y\n1,0\n2,1\n3,0\n4,1\n", "a.tsv": b"x\ty\n1\t0\n2\t1\n3\t0\n4\t1\n",
    "a.npy": saved(np.save, np.array([[1.0, 0], [2, 1], [3, 0], [4, 1]])),
    "a.npz": saved(np.savez, X=np.array([[1.0], [2], [3], [4]]), y=np.array([0, 1, 0, 1])),
    "a.parquet": columns(x=[1.0, 2, 3, 4], y=[0, 1, 0, 1]), "a.svm": b"0 1:1\n1 1:2\n0 1:3\n1 1:4\n",
}  # fmt: skip


@pytest.mark.parametrize("name", GOOD)
def test_every_format_is_read(held, name):
    answer = table(held, name, GOOD[name])
    assert (answer["name"], answer["rows"], answer["kind"], answer["classes"]) == (
        name,
        4,
        "classification",
        ["0", "1"],
    )
    assert answer["fault"] is None


def bomb():
    return zipped(X=header((25_000, 1000)) + bytes(200_000_000), y=header((25_000,)) + bytes(200_000))


def many_rows():
    return columns(x=np.zeros(11_000_000), y=np.zeros(11_000_000))


HOSTILE = {
    "empty": ("a.csv", b"", "is empty"),
    "one column": ("a.csv", b"x\n1\n2\n", "needs features and a target"),
    "header alone": ("a.csv", b"x,y\n", "holds a header and no rows"),
    "NUL": ("a.csv", b"x,y\n1,\0\n", "holds a NUL byte"),
    "not text": ("a.csv", bytes(range(128, 256)) * 10, "not UTF-8"),
    "ragged": ("a.csv", b"1,2\n3\n", "has 1 column"),
    "an endless line": ("a.csv", lambda: b"1" * 5_000_000, "has more than 4,000,000 letters"),
    "an endless cell": ("a.csv", lambda: b'"' + b"1\n" * 2_000_000, "field larger than field limit"),
    "many columns": ("a.csv", lambda: b"1," * 1_000_000 + b"1\n", "20,000 are the most"),
    "ten million columns": ("a.tsv", lambda: b"1\t" * 10_000_000 + b"1\n", "more than 4,000,000 letters"),
    "infinite": ("a.csv", b"x,y\n1,0\ninf,1\n2,1\n", ""),
    "parquet by name": ("a.parquet", b"x,y\n1,0\n", "no Parquet file"),
    "csv by name": ("a.csv", GOOD["a.parquet"], "a.csv"),
    "unknown": ("a.xlsx", b"PK", "not of a known format"),
    "no suffix": ("data", b"1,2\n", "not of a known format"),
    "a pickle": ("a.pkl", pickle.dumps([1]), "pickles are never loaded"),
    "pickled npy": ("a.npy", saved(np.save, np.array([Evil()], dtype=object), allow_pickle=True), "never loaded"),
    "pickled npz": ("a.npz", zipped(X=saved(np.save, np.array([[Evil()]], dtype=object)), y=GOOD["a.npy"]),
                    "never loaded"),
    "2 TB declared": ("a.npy", header((2**38, 1)) + bytes(100), "is truncated"),
    "negative": ("a.npy", header((-5, 2)) + bytes(100), "is truncated"),
    "zip bomb": ("a.npz", bomb, "20,000,000 cells are the most"),
    "a zip of many": ("a.npz", lambda: zipped(**{f"a{k}": b"" for k in range(10_001)}), "more than 10,000 arrays"),
    "rows promised": ("a.parquet", many_rows, "cells are the most"),
    "no pairs": ("a.svm", b"1\n0\n", "no index:value pairs"),
    "damaged svm": ("a.svm", b"1 one:two\n", "not valid svmlight"),
    "texts for a target": ("a.csv", b"x,y\n1," + b"a" * 300 + b"\n2,b\n", "texts of more than 200 letters"),
    "names for a target": ("a.csv", b"x,y\n" + b"".join(b"%d,n%d\n" % (k, k) for k in range(300)), "300 classes"),
    "one class": ("a.csv", b"x,y\n1,a\n2,a\n", "the same value in every row"),
}  # fmt: skip


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_files_are_one_sentence(held, what):
    name, content, part = HOSTILE[what]
    content = content() if callable(content) else content  # large ones are made when it is their turn
    try:
        said = table(held, name, content)["fault"]
    except steepest.SteepestError as error:
        said = str(error)
    assert part in said
    assert len(said) < 400
    assert "\n" not in said


@pytest.mark.parametrize("name", [name for name in GOOD if name not in ("a.csv", "a.tsv", "a.svm")])
def test_truncated_files_are_one_sentence(held, name):
    content = GOOD[name]
    for size in np.linspace(1, len(content) - 1, 12).astype(int).tolist():
        with pytest.raises(steepest.SteepestError):
            table(held, name, content[:size])


def test_a_sparse_table_of_very_many_columns_is_not_trained(held):
    content = b"".join(b"%d 1:1 99999999:1\n" % (k % 2) for k in range(8))
    answer = table(held, "a.svm", content, standardize=True)
    assert "the lab takes 1,000,000 at most" in answer["fault"]


def test_a_model_of_very_many_weights_is_not_trained(held):
    content = b"".join(b"%d 1:1 %d:1\n" % (k % 3, 900_000 + k) for k in range(9))
    given = {"kind": "file", "id": held.uploads.add("a.svm", content).id, "name": "a.svm"}
    with pytest.raises(steepest.SteepestError, match=r"2,700,\d+ weights; the lab trains 1,000,000 at most"):
        ASKS["train"].ask(
            {"data": given, "run": {"method": "momentum"}, "model": {"loss": "hinge"}}, Job(1, None, held, print)
        )


def test_a_file_that_has_gone_is_one_sentence(held):
    stored = held.uploads.add("a.csv", GOOD["a.csv"])
    stored.path.unlink()
    given = {"kind": "file", "id": stored.id, "name": "a.csv"}
    with pytest.raises(steepest.SteepestError, match="not in the lab any more; give it again"):
        ASKS["table"].ask({"data": given}, Job(1, None, held, print))


def test_what_a_page_calls_a_file_is_not_where_it_is_read_from(held):
    for name in ("../../etc/passwd.csv", "/etc/passwd.csv", "..\\a.csv", "\0.csv", "a" * 500 + ".csv"):
        answer = table(held, name, GOOD["a.csv"])
        assert answer["rows"] == 4
        assert "/" not in answer["name"]


MEMORY = """
import resource, sys
from steepest.lab.asks import every_ask
from steepest.lab.held import Held
from steepest.lab.work import Job
import pyarrow.parquet, sklearn.datasets

held, said = Held(), []

def given(name, pieces):
    incoming = held.uploads.begin(name)
    for piece in pieces:
        incoming.write(piece)
    try:
        every_ask()["table"].ask(
            {"data": {"kind": "file", "id": incoming.keep().id, "name": name}}, Job(1, None, held, lambda job: None)
        )
    except Exception as error:
        said.append(type(error).__name__)

given("a.csv", [b"1,2\\n"])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
given("a.csv", [b"1," * 500_000] * 40)
given("a.csv", [b"1" * 1_000_000] * 150)
given("a.csv", [b'"' + b"1\\n" * 500_000] * 50)
given("a.svm", [b"1 "] + [b"1:1 " * 250_000] * 100)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024, *said)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="memory is told in other units, or not at all")
def test_hostile_files_take_little_memory():
    done = subprocess.run([sys.executable, "-c", MEMORY], capture_output=True, text=True, check=True)
    grown, *said = done.stdout.split()
    assert int(grown) < 60  # MB, of files of 150
    assert said == ["ArgumentError"] * 5
