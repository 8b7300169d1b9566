"""The rules of the whole vector: worked by hand, against torch (recorded), against optax (live), and derived twice."""

import importlib.util
import json
from functools import cache
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from hypothesis import given
from hypothesis import strategies as st

import steepest
from steepest.base.errors import ArgumentError
from steepest.base.xp import numpy_functions as xp
from steepest.methods import Adafactor, AdaGradNorm, Muon, Normalized, Polyak

HERE = Path(__file__).parent


def load_recorder() -> Any:
    spec = importlib.util.spec_from_file_location("record_adafactor", HERE / "record_adafactor.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


recorder = load_recorder()
REFERENCE = json.loads((HERE / "adafactor_reference.json").read_text())
ROOT_2 = 2**0.5
EACH = [Normalized(0.1), Polyak(0.0), AdaGradNorm(0.1), Adafactor(0.1), Adafactor(0.1, columns=1), Muon(0.1, columns=1)]
each = pytest.mark.parametrize("rule", EACH, ids=lambda rule: f"{type(rule).__name__}{getattr(rule, 'columns', '')}")


def path(rule: Any, w: Any, gradient: Any, steps: int, f: Any = lambda w: 0.0) -> np.ndarray:
    """(steps + 1, n): the rule's rows on flat arrays, ``gradient(w)`` and ``f(w)`` called on them."""
    w, rows = np.array(w, float), [np.array(w, float)]
    slots = rule.init(w, xp)
    for t in range(1, steps + 1):
        step, slots = rule.step(w, f(w), gradient(w), slots, float(t), xp)
        w = w + step
        rows.append(w)
    return np.array(rows)


def assert_equal(rows: Any, peers: Any) -> None:
    """To 1e-10 of the largest weight, at every row."""
    peers = np.asarray(peers)
    assert rows.shape == peers.shape
    assert np.abs(rows - peers).max() <= 1e-10 * np.abs(peers).max()


# -- by hand -------------------------------------------------------------------------------------------------------


def quintic(s: float) -> float:
    """Muon's polynomial, applied five times: what becomes of a singular value."""
    for _ in range(5):
        s = 3.4445 * s - 4.7750 * s**3 + 2.0315 * s**5
    return s


GIVEN = [
    # |g| = 5, then 2
    (Normalized(0.5), [1.0, 1.0], [[3.0, -4.0], [0.0, 2.0]], [[-0.3, 0.4], [0.0, -0.5]]),
    # b^2 = 1 + 8, then 9 + 16
    (AdaGradNorm(1.0, b0=1.0), [0.0, 0.0], [[2.0, 2.0], [4.0, 0.0]], [[-2 / 3, -2 / 3], [-4 / 5, 0.0]]),
    # b^2 = 25, then 25 + 144: with b0 = 0 the first step is learning_rate long
    (AdaGradNorm(2.0), [9.0, 0.0], [[3.0, -4.0], [0.0, 12.0]], [[-6 / 5, 8 / 5], [0.0, -24 / 13]]),
    # v = g^2, u = the signs; then v = (1 + 49) / 2 and (1 + 1) / 2, u = (7/5, 1), rms(u)^2 = 1.48; rms(w) = 1 and
    # rms(w) = |(0.9, -1.1)| / sqrt 2 = sqrt 1.01
    (Adafactor(0.1, beta2_decay=-1.0), [1.0, -1.0], [[1.0, 1.0], [7.0, 1.0]],
     [[-0.1, -0.1], [-0.1 * (1.01 / 1.48) ** 0.5 * 1.4, -0.1 * (1.01 / 1.48) ** 0.5]]),
    # at 0 the steps are epsilon2 rho, rho = min(2, 1 / sqrt t)
    (Adafactor(2.0, epsilon2=0.01), [0.0], [[3.0], [0.0]], [[-0.01], [0.0]]),
    # rank one, so that v = g^2: r = c = (2.5, 10), mean(r) = 6.25; then fresh = 1/2, r = (1.5, 5.25), c the same, mean
    # 3.375, v = (2/3, 7/3, 7/3, 49/6); rms(u)^2 = (3/2 + 6/49) / 4 < 1, so that u is not clipped
    (Adafactor(1e-9, beta2_decay=-1.0, columns=2), [1.0, 1.0, 1.0, 1.0], [[1.0, 2.0, 2.0, 4.0], [1.0, 0.0, 0.0, 1.0]],
     [[-1e-9] * 4, [-1e-9 * 1.5**0.5, 0.0, 0.0, -1e-9 * (6 / 49) ** 0.5]]),
    # diagonal matrices, so that each entry is a singular value: |(3, 4)| = 5; then m = (4.5, 6) / 2 of momentum 1/2:
    # m = (1.5, 2), m = (0.75, 1) + (4.25, -1) = (5, 0), u = (2.5, 0) + (4.25, -1) = (6.75, -1)
    (Muon(0.1, momentum=0.5, columns=2), [0.0] * 4, [[3.0, 0.0, 0.0, 4.0], [8.5, 0.0, 0.0, -2.0]],
     [[-0.1 * quintic(0.6), 0.0, 0.0, -0.1 * quintic(0.8)],
      [-0.1 * quintic(6.75 / 46.5625**0.5), 0.0, 0.0, 0.1 * quintic(1 / 46.5625**0.5)]]),
    # a column of two: its direction, times sqrt(2 rows / 1 column); without nesterov u = m = (5, 0)
    (Muon(0.1, momentum=0.5, nesterov=False, columns=1), [0.0, 0.0], [[3.0, 4.0], [8.5, -2.0]],
     [[-0.1 * ROOT_2 * 0.6 * quintic(1.0), -0.1 * ROOT_2 * 0.8 * quintic(1.0)], [-0.1 * ROOT_2 * quintic(1.0), 0.0]]),
    # m and g divided by 1 - 1/4 and 1 - 1/2: u = (1.5 / 0.75 + 3 / 0.5) / 2 = 4, a single number: its sign
    (Muon(0.1, momentum=0.5, bias_correction=True, weight_decay=0.5, columns=1), [2.0], [[3.0], [0.0]],
     [[-0.1 * quintic(1.0) - 0.1], [-0.1 * quintic(1.0) - 0.05 * (1.9 - 0.1 * quintic(1.0))]]),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "w", "gradients", "steps"), GIVEN, ids=lambda value: type(value).__name__)
