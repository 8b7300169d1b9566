"""Projection onto bounds: every row lies in the box and is the plain ``w = clip(w + step)``, in every engine."""

from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import Bounds

import steepest
from steepest import Outcome
from steepest.base.errors import ArgumentError
from steepest.base.fields import Rate
from steepest.base.xp import numpy_functions as xp
from steepest.engines.orders import Orders

RANDOM = np.random.default_rng(8)
X = RANDOM.standard_normal((23, 3))
Y = X @ [1.0, -2.0, 0.5] + 0.1 * RANDOM.standard_normal(23)
MODEL = steepest.LinearModel(X, Y)
TALL = steepest.LinearModel(RANDOM.standard_normal((22_000, 6)), RANDOM.standard_normal(22_000) + 2.0)
"""More than two blocks of rows: the block kernels run it."""
BOX = steepest.Box([-0.05, -0.5, -1.0, -np.inf], [0.5, 0.6, 1.0, 0.2])
"""Around the start of MODEL, its minimum (0, 1, -2, 0.5) outside."""
SEED = 2


def plain_loop(problem, rule, w0, box, rows, size=None):
    """Rows of w, and the largest component of the projected gradient w - clip(w - g) at each."""
    w, slots, t, table, norms = np.array(w0, dtype=float), rule.init(np.array(w0, dtype=float), xp), 0.0, [], []
    orders = Orders("shuffle", problem.rows, SEED) if size else None
    for row in range(rows + 1):
        at = rule.read(w, slots, t, xp) if hasattr(rule, "read") else w
        table.append(at)
        norms.append(np.abs(at - np.clip(at - problem.gradient(at), box.lower, box.upper)).max())
        order = orders.epochs(row, 1)[0] if orders else None
        for chosen in [None] if size is None else [order[k : k + size] for k in range(0, problem.rows, size)]:
            t += 1.0
            place = box.project(rule.look(w, slots, t, xp)) if hasattr(rule, "look") else w
            if chosen is None:
                g = problem.gradient(place)
            else:
                g = problem.batch_value_and_gradient(place, chosen)[1]
            step, slots = rule.update(w, g, slots, t, xp)
            w = np.clip(w + step, box.lower, box.upper)
    return np.array(table), np.array(norms)


def rates(name):
    return {"learning_rate": 0.05} if name == "adam" else {"learning_rate": 0.1}


@pytest.mark.parametrize("name", ["gradient_descent", "momentum", "nesterov", "nesterov_lookahead", "adam"])
@pytest.mark.parametrize("engine", ["python", "numba", "jax"])
@pytest.mark.parametrize("size", [None, 1, 5, 23])
def test_every_row_is_the_clipped_step(name, engine, size):
    rows = 25 if size in (None, 23) else 4
    run = steepest.minimize(
        MODEL, method=name, bounds=BOX, engine=engine, batch_size=size, seed=SEED, max_iter=rows,
        grad_tol=None, record=("w", "f", "grad_norm"), **rates(name),
    )  # fmt: skip
    rule = steepest.methods.find(name)(**rates(name))
    w, norms = plain_loop(MODEL, rule, MODEL.start, BOX, rows, size)
    assert run.engine == engine
    np.testing.assert_allclose(run.history.w, w, rtol=0, atol=1e-12)
    np.testing.assert_allclose(run.history.grad_norm, norms, rtol=0, atol=1e-12)
    assert all(BOX.holds(row) for row in run.history.w)
    assert (run.history.w[1:] == BOX.upper).any(), "it touches the box"


class Elsewhere(NamedTuple):
    """A user's rule that looks ahead for its gradient and reports the mean of its iterates."""

    learning_rate: Rate = 0.1

    def init(self, w, xp):
        return xp.zeros_like(w), 1.0 * w

    def look(self, w, slots, t, xp):
        return w + 0.5 * slots[0]

    def update(self, w, g, slots, t, xp):
        v = 0.5 * slots[0] - self.learning_rate * g
        return v, (v, slots[1] + (w + v - slots[1]) / (t + 1.0))

    def read(self, w, slots, t, xp):
        return slots[1]


