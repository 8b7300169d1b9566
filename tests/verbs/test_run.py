"""The Run: its own names and SciPy's, tables, predictions, pickles and copies."""

import copy
import json
import pickle

import numpy as np
import pytest
import scipy.optimize

import steepest
from steepest import Outcome, Run
from steepest.base.errors import ArgumentError
from steepest.problems.linear_model import fingerprint

gallery = steepest.gallery
DIGITS = steepest.datasets.digits((0, 1))
MODEL = steepest.LinearModel(DIGITS.X_train / 16, DIGITS.y_train)


def bowl(w):
    return float(w @ w)


PROBLEMS = {
    "gallery": {"problem": gallery.rosenbrock()}, "model": {"problem": MODEL},
    "stochastic": {"problem": MODEL, "batch_size": 16, "max_iter": 5},
    "callable": {"problem": bowl, "w0": [1.0, 2.0]}, "up": {"problem": gallery.sphere(), "maximize": True},
    "diverged": {"problem": gallery.rosenbrock(), "learning_rate": 0.1},
    "updates": {"problem": MODEL, "batch_size": 16, "max_iter": 2, "record": "updates"},
    "nothing recorded": {"problem": gallery.sphere(), "record": "none"},
    "thin": {"problem": gallery.sphere(), "record": 7, "learning_rate": 0.01},
    "some fields": {"problem": gallery.sphere(), "record": ("f",)},
    "starts": {"problem": gallery.himmelblau(), "starts": 3},
}  # fmt: skip


def run_of(name) -> Run:
    return steepest.minimize(**({"max_iter": 60} | PROBLEMS[name]))


each = pytest.mark.parametrize("name", PROBLEMS)


def same(a: Run, b: Run) -> None:
    """Every bit of two runs."""
    assert np.array_equal(a.w, b.w)
    assert np.array_equal([a.f, a.best.f, a.record.grad_norm], [b.f, b.best.f, b.record.grad_norm], equal_nan=True)
    assert np.array_equal(a.best.w, b.best.w)
    assert a.best.iteration == b.best.iteration
    assert a.outcome is b.outcome
    assert (a.nit, a.nfev, a.njev, a.message) == (b.nit, b.nfev, b.njev, b.message)
    assert a.recipe == b.recipe
    ours, theirs = a.history.columns(), b.history.columns()
    assert [*ours] == [*theirs]
    for name, column in ours.items():
        assert np.array_equal(column, theirs[name], equal_nan=True)
        assert column.dtype == theirs[name].dtype
    assert (a.record.updates is None) == (b.record.updates is None)
    if a.record.updates is not None:
        assert np.array_equal(a.updates.w, b.updates.w)
        assert np.array_equal(a.updates.running_f, b.updates.running_f, equal_nan=True)


# -- names -----------------------------------------------------------------------------------------------------------


@each
def test_scipys_names_stand_beside_ours(name):
    run = run_of(name)
    assert run.x is run.w
    assert run.fun == run.f
    assert run.status == run.outcome.value
    assert run.success is (run.outcome in (Outcome.CONVERGED, Outcome.F_TARGET))
    assert run.nit == run.history.iteration[-1]
    assert run.nfev > 0
    assert isinstance(run.message, str)
    np.testing.assert_allclose(run.jac, run.problem.gradient(run.w))


def test_scipys_names_are_scipys():
    theirs = scipy.optimize.minimize(bowl, [1.0, 2.0], method="CG")
    run = steepest.minimize(bowl, [1.0, 2.0])
    assert {"x", "fun", "jac", "nit", "nfev", "njev", "success", "status", "message"} <= {*theirs} & {*dir(run)}
    assert type(run.success) is bool
    assert type(run.nit) is int
    assert type(run.fun) is float


@each
def test_the_start_and_the_best_are_there_whatever_is_recorded(name):
    run = run_of(name)
    assert run.recipe["w0"] == fingerprint(run.w0)
    assert run.f_start == pytest.approx(run.problem.value(run.w0), rel=1e-14)
    assert run.best.f == pytest.approx(run.problem.value(run.best.w), rel=1e-14)
    sign = -1 if name == "up" else 1
    assert sign * run.best.f <= sign * run.f
    if run.history.f is not None and name != "thin":
        finite = run.history.f[np.isfinite(run.history.f)]
        assert run.best.f == (finite.max() if name == "up" else finite.min())
        assert run.best.f == run.history.f[run.best.iteration]


