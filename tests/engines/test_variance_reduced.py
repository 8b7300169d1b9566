"""Corrected gradients in the plain loop: right on average, and step by step those of textbook loops in NumPy."""

from typing import Any

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given
from hypothesis import strategies as st

import steepest
from steepest.base.errors import ArgumentError
from steepest.engines import variance_reduced
from steepest.engines.orders import Orders
from steepest.engines.variance_reduced import Corrected
from steepest.methods import SAGA, SVRG
from steepest.problems.penalized import PenalizedProblem

RNG = np.random.default_rng(2)
ROWS = 12
X = RNG.standard_normal((ROWS, 3))
Y = X @ [1.0, -2.0, 0.5] + RNG.standard_normal(ROWS)
SIGNS, KINDS = (Y > 0).astype(int), np.digitize(Y, [-1.0, 1.0])
WEIGHTS = np.where(RNG.random(ROWS) < 0.2, 0.0, RNG.random(ROWS))
RULES = pytest.mark.parametrize("rule", [SAGA(0.05), SVRG(0.05)], ids=["saga", "svrg"])
SAMPLINGS = ["shuffle", "replacement", "sequential", "tutorial"]


def half_square(w, example):
    x, y = example
    return 0.5 * ((x * w).sum() - y) ** 2


def slope(w, example):
    x, y = example
    return ((x * w).sum() - y) * x


def textbook(problem, renews, w, rate, orders, batch):
    """SAGA and SVRG with a table of whole gradients, one example at a time; the points after each update. ``problem``
    gives the loss of single rows; the l2 penalty is added, l1 is soft thresholding."""
    mean = problem.reduction == "mean"
    l2, l1 = (
        0.0 if getattr(problem, name, None) is None else getattr(problem, name) for name in ("l2_each", "l1_each")
    )
    share = 1.0 if mean else 1 / problem.rows

    def gradient(i, at):
        return problem.batch_value_and_gradient(at, np.array([i]))[1] - share * l2 * at

    table, path = None, [w]
    for order in orders:
        if table is None or not renews:
            table = np.array([gradient(i, w) for i in range(problem.rows)])
        for k in range(0, problem.rows, batch):
            rows = order[k : k + batch]
            new = {i: gradient(i, w) for i in rows}
            g = sum(new[i] - table[i] for i in rows) / len(rows) + table.mean(axis=0)
            g, part = (g, 1.0) if mean else (len(rows) * g, len(rows) / problem.rows)
            w = w - rate * (g + part * l2 * w)
            w = np.sign(w) * np.maximum(np.abs(w) - rate * part * l1, 0.0)
            if renews:
                for i in rows:
                    table[i] = new[i]
            path.append(w)
    return np.array(path)


def problem_of(kind, reduction):
    more: Any = {"reduction": reduction}
    if kind == "sum of one's own":
        return steepest.FiniteSum(half_square, (X, Y), grad=slope, **more).at(np.zeros(3))
    if kind == "penalized sum":
        return PenalizedProblem(problem_of("sum of one's own", reduction), 0.1, 0.05)
    if kind == "traced sum":
        return steepest.FiniteSum(half_square, (X, Y), **more).at(np.zeros(3))
    if kind == "weighted, scaled":
        return steepest.LinearModel(
            X * [1, 10, 0.1] + 3, Y, "huber", "l2", 0.1, sample_weight=WEIGHTS, **more
        ).rescaled()
    if kind == "sparse":
        return steepest.LinearModel(scipy.sparse.csr_array(np.where(abs(X) > 0.5, X, 0.0)), Y, "huber", **more)
    if kind == "three classes":
        return steepest.LinearModel(X, KINDS, "multinomial_log_loss", "elasticnet", 0.05, **more)
    return steepest.LinearModel(X, SIGNS, "log_loss", "elasticnet", 0.05, 0.5, fit_intercept=False, **more)


