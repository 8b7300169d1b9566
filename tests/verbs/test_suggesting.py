"""Suggestions against runs of ``minimize`` and independent searches; the range test against what is known."""

import re

import numpy as np
import pytest
from sklearn.datasets import load_digits

import steepest
from steepest.analysis.mode_runs import predicted_count
from steepest.analysis.modes import gap, modes_of
from steepest.analysis.rates import automatic_rate
from steepest.analysis.second_moments import noise_ball
from steepest.base.errors import ArgumentError, ArgumentTypeError
from steepest.methods.schedules.schedule import as_schedule
from steepest.verbs.suggesting import learning_rate_range, suggest

X, y = load_digits(n_class=2, return_X_y=True)
digits = steepest.LinearModel(X, y.astype(float))


def quadratic(n, condition, seed, by_gap=False):
    draws = np.random.default_rng(seed)
    c = np.geomspace(1, condition, n) if n > 1 else np.array([2.0])
    Q = np.linalg.qr(draws.standard_normal((n, n)))[0]
    e = draws.standard_normal(n) / (np.sqrt(c) if by_gap else 1)
    A = (Q * c) @ Q.T
    return (lambda w: 0.5 * float(w @ (A @ w))), (lambda w: A @ w), Q @ e, c, e


def searched(c, e, factor, step, most, seed=0):
    """The least count of a grid, random draws and local ones, by recurrences written here; rates below the limit
    ``factor(momentum) / L``."""
    draws = np.random.default_rng(seed)

    def counts(rates, momenta, horizon):
        w = np.tile(e, (len(rates), 1))
        v, found = np.zeros_like(w), np.full(len(rates), horizon + 1)
        target = 1e-6 * 0.5 * (c * e * e).sum()
        for t in range(1, horizon + 1):
            w, v = step(w, v, c, rates[:, None], momenta[:, None])
            there = (w * w) @ (0.5 * c) <= target
            if there.any():
                found[there] = t
                break
        return found

    parts, momenta = (part.ravel() for part in np.meshgrid(np.linspace(0.05, 0.999, 40), 1 - np.geomspace(1, 1e-3, 30)))
    best, at = most, None
    for turn in range(8):
        rates = parts * factor(momenta) / c[-1]
        found = counts(rates, momenta, best)
        k = int(found.argmin())
        if found[k] <= best:
            best, at = int(found[k]), (parts[k], momenta[k])
        if turn < 2 or at is None:
            parts, momenta = draws.uniform(0, 1, 1500), 1 - 10 ** draws.uniform(-3.5, 0, 1500)
        else:
            parts = np.clip(at[0] + 0.1 * 0.5**turn * draws.standard_normal(600), 1e-3, 0.9999)
            momenta = np.clip(1 - (1 - at[1]) * np.exp(0.5**turn * draws.standard_normal(600)), 0, 0.99999)
    return best


def heavy_ball(w, v, c, rate, momentum):
    v = momentum * v - rate * c * w
    return w + v, v


def nesterov(w, v, c, rate, momentum):
    g = c * w
    v = momentum * v + g
    return w - rate * (g + momentum * v), v


CASES = [(1, 1, 0), (2, 3, 0), (5, 10, 1), (10, 100, 0), *(
    pytest.param(*case, marks=pytest.mark.slow) for case in [(30, 1e3, 1), (20, 1e4, 0), (100, 100, 1)]
)]  # fmt: skip


@pytest.mark.parametrize(("n", "condition", "seed"), CASES)
@pytest.mark.parametrize(("method", "step", "factor"), [
    ("momentum", heavy_ball, lambda b: 2 + 2 * b), ("nesterov", nesterov, lambda b: (2 + 2 * b) / (1 + 2 * b)),
])  # fmt: skip
def test_on_quadratics_no_search_finds_much_less(n, condition, seed, method, step, factor):
    f, g, w0, c, e = quadratic(n, condition, seed, by_gap=bool(seed))
    found = suggest(f, w0, method, grad=g)
    assert found.kind == "modes"
    run = found.run(f_target=1e-6 * f(w0), max_iter=100_000)
    assert run.outcome.name == "F_TARGET"
    assert abs(run.nit - found.iterations) <= 1
    assert found.iterations <= 1.05 * searched(c, e, factor, step, found.iterations)


