"""The lab's view of data in a real browser: by pointer and by keyboard; what it shows is what ``minimize`` gives."""

import base64
import json
import re
from itertools import pairwise

import numpy as np
import pytest

import steepest
from steepest.lab.asks import every_ask
from steepest.lab.held import Held
from steepest.lab.scenes import SCENES
from steepest.lab.work import Job
from steepest.problems import tables

from .pages import axe_faults, numbers, settled, state_of

COLOURS = "c => new Set(new Uint32Array(c.getContext('2d').getImageData(0, 0, c.width, c.height).data.buffer)).size"
ASKS = every_ask()
ODD = """name,age,height,smokes,score,group
ann,31,1.7,yes,3.2,red
bob,,1.82,no,4.1,blue
cid,45,1.66,no,2.2,red
dan,23,,yes,5.1,green
eve,37,1.71,no,3.3,blue
fay,29,1.6,no,4.4,green
gus,51,1.9,yes,1.9,red
hal,33,1.75,no,3.9,blue
"""


def data(name, **changes):
    first = {"kind": "builtin", "name": name, "classes": None, "features": None, "standardize": True, "test": 0.25}
    return {**first, "seed": 0, **changes}


def run(learning_rate, batch_size=None, method="gradient_descent", **fields):
    return {"method": method, "fields": {"learning_rate": learning_rate, **fields}, "batch_size": batch_size}


def state(data, *runs, epochs=20, loss="log_loss", **changes):
    model = {"loss": loss, "penalty": "none", "alpha": 0.0001, "multi_class": "auto"}
    return {"view": "data", "data": data, "model": model, "runs": list(runs), "focus": 0, "epochs": epochs, **changes}


ZERO_ONE = state(data("digits", classes=["0", "1"]), run(0.1))
WINE = state(data("wine", features=["alcohol", "flavanoids"]), run(0.5))
VALUES = state(data("diabetes"), run(0.2), loss="squared_error")


@pytest.fixture
def shown(opened):
    """``shown(state, **context)``: the page at that state of the view of data, settled."""

    def show(wanted=None, **settings):
        fragment = ""
        if wanted is not None:
            text = base64.urlsafe_b64encode(json.dumps(wanted).encode()).decode().rstrip("=")
            fragment = f"state={text}"
        page = opened(fragment, **settings)
        if wanted is None:
            page.locator("#tab-data").click()
        settled(page)
        return page

    return show


def own(wanted, k=0):
    """The parts of the data and the run that a state names, by the library."""
    given, setting = wanted["data"], wanted["runs"][k]
    table = steepest.datasets.table(given["name"])
    if given["classes"] is not None:
        table = table.of_classes(*map(float, given["classes"]))
    if given["features"] is not None:
        table = table.with_columns(*given["features"])
    parts = tables.parted(table, given["test"], given["seed"], None, given["standardize"])
    loss = wanted["model"]["loss"]
    if loss == "log_loss" and len(np.unique(parts.train.y)) > 2:
        loss = "multinomial_log_loss"
    penalty = {} if wanted["model"]["penalty"] == "none" else {"penalty": "l2", "alpha": wanted["model"]["alpha"]}
    problem = steepest.LinearModel(parts.train.X, parts.train.y, loss=loss, **penalty)
    fields = {name: value for name, value in setting["fields"].items() if value is not None}
    found = steepest.minimize(
        problem, None, setting["method"], batch_size=setting["batch_size"], max_iter=wanted["epochs"], seed=0,
        progress=False, **fields,
    )  # fmt: skip
    return parts, found


def where(page):
    return numbers(page.locator("#data-where").inner_text())


def score(page):
    return numbers(page.locator("#data-score").inner_text().rstrip("."))[0]


def cells(page):
    rows = page.locator("#data-matrix tr").all()[1:]
    return [[int(cell.inner_text()) for cell in row.locator("button").all()] for row in rows]


def press(page, k, name):
    page.locator("#data-cards .run").nth(k).get_by_role("button", name=name, exact=True).click()


def rate(page, k=0):
    return page.locator("#data-cards .run").nth(k).locator(".field input[type=text]").first


