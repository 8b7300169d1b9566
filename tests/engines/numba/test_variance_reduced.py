"""The kernels of corrected gradients against the plain loop: every kind of dense row, step and chunk."""

from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import steepest
from steepest import LinearModel, minimize
from steepest.base.fields import Rate
from steepest.engines import chunks
from steepest.methods import SAGA, SVRG
from steepest.problems import losses

RNG = np.random.default_rng(5)
X = RNG.standard_normal((70, 5))
Y = X @ np.arange(5.0) + RNG.standard_normal(70)
WEIGHTS = np.where(RNG.random(70) < 0.2, 0.0, RNG.random(70))
RULES = pytest.mark.parametrize("rule", [SAGA(0.02), SVRG(0.02)], ids=["saga", "svrg"])
BATCHES = pytest.mark.parametrize("batch", [1, 16])
SAMPLINGS = st.sampled_from(["shuffle", "replacement", "sequential", "tutorial"])
FORMS = {
    "Fortran": np.asfortranarray(X), "float32": X.astype(np.float32),
    "strided": np.repeat(X, 2, axis=1)[::-1, ::2],
}  # fmt: skip
COLUMNS = ("w", "f", "grad_norm", "running_f", "n_grad")


def targets_for(loss):
    kind = losses.find(loss).kind
    return (Y > 0).astype(int) if kind == "classification" else np.abs(Y) if loss == "poisson" else Y


def same(model, rule, tol=1e-12, w0=None, **more):
    """The kernels' rows and updates are the plain loop's."""
    more = {"max_iter": 5, "grad_tol": 0.0, "record": (*COLUMNS, "updates"), **more}
    plain, fast = (minimize(model, w0, rule, engine=engine, **more) for engine in ("python", "numba"))
    pairs = [(getattr(plain.history, name), getattr(fast.history, name)) for name in COLUMNS]
    for wanted, found in (*pairs, (plain.updates.w, fast.updates.w)):
        scale = max(1.0, np.nan_to_num(np.abs(wanted)).max())
        np.testing.assert_allclose(found, wanted, rtol=0, atol=tol * scale)
    assert (plain.nfev, plain.njev) == (fast.nfev, fast.njev)
    return fast


@settings(max_examples=40)
@given(
    rows=st.sampled_from([1, 2, 3, 20, 255, 256, 257, 300]), features=st.integers(1, 9), intercept=st.booleans(),
    batch=st.sampled_from([1, 1, 7, 1000]), plain=st.booleans(),
    reduction=st.sampled_from(["mean", "sum"]), sampling=SAMPLINGS, rule=st.sampled_from([SAGA(0.02), SVRG(0.02)]),
    seed=st.integers(0, 99), epochs=st.integers(0, 6),
)  # fmt: skip
def test_any_shape(rows, features, intercept, batch, plain, reduction, sampling, rule, seed, epochs):
    """A run visits its rows 256 at a time."""
    rng = np.random.default_rng(seed)
    model = LinearModel(
        rng.standard_normal((rows, features)), rng.standard_normal(rows), "squared_error",
        None if plain else "elasticnet", 0.0 if plain else 0.1, sample_weight=None if plain else rng.random(rows) + 0.1,
        fit_intercept=intercept, reduction=reduction,
    )  # fmt: skip
    if reduction == "sum":
        rule = rule._replace(learning_rate=0.02 / min(batch, rows))
    same(model, rule, w0=rng.standard_normal(model.n), batch_size=batch, sampling=sampling, seed=seed, max_iter=epochs)


@pytest.mark.parametrize("loss", ["log_loss", "hinge", "poisson"])
def test_losses_with_a_logarithm_a_kink_an_exponential(loss):
    same(LinearModel(X, targets_for(loss), loss, "l2", 0.1), SVRG(1e-3))


@pytest.mark.parametrize(("form", "batch"), [("Fortran", 1), ("float32", 1), ("float32", 16), ("strided", 16)])
def test_every_layout(form, batch):
    same(LinearModel(FORMS[form], (Y > 0).astype(int), "log_loss", sample_weight=WEIGHTS), SAGA(0.02), batch_size=batch)


@BATCHES
@pytest.mark.parametrize("intercept", [True, False])
def test_scaled_columns(intercept, batch):
    uneven = X * [1, 10, 1e-3, 0.0, 100] + [0, 5, 1, 3, 0]
    model = LinearModel(uneven, Y, "huber", "elasticnet", 1e-3, fit_intercept=intercept)
    same(model.rescaled(), SVRG(0.01), tol=1e-9, batch_size=batch)


@BATCHES
def test_bounds_and_schedules(batch):
    box = steepest.Box(np.full(6, -0.3), np.full(6, 0.5))
    model = LinearModel(X, Y, penalty="l1", alpha=0.1)
    fast = same(model, SAGA(steepest.schedules.InverseTime(0.02, 0.01)), w0=np.zeros(6), bounds=box, batch_size=batch)
    assert fast.w.max() == 0.5


class Drop(NamedTuple):
    """A rule from outside the package, and three slots: SVRG under a heavy ball that forgets."""

    learning_rate: Rate = 0.01

    def init(self, w, xp):
        return xp.zeros_like(w), xp.zeros_like(w), xp.full_like(w, 2.0)

    def corrected(self, g, kept, mean):
        return 0.9 * (g - kept) + mean

    def renews_each(self):
        return False

    def update(self, w, g, slots, t, xp):
        v = 0.5 * slots[0] - self.learning_rate * g
        return v, (v, slots[0], slots[2] / 2.0)

    def read(self, w, slots, t, xp):
        return w + slots[1] + slots[2]


@BATCHES
def test_a_rule_and_a_loss_of_the_users_own(own_loss, batch):
    same(LinearModel(X, Y, own_loss(), "l2", 0.1), Drop(), batch_size=batch)


@RULES
@BATCHES
def test_the_length_of_chunks_does_not_show_in_the_bits(rule, batch, monkeypatch):
    model = LinearModel(X, Y, "squared_error", "l2", 0.1)
    long = minimize(model, None, rule, batch_size=batch, max_iter=20)
    monkeypatch.setattr(chunks, "CHUNK_BYTES", 1)  # a row a call
    short = minimize(model, None, rule, batch_size=batch, max_iter=20)
    ends = minimize(model, None, rule, batch_size=batch, max_iter=20, record="none")
    assert long.engine == "numba"
    assert np.array_equal(long.history.w, short.history.w)
    assert np.array_equal(long.history.f, short.history.f)
    assert np.array_equal(long.w, ends.w)


@RULES
@BATCHES
def test_numbers_that_overflow_end_the_run_and_are_no_numbers_afterwards(rule, batch):
    with np.errstate(all="ignore"):
        run = minimize(LinearModel(X, Y), None, rule._replace(learning_rate=1e200), batch_size=batch, max_iter=50)
    assert run.outcome.failed
    assert np.isfinite(run.w).all()  # the last finite row
