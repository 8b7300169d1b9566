"""``steepest compare``: what it prints, what it writes, what it refuses."""

import json

import pytest

WORDS = ("compare", "rosenbrock,beale", "--methods", "adam,momentum,lbfgs", "--starts", "3", "--budget", "300")


def test_a_table_and_a_verdict(steepest):
    result = steepest(*WORDS)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.isascii()
    lines = result.stdout.splitlines()
    assert lines[0] == (
        "3 methods on 2 problems, 3 runs each: 18 runs, budget 300 gradient evaluations, tolerance 1e-06"
    )
    assert lines[2].split()[:2] == ["method", "solved"]
    assert lines[3].startswith("lbfgs")
    assert "lbfgs has the best mean rank, 1," in lines[-1]


def test_json_holds_everything_and_csv_the_runs(steepest):
    whole = json.loads(steepest(*WORDS, "--format", "json").stdout)
    assert whole["about"]["budget"] == 300
    assert len(whole["runs"]) == 18
    assert set(whole["ranks"]) == {"adam", "momentum", "lbfgs"}
    result = steepest(*WORDS, "--format", "csv")
    assert result.stdout.startswith("problem,start,seed,method,solved,")
    assert len(result.stdout.splitlines()) == 19
    assert "best mean rank" in result.stderr


@pytest.mark.parametrize("suffix", ["npz", "json", "csv", "tex"])
def test_it_is_kept(steepest, tmp_path, suffix):
    path = tmp_path / f"found.{suffix}"
    result = steepest(*WORDS, "--save", str(path))
    assert result.stderr == f"saved {path}\n"
    assert path.stat().st_size > 100


def test_profiles_are_drawn(steepest, tmp_path):
    path = tmp_path / "profiles.png"
    result = steepest(*WORDS, "--plot", str(path))
    assert result.stderr == f"drew {path}\n"
    assert path.read_bytes().startswith(b"\x89PNG")


def test_methods_with_numbers_scipys_methods_and_tuning(steepest):
    methods = "momentum(learning_rate=0.001, momentum=0.5),scipy:bfgs,adam"
    result = steepest("compare", "booth", "--methods", methods, "--budget", "100", "--tune", "3")
    assert result.exit_code == 0
    assert "tuning: momentum(learning_rate=0.001, momentum=0.5) none: learning_rate was given" in result.stdout
    assert "adam 3 runs a problem" in result.stdout


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["booth"], "--methods is missing; give two or more, such as --methods adam,momentum"),
        (["booth", "--methods", "adam"], "methods holds 1; a comparison needs two or more"),
        (["booth", "--methods", "adam,adam"], "--methods names 'adam' twice; name each once"),
        (["booth,booth", "--methods", "adam,lbfgs"], "PROBLEMS names 'booth' twice; name each once"),
        (["", "--methods", "adam,lbfgs"], "problems is empty; give at least one"),
        (["booths", "--methods", "adam,lbfgs"], "problem 'booths' is no function of the gallery"),
        (["booth", "--methods", "adam,scipy:dogleg"], "SciPy's 'dogleg' needs the Hessian"),
        (["booth", "--methods", "adam,momentum(lr=1)"], "momentum takes learning_rate, momentum"),
        (["booth", "--methods", "adam,lbfgs", "--budget", "0"], "budget must be a whole number of at least 1; got 0"),
        (["booth", "--methods", "adam,lbfgs", "--budget", "x"], "--budget must be a number; got 'x'"),
        (["x^2 + y^2", "--methods", "adam,lbfgs"], "--w0 is missing: a formula has no start of its own; write --w0"),
        (["booths,x^2", "--w0", "1", "--methods", "adam,lbfgs"], "'booths' is no gallery function; did you mean"),
        (["x^2", "--bounds", "-1,1", "--starts", "2.5", "--methods", "adam,lbfgs"], "starts must be a whole number"),
        (["x^2", "--w0", "1", "--starts", "3", "--methods", "adam,lbfgs"], "--starts are drawn from --bounds, which a"),
        (["x^2 + y^2", "--w0", "1", "--methods", "adam,lbfgs"], "--w0 must have 2 numbers, for x and y, in this order"),
        (["booth", "--w0", "1,1", "--methods", "adam,lbfgs"], "--w0 is for formulas, and all problems are of the"),
        (["booth", "--methods", "adam,lbfgs", "--save", "a.pkl"], "--save must end in .npz, .json, .csv or .tex"),
    ],
)
def test_bad_input_is_one_sentence(refusal, words, sentence):
    assert refusal("compare", *words).startswith(sentence)


def test_formulas_and_mgh_problems_are_compared_too(steepest):
    words = ("compare", "x^4 + y^2,max(x, y)^2 + x^2, MGH:Bard", "--methods", "adam,momentum", "--budget", "50")
    found = json.loads(steepest(*words, "--w0", "1,2", "--bounds", "-3,3", "--starts", "3", "--format", "json").stdout)
    assert [about["name"] for about in found["problems"]] == ["x^4 + y^2", "max(x, y)^2 + x^2", "MGH:Bard"]
    assert len(found["runs"]) == 2 * 3 * 3
    again = json.loads(steepest(*words, "--w0", "1,2", "--bounds", "-3,3", "--starts", "3", "--format", "json").stdout)
    assert [run["f"] for run in again["runs"]] == [run["f"] for run in found["runs"]]
    one = json.loads(steepest("compare", "x^2", "--w0", "2", "--methods", "adam,momentum", "--format", "json").stdout)
    assert len(one["runs"]) == 2


def test_a_fault_in_a_formula_is_pointed_at(refusal):
    assert 'formula "x^2 +* 2"' in refusal("compare", "x^2 +* 2", "--w0", "1", "--methods", "adam,lbfgs")