def test_the_first_view_trains_three_batch_sizes_side_by_side(shown):
    page = shown()
    assert page.locator("#data-cards .run").count() == 3
    found = state_of(page)
    assert [one["batch_size"] for one in found["runs"]] == [None, 32, 1]
    parts, wanted = own(found, found["focus"])
    epoch, loss, error, held = where(page)
    predicted = wanted.predict(parts.test.X)
    assert epoch == 30
    assert loss == pytest.approx(wanted.f, rel=1e-4)
    assert error == pytest.approx(100 * np.mean(wanted.predict(parts.train.X) != parts.train.y), abs=0.05)
    assert held == pytest.approx(100 * np.mean(predicted != parts.test.y), abs=0.05)
    counts = [[int(((parts.test.y == i) & (predicted == j)).sum()) for j in range(10)] for i in range(10)]
    assert cells(page) == counts
    for canvas in ("#data-loss-chart", "#data-error-chart", "#data-weights-canvas"):
        assert page.locator(canvas).evaluate(COLOURS) > 30
    page.locator("#data-weights summary").click()
    page.locator("#data-weights tr").nth(12).wait_for()
    shown_weights = numbers(" ".join(page.locator("#data-weights tr").nth(12).locator("td").all_inner_texts()))
    np.testing.assert_allclose(shown_weights, wanted.problem.split(wanted.w)[1][10], rtol=1e-3)


def test_classes_by_pointer_and_by_keyboard(shown):
    page = shown(ZERO_ONE)
    assert page.locator("#data-about").inner_text().startswith("1,797 rows; 64 columns to learn from; 2 classes")
    page.locator("#data-classes .chip", has_text="7").click()
    settled(page)
    assert state_of(page)["data"]["classes"] == ["0", "1", "7"]
    assert len(cells(page)) == 3
    assert page.evaluate("document.activeElement.textContent") == "7"
    page.keyboard.press("Space")
    settled(page)
    assert state_of(page)["data"]["classes"] == ["0", "1"]
    page.locator("#data-classes .chip", has_text="1").press("Enter")
    assert "At least two" in page.locator("#data-about").inner_text()
    page.locator("#data-classes .all").click()
    settled(page)
    assert state_of(page)["data"]["classes"] is None


def test_a_changed_rate_trains_again_at_once(shown):
    page = shown(ZERO_ONE)
    slider = page.locator("#data-cards input[type=range]").first
    slider.focus()
    for _ in range(3):
        slider.press("ArrowRight")
    settled(page)
    found = state_of(page)
    assert found["runs"][0]["fields"]["learning_rate"] > 0.1
    assert where(page)[1] == pytest.approx(own(found)[1].f, rel=1e-4)
    page.locator("#data-cards .batch select").select_option("32")
    settled(page)
    assert where(page)[1] == pytest.approx(own(state_of(page))[1].f, rel=1e-4)
    page.locator("#data-penalty").select_option("l2")
    settled(page)
    assert where(page)[1] == pytest.approx(own(state_of(page))[1].f, rel=1e-4)


def test_what_diverged_is_told_and_the_advice_is_taken(shown):
    page = shown(state(data("diabetes"), run(1.0), epochs=400, loss="squared_error"))
    assert page.locator("#data-cards .bad b").inner_text() == "DIVERGED"
    page.locator("#data-cards .bad .try").first.click()
    settled(page)
    assert page.locator("#data-cards .bad").count() == 0
    assert where(page)[1] == pytest.approx(own(state_of(page))[1].f, rel=1e-4)


def test_values_are_drawn_against_the_truth(shown):
    page = shown(VALUES)
    parts, found = own(state_of(page))
    off = found.predict(parts.test.X) - parts.test.y
    assert score(page) == pytest.approx(np.sqrt(np.mean(off**2)), rel=1e-3)
    assert page.locator("#data-scatter canvas").evaluate(COLOURS) > 20
    assert page.locator("#data-matrix").is_hidden()
    worst = parts.test_rows[np.argmax(np.abs(off))]
    assert page.locator("#data-wrong button").first.inner_text().startswith(f"row {worst}:")
    page.locator("#data-part").select_option("train")
    settled(page)
    assert "training rows" in page.locator("#data-score").inner_text()


def test_a_long_training_grows_rests_goes_on_and_stops(shown):
    page = shown(state(data("housing"), run(0.01, 1), epochs=2, loss="squared_error", axis="seconds"))
    page.locator("#data-epochs").fill("100000")
    page.locator("#data-epochs").press("Enter")
    assert "press Train" in page.locator("#data-stale").inner_text()
    page.locator("#data-train").press("Enter")
    card = page.locator("#data-cards .run").first
    legend = page.locator("#data-legend").inner_text()
    card.get_by_role("button", name="Pause").click()
    page.locator("#data-legend", has_not_text=legend).wait_for()  # the curve of what there is
    resume = card.get_by_role("button", name="Resume")
    assert resume.evaluate("b => b === document.activeElement")
    assert page.locator("body").get_attribute("data-busy") == "true"
    page.locator("#data-axis").press("ArrowUp")  # rows seen are known at the end: what there is is of the run before
    page.locator("#data-legend", has_text=legend).wait_for()
    page.locator("#data-axis").press("ArrowUp")
    page.locator("#data-legend", has_not_text=legend).wait_for()
    assert state_of(page)["axis"] == "gradients"
    resume.press("Enter")
    card.get_by_role("button", name="Stop").click()
    settled(page)
    assert card.locator(".told b").first.inner_text() == "STOPPED"
    assert 2 < where(page)[0] < 100_000