@pytest.mark.parametrize("condition", [1e2, 1e4, 1e6])
def test_gradient_descent_on_quadratics(condition):
    f, g, w0, c, e = quadratic(20, condition, 4)
    found = suggest(f, w0, "gradient_descent", grad=g)
    parts = 0.5 * c * e**2

    def gap_after(t, rate):
        return (np.abs(1 - rate * c) ** (2.0 * t) * parts).sum()

    rates = np.concatenate([np.linspace(0.2, 1.9999, 20_000) / c[-1], 2 / (c[0] + c[-1:])])
    least = min(found.iterations, int(1e9))
    while any(gap_after(int(least / 1.05), rate) <= 1e-6 * parts.sum() for rate in rates):
        least = int(least / 1.05)
    assert least == found.iterations  # no rate of the grid gets there in less than 1 / 1.05 of it
    assert gap_after(found.iterations, found.learning_rate) <= 1e-6 * parts.sum() * (1 + 1e-6)
    assert gap_after(found.iterations - 1, found.learning_rate) > 1e-6 * parts.sum() * (1 - 1e-6)
    assert 1.01 * found.learning_rate < 2 / c[-1]


def test_fields_that_are_given_stay():
    matyas = steepest.gallery.matyas()
    assert suggest(matyas, momentum=0.5).momentum == 0.5
    assert suggest(matyas, method=steepest.methods.Momentum(momentum=0.7)).momentum == 0.7
    held = suggest(matyas, learning_rate=0.5)
    assert held.learning_rate == 0.5
    assert set(held.fields) == {"momentum"}
    both = suggest(matyas, learning_rate=0.5, momentum=0.5)
    run = both.run(f_target=1e-6 * matyas.value(matyas.start))
    assert both.fields == {}
    assert run.nit == both.iterations


@pytest.mark.parametrize("method", ["momentum", "nesterov"])
def test_rates_that_no_momentum_bears_are_refused(method):
    matyas, most = steepest.gallery.matyas(), {"momentum": 4.0, "nesterov": 2.0}[method]
    for rate in (0.995 * most, 5.0):
        with pytest.raises(ArgumentError, match=r"learning_rate \S+ is unstable, .* give at most"):
            suggest(matyas, method=method, learning_rate=rate)
    held = suggest(matyas, method=method, learning_rate=0.5 * most)
    assert held.iterations is not None
    assert not held.run(max_iter=100).failed


@pytest.mark.parametrize("given", [{"learning_rate": 5.0}, {"learning_rate": 5.0, "momentum": 0.5}])
def test_where_all_is_given_a_rate_beyond_the_limit_is_said(given):
    method = "momentum" if len(given) == 2 else "gradient_descent"
    found = suggest("matyas", method=method, **given)
    assert found.iterations is None
    assert "learning_rate 5 is beyond the stability limit" in found.reason


def test_a_given_rate_that_trials_cannot_bear_is_said():
    found = suggest("rosenbrock", learning_rate=5.0)
    assert found.fields == {}
    assert "learning_rate 5 is too large" in found.reason


def test_on_data():
    found = suggest(digits)
    modes = modes_of(digits, digits.start)
    run = found.run(f_target=modes.f_least + 1e-6 * gap(modes), max_iter=100_000)
    assert run.outcome.name == "F_TARGET"
    assert abs(run.nit - found.iterations) <= 1
    usual = steepest.methods.Momentum(learning_rate=1 / modes.curvatures[-1], momentum=0.9)
    assert found.iterations < 0.5 * predicted_count(modes, usual)


@pytest.mark.parametrize("name", ["beale", "branin", "camel_six_hump", "dixon_price", "himmelblau", "zakharov"])
def test_trials_beat_the_automatic_rate_and_stay_in_the_budget(name):
    problem = steepest.gallery.find(name)()
    found = suggest(problem)
    assert found.kind == "trials"
    assert 0 < found.spent <= 500
    run, auto = found.run(grad_tol=None, max_iter=3000), steepest.minimize(problem, grad_tol=None, max_iter=3000)
    assert not run.failed

    def count(one):
        f = one.history.f
        return int(np.argmax(f - f.min() <= 1e-6 * (f[0] - f.min())))

    assert count(run) == found.iterations < 0.85 * count(auto)


