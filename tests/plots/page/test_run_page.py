"""The page of a run: the numbers it holds, and what it does in a browser."""

import base64
import json
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

import steepest
from steepest.engines.retracing import retraced
from steepest.plots.page.packing import modules, packed
from steepest.plots.page.run import run_data
from steepest.verbs.pages import as_page, traced_steps

PAGE = Path(steepest.__file__).parent / "plots" / "page"


def unpacked(given):
    return np.frombuffer(base64.b64decode(given["base64"]), "<f8").reshape(given["shape"])


@pytest.fixture(scope="module")
def run():
    return steepest.minimize("rosenbrock", learning_rate=0.002, max_iter=60, grad_tol=None)


def written(run, tmp_path, name="run.html"):
    return run.to_html(tmp_path / name)


# -- the data ----------------------------------------------------------------------------------------------------------


def test_numbers_are_there_to_the_last_bit(run):
    values = np.array([0.1, -1e300, 5e-324, np.nan, np.inf])
    np.testing.assert_array_equal(unpacked(packed(values)), values)
    data = run_data(run.record, run.problem, *traced_steps(run))
    np.testing.assert_array_equal(unpacked(data["w"]), run.history.w)
    np.testing.assert_array_equal(unpacked(data["f"]), run.history.f)
    np.testing.assert_array_equal(unpacked(data["iteration"]), run.history.iteration)
    gradients = np.array([run.problem.gradient(w) for w in run.history.w])
    np.testing.assert_array_equal(unpacked(data["trace"]["gradient"]), gradients)


def test_the_velocity_is_the_last_step(run):
    _, trace = traced_steps(run)
    np.testing.assert_allclose(trace.slots[0][1:], np.diff(run.history.w, axis=0), rtol=1e-9, atol=1e-15)
    assert (trace.slots[0][0] == 0).all()


def test_steps_that_are_not_those_of_the_record_are_not_shown(run):
    from steepest.verbs.loading import call_of

    call = call_of(run)
    from steepest.engines.task import Task

    task = Task(call.minimized, call.rule._replace(momentum=0.5), run.w0, call.settings, call.plan)
    assert retraced(task, run.history.w) is None


@pytest.mark.parametrize(
    ("method", "options"),
    [
        ("adam", {"learning_rate": 0.1}), ("nesterov_lookahead", {"learning_rate": 1e-3}), ("lbfgs", {}),
        ("momentum", {"bounds": [(-1.5, 1.5), (-1.5, 1.5)]}), ("schedule_free_sgd", {"learning_rate": 1e-3}),
        ("momentum", {"maximize": True, "max_iter": 3, "learning_rate": 1e-4}), ("momentum", {"learning_rate": 0.02}),
        ("gradient_descent", {"learning_rate": 1e-3, "record": 7}), ("conjugate_gradient", {}),
        ("momentum", {"weight_decay": 0.1}), ("barzilai_borwein", {}),
    ],
)  # fmt: skip
def test_any_run_has_a_page(method, options):
    run = steepest.minimize("rosenbrock", method=method, **{"max_iter": 25, **options})
    data = held(as_page(run))
    assert len(unpacked(data["f"])) == len(run.history)


def held(text):
    """The data inside a page; JSON as the standard has it."""
    inside = re.search(r'<script type="application/json" id="run">(.*?)</script>', text, re.DOTALL)[1]
    return json.loads(inside, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))


def test_a_page_fetches_nothing_and_is_safe_to_hold_any_text(tmp_path):
    run = steepest.minimize(lambda w: float(w @ w), [1.0, 2.0], grad=lambda w: 2 * w, learning_rate=0.1)
    run.record.setup["problem_name"] = "</script><b>&"
    text = as_page(run)
    outside = re.sub(r'<script type="(importmap|application/json)".*?</script>', "", text, flags=re.DOTALL)
    assert not re.search(r"""(?:src|href)\s*=|url\(|@import|https?://|//[a-z]""", outside)
    assert "</script><b>" not in text