def test_curves_over_what_one_likes_to_count(shown):
    page = shown(state(data("digits", classes=["0", "1"]), run(0.1), run(0.1, 30), focus=1))
    page.locator("#data-axis").select_option("gradients")
    page.locator("#data-along").check()
    assert (state_of(page)["axis"], state_of(page)["along"]) == ("gradients", True)
    box = page.locator("#data-loss-chart").bounding_box()
    page.locator("#data-loss-chart").click(position={"x": box["width"] - 27, "y": 60})
    assert where(page)[0] == 20
    page.locator("#data-loss-chart").click(position={"x": 63, "y": 60})
    assert where(page)[0] <= 1
    page.locator("section[aria-label=Curves] summary").click()
    first = numbers(page.locator("#data-curves-table tr").nth(1).inner_text())
    assert first[:2] == [0, pytest.approx(np.log(2), rel=1e-3)]


def test_weights_and_judgement_move_with_the_player(shown):
    page = shown(ZERO_ONE)
    last = page.locator("#data-weights-canvas").get_attribute("aria-label")
    page.locator("h1").click()
    page.keyboard.press("Home")
    settled(page)
    assert where(page)[0] == 0
    assert "the largest 0;" in page.locator("#data-weights-canvas").get_attribute("aria-label")
    parts = own(ZERO_ONE)[0]
    start = np.mean(parts.test.y == 0)  # weights that are zero speak for no 1
    assert score(page) == pytest.approx(100 * start, abs=0.1)
    page.locator("#data-player [data-act=last]").click()
    settled(page)
    assert page.locator("#data-weights-canvas").get_attribute("aria-label") == last
    page.locator("#data-row").press("ArrowLeft")
    settled(page)
    assert where(page)[0] == 19


def test_a_cell_of_the_matrix_lists_its_rows_and_a_row_is_shown_larger(shown):
    page = shown(state(data("digits"), run(0.5), epochs=10))
    counts = np.array(cells(page))
    i, j = map(int, np.unravel_index(np.argmax(counts - np.diag(np.diag(counts))), counts.shape))
    page.locator("#data-matrix tr").nth(i + 1).locator("button").nth(j).click()
    page.locator("#data-wrong-title", has_text=f"{counts[i, j]} of {i} taken for {j}").wait_for()
    settled(page)
    assert page.locator("#data-wrong button").count() == counts[i, j]
    last = page.locator("#data-wrong button").last
    last.press("Enter")
    assert f"true {i}, predicted {j}, probability" in page.locator("#data-example").inner_text()
    assert page.locator("#data-example canvas").evaluate(COLOURS) > 3
    page.locator("#data-every").click()
    page.locator("#data-wrong-title", has_text="wrong").wait_for()
    settled(page)
    page.locator(f"#data-matrix [aria-label^='{i} predicted as {j}:']").focus()
    page.keyboard.press("ArrowLeft" if j > 0 else "ArrowRight")
    page.keyboard.press("Enter")
    settled(page)
    assert page.locator("#data-matrix [aria-pressed=true]").get_attribute("aria-label").startswith(
        f"{i} predicted as {j - 1 if j > 0 else 1}:"
    )  # fmt: skip


