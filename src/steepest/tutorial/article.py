"""What the article states: its settings, the numbers it prints, and its names beside ours."""

from typing import NamedTuple

__all__ = ["LEARNING_RATES", "MOMENTA", "NAMES", "PRINTED", "RATE", "SIZE", "Named"]

LEARNING_RATES = (0.05, 0.2, 0.5, 0.8)
"""Of the grid on the bowl, across."""
MOMENTA = (0.0, 0.5, 0.9)
"""Of the grid on the bowl, down; and of batch against stochastic on the digits."""
RATE = 1e-6
"""The learning rate of every run on the digits."""

SIZE = 1e-6
"""It starts the weights of the digits within this distance of zero."""

PRINTED: dict[tuple[str, str, float], tuple[str, str]] = {
    ("first", "batch", 0.7): ("0.69", "1.39"),
    ("first", "stochastic", 0.7): ("0.35", "1.39"),
    ("versus", "batch", 0.0): ("0.35", "1.39"),
    ("versus", "stochastic", 0.0): ("0.35", "1.39"),
    ("versus", "batch", 0.5): ("0.00", "1.39"),
    ("versus", "stochastic", 0.5): ("0.35", "1.39"),
    ("versus", "batch", 0.9): ("0.00", "1.39"),
    ("versus", "stochastic", 0.9): ("0.00", "1.39"),
}
"""(study, kind, momentum) -> the error rates the article prints, training and test, in per cent."""


class Named(NamedTuple):
    """One of the article's names, ours, and what differs."""

    article: str
    ours: str
    note: str


NAMES = (
    Named("gradient_descent(...)", "steepest.tutorial.gradient_descent(...)", "the same signature, the same numbers"),
    Named("", 'steepest.minimize(problem, w0, "momentum")', "the whole run: path, outcome, message"),
    Named(
        "stochastic_gradient_descent(...)", "steepest.tutorial.stochastic_gradient_descent(...)",
        "the same signature, the same numbers",
    ),
    Named("", 'steepest.minimize(model, batch_size=1, sampling="tutorial")', 'sampling="shuffle" is our own order'),
    Named("max_iterations, max_epochs", "max_iter", ""),
    Named("threshold", "f_tol", "None where the article sets -1"),
    Named("w_init", "w0", ""),
    Named("obj_func", "problem", "f(w, *args), a gallery function, or a LinearModel"),
    Named("grad_func", "grad", "central differences where it is left out"),
    Named("extra_param, xy", "args, or LinearModel(X, y)", ""),
    Named("learning_rate, eta", "learning_rate", "any positive number; worked out from the curvature if left out"),
    Named("momentum, alpha", "momentum", "0.9 if left out; the article has 0.8"),
    Named("w_history", "run.history.w", "row 0 is the start"),
    Named("f_history, mse_history", "run.history.f", "shape (rows,), not (rows, 1)"),
    Named('"Iterations"', "len(run.history)", "run.nit is one less: the start is no iteration"),
    Named("mse", 'LinearModel(X, y, reduction="sum")', "half the sum of squares; steepest.tutorial.mse"),
    Named("grad_mse", "model.gradient(w)", "steepest.tutorial.grad_mse"),
    Named("error", "steepest.tutorial.error_rate", "per cent; run.training_errors counts"),
    Named("visualize_learning", "run.plot_path()", ""),
    Named("the loss curves", "run.plot_loss()", ""),
)  # fmt: skip