def test_other_methods_by_trials():
    for method in ("adam", "rmsprop"):
        found = suggest("himmelblau", method=method, budget=300)
        assert found.kind == "trials"
        assert set(found.fields) == {"learning_rate"}
        assert found.spent <= 300
        assert not found.run(max_iter=2000).failed


def test_no_budget_gives_the_automatic_rate():
    problem = steepest.gallery.rosenbrock()
    found = suggest(problem, budget=0)
    run = steepest.minimize(problem, max_iter=1)
    assert found.kind == "automatic"
    assert found.iterations is None
    assert found.learning_rate == run.recipe["method"]["learning_rate"]
    assert found.learning_rate == automatic_rate(problem, steepest.methods.Momentum(), problem.start, None).value
    assert suggest(problem, budget=5).kind == "automatic"


def test_batches_state_their_noise_ball():
    few = steepest.LinearModel(X[:120, 20:28] / 16, y[:120].astype(float), penalty="l2", alpha=0.1)
    modes = modes_of(few, few.start)
    near = suggest(few, method="gradient_descent", batch_size=8, sampling="replacement", tolerance=0.1)
    assert near.kind == "noise ball"
    assert "noise keeps f" in near.reason
    assert near.iterations is not None
    ends = [near.run(seed=seed, max_iter=near.iterations + 20).history.f[near.iterations :] for seed in range(5)]
    assert np.mean(ends) - modes.f_least <= 0.1 * gap(modes)
    far = suggest(few, method="gradient_descent", batch_size=8, sampling="replacement", tolerance=1e-9)
    assert as_schedule(far.learning_rate) is not None
    assert far.iterations is None
    assert "it falls" in far.reason
    assert not far.run(max_iter=5).failed
    other = steepest.LinearModel(X[:120] / 16, y[:120], loss="log_loss")
    assert suggest(other, batch_size=8).kind == "automatic"


def test_what_decides_a_rate_for_batches():
    """Slow modes, noise, or the limit: by what each leaves of f at the end."""
    few = steepest.LinearModel(X[:120, 20:28] / 16, y[:120].astype(float), penalty="l2", alpha=0.1)
    slow = suggest(digits, batch_size=32)
    run = slow.run(progress=False)
    modes = modes_of(digits, digits.start)
    assert slow.iterations is None
    assert slow.reason.count("decide") == slow.reason.count("slow modes decide") == 1
    ball = noise_ball(digits, slow.method, 32, "shuffle").excess_f
    assert run.f - modes.f_least > 10 * ball  # what it lacks is not of the noise
    left = float(re.search(r"the mean of the runs is (\S+) above", slow.reason)[1])
    assert run.f - modes.f_least == pytest.approx(left, rel=0.2)

    noisy = {"problem": few, "method": "gradient_descent", "batch_size": 8, "sampling": "replacement"}
    assert "noise decides" in suggest(**noisy, tolerance=1e-9).reason
    lowered, bold = suggest(**noisy, tolerance=3e-3), suggest(**noisy, tolerance=0.1)
    assert lowered.learning_rate < bold.learning_rate
    assert "noise decides" in lowered.reason
    assert "stability decides" in bold.reason
    beyond = suggest(**noisy, learning_rate=10.0)
    assert beyond.fields == {}
    assert "stability decides" in beyond.reason
    assert "grows without bound" in beyond.reason
    assert "noise decides" in suggest(**noisy, learning_rate=0.1).reason


def test_starts_that_lead_nowhere():
    assert suggest("sphere", [0.0, 0.0]).iterations == 0
    assert suggest(lambda w: 3.0, [1.0], grad=lambda w: np.zeros(1)).iterations == 0
    one = suggest(lambda w: float((w[0] - 1) ** 2), [5.0], grad=lambda w: 2 * (w - 1))
    assert one.iterations == 1
    assert one.learning_rate == pytest.approx(0.5)
    assert one.momentum == 0
    falls = suggest(lambda w: float(w[0] ** 2 - w[1] ** 2), [1.0, 0.1], grad=lambda w: np.array([2, -2]) * w)
    assert falls.kind == "automatic"
    assert "without bound" in falls.reason


