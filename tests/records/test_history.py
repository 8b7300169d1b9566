"""The recorder against a list of rows, and what a history shows of itself."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from steepest.records.history import BUDGET, COLUMNS, History, Plan, Recorder

ROW_BYTES = 8 * (1 + 2 + 1)


def filled(chunks, stride=1, budget=None, expect=10):
    """A recorder that was given ``chunks`` of so many rows; row t holds w = (t, -t) and f = t^2."""
    recorder, t = Recorder(2, ("w", "f"), stride, budget, expect), 0
    for rows in chunks:
        at = np.arange(t, t + rows, dtype=float)
        recorder.extend(t, rows, {"w": np.stack([at, -at], axis=1), "f": at**2})
        t += rows
    return recorder, t


def check(columns, wanted):
    assert columns["iteration"].tolist() == wanted
    at = np.array(wanted, dtype=float)
    assert np.array_equal(columns["w"], np.stack([at, -at], axis=1).reshape(-1, 2))
    assert np.array_equal(columns["f"], at**2)
    assert columns["iteration"].dtype == np.int64


@given(
    chunks=st.lists(st.integers(0, 30), min_size=1, max_size=12), stride=st.integers(1, 7), expect=st.integers(0, 200)
)
def test_every_kth_row_and_the_last_whatever_the_chunks(chunks, stride, expect):
    recorder, total = filled(chunks, stride, None, expect)
    wanted = sorted({*range(0, total, stride), total - 1}) if total else []
    check(recorder.finish(), wanted)
    check(recorder.finish(), wanted)
    assert recorder.seen == total


@given(chunks=st.lists(st.integers(1, 40), min_size=1, max_size=25), rows=st.integers(3, 60), stride=st.integers(1, 3))
def test_thinning_doubles_the_stride_and_keeps_first_and_last(chunks, rows, stride):
    recorder, total = filled(chunks, stride, rows * ROW_BYTES)
    columns = recorder.finish()
    kept = columns["iteration"].tolist()
    assert kept[0] == 0
    assert kept[-1] == total - 1
    assert len(kept) <= max(rows, 3) + 1
    step = stride if len(kept) == 1 else kept[1]
    if len(kept) > 2:
        assert step % stride == 0
        factor = step // stride
        assert factor & (factor - 1) == 0
        check(columns, sorted({*range(0, total, step), total - 1}))
        if factor > 1:  # no earlier than needed: with half the stride they would not have fitted
            assert len(range(0, total, step // 2)) > max(rows, 3)


@given(
    chunks=st.lists(st.integers(1, 9), min_size=1, max_size=8), stride=st.integers(1, 4), back=st.integers(0, 12),
    budget=st.none() | st.just(6 * ROW_BYTES),
)  # fmt: skip
def test_rows_given_twice_are_kept_once(chunks, stride, back, budget):
    recorder, total = filled(chunks, stride, budget)
    again, _ = filled(chunks, stride, budget)
    first = max(0, total - back)
    at = np.arange(first, total + 3, dtype=float)
    for rows in (total - first, total + 3 - first):
        again.extend(first, rows, {"w": np.stack([at, -at], axis=1), "f": at**2})
    at = np.arange(total, total + 3, dtype=float)
    recorder.extend(total, 3, {"w": np.stack([at, -at], axis=1), "f": at**2})
    one, other = recorder.finish(), again.finish()
    for name in one:
        assert np.array_equal(one[name], other[name])


def test_what_was_handed_out_does_not_change_when_more_rows_come():
    recorder, total = filled([5], 3)
    early = recorder.finish()
    before = {name: column.copy() for name, column in early.items()}
    at = np.arange(total, total + 20, dtype=float)
    recorder.extend(total, 20, {"w": np.stack([at, at], axis=1), "f": at})
    for name, column in early.items():
        assert np.array_equal(column, before[name])


def test_the_last_row_is_a_copy_of_what_came_in():
    recorder = Recorder(1, ("w", "f"), 5, None, 10)
    w, f = np.array([[1.0], [2.0]]), np.array([3.0, 4.0])
    recorder.extend(0, 2, {"w": w, "f": f})
    w[:], f[:] = 9.0, 9.0
    columns = recorder.finish()
    assert columns["w"].tolist() == [[1.0], [2.0]]
    assert columns["f"].tolist() == [3.0, 4.0]


def test_a_short_run_holds_no_large_arrays():
    recorder, _ = filled([3], expect=10**9)
    columns = recorder.finish()
    held = sum(column.base.nbytes if column.base is not None else column.nbytes for column in columns.values())
    assert held < 1000


def test_a_recorder_of_nothing_counts_its_rows():
    recorder = Recorder(3, (), 1, None, 10)
    recorder.extend(0, 7, {})
    assert [*recorder.finish()] == ["iteration"]
    assert recorder.finish()["iteration"].tolist() == [*range(7)]


def test_the_default_budget_is_64_mb_and_thins_there(monkeypatch):
    assert BUDGET == 64 * 2**20
    assert Plan().budget == BUDGET
    recorder = Recorder(1000, ("w",), 1, BUDGET, 10)
    w = np.zeros((1000, 1000))
    for k in range(9):
        recorder.extend(1000 * k, 1000, {"w": w})
    kept = recorder.finish()["iteration"]
    assert kept[1] == 2
    assert kept.size * 8 * 1001 <= BUDGET


def test_a_history_shows_what_was_recorded():
    history = History(np.arange(3), f=np.array([3.0, 2.0, 1.0]))
    assert len(history) == 3
    assert [*history.columns()] == ["iteration", "f"]
    assert history.w is None
    assert repr(history) == "<History 3 rows: iteration, f>"
    with pytest.raises(AttributeError):
        history.f = None


def test_the_columns_are_the_contracts():
    assert {*COLUMNS} == {"w", "f", "grad_norm", "learning_rate", "n_grad", "seconds", "running_f"}
    assert [*History.__dataclass_fields__] == ["iteration", *COLUMNS]
