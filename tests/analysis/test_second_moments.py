"""Mean-square limits and noise balls: against dense operators written out, against closed forms, and against runs."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import steepest
from steepest import LinearModel
from steepest.analysis.linear_rules import parts
from steepest.analysis.second_moments import Rows, gain, largest_of, mean_square_limit, noise_ball, rows_of
from steepest.analysis.second_moments import weighted_gram as gram_of
from steepest.methods import Adam, GradientDescent, Momentum, Nesterov, NesterovLookahead
from steepest.methods.rule import as_rule

RULES = [GradientDescent, Momentum, Nesterov, NesterovLookahead]


def data(seed, rows=60, n=3, condition=100.0, **options):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((rows, n)) * np.geomspace(1.0, condition**-0.5, n)
    return LinearModel(X, X @ rng.standard_normal(n) + 0.5 * rng.standard_normal(rows), **options)


def moments(rule, model, batch):
    """The matrix of S -> E[A S A'] over batches drawn with replacement, for state and slots, by Kronecker products:
    of all rows one at a time, and of a batch from the mean and a b-th of the variance."""
    free, pushed, seen = parts(rule)
    n = model.n
    rows = np.concatenate([np.ones((model.rows, 1)), model.X], axis=1) if model.fit_intercept else model.X
    k = np.ones(model.rows) if model.weights is None else model.weights
    D = np.diag(np.zeros(n) if model.l2_each is None else model.l2_each)
    scale = 1.0
    if model.reduction == "sum":
        scale, D = batch, D / model.rows

    def step(H):
        return np.kron(free, np.eye(n)) + np.kron(np.outer(pushed, seen), H)

    hessians = [scale * (c * np.outer(x, x) + D) for x, c in zip(rows, k, strict=True)]
    mean = step(np.mean(hessians, axis=0))
    one = np.mean([np.kron(step(H), step(H)) for H in hessians], axis=0)
    of_mean = np.kron(mean, mean)
    return of_mean + (one - of_mean) / batch


@pytest.mark.parametrize("options", [{}, {"reduction": "sum"}, {"penalty": "l2", "alpha": 0.1}])
@pytest.mark.parametrize("batch", [1, 5])
@pytest.mark.parametrize("cls", RULES)
def test_the_limit_is_where_the_second_moments_pass_spectral_radius_one(cls, batch, options):
    model = data(3, rows=25, n=2, fit_intercept=False, **options)
    limit = mean_square_limit(cls(), rows_of(model, batch)).limit
    for share, sign in ((0.999, -1), (1.001, 1)):
        radius = np.abs(np.linalg.eigvals(moments(cls(share * limit), model, batch))).max()
        assert np.sign(radius - 1) == sign


def test_weights_of_rows_and_an_intercept_count():
    weights = np.random.default_rng(0).uniform(0.1, 3.0, 25)
    model = data(4, rows=25, n=1, sample_weight=weights)
    limit = mean_square_limit(GradientDescent(), rows_of(model, 1)).limit
    for share, sign in ((0.999, -1), (1.001, 1)):
        radius = np.abs(np.linalg.eigvals(moments(GradientDescent(share * limit), model, 1))).max()
        assert np.sign(radius - 1) == sign


@pytest.mark.parametrize("r", [3, 20])
def test_the_gain_below_one_is_the_same_from_matrices_and_from_products(r, monkeypatch):
    model = data(1, rows=80, n=r, fit_intercept=False)
    rows = rows_of(model, 1)
    rule = GradientDescent(0.5 * mean_square_limit(GradientDescent(), rows).limit)
    found = []
    for dense in (1, 100):
        monkeypatch.setattr("steepest.analysis.second_moments.DENSE", dense)
        found.append(gain(rule, rows))
    assert found[0] == pytest.approx(found[1], rel=1e-6)


@settings(max_examples=20)
@given(seed=st.integers(0, 10**6), rows=st.integers(2, 30))
def test_of_one_variable_it_is_twice_the_mean_over_the_mean_square(seed, rows):
    """E (1 - a h)^2 = 1 at a = 2 E h / E h^2."""
    x = np.random.default_rng(seed).uniform(0.1, 3.0, rows)
    model = LinearModel(x[:, None], np.zeros(rows), fit_intercept=False)
    found = mean_square_limit(GradientDescent(), rows_of(model, 1)).limit
    assert found == pytest.approx(2 * np.mean(x**2) / np.mean(x**4), rel=1e-6)


def digits(reduction="mean"):
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    X, y = load_digits(n_class=2, return_X_y=True)
    a, _, c, _ = train_test_split(X, y, test_size=0.2, random_state=10)
    return LinearModel(a, c.astype(float), reduction=reduction)


def test_single_digits_bear_seven_tenths_of_what_all_of_them_do():
    rows = rows_of(digits(), 1)
    found = mean_square_limit(GradientDescent(), rows)
    assert rows.curvatures[0] == pytest.approx(2817.93, abs=0.005)
    assert found.of_mean == pytest.approx(2 / 2817.93, rel=1e-5)
    assert found.limit / found.of_mean == pytest.approx(0.701, abs=5e-4)
    assert rows.null == 14  # pixels that are white in all digits, and what follows from others


def test_directions_without_curvature_are_left_out():
    X = np.random.default_rng(0).standard_normal((40, 2))
    wide = LinearModel(np.concatenate([X, X, np.zeros((40, 1))], axis=1), X[:, 0], fit_intercept=False)
    narrow = LinearModel(2**0.5 * X, X[:, 0], fit_intercept=False)
    found, wanted = (mean_square_limit(Momentum(), rows_of(model, 1)).limit for model in (wide, narrow))
    assert found == pytest.approx(wanted, rel=1e-6)


def test_rows_all_alike_bear_as_much_alone_as_together():
    model = LinearModel(np.ones((10, 1)), np.arange(10.0), fit_intercept=False)
    assert mean_square_limit(GradientDescent(), rows_of(model, 1)).limit == pytest.approx(2.0, rel=1e-6)


def test_no_limit_of_what_is_not_linear():
    rows = rows_of(data(0), 1)
    assert mean_square_limit(Adam(), rows) is None
    assert noise_ball(data(0), Adam(0.1), 1) is None
    assert noise_ball(data(0), GradientDescent(1e6), 1) is None
    assert noise_ball(LinearModel(np.ones((4, 1)), [0, 1, 0, 1], loss="log_loss"), GradientDescent(0.1), 1) is None


def test_of_one_variable_the_noise_ball_is_the_textbook_one():
    """Of w <- w - a (w - y_i): variance a var / (2 - a)."""
    y = np.random.default_rng(0).standard_normal(50)
    model = LinearModel(np.ones((50, 1)), y, fit_intercept=False)
    for rate, batch in ((0.1, 1), (0.5, 4)):
        found = noise_ball(model, GradientDescent(rate), batch)
        variance = rate / (2 - rate) * y.var() / batch
        assert found.radius**2 == pytest.approx(variance, rel=1e-9)
        assert found.excess_f == pytest.approx(0.5 * variance, rel=1e-9)
        assert found.exact
        assert not noise_ball(model, GradientDescent(rate), batch, "shuffle").exact


CASES = [
    (GradientDescent, 10, 1, {}),
    (Momentum, 6, 2, {"penalty": "l2", "alpha": 0.02}),
    (Nesterov, 4, 5, {"reduction": "sum"}),
    (NesterovLookahead, 10, 1, {"fit_intercept": False}),
]


@pytest.mark.parametrize(("cls", "n", "batch", "options"), CASES)
def test_long_runs_settle_where_it_says(cls, n, batch, options):
    model = data(n, rows=100, n=n, **options)
    rate = 0.4 * mean_square_limit(cls(), rows_of(model, batch)).limit
    least = steepest.minimize(model, None, "lbfgs", grad_tol=1e-9)
    found = noise_ball(model, cls(rate), batch)
    excess, squares = [], []
    for seed in range(2):
        run = steepest.minimize(
            model, least.w, cls(rate), batch_size=batch, sampling="replacement", seed=seed, max_iter=4000,
            progress=False,
        )  # fmt: skip
        excess.append(run.history.f[500:].mean() - least.f)
        squares.append(((run.history.w[500:] - least.w) ** 2).sum(axis=1).mean())
    assert np.mean(excess) == pytest.approx(found.excess_f, rel=0.1)
    assert np.sqrt(np.mean(squares)) == pytest.approx(found.radius, rel=0.1)


def test_decay_moves_the_ball_off_the_minimum():
    model = data(5, rows=100, n=3)
    rule = as_rule("gradient_descent", {"learning_rate": 0.05, "weight_decay": 0.3}, {})
    least = steepest.minimize(model, None, "lbfgs", grad_tol=1e-9)
    found = noise_ball(model, rule, 4)
    run = steepest.minimize(
        model, least.w, rule, batch_size=4, sampling="replacement", max_iter=5000, progress=False
    )  # fmt: skip
    assert run.history.f[200:].mean() - least.f == pytest.approx(found.excess_f, rel=0.1)
    assert found.excess_f > 3 * noise_ball(model, GradientDescent(0.05), 4).excess_f


def test_several_outputs_add_up():
    rng = np.random.default_rng(2)
    X, Y = rng.standard_normal((50, 3)), rng.standard_normal((50, 2))
    both = noise_ball(LinearModel(X, Y), Momentum(0.01), 1)
    each = [noise_ball(LinearModel(X, y), Momentum(0.01), 1) for y in Y.T]
    assert both.excess_f == pytest.approx(sum(one.excess_f for one in each), rel=1e-9)


@settings(max_examples=20)
@given(seed=st.integers(0, 10**6))
def test_the_largest_eigenvalue_of_a_positive_operator(seed):
    A = np.random.default_rng(seed).uniform(0.0, 1.0, (30, 30))
    value, vector = largest_of(lambda v: A @ v, np.ones(30))
    assert value == pytest.approx(np.abs(np.linalg.eigvals(A)).max(), rel=1e-7)
    np.testing.assert_allclose(A @ vector, value * vector, atol=1e-6 * value * np.abs(vector).max())


def test_a_gram_matrix_with_weights_of_either_sign():
    rng = np.random.default_rng(0)
    Z, weights = rng.standard_normal((20, 4)), rng.standard_normal(20)
    np.testing.assert_allclose(gram_of(Z, weights), Z.T @ np.diag(weights) @ Z, rtol=0, atol=1e-13)


def test_a_limit_takes_few_products_with_the_operator(monkeypatch):
    made, whole = [], Rows.noise

    def counted(self, T):
        made.append(1)
        return whole(self, T)

    monkeypatch.setattr(Rows, "noise", counted)
    for rule in (GradientDescent(), Momentum()):
        made.clear()
        assert mean_square_limit(rule, rows_of(data(2, rows=200, n=20), 4)) is not None
        assert len(made) < 60  # each is two passes over the rows x directions^2
