"""Data as it is given: what is used where it lies, what is copied, what is refused, and products with all of it."""

import hashlib
import tracemalloc

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st

from steepest import LinearModel
from steepest.base.errors import ArgumentError, ArgumentTypeError
from steepest.problems import design
from steepest.problems.design import as_rows, blocks, fingerprint, numeric, row_weights, times, transposed_times

X = np.array([[1.0, 2.0], [3.0, 5.0], [0.0, -1.0], [2.0, 2.0]])
FORMATS = ["csr", "csc", "coo", "lil", "dok", "dia", "bsr"]


def laid_out(A):
    """The same numbers in every order and stride."""
    wide = np.zeros((A.shape[0], 2 * A.shape[1]), dtype=A.dtype)
    wide[:, ::2] = A
    tall = np.zeros((3 * A.shape[0], A.shape[1]), dtype=A.dtype)
    tall[::3] = A
    unaligned = np.zeros(A.nbytes + 1, dtype="u1")[1:].view(A.dtype).reshape(A.shape)
    unaligned[...] = A
    return {
        "C": A.copy(), "F": np.asfortranarray(A), "every other column": wide[:, ::2], "every third row": tall[::3],
        "upside down": A[::-1].copy()[::-1], "mirrored": A[:, ::-1].copy()[:, ::-1], "transposed": A.T.copy().T,
        "F, every third row": np.asfortranarray(tall)[::3], "unaligned": unaligned,
    }  # fmt: skip


LAYOUTS = pytest.mark.parametrize("layout", list(laid_out(X)))
KINDS = pytest.mark.parametrize("kind", ["f8", "f4"])


@LAYOUTS
@KINDS
def test_float64_and_float32_are_used_where_they_lie(layout, kind):
    given_X = laid_out(X.astype(kind))[layout]
    assert as_rows(given_X) is given_X
    assert np.array_equal(given_X, X)
    given_X.setflags(write=False)
    assert as_rows(given_X) is given_X


@pytest.mark.parametrize("kind", ["f2", "g", ">f8", ">f4", "i1", "u8", "?", "O"])
def test_other_types_become_float64(kind):
    made = as_rows((X > 0).astype(kind))
    assert made.dtype == np.float64
    assert made.dtype.isnative
    assert np.array_equal(made, X > 0)


@pytest.mark.parametrize("cls", [sp.csr_array, sp.csr_matrix])
@KINDS
def test_canonical_csr_is_used_where_it_lies(cls, kind):
    matrix = cls(X.astype(kind))
    assert as_rows(matrix) is matrix


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("kind", ["f8", "f4", "i8", "?"])
@pytest.mark.parametrize("make", [sp.coo_array, sp.coo_matrix])
def test_any_sparse_format_becomes_csr(form, kind, make):
    matrix = make(X.astype(kind)).asformat(form)
    made = as_rows(matrix)
    assert made.format == "csr"
    assert made.dtype == (kind if kind in ("f8", "f4") else np.float64)
    assert np.array_equal(made.toarray(), X.astype(kind))


def test_duplicates_are_summed_and_columns_sorted_without_touching_the_given_matrix():
    parts = np.array([1.0, 2.0, 4.0, 3.0]), np.array([1, 0, 1, 1]), np.array([0, 3, 4, 4])
    matrix = sp.csr_matrix(parts, shape=(3, 2))
    made = as_rows(matrix)
    assert made.has_canonical_format
    assert np.array_equal(made.toarray(), [[2, 5], [0, 3], [0, 0]])
    assert np.array_equal(matrix.indices, [1, 0, 1, 1])
    assert np.array_equal(matrix.data, [1, 2, 4, 3])
    w, y = np.array([0.5, 1.0, -2.0]), np.array([1.0, 2.0, 3.0])
    for found, wanted in zip(
        LinearModel(matrix, y).value_and_gradient(w), LinearModel(made.toarray(), y).value_and_gradient(w), strict=True
    ):
        np.testing.assert_allclose(found, wanted, rtol=1e-14)


def with_one(value, form=None):
    changed = np.where(X == 5, value, X)
    return changed if form is None else sp.coo_array(changed).asformat(form)


@pytest.mark.parametrize("form", [None, "csr", "csc"])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_found_and_named(form, value):
    with pytest.raises(ArgumentError, match=f"^X holds {value} at row 1, column 1; drop or fill such values first$"):
        as_rows(with_one(value, form))