def test_two_steps_by_hand(rule, w, gradients, steps):
    given = iter(np.array(gradients))
    rows = path(rule, w, lambda w: next(given), 2)
    np.testing.assert_allclose(np.diff(rows, axis=0), steps, rtol=1e-12, atol=1e-15 if rows.any() else 0)


def test_polyak_by_hand_and_at_its_bound():
    w, g = np.zeros(2), np.array([2.0, -4.0])
    for rule, rate in ((Polyak(1.0), 0.2), (Polyak(1.0, most=0.05), 0.05), (Polyak(5.0), 0.0), (Polyak(6.0), 0.0)):
        step, slots = rule.step(w, 5.0, g, (), 1.0, xp)
        np.testing.assert_allclose(step, -rate * g, rtol=1e-15)
        assert slots == ()
    # on the parabola the rate is half of Newton's, so that w halves
    rows = path(Polyak(0.0), [8.0], lambda w: 2 * w, 2, lambda w: float(w @ w))
    assert rows.ravel().tolist() == [8.0, 4.0, 2.0]


# -- edges ---------------------------------------------------------------------------------------------------------


@each
@pytest.mark.parametrize("start", [[0.0], [3.0], [0.0, 0.0, 0.0, 0.0], [1.0, -2.0, 0.5, 0.0]])
def test_where_the_gradient_is_zero_there_is_no_step_and_nothing_breaks_later(rule, start):
    w = np.array(start)
    with np.errstate(all="raise"):
        slots = rule.init(w, xp)
        for t in (1.0, 2.0):
            step, slots = rule.step(w, 1.0, np.zeros_like(w), slots, t, xp)
            assert not step.any()
            assert all(np.isfinite(slot).all() for slot in slots)
        step, _ = rule.step(w, 1.0, np.ones_like(w), slots, 3.0, xp)
    assert (step < 0).all()


