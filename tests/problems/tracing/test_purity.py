"""What may be called with traced values, and that nothing else ever is."""

import functools
import itertools
import math
import operator
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import steepest
from steepest.problems.tracing.purity import obstacle, read
from steepest.problems.tracing.traced import Untraceable, trace

jax = pytest.importorskip("jax")

START = np.array([1.5, 0.7])
MATRIX = np.array([[3.0, 1.0], [1.0, 2.0]])
SHIFT = 2.5
PAIR = (1.0, np.array([0.5, 0.25]))
DATA = [1.0, 2.0]
seen: list[Any] = []
counts = {"calls": 0}
total = 0.0
generator = random.Random(0)
steps = itertools.count()


def record(w: Any) -> Any:
    """What every impure function below calls first: the types that it is given."""
    seen.append(type(w))
    return w @ w


def appends(w: Any) -> Any:
    seen.append(type(w))
    return w @ w


def counts_in_a_dict(w: Any) -> Any:
    counts["calls"] += 1
    return w @ w


def changes_a_global(w: Any) -> Any:
    global total
    total = total + 1.0
    return w @ w


def prints(w: Any) -> Any:
    print(w)
    return w @ w


def prints_in_a_helper(w: Any) -> Any:
    return (lambda x: prints(x))(w)


def prints_in_a_generator(w: Any) -> Any:
    return sum(prints(x) for x in w)


def reads_a_file(w: Any) -> Any:
    return float(open("/dev/null").read() or 1.0) * (w @ w)


def reads_a_path(w: Any) -> Any:
    return len(Path("/dev/null").read_text()) + w @ w


def draws(w: Any) -> Any:
    return random.random() + w @ w


def draws_by_numpy(w: Any) -> Any:
    return np.random.normal() + w @ w


def draws_by_an_object(w: Any) -> Any:
    return generator.random() + w @ w


def looks_at_the_clock(w: Any) -> Any:
    return time.time() * 0.0 + w @ w


def sets_an_attribute(w: Any) -> Any:
    sets_an_attribute.calls = 1  # type: ignore[attr-defined]
    return w @ w


def reads_an_attribute(w: Any) -> Any:
    return len(record.__name__) + w @ w


def assigns_items(w: Any) -> Any:
    out = np.zeros(2)
    out[0] = w[0]
    return out @ w


def assigns_slices(w: Any) -> Any:
    out = np.zeros(2)
    out[:1] = w[:1]
    return out @ w


def catches(w: Any) -> Any:
    try:
        return record(w) if w[0] > 0 else w.sum()
    except Exception:
        return 0.0


def enters(w: Any) -> Any:
    with np.errstate(all="ignore"):
        return w @ w


def imports(w: Any) -> Any:
    import secrets

    return secrets.randbits(1) + w @ w


def yields(w: Any) -> Any:
    yield w @ w


async def awaits(w: Any) -> Any:
    return w @ w


def defines_a_class(w: Any) -> Any:
    class Inside:
        value = w @ w

    return Inside.value


def saves(w: Any) -> Any:
    np.save("/dev/null", w)
    return w @ w


def saves_by_jax(w: Any) -> Any:
    jax.numpy.save("/dev/null", w)
    return w @ w


def prints_by_jax(w: Any) -> Any:
    jax.debug.print("{}", w)
    return w @ w


def calls_back_by_jax(w: Any) -> Any:
    return jax.pure_callback(prints, jax.ShapeDtypeStruct((), float), w)


def has_a_log(w: Any, log: Any = DATA) -> Any:
    log.append(1.0)
    return w @ w


def picks_a_module(w: Any) -> Any:
    return (np if len(w) else math).random.normal() + w @ w


def hides_a_module(w: Any) -> Any:
    library = np
    return library.random.normal() + w @ w


def fills(w: Any) -> Any:
    MATRIX.fill(0.0)
    return w @ w


def steps_on(w: Any) -> Any:
    return next(steps) + w @ w


def looks_around(w: Any) -> Any:
    return len(globals()) + w @ w


def names_nothing(w: Any) -> Any:
    return nowhere(w)  # type: ignore[name-defined]  # noqa: F821