KINDS_OF_PROBLEMS = [
    "sum of one's own",
    "penalized sum",
    "traced sum",
    "weighted, scaled",
    "sparse",
    "three classes",
    "elastic net",
]


@RULES
@pytest.mark.parametrize("kind", KINDS_OF_PROBLEMS)
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_200_updates_are_the_textbooks(rule, kind, reduction):
    problem, start = problem_of(kind, reduction), 0.3
    for batch, epochs, sampling in ((1, 17, "shuffle"), (5, 67, "replacement")):
        if kind == "traced sum":
            epochs //= 4
        w0 = np.full(problem.n, start)
        run = steepest.minimize(
            problem, w0, rule, batch_size=batch, sampling=sampling, seed=3, max_iter=epochs, engine="python",
            record="updates",
        )  # fmt: skip
        orders = Orders(sampling, ROWS, 3).epochs(0, epochs)
        wanted = textbook(problem, rule.renews_each(), w0, 0.05, orders, batch)
        assert kind == "traced sum" or len(wanted) > 200
        np.testing.assert_allclose(run.updates.w, wanted, rtol=0, atol=1e-12)


@RULES
@given(
    reduction=st.sampled_from(["mean", "sum"]), batch=st.integers(1, ROWS), seed=st.integers(0, 99),
    kind=st.sampled_from(["sum of one's own", "penalized sum", "weighted, scaled", "three classes", "elastic net"]),
)  # fmt: skip
def test_the_mean_over_all_batches_is_the_batchs_part_of_the_whole_gradient(go, rule, reduction, batch, seed, kind):
    """Batches as those of a random order: every row is in as many of them as any other."""
    problem, rng = problem_of(kind, reduction), np.random.default_rng(seed)
    corrected = Corrected(go(problem, rule, np.zeros(problem.n), batch_size=batch, max_iter=0).session)
    before, w = rng.standard_normal((2, problem.n))
    corrected.begin(before)
    corrected.renews = False  # all batches meet the same table
    order = rng.permutation(ROWS)
    found = [corrected(w, np.roll(order, k)[:batch]) for k in range(ROWS)]
    whole = getattr(problem, "smooth_gradient", problem.gradient)
    part = 1.0 if reduction == "mean" else batch / ROWS
    np.testing.assert_allclose(np.mean([g for _, g in found], axis=0), part * whole(w), rtol=1e-9, atol=1e-10)
    losses = [problem.batch_value_and_gradient(w, np.roll(order, k)[:batch])[0] for k in range(ROWS)]
    np.testing.assert_allclose([loss for loss, _ in found], losses, rtol=1e-12)


@RULES
def test_the_correction_leaves_no_noise_where_w_is_what_was_kept(go, rule):
    problem, w = problem_of("elastic net", "mean"), np.array([0.3, -0.2, 0.1])
    corrected = Corrected(go(problem, rule, np.zeros(3), batch_size=1, max_iter=0).session)
    corrected.begin(w)
    for i in range(ROWS):
        np.testing.assert_allclose(corrected(w, np.array([i]))[1], problem.smooth_gradient(w), rtol=1e-12)


@pytest.mark.parametrize("engine", ["python", "numba"])
@pytest.mark.parametrize(
    ("rule", "kind", "first", "each"),
    [
        (SAGA(0.05), "elastic net", 1, 1), (SVRG(0.05), "elastic net", 0, 2),
        (SAGA(0.05), "sum of one's own", 1, 1), (SVRG(0.05), "sum of one's own", 0, 3),
    ],
)  # fmt: skip
def test_passes_are_counted_the_extra_ones_too(rule, kind, first, each, engine):
    problem = problem_of(kind, "mean")
    if engine == "numba" and kind != "elastic net":
        return
    run = steepest.minimize(problem, np.zeros(3), rule, max_iter=4, engine=engine)
    assert run.history.n_grad.tolist() == [0, *(first + each * t for t in range(1, 5))]
    assert run.njev == first + 4 * each
    none = steepest.minimize(problem, np.zeros(3), rule, max_iter=0, engine=engine)
    assert (none.history.n_grad.tolist(), none.njev) == ([0], 0)
    normed = steepest.minimize(problem, np.zeros(3), rule, max_iter=4, engine=engine, grad_tol=1e-12)
    assert normed.njev == first + 4 * each + 5


