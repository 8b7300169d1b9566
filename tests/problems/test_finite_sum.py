"""A user's own loss of each example: what it adds up to, whose gradient it takes, and what it says of bad input."""

import json
from typing import Any

import numpy as np
import pytest

import steepest
from steepest.base.errors import ArgumentError
from steepest.base.trees import Tree
from steepest.problems.differences import central_differences
from steepest.problems.finite_sum import FiniteSum

RANDOM = np.random.default_rng(7)
X = RANDOM.normal(size=(12, 3))
Y = X @ [1.0, -2.0, 0.5] + 0.1 * RANDOM.normal(size=12)
W = np.array([0.3, -0.4, 0.8])
NOTED = "central differences, 6 evaluations an iteration"


def loss(w, example):
    """Half the squared error."""
    x, y = example
    return 0.5 * ((w * x).sum() - y) ** 2


def slope(w, example):
    x, y = example
    return ((w * x).sum() - y) * x


def mean_loss(w, rows):
    X, y = rows
    return 0.5 * ((X @ w - y) ** 2).mean()


def mean_slope(w, rows):
    X, y = rows
    return (X @ w - y) @ X / len(y)


def sum_loss(w, rows):
    X, y = rows
    return 0.5 * ((X @ w - y) ** 2).sum()


def sum_slope(w, rows):
    X, y = rows
    return (X @ w - y) @ X


def opaque(w, example):
    """The same, in code that JAX must not see."""
    x, y = example
    out = [0.0]
    out[0] = 0.5 * float(np.dot(w, x) - y) ** 2
    return out[0]


def opaque_mean(w, rows):
    out = [0.0]
    out[0] = mean_loss(w, rows)
    return out[0]


def opaque_sum(w, rows):
    out = [0.0]
    out[0] = sum_loss(w, rows)
    return out[0]


FORMS = [
    ("mean", False, loss, slope, opaque), ("sum", False, loss, slope, opaque),
    ("mean", True, mean_loss, mean_slope, opaque_mean), ("sum", True, sum_loss, sum_slope, opaque_sum),
]  # fmt: skip


def problem(f, grad=None, batched=False, reduction="mean", data=(X, Y), w0=W):
    return FiniteSum(f, data, grad=grad, batched=batched, reduction=reduction).at(np.array(w0))


# -- values and gradients ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", ["yours", "automatic", "central differences"])
@pytest.mark.parametrize(("reduction", "batched", "f", "grad", "hidden"), FORMS)
def test_every_form_is_the_linear_model(source, reduction, batched, f, grad, hidden):
    model = steepest.LinearModel(X, Y, fit_intercept=False, reduction=reduction)
    total = problem(
        hidden if source == "central differences" else f, grad if source == "yours" else None, batched, reduction
    )
    assert total.gradient_note.startswith(source)
    assert total.automatic == (source == "automatic")
    assert (total.n, total.rows, total.reduction, total.start, total.box) == (3, 12, reduction, None, None)
    accuracy = 1e-7 if source == "central differences" else 1e-13
    for w in (W, np.zeros(3), 10.0 * W):
        assert total.value(w) == pytest.approx(model.value(w), rel=1e-13)
        np.testing.assert_allclose(total.gradient(w), model.gradient(w), rtol=accuracy, atol=accuracy)
        for rows in (np.array([4]), np.array([3, 3, 11, 0, 7]), np.arange(12)[::-1]):
            f_batch, g_batch = total.batch_value_and_gradient(w, rows)
            f_known, g_known = model.batch_value_and_gradient(w, rows)
            assert f_batch == pytest.approx(f_known, rel=1e-13)
            np.testing.assert_allclose(g_batch, g_known, rtol=accuracy, atol=accuracy)
    value, gradient = total.value_and_gradient(W)
    assert value == total.value(W)
    assert np.array_equal(gradient, total.gradient(W))


def test_a_gradient_that_is_kept_is_not_changed_by_the_next():
    total = problem(loss)
    first = total.gradient(W)
    known = first.copy()
    first[:] = 0.0
    assert np.array_equal(total.gradient(W), known)
    assert not np.array_equal(total.gradient(2 * W), known)


def test_a_row_order_reused_for_other_rows_is_seen():
    total = problem(loss)
    rows = np.array([0, 1])
    before = total.batch_value_and_gradient(W, rows)
    after = total.batch_value_and_gradient(W, np.array([2, 3]))
    assert before[0] != after[0]
    assert total.batch_value_and_gradient(W, rows)[0] == before[0]


