"""Several starts: drawn from the seed, the one given first, the best returned and the others kept."""

import numpy as np
import pytest

import steepest
from steepest import Box, Outcome

gallery = steepest.gallery


def starts_of(run):
    return {tuple(r.w0) for r in (run, *run.others)}


def test_one_start_has_no_others():
    assert steepest.minimize(gallery.himmelblau()).others == []


@pytest.mark.parametrize("method", ["momentum", "adam"])
def test_the_best_is_returned_and_the_others_are_whole_runs(method):
    run = steepest.minimize(gallery.himmelblau(), None, method, starts=5, max_iter=300, seed=3)
    assert len(run.others) == 4
    assert len(starts_of(run)) == 5
    assert all(run.f <= other.f for other in run.others)
    for other in run.others:
        alone = steepest.minimize(gallery.himmelblau(), other.w0, method, max_iter=300, seed=3)
        assert np.array_equal(alone.history.w, other.history.w)
        assert alone.outcome is other.outcome
        assert other.others == []


def test_the_same_seed_draws_the_same_starts_and_another_others():
    first, again, other = (
        starts_of(steepest.minimize(gallery.sphere(), starts=4, max_iter=1, seed=seed)) for seed in (0, 0, 1)
    )
    assert first == again
    assert not first & other


def test_more_starts_begin_with_the_fewer():
    few, many = (starts_of(steepest.minimize(gallery.sphere(), starts=k, max_iter=1)) for k in (2, 6))
    assert few < many


def test_a_start_given_is_the_first():
    w0 = [0.25, -0.75]
    run = steepest.minimize(gallery.sphere(), w0, starts=3, max_iter=1)
    drawn = steepest.minimize(gallery.sphere(), starts=2, max_iter=1)
    assert starts_of(run) == {tuple(w0)} | starts_of(drawn)


def test_all_are_drawn_where_none_is_given():
    problem = gallery.sphere()
    drawn = problem.box.draw(np.random.default_rng(9), 3)
    assert starts_of(steepest.minimize(problem, starts=3, max_iter=1, seed=9)) == {tuple(row) for row in drawn}


@pytest.mark.parametrize("name", gallery.names())
def test_a_gallery_function_has_its_own_box(name):
    problem = gallery.find(name)()
    run = steepest.minimize(problem, starts=6, max_iter=1)
    assert all(problem.box.holds(np.array(start)) for start in starts_of(run))


def test_bounds_of_ones_own_replace_it():
    box = Box([2.0, 3.0], [2.5, 3.5])
    run = steepest.minimize(gallery.sphere(), bounds=box, starts=6, max_iter=1)
    assert all(box.holds(np.array(start)) for start in starts_of(run))


def test_callables_and_linear_models_take_bounds():
    run = steepest.minimize(lambda w: float(w @ w), bounds=[(1, 2), (3, 4), (5, 6)], starts=2, max_iter=1)
    assert run.w.size == 3
    model = steepest.LinearModel(np.eye(2), [1.0, 2.0])
    run = steepest.minimize(model, bounds=Box(-1, 1), starts=3, max_iter=5, batch_size=1)
    assert len(starts_of(run)) == 3
    assert all(abs(v) <= 1 for start in starts_of(run) for v in start)


def test_bounds_with_a_single_start_given_among_several_draw_around_it():
    run = steepest.minimize(lambda w: float(w @ w), [50.0], bounds=[(0, 1)], starts=2, max_iter=1)
    assert (50.0,) in starts_of(run), "bounds say where starts are drawn, not where they may lie"


def test_runs_that_failed_come_last():
    """x^4 - 40 x^2: a start far out diverges at this rate, and f is lowest where it blew up least."""

    def f(w):
        return float(w[0] ** 4 - 40 * w[0] ** 2)

    run = steepest.minimize(f, bounds=[(-30, 30)], starts=8, learning_rate=0.005, max_iter=200)
    outcomes = {r.outcome for r in run.others}
    assert outcomes & {Outcome.DIVERGED, Outcome.NOT_FINITE}
    assert not run.failed
    assert run.f == pytest.approx(-400.0, rel=1e-3)


def test_the_worst_case_is_still_a_run():
    run = steepest.minimize(lambda w: float("nan"), bounds=[(0, 1)], starts=3)
    assert run.outcome is Outcome.NOT_FINITE
    assert len(run.others) == 2


def test_the_highest_is_best_under_maximize():
    run = steepest.minimize(lambda w: -float((w @ w - 1) ** 2), bounds=[(-2, 2)] * 2, starts=4, maximize=True)
    assert all(run.f >= other.f for other in run.others)


def test_saving_keeps_the_others(tmp_path):
    run = steepest.minimize(gallery.himmelblau(), starts=3, max_iter=50)
    loaded = steepest.load(run.save(tmp_path / "runs.npz"))
    assert [tuple(r.w0) for r in loaded.others] == [tuple(r.w0) for r in run.others]
    for a, b in zip((run, *run.others), (loaded, *loaded.others), strict=True):
        assert np.array_equal(a.history.w, b.history.w)
        assert a.recipe == b.recipe