def test_two_columns_show_where_it_decides(shown):
    page = shown(state(data("wine"), run(0.5)))
    assert page.locator("#data-boundary").is_hidden()
    page.locator("#data-x").select_option("alcohol")
    settled(page)
    page.locator("#data-y").select_option("flavanoids")
    settled(page)
    found = state_of(page)
    assert found["data"]["features"] == ["alcohol", "flavanoids"]
    place = page.locator("#data-boundary-canvas")
    assert place.evaluate(COLOURS) > 100
    parts, wanted = own(found)
    predicted, X, y = wanted.predict(parts.test.X), parts.test.X, parts.test.y
    page.locator("#data-boundary summary").click()
    told = [numbers(row.inner_text()) for row in page.locator("#data-boundary tr").all()[1:]]
    assert [row[3:] for row in told] == [[sum(y == c), sum((y == c) & (predicted != c))] for c in range(3)]
    box = place.bounding_box()
    place.hover(position={"x": box["width"] / 2, "y": box["height"] / 2})
    said = page.locator("#data-boundary-said")
    assert re.search(r"alcohol .* flavanoids .* is predicted, confidence 0\.", said.inner_text())
    place.focus()
    place.press("ArrowRight")
    before = numbers(said.inner_text())[0]
    place.press("ArrowRight")
    assert numbers(said.inner_text())[0] > before
    place.press("+")
    settled(page)
    place.press("ArrowRight")
    place.press("0")
    settled(page)
    page.locator("#data-all").click()
    settled(page)
    assert page.locator("#data-boundary").is_hidden()
    assert len(X) == 45


def test_a_dropped_file_is_told_column_by_column(shown):
    page = shown(ZERO_ONE)
    page.evaluate(
        """(text) => { const moved = new DataTransfer(); moved.items.add(new File([text], "odd.csv"));
        for (const type of ["dragover", "drop"]) document.body.dispatchEvent(
        new DragEvent(type, { dataTransfer: moved, bubbles: true, cancelable: true })); }""",
        ODD,
    )
    fault = page.locator("#data-fault")
    page.locator("#data-fault", has_text=re.compile(r"^odd.csv row \d has no value in column")).wait_for()
    settled(page)
    rows = {row.locator("th").inner_text(): row.inner_text() for row in page.locator("#data-columns tr").all()[1:]}
    assert list(rows) == ["group", "name", "age", "height", "smokes", "score"]
    assert "category" in rows["group"]
    assert numbers(rows["age"])[:4] == [1, 23, 51, pytest.approx(35.57, abs=0.01)]
    assert page.locator("#data-rest").is_hidden()
    page.locator("#data-impute").select_option("median")
    settled(page)
    assert fault.is_hidden()
    page.get_by_label("leave out name").press("Space")
    settled(page)
    assert state_of(page)["data"]["drop"] == ["name"]
    page.get_by_label("predict score").click()
    settled(page)
    assert "score is predicted" in page.locator("#data-about").inner_text()
    assert state_of(page)["model"]["loss"] == "squared_error"
    page.get_by_label("predict smokes").focus()
    page.keyboard.press("Space")
    settled(page)
    assert "2 classes of smokes" in page.locator("#data-about").inner_text()
    names = page.locator("#data-matrix th").all_inner_texts()
    assert names == ["no", "yes", "no", "yes"]


