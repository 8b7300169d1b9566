"""The orders of a stochastic epoch: permutations, or independent draws, from (seed, epoch) alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from steepest.engines.orders import Orders
from steepest.methods.sampling import SAMPLINGS, fill_replacement, fill_shuffle

seeds = st.integers(0, 2**64 - 1)
epochs = st.integers(0, 2**40)


def order(fill, rows, seed, epoch):
    out = np.full(rows, -1, dtype=np.int64)
    with np.errstate(over="ignore"):  # the counters wrap around on purpose
        fill(out, np.uint64(seed), np.uint64(epoch))
    return out


@given(st.integers(1, 60), seeds, epochs)
def test_a_shuffle_visits_every_row_once(rows, seed, epoch):
    assert np.array_equal(np.sort(order(fill_shuffle, rows, seed, epoch)), np.arange(rows))


@given(st.integers(1, 60), seeds, epochs)
def test_replacement_draws_rows_that_exist(rows, seed, epoch):
    drawn = order(fill_replacement, rows, seed, epoch)
    assert drawn.min() >= 0
    assert drawn.max() < rows


@pytest.mark.parametrize("fill", [fill_shuffle, fill_replacement])
@given(seed=seeds, epoch=epochs)
def test_the_same_seed_and_epoch_give_the_same_order_and_others_another(fill, seed, epoch):
    first = order(fill, 50, seed, epoch)
    assert np.array_equal(first, order(fill, 50, seed, epoch))
    assert not np.array_equal(first, order(fill, 50, seed, epoch + 1))
    assert not np.array_equal(first, order(fill, 50, (seed + 1) % 2**64, epoch))


@pytest.mark.parametrize("fill", [fill_shuffle, fill_replacement])
@pytest.mark.parametrize("along", ["seeds", "epochs"])
def test_every_row_is_as_likely_at_every_place(fill, along):
    rows, draws = 5, 2000
    pairs = [(k, 7) if along == "seeds" else (7, k) for k in range(draws)]
    orders = np.array([order(fill, rows, seed, epoch) for seed, epoch in pairs])
    for place in range(rows):
        counts = np.bincount(orders[:, place], minlength=rows)
        assert stats.chisquare(counts).pvalue > 1e-4


def test_neighbouring_epochs_are_unrelated():
    first, second = (np.array([order(fill_shuffle, 40, 0, k + d)[0] for k in range(500)]) for d in (0, 1))
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.15


@pytest.mark.parametrize(("name", "fill"), [("shuffle", fill_shuffle), ("replacement", fill_replacement)])
@pytest.mark.parametrize("seed", [0, 10, 2**63 + 5])
def test_the_engines_use_these_orders(name, fill, seed):
    found = Orders(name, 31, seed).epochs(3, 4)
    assert np.array_equal(found, [order(fill, 31, seed, 3 + k) for k in range(4)])


def test_sequential_and_the_articles_orders():
    assert np.array_equal(Orders("sequential", 4, 0).epochs(2, 2), [[0, 1, 2, 3]] * 2)
    found = Orders("tutorial", 9, 5).epochs(4, 2)
    for k, row in enumerate(found):
        assert np.array_equal(row, np.random.RandomState(4 + k).permutation(9))


def test_every_sampling_is_described():
    assert set(SAMPLINGS) == {"shuffle", "replacement", "sequential", "tutorial"}
    assert all(text and text.isascii() for text in SAMPLINGS.values())
