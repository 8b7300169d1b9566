"""How formulas evaluate: IEEE arithmetic, shapes, JAX's gradients, and which syntax the allow-list refuses."""

import ast

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from steepest.base.errors import ArgumentError, FormulaError
from steepest.problems.formulas import parse
from steepest.problems.formulas.lowering import Source, lower


def at(text, *w):
    return parse(text)(np.array(w), np)


def slope(text, *w):
    with jax.enable_x64(True):
        return np.asarray(jax.grad(lambda v: parse(text)(v, jnp))(jnp.asarray(w, dtype=float)))


@pytest.mark.parametrize(
    ("text", "x", "expected"),
    [
        ("1/x", 0.0, np.inf),
        ("1/x", -0.0, -np.inf),
        ("x/x", 0.0, np.nan),
        ("x^0.5", -2.0, np.nan),
        ("x^(1/3)", -8.0, np.nan),
        ("x^-1", 0.0, np.inf),
        ("(-2)^x", 0.5, np.nan),
        ("0^x", -1.0, np.inf),
        ("log(x)", 0.0, -np.inf),
        ("sqrt(x)", -1.0, np.nan),
        ("exp(x)", 1000.0, np.inf),
        ("asin(x)", 2.0, np.nan),
        ("x + 1/0", 1.0, np.inf),
        ("x + 1/-0", 1.0, -np.inf),
        ("x + 0/0", 1.0, np.nan),
        ("x + (-1)^0.5", 1.0, np.nan),
        ("x + 10^400", 1.0, np.inf),
        ("x + log(-1)", 1.0, np.nan),
        ("x + max(1, 0/0)", 1.0, np.nan),
        ("x^(0/0)", 2.0, np.nan),
        ("x^(1/0)", 2.0, np.inf),
        ("x^1e3", 10.0, np.inf),
    ],
)
def test_where_there_is_no_number_ieee_arithmetic_answers(text, x, expected):
    value = at(text, x)
    assert type(value) is np.float64
    np.testing.assert_equal(value, expected)
    np.testing.assert_equal(parse(text)(np.full((1, 3), x), np), np.full(3, expected))


@given(st.lists(st.floats(-3, 3), min_size=2, max_size=2))
def test_a_grid_of_points_gives_the_values_of_the_single_points(w):
    expression = parse("x^3 - min(x, y, 1) + exp(-y^2)*2^x")
    grid = np.array(w)[:, None, None] + np.linspace(0, 1, 6).reshape(2, 3)
    values = expression(grid, np)
    assert values.shape == (2, 3)
    single = [[expression(grid[:, i, j], np) for j in range(3)] for i in range(2)]
    np.testing.assert_allclose(values, single, rtol=1e-14, atol=1e-14)


def test_a_component_left_out_still_gives_one_value_for_each_point():
    assert np.array_equal(parse("w[1]^2")(np.arange(6.0).reshape(2, 3), np), [9.0, 16.0, 25.0])


@pytest.mark.parametrize("text", ["x", "(x)", "+x"])
def test_the_value_of_a_bare_variable_is_no_view_into_the_points(text):
    points = np.ones((1, 4))
    parse(text)(points, np)[:] = 7.0
    assert np.array_equal(points, np.ones((1, 4)))


@pytest.mark.parametrize("w", [[2, 3], np.array([2, 3]), np.array([2.0, 3.0], dtype=np.float32), (2.0, 3.0)])
def test_lists_integers_and_single_precision_are_taken_in_double_precision(w):
    value = parse("x^-1 / y")(w, np)
    assert type(value) is np.float64
    assert value == 0.5 / 3


@pytest.mark.parametrize("w", [1.0, [1.0], [1.0, 2.0, 3.0], np.ones((3, 2))])
def test_a_point_of_another_length_is_refused(w):
    with pytest.raises(ArgumentError, match="w must have 2 rows"):
        parse("x + y")(w, np)


