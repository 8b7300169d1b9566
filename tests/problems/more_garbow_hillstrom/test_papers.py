"""What the papers print, and what is worked by hand from their formulas, against the problems: order, sizes, values at
the starts, least values; and the minima against SciPy's least squares."""

import math

import numpy as np
import pytest
import scipy.optimize

import steepest

gallery = steepest.gallery

ORDER = [
    "rosenbrock",
    "freudenstein_roth",
    "powell_badly_scaled",
    "brown_badly_scaled",
    "beale",
    "jennrich_sampson",
    "helical_valley",
    "bard",
    "gaussian",
    "meyer",
    "gulf_research",
    "box_3d",
    "powell_singular",
    "wood",
    "kowalik_osborne",
    "brown_dennis",
    "osborne_1",
    "biggs_exp6",
    "osborne_2",
    "watson",
    "extended_rosenbrock",
    "extended_powell_singular",
    "penalty_1",
    "penalty_2",
    "variably_dimensioned",
    "trigonometric",
    "brown_almost_linear",
    "discrete_boundary_value",
    "discrete_integral_equation",
    "broyden_tridiagonal",
    "broyden_banded",
    "linear_full_rank",
    "linear_rank_one",
    "linear_rank_one_zeros",
    "chebyquad",
]
UNCONSTRAINED = [
    "helical_valley",
    "biggs_exp6",
    "gaussian",
    "powell_badly_scaled",
    "box_3d",
    "variably_dimensioned",
    "watson",
    "penalty_1",
    "penalty_2",
    "brown_badly_scaled",
    "brown_dennis",
    "gulf_research",
    "trigonometric",
    "extended_rosenbrock",
    "extended_powell_singular",
    "beale",
    "wood",
    "chebyquad",
]


def test_the_names_are_in_the_paper_s_order():
    assert list(gallery.mgh_names()) == ORDER
    assert [gallery.mgh(name).number for name in ORDER] == list(range(1, 36))


def test_eighteen_are_for_unconstrained_minimisation():
    named = gallery.mgh_names(unconstrained=True)
    assert sorted(named) == sorted(UNCONSTRAINED)
    assert len(named) == 18
    assert all(gallery.mgh(name).unconstrained == (name in named) for name in ORDER)


def test_bdqrtic_and_its_like_are_not_among_the_35():
    for name in ("bdqrtic", "cube", "mancino", "heart8ls"):
        assert gallery.mgh(name).number == 0
        assert name not in gallery.mgh_names()


SIZES = {
    "rosenbrock": (2, 2), "powell_badly_scaled": (2, 2), "brown_badly_scaled": (2, 3), "beale": (2, 3),
    "helical_valley": (3, 3), "bard": (3, 15), "gaussian": (3, 15), "meyer": (3, 16), "powell_singular": (4, 4),
    "wood": (4, 6), "kowalik_osborne": (4, 11), "osborne_1": (5, 33), "osborne_2": (11, 65), "watson": (6, 31),
    "brown_dennis": (4, 20), "jennrich_sampson": (2, 10), "biggs_exp6": (6, 13), "box_3d": (3, 10),
}  # fmt: skip


@pytest.mark.parametrize("name", SIZES)
def test_sizes_of_the_paper(name):
    problem = gallery.mgh(name)
    assert (problem.n, problem.m) == SIZES[name]


BY_HAND = [
    ("rosenbrock", 2, 24.2),  # 4.4^2 + 2.2^2
    ("freudenstein_roth", 2, 19.5**2 + 4.5**2),
    ("powell_badly_scaled", 2, 1 + (math.exp(-1) - 1e-4) ** 2),
    ("brown_badly_scaled", 2, 999_999**2 + (1 - 2e-6) ** 2 + 1),
    ("beale", 2, 1.5**2 + 2.25**2 + 2.625**2),
    ("helical_valley", 3, 2500),  # half a turn: 10 * 10 / 2 squared
    ("bard", 3, 41.681696),
    ("powell_singular", 4, 49 + 5 + 1 + 160),
    ("wood", 4, 100 * 100 + 16 + 90 * 100 + 16 + 10 * 16 + 0),
    ("watson", 6, 30),  # 29 residuals of -1 and w2 - 1
    ("extended_rosenbrock", 10, 5 * 24.2),
    ("extended_powell_singular", 12, 3 * 215),
    ("penalty_1", 4, 1e-5 * 14 + 29.75**2),
    ("variably_dimensioned", 10, 3.85 + 38.5**2 + 38.5**4),
    ("brown_almost_linear", 10, 9 * 5.5**2 + (1 - 0.5**10) ** 2),
    ("broyden_tridiagonal", 10, 4 + 8 * 1 + 9),
    ("broyden_banded", 10, 10 * 36),
    ("linear_full_rank", 10, 30 + 2 * 10 - 10 + 10),
    ("linear_rank_one", 10, sum((55 * i - 1) ** 2 for i in range(1, 21))),
    ("linear_rank_one_zeros", 10, 2 + sum((44 * i - 1) ** 2 for i in range(1, 19))),
    ("cube", 5, 0.25 + 4 * 3.75**2),
    ("bdqrtic", 8, 4 * (1 + 15**2)),
]


