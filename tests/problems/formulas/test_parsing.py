"""What a formula may hold, in which order its variables come, and where each fault is found."""

import ast
import pickle

import numpy as np
import pytest

from steepest.base.errors import ArgumentError, ArgumentTypeError, FormulaError
from steepest.problems.formulas import parse

ROSENBROCK = "(1-x)^2 + 100*(y-x^2)^2"


def value(text, **at):
    """The value of a formula at named variables."""
    expression = parse(text)
    return expression(np.array([at[name] for name in expression.variables]), np)


def test_reads_rosenbrock():
    expression = parse(ROSENBROCK)
    assert expression.text == ROSENBROCK
    assert expression.variables == ("x", "y")
    assert expression.n == 2
    assert expression(np.array([-1.2, 1.0]), np) == pytest.approx(24.2, rel=1e-15)


@pytest.mark.parametrize(
    ("text", "variables"),
    [
        ("z + y*x", ("x", "y", "z")),
        ("+".join(f"w{i}" for i in range(10, 0, -1)), tuple(f"w{i}" for i in range(1, 11))),
        ("a2b10 + a2b9 + a10b1", ("a2b9", "a2b10", "a10b1")),
        ("x1 + x + x_1 + X", ("X", "x", "x1", "x_1")),
        ("w[0] + w [ 2 ]", ("w[0]", "w[1]", "w[2]")),
        ("theta[3]^2", ("theta[0]", "theta[1]", "theta[2]", "theta[3]")),
        ("e*x + pi*E + tau", ("E", "x")),
        ("_ + __import__ + match", ("_", "__import__", "match")),
    ],
)
def test_variables_come_in_natural_order(text, variables):
    assert parse(text).variables == variables


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("-x^2", -9.0),
        ("x^2^3 / x**8", 1.0),
        ("2^-x", 0.125),
        ("x - 1 - 1", 1.0),
        ("x / 2 / 3 * 4", 2.0),
        ("12/x*2", 8.0),
        ("- - -x", -3.0),
        ("+x*-x", -9.0),
        ("  2 * ( x+1 ) ", 8.0),
        (".5*x + 1.*x + 1e1 + 2E-1 + 3e+0", 17.7),
        ("007*x", 21.0),
        ("min(x, 2, 5) + 10*max(1, x) + 0*e", 32.0),
        ("atan2(x, 3)*4/pi + hypot(x, 4) + ln(e)", 7.0),
    ],
)
def test_signs_powers_and_functions_bind_as_in_python(text, expected):
    assert value(text, x=3.0) == pytest.approx(expected, rel=1e-15)


@pytest.mark.parametrize(
    ("text", "column", "words"),
    [
        ("", 1, "nothing written"),
        ("   ", 1, "nothing written"),
        ("3 + pi", 1, "no variable"),
        ("x + foo(y)", 5, "unknown function 'foo' at column 5; known: sqrt exp log"),
        ("x ^ 2 + foo(y)", 9, "unknown function 'foo'"),
        ("sen(x)", 1, "did you mean sin?"),
        ("1 + sqroot(x)", 5, "did you mean sqrt?"),
        ("Sin(x)", 1, "did you mean sin?"),
        ("x(y+1)", 1, "for a product write x*(...)"),
        ("pow(x, 2)", 1, "write x^y"),
        ("floor(x)", 1, "no slope"),
        ("2x", 2, "write 2*x"),
        ("x^2 + 3 x", 9, "write 3*x"),
        ("x y", 3, "write x*y"),
        ("2e", 2, "write 2*e"),
        ("2(x+1)", 2, "write 2*(...)"),
        ("(x)(y)", 4, "write )*(...)"),
        ("2sin(x)", 2, "write 2*sin(...)"),
        ("sin x", 5, "write sin(x)"),
        ("sin + x", 1, "sin is a function"),
        ("1_000*x", 2, "digits without _"),
        ("|x|", 1, "write abs(x)"),
        ("x == 1", 3, "without an equals sign"),
        ("f = x^2", 3, "without an equals sign"),
        ("x < 1", 3, "use min, max or abs"),
        ("x.real", 2, "a point belongs inside a number"),
        ("x\u2212y", 2, "U+2212 cannot be used at column 2; write -"),
        ("x\u00b2", 2, "write ^2"),
        ("x\n+ y", 2, "on one line"),
        ("x\0", 2, "U+0000"),
        ("\u0445^2", 1, "U+0445"),
        ("x; y", 2, "';' cannot be used"),
        ("x # y", 3, "'#' cannot be used"),
        ("(x := 3)", 4, "':' cannot be used"),
        ("x if y else z", 3, "the word 'if'"),
        ("lambda*x", 1, "write lambda_"),
        ("True*x", 1, "the word 'True'"),
        ("inf*x", 1, "finite number"),
        ("x + NaN", 5, "finite number"),
        ("2*PI*x", 3, "did you mean pi?"),
        ("(x", 1, "never closed"),
        ("sin(x + (y)", 4, "never closed"),
        ("x)", 2, "closes nothing"),
        ("(x]", 3, "square brackets"),
        ("x + ", 5, "stops short"),
        ("x ^^ 2", 4, "'^' out of place"),
        ("* x", 1, "'*' out of place"),
        ("x***y", 4, "'*' out of place"),
        ("x//y", 2, "write / to divide"),
        ("x % y", 3, "'%' cannot be used"),
        ("()", 2, "nothing between"),
        ("x + sin()", 9, "nothing between"),
        ("x, y", 2, "comma outside"),
        ("sin((x, y))", 7, "comma outside"),
        ("max(x,)", 7, "')' out of place"),
        ("x + sin(x, y)", 5, "sin is given 2 arguments at column 5; it takes 1"),
        ("x ^ 2 + max(x)", 9, "it takes 2 or more"),
        ("atan2(x, y, z)", 1, "it takes 2"),
        ("[x]", 1, "square brackets"),
        ("w[-1]", 2, "square brackets"),
        ("w[x]", 2, "square brackets"),
        ("w[0.0]", 2, "square brackets"),
        ("w[0][1]", 5, "square brackets"),
        ("x + w[10000]", 7, "the largest is 9,999"),
        ("w[0] + x", 8, "'x' stands beside 'w[...]'"),
        ("w + w[0]", 5, "'w[0]' stands beside 'w'"),
        ("w[0] + v[1]", 8, "a second vector 'v'"),
        ("pi[0]", 1, "pi is a constant"),
        ("1e999*x", 1, "too large"),
    ],
)
def test_a_fault_is_named_with_its_column_and_what_to_write(text, column, words):
    with pytest.raises(FormulaError) as caught:
        parse(text)
    message = str(caught.value)
    assert words in message
    assert f"at column {column}; " in message
    assert (caught.value.text, caught.value.column) == (text, column)
    assert message.isascii()
    assert message.isprintable()