class Simulator:
    """A user's simulation, with a state."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, w: Any) -> Any:
        seen.append(type(w))
        self.calls += 1
        return w @ w

    def run(self, w: Any) -> Any:
        return self(w)

    def __getattr__(self, name: str) -> Any:
        seen.append("looked at")
        raise AttributeError(name)


def nonlocal_counter() -> Callable[[Any], Any]:
    calls = 0

    def f(w: Any) -> Any:
        nonlocal calls
        calls += 1
        seen.append(type(w))
        return w @ w

    return f


def nested_nonlocal_counter() -> Callable[[Any], Any]:
    calls = 0

    def f(w: Any) -> Any:
        def count() -> None:
            nonlocal calls
            calls += 1

        count()
        return w @ w

    return f


simulator = Simulator()
IMPURE: list[tuple[Any, str]] = [
    (appends, "it uses seen, a list, which may change"),
    (counts_in_a_dict, "it uses counts, a dict, which may change"),
    (changes_a_global, "it changes a global variable"),
    (nonlocal_counter(), "it changes a captured variable (calls)"),
    (nested_nonlocal_counter(), "it changes a captured variable (calls)"),
    (prints, "it prints"),
    (prints_in_a_helper, "it prints"),
    (prints_in_a_generator, "it prints"),
    (functools.partial(lambda log, w: log(w), print), "it prints"),
    (functools.partial(map, record), "which may change"),
    (reads_a_file, "it reads or writes a file (open)"),
    (reads_a_path, "it uses the class Path (Path)"),
    (draws, "it uses the module random"),
    (draws_by_numpy, "it uses numpy.random"),
    (draws_by_an_object, "it uses an instance of Random (generator)"),
    (looks_at_the_clock, "it uses the module time"),
    (sets_an_attribute, "it sets an attribute"),
    (reads_an_attribute, "which may change"),
    (assigns_items, "it assigns to items (out[0] = ...)"),
    (assigns_slices, "it assigns to items (out[0] = ...)"),
    (catches, ""),
    (enters, ""),
    (imports, "it imports secrets while it runs"),
    (yields, "it is a generator"),
    (awaits, "it is a coroutine"),
    (defines_a_class, "it defines a class"),
    (saves, "it uses numpy.save"),
    (saves_by_jax, "it uses jax.numpy.save"),
    (prints_by_jax, "it uses jax.debug"),
    (calls_back_by_jax, "it uses jax.pure_callback"),
    (has_a_log, "it uses a default, a list, which may change"),
    (picks_a_module, "it uses the attribute random of a value"),
    (hides_a_module, "it uses the attribute random of a value"),
    (fills, "it uses the attribute fill of a value"),
    (steps_on, "it uses an instance of count (steps)"),
    (looks_around, "it calls globals()"),
    (names_nothing, "its name nowhere is not defined"),
    (simulator, "its source is not Python (an instance of Simulator)"),
    (simulator.run, "it is a method of an instance of Simulator"),
    (lambda w: simulator.run(w), "it uses an instance of Simulator (simulator)"),
    (np.vectorize(record), "its source is not Python (an instance of vectorize)"),
    (np.frompyfunc(record, 1, 1), "its source is not Python (a built-in)"),
    (print, "its source is not Python (a built-in)"),
    (Simulator, "its source is not Python (the class Simulator)"),
    (functools.lru_cache(record), "its source is not Python"),
    (jax.tree_util.Partial(record), "its source is not Python (an instance of Partial)"),
    (lambda w: [record(x) for x in w], "which may change"),
    (lambda w: sorted(w, key=record), "which may change"),
    (lambda w: np.apply_along_axis(record, 0, w), "which may change"),
    (lambda w: DATA[0] * w @ w, "it uses DATA, a list, which may change"),
    (lambda w: np.ma.masked_array(w).sum(), "it uses numpy.ma"),
    (lambda w: w.tofile("/dev/null"), "it uses the attribute tofile of a value"),
    (lambda w: w.__class__, "it uses the attribute __class__ of a value"),
]


@pytest.mark.parametrize(("f", "reason"), IMPURE)
def test_a_function_that_may_do_more_than_compute_is_refused(f: Any, reason: str) -> None:
    found = obstacle(f)
    assert found is not None
    assert reason in found


@pytest.mark.parametrize("f", [f for f, _ in IMPURE])
def test_and_is_not_called_at_all(f: Any, capsys: pytest.CaptureFixture[str]) -> None:
    seen.clear()
    before = dict(counts), total, simulator.calls, MATRIX.copy()
    with pytest.raises(Untraceable):
        trace(f, START, value=2.74)
    assert seen == []
    assert (dict(counts), total, simulator.calls) == before[:3]
    np.testing.assert_array_equal(MATRIX, before[3])
    assert capsys.readouterr().out == ""


def helper(x: Any, power: int = 2) -> Any:
    return x**power


def even(w: Any, k: int) -> Any:
    return w @ w if k == 0 else odd(w, k - 1)


def odd(w: Any, k: int) -> Any:
    return w.sum() if k == 0 else even(w, k - 1)


def makes_a_list(w: Any) -> Any:
    parts = [w[0] ** 2]
    for x in w:
        parts.append(x)
    return sum(parts)


def counts_inside(w: Any) -> Any:
    calls = 0.0

    def add(x):  # type: ignore[no-untyped-def]
        nonlocal calls
        calls += x

    for x in w:
        add(x)
    return calls


def raises(w: Any) -> Any:
    if w.ndim != 1:
        raise ValueError(f"one axis, not {w.ndim}")
    return w.sum()


PURE: list[Any] = [
    lambda w: (w - SHIFT) @ MATRIX @ w + PAIR[0] * PAIR[1] @ w,
    lambda w: np.linalg.norm(np.exp(w)) + np.fft.fft(w).real.sum(),
    lambda w: helper(w).sum() + helper(w, power=3).mean(),
    lambda w: sum(math.exp(x) for x in w),
    lambda w: functools.reduce(operator.mul, w),
    lambda w: sum(a * b for a, b in itertools.combinations(w, 2)),
    functools.partial(lambda a, w: a * w @ w, 2.0),
    functools.partial(even, k=3),
    jax.jit(record),
    jax.grad(lambda w: w @ w),
    lambda w: jax.numpy.where(w > 0, w, 0.0).sum(),
    lambda w: jax.lax.cond(w[0] > 0, lambda x: x.sum(), lambda x: x @ x, w),
    steepest.gallery.rosenbrock().value,
    steepest.gallery.ackley(n=3).value,
    makes_a_list,
    counts_inside,
    raises,
]


@pytest.mark.parametrize("f", PURE)
def test_a_pure_function_is_allowed(f: Any) -> None:
    assert obstacle(f) is None


def test_every_gallery_function_is_allowed() -> None:
    for name in steepest.gallery.names():
        assert obstacle(getattr(steepest.gallery, name)().value) is None, name


def test_further_arguments_are_numbers_arrays_and_lists_of_them() -> None:
    def f(w: Any, *args: Any) -> Any:
        return w @ w

    assert obstacle(f, (1.0, MATRIX, [1, (2.0, MATRIX)], jax.numpy.ones(2), None)) is None
    assert obstacle(f, ([{}],)) == "args holds an instance of dict"
    assert obstacle(f, (simulator,)) == "args holds an instance of Simulator"
    assert obstacle(f, (record,)) == "args holds an instance of function"
    assert obstacle(f, (np.array([None]),)) == "args holds an instance of ndarray"


def test_a_list_that_was_handed_in_is_not_appended_to() -> None:
    def f(w: Any, log: Any) -> Any:
        log.append(1.0)
        return w @ w

    assert obstacle(f, ([],)) == "it uses the attribute append of a value"


def test_a_variable_without_a_value_is_named() -> None:
    def make() -> Any:
        def f(w: Any) -> Any:
            return w @ later

        if len(seen) > 10**9:
            later = 1.0
        return f

    assert obstacle(make()) == "its variable later has no value yet"


def test_the_identity_follows_code_and_captures() -> None:
    def make(scale: Any) -> Any:
        return lambda w: scale * w @ w

    same = read(make(2.0)).identity
    assert read(make(2.0)).identity == same
    assert read(make(np.array([1.0]))).identity == read(make(np.array([1.0]))).identity
    others = [make(x) for x in (2, 3.0, np.float64(2.0), True, 0.0, -0.0, np.array([1.0]), np.array([1]), (2.0,))]
    identities = [read(f).identity for f in others]
    assert len({same, *identities}) == len(others) + 1


def test_it_says_whether_a_function_is_of_jax() -> None:
    assert read(lambda w: jax.numpy.sum(w)).jax_written
    assert read(jax.jit(record)).jax_written
    assert not read(lambda w: np.sum(w)).jax_written
