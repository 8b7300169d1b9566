"""Step-by-step parity with torch.optim, recorded, and live where torch is installed: on three problems and many
settings, up to 1,000 steps, to 1e-10 of the largest weight up to the step where torch itself is moved by rounding
(record_torch.horizon_of; never fewer than 50), and with epsilon 1e-3 at the lowest rates for all steps.
"""

import importlib.util
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import steepest
from steepest.base.xp import numpy_functions as xp
from steepest.methods import (
    ASGD,
    Adadelta,
    AdaGrad,
    Adam,
    AdaMax,
    AdamW,
    AMSGrad,
    GradientDescent,
    Momentum,
    Nadam,
    Nesterov,
    NesterovLookahead,
    RAdam,
    RMSProp,
    Rprop,
)

HERE = Path(__file__).parent
spec = importlib.util.spec_from_file_location("peers", HERE / "peers.py")
peers = importlib.util.module_from_spec(spec)
spec.loader.exec_module(peers)
ours, assert_equal, recorder = peers.ours, peers.assert_equal, peers.recorder
REFERENCE = json.loads((HERE / "torch_reference.json").read_text())
MOMENTA = (0.0, 0.3, 0.5, 0.8, 0.9)

SPELLED = {
    "lr": "learning_rate", "eps": "epsilon", "lr_decay": "rate_decay", "alpha": "decay", "rho": "decay",
    "initial_accumulator_value": "initial_accumulator", "momentum": "momentum", "centered": "centered",
    "weight_decay": "weight_decay", "momentum_decay": "momentum_decay", "lambd": "shrinkage", "t0": "average_from",
}  # fmt: skip
"""torch's names of fields, and ours."""
PAIRS = {
    "betas": ("beta1", "beta2"), "etas": ("shrink", "grow"), "step_sizes": ("least", "most"),
}  # fmt: skip
CLASSES = {
    "Adagrad": AdaGrad, "RMSprop": RMSProp, "Adadelta": Adadelta, "Adam": Adam, "AdamW": AdamW, "Adamax": AdaMax,
    "NAdam": Nadam, "RAdam": RAdam, "Rprop": Rprop, "ASGD": ASGD,
}  # fmt: skip


def rules_like_torch(optimizer: str, options: dict[str, Any]) -> list[Any]:
    """Our rules that make torch's steps: what torch was not told is left at our defaults too."""
    if optimizer == "SGD":
        rate, momentum = options["lr"], options["momentum"]
        if options["nesterov"]:
            return [Nesterov(rate, momentum)]
        rules = [Momentum(rate, momentum), Momentum(rate, momentum, rate_outside=True)]
        return rules if momentum else [GradientDescent(rate), Nesterov(rate, 0.0), NesterovLookahead(rate, 0.0), *rules]
    fields, cls = {}, AMSGrad if options.get("amsgrad") else CLASSES[optimizer]
    for name, value in options.items():
        if name in PAIRS:
            fields |= dict(zip(PAIRS[name], value, strict=True))
        elif name != "amsgrad":
            fields["power" if optimizer == "ASGD" and name == "alpha" else SPELLED[name]] = value
    return [cls(**fields)]


def spell(run: dict[str, Any]) -> str:
    return f"{run['problem']}-{run['optimizer']}-{'-'.join(str(v) for v in run['options'].values())}"


@pytest.mark.parametrize("run", REFERENCE["runs"], ids=spell)
def test_rows_equal_torchs_recorded_ones(run):
    wanted = {int(t): [float(v) for v in row] for t, row in run["rows"].items()}
    assert max(wanted) == run["horizon"] >= recorder.LEAST
    for rule in rules_like_torch(run["optimizer"], run["options"]):
        rows = ours(run["problem"], rule, run["horizon"])
        assert_equal(rows[[*wanted]], [*wanted.values()])