@pytest.mark.parametrize("engine", ["python", "jax"])
@pytest.mark.parametrize(
    ("data", "f"),
    [
        ((X, Y), lambda w, e: ((w * e[0]).sum() - e[1]) ** 2),
        ([X, Y], lambda w, e: ((w * e[0]).sum() - e[1]) ** 2),
        ({"y": Y, "x": X}, lambda w, e: ((w * e["x"]).sum() - e["y"]) ** 2),
        ({"a": (X, [Y])}, lambda w, e: ((w * e["a"][0]).sum() - e["a"][1][0]) ** 2),
        (np.c_[X, Y], lambda w, e: ((w * e[:3]).sum() - e[3]) ** 2),
        (np.c_[X, Y].astype(np.float32).astype(float), lambda w, e: ((w * e[:3]).sum() - e[3]) ** 2),
    ],
    ids=["tuple", "list", "dict", "nested", "array", "rounded"],
)  # fmt: skip
def test_data_of_any_shape(engine, data, f):
    run = steepest.minimize(FiniteSum(f, data), W, learning_rate=0.05, max_iter=5, engine=engine, batch_size=5)
    model = steepest.LinearModel(X, Y, fit_intercept=False)
    wanted = steepest.minimize(model, W, learning_rate=0.1, max_iter=5, engine="python", batch_size=5)
    np.testing.assert_allclose(run.history.w, wanted.history.w, rtol=1e-6)
    np.testing.assert_allclose(run.history.f, 2.0 * wanted.history.f, rtol=1e-6)


def test_whole_numbers_and_flags_are_data_too():
    counts, flags = np.arange(4), np.array([True, False, True, True])
    total = problem(lambda w, e: (w[0] - e[0]) ** 2 * e[1], data=(counts, flags), w0=[1.5])
    assert total.gradient_note == "automatic"
    assert total.value([1.5] * np.ones(1)) == np.mean([2.25, 0.0, 0.25, 2.25])


# -- the article's pair ----------------------------------------------------------------------------------------------


def mse(w, xy):
    x, y = xy
    o = np.sum(x * w, axis=1)
    return np.sum((y - o) * (y - o)) / 2


def grad_mse(w, xy):
    x, y = xy
    o = np.sum(x * w, axis=1)
    return np.sum((o - y).reshape((-1, 1)) * x, axis=0)


@pytest.mark.parametrize("grad", [grad_mse, None], ids=["its gradient", "automatic"])
@pytest.mark.parametrize("batch", [None, 1, 5])
def test_the_article_s_pair_on_the_digits_gives_the_linear_model_s_numbers(grad, batch):
    split = steepest.datasets.digits((0, 1), bias=True)
    data = split.X_train, split.y_train
    model = steepest.LinearModel(*data, fit_intercept=False, reduction="sum")
    total = FiniteSum(mse, data, grad=grad, batched=True, reduction="sum")
    options: Any = {"learning_rate": 1e-6, "momentum": 0.5, "max_iter": 4, "batch_size": batch, "seed": 3}
    wanted = steepest.minimize(model, np.full(65, 0.01), engine="python", **options)
    for engine in ("python",) if grad else ("python", "jax"):
        run = steepest.minimize(total, np.full(65, 0.01), engine=engine, **options)
        np.testing.assert_allclose(run.history.w, wanted.history.w, rtol=0, atol=1e-13 * np.abs(wanted.w).max())
        np.testing.assert_allclose(run.history.f, wanted.history.f, rtol=1e-12)
        if batch:
            np.testing.assert_allclose(run.history.running_f[1:], wanted.history.running_f[1:], rtol=1e-12)
    assert wanted.f < 0.9 * wanted.f_start


# -- weights in a shape of their own ---------------------------------------------------------------------------------


def network_loss(w, example):
    """Cross-entropy of one hidden layer."""
    x, label = example
    hidden = np.tanh(x @ w["in"] + w["in_bias"])
    scores = hidden @ w["out"] + w["out_bias"]
    return np.log(np.exp(scores - scores.max()).sum()) + scores.max() - (scores * label).sum()


def network(seed=0):
    random = np.random.default_rng(seed)
    return {
        "in": 0.2 * random.normal(size=(64, 12)), "in_bias": np.zeros(12),
        "out": 0.2 * random.normal(size=(12, 3)), "out_bias": np.zeros(3),
    }  # fmt: skip