@pytest.mark.parametrize("engine", ["python", "numba", "jax"])
def test_a_rule_that_reports_elsewhere_is_projected_where_it_moves(engine):
    rule = Elsewhere()
    run = steepest.minimize(MODEL, method=rule, bounds=BOX, engine=engine, max_iter=20, grad_tol=None)
    w, norms = plain_loop(MODEL, rule, MODEL.start, BOX, 20)
    np.testing.assert_allclose(run.history.w, w, rtol=0, atol=1e-12)
    np.testing.assert_allclose(run.history.grad_norm, norms, rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", ["momentum", "nesterov_lookahead"])
def test_many_blocks_of_rows_are_projected(name):
    box = steepest.Box([-1.0, *[-0.01] * 6], [1.5, *[0.01] * 6])
    run = steepest.minimize(TALL, method=name, bounds=box, max_iter=12, grad_tol=None, learning_rate=0.2)
    w, norms = plain_loop(TALL, steepest.methods.find(name)(0.2), TALL.start, box, 12)
    assert run.engine == "numba"
    np.testing.assert_allclose(run.history.w, w, rtol=0, atol=1e-12)
    np.testing.assert_allclose(run.history.grad_norm, norms, rtol=0, atol=1e-11)
    assert run.history.w[-1, 0] == 1.5


def bowl(w):
    return ((w - 3.0) ** 2).sum()


def slope(w):
    return 2 * (w - 3.0)


@given(
    lower=st.floats(-5, 0), width=st.floats(0, 5), rate=st.floats(0.01, 0.4), n=st.integers(1, 6),
    method=st.sampled_from(["momentum", "nesterov", "adam"]),
)  # fmt: skip
def test_no_row_leaves_the_box(lower, width, rate, n, method):
    box = steepest.Box(lower, lower + width)
    w0 = np.full(n, lower + width / 2)
    run = steepest.minimize(bowl, w0, method, grad=slope, bounds=box, learning_rate=rate, max_iter=60)
    assert ((lower <= run.history.w) & (run.history.w <= lower + width)).all()


@pytest.mark.parametrize("grad", [slope, None, "finite"])
@pytest.mark.parametrize("method", ["gradient_descent", "momentum", "nesterov", "adam"])
def test_it_converges_in_a_corner_where_the_slope_is_not_zero(grad, method):
    run = steepest.minimize(bowl, [0.0, 0.5], method, grad=grad, bounds=[(-1, 1), (None, 2)], learning_rate=0.1)
    assert run.outcome is Outcome.CONVERGED
    assert np.array_equal(run.w, [1.0, 2.0])
    assert run.record.grad_norm == run.history.grad_norm[-1] == 0.0
    np.testing.assert_allclose(run.jac, [-4.0, -2.0], atol=1e-6)


def test_it_converges_on_an_edge_with_one_variable_free():
    run = steepest.minimize(bowl, [0.0, 0.0], bounds=[(-1, 1), (-9, 9)])
    assert run.success
    assert run.w[0] == 1.0
    assert run.w[1] == pytest.approx(3.0, abs=1e-6)


def test_climbing_is_projected_too():
    run = steepest.minimize(lambda w: -bowl(w), [0.0, 0.0], bounds=steepest.Box(-1, 1), maximize=True)
    assert run.success
    assert np.array_equal(run.w, [1.0, 1.0])


def test_f_is_never_asked_outside_for_values_or_gradients():
    seen = []

    def f(w):
        seen.append(w.copy())
        return bowl(w)

    def g(w):
        seen.append(w.copy())
        return slope(w)

    steepest.minimize(f, [0.5, 0.5], "gradient_descent", grad=g, bounds=steepest.Box(0, 1), learning_rate=0.1)
    assert all(((w >= 0) & (w <= 1)).all() for w in seen)


def test_bounds_of_every_kind_are_one_box():
    given: list[Any] = [
        steepest.Box([-1, -np.inf], [1, 2]), [(-1, 1), (None, 2)], ((-1, 1), (-np.inf, 2)),
        Bounds([-1, -np.inf], [1, 2]),
    ]  # fmt: skip
    runs = [steepest.minimize(bowl, [0.0, 0.0], bounds=bounds, max_iter=5, learning_rate=0.2) for bounds in given]
    assert all(np.array_equal(run.history.w, runs[0].history.w) for run in runs)
    assert {str(run.recipe["bounds"]) for run in runs} == {"[[-1.0, 1.0], [None, 2.0]]"}


def test_one_pair_holds_for_all_variables():
    run = steepest.minimize(bowl, np.zeros(3), bounds=steepest.Box(-1, 1))
    assert np.array_equal(run.w, np.ones(3))


def test_a_box_without_width_is_a_point():
    run = steepest.minimize(bowl, [1.0, 1.0], bounds=[(1, 1), (1, 1)], learning_rate=0.1)
    assert run.success
    assert run.nit == 0


def test_a_start_on_the_edge_is_inside():
    run = steepest.minimize(bowl, [1.0, -1.0], bounds=steepest.Box(-1, 1), learning_rate=0.1)
    assert np.array_equal(run.history.w[0], [1.0, -1.0])
    assert run.success


def test_infinite_bounds_change_nothing():
    free = steepest.minimize(bowl, [0.0, 0.0], grad=slope, learning_rate=0.1)
    bounded = steepest.minimize(bowl, [0.0, 0.0], grad=slope, learning_rate=0.1, bounds=steepest.Box(-np.inf, np.inf))
    assert np.array_equal(free.history.w, bounded.history.w)
    np.testing.assert_allclose(bounded.history.grad_norm, free.history.grad_norm, rtol=0, atol=1e-14)


def test_a_start_outside_is_one_sentence():
    with pytest.raises(ArgumentError) as error:
        steepest.minimize(bowl, [0.0, 2.5], bounds=[(-1, 1), (-2, 2)])
    assert str(error.value) == "w0 must lie within bounds; w0[1] is 2.5, outside [-2, 2]"


def test_a_start_of_the_gallery_outside_is_moved_in():
    rosenbrock = steepest.gallery.rosenbrock()
    run = steepest.minimize(rosenbrock, bounds=[(-1, 0.5), (-1, 0.5)])
    assert np.array_equal(run.w0, [-1.0, 0.5])
    assert run.success
    assert run.w[0] == 0.5
    assert run.w[1] == pytest.approx(0.25, abs=1e-6)
    with pytest.raises(ArgumentError, match=r"^w0 must lie within bounds; w0\[0\] is -1.2, outside \[-1, 0.5\]$"):
        steepest.minimize(rosenbrock, rosenbrock.start, bounds=[(-1, 0.5), (-1, 0.5)])


def test_a_linear_models_zeros_outside_are_moved_in():
    run = steepest.minimize(MODEL, bounds=steepest.Box(0.25, 2.0))
    assert np.array_equal(run.w0, np.full(4, 0.25))
    assert run.success


def test_several_starts_are_drawn_from_bounds_and_run_free():
    run = steepest.minimize(bowl, bounds=[(-1, 1), (-1, 1)], starts=3)
    assert all(np.abs(one.w0).max() <= 1 for one in [run, *run.others])
    np.testing.assert_allclose(run.w, 3.0, atol=1e-6)
    assert run.recipe["bounds"] is None


@pytest.mark.parametrize("engine", ["python", "numba", "jax"])
@pytest.mark.parametrize("size", [None, 5])
def test_a_bounded_run_is_saved_and_replays_to_the_same_bits(engine, size, tmp_path):
    run = steepest.minimize(MODEL, bounds=BOX, engine=engine, batch_size=size, max_iter=9, learning_rate=0.1)
    loaded = steepest.load(run.save(tmp_path / "run.npz"))
    assert loaded.recipe == run.recipe
    for again in (run.replay(), loaded.replay(MODEL)):
        assert np.array_equal(again.history.w, run.history.w)
        assert again.recipe == run.recipe


def test_bounds_and_schedules_go_together():
    rate = steepest.schedules.InverseTime(start=0.2, decay=0.5)
    runs = [
        steepest.minimize(MODEL, bounds=BOX, engine=engine, max_iter=30, learning_rate=rate, grad_tol=None)
        for engine in ("python", "numba", "jax")
    ]
    w, v = MODEL.start.copy(), np.zeros(4)
    for u in range(30):
        v = 0.9 * v - 0.2 / (1 + 0.5 * u) * MODEL.gradient(w)
        w = np.clip(w + v, BOX.lower, BOX.upper)
    for run in runs:
        np.testing.assert_allclose(run.w, w, rtol=0, atol=1e-12)
