"""Sparse data in the kernels against the plain loop on the same data, dense: every row of the record, to 1e-12."""

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

import steepest
from steepest import LinearModel, minimize
from steepest.engines import chunks
from steepest.engines.numba import threads
from steepest.engines.numba.sparse import engine

RNG = np.random.default_rng(3)
ROWS, COLUMNS = 41, 9
DENSE = RNG.normal(size=(ROWS, COLUMNS)) * (RNG.random((ROWS, COLUMNS)) < 0.3)
DENSE[:, 4] = 0.0  # a column that is never touched
DENSE[[5, 6, ROWS - 1]] = 0.0  # rows without entries
DENSE[:, 8] = 0.0
DENSE[17, 8] = 1.5  # a column that is touched once an epoch
Y = DENSE @ RNG.normal(size=COLUMNS) + RNG.normal(size=ROWS)
WEIGHTS = np.where(RNG.random(ROWS) < 0.2, 0.0, RNG.random(ROWS))
RULES = {
    "gradient descent": ("gradient_descent", {}),
    "momentum": ("momentum", {}),
    "momentum 0": ("momentum", {"momentum": 0.0}),
    "momentum 0.9999": ("momentum", {"momentum": 0.9999}),
    "rate outside": ("momentum", {"rate_outside": True, "momentum": 0.5}),
    "nesterov": ("nesterov", {}),
    "look-ahead": ("nesterov_lookahead", {}),
}
PENALTIES = {
    "none": {},
    "l2": {"penalty": "l2", "alpha": 0.02},
    "oscillating l2": {"penalty": "l2", "alpha": 1.5},
    "l1": {"penalty": "l1", "alpha": 0.05},
    "both": {"penalty": "elasticnet", "alpha": 0.1, "l1_ratio": 0.5},
}


def models(X, y, **options):
    """The model on sparse data and on the same, dense."""
    return LinearModel(scipy.sparse.csr_matrix(X), y, **options), LinearModel(X, y, **options)


def close(ours, plain, tol=1e-12):
    for column in ("w", "f", "grad_norm", "running_f"):
        a, b = getattr(ours.history, column), getattr(plain.history, column)
        if a is not None and b is not None:
            size = max(1.0, float(np.nanmax(np.abs(b), initial=0.0)))
            np.testing.assert_allclose(a, b, rtol=0, atol=tol * size, err_msg=column)
    assert ours.outcome is plain.outcome


def same(pair, method="momentum", tol=1e-12, **options):
    """The sparse kernels' rows are those of the plain loop on dense data; returns both runs."""
    options = {"learning_rate": 0.05, "max_iter": 5, "record": ("w", "f", "grad_norm", "running_f")} | options
    if options.get("batch_size") is None:
        options.setdefault("grad_tol", 0.0)
    ours, plain = minimize(pair[0], None, method, engine="numba", **options), None
    plain = minimize(pair[1], None, method, engine="python", **options)
    close(ours, plain, tol)
    return ours, plain


def lazy(model, method, batch_size=1, **options):
    """Whether the engine would touch only the entries of the batch's rows."""
    seen = []
    original = engine.is_lazy
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "is_lazy", lambda task: seen.append(original(task)) or seen[-1])
        minimize(model, None, method, learning_rate=0.05, batch_size=batch_size, max_iter=1, engine="numba", **options)
    return seen[0]


@pytest.mark.parametrize("batch", [1, 4, None])
@pytest.mark.parametrize("penalty", PENALTIES)
@pytest.mark.parametrize("rule", RULES)
def test_every_linear_rule_and_penalty_is_the_dense_loop(rule, penalty, batch):
    method, fields = RULES[rule]
    same(models(DENSE, Y, reduction="sum", **PENALTIES[penalty]), method, batch_size=batch, **fields)


@pytest.mark.parametrize("batch", [1, 4, None])
@pytest.mark.parametrize("penalty", ["none", "both"])
def test_adam_moves_every_coordinate_at_every_step_as_the_dense_loop_does(penalty, batch):
    same(models(DENSE, Y, **PENALTIES[penalty]), "adam", batch_size=batch)


@st.composite
def problems(draw):
    rows, columns = draw(st.integers(1, 12)), draw(st.integers(1, 7))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    X = rng.normal(size=(rows, columns)) * (rng.random((rows, columns)) < draw(st.sampled_from([0.0, 0.2, 0.6, 1.0])))
    logistic = draw(st.booleans())
    y = np.arange(rows) % 2 if logistic and rows > 1 else rng.normal(size=rows)
    options = dict(PENALTIES[draw(st.sampled_from(sorted(PENALTIES)))])
    options["fit_intercept"] = draw(st.booleans())
    options["reduction"] = draw(st.sampled_from(["mean", "sum"]))
    if logistic and rows > 1:
        options |= {"loss": "log_loss", "sample_weight": rng.random(rows) + 0.01}
    method, fields = RULES[draw(st.sampled_from(sorted(RULES)))]
    rate = draw(st.sampled_from([0.001, 0.05]))
    if draw(st.booleans()):
        rate = steepest.schedules.InverseTime(rate, 0.1)
    more = {"learning_rate": rate, "sampling": draw(st.sampled_from(["shuffle", "replacement", "sequential"]))}
    batch = draw(st.sampled_from([1, 3, 100]))
    return models(X, y, **options), method, {**fields, **more, "batch_size": batch, "seed": draw(st.integers(0, 9))}


