"""Files become tables: what is read out of each format, and one sentence for each way a file can be wrong."""

import pickle
import zipfile

import numpy as np
import pytest
from sklearn.datasets import dump_svmlight_file

from steepest.base.errors import ArgumentError, ArgumentTypeError, MissingExtraError, SteepestError
from steepest.problems import tables
from steepest.problems.tables import read

PEOPLE = "age,colour,height,grade\n31,red,1.8,a\n,blue,NA,b\n45, red ,1.6,a\n"


def written(folder, name, content):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def matrix(table):
    return np.column_stack([column.values for column in table.columns])


def refused(path, **arguments):
    with pytest.raises(SteepestError) as error:
        read(path, **arguments)
    text = str(error.value)
    assert "\n" not in text
    assert isinstance(error.value, (ArgumentError, ArgumentTypeError))
    return text


def test_columns_of_numbers_and_of_words(tmp_path):
    table = read(written(tmp_path, "people.csv", PEOPLE))
    age, colour, height = table.columns
    assert table.names == ("age", "colour", "height")
    assert np.array_equal(age.values, [31, np.nan, 45], equal_nan=True)
    assert colour.values.tolist() == ["red", "blue", "red"]
    assert np.array_equal(height.values, [1.8, np.nan, 1.6], equal_nan=True)
    assert [column.categorical for column in table.columns] == [False, True, False]
    assert age.missing.tolist() == height.missing.tolist() == [False, True, False]
    assert not colour.missing.any()
    assert table.target.name == "grade"
    assert table.target.values.tolist() == ["a", "b", "a"]
    assert table.kind == "classification"
    assert table.rows.tolist() == [1, 2, 3]
    assert repr(table) == "<Table people.csv: 3 rows, 3 features, classification of 'grade'>"


@pytest.mark.parametrize("cell", ["", " ", "NA", "n/a", "NaN", "nan", "null", "NULL", "?", " ? "])
@pytest.mark.parametrize("others", [("1", "2"), ("red", "blue")])
def test_what_counts_as_missing(tmp_path, cell, others):
    table = read(written(tmp_path, "a.csv", f"x,y\n{others[0]},1\n{cell},2\n{others[1]},3\n"))
    assert table.columns[0].missing.tolist() == [False, True, False]
    assert table.columns[0].categorical == (others[0] == "red")


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "byte-order mark"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_delimiters_marks_and_line_ends(tmp_path, delimiter, mark, end):
    lines = [delimiter.join(cells) for cells in (["a", "b", "y"], ["1", "2", "3.5"], ["4", "5", "6.5"])]
    table = read(written(tmp_path, "a.csv", mark + end.join(lines).encode()))
    assert table.names == ("a", "b")
    assert np.array_equal(matrix(table), [[1, 2], [4, 5]])
    assert table.target.values.tolist() == [3.5, 6.5]


def test_quoted_cells_hold_delimiters_quotes_and_line_ends(tmp_path):
    content = 'name,"a,b",y\n"Smith, J.",1,0.5\n"said ""no""",2,1.5\n"two\nlines",3,2.5\n'
    table = read(written(tmp_path, "a.csv", content))
    assert table.names == ("name", "a,b")
    assert table.columns[0].values.tolist() == ["Smith, J.", 'said "no"', "two\nlines"]


def test_a_semicolon_file_keeps_its_commas(tmp_path):
    table = read(written(tmp_path, "a.csv", "word;y\nwell, yes;1\nno;2\nperhaps, no;3\n"))
    assert table.columns[0].values.tolist() == ["well, yes", "no", "perhaps, no"]


def test_tsv_is_divided_by_tabs_only(tmp_path):
    table = read(written(tmp_path, "a.tsv", "a,b\tc\ty\n1\t2\t3\n4\t5\t6\n"))
    assert table.names == ("a,b", "c")


def test_without_a_header_columns_are_numbered(tmp_path):
    table = read(written(tmp_path, "a.csv", "1,red,3\n4,blue,6\n\n"))
    assert table.names == ("x1", "x2")
    assert table.target.name == "x3"
    assert len(table) == 2


def test_a_header_without_a_name_is_given_one(tmp_path):
    assert read(written(tmp_path, "a.csv", ",b,y\n0,1,2\n1,3,4\n")).names == ("x1", "b")


def test_numbers_are_read_to_the_last_bit(tmp_path):
    values = np.random.default_rng(0).normal(size=(500, 3)) * 10.0 ** np.arange(-200, 300)[:, None]
    path = tmp_path / "a.csv"
    np.savetxt(path, values, delimiter=",", fmt="%.17g")
    table = read(path, target="x3")
    assert np.array_equal(np.column_stack((matrix(table), table.target.values)), values)


