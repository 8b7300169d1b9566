"""Threads over fixed blocks."""

import os
import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import steepest
from steepest.engines.numba import threads


@given(blocks=st.integers(1, 40), count=st.integers(1, 9))
def test_every_block_is_visited_once(blocks, count):
    seen = []
    threads.each_part(lambda first, last: seen.extend(range(first, last)), blocks, count)
    assert sorted(seen) == [*range(blocks)]


def test_parts_run_in_threads_of_their_own():
    together = threading.Barrier(3, timeout=20)
    threads.each_part(lambda first, last: together.wait(), 3, 3)


@pytest.mark.parametrize("bad", [0, 1, 2])
def test_an_error_in_any_part_is_raised_after_all_have_ended(bad):
    done = []

    def part(first, last):
        if first == bad:
            raise LookupError("mine")
        done.append(first)

    with pytest.raises(LookupError, match="mine"):
        threads.each_part(part, 3, 3)
    assert sorted(done) == [k for k in range(3) if k != bad]


@pytest.mark.parametrize("count", [0, -3])
def test_at_least_one_thread_is_used(count):
    with threads.limit(count):
        assert threads.threads() == 1


def test_limit_holds_inside_and_only_there(monkeypatch):
    monkeypatch.delenv("STEEPEST_NUM_THREADS", raising=False)
    before = threads.threads()
    assert before >= 1
    with threads.limit(3):
        assert threads.threads() == 3
        with threads.limit(1):
            assert threads.threads() == 1
        assert threads.threads() == 3
    assert threads.threads() == before
    with pytest.raises(LookupError), threads.limit(2):
        raise LookupError
    assert threads.threads() == before


def test_a_limit_belongs_to_the_thread_that_set_it(monkeypatch):
    monkeypatch.setenv("STEEPEST_NUM_THREADS", "5")
    seen = []
    with threads.limit(2):
        other = threading.Thread(target=lambda: seen.append(threads.threads()))
        other.start()
        other.join()
    assert seen == [5]


@pytest.mark.parametrize(
    ("value", "wanted"), [("3", 3), ("1", 1), ("0", None), ("-2", None), ("many", None), ("", None)]
)
def test_the_environment_sets_the_number_of_threads(monkeypatch, value, wanted):
    monkeypatch.delenv("STEEPEST_NUM_THREADS", raising=False)
    default = threads.threads()
    monkeypatch.setenv("STEEPEST_NUM_THREADS", value)
    assert threads.threads() == (default if wanted is None else wanted)
    if hasattr(os, "sched_getaffinity"):
        assert default == len(os.sched_getaffinity(0))


def test_runs_in_several_python_threads_do_not_meet():
    rng = np.random.default_rng(0)
    model = steepest.LinearModel(rng.standard_normal((6000, 40)), rng.standard_normal(6000))
    rates, found = [0.01, 0.02, 0.03, 0.04], {}

    def run(rate, batch):
        found[rate, batch] = steepest.minimize(model, learning_rate=rate, max_iter=5, batch_size=batch, grad_tol=None).w

    for rate in rates:
        run(rate, None)
        run(rate, 100)
    alone = dict(found)
    found.clear()
    workers = [threading.Thread(target=run, args=(rate, batch)) for rate in rates for batch in (None, 100)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert found.keys() == alone.keys()
    for key, w in alone.items():
        assert np.array_equal(found[key], w)