def test_a_small_network_learns_the_digits(tmp_path):
    split = steepest.datasets.digits((0, 1, 2))
    labels = np.eye(3)[split.y_train.astype(int)]
    total = FiniteSum(network_loss, (split.X_train / 16.0, labels))
    run = steepest.minimize(total, network(), "adam", learning_rate=0.01, batch_size=32, max_iter=12, seed=1)
    assert run.engine == "jax"
    assert run.recipe["gradient"] == "automatic"
    assert {name: leaf.shape for name, leaf in run.w.items()} == {
        "in": (64, 12), "in_bias": (12,), "out": (12, 3), "out_bias": (3,),
    }  # fmt: skip
    hidden = np.tanh(split.X_test / 16.0 @ run.w["in"] + run.w["in_bias"])
    found = (hidden @ run.w["out"] + run.w["out_bias"]).argmax(axis=1)
    assert (found == split.y_test).mean() > 0.97
    plain = steepest.minimize(
        total, network(), "adam", learning_rate=0.01, batch_size=32, max_iter=1, seed=1, engine="python"
    )
    np.testing.assert_allclose(plain.history.w, run.history.w[:2], rtol=0, atol=1e-12)
    loaded = steepest.load(run.save(tmp_path / "run.npz"))
    assert np.array_equal(loaded.w["out"], run.w["out"])
    replayed = loaded.replay(problem=total)
    assert np.array_equal(replayed.history.w, run.history.w)
    assert np.array_equal(replayed.start["in"], network()["in"])


def test_a_network_s_gradient_by_hand_and_by_differences():
    data = RANDOM.normal(size=(6, 64)), np.eye(3)[[0, 1, 2, 0, 1, 2]]
    shaped = FiniteSum(network_loss, data)
    tree, flat = Tree.of(network())
    total = shaped.at(flat, tree)
    np.testing.assert_allclose(total.gradient(flat), central_differences(total.value, flat), atol=1e-7)

    def own(w, example):
        """The gradient of network_loss, written out, in the shape of w."""
        x, label = example
        hidden = np.tanh(x @ w["in"] + w["in_bias"])
        scores = hidden @ w["out"] + w["out_bias"]
        odds = np.exp(scores - scores.max())
        wrong = odds / odds.sum() - label
        back = (w["out"] @ wrong) * (1.0 - hidden**2)
        return {
            "in": np.outer(x, back), "in_bias": back, "out": np.outer(hidden, wrong), "out_bias": wrong,
        }  # fmt: skip

    by_hand = FiniteSum(network_loss, data, grad=own).at(flat, tree)
    assert by_hand.gradient_note == "yours"
    np.testing.assert_allclose(by_hand.gradient(flat), total.gradient(flat), rtol=1e-9, atol=1e-13)


# -- what is said of it ----------------------------------------------------------------------------------------------


def test_the_gradient_is_named_on_the_first_line_and_in_the_recipe():
    from steepest.verbs.report import head_lines

    for f, grad, said in (
        (loss, None, "automatic"),
        (loss, slope, "yours"),
        (opaque, None, f"{NOTED} (not automatic: it assigns to items (out[0] = ...))"),
    ):
        run = steepest.minimize(FiniteSum(f, (X, Y), grad=grad), W, learning_rate=0.1, max_iter=2)
        assert run.recipe["gradient"] == said
        assert head_lines(run)[0].endswith(f"gradient: {said}")
        assert run.engine == ("jax" if said == "automatic" else "python")


def test_an_untraceable_loss_is_never_called_with_a_tracer():
    kinds = set()

    def watching(w, example):
        kinds.add(type(w))
        return loss(w, example)

    run = steepest.minimize(FiniteSum(watching, (X, Y)), W, learning_rate=0.1, max_iter=3, batch_size=5)
    assert run.recipe["gradient"].startswith(NOTED)
    assert kinds == {np.ndarray}
    known = steepest.minimize(FiniteSum(loss, (X, Y)), W, learning_rate=0.1, max_iter=3, batch_size=5)
    np.testing.assert_allclose(run.history.w, known.history.w, rtol=1e-7)


def test_without_jax_it_runs_by_differences_and_says_so(monkeypatch):
    monkeypatch.setenv("STEEPEST_WITHOUT_JAX", "1")
    run = steepest.minimize(FiniteSum(loss, (X, Y)), W, learning_rate=0.1, max_iter=50)
    assert run.recipe["gradient"] == NOTED
    assert run.engine == "python"
    assert run.f < 0.1 * run.f_start


