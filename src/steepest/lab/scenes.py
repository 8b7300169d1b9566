"""Guided scenes: a state of the page with a title and two sentences, each a link by itself."""

from typing import Any, NamedTuple

__all__ = ["SCENES", "Scene"]


class Scene(NamedTuple):
    """``state`` as the page keeps it: problem, start, runs, focus, iterations; with ``view`` "data" that of the view of
    data: data, model, runs, focus, epochs."""

    title: str
    story: str
    state: dict[str, Any]


def gallery(name: str, n: int = 2) -> dict[str, Any]:
    return {"kind": "gallery", "name": name, "n": n}


def formula(text: str) -> dict[str, Any]:
    return {"kind": "formula", "text": text}


def run(method: str, learning_rate: float | None = None, **fields: float) -> dict[str, Any]:
    return {"method": method, "fields": {"learning_rate": learning_rate, **fields}}


def state(problem: dict[str, Any], start: list[float], runs: list[dict[str, Any]], iterations: int) -> dict[str, Any]:
    return {"problem": problem, "start": start, "runs": runs, "focus": 0, "iterations": iterations}


def built_in(name: str, **changes: Any) -> dict[str, Any]:
    first = {"classes": None, "features": None, "standardize": True, "test": 0.25, "seed": 0}
    return {"kind": "builtin", "name": name, **first, **changes}


def learner(
    learning_rate: float, batch_size: int | None, method: str = "gradient_descent", **fields: float
) -> dict[str, Any]:
    return {**run(method, learning_rate, **fields), "batch_size": batch_size}


def data_state(
    data: dict[str, Any], runs: list[dict[str, Any]], epochs: int, loss: str = "log_loss", focus: int = 0
) -> dict[str, Any]:
    penalty = "none" if loss == "squared_error" else "l2"
    model = {"loss": loss, "penalty": penalty, "alpha": 0.0001, "multi_class": "auto"}
    return {"view": "data", "data": data, "model": model, "runs": runs, "focus": focus, "epochs": epochs}


RAVINE = formula("x^2/2 + 20*y^2")

