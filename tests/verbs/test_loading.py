"""Saving, loading and running again: the same bits, and a sentence where something does not fit."""

from typing import NamedTuple

import numpy as np
import pytest

import steepest
from steepest.base.errors import ArgumentError, SteepestError
from steepest.base.fields import Fraction, Rate

gallery = steepest.gallery
RNG = np.random.default_rng(1)
X, Y = RNG.normal(size=(30, 4)), RNG.normal(size=30)


def bowl(w, scale=1.0):
    return float(scale * (w @ w) + np.cos(w).sum())


def slope(w, scale=1.0):
    return 2 * scale * w - np.sin(w)


def both(w, scale=1.0):
    return bowl(w, scale), slope(w, scale)


class Dragged(NamedTuple):
    """A user's rule with a slot."""

    learning_rate: Rate = None
    drag: Fraction = 0.5

    def init(self, w, xp):
        return (xp.zeros_like(w),)

    def update(self, w, g, slots, t, xp):
        v = self.drag * slots[0] - self.learning_rate * xp.tanh(g)
        return v, (v,)


def model(**options):
    return steepest.LinearModel(X, Y, **options)


SAVED = {
    "gallery": ({"problem": gallery.rosenbrock()}, {}),
    "gallery, five variables": ({"problem": gallery.rosenbrock(n=5)}, {}),
    "gallery with a field": ({"problem": gallery.ill_conditioned_quadratic(n=3, condition=7.0)}, {}),
    "climbing": ({"problem": gallery.himmelblau(), "maximize": True, "learning_rate": 1e-4}, {}),
    "model": ({"problem": model()}, {"problem": model()}),
    "model, sums": ({"problem": model(reduction="sum", fit_intercept=False)},
                    {"problem": model(reduction="sum", fit_intercept=False)}),
    "stochastic": ({"problem": model(), "batch_size": 7, "seed": 5, "sampling": "replacement"}, {"problem": model()}),
    "updates": ({"problem": model(), "batch_size": 7, "record": "updates"}, {"problem": model()}),
    "plain engine": ({"problem": model(), "batch_size": 7, "engine": "python"}, {"problem": model()}),
    "callable": ({"problem": bowl, "w0": [1.0, 2.0]}, {"problem": bowl}),
    "gradient": ({"problem": bowl, "w0": [1.0, 2.0], "grad": slope}, {"problem": bowl, "grad": slope}),
    "arguments": ({"problem": bowl, "w0": [1.0, 2.0], "grad": slope, "args": (0.3,)},
                  {"problem": bowl, "grad": slope, "args": (0.3,)}),
    "both": ({"problem": both, "w0": [1.0, 2.0], "value_and_grad": True}, {"problem": both, "value_and_grad": True}),
    "user's rule": ({"problem": gallery.sphere(), "method": Dragged(0.1)}, {"method": Dragged}),
    "user's rule on data": ({"problem": model(), "method": Dragged(0.1, 0.7)}, {"problem": model(), "method": Dragged}),
    "switch": ({"problem": gallery.sphere(), "method": "momentum", "rate_outside": True}, {}),
    "tolerances": ({"problem": gallery.sphere(), "f_tol": 1e-5, "patience": 3, "learning_rate": 0.01}, {}),
    "evaluations": ({"problem": bowl, "w0": [1.0, 2.0], "max_evals": 30, "learning_rate": 0.1}, {"problem": bowl}),
    "some fields": ({"problem": gallery.sphere(), "record": ("w", "f"), "grad_tol": None}, {}),
    "every third": ({"problem": gallery.sphere(), "record": 3, "learning_rate": 0.01}, {}),
    "nothing": ({"problem": gallery.sphere(), "record": "none"}, {}),
    "diverged": ({"problem": gallery.rosenbrock(), "learning_rate": 0.1}, {}),
    "not finite": ({"problem": bowl, "w0": [1.0, 2.0], "grad": lambda w: w * np.nan},
                   {"problem": bowl, "grad": lambda w: w * np.nan}),
}  # fmt: skip
each = pytest.mark.parametrize("name", SAVED)


def made(name):
    return steepest.minimize(**({"max_iter": 30} | SAVED[name][0]))


def same_rows(a, b, but=("seconds",)):
    ours, theirs = a.history.columns(), b.history.columns()
    assert [*ours] == [*theirs]
    for column in ours.keys() - {*but}:
        assert np.array_equal(ours[column], theirs[column], equal_nan=True), column
    assert a.outcome is b.outcome
    assert np.array_equal([a.f, *a.w, a.best.f, *a.best.w], [b.f, *b.w, b.best.f, *b.best.w], equal_nan=True)
    if a.record.updates is not None:
        assert np.array_equal(a.updates.w, b.updates.w)


@each
def test_a_run_replays_to_the_same_bits(name):
    run = made(name)
    again = run.replay()
    same_rows(again, run)
    assert again.nit == run.nit


