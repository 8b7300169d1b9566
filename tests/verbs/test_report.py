"""How runs are told: each outcome in its sentence, the terminal's lines, the reprs."""

import re
import subprocess
import sys
import time
from xml.etree import ElementTree

import numpy as np
import pytest

import steepest
from steepest.verbs.report import end_lines, head_lines, html_repr, known_minimum, plain_repr, state_of

gallery = steepest.gallery


def first_line(run):
    """The outcome's line, durations replaced."""
    return re.sub(r"[0-9.e+-]+ (ms|s)(?=[:;,])", "TIME", end_lines(run)[0])


def labels(run):
    """The labels of the plain repr's rows."""
    return [line[2:17].strip() for line in plain_repr(run).splitlines()[1:-1] if line[2:17].strip()]


@pytest.fixture
def two_classes():
    X = np.array([[0.0], [1.0], [2.0], [3.0]])
    return steepest.LinearModel(X, np.array([0.0, 1.0, 0.0, 1.0]))


# -- each outcome ----------------------------------------------------------------------------------------------------


def test_converged_by_the_gradient():
    run = steepest.minimize(gallery.rosenbrock())
    assert first_line(run) == (
        "CONVERGED after 4,613 iterations, TIME: largest gradient component 9.997e-07 <= grad_tol 1e-06"
    )


def test_converged_by_another_tolerance_tells_the_gradient_too():
    run = steepest.minimize(gallery.sphere(), learning_rate=0.1, momentum=0.5, f_tol=1e-3)
    assert re.fullmatch(
        r"CONVERGED after \d+ iterations, TIME: f changed by \S+ <= f_tol 0.001; largest gradient component \S+",
        first_line(run),
    )


def test_f_target():
    run = steepest.minimize(gallery.sphere(), [3.0, 4.0], "gradient_descent", learning_rate=0.25, f_target=7.0)
    assert first_line(run) == "F_TARGET after 1 iteration, TIME: f 6.25 <= f_target 7; largest gradient component 4"


def test_max_iter_says_how_it_stands():
    run = steepest.minimize(gallery.rosenbrock(), max_iter=500)
    assert first_line(run) == (
        "MAX_ITER after TIME: stopped at max_iter 500: f 0.01172, fell 28 % in the last 50; "
        "largest gradient component 0.092"
    )


def test_max_iter_in_epochs_counts_training_errors(two_classes):
    run = steepest.minimize(two_classes, batch_size=1, max_iter=20, learning_rate=0.01)
    assert re.fullmatch(
        r"MAX_ITER after TIME: stopped at max_iter 20 epochs: f \S+, fell \S+ % in the last 2; \d/4 training errors",
        first_line(run),
    )


def test_max_evals():
    run = steepest.minimize(gallery.rosenbrock(), max_evals=5)
    assert re.fullmatch(r"MAX_EVALS after 4 iterations, TIME: stopped at max_evals 5: f .*", first_line(run))


def test_time_limit_names_the_time_once():
    def slow(w):
        time.sleep(0.001)
        return float(w[0] ** 2)

    run = steepest.minimize(slow, [1.0], learning_rate=1e-6, time_limit=0.05)
    assert re.fullmatch(r"TIME_LIMIT after \d+ iterations?: stopped at time_limit 0.05 s: f .*", end_lines(run)[0])


def test_stalled():
    run = steepest.minimize(gallery.sphere(), learning_rate=0.0)
    assert first_line(run) == (
        "STALLED after 2 iterations, TIME: w has not changed for 2 iterations and no tolerance is met; f 25; "
        "largest gradient component 8"
    )


def test_stopped_by_the_callback():
    def stop(w):
        raise StopIteration

    run = steepest.minimize(gallery.sphere(), [3.0, 4.0], learning_rate=0.1, callback=stop)
    assert first_line(run).startswith("STOPPED after 1 iteration, TIME: the callback stopped it; f ")


def test_interrupted():
    def stop(w):
        raise KeyboardInterrupt

    run = steepest.minimize(gallery.sphere(), [3.0, 4.0], learning_rate=0.1, callback=stop)
    assert first_line(run).startswith("INTERRUPTED after 1 iteration, TIME: what was done is kept; f ")


