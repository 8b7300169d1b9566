"""Profiles and ranks: what is drawn is what was given."""

import numpy as np
import pytest

from steepest.base.errors import ArgumentError, ArgumentTypeError
from steepest.plots.profiles import profiles_of

TAU = np.array([1.0, 2.0, 8.0])
CURVES = {"adam": (TAU, np.array([0.25, 0.5, 0.75])), "lbfgs": (TAU, np.array([0.75, 1.0, 1.0]))}
RANKS = {"adam": (1.8, 1.5, 2.0), "lbfgs": (1.2, 1.0, 1.5)}


def test_shares_are_steps_that_hold_until_the_next():
    display = profiles_of(CURVES).plot()
    lines = {line.get_label(): line for line in display.ax_[0, 0].lines}
    assert lines["adam"].get_drawstyle() == "steps-post"
    assert lines["adam"].get_xydata().tolist() == [[1, 0.25], [2, 0.5], [8, 0.75], [8, 0.75]]
    assert display.ax_[0, 0].get_xscale() == "log"


def test_a_panel_for_each_part_and_a_method_looks_alike_in_all():
    display = profiles_of(CURVES, {name: (x * 100 - 100, s) for name, (x, s) in CURVES.items()}, RANKS).plot()
    assert display.ax_.shape == (1, 3)
    assert display.data["order"] == ["lbfgs", "adam"]
    first, second, third = display.ax_[0]
    colours = {line.get_label(): line.get_color() for line in first.lines}
    assert {line.get_label(): line.get_color() for line in second.lines} == colours
    assert [text.get_text() for text in third.get_yticklabels()] == ["lbfgs", "adam"]
    assert [text.get_color() for text in third.get_yticklabels()] == [colours["lbfgs"], colours["adam"]]
    assert third.lines[0].get_xdata().tolist() == [1.0, 1.5]


def test_twenty_methods_all_look_different():
    many = {f"method {k}": (TAU, np.array([0.1, 0.2, 0.3])) for k in range(20)}
    display = profiles_of(many).plot()
    labels = set(many)
    looks = {(line.get_color(), str(line._unscaled_dash_pattern)) for line in display.ax_[0, 0].lines
             if line.get_label() in labels}  # fmt: skip
    assert len(looks) == 20


def test_bad_profiles_are_one_sentence():
    with pytest.raises(ArgumentError, match="profiles have nothing to show"):
        profiles_of({})
    with pytest.raises(ArgumentTypeError, match=r"performance must be a dict of \(x, share\) by method; got list"):
        profiles_of([1])
    with pytest.raises(ArgumentError, match="must have ascending x and shares between 0 and 1"):
        profiles_of({"adam": ([2, 1], [0.1, 0.2])})
    with pytest.raises(ArgumentError, match="must be two sequences of one length"):
        profiles_of({"adam": ([1, 2], [0.1])})
    with pytest.raises(ArgumentError, match=r"ranks\['adam'\] must be \(mean, low, high\) with low <= mean <= high"):
        profiles_of(None, ranks={"adam": (1.0, 2.0, 3.0)})