@pytest.mark.parametrize("at", [(0, 0), (70_000, 1), (99_999, 0)])
@KINDS
def test_it_is_found_in_any_block_and_opposite_infinities_do_not_hide(at, kind):
    big = np.zeros((100_000, 3), dtype=kind, order="F")
    big[at] = np.inf
    big[99_999, 1] = -np.inf
    with pytest.raises(ArgumentError, match=f"^X holds inf at row {at[0]}, column {at[1]};"):
        as_rows(big)


def test_finite_numbers_whose_sum_is_not_are_fine():
    big = np.full((4, 2), 1e308)
    assert as_rows(big) is big
    assert as_rows(np.full((4, 2), 3e38, dtype="f4")).dtype == np.float32


nullable = pd.DataFrame({"a": pd.array([1, None], dtype="Int64"), "b": [1, 2]})
BAD = [
    (sp.csr_array((4, 0)), ArgumentError, r"^X must have at least one row and one column; its shape is \(4, 0\)$"),
    (sp.csr_array((0, 3)), ArgumentError, r"^X must have at least one row and one column; its shape is \(0, 3\)$"),
    (sp.csr_array(X * 1j), ArgumentTypeError, "^X must hold real numbers; its dtype is complex128$"),
    (sp.coo_array(X[0]), ArgumentError, r"^X must have 2 dimensions; its shape is \(2,\)$"),
    (pd.DataFrame({"a": [1, 2], "b": ["x", "y"]}), ArgumentTypeError,
     "^X must hold numbers; it holds 'x' at row 0, column 1; encode, fill or drop such values first$"),
    (nullable, ArgumentTypeError, "^X must hold numbers; it holds <NA> at row 1, column 0; encode, fill or drop"),
    ([[1, {}], [2, 3]], ArgumentTypeError, "^X must hold numbers; it holds {} at row 0, column 1; encode"),
    ({1, 2}, ArgumentTypeError, "^X must hold numbers; got {1, 2}$"),
    (np.ma.masked_array(X, X == 5), ArgumentError, "^X has masked entries; fill or drop them first$"),
    ([[10**400, 1]], ArgumentError, "^X holds an integer beyond the largest float, 1.8e308; scale it$"),
    ("abc", ArgumentTypeError, "^X must hold real numbers; its dtype is <U3$"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "kind", "message"), BAD, ids=range(len(BAD)))
def test_what_cannot_be_rows_is_one_sentence(data, kind, message):
    with pytest.raises(kind, match=message):
        as_rows(data)


def test_a_vector_may_be_a_column_but_not_sparse():
    assert np.array_equal(numeric([[1], [2]], "y", 1), [1.0, 2.0])
    assert np.array_equal(numeric(pd.Series([1, 2]), "y", 1), [1.0, 2.0])
    with pytest.raises(ArgumentTypeError, match=r"^y must be dense; pass y.toarray\(\)$"):
        numeric(sp.csr_array(X), "y", 1)


def test_a_mask_that_hides_nothing_is_no_obstacle():
    assert np.array_equal(as_rows(np.ma.masked_array(X, np.zeros_like(X))), X)


@st.composite
def products(draw):
    seed, rows, columns = draw(st.integers(0, 999)), draw(st.integers(1, 40)), draw(st.integers(1, 7))
    outputs = draw(st.sampled_from([(), (1,), (3,)]))
    rng = np.random.default_rng(seed)
    A = rng.standard_normal((rows, columns)).astype(draw(st.sampled_from(["f8", "f4"])))
    layout = draw(st.sampled_from([*laid_out(X), "sparse"]))
    given_X = sp.csr_array(A) if layout == "sparse" else laid_out(A)[layout]
    return A.astype(float), given_X, rng.standard_normal((columns, *outputs)), rng.standard_normal((rows, *outputs))


