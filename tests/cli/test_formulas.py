"""``steepest run "formula"``: what it runs, what it draws, and how it points at what is wrong."""

import json
import re
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import steepest as package
from steepest import line_search, schedules
from steepest.base.errors import FormulaError
from steepest.cli.formulas import misread, pointed
from steepest.cli.options import Setting
from steepest.problems.formulas import parse

ROSENBROCK = "(1-x)^2 + 100*(y-x^2)^2"


def run_json(steepest, *words):
    return json.loads(steepest("run", *words, "--format", "json").stdout)


# -- running -----------------------------------------------------------------------------------------------------------


def test_a_formula_runs_as_in_python(steepest):
    summary = run_json(steepest, ROSENBROCK, "--w0", "-1.2,1")
    run = package.minimize(ROSENBROCK, [-1.2, 1])
    assert summary["w"] == run.w.tolist()
    assert summary["nit"] == run.nit
    assert summary["recipe"]["problem_name"] == ROSENBROCK


def test_the_terminal_says_what_it_says_of_the_gallerys_own(steepest):
    lines = steepest("run", ROSENBROCK, "--w0", "-1.2,1").stdout.splitlines()
    assert lines[0] == f"{ROSENBROCK}, 2 variables, start (-1.2, 1), gradient: automatic"
    assert lines[1] == "momentum   learning_rate 0.0006638 (auto: 1 / curvature 1506 at the start)   momentum 0.9"
    assert lines[3].startswith("CONVERGED after 4,613 iterations, ")
    assert lines[4] == "  f  24.2 -> 1.563e-12"


@pytest.mark.parametrize(("how", "note"), [("automatic", "automatic"), ("finite", "central differences, 4 eval")])
def test_grad_says_how_it_is_differentiated(steepest, how, note):
    result = steepest("run", "(x-1)^2 + y^2", "--w0", "3,1", "--grad", how)
    assert f"gradient: {note}" in result.stdout
    assert "CONVERGED" in result.stdout


def test_spsa_and_its_seed(steepest):
    words = ["(x-1)^2 + y^2", "--w0", "3,1", "--grad", "spsa", "--lr", "0.02", "--max-iter", "50", "--grad-tol", "none"]
    first, again, other = (run_json(steepest, *words, "--seed", seed)["w"] for seed in ("1", "1", "2"))
    assert first == again != other


@pytest.mark.parametrize("how", ["finite", "spsa", "automatic"])
def test_a_saved_run_of_a_formula_comes_back_with_its_gradient(steepest, tmp_path, how):
    path = tmp_path / "run.npz"
    words = ["--grad", how, "--lr", "0.02", "--momentum", "0", "--max-iter", "20", "--seed", "4"]
    steepest("run", "(x-1)^2 + 3*y^2", "--w0", "3,1", *words, "--save", str(path))
    loaded = package.load(path)
    np.testing.assert_array_equal(loaded.replay().history.w, loaded.history.w)


@pytest.mark.parametrize("engine", ["python", "jax"])
def test_the_engine_is_the_one_asked_for(steepest, engine):
    assert run_json(steepest, "x^2", "--w0", "3", "--engine", engine)["recipe"]["engine"] == engine


def test_bounds_without_starts_are_kept(steepest):
    summary = run_json(steepest, "(x-3)^2 + (y+1)^2", "--w0", "0,0", "--bounds", "-0.5,1", "--lr", "0.1")
    assert summary["w"] == pytest.approx([1, -0.5])
    assert summary["success"]


def test_starts_are_drawn_from_the_bounds(steepest):
    summary = run_json(steepest, "x^2 + y^2", "--bounds", "1,2;3,4", "--starts", "4", "--max-iter", "1")
    assert len(summary["others"]) == 3
    assert all(1 <= o["w0"][0] <= 2 and 3 <= o["w0"][1] <= 4 for o in summary["others"])


def test_a_lone_word_with_a_start_is_a_formula(steepest):
    assert steepest("run", "x", "--w0", "1", "--max-iter", "3").stdout.startswith("x, 1 variable, start (1)")


@pytest.mark.parametrize(
    ("formula", "start"),
    [("w^4 - 3*w^2 + w", "2"), ("(x-1)^2 + 4*y^2", "3,1"), ("a^2 + 2*b^2 + 3*(c-a)^2 + d^2", "1,1,2,1"),
     ("log(x)^2 + (x/y - 1)^2 + " + "0*x + " * 40 + "0", "2,1")],
)  # fmt: skip
@pytest.mark.parametrize("suffix", ["png", "svg"])
def test_plots_of_formulas(steepest, tmp_path, formula, start, suffix):
    path = tmp_path / f"path.{suffix}"
    result = steepest("run", formula, "--w0", start, "--plot", str(path), "--max-iter", "60")
    assert result.exit_code == 0
    assert f"drew {path}" in result.stderr
    assert path.stat().st_size > 5_000