@pytest.mark.parametrize(("name", "n", "f"), BY_HAND, ids=str)
def test_values_at_the_standard_start_worked_by_hand(name, n, f):
    problem = gallery.mgh(name, n)
    assert problem.value(problem.start) == pytest.approx(f, rel=1e-7)


PRINTED = [
    ("jennrich_sampson", None, 124.362), ("bard", None, 8.21487e-3), ("gaussian", None, 1.12793e-8),
    ("meyer", None, 87.9458), ("kowalik_osborne", None, 3.07505e-4), ("brown_dennis", None, 85822.2),
    ("osborne_1", None, 5.46489e-5), ("osborne_2", None, 4.01377e-2), ("watson", 6, 2.28767e-3),
    ("watson", 9, 1.39976e-6), ("watson", 12, 4.72238e-10), ("penalty_1", 4, 2.24997e-5),
    ("penalty_1", 10, 7.08765e-5), ("penalty_2", 4, 9.37629e-6), ("penalty_2", 10, 2.93660e-4),
    ("chebyquad", 8, 3.51687e-3),
]  # fmt: skip


@pytest.mark.parametrize(("name", "n", "f"), PRINTED)
def test_least_values_are_those_the_paper_prints_six_digits_of(name, n, f):
    found = gallery.mgh(name, n).minimum.f
    unit = 10.0 ** (math.floor(math.log10(f)) - 5)
    assert abs(found - f) < unit  # the paper rounds some and cuts some


def test_least_values_that_depend_on_m():
    assert gallery.mgh("linear_full_rank", 5, 9).minimum.f == 4
    assert gallery.mgh("linear_rank_one", 7, 35).minimum.f == pytest.approx(35 * 34 / 142)
    assert gallery.mgh("linear_rank_one_zeros", 7, 35).minimum.f == pytest.approx((35 * 38 - 6) / 134)


def test_minima_of_the_paper_that_are_not_the_lowest():
    (local,) = gallery.mgh("freudenstein_roth").local_minima
    assert local.f == pytest.approx(48.9842, abs=1e-4)
    np.testing.assert_allclose(local.w, [[11.4128, -0.896805]], atol=1e-4)
    (local,) = gallery.mgh("chebyquad", 10).local_minima
    assert local.f == pytest.approx(6.50395e-3, abs=1e-8)
    assert gallery.mgh("chebyquad", 10).minimum.f < local.f
    biggs = gallery.mgh("biggs_exp6")
    for s in (2.0, 3.0):
        w = np.array([1.7114159947, 17.6831981809, 1.16314365881 + s, 5.18656155199, 1.7114159947, 1.16314365881 - s])
        assert biggs.value(w) == pytest.approx(5.65565e-3, rel=1e-6)
        assert np.abs(biggs.gradient(w)).max() < 1e-7  # of eleven digits


def test_bard_falls_to_the_paper_s_value_at_infinity():
    w = np.array([0.8406666667, -1e9, -1e9])
    assert gallery.mgh("bard").value(w) == pytest.approx(17.4286, abs=1e-4)


def test_kowalik_osborne_falls_to_the_paper_s_value_at_infinity():
    problem = gallery.mgh("kowalik_osborne")
    end = scipy.optimize.least_squares(lambda a: problem.residuals(np.array([1e9 * a[0], -14.07, *(-1e9 * a[1:])])),
                                       [1.0, 1.0, 1.0])  # fmt: skip
    assert 2 * end.cost == pytest.approx(1.02734e-3, rel=1e-4)