@settings(max_examples=60)
@given(problems())
def test_any_small_model_one_row_at_a_time_or_in_batches_is_the_dense_loop(given_problem):
    pair, method, options = given_problem
    same(pair, method, **options)


@pytest.mark.parametrize("loss", ["hinge", "huber", "multinomial_log_loss"])
@pytest.mark.parametrize("batch", [1, 4, None])
def test_other_losses_are_the_dense_loop(loss, batch):
    y = {"hinge": Y > 0, "huber": Y, "multinomial_log_loss": np.digitize(Y, [-1.0, 1.0])}[loss]
    same(models(DENSE, y, loss=loss), batch_size=batch)


@pytest.mark.parametrize("batch", [1, 4, None])
@pytest.mark.parametrize("method", ["gradient_descent", "momentum", "adam"])
def test_several_outputs_are_the_dense_loop(method, batch):
    same(models(DENSE, np.column_stack([Y, -0.5 * Y, Y**2]), sample_weight=WEIGHTS), method, batch_size=batch)


CLASSES = np.digitize(Y, [-1.0, 1.0])
SHARED = pytest.mark.parametrize("loss", ["multinomial_log_loss", "log_loss", "hinge"])


SMOOTH = [(rule, penalty) for rule in RULES for penalty in ("none", "l2", "oscillating l2")]


@pytest.mark.parametrize("batch", [1, 4])
@pytest.mark.parametrize(("rule", "penalty"), [*SMOOTH, ("gradient descent", "l1"), ("momentum 0", "l1")])
@SHARED
def test_every_linear_rule_and_penalty_with_several_classes(loss, rule, penalty, batch):
    method, fields = RULES[rule]
    pair = models(DENSE, CLASSES, loss=loss, sample_weight=WEIGHTS, **PENALTIES[penalty])
    assert lazy(pair[0], method, batch, **fields)
    same(pair, method, batch_size=batch, **fields)


@pytest.mark.parametrize("method", ["gradient_descent", "momentum"])
@SHARED
def test_several_classes_scaled_scheduled_without_intercept_and_update_by_update(loss, method):
    sparse, dense = models(DENSE, CLASSES, loss=loss, fit_intercept=False)
    sparse = sparse.rescaled()
    twin = object.__new__(LinearModel)
    twin._set(**{name: getattr(dense, name) for name in dense.__dataclass_fields__} | {"columns": sparse.columns})
    rate = steepest.schedules.Cosine(0.05)
    ours, _ = same((sparse, twin), method, batch_size=4, learning_rate=rate)
    options = {"learning_rate": rate, "batch_size": 4, "max_iter": 5, "record": "updates"}
    kept = minimize(sparse, None, method, engine="numba", **options)
    plain = minimize(twin, None, method, engine="python", **options)
    np.testing.assert_allclose(kept.updates.w, plain.updates.w, rtol=0, atol=1e-12)
    np.testing.assert_allclose(kept.updates.running_f, plain.updates.running_f, rtol=0, atol=1e-12, equal_nan=True)
    assert_array_equal(kept.w, ours.w)


@pytest.mark.parametrize("penalty", ["none", "l2", "l1"])
def test_several_classes_stay_with_the_dense_loop_for_twelve_thousand_steps(penalty):
    X, y = long_tailed()
    pair = models(X, np.digitize(y, [-1.0, 1.0]), loss="multinomial_log_loss", **PENALTIES[penalty])
    method = "gradient_descent" if penalty == "l1" else "momentum"
    ours, plain = same(pair, method, batch_size=1, max_iter=20, learning_rate=0.01)
    assert_array_equal(ours.w == 0, plain.w == 0)


@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize("index", [np.int32, np.int64])
@pytest.mark.parametrize("batch", [1, None])
def test_numbers_and_indices_of_either_size_are_used_where_they_lie(kind, index, batch):
    X = DENSE.astype(kind)
    sparse = scipy.sparse.csr_matrix(X)
    sparse.indices, sparse.indptr = sparse.indices.astype(index), sparse.indptr.astype(index)
    model = LinearModel(sparse, Y)
    assert np.shares_memory(engine.Csr.of(model.X).values, sparse.data)
    assert np.shares_memory(engine.Csr.of(model.X).columns, sparse.indices)
    same((model, LinearModel(X, Y)), batch_size=batch)