@pytest.mark.parametrize(
    ("formula", "labels"),
    [("u^2 + v2^2", ("$u$", "$v_{2}$")), ("w[0]^2 + w[1]^2", ("$w_{0}$", "$w_{1}$")),
     ("cost^2 + x_1^2", ("cost", "x_1"))],
)  # fmt: skip
def test_axes_bear_the_formulas_variables(formula, labels):
    assert package.minimize(formula, [1, 2], max_iter=2, learning_rate=0.1).plot_path().data["labels"] == labels


# -- pointing at a fault -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("formula", "caret", "sentence"),
    [
        ("(1-x)^2 + foo(y)", 10, "unknown function 'foo' at column 11; known: "),
        ("x^2 +* y", 5, "'*' out of place at column 6; "),
        ("n=3*x", 1, "the character '=' cannot be used at column 2; "),
        ("x^2 + (y", 6, None),
        ("x^2 + y)", 7, None),
        ("x.y", 1, None),
        ("1 + 2", 0, "no variable at column 1; "),
    ],
)
def test_a_caret_stands_below_the_column(steepest, formula, caret, sentence):
    result = steepest("run", formula)
    assert (result.exit_code, result.stdout) == (2, "")
    shown, below, told, *rest = result.stderr.splitlines()
    assert rest == []
    assert shown == f"  {formula}"
    assert below == f"  {' ' * caret}^"
    assert told.startswith(f"error: {sentence}" if sentence else "error: ")
    assert f"at column {caret + 1}" in told


def test_foreign_characters_are_shown_as_escapes(steepest):
    result = steepest("run", "x\N{SUPERSCRIPT TWO} + y")
    assert result.stderr.isascii()
    assert result.stderr.splitlines()[:2] == ["  x\\xb2 + y", "   ^"]
    assert "error: the character U+00B2 cannot be used at column 2; write ^2" in result.stderr


def test_of_a_long_formula_the_part_around_the_fault_is_shown(steepest):
    result = steepest("run", "x + " * 300 + "bad(y)" + " + x" * 300)
    shown, below, told = result.stderr.splitlines()
    assert len(shown) < 110
    assert shown[below.index("^") :].startswith("bad(y)")
    assert told.startswith("error: ")
    assert "unknown function 'bad' at column 1201" in told


def test_an_empty_formula_is_one_sentence(refusal):
    assert refusal("run", "") == "nothing written at column 1; write for example x^2 + y^2"


def fault_of(text):
    try:
        parse(text)
    except FormulaError as error:
        return error
    return None


@given(st.text(max_size=200))
def test_the_caret_is_below_the_fault_whatever_is_written(text):
    error = fault_of(text)
    if error is None:
        return
    shown, below = pointed(error)
    assert (shown + below).isascii()
    assert "\n" not in shown + below + misread(error)
    assert set(below) == {" ", "^"}
    at = below.index("^")
    assert at <= len(shown)
    if error.column <= len(text):
        character = text[error.column - 1]
        plain = character.isascii() and character.isprintable()
        assert shown[at] == (character if plain else "\\")


def test_a_formula_that_begins_with_a_minus(refusal, steepest):
    sentence = refusal("run", "-x^2 + y", "--w0", "1,1")
    assert sentence == "'-x^2 + y' begins with a minus, as flags do; write a formula in brackets, '(-x^2 + y)'"
    assert steepest("run", "(-x^2 + y)", "--w0", "1,1", "--max-iter", "1").exit_code == 0


