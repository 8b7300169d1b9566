"""The contract of every rule in ``methods/``: a file added there is tested here with no line of this one edited."""

import importlib
import inspect
import math
import re
from typing import Annotated, Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import steepest
from steepest.analysis.stability import limit_factor
from steepest.base.errors import ArgumentError
from steepest.base.fields import Field, Rate, checked, fields_of
from steepest.base.xp import ELEMENTWISE, MAKERS, numpy_functions, scalar_functions
from steepest.engines.numba import functions as kernel_functions
from steepest.methods.rule import Rule, iteration_matrix, label, scale_free

NAMES = steepest.methods.names()
each_name = pytest.mark.parametrize("name", NAMES)
numbers = st.floats(-1e3, 1e3).map(lambda v: round(v, 6))


def variants(name: str) -> list[Any]:
    """The rule with a learning rate, at its defaults, away from them, and with each switch turned."""
    cls = steepest.methods.find(name)
    infos = fields_of(cls)
    given = {"learning_rate": 0.05, "f_least": 0.0, "columns": 1}  # what a verb would fill in
    plain = {field: value for field, value in given.items() if field in infos}
    found = [cls(**plain)]
    moved = {field: 0.5 * (info.default or 0.0) for field, info in infos.items() if info.kind is float}
    found.append(cls(**(moved | plain)))
    found += [cls(**plain, **{field: not info.default}) for field, info in infos.items() if info.kind is bool]
    return found


class Polyak(NamedTuple):
    """A rule of the whole vector, so that there is one: ``w <- w - (f - f_least) / |g|^2 g``."""

    f_least: Annotated[float, Field(low=-1e300)] = 0.0

    def init(self, w, xp):
        return ()

    def step(self, w, f, g, slots, t, xp):
        return -(f - self.f_least) / (g * g).sum() * g, ()


ALL = [rule for name in NAMES for rule in variants(name)]
RULES = [rule for rule in ALL if hasattr(rule, "update")]
WHOLE = [Polyak(), *(rule for rule in ALL if not hasattr(rule, "update"))]


def spell(rule: Any) -> str:
    return f"{label(rule)}{tuple(rule)}"


each_rule = pytest.mark.parametrize("rule", RULES, ids=spell)
each_whole = pytest.mark.parametrize("rule", WHOLE, ids=spell)


class Elementwise:
    """An ``xp`` with the functions that ``update``, ``look`` and ``read`` may use, and no others."""

    def __init__(self) -> None:
        for name in ELEMENTWISE:
            setattr(self, name, getattr(numpy_functions, name))

    def __getattr__(self, name: str) -> Any:
        assert name not in MAKERS, f"xp.{name} belongs into init"
        return getattr(numpy_functions, name)  # the package's own complaint


def steps(rule: Any, w: Any, gradients: Any, xp: Any = numpy_functions) -> list[Any]:
    """The points after each of the gradients, taken as they are given wherever the rule looks."""
    slots, path = rule.init(w, jnp if xp is jnp else numpy_functions), []
    for k, g in enumerate(gradients):
        if hasattr(rule, "look"):
            rule.look(w, slots, float(k + 1), xp)
        step, slots = rule.update(w, g, slots, float(k + 1), xp)
        w = w + step
        path.append(w)
    return path


@each_name
def test_is_a_namedtuple_that_meets_the_protocol(name):
    cls = steepest.methods.find(name)
    assert issubclass(cls, tuple)
    assert cls.__bases__ == (tuple,), "rules are final NamedTuples"
    assert isinstance(cls(), Rule) or callable(cls.step), "update, or step for rules of the whole vector"
    assert label(cls) == label(cls()) == name
    assert getattr(steepest.methods, cls.__name__) is cls
    assert cls.__name__ in dir(steepest.methods)


@each_name
def test_fields_are_annotated_with_bounds_that_hold_their_defaults(name):
    for info in fields_of(steepest.methods.find(name)).values():
        assert info.kind in (float, int, bool)
        assert checked(info, info.default, name) == info.default
        if info.kind is not bool:
            assert math.isfinite(info.field.low) or math.isfinite(info.field.high), f"{info.name} has no bounds"
        if info.name == "learning_rate":
            assert info.default is None, "None: worked out from the problem"
            assert info.optional


