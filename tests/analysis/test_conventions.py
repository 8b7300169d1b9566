"""Equal settings make equal paths: every form simulated apart from the converter, on random quadratics."""

from importlib.util import find_spec

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import steepest
from steepest.base.errors import ArgumentError, ArgumentTypeError
from steepest.verbs.converting import convert_momentum

PLACES = ("inside", "outside", "averaged", "steepest", "torch", "keras", "optax")
rates = st.floats(1e-3, 0.2)
momenta = st.floats(0.05, 0.95)


class Quadratic:
    """Mean over ``rows`` of squared errors of random data; ``gradient(w, sums)`` of their mean or sum."""

    def __init__(self, seed, rows=7, n=3):
        draw = np.random.default_rng(seed)
        self.X, self.y, self.w0 = draw.standard_normal((rows, n)), draw.standard_normal(rows), draw.standard_normal(n)
        self.X /= np.linalg.norm(self.X, 2) / rows**0.5
        self.rows = rows

    def gradient(self, w, sums):
        g = self.X.T @ (self.X @ w - self.y)
        return g if sums else g / self.rows


def simulated(
    problem, place, count, *, learning_rate, momentum, weight_decay=0.0, dampening=0.0, nesterov=False, sums=False,
    factors=(), start_velocity=(),
):  # fmt: skip
    """The weights after 0, 1, ... updates, each library as its documentation has it. ``factors`` multiply the velocity
    before an update; ``start_velocity`` as a conversion gives it."""
    form = {"steepest": "outside" if nesterov else "inside", "torch": "outside", "keras": "inside", "optax": "outside"}
    form, factors = form.get(place, place), dict(factors)
    w, path, rest = problem.w0.copy(), [problem.w0], dict(start_velocity)
    first = problem.gradient(w, sums)
    v = rest.get("w0", 0.0) * w + rest.get("first_gradient", 0.0) * first
    for t in range(1, count + 1):
        r, b = (float(np.broadcast_to(value, count)[t - 1]) for value in (learning_rate, momentum))
        decay = float(np.broadcast_to(weight_decay, count)[t - 1])
        g = problem.gradient(w, sums)
        off = 0.0
        if place == "keras":
            off = r * decay * w
        else:
            g = g + decay * w
        v = v * factors.get(t, 1.0)
        if form == "inside":
            v = b * v - r * g
            step = b * v - r * g if nesterov else v
        else:
            whole = place == "torch" and t == 1
            weight = {"averaged": 1 - b, "outside": 1.0 if whole or b == 0 else 1 - dampening}[form]
            v = b * v + weight * g
            step = -r * (g + b * v) if nesterov else -r * v
        w = w + step - off
        path.append(w)
    return np.array(path)


def closeness(a, b):
    return np.abs(a - b).max(axis=1) / max(1.0, np.abs(a).max())


@given(
    st.integers(0, 10**6), st.sampled_from(PLACES), st.sampled_from(PLACES), rates, momenta, st.booleans(),
    st.tuples(st.booleans(), st.booleans()),
)  # fmt: skip
@settings(max_examples=50, deadline=None)
def test_equal_settings_make_equal_paths(seed, source, target, rate, momentum, nesterov, sums):
    nesterov = nesterov and "averaged" not in (source, target)
    problem = Quadratic(seed)
    names = tuple("sum" if item else "mean" for item in sums)
    rate = rate / problem.rows if sums[0] else rate
    found = convert_momentum(
        source, target, learning_rate=rate, momentum=momentum, nesterov=nesterov, reduction=names, rows=problem.rows
    )
    assert found.equal
    ours = simulated(problem, source, 60, learning_rate=rate, momentum=momentum, nesterov=nesterov, sums=sums[0])
    theirs = simulated(problem, target, 60, **found.settings, sums=sums[1])
    assert closeness(ours, theirs).max() < 1e-11


@given(
    st.integers(0, 10**6), st.sampled_from(PLACES), st.sampled_from(PLACES), rates, st.floats(0.05, 0.8),
    st.floats(0.01, 0.99), st.tuples(st.booleans(), st.booleans()), st.sampled_from([0.0, 0.3]),
)  # fmt: skip
@settings(max_examples=50, deadline=None)
def test_weight_decay_of_either_kind_and_dampening(seed, source, target, rate, momentum, share, sums, damp):
    """Where the kinds differ the momentum changes and the velocity starts as it is said to."""
    problem = Quadratic(seed)
    damp = damp if source in ("torch", "optax", "outside") else 0.0
    scale = problem.rows if sums[0] else 1
    rate = rate / scale
    most = (1 - momentum**0.5) ** 2 / (
        rate * (1.0 if source in ("inside", "steepest") else 1 - momentum * (source == "averaged"))
    )
    decay = share * (1 / rate if source == "keras" else min(most, 50.0))
    given = {"learning_rate": rate, "momentum": momentum, "weight_decay": decay, "dampening": damp}
    names = tuple("sum" if item else "mean" for item in sums)
    found = convert_momentum(source, target, **given, reduction=names, rows=problem.rows)
    assert not found.parts
    assert bool(found.start_velocity) == (
        (source == "keras") != (target == "keras") or (damp > 0 and source == "torch")
    )
    ours = simulated(problem, source, 40, **given, sums=sums[0])
    theirs = simulated(problem, target, 40, **found.settings, sums=sums[1], start_velocity=found.start_velocity)
    assert closeness(ours, theirs).max() < 1e-8