@each
def test_the_recipe_is_json_without_arrays(name):
    recipe = run_of(name).recipe
    assert json.loads(json.dumps(recipe)) == recipe

    def leaves(item):
        if isinstance(item, dict):
            return [leaf for value in item.values() for leaf in leaves(value)]
        return [leaf for value in item for leaf in leaves(value)] if isinstance(item, list) else [item]

    assert len(leaves(recipe)) < 60
    assert {"steepest", "python", "numpy"} <= recipe["versions"].keys() | recipe.keys()
    assert set(recipe["w0"]) == {"shape", "dtype", "sha256"}


@each
def test_the_summary_is_json_that_any_reader_takes(name):
    text = run_of(name).to_json()

    def refuse(constant):
        raise AssertionError(constant)

    summary = json.loads(text, parse_constant=refuse)
    assert summary["outcome"] in Outcome.__members__
    assert summary["recipe"]["seed"] == 0


def test_updates_that_were_not_recorded_are_said_so():
    with pytest.raises(AttributeError, match="updates were not recorded; run with record='updates' and a batch_size"):
        _ = run_of("stochastic").updates


def test_updates_end_each_epoch_on_its_row():
    run = run_of("updates")
    per_epoch = -(-MODEL.rows // 16)
    assert np.array_equal(run.updates.w[::per_epoch], run.history.w)
    assert np.isnan(run.updates.running_f[0])


# -- using it --------------------------------------------------------------------------------------------------------


@each
def test_tables_have_a_column_for_each_weight_and_field(name):
    run = run_of(name)
    table, frame = run.table(), run.to_pandas()
    assert [*table] == [*frame.columns]
    assert len(frame) == len(run.history)
    if run.history.w is not None:
        assert np.array_equal(np.stack([table[f"w{i}"] for i in range(run.w.size)], axis=1), run.history.w)
    for column in ("f", "grad_norm", "seconds", "learning_rate"):
        if getattr(run.history, column) is not None:
            assert np.array_equal(frame[column], getattr(run.history, column), equal_nan=True)


def test_predictions_are_the_models_outputs_also_after_loading(tmp_path):
    run = run_of("model")
    expected = DIGITS.X_test / 16 @ run.w[1:] + run.w[0]
    loaded = steepest.load(run.save(tmp_path / "run.npz"))
    assert loaded.problem is None
    for each_run in (run, loaded):
        np.testing.assert_allclose(each_run.predict(DIGITS.X_test / 16), expected, rtol=1e-12)
        with pytest.raises(ArgumentError, match=r"^X must have 64 columns, as in training; it has 3$"):
            each_run.predict(np.zeros((2, 3)))


def test_predictions_without_intercept_after_loading(tmp_path):
    model = steepest.LinearModel(np.eye(3), [1.0, 2.0, 3.0], fit_intercept=False)
    run = steepest.minimize(model, max_iter=50)
    loaded = steepest.load(run.save(tmp_path / "run.npz"))
    assert np.array_equal(loaded.predict(np.eye(3)), run.w)


@pytest.mark.parametrize("name", ["gallery", "callable"])
def test_functions_predict_nothing(name, tmp_path):
    run = run_of(name)
    for each_run in (run, steepest.load(run.save(tmp_path / "run.npz"))):
        with pytest.raises(ArgumentError, match=r"^predict needs a linear model; this run minimised "):
            each_run.predict(np.eye(2))


def test_training_errors_count_labels_on_the_wrong_side():
    run = run_of("model")
    wrong = int(((MODEL.X @ run.w[1:] + run.w[0] > 0.5) != (MODEL.y > 0.5)).sum())
    assert run.training_errors == (wrong, 288)
    assert run_of("gallery").training_errors is None


# -- copies ----------------------------------------------------------------------------------------------------------


@each
def test_a_pickled_run_keeps_every_bit(name):
    run = run_of(name)
    back = pickle.loads(pickle.dumps(run))
    same(back, run)
    assert repr(back).splitlines()[0] == repr(run).splitlines()[0]
    assert len(back.others) == len(run.others)
    if name == "callable":
        assert back.problem is None
        same_again = back.replay(bowl)
        assert np.array_equal(same_again.history.w, run.history.w)
    elif name != "starts":
        assert np.array_equal(back.replay().w, run.w)


@each
def test_a_deep_copy_is_a_run_of_its_own(name):
    run = run_of(name)
    copied = copy.deepcopy(run)
    same(copied, run)
    assert copied.w is not run.w
    assert copied.problem is run.problem
    assert np.array_equal(copied.replay().w, run.w)
