"""Guided scenes: a state of the page with a title and two sentences, each a link by itself."""

from typing import Any, NamedTuple

__all__ = ["SCENES", "Scene"]


class Scene(NamedTuple):
    """``state`` as the page keeps it: problem, start, runs, focus, iterations."""

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
)
