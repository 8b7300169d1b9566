"""What may be added to any rule: each modifier against its formula worked out in NumPy, against optax, and in every
engine; and the classes that combinations of them make."""

import pickle

import jax
import numpy as np
import optax
import pytest
from hypothesis import given
from hypothesis import strategies as st

import steepest
from steepest.base.errors import ArgumentError, ArgumentTypeError
from steepest.base.fields import fields_of
from steepest.base.xp import numpy_functions as xp
from steepest.methods import Adam, GradientDescent, Momentum, modified, modifiers
from steepest.methods.line_search.fitting import stepped
from steepest.methods.rule import label

QUADRATIC = np.array([20.0, 10.0, 2.0, 1.0])
START = np.array([1.0, -2.0, 0.5, 3.0])
ADDED = [
    {"weight_decay": 0.1},
    {"weight_decay": 0.1, "decoupled": True},
    {"clip_value": 0.4},
    {"clip_norm": 0.5},
    {"gradient_noise": 0.2, "noise_decay": 0.55, "noise_seed": 3},
    {"average_after": 3},
    {"average_decay": 0.9},
    {"average_after": 5, "clip_norm": 0.5, "weight_decay": 0.01, "gradient_noise": 0.1, "clip_value": 0.3},
]
each_added = pytest.mark.parametrize("added", ADDED, ids=lambda added: "+".join(added))


def gradient(w):
    return QUADRATIC * w


def path(rule, updates=40, w0=START):
    """Where the rule goes from ``w0``: what it reports after each update, and w itself."""
    w, slots, shown = w0, rule.init(w0, xp), [w0]
    points = [w0]
    for t in range(1, updates + 1):
        g = gradient(w)
        step, slots = stepped(rule, w, 0.0, g, slots, float(t))
        w = w + step
        points.append(w)
        shown.append(rule.read(w, slots, float(t), xp) if hasattr(rule, "read") else w)
    return np.array(shown), np.array(points)


def run(method, **keywords):
    return steepest.minimize(
        lambda w: float(0.5 * (QUADRATIC * w * w).sum()), START, method, grad=gradient, grad_tol=None, max_iter=40,
        **keywords,
    )  # fmt: skip


# -- each against its formula ----------------------------------------------------------------------------------------


def test_coupled_decay_is_the_gradient_of_half_its_square():
    decayed = run("momentum", learning_rate=0.03, weight_decay=0.7).history.w
    square = steepest.minimize(
        lambda w: float(0.5 * ((QUADRATIC + 0.7) * w * w).sum()), START, "momentum", learning_rate=0.03,
        grad=lambda w: (QUADRATIC + 0.7) * w, grad_tol=None, max_iter=40,
    )  # fmt: skip
    np.testing.assert_allclose(decayed, square.history.w, rtol=1e-12)


def test_the_first_step_of_each_worked_by_hand():
    w, g = np.array([2.0, -1.0]), np.array([3.0, 4.0])

    def step(**added):
        rule = modified(GradientDescent(0.1), **added)
        return stepped(rule, w, 0.0, g, (), 1.0)[0]

    np.testing.assert_allclose(step(weight_decay=0.5), [-0.1 * (3 + 1), -0.1 * (4 - 0.5)])
    np.testing.assert_allclose(step(weight_decay=0.5, decoupled=True), [-0.3 - 0.1, -0.4 + 0.05])
    np.testing.assert_allclose(step(clip_value=3.5), [-0.3, -0.35])
    np.testing.assert_allclose(step(clip_norm=2.5), [-0.15, -0.2])
    np.testing.assert_allclose(step(clip_norm=7.0), [-0.3, -0.4])
    # clipped before the decay is added
    np.testing.assert_allclose(step(clip_norm=2.5, weight_decay=1.0), [-0.1 * (1.5 + 2), -0.1 * (2 - 1)])


def test_decoupled_decay_beside_adam_is_adamw():
    ours = run(Adam(0.05), weight_decay=0.1, decoupled=True).history.w
    np.testing.assert_allclose(ours, run("adamw", learning_rate=0.05, weight_decay=0.1).history.w, rtol=1e-12)