# -- what a formula lacks ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["rosenbrok", "--w0", "1,1"], "'rosenbrok' is no gallery function; did you mean 'rosenbrock'?"),
        (["Styblinski-Tan"], "'Styblinski-Tan' is no gallery function; did you mean 'styblinski_tang'?"),
        (["qqq"], "'qqq' is no gallery function; the gallery has ackley, beale, "),
        (["x^2"], "--w0 is missing: a formula has no start of its own; write --w0 with 1 number, for x"),
        (["y^2 + x^2"],
         "--w0 is missing: a formula has no start of its own; write --w0 with 2 numbers, for x and y, in this order"),
        (["w[9]^2"], "--w0 is missing: a formula has no start of its own; write --w0 with 10 numbers, "
                     "for w[0], w[1], w[2], ... w[9], in this order"),
        (["x^2 + y^2", "--w0", "1"], "--w0 must have 2 numbers, for x and y, in this order; got 1"),
        (["x^2", "--w0", "1", "--n", "2"], "--n is for functions of the gallery; the variables of this formula are x"),
        (["x^2", "--starts", "3"], "--starts are drawn from --bounds, which a formula has none of; add --bounds"),
        (["x^2", "--bounds", "1,2"], "--w0 is missing: "),
        (["x^2", "--w0", "1", "--grad", "exact"],
         "grad of a formula must be 'automatic', 'finite' or 'spsa'; got 'exact'"),
        (["x^2", "--w0", "1", "--grad", "spsa", "--workers", "2"], "--workers 2 evaluate the points of central diff"),
        (["x^2", "--w0", "1", "--workers", "0"], "workers must be a whole number of at least 1; got 0"),
    ],
)  # fmt: skip
def test_what_is_missing_or_too_much_is_one_sentence(refusal, words, sentence):
    assert refusal("run", *words).startswith(sentence)


# -- schedules and line searches ---------------------------------------------------------------------------------------


def test_numbers_of_a_method_may_be_schedules(steepest):
    words = ["--lr", "cosine(0.1, end=0.001)", "--momentum", "polynomial(0.5, 0.9)", "--max-iter", "60"]
    summary = run_json(steepest, "sphere", *words)
    run = package.minimize(
        package.gallery.sphere(), learning_rate=schedules.Cosine(0.1, end=0.001),
        momentum=schedules.Polynomial(0.5, 0.9), max_iter=60,
    )  # fmt: skip
    assert summary["w"] == run.w.tolist()
    shown = steepest("run", "sphere", *words).stdout.splitlines()[1]
    assert shown.startswith("momentum   learning_rate cosine(start 0.1, end 0.001")


@pytest.mark.parametrize("text", ["armijo", "armijo()", "Armijo(start=1)", "exact"])
def test_the_rate_may_be_a_line_search(steepest, text):
    result = steepest("run", "booth", "--method", "gradient-descent", "--lr", text)
    assert "CONVERGED" in result.stdout
    assert re.search(r"learning_rate (armijo|exact)", result.stdout)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cosine(0.1,end=0)", schedules.Cosine(0.1, end=0.0)),
        (" warm-restarts ( 0.1 , period = 20 ) ", schedules.WarmRestarts(0.1, 20.0)),
        ("step(1e-3, 100, 0.5)", schedules.Step(1e-3, 100.0, 0.5)),
        ("warm_up(0.1, 5)", schedules.WarmUp(0.1, 5.0)),
        ("armijo(decrease=0.1)", line_search.Armijo(decrease=0.1)),
        ("0.5", 0.5),
    ],
)
def test_a_call_becomes_the_object(text, expected):
    made = Setting().convert(text, None, None)
    assert type(made) is type(expected)
    assert made == expected


@pytest.mark.parametrize("name", schedules.names())
def test_every_schedule_can_be_written(name):
    kind = schedules.find(name)
    needed = [field for field in kind._fields if field not in kind._field_defaults]
    made = Setting().convert(f"{name}({', '.join(f'{field}=1' for field in needed)})", None, None)
    assert type(made) is kind


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("cosin(1)", "schedule 'cosin' is not known; did you mean 'cosine'?"),
        ("cosine", "cosine takes start, end and steps, as numbers; start must be given, as in cosine(start=1)"),
        ("cosine(1, fin=3)", "cosine takes start, end and steps, as numbers; got 'fin=3'"),
        ("cosine(1, start=3)", "cosine takes start, end and steps, as numbers; got 'start=3'"),
        ("cosine(1, 2, 3, 4)", "cosine takes start, end and steps, as numbers; got '4'"),
        ("cosine(x)", "cosine takes start, end and steps, as numbers; got 'x'"),
        ("cosine(0.1,)", "cosine takes start, end and steps, as numbers; got ''"),
        ("cosine(-1)", "start of Cosine must be a finite number of at least 0; got -1.0"),
        ("warm_up(cosine(1), 5)", "--learning-rate must be a number or auto; got 'warm_up(cosine(1), 5)'"),
        ("__import__('os')", "schedule '__import__' is not known; "),
    ],
)
def test_a_call_that_cannot_be_read_is_one_sentence(refusal, text, sentence):
    assert refusal("run", "sphere", "--lr", text).startswith(sentence)


def test_numpys_global_generator_is_left_alone_even_by_the_import_of_jax():
    code = (
        "import numpy as np; np.random.seed(3); import steepest; "
        "steepest.minimize('x^2 + y^2', [1, 2]); print(np.random.random())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert float(done.stdout) == np.random.RandomState(3).random_sample()
