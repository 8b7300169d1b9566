"""``steepest gallery``: the table and the single view say what the functions themselves say."""

import csv
import io
import json

import numpy as np
import pytest

from steepest.cli.commands.gallery import dimensions, minimum
from steepest.problems import gallery


def test_the_table_has_a_line_for_each_function(steepest):
    result = steepest("gallery")
    head, *lines = result.stdout.split("\n\n")[0].splitlines()
    assert result.stderr == ""
    assert head.split() == ["name", "variables", "known", "minimum", "formula"]
    assert max(len(line.rstrip()) for line in lines) < 160
    assert [line.split()[0] for line in lines] == list(gallery.names())
    for line, name in zip(lines, gallery.names(), strict=True):
        function = gallery.find(name)()
        assert minimum(function) in line
        assert line.endswith((function.formula, " ..."))
        assert function.formula[:60] in line


def test_columns_stand_below_each_other(steepest):
    lines = steepest("gallery").stdout.split("\n\n")[0].splitlines()
    for column in ("variables", "formula", "known minimum"):
        at = lines[0].index(column)
        assert all(line[at - 1] == " " and line[at] != " " for line in lines)


@pytest.mark.parametrize("name", gallery.names())
def test_the_single_view(steepest, name):
    function = gallery.find(name)()
    text = steepest("gallery", name.replace("_", "-")).stdout
    words = " ".join(text.split())
    assert text.startswith(f"{name}\n")
    assert text.isascii()
    assert max(map(len, text.splitlines())) <= 100
    assert function.formula in words
    assert " ".join(function.source.split()) in words
    assert words.endswith(f"try steepest run {name}")
    known = function.minimum
    assert text.count("\n               at (") + text.count(" at (") >= (0 if known is None else len(known.w))
    assert ("minimum    none" in text) == (known is None)


def test_json_and_csv_hold_the_same_functions(steepest):
    entries = json.loads(steepest("gallery", "--format", "json").stdout)
    rows = list(csv.DictReader(io.StringIO(steepest("gallery", "--format", "csv").stdout)))
    assert [entry["name"] for entry in entries] == [row["name"] for row in rows] == list(gallery.names())
    for entry, row in zip(entries, rows, strict=True):
        known = gallery.find(entry["name"])().minimum
        assert entry["formula"] == row["formula"]
        assert (entry["minimum"] is None) == (row["minimum_f"] == "") == (known is None)
        if known is not None:
            assert entry["minimum"]["f"] == float(row["minimum_f"]) == known.f
            np.testing.assert_array_equal(entry["minimum"]["w"], known.w)


def test_one_function_as_json_is_no_list(steepest):
    assert json.loads(steepest("gallery", "beale", "--format", "json").stdout)["name"] == "beale"


def test_an_unknown_name(refusal):
    assert refusal("gallery", "himelblau") == "gallery function 'himelblau' is not known; did you mean 'himmelblau'?"


class Odd:
    least_n, most_n = 3, 50


def test_dimensions_in_words():
    assert dimensions(Odd) == "3 to 50"
    assert dimensions(gallery.find("beale")()) == "2"
    assert dimensions(gallery.find("sphere")()) == "1 or more"
