"""Tracing end to end: gradients, the memory of compiled functions, the checks against the plain function, precision."""

import threading
from typing import Any

import numpy as np
import pytest

import steepest
from steepest.problems.differences import central_differences
from steepest.problems.tracing import traced as module
from steepest.problems.tracing.purity import read
from steepest.problems.tracing.traced import Untraceable, trace, traced_as_written

jax = pytest.importorskip("jax")

START = np.array([1.5, 0.7])
MATRIX = np.array([[3.0, 1.0], [1.0, 2.0]])


@pytest.fixture
def compilations(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """One item for every function that is traced and compiled anew."""
    made: list[Any] = []
    compiled = module.compiled

    def counted(*args: Any) -> Any:
        made.append(args)
        return compiled(*args)

    monkeypatch.setattr(module, "compiled", counted)
    monkeypatch.setattr(module, "_known", type(module._known)())
    return made


def quadratic(scale: Any) -> Any:
    return lambda w: scale * (w @ MATRIX @ w)


def test_value_and_gradient_are_those_of_the_plain_function() -> None:
    traced = trace(quadratic(2.0), START)
    value, gradient = traced.value_and_gradient(START)
    assert value == traced.value(START) == pytest.approx(quadratic(2.0)(START), rel=1e-15)
    np.testing.assert_allclose(gradient, 4.0 * MATRIX @ START, rtol=1e-14)
    np.testing.assert_array_equal(traced.gradient(START), gradient)
    assert type(value) is float
    assert gradient.dtype == np.float64
    assert gradient.flags.writeable
    assert not traced.jax_written


@pytest.mark.parametrize("name", steepest.gallery.names())
def test_gallery_functions_are_traced(name: str) -> None:
    problem = getattr(steepest.gallery, name)()
    np.testing.assert_allclose(
        trace(problem.value, problem.start).gradient(problem.start),
        problem.gradient(problem.start),
        rtol=1e-9,
        atol=1e-9,
    )


def test_further_arguments_are_bound() -> None:
    def f(w: Any, matrix: Any, parts: Any) -> Any:
        return matrix.dot(w) @ w + parts[0] * parts[1][0] * w[0]

    traced = trace(f, START, (MATRIX, [2.0, (3.0,)]))
    np.testing.assert_allclose(traced.gradient(START), 2 * MATRIX @ START + [6.0, 0.0])


def test_a_shaped_start_is_unravelled() -> None:
    def unravel(w: Any) -> dict[str, Any]:
        return {"a": w[:2].reshape(1, 2), "b": w[2]}

    def f(parameters: Any) -> Any:
        return (np.tanh(parameters["a"]) * 2.0).sum() * parameters["b"]

    w = np.array([0.1, 0.2, 0.3])
    traced = trace(f, w, unravel=unravel)
    np.testing.assert_allclose(traced.gradient(w), central_differences(lambda x: f(unravel(x)), w), rtol=1e-8)
    assert trace(f, w, unravel=unravel) is traced


def test_the_same_function_is_compiled_once(compilations: list[Any]) -> None:
    first = trace(quadratic(2.0), START)
    assert trace(quadratic(2.0), START + 1.0) is first
    assert trace(lambda w: quadratic(2.0)(w), START) is not first
    assert len(compilations) == 2
    for other in (quadratic(3.0), quadratic(np.float64(2.0)), quadratic(2)):
        assert trace(other, START).key != first.key
    assert len(compilations) == 5
    assert trace(lambda w: w @ w, START).key != trace(lambda w: w @ w, np.ones(3)).key


def test_an_array_changed_in_place_is_noticed(compilations: list[Any]) -> None:
    data = np.array([1.0, 2.0])

    def f(w: Any) -> Any:
        return (data * w * w).sum()

    zero = np.zeros(2)  # where the values of both versions agree
    first = trace(f, zero)
    data[0] = 5.0
    second = trace(f, zero)
    assert second.key != first.key
    np.testing.assert_allclose(first.gradient(START), 2 * np.array([1.0, 2.0]) * START)
    np.testing.assert_allclose(second.gradient(START), 2 * np.array([5.0, 2.0]) * START)
    assert len(compilations) == 2


def test_what_was_traced_stays_when_the_array_changes_later() -> None:
    data = np.array([1.0, 2.0])
    traced = trace(lambda w: (data * w).sum(), START)
    data[0] = 100.0
    assert traced.value(START) == pytest.approx(2.9)  # compiled only now
    with jax.enable_x64(True):
        assert float(jax.jit(lambda w: traced.function(w) + 0.0)(START)) == pytest.approx(2.9)


def test_a_change_that_the_code_does_not_show_is_traced_again(compilations: list[Any]) -> None:
    state = {"scale": 2.0}
    hidden = jax.vmap(lambda x: x * state["scale"])  # opaque: a function that JAX made

    def f(w: Any) -> Any:
        return hidden(w).sum()

    first = trace(f, START)
    assert trace(f, START) is first
    state["scale"] = 3.0
    second = trace(f, START)
    assert second.key != first.key
    np.testing.assert_allclose(second.gradient(START), [3.0, 3.0])
    assert trace(f, START) is second
    assert len(compilations) == 2


def test_a_value_that_disagrees_with_the_plain_one_is_refused() -> None:
    with pytest.raises(Untraceable, match=r"its traced value at the start is 2.74, not 2.7400001"):
        trace(lambda w: w @ w, START, value=2.7400001)
    assert trace(lambda w: w @ w, START, value=np.float32(2.7400002)).value(START) == pytest.approx(2.74)


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch, compilations: list[Any]) -> None:
    monkeypatch.setattr(module, "KEPT", 2)
    for scale in (1.0, 2.0, 3.0):
        trace(quadratic(scale), START)
    assert len(module._known) == 2
    monkeypatch.setattr(module, "KEPT_BYTES", 10)
    trace(quadratic(4.0), START)
    assert len(module._known) == 1


