"""The ends, the counts and the density of spectra that are known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import steepest
from steepest.analysis import spectrum as module
from steepest.analysis.hessians import Hessian
from steepest.analysis.spectrum import density_of, spectrum, spectrum_of_operator
from steepest.base.errors import ArgumentError
from steepest.verbs.subject import subject


class Diagonal:
    """An operator with known eigenvalues."""

    note, error, floor, smooth, estimated = "known", 2.2e-16, 0.0, True, False

    def __init__(self, values):
        self.values, self.n, self.spent = np.asarray(values, dtype=float), len(values), 0

    def block(self, V):
        self.spent += V.shape[1]
        return self.values[:, None] * V

    def whole(self):
        return np.diag(self.values)


def operator(values):
    return Hessian(Diagonal(values))


sizes = st.floats(1e-3, 1e3) | st.floats(-1e3, -1e-3) | st.just(0.0)


@given(values=hnp.arrays(np.float64, st.integers(1, 9), elements=sizes))
@pytest.mark.parametrize("every", [True, False])
def test_ends_counts_and_condition(values, every):
    found = spectrum_of_operator(operator(values), every)
    scale = np.abs(values).max()
    assert values.min() - 1e-14 * scale <= found.smallest <= found.largest <= values.max() + 1e-14 * scale
    for end, error, true in (
        (found.largest, found.largest_error, values.max()),
        (found.smallest, found.smallest_error, values.min()),
    ):
        assert np.abs(values - end).min() <= error <= 1e-5 * scale
        # Of eigenvalues close together the end is off by error / c at most, c the share of its direction in the start:
        # 1 / 19 or more up to n = 9.
        assert end == pytest.approx(true, abs=19 * error)
    negative = int((values < 0).sum())
    if every:
        assert found.negative == negative
        assert found.null == int((values == 0).sum())
        assert found.eigenvalues == pytest.approx(np.sort(values), abs=1e-12 * scale)
    else:
        assert bool(found.negative) == bool(negative)
        assert found.negative <= negative
        assert found.null is found.eigenvalues is found.eigenvectors is None
    if negative:
        assert found.condition is None
    elif values.min() == 0:
        assert found.condition == np.inf
    else:
        true = values.max() / values.min()
        assert found.condition == pytest.approx(true, rel=1e-8) if every else found.condition <= true * (1 + 1e-8)
    directions = found.negative_directions
    assert directions.shape == (values.size, found.negative)
    for direction in directions.T:
        assert np.linalg.norm(direction) == pytest.approx(1)
        assert direction @ (values * direction) < 0
    top = found.top_direction
    assert top @ (values * top) == pytest.approx(found.largest, abs=1e-13 * scale)


@pytest.mark.parametrize(
    ("values", "most"),
    [
        (np.linspace(1, 100, 3000), 100),
        (np.concatenate([[-0.5], np.linspace(0, 1, 3000)]), 100),
        (np.concatenate([np.zeros(1500), np.linspace(1, 2, 1500), [3.0]]), 30),
        (np.geomspace(1e-6, 1, 3000), 100),
        (np.full(3000, 3.0), 3),
        (np.zeros(3000), 3),
    ],
    ids=["linear", "one negative", "half null", "condition 1e6", "multiple of the identity", "nothing"],
)
def test_the_ends_of_large_spectra(values, most):
    hessian = operator(values)
    found = spectrum_of_operator(hessian, False)
    assert hessian.spent <= most
    low, high = values.min(), values.max()
    assert abs(found.largest - high) <= found.largest_error + 1e-14
    assert found.largest == pytest.approx(high, rel=1e-3, abs=1e-12)
    assert found.largest_error <= 1e-2 * high + 1e-12
    assert low - 1e-12 <= found.smallest <= low + found.smallest_error + 1e-4
    assert found.negative == int(low < 0)
    assert found.condition is None if low < 0 else found.condition <= (1 + 1e-12) * (high / low if low > 0 else np.inf)


def test_a_second_start_is_made_where_the_first_is_exhausted():
    hessian = operator(np.repeat([1.0, 4.0], 1500))
    found = spectrum_of_operator(hessian, False)
    assert len(found.parts) == 2
    assert hessian.spent == 4
    assert (found.smallest, found.largest) == pytest.approx((1, 4))


def test_the_same_seed_gives_the_same_bits():
    values = np.linspace(-1, 5, 2500)
    one, same, other = (spectrum_of_operator(operator(values), False, seed=seed) for seed in (3, 3, 4))
    assert one.smallest == same.smallest
    assert one.largest != other.largest


def test_every_eigenvalue_up_to_2000_variables(monkeypatch):
    assert module.MOST_DENSE == 2000
    monkeypatch.setattr(module, "MOST_DENSE", 50)
    for n, known in ((50, True), (51, False)):
        model = steepest.LinearModel(np.ones((1, n)), [1.0], fit_intercept=False)
        found = spectrum(model, np.zeros(n))
        assert (found.eigenvalues is not None) == known
        assert found.largest == pytest.approx(n)
    assert spectrum(steepest.gallery.sphere(), np.zeros(2), every=False).eigenvalues is None


def test_fewer_where_gradients_are_estimated_from_values(monkeypatch):
    monkeypatch.setattr(module, "MOST_ESTIMATED", 3)
    for n, grad, known in ((3, "finite", True), (4, "finite", False), (4, lambda w: 2 * w, True)):
        problem, w = subject(lambda w: float(w @ w), np.ones(n), grad)
        assert (spectrum(problem, w).eigenvalues is not None) == known


def test_points_without_curvature_are_refused():
    problem = steepest.gallery.rosenbrock()
    with pytest.raises(ArgumentError, match=r"^w must be a point where the curvature of rosenbrock is finite; at \(1e"):
        spectrum(problem, np.array([1e200, 1.0]))
    with pytest.raises(ArgumentError, match="finite"):
        spectrum(problem, np.array([1e200, 1.0]), every=False)


# -- density ---------------------------------------------------------------------------------------------------------


def integral(density, power=0):
    return np.trapezoid(density.density * density.grid**power, density.grid)


@pytest.mark.parametrize(
    "values",
    [
        np.random.default_rng(0).permutation(np.linspace(-1, 3, 5000)),
        np.concatenate([np.zeros(4000), np.random.default_rng(1).gamma(2, 1, 990), np.full(10, 60.0)]),
    ],
    ids=["even", "outliers"],
)
def test_the_density_of_a_known_diagonal(values):
    density = density_of(operator(values), seed=5)
    assert integral(density) == pytest.approx(1, abs=1e-8)
    assert (density.density >= 0).all()
    assert sum(w.sum() for w in density.weights) == pytest.approx(10)
    for power in (1, 2, 3, 4):
        found, error = density.moment(power)
        assert abs(found - (values**power).mean()) <= 5 * error
        assert error < 0.4 * (np.abs(values) ** power).mean()
    smeared = values.var() + density.width**2
    spread = integral(density, 2) - integral(density, 1) ** 2
    assert spread == pytest.approx(smeared, abs=5 * density.moment(2)[1] + 0.05 * smeared)
    for low, high in ((-0.5, 1.25), (values.min() - 1, values.max() + 1), (50, 70)):
        share, error = density.share(low, high)
        assert share == pytest.approx(((values >= low) & (values <= high)).mean(), abs=5 * error + 1 / 80)


def test_the_density_is_that_of_marchenko_and_pastur():
    """Of X'X / rows for independent normal numbers (V. A. Marchenko, L. A. Pastur, 1967): moments 1, 1 + c,
    1 + 3 c + c^2, c = columns / rows, and the distribution between its edges."""
    rows, columns = 4100, 2050
    X = np.random.default_rng(2).standard_normal((rows, columns))
    model = steepest.LinearModel(X, np.zeros(rows), fit_intercept=False)
    found = spectrum(model, np.zeros(columns))
    c = columns / rows
    edges = (1 - np.sqrt(c)) ** 2, (1 + np.sqrt(c)) ** 2
    assert found.eigenvalues is None
    assert (found.smallest, found.largest) == pytest.approx(edges, abs=0.05)
    density = density_of(found.hessian, probes=4, steps=40)
    for power, wanted in ((1, 1.0), (2, 1 + c), (3, 1 + 3 * c + c * c)):
        moment, error = density.moment(power)
        assert moment == pytest.approx(wanted, abs=5 * error + 0.01)
    grid = np.linspace(*edges, 4001)
    law = np.sqrt(np.maximum((edges[1] - grid) * (grid - edges[0]), 0)) / (2 * np.pi * c * grid)
    for cut in (0.5, 1.0, 2.0):
        below = np.trapezoid(np.where(grid <= cut, law, 0.0), grid)
        share, error = density.share(0, cut)
        assert share == pytest.approx(below, abs=3 * error + 1 / 40)


@pytest.mark.parametrize("probes", [1, 2, 8])
def test_errors_are_what_they_are_called(probes):
    """Of many estimates, each with its own probes, two in three or more are within one standard error of the truth."""
    values = np.random.default_rng(3).gamma(1, 1, 400)
    within = []
    for seed in range(60):
        found, error = density_of(operator(values), probes=probes, steps=10, seed=seed).moment(2)
        within.append(abs(found - (values**2).mean()) <= error)
    assert 33 <= sum(within) <= 58


def test_the_density_of_one_number():
    density = density_of(operator(np.full(50, 2.0)))
    assert integral(density) == pytest.approx(1, abs=1e-6)
    assert density.moment(3) == pytest.approx((8, 0), abs=1e-6)
    flat = density_of(operator(np.zeros(50)), probes=3)
    assert integral(flat) == pytest.approx(1, abs=1e-6)
    assert flat.share(-1e-9, 1e-9)[0] == pytest.approx(1)
