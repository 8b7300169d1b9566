"""What a run keeps: rows, best, updates, counts; whatever breaks it off."""

import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import steepest
from steepest.engines.session import Session
from steepest.engines.stopping import Settings, Watch
from steepest.engines.task import Task, given_up
from steepest.methods import Adam, GradientDescent, Momentum
from steepest.problems.negated import Negated
from steepest.records.history import Plan
from steepest.records.outcome import Outcome

ENGINES = st.sampled_from(["python", "numba"])
BATCHES = st.sampled_from([None, 1, 3, 8])


def digits_like(rows=7, features=2, seed=5):
    rng = np.random.default_rng(seed)
    X = rng.uniform(0, 1, (rows, features))
    return steepest.LinearModel(X, rng.integers(0, 2, rows).astype(float))


MODEL = digits_like()


def run_of(engine="python", batch_size=None, max_iter=20, **more):
    more.setdefault("grad_tol", None)
    return steepest.minimize(
        MODEL, [0.5, -0.5, 0.25], learning_rate=0.05, engine=engine, batch_size=batch_size, max_iter=max_iter, **more
    )


# -- rows ------------------------------------------------------------------------------------------------------------


@given(
    engine=ENGINES, batch=BATCHES, max_iter=st.integers(0, 40), start=st.lists(st.floats(-9, 9), min_size=3, max_size=3)
)
def test_row_0_is_the_start_and_the_last_row_is_w(engine, batch, max_iter, start):
    run = steepest.minimize(
        MODEL, start, learning_rate=0.01, engine=engine, batch_size=batch, max_iter=max_iter, grad_tol=None
    )
    history = run.history
    assert np.array_equal(history.w[0], start)
    assert history.f[0] == pytest.approx(MODEL.value(np.array(start)), rel=1e-13)
    assert np.array_equal(history.iteration, np.arange(max_iter + 1))
    assert np.array_equal(history.w[-1], run.w)
    assert history.f[-1] == run.f
    assert run.nit == max_iter
    assert np.isnan(history.learning_rate[0])
    assert (history.learning_rate[1:] == 0.01).all()
    assert (np.diff(history.seconds) >= 0).all()
    assert history.seconds[0] >= 0


@given(engine=ENGINES, batch=BATCHES)
def test_every_column_of_the_record_says_what_it_is_called(engine, batch):
    names = ("w", "f", "grad_norm", "learning_rate", "n_grad", "seconds", "running_f")
    run = run_of(engine, batch, record=names)
    history = run.history
    for t in range(len(history)):
        assert history.f[t] == pytest.approx(MODEL.value(history.w[t]), rel=1e-12)
        assert history.grad_norm[t] == pytest.approx(np.abs(MODEL.gradient(history.w[t])).max(), rel=1e-10)
    assert np.array_equal(history.n_grad, np.arange(21))
    if batch is None:
        assert history.running_f is None
    else:
        assert np.isnan(history.running_f[0])
        assert np.isfinite(history.running_f[1:]).all()
    assert run.history.grad_norm[-1] == run.record.grad_norm


def test_stochastic_runs_record_no_gradient_norm_unless_asked():
    assert run_of(batch_size=1).history.grad_norm is None
    assert (run_of(batch_size=1, grad_tol=1e-9).history.grad_norm > 0).all()
    assert np.isnan(run_of(batch_size=1).record.grad_norm)
    assert run_of(batch_size=1, grad_tol=1e-9).record.grad_norm > 0


