"""Slots made for all runs at once are those that each run would begin with."""

import numpy as np
import pytest

from steepest import methods
from steepest.base.xp import numpy_functions
from steepest.engines.stopping import Settings
from steepest.engines.task import Task
from steepest.engines.together import Alike, stacking
from steepest.engines.together.stacking import stacked_slots
from steepest.problems.function import Function
from steepest.records.history import Plan

BOWL = Function(lambda w: float(w @ w), lambda w: 2 * w, 6)


def tasks_with(rule_called, name):
    rng = np.random.default_rng(1)
    return [
        Task(BOWL, rule_called(name, learning_rate=rate), rng.random(6), Settings(max_iter=1), Plan())
        for rate in (0.1, 0.2, 0.3)
    ]


@pytest.mark.parametrize("name", [*methods.names(), "Averaged", "AheadAveraged", "ThreeSlots", "Nested"])
def test_slots_are_those_of_each_run(rule_called, name):
    tasks = tasks_with(rule_called, name)
    alike = Alike.of(tasks)
    slots = stacked_slots(alike)
    for k, task in enumerate(tasks):
        wanted = task.rule.init(task.w0, numpy_functions)
        assert len(slots) == len(wanted)
        for slot, own in zip(slots, wanted, strict=True):
            assert slot.flags.c_contiguous
            np.testing.assert_array_equal(slot[k], own)
    assert alike.rows(0, 4).shape == (3, 1, len(tasks[0].fields.names))


def test_rule_of_its_own_ways_begins_run_by_run(rule_called):
    class Choosy(methods.Momentum):
        def init(self, w, xp):
            return (xp.zeros_like(w) if self.learning_rate < 0.15 else xp.full_like(w, self.learning_rate),)

    tasks = [Task(BOWL, Choosy(rate), np.zeros(6), Settings(max_iter=1), Plan()) for rate in (0.1, 0.2, 0.3)]
    alike = Alike.of(tasks)
    assert stacking.slots_at_once(alike) is None
    np.testing.assert_array_equal(stacked_slots(alike)[0][:, 0], [0.0, 0.2, 0.3])