@pytest.mark.parametrize("batch", [1, 4, None])
@pytest.mark.parametrize("penalty", ["none", "l1", "l2"])
@pytest.mark.parametrize("method", ["gradient_descent", "momentum"])
def test_scaled_columns_are_scaled_on_the_fly(method, penalty, batch):
    sparse, dense = models(DENSE, Y, **PENALTIES[penalty])
    sparse = sparse.rescaled()
    twin = object.__new__(LinearModel)
    twin._set(**{name: getattr(dense, name) for name in dense.__dataclass_fields__} | {"columns": sparse.columns})
    same((sparse, twin), method, batch_size=batch)


@pytest.mark.parametrize("batch", [1, 4, None])
def test_bounds_hold(batch):
    ours, _ = same(models(DENSE, Y), batch_size=batch, bounds=steepest.Box(-0.1, 0.2))
    assert ours.history.w.min() == -0.1
    assert ours.history.w.max() == 0.2


# -- long runs, where the scales are used up many times over


def long_tailed():
    """600 rows, 40 columns, the last ones touched a few times in an epoch."""
    rng = np.random.default_rng(8)
    X = rng.normal(size=(600, 40)) * (rng.random((600, 40)) < 0.5 / np.arange(1, 41))
    return X, X @ rng.normal(size=40) + rng.normal(size=600)


@pytest.mark.parametrize("penalty", ["none", "l2", "oscillating l2"])
@pytest.mark.parametrize("momentum", [0.01, 0.5, 0.9, 0.99, 0.9995])
def test_twelve_thousand_steps_stay_with_the_dense_loop(momentum, penalty):
    rate = 0.01 * (1 - momentum)
    pair = models(*long_tailed(), **PENALTIES[penalty])
    same(pair, batch_size=1, max_iter=20, learning_rate=rate, momentum=momentum)


@pytest.mark.parametrize("penalty", PENALTIES)
def test_gradient_descent_stays_with_the_dense_loop_for_as_long(penalty):
    ours, plain = same(models(*long_tailed(), **PENALTIES[penalty]), "gradient_descent", batch_size=1, max_iter=20)
    assert_array_equal(ours.w == 0, plain.w == 0)
    assert ((ours.w == 0).sum() > 5) == (penalty in ("l1", "both"))


@pytest.mark.parametrize("penalty", ["none", "l2"])
@pytest.mark.parametrize("rule", ["momentum", "rate outside", "nesterov", "look-ahead", "gradient descent"])
def test_schedules_stay_with_the_dense_loop(rule, penalty):
    method, fields = RULES[rule]
    rate = steepest.schedules.Cosine(0.02)
    same(models(*long_tailed(), **PENALTIES[penalty]), method, batch_size=1, max_iter=6, **fields | {
        "learning_rate": rate,
    })  # fmt: skip


def test_a_momentum_that_is_scheduled_to_zero_and_back_is_exact():
    momentum = steepest.schedules.FromFunction(lambda t: (t % 7) * 0.1)
    same(models(*long_tailed()), batch_size=1, max_iter=4, momentum=momentum, learning_rate=0.01)


# -- what must not change a bit


@pytest.mark.parametrize("batch", [1, None])
@pytest.mark.parametrize("loss", ["squared_error", "multinomial_log_loss"])
def test_any_number_of_threads_gives_the_same_bits(batch, loss, monkeypatch):
    monkeypatch.setattr(engine, "BLOCK_ENTRIES", 8)
    monkeypatch.setattr(engine, "ENTRIES_A_SUM", 1)
    y = Y if loss == "squared_error" else np.digitize(Y, [-1.0, 1.0])
    pair = models(DENSE, y, loss=loss)
    runs = []
    for count in (1, 2, 5):
        with threads.limit(count):
            runs.append(same(pair, batch_size=batch)[0])
    for run in runs[1:]:
        assert_array_equal(run.history.w, runs[0].history.w)
        assert_array_equal(run.history.f, runs[0].history.f)


@pytest.mark.parametrize("method", ["gradient_descent", "momentum", "adam"])
def test_neither_chunks_nor_recording_change_a_bit(method, monkeypatch):
    sparse, _ = models(
        DENSE, Y, penalty=None if method == "momentum" else "l1", alpha=0.0 if method == "momentum" else 0.05
    )
    options = {"learning_rate": 0.05, "batch_size": 1, "max_iter": 9, "engine": "numba"}
    whole = minimize(sparse, None, method, **options)
    monkeypatch.setattr(chunks, "CHUNK_BYTES", 1)
    one_by_one = minimize(sparse, None, method, **options)
    updates = minimize(sparse, None, method, record="updates", **options)
    for run in (one_by_one, updates):
        assert_array_equal(run.history.w, whole.history.w)
        assert_array_equal(run.history.f, whole.history.f)


