"""How numbers, vectors, ratios and lists are written."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steepest.base.text import count, duration, listing, number, times, vector


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"), (-0.0, "0"), (1.0, "1"), (24.2, "24.2"), (0.1 + 0.2, "0.3"), (1.5634e-12, "1.563e-12"),
        (1506.0, "1506"), (1505.6, "1506"), (-3.25, "-3.25"), (10_000.0, "10,000"), (123_456, "123,456"),
        (-20_000.0, "-20,000"), (24_613.4, "2.461e+04"), (1e6, "1e+06"), (1e300, "1e+300"), (0.00012345, "0.0001234"),
        (math.nan, "nan"), (math.inf, "inf"), (-math.inf, "-inf"),
    ],
)  # fmt: skip
def test_number_has_four_significant_digits(value, text):
    assert number(value) == text


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (0.99999875, 8, "0.99999875"), (0.99999875, 2, "1"), (12_345.678, 8, "12,345.678"),
        (-12_345.678, 8, "-12,345.678"), (12_345.678, 6, "12,345.7"), (math.pi, 3, "3.14"),
    ],
)  # fmt: skip
def test_number_has_the_digits_asked_for(value, digits, text):
    assert number(value, digits) == text


@given(st.floats(-1e300, 1e300), st.integers(1, 17))
def test_number_reads_back_to_its_digits(value, digits):
    read = float(number(value, digits).replace(",", ""))
    assert read == pytest.approx(value, rel=0.51 * 10.0 ** (1 - digits) + 1e-15, abs=5e-324)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (count(1, "iteration"), "1 iteration"),
        (count(0, "iteration"), "0 iterations"),
        (count(4613, "iteration"), "4,613 iterations"),
        (count(2, "minimum", "minima"), "2 minima"),
    ],
)
def test_count_agrees_with_its_noun(text, expected):
    assert text == expected


def test_vector_shows_few_components_in_full_and_many_in_short():
    assert vector([0.99999875, 0.9999975]) == "(0.99999875, 0.9999975)"
    assert vector([]) == "()"
    assert vector(iter([1, 2, 3, 4])) == "(1, 2, 3, 4)"
    assert vector([1 / 3] * 1000) == "(0.3333, 0.3333, 0.3333, ... 1,000 components)"
    assert vector([1 / 3, 2 / 3], digits=2, most=2) == "(0.33, 0.67)"


@pytest.mark.parametrize(
    ("ratio", "text"),
    [
        (1.0, "1 times"), (1.3, "1.3 times"), (0.00234, "0.00234 times"), (999.4, "999 times"),
        (999.96, "1 thousand times"), (1234, "1.23 thousand times"), (999_999, "1 million times"),
        (157_000_000, "157 million times"), (2.5e9, "2.5 billion times"), (3e12, "3 trillion times"),
        (999.99e12, "1e+15 times"), (1e20, "1e+20 times"), (math.inf, "inf times"), (math.nan, "nan times"),
    ],
)  # fmt: skip
def test_times_says_a_ratio_in_words(ratio, text):
    assert times(ratio) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 ms"), (0.0012, "1.2 ms"), (0.03, "0.03 s"), (2.34, "2.3 s"), (42.4, "42 s"), (125, "2 min 5 s")],
)
def test_duration_grows_from_milliseconds_to_minutes(seconds, text):
    assert duration(seconds) == text


def test_listing_joins_with_its_last_word():
    assert listing([]) == ""
    assert listing(["a"]) == "a"
    assert listing(["a", "b"]) == "a or b"
    assert listing(("a", "b", 3), "and") == "a, b and 3"
