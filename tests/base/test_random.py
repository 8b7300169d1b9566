"""Normal numbers from a counter."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from steepest.base.random import normals


def test_are_standard_normal():
    drawn = normals(100_000, 3.0, 7.0, np)
    assert stats.kstest(drawn, "norm").pvalue > 0.01


def test_differ_with_seed_and_t_and_are_the_same_again():
    first = normals(1000, 1.0, 1.0, np)
    assert np.array_equal(first, normals(1000, 1.0, 1.0, np))
    for seed, t in ((2.0, 1.0), (1.0, 2.0), (0.0, 0.0)):
        assert abs(np.corrcoef(first, normals(1000, seed, t, np))[0, 1]) < 0.1


@pytest.mark.parametrize("seed", [0.0, 1.0, 2.0**53])
def test_jax_draws_the_same(seed):
    with jax.enable_x64(True):
        traced = jax.jit(lambda t: normals(50, seed, t, jnp))(5.0)
    np.testing.assert_allclose(traced, normals(50, seed, 5.0, np), rtol=1e-12, atol=1e-14)