@each
def test_a_number_that_is_none_is_not_hidden(rule):
    """The session is to see it."""
    w = np.array([1.0, 2.0])
    step, _ = rule.step(w, np.nan, np.array([np.nan, 1.0]), rule.init(w, xp), 1.0, xp)
    assert np.isnan(step).any()


@each
def test_single_precision_stays_single(rule):
    w = np.array([1.0, -2.0], np.float32)
    step, slots = rule.step(w, 2.5, 2 * w, rule.init(w, xp), 1.0, xp)
    assert {a.dtype for a in (step, *slots)} == {np.dtype(np.float32)}


@given(st.floats(-300, 300), st.lists(st.floats(-1, 1), min_size=1, max_size=5))
def test_normalized_steps_are_as_long_as_the_learning_rate_whatever_the_gradients_size(power, direction):
    g = 10.0**power * np.array(direction)
    if np.abs(g).max() < 1e-300:  # so that no digits are lost
        return
    step, _ = Normalized(0.25).step(g, 0.0, g, (), 1.0, xp)
    assert np.linalg.norm(step) == pytest.approx(0.25, rel=1e-14)
    assert (step * np.sign(g) <= 0).all()


def test_adagrad_norm_turns_with_the_axes():
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))[0]
    curvatures = np.array([1.0, 5.0, 20.0])
    plain = path(AdaGradNorm(1.0), [1.0, 2.0, 3.0], lambda w: curvatures * w, 100)
    turned = path(AdaGradNorm(1.0), turn @ [1.0, 2.0, 3.0], lambda w: turn @ (curvatures * (turn.T @ w)), 100)
    np.testing.assert_allclose(turned, plain @ turn.T, atol=1e-12)


@pytest.mark.parametrize(("rule", "n", "said"), [
    (Muon(0.1), 4, "^columns of muon must divide the 4 entries of w; got 0; give w0 as a matrix"),
    (Muon(0.1, columns=3), 4, "^columns of muon must divide the 4 entries of w; got 3; give w0 as a matrix"),
    (Adafactor(0.1, columns=3), 4, "^columns of adafactor must divide the 4 entries of w; got 3"),
])  # fmt: skip
def test_columns_that_do_not_fold_w_are_one_sentence(rule, n, said):
    w = np.zeros(n)
    with pytest.raises(ArgumentError, match=said):
        rule.step(w, 0.0, w, rule.init(w, xp), 1.0, xp)
    for engine in ("python", "jax"):
        with pytest.raises(ArgumentError, match=said):
            steepest.minimize(steepest.gallery.rosenbrock(n=n), method=rule, engine=engine)


@pytest.mark.parametrize(("method", "field", "value"), [
    ("polyak", "most", 0.0), ("polyak", "f_least", np.inf), ("adagrad_norm", "b0", -1.0),
    ("adafactor", "beta2_decay", 0.1), ("adafactor", "clip", 0.0), ("muon", "momentum", 1.0), ("muon", "columns", -1),
])  # fmt: skip
def test_fields_out_of_bounds_are_one_sentence(method, field, value):
    with pytest.raises(ArgumentError, match=rf"^{field} of {method} must be .*; got {value}$"):
        steepest.minimize(steepest.gallery.sphere(), method=method, **{field: value})


