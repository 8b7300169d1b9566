"""Whatever bytes a file holds, reading and preparing it raises the package's own errors, in one line, or nothing."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from steepest.base.errors import ArgumentError
from steepest.problems.tables import Preparation, read, split

SUFFIXES = [".csv", ".tsv", ".npy", ".npz", ".svmlight", ".parquet"]


def attempt(folder, suffix, content):
    path = folder / f"data{suffix}"
    path.write_bytes(content)
    try:
        table = read(path)
        assert len(table) >= 1
        assert len(table.names) >= 1
        assert not table.target.missing.any()
        X = Preparation.fit(split(table)[0], impute="mean", standardize=True).apply(table).X
        assert np.isfinite(X.data if hasattr(X, "indptr") else X).all()
    except ArgumentError as error:
        said = str(error)
    else:
        said = ""
    assert "\n" not in said
    assert len(said) < 700


def whole_files():
    import pyarrow as pa
    import pyarrow.parquet as pq

    npy, npz, parquet = io.BytesIO(), io.BytesIO(), io.BytesIO()
    np.save(npy, np.arange(12.0).reshape(4, 3))
    np.savez_compressed(npz, X=np.arange(8.0).reshape(4, 2), y=np.array(["a", "b", "a", "b"]))
    pq.write_table(pa.table({"a": [1.0, 2.0, None], "w": ["u", "v", "u"], "y": [0, 1, 0]}), parquet)
    text = "a,w,y\n1,u,0\n2,v,1\n3,u,0\n"
    return {
        ".csv": text.encode(), ".tsv": text.replace(",", "\t").encode(), ".npy": npy.getvalue(), ".npz": npz.getvalue(),
        ".svmlight": b"1 1:0.5 7:2\n0 2:1 # note\n1 1:3\n", ".parquet": parquet.getvalue(),
    }  # fmt: skip


WHOLE = whole_files()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("fuzz")


@pytest.mark.parametrize("suffix", SUFFIXES)
@given(content=st.binary(max_size=300))
def test_any_bytes(folder, suffix, content):
    attempt(folder, suffix, content)


@pytest.mark.parametrize("suffix", SUFFIXES)
@given(content=st.text(alphabet="019.-+eEnaif_ ,;:\t\n\r\"'x?#\u00e9", max_size=120))
def test_any_text_like_a_table(folder, suffix, content):
    attempt(folder, suffix, content.encode())


rows = st.lists(
    st.lists(
        st.one_of(st.floats().map(repr), st.integers().map(str), st.text(max_size=5), st.sampled_from(["NA", "", "u"])),
        min_size=3, max_size=3,
    ),
    min_size=1, max_size=30,
)  # fmt: skip


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@given(rows=rows)
def test_any_table_of_cells(folder, delimiter, rows):
    attempt(folder, ".csv", "\n".join(delimiter.join(cells) for cells in rows).encode())


@pytest.mark.parametrize("suffix", SUFFIXES)
@given(data=st.data())
def test_any_damage_to_a_whole_file(folder, suffix, data):
    content = bytearray(WHOLE[suffix])
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    attempt(folder, suffix, bytes(content[: data.draw(st.integers(1, len(content)))]))
    attempt(folder, suffix, bytes(content))


headers = st.one_of(
    st.text(alphabet="{}'():,descrfotanhpe0123456789<>fiOUV|TrueFals ", max_size=120),
    st.sampled_from(["<f8", "|O", "<U0", "|V0", "<U3", "<c16", ">i2", "|b1", "<M8[s]", "<f2", "bad"]).flatmap(
        lambda kind: st.lists(st.integers(-2, 10**15), max_size=3).map(
            lambda shape: repr({"descr": kind, "fortran_order": False, "shape": tuple(shape)})
        )
    ),
)


@given(text=headers, version=st.sampled_from([1, 2, 3, 9]), body=st.binary(max_size=200))
def test_any_npy_header(folder, text, version, body):
    size = len(text).to_bytes(2 if version == 1 else 4, "little")
    attempt(folder, ".npy", b"\x93NUMPY" + bytes([version, 0]) + size + text.encode() + body)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_whole_files_are_read(tmp_path, suffix):
    path = tmp_path / f"data{suffix}"
    path.write_bytes(WHOLE[suffix])
    assert len(read(path)) in (3, 4)