@pytest.mark.parametrize("penalty", ["none", "l2", "both"])
@pytest.mark.parametrize("method", ["gradient_descent", "momentum", "adam"])
@pytest.mark.parametrize("batch", [1, 4])
def test_single_updates_are_those_of_the_dense_loop(method, penalty, batch):
    options = {"learning_rate": 0.05, "batch_size": batch, "max_iter": 3, "record": "updates"}
    pair = models(DENSE, Y, **PENALTIES[penalty])
    ours, plain = (
        minimize(model, None, method, engine=name, **options).updates
        for model, name in zip(pair, ("numba", "python"), strict=True)
    )
    np.testing.assert_allclose(ours.w, plain.w, rtol=0, atol=1e-12)
    np.testing.assert_allclose(ours.running_f, plain.running_f, rtol=1e-12, atol=1e-13)


def test_a_column_that_is_never_touched_keeps_its_start_bit_for_bit():
    start = RNG.normal(size=COLUMNS + 1)
    for method in ("gradient_descent", "momentum", "nesterov", "adam"):
        run = minimize(
            models(DENSE, Y)[0], start, method, learning_rate=0.01, batch_size=1, max_iter=8, engine="numba",
        )  # fmt: skip
        assert run.w[5] == start[5]
        assert run.w[1] != start[1]


def test_the_first_steps_by_hand():
    """Two rows (2, 0) and (0, 1), targets 1 and 1, heavy ball with rate 0.1, no intercept, w = 0: the first row's slope
    -1 makes v1 = 0.2, w1 = 0.2; during the second row v1 = 0.9 0.2, w1 = 0.2 + 0.18, and v2 = w2 = 0.1."""
    model = LinearModel(scipy.sparse.csr_matrix(np.diag([2.0, 1.0])), [1.0, 1.0], fit_intercept=False)
    run = minimize(
        model, None, "momentum", learning_rate=0.1, momentum=0.9, batch_size=1, max_iter=1, sampling="sequential",
        engine="numba", record="updates",
    )  # fmt: skip
    np.testing.assert_allclose(run.updates.w, [[0, 0], [0.2, 0], [0.38, 0.1]], rtol=0, atol=1e-15)
    np.testing.assert_allclose(run.updates.running_f[1:], [0.5, 0.5])
    assert run.f == pytest.approx(0.5 * (0.5 * (0.76 - 1) ** 2 + 0.5 * 0.9**2))


# -- bad numbers, odd shapes, choices


@pytest.mark.parametrize("batch", [1, 4, None])
@pytest.mark.parametrize("method", ["gradient_descent", "momentum", "nesterov", "adam"])
@pytest.mark.parametrize("rate", [30.0, 1e150, 1e300])
def test_a_rate_that_is_far_too_large_ends_as_in_the_dense_loop(method, batch, rate):
    pair = models(DENSE, Y, penalty="l2", alpha=0.01)
    ours, plain = (
        minimize(model, None, method, learning_rate=rate, batch_size=batch, max_iter=60, engine=name)
        for model, name in zip(pair, ("numba", "python"), strict=True)
    )
    assert ours.outcome is plain.outcome
    assert np.isfinite(ours.w).all()


@pytest.mark.parametrize("batch", [1, 2, None])
@pytest.mark.parametrize("method", ["gradient_descent", "momentum", "adam"])
def test_data_without_any_entry_and_one_column(method, batch):
    same(models(np.zeros((3, 1)), np.array([1.0, 2.0, 4.0])), method, batch_size=batch)
    same(models(np.array([[1.0], [0.0], [-2.0]]), np.array([1.0, 2.0, 4.0])), method, batch_size=batch)
    same(models(np.array([[0.0, 3.0]]), np.array([1.0])), method, batch_size=batch)


def test_which_runs_cost_only_the_entries_they_touch():
    plain, l2 = models(DENSE, Y)[0], models(DENSE, Y, penalty="l2", alpha=0.1)[0]
    l1, scaled = models(DENSE, Y, penalty="l1", alpha=0.1)[0], l2.rescaled()
    for method in ("gradient_descent", "momentum", "nesterov", "nesterov_lookahead"):
        assert lazy(plain, method)
        assert lazy(l2, method, batch_size=3)
    assert lazy(l1, "gradient_descent")
    assert lazy(l1, "momentum", momentum=0.0)
    assert lazy(plain.rescaled(), "momentum")
    assert not lazy(l1, "momentum")
    assert not lazy(plain, "adam")
    assert not lazy(scaled, "momentum")
    assert not lazy(plain, "gradient_descent", bounds=steepest.Box(-1, 1))