@pytest.mark.parametrize("rule", [
    Normalized(1e-3), Polyak(0.0), AdaGradNorm(1.0), Adafactor(0.01), Adafactor(0.01, columns=2),
    Muon(1e-3, columns=2, weight_decay=0.1), Muon(1e-3, columns=4, bias_correction=True),
], ids=lambda rule: f"{type(rule).__name__}{getattr(rule, 'columns', '')}")  # fmt: skip
def test_python_and_jax_make_the_same_steps(rule):
    steps = 20 if isinstance(rule, Polyak) else 100  # in the valley its steps triple rounding every time
    problem = steepest.gallery.rosenbrock(n=4)
    ends = [
        steepest.minimize(problem, method=rule, max_iter=steps, grad_tol=None, engine=engine)
        for engine in ("python", "jax")
    ]
    assert [run.engine for run in ends] == ["python", "jax"]
    assert ends[0].history.w.shape == (steps + 1, 4)
    np.testing.assert_allclose(ends[1].history.w, ends[0].history.w, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("rule", [
    Adafactor(0.05), Adafactor(0.05, columns=2), Muon(0.01, columns=2),
], ids=lambda rule: f"{type(rule).__name__}{getattr(rule, 'columns', '')}")  # fmt: skip
def test_all_engines_fit_a_linear_model_alike(rule):  # the rules whose code has branches and reshapes
    rng = np.random.default_rng(1)
    X = rng.normal(size=(40, 4))
    model = steepest.LinearModel(X, X @ [1.0, -2.0, 0.5, 3.0] + rng.normal(size=40), fit_intercept=False)
    rows = [
        steepest.minimize(model, method=rule, batch_size=7, max_iter=10, grad_tol=None, engine=engine).history.w
        for engine in ("python", "numba", "jax")
    ]
    for other in rows[1:]:
        np.testing.assert_allclose(other, rows[0], rtol=1e-10, atol=1e-12)


def test_a_matrix_is_folded_as_it_was_given():
    """w0 of shape (3, 2): columns is 2; a linear model of two outputs, features and intercept by rows, likewise."""

    def squares(w):
        return float(((w - np.arange(6.0).reshape(3, 2)) ** 2).sum())

    run = steepest.minimize(squares, np.zeros((3, 2)), "muon", max_iter=3)
    assert run.recipe["method"]["columns"] == 2
    model = steepest.LinearModel(np.eye(3), np.eye(3)[:, :2])
    assert steepest.minimize(model, method="adafactor", max_iter=3).recipe["method"]["columns"] == 2


# -- torch ---------------------------------------------------------------------------------------------------------


@cache
def like_torch(problem: str, options: str) -> np.ndarray:
    """Our rows of a recorded run, (STEPS + 1, n)."""
    given = json.loads(options)
    start = np.array(recorder.PROBLEMS[problem])
    epsilon1, epsilon2 = given.get("eps", (None, 1e-3))
    rule = Adafactor(
        given["lr"], given.get("beta2_decay", -0.8), Adafactor().epsilon1 if epsilon1 is None else epsilon1, epsilon2,
        given.get("d", 1.0), given.get("weight_decay", 0.0), start.shape[1] if start.ndim == 2 else 0,
    )  # fmt: skip
    return path(
        rule, start.ravel(), lambda w: recorder.gradient(problem, w.reshape(start.shape)).ravel(), recorder.STEPS
    )


def spell(run: dict[str, Any]) -> str:
    return f"{run['problem']}-{'-'.join(str(v) for v in run['options'].values())}"


@pytest.mark.parametrize("run", REFERENCE["runs"], ids=spell)
def test_adafactor_makes_torchs_recorded_steps(run):
    wanted = {int(t): [float(v) for v in row] for t, row in run["rows"].items()}
    assert max(wanted) == max(run["horizon"], recorder.LEAST)
    if run["options"].get("eps") == [1e-3, 1e-3] and run["options"]["lr"] <= 0.01:
        assert max(wanted) == recorder.STEPS, "an epsilon that is felt keeps rounding from growing"
    assert_equal(like_torch(run["problem"], json.dumps(run["options"]))[[*wanted]], [*wanted.values()])


def test_torch_where_installed_gives_what_was_recorded_and_the_record_is_whole():
    runs = {(run["problem"], json.dumps(run["options"])): run for run in REFERENCE["runs"]}
    assert runs.keys() == {(problem, json.dumps(options)) for problem, options in recorder.cases()}
    assert "torch" in REFERENCE["versions"]
    assert (HERE / "adafactor_reference.json").stat().st_size < 80_000
    if importlib.util.find_spec("torch") is not None:
        for (problem, options), run in runs.items():
            end = max(run["horizon"], recorder.LEAST) + 1
            assert_equal(like_torch(problem, options)[:end], recorder.trajectory(problem, json.loads(options))[:end])


# -- optax ---------------------------------------------------------------------------------------------------------


def optax_rows(problem: str, method: Any, steps: int, value: Any = None) -> np.ndarray:
    """(steps + 1, n): optax's rows on a problem of the recorder, w shaped like its start."""
    with jax.enable_x64(True):
        w = jnp.array(recorder.PROBLEMS[problem])
        state, rows = method.init(w), [np.ravel(w)]
        update = jax.jit(method.update)
        for _ in range(steps):
            more = {} if value is None else {"value": value(np.asarray(w))}
            updates, state = update(jnp.asarray(recorder.gradient(problem, np.asarray(w))), state, w, **more)
            w = optax.apply_updates(w, updates)
            rows.append(np.ravel(w))
        return np.array(rows)


def our_rows(problem: str, rule: Any, steps: int, value: Any = None) -> np.ndarray:
    start = np.array(recorder.PROBLEMS[problem])

    def gradient(w):
        return recorder.gradient(problem, w.reshape(start.shape)).ravel()

    return path(rule, start.ravel(), gradient, steps, value or (lambda w: 0.0))


@pytest.mark.parametrize("problem", ["quadratic", "rosenbrock"])
@pytest.mark.parametrize("rate", [0.001, 0.01])
def test_normalized_is_optax_normalize_by_update_norm(problem, rate):
    peer = optax.chain(optax.normalize_by_update_norm(eps=0.0), optax.sgd(rate))
    assert_equal(our_rows(problem, Normalized(rate), 100), optax_rows(problem, peer, 100))


@pytest.mark.parametrize("most", [0.005, 1.0])
def test_polyak_is_optax_polyak_sgd(most):
    """Far from the minimum: optax takes no step where |g|^2 is below 2.2e-16."""

    def value(w):
        return 0.5 * float(recorder.CURVATURES @ (w * w))

    peer = optax.polyak_sgd(max_learning_rate=most, f_min=-0.5)
    rows = our_rows("quadratic", Polyak(-0.5, most), 30, value)  # later ones carry rounding that grew to 1e-10
    assert_equal(rows, optax_rows("quadratic", peer, 30, value))


@pytest.mark.parametrize("problem", ["quadratic", "quadratic_matrix", "regression"])
@pytest.mark.parametrize("options", [{}, {"decay_rate": 0.5}, {"clipping_threshold": 2.0}], ids=str)
def test_adafactor_is_optaxs_while_the_rate_is_below_1_over_root_t(problem, options):
    """optax takes the rate itself for rho, and adds its epsilon to g^2: left out here, on both sides."""
    decay, clip = options.get("decay_rate", 0.8), options.get("clipping_threshold", 1.0)
    peer = optax.chain(  # optax.adafactor itself, but for the powers of t, which it takes in single precision
        optax.scale_by_factored_rms(
            decay_rate=decay, decay_rate_fn=lambda t, power: 1 - (t + 1.0) ** -power, min_dim_size_to_factor=1,
            epsilon=0.0,
        ),
        optax.clip_by_block_rms(clip), optax.scale_by_param_block_rms(), optax.scale_by_learning_rate(0.01),
    )  # fmt: skip
    start = np.array(recorder.PROBLEMS[problem])
    rule = Adafactor(0.01, -decay, 1e-100, clip=clip, columns=start.shape[1] if start.ndim == 2 else 0)
    assert_equal(our_rows(problem, rule, 200), optax_rows(problem, peer, 200))


@pytest.mark.parametrize("problem", ["quadratic_matrix", "regression"])
@pytest.mark.parametrize("options", [{}, {"nesterov": False}, {"beta": 0.5}, {"weight_decay": 0.1}], ids=str)
def test_muon_is_optaxs_with_its_bias_correction(problem, options):
    """optax's first axis is what a layer takes in, torch's what it gives out: told by its dimension numbers. Its
    epsilon, added to the norm, is left out."""
    turned = optax.contrib.MuonDimensionNumbers(reduction_axis=1, output_axis=0)
    peer = optax.contrib.muon(0.01, eps=1e-100, muon_weight_dimension_numbers=turned, **options)
    columns = np.shape(recorder.PROBLEMS[problem])[1]
    rule = Muon(
        0.01, options.get("beta", 0.95), options.get("nesterov", True), bias_correction=options.get("nesterov", True),
        weight_decay=options.get("weight_decay", 0.0), columns=columns,
    )  # fmt: skip
    rows = our_rows(problem, rule, 100)
    assert_equal(rows, optax_rows(problem, peer, 100))
    if options.get("nesterov", True):  # without the correction the first step is the same, the path is not
        plain = our_rows(problem, rule._replace(bias_correction=False), 100)
        apart = np.abs(plain - rows).max(axis=1)
        assert apart[:2].max() < 1e-14
        assert apart.max() > 1e-7


# -- second derivations --------------------------------------------------------------------------------------------


def test_adagrad_norm_divides_by_the_root_of_the_sum_of_all_squares():
    """From the whole path at once: step k is -rate g_k / sqrt(b0^2 + |g_0|^2 + ... + |g_k|^2)."""
    for problem, rate, b0 in (("quadratic", 1.0, 0.0), ("quadratic", 0.1, 3.0), ("rosenbrock", 0.5, 0.1)):
        rows = our_rows(problem, AdaGradNorm(rate, b0), 500)
        g = np.array([recorder.gradient(problem, w) for w in rows[:-1]])
        b = np.sqrt(b0**2 + np.cumsum((g**2).sum(axis=1)))
        np.testing.assert_allclose(np.diff(rows, axis=0), -rate * g / b[:, None], rtol=1e-9, atol=1e-12)


def orthogonalized(g: np.ndarray) -> np.ndarray:
    """What Muon makes of a matrix, by its first step."""
    rule = Muon(1.0, columns=g.shape[1])
    step, _ = rule.step(np.zeros(g.size), 0.0, g.ravel(), rule.init(g.ravel(), xp), 1.0, xp)
    return -step.reshape(g.shape) / max(1.0, g.shape[0] / g.shape[1]) ** 0.5


@pytest.mark.parametrize("shape", [(1, 1), (1, 5), (5, 1), (3, 3), (6, 2), (2, 6), (20, 30)])
def test_muon_maps_singular_values_and_leaves_singular_vectors(shape):
    """By the singular value decomposition, which the rule does not use; and so it nears the polar factor U V'."""
    for seed in range(5):
        g = np.random.default_rng(seed).normal(size=shape)
        u, s, vt = np.linalg.svd(g, full_matrices=False)
        s = s / np.linalg.norm(s)
        np.testing.assert_allclose(orthogonalized(g), u @ np.diag(quintic(s)) @ vt, rtol=0, atol=1e-10)
        if s.min() >= 0.002:
            assert np.linalg.norm(orthogonalized(g) - u @ vt, 2) <= 0.32


def test_the_range_of_muons_singular_values_is_the_one_told():
    ends = quintic(np.geomspace(0.002, 1.0, 100_001))
    assert 0.68 <= ends.min() < 0.69
    assert 1.20 < ends.max() <= 1.21
    assert abs(quintic(1e-9) / 1e-9 - 3.4445**5) < 1e-3, "what is much smaller stays small"


def test_muon_folds_w_row_by_row():
    g = np.arange(6.0).reshape(2, 3)
    wide, _ = Muon(1.0, columns=3).step(np.zeros(6), 0.0, g.ravel(), (np.zeros(6),), 1.0, xp)
    tall, _ = Muon(1.0, columns=2).step(np.zeros(6), 0.0, g.T.ravel(), (np.zeros(6),), 1.0, xp)
    np.testing.assert_allclose(tall.reshape(3, 2), 1.5**0.5 * wide.reshape(2, 3).T, rtol=1e-12)
