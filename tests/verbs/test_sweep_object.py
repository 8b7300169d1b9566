"""The Sweep: finding runs, arrays and tables, files, and going on after an interrupt."""

import numpy as np
import pytest

import steepest
from steepest.engines.together import running
from steepest.verbs import sweep_groups

RATES, MOMENTA = [1e-4, 5e-4, 1e-3], [0.0, 0.5, 0.9]
MODEL = steepest.LinearModel(np.random.default_rng(0).normal(size=(20, 2)), np.arange(20.0))


def swept(**more):
    return steepest.sweep("rosenbrock", None, "momentum", learning_rate=RATES, momentum=MOMENTA, max_iter=30, **more)


def alike(one, other):
    assert len(one) == len(other)
    for name, column in one.columns().items():
        if name != "seconds":
            np.testing.assert_array_equal(column, other.columns()[name])
    for a, b in zip(one, other, strict=True):
        assert a.outcome is b.outcome
        np.testing.assert_array_equal(a.history.w, b.history.w)
        np.testing.assert_array_equal(a.best.w, b.best.w)
        assert {**a.recipe, "record": 0} == {**b.recipe, "record": 0}


def test_a_run_is_found_by_number_slice_and_values():
    sweep = swept()
    assert sweep[4] is sweep[-5] is sweep.at(learning_rate=5e-4, momentum=0.5) is sweep[3:6][1]
    assert sweep.at(learning_rate=5e-4 * (1 + 1e-12), momentum=0.5) is sweep[4]
    assert [run.recipe["method"]["momentum"] for run in sweep][:4] == [0.0, 0.5, 0.9, 0.0]


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"learning_rate": 6e-4, "momentum": 0.5}, "no run has learning_rate=0.0006"),
        ({"learning_rate": 5e-4}, "3 runs have learning_rate=0.0005; give momentum too"),
        ({"beta1": 0.5}, "beta1 is no axis of this sweep; it has learning_rate and momentum"),
        ({}, "9 runs have nothing; give learning_rate and momentum too"),
    ],
)
def test_values_that_do_not_name_one_run_are_refused(values, says):
    with pytest.raises(ValueError, match=says):
        swept().at(**values)


def test_indices_out_of_range_and_of_the_wrong_type_are_refused():
    with pytest.raises(IndexError, match="run 9 is not there"):
        swept()[9]
    with pytest.raises(TypeError, match=r"at\(\.\.\.\) finds by values"):
        swept()["adam"]


def test_the_best_run_ended_lowest_and_under_maximize_highest():
    sweep = swept()
    assert sweep.best.f == min(run.f for run in sweep)
    climbed = steepest.sweep("-(w0^2) - w1^2", [1.0, 2.0], learning_rate=[0.01, 0.1], maximize=True, max_iter=5)
    assert climbed.best.f == max(run.f for run in climbed)


def test_the_table_has_a_row_for_each_run():
    sweep = swept()
    table = sweep.table
    assert list(table) == ["learning_rate", "momentum", "outcome", "f", "best_f", "nit", "grad_norm", "seconds"]
    for i, row in table.iterrows():
        run = sweep[i]
        assert (row.f, row.best_f, row.nit, row.grad_norm) == (run.f, run.best.f, run.nit, run.record.grad_norm)
        assert row.outcome == run.outcome.name


def test_without_pandas_the_table_is_a_list_of_records(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pandas", None)
    rows = swept().table
    assert rows[4]["learning_rate"] == 5e-4
    assert rows[4]["outcome"] == "MAX_ITER"


def test_histories_are_arrays_filled_up_with_nan():
    sweep = steepest.sweep("sphere", [3.0, 1.0], "gradient_descent", learning_rate=[0.5, 0.1], max_iter=20)
    history = sweep.history
    assert history.f.shape == (2, 21)
    assert history.w.shape == (2, 21, 2)
    assert history.rows.tolist() == [len(run.history) for run in sweep] == [2, 21]
    np.testing.assert_array_equal(history.w[1], sweep[1].history.w)
    assert np.isnan(history.f[0, 2:]).all()
    assert np.isnan(history.iteration[0, 2:]).all()
    assert history.running_f is None


def test_a_sweep_comes_back_from_its_file(tmp_path):
    sweep = swept()
    back = steepest.load(sweep.save(tmp_path / "sweep.npz"))
    alike(sweep, back)
    assert repr(back) == repr(sweep)
    assert [run.message for run in back] == [run.message for run in sweep]
    assert back.axes == sweep.axes
    assert back.at(learning_rate=5e-4, momentum=0.5).replay().f == sweep[4].f


def test_a_file_keeps_every_kind_of_axis(tmp_path):
    sweep = steepest.sweep(
        MODEL, [[0.0] * 3, [1.0] * 3], ["adam", "momentum"], batch_size=[None, 4], max_iter=3,
        learning_rate=[0.01, steepest.schedules.Cosine(0.1), "auto"],
    )  # fmt: skip
    back = steepest.load(sweep.save(tmp_path / "sweep.npz"))
    alike(sweep, back)
    assert back.at(w0=[1.0] * 3, method="adam", batch_size=None, learning_rate="auto").nit == 3


def test_a_file_that_is_damaged_or_has_another_ending_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"must end in \.npz for a sweep"):
        swept().save(tmp_path / "sweep.parquet")
    path = swept().save(tmp_path / "sweep.npz")
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(ValueError, match="damaged"):
        steepest.load(path)


