"""The cells of the tutorial's notebook and script: the whole study in fewer than 16 code cells."""

from typing import NamedTuple

__all__ = ["CELLS", "Cell"]


class Cell(NamedTuple):
    """``kind`` is "markdown" or "code"."""

    kind: str
    source: str


def text(source: str) -> Cell:
    return Cell("markdown", source.strip())


def code(source: str) -> Cell:
    return Cell("code", source.strip())


CELLS = (
    text("""
# Gradient descent, run and measured

A bowl, then handwritten digits: the study of a tutorial article, run with `steepest`, and what lies behind its numbers.
The report beside this file (`report.html`) has the figures at their best; here is how each number is had.
"""),
    code("""
import matplotlib.pyplot as plt
import numpy as np

import steepest
from steepest import tutorial

print("steepest", steepest.__version__)
"""),
    text("""
## A bowl

`f = w1^2 + w2^2` has one direction only, up from zero, so its colours run from light to dark.
"""),
    code("""
bowl = steepest.gallery.sphere()
line = np.linspace(-10, 10, 201)
values = np.array([[bowl.value(np.array([a, b])) for a in line] for b in line])

figure, ax = plt.subplots(figsize=(6, 5), layout="constrained")
shown = ax.contourf(line, line, values, levels=20, cmap="Blues")
figure.colorbar(shown, label="f")
ax.annotate("minimum", (0, 0), (-7, -7), arrowprops={"arrowstyle": "->"})
ax.plot(0, 0, "kx")
ax.set(xlabel="w1", ylabel="w2", aspect="equal")
print("f is", values.min(), "at the minimum and", values.max(), "in the corners")
"""),
    text("""
Five iterations. Row 0 of a run's history is the start, row t is after t updates.
"""),
    code("""
w0 = np.random.RandomState(19).uniform(-10, 10, 2)
window = steepest.Box([-10, -10], [10, 10])

run = steepest.minimize(bowl, w0, "momentum", learning_rate=0.2, momentum=0.0, max_iter=5, grad_tol=None)
figure, ax = plt.subplots(figsize=(6, 6), layout="constrained")
run.plot_path(ax, box=window)
print(run)
"""),
    text("""
## Learning rate and momentum

Twelve runs of five iterations. Every path lies on one line through the minimum: what differs is how far each step goes.
"""),
    code("""
rates, momenta = (0.05, 0.2, 0.5, 0.8), (0.0, 0.5, 0.9)
grid = {
    (m, rate): steepest.minimize(bowl, w0, learning_rate=rate, momentum=m, max_iter=5, grad_tol=None)
    for m in momenta for rate in rates
}
figure, axes = plt.subplots(3, 4, figsize=(11, 9), sharex=True, sharey=True, layout="constrained")
for ax, ((m, rate), run) in zip(axes.flat, grid.items()):
    w, steps = run.history.w[:-1], np.diff(run.history.w, axis=0)
    ax.contourf(line, line, values, levels=20, cmap="Blues", vmax=400)
    ax.quiver(*w.T, *steps.T, angles="xy", scale_units="xy", scale=1, width=0.012, color="C1", zorder=3)
    ax.plot(*run.history.w.T, "k.", markersize=4)
    ax.set_title(f"rate {rate}, momentum {m}: f = {run.f:.3g}", fontsize=9)
    ax.set_aspect("equal")
print("f of 12 runs, lowest first:", *(f"{run.f:.3g}" for run in sorted(grid.values(), key=lambda run: run.f)))
"""),
    text("""
The same twelve runs along that line: 1 is the start, 0 the minimum.
"""),
    code("""
figure, axes = plt.subplots(3, 4, figsize=(11, 6), sharex=True, sharey=True, layout="constrained")
for ax, ((m, rate), run) in zip(axes.flat, grid.items()):
    ax.plot(run.history.w @ w0 / (w0 @ w0), "o-")
    ax.axhline(0, color="grey", linewidth=0.8)
    ax.set_title(f"rate {rate}, momentum {m}: f = {run.f:.3g}", fontsize=9)
axes[1, 0].set_ylabel("place along the line")
axes[2, 1].set_xlabel("iteration")
print("factor per iteration without momentum:", *(f"{1 - 2 * rate:.1f}" for rate in rates))
"""),
    text("""
## Several minima

Himmelblau's function has four minima. Each start is coloured by the one it leads to; -1 are runs that did not converge.
"""),
    code("""
himmelblau = steepest.gallery.himmelblau()
side = np.linspace(-5, 5, 31)
reached = np.full((31, 31), -1)
for i, y in enumerate(side):
    for j, x in enumerate(side):
        run = steepest.minimize(himmelblau, [x, y], learning_rate=0.012, momentum=0.9, grad_tol=1e-3, record="none")
        if run.success:
            reached[i, j] = np.linalg.norm(himmelblau.minimum.w - run.w, axis=1).argmin()

figure, ax = plt.subplots(figsize=(6, 5), layout="constrained")
cells = ax.pcolormesh(side, side, reached, cmap=plt.get_cmap("cividis", 5), vmin=-1.5, vmax=3.5)
figure.colorbar(cells, ticks=range(-1, 4), label="minimum reached")
ax.plot(*himmelblau.minimum.w.T, "wX", markeredgecolor="k")
ax.set(xlabel="w1", ylabel="w2", aspect="equal")
for k in range(-1, 4):
    print(f"{(reached == k).mean():.1%} of the starts", f"lead to {himmelblau.minimum.w[k]}" if k >= 0 else "failed")
"""),
    text("""
## Digits

Pictures of 8 x 8 pixels, values 0 to 16; the classes 0 and 1; a column of ones for the bias.
"""),
    code("""
digits = steepest.datasets.digits(classes=(0, 1), bias=True)
X, y = digits.X_train, digits.y_train
print("to train on", X.shape, "to test on", digits.X_test.shape)

figure, axes = plt.subplots(1, 10, figsize=(10, 1.4), layout="constrained")
for ax, image, label in zip(axes, digits.images_train, y):
    ax.imshow(image, cmap="gray_r")
    ax.set(title=f"{label:.0f}", xticks=[], yticks=[])
"""),
    text("""
## Batch and stochastic training

The objective is half the *sum* of squares (`reduction="sum"`), which the article calls the mean square error.
`sampling="tutorial"` visits the rows in the article's order.
"""),
    code("""
model = steepest.LinearModel(X, y, reduction="sum", fit_intercept=False)
start = np.random.RandomState(19).uniform(-1, 1, model.n) * 1e-6
settings = dict(learning_rate=1e-6, momentum=0.7, f_tol=0.1, max_iter=100)

batch = steepest.minimize(model, start, **settings)
stochastic = steepest.minimize(model, start, batch_size=1, sampling="tutorial", **settings)

figure, axes = plt.subplots(1, 2, figsize=(11, 4), layout="constrained")
for ax, run in zip(axes, (batch, stochastic)):
    run.plot_loss(ax, ylabel="f, half the sum of squares")
    print(run.message)
"""),
    text("""
## Error rates

In per cent of the training and of the test set. Seventy-two test pictures make steps of 1.39.
"""),
    code("""
def errors(run):
    both = (X, y), (digits.X_test, digits.y_test)
    return " and ".join(f"{tutorial.error_rate(run.w, part):.2f}" for part in both)


for name, run in (("batch", batch), ("stochastic", stochastic)):
    print(f"{name:10}  rows {len(run.history):2}  f {run.f:.4f}  errors {errors(run)} %")
"""),
    text("""
## Batch against stochastic

The same start and threshold, three momenta. Rows count the start; `run.nit` does not. An epoch makes as many updates as
there are rows of data, so it is not an iteration, and the counts of the two kinds do not compare.
"""),
    code("""
start = np.random.RandomState(11).uniform(-1, 1, model.n) * 1e-6
figure, axes = plt.subplots(1, 3, figsize=(12, 3.6), sharey=True, layout="constrained")
for ax, m in zip(axes, momenta):
    settings = dict(learning_rate=1e-6, momentum=m, f_tol=0.01, max_iter=100)
    both = {
        "batch": steepest.minimize(model, start, **settings),
        "stochastic": steepest.minimize(model, start, batch_size=1, sampling="tutorial", **settings),
    }
    for name, run in both.items():
        ax.plot(run.history.f, label=f"{name}, {len(run.history)} rows")
        print(f"momentum {m}  {name:10}  rows {len(run.history)}  f {run.f:.4f}  errors {errors(run)} %")
    ax.set(title=f"momentum {m}", xlabel="iteration or epoch", yscale="log")
    ax.legend()
"""),
    text("""
## The article's own calls

The functions of the article under its names and signatures, without its side effects.
"""),
    code("""
w, f = tutorial.gradient_descent(
    100, 0.01, start, tutorial.mse, tutorial.grad_mse, (X, y), learning_rate=1e-6, momentum=0.9
)
again = steepest.minimize(model, start, learning_rate=1e-6, momentum=0.9, f_tol=0.01, max_iter=100)
print(len(f), "rows; the same weights as minimize to", np.abs(w - again.history.w).max())
"""),
    text("""
## Inside an epoch

`record="updates"` keeps every single update. f over all rows does not fall at each of them.
"""),
    code("""
run = steepest.minimize(
    model, start, learning_rate=1e-6, momentum=0.0, batch_size=1, sampling="tutorial", max_iter=3, record="updates"
)
residuals = run.updates.w @ X.T - y
each = 0.5 * (residuals**2).sum(axis=1)
figure, ax = plt.subplots(figsize=(9, 3.6), layout="constrained")
ax.plot(each)
ax.plot(np.arange(4) * model.rows, run.history.f, "o")
ax.set(xlabel="updates of w", ylabel="f over all rows")
print((np.diff(each) > 0).reshape(3, -1).sum(axis=1), "of", model.rows, "updates raise f, epoch by epoch")
"""),
    text("""
## Theory beside measurement

The largest eigenvalue L of X'X is the largest curvature. The heavy ball is stable up to 2 (1 + momentum) / L.
"""),
    code("""
L = np.linalg.eigvalsh(X.T @ X)[-1]
print(f"curvature L = {L:.1f}")
for m in (0.0, 0.7, 0.9):
    limit = 2 * (1 + m) / L
    for factor in (0.99, 1.01):
        run = steepest.minimize(model, start, learning_rate=factor * limit, momentum=m, max_iter=3000, grad_tol=None)
        print(f"momentum {m}  {factor} x limit {limit:.4g}:", run.outcome.name, "after", run.nit, "f", f"{run.f:.4g}")
print(run.message)
"""),
    text("""
## What was learnt

The weights as an image: ink on red pixels speaks for a 1, ink on blue pixels for a 0. Then the pictures it gets wrong.
"""),
    code("""
weights = batch.w[1:].reshape(8, 8)
wrong = np.flatnonzero((X @ batch.w > 0.5) != (y > 0.5))
figure, axes = plt.subplots(1, 1 + len(wrong), figsize=(3 + 2 * len(wrong), 3), layout="constrained")
axes[0].imshow(weights, cmap="RdBu_r", vmin=-abs(weights).max(), vmax=abs(weights).max())
axes[0].set(title="weights", xticks=[], yticks=[])
for ax, i in zip(axes[1:], wrong):
    ax.imshow(digits.images_train[i], cmap="gray_r")
    ax.set(title=f"a {y[i]:.0f}, output {X[i] @ batch.w:.2f}", xticks=[], yticks=[])
print(len(wrong), "of", len(y), "training pictures are on the wrong side of 0.5")
"""),
    text("""
## A run that goes wrong says so

Above the bowl's limit of 1, f grows until it overflows. The article's loop ends there as if it had converged.
`steepest.tutorial.write_report()` makes the whole report.
"""),
    code("""
run = steepest.minimize(bowl, w0, learning_rate=1.5, momentum=0.0, f_tol=1e-3)
print(run.message)
"""),
)