def test_the_mean_of_points_is_what_is_reported():
    plain = run("gradient_descent", learning_rate=0.09).history.w
    averaged = run("gradient_descent", learning_rate=0.09, average_after=4).history.w
    for t in range(41):
        wanted = plain[t] if t <= 4 else plain[5 : t + 1].mean(axis=0)
        np.testing.assert_allclose(averaged[t], wanted, rtol=1e-12, atol=1e-14)


def test_the_moving_average_of_points_is_what_is_reported():
    plain = run("momentum", learning_rate=0.02).history.w
    averaged, x = run("momentum", learning_rate=0.02, average_decay=0.8).history.w, plain[0]
    for t in range(1, 41):
        x = plain[1] if t == 1 else 0.8 * x + 0.2 * plain[t]
        np.testing.assert_allclose(averaged[t], x, rtol=1e-12)


def test_the_mean_is_of_projected_points():
    box = steepest.Box(0.2, 5.0)
    start = np.abs(START)
    run_of = {"w0": start, "bounds": box, "grad": gradient, "max_iter": 30, "grad_tol": None, "learning_rate": 0.02}
    f = lambda w: float(0.5 * (QUADRATIC * w * w).sum())  # noqa: E731
    plain = steepest.minimize(f, method="gradient_descent", **run_of).history.w
    averaged = steepest.minimize(f, method="gradient_descent", average_after=0, **run_of).history.w
    np.testing.assert_allclose(averaged[30], plain[1:].mean(axis=0), rtol=1e-12)


def test_noise_has_the_size_it_is_given_and_is_drawn_from_its_seed():
    flat = {"grad": lambda w: np.zeros_like(w), "max_iter": 1, "grad_tol": None, "learning_rate": 1.0}
    start = np.zeros(20_000)

    def noise(**keywords):
        return steepest.minimize(lambda w: 0.0, start, "gradient_descent", **flat, **keywords).w

    first = noise(gradient_noise=0.3)
    assert abs(first.std() - 0.3) < 0.01
    assert abs(first.mean()) < 0.01
    assert np.array_equal(first, noise(gradient_noise=0.3))
    assert abs(np.corrcoef(first, noise(gradient_noise=0.3, noise_seed=1))[0, 1]) < 0.05
    rule = modified(GradientDescent(1.0), gradient_noise=0.3, noise_decay=1.0)
    late, _ = rule.step(start, 0.0, start, (), 100.0, xp)
    assert abs(late.std() - 0.03) < 0.001


def test_averaging_comes_closer_than_the_last_point_in_a_ball_of_noise():
    noisy = {"learning_rate": 0.02, "gradient_noise": 1.0, "max_iter": 4000, "grad": gradient, "grad_tol": None}
    f = lambda w: float(0.5 * (QUADRATIC * w * w).sum())  # noqa: E731
    last = steepest.minimize(f, START, "gradient_descent", **noisy).history.f[-500:].mean()
    mean = steepest.minimize(f, START, "gradient_descent", average_after=500, **noisy).f
    assert mean < last / 20


# -- against optax ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("added", "transformation"),
    [
        ({"weight_decay": 0.1}, optax.chain(optax.add_decayed_weights(0.1), optax.sgd(0.02, 0.9))),
        ({"clip_value": 0.4}, optax.chain(optax.clip(0.4), optax.sgd(0.02, 0.9))),
        ({"clip_norm": 0.5}, optax.chain(optax.clip_by_global_norm(0.5), optax.sgd(0.02, 0.9))),
        (
            {"clip_norm": 0.5, "weight_decay": 0.1},
            optax.chain(optax.clip_by_global_norm(0.5), optax.add_decayed_weights(0.1), optax.sgd(0.02, 0.9)),
        ),
    ],
    ids=["weight_decay", "clip_value", "clip_norm", "clip_norm+weight_decay"],
)
def test_equals_optax(added, transformation):
    with jax.enable_x64(True):
        w = jax.numpy.asarray(START)
        state, rows = transformation.init(w), [START]
        for _ in range(40):
            updates, state = transformation.update(QUADRATIC * w, state, w)
            w = optax.apply_updates(w, updates)
            rows.append(np.asarray(w))
    np.testing.assert_allclose(run(Momentum(0.02, 0.9), **added).history.w, rows, rtol=1e-12, atol=1e-14)