def test_a_word_late_in_a_long_file_makes_the_whole_column_words(tmp_path):
    rows = [f"{k % 3},{k},{k / 7}" for k in range(20_000)]
    rows[19_000] = "many,19000,0.5"
    table = read(written(tmp_path, "a.csv", "few,k,y\n" + "\n".join(rows)))
    few, k = table.columns
    assert few.values[:4].tolist() == ["0", "1", "2", "0"]
    assert few.values[19_000] == "many"
    assert np.array_equal(k.values, np.arange(20_000))


def test_thirty_columns_in_row_700(tmp_path):
    lines = [",".join(f"c{k}" for k in range(31))] + [",".join(["1.5"] * 31)] * 800
    lines[700] = ",".join(["1.5"] * 30)
    text = refused(written(tmp_path, "data.csv", "\n".join(lines)))
    assert text == "data.csv row 700 has 30 columns, the header has 31 (line 701 of the file)"
    text = refused(written(tmp_path, "data.csv", "\n".join(lines[1:])))
    assert text == "data.csv row 700 has 30 columns, the first row has 31 (line 700 of the file)"


def test_a_mistyped_number_is_named(tmp_path):
    rows = [f"{k}.5,{k}" for k in range(40)]
    rows[30] = "3O.5,30"
    text = refused(written(tmp_path, "a.csv", "x,y\n" + "\n".join(rows)))
    assert text == (
        "a.csv row 31 holds '3O.5' in column 'x', whose other cells are numbers; correct it or leave it empty"
    )
    rows[30] = "1_000,30"
    assert "row 31 holds '1_000'" in refused(written(tmp_path, "a.csv", "x,y\n" + "\n".join(rows)))


BAD_TEXT = [
    (b"", "is empty$"), (b"\n\n", "holds no rows$"), (b"\xef\xbb\xbf", "holds no rows$"),
    (b"a,b\n", "a header and no rows"),
    (b"a,a\n1,2\n", "names two columns 'a', 1 and 2; rename one$"), (b"a\n1\n2\n", "has one column, 'a'"),
    (b'a,b\n1,"2\n3,4\n', "line 3 is not valid: the file ends inside a quoted cell$"),
    (b'a,b\n1,"2"3\n', "line 2 is not valid"), (b"a,b\n1,\xff\n", "is not UTF-8 text: byte 0xff"),
    ("a,b\n1,2\n".encode("utf-16"), "is not UTF-8 text"), (b"a,b\n1,2\n\0\0\0\0", "line 3 holds a NUL byte"),
    (b"a,y\n1,2\n3,\n4,5\n", "row 2 has no value for the target 'y'; remove the row or fill it in$"),
    (b"a,y\n1,2\n3,inf\n", "row 2 holds inf for the target 'y'; it must be finite$"),
    (b"a,y\n1,2\n3,4,\n", "row 2 has 3 columns, the header has 2"), (b"a" * 200_000 + b",b\n", "line 1 is not valid"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "message"), BAD_TEXT, ids=[message for _, message in BAD_TEXT])
def test_a_bad_text_file_is_one_sentence(tmp_path, content, message):
    with pytest.raises(ArgumentError, match=message):
        read(written(tmp_path, "a.csv", content))
    assert refused(tmp_path / "a.csv").startswith("a.csv ")


@pytest.mark.parametrize(
    ("target", "name"),
    [(None, "class"), ("b", "b"), (1, "a"), ("1", "a"), (np.int64(2), "b"), (-1, "z"), ("-1", "z"), ("4", "d")],
)
def test_the_target_by_name_or_number(tmp_path, target, name):
    table = read(written(tmp_path, "a.csv", "a,b,class,d,z\n1,2,3,4,5\n"), target=target)
    assert table.target.name == name
    assert name not in table.names


def test_a_name_of_digits_comes_before_a_number(tmp_path):
    path = written(tmp_path, "a.parquet", parquet({"a": [1.0], "1": [2.0], "z": [3.0]}))
    assert read(path, target="1").target.values.tolist() == [2.0]
    assert read(path, target=1).target.values.tolist() == [1.0]


