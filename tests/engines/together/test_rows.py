"""Rows of many runs are kept as a run's own recorder keeps its own, in whatever chunks they come."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from steepest.engines.together.rows import Rows
from steepest.records.history import Recorder


@given(
    chunks=st.lists(st.integers(1, 40), min_size=1, max_size=12), stride=st.integers(1, 4),
    budget=st.one_of(st.none(), st.integers(50, 3000)),
)  # fmt: skip
def test_rows_are_thinned_as_a_recorder_thins_them(chunks, stride, budget):
    rows, n, runs = sum(chunks), 2, np.array([1, 4, 5])
    rng = np.random.default_rng(rows)
    w, f, seconds = rng.random((rows, 3, n)), rng.random((rows, 3)), np.arange(float(rows))
    recorder = Recorder(n, ("w", "f", "seconds"), stride, budget, rows)
    kept = Rows(("w", "f", "seconds"), stride, budget, 8 * (1 + n + 2))
    first = 0
    for count in chunks:
        part = slice(first, first + count)
        recorder.extend(first, count, {"w": w[part, 1], "f": f[part, 1], "seconds": seconds[part]})
        kept = kept.adding(first, runs, {"w": w[part], "f": f[part], "seconds": seconds[part], "grad_norm": None})
        first += count
    wanted = recorder.finish()
    iteration, columns = kept.of_run(4)
    if wanted["iteration"][-1] % kept.stride:  # the recorder adds the last row
        wanted = {name: column[:-1] for name, column in wanted.items()}
    np.testing.assert_array_equal(iteration, wanted.pop("iteration"))
    for name, column in wanted.items():
        np.testing.assert_array_equal(columns[name], column)


def test_runs_that_left_have_their_rows_up_to_there():
    kept = Rows(("f",), 1, None, 16)
    kept = kept.adding(0, np.array([0, 2, 3]), {"f": np.arange(6.0).reshape(2, 3)})
    kept = kept.adding(2, np.array([2]), {"f": np.array([[7.0], [8.0]])})
    iteration, columns = kept.of_run(2)
    assert iteration.tolist() == [0, 1, 2, 3]
    assert columns["f"].tolist() == [1.0, 4.0, 7.0, 8.0]


def test_nothing_is_kept_where_nothing_is_wanted():
    kept = Rows((), 1, None, 8).adding(0, np.array([0]), {"f": np.zeros((1000, 1))})
    assert kept.pieces == ()