@given(engine=ENGINES, batch=st.sampled_from([1, 3, 7, 50]))
def test_running_f_is_the_loss_averaged_while_the_weights_moved(engine, batch):
    run = run_of(engine, batch, max_iter=4, record="updates", sampling="sequential")
    w, size = run.updates.w, min(batch, MODEL.rows)
    per_epoch = -(-MODEL.rows // size)
    for epoch in range(4):
        total = 0.0
        for k in range(per_epoch):
            rows = np.arange(k * size, min((k + 1) * size, MODEL.rows))
            loss, _ = MODEL.batch_value_and_gradient(w[epoch * per_epoch + k], rows)
            assert run.updates.running_f[epoch * per_epoch + k + 1] == pytest.approx(loss, rel=1e-12)
            total += loss * rows.size
        assert run.history.running_f[epoch + 1] == pytest.approx(total / MODEL.rows, rel=1e-12)


# -- record= ---------------------------------------------------------------------------------------------------------


@given(engine=ENGINES, batch=BATCHES, k=st.integers(1, 9), max_iter=st.integers(0, 40))
def test_every_kth_row_is_kept_and_the_last(engine, batch, k, max_iter):
    every, thin = (run_of(engine, batch, max_iter, record=r) for r in ("all", k))
    wanted = sorted({*range(0, max_iter + 1, k), max_iter})
    assert thin.history.iteration.tolist() == wanted
    for name, column in thin.history.columns().items():
        if name != "seconds":
            assert np.array_equal(column, getattr(every.history, name)[wanted], equal_nan=True)
    assert (thin.f, thin.nit, thin.best.f, thin.best.iteration) == (
        every.f,
        every.nit,
        every.best.f,
        every.best.iteration,
    )


@given(engine=ENGINES, batch=BATCHES, max_iter=st.integers(0, 30))
def test_record_none_keeps_start_best_and_end_with_the_same_outcome(engine, batch, max_iter):
    every, none = (run_of(engine, batch, max_iter, record=r, f_tol=1e-4) for r in ("all", "none"))
    assert none.history.iteration.tolist() == sorted({0, every.nit})
    assert [*none.history.columns()] == ["iteration"]
    assert none.outcome is every.outcome
    assert none.nit == every.nit
    assert np.array_equal(none.w, every.w)
    assert np.array_equal(none.w0, every.history.w[0])
    assert none.best.f == every.history.f.min()
    assert np.array_equal(none.best.w, every.history.w[every.history.f.argmin()])
    assert none.f_start == pytest.approx(every.history.f[0], rel=1e-13)


@pytest.mark.parametrize("names", [("f",), ("w",), ("f", "seconds"), ("grad_norm",), (), ("n_grad", "learning_rate")])
def test_a_tuple_of_names_keeps_those_columns(names):
    run = run_of(record=names)
    assert {*run.history.columns()} == {"iteration", *names}
    assert len(run.history) == 21
    assert np.array_equal(run.w, run_of().w)


@pytest.mark.parametrize("engine", ["python", "numba"])
@pytest.mark.parametrize("batch", [None, 2])
def test_beyond_its_budget_a_record_is_thinned_by_doubling_the_stride(engine, batch, go):
    ending = go(
        MODEL, Momentum(0.01, 0.5), [0.5, -0.5, 0.25], engine, batch_size=batch, max_iter=1000,
        plan=Plan(("w", "f"), budget=8 * 5 * 100),
    )  # fmt: skip
    history = ending.session.history()
    whole = go(MODEL, Momentum(0.01, 0.5), [0.5, -0.5, 0.25], engine, batch_size=batch, max_iter=1000).session.history()
    stride = int(history.iteration[1])
    assert stride & (stride - 1) == 0
    assert 8 <= stride <= 32
    assert history.iteration.tolist() == sorted({*range(0, 1001, stride), 1000})
    assert np.array_equal(history.w, whole.w[history.iteration])
    assert np.array_equal(history.f, whole.f[history.iteration])
    assert ending.nit == 1000
    assert ending.session.best.f == whole.f.min()


# -- updates ---------------------------------------------------------------------------------------------------------


@given(
    engine=ENGINES, batch=st.integers(1, 9), max_iter=st.integers(0, 12),
    method=st.sampled_from([GradientDescent(0.05), Momentum(0.05), Adam(0.05)]),
)  # fmt: skip
def test_row_t_of_updates_is_after_t_single_updates(engine, batch, max_iter, method):
    run = steepest.minimize(
        MODEL, method=method, engine=engine, batch_size=batch, max_iter=max_iter, record="updates", seed=9
    )
    size = min(batch, MODEL.rows)
    per_epoch = -(-MODEL.rows // size)
    updates = run.updates
    assert np.array_equal(updates.iteration, np.arange(max_iter * per_epoch + 1))
    assert np.array_equal(updates.w[::per_epoch], run.history.w)
    assert np.isnan(updates.running_f[0])
    assert np.isfinite(updates.running_f[1:]).all()


@pytest.mark.parametrize("engine", ["python", "numba"])
@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("how", ["callback", "tolerance", "blow up"])
def test_updates_end_with_the_last_row_kept(engine, batch, how):
    """A kernel computes many epochs at once; those after the end are not in the record."""
    count = [0]

    def callback(w):
        count[0] += 1
        if count[0] == 5:
            raise StopIteration

    more = {"callback": {"callback": callback}, "tolerance": {"f_tol": 1e-3}, "blow up": {}}[how]
    run = steepest.minimize(
        MODEL, learning_rate=40.0 if how == "blow up" else 0.05, engine=engine, batch_size=batch, record="updates",
        max_iter=2000, **more,
    )  # fmt: skip
    per_epoch = -(-MODEL.rows // batch)
    assert run.outcome is not Outcome.MAX_ITER
    assert run.nit < 2000
    assert len(run.updates) == run.nit * per_epoch + 1
    assert np.array_equal(run.updates.w[::per_epoch], run.history.w, equal_nan=True)


def test_updates_and_columns_may_be_asked_for_together():
    run = run_of(batch_size=2, record=("f", "updates"))
    assert {*run.history.columns()} == {"iteration", "f"}
    assert len(run.updates) == 20 * 4 + 1
    with pytest.raises(AttributeError, match="record='updates'"):
        _ = run_of(batch_size=2).updates


# -- what breaks a run off -------------------------------------------------------------------------------------------


@given(
    at=st.integers(1, 60), where=st.sampled_from(["value", "gradient", "callback"]), differences=st.booleans(),
    record=st.sampled_from(["auto", 3, "none", ("f",)]), tested=st.booleans(),
)  # fmt: skip
def test_ctrl_c_in_any_call_leaves_the_rows_that_were_complete(
    tmp_path_factory, at, where, differences, record, tested
):
    armed, calls = False, {"value": 0, "gradient": 0, "callback": 0}

    def count(name):
        calls[name] += armed
        if armed and name == where and calls[name] == at:
            raise KeyboardInterrupt

    def f(w):
        count("value")
        return float(w @ w)

    def grad(w):
        count("gradient")
        return 2 * w

    def go(**more):
        return steepest.minimize(
            f, [1.0, -2.0], grad=None if differences else grad, learning_rate=0.01, record=record,
            grad_tol=1e-30 if tested else None, callback=lambda w: count("callback"), max_iter=25, **more,
        )  # fmt: skip

    whole = go()
    armed = True
    try:
        run = go()
    except KeyboardInterrupt:
        # the trial at w0, or before there was a row to keep
        assert at <= (2 if where == "value" else 0) or (where == "gradient" and at == 1)
        return
    if run.outcome is Outcome.MAX_ITER:
        return
    assert run.outcome is Outcome.INTERRUPTED
    assert not run.success
    rows = run.nit + 1
    for name, column in run.history.columns().items():
        if name not in ("seconds", "iteration", "grad_norm") and record == "auto":
            assert np.array_equal(column, getattr(whole.history, name)[:rows], equal_nan=True)
    assert run.history.iteration[-1] == run.nit
    path = run.save(tmp_path_factory.mktemp("run") / "run.npz")
    again = steepest.load(path)
    assert again.outcome is Outcome.INTERRUPTED
    assert np.array_equal(again.w, run.w)
    assert np.array_equal(again.history.iteration, run.history.iteration)


def interrupted_at_line(count, go):
    """``go()`` with a KeyboardInterrupt raised at the ``count``-th line that runs inside the engines and records."""
    package = Path(steepest.__file__).parent
    places = tuple(str(package / name) for name in ("engines", "records"))
    left = [count]

    def lines(frame, event, argument):
        if event == "line":
            left[0] -= 1
            if left[0] == 0:
                raise KeyboardInterrupt
        return lines

    def calls(frame, event, argument):
        return lines if frame.f_code.co_filename.startswith(places) else None

    before = sys.gettrace()
    sys.settrace(calls)
    try:
        return go()
    finally:
        sys.settrace(before)


@pytest.mark.parametrize("engine", ["python", "numba"])
@pytest.mark.parametrize("batch", [None, 2])
@given(data=st.data(), record=st.sampled_from(["auto", "small", "updates"]))
def test_ctrl_c_at_any_line_leaves_a_run_that_agrees_with_itself(go, engine, batch, data, record):
    budget = 8 * 6 * 12 if record == "small" else None
    names = ("w", "f", "seconds")
    plan = Plan(names, budget=budget, updates=record == "updates" and batch is not None)

    def run():
        return go(
            MODEL, Momentum(0.01, 0.5), [0.5, -0.5, 0.25], engine, batch_size=batch, plan=plan, max_iter=60, f_tol=1e-12
        )

    whole = run().session
    full = go(MODEL, Momentum(0.01, 0.5), [0.5, -0.5, 0.25], engine, batch_size=batch, max_iter=60).session.history()
    count = data.draw(st.integers(1, 4000))
    try:
        ending = interrupted_at_line(count, run)
    except KeyboardInterrupt:
        return  # struck before the first row was kept, or outside of the loop
    session = ending.session
    if ending.outcome is not Outcome.INTERRUPTED:
        assert ending.outcome is Outcome.MAX_ITER
        return
    history = session.history()
    assert history.iteration[0] == 0
    assert (np.diff(history.iteration) > 0).all()
    assert history.iteration[-1] == ending.nit == session.rows - 1
    assert np.array_equal(history.w, full.w[history.iteration])
    assert np.array_equal(history.f, full.f[history.iteration])
    assert np.array_equal(session.w, history.w[-1])
    assert session.f == history.f[-1]
    assert session.best.f == full.f[: session.rows].min()
    if plan.updates:
        updates, all_updates = session.updates(), whole.updates()
        assert np.array_equal(updates.iteration, np.arange(len(updates)))
        assert np.array_equal(updates.w, all_updates.w[: len(updates)])


@given(at=st.integers(1, 30), engine=ENGINES, batch=BATCHES)
def test_ctrl_c_in_a_callback_keeps_the_row_it_was_shown(at, engine, batch):
    seen = []

    def callback(w):
        seen.append(w)
        if len(seen) == at:
            raise KeyboardInterrupt

    run = run_of(engine, batch, max_iter=30, callback=callback)
    assert run.outcome is Outcome.INTERRUPTED
    assert run.nit == at
    assert np.array_equal(np.array(seen), run.history.w[1:])
    assert np.array_equal(run.history.w, run_of(engine, batch, max_iter=30).history.w[: at + 1])


def test_a_callbacks_own_error_is_the_callers():
    def callback(w):
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        run_of(callback=callback)


@pytest.mark.parametrize("record", ["auto", 3])
@pytest.mark.parametrize("engine", ["python", "numba"])
def test_an_intermediate_result_does_not_change_afterwards(engine, record):
    kept = []

    def callback(intermediate_result):
        history = intermediate_result.history
        kept.append(
            (history, {name: column.copy() for name, column in history.columns().items()}, intermediate_result.w)
        )

    run = run_of(engine, record=record, callback=callback, max_iter=30)
    assert len(kept) == 30
    for t, (history, copies, w) in enumerate(kept, start=1):
        assert history.iteration[-1] == t
        assert np.array_equal(history.w[-1], w)
        for name, column in history.columns().items():
            assert np.array_equal(column, copies[name], equal_nan=True)
    assert len(kept[-1][0]) == len(run.history)


def test_a_callback_may_spoil_the_w_it_is_given():
    def callback(w):
        w[:] = np.nan

    assert np.array_equal(run_of(callback=callback).history.w, run_of().history.w)


def test_nfev_and_njev_count_the_calls_that_rows_and_steps_made():
    def calls(**more):
        spent = [0, 0]

        def f(w):
            spent[0] += 1
            return float(w @ w)

        def grad(w):
            spent[1] += 1
            return 2 * w

        run = steepest.minimize(f, [1.0, 2.0], grad=grad, learning_rate=0.1, max_iter=10, **more)
        return run, *spent

    for more in ({"grad_tol": None}, {}, {"f_tol": 0.3}, {"method": "nesterov_lookahead"}, {"record": ("f",)}):
        run, values, gradients = calls(**more)
        assert (run.nfev, run.njev) == (values, gradients)


@pytest.mark.parametrize("engine", ["python", "numba", "jax"])
@pytest.mark.parametrize("method", ["nesterov", "nesterov_lookahead", "schedule_free_adam"])
def test_gradients_are_counted_alike_by_every_engine(engine, method):
    each = 1 if method == "nesterov" else 2
    for rows in (0, 6):
        run = run_of(engine, method=method, max_iter=rows)
        assert run.history.n_grad.tolist() == [each * row for row in range(rows + 1)]
        assert run.njev == each * rows + 1, "the last row's own"
    stochastic = run_of(engine, method=method, max_iter=3, batch_size=1)
    assert stochastic.njev == stochastic.history.n_grad[-1] == 3


@pytest.mark.parametrize("engine", ["python", "jax"])
def test_without_norms_there_is_one_gradient_a_step(engine):
    run = run_of(engine, method="nesterov_lookahead", max_iter=6, record=("n_grad",))
    assert run.history.n_grad[-1] == run.njev == 6


def test_maximize_stores_what_the_user_calls_f():
    problem = steepest.gallery.sphere()
    run = steepest.minimize(problem, [1.0, 1.0], learning_rate=0.01, maximize=True, max_iter=5, grad_tol=None)
    assert run.history.f.tolist() == [problem.value(w) for w in run.history.w]
    assert (np.diff(run.history.f) > 0).all()
    assert run.best.f == run.history.f.max() == run.f
    assert run.best.iteration == 5


def test_a_session_says_how_it_stands(go):
    session = go(Negated(steepest.gallery.sphere()), GradientDescent(0.1), [1.0, 1.0], max_iter=3, sign=-1.0).session
    assert isinstance(session, Session)
    assert repr(session).startswith("<Session 4 rows, f 5.97")


@pytest.mark.parametrize("engine", ["python", "numba"])
@pytest.mark.parametrize("batch", [None, 2])
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_progress_is_told_the_row_and_f_in_the_users_sign(go, monkeypatch, engine, batch, sign):
    from steepest.engines import session

    monkeypatch.setattr(session, "PROGRESS_AFTER", 0.0)
    monkeypatch.setattr(session, "PROGRESS_EVERY", 0.0)
    told = []
    ending = go(
        MODEL, Momentum(0.001), [0.5, -0.5, 0.25], engine, batch_size=batch, max_iter=5000, sign=sign,
        progress=lambda *report: told.append(report),
    )  # fmt: skip
    history = ending.session.history()
    assert told
    assert [row for row, _, _ in told] == sorted({row for row, _, _ in told})
    for row, most, f in told:
        assert most == 5000
        assert f == history.f[row]
    assert (sign * history.f > 0).all()


def test_progress_is_silent_for_its_first_second(go):
    told = []
    go(MODEL, Momentum(0.001), [0.5, -0.5, 0.25], max_iter=50, progress=lambda *report: told.append(report))
    assert told == []


def test_an_error_of_the_objective_says_where_it_happened():
    calls = iter(range(100))

    def f(w):
        if next(calls) == 40:
            raise KeyError("x")
        return float(w @ w)

    with pytest.raises(KeyError) as caught:
        steepest.minimize(f, [1.0, 2.0], learning_rate=1e-3, grad=lambda w: 2 * w)
    assert caught.value.__notes__[0].startswith("raised after iteration 39, f ")


KINDS = {
    "falls": lambda t: 1 / (1 + t), "rests": lambda t: np.maximum(1.0, 30.0 - t), "creeps": lambda t: 1 + 0.9**t,
    "grows": lambda t: 1.6 ** np.minimum(t, 1400), "swings": lambda t: 1 + 1e9 * np.exp(-0.1 * (t - 40.0) ** 2),
    "falls without bound": lambda t: -(1e5 * t**2.0), "becomes NaN": lambda t: np.where(t > 70, np.nan, 1 / (1 + t)),
    "pauses": lambda t: np.where((t > 20) & (t < 22), 1.0, 1 / (1 + t)),
}  # fmt: skip


@given(
    kind=st.sampled_from(sorted(KINDS)), cuts=st.lists(st.integers(1, 140), max_size=4),
    tolerances=st.sampled_from([
        {}, {"grad_tol": 0.02}, {"grad_tol": 0.02, "patience": 4}, {"f_tol": 1e-3}, {"f_target": 0.1},
        {"grad_tol": 1e-9}, {"grad_tol": 0.02, "gradient_noise": 1.0},
    ]),
)  # fmt: skip
def test_rows_judged_at_once_end_as_rows_judged_one_by_one(kind, cuts, tolerances):
    t = np.arange(150.0)
    f = KINDS[kind](t)
    w = np.stack([np.abs(f), np.zeros_like(f)], axis=1)
    settings = Settings(max_iter=149, **tolerances)
    bounds = [0, *sorted(set(cuts)), 150]

    def ended(one_by_one):
        session = Session(Task(steepest.gallery.sphere(), GradientDescent(0.1), w[0], settings, Plan()))

        def loop(session):
            for first, last in pairwise(bounds):
                part = slice(first, last)
                verdict = session.take(first, w[part], f[part], w[part, 0], None, t[part])
                if verdict is not None:
                    return verdict
            return session.at_max_iter(149)

        with pytest.MonkeyPatch.context() as patched:
            if one_by_one:
                patched.setattr(Watch, "quiet", lambda *rows: 0)
            found = session.run(loop)
        history = session.history()
        return (found.outcome, found.reason, found.iteration, found.nit, session.best.iteration), history.f, history.w

    one, other = ended(True), ended(False)
    assert one[0] == other[0]
    np.testing.assert_array_equal(one[1], other[1])
    np.testing.assert_array_equal(one[2], other[2])


@pytest.mark.parametrize("name", ["rosenbrock", "ackley", "2*x^2 + y^2"])
def test_a_run_that_is_given_up_keeps_what_it_has(monkeypatch, name):
    from steepest.engines import session

    monkeypatch.setattr(session, "PROGRESS_EVERY", 0.0)
    asked = []
    token = given_up.set(lambda done: asked.append(done) or len(asked) == 3)
    try:
        run = steepest.minimize(
            name, [-1.2, 1.0], "adam", learning_rate=1e-6, max_iter=10**6, grad_tol=None, progress=False
        )
        again = steepest.sweep(
            name, [-1.2, 1.0], "adam", learning_rate=np.geomspace(1e-7, 1e-6, 40), max_iter=10**5, progress=False,
            record="none", engine="jax",
        )  # fmt: skip
    finally:
        given_up.reset(token)
    assert run.outcome is Outcome.INTERRUPTED
    assert 0 < run.nit < 10**6
    assert asked[:3] == sorted(asked[:3])
    assert len(again) == 40