# -- in every engine -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("added", "batch_size"), [*zip(ADDED, (None, 1, 1, 7, 7, 1, None, 7), strict=True), (ADDED[-1], 1)], ids=str
)
def test_engines_agree(added, batch_size):
    random = np.random.default_rng(1)
    X = random.normal(size=(30, 4))
    model = steepest.LinearModel(X, X @ [1.0, -1.0, 2.0, 0.5] > 0, loss="log_loss")
    ends = [
        steepest.minimize(
            model, method="adam", learning_rate=0.05, batch_size=batch_size, max_iter=10, engine=engine, **added
        )
        for engine in ("python", "numba", "jax")
    ]
    for end in ends[1:]:
        np.testing.assert_allclose(end.history.w, ends[0].history.w, rtol=1e-10, atol=1e-12)


# -- the classes -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", modifiers.names())
def test_each_has_annotated_fields_a_formula_and_a_source(name):
    cls = modifiers.find(name)
    for info in fields_of(cls).values():
        assert info.kind in (float, bool)
        assert info.kind is bool or np.isfinite(info.field.low), "bounds"
    assert "``" in cls.__doc__
    assert "Source: " in cls.__doc__


@pytest.mark.parametrize("method", steepest.methods.names())
def test_a_rule_and_its_modified_form_share_no_field(method):
    own = fields_of(steepest.methods.find(method))
    shared = set(own) & set(modifiers.fields())
    assert shared <= {"weight_decay"}, "the same name means the same"


@each_added
def test_the_class_is_made_once_pickles_and_keeps_the_rules_name(added):
    rule = modified("momentum", learning_rate=0.1, **added)
    assert type(rule) is type(modified(Momentum(0.3), **added))
    assert label(rule) == "momentum"
    assert rule._fields[:3] == Momentum._fields
    again = pickle.loads(pickle.dumps(rule))
    assert again == rule
    assert type(again) is type(rule)


@each_added
def test_a_run_is_replayed_from_its_file(added, tmp_path):
    first = steepest.minimize("x^2 + 10*y^2", [1.0, 1.0], "nesterov", learning_rate=0.02, max_iter=20, **added)
    first.save(tmp_path / "run.npz")
    again = steepest.load(tmp_path / "run.npz").replay()
    assert np.array_equal(again.history.w, first.history.w)
    assert all(first.recipe["method"][name] == value for name, value in added.items())


def test_a_schedule_may_stand_on_a_modifiers_field():
    constant = run("momentum", learning_rate=0.02, weight_decay=0.5).history.w
    scheduled = run("momentum", learning_rate=0.02, weight_decay=steepest.schedules.Step(0.5, every=10)).history.w
    np.testing.assert_array_equal(scheduled[:11], constant[:11])
    assert not np.array_equal(scheduled[12], constant[12])


@given(clip=st.floats(1e-3, 1e3), size=st.floats(1e-6, 1e6))
def test_a_clipped_gradient_keeps_its_direction_and_is_never_longer(clip, size):
    rule = modified(GradientDescent(1.0), clip_norm=clip)
    g = size * np.array([3.0, -4.0])
    step, _ = rule.step(np.zeros(2), 0.0, g, (), 1.0, xp)
    assert np.linalg.norm(step) <= min(clip, 5 * size) * (1 + 1e-12)
    np.testing.assert_allclose(step / np.linalg.norm(step), [-0.6, 0.8], rtol=1e-12)


# -- bad input -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "added", "says"),
    [
        ("momentum", {"weight_decay": -1}, r"^weight_decay of momentum must be a finite number of at least 0; got -1$"),
        ("momentum", {"clip_norm": 0}, r"^clip_norm of momentum must be a finite number above 0; got 0$"),
        ("momentum", {"average_decay": 1.0}, r"^average_decay of momentum must be a number in \[0, 1\); got 1\.0$"),
        ("adamw", {"decoupled": True}, r"^weight_decay is a field of AdamW itself, which does not go with Weight"),
        ("polyak", {"weight_decay": 0.1}, r"^weight_decay needs a rule with a learning_rate, and Polyak has none$"),
        ("schedule_free_sgd", {"average_after": 0}, r"^average_after does not go with ScheduleFreeSGD, which rep"),
        ("momentum", {"clip_nrom": 1.0}, r"clip_norm"),
    ],
)  # fmt: skip
def test_what_does_not_go_is_one_sentence(method, added, says):
    with pytest.raises((ArgumentError, ArgumentTypeError), match=says) as error:
        run(method, **added)
    assert "\n" not in str(error.value)
