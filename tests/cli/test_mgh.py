"""The sums of squares of More, Garbow and Hillstrom on the command line: ``mgh:NAME`` wherever a function is named."""

import csv
import io
import json

import numpy as np
import pytest

import steepest as package

gallery = package.gallery
NAMES = [*gallery.mgh_names(), "bdqrtic", "cube", "mancino", "heart8ls"]


def test_the_gallery_lists_the_set_in_a_section_of_its_own(steepest):
    section = steepest("gallery").stdout.split("\n\n")[1]
    assert section.rstrip("\n") == steepest("gallery", "mgh").stdout.rstrip("\n")
    heading, head, *lines = section.splitlines()
    assert heading == "sums of squares of More, Garbow and Hillstrom, at their usual sizes"
    assert head.split() == ["name", "variables", "residuals", "known", "minimum"]
    assert [line.split()[0] for line in lines] == [f"mgh:{name}" for name in NAMES]
    assert section.isascii()


@pytest.mark.parametrize("name", NAMES)
def test_the_single_view(steepest, name):
    problem = gallery.mgh(name)
    text = steepest("gallery", f"mgh:{name}").stdout
    words = " ".join(text.split())
    assert text.startswith(f"{name}\n")
    assert text.isascii()
    assert max(map(len, text.splitlines())) <= 100
    assert problem.formula in words
    assert problem.source in words
    assert f" residuals {problem.m}" in words
    assert words.endswith(f"try steepest run mgh:{name}")


@pytest.mark.parametrize(
    ("name", "variables"),
    [("bard", "3"), ("watson", "2 to 31; here 6"), ("extended_rosenbrock", "2 to 1,000, in steps of 2; here 10")],
)
def test_the_dimensions_there_are(steepest, name, variables):
    lines = steepest("gallery", f"mgh:{name}").stdout.splitlines()
    assert f"  variables  {variables}" in lines


def test_json_and_csv_hold_the_same_problems(steepest):
    entries = json.loads(steepest("gallery", "mgh", "--format", "json").stdout)
    rows = list(csv.DictReader(io.StringIO(steepest("gallery", "mgh", "--format", "csv").stdout)))
    assert [entry["name"] for entry in entries] == [row["name"] for row in rows] == NAMES
    for entry, row in zip(entries, rows, strict=True):
        problem = gallery.mgh(entry["name"])
        assert (entry["n"], entry["m"], entry["number"]) == (problem.n, problem.m, problem.number)
        assert (int(row["n"]), int(row["m"]), int(row["number"])) == (problem.n, problem.m, problem.number)
        assert float(row["minimum_f"]) == entry["minimum"]["f"] == problem.minimum.f
        np.testing.assert_array_equal(entry["minimum"]["w"], problem.minimum.w)
    assert sum(entry["unconstrained"] for entry in entries) == 18


def test_one_problem_as_json_is_no_list(steepest):
    assert json.loads(steepest("gallery", "mgh:bard", "--format", "json").stdout)["m"] == 15


def test_a_problem_is_run_by_its_name(steepest):
    printed = json.loads(steepest("run", "mgh:Brown-Dennis", "--max-iter", "20", "--format", "json").stdout)
    run = package.minimize(gallery.mgh("brown_dennis"), max_iter=20)
    assert printed["f"] == run.f
    assert printed["w"] == run.w.tolist()


def test_n_is_the_number_of_variables(steepest):
    assert "watson, 9 variables" in steepest("run", "mgh:watson", "--n", "9", "--max-iter", "3").stdout


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("run", "mgh:brad"), "More-Garbow-Hillstrom problem 'brad' is not known; did you mean 'bard'?"),
        (("gallery", "mgh:brad"), "More-Garbow-Hillstrom problem 'brad' is not known; did you mean 'bard'?"),
        (("run", "mgh:watson", "--n", "40"), "n of watson must be 2 to 31; got 40"),
    ],
)
def test_what_there_is_not_is_one_sentence(refusal, words, sentence):
    assert refusal(*words) == sentence


def test_a_name_that_only_begins_like_the_set_is_a_function_s(refusal):
    assert refusal("gallery", "mghx").startswith("gallery function 'mghx' is not known; ")


def test_a_gradient_is_not_asked_for(refusal):
    assert "has its own gradient" in refusal("run", "mgh:bard", "--grad", "finite")