@pytest.mark.parametrize(
    ("text", "w", "expected"),
    [
        ("x^2", [0.0], [0.0]),
        ("x**3", [0.0], [0.0]),
        ("x^2.0", [-3.0], [-6.0]),
        ("x^(4/2)", [0.0], [0.0]),
        ("x^0", [0.0], [0.0]),
        ("x^1", [0.0], [1.0]),
        ("x^-2", [-2.0], [0.25]),
        ("(x-1)^3", [-2.0], [27.0]),
        ("x^64", [-1.0], [-64.0]),
        ("x^65", [-1.0], [65.0]),
        ("x^y", [2.0, 3.0], [12.0, 8 * np.log(2)]),
        ("2^x", [3.0], [8 * np.log(2)]),
        ("w[3]*w[1]", [1.0, 2.0, 3.0, 4.0], [0.0, 4.0, 0.0, 2.0]),
        ("max(x, y, 0)", [1.0, 2.0], [0.0, 1.0]),
        ("atan2(y, x)", [1.0, 1.0], [-0.5, 0.5]),
    ],
)
def test_jax_differentiates(text, w, expected):
    np.testing.assert_allclose(slope(text, *w), expected, rtol=1e-15, atol=0)


@pytest.mark.parametrize("k", [2, 3, 5, 64, -1, -3])
@pytest.mark.parametrize("x", [-1.5, -1.0, 0.5, 2.0])
def test_whole_powers_differentiate_as_products(k, x):
    np.testing.assert_allclose(slope(f"x^{k}" if k > 0 else f"x^({k})", x), [k * x ** (k - 1)], rtol=1e-14)


def test_jax_compiles_maps_and_keeps_the_precision_it_is_given():
    expression = parse("x^2*pi + min(y, 2)/3")
    points = np.array([[1.0, 2.0], [3.0, 1.0]])
    compiled = jax.jit(jax.vmap(lambda w: expression(w, jnp)))
    assert compiled(jnp.asarray(points, dtype=np.float32)).dtype == np.float32
    with jax.enable_x64(True):
        assert compiled(jnp.asarray(points, dtype=np.float32)).dtype == np.float32
        wide = compiled(jnp.asarray(points))
        assert wide.dtype == np.float64
        np.testing.assert_allclose(wide, expression(points.T, np), rtol=1e-15)


def test_a_number_beyond_single_precision_is_inf_there_without_a_warning():
    value = parse("x + 1e300")(jnp.ones(1, dtype=np.float32), jnp)
    assert value.dtype == np.float32
    assert np.isposinf(value)


def test_the_deepest_and_the_longest_formula_are_evaluated_and_differentiated():
    deep = "x+2*sin(" * 99 + "x" + ")" * 99
    long = "+".join(["x"] * 1000)
    power = "^".join(["x"] * 101)
    for text in (deep, long, power):
        h = 1e-6
        numeric = (at(text, 0.9 + h) - at(text, 0.9 - h)) / (2 * h)
        np.testing.assert_allclose(slope(text, 0.9), [numeric], rtol=1e-4)


REFUSED = [
    "x and y", "not x", "~x", "x // y", "x % y", "x @ y", "x << y", "x | y", "(x := y)", "lambda: x", "x if y else x",
    "{x: y}", "{x}", "[x]", "(x, y)", "[x for x in y]", "{x for x in y}", "{x: y for x in y}", "(x for x in y)",
    "x < y", "x == y", "x.real", "x[y]", "x[0:1]", "x['a']", "f'{x}'", "'a'", "b'a'", "None", "True", "1j", "...",
    "x[True]", "v[9]", "unknown", "sin", "unknown(x)", "sin.real(x)", "(sin)(x)(x)", "sin(*x)", "sin(x=1)", "sin(**x)",
    "max(x, key=y)", "sin()", "min()", "sin(x, y)", "await_(x)", "print(x)", "__import__('os')",
]  # fmt: skip


@pytest.mark.parametrize("python", REFUSED)
def test_the_allow_list_refuses_every_other_syntax_by_itself(python):
    source = Source("as written", {0: 1}, {"x": 0, "y": 1, "v[0]": 2})
    with pytest.raises(FormulaError, match=r"cannot be read|is given"):
        lower(ast.parse(python, mode="eval").body, source)


def test_the_allow_list_is_tried_on_every_kind_of_expression():
    tried = {type(node) for python in REFUSED for node in ast.walk(ast.parse(python, mode="eval"))}
    outside = {ast.Await, ast.Yield, ast.YieldFrom}  # no text alone can hold them
    strings_of_templates = {getattr(ast, name) for name in ("TemplateStr", "Interpolation") if hasattr(ast, name)}
    kinds = {kind for kind in ast.expr.__subclasses__() if kind.__module__ == "ast"}
    assert kinds - tried - outside - strings_of_templates == set()