def test_a_path_that_is_none_of_a_page_is_refused(run, tmp_path):
    with pytest.raises(steepest.SteepestError, match=r"path must end in .html"):
        run.to_html(tmp_path / "run.txt")
    with pytest.raises(steepest.SteepestError, match=r"the folder .* does not exist; make it first"):
        run.to_html(tmp_path / "nowhere" / "run.html")
    (tmp_path / "taken.html").mkdir()
    with pytest.raises(steepest.SteepestError, match=r"cannot be written"):
        run.to_html(tmp_path / "taken.html")
    none = steepest.minimize("rosenbrock", record=("f",), max_iter=5)
    with pytest.raises(steepest.SteepestError, match=r"history.w"):
        none.to_html(tmp_path / "run.html")


def test_the_same_run_gives_the_same_page(run, tmp_path):
    assert written(run, tmp_path, "a.html").read_bytes() == written(run, tmp_path, "b.html").read_bytes()


# -- in a browser ------------------------------------------------------------------------------------------------------


def shown(page, row):
    page.locator("#row").evaluate(
        "(range, row) => { range.value = row; range.dispatchEvent(new Event('input')); }", row
    )


def numbers(text):
    return [float(part) for part in re.findall(r"-?[\d.]+(?:e-?\d+)?", text.replace("\N{MINUS SIGN}", "-"))]


def test_scrubbing_shows_the_numbers_of_the_row_both_ways(run, tmp_path, opened):
    page = opened(written(run, tmp_path))
    for row in (17, 60, 3, 0):
        shown(page, row)
        assert page.locator("#where").inner_text().startswith(f"iteration {row} ")
        cells = [numbers(line)[-1] for line in page.locator("#steps table td:nth-child(2)").all_inner_texts()]
        np.testing.assert_allclose(cells, run.history.w[row], rtol=1e-6)
    assert "The start" in page.locator(".lines").inner_text()


def test_the_equation_has_the_numbers_of_the_step(run, tmp_path, opened):
    page = opened(written(run, tmp_path))
    shown(page, 9)
    page.locator("#steps select").select_option("1")
    velocity, place = page.locator(".lines p").all_inner_texts()
    v = run.history.w[8] - run.history.w[7]
    g = run.problem.gradient(run.history.w[8])
    assert "momentum" in velocity
    np.testing.assert_allclose(numbers(velocity)[-5:-1], [0.9, v[1], 0.002, g[1]], rtol=1e-4)
    np.testing.assert_allclose(numbers(velocity)[-1], 0.9 * v[1] - 0.002 * g[1], rtol=1e-5)
    np.testing.assert_allclose(numbers(place)[-1], run.history.w[9, 1], rtol=1e-5)


def test_the_keyboard_moves_through_the_run(run, tmp_path, opened):
    page = opened(written(run, tmp_path))
    page.locator("h1").click()
    for key, row in (("ArrowRight", 1), ("ArrowRight", 2), ("ArrowLeft", 1), ("End", 60), ("Home", 0)):
        page.keyboard.press(key)
        assert page.locator("#where").inner_text().startswith(f"iteration {row} ")
    page.keyboard.press(" ")
    page.wait_for_function("document.querySelector('#where').textContent.startsWith('iteration 60')")
    assert page.locator("[data-act=play]").inner_text() == "Play"


