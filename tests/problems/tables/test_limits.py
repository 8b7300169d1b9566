"""Limits on tables: refused by what a file declares, or at the first row beyond; without a limit nothing changes."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

import steepest
from steepest.base.errors import ArgumentError
from steepest.problems import tables
from steepest.problems.tables.formats._pages import page_bytes
from steepest.problems.tables.limits import Limit

LIMIT = Limit(cells=100, columns=20, letters=1000)
X, y = np.arange(60.0).reshape(20, 3), np.arange(20) % 2


def written(folder, suffix, X=X, y=y):
    """The table in a file of a format."""
    path = folder / f"a.{suffix}"
    if suffix in ("csv", "tsv"):
        between = "," if suffix == "csv" else "\t"
        path.write_text("\n".join(between.join(map(str, [*row, label])) for row, label in zip(X, y, strict=True)))
    elif suffix == "npy":
        np.save(path, np.column_stack((X, y)))
    elif suffix == "npz":
        np.savez(path, X=X, y=y)
    elif suffix == "parquet":
        parquet.write_table(pa.table({**{f"c{k}": X[:, k] for k in range(X.shape[1])}, "y": y}), path)
    else:
        pairs = [" ".join(f"{j}:{v}" for j, v in enumerate(row, 1)) for row in X]
        path.write_text("\n".join(f"{label} {row}" for label, row in zip(y, pairs, strict=True)))
    return path


FORMATS = ["csv", "tsv", "npy", "npz", "parquet", "svm"]


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_table_within_the_limit_is_read_as_without(tmp_path, suffix):
    path = written(tmp_path, suffix)
    found, own = tables.read(path, limit=LIMIT), tables.read(path)
    assert (len(found), list(found.names), found.kind) == (len(own), list(own.names), own.kind)


@pytest.mark.parametrize("suffix", FORMATS)
def test_too_many_cells_are_refused(tmp_path, suffix):
    path = written(tmp_path, suffix, np.arange(150.0).reshape(50, 3) + 1, np.arange(50) % 2)
    with pytest.raises(ArgumentError, match=r"a\..*100 (cells|numbers)"):
        tables.read(path, limit=LIMIT)
    assert len(tables.read(path)) == 50


@pytest.mark.parametrize("suffix", ["csv", "tsv", "npy", "npz", "parquet"])
def test_too_many_columns_are_refused(tmp_path, suffix):
    path = written(tmp_path, suffix, np.ones((2, 30)), np.array([0, 1]))
    with pytest.raises(ArgumentError, match=r"a\.\S+.* 3[01] columns, and 20 are the most"):
        tables.read(path, limit=LIMIT)


def test_a_line_without_an_end_is_refused(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("1" * 5000)
    with pytest.raises(ArgumentError, match="line 1 has more than 1,000 letters"):
        tables.read(path, limit=LIMIT)


def test_long_texts_are_refused(tmp_path):
    np.savez(tmp_path / "a.npz", X=np.array([["x" * 20_000], ["y"]]), y=np.array([0, 1]))
    parquet.write_table(pa.table({"x": ["x" * 60_000, "y" * 60_000], "y": [0, 1]}), tmp_path / "a.parquet")
    for name in ("a.npz", "a.parquet"):
        with pytest.raises(ArgumentError, match="would take"):
            tables.read(tmp_path / name, limit=LIMIT)


PARQUET = [
    {}, {"compression": "zstd"}, {"compression": "none"}, {"use_dictionary": False}, {"data_page_version": "2.0"},
    {"row_group_size": 100}, {"write_page_checksum": True}, {"write_statistics": False}, {"data_page_size": 1000},
]  # fmt: skip


@pytest.mark.parametrize("options", PARQUET, ids=str)
def test_the_pages_of_parquet_hold_what_the_file_s_summary_says(tmp_path, options):
    numbers = np.random.default_rng(0).standard_normal(3000)
    words = pa.array([None if k % 7 == 0 else f"word {k % 50}" for k in range(3000)])
    path = tmp_path / "a.parquet"
    parquet.write_table(pa.table({"x": numbers, "word": words, "yes": words.is_null()}), path, **options)
    told = parquet.ParquetFile(path).metadata
    groups = [told.row_group(g) for g in range(told.num_row_groups)]
    columns = [group.column(k) for group in groups for k in range(3)]
    with path.open("rb") as file:
        found = page_bytes(file, told)
    headers = 200 * len(columns) + 60 * sum(len(column.path_in_schema) + 3000 // 100 for column in columns)
    assert 0 < found <= sum(column.total_uncompressed_size for column in columns) <= found + headers


def test_a_page_that_would_be_larger_than_the_file_s_summary_says_is_refused(tmp_path):
    path = tmp_path / "a.parquet"
    parquet.write_table(pa.table({"x": np.arange(18_000.0), "y": np.arange(18_000) % 2}), path, use_dictionary=False)
    at = parquet.ParquetFile(path).metadata.row_group(0).column(0).data_page_offset
    content = bytearray(path.read_bytes())
    assert content[at : at + 3] == b"\x15\x00\x15"  # two whole numbers: the type of the page and its size, in 3 bytes
    assert all(byte >= 128 for byte in content[at + 3 : at + 5])
    assert len(tables.read(path, limit=Limit(cells=40_000))) == 18_000
    content[at + 3 : at + 6] = b"\xfe\xff\x7f"
    path.write_bytes(content)
    with pytest.raises(ArgumentError, match="would take 1 MB"):
        tables.read(path, limit=Limit(cells=40_000))
    content[at : at + 8] = bytes(8)
    path.write_bytes(content)
    with pytest.raises(ArgumentError, match="no Parquet file, or a damaged one"):
        tables.read(path, limit=Limit(cells=40_000))


def test_words_of_parquet_are_one_object_each(tmp_path):
    """A long word in many rows, which a file keeps once, is kept once in memory, too."""
    words = ["a" * 1000, None, "b", "a" * 1000, "b"]
    for encoded in (pa.array(words), pa.array(words).dictionary_encode()):
        parquet.write_table(pa.table({"word": encoded, "y": [0, 1, 0, 1, 1]}), tmp_path / "a.parquet")
        values = tables.read(tmp_path / "a.parquet").column("word").values
        assert values.tolist() == words
        assert values[0] is values[3]


def test_wide_rows_are_read_in_smaller_chunks(tmp_path, monkeypatch):
    path = written(tmp_path, "csv", np.arange(4000.0).reshape(1000, 4), np.arange(1000) % 3)
    own = tables.read(path)
    monkeypatch.setattr("steepest.problems.tables.formats._delimited._CHUNK_CELLS", 40)
    found = tables.read(path)
    for column, other in zip(found.columns, own.columns, strict=True):
        np.testing.assert_array_equal(column.values, other.values)


# -- parts -------------------------------------------------------------------------------------------------------------


def test_parted_is_split_and_prepared():
    table = steepest.datasets.table("wine")
    found = tables.parted(table, 0.3, 5, standardize=True)
    train, test = tables.split(table, 0.3, 5)
    plan = tables.Preparation.fit(train, None, True)
    np.testing.assert_array_equal(found.train.X, plan.apply(train).X)
    np.testing.assert_array_equal(found.test.X, plan.apply(test).X)
    np.testing.assert_array_equal(np.sort(np.concatenate((found.train_rows, found.test_rows))), table.rows)
    assert tables.parted(table, 0).test is None


def test_rows_of_some_classes_and_some_columns():
    table = steepest.datasets.table("digits")
    own = steepest.datasets.table("digits", classes=(3, 8))
    found = table.of_classes(3, 8)
    np.testing.assert_array_equal(found.target.values, own.target.values)
    np.testing.assert_array_equal(found.columns[20].values, own.columns[20].values)
    assert found.where(0) == "digits row 4"
    two = found.with_columns("pixel_3_3", "pixel_0_2")
    assert (two.names, two.image_shape) == (("pixel_3_3", "pixel_0_2"), None)
    words = steepest.datasets.table("breast_cancer")
    assert len(words.of_classes("benign", "malignant")) == 569
    for labels, part in (((3,), "at least two"), ((3, 11), "no row of the class '11'")):
        with pytest.raises(ArgumentError, match=part):
            table.of_classes(*labels)
    with pytest.raises(ArgumentError, match="no classes to choose from"):
        steepest.datasets.table("diabetes").of_classes(1, 2)
    with pytest.raises(ArgumentError, match="no column 'x'"):
        table.with_columns("x")
