"""The matrix of an epoch against an epoch."""

import numpy as np
import pytest

import steepest
from steepest import LinearModel
from steepest.analysis.epochs import epoch_matrix, fixed_order_limit
from steepest.analysis.second_moments import rows_of
from steepest.methods import Adam, GradientDescent, Momentum, Nesterov, NesterovLookahead


@pytest.mark.parametrize("options", [{}, {"reduction": "sum"}, {"penalty": "l2", "alpha": 0.3}])
@pytest.mark.parametrize("batch", [1, 4])
@pytest.mark.parametrize("cls", [GradientDescent, Momentum, Nesterov, NesterovLookahead])
def test_an_epoch_does_to_w_what_its_matrix_does(cls, batch, options):
    """10 rows in batches of 4: the last is short."""
    rng = np.random.default_rng(0)
    model = LinearModel(rng.standard_normal((10, 3)), np.zeros(10), fit_intercept=False, **options)
    rows, start = rows_of(model, batch), np.array([1.0, -2.0, 0.5])
    run = steepest.minimize(
        model, start, cls(0.01), batch_size=batch, sampling="sequential", max_iter=2, progress=False
    )  # fmt: skip
    P = epoch_matrix(cls(0.01), rows)
    state = np.zeros(len(P))
    state[:3] = rows.vectors.T @ start
    for row in (1, 2):
        state = P @ state
        np.testing.assert_allclose(rows.vectors @ state[:3], run.history.w[row], rtol=1e-9)


def test_no_matrix_is_made_of_other_rules():
    rows = rows_of(LinearModel(np.eye(3), np.zeros(3)), 1)
    assert epoch_matrix(Adam(0.1), rows) is None
    assert fixed_order_limit(Adam(), rows, 1.0) is None


def test_orthogonal_rows_bear_what_each_does():
    """Rows x_i one by one at right angles: 2 / the largest |x|^2, whatever the mean."""
    model = LinearModel(np.diag([1.0, 2.0, 3.0]), np.zeros(3), fit_intercept=False)
    assert fixed_order_limit(GradientDescent(), rows_of(model, 1), 0.1) == pytest.approx(2 / 9, rel=1e-6)