def test_unbounded_shows_where_it_has_come_to():
    run = steepest.minimize(gallery.saddle())
    lines = end_lines(run)
    assert re.fullmatch(
        r"UNBOUNDED after \d+ iterations: f falls without bound \(-\S+ by now\) while w grows; did you mean maximize\?",
        lines[0],
    )
    assert [line[:5] for line in lines[1:]] == ["  f  ", "  w  "]


def test_climbing_without_bound_asks_for_minimize():
    run = steepest.minimize(gallery.sphere(), maximize=True)
    assert "f rises without bound" in end_lines(run)[0]
    assert end_lines(run)[0].endswith("did you mean minimize?")
    assert head_lines(run)[0].startswith("sphere, 2 variables, maximized, start (-4, 3), ")
    assert known_minimum(run) is None


def test_diverged_gives_why_try_best():
    run = steepest.minimize(gallery.rosenbrock(), learning_rate=0.005)
    lines = end_lines(run, {"learning_rate": "--lr", "momentum": "--momentum"})
    assert lines == [
        "DIVERGED at iteration 5: f = 3.794e+09, 157 million times its start, and rising",
        "  why   learning_rate 0.005 is above 0.00252, the local stability limit at the start: "
        "2 (1 + momentum) / curvature = 3.8 / 1506",
        "  try   --lr 0.00066",
        "  best  f = 2.46 at iteration 2, w = (0.5117, 0.4109)",
    ]
    assert end_lines(run)[2] == "  try   learning_rate=0.00066"


def test_not_finite_at_the_start_has_no_best():
    run = steepest.minimize(lambda w: float("nan"), [1.0], learning_rate=0.1, grad="finite")
    assert end_lines(run) == ["NOT_FINITE after 0 iterations: f is nan at the start"]
    assert head_lines(run)[0] == (
        "a function, 1 variable, start (1), gradient: central differences, 2 evaluations an iteration"
    )
    assert "nan)" not in plain_repr(run)


def test_not_finite_later_names_the_row_before():
    run = steepest.minimize(lambda w: float(np.log(w[0])), [1.0], learning_rate=0.5)
    assert end_lines(run)[0].startswith("NOT_FINITE after 2 iterations: f is nan at iteration 2; the row before was ")
    assert end_lines(run)[-1] == "  best  f = -0.6931 at iteration 1, w = (0.5)"


def test_running_in_a_callback():
    seen = []
    steepest.minimize(gallery.sphere(), learning_rate=0.1, max_iter=2, callback=lambda intermediate_result: seen.append(
        (first_line(intermediate_result), plain_repr(intermediate_result), html_repr(intermediate_result))
    ))  # fmt: skip
    assert seen[0][0].startswith("RUNNING after 1 iteration; f ")
    assert "RUNNING, 1 iteration>" in seen[0][1]


def test_a_halved_automatic_rate_is_noted():
    run = steepest.minimize(lambda w: -w[0] + 100 * max(0.0, abs(w[0]) - 1) ** 4, [0.0])
    assert "halved" in run.message
    assert end_lines(run)[1].startswith("  note  the automatic learning rate diverged and was halved ")
    assert "note" in labels(run)


# -- how f moved -----------------------------------------------------------------------------------------------------


def test_a_short_run_has_no_lately():
    run = steepest.minimize(gallery.sphere(), max_iter=3, learning_rate=0.1)
    assert state_of(run) == f"f {run.f:.4g}; largest gradient component 0.5"


def test_the_last_row_alone_is_the_last_iteration():
    run = steepest.minimize(gallery.sphere(), method="gradient_descent", max_iter=10, learning_rate=0.1)
    assert ", fell 36 % in the last iteration;" in state_of(run)


def test_a_rise_of_more_than_a_thousand_percent_is_told_by_its_start():
    run = steepest.minimize(gallery.sphere(n=1), [1.0], "gradient_descent", learning_rate=3.0, max_iter=10)
    assert ", rose from 3.815e+12 in the last iteration;" in state_of(run)