def parquet(columns):
    import io

    import pyarrow as pa
    import pyarrow.parquet as pq

    stream = io.BytesIO()
    pq.write_table(pa.table(columns), stream)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("heigth", "people.csv has no column 'heigth' for the target; did you mean 'height'?"),
        ("zzz", "people.csv has no column 'zzz' for the target; it has 'age', 'colour', 'height' and 'grade'"),
        (0, "target 0 is not a column of people.csv, which has 4 columns"), (5, "target 5 is not a column"),
        (-5, "target -5 is not a column"), (1.5, "target must be a column's name or its number from 1; got 1.5"),
        (True, "target must be a column's name"), (b"age", "target must be a column's name"),
        ("age", "people.csv row 2 has no value for the target 'age'"),
    ],
)  # fmt: skip
def test_a_target_that_cannot_be_used(tmp_path, target, message):
    assert refused(written(tmp_path, "people.csv", PEOPLE), target=target).startswith(message)


def test_an_optional_target_may_be_absent_or_empty(tmp_path):
    path = written(tmp_path, "people.csv", PEOPLE)
    for target in ("wages", "age", "2", "9"):
        table = read(path, target=target, optional=True)
        assert table.target is None
        assert table.kind is None
    assert len(read(path, target="wages", optional=True).columns) == 4
    assert read(path, target="grade", optional=True).target.name == "grade"


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["a", "b"], "classification"), (["1", "0"], "classification"), (["1.0", "3.0"], "classification"),
        (["1", "0.5"], "regression"), ([str(k) for k in range(20)], "classification"),
        ([str(k) for k in range(21)], "regression"),
    ],
)  # fmt: skip
def test_what_a_target_is_for(tmp_path, cells, kind):
    path = written(tmp_path, "a.csv", "x,y\n" + "".join(f"{k},{cell}\n" for k, cell in enumerate(cells)))
    table = read(path)
    assert table.kind == kind
    if cells[0] != "a":
        assert read(path, kind="regression").kind == tables.as_kind(table, "regression").kind == "regression"
    if cells[-1] != "0.5":
        assert read(path, kind="classification").kind == tables.as_kind(table, "classification").kind


def test_a_kind_the_target_does_not_allow(tmp_path):
    words = written(tmp_path, "a.csv", "x,y\n1,red\n2,blue\n")
    assert refused(words, kind="regression") == (
        "a.csv row 1 holds 'red' for the target 'y'; regression needs numbers, use classification"
    )
    broken = written(tmp_path, "b.csv", "x,y\n1,2\n2,2.5\n")
    assert refused(broken, kind="classification") == (
        "b.csv row 2 holds 2.5 for the target 'y'; classes are whole numbers or words, use regression"
    )
    assert refused(broken, kind="clustering").startswith("kind must be 'auto', 'classification' or 'regression'")


def test_npz_holds_X_and_y_under_any_names(tmp_path):
    X, y = np.arange(6.0).reshape(3, 2), np.array(["a", "b", "a"])
    np.savez(tmp_path / "a.npz", X=X.astype(np.float32), y=y)
    table = read(tmp_path / "a.npz")
    assert np.array_equal(matrix(table), X)
    assert table.names == ("x1", "x2")
    assert table.target.values.tolist() == y.tolist()
    np.savez_compressed(tmp_path / "b.npz", pixels=X.astype(np.uint8), labels=[[1], [2], [3]])
    table = read(tmp_path / "b.npz", target="labels")
    assert np.array_equal(matrix(table), X)
    assert table.target.values.tolist() == [1, 2, 3]
    np.savez(tmp_path / "c.npz", X=X)
    assert read(tmp_path / "c.npz", optional=True).target is None


def test_npz_images_keep_their_shape(tmp_path):
    images = np.arange(24.0).reshape(2, 3, 4)
    np.savez(tmp_path / "a.npz", X=images, y=[0, 1])
    table = read(tmp_path / "a.npz")
    assert table.image_shape == (3, 4)
    assert np.array_equal(matrix(table), images.reshape(2, 12))


def test_npy_has_the_target_among_its_columns(tmp_path):
    np.save(tmp_path / "a.npy", np.arange(12).reshape(3, 4))
    table = read(tmp_path / "a.npy", target=1)
    assert table.names == ("x2", "x3", "x4")
    assert table.target.values.tolist() == [0, 4, 8]
    np.save(tmp_path / "b.npy", np.array([["1", "red", "a"], ["", "blue", "b"]]))
    table = read(tmp_path / "b.npy")
    assert table.columns[0].missing.tolist() == [False, True]
    assert table.columns[1].values.tolist() == ["red", "blue"]