def test_the_recipe_holds_the_data_by_fingerprint_and_replay_checks_it(tmp_path):
    total = FiniteSum(loss, (X, Y))
    run = steepest.minimize(total, W, learning_rate=0.1, batch_size=5, max_iter=4)
    recipe = json.loads(json.dumps(run.recipe))["problem"]
    assert (recipe["kind"], recipe["batched"], recipe["reduction"], recipe["n"]) == ("finite_sum", False, "mean", 3)
    assert recipe["name"].endswith("loss")
    assert [part["shape"] for part in recipe["data"]] == [[12, 3], [12]]
    loaded = steepest.load(run.save(tmp_path / "run.npz"))
    assert loaded.problem is None
    assert np.array_equal(loaded.replay(problem=total).history.w, run.history.w)
    other = X.copy()
    other[5, 1] += 1e-12
    for wrong, word in (
        (FiniteSum(loss, (other, Y)), "data"),
        (FiniteSum(loss, (X, Y), reduction="sum"), "reduction"),
        (FiniteSum(loss, (X, Y), grad=slope), "gradient"),
        (FiniteSum(opaque, (X, Y)), "name"),
    ):
        with pytest.raises(ArgumentError, match=rf"^problem differs from the recorded one: its {word} is "):
            loaded.replay(problem=wrong)
    with pytest.raises(
        ArgumentError, match=r"^problem is missing: the recipe holds .*; pass replay\(problem=\.\.\.\)$"
    ):
        loaded.replay()


def test_it_shows_what_it_is():
    assert repr(FiniteSum(loss, (X, Y))) == "<FiniteSum of loss over 12 examples (mean)>"
    assert repr(FiniteSum(lambda w, e: 0.0, np.ones(3), reduction="sum")).startswith("<FiniteSum of a function over 3 ")
    total = problem(loss)
    assert total.name == "loss over 12 examples"
    assert total.formula == "mean over 12 examples of loss(w, example)"


def test_random_starts_are_drawn_from_bounds():
    box = steepest.Box(np.full(3, -2.0), np.full(3, 2.0))
    run = steepest.minimize(FiniteSum(loss, (X, Y)), bounds=box, starts=3, learning_rate=0.1, max_iter=10)
    starts = [run.w0, *(other.w0 for other in run.others)]
    assert len({start.tobytes() for start in starts}) == 3
    assert all(box.holds(start) for start in starts)
    assert run.f == min(run.f, *(other.f for other in run.others))


# -- edges -----------------------------------------------------------------------------------------------------------


def test_a_batch_larger_than_the_data_is_all_of_it():
    runs = [
        steepest.minimize(
            FiniteSum(loss, (X, Y)), W, learning_rate=0.1, max_iter=3, sampling="sequential", batch_size=b
        )
        for b in (12, 500)
    ]
    assert np.array_equal(runs[0].history.w, runs[1].history.w)
    full = steepest.minimize(FiniteSum(loss, (X, Y)), W, learning_rate=0.1, max_iter=3)
    np.testing.assert_allclose(runs[0].history.w, full.history.w, rtol=1e-13)


def test_one_example_is_enough():
    run = steepest.minimize(FiniteSum(lambda w, e: ((w - e) ** 2).sum(), np.array([[1.0, 2.0]])), [0.0, 0.0])
    np.testing.assert_allclose(run.w, [1.0, 2.0], atol=1e-6)


def test_data_without_numbers_ends_the_run_in_words():
    run = steepest.minimize(FiniteSum(lambda w, e: ((w - e) ** 2).sum(), np.array([1.0, np.nan])), [0.0], max_iter=3)
    assert run.outcome is steepest.Outcome.NOT_FINITE
    assert "f is nan at the start" in run.message


def test_an_array_that_the_loss_captured_may_change_between_runs():
    scale = np.ones(3)
    total = FiniteSum(lambda w, e: 0.5 * ((scale * w * e[0]).sum() - e[1]) ** 2, (X, Y))
    for factor in (1.0, 2.0, 1.0):
        scale[:] = factor
        run = steepest.minimize(total, W, "gradient_descent", learning_rate=0.1, max_iter=1)
        assert run.engine == "jax"
        model = steepest.LinearModel(factor * X, Y, fit_intercept=False)
        np.testing.assert_allclose(run.w, W - 0.1 * model.gradient(W), rtol=1e-13)
        assert run.f == pytest.approx(model.value(run.w), rel=1e-13)
