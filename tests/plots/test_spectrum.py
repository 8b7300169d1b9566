"""The picture of a spectrum: its data, its scales, the limits of learning rates."""

import numpy as np
import pytest

import steepest
from steepest.analysis.spectrum import density_of, spectrum
from steepest.base.errors import ArgumentError, ArgumentTypeError
from steepest.plots.spectrum import spectrum_of
from steepest.verbs.subject import subject


def spectrum_with(values):
    values = np.array(values, dtype=float)
    problem, w = subject(lambda w: float(0.5 * w @ (values * w)), np.ones(values.size), lambda w: values * w)
    return spectrum(problem, w)


@pytest.mark.parametrize(
    ("values", "scale"),
    [([1, 2, 50], "linear"), ([1, 2, 500], "log"), ([0, 1, 500], "log"), ([-1, 2, 500], "symlog"), ([-2, 1], "linear"),
     ([3], "linear"), ([0, 0], "linear")],
)  # fmt: skip
def test_eigenvalues_by_rank(values, scale):
    display = spectrum_of(spectrum_with(values)).plot()
    data = display.data
    assert data["kind"] == "eigenvalues"
    assert data["eigenvalues"] == pytest.approx(np.sort(values)[::-1], abs=1e-9)
    assert data["rank"].tolist() == list(range(1, len(values) + 1))
    assert data["scale"] == display.ax_.get_yscale() == scale
    drawn = np.concatenate([line.get_ydata() for line in display.ax_.lines if line.get_marker() in "ovs"])
    shown = [v for v in values if scale != "log" or v > 0]
    assert sorted(drawn) == pytest.approx(sorted(shown), abs=1e-9)
    low, high = display.ax_.get_ylim()
    assert low <= min(shown) <= max(shown) <= high


def test_signs_have_shapes_of_their_own():
    ax = spectrum_of(spectrum_with([-5, 0, 1, 2])).plot().ax_
    marks = {line.get_marker(): line.get_ydata() for line in ax.lines if line.get_marker() in "ovs"}
    assert marks["v"] == pytest.approx([-5])
    assert marks["o"] == pytest.approx([2, 1])
    assert marks["s"] == pytest.approx([0])


def test_the_note_says_what_the_picture_cannot():
    note = spectrum_of(spectrum_with([0, 1, 500])).data["note"]
    assert note.startswith("0 to 500; 1 within ")
    assert note.endswith("of 0; what is 0 or below has no place on a log scale")
    assert "1 direction of negative curvature" in spectrum_of(spectrum_with([-1, 2])).data["note"]
    assert "condition 250" in spectrum_of(spectrum_with([2, 500])).data["note"]


@pytest.mark.parametrize("rates", [0.5, [0.5, 4], (0.5,), np.array([0.5, 4.0])])
def test_limits_of_learning_rates(rates):
    display = spectrum_of(spectrum_with([1, 2, 3]), learning_rate=rates).plot()
    wanted = [2 / rate for rate in np.atleast_1d(rates)]
    assert [one["curvature"] for one in display.data["limits"]] == wanted
    lines = [line.get_ydata()[0] for line in display.ax_.lines if line.get_linestyle() == "--"]
    assert lines == pytest.approx(wanted)
    assert next(text.get_text() for text in display.ax_.texts if "/" in text.get_text()) == "2 / 0.5"


def wide_model(rows=60, columns=2100):
    X = np.random.default_rng(0).standard_normal((rows, columns))
    return steepest.LinearModel(X, np.zeros(rows), fit_intercept=False)


def test_a_density():
    model = wide_model()
    found = spectrum(model, model.start)
    density = density_of(found.hessian, probes=3, steps=20)
    display = spectrum_of(found, density, learning_rate=0.5, scale="linear").plot()
    assert display.data["kind"] == "density"
    assert display.data["density"] is density.density
    assert [line.get_xdata()[0] for line in display.ax_.lines if line.get_linestyle() == "--"] == [4.0]
    assert "3 random vectors" in display.data["note"]
    log = spectrum_of(found, density).plot()
    assert log.data["scale"] == log.ax_.get_yscale() == "log"
    assert log.ax_.get_ylim()[0] == pytest.approx(1e-5 * density.density.max())
    with pytest.raises(ArgumentError, match="symlog"):
        spectrum_of(found, density, scale="symlog")
    with pytest.raises(ArgumentError, match=r"^density is missing"):
        spectrum_of(found)


def test_many_eigenvalues_and_a_file(tmp_path):
    values = np.concatenate([np.zeros(40), np.geomspace(1e-4, 10, 100)])
    display = spectrum_of(spectrum_with(values), title="many")
    first, second = (display.save(tmp_path / f"{k}.svg").read_bytes() for k in (1, 2))
    assert first == second
    assert display.title == "many"


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"scale": "loglog"}, ArgumentError, "^scale must be 'auto', 'linear', 'log' or 'symlog'; got 'loglog'$"),
        ({"learning_rate": 0}, ArgumentError, "^learning_rate must be positive and finite; got 0$"),
        ({"learning_rate": [0.1, np.inf]}, ArgumentError, "^learning_rate must be positive and finite"),
        ({"learning_rate": "0.1"}, ArgumentTypeError, "^learning_rate must be a number or a list of numbers"),
        ({"title": 3}, ArgumentTypeError, "^title must be a text or None; got 3$"),
    ],
)
def test_options_that_cannot_be_used(options, error, message):
    with pytest.raises(error, match=message):
        spectrum_of(spectrum_with([1, 2]), **options)


def test_a_log_scale_needs_something_above_zero():
    with pytest.raises(ArgumentError, match=r"^scale='log' needs eigenvalues above 0"):
        spectrum_of(spectrum_with([-1, -2]), scale="log")