def test_what_cannot_be_asked():
    for arguments, words in [
        ({"problem": "rosenbrock", "method": "lbfgs"}, "line search"),
        ({"problem": "matyas", "method": "polyak"}, "no learning_rate"),
        ({"problem": "matyas", "tolerance": 1.5}, "below 1"), ({"problem": "matyas", "budget": -1}, "budget"),
        ({"problem": "matyas", "batch_size": 4}, "problem on data"),
        ({"problem": lambda w: float(w @ w) ** 2, "w0": [1.0, 2.0], "grad": lambda w: -w}, "not that of f"),
        ({"problem": "matyas", "learning_rate": steepest.schedules.Cosine(0.1)}, "constant"),
    ]:  # fmt: skip
        with pytest.raises(ArgumentError, match=words):
            suggest(**arguments)
    with pytest.raises(ArgumentTypeError, match="learning_rate"):
        suggest("matyas", lr=0.1)


def test_how_it_shows_itself():
    found = suggest("rosenbrock", budget=0)
    assert repr(found).splitlines()[0] == "<Suggestion for momentum on rosenbrock: by automatic>"
    assert "1 / curvature 1506 at the start" in repr(found)
    assert "<table>" in found._repr_html_()
    with pytest.raises(AttributeError, match="no 'beta1'"):
        _ = found.beta1


# -- the range test ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("arguments", [
    {"problem": "rosenbrock"}, {"problem": "matyas", "method": "gradient_descent"}, {"problem": digits},
    {"problem": digits, "batch_size": 8}, {"problem": "rosenbrock", "method": "adam"},
    {"problem": "ackley", "method": "nesterov_lookahead"},
])  # fmt: skip
def test_picks_hold_for_a_run(arguments):
    found = learning_rate_range(**arguments)
    assert found.low < found.pick <= found.high
    assert found.reason
    again = learning_rate_range(**arguments)
    assert found.pick == again.pick
    assert np.array_equal(found.values, again.values, equal_nan=True)
    run = steepest.minimize(**arguments, learning_rate=found.pick, max_iter=30)
    assert not run.failed
    assert run.f < run.f_start


@pytest.mark.parametrize("condition", [1, 10, 1e3])
def test_the_pick_is_stable_on_quadratics(condition):
    for seed in range(5):
        f, g, w0, c, _ = quadratic(6, condition, seed)
        found = learning_rate_range(f, w0, "gradient_descent", grad=g)
        assert 0.02 / c[-1] < found.pick < 2 / c[-1] < 8 * found.high


def test_where_nothing_falls_the_pick_says_so():
    flat = learning_rate_range(lambda w: 3.0, [1.0], grad=lambda w: np.zeros(1))
    assert flat.pick == 1.0
    assert "does not fall" in flat.reason
    rising = learning_rate_range(lambda w: float(w @ w), [1.0], grad=lambda w: -2 * w)
    assert rising.pick > 0
    assert "does not fall" in rising.reason
    small = learning_rate_range("sphere", low=1e-9, high=1e-8)
    assert small.pick == pytest.approx(1e-8)
    assert "still falls" in small.reason
    with pytest.raises(ArgumentError, match="low must be below high"):
        learning_rate_range("sphere", low=1.0, high=0.1)
    with pytest.raises(ArgumentError, match="low and high"):
        learning_rate_range("sphere", learning_rate=0.1)


def test_nothing_of_the_callers_is_changed():
    start, rule = np.array([1.0, 2.0]), steepest.methods.Momentum(momentum=0.5)
    before = (start.copy(), tuple(rule), X.copy())
    learning_rate_range("rosenbrock", start, rule)
    learning_rate_range(digits, batch_size=4)
    assert np.array_equal(start, before[0])
    assert tuple(rule) == before[1]
    assert np.array_equal(X, before[2])
