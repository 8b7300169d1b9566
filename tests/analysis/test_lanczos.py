"""Lanczos against NumPy's eigenvalues: random spectra, clusters, multiplicities, both signs, zero."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from steepest.analysis.lanczos import lanczos, lanczos_together


def matrix_of(values, seed=0):
    """A symmetric matrix with these eigenvalues."""
    q, _ = np.linalg.qr(np.random.default_rng(seed).standard_normal((len(values), len(values))))
    return (q * values) @ q.T


spectra = hnp.arrays(np.float64, st.integers(1, 12), elements=st.floats(-1e3, 1e3, allow_subnormal=False))


@given(values=spectra, seed=st.integers(0, 99))
def test_a_full_run_finds_every_distinct_eigenvalue(values, seed):
    A, scale = matrix_of(values, seed), max(1e-9, float(np.abs(values).max()))
    start = np.random.default_rng(seed).standard_normal(values.size)
    found = lanczos(lambda v: A @ v, start, values.size)
    true = np.linalg.eigvalsh(A)
    ritz = found.ritz()
    for value, residual in zip(ritz.values, ritz.residuals, strict=True):
        assert np.abs(true - value).min() <= residual + 1e-12 * scale
    assert ritz.values[-1] == pytest.approx(true[-1], abs=1e-9 * scale)
    assert ritz.values[0] == pytest.approx(true[0], abs=1e-9 * scale)


@given(values=spectra, seed=st.integers(0, 99))
@example(values=np.array([0.0, 3e-161, 3e-161, 3e-161, 3e-161]), seed=0)  # squares are 0 or have lost digits
@example(values=np.array([0.0, 1e-300, -2e-305, 3e-290]), seed=3)
def test_the_basis_is_orthonormal_and_the_weights_are_a_quadrature(values, seed):
    A, rng = matrix_of(values, seed), np.random.default_rng(seed)
    start = rng.standard_normal(values.size)
    found = lanczos(lambda v: A @ v, start, int(rng.integers(1, values.size + 1)))
    k = found.alpha.size
    assert found.basis @ found.basis.T == pytest.approx(np.eye(k), abs=1e-12)
    ritz, unit, scale = found.ritz(), start / np.linalg.norm(start), max(1.0, float(np.abs(values).max()))
    for power in range(2 * k):
        wanted = unit @ np.linalg.matrix_power(A, power) @ unit
        assert ritz.weights @ ritz.values**power == pytest.approx(wanted, abs=1e-11 * k * scale**power)
    vectors = ritz.vectors([k - 1, 0])
    assert np.linalg.norm(vectors, axis=0) == pytest.approx(1)
    for vector, at in zip(vectors.T, (k - 1, 0), strict=True):
        off = np.linalg.norm(A @ vector - ritz.values[at] * vector)
        assert off == pytest.approx(ritz.residuals[at], abs=1e-11 * scale)


@pytest.mark.parametrize(
    "values",
    [
        np.concatenate([np.full(30, 1.0), np.full(30, 1.0 + 1e-9), np.linspace(5, 6, 40)]),
        np.repeat([0.0, 1.0, 1e6], [50, 49, 1]),
        np.concatenate([-np.geomspace(1e-6, 10, 50), np.geomspace(1e-6, 1, 50)]),
        np.geomspace(1e-12, 1, 100),
    ],
    ids=["clusters", "multiple", "indefinite", "condition 1e12"],
)
def test_both_ends_of_awkward_spectra(values):
    A = matrix_of(values, 3)
    ritz = lanczos(lambda v: A @ v, np.random.default_rng(1).standard_normal(100), 100).ritz()
    scale = np.abs(values).max()
    assert ritz.values[-1] == pytest.approx(values.max(), abs=1e-12 * scale)
    assert ritz.values[0] == pytest.approx(values.min(), abs=1e-12 * scale)
    assert ritz.weights.sum() == pytest.approx(1, abs=1e-13)


def test_it_ends_with_the_starts_invariant_subspace():
    found = lanczos(lambda v: np.repeat([2.0, 5.0], 10) * v, np.ones(20), 20)
    assert found.alpha.size == 2
    assert found.beta[-1] == 0
    ritz = found.ritz()
    assert ritz.values == pytest.approx([2, 5])
    assert ritz.weights == pytest.approx([0.5, 0.5])
    zero = lanczos(lambda v: 0 * v, np.ones(20), 20)
    assert zero.alpha.tolist() == zero.beta.tolist() == [0]


def test_a_start_of_no_length_and_no_steps():
    for start, steps in ((np.zeros(5), 3), (np.ones(5), 0)):
        found = lanczos(lambda v: v, start, steps)
        assert found.alpha.size == found.ritz().values.size == 0
        assert found.basis.shape == (0, 5)
        assert found.ritz().vectors().shape == (5, 0)


def test_products_that_are_not_finite_are_said_not_hidden():
    calls = []

    def broken(v):
        calls.append(1)
        return v * np.arange(6) if len(calls) < 3 else np.full(6, np.inf)

    found = lanczos(broken, np.ones(6), 6)
    assert not found.finite
    assert len(calls) == 3
    assert np.isnan(found.ritz().values).all()


def test_stop_is_asked_after_each_product():
    A = matrix_of(np.linspace(1, 2, 30))
    seen = []

    def stop(so_far):
        seen.append(so_far.alpha.size)
        return so_far.alpha.size == 7

    found = lanczos(lambda v: A @ v, np.ones(30), 30, stop)
    assert seen == list(range(1, 8))
    assert found.alpha.size == 7
    assert found.beta[-1] > 0


def test_several_starts_share_their_products():
    values = np.repeat(np.arange(-3.0, 5.0), 5)
    A = np.diag(values)
    starts = np.stack([np.random.default_rng(0).standard_normal(40), np.eye(40)[0] + np.eye(40)[-1], np.zeros(40)])
    widths = []

    def block(V):
        widths.append(V.shape[1])
        return A @ V

    found = lanczos_together(block, starts, 20)
    assert widths == [2, 2] + [1] * 6
    assert [one.alpha.size for one in found] == [8, 2, 0]
    alone = lanczos(lambda v: A @ v, starts[0], 20)
    assert found[0].alpha == pytest.approx(alone.alpha, abs=1e-12)
    assert found[1].ritz().values == pytest.approx([values[0], values[-1]])
