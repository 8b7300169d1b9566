"""``steepest.curvature``: what it takes, what it says, and what it refuses."""

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import example, given
from hypothesis import strategies as st

import steepest
from steepest.base.errors import ArgumentError, ArgumentTypeError
from steepest.verbs.curvatures import curvature


@given(
    values=st.lists(st.floats(1e-2, 1e3) | st.floats(-1e3, -1e-2) | st.just(0.0), min_size=1, max_size=6),
    seed=st.integers(0, 9),
)
@example(values=[0.0, 0.0, 118.0, 1.75, 0.0], seed=0)  # its gradient is small beside the terms of which it is the sum
def test_a_quadratic_with_a_gradient_of_the_users(values, seed):
    rng, n = np.random.default_rng(seed), len(values)
    q, _ = np.linalg.qr(rng.standard_normal((n, n)))
    A = (q * values) @ q.T
    found = curvature(lambda w: float(0.5 * w @ A @ w), rng.standard_normal(n), grad=lambda w: A @ w)
    scale = np.abs(values).max()
    assert found.eigenvalues == pytest.approx(np.sort(values), abs=1e-11 * scale)
    assert found.tolerance <= 1e-10 * scale + 1e-300
    assert found.negative == (np.array(values) < 0).sum()
    assert found.null == (np.array(values) == 0).sum()
    assert found.smooth
    assert bool(found.remarks) == (scale == 0)
    assert found.n == n
    assert found.note == "gradient differences"
    for value, vector in zip(found.eigenvalues, found.eigenvectors.T, strict=True):
        assert A @ vector == pytest.approx(value * vector, abs=1e-10 * scale)
    assert found.negative_directions.shape == (n, found.negative)


def test_what_a_terminal_shows():
    assert repr(curvature("x^2 + 10*y^2", [1, 1])) == (
        "<Curvature of x^2 + 10*y^2 at (1, 1): all 2 eigenvalues>\n"
        "  largest        20\n"
        "  smallest       2\n"
        "  condition      10\n"
        "  negative       none\n"
        "  null space     none within 8.9e-15 of 0\n"
        "  how            automatic, 5 gradients\n"
        "  .eigenvalues .eigenvectors .negative_directions .plot()"
    )
    saddle = repr(curvature("x^2 - 3*y^2 + 0*z", [1, 1, 0]))
    for line in (
        "  condition      none: f curves downwards in some directions", "  negative       1 direction",
        "  null space     1 dimension, within 4e-15 of 0", "  smallest       -6",
    ):  # fmt: skip
        assert line in saddle.splitlines()
    bowl = repr(curvature("x^2 + 0*y", [1, 1]))
    assert "  condition      infinite: the smallest is 0" in bowl.splitlines()
    assert "  smallest       0" in bowl.splitlines()


def test_html_is_the_same_with_a_picture():
    found = curvature("x^2 - 10*y^2", [1, 1])
    html = found._repr_html_()
    assert "x^2 - 10*y^2 at (1, 1)" in html
    assert "&lt;Curvature" in html
    assert html.count("<rect") == 2
    assert html.count("#D55E00") == 1
    assert "<svg" not in curvature("x + y", [1, 1])._repr_html_()


def test_the_problems_own_start_and_a_run():
    run = steepest.minimize("rosenbrock", learning_rate=1e-3, max_iter=50)
    at_start, at_end = curvature("rosenbrock"), curvature(run)
    assert at_start.w.tolist() == [-1.2, 1]
    assert at_end.w.tolist() == run.x.tolist()
    assert at_end.largest != at_start.largest
    assert curvature(run, [1.0, 1.0]).eigenvalues == pytest.approx([0.39936, 1001.6006], rel=1e-5)
    climbed = steepest.minimize("5 - x^2 - y^2", [1.0, 1.0], learning_rate=0.1, max_iter=3, maximize=True)
    assert curvature(climbed).eigenvalues == pytest.approx([-2, -2])  # of f, which was climbed


def test_a_loaded_run_without_its_problem_is_refused(tmp_path):
    run = steepest.minimize(lambda w: float(w @ w), [1.0, 2.0], learning_rate=0.1, max_iter=3)
    loaded = steepest.load(run.save(tmp_path / "run.npz"))
    with pytest.raises(ArgumentError, match="does not hold its problem; replay"):
        curvature(loaded)


