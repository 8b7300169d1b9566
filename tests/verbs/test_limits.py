"""``stability_limit`` and ``rate_map``: both sides of the limit on quadratics and data, what is said, bad input."""

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import steepest
from steepest import LinearModel, Outcome
from steepest.analysis.linear_rules import matrices
from steepest.base.errors import ArgumentError, ArgumentTypeError
from steepest.problems.function import Function
from steepest.verbs.limits import rate_map, stability_limit

LINEAR = [
    name for name in steepest.methods.names()
    if "learning_rate" in steepest.methods.find(name)._fields
    and matrices(steepest.methods.find(name)(learning_rate=0.1), [0.5, 1.0]) is not None
]  # fmt: skip
FAILED = (Outcome.DIVERGED, Outcome.NOT_FINITE)


def with_momentum(name, b):
    return {"momentum": b} if "momentum" in steepest.methods.find(name)._fields else {}


def quadratic(seed):
    """A random one of 2 to 6 variables and condition 2 to 30, as a function or as data, and a start."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 7))
    curvatures = np.geomspace(1.0, rng.uniform(2.0, 30.0), n) * 10 ** rng.uniform(-3, 3)
    q, _ = np.linalg.qr(rng.standard_normal((n, n)))
    start = q @ rng.choice([-1.0, 1.0], n)
    if seed % 2:
        return LinearModel(np.sqrt(curvatures * n)[:, None] * q.T, np.zeros(n), fit_intercept=False), start
    A = (q * curvatures) @ q.T
    return Function(lambda w: 0.5 * float(w @ A @ w), lambda w: A @ w, n), start


@pytest.mark.parametrize("seed", range(50))
def test_a_hundredth_below_converges_and_a_hundredth_above_diverges(seed):
    problem, start = quadratic(seed)
    b = float(np.random.default_rng(seed).choice([0.0, 0.3, 0.7, 0.9]))
    for name in LINEAR:
        fields = with_momentum(name, b)
        limit = stability_limit(problem, name, start, **fields)
        assert limit.kind == "spectral"
        below, above = (
            steepest.minimize(
                problem, start, name, learning_rate=share * limit, max_iter=2000, grad_tol=None, engine="python",
                progress=False, **fields,
            )
            for share in (0.99, 1.01)
        )  # fmt: skip
        assert np.abs(below.w).max() < 1e-6
        assert above.outcome in FAILED or above.f > 1e6 * above.history.f[0]


def digits(reduction):
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    X, y = load_digits(n_class=2, return_X_y=True)
    a, _, c, _ = train_test_split(X, y, test_size=0.2, random_state=10)
    return LinearModel(a, c.astype(float), reduction=reduction)


@pytest.mark.parametrize("name", LINEAR)
@pytest.mark.parametrize("b", [0.0, 0.9])
def test_the_digits_from_both_sides(name, b):
    problem, fields = digits("sum"), with_momentum(name, b)
    limit = stability_limit(problem, name, **fields)
    assert limit.curvature == pytest.approx(811563.409, rel=1e-9)
    if name == "momentum":
        assert limit == pytest.approx({0.0: 2.46438e-06, 0.9: 4.68232e-06}[b], rel=1e-5)
    for share, fails in ((0.99, False), (1.01, True)):
        run = steepest.minimize(problem, None, name, learning_rate=share * limit, max_iter=3000, **fields)
        assert (run.outcome in FAILED) == fails


@settings(max_examples=25)
@given(
    decay=st.floats(1e-3, 1e3),
    decoupled=st.booleans(),
    name=st.sampled_from(LINEAR),
    b=st.sampled_from([0.0, 0.5, 0.9]),
)
def test_decay_is_in_the_limit(decay, decoupled, name, b):
    """Against the radius at each curvature of a fine grid."""
    curvatures = np.array([0.5, 2.0, 40.0])
    problem = Function(lambda w: 0.5 * float(curvatures @ (w * w)), lambda w: curvatures * w, 3)
    fields = {"weight_decay": decay, "decoupled": decoupled, **with_momentum(name, b)}
    limit = stability_limit(problem, name, np.ones(3), **fields)
    for share, stable in ((0.999, True), (1.001, False)):
        rule = steepest.methods.rule.as_rule(name, {"learning_rate": share * limit, **fields}, {})
        made = matrices(rule, np.linspace(0.5, 40.0, 200))
        assert (np.abs(np.linalg.eigvals(made)).max() <= 1 + 1e-9) == stable


def test_what_is_said():
    steep = stability_limit("rosenbrock", "momentum")
    assert steep == pytest.approx(3.8 / 1506, rel=1e-3)
    assert steep.formula == "2 (1 + momentum) / L"
    assert "the largest eigenvalue of the Hessian at the start" in steep.reason
    assert "at w" in stability_limit("rosenbrock", "nesterov", [0.5, 0.5]).reason
    assert stability_limit("rosenbrock", "nesterov").formula == "(2 + 2 momentum) / (L (1 + 2 momentum))"
    assert repr(steep) == f"<StabilityLimit 0.002523, spectral: {steep.reason}>"
    assert stability_limit("rosenbrock", "gradient_descent", weight_decay=1.0).formula == "2 / (L + weight_decay)"
    assert "the same everywhere" in stability_limit(digits("mean"), "momentum").reason


def test_it_is_a_float_that_keeps_its_reason():
    limit = stability_limit("sphere", "momentum")
    again = pickle.loads(pickle.dumps(limit))
    assert (float(again), again.reason, again.kind, again.formula) == (
        float(limit),
        limit.reason,
        "spectral",
        limit.formula,
    )
    assert f"{limit:.2g}" == f"{float(limit):.2g}"
    assert 0.5 * limit < limit


def test_the_rate_in_the_method_is_not_looked_at():
    for rate in (1e-9, 7.0, steepest.schedules.Cosine(1.0), None):
        assert stability_limit("sphere", steepest.methods.Momentum(rate)) == stability_limit("sphere", "momentum")


def test_directions_that_fall_are_named():
    found = stability_limit("x^2 - 3*y^2", "gradient_descent", [1.0, 1.0])
    assert found == pytest.approx(1.0)
    assert "no rate is stable along a direction of negative curvature, and the least is -6" in found.reason
    decayed = stability_limit("x^2 - 3*y^2", "gradient_descent", [1.0, 1.0], weight_decay=7.0)
    assert decayed == pytest.approx(2 / 9)
    assert "negative curvature" not in decayed.reason
    for f in (lambda w: -(float(w[0]) ** 2), lambda w: 2.0 * float(w[0])):
        found = stability_limit(f, "momentum", [1.0])
        assert found == np.inf
        assert found.kind == "none"
        assert "no direction curves upwards" in found.reason


def test_other_losses_are_asked_at_w_and_bounded_everywhere():
    X, y = digits("mean").X, digits("mean").y
    model = LinearModel(X, y, loss="log_loss")
    at_zero, far = stability_limit(model, "momentum"), stability_limit(model, "momentum", np.full(model.n, 0.1))
    assert at_zero.curvature == pytest.approx(2817.9285 / 4, rel=1e-6)
    assert far > 10 * at_zero
    assert "at most 704.5 anywhere, a bound from X" in far.reason
    hinge = stability_limit(LinearModel(X, y, loss="hinge"), "gradient_descent")
    assert "at kinks no constant rate comes to rest" in hinge.reason


# -- batches -------------------------------------------------------------------------------------------------------


def test_batches_of_digits():
    model = digits("mean")
    drawn = stability_limit(model, "gradient_descent", batch_size=1, sampling="replacement")
    assert (drawn.kind, drawn.batch_size) == ("mean square", 1)
    assert drawn == pytest.approx(0.701 * 2 / 2817.93, rel=1e-3)
    assert "0.701 of 2 / L" in drawn.reason
    shuffled = stability_limit(model, "gradient_descent", batch_size=1)
    assert shuffled == drawn
    assert "rows drawn with replacement" in shuffled.reason
    assert "with replacement" not in drawn.reason


def test_one_fixed_order_is_exact():
    rng = np.random.default_rng(1)
    model = LinearModel(rng.standard_normal((12, 2)), np.zeros(12))
    for name, batch in (("gradient_descent", 1), ("momentum", 5), ("nesterov_lookahead", 4)):
        limit = stability_limit(model, name, batch_size=batch, sampling="sequential")
        assert limit.kind == "spectral"
        sizes = []
        for share in (0.99, 1.01):
            run = steepest.minimize(
                model, np.ones(3), name, learning_rate=share * limit, batch_size=batch, sampling="sequential",
                max_iter=1500, progress=False,
            )  # fmt: skip
            sizes.append(np.inf if run.outcome in FAILED else float(np.abs(run.w).max()))
        assert sizes[0] < 1
        assert sizes[1] > 1e3


def test_single_rows_without_a_curvature_of_their_own_are_bounded():
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((60, 3)), rng.integers(0, 3, 60)
    found = stability_limit(LinearModel(X, y, loss="multinomial_log_loss"), "momentum", batch_size=1)
    assert found.formula == "2 (1 - momentum) / L"
    assert "from X alone" in found.reason
    local = stability_limit(LinearModel(X, y > 0, loss="log_loss"), "momentum", batch_size=1, sampling="replacement")
    assert "with the curvatures the rows have at the start" in local.reason


def test_corrected_gradients_have_no_known_limit():
    found = stability_limit(digits("mean"), "saga")
    assert found == np.inf
    assert found.batch_size == 1
    assert "suffices" in found.reason


# -- rules that scale ----------------------------------------------------------------------------------------------


def test_adam_is_asked_with_its_sizes_frozen():
    """Against numbers by hand: D = |gradient|, 38 / the largest eigenvalue of D^-1/2 H D^-1/2."""
    w = np.array([2.0, -3.0])
    A = np.array([[4.0, 1.0], [1.0, 2.0]])
    problem = Function(lambda w: 0.5 * float(w @ A @ w), lambda w: A @ w, 2)
    root = 1 / np.sqrt(np.abs(A @ w))
    top = np.linalg.eigvalsh(root[:, None] * A * root)[-1]
    for name, factor in (("adam", 38.0), ("rmsprop", 2.0), ("adamax", 38.0), ("amsgrad", 38.0), ("adagrad", 2.0)):
        found = stability_limit(problem, name, w)
        assert found.kind == "frozen preconditioner"
        assert found == pytest.approx(factor / top, rel=1e-3)
        assert "no limit on blowing up" in found.reason


@pytest.mark.parametrize("name", ["signsgd", "lion", "lbfgs", "conjugate_gradient", "adadelta", "normalized", "rprop"])
def test_no_limit_is_made_up(name):
    found = stability_limit("rosenbrock", name)
    assert found == np.inf
    assert found.kind == "none"
    assert name in found.reason


def test_every_method_answers():
    model = digits("mean")
    for name in steepest.methods.names():
        fields = {"f_least": 0.0} if name == "polyak" else {}
        found = stability_limit(model, name, **fields)
        assert found > 0
        assert found.reason
        assert (found == np.inf) == (found.kind == "none")


# -- bad input -----------------------------------------------------------------------------------------------------


def test_what_cannot_be_answered_is_said_in_a_sentence():
    def f(w):
        return float(w[0] ** 2)

    with pytest.raises(ArgumentError, match="batch_size=2 needs a problem on data"):
        stability_limit(f, "momentum", [1.0], batch_size=2)
    with pytest.raises(ArgumentTypeError, match="betta"):
        stability_limit(f, "momentum", [1.0], betta=1)
    with pytest.raises(ArgumentError, match=r"^w is missing: a callable has no start of its own; pass w="):
        stability_limit(f, "momentum")
    with pytest.raises(ArgumentError, match="the Hessian at w is not finite"):
        stability_limit(Function(lambda w: np.nan, lambda w: w * np.nan, 1), "momentum", [1.0])
    with pytest.raises(ArgumentError, match="sampling must be"):
        stability_limit(digits("mean"), "momentum", batch_size=1, sampling="random")
    with pytest.raises(ArgumentError, match="knows no batches"):
        stability_limit(digits("mean"), "lbfgs", batch_size=1)
    varying = stability_limit(f, "momentum", [1.0], momentum=lambda t: 0.5)
    assert "momentum is a schedule" in varying.reason


# -- maps ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def found():
    return rate_map(steepest.gallery.ill_conditioned_quadratic(n=5, condition=100.0), "momentum")


def test_the_best_of_the_map_is_polyaks(found):
    """4 / (1 + 10)^2 and ((10 - 1) / (10 + 1))^2, in units of the smallest curvature."""
    rate, momentum, radius = found.best
    assert momentum == pytest.approx((9 / 11) ** 2, abs=0.02)
    assert rate == pytest.approx(4 / 121, rel=0.08)
    assert radius == pytest.approx(9 / 11, abs=0.02)
    np.testing.assert_allclose(found.limit, 2 * (1 + found.momenta) / 100)


def test_regions_are_what_runs_do(found):
    problem = steepest.gallery.ill_conditioned_quadratic(n=5, condition=100.0)
    rng = np.random.default_rng(0)
    for _ in range(25):
        j, i = rng.integers(len(found.momenta)), rng.integers(len(found.learning_rates))
        rate, momentum = found.learning_rates[i], found.momenta[j]
        run = steepest.minimize(
            problem,
            None,
            "momentum",
            learning_rate=rate,
            momentum=momentum,
            max_iter=400,
            grad_tol=None,
            progress=False,
        )
        if found.regions[j, i] == "divergent":
            assert run.outcome in FAILED or run.f > run.history.f[0]
        elif found.iterations_per_digit[j, i] < 60:
            shrunk = np.sqrt(run.history.f[400] / run.history.f[200])
            assert shrunk == pytest.approx(found.rates[j, i] ** 200, rel=9, abs=1e-12)
    assert found.region(0.03, 0.7) == "fast"
    assert found.region(0.03, 0.95) == "ringing"
    assert found.region(1e-4, 0.1) == "slow"
    assert found.region(0.05, 0.9) == "divergent"


def test_the_map_shows_itself(found):
    assert "iterations a digit" in repr(found)
    display = found.plot()
    assert display.data["runs"] is None
    assert display.ax_.get_xscale() == "log"
    modes = found.plot_modes()
    assert modes.data["by_rate"]["digits"].shape == (len(found.learning_rates), 5)
    assert modes.data["by_momentum"]["best"][1] == pytest.approx(-np.log10(found.best[2]), rel=1e-6)


def test_a_sweep_stands_on_the_map(found):
    sweep = steepest.sweep(
        steepest.gallery.ill_conditioned_quadratic(n=5, condition=100.0), None, "momentum",
        learning_rate=[0.01, 0.03, 0.05, 10.0], momentum=[0.0, 0.7], max_iter=300, progress=False,
    )  # fmt: skip
    data = found.plot(sweep).data
    for rate, momentum, ending in zip(*(data["runs"][k] for k in ("learning_rate", "momentum", "ending")), strict=True):
        assert (ending == "diverged") == (rate > 2 * (1 + momentum) / 100)
    assert "2 runs lie outside" in data["note"]
    with pytest.raises(ArgumentError, match="learning_rate and momentum"):
        found.plot(
            steepest.sweep("sphere", None, "gradient_descent", learning_rate=[0.1, 0.2], max_iter=5, progress=False)
        )


def test_maps_that_cannot_be_made():
    with pytest.raises(ArgumentError, match="must have a learning_rate and a momentum"):
        rate_map("sphere", "gradient_descent")
    with pytest.raises(ArgumentError, match="no direction that curves upwards"):
        rate_map(lambda w: -(float(w[0]) ** 2), "momentum", [1.0])
    with pytest.raises(ArgumentError, match="not one linear function"):
        rate_map("sphere", "rmsprop")
    for bad in ([0.2, 0.1], [0.1], [-1.0, 0.1], "many"):
        with pytest.raises((ArgumentError, ArgumentTypeError), match="learning_rate"):
            rate_map("sphere", "momentum", learning_rate=bad)
    with pytest.raises(ArgumentError, match="momentum must lie from 0 to below 1"):
        rate_map("sphere", "momentum", momentum=[0.5, 1.5])


def test_another_verb_s_unknown_keyword_and_missing_point_are_its_own():
    with pytest.raises(ArgumentTypeError, match=r"^stability_limit with method 'momentum' has no argument 'max_iter'"):
        stability_limit("rosenbrock", max_iter=3)
    with pytest.raises(ArgumentTypeError, match=r"^rate_map with method 'momentum' has no argument 'momentm'; did you"):
        rate_map("rosenbrock", momentm=0.5)
    for ask in (stability_limit, rate_map):
        with pytest.raises(ArgumentError, match=r"^w must be finite; w\[1\] is nan$"):
            ask("rosenbrock", w=[1.0, np.nan])
    with pytest.raises(ArgumentError, match=r"^w0 is missing: a callable has no start of its own; pass w0="):
        steepest.suggest(lambda w: w[0] ** 2)
    with pytest.raises(ArgumentTypeError, match=r"^learning_rate_range with method 'momentum' has no argument 'nope'"):
        steepest.learning_rate_range("rosenbrock", nope=1)
