"""The stability map and the rates of modes, drawn from data as they are given."""

import numpy as np
import pytest

from steepest.base.errors import ArgumentError, ArgumentTypeError
from steepest.plots.mode_rates import mode_rates_of
from steepest.plots.stability_map import stability_map_of

X, Y = np.geomspace(0.01, 1.0, 8), np.linspace(0.0, 0.9, 5)


class Runs:
    axes = ("learning_rate", "momentum")

    def __len__(self):
        return 4

    def columns(self):
        return {
            "learning_rate": np.array([0.02, 0.5, 0.9, 5.0]),
            "momentum": np.array([0.1, 0.2, 0.9, 0.9]),
            "outcome": np.array(["MAX_ITER", "CONVERGED", "NOT_FINITE", "NOT_RUN"]),
        }


@pytest.fixture
def found():
    rates = np.abs(1 - 3 * X)[None, :] + 0 * Y[:, None]
    regions = np.where(rates > 1, 3, np.where(rates < 0.7, 0, 1))
    return {
        "learning_rates": X, "momenta": Y, "rates": rates, "regions": regions, "limit": np.full(5, 2 / 3),
        "region_names": ("fast", "slow", "ringing", "divergent"), "best": (0.27, 0.0, 0.2), "method": "momentum",
        "problem": "bowl", "about": "curvature 3",
    }  # fmt: skip


def test_regions_limit_and_runs_are_drawn_and_named(found):
    display = stability_map_of(found, Runs()).plot()
    names = [text.get_text() for text in display.ax_.get_legend().get_texts()]
    assert "fast" in names
    assert "ringing" not in names  # there is none
    assert {"converged 1", "not yet 1", "diverged 1"} <= {*names}
    assert display.data["runs"]["ending"].tolist() == ["not yet", "converged", "diverged"]
    assert "outside" not in display.data["note"]
    assert display.title == "Where momentum converges on bowl"


def test_a_map_where_nothing_converges_is_drawn(found):
    rates = np.full((5, 8), 2.0)
    stability_map_of({**found, "rates": rates, "regions": np.full((5, 8), 3), "limit": np.zeros(5)}).plot()


def test_what_is_no_sweep_is_refused(found):
    with pytest.raises(ArgumentTypeError, match="sweep must be"):
        stability_map_of(found, 3)
    one = Runs()
    one.axes = ("learning_rate",)
    with pytest.raises(ArgumentError, match="learning_rate and momentum"):
        stability_map_of(found, one)


@pytest.mark.parametrize("modes", [1, 3])
def test_a_line_a_mode_and_one_for_the_slowest(modes):
    c = np.geomspace(1.0, 3.0, modes)
    with np.errstate(divide="ignore"):
        by_rate, by_momentum = (-np.log10(np.abs(1 - np.outer(x, c))) for x in (X, Y))
    panels = {
        name: {"x": x, "digits": digits, "slowest": digits.min(axis=1), "at": 0.5, "best": (0.3, 0.4)}
        for name, x, digits in (("by_rate", X, by_rate), ("by_momentum", Y, by_momentum))
    }
    display = mode_rates_of({"curvatures": c, "method": "momentum", "problem": "bowl", "where": "", **panels}).plot()
    for ax in display.ax_.flat:
        assert len(ax.lines) == modes + 3  # the slowest, the line of no progress and the best
    assert display.title == "momentum on bowl: how fast each mode shrinks"
