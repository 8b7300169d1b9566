"""Central differences: exact where they must be, second order elsewhere, 2 n evaluations, NaN where f has no number;
the same bits from worker processes."""

import gc
import math
import os
import subprocess
import sys
import threading

import joblib
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from steepest.base.errors import ArgumentError
from steepest.problems.differences import STEP, central_differences, numerical, parallel_differences

moderate = st.floats(-100, 100)


@given(arrays(float, 3, elements=moderate), arrays(float, 3, elements=moderate), moderate)
def test_exact_on_straight_lines_to_rounding(w, slope, offset):
    gradient = central_differences(lambda v: slope @ v + offset, w)
    np.testing.assert_allclose(gradient, slope, atol=1e-7 * (1 + np.abs(slope).max() * 300))


@given(arrays(float, 2, elements=st.floats(-3, 3)))
def test_second_order_on_curves(w):
    gradient = central_differences(lambda v: math.sin(v[0]) * math.exp(v[1]), w)
    exact = np.array([math.cos(w[0]), math.sin(w[0])]) * math.exp(w[1])
    np.testing.assert_allclose(gradient, exact, atol=1e-8 * (1 + math.exp(w[1])))


@pytest.mark.parametrize("size", [1e-8, 1.0, 1e8])
def test_the_step_grows_with_large_weights_only(size):
    seen = []
    central_differences(lambda v: seen.append(v[0]) or 0.0, np.array([size]))
    assert max(seen) - min(seen) == pytest.approx(2 * STEP * max(1.0, size), rel=1e-8)


@pytest.mark.parametrize("n", [1, 2, 7])
def test_costs_two_evaluations_a_variable_and_moves_one_at_a_time(n):
    w, seen = np.arange(1.0, n + 1), []
    central_differences(lambda v: seen.append(v.copy()) or 0.0, w)
    assert len(seen) == 2 * n
    assert all((v != w).sum() == 1 for v in seen)
    assert np.array_equal(w, np.arange(1.0, n + 1))


def test_a_raised_overflow_is_nan_in_its_component_only():
    gradient = central_differences(lambda v: math.exp(1e4 * v[0]) if v[0] > 1 else v[1], np.array([1.0, 2.0]))
    assert math.isnan(gradient[0])
    assert gradient[1] == pytest.approx(1.0)


def test_any_other_error_is_the_callers():
    with pytest.raises(KeyError):
        central_differences(lambda v: {}["x"], np.ones(2))
    with pytest.raises(ValueError, match="mine"):
        central_differences(lambda v: int("mine"), np.ones(2))


@pytest.mark.parametrize("f", [lambda: math.exp(1e4), lambda: 1 / 0, lambda: math.log(-1.0), lambda: math.sqrt(-1.0)])
def test_what_pythons_math_raises_for_want_of_a_number_is_numerical(f):
    with pytest.raises((ArithmeticError, ValueError)) as error:
        f()
    assert numerical(error.value)
    assert not numerical(ValueError("operands could not be broadcast"))


def two(value):
    return parallel_differences(value, 2)


@pytest.mark.parametrize("n", [1, 2, 5])
def test_workers_give_the_same_bits(n):
    w = np.linspace(-3, 1e6, n)
    matrix = np.random.default_rng(0).normal(size=(n, n))

    def f(v):
        return math.sin(v[0]) + float(np.exp(-np.abs(matrix @ v)).sum()) + 1e-9 * float(v @ v)

    assert two(f)(w).tobytes() == central_differences(f, w).tobytes()
    assert parallel_differences(f, 1)(w).tobytes() == central_differences(f, w).tobytes()


def test_the_work_is_done_in_other_processes_and_a_changed_closure_is_seen():
    factor = [1.0]
    gradient = two(lambda v: factor[0] * v[0] + (os.getpid() == parent))
    parent = os.getpid()
    w = np.zeros(2)
    assert gradient(w) == pytest.approx([1, 0])
    factor[0] = 3.0
    assert gradient(w) == pytest.approx([3, 0])


def test_the_function_is_written_down_once_and_its_file_goes_with_the_gradient(monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    gradient = two(lambda v: 2.0 * v[0])
    gradient(np.zeros(1))
    files = [*tmp_path.iterdir()]
    gradient(np.ones(1))
    assert [*tmp_path.iterdir()] == files
    assert len(files) == 1
    del gradient
    gc.collect()
    assert [*tmp_path.iterdir()] == []


def test_a_missing_number_in_a_worker_is_nan_and_numpy_keeps_its_silence():
    def f(v):
        return math.log(v[0]) + float(np.log(v[1]))

    with np.errstate(all="ignore"):
        gradient = two(f)(np.array([0.0, 1.0]))
        assert np.isnan(gradient).all()
    with np.errstate(all="raise"):  # the worker has this setting too: a raised error is no number either
        assert np.isnan(two(lambda v: float(np.float64(1e300) * 1e300))(np.ones(1))).all()


@pytest.mark.parametrize("kind", [KeyError, ValueError, StopIteration])
def test_an_error_in_a_worker_arrives_as_it_was_with_the_workers_traceback(kind):
    def f(v):
        if v[1] > 1:
            raise kind("mine")
        return 0.0

    with pytest.raises(kind, match="mine") as error:
        two(f)(np.ones(2))
    assert "raised in a worker process" in error.value.__notes__[0]
    assert "in f" in error.value.__notes__[0]


def test_an_error_that_cannot_be_pickled_is_raised_here():
    class Local(Exception):
        def __init__(self, a, b):
            super().__init__(f"{a} and {b}")

    def f(v):
        raise Local(1, 2)

    with pytest.raises(Local, match="1 and 2"):
        two(f)(np.ones(2))


def test_a_function_that_cannot_be_sent_is_refused_in_a_sentence():
    lock = threading.Lock()
    with pytest.raises(ArgumentError, match=r"workers=2: the function cannot be sent .*lock.*; use workers=1") as error:
        two(lambda v: float(lock is None))(np.ones(2))
    assert "\n" not in str(error.value)


def test_a_worker_that_dies_is_said_in_a_sentence_and_the_next_gradient_has_new_ones():
    with pytest.raises(ArgumentError, match=r"workers=2: a worker process ended .*use workers=1"):
        two(lambda v: os._exit(1))(np.ones(2))
    assert two(lambda v: 2.0 * v[0])(np.ones(1)) == pytest.approx([2])


SCRIPT = """
from steepest.problems.differences import parallel_differences
import numpy as np
scale = 2.0
gradient = parallel_differences(lambda w: scale * w[0], 2)
print(round(float(gradient(np.ones(2))[0]), 6))
"""


def test_a_script_without_a_main_guard_ends_without_a_word(tmp_path):
    (tmp_path / "script.py").write_text(SCRIPT)
    done = subprocess.run(
        [sys.executable, "-W", "error", "script.py"], cwd=tmp_path, capture_output=True, text=True, timeout=120
    )
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "2.0", "")


def test_joblib_works_on_after_it(monkeypatch):
    """In a process that had no pool before: joblib takes loky's reusable one for its own, wherever it comes from."""
    monkeypatch.setattr("joblib.executor._executor_args", None)
    monkeypatch.setattr("joblib.externals.loky.reusable_executor._executor", None)
    parallel_differences(lambda w: float(w @ w), 2)(np.array([1.0, 2.0]))
    assert joblib.Parallel(n_jobs=2)(joblib.delayed(abs)(k) for k in (-1, -2)) == [1, 2]