def test_starts_of_other_shapes():
    found = curvature(lambda w: (w["a"] ** 2).sum() + 5 * w["b"] ** 2, {"a": np.ones((2, 2)), "b": np.array(1.0)})
    assert found.eigenvalues == pytest.approx([2, 2, 2, 2, 10])
    rng = np.random.default_rng(0)
    model = steepest.LinearModel(rng.standard_normal((30, 2)), rng.standard_normal((30, 4)))
    shaped, flat = curvature(model, np.ones((3, 4))), curvature(model, np.ones(12))
    assert shaped.eigenvalues.tolist() == flat.eigenvalues.tolist()
    assert curvature("x^4", [2.0]).eigenvalues == pytest.approx([48])
    assert curvature(lambda w: float(w[0] ** 4), 2.0, grad=lambda w: 4 * w**3).largest == pytest.approx(48)


def test_a_runs_problem_takes_its_points():
    run = steepest.minimize(
        lambda p: 3 * (p["a"] ** 2).sum() + (p["b"] - 1) ** 2, {"a": np.array([1.0, 2.0]), "b": 3.0},
        "gradient_descent", max_iter=3,
    )  # fmt: skip
    assert curvature(run.problem, run.w).eigenvalues == pytest.approx(curvature(run).eigenvalues)
    assert curvature(run.problem, run.x).eigenvalues == pytest.approx([2, 6, 6])
    with pytest.raises(ArgumentError, match=r"^w must be one vector .*, or have the shape of its own start"):
        curvature(run.problem, {"a": np.array([1.0, 2.0])})
    with pytest.raises(ArgumentError, match=r"^w must be one vector for rosenbrock; flatten it"):
        curvature("rosenbrock", [[1.0], [2.0]])


def test_complaints_name_the_argument():
    with pytest.raises(ArgumentError, match=r"number; at w it returned"):
        curvature(lambda w: w, [1.0, 2.0])

    def broken(w):
        raise ValueError("at w0 and w0")

    with pytest.raises(ArgumentError, match=r"at w = .*: at w0 and w0"):
        curvature(broken, [1.0])


def test_args_and_joint_callables():
    def joint(w, scale):
        return scale * w @ w, 2 * scale * w

    found = curvature(joint, [1.0, 1.0], args=(3.0,), value_and_grad=True)
    assert found.eigenvalues == pytest.approx([6, 6])


# -- data ------------------------------------------------------------------------------------------------------------


def test_the_seed_data_from_one_pass():
    X = np.random.default_rng(1).standard_normal((2000, 64))
    model = steepest.LinearModel(X, (X[:, 0] > 0).astype(int), loss="log_loss")
    found = curvature(model)
    Z = np.column_stack([np.ones(2000), X])
    wanted = np.linalg.eigvalsh(Z.T @ Z / 8000)
    assert found.eigenvalues == pytest.approx(wanted, rel=1e-10)
    assert found.condition == pytest.approx(wanted[-1] / wanted[0])
    assert found.spent == 2  # one told whether the gradient is finite
    noise = found.noise
    assert found.spent == 3
    each = -0.5 * np.sign(X[:, 0] - 1e-300)[:, None] * Z
    assert noise.variance == pytest.approx(np.trace(np.cov(each.T, bias=True)))
    assert noise.signal == pytest.approx((each.mean(axis=0) ** 2).sum())
    assert "passes over the data" in repr(found)
    assert "critical batch" in repr(found)
    assert found.density is None


def test_the_articles_digits():
    """L of half the sum of squares on its zeros and ones, with the bias, as the original was traced: 811563.409."""
    split = steepest.datasets.digits(classes=(0, 1), bias=True)
    X, y = split.X_train, split.y_train
    whole = curvature(steepest.LinearModel(X, y, reduction="sum", fit_intercept=False))
    assert whole.largest == pytest.approx(811563.40890388424, rel=1e-12)
    assert whole.null == 65 - np.linalg.matrix_rank(X)
    mean = curvature(steepest.LinearModel(X, y, fit_intercept=False))
    assert mean.largest == pytest.approx(2817.93, abs=0.005)
    assert mean.noise.scale == pytest.approx(whole.noise.scale)


def test_more_than_2000_variables():
    """The ends, and where the rest is: 200 rows of 2,500 columns leave 2,300 directions without curvature."""
    X = np.random.default_rng(2).standard_normal((200, 2500))
    model = steepest.LinearModel(X, np.zeros(200), fit_intercept=False)
    found = curvature(model, probes=4, steps=30)
    assert found.eigenvalues is found.eigenvectors is found.null is None
    assert found.largest == pytest.approx(np.linalg.eigvalsh(X @ X.T)[-1] / 200, rel=1e-4)
    assert found.condition == np.inf
    before = found.spent
    share, error = found.density.share(-found.tolerance, found.tolerance)
    assert share == pytest.approx(2300 / 2500, abs=5 * error + 0.01)
    assert found.spent == before + 30  # four vectors share a pass
    text = repr(found)
    assert "the ends of 2,500 eigenvalues" in text
    assert "  negative       none found" in text
    assert "density.share" in text


