"""The kernels themselves: many runs at once, hyper-parameters that change every step, numbers that are not finite."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import steepest
from steepest.base.xp import numpy_functions as xp
from steepest.engines.numba import kernels, lowering
from steepest.engines.numba.cache import carried, compiled
from steepest.engines.orders import Orders
from steepest.problems.losses.log_loss import LogLoss
from steepest.problems.losses.squared_error import SquaredError

OURS = [name for name in steepest.methods.names() if name != "lbfgs"]
"""L-BFGS has more slots than kernels take."""
RNG = np.random.default_rng(11)
ROWS, FEATURES = 70, 3
X, Y = RNG.standard_normal((ROWS, FEATURES)), RNG.standard_normal(ROWS)
LOSS = SquaredError()
DATA = (X, Y, (), ())


class Runs:
    """The arrays of several runs of one rule class, as the engine sets them up."""

    def __init__(self, rules, w0, base, steps=None, bounds=()):
        self.rules, self.base, self.bounds = rules, base, bounds
        self.template = carried(rules[0])
        self.W = np.array(w0, dtype=float)
        runs, n = self.W.shape
        inits = [rule.init(w, xp) for rule, w in zip(rules, self.W, strict=True)]
        self.slots = tuple(np.array([init[k] for init in inits], dtype=float) for k in range(len(inits[0])))
        per_run = [[[v for v in rule if type(v) is float]] for rule in rules] if steps is None else [
            [[v for v in rule if type(v) is float] for rule in steps[r]] for r in range(runs)
        ]  # fmt: skip
        self.H = np.array(per_run, dtype=float)
        self.alive = np.ones(runs, dtype=np.bool_)
        self.G, self.L, self.E = np.zeros((runs, n)), np.zeros((runs, n)), np.zeros((runs, n))

    @property
    def moving(self):
        return self.W, self.slots, self.H, self.template, self.bounds, ()

    def outputs(self, rows, kept=0):
        runs, n = self.W.shape
        shapes = (rows, runs, n), (rows, runs), (rows, runs), (rows, runs), (kept, runs, n), (kept, runs)
        return [np.full(shape, -777.0) for shape in shapes]

    def iterations(self, rows, X=X, y=Y, t0=0.0):
        w, f, g, *_ = self.outputs(rows)
        data, work = (X, y, (), ()), (self.G, self.L, self.E)
        arguments = (data, (), *self.moving, LOSS, self.base, 1.0 / len(y), t0, self.alive, *work, w, f, g)
        compiled("iterations", arguments)(*arguments)
        return w, f, g

    def stochastic(self, orders, batch, X=X, y=Y, keep=True, want=True):
        per_epoch = -(-len(y) // batch)
        w, f, g, running, *kept = self.outputs(len(orders), len(orders) * per_epoch if keep else 0)
        single = batch == 1 and not hasattr(lowering.carriers.get(type(self.template), type(self.template)), "step")
        kind = "examples" if single else "batches"
        given = (orders, 1.0) if single else ((), orders, batch, True)
        work = (self.G, self.E) if single else (self.G, self.L, self.E)
        work = (*work, np.full((4, kernels.ROWS), -777.0))
        arguments = ((X, y, (), ()), *given, *self.moving, LOSS, self.base, 1.0 / len(y), 0.0, self.alive, *work, want,
                     w, f, g, running, tuple(kept) if keep else ())  # fmt: skip
        compiled(kind, arguments)(*arguments)
        return w, f, g, running, *kept

    def go(self, kind, rows=4):
        if kind == "iterations":
            return self.iterations(rows)
        return self.stochastic(Orders("shuffle", ROWS, 4).epochs(0, rows), {"examples": 1, "batches": 16}[kind])


KINDS = ["iterations", "examples", "batches"]


@pytest.mark.parametrize("name", OURS)
@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=8)
@given(runs=st.integers(2, 9), base=st.integers(0, 1), seed=st.integers(0, 99))
def test_many_runs_at_once_equal_single_runs_bit_for_bit(rule_called, name, kind, runs, base, seed):
    rng = np.random.default_rng(seed)
    rules = [rule_called(name, learning_rate=float(rate)) for rate in rng.uniform(1e-4, 1e-2, runs)]
    w0 = rng.standard_normal((runs, FEATURES + base))
    together = Runs(rules, w0, base)
    found = together.go(kind)
    for r in range(runs):
        alone = Runs(rules[r : r + 1], w0[r : r + 1], base)
        for several, single in zip(found, alone.go(kind), strict=True):
            assert np.array_equal(several[:, r], single[:, 0])
        assert np.array_equal(together.W[r], alone.W[0])
        for several, single in zip(together.slots, alone.slots, strict=True):
            assert np.array_equal(several[r], single[0])


@pytest.mark.parametrize("name", ["AheadAveraged", "ThreeSlots"])
@pytest.mark.parametrize("kind", KINDS)
def test_many_runs_of_a_user_rule_equal_single_runs(rule_called, name, kind):
    rules = [rule_called(name, learning_rate=rate) for rate in (1e-4, 1e-3, 1e-2)]
    w0 = np.arange(12.0).reshape(3, 4) / 12
    found = Runs(rules, w0, 1).go(kind)
    for r in range(3):
        for several, single in zip(found, Runs(rules[r : r + 1], w0[r : r + 1], 1).go(kind), strict=True):
            assert np.array_equal(several[:, r], single[:, 0])


@settings(max_examples=40)
@given(
    shape=st.tuples(st.integers(1, 200), st.integers(1, 70)), base=st.integers(0, 1), batch=st.sampled_from([1, 7]),
    sizes=st.lists(st.integers(1, 9), min_size=2, max_size=5), seed=st.integers(0, 99),
)  # fmt: skip
def test_the_objective_after_an_epoch_does_not_depend_on_the_epochs_of_its_chunk(
    rule_called, shape, base, batch, sizes, seed
):
    """Chunks are cut by the clock: four epochs share a reading of two rows, what is left goes two by two."""
    (rows, features), rng = shape, np.random.default_rng(seed)
    data, targets = rng.standard_normal(shape), rng.standard_normal(rows)
    rule = rule_called("momentum")._replace(learning_rate=1e-3)
    orders = Orders("shuffle", rows, seed).epochs(0, sum(sizes))

    def objectives(cuts):
        runs, found, first = Runs([rule], np.ones((1, features + base)), base), [], 0
        for size in cuts:
            w, f, *_ = runs.stochastic(orders[first : first + size], batch, data, targets, keep=False, want=False)
            found, first = [*found, (w, f)], first + size
        return [np.concatenate(part)[:, 0] for part in zip(*found, strict=True)]

    w, f = objectives(sizes)
    for other in ([sum(sizes)], [1] * sum(sizes)):
        again_w, again_f = objectives(other)
        assert np.array_equal(w, again_w)
        assert np.array_equal(f, again_f)
    model = steepest.LinearModel(data, targets, fit_intercept=bool(base))
    np.testing.assert_allclose(f, [model.value(row) for row in w], rtol=1e-12)


@pytest.mark.parametrize("name", ["gradient_descent", "momentum", "nesterov_lookahead", "adam"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("base", [0, 1])
def test_fields_may_change_every_step(rule_called, name, kind, base):
    """Row u of H makes step u, and says where that step looks ahead."""
    epochs = 3
    per_epoch = {"iterations": 1, "examples": ROWS, "batches": -(-ROWS // 16)}[kind]
    steps, rng = epochs * per_epoch, np.random.default_rng(5)
    first = rule_called(name)
    other = [field for field in first._fields if field in ("momentum", "beta1")]

    def draw():
        more = {field: float(rng.uniform(0, 0.9)) for field in other}
        return first._replace(learning_rate=float(rng.uniform(1e-4, 1e-2)), **more)

    plan = [[draw() for _ in range(steps)] for _ in range(2)]
    w0 = rng.standard_normal((2, FEATURES + base))
    together = Runs([plan[0][0], plan[1][0]], w0, base, steps=plan)
    found = together.go(kind, epochs)
    model = steepest.LinearModel(X, Y, fit_intercept=bool(base))
    size = {"iterations": ROWS, "examples": 1, "batches": 16}[kind]
    orders = Orders("shuffle", ROWS, 4).epochs(0, epochs)
    for r in range(2):
        w, slots, u = w0[r], first.init(w0[r], xp), 0
        for epoch in range(epochs):
            if kind == "iterations":
                np.testing.assert_allclose(found[0][epoch, r], w, rtol=1e-11)
            for k in range(0, ROWS, size):
                rule, t = plan[r][u], u + 1.0
                place = rule.look(w, slots, t, xp) if hasattr(rule, "look") else w
                _, g = model.batch_value_and_gradient(place, orders[epoch][k : k + size])
                step, slots = rule.update(w, g, slots, t, xp)
                w, u = w + step, u + 1
            if kind != "iterations":
                np.testing.assert_allclose(found[0][epoch, r], w, rtol=1e-11)
        np.testing.assert_allclose(together.W[r], w, rtol=1e-11)


@pytest.mark.parametrize("kind", KINDS)
def test_a_run_that_is_no_longer_alive_is_not_touched(rule_called, kind):
    w0 = np.ones((3, 4))
    runs = Runs([rule_called("momentum")] * 3, w0, 1)
    runs.alive[1] = False
    w, f, *_ = runs.go(kind)
    assert np.array_equal(runs.W[1], np.ones(4))
    assert (w[:, 1] == -777.0).all()
    assert (f[:, 1] == -777.0).all()
    alone = Runs([rule_called("momentum")], w0[:1], 1).go(kind)
    for r in (0, 2):
        assert np.array_equal(w[:, r], alone[0][:, 0])


@pytest.mark.parametrize("kind", KINDS)
def test_a_run_in_two_parts_is_one_run(rule_called, kind):
    """t0, W and the slots are all that a kernel needs to go on."""
    rule = rule_called("adam", learning_rate=1e-2)
    whole, parts = Runs([rule], np.ones((1, 4)), 1), Runs([rule], np.ones((1, 4)), 1)
    if kind == "iterations":
        one = whole.iterations(7)[0]
        two = np.concatenate([parts.iterations(3)[0], parts.iterations(4, t0=3.0)[0]])
        assert np.array_equal(one, two)
        assert np.array_equal(whole.W, parts.W)
        return
    orders, batch = Orders("shuffle", ROWS, 0).epochs(0, 4), 1 if kind == "examples" else 16
    plain, kept = Runs([rule], np.ones((1, 4)), 1), whole.stochastic(orders, batch)
    assert np.array_equal(plain.stochastic(orders, batch, keep=False)[0], kept[0])
    assert np.array_equal(kept[4][-1], kept[0][-1])


# -- numbers that are not finite -------------------------------------------------------------------------------------


def finite(values):
    return np.abs(values) <= 1.7e308


@pytest.mark.parametrize("name", OURS)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, 1e308])
@pytest.mark.parametrize("where", ["w", "X", "y"])
def test_what_is_not_finite_comes_back_so_and_stays_in_its_run(rule_called, name, kind, bad, where):
    rules = [rule_called(name, learning_rate=1e-2)] * 2
    w0, data, targets = np.full((2, 4), 0.5), X.copy(), Y.copy()
    if where == "w":
        w0[1, 2] = bad
    elif where == "X":
        data[33, 1] = bad
    else:
        targets[33] = bad
    runs = Runs(rules, w0, 1)
    if kind == "iterations":
        _, f, g = runs.iterations(3, data, targets)
    else:
        orders = Orders("shuffle", ROWS, 4).epochs(0, 3)
        _, f, g, *_ = runs.stochastic(orders, 1 if kind == "examples" else 16, data, targets)
    assert not finite(f[:, 1]).any()
    assert not finite(g[-1, 1]).any() or abs(bad) == 1e308
    assert not (g[:, 1] <= 1.0).any()
    if where == "w":
        alone = Runs(rules[:1], w0[:1], 1).go(kind, 3)
        assert np.array_equal(f[:, 0], alone[1][:, 0])
        assert finite(f[:, 0]).all()


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_block_kernels_pass_on_what_is_not_finite(rule_called, bad):
    for at in range(4):
        W = np.full((2, 4), 0.5)
        W[1, at] = bad
        G, F = np.empty((5, 2, 4)), np.empty((5, 2))
        arguments = (DATA, (), W, 1, LOSS, 0, 5, 14, G, F)
        compiled("block_sums", arguments)(*arguments)
        assert not finite(F[:, 1]).any()
        assert finite(F[:, 0]).all()
        norms = np.empty(2)
        arguments = ((), (), 1, 1.0 / ROWS, (), (), W, G, np.empty((2, 4)), norms)
        compiled("combine", arguments)(*arguments)
        assert not finite(norms[1])
        assert norms[0] == pytest.approx(np.abs(steepest.LinearModel(X, Y).gradient(W[0])).max(), rel=1e-12)


@pytest.mark.parametrize("at", [0, 1, 2, 3])
@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_the_largest_component_shows_one_that_is_not_finite_wherever_it_is(at, bad):
    G = np.full((1, 1, 4), -1e-12)
    G[0, 0, at] = bad
    norms = np.empty(1)
    arguments = ((), (), 1, 1.0, (), (), np.zeros((1, 4)), G, np.empty((1, 4)), norms)
    compiled("combine", arguments)(*arguments)
    assert math.isnan(norms[0]) if math.isnan(bad) else norms[0] == math.inf


# -- blocks ----------------------------------------------------------------------------------------------------------


@given(rows=st.integers(1, 80), runs=st.integers(1, 4), base=st.integers(0, 1), split=st.integers(0, 70))
def test_block_sums_of_any_part_are_those_of_the_whole(rows, runs, base, split):
    W = np.random.default_rng(rows).standard_normal((runs, FEATURES + base))
    blocks = -(-ROWS // rows)
    split = min(split, blocks)

    def sums(*parts):
        G, F = np.full((blocks, runs, FEATURES + base), -777.0), np.full((blocks, runs), -777.0)
        for first, last in parts:
            arguments = (DATA, (), W, base, LOSS, first, last, rows, G, F)
            compiled("block_sums", arguments)(*arguments)
        return G, F

    G, F = sums((0, blocks))
    for whole, other in zip((G, F), sums((split, blocks), (0, split)), strict=True):
        assert np.array_equal(whole, other)
    model = steepest.LinearModel(X, Y, fit_intercept=bool(base), reduction="sum")
    for r in range(runs):
        assert F[:, r].sum() == pytest.approx(model.value(W[r]), rel=1e-12)
        np.testing.assert_allclose(G[:, r].sum(axis=0), model.gradient(W[r]), rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("loss", [SquaredError(), LogLoss()])
def test_block_sums_of_many_runs_are_those_of_each_alone_bit_for_bit(loss):
    data = (X, np.sign(Y), (), ())
    W = RNG.standard_normal((3, FEATURES + 1))

    def sums(points):
        G, F = np.empty((1, len(points), FEATURES + 1)), np.empty((1, len(points)))
        arguments = (data, (), points, 1, loss, 0, 1, ROWS, G, F)
        compiled("block_sums", arguments)(*arguments)
        return G, F

    G, F = sums(W)
    for r in range(3):
        alone = sums(W[r : r + 1])
        assert np.array_equal(alone[0][:, 0], G[:, r])
        assert alone[1][0, 0] == F[0, r]


@pytest.mark.parametrize("name", ["momentum", "nesterov_lookahead", "AheadAveraged"])
def test_place_and_step_are_the_rules_own(rule_called, name):
    rules = [rule_called(name, learning_rate=rate) for rate in (1e-3, 1e-1)]
    w0, G = RNG.standard_normal((2, 4)), RNG.standard_normal((2, 4))
    runs = Runs(rules, w0, 1)
    at, ahead, E, E_ahead = np.empty((4, 2, 4))
    arguments = ((), (), 1, runs.W, runs.slots, runs.H, runs.template, (), 4.0, at, ahead, E, E_ahead)
    compiled("place", arguments)(*arguments)
    arguments = (*runs.moving, np.zeros(2), G, 5.0)
    compiled("step_runs", arguments)(*arguments)
    for r, rule in enumerate(rules):
        slots = rule.init(w0[r], xp)
        look = rule.look(w0[r], slots, 5.0, xp) if hasattr(rule, "look") else w0[r]
        read = rule.read(w0[r], slots, 4.0, xp) if hasattr(rule, "read") else w0[r]
        step, slots = rule.update(w0[r], G[r], slots, 5.0, xp)
        np.testing.assert_allclose(ahead[r], look, rtol=1e-14)
        np.testing.assert_allclose(at[r], read, rtol=1e-14)
        np.testing.assert_allclose(runs.W[r], w0[r] + step, rtol=1e-14)
        for mine, wanted in zip(runs.slots, slots, strict=True):
            np.testing.assert_allclose(mine[r], wanted, rtol=1e-14)


# -- bounds ----------------------------------------------------------------------------------------------------------

LOWER, UPPER = np.array([-0.5, -0.25, -np.inf, 0.0]), np.array([0.5, 0.25, 0.5, 0.0])
BOUNDS = LOWER, UPPER


def projected(w, g):
    return np.abs(w - np.clip(w - g, LOWER, UPPER)).max()


@pytest.mark.parametrize("name", ["gradient_descent", "momentum", "nesterov_lookahead", "adam"])
@pytest.mark.parametrize("kind", KINDS)
def test_each_step_is_projected_onto_the_bounds(rule_called, name, kind):
    rules = [rule_called(name, learning_rate=rate) for rate in (0.01, 0.3)]
    w0, epochs = np.clip(RNG.standard_normal((2, 4)), LOWER, UPPER), 4
    together = Runs(rules, w0, 1, bounds=BOUNDS)
    found = together.go(kind, epochs)
    model, size = steepest.LinearModel(X, Y), {"iterations": ROWS, "examples": 1, "batches": 16}[kind]
    orders = Orders("shuffle", ROWS, 4).epochs(0, epochs)
    for r, rule in enumerate(rules):
        w, slots, t = w0[r], rule.init(w0[r], xp), 0.0
        for epoch in range(epochs):
            if kind == "iterations":
                np.testing.assert_allclose(found[0][epoch, r], w, rtol=0, atol=1e-12)
                assert found[2][epoch, r] == pytest.approx(projected(w, model.gradient(w)), rel=1e-10, abs=1e-14)
            for k in range(0, ROWS, size):
                t += 1.0
                place = np.clip(rule.look(w, slots, t, xp), LOWER, UPPER) if hasattr(rule, "look") else w
                g = model.batch_value_and_gradient(place, orders[epoch][k : k + size])[1]
                step, slots = rule.update(w, g, slots, t, xp)
                w = np.clip(w + step, LOWER, UPPER)
            if kind != "iterations":
                np.testing.assert_allclose(found[0][epoch, r], w, rtol=0, atol=1e-12)
                assert found[2][epoch, r] == pytest.approx(projected(w, model.gradient(w)), rel=1e-10, abs=1e-14)
        np.testing.assert_allclose(together.W[r], w, rtol=0, atol=1e-12)
        alone = Runs(rules[r : r + 1], w0[r : r + 1], 1, bounds=BOUNDS).go(kind, epochs)
        assert all(np.array_equal(several[:, r], single[:, 0]) for several, single in zip(found, alone, strict=True))


@pytest.mark.parametrize("kind", KINDS)
def test_infinite_bounds_are_no_bounds(rule_called, kind):
    rules, w0 = [rule_called("momentum")], np.ones((1, 4))
    free = Runs(rules, w0, 1).go(kind)
    bounded = Runs(rules, w0, 1, bounds=(np.full(4, -np.inf), np.full(4, np.inf))).go(kind)
    for plain, within in zip(free, bounded, strict=True):
        np.testing.assert_allclose(within, plain, rtol=0, atol=1e-13)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_not_finite_is_not_hidden_by_bounds(rule_called, kind, bad):
    data = X.copy()
    data[33, 1] = bad
    runs = Runs([rule_called("momentum")], np.full((1, 4), 0.0), 1, bounds=BOUNDS)
    if kind == "iterations":
        _, f, _ = runs.iterations(3, data)
    else:
        orders = Orders("shuffle", ROWS, 4).epochs(0, 3)
        _, f, *_ = runs.stochastic(orders, 1 if kind == "examples" else 16, data)
    assert not finite(f[1:]).any()


def test_block_kernels_keep_to_the_bounds(rule_called):
    rule, w0, G = rule_called("momentum", learning_rate=0.3), np.zeros((1, 4)), 5 * RNG.standard_normal((1, 1, 4))
    norms, g = np.empty(1), 0.5 * G[0, 0]
    arguments = ((), (), 1, 0.5, (), BOUNDS, w0, G, np.empty((1, 4)), norms)
    compiled("combine", arguments)(*arguments)
    assert norms[0] == pytest.approx(projected(w0[0], g), rel=1e-14)
    np.testing.assert_allclose(G[0, 0], g, rtol=1e-15)
    runs = Runs([rule], w0, 1, bounds=BOUNDS)
    arguments = (*runs.moving, np.zeros(1), G[0], 1.0)
    compiled("step_runs", arguments)(*arguments)
    np.testing.assert_allclose(runs.W[0], np.clip(-0.3 * g, LOWER, UPPER), rtol=1e-14)