@given(
    st.integers(0, 10**6), st.sampled_from(PLACES), st.sampled_from(PLACES),
    st.lists(st.sampled_from([0.02, 0.05, 0.1]), min_size=12, max_size=12),
    st.lists(st.sampled_from([0.3, 0.8]), min_size=12, max_size=12), st.booleans(), st.booleans(),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_under_a_schedule_they_part_exactly_where_it_says(seed, source, target, rates, momenta, moving, nesterov):
    nesterov = nesterov and "averaged" not in (source, target)
    problem = Quadratic(seed)
    momentum = momenta if moving else momenta[0]
    found = convert_momentum(source, target, learning_rate=rates, momentum=momentum, nesterov=nesterov)
    given = {"learning_rate": rates, "momentum": momentum, "nesterov": nesterov}
    ours = simulated(problem, source, 12, **given)
    theirs = simulated(problem, target, 12, **found.settings)
    away = closeness(ours, theirs)
    first = found.parts[0].update if found.parts else 13
    assert away[:first].max() < 1e-13
    assert first == 13 or away[first] > 1e-9
    mended = simulated(problem, target, 12, **found.settings, factors=found.parts)
    assert closeness(ours, mended).max() < 1e-12


def test_the_parts_of_a_step_schedule():
    found = convert_momentum("torch", "keras", learning_rate=[0.1] * 5 + [0.01] * 5, momentum=0.9)
    assert found.parts == ((6, pytest.approx(0.1)),)
    assert not found.equal
    assert "up to update 5; at update 6 they part" in found.reason
    back = convert_momentum("keras", "torch", learning_rate=[0.1] * 5 + [0.01] * 5, momentum=0.9)
    assert back.parts == ((6, pytest.approx(10.0)),)
    assert convert_momentum("averaged", "torch", learning_rate=[0.1, 0.01], momentum=0.9).equal


@pytest.mark.parametrize(
    ("source", "target", "rates", "parts"),
    [
        ("inside", "outside", [0.0, 0.1, 0.1], ((2, 0.0),)),  # the gradients seen at rate 0 must not count
        ("outside", "inside", [0.0, 0.1, 0.1], ((2, np.inf),)),
        ("outside", "inside", [0.1, 0.0, 0.1], ((2, 0.0), (3, np.inf))),
        ("inside", "outside", [0.1, 0.0, 0.1], ((2, np.inf),)),
        ("outside", "averaged", [0.1, 0.0, 0.1], ()),
    ],
)
def test_rates_of_zero(source, target, rates, parts):
    found = convert_momentum(source, target, learning_rate=rates, momentum=0.5)
    assert found.parts == parts
    problem = Quadratic(3)
    ours = simulated(problem, source, 3, learning_rate=rates, momentum=0.5)
    theirs = simulated(problem, target, 3, **found.settings, factors=[p for p in parts if np.isfinite(p[1])])
    lost = next((update for update, factor in parts if np.isinf(factor)), 4)
    away = closeness(ours, theirs)
    assert away[:lost].max() < 1e-14
    assert lost == 4 or away[lost] > 1e-6


def test_a_schedule_of_ours_and_the_settings_run_here():
    found = convert_momentum(
        "torch", "steepest", learning_rate=steepest.schedules.Cosine(0.1), momentum=0.9, updates=20, weight_decay=0.01
    )
    assert len(found.parts) == 19
    assert found.settings["learning_rate"].shape == (20,)
    constant = convert_momentum("torch", "steepest", learning_rate=0.05, momentum=0.8, weight_decay=0.1).settings
    problem = Quadratic(11)
    run = steepest.minimize(
        lambda w: 0.5 * float(((problem.X @ w - problem.y) ** 2).mean()), problem.w0, "momentum",
        grad=lambda w: problem.gradient(w, False), max_iter=50, grad_tol=None, **constant,
    )  # fmt: skip
    theirs = simulated(problem, "torch", 50, learning_rate=0.05, momentum=0.8, weight_decay=0.1)
    assert closeness(run.history.w, theirs).max() < 1e-13


@pytest.mark.skipif(find_spec("torch") is None, reason="compared live where torch is installed")
@pytest.mark.parametrize("case", [{}, {"nesterov": True}, {"dampening": 0.4}, {"weight_decay": 0.2}])
def test_torch_itself(case):
    import torch

    problem = Quadratic(5)
    w = torch.tensor(problem.w0, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=0.05, momentum=0.9, **case)
    path = [problem.w0]
    for _ in range(40):
        w.grad = torch.tensor(problem.gradient(w.detach().numpy(), False))
        optimizer.step()
        path.append(w.detach().numpy().copy())
    target = "steepest" if "nesterov" in case else "keras"
    found = convert_momentum(
        "torch", target, learning_rate=0.05, momentum=0.9, **(case if "weight_decay" not in case else {})
    )
    if "weight_decay" in case:
        found = convert_momentum("torch", "inside", learning_rate=0.05, momentum=0.9, **case)
        target = "inside"
    theirs = simulated(problem, target, 40, **found.settings, start_velocity=found.start_velocity)
    assert closeness(np.array(path), theirs).max() < 1e-12


@pytest.mark.skipif(find_spec("optax") is None, reason="compared live where optax is installed")
@pytest.mark.parametrize("nesterov", [False, True])
def test_optax_itself(nesterov):
    import jax
    import optax

    problem = Quadratic(6)
    with jax.enable_x64(True):
        transformation = optax.sgd(0.05, momentum=0.9, nesterov=nesterov)
        w = jax.numpy.asarray(problem.w0)
        state, path = transformation.init(w), [problem.w0]
        for _ in range(30):
            updates, state = transformation.update(jax.numpy.asarray(problem.gradient(np.asarray(w), False)), state)
            w = w + updates
            path.append(np.asarray(w))
    found = convert_momentum("optax", "keras", learning_rate=0.05, momentum=0.9, nesterov=nesterov)
    theirs = simulated(problem, "keras", 30, **found.settings)
    assert closeness(np.array(path), theirs).max() < 1e-12


def test_it_shows_itself():
    found = convert_momentum("torch", "averaged", learning_rate=0.1, momentum=0.9)
    assert str(found) == (
        "learning_rate 1, momentum 0.9; averaged makes the steps of torch as long as the settings are constant"
    )
    summed = convert_momentum("torch", "torch", learning_rate=0.1, reduction=("mean", "sum"), rows=50)
    assert summed.settings == {"learning_rate": 0.1 / 50, "momentum": 0.0}
    damped = convert_momentum("torch", "keras", learning_rate=0.1, momentum=0.9, dampening=0.5)
    assert damped.settings["learning_rate"] == pytest.approx(0.05)
    assert "if its velocity starts at -0.05556 times the first gradient" in damped.reason


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"source": "tf"}, "source must be steepest, torch"),
        ({"target": "torch2"}, "target must be steepest, torch"),
        ({"learning_rate": "fast"}, "learning_rate must be a number, a sequence"),
        ({"learning_rate": -0.1}, "learning_rate must be a number of at least 0"),
        ({"learning_rate": [0.1, -0.1]}, "at update 2 it is -0.1"),
        ({"learning_rate": [[0.1]]}, "its shape is"),
        ({"learning_rate": 0.0}, "above 0 at some update"),
        ({"learning_rate": steepest.schedules.Cosine(0.1)}, "updates is missing"),
        ({"learning_rate": [0.1] * 3, "momentum": [0.9] * 2}, "they have 3 and 2"),
        ({"momentum": 1.0}, "momentum must be below 1"),
        ({"dampening": 1.0}, "dampening must be below 1"),
        ({"dampening": 0.1, "nesterov": True}, "does not go with nesterov"),
        ({"dampening": 0.1, "source": "keras"}, "of the outside form only"),
        ({"nesterov": True, "target": "averaged"}, "no averaged form"),
        ({"reduction": ("mean", "sum")}, "rows is missing"),
        ({"reduction": ("mean", "total")}, "reduction must be a pair"),
        ({"rows": 0}, "rows must be a whole number of at least 1"),
        ({"weight_decay": 0.1, "nesterov": True}, "different methods with Nesterov momentum"),
        ({"weight_decay": 0.1, "learning_rate": [0.1, 0.2]}, "different methods under a schedule"),
        ({"weight_decay": 5.0}, "it must be at most 0.02633"),
        ({"weight_decay": 20.0, "source": "keras", "target": "torch"}, "must be below 1; it is 2"),
    ],
)
def test_what_cannot_be_converted_is_said(arguments, said):
    usual = {"source": "torch", "target": "keras", "learning_rate": 0.1, "momentum": 0.9}
    with pytest.raises((ArgumentError, ArgumentTypeError), match=said):
        convert_momentum(**usual | arguments)