@pytest.mark.parametrize(
    ("f", "reason"),
    [
        (lambda w: w[0] if w[0] > 0 else -w[0], "it branches on values of w"),
        (lambda w: sum(x for x in w if x > 0), "it branches on values of w"),
        (lambda w: int(w[0]) * w[1], "it turns w into a Python number"),
        (lambda w: sum(w[0] for _ in range(int(w[0]) + 1)), "it turns w into a Python number"),
        (lambda w: w[0].item() * 2.0, "it turns w into a Python number"),
        (lambda w: np.sum(w[w > 0]), "it selects items by a condition on w"),
        (lambda w: recursive(w[0]), "it branches on values of w"),
        (lambda w: w, "it does not return one real number"),
        (lambda w: "text", "it does not return one real number"),
        (lambda w: w[0] + 1j, "it does not return one real number"),
        (lambda w: w @ np.ones(3), "it raises ValueError: matmul"),
        (lambda w: np.linalg.norm(w - START), "its traced gradient at the start is not finite"),
        (lambda w: sum(np.sin(k * w[0]) for k in range(2000)), "its loops unroll to"),
    ],
)
def test_what_cannot_be_traced_has_a_reason(f: Any, reason: str) -> None:
    with pytest.raises(Untraceable) as raised:
        trace(f, START)
    assert str(raised.value).startswith(reason)


def recursive(x: Any) -> Any:
    return x * recursive(x - 1.0) if x > 1.0 else 1.0


def wrong_gradient(factor: float) -> Any:
    """A function of JAX whose gradient is told to be ``factor`` times the right one."""

    @jax.custom_vjp
    def f(w: Any) -> Any:
        return jax.numpy.sum(jax.numpy.cos(w) * w) * 10.0

    def backward(w: Any, g: Any) -> Any:
        return (factor * 10.0 * (jax.numpy.cos(w) - w * jax.numpy.sin(w)) * g,)

    f.defvjp(lambda w: (f(w), w), backward)
    return f


def test_a_gradient_wrong_by_a_thousandth_is_refused() -> None:
    with pytest.raises(Untraceable, match="its gradient at the start differs from differences of its values"):
        trace(wrong_gradient(1.001), START)
    assert trace(wrong_gradient(1.0), START).jax_written


@pytest.mark.parametrize(
    "f",
    [
        lambda w: 1e8 + w @ w,
        lambda w: 1e8 * np.sin(w).sum(),
        lambda w: 1e8 + np.sin(1e3 * w).sum(),
        lambda w: np.abs(w - START).sum(),
        lambda w: np.maximum(w - START, 0.0).sum(),
        lambda w: np.maximum(w - START - 1e-6, 0.0).sum(),
        lambda w: np.sin(1e7 * w).sum(),
        lambda w: 1e-9 * (w**3).sum(),
        lambda w: np.exp(300.0 * w[0]) * w[1],
        lambda w: np.float32(w[0]) * 0.0 + (w * w).sum(),
        lambda w: 3.0,
        lambda w: np.floor(w).sum(),
    ],
)
def test_a_right_gradient_is_not_refused(f: Any) -> None:
    trace(f, START)


def test_a_start_that_is_large_or_mixed_in_size_is_verified_too() -> None:
    w = np.array([1e6, 1e-3, 2.0])
    trace(lambda w: np.sin(w[1]) * w[2] + 1e-12 * w[0] ** 2, w)
    trace(lambda w: (w**2).sum(), 1e8 * w)


def test_a_start_without_a_number_is_not_verified() -> None:
    assert np.isnan(trace(lambda w: np.log(w).sum(), np.array([-1.0, 1.0])).value(-START))
    assert trace(lambda w: (1.0 / w).sum(), np.zeros(2)).value(np.zeros(2)) == np.inf


