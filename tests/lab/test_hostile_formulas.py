"""Hostile formulas through the lab's own WebSocket: each is answered, with what it is or with one sentence."""

import gc
import time
import weakref
from random import Random

import numpy as np
import pytest

from steepest.lab.asks import every_ask
from steepest.lab.reading import known_formula, problem_of
from steepest.lab.work import Job

from ..problems.formulas.conftest import VARIABLES, formula
from ..problems.formulas.test_mutations import HOSTILE, mutated
from .apart import MEGABYTE, Apart, Asking, is_sentence, weighed

NASTY = [
    *HOSTILE, "9^9^9^9^9*x", "x^9^9^9^9", "(x^64)^64", "x^-64^64", "exp(" * 90 + "x" + ")" * 90, "x^" * 90 + "x",
    "max(" + ",".join("x" * 900) + ")", "-" * 99 + "x", "x" * 60 + "^2", "w[999]^2", "w[1000]^2", "w[9999]^2",
    "+".join(f"x{k}" for k in range(250)), "*".join(["sin(x)"] * 100), "x" * 100_000, "(" * 50_000 + ")" * 50_000,
    "x+" * 50_000 + "x", "x.__class__", "x.__class__.__mro__[1]", "(x).real", "type(x)", "getattr(x, 'a')",
    "globals()", "__builtins__['eval']", "lambda x: x^2", "[x for x in w]", "{x for x in w}", "(x for x in w)",
    "import os", "os.system('x')", "open('/etc/passwd')", "x if 1 else y", "f'{x}'", "b'x'", "'x' * 9", "x @ y",
    "x & y", "x | y", "~x", "x << 9", "x % 2", "x <> y", "x := 2", "sin", "sin(x)(y)", "sin=3", "pi(x)", "e[0]",
    "np.exp(x)", "jax.numpy.sin(x)", "functions(x)", "values[0]", "self", "x" + "\u0301",
    "\u212f^x", "\u03c0*x", "\u0445^2", "x\u00b2",
    "\u200bx", "x\u00a0+ 1", "\ufeffx^2", "\U0001f600", "1e308*x*1e308", "x/0", "0/0*x", "(-1)^0.5*x",
    "log(-x^2)", "sqrt(-1-x^2)", "1e308*10*x", "x-x", "0*x", "1/x", "x^x^x^x", "min(x, -x)^-3", "abs(x)^0.5",
]  # fmt: skip
"""Each also in a test of the parser, where it can be; here they go through everything up to the picture."""


def hostile_texts(count, seed):
    """The nasty ones, then formulas broken or grown at random."""
    random = Random(seed)
    yield from NASTY
    for _ in range(count - len(NASTY)):
        grown = formula(random, random.randint(1, 12), random.choice(VARIABLES))
        for _ in range(random.randint(1, 3)):
            grown = mutated(random, grown)
        yield grown


@pytest.fixture(scope="module")
def apart():
    lab = Apart()
    yield lab
    lab.close()


def hammer(apart, count, seed):
    """Asks for ``count`` texts; the seconds of each, and how many were formulas after all."""
    seconds, formulas = [], 0
    with apart.visitor.live() as socket:
        page = Asking(socket)
        page.ask("problem", problem={"kind": "formula", "text": "x^2 + y^2"})
        before = apart.memory()
        for k, text in enumerate(hostile_texts(count, seed)):
            problem = {"kind": "formula", "text": text}
            began = time.perf_counter()
            answer = page.ask("problem", problem=problem)
            seconds.append(time.perf_counter() - began)
            if "error" in answer:
                assert is_sentence(answer["error"]["message"]), (text[:300], answer)
                column = answer["error"]["column"]
                assert column is None or 1 <= column <= len(text) + 1
                continue
            formulas += 1
            if k % 20 == 0:
                runs = [{"method": "momentum", "fields": {}}, {"method": "adam", "fields": {}}]
                answer = page.ask("paths", problem=problem, iterations=20, runs=runs)
                assert is_sentence(answer["error"]["message"]) if "error" in answer else answer["answer"]["runs"]
        growth = apart.memory("VmHWM") - before
        answer = page.ask("problem", problem={"kind": "gallery", "name": "sphere", "n": 2})
        assert answer["answer"]["name"] == "sphere"
    assert apart.process.poll() is None
    assert apart.said() == ""
    return seconds, formulas, growth


def test_of_many_formulas_only_so_many_are_kept():
    kept = [weakref.ref(problem_of({"kind": "formula", "text": f"x^2 + {k}"})) for k in range(200)]
    gc.collect()
    assert sum(each() is not None for each in kept) == known_formula.cache_info().maxsize == 64


@pytest.mark.parametrize(
    "text",
    ["hypot(" * 95 + "x" + ",y)" * 95, "min(" * 95 + "x" + ",y*x)" * 95, "*".join(["(x^1.5+y)"] * 250),
     "max(" + ",".join(["x*y"] * 600) + ")"],
)  # fmt: skip
def test_what_would_be_compiled_for_minutes_is_not_compiled(text):
    """And what is copied still gives the same numbers."""
    setting = {"problem": {"kind": "formula", "text": text}, "start": [0.5, 0.7], "iterations": 5}
    run, job = {"method": "momentum", "fields": {"learning_rate": 1e-6}}, Job(1, None, None, lambda job: None)
    (told,) = every_ask()["paths"].ask(setting | {"runs": [run]}, job)["runs"]
    assert problem_of(setting["problem"]).gradient_note.startswith("central differences")
    found = {}
    exec(every_ask()["share"].ask(setting | {"run": run}, job)["python"], found)
    np.testing.assert_array_equal(found["run"].w, told["w"])


@weighed
def test_hostile_formulas_are_answered_or_refused_in_a_sentence(apart):
    _, formulas, growth = hammer(apart, 1000, seed=1)
    assert formulas > 10
    assert growth < 500 * MEGABYTE


@weighed
@pytest.mark.slow
def test_ten_thousand_hostile_formulas(apart):
    seconds, formulas, growth = hammer(apart, 10_000, seed=2)
    slowest = 1e3 * float(np.percentile(seconds, 99))
    print(f"99 % were answered in {slowest:.0f} ms; {formulas:,} were formulas; memory grew by {growth / 1e6:.0f} MB")
    assert formulas > 100
    assert growth < 800 * MEGABYTE