@pytest.mark.parametrize("engine", ["python", "numba"])
@RULES
def test_running_f_is_the_mean_loss_along_the_way(rule, engine):
    problem = problem_of("elastic net", "mean")
    run = steepest.minimize(
        problem, np.ones(3), rule, max_iter=2, engine=engine, record="updates", sampling="sequential"
    )
    for epoch in (1, 2):
        at = run.updates.w[(epoch - 1) * ROWS : epoch * ROWS]
        losses = [problem.batch_value_and_gradient(w, np.array([i]))[0] for i, w in enumerate(at)]
        assert run.history.running_f[epoch] == pytest.approx(np.mean(losses), rel=1e-12)


@RULES
def test_climbing_is_descending_the_negative(rule):
    class Opposite:
        """Minus the sum of one's own."""

        reduction, rows, n = "mean", ROWS, 3
        name = gradient_note = formula = source = ""
        start = minimum = box = None
        total = problem_of("sum of one's own", "mean")

        def value(self, w):
            return -self.total.value(w)

        def gradient(self, w):
            return -self.total.gradient(w)

        def batch_value_and_gradient(self, w, rows):
            loss, g = self.total.batch_value_and_gradient(w, rows)
            return -loss, -g

        value_and_gradient = recipe = None

    more = {"batch_size": 5, "max_iter": 4, "engine": "python"}
    up = steepest.minimize(Opposite(), np.ones(3), rule, maximize=True, **more)
    down = steepest.minimize(Opposite.total, np.ones(3), rule, **more)
    assert np.array_equal(up.history.w, down.history.w)
    assert np.array_equal(up.history.f, -down.history.f)
    model = steepest.LinearModel(X, Y, penalty="l2", alpha=0.1)
    assert steepest.minimize(model, np.ones(4), rule, maximize=True, max_iter=2).f > model.value(np.ones(4))


def test_a_table_of_gradients_beyond_its_memory_is_refused_in_a_sentence(monkeypatch):
    total = steepest.FiniteSum(half_square, (X, Y), grad=slope)
    monkeypatch.setattr(variance_reduced, "MOST_BYTES", 8 * 3 * ROWS - 1)
    with pytest.raises(
        ArgumentError, match=r"^method 'saga' would keep 12 gradients of 3 numbers, .* use method='svrg'"
    ):
        steepest.minimize(total, np.zeros(3), SAGA(0.05))
    assert steepest.minimize(total, np.zeros(3), SVRG(0.05), max_iter=3).nit == 3
    monkeypatch.setattr(variance_reduced, "MOST_BYTES", 8 * 3 * ROWS)
    assert steepest.minimize(total, np.zeros(3), SAGA(0.05), max_iter=3).nit == 3


@RULES
def test_a_rate_too_large_diverges_and_says_so(rule):
    run = steepest.minimize(problem_of("sum of one's own", "mean"), np.ones(3), rule, learning_rate=50.0)
    assert run.outcome.failed


@RULES
@pytest.mark.parametrize("engine", ["python", "numba"])
def test_bounds_hold_at_every_update(rule, engine):
    model = steepest.LinearModel(X, Y, "squared_error", "l2", 0.1)
    box = steepest.Box([-0.1, -0.2, -np.inf, 0.0], [0.1, 0.2, 0.0, 0.3])
    run = steepest.minimize(
        model, np.zeros(4), rule, bounds=box, max_iter=200, engine=engine, record="updates", grad_tol=1e-9
    )
    assert (run.updates.w >= box.lower).all()
    assert (run.updates.w <= box.upper).all()
    assert run.success  # of the projected gradient