def test_with_a_large_epsilon_runs_count_to_the_end_at_the_lowest_rates():
    steady = [
        run["horizon"]
        for run in REFERENCE["runs"]
        if run["options"].get("eps") == 1e-3
        and run["options"]["lr"] == min(recorder.RATES.get(run["optimizer"], recorder.SCALED)[run["problem"]])
    ]
    assert len(steady) >= 3 * 8
    assert set(steady) == {recorder.STEPS}


def test_most_runs_are_compared_for_long():
    horizons = np.array([run["horizon"] for run in REFERENCE["runs"]])
    assert np.mean(horizons == recorder.STEPS) > 0.5
    assert np.mean(horizons < 100) < 0.1


def test_the_record_is_whole_and_small():
    runs = [(run["problem"], run["optimizer"], str(run["options"])) for run in REFERENCE["runs"]]
    assert runs == [(problem, optimizer, str(options)) for problem, optimizer, options in recorder.cases()]
    assert "torch" in REFERENCE["versions"]
    assert (HERE / "torch_reference.json").stat().st_size < 400_000


def test_torch_where_installed_gives_what_was_recorded():
    if importlib.util.find_spec("torch") is not None:  # the first 200 rows: all 1,000 of all runs take minutes
        for run in REFERENCE["runs"]:
            problem, optimizer, options, steps = run["problem"], run["optimizer"], run["options"], 200
            path = recorder.trajectory(problem, optimizer, options, min(steps, run["horizon"]))
            for rule in rules_like_torch(optimizer, options):
                assert_equal(ours(problem, rule, len(path) - 1), path)


@pytest.mark.parametrize("engine", ["auto", "jax"])
def test_the_front_door_takes_the_same_steps_in_other_engines(engine):
    """tests/engines compares them for all rules and kinds of problem."""
    for optimizer in ("SGD", "Adam", "NAdam"):
        run = next(r for r in REFERENCE["runs"] if r["optimizer"] == optimizer and r["problem"] == "rosenbrock")
        rule = rules_like_torch(optimizer, run["options"])[0]
        found = steepest.minimize("100*(y-x^2)^2 + (1-x)^2", recorder.STARTS["rosenbrock"], rule, max_iter=50,
                                  grad_tol=None, engine=engine)  # fmt: skip
        np.testing.assert_allclose(found.history.w, ours("rosenbrock", rule, 50), rtol=0, atol=1e-10)


# -- second derivations of the momentum family -----------------------------------------------------------------------


@pytest.mark.parametrize("problem", recorder.STARTS)
@pytest.mark.parametrize("momentum", MOMENTA)
def test_nesterov_is_the_lookahead_form_seen_ahead_of_w(problem, momentum):
    """Sutskever's w plus momentum times its velocity is torch's w."""
    for rate in recorder.SLOPED[problem][::2]:
        lookahead = ours(problem, NesterovLookahead(rate, momentum), 200)
        velocity = np.diff(lookahead, axis=0, prepend=lookahead[:1])
        assert_equal(lookahead + momentum * velocity, ours(problem, Nesterov(rate, momentum), 200))


@pytest.mark.parametrize("problem", recorder.STARTS)
@pytest.mark.parametrize("momentum", MOMENTA)
def test_under_a_constant_rate_it_may_stand_inside_or_outside_the_velocity(problem, momentum):
    for rate in recorder.SLOPED[problem][::2]:
        outside = ours(problem, Momentum(rate, momentum, rate_outside=True), 200)
        assert_equal(ours(problem, Momentum(rate, momentum), 200), outside)


def test_under_a_changing_rate_inside_and_outside_differ():
    """The rate inside is the one in force when a gradient was added; the rate outside scales the whole velocity."""
    ends = []
    for outside in (False, True):
        w = np.zeros(1)
        slots = Momentum().init(w, xp)
        for t, rate in enumerate((1.0, 0.1), start=1):
            step, slots = Momentum(rate, 0.5, outside).update(w, np.array([1.0]), slots, float(t), xp)
            w = w + step
        ends.append(w.item())
    assert ends == pytest.approx([-1 + (-0.5 - 0.1), -1 - 0.1 * (0.5 + 1)])