def test_no_change_is_unchanged():
    run = steepest.minimize(lambda w: 1.0, [1.0], learning_rate=0.1, max_iter=30, grad_tol=None)
    assert state_of(run).startswith("f 1, unchanged in the last 3")


def test_a_recorded_part_is_enough():
    run = steepest.minimize(gallery.rosenbrock(), max_iter=50, record="none", grad_tol=None)
    assert first_line(run) == f"MAX_ITER after TIME: stopped at max_iter 50: f {run.f:.4g}"
    assert end_lines(run)[1].startswith(f"  f  24.2 -> {run.f:.4g} ")
    assert "history 2 rows" in plain_repr(run)


# -- the lines around ------------------------------------------------------------------------------------------------


def test_the_known_minimum_is_the_nearest_by_euclidean_distance():
    run = steepest.minimize(gallery.himmelblau(), [-3.0, -3.0])
    f, point, distance = known_minimum(run)
    assert f == 0
    np.testing.assert_allclose(point, [-3.77931, -3.283186], atol=1e-5)
    assert distance == np.linalg.norm(run.w - point)
    assert end_lines(run)[1][34:] == "known minimum 0"
    assert end_lines(run)[2][34:].endswith("from the known minimum (-3.779, -3.283)")


def test_sixty_five_variables_stay_on_their_lines():
    run = steepest.minimize(gallery.rosenbrock(n=65), max_iter=20)
    lines = [*head_lines(run), *end_lines(run), *plain_repr(run).splitlines()]
    assert max(map(len, lines)) < 130
    assert "start (-1.2, 1, -1.2, ... 65 components)" in lines[0]
    at = end_lines(run)[1].index("known minimum")
    assert end_lines(run)[2][at - 2 : at] == "  "
    assert re.match(r"\S+ from the known minimum \(1, 1, 1, \.\.\. 65 components\)$", end_lines(run)[2][at:])


def test_one_variable():
    run = steepest.minimize(gallery.sphere(n=1), learning_rate=0.5, method="gradient_descent")
    assert head_lines(run) == [
        "sphere, 1 variable, start (-4), gradient: exact",
        "gradient_descent   learning_rate 0.5",
    ]
    assert end_lines(run)[1:] == [
        "  f  16 -> 0                      known minimum 0",
        "  w  (0)                          0 from the known minimum (0)",
    ]


def test_several_starts_are_named_in_the_head():
    run = steepest.minimize(gallery.rastrigin(), starts=5, seed=1)
    assert head_lines(run)[0].startswith("rastrigin, 2 variables, the best of 5 starts (seed 1): (")
    assert "  others         4 other starts: .others\n" in plain_repr(run)


def test_a_stochastic_run_names_batch_and_sampling(two_classes):
    run = steepest.minimize(two_classes, batch_size=2, max_iter=2, learning_rate=0.01, seed=3)
    assert head_lines(run)[1] == "momentum   learning_rate 0.01   momentum 0.9   batch_size 2, shuffle, seed 3"


def test_a_switch_that_is_on_is_named():
    run = steepest.minimize(gallery.sphere(), learning_rate=0.1, rate_outside=True, max_iter=1)
    assert head_lines(run)[1] == "momentum   learning_rate 0.1   momentum 0.9   rate_outside"


# -- message and reprs -----------------------------------------------------------------------------------------------


def test_the_message_holds_outcome_why_try_and_gradient():
    run = steepest.minimize(gallery.rosenbrock(), learning_rate=0.005)
    parts = run.message.split("; ")
    assert parts[0] == end_lines(run)[0]
    assert re.fullmatch(r"largest gradient component \S+ at the last finite row", parts[1])
    assert parts[2] == end_lines(run)[1].removeprefix("  why   ")
    assert parts[3:] == ["try learning_rate=0.00066", "gradient: exact"]


