"""The compiled engine against the plain NumPy loop: every rule, sampling, batch size, shape and reduction."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import steepest
from steepest import methods
from steepest.engines import chunks
from steepest.engines.numba import engine, threads
from steepest.engines.orders import Orders
from steepest.methods import Adam, GradientDescent, Momentum, NesterovLookahead
from steepest.records.history import Plan
from steepest.records.outcome import Outcome

OURS = [name for name in methods.names() if name != "lbfgs" and not hasattr(methods.find(name), "corrected")]
"""Those with corrected gradients: test_variance_reduced.py; L-BFGS has more slots than kernels take."""
RULES = [*OURS, "Averaged", "AheadAveraged", "ThreeSlots", "Zoo", "Nested"]
BATCHES = [name for name in RULES if name not in OURS or not getattr(methods.find(name), "full_batch_only", False)]
QUOTIENTS = ("barzilai_borwein", "polyak", "conjugate_gradient")
"""Their rates are quotients of small numbers, which multiply rounding."""
SHAPES = [(1, 1), (1, 4), (4, 1), (2, 3), (7, 2), (20, 6), (63, 2), (64, 3), (65, 2), (130, 1)]
"""Kernels go through rows 64 at a time."""
QUARTERS = st.integers(-8, 8).map(lambda k: k / 4)
PLAN = Plan(updates=True)


def close(found, wanted, spread=0.0):
    scale = max(1.0, float(np.abs(wanted).max(initial=0.0)))
    assert found.shape == wanted.shape
    assert (np.abs(found - wanted) <= 1e-12 * (scale + np.abs(wanted)) + spread).all()


class Rough:
    """A linear model with a few roundings of what is summed added to its gradients."""

    def __init__(self, model, seed):
        self.model, self.value, self.rng = model, model.value, np.random.default_rng(seed)
        self.A = np.abs(np.column_stack([np.ones((model.rows, model.base)), model.X]))

    def gradient(self, w):
        summed = self.model.share * (self.A @ np.abs(w) + np.abs(self.model.y)) @ self.A
        return self.model.gradient(w) + 2.0**-50 * summed * self.rng.uniform(-1.0, 1.0, w.size)


def spreads(plain_loop, model, rule, w0, rows):
    """How far roundings move the rows of w, f and the norms up to each: ten times the most of three draws."""
    exact = plain_loop(model, rule, w0, rows)[:3]
    rough = [plain_loop(Rough(model, seed), rule, w0, rows)[:3] for seed in range(3)]
    off = [np.max([np.abs(draw[k] - exact[k]) for draw in rough], axis=0) for k in range(3)]
    return [10 * np.maximum.accumulate(column, axis=0) for column in (off[0].max(axis=1, keepdims=True), *off[1:])]


@st.composite
def models(draw):
    shape = draw(st.sampled_from(SHAPES))
    X = draw(hnp.arrays(np.float64, shape, elements=QUARTERS))
    y = draw(hnp.arrays(np.float64, shape[0], elements=QUARTERS))
    return steepest.LinearModel(
        X, y, fit_intercept=draw(st.booleans()), reduction=draw(st.sampled_from(["mean", "sum"]))
    )


@pytest.mark.parametrize("name", RULES)
@settings(max_examples=15)
@given(model=models(), rows=st.integers(0, 30), start=QUARTERS)
def test_full_batch_equals_the_plain_loop(go, plain_loop, rule_called, name, model, rows, start):
    rule, w0 = rule_called(name, learning_rate=1e-3), np.full(model.n, start)
    ending = go(model, rule, w0, "numba", max_iter=rows)
    w, f, norms, _ = plain_loop(model, rule, w0, rows)
    history = ending.session.history()
    spread = spreads(plain_loop, model, rule, w0, rows) if name in QUOTIENTS else [0.0] * 3
    close(history.w, w, spread[0])
    close(history.f, f, spread[1])
    close(history.grad_norm, norms, spread[2])
    assert np.array_equal(history.w[0], w[0])


@pytest.mark.parametrize("name", BATCHES)
@settings(max_examples=25)
@given(
    model=models(), batch=st.sampled_from([1, 1, 2, 3, 5, 64, 1000]),
    sampling=st.sampled_from(["shuffle", "replacement", "sequential", "tutorial"]),
    seed=st.integers(0, 2**64 - 1), epochs=st.integers(0, 6), start=QUARTERS,
)  # fmt: skip
def test_stochastic_equals_the_plain_loop(
    go, plain_loop, rule_called, name, model, batch, sampling, seed, epochs, start
):
    rule, w0 = rule_called(name, learning_rate=1e-3), np.full(model.n, start)
    size = min(batch, model.rows)
    more = {"plan": PLAN, "batch_size": batch, "sampling": sampling, "seed": seed, "max_iter": epochs}
    ending, plain = go(model, rule, w0, "numba", **more), go(model, rule, w0, "python", **more)
    orders = Orders(sampling, model.rows, seed).epochs(0, max(epochs, 1))
    w, f, norms, singles = plain_loop(model, rule, w0, epochs, orders, size)
    history, other = ending.session.history(), plain.session.history()
    close(history.w, w)
    close(history.f, f)
    close(history.grad_norm, norms)
    close(history.running_f[1:], other.running_f[1:])
    assert np.isnan(history.running_f[0])
    updates = ending.session.updates()
    close(updates.w, singles)
    close(updates.running_f[1:], plain.session.updates().running_f[1:])
    assert (ending.nit, ending.nfev, ending.njev) == (plain.nit, plain.nfev, plain.njev)


@pytest.mark.parametrize("batch", [None, 1, 3])
def test_what_is_recorded_does_not_change_the_numbers(go, batch):
    model = steepest.LinearModel(np.random.default_rng(1).standard_normal((40, 5)), np.arange(40.0))
    plans = [Plan(), Plan(("w", "f")), Plan(("f", "grad_norm"), updates=True), Plan((), ends_only=True), Plan(stride=3)]
    endings = [
        go(model, Momentum(1e-3), np.zeros(6), "numba", batch_size=batch, plan=plan, max_iter=50) for plan in plans
    ]
    for ending in endings[1:]:
        assert np.array_equal(ending.session.w, endings[0].session.w)
        assert ending.session.f == endings[0].session.f
        assert ending.session.best.f == endings[0].session.best.f
        assert np.array_equal(ending.session.best.w, endings[0].session.best.w)


@pytest.mark.parametrize("batch", [None, 1, 3])
@pytest.mark.parametrize("name", ["momentum", "nesterov_lookahead", "adam"])
def test_the_size_of_chunks_does_not_change_the_numbers(go, rule_called, monkeypatch, batch, name):
    model = steepest.LinearModel(np.random.default_rng(1).standard_normal((12, 3)), np.arange(12.0))
    rows = {}
    for size in (1, 2, 7, 1000):
        monkeypatch.setattr(chunks.Chunks, "next", lambda self, left, size=size: chunk(self, min(size, left)))
        ending = go(
            model,
            rule_called(name, learning_rate=1e-3),
            np.zeros(4),
            "numba",
            batch_size=batch,
            max_iter=40,
            plan=PLAN if batch else None,
        )
        history, updates = ending.session.history(), ending.session.updates()
        rows[size] = history.w, history.f, history.grad_norm, updates.w if batch else history.w
    for found in rows.values():
        for column, wanted in zip(found, rows[1], strict=True):
            assert np.array_equal(column, wanted)


def chunk(chunks, size):
    chunks.started, chunks.count = chunks.began, size
    return size


# -- X in many blocks ------------------------------------------------------------------------------------------------

EDGE = 2 * engine.BLOCK_ELEMENTS
LARGE = [
    (EDGE // 64, 64), (EDGE // 64 + 1, 64), (EDGE, 1), (EDGE + 1, 1), (100, 1400), (3, 70_000), (1, EDGE + 7),
    (4099, 33),
]  # fmt: skip


@pytest.mark.parametrize("shape", LARGE)
@pytest.mark.parametrize("intercept", [True, False])
@pytest.mark.parametrize("rule", [Momentum(1e-4), NesterovLookahead(1e-4), Adam(1e-3)])
def test_large_data_on_both_sides_of_the_border_equals_the_plain_loop(go, plain_loop, shape, intercept, rule):
    rng = np.random.default_rng(2)
    X, y = rng.integers(-4, 5, shape) / 4, rng.integers(-4, 5, shape[0]) / 4
    model = steepest.LinearModel(X, y, fit_intercept=intercept)
    ending = go(model, rule, np.zeros(model.n), "numba", max_iter=4)
    w, f, norms, _ = plain_loop(model, rule, np.zeros(model.n), 4)
    history = ending.session.history()
    np.testing.assert_allclose(history.w, w, rtol=1e-10, atol=1e-14)
    close(history.f, f)
    close(history.grad_norm, norms)


@pytest.mark.parametrize("name", ["momentum", "nesterov_lookahead", "adam", "AheadAveraged"])
def test_any_number_of_threads_gives_the_same_bits(go, rule_called, name):
    rng = np.random.default_rng(3)
    model = steepest.LinearModel(rng.standard_normal((9000, 40)), rng.standard_normal(9000))
    found = []
    for count in (1, 2, 3, 4, 64):
        with threads.limit(count):
            history = go(
                model, rule_called(name, learning_rate=1e-2), np.zeros(41), "numba", max_iter=6
            ).session.history()
        found.append((history.w, history.f, history.grad_norm))
    for columns in found[1:]:
        for column, wanted in zip(columns, found[0], strict=True):
            assert np.array_equal(column, wanted)


def test_a_blow_up_in_many_blocks_is_seen(go):
    rng = np.random.default_rng(4)
    model = steepest.LinearModel(rng.standard_normal((3000, 50)), rng.standard_normal(3000))
    ending = go(model, GradientDescent(1e6), np.zeros(51), "numba", max_iter=300)
    assert ending.outcome is Outcome.DIVERGED
    assert np.isfinite(ending.session.w).all()


# -- what X may be ---------------------------------------------------------------------------------------------------

PLAIN = np.random.default_rng(6).integers(-9, 10, (14, 6)).astype(float)


def read_only(X):
    X = X.copy()
    X.flags.writeable = False
    return X


FORMS = {
    "C": PLAIN, "Fortran": np.asfortranarray(PLAIN), "strided": np.repeat(PLAIN, 2, axis=1)[:, ::2],
    "reversed": PLAIN[::-1][::-1], "rows of a larger one": np.vstack([PLAIN, PLAIN])[:14],
    "read-only": read_only(PLAIN),
    "float32": PLAIN.astype(np.float32), "integers": PLAIN.astype(int), "bytes": PLAIN.astype(np.int8),
    "lists": PLAIN.tolist(), "columns of a larger one": np.hstack([PLAIN, PLAIN])[:, :6],
    "big-endian": PLAIN.astype(">f8"),
    "transposed": PLAIN.T.copy().T,
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("batch", [None, 1, 4])
def test_any_form_of_x_and_y_gives_the_same_numbers(form, batch):
    y = np.arange(14.0)
    forms_of_y = {
        "read-only": read_only(y),
        "strided": np.repeat(y, 3)[::3],
        "integers": np.arange(14),
        "lists": y.tolist(),
    }
    more = {"learning_rate": 1e-4, "batch_size": batch, "max_iter": 10, "grad_tol": None}
    wanted = steepest.minimize(steepest.LinearModel(PLAIN, y), engine="python", **more)
    base = steepest.minimize(steepest.LinearModel(PLAIN, y), engine="numba", **more)
    X = FORMS[form]
    before = np.array(X)
    run = steepest.minimize(steepest.LinearModel(X, forms_of_y.get(form, y)), engine="numba", **more)
    close(run.history.w, base.history.w)
    close(run.history.f, base.history.f)
    if isinstance(X, np.ndarray) and X.flags.c_contiguous and X.dtype != np.float32:
        assert np.array_equal(run.history.w, base.history.w)
    close(run.history.w, wanted.history.w)
    assert np.array_equal(np.array(X), before)


def test_a_contiguous_float64_x_is_used_where_it_lies():
    model = steepest.LinearModel(PLAIN, np.arange(14.0))
    assert np.shares_memory(model.X, PLAIN)
    assert np.shares_memory(steepest.LinearModel(FORMS["read-only"], np.arange(14.0)).X, FORMS["read-only"])


@pytest.mark.parametrize("batch", [None, 1, 2])
def test_a_start_is_not_written_to(batch):
    w0 = np.ones(7)
    steepest.minimize(
        steepest.LinearModel(PLAIN, np.arange(14.0)), w0, learning_rate=1e-4, batch_size=batch, max_iter=3
    )
    assert np.array_equal(w0, np.ones(7))


def test_a_loss_of_ones_own_runs_compiled(go, plain_loop, own_loss):
    model = steepest.LinearModel(PLAIN / 9, np.arange(14.0) / 14, loss=own_loss())
    for batch in (None, 1, 3):
        orders = None if batch is None else Orders("shuffle", 14, 0).epochs(0, 4)
        ending = go(model, Momentum(0.01), np.zeros(7), "numba", batch_size=batch, max_iter=4)
        w, f, _, _ = plain_loop(model, Momentum(0.01), np.zeros(7), 4, orders, batch)
        close(ending.session.history().w, w)
        close(ending.session.history().f, f)