@each_name
def test_says_its_formula_and_source(name):
    cls = steepest.methods.find(name)
    text = inspect.getdoc(cls)
    assert re.search(r"``[^`]*(<-|=)[^`]*``", text), "a formula"
    assert re.search(r"Source: .*\d{4}", text, re.DOTALL), "a source with its year"
    assert text.isascii()


@each_name
def test_its_file_is_short_and_says_what_it_is_for(name):
    module = importlib.import_module(f"steepest.methods.{name}")
    assert module.__doc__.strip()
    assert len(inspect.getsource(module).splitlines()) <= 60


@each_rule
def test_slots_are_arrays_like_w_and_keep_their_shape(rule):
    w = np.array([1.0, -2.0, 0.5])
    slots = rule.init(w, numpy_functions)
    assert isinstance(slots, tuple)
    assert len(slots) <= 3
    step, after = rule.update(w, 2 * w, slots, 1.0, numpy_functions)
    assert len(after) == len(slots)
    for slot in (*slots, step, *after):
        assert (slot.shape, slot.dtype) == (w.shape, np.float64)


@each_rule
def test_init_and_update_are_pure(rule):
    w, g = np.array([1.0, -2.0, 0.5]), np.array([0.3, 0.0, -7.0])
    slots = tuple(np.abs(w) + k for k, _ in enumerate(rule.init(w, numpy_functions)))
    kept = [array.copy() for array in (w, g, *slots)]
    first = rule.update(w, g, slots, 3.0, numpy_functions)
    again = rule.update(w, g, slots, 3.0, numpy_functions)
    assert all(np.array_equal(a, b) for a, b in zip((w, g, *slots), kept, strict=True))
    for a, b in zip((first[0], *first[1]), (again[0], *again[1]), strict=True):
        assert np.array_equal(a, b)
        assert not np.shares_memory(a, w)
    for slot in rule.init(w, numpy_functions):
        assert not np.shares_memory(slot, w)


@each_rule
@given(w=arrays(float, 4, elements=numbers), gradients=arrays(float, (5, 4), elements=numbers))
def test_a_vector_run_is_its_component_runs(rule, w, gradients):
    together = steps(rule, w, gradients)
    for j in range(w.size):
        alone = steps(rule, w[j : j + 1], gradients[:, j : j + 1])
        np.testing.assert_allclose([row[j] for row in together], np.ravel(alone), rtol=1e-12, atol=1e-12)


@each_rule
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_the_precision_that_goes_in_comes_out(rule, dtype):
    w = np.array([1.0, -2.0], dtype=dtype)
    for row in steps(rule, w, np.array([[2.0, -3.0], [0.5, 0.0]], dtype=dtype)):
        assert row.dtype == dtype


@each_rule
def test_uses_only_the_functions_every_engine_has(rule):
    w = np.array([1.0, -2.0, 0.5])
    usual, strict = steps(rule, w, [w, -w, 2 * w]), steps(rule, w, [w, -w, 2 * w], Elementwise())
    assert all(np.array_equal(a, b) for a, b in zip(usual, strict, strict=True))


@each_rule
@given(w=numbers, gradients=st.lists(numbers, min_size=1, max_size=5))
def test_single_numbers_take_the_same_steps_as_arrays(rule, w, gradients):
    """The plain loop runs small problems on Python floats, the kernels on their own scalar functions."""
    array = np.ravel(steps(rule, np.array([w]), [np.array([g]) for g in gradients]))
    for xp in (scalar_functions, kernel_functions):
        slots, path, at = tuple(float(slot[0]) for slot in rule.init(np.array([w]), numpy_functions)), [], w
        for k, g in enumerate(gradients):
            step, slots = rule.update(at, g, slots, float(k + 1), xp)
            at += step
            path.append(at)
        np.testing.assert_allclose(path, array, rtol=1e-13, atol=1e-13)


