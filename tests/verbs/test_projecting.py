"""Runs projected onto balls, simplices and what is not negative: they stay inside, reach the constrained optimum, agree
between engines, are drawn, saved and replayed, and what cannot be is refused."""

import numpy as np
import pytest
import scipy.optimize

import steepest
from steepest import Outcome
from steepest.base.errors import ArgumentError
from steepest.engines.orders import Orders
from steepest.problems.projections import Ball, NonNegative, Simplex

RANDOM = np.random.default_rng(4)
A = RANDOM.normal(size=(30, 5))
B = A @ [2.0, -1.0, 0.5, 0.0, 3.0] + 0.1 * RANDOM.normal(size=30)
MODEL = steepest.LinearModel(A, B, fit_intercept=False)
SETS = [Ball(1.2), Ball(0.7, [1.0, 1.0, 0.0, 0.0, 0.0]), Simplex(), Simplex(2.5), NonNegative()]
INSIDE = [np.zeros(5), np.array([1.0, 1.0, 0, 0, 0]), np.full(5, 0.2), np.full(5, 0.5), np.ones(5)]
of_every_kind = pytest.mark.parametrize(("bounds", "w0"), list(zip(SETS, INSIDE, strict=True)), ids=repr)


def f(w):
    return 0.5 * ((A @ w - B) ** 2).mean()


def g(w):
    return A.T @ (A @ w - B) / 30


def slsqp(bounds, w0):
    constraints = []
    if isinstance(bounds, Ball):
        constraints = [{"type": "ineq", "fun": lambda w: bounds.radius**2 - ((w - bounds.center) ** 2).sum()}]
    if isinstance(bounds, Simplex):
        constraints = [{"type": "eq", "fun": lambda w: w.sum() - bounds.total}]
    floor = None if isinstance(bounds, Ball) else [(0, None)] * 5
    options = {"ftol": 1e-15, "maxiter": 1000}
    found = scipy.optimize.minimize(
        f, w0, jac=g, bounds=floor, constraints=constraints, method="SLSQP", options=options
    )
    return found.x


@of_every_kind
@pytest.mark.parametrize("method", ["gradient_descent", "momentum"])
def test_it_reaches_the_constrained_optimum(bounds, w0, method):
    run = steepest.minimize(f, w0, method, grad=g, bounds=bounds, grad_tol=1e-9)
    assert run.outcome is Outcome.CONVERGED
    np.testing.assert_allclose(run.w, slsqp(bounds, w0), atol=2e-6)
    assert np.abs(g(run.w)).max() > 1e-2, "the constraint is felt"
    assert all(bounds.holds(w) for w in run.history.w)


def plain_loop(bounds, w0, rate, momentum, rows, size=None, seed=3):
    w, v, table = w0.copy(), np.zeros(5), [w0]
    orders = Orders("shuffle", 30, seed)
    for row in range(rows):
        order = orders.epochs(row, 1)[0]
        for chosen in [np.arange(30)] if size is None else [order[k : k + size] for k in range(0, 30, size)]:
            X, y = A[chosen], B[chosen]
            v = momentum * v - rate * X.T @ (X @ w - y) / len(chosen)
            w = bounds.project(w + v)
        table.append(w)
    return np.array(table)


@pytest.mark.parametrize("size", [None, 7])
@of_every_kind
def test_every_row_is_the_projected_step(bounds, w0, size):
    wanted = plain_loop(bounds, w0, 0.1, 0.9, 12, size)
    norms = [np.abs(w - bounds.project(w - g(w))).max() for w in wanted]
    for engine in ("python", "jax"):
        run = steepest.minimize(
            MODEL, w0, bounds=bounds, engine=engine, batch_size=size, seed=3, max_iter=12, learning_rate=0.1,
            grad_tol=None, record=("w", "grad_norm"),
        )  # fmt: skip
        assert run.engine == engine
        np.testing.assert_allclose(run.history.w, wanted, rtol=0, atol=1e-12)
        np.testing.assert_allclose(run.history.grad_norm, norms, rtol=0, atol=1e-12)


def test_a_traced_function_is_projected_in_its_compiled_run():
    automatic = steepest.minimize(f, np.full(5, 0.2), "adam", bounds=Simplex(), learning_rate=0.05, max_iter=100)
    yours = steepest.minimize(f, np.full(5, 0.2), "adam", grad=g, bounds=Simplex(), learning_rate=0.05, max_iter=100)
    assert (automatic.engine, yours.engine) == ("jax", "python")
    np.testing.assert_allclose(automatic.history.w, yours.history.w, rtol=0, atol=1e-11)


def test_the_kernels_know_boxes_only_and_the_engine_says_so():
    run = steepest.minimize(MODEL, np.zeros(5), bounds=Ball(1.0), max_iter=2)
    assert run.engine == "python"
    assert run.record.engine_reason == "python: the numba engine projects onto boxes only, and bounds are a Ball"
    with pytest.raises(
        ArgumentError, match=r"^engine='numba' cannot run this: .* boxes only, and bounds are a Simplex"
    ):
        steepest.minimize(MODEL, np.full(5, 0.2), bounds=Simplex(), engine="numba")
    with pytest.raises(ArgumentError, match=r"^engine='quadratic' cannot run this: bounds are not for it"):
        steepest.minimize(MODEL, np.full(5, 0.2), bounds=Simplex(), engine="quadratic")