ELSEWHERE = {"freudenstein_roth"}
"""Where least squares from the standard start ends in the local minimum that the paper lists."""
NEARER = {"trigonometric": 0.1}
"""From the standard start it ends in a local minimum, f = 2.79506e-5, that the paper does not list."""
FLAT = {"linear_rank_one", "linear_rank_one_zeros", "box_3d"}
"""Minima that are no points: the values are compared only."""
SLOW = {"powell_singular", "extended_powell_singular"}
"""The Hessian is singular at the minimum, so the point is found to the square root of what f is."""


@pytest.mark.parametrize("name", [*ORDER, "bdqrtic", "cube", "mancino", "heart8ls"])
def test_scipy_s_least_squares_ends_in_the_known_minimum(name):
    problem = gallery.mgh(name, start_factor=NEARER.get(name, 1.0))
    # of a Jacobian whose columns depend on each other SciPy's "lm" ends here or there from one call to the next
    whole = np.linalg.matrix_rank(problem.jacobian(problem.start)) == problem.n
    end = scipy.optimize.least_squares(
        problem.residuals, problem.start, problem.jacobian, method="lm" if whole else "trf",
        xtol=1e-15, ftol=1e-15, gtol=1e-15, max_nfev=20_000,
    )  # fmt: skip
    known = problem.local_minima[0] if name in ELSEWHERE else problem.minimum
    scale = problem.value(problem.start)
    assert 2 * end.cost == pytest.approx(known.f, rel=1e-9, abs=1e-18 * max(1.0, scale))
    if name not in FLAT:
        nearest = known.w[np.abs(known.w - end.x).max(axis=1).argmin()]
        np.testing.assert_allclose(end.x, nearest, rtol=1e-5, atol=1e-4 if name in SLOW else 1e-6)


MORE_WILD = [
    (72, 36), (1125, 36), (1.165420e7, 8.380282), (1.168591e9, 8.380282), (4.989195e6, 9.880597),
    (5.009356e8, 9.880597), (24.2, 0), (1.795769e6, 0), (2500, 0), (10600, 0), (215, 0), (1.615400e6, 0),
    (400.5, 48.98425), (1.545754e8, 48.98425), (41.68170, 8.214877e-3), (1306.234, 8.214877e-3),
    (5.313172e-3, 3.075056e-4), (1.693608e9, 87.94586), (16.43083, 2.287670e-3), (2.323367e6, 2.287670e-3),
    (26.90417, 1.399760e-6), (8.158877e6, 1.399760e-6), (73.67821, 4.722381e-10), (2.059384e7, 4.722381e-10),
    (1031.154, 0), (4171.306, 124.3622), (7.926693e6, 85822.20), (3.081064e11, 85822.20), (4.642817e-2, 0),
    (3.377064e-2, 0), (3.861770e-2, 3.516874e-3), (2.888298e-2, 0), (3.376327e-2, 4.772714e-3),
    (2.674060e-2, 2.799762e-3), (273.2480, 0), (16.17411, 5.464895e-5), (2.093420, 4.013774e-2),
    (199.6847, 4.013774e-2), (904, 10.23897), (1356, 18.28116), (1582, 22.26059), (1808, 26.27277), (56.5, 0),
    (70.5625, 0), (98.6875, 0), (2.539084e9, 0), (6.873795e12, 0), (3.367961e9, 0), (3.735127e9, 0),
    (3.991072e9, 0), (1.130015e13, 0), (9.385672, 0), (3.365815e10, 0),
]  # fmt: skip
"""The values at the start and the best known ones that go with the authors' published code, seven digits of each."""


def test_more_wild_is_53_problems_of_22_functions():
    problems = gallery.more_wild()
    assert len(problems) == len(set(problems)) == 53
    assert len({problem.name for problem in problems}) == 22
    assert [problem.name for problem in problems[:8:2]] == [
        "linear_full_rank", "linear_rank_one", "linear_rank_one_zeros", "rosenbrock",
    ]  # fmt: skip
    assert max(problem.n for problem in problems) == 12
    assert (min(p.m for p in problems), max(p.m for p in problems)) == (2, 65)
    assert sum(problem.start_factor == 10 for problem in problems) == 16
    assert {problem.start_factor for problem in problems} == {1.0, 10.0}


def test_more_wild_at_the_starts_and_the_minima():
    for problem, (start, least) in zip(gallery.more_wild(), MORE_WILD, strict=True):
        assert problem.value(problem.start) == pytest.approx(start, rel=5e-7), problem
        known = problem.local_minima[0] if problem.name == "freudenstein_roth" else problem.minimum
        assert known.f == pytest.approx(least, rel=5e-7), problem
