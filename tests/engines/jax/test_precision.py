"""Our double precision stays ours: a user's float32 JAX code runs on, before, during and after; threads do not mix."""

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import steepest

jax = pytest.importorskip("jax")
jnp = jax.numpy


def bowl(w):
    return ((w - 1.0) ** 2).sum() + 0.25 * (w**4).sum()


@jax.jit
def users_own(x):
    return jnp.sin(x) * jnp.arange(3.0)


def undisturbed():
    """Whether this thread's JAX computes in single precision, compiled code of before included."""
    made = users_own(jnp.ones(3))
    fresh = jax.grad(lambda x: (x**3).sum())(jnp.ones(2))
    return made.dtype == fresh.dtype == jnp.float32 and not jax.config.jax_enable_x64 and jnp.arange(2).dtype == "int32"


def test_single_precision_before_inside_a_callback_and_after():
    seen = []
    assert undisturbed()
    run = steepest.minimize(
        bowl, [0.0, 3.0], max_iter=5, learning_rate=0.05, callback=lambda w: seen.append(undisturbed())
    )
    assert run.engine == "jax"
    assert seen == [True] * 5
    assert undisturbed()
    assert run.history.w.dtype == np.float64
    assert not np.array_equal(run.history.w, run.history.w.astype(np.float32))


def test_single_precision_in_another_thread_while_a_run_goes():
    stop, seen = threading.Event(), []
    rows = iter(range(10**9))

    def look_on():
        while not stop.is_set():
            seen.append(undisturbed())

    def wait_for_it(w):
        if next(rows) >= 20 and len(seen) >= 20:
            raise StopIteration

    thread = threading.Thread(target=look_on)
    thread.start()
    try:
        # the callback is answered between chunks; what the other thread sees in between is computed beside the run
        run = steepest.minimize(
            bowl, [0.0, 3.0], max_iter=10**6, learning_rate=1e-5, record="none", grad_tol=None, callback=wait_for_it
        )
    finally:
        stop.set()
        thread.join()
    assert run.engine == "jax"
    assert len(seen) >= 20
    assert all(seen)
    assert undisturbed()


def test_a_user_s_own_double_precision_stays_too():
    with jax.enable_x64(True):
        run = steepest.minimize(bowl, [0.0, 3.0], max_iter=20, learning_rate=0.05)
        assert jnp.ones(2).dtype == jnp.float64
    assert np.array_equal(run.w, steepest.minimize(bowl, [0.0, 3.0], max_iter=20, learning_rate=0.05).w)
    assert undisturbed()


def test_a_run_that_fails_leaves_single_precision_behind():
    def broken(w):
        raise RuntimeError("enough")

    for device in (None, "cpu"):
        with pytest.raises(RuntimeError, match="enough"):
            steepest.minimize(bowl, [0.0, 3.0], max_iter=20, learning_rate=0.05, device=device, callback=broken)
        assert undisturbed()


def test_threads_on_different_problems_get_what_they_get_alone():
    data = np.random.default_rng(0).normal(size=(30, 3))
    jobs = [
        lambda: steepest.minimize(bowl, [0.0, 3.0], max_iter=3000, learning_rate=1e-3, grad_tol=None),
        lambda: steepest.minimize(lambda w: (w[0] - w[1] ** 2) ** 2 + w[2] ** 2, [1.0, 2.0, 3.0], max_iter=3000,
                                  learning_rate=1e-4, grad_tol=None),
        lambda: steepest.minimize(steepest.LinearModel(data, data[:, 0]), engine="jax", batch_size=4, max_iter=50),
        lambda: steepest.minimize(steepest.FiniteSum(lambda w, x: ((w - x) ** 2).sum(), data), np.zeros(3),
                                  method="adam", learning_rate=0.01, batch_size=7, max_iter=50),
    ]  # fmt: skip
    alone = [job() for job in jobs]
    assert {run.engine for run in alone} == {"jax"}
    with ThreadPoolExecutor(4) as pool:
        for _ in range(3):
            for together, wanted in zip(pool.map(lambda job: job(), jobs), alone, strict=True):
                assert np.array_equal(together.history.w, wanted.history.w)
                assert np.array_equal(together.history.f, wanted.history.f)


def test_threads_that_ask_for_the_same_program_at_once_get_it():
    def fresh(w):  # compiled by whoever comes first
        return ((w - 2.0) ** 4).sum() + (w * w).sum()

    start = threading.Barrier(4)

    def job(_):
        start.wait()
        return steepest.minimize(fresh, [0.0, 1.0, 2.0], max_iter=50, learning_rate=0.01).history.w

    with ThreadPoolExecutor(4) as pool:
        paths = list(pool.map(job, range(4)))
    assert all(np.array_equal(path, paths[0]) for path in paths)
    assert undisturbed()
