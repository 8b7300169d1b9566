"""Broken and hostile texts: nothing but a FormulaError comes out, with a column in the text, without a warning."""

import time
import warnings
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from steepest.base.errors import FormulaError
from steepest.problems.formulas import parse

HOSTILE = [
    "__import__('os').system('x')", "().__class__", "lambda: 0", "x if y else z", "[i for i in x]", "9**9**9**9",
    "(" * 5000, "(" * 150, "-" * 3000 + "x", "x" * 3000, "x^" * 1500, "[" * 300, "sin(" * 200, "\0", "x\0y",
    "\u0445", "\uff58", "\u2212", "\u00b2", "\U0001d465", "\ud800", "\u202e", "(y := 3)", "f'{x}'", "exec('x')",
    "exec", "eval(x)", "compile(x)", "9" * 5000, "9" * 45, "1e999", "1e-999", "1e" + "9" * 30, "0x1F", "0b1", "0o7",
    "1_000", "1j", "True", "None", "x;y", "x#y", "x\\\ny", "\n", "\t", "'", '"', '"""', "@x", "x=1", "==", "!=", "<",
    "x.y", "...", "**kw", "*args", "x[0:1]", "x[-1]", "x[1e3]", "w[99999]", "{x}", "{x: y}", "`x`", "$", "%s", "?",
    "not x", "x and y", "x is y", "yield x", "await x", "print(x)", "__debug__", "__builtins__", "1if x else 2",
    "1or 2", "0_7", "07", "1.e", "1..real", ".", ",", ")", "(", "]", "[", "^", "**", "//", "e", "inf", "nan", "w[0]",
    "w", "|x|",
]  # fmt: skip
CHARACTERS = "xyzwe019.^*/+-()[], \t\n_'\"#;=@\\\0\u00b2\u2212\u0445sinlog"


def mutated(random, text):
    """``text`` with one to four insertions, deletions, swaps, doublings or hostile snippets."""
    for _ in range(random.randint(1, 4)):
        place, other = random.randint(0, len(text)), random.randint(0, len(text))
        match random.randint(0, 5):
            case 0:
                text = text[:place] + random.choice(CHARACTERS) + text[place:]
            case 1:
                text = text[:place] + text[place + random.randint(1, 3) :]
            case 2:
                text = text[:place] + text[place : place + 2][::-1] + text[place + 2 :]
            case 3:
                text = text[:place] + text[min(place, other) : max(place, other)] + text[place:]
            case 4:
                text = text[:place] + random.choice(CHARACTERS) + text[place + 1 :]
            case _:
                text = text[:place] + random.choice(HOSTILE) + text[place:]
    return text


def survives(text):
    """Parse ``text``; True where it is a formula, False where it is refused as it must be."""
    try:
        expression, error = parse(text), None
    except FormulaError as caught:
        expression, error = None, caught
    if error is not None:
        assert 1 <= error.column <= len(text) + 1
        assert error.text == text
        assert f" at column {error.column}; " in str(error)
        assert str(error).isascii()
        assert str(error).isprintable()
        return False
    assert type(expression(np.full(expression.n, 0.7), np)) is np.float64
    return True


def hammer(grow, count, seed):
    """The seconds that each of ``count`` mutated texts took, and how many of them were formulas still."""
    random = Random(seed)
    seconds, formulas = [], 0
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for _ in range(count):
            text = mutated(random, grow(random, random.randint(1, 12)))
            started = time.perf_counter()
            formulas += survives(text)
            seconds.append(time.perf_counter() - started)
    assert not caught
    return seconds, formulas


def test_mutated_formulas_are_read_or_refused(grow):
    _, formulas = hammer(grow, 3000, seed=1)
    assert 100 < formulas < 2000


@pytest.mark.slow
def test_a_hundred_thousand_mutated_formulas_are_read_or_refused_in_milliseconds(grow):
    seconds, formulas = hammer(grow, 100_000, seed=2)
    slowest = float(np.percentile(seconds, 99)) * 1e3
    print(f"99 % of the texts took less than {slowest:.2f} ms; {formulas:,} of them were formulas still")
    assert slowest < 5.0


@pytest.mark.parametrize(
    "text", [*HOSTILE, "x + " + "(x+" * 99 + "x" + ")" * 99, "x+" * 1999 + "x"], ids=range(len(HOSTILE) + 2)
)
def test_hostile_texts_alone_and_inside_a_formula(text):
    for whole in (text, f"x + {text}", f"sin({text})", f"{text}*x^2", f"w[{text}]"):
        survives(whole)


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(text):
    survives(text)


@given(
    st.lists(
        st.sampled_from(["x", "y", "2", ".5", "+", "-", "*", "^", "/", "(", ")", ",", "sin", "max", " "]), max_size=14
    )
)
def test_any_sequence_of_tokens_is_read_or_refused(tokens):
    survives("".join(tokens))
