"""Evaluations are counted, limited and timed, wherever they are made."""

import math
import time

import pytest

from steepest.problems.limited import Counter, EvaluationsSpent, TimeSpent


def test_evaluations_made_elsewhere_are_charged_all_or_none():
    counter = Counter(lambda w: 0.0, 5)
    counter.charge(3)
    with pytest.raises(EvaluationsSpent):
        counter.charge(3)
    assert (counter.spent, counter.left) == (3, 2)


def test_after_the_deadline_nothing_is_evaluated_here_or_elsewhere():
    counter = Counter(lambda w: 0.0, math.inf, time.perf_counter() - 1)
    with pytest.raises(TimeSpent):
        counter(None)
    with pytest.raises(TimeSpent):
        counter.charge(1)
    assert counter.spent == 0