SCENES = (
    Scene(
        "Too small",
        "On the round bowl a learning rate of 0.02 creeps: each step removes 4 % of what is left. "
        "Drag the rate to the right and watch the same start arrive in a handful of steps.",
        state(formula("x^2 + y^2"), [1.5, 1.0], [run("gradient_descent", 0.02)], 60),
    ),
    Scene(
        "Too large",
        "Above 1, the stability limit of this bowl, every step lands farther from the minimum than the last. "
        "Just below it the path still jumps across the valley, and comes home slowly.",
        state(formula("x^2 + y^2"), [1.5, 1.0], [run("gradient_descent", 1.02), run("gradient_descent", 0.95)], 40),
    ),
    Scene(
        "Ringing",
        "A momentum of 0.97 carries the point past the minimum again and again: it circles while its energy fades. "
        "Lower the momentum until the spiral becomes a curve.",
        state(formula("x^2 + y^2"), [1.5, 1.0], [run("momentum", 0.02, momentum=0.97)], 200),
    ),
    Scene(
        "The ravine, and momentum",
        "The valley is forty times steeper across than along; plain descent must take steps fit for the walls. "
        "Momentum adds up along the floor and cancels across it, and arrives in a fraction of the steps.",
        state(
            RAVINE,
            [-3.0, 0.4],
            [run("gradient_descent", 0.045), run("momentum", 0.045, momentum=0.7), run("nesterov", 0.03, momentum=0.7)],
            120,
        ),
    ),
    Scene(
        "The saddle",
        "The gradient vanishes at the origin, which is no minimum: along y the ground falls. "
        "From a start almost on the ridge every method lingers; the one with momentum leaves first.",
        state(
            formula("x^2 - y^2 + y^4/4"),
            [1.5, 0.0001],
            [run("gradient_descent", 0.05), run("momentum", 0.05, momentum=0.9), run("rmsprop", 0.02)],
            200,
        ),
    ),
    Scene(
        "Local minima",
        "Where a run ends depends on where it began: the ground has many hollows, one of them the lowest. "
        "Drag the start a little and see it fall into another; momentum jumps over shallow ones.",
        state(
            gallery("rastrigin"),
            [2.3, -1.4],
            [run("gradient_descent", 0.002), run("momentum", 0.002, momentum=0.9), run("adam", 0.1)],
            200,
        ),
    ),
    Scene(
        "The bend",
        "Rosenbrock's valley is easy to reach and hard to follow, for its floor is bent and nearly flat. "
        "Six methods from one start: watch who is carried outwards in the curve.",
        state(
            gallery("rosenbrock"),
            [-1.2, 1.0],
            [
                run("gradient_descent", 0.001),
                run("momentum", 0.001, momentum=0.9),
                run("nesterov", 0.001, momentum=0.9),
                run("adam", 0.05),
                run("rmsprop", 0.02),
                run("adagrad", 0.5),
            ],
            500,
        ),
    ),
    Scene(
        "Adam against momentum",
        "Adam divides each coordinate by the size of its own gradients, so that a steep valley looks round to it. "
        "Momentum must take the rate that the steepest direction allows.",
        state(formula("x^2/2 + 200*y^2"), [-3.0, 0.5], [run("adam", 0.2), run("momentum", 0.0045, momentum=0.9)], 200),
    ),
    Scene(
        "The plateau",
        "Far from the minimum the ground is flat and the gradient next to nothing: plain descent stands still. "
        "Methods that scale their steps walk off at once.",
        state(
            formula("1 - exp(-(x^2 + y^2)/2)"),
            [2.8, 2.2],
            [run("gradient_descent", 0.5), run("adam", 0.1), run("normalized", 0.1)],
            150,
        ),
    ),
    Scene(
        "The edge of stability",
        "At 99 % of the limit the sign of the error changes at every step and its size hardly falls. "
        "At 50 % the same direction is done in one step: the best rate is far from the largest.",
        state(
            formula("x^2/2 + 5*y^2"), [-3.0, 1.0], [run("gradient_descent", 0.198), run("gradient_descent", 0.1)], 80
        ),
    ),
    Scene(
        "One variable",
        "Everything is there in one dimension already: two hollows, a hill between them, and a start that decides. "
        "Raise the rate until the point jumps the hill.",
        state(
            formula("x^4 - 3*x^2 + x"), [2.0], [run("gradient_descent", 0.02), run("momentum", 0.02, momentum=0.8)], 60
        ),
    ),
    Scene(
        "The article's choices",
        "Small rates with a high momentum, as is often advised: on the round bowl that rings longest. "
        "Draw the grid of a dozen settings below and compare.",
        state(
            formula("x^2 + y^2"),
            [-0.8, -0.6],
            [run("momentum", 0.05, momentum=0.9), run("momentum", 0.2, momentum=0.5), run("momentum", 0.5, momentum=0)],
            60,
        ),
    ),
    Scene(
        "Data: digits, 0 against 1",
        "Two digits, 64 pixels, one picture of weights: vermilion where ink speaks for a 1, blue where it speaks for a "
        "0. Go back to the start and play: after one epoch no held-out digit is wrong, and the picture only deepens.",
        data_state(
            built_in("digits", classes=["0", "1"], standardize=False),
            [learner(0.0025, None), learner(0.0025, None, "momentum", momentum=0.9), learner(0.0005, 1)],
            30,
            focus=2,
        ),
    ),
    Scene(
        "Data: all ten digits",
        "One picture of weights a digit, one row of the matrix a true digit; press a cell to see its rows. "
        "Momentum and Adam learn the training rows nearly by heart; on those held out they are no better than descent.",
        data_state(
            built_in("digits"),
            [learner(0.05, 32), learner(0.05, 32, "momentum", momentum=0.9), learner(0.01, 32, "adam")],
            30,
            focus=1,
        ),
    ),
    Scene(
        "Data: the size of the batch",
        "The same rate with all rows, 128, 8 or 1 a step: in an epoch a small batch makes many steps where all rows "
        'together make one. Over steps, "log along", the curves nearly coincide; only that of single rows is held up.',
        data_state(
            built_in("digits"), [learner(0.05, None), learner(0.05, 128), learner(0.05, 8), learner(0.05, 1)], 30
        ),
    ),
    Scene(
        "Data: the noise ball",
        "With one row a step and a constant rate the loss is down after one epoch, and then does not come to rest: it "
        "rattles in a ball about the minimum. A smaller rate makes the ball smaller; all rows together go smoothly.",
        data_state(
            built_in("digits", classes=["3", "8"], standardize=False),
            [learner(0.0006, None), learner(0.0003, 1), learner(0.0001, 1), learner(0.00003, 1)],
            60,
            "squared_error",
            focus=1,
        ),
    ),
    Scene(
        "Data: two measures of wine",
        "Alcohol and flavanoids alone tell three cultivars apart, but for the ringed bottles: straight borders are all "
        "that a linear model can draw. Play, and watch them turn into their places.",
        data_state(
            built_in("wine", features=["alcohol", "flavanoids"]),
            [learner(1.0, None), learner(1.0, None, "momentum", momentum=0.9), learner(0.02, 1)],
            60,
        ),
    ),
)