def test_single_precision_around_it_is_left_alone() -> None:
    jnp = jax.numpy
    data = jnp.array([1.0, 3.0])
    user = jax.jit(lambda w: jnp.sum(data * w * w))
    before = user(jnp.asarray(START, jnp.float32))
    inside: list[Any] = []

    def f(w: Any) -> Any:
        return jnp.sum(data * w * w) + user(w)

    traced = trace(f, START, value=float(f(START)))
    assert traced.jax_written
    np.testing.assert_allclose(traced.gradient(START), 4 * np.array([1.0, 3.0]) * START, rtol=1e-14)
    inside.append(jnp.ones(3).dtype)
    after = user(jnp.asarray(START, jnp.float32))
    assert before.dtype == after.dtype == inside[0] == jnp.float32
    assert jax.config.jax_enable_x64 is False


def test_explicit_single_precision_is_held_to_its_own_accuracy() -> None:
    jnp = jax.numpy
    traced = trace(lambda w: jnp.sum(jnp.sin(w.astype(jnp.float32)) ** 2), START)
    np.testing.assert_allclose(traced.gradient(START), np.sin(2 * START), rtol=1e-5)


def test_threads_share_the_memory() -> None:
    found: list[Any] = []

    def work(offset: int) -> None:
        for k in range(12):
            scale = float((k + offset) % 4 + 1)
            traced = trace(quadratic(scale), START)
            found.append((scale, traced.key, traced.gradient(START)))
            found.append((scale, traced.key, traced.gradient(START)))

    threads = [threading.Thread(target=work, args=(offset,)) for offset in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 48
    for scale, _, gradient in found:
        np.testing.assert_allclose(gradient, 2 * scale * MATRIX @ START, rtol=1e-14)
    assert len({key for _, key, _ in found}) == 4
    assert jax.config.jax_enable_x64 is False


def test_the_function_can_be_vectorised() -> None:
    traced = trace(quadratic(1.0), START)
    points = np.array([[1.0, 2.0], [0.0, -1.0], [3.0, 0.5]])
    with jax.enable_x64(True):
        values = jax.vmap(traced.function)(points)
    np.testing.assert_allclose(values, [quadratic(1.0)(w) for w in points], rtol=1e-14)


def written(f: Any, *args: Any) -> Any:
    return traced_as_written(f, START, args, None)


def test_a_function_of_jax_is_differentiated_without_being_called_on_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "Plain", None)
    jnp = jax.numpy

    def f(w: Any, scale: float) -> Any:
        return scale * jnp.sum(jnp.cos(w) * w)

    traced = written(f, 3.0)
    assert traced.jax_written
    assert traced.value(START) == pytest.approx(3.0 * float(np.sum(np.cos(START) * START)), rel=1e-15)
    np.testing.assert_allclose(traced.gradient(START), 3.0 * (np.cos(START) - START * np.sin(START)), rtol=1e-14)
    assert written(f, 3.0) is traced
    assert written(f, 2.0) is not traced


def test_a_function_of_jax_that_cannot_be_traced_as_it_is_goes_the_other_way() -> None:
    jnp = jax.numpy
    assert written(lambda w: jnp.sum(np.sin(w))) is None  # np.sin of a tracer
    assert written(lambda w: jnp.sum(w) if w[0] > 0 else jnp.sum(2 * w)) is None
    assert written(lambda w: jnp.cos(w)) is None
    assert written(lambda w: jnp.sum(w) * 1j) is None
    assert written(wrong_gradient(1.001)) is None
    assert written(lambda w: float(w @ w)) is None  # nothing of JAX
    assert written(lambda w: print(w) or jnp.sum(w)) is None


@pytest.mark.parametrize("later", [lambda w: 2.0 * jax.numpy.sum(w), lambda w: jax.numpy.sum(w @ jax.numpy.eye(2))])
def test_a_function_of_jax_that_traces_otherwise_the_next_time_is_compiled_anew(
    later: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def f(w: Any) -> Any:
        return jax.numpy.sum(w)

    same = read(f)
    monkeypatch.setattr(module, "read", lambda f, args: same)  # as if nothing of the change were seen there
    first = written(f)
    assert written(f) is first
    changed = written(later)
    assert changed.key != first.key
    assert changed.value(START) == pytest.approx(float(later(START)))


def test_data_that_a_function_of_jax_captured_is_compared_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def of(data: Any) -> Any:
        return lambda w: jax.numpy.sum(w * data)

    same = read(of(np.ones(2)))
    monkeypatch.setattr(module, "read", lambda f, args: same)
    first = written(of(np.ones(2)))
    assert written(of(np.array([1.0, 3.0]))).value(START) == pytest.approx(START[0] + 3 * START[1])
    assert first.value(START) == pytest.approx(START.sum())


def test_single_precision_inside_a_function_of_jax_is_held_to_its_own_accuracy() -> None:
    jnp = jax.numpy
    traced = written(lambda w: jnp.sum(jnp.sin(w.astype(jnp.float32)) ** 2))
    np.testing.assert_allclose(traced.gradient(START), np.sin(2 * START), rtol=1e-5)
