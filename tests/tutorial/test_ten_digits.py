"""All ten digits: the counts are those of the runs, made again here, and the page says them."""

import re
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from steepest.tutorial import ten_digits_figures, ten_digits_text
from steepest.tutorial.ten_digits import BATCHES, MODELS, REST, SOFTMAX, named, run_ten_digits, sign_test


@pytest.fixture(scope="session")
def ten():
    return run_ten_digits(lambda line: None)


@pytest.fixture(scope="session")
def found(written):
    return written.results["ten_digits"]


@pytest.fixture(scope="session")
def text(written):
    page = written.page.read_text(encoding="utf-8")
    section = page[page.index('<h2 id="ten"') : page.index('<h2 id="errata"')]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", re.sub(r'src="[^"]*"', "", section)))


def test_the_section_stands_between_what_was_learnt_and_the_errata(written):
    page = written.page.read_text(encoding="utf-8")
    order = [page.index(f'<h2 id="{name}"') for name in ("learnt", "ten", "errata")]
    assert order == sorted(order)
    names = re.findall(r'<figure id="([^"]*)"', page[order[1] : order[2]])
    assert names == [f"ten-digits-{name}" for name in ("courses", "confusion", "weights", "probabilities", "missed")]


def test_four_runs_start_alike_and_end_by_the_tolerance(found):
    assert [(run["model"], run["kind"]) for run in found["runs"]] == [(m, k) for m in MODELS for k in BATCHES]
    for run in found["runs"]:
        assert run["outcome"] == "CONVERGED"
        assert run["f"][0] == pytest.approx(np.log(10) if run["model"] == SOFTMAX else 10 * np.log(2), rel=1e-12)
        last = np.array(run["f"][-4:])
        assert (np.abs(np.diff(last)) <= 2e-3 * np.abs(last[:-1]) * 1.01).all()
        assert run["updates"] == (run["rows"] - 1) * (1 if run["kind"] == "batch" else 45)


def test_the_error_counts_are_those_of_predict(ten):
    X, X_test = ten.split.X_train / 16, ten.split.X_test / 16
    for one in ten.runs:
        assert one.wrong.shape == (len(one.f), 2)
        assert one.wrong[-1, 0] == (one.run.predict(X) != ten.split.y_train).sum() == one.run.training_errors[0]
        assert one.wrong[-1, 1] == (one.run.predict(X_test) != ten.split.y_test).sum()
        np.testing.assert_array_equal(one.labels, one.run.predict(X_test))
        assert one.wrong[0, 0] == (ten.split.y_train != 0).sum()  # all outputs 0: every picture is read as a 0


def test_a_batch_run_can_be_had_by_hand(ten):
    """Softmax and ten sigmoids, written out with the heavy ball."""
    X = np.hstack((np.ones((ten.split.y_train.size, 1)), ten.split.X_train / 16))
    hits = ten.split.y_train[:, None] == np.arange(10)
    for one in ten.runs:
        if one.kind != "batch":
            continue
        w, step = np.zeros((65, 10)), np.zeros((65, 10))
        for _ in range(20):
            e = np.exp(X @ w)
            p = e / e.sum(axis=1, keepdims=True) if one.model == SOFTMAX else e / (1 + e)
            step = 0.9 * step - 0.5 * X.T @ (p - hits) / len(X)
            w = w + step
        np.testing.assert_allclose(one.run.history.w[20], w.ravel(), rtol=1e-9, atol=1e-12)


def test_the_test_pictures_have_no_say_in_the_choice(ten):
    for model, one in ten.chosen.items():
        assert one.wrong[-1, 0] == min(other.wrong[-1, 0] for other in ten.runs if other.model == model)


def test_softmax_sums_to_one_and_one_against_the_rest_does_not(ten):
    for model, one in ten.chosen.items():
        p = ten.probabilities[model]
        assert ((p >= 0) & (p <= 1)).all()
        np.testing.assert_array_equal(p.argmax(axis=1), one.labels)
    np.testing.assert_allclose(ten.probabilities[SOFTMAX].sum(axis=1), 1, rtol=1e-14)
    w = np.asarray(ten.chosen[REST].run.w)
    sigmoids = 1 / (1 + np.exp(-(ten.split.X_test / 16 @ w[1:] + w[0])))
    np.testing.assert_allclose(ten.sums, sigmoids.sum(axis=1), rtol=1e-9)
    assert np.ptp(ten.sums) > 0.5


def test_the_mean_sum_over_the_training_pictures_is_that_of_the_intercepts_gradient(ten):
    run = ten.chosen[REST].run
    gradient = np.asarray(run.jac).reshape(65, 10)
    assert ten.training_sums.mean() == pytest.approx(1 + gradient[0].sum(), rel=1e-9)


def test_softmaxs_weights_add_up_to_zero_and_blank_pixels_stay_at_zero(ten):
    blank = (ten.split.images_train == 0).all(axis=0)
    assert blank.any()
    for one in ten.runs:
        assert (one.images[:, blank] == 0).all()
        most = np.abs(one.images.sum(axis=0)).max()
        assert (most < 1e-11) == (one.model == SOFTMAX)


def test_the_confusion_is_that_of_the_better_run(ten, found):
    matrix = np.array(found["confusion"]["matrix"])
    np.testing.assert_array_equal(matrix, ten.confusion)
    np.testing.assert_array_equal(matrix.sum(axis=1), np.bincount(ten.truth))
    assert matrix.sum() - matrix.trace() == min(one.wrong[-1, 1] for one in ten.chosen.values())


def test_every_missed_picture_is_there_once_both_models_misses_first(ten, found):
    wrong = {model: one.labels != ten.truth for model, one in ten.chosen.items()}
    assert sorted(ten.missed) == np.flatnonzero(wrong[SOFTMAX] | wrong[REST]).tolist()
    kinds = [(not wrong[SOFTMAX][i], not wrong[REST][i]) for i in ten.missed]
    assert kinds == sorted(kinds)
    assert [one["picture"] for one in found["test_pictures_missed"]] == ten.missed.tolist()
    for one in found["test_pictures_missed"]:
        assert one["digit"] == ten.truth[one["picture"]] != min(one[m] for m in MODELS if one[m] != one["digit"])
    both = len(ten.missed) - ten.alone(SOFTMAX) - ten.alone(REST)
    assert both + ten.alone(SOFTMAX) == wrong[SOFTMAX].sum()


def test_a_fair_coin_is_tossed():
    assert sign_test(0, 0) == sign_test(4, 4) == 1
    assert sign_test(0, 6) == sign_test(6, 0) == 2 / 64
    assert sign_test(3, 5) == pytest.approx(2 * (1 + 8 + 28 + 56) / 256)


def test_the_page_says_the_numbers_of_the_runs(found, text):
    sums = np.array(found["probability_sums"]["test"])
    ends = {(run["model"], run["kind"]): run["test_errors"] for run in found["runs"]}
    first, second = (ends[model, kind] for model, kind in found["chosen"].items())
    said = (
        f"they read {first} and {second} wrongly", f"{sums.min():.3f} at least, {sums.max():.3f} at most",
        f"{100 * found['agreement']['batch']:.1f} % (batch)", f"wrongly, {len(found['test_pictures_missed'])} in all",
        f"the sum is {found['probability_sums']['training_mean']:.4f} on average",
    )  # fmt: skip
    assert [words for words in said if words not in text] == []


def test_the_report_makes_the_same_runs_again(ten, found):
    for one, told in zip(ten.runs, found["runs"], strict=True):
        assert told["f_end"] == one.run.f
        assert told["test_errors"] == one.wrong[-1, 1]


def test_digits_have_their_article():
    assert [named(k) for k in (1, 8, 9)] == ["a 1", "an 8", "a 9"]


# -- whatever the runs say -----------------------------------------------------------------------------------------


def right_about(ten, models):
    """The same study, had these models read every test picture rightly."""
    chosen = {
        model: replace(one, labels=ten.truth, wrong=np.zeros_like(one.wrong)) if model in models else one
        for model, one in ten.chosen.items()
    }
    return replace(ten, chosen=chosen)


@pytest.mark.parametrize("models", [(SOFTMAX, REST), (SOFTMAX,), (REST,)])
def test_the_text_and_the_figures_hold_where_nothing_is_missed(ten, models):
    other = right_about(ten, models)
    study = SimpleNamespace(ten=other)
    ten_digits_figures.missed(study)
    ten_digits_figures.confusion(study).plot()
    assert "No digit is taken for another." in ten_digits_text.confusion_reading(other)
    if len(models) == 2:
        assert ten_digits_text.missed_reading(other) == "No test picture is read wrongly by either model."
        assert "cannot tell the two apart" in ten_digits_text.coin(other)
    else:
        assert "give evidence that one of the two" in ten_digits_text.coin(other)
        assert "read wrongly" not in ten_digits_text.missed_reading(other)


def test_the_weight_images_share_one_symmetric_scale(ten):
    figure = ten_digits_figures.weights(SimpleNamespace(ten=ten))
    shown = [ax.images[0] for ax in figure.axes if ax.images]
    assert len(shown) == 20
    ((low, high),) = {image.get_clim() for image in shown}
    assert low == -high
    assert high == max(np.abs(one.images).max() for one in ten.chosen.values())
    assert [ax.get_title() for ax in figure.axes[:10]] == [str(k) for k in range(10)]


def test_every_missed_picture_is_drawn_with_its_labels(ten):
    figure = ten_digits_figures.missed(SimpleNamespace(ten=ten))
    drawn = [ax for ax in figure.axes if ax.images]
    assert len(drawn) == len(ten.missed)
    for ax, i in zip(drawn, ten.missed, strict=True):
        assert ax.get_title() == named(ten.truth[i])
        for note, one in zip(ax.texts, ten.chosen.values(), strict=True):
            mark = "\N{CHECK MARK}" if one.labels[i] == ten.truth[i] else "\N{BALLOT X}"
            assert note.get_text().endswith(f" {one.labels[i]} {mark}")


def test_the_fewest_wrong_test_labels_of_a_run_are_in_its_course(ten):
    one = ten.runs[0]
    assert f"{one.name}: {one.wrong[:, 1].min()} after" in ten_digits_text.course_reading(ten)
    figure = ten_digits_figures.courses(SimpleNamespace(ten=ten))
    for ax in figure.axes:
        assert len({(line.get_color(), repr(line._unscaled_dash_pattern)) for line in ax.lines[::2]}) == 4
        assert len(ax.get_yticks()) >= 3
