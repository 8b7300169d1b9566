"""Loops written by hand: rows, what is evaluated, what is kept, how they end; against runs of our own."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import steepest
from steepest.base.errors import ArgumentError, ArgumentTypeError
from steepest.records.outcome import Outcome
from steepest.verbs.watching.starting import watch

CURVATURES = np.array([1.0, 10.0])


def f(w):
    return 0.5 * float(CURVATURES @ (w * w))


def g(w):
    return CURVATURES * w


def descend(record, steps, rate=0.05, w=(1.0, 1.0), **given):
    """The loop of someone else: it changes w in place."""
    w = np.array(w)
    for _ in range(steps):
        told = {name: call(w) for name, call in given.items()}
        record.step(w, learning_rate=rate, **told)
        w -= rate * g(w)
    return w


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 12), st.integers(1, 40))
def test_rows_are_those_of_our_own_run(every, steps):
    with watch(every=every) as record:
        descend(record, steps, f=f, g=g)
    ours = steepest.minimize(
        f, [1.0, 1.0], "gradient_descent", grad=g, learning_rate=0.05, max_iter=steps - 1, grad_tol=None, record=every
    )
    run = record.run
    np.testing.assert_array_equal(run.history.iteration, ours.history.iteration)
    for name in ("w", "f", "grad_norm", "learning_rate"):
        if steps > 1 or name != "learning_rate":
            np.testing.assert_array_equal(getattr(run.history, name), getattr(ours.history, name))
    assert (run.nit, run.f, run.best.f) == (ours.nit, ours.f, ours.best.f)
    np.testing.assert_array_equal(run.w, ours.w)


def test_the_problem_gives_what_is_left_out():
    with watch(problem=f, grad=g, name="my loop", w0=[1.0, 1.0]) as record:
        w = np.array([1.0, 1.0])
        for _ in range(20):
            w = w - 0.05 * g(w)
            record.step(w, learning_rate=0.05)
    run = record.run
    np.testing.assert_array_equal(run.history.f, [f(w) for w in run.history.w])
    np.testing.assert_array_equal(run.history.grad_norm, [np.abs(g(w)).max() for w in run.history.w])
    assert run.recipe["method"] == {"name": "my loop", "learning_rate": 0.05}
    assert run.recipe["problem"]["kind"] == "function"
    assert (run.jac == g(run.w)).all()
    again = run.replay(method=steepest.methods.GradientDescent())
    np.testing.assert_array_equal(again.history.w, run.history.w)
    assert "<Run my loop on f: STOPPED, 20 iterations>" in repr(run)
    assert run.to_pandas().shape == (21, 8)
    run.plot_path()


def test_a_gallery_problem_is_known_again(tmp_path):
    booth = steepest.gallery.booth()
    with watch(problem=booth) as record:
        w = booth.start
        for _ in range(10):
            record.step(w)
            w = w - 0.02 * booth.gradient(w)
    loaded = steepest.load(record.run.save(tmp_path / "run.npz"))
    assert loaded.problem.name == "booth"
    np.testing.assert_array_equal(loaded.history.w, record.run.history.w)
    assert loaded.replay(method=steepest.methods.GradientDescent(0.02)).f == record.run.f
    np.testing.assert_array_equal(
        steepest.load(record.run.save(tmp_path / "run.parquet")).history.f, record.run.history.f
    )


def test_differences_are_not_taken_for_each_row():
    calls = []

    def counted(w):
        calls.append(1)
        return f(w)

    with watch(problem=counted, grad="finite") as record:
        descend(record, 10)
    assert record.run.history.grad_norm is None
    assert len(calls) <= 12


def test_weights_in_a_shape_of_their_own():
    with watch() as record:
        tree = {"b": np.array([[1.0, 2.0]]), "a": 3.0}
        for k in range(3):
            record.step(tree, 1.0 / (k + 1), {"b": np.array([[0.1, -5.0]]), "a": 0.0})
            tree["b"] += 1.0
    np.testing.assert_array_equal(record.run.history.w, [[3, 1, 2], [3, 2, 3], [3, 3, 4]])
    np.testing.assert_array_equal(record.run.w["b"], [[3.0, 4.0]])
    assert record.run.history.grad_norm[0] == 5.0


def test_ascent():
    with watch(problem=lambda w: -f(w), grad=lambda w: -g(w), maximize=True) as record:
        descend(record, 5)
    assert record.run.best.iteration == 4
    assert record.run.record.sign == -1


def test_divergence_and_what_is_not_finite():
    with watch() as record:
        descend(record, 200, rate=0.25, f=f, g=g)
    ours = steepest.minimize(f, [1.0, 1.0], "gradient_descent", grad=g, learning_rate=0.25, max_iter=200)
    assert (record.run.outcome, ours.outcome) == (Outcome.DIVERGED, Outcome.DIVERGED)
    assert record.run.record.trouble_at == ours.record.trouble_at
    with watch() as record:
        for value in (3.0, 2.0, np.nan, np.inf):
            record.step([1.0], value)
    assert record.run.outcome is Outcome.NOT_FINITE
    assert record.run.record.trouble_at == 2
    assert record.run.f == 2.0
    with watch() as record:
        for w in (1.0, 2.0, np.nan, np.nan):
            record.step([w])
    assert "w is not finite at iteration 2" in record.run.message
    assert record.run.record.w == [2.0]


def test_a_first_value_that_is_nan():
    with watch() as record:
        record.step([1.0], np.nan)
        record.step([2.0], np.nan)
    assert record.run.outcome is Outcome.NOT_FINITE
    assert "f is nan at the start" in record.run.message


def test_long_loops_are_thinned(monkeypatch):
    from steepest.verbs.watching import rows

    monkeypatch.setattr(rows, "BUDGET", 8 * 7 * 40)
    with watch() as record:
        for k in range(1000):
            record.step([float(k), 0.0], 1.0)
    iteration = record.run.history.iteration
    assert len(iteration) <= 41
    assert (iteration[0], iteration[-1]) == (0, 999)
    assert record.cost.rows == 1000


def test_an_exception_keeps_what_was_recorded():
    calls = []

    def slope(w):
        calls.append(1)
        return g(w) if len(calls) < 11 else 1 / 0

    record = watch(every=4)
    with pytest.raises(ZeroDivisionError), record:
        descend(record, 20, f=f, g=slope)
    assert list(record.run.history.iteration) == [0, 4, 8]
    assert "raised ZeroDivisionError: division by zero" in record.run.message


def test_nothing_recorded():
    with watch() as record:
        pass
    with pytest.raises(ArgumentError, match="nothing was recorded"):
        _ = record.run


@pytest.mark.parametrize(
    ("second", "said"),
    [
        (([1.0, 2.0, 3.0],), "w must have 2 entries, as in row 0; it has 3"),
        (([],), "w must be a vector with at least one entry"),
        (("w",), "w must hold real numbers; got 'w'"),
        ((None,), "w must hold real numbers; got None"),
        (([1.0, None],), "w must hold real numbers"),
        (([1.0, 2.0], "low"), "f must be one number; got 'low'"),
        (([1.0, 2.0], "1.0"), "f must be one number; got '1.0'"),
        (([1.0, 2.0], [1.0, 2.0]), "f must be one number"),
        (([1.0, 2.0], 1.0, [1.0]), "g must have 2 entries, as w has; it has 1"),
        (([1.0, 2.0], 1.0, None, "fast"), "learning_rate must be one number; got 'fast'"),
    ],
)
def test_bad_rows(second, said):
    record = watch()
    record.step([1.0, 2.0], 3.0)
    with pytest.raises((ArgumentError, ArgumentTypeError), match=said):
        record.step(*second)
    record.close()
    assert len(record.run.history) == 1
    with pytest.raises(ArgumentError, match="this record is closed; start another"):
        record.step([1.0, 2.0])


@pytest.mark.parametrize("what", ["layers", "curvature", "loss", "transformation"])
def test_what_is_for_other_loops(what):
    record = watch()
    with pytest.raises(ArgumentError, match="is for"):
        getattr(record, what)(*([1.0] if what == "loss" else []))


def test_a_problem_of_other_variables():
    with pytest.raises(ArgumentError, match="w0 must have 2 entries"):
        watch(problem=steepest.gallery.booth(), w0=[1.0, 2.0, 3.0])
