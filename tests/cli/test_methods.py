"""``steepest methods``: read off the classes, nothing written twice."""

import csv
import io
import json
from typing import Any, NamedTuple

import pytest

from steepest import methods
from steepest.base.fields import Rate, fields_of
from steepest.cli.commands.methods import engines_of, paragraphs, update_equation


def test_the_table_has_a_block_for_each_method(steepest):
    result = steepest("methods")
    blocks = result.stdout.split("\n\n")
    assert result.stderr == ""
    assert [block.split()[0] for block in blocks] == list(methods.names())
    for block, name in zip(blocks, methods.names(), strict=True):
        for equation in update_equation(methods.find(name)):
            assert equation in block
        for field in fields_of(methods.find(name)):
            assert f"{field} " in block.splitlines()[-1]


def test_the_single_view_of_momentum(steepest):
    text = steepest("methods", "momentum").stdout
    assert "  update   v <- momentum * v - learning_rate * g;  w <- w + v\n" in text
    assert "  --momentum       default 0.9; a number in [0, 1)\n" in text
    assert "  --rate-outside   default off\n" in text
    assert "  engines  python, numba, jax, quadratic\n" in text
    assert "B. T. Polyak" in text


@pytest.mark.parametrize("name", methods.names())
def test_every_method_has_an_equation_a_source_and_an_engine(steepest, name):
    text = steepest("methods", name.replace("_", "-")).stdout
    cls = methods.find(name)
    assert text.isascii()
    assert "``" not in text
    assert "<-" in "".join(update_equation(cls))
    assert len(paragraphs(cls)[1]) > 20
    assert "python" in engines_of(cls)
    assert f"steepest run rosenbrock --method {name}" in text


def test_json_and_csv_hold_the_same_methods(steepest):
    entries = json.loads(steepest("methods", "--format", "json").stdout)
    rows = list(csv.DictReader(io.StringIO(steepest("methods", "--format", "csv").stdout)))
    assert [entry["name"] for entry in entries] == [row["name"] for row in rows] == list(methods.names())
    for entry, row in zip(entries, rows, strict=True):
        assert [field["name"] for field in entry["fields"]] == list(fields_of(methods.find(entry["name"])))
        assert row["source"] == entry["source"]
        assert row["engines"].split() == entry["engines"]


def test_one_method_as_json_is_no_list(steepest):
    assert json.loads(steepest("methods", "adam", "--format", "json").stdout)["fields"][1]["default"] == 0.9


def test_an_unknown_name(refusal):
    assert refusal("methods", "nestrov") == "method 'nestrov' is not known; did you mean 'nesterov'?"


class Plain(NamedTuple):
    """Nothing set apart
    here."""

    learning_rate: Rate = None

    def init(self, w: Any, xp: Any) -> tuple[()]:
        return ()

    def update(self, w: Any, g: Any, slots: tuple[()], t: Any, xp: Any) -> tuple[Any, tuple[()]]:
        return -self.learning_rate * g, ()


def test_a_docstring_without_equation_or_source():
    assert update_equation(Plain) == ["Nothing set apart here."]
    assert paragraphs(Plain)[1] == ""