@given(case=products(), block=st.sampled_from([1, 5, 2**16]))
def test_products_are_numpys_in_double_precision(case, block):
    A, given_X, c, d = case
    was, design.BLOCK = design.BLOCK, block
    try:
        o, g = times(given_X, c), transposed_times(given_X, d)
    finally:
        design.BLOCK = was
    assert o.dtype == g.dtype == np.float64
    np.testing.assert_allclose(o, A @ c, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(g, A.T @ d, rtol=1e-12, atol=1e-12)


@given(rows=st.integers(1, 300), columns=st.integers(1, 50), block=st.integers(1, 999))
def test_blocks_are_all_rows_once_and_in_order(rows, columns, block):
    was, design.BLOCK = design.BLOCK, block
    try:
        parts = list(blocks(np.empty((rows, columns))))
    finally:
        design.BLOCK = was
    assert [i for part in parts for i in range(rows)[part]] == list(range(rows))
    assert max(part.stop - part.start for part in parts) <= max(1, block // columns)


@LAYOUTS
@KINDS
def test_a_fingerprint_is_of_the_numbers_and_not_of_their_order(layout, kind):
    A = np.random.default_rng(0).standard_normal((90_000, 3)).astype(kind)
    told = fingerprint(laid_out(A)[layout])
    assert told == {"shape": [90_000, 3], "dtype": str(A.dtype), "sha256": hashlib.sha256(A.tobytes()).hexdigest()}
    A[0, 0] = np.nextafter(A[0, 0], np.inf, dtype=kind)
    assert fingerprint(laid_out(A)[layout])["sha256"] != told["sha256"]


def test_fingerprints_of_sparse_matrices_know_values_and_places():
    one, other, moved = sp.csr_array(X), sp.csr_array(2 * X), sp.csr_array(X[:, ::-1])
    assert fingerprint(one) == fingerprint(one.copy())
    assert len({fingerprint(m)["sha256"] for m in (one, other, moved)}) == 3


@pytest.mark.parametrize("value", [np.array(3.0), np.zeros(0), np.arange(5.0), np.zeros((0, 3)), np.ones((2, 3, 4))])
def test_fingerprints_of_any_shape(value):
    wanted = hashlib.sha256(value.tobytes()).hexdigest()
    assert fingerprint(value) == {"shape": list(value.shape), "dtype": "float64", "sha256": wanted}


@LAYOUTS
@KINDS
def test_nothing_of_X_is_copied(layout, kind):
    """Neither by the model, nor by its value and gradient, its recipe or its scaled columns: X has 4.8 or 9.6 MB."""
    given_X = laid_out(np.random.default_rng(0).standard_normal((20_000, 60)).astype(kind))[layout]
    y = np.zeros(20_000)
    tracemalloc.start()
    try:
        model = LinearModel(given_X, y)
        model.value_and_gradient(np.ones(model.n))
        model.recipe()
        model.rescaled().value_and_gradient(np.ones(model.n))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert model.X is given_X
    assert peak < 2.5e6  # the vectors of 20,000 outputs, losses and slopes, and a block


def test_row_weights_are_scaled_to_mean_one_or_left():
    assert np.array_equal(row_weights([1, 3], 2, True), [0.5, 1.5])
    assert np.array_equal(row_weights([1, 3], 2, False), [1.0, 3.0])
    assert np.array_equal(row_weights([True, False], 2, True), [2.0, 0.0])
    assert np.array_equal(row_weights(np.ones((2, 1)), 2, True), [1.0, 1.0])


@given(weights=st.lists(st.floats(0, 1.7e308), min_size=1, max_size=9).filter(any))
def test_their_mean_is_one_however_large_or_small_they_are(weights):
    scaled = row_weights(weights, len(weights), True)
    assert scaled.mean() == pytest.approx(1.0, rel=1e-12)
    assert np.all((scaled == 0) >= (np.array(weights) == 0))


WEIGHTS = [
    ([0, 0], ArgumentError, "^sample_weight is 0 for every row; at least one must count$"),
    ([1, -1], ArgumentError, "^sample_weight must not be negative; it is -1 at row 1$"),
    ([np.nan, 1], ArgumentError, "^sample_weight holds nan at row 0; drop or fill such values first$"),
    ([1, np.inf], ArgumentError, "^sample_weight holds inf at row 1; drop or fill such values first$"),
    ([1, 2, 3], ArgumentError, "^sample_weight must have one number a row; X has 2 rows, it has 3$"),
    ([], ArgumentError, "^sample_weight must have one number a row; X has 2 rows, it has 0$"),
    (2.0, ArgumentError, r"^sample_weight must have 1 dimension; its shape is \(\)$"),
    (np.ones((2, 2)), ArgumentError, r"^sample_weight must have 1 dimension; its shape is \(2, 2\)$"),
    ("balanced", ArgumentTypeError, "^sample_weight must hold real numbers; its dtype is <U8$"),
]


@pytest.mark.parametrize(("weights", "kind", "message"), WEIGHTS, ids=range(len(WEIGHTS)))
def test_what_cannot_weigh_rows_is_one_sentence(weights, kind, message):
    with pytest.raises(kind, match=message):
        LinearModel(X[:2], [1.0, 2.0], sample_weight=weights)