def test_the_repr_of_a_run_that_converged():
    assert repr(steepest.minimize(gallery.rosenbrock())).splitlines() == [
        "<Run momentum on rosenbrock: CONVERGED, 4,613 iterations>",
        "  f              1.563e-12    (start 24.2, known minimum 0)",
        "  w              [0.99999875 0.9999975 ]",
        "  max |grad|     9.997e-07    (grad_tol 1e-06)",
        "  learning_rate  0.0006638 (auto), momentum 0.9",
        "  history 4,614 rows: .plot_path() .plot_loss() .save()",
    ]


def test_the_repr_of_a_run_that_failed_says_why():
    run = steepest.minimize(gallery.rosenbrock(), learning_rate=0.005)
    assert labels(run) == ["f", "w", "max |grad|", "learning_rate", "ended", "why", "try"]


def test_a_long_w_stays_in_its_column():
    lines = repr(steepest.minimize(gallery.sphere(n=8), learning_rate=0.1)).splitlines()
    at = next(k for k, line in enumerate(lines) if line.startswith("  w "))
    assert lines[at + 1].startswith(" " * 17)
    assert not lines[at + 1].lstrip().startswith("max")


@pytest.mark.parametrize("problem", [gallery.rosenbrock(), lambda w: float(w @ w)])
def test_a_loaded_run_reads_the_same(problem, tmp_path):
    run = steepest.minimize(problem, [0.5, 2.0], learning_rate=0.001, max_iter=30)
    loaded = steepest.load(run.save(tmp_path / "run.npz"))
    assert loaded.message == run.message
    assert repr(loaded) == repr(run)
    assert head_lines(loaded) + end_lines(loaded) == head_lines(run) + end_lines(run)


def test_a_loaded_run_without_its_values_omits_the_start(tmp_path):
    run = steepest.minimize(lambda w: float(w @ w), [0.5, 2.0], learning_rate=0.1, max_iter=9, record="none")
    loaded = steepest.load(run.save(tmp_path / "run.npz"))
    assert "->" in end_lines(run)[1]
    assert end_lines(loaded)[1].startswith("  f  ")
    assert "->" not in end_lines(loaded)[1]
    assert "start" not in plain_repr(loaded)


def test_everything_is_ascii():
    for run in (steepest.minimize(gallery.saddle()), steepest.minimize(gallery.sphere(), starts=2)):
        assert "\n".join([*head_lines(run), *end_lines(run), repr(run), run.message, html_repr(run)]).isascii()


def test_html_is_the_repr_beside_a_small_curve():
    run = steepest.minimize(gallery.rosenbrock(), max_iter=300)
    tree = ElementTree.fromstring(run._repr_html_())
    assert tree.find("pre").text == repr(run)
    svg = tree.find("svg")
    points = [tuple(map(float, pair.split(","))) for pair in svg.find("polyline").get("points").split()]
    width, height = float(svg.get("width")), float(svg.get("height"))
    assert 2 <= len(points) <= width
    assert all(0 <= x <= width and 0 <= y <= height for x, y in points)
    assert svg.get("aria-label") == "f over iterations, log scale"


@pytest.mark.parametrize(
    "run",
    [
        lambda: steepest.minimize(gallery.sphere(), learning_rate=0.1, max_iter=0),
        lambda: steepest.minimize(gallery.sphere(), learning_rate=0.1, record=("w",)),
        lambda: steepest.minimize(lambda w: float("nan"), [1.0], learning_rate=0.1),
    ],
)
def test_html_without_a_curve(run):
    tree = ElementTree.fromstring(html_repr(run()))
    assert tree.find("svg") is None


def test_html_of_values_near_the_largest_float():
    def swinging(w):
        return 1.6e308 * float(np.sin(w[0]))

    run = steepest.minimize(swinging, [1.5], grad=lambda w: np.array([-1.0]), learning_rate=0.5, max_iter=9)
    points = ElementTree.fromstring(html_repr(run)).find("svg/polyline").get("points")
    assert np.isfinite([float(v) for v in re.split("[ ,]", points)]).all()


def test_reprs_import_no_drawing():
    code = (
        "import sys, steepest\n"
        "run = steepest.minimize(steepest.gallery.sphere())\n"
        "repr(run), run._repr_html_(), run.message\n"
        "assert 'matplotlib' not in sys.modules and 'rich' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
