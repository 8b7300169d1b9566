"""The rows that epochs visit: permutations, reproducible from (seed, epoch) alone, uniform."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from steepest.engines.orders import Orders
from steepest.methods import sampling
from steepest.methods.sampling import SAMPLINGS

SEEDS = st.integers(0, 2**64 - 1)
M64 = 2**64 - 1
GOLDEN = 0x9E3779B97F4A7C15


def splitmix(z):
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 & M64
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB & M64
    return z ^ (z >> 31)


def slow_orders(sampling, rows, seed, epoch):
    """The documented algorithm on Python's integers."""
    salt = GOLDEN if sampling == "shuffle" else 0xBF58476D1CE4E5B9
    state = splitmix((splitmix((seed + salt) & M64) + epoch * GOLDEN) & M64)

    def below(k):
        nonlocal state
        state = (state + GOLDEN) & M64
        return int((splitmix(state) >> 11) * 2.0**-53 * k)

    if sampling == "replacement":
        return [below(rows) for _ in range(rows)]
    order = list(range(rows))
    for i in range(rows - 1, 0, -1):
        j = below(i + 1)
        order[i], order[j] = order[j], order[i]
    return order


@pytest.mark.parametrize("name", ["shuffle", "replacement"])
@given(rows=st.integers(1, 60), seed=SEEDS, first=st.integers(0, 10**6), count=st.integers(1, 4))
def test_orders_follow_the_documented_algorithm(name, rows, seed, first, count):
    found = Orders(name, rows, seed).epochs(first, count)
    assert found.shape == (count, rows)
    assert found.dtype == np.int64
    assert found.tolist() == [slow_orders(name, rows, seed, first + k) for k in range(count)]


@pytest.mark.parametrize("name", ["shuffle", "replacement"])
def test_the_plain_functions_are_what_is_compiled(name):
    fill = {"shuffle": sampling.fill_shuffle, "replacement": sampling.fill_replacement}[name]
    order = np.empty(17, dtype=np.int64)
    with np.errstate(over="ignore"):
        fill(order, np.uint64(5), np.uint64(9))
    assert order.tolist() == Orders(name, 17, 5).epochs(9, 1)[0].tolist()


@pytest.mark.parametrize("name", [*SAMPLINGS])
@given(rows=st.integers(1, 200), seed=SEEDS, epoch=st.integers(0, 2**31))
def test_every_order_holds_rows_and_any_epoch_can_be_had_by_itself(name, rows, seed, epoch):
    orders = Orders(name, rows, seed)
    several = orders.epochs(epoch, 3)
    assert several.min() >= 0
    assert several.max() < rows
    if name != "replacement":
        assert (np.sort(several, axis=1) == np.arange(rows)).all()
    for k in (2, 0, 1):
        assert np.array_equal(orders.epochs(epoch + k, 1)[0], several[k])
        assert np.array_equal(Orders(name, rows, seed).epochs(epoch + k, 1)[0], several[k])


@pytest.mark.parametrize("rows", [1, 2, 10, 288])
def test_tutorial_orders_are_numpys_legacy_permutations_seeded_with_the_epoch(rows):
    wanted = []
    state = np.random.get_state()
    for epoch in range(5):
        np.random.seed(epoch)
        wanted.append(np.random.permutation(rows))
    np.random.set_state(state)
    orders = Orders("tutorial", rows, seed=77)
    assert np.array_equal(orders.epochs(0, 5), wanted)
    assert np.array_equal(orders.epochs(3, 2), wanted[3:])


def test_sequential_is_the_order_of_the_data():
    assert Orders("sequential", 4, 9).epochs(7, 2).tolist() == [[0, 1, 2, 3], [0, 1, 2, 3]]


@pytest.mark.parametrize("name", [*SAMPLINGS])
def test_the_global_generator_is_left_alone(name):
    np.random.seed(123)
    before = np.random.get_state()[1].copy()
    Orders(name, 50, 3).epochs(0, 10)
    assert np.array_equal(np.random.get_state()[1], before)
    np.random.seed()


def test_seeds_and_epochs_give_orders_of_their_own():
    seen = {
        tuple(order) for seed in (0, 1, 2, 2**63, M64) for order in Orders("shuffle", 30, seed).epochs(0, 200).tolist()
    }
    assert len(seen) == 1000


def test_shuffles_are_uniform_over_all_permutations():
    orders = Orders("shuffle", 4, 20).epochs(0, 24_000)
    codes = orders @ [64, 16, 4, 1]
    counts = np.unique(codes, return_counts=True)[1]
    assert counts.size == math.factorial(4)
    assert stats.chisquare(counts).pvalue > 1e-3


@pytest.mark.parametrize("name", ["shuffle", "replacement"])
def test_every_row_comes_at_every_place_equally_often(name):
    rows, epochs = 16, 20_000
    orders = Orders(name, rows, 8).epochs(0, epochs)
    for place in (0, 7, 15):
        counts = np.bincount(orders[:, place], minlength=rows)
        assert stats.chisquare(counts).pvalue > 1e-3


def test_replacement_draws_are_independent_of_each_other():
    orders = Orders("replacement", 5, 1).epochs(0, 20_000)
    pairs = np.bincount(orders[:, 0] * 5 + orders[:, 1], minlength=25)
    assert stats.chisquare(pairs).pvalue > 1e-3


def test_one_seed_after_the_other_gives_unrelated_shuffles():
    first = [Orders("shuffle", 12, seed).epochs(0, 1)[0][0] for seed in range(6000)]
    assert stats.chisquare(np.bincount(first, minlength=12)).pvalue > 1e-3