def test_non_negative_is_its_box_bit_for_bit():
    runs = [
        steepest.minimize(MODEL, np.ones(5), bounds=bounds, max_iter=30, learning_rate=0.1)
        for bounds in (NonNegative(), steepest.Box(0, np.inf), [(0, None)] * 5)
    ]
    assert runs[0].engine == "numba"
    assert all(np.array_equal(run.history.w, runs[0].history.w) for run in runs)
    assert runs[0].recipe["bounds"] == [[0.0, None]] * 5


@pytest.mark.parametrize("bounds", [Ball(1.0), Ball(0.5, [0.1] * 5), Simplex(), NonNegative()], ids=repr)
@pytest.mark.parametrize("engine", ["python", "jax"])
@pytest.mark.parametrize("size", [None, 7])
def test_a_run_is_saved_and_replays_to_the_same_bits(bounds, engine, size, tmp_path):
    run = steepest.minimize(
        MODEL, np.full(5, 0.2), bounds=bounds, engine=engine, batch_size=size, max_iter=9, learning_rate=0.1
    )  # fmt: skip
    loaded = steepest.load(run.save(tmp_path / "run.npz"))
    assert loaded.recipe == run.recipe
    for again in (run.replay(), loaded.replay(MODEL)):
        assert np.array_equal(again.history.w, run.history.w)
        assert again.recipe == run.recipe


def test_a_problems_own_start_is_moved_in_and_a_given_one_must_be_there():
    sphere = steepest.gallery.sphere(n=3)
    run = steepest.minimize(sphere, bounds=Simplex(), max_iter=200)
    assert Simplex().holds(run.w0)
    np.testing.assert_allclose(run.w, 1 / 3, atol=1e-6)
    with pytest.raises(ArgumentError, match=r"^w0 must lie within bounds; its sum is 3, not 1"):
        steepest.minimize(sphere, np.ones(3), bounds=Simplex())
    with pytest.raises(ArgumentError, match=r"^w0 must lie within bounds; it is 5 from the center, beyond the rad"):
        steepest.minimize(lambda w: w @ w, [3.0, 4.0], bounds=Ball(1.0))
    with pytest.raises(ArgumentError, match=r"^w0 must lie within bounds; w0\[1\] is -0.5, below 0$"):
        steepest.minimize(sphere, [1.0, -0.5, 0.5], bounds=Simplex())


@pytest.mark.parametrize("bounds", [Ball(1.0), Simplex(), Ball(0.5, [0.2, 0.2])], ids=repr)
def test_starts_are_drawn_from_the_set_and_held_in_it(bounds):
    runs = steepest.minimize(steepest.gallery.himmelblau(), bounds=bounds, starts=4, seed=2, max_iter=200)
    every = [runs, *runs.others]
    assert len({one.w0.tobytes() for one in every}) == 4
    assert all(bounds.holds(w) for one in every for w in one.history.w)
    assert runs.f == min(one.f for one in every)
    again = runs.others[0].replay()
    assert np.array_equal(again.history.w, runs.others[0].history.w)


def test_a_ball_with_a_center_says_how_many_variables_there_are():
    run = steepest.minimize(lambda w: ((w - 3) ** 2).sum(), bounds=Ball(1.0, [0.0, 0.0]), starts=3)
    np.testing.assert_allclose(run.w, np.sqrt([0.5, 0.5]), atol=1e-6)


@pytest.mark.parametrize(
    ("bounds", "said"),
    [
        (NonNegative(), r"^bounds must be finite to draw random starts from; give each variable a low and a high$"),
        (Ball(1.0, [0.0] * 3), r"^bounds has a center of 3 numbers, but there are 2 variables$"),
    ],
)
def test_what_cannot_be_drawn_from_is_refused(bounds, said):
    with pytest.raises(ArgumentError, match=said):
        steepest.minimize(steepest.gallery.sphere(), bounds=bounds, starts=3)


def test_without_w0_a_set_for_any_number_of_variables_is_not_enough():
    said = r"^w0 is missing: these bounds \(Simplex\) fit any number of variables; pass w0=\[\.\.\.\]$"
    with pytest.raises(ArgumentError, match=said):
        steepest.minimize(lambda w: w @ w, bounds=Simplex(), starts=3)
    with pytest.raises(ArgumentError, match=r"^w0 is missing: a callable has no start of its own"):
        steepest.minimize(lambda w: w @ w, bounds=Simplex())


def test_bounds_of_another_size_are_one_sentence():
    with pytest.raises(ArgumentError, match=r"^bounds has a center of 3 numbers, but there are 2 variables$"):
        steepest.minimize(lambda w: w @ w, [0.0, 0.0], bounds=Ball(1.0, [0.0] * 3))
    with pytest.raises(ArgumentError, match=r"^bounds has 3 pairs, but there are 2 variables$"):
        steepest.minimize(steepest.gallery.sphere(), bounds=[(0, 1)] * 3)


def test_climbing_is_projected_too():
    run = steepest.minimize(lambda w: -((w - 3.0) ** 2).sum(), [0.0, 0.0], bounds=Ball(1.0), maximize=True)
    np.testing.assert_allclose(run.w, np.sqrt([0.5, 0.5]), atol=1e-6)


def test_a_search_does_not_go_with_a_projection():
    with pytest.raises(ArgumentError, match="does not search along a projected path; leave bounds out"):
        steepest.minimize(
            f, np.zeros(5), "gradient_descent", bounds=Ball(1.0), learning_rate=steepest.line_search.Armijo()
        )


def test_scipy_s_pairs_and_projections_take_the_same_door():
    with pytest.raises(ArgumentError, match=r"^bounds must be steepest.Box\(lower, upper\), another of steepest.pro"):
        steepest.minimize(f, np.zeros(5), bounds="ball")