def test_the_message_quotes_the_formula_as_written():
    with pytest.raises(FormulaError, match=r'^formula "2x": no sign .* at column 2; for a product write 2\*x$'):
        parse("2x")


def test_of_a_long_formula_the_message_shows_the_part_around_the_column():
    with pytest.raises(FormulaError) as caught:
        parse("x+" * 400 + "foo(y)" + "+x" * 400)
    assert caught.value.column == 801
    assert '"...x+x+' in str(caught.value)
    assert "foo(y)" in str(caught.value)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(
    ("allowed", "refused", "column"),
    [
        ("x" + " " * 3999, "x" + " " * 4000, 4001),
        ("+".join(["x"] * 1000), "+".join(["x"] * 1001), 2001),
        ("(" * 100 + "x" + ")" * 100, "(" * 101 + "x" + ")" * 101, 101),
        ("-" * 100 + "x", "-" * 101 + "x", 101),
        ("^".join(["x"] * 101), "^".join(["x"] * 102), 202),
        ("x+" + "sin(" * 100 + "x" + ")" * 100, "x+" + "sin(" * 101 + "x" + ")" * 101, 406),
        ("x*" + "1" * 40, "x*" + "1" * 41, 3),
        ("x*1." + "0" * 37 + "e1", "x*1." + "0" * 38 + "e+10", 3),
        ("w[9999]", "w[10000]", 3),
        ("w[0009999]", "w[" + "9" * 3000 + "]", 3),
        ("a" * 60, "a" * 61, 1),
    ],
)
def test_each_limit_holds_to_the_last_one_allowed(allowed, refused, column):
    expression = parse(allowed)
    assert np.isfinite(expression(np.full(expression.n, 0.5), np))
    with pytest.raises(FormulaError) as caught:
        parse(refused)
    assert caught.value.column == column


def test_signs_and_powers_that_have_their_right_side_do_not_count_as_depth():
    assert value("+".join(["-x^2"] * 300) + "*-x**-2", x=2.0) == -4.0 * 299 + 4.0 * 0.25


def test_powers_of_powers_of_integers_take_no_time():
    assert value("10**10**10 + x", x=1.0) == np.inf
    assert value("9^9^9^9^9 * x", x=-1.0) == -np.inf


def test_only_a_text_is_a_formula():
    for wrong in (None, 3.0, b"x", ["x"]):
        with pytest.raises(ArgumentTypeError, match="must be a text"):
            parse(wrong)


@pytest.mark.parametrize("error", [SyntaxError, ValueError, MemoryError, RecursionError])
def test_what_pythons_parser_may_raise_does_not_pass(monkeypatch, error):
    def raising(*args, **kwargs):
        raise error("from Python")

    monkeypatch.setattr(ast, "parse", raising)
    with pytest.raises(FormulaError, match=error.__name__):
        parse("x")


def test_expressions_and_their_errors_can_be_pickled():
    expression = parse(ROSENBROCK)
    again = pickle.loads(pickle.dumps(expression))
    assert again == expression
    assert hash(again) == hash(expression)
    assert again(np.array([3.0, 2.0]), np) == expression(np.array([3.0, 2.0]), np)
    with pytest.raises(ArgumentError) as caught:
        parse("x + 2y")
    error = pickle.loads(pickle.dumps(caught.value))
    assert isinstance(error, FormulaError)
    assert (str(error), error.text, error.column) == (str(caught.value), "x + 2y", 6)
