"""Profiles and ranks: by hand on a small case, and against other implementations."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from steepest.analysis import profiles

INF = np.inf
COSTS = np.array([[10.0, 20.0], [30.0, 10.0], [5.0, INF], [INF, INF]])
"""Four instances, two methods: ratios (1, 2), (3, 1), (1, inf), (inf, inf)."""


@st.composite
def tables(draw, methods=None):
    rows, columns = draw(st.integers(1, 8)), methods or draw(st.integers(2, 4))
    cost = st.one_of(st.just(INF), st.integers(1, 12).map(float))
    return np.array(draw(st.lists(st.lists(cost, min_size=columns, max_size=columns), min_size=rows, max_size=rows)))


def share_at(curve, x):
    at, share = curve
    return share[np.searchsorted(at, x, side="right") - 1]


def test_a_performance_profile_by_hand():
    first, second = profiles.performance_profile(COSTS)
    assert first[0].tolist() == [1.0, 3.0]
    assert first[1].tolist() == [0.5, 0.75]
    assert second[0].tolist() == [1.0, 2.0, 3.0]
    assert second[1].tolist() == [0.25, 0.5, 0.5]


def test_a_data_profile_by_hand():
    first, second = profiles.data_profile(COSTS)
    assert first[0].tolist() == [0.0, 5.0, 10.0, 30.0]
    assert first[1].tolist() == [0.0, 0.25, 0.5, 0.75]
    assert second[1].tolist() == [0.0, 0.25, 0.5, 0.5]
    halved, _ = profiles.data_profile(COSTS, [2.0, 3.0, 5.0, 1.0])
    assert halved[0].tolist() == [0.0, 1.0, 5.0, 10.0]


def test_a_start_that_is_solved_costs_one_at_least():
    first, second = profiles.performance_profile([[0.0, 4.0]])
    assert share_at(first, 1.0) == 1.0
    assert share_at(second, 3.9) == 0.0
    assert share_at(second, 4.0) == 1.0


@given(tables())
def test_performance_profiles_equal_the_definition(costs):
    curves = profiles.performance_profile(costs)
    for m, curve in enumerate(curves):
        for tau in (1.0, 1.5, 2.0, 4.0, 12.0):
            within = sum(
                1 for row in costs if np.isfinite(row[m]) and row[m] <= tau * min(row) * (1 + 1e-12)
            )  # fmt: skip
            assert share_at(curve, tau * (1 + 1e-12)) == pytest.approx(within / len(costs))
        assert (np.diff(curve[1]) >= 0).all()
        assert curve[1][-1] == pytest.approx(np.isfinite(costs[:, m]).mean())


@given(tables())
def test_data_profiles_equal_the_definition(costs):
    for m, curve in enumerate(profiles.data_profile(costs, 2.0)):
        for kappa in (0.0, 0.5, 1.0, 3.0, 6.0):
            assert share_at(curve, kappa) == pytest.approx((costs[:, m] / 2.0 <= kappa).mean())


# -- ranks -----------------------------------------------------------------------------------------------------------


def test_ranks_by_hand():
    gaps = np.array([[0.0, 0.0], [0.0, 0.0], [0.0, 0.1], [0.5, 0.2]])
    ranks = profiles.mean_ranks(profiles.balances(COSTS, gaps))
    assert ranks.tolist() == [[1.0, 2.0], [2.0, 1.0], [1.0, 2.0], [2.0, 1.0]]


@given(tables())
def test_ranks_equal_scipys(costs):
    gaps = np.where(np.isinf(costs), 0.5, 0.0)
    ranks = profiles.mean_ranks(profiles.balances(costs, gaps))
    np.testing.assert_allclose(ranks, np.apply_along_axis(stats.rankdata, 1, costs))


def test_a_run_without_a_number_ranks_last():
    ranks = profiles.mean_ranks(profiles.balances([[INF, INF, INF]], [[np.nan, 0.5, 0.1]]))
    assert ranks.tolist() == [[3.0, 2.0, 1.0]]


def test_blocks_are_averaged_in_the_order_they_come():
    assert profiles.block_means(np.array([[1.0], [3.0], [5.0]]), [7, 2, 7]).tolist() == [[3.0], [3.0]]
    assert profiles.block_means(np.array([[1.0], [4.0], [5.0]]), [7, 2, 7]).tolist() == [[3.0], [4.0]]


def test_intervals_hold_the_mean_and_shrink_with_more_blocks():
    rng = np.random.default_rng(1)
    few, many = (profiles.bootstrapped(1.0 + rng.integers(0, 2, (k, 2)), seed=3) for k in (8, 200))
    for found in (few, many):
        assert (found.low <= found.mean).all()
        assert (found.mean <= found.high).all()
    assert ((many.high - many.low) < (few.high - few.low)).all()


# -- tests -----------------------------------------------------------------------------------------------------------


@given(st.lists(st.integers(-5, 5), min_size=1, max_size=9))
def test_signed_ranks_equal_the_count_over_all_signs(differences):
    d = np.array([x for x in differences if x], dtype=float)
    if not d.size:
        assert profiles.signed_rank_p(differences) == 1.0
        return
    ranks = stats.rankdata(np.abs(d))
    middle, seen = ranks.sum() / 2, abs(ranks[d > 0].sum() - ranks.sum() / 2)
    sums = [abs((ranks * np.array(signs)).sum() - middle) for signs in product((0, 1), repeat=d.size)]
    assert profiles.signed_rank_p(differences) == pytest.approx(np.mean(np.array(sums) >= seen - 1e-9))


@given(st.integers(0, 10_000))
def test_signed_ranks_equal_scipys_without_ties(seed):
    d = np.random.default_rng(seed).normal(0.3, 1.0, 20)
    assert profiles.signed_rank_p(d) == pytest.approx(stats.wilcoxon(d, method="exact").pvalue)


def test_many_differences_are_normal():
    d = np.random.default_rng(0).normal(0.1, 1.0, 301)
    assert profiles.signed_rank_p(d) == pytest.approx(stats.wilcoxon(d, method="approx").pvalue, rel=1e-6)
    assert profiles.signed_rank_p(d) == pytest.approx(profiles.signed_rank_p(d[:300]), rel=0.2)


@pytest.mark.parametrize("blocks", [1, 2, 6])
def test_the_least_p_value_is_that_of_differences_on_one_side(blocks):
    assert profiles.smallest_p(blocks) == profiles.signed_rank_p(np.arange(1.0, blocks + 1))


def test_holm_by_hand():
    assert profiles.holm([0.01, 0.04, 0.03]).tolist() == pytest.approx([0.03, 0.06, 0.06])
    assert profiles.holm([0.9, 0.6]).tolist() == [1.0, 1.0]


def test_friedman_equals_scipys_and_knows_ties():
    ranks = np.array([[1.0, 2.0, 3.0], [1.0, 3.0, 2.0], [1.0, 2.0, 3.0], [2.0, 1.0, 3.0]])
    assert profiles.friedman_p(ranks) == pytest.approx(stats.friedmanchisquare(*ranks.T).pvalue)
    assert profiles.friedman_p(np.full((4, 3), 2.0)) == 1.0
    assert profiles.friedman_p(ranks[:1]) == 1.0