def test_the_ends_only_where_asked_for():
    rng = np.random.default_rng(3)
    X = rng.standard_normal((400, 40)) * np.geomspace(1, 1e-3, 40)
    model = steepest.LinearModel(sp.csr_matrix(X), rng.standard_normal(400), fit_intercept=False)
    every, ends = curvature(model), curvature(model, eigenvalues=False)
    assert ends.largest == pytest.approx(every.largest, rel=1e-9)
    low, high = ends.errors
    assert abs(ends.smallest - every.smallest) <= low
    assert abs(ends.largest - every.largest) <= high
    assert ends.condition == pytest.approx(every.condition, rel=0.01)
    assert curvature(model, eigenvalues=False, seed=5).largest != ends.largest
    few = curvature(lambda w: float(np.sum(w**4)), np.linspace(0.1, 2, 9), grad=lambda w: 4 * w**3, eigenvalues=False)
    assert few.largest == pytest.approx(48, rel=1e-6)
    assert curvature("saddle", eigenvalues=False).negative == 1


def test_sums_of_a_users_loss():
    rng = np.random.default_rng(4)
    X, y = rng.standard_normal((60, 3)), rng.standard_normal(60)
    total = steepest.FiniteSum(lambda w, e: (e[0] @ w - e[1]) ** 2, (X, y))
    found = curvature(total, np.zeros(3))
    assert found.eigenvalues == pytest.approx(np.linalg.eigvalsh(2 * X.T @ X / 60))
    assert found.noise.rows == 60
    assert curvature(steepest.gallery.sphere()).noise is None


# -- what means nothing, and what is refused -------------------------------------------------------------------------


def test_kinks_are_said():
    X = np.random.default_rng(5).standard_normal((30, 2))
    for problem, w in (
        (steepest.LinearModel(X, X[:, 0] > 0, loss="hinge"), None),
        (steepest.LinearModel(X, X[:, 0], penalty="l1", alpha=0.1), None),
        ("schwefel_2_20", None), (lambda w: abs(w[0]) + w[0] ** 2, [0.0]),
        (steepest.Penalized("x^2 + y^2", "l1", 1.0), [1.0, 1.0]),
    ):  # fmt: skip
        found = curvature(problem, w)
        assert not found.smooth
        assert len(found.remarks) == 1
        assert "kinks, of which second derivatives know nothing" in found.remarks[0]
        assert found.remarks[0] in repr(found)
    at_kink = curvature("schwefel_2_20", [0.0, 0.0])
    assert "not the curvature of f" in at_kink.remarks[0]


def test_flat_functions_are_said():
    for found in (
        curvature(lambda w: 3 * w[0] - w[1], [1.0, 1.0]), curvature(lambda w: 7.0 + 0 * w[0], [1.0]),
        curvature(lambda w: float(3 * w[0] - w[1]), [1.0, 1.0], grad="finite"),
    ):  # fmt: skip
        assert "no curvature here" in found.remarks[0]
        assert found.condition == np.inf
        assert found.null == found.n
        assert found.negative == 0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: curvature(lambda w: np.log(w).sum(), [0.0, 1.0]),
         r"^w must be a point where the gradient of a function is finite; at \(0, 1\) component 0 is inf$"),
        (lambda: curvature("rosenbrock", [1e200, 2]), r"^w must be .* rosenbrock is finite; at \(1e\+200, 2\) .* inf$"),
        (lambda: curvature("rosenbrock", [1.0, 2.0, 3.0]), "must have 2 entries, one for each variable"),
        (lambda: curvature(lambda w: w @ w), "is missing: a callable has no start"),
        (lambda: curvature("rosenbrock", probes=0), "^probes must be a whole number of at least 1; got 0$"),
        (lambda: curvature("rosenbrock", steps=0), "^steps must be a whole number of at least 1; got 0$"),
        (lambda: curvature("rosenbrock", seed=-1), "^seed must be a whole number of at least 0; got -1$"),
    ],
)  # fmt: skip
def test_values_that_cannot_be_used(call, message):
    with pytest.raises(ArgumentError, match=message):
        call()


def test_types_that_cannot_be_used():
    with pytest.raises(ArgumentTypeError, match=r"^eigenvalues must be True, False or 'auto'; got 7$"):
        curvature("rosenbrock", eigenvalues=7)
    with pytest.raises(ArgumentTypeError, match="plot has no option 'lr'; it has learning_rate, scale, title"):
        curvature("rosenbrock").plot(lr=1)