@each_rule
def test_is_a_jax_pytree_whose_fields_may_be_arrays(rule):
    """A sweep is a vmap over a rule whose fields are arrays."""
    w, gradients = np.array([1.0, -2.0]), np.array([[0.3, 4.0], [-0.2, 0.0], [1.0, 1.0]])
    if "learning_rate" not in rule._fields:
        return
    with jax.enable_x64(True):

        def end(learning_rate):
            return steps(rule._replace(learning_rate=learning_rate), jnp.asarray(w), jnp.asarray(gradients), jnp)[-1]

        ends = jax.jit(jax.vmap(end))(jnp.array([0.05, 0.2]))
    for rate, row in zip((0.05, 0.2), np.asarray(ends), strict=True):
        np.testing.assert_allclose(row, steps(rule._replace(learning_rate=rate), w, gradients)[-1], rtol=1e-12)


@each_rule
def test_its_stability_limit_is_the_edge_of_its_iteration_matrix(rule):
    """At curvature 1 the spectral radius stays at most 1 just below the limit and exceeds it just above."""

    def radius(rate):
        return np.abs(np.linalg.eigvals(iteration_matrix(rule._replace(learning_rate=rate), 1.0))).max()

    limit = limit_factor(rule)
    if limit is None:
        assert iteration_matrix(rule, 1.0) is None, "a linear rule has a limit"
    else:
        assert radius(0.999 * limit.factor) <= 1 < radius(1.001 * limit.factor)


@each_rule
def test_steps_against_the_gradient(rule):
    w = np.zeros(2)
    step, _ = rule.update(w, np.array([1.0, -3.0]), rule.init(w, numpy_functions), 1.0, numpy_functions)
    assert step[0] < 0 < step[1]


@each_whole
def test_a_rule_of_the_whole_vector_is_pure_and_keeps_shapes(rule):
    w, g = np.array([1.0, -2.0]), np.array([2.0, -4.0])
    slots = rule.init(w, numpy_functions)
    kept = [array.copy() for array in (w, g, *slots)]
    first, again = (rule.step(w, 5.0, g, slots, 1.0, numpy_functions) for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip((w, g, *slots), kept, strict=True))
    assert np.array_equal(first[0], again[0])
    assert (first[0].shape, first[0].dtype) == (w.shape, np.float64)
    assert len(first[1]) == len(slots)


@pytest.mark.parametrize("method", [*NAMES, Polyak])
def test_descends_a_bowl_at_its_own_rate(method):
    problem, w0 = steepest.gallery.sphere(), None
    if hasattr(method if isinstance(method, type) else steepest.methods.find(method), "corrected"):  # needs examples
        problem, w0 = steepest.FiniteSum(lambda w, e: ((w - e) ** 2).sum(), np.eye(2)), [3.0, -2.0]
    matrix = {"columns": 1} if method == "muon" else {}  # which the bowl's w is not by itself
    run = steepest.minimize(problem, w0, method, max_iter=2000, grad_tol=1e-6, **matrix)
    assert run.f < run.f_start
    assert run.success or scale_free(steepest.methods.find(method)()), run.message


def test_the_allowed_functions_are_the_same_in_every_engine():
    for xp in (numpy_functions, scalar_functions, jnp, kernel_functions):
        assert all(callable(getattr(xp, name)) for name in ELEMENTWISE)
    assert all(callable(getattr(numpy_functions, name)) for name in MAKERS)


@pytest.mark.parametrize("name", ["cumsum", "mean", "dot", "power", "random", "pi"])
def test_another_function_is_one_sentence_that_lists_the_allowed(name):
    class Cumulative(NamedTuple):
        learning_rate: Rate = 0.1

        def init(self, w, xp):
            return ()

        def update(self, w, g, slots, t, xp):
            return -self.learning_rate * getattr(xp, name)(g), ()

    for call in (
        lambda: steps(Cumulative(), np.zeros(2), [np.ones(2)], Elementwise()),
        lambda: steps(Cumulative(), np.zeros(2), [np.ones(2)]),
        lambda: steepest.minimize(steepest.gallery.sphere(), method=Cumulative()),
    ):
        with pytest.raises(ArgumentError, match=rf"^xp\.{name} is not available to rules and losses; use ") as error:
            call()
        text = str(error.value)
        assert all(allowed in text for allowed in (*ELEMENTWISE, *MAKERS))
        assert "\n" not in text
