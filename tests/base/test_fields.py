"""Annotated fields: what is read off a NamedTuple, and what is checked and cast."""

import math
from typing import Annotated, Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from steepest.base.errors import ArgumentError, ArgumentTypeError
from steepest.base.fields import Field, FieldInfo, Fraction, Positive, Rate, checked, fields_of, unknown


class Sample(NamedTuple):
    learning_rate: Rate = None
    momentum: Fraction = 0.9
    epsilon: Positive = 1e-8
    steps: Annotated[int, Field(low=1)] = 3
    nesterov: bool = False
    plain: float = 0.0
    needed: int | None = None


FIELDS = fields_of(Sample)


def test_fields_come_in_order_with_kind_default_and_bounds():
    assert [*FIELDS] == [*Sample._fields]
    assert [info.kind for info in FIELDS.values()] == [float, float, float, int, bool, float, int]
    assert [info.default for info in FIELDS.values()] == [*Sample()]
    assert [name for name, info in FIELDS.items() if info.optional] == ["learning_rate", "needed"]
    assert FIELDS["learning_rate"].field.log
    assert FIELDS["momentum"].field.high_open
    assert FIELDS["plain"].field == Field()


def test_a_field_without_default_has_none():
    class Bare(NamedTuple):
        rate: Positive

    assert fields_of(Bare)["rate"].default is None
    assert not fields_of(Bare)["rate"].optional


@pytest.mark.parametrize(
    ("field", "inside", "outside"),
    [
        (Field(low=0), [0, 1e300], [-1e-300]),
        (Field(low=0, low_open=True), [5e-324], [0, -1]),
        (Field(low=0, high=1), [0, 1], [1.0000000000000002, -0.1]),
        (Field(low=0, high=1, high_open=True), [0, 0.9999999999999999], [1]),
        (Field(), [-1e308, 1e308], [math.nan]),
    ],
)
def test_bounds_are_open_or_closed(field, inside, outside):
    assert all(field.holds(value) for value in inside)
    assert not any(field.holds(value) for value in outside)


@pytest.mark.parametrize(
    ("field", "sentence"),
    [
        (Field(), "a finite number"), (Field(low=0), "a finite number of at least 0"),
        (Field(low=0, low_open=True), "a finite number above 0"), (Field(low=0, high=1), "a number in [0, 1]"),
        (Field(low=0, high=1, high_open=True), "a number in [0, 1)"),
        (Field(low=-1, high=0.5, low_open=True), "a number in (-1, 0.5]"),
    ],
)  # fmt: skip
def test_range_in_words(field, sentence):
    assert field.sentence() == sentence


@pytest.mark.parametrize(
    ("name", "value", "cast"),
    [
        ("learning_rate", None, None), ("learning_rate", 1, 1.0), ("momentum", np.float32(0.5), 0.5),
        ("momentum", np.array(0.25), 0.25), ("steps", 4.0, 4), ("steps", np.int64(7), 7), ("nesterov", True, True),
        ("nesterov", np.bool_(True), True), ("plain", -3, -3.0), ("needed", None, None),
    ],
)  # fmt: skip
def test_checked_casts_to_the_kind(name, value, cast):
    result = checked(FIELDS[name], value, "sample")
    assert result == cast
    assert type(result) is type(cast)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("learning_rate", -1), ("learning_rate", math.inf), ("momentum", 1.0), ("momentum", math.nan),
        ("epsilon", 0), ("steps", 0), ("plain", -math.inf), ("plain", 10**400), ("steps", math.nan),
        ("steps", math.inf), ("steps", -(10**400)),
    ],
)  # fmt: skip
def test_value_out_of_range_is_one_sentence(name, value):
    with pytest.raises(ArgumentError, match=rf"^{name} of sample must be a .*number.*; got ") as error:
        checked(FIELDS[name], value, "sample")
    assert repr(value) in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("momentum", "0.9", r"a number in \[0, 1\); got '0.9' \(str\)"), ("momentum", None, "a number in"),
        ("momentum", True, r"\(bool\)"), ("momentum", np.bool_(True), r"\(bool"), ("momentum", 1j, r"\(complex\)"),
        ("momentum", b"1", r"\(bytes\)"), ("momentum", [0.9], "one number"), ("momentum", (0.1, 0.2), "one number"),
        ("momentum", np.array([0.9]), "one number"), ("steps", 1.5, "a whole number"), ("steps", False, r"\(bool\)"),
        ("nesterov", 1, "True or False"), ("nesterov", None, "True or False"), ("nesterov", "yes", "True or False"),
    ],
)  # fmt: skip
def test_value_of_a_wrong_type_is_one_sentence(name, value, words):
    with pytest.raises(ArgumentTypeError, match=rf"^{name} of sample must be .*{words}"):
        checked(FIELDS[name], value, "sample")


anything = st.floats() | st.integers() | st.none() | st.text(max_size=3) | st.booleans() | st.lists(st.floats())


@given(st.sampled_from([*FIELDS.values()]), anything)
def test_anything_is_cast_into_range_or_refused(info, value):
    try:
        result = checked(info, value, "sample")
    except (ArgumentError, ArgumentTypeError):
        return
    assert (result is None and info.optional) or type(result) is info.kind
    assert result is None or info.kind is bool or info.field.holds(result)


def test_a_field_of_another_type_is_one_sentence():
    class Loose(NamedTuple):
        rate: Any = None

    sentence = r"^rate of Loose must be a float, an int or a bool, as in rate: float$"
    with pytest.raises(ArgumentTypeError, match=sentence):
        checked(fields_of(Loose)["rate"], 0.1, "Loose")


def test_info_can_be_made_by_hand():
    info = FieldInfo("condition", float, False, 100.0, Field(low=1))
    assert checked(info, 5, "quadratic") == 5.0


def test_unknown_keyword_is_answered_with_the_nearest_a_hint_or_all():
    assert str(unknown("momentun", "method 'x'", iter(["momentum", "rate"]))) == (
        "method 'x' has no argument 'momentun'; did you mean momentum?"
    )
    assert str(unknown("lr", "x", ["rate"], "learning_rate")).endswith("did you mean learning_rate?")
    assert str(unknown("zzz", "x", ["a", "b"])).endswith("it takes a or b")
    assert isinstance(unknown("zzz", "x", ["a"]), TypeError)