class Marker:
    """Unpickling it writes a file: proof that something was run."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


def test_nothing_is_ever_unpickled(tmp_path):
    marker = tmp_path / "ran"
    pickle.loads(pickle.dumps(Marker(marker))).close()
    assert marker.exists()  # the marker works
    marker.unlink()
    bomb = np.array([[Marker(marker)], [1]], dtype=object)
    np.save(tmp_path / "a.npy", bomb, allow_pickle=True)
    np.savez(tmp_path / "a.npz", X=bomb, y=[0, 1], allow_pickle=True)
    np.savez(tmp_path / "b.npz", X=[[1.0], [2.0]], y=bomb[:, 0], allow_pickle=True)
    assert refused(tmp_path / "a.npy") == (
        "a.npy holds pickled objects, which can run code and are never loaded; save numbers or strings"
    )
    assert refused(tmp_path / "a.npz").startswith("the array 'X' of a.npz holds pickled objects")
    assert refused(tmp_path / "b.npz").startswith("the array 'y' of b.npz holds pickled objects")
    raw = pickle.dumps(Marker(marker))
    for name in ("c.npy", "c.npz", "c.csv", "c.svmlight", "c.parquet", "c.pkl", "c.joblib"):
        refused(written(tmp_path, name, raw))
    with zipfile.ZipFile(tmp_path / "d.npz", "w") as archive:
        archive.writestr("X.npy", raw)
        archive.writestr("y.npy", raw)
    refused(tmp_path / "d.npz")
    assert not marker.exists()
    assert "pickles are never loaded" in refused(tmp_path / "c.pkl")


def npz(folder, **arrays):
    np.savez(folder / "a.npz", **arrays)
    return folder / "a.npz"


BAD_ARRAYS = [
    ({"a": np.ones((2, 2)), "b": np.ones(2)}, "holds 'a' and 'b' and no 'X' for the features; save it with np.savez"),
    ({"X": np.ones((2, 2)), "t": np.ones(2)}, "holds 'X' and 't' and no 'y' for the target; name it"),
    ({"X": np.ones((2, 2)), "y": np.ones(3)}, r"'y' of a.npz has shape \(3,\); .* 2 rows of 'X' has shape \(2,\)"),
    ({"X": np.ones(2), "y": np.ones(2)}, r"the array 'X' of a.npz has shape \(2,\); a table is \(rows, columns\)"),
    ({"X": np.ones((2, 2)) * 1j, "y": np.ones(2)}, "is of type complex128; a table is of numbers or strings"),
    ({"X": np.ones((0, 2)), "y": np.ones(0)}, r"has shape \(0, 2\); a table needs at least one row"),
    ({"X": np.ones((2, 2)), "y": [1, np.nan]}, "a.npz row 2 has no value for the target 'y'"),
    ({"X": np.ones((2, 2), "f4,i4"), "y": [1, 2]}, "a table is of numbers or strings"),
]  # fmt: skip


@pytest.mark.parametrize(("arrays", "message"), BAD_ARRAYS, ids=[message for _, message in BAD_ARRAYS])
def test_arrays_that_are_no_table(tmp_path, arrays, message):
    with pytest.raises(ArgumentError, match=message):
        read(npz(tmp_path, **arrays))


def test_a_header_that_promises_more_than_the_file_holds(tmp_path):
    np.save(tmp_path / "a.npy", np.ones((10, 10)))
    whole = (tmp_path / "a.npy").read_bytes()
    assert refused(written(tmp_path, "b.npy", whole[:-1])) == (
        "b.npy is truncated: its header promises an array of shape (10, 10) and type float64"
    )
    huge = whole.replace(b"(10, 10)", b"(10, 10**9)").replace(b"10**9", b"99999")
    assert "promises" in refused(written(tmp_path, "c.npy", huge))


@pytest.mark.parametrize("name", ["a.npz", "a.npy", "a.parquet"])
def test_a_truncated_file_of_arrays(tmp_path, name):
    X = np.random.default_rng(0).normal(size=(200, 3))
    if name == "a.npz":
        np.savez(tmp_path / name, X=X, y=X[:, 0])
    elif name == "a.npy":
        np.save(tmp_path / name, X)
    else:
        written(tmp_path, name, parquet({"a": X[:, 0], "y": X[:, 1]}))
    assert len(read(tmp_path / name)) == 200
    whole = (tmp_path / name).read_bytes()
    for size in (1, 10, len(whole) // 2, len(whole) - 1):
        refused(written(tmp_path, name, whole[:size]))


def test_svmlight_gives_a_sparse_matrix(tmp_path):
    X = np.array([[0, 1.5, 0], [2, 0, 0], [0, 0, -1.0]])
    for zero_based in (False, True):
        dump_svmlight_file(X, [1, 0, 1], str(tmp_path / "a.svmlight"), zero_based=zero_based)
        table = read(tmp_path / "a.svmlight")
        assert np.array_equal(table.sparse.toarray(), X)
        assert list(table.names) == (["x0", "x1", "x2"] if zero_based else ["x1", "x2", "x3"])
        assert table.target.values.tolist() == [1, 0, 1]
        assert table.kind == "classification"
        assert np.array_equal(table.take([2, 0]).sparse.toarray(), X[[2, 0]])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("red 1:2\n", "is not valid svmlight text"), ("1 1:x\n", "is not valid svmlight text"),
        ("1 a:2\n", "is not valid svmlight text"), ("1 2:1 1:1\n", "is not valid svmlight text"),
        ("# nothing\n", "holds no rows"), ("1\n2\n", "holds no index:value pairs"), ("1,2 1:3\n", "is not valid"),
        ("1 99999999999:1\n", "a.svm"), ("1 999999999:1\n", "has the index 999,999,999; 100,000,000 columns"),
        ("nan 1:1\n", "row 1 has no value for the target"),
    ],
)  # fmt: skip
def test_bad_svmlight_text(tmp_path, content, message):
    assert message in refused(written(tmp_path, "a.svm", content))


def test_svmlight_has_its_target_first(tmp_path):
    path = written(tmp_path, "a.svm", "1 1:2\n0 1:3\n")
    assert read(path, target="target").target.values.tolist() == [1, 0]
    assert refused(path, target="y").startswith("target is the first number of each line of a.svm")


def test_parquet_types(tmp_path):
    import decimal

    import pyarrow as pa

    content = parquet({
        "whole": pa.array([1, None, 3], pa.int64()), "yes": [True, False, None], "part": [1.5, float("nan"), None],
        "word": ["a", None, "b"], "coded": pa.array(["u", "v", "u"]).dictionary_encode(),
        "money": [decimal.Decimal("1.25"), None, decimal.Decimal("2")], "y": pa.array([1, 2, 3], pa.uint8()),
    })  # fmt: skip
    table = read(written(tmp_path, "a.parquet", content))
    nan = np.nan
    for name, expected in (
        ("whole", [1, nan, 3]),
        ("yes", [1, 0, nan]),
        ("part", [1.5, nan, nan]),
        ("money", [1.25, nan, 2]),
    ):
        assert np.array_equal(table.column(name).values, expected, equal_nan=True)
    assert table.column("word").values.tolist() == ["a", None, "b"]
    assert table.column("coded").values.tolist() == ["u", "v", "u"]
    assert table.target.values.tolist() == [1, 2, 3]
    import datetime

    dates = parquet({"day": [datetime.date(2020, 1, 1)], "y": [1]})
    assert refused(written(tmp_path, "b.parquet", dates)).startswith("column 'day' of b.parquet is of type date32")
    lists = parquet({"many": [[1, 2]], "y": [1]})
    assert refused(written(tmp_path, "b.parquet", lists)).startswith("column 'many' of b.parquet is of type list")


def test_a_pandas_frame_comes_back_without_its_index(tmp_path):
    import pandas as pd

    frame = pd.DataFrame({"a": [1.0, 2.0], "w": ["u", "v"], "y": [0, 1]}, index=[7, 9])
    frame.to_parquet(tmp_path / "a.parquet")
    assert read(tmp_path / "a.parquet").names == ("a", "w")


def test_parquet_without_pyarrow_names_the_extra(tmp_path, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(MissingExtraError, match=r'^a\.parquet needs pyarrow: pip install "steepest\[frames\]"$'):
        read(written(tmp_path, "a.parquet", b"PAR1"))


def test_paths_that_are_no_file(tmp_path):
    assert refused(tmp_path / "none.csv").endswith("none.csv' does not exist")
    (tmp_path / "folder.csv").mkdir()
    assert refused(tmp_path / "folder.csv").endswith("is a folder; give the file")
    known = ".csv, .npy, .npz, .parquet, .pq, .svmlight, .svm, .libsvm, .tsv or .tab"
    assert refused(tmp_path / "a.xlsx") == f"'a.xlsx' is not of a known format; its name must end in {known}"
    assert refused(3) == "path must be the name of a file; got 3"
    refused("nul\0.csv")


def test_any_case_of_a_suffix_and_strings_for_paths(tmp_path):
    assert len(read(str(written(tmp_path, "A.CSV", PEOPLE)))) == 3


def test_columns_are_left_out_by_name(tmp_path):
    table = read(written(tmp_path, "people.csv", PEOPLE))
    assert table.without("age").names == ("colour", "height")
    with pytest.raises(ArgumentError, match=r"^people.csv has no column 'wages'$"):
        table.without("wages")
    with pytest.raises(ArgumentError, match=r"^people.csv has no column left without"):
        table.without("age", "colour", "height")
