"""Which rules compiled loops take, and the one sentence for each that they do not."""

from typing import Any, NamedTuple

import pytest

from steepest import methods
from steepest.engines.elementwise import MOST_SLOTS, why_not_elementwise


class Steps(NamedTuple):
    learning_rate: Any = 0.1
    count: Any = 0

    def init(self, w, xp):
        return tuple(xp.zeros_like(w) for _ in range(self.count if isinstance(self.count, int) else 0))

    def update(self, w, g, slots, t, xp):
        return -self.learning_rate * g, slots


class Whole:
    _fields = ()

    def step(self, w, f, g, slots, t, xp):
        return -g, slots


@pytest.mark.parametrize("rule", [methods.Adam(0.1), methods.Momentum(), Steps(None), Steps(0.1, MOST_SLOTS)])
def test_numbers_and_a_few_slots_are_taken(rule):
    assert why_not_elementwise(rule) is None


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        (Whole(), "no element-wise update"),
        (Steps("fast"), "a field of the rule is no number"),
        (Steps(0.1, None), "a field of the rule is no number"),
        (Steps(0.1, MOST_SLOTS + 1), f"more than {MOST_SLOTS} slots"),
    ],
)
def test_what_a_rule_lacks_is_said(rule, why):
    assert why in why_not_elementwise(rule)