class InterruptedAfter:
    """``run_together`` or ``minimize`` that Ctrl-C strikes at a call."""

    def __init__(self, calls, inner):
        self.calls, self.inner = calls, inner

    def __call__(self, *arguments, **options):
        self.calls -= 1
        if self.calls < 0:
            raise KeyboardInterrupt
        return self.inner(*arguments, **options)


def test_an_interrupted_sweep_goes_on_and_equals_the_uninterrupted_one(monkeypatch):
    whole = swept()
    counted = InterruptedAfter(4, sweep_groups.minimize)
    monkeypatch.setattr(sweep_groups, "minimize", counted)
    sweep = swept()
    assert sweep.interrupted
    assert sweep.counts() == {"NOT_RUN": 5, "MAX_ITER": 4}
    assert "5 runs left: .resume()" in repr(sweep)
    with pytest.raises(RuntimeError, match=r"run 7 was not run; sweep.resume\(\) goes on"):
        sweep[7]
    first = sweep[0]
    counted.calls = 5  # of which none is for what is done
    assert sweep.resume() is sweep
    assert not sweep.interrupted
    assert sweep[0] is first
    alike(sweep, whole)


def test_a_checkpoint_is_gone_on_from(tmp_path, monkeypatch):
    path, whole = tmp_path / "check.npz", swept()
    counted = InterruptedAfter(4, sweep_groups.minimize)
    monkeypatch.setattr(sweep_groups, "minimize", counted)
    assert swept(checkpoint=path).interrupted
    counted.calls = 5
    alike(swept(checkpoint=path), whole)
    counted.calls = 0
    alike(swept(checkpoint=path), whole)
    with pytest.raises(ValueError, match="holds another sweep: its settings differ"):
        steepest.sweep("rosenbrock", learning_rate=RATES, momentum=MOMENTA, max_iter=31, checkpoint=path)
    with pytest.raises(ValueError, match="holds another sweep: its axes differ"):
        steepest.sweep("rosenbrock", learning_rate=RATES, momentum=[0.0, 0.5, 0.8], max_iter=30, checkpoint=path)


def test_runs_side_by_side_go_on_too(tmp_path, monkeypatch):
    def swept_data(**more):
        return steepest.sweep(MODEL, None, "adam", learning_rate=np.geomspace(1e-3, 1, 600), max_iter=4, **more)

    whole = swept_data()
    counted = InterruptedAfter(1, running.run_together)
    monkeypatch.setattr(running, "run_together", counted)
    sweep = swept_data(checkpoint=tmp_path / "check.npz")
    assert sweep.counts() == {"NOT_RUN": 344, "MAX_ITER": 256}
    counted.calls = 10
    back = swept_data(checkpoint=tmp_path / "check.npz")
    alike(back, whole)


def test_a_loaded_sweep_says_how_to_go_on(tmp_path):
    back = steepest.load(swept().save(tmp_path / "sweep.npz"))
    with pytest.raises(ValueError, match="checkpoint= this file"):
        back.resume()


def test_histories_share_the_memory():
    sweep = swept(memory_limit=9 * 1000)
    assert max(len(run.history) for run in sweep) < 31
    assert [run.f for run in sweep] == [run.f for run in swept()]
    data = steepest.sweep(MODEL, None, "adam", learning_rate=[0.1, 0.2], max_iter=500, memory_limit=2 * 5000)
    assert len(data[0].history) < 150
    assert data[0].history.iteration[-1] == 500


def test_the_html_says_what_the_repr_says():
    sweep = swept()
    assert "MAX_ITER 9" in sweep._repr_html_()
    assert "momentum on rosenbrock: 9 runs (3 x 3)" in sweep._repr_html_()


def test_progress_shows_the_best_so_far(monkeypatch):
    from steepest.verbs import sweeping

    seen = []

    class Shown:
        note = staticmethod(print)

        def __call__(self, row, most, f):
            seen.append((row, most, f))

        def close(self):
            seen.append("closed")

    monkeypatch.setattr(sweeping, "bar", lambda progress, unit: Shown())
    clock = iter(range(10_000))
    monkeypatch.setattr(sweeping.time, "perf_counter", lambda: float(next(clock)))
    sweep = swept(progress=True)
    assert seen[-1] == "closed"
    assert seen[-2][:2] == (9, 9)
    assert seen[-2][2] == sweep.best.f