@pytest.mark.parametrize(
    ("name", "content", "part"),
    [
        ("pickled.npy", b"\x93NUMPY\x01\x00v\x00{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", "pickled"),
        ("cut.parquet", b"PAR1\x15\x04\x15", "cut.parquet"), ("empty.csv", b"", "empty.csv"),
        ("zeros.csv", b"a,b\n\x00\x00,\x00\n", "zeros.csv"), ("picture.png", b"\x89PNG", "picture.png"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_refused_in_a_sentence(shown, name, content, part):
    page = shown(ZERO_ONE)
    page.locator("#data-file").set_input_files({"name": name, "mimeType": "text/plain", "buffer": content})
    fault = page.locator("#data-fault")
    fault.wait_for()
    settled(page)
    assert part in fault.inner_text()
    assert page.locator("#data-rest").is_hidden()
    page.locator("#data-set").select_option("wine")
    settled(page)
    assert fault.is_hidden()
    assert len(cells(page)) == 3


def test_why_and_the_best_rate(shown):
    page = shown(ZERO_ONE)
    press(page, 0, "Why?")
    verdict = page.locator("#data-cards .why b")
    verdict.wait_for()
    assert verdict.inner_text() == own(ZERO_ONE)[1].explain().verdict
    press(page, 0, "Best")
    page.locator("#data-cards .why .try").click()
    settled(page)
    assert state_of(page)["runs"][0]["fields"]["learning_rate"] != 0.1


def test_runs_come_and_go(shown):
    page = shown(ZERO_ONE)
    page.locator("#data-add").press("Enter")
    settled(page)
    assert [one["method"] for one in state_of(page)["runs"]] == ["gradient_descent", "momentum"]
    page.locator("#data-cards header select").nth(1).select_option("svrg")
    settled(page)
    assert state_of(page)["runs"][1]["batch_size"] == 1  # it is nothing for all rows at once
    assert where(page)[1] == pytest.approx(own(state_of(page), 1)[1].f, rel=1e-4)
    press(page, 0, "Look")
    settled(page)
    assert where(page)[1] == pytest.approx(own(ZERO_ONE)[1].f, rel=1e-4)
    page.get_by_label("remove method 2").click()
    settled(page)
    assert state_of(page)["runs"] == ZERO_ONE["runs"]


def test_what_one_leaves_with(shown, served):
    page = shown(ZERO_ONE)
    page.locator("#data-share [data-share=python]").click()
    page.wait_for_selector("#data-share pre:not([hidden])")
    found = {}
    exec(page.locator("#data-share pre").inner_text(), found)
    assert found["run"].f == own(ZERO_ONE)[1].f
    for kind, ending in (("model", ".npz"), ("csv", ".csv"), ("png", ".png"), ("html", ".html")):
        with page.expect_download() as waiting:
            page.locator(f"#data-share [data-export={kind}]").click()
        assert waiting.value.suggested_filename.endswith(ending)
    page.locator("#data-axis").select_option("samples")
    again = shown(state_of(page))
    assert state_of(again) == state_of(page)
    assert again.locator("#data-where").inner_text() == page.locator("#data-where").inner_text()
    assert again.locator("#data-axis").input_value() == "samples"


def test_a_link_to_a_file_that_has_gone_says_so(shown):
    gone = {**data("my.csv"), "kind": "file", "id": "gone", "target": None, "drop": [], "task": "auto", "impute": None}
    page = shown(state(gone, run(0.1)))
    assert "give it again" in page.locator("#data-fault").inner_text()
    page.locator("#tab-function").click()
    settled(page)
    assert page.locator("#data").is_hidden()


def test_scenes_of_data_tell_their_story(shown):
    page = shown(ZERO_ONE)
    titles = page.locator("#scene option").all_inner_texts()
    page.locator("#scene").select_option(str(titles.index("Data: two measures of wine") - 1))
    settled(page)
    assert "Alcohol and flavanoids" in page.locator("#story").inner_text()
    assert page.locator("#data-boundary").is_visible()


@pytest.mark.parametrize(
    ("scheme", "width", "wanted"), [("light", 800, WINE), ("dark", 1400, VALUES), ("light", 2560, ZERO_ONE)]
)
def test_nothing_overflows_and_everything_has_a_name(shown, scheme, width, wanted, axe):
    page = shown(wanted, color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.locator("#data details").evaluate_all("all => all.forEach((one) => { one.open = true; })")
    faults = axe_faults(page, axe)
    assert faults == [], json.dumps(faults, indent=1)[:3000]


# -- the scenes are true -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def told():
    """``told(title)``: the answers of ``train`` to the runs of a scene."""
    held = Held()

    def train(title):
        scene = next(scene.state for scene in SCENES if scene.title == f"Data: {title}")
        given = [{**scene, "run": one} for one in scene["runs"]]
        return [ASKS["train"].ask(one, Job(1, None, held, lambda job: None)) for one in given]

    yield train
    held.close()


def test_no_held_out_digit_is_wrong_after_one_epoch(told):
    for answer in told("digits, 0 against 1"):
        assert answer["error_rows"][1] == 1
        assert not answer["error_test"][1:].any()


def test_momentum_and_adam_know_the_training_rows_and_are_no_better(told):
    plain, momentum, adam = told("all ten digits")
    assert max(momentum["error_train"][-1], adam["error_train"][-1]) < 0.002 < plain["error_train"][-1]
    assert min(momentum["error_test"][-1], adam["error_test"][-1]) >= plain["error_test"][-1]


def test_over_steps_batch_sizes_nearly_coincide_but_single_rows_are_held_up(told):
    answers = told("the size of the batch")
    assert all(np.diff([answer["f"] for answer in answers]) < 0)
    for less, more in pairwise(answers):
        inside = more["gradients_axis"] <= less["gradients_axis"][-1]
        there = np.interp(more["gradients_axis"][inside], less["gradients_axis"], less["values"])
        assert inside.sum() > 1
        if more is answers[-1]:
            assert (more["values"][inside][1:] > 1.1 * there[1:]).all()
        else:
            np.testing.assert_allclose(more["values"][inside], there, rtol=0.15)


def test_a_smaller_rate_makes_the_ball_smaller(told):
    smooth, *balls = told("the noise ball")
    assert (np.diff(smooth["values"]) < 0).all()
    assert all(answer["values"][1] < 0.06 * answer["values"][0] for answer in balls)
    rattle = [np.diff(answer["values"][10:]).std() for answer in balls]
    assert rattle[0] > 2 * rattle[1] > 4 * rattle[2] > 0