@each
@pytest.mark.parametrize("suffix", [".npz", ".parquet"])
def test_a_loaded_run_is_the_run_and_replays_to_the_same_bits(name, suffix, tmp_path):
    run = made(name)
    if suffix == ".parquet" and run.record.updates is not None:
        with pytest.raises(ArgumentError, match=r"^a \.parquet file holds no single updates; save to .npz"):
            run.save(tmp_path / "run.parquet")
        return
    path = run.save(tmp_path / f"run{suffix}")
    loaded = steepest.load(path)
    same_rows(loaded, run, but=())
    assert loaded.recipe == run.recipe
    assert loaded.message == run.message
    assert (loaded.nit, loaded.nfev, loaded.njev, loaded.engine) == (run.nit, run.nfev, run.njev, run.engine)
    again = loaded.replay(**SAVED[name][1])
    same_rows(again, run)
    assert [*tmp_path.iterdir()] == [path], "no partial file is left"


def test_a_gallery_problem_comes_back_with_the_run(tmp_path):
    for problem in (gallery.rosenbrock(n=4), gallery.ill_conditioned_quadratic(n=3, condition=7.0)):
        loaded = steepest.load(steepest.minimize(problem, max_iter=2).save(tmp_path / "run.npz"))
        assert loaded.problem == problem
        np.testing.assert_allclose(loaded.jac, problem.gradient(loaded.w))


MISSING = [
    ("callable", {}, r"^problem is missing: the recipe holds 'bowl' by name only; pass replay\(problem=...\)$"),
    ("model", {}, r"^problem is missing: the recipe holds 'linear model' by hash only; pass replay\(problem=...\)$"),
    ("user's rule", {}, r"^method 'Dragged' is not one of ours; pass replay\(method=...\) with its class$"),
    ("model", {"problem": steepest.LinearModel(X + 1e-16 + 1e-12, Y)}, "^problem differs from the recorded one: its X"),
    ("model", {"problem": steepest.LinearModel(X, Y + 1)}, "^problem differs from the recorded one: its y is"),
    ("model", {"problem": model(reduction="sum")}, "^problem differs .* its reduction is sum, not mean$"),
    ("model", {"problem": model(fit_intercept=False)}, "^problem differs .* its fit_intercept is False, not True$"),
    ("model", {"problem": gallery.sphere(n=5)}, "^problem differs .* its kind is gallery, not linear_model$"),
    ("gallery", {"problem": gallery.beale()}, "^problem differs .* its name is beale, not rosenbrock$"),
    ("gallery, five variables", {"problem": gallery.rosenbrock(n=4)}, "^problem differs .* its n is 4, not 5$"),
]


@pytest.mark.parametrize(("name", "given", "message"), MISSING, ids=range(len(MISSING)))
def test_a_replay_that_cannot_be_is_one_sentence(name, given, message, tmp_path):
    loaded = steepest.load(made(name).save(tmp_path / "run.npz"))
    with pytest.raises(ArgumentError, match=message) as error:
        loaded.replay(**given)
    assert "\n" not in str(error.value)


def test_the_gradient_of_a_loaded_callable_needs_the_problem(tmp_path):
    loaded = steepest.load(made("callable").save(tmp_path / "run.npz"))
    with pytest.raises(ArgumentError, match=r"^jac needs the problem, which this loaded run does not hold; "):
        _ = loaded.jac


def test_paths_that_cannot_be_are_one_sentence(tmp_path):
    run = made("gallery")
    (tmp_path / "text.npz").write_text("no archive")
    (tmp_path / "other.npz").write_bytes(b"")
    np.savez(tmp_path / "plain.npz", a=np.ones(2))
    for call, message in (
        (lambda: run.save(tmp_path / "run.txt"), "must end in .npz or .parquet; got "),
        (lambda: run.save(tmp_path / "run"), "must end in .npz or .parquet; got "),
        (lambda: run.save(tmp_path / "none" / "run.npz"), "does not exist; make it first$"),
        (lambda: steepest.load(tmp_path / "none.npz"), "is not a file; give a run saved with"),
        (lambda: steepest.load(tmp_path), "is not a file"),
        (lambda: steepest.load(tmp_path / "text.npz"), "holds no steepest run, or a damaged one"),
        (lambda: steepest.load(tmp_path / "other.npz"), "holds no steepest run, or a damaged one"),
        (lambda: steepest.load(tmp_path / "plain.npz"), "holds no steepest run, or a damaged one"),
    ):
        with pytest.raises(SteepestError, match=message):
            call()


def test_damage_anywhere_in_a_file_is_one_sentence_or_harmless(tmp_path):
    whole = made("gallery").save(tmp_path / "run.npz").read_bytes()
    broken = tmp_path / "broken.npz"
    for k in range(0, len(whole), max(1, len(whole) // 40)):
        broken.write_bytes(whole[:k])
        with pytest.raises(SteepestError):
            steepest.load(broken)


def test_nothing_saved_is_pickled(tmp_path):
    path = made("callable").save(tmp_path / "run.npz")
    with np.load(path, allow_pickle=False) as stored:
        assert all(stored[name].dtype.kind in "fiuU" for name in stored.files)


def test_a_path_may_be_a_string_and_replaces_what_was_there(tmp_path):
    path = str(tmp_path / "run.npz")
    made("gallery").save(path)
    second = made("switch")
    assert str(second.save(path)) == path
    assert steepest.load(path).recipe == second.recipe