def ink(page, selector):
    """How many different colours a canvas shows."""
    return page.locator(selector).evaluate(
        "c => new Set(new Uint32Array(c.getContext('2d').getImageData(0, 0, c.width, c.height).data.buffer)).size"
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everything_is_drawn_in_light_and_dark(run, tmp_path, opened, scheme):
    page = opened(written(run, tmp_path), color_scheme=scheme)
    shown(page, 30)
    page.wait_for_timeout(100)
    assert ink(page, "#stage") > 200
    assert ink(page, "#f-chart") > 5
    assert ink(page, "#second-chart") > 5


def test_the_map_moves_and_comes_back(run, tmp_path, opened):
    page = opened(written(run, tmp_path))
    pixels = "c => c.toDataURL()"
    page.locator("#stage").hover()
    assert "f about" in page.locator("#under").inner_text()
    first = page.locator("#stage").evaluate(pixels)
    page.mouse.wheel(0, 300)
    page.wait_for_timeout(100)
    moved = page.locator("#stage").evaluate(pixels)
    page.locator("#stage").press("0")
    page.wait_for_timeout(100)
    assert moved != first
    assert page.locator("#stage").evaluate(pixels) == first
    page.locator("#stage").press("ArrowLeft")
    page.wait_for_timeout(100)
    assert page.locator("#stage").evaluate(pixels) != first


def test_pressing_a_curve_goes_to_its_row(run, tmp_path, opened):
    page = opened(written(run, tmp_path))
    box = page.locator("#f-chart").bounding_box()
    page.mouse.click(box["x"] + 0.6 * box["width"], box["y"] + 0.5 * box["height"])
    row = numbers(page.locator("#where").inner_text())[0]
    assert 25 < row < 45


def model():
    rng = np.random.default_rng(0)
    return steepest.LinearModel(rng.standard_normal((40, 5)), rng.standard_normal(40))


KINDS = {
    "one variable": lambda: steepest.minimize("x^4 - 3*x^2 + x", [2.0], learning_rate=0.02, max_iter=9),
    "diverged": lambda: steepest.minimize("rosenbrock", learning_rate=0.01),
    "many variables": lambda: steepest.minimize(model(), method="adam", learning_rate=0.1, max_iter=30),
    "epochs": lambda: steepest.minimize(model(), batch_size=8, max_iter=12),
    "no step": lambda: steepest.minimize("sphere", [0.0, 0.0]),
    "thinned": lambda: steepest.minimize("rosenbrock", max_iter=300, record=50, grad_tol=None),
}


@pytest.mark.parametrize("kind", KINDS)
def test_runs_of_all_kinds_are_shown(kind, tmp_path, opened):
    run = KINDS[kind]()
    page = opened(written(run, tmp_path))
    shown(page, len(run.history) - 1)
    page.wait_for_timeout(100)
    assert ink(page, "#stage") > 20
    assert page.locator("h1").inner_text().startswith(run.recipe["method"]["name"])
    assert page.locator("#steps table tr").count() == 1 + run.problem.n


def test_long_runs_stay_quick_to_show(tmp_path, opened):
    run = steepest.minimize(
        "rosenbrock", method="gradient_descent", learning_rate=1e-4, max_iter=100_000, grad_tol=None
    )
    page = opened(written(run, tmp_path))
    took = page.evaluate(
        """() => { const range = document.querySelector('#row'), began = performance.now();
        for (let k = 0; k < 20; k++) { range.value = 5000 * k; range.dispatchEvent(new Event('input')); }
        return (performance.now() - began) / 20; }"""
    )
    assert took < 1000  # a frame each, not a second; the record is whole
    assert page.locator("#row").get_attribute("max") == "100000"


# -- the modules -------------------------------------------------------------------------------------------------------


def test_the_modules_pass_the_type_checker(tmp_path):
    if shutil.which("npm") is None:
        pytest.skip("no Node here: the drawing modules were not type-checked")
    subprocess.run(["npm", "install", "--silent", "--prefix", str(tmp_path), "typescript@5"], check=True, timeout=300)
    tsc = tmp_path / "node_modules" / ".bin" / "tsc"
    done = subprocess.run([tsc, "-p", PAGE / "jsconfig.json"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_modules_import_one_another_by_name_only():
    known = modules()
    for name, text in known.items():
        for target in re.findall(r'from "([^"]+)"', text):
            assert target in known, f"{name} imports {target}"
    assert json.loads(json.dumps(known)) == known
