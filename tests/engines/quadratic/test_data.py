"""One pass over the data: values and gradients are the model's own, the curvature is that of the stacked matrix."""

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given
from hypothesis import strategies as st

from steepest import LinearModel
from steepest.engines.numba import threads
from steepest.engines.quadratic import data

RNG = np.random.default_rng(3)
X = RNG.standard_normal((300, 6)) * np.where(RNG.random((300, 6)) < 0.4, 0.0, [1.0, 3.0, 0.1, 1.0, 20.0, 1.0])
Y = RNG.standard_normal((300, 2))
WEIGHTS = np.where(RNG.random(300) < 0.2, 0.0, RNG.random(300))
FORMS = {
    "C": X, "Fortran": np.asfortranarray(X), "backwards and strided": np.repeat(X[::-1], 2, axis=1)[::-1, ::2],
    "every other row": np.repeat(X, 2, axis=0)[::2], "float32": X.astype(np.float32),
    "CSR": scipy.sparse.csr_matrix(X), "CSR float32": scipy.sparse.csr_array(X.astype(np.float32)),
}  # fmt: skip


def same(model):
    w = np.random.default_rng(4).standard_normal(model.n)
    outputs = model.outputs_per_row
    found = data.reading(model, w.reshape(-1, outputs), curved=True)
    f, g = model.value_and_gradient(w)
    np.testing.assert_allclose(found.f, f, rtol=1e-13)
    np.testing.assert_allclose(found.g.ravel(), g, rtol=1e-11, atol=1e-13 * np.abs(g).max())
    step = np.random.default_rng(5).standard_normal(model.n)
    change = model.gradient(w + step) - g
    bent = (found.G @ step.reshape(-1, outputs)).ravel()
    np.testing.assert_allclose(bent, change, rtol=0, atol=1e-12 * np.abs(g).max() + 1e-12 * np.abs(change).max())
    assert np.array_equal(found.G, found.G.T)


@pytest.mark.parametrize("form", FORMS)
@given(
    outputs=st.sampled_from([1, 2]), weighted=st.booleans(), intercept=st.booleans(),
    alpha=st.sampled_from([0.0, 0.3]), reduction=st.sampled_from(["mean", "sum"]), scaled=st.booleans(),
)  # fmt: skip
def test_a_pass_gives_what_the_model_gives(form, outputs, weighted, intercept, alpha, reduction, scaled):
    model = LinearModel(
        FORMS[form], Y[:, 0] if outputs == 1 else Y, penalty="l2", alpha=alpha,
        sample_weight=WEIGHTS if weighted else None, fit_intercept=intercept, reduction=reduction,
    )  # fmt: skip
    same(model.rescaled() if scaled else model)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("wide", [512, 4])
def test_many_blocks_add_up(monkeypatch, form, wide):
    monkeypatch.setattr(data, "BLOCK", 50)
    monkeypatch.setattr(data, "WIDE", wide)
    same(LinearModel(FORMS[form], Y, sample_weight=WEIGHTS))


def test_the_bits_are_the_same_for_any_number_of_threads(monkeypatch):
    monkeypatch.setattr(data, "BLOCK", 50)
    model, w = LinearModel(X, Y[:, 0]), RNG.standard_normal((7, 1))
    found = []
    for count in (1, 2, 5):
        with threads.limit(count):
            found.append(data.reading(model, w, curved=True))
    for other in found[1:]:
        assert other.f == found[0].f
        assert np.array_equal(other.g, found[0].g)
        assert np.array_equal(other.G, found[0].G)


def test_blas_gets_its_threads_back_also_after_an_error(monkeypatch):
    def counts():
        return [library["num_threads"] for library in data.blas().info()]

    before = counts()
    monkeypatch.setattr(data.Sums, "add", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        data.reading(LinearModel(X, Y[:, 0]), np.zeros((7, 1)))
    assert counts() == before


def test_ctrl_c_ends_the_pass_in_the_other_threads_too(monkeypatch):
    monkeypatch.setattr(data, "BLOCK", 6)
    visited, add = [], data.Sums.add

    def interrupted(self, *arguments):
        visited.append(1)
        if len(visited) == 3:
            raise KeyboardInterrupt
        add(self, *arguments)

    monkeypatch.setattr(data.Sums, "add", interrupted)
    with threads.limit(1), pytest.raises(KeyboardInterrupt):
        data.reading(LinearModel(X, Y[:, 0]), np.zeros((7, 1)))
    assert len(visited) == 3
