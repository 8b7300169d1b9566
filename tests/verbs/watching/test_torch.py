"""Watching torch itself, compared live where it is installed."""

import importlib.util
import pickle
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import steepest
from steepest.base.errors import ArgumentError, ArgumentTypeError
from steepest.records.outcome import Outcome
from steepest.verbs.watching.starting import watch

pytestmark = pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="live where torch is installed")


@pytest.fixture
def torch():
    import torch

    torch.set_num_threads(1)
    torch.manual_seed(0)
    return torch


@pytest.fixture
def data(torch):
    X = torch.randn(60, 5)
    return X, torch.tanh(X @ torch.randn(5, 1)) + 0.1


def network(torch, dtype=None):
    """Dropout draws random numbers, and the normalisation keeps running statistics."""
    torch.manual_seed(1)
    nn = torch.nn
    return nn.Sequential(
        nn.Linear(5, 8), nn.BatchNorm1d(8), nn.Tanh(), nn.Dropout(0.2), nn.Linear(8, 1)
    ).to(dtype or torch.float32)  # fmt: skip


def tanh_network(torch):
    torch.manual_seed(2)
    nn = torch.nn
    return nn.Sequential(nn.Linear(5, 4), nn.Tanh(), nn.Linear(4, 1)).double()


def squared(model, X, y):
    return lambda: ((model(X.to(next(model.parameters()).dtype)) - y) ** 2).mean() / 2


def train(torch, model, optimizer, loss, steps, record=None):
    for _ in range(steps):
        optimizer.zero_grad()
        value = loss()
        value.backward()
        if record is not None:
            record.loss(value)
        optimizer.step()


def weights(torch, model):
    return torch.cat([p.detach().ravel() for _, p in sorted(model.named_parameters())]).numpy().astype(float)


@pytest.mark.parametrize("every", [1, 7])
def test_a_watched_training_takes_the_steps_it_would_have_taken(torch, data, every):
    paths = []
    for watched in (False, True):
        model = network(torch)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
        loss = squared(model, *data)
        torch.manual_seed(3)
        if watched:
            with watch(optimizer, model=model, loss=loss, every=every) as record:
                train(torch, model, optimizer, loss, 30)
                record.curvature(steps=5)
            paths.append(record.run.record.w)
        else:
            train(torch, model, optimizer, loss, 30)
            paths.append(weights(torch, model))
        paths += [buffer.double().numpy() for buffer in model.buffers()]
    half = len(paths) // 2
    for ours, theirs in zip(paths[:half], paths[half:], strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_rows_against_a_replay_of_our_own(torch, data):
    """Torch's momentum on a linear least-squares model is ours with the rate outside, row by row."""
    X, y = (part.double() for part in data)
    model = torch.nn.Linear(5, 1).double()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.8)
    loss = squared(model, X, y)
    with watch(optimizer, model=model, loss=loss) as record:
        train(torch, model, optimizer, loss, 25)
    run = record.run
    problem = steepest.LinearModel(X.numpy(), y.numpy().ravel())
    like = dict(run.recipe["like"])
    w0 = run.w0[[0, 1, 2, 3, 4, 5]]
    ours = steepest.minimize(problem, w0, like.pop("name"), max_iter=25, grad_tol=None, **like)
    np.testing.assert_allclose(run.history.w, ours.history.w, rtol=1e-11, atol=1e-13)
    np.testing.assert_allclose(run.history.f, ours.history.f, rtol=1e-11)
    np.testing.assert_allclose(run.history.grad_norm, ours.history.grad_norm, rtol=1e-9, atol=1e-13)
    np.testing.assert_array_equal(run.history.learning_rate, ours.history.learning_rate)
    assert run.recipe["method"]["name"] == "torch.optim.SGD"
    assert run.recipe["method"]["momentum"] == 0.8
    assert run.recipe["versions"]["torch"] == torch.__version__
    assert set(run.w) == {"bias", "weight"}


def test_the_problem_is_the_loss(torch, data):
    X, y = (part.double() for part in data)
    model = tanh_network(torch)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    loss = squared(model, X, y)
    with watch(optimizer, model=model, loss=loss, every=5) as record:
        train(torch, model, optimizer, loss, 10)
    run, before = record.run, weights(torch, model)
    problem, w = run.problem, run.history.w[1]
    assert problem.value(w) == pytest.approx(run.history.f[1], rel=1e-14)
    g, e = problem.gradient(w), 1e-6
    for k in range(problem.n):
        step = e * np.eye(problem.n)[k]
        assert g[k] == pytest.approx((problem.value(w + step) - problem.value(w - step)) / (2 * e), abs=1e-8)
    v = np.random.default_rng(0).standard_normal(problem.n)
    product = (problem.gradient(w + e * v) - problem.gradient(w - e * v)) / (2 * e)
    np.testing.assert_allclose(problem.hessian_product(w, v), product, atol=1e-7)
    np.testing.assert_array_equal(weights(torch, model), before)
    assert all(p.grad is None or p.grad.shape == p.shape for p in model.parameters())
    assert pickle.loads(pickle.dumps(run)).problem is None
    run.plot_path(levels=5)


def test_curvature_against_the_whole_hessian(torch, data):
    X, y = (part.double() for part in data)
    model = tanh_network(torch)
    loss = squared(model, X, y)
    record = watch(torch.optim.SGD(model.parameters(), lr=0.1), model=model, loss=loss)
    found = record.curvature(tolerance=1e-8)
    names, parameters = zip(*model.named_parameters(), strict=True)

    def of(*values):
        return ((torch.func.functional_call(model, dict(zip(names, values, strict=True)), (X,)) - y) ** 2).mean() / 2

    blocks = torch.autograd.functional.hessian(of, tuple(p.detach() for p in parameters))
    n = sum(p.numel() for p in parameters)
    sizes = [p.numel() for p in parameters]
    whole = np.block(
        [
            [b.reshape(r, c).numpy() for b, c in zip(row, sizes, strict=True)]
            for row, r in zip(blocks, sizes, strict=True)
        ]
    )
    values = np.linalg.eigvalsh(whole)
    assert found.largest == pytest.approx(values[np.argmax(np.abs(values))], rel=1e-8)
    assert float(found) == found.largest
    assert found.products <= n
    record.close()
    assert record.curvature().largest == pytest.approx(found.largest, rel=1e-3)


def test_curvature_of_single_precision_and_of_normalised_layers(torch, data):
    model = network(torch).eval()
    record = watch(torch.optim.SGD(model.parameters(), lr=0.1), model=model, loss=squared(model, *data))
    doubled = network(torch, torch.double).eval()
    reference = watch(
        torch.optim.SGD(doubled.parameters(), lr=0.1), model=doubled, loss=squared(doubled, *(d.double() for d in data))
    )
    assert record.curvature().largest == pytest.approx(reference.curvature(tolerance=1e-6).largest, rel=2e-3)
    model.train()
    assert np.isfinite(record.curvature().largest)


def test_schedulers_and_groups(torch, data):
    model = network(torch)
    first, last = model[0].parameters(), model[4].parameters()
    optimizer = torch.optim.SGD([{"params": first, "lr": 0.1}, {"params": last, "lr": 0.01}])
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 4, 0.5)
    loss = squared(model, *data)
    with watch(optimizer, model=model, loss=loss, every=2) as record:
        for _ in range(10):
            train(torch, model, optimizer, loss, 1)
            scheduler.step()
    run = record.run
    np.testing.assert_array_equal(run.history.iteration, [0, 2, 4, 6, 8, 10])
    np.testing.assert_allclose(run.history.learning_rate[1:], [0.1, 0.1, 0.05, 0.05, 0.025])
    np.testing.assert_allclose(record.layers.learning_rate[:5, 1], [0.01, 0.01, 0.005, 0.005, 0.0025])
    assert record.layers.names == ("0.bias", "0.weight", "4.bias", "4.weight")


def test_layers_against_torch(torch, data):
    model = tanh_network(torch)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    loss = squared(model, data[0].double(), data[1].double())
    names = sorted(name for name, _ in model.named_parameters())
    expected = []
    with watch(optimizer, model=model, every=1) as record:
        for _ in range(4):
            optimizer.zero_grad()
            loss().backward()
            old = {name: p.detach().clone() for name, p in model.named_parameters()}
            slopes = {name: float(p.grad.norm()) for name, p in model.named_parameters()}
            optimizer.step()
            new = {name: p.detach() for name, p in model.named_parameters()}
            expected.append([(slopes[k], float((new[k] - old[k]).norm() / old[k].norm())) for k in names])
    expected = np.array(expected)
    np.testing.assert_allclose(record.layers.gradient[:4], expected[..., 0], rtol=1e-6)
    np.testing.assert_allclose(record.layers.update_ratio[:4], expected[..., 1], rtol=1e-6)


def test_a_layer_that_blows_up_is_named(torch, data):
    model = tanh_network(torch)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    loss = squared(model, data[0].double(), data[1].double())
    with watch(optimizer, model=model, loss=loss) as record:
        for t in range(15):
            optimizer.zero_grad()
            loss().backward()
            if t == 9:
                model[2].weight.grad[0, 1] = float("inf")
            optimizer.step()
    assert record.run.record.notes[0] == "2.weight: gradient not finite from step 9"
    assert record.layers.not_finite["2.weight"] == 9
    assert record.layers.not_finite["0.weight"] == 10
    assert record.run.outcome is Outcome.NOT_FINITE
    with pytest.raises(ArgumentError, match=r"curvature\(\) needs a finite gradient"):
        record.curvature()


def test_divergence_is_told_as_in_our_own_runs(torch):
    p = torch.nn.Parameter(torch.tensor([1.0, 1.0], dtype=torch.float64))
    optimizer = torch.optim.SGD([p], lr=0.25)
    A = torch.tensor([1.0, 10.0], dtype=torch.float64)

    def loss():
        return (A * p * p).sum() / 2

    with watch(optimizer, loss=loss) as record:
        train(torch, None, optimizer, loss, 120)
    assert record.run.outcome is Outcome.DIVERGED
    ours = steepest.minimize(
        lambda w: (w[0] ** 2 + 10 * w[1] ** 2) / 2, [1.0, 1.0], "gradient_descent", learning_rate=0.25
    )
    assert ours.outcome is Outcome.DIVERGED
    assert record.run.record.trouble_at == ours.record.trouble_at


def test_an_optimizer_that_takes_a_closure(torch):
    p = torch.nn.Parameter(torch.tensor([-1.2, 1.0], dtype=torch.float64))
    optimizer = torch.optim.LBFGS([p], lr=1.0, line_search_fn="strong_wolfe", max_iter=4)

    def loss():
        return (1 - p[0]) ** 2 + 100 * (p[1] - p[0] ** 2) ** 2

    def closure():
        optimizer.zero_grad()
        value = loss()
        value.backward()
        return value

    with watch(optimizer, loss=loss) as record:
        for _ in range(20):
            optimizer.step(closure)
    run = record.run
    rosenbrock = steepest.gallery.rosenbrock()
    np.testing.assert_allclose(run.history.f, [rosenbrock.value(w) for w in run.history.w], rtol=1e-12, atol=1e-25)
    slopes = [np.abs(rosenbrock.gradient(w)).max() for w in run.history.w]
    np.testing.assert_allclose(run.history.grad_norm, slopes, rtol=1e-9, atol=1e-12)


def test_half_precision_and_sparse_gradients(torch):
    half = torch.nn.Linear(3, 1, dtype=torch.bfloat16)
    optimizer = torch.optim.SGD(half.parameters(), lr=0.1)
    X = torch.randn(4, 3, dtype=torch.bfloat16)
    with watch(optimizer, model=half, loss=lambda: half(X).square().mean()) as record:
        train(torch, half, optimizer, lambda: half(X).square().mean(), 3)
    np.testing.assert_array_equal(record.run.w["weight"], half.weight.detach().float().numpy())
    table = torch.nn.Embedding(6, 2, sparse=True)
    optimizer = torch.optim.SGD(table.parameters(), lr=0.1)
    rows = torch.tensor([1, 4])
    with watch(optimizer, model=table) as record:
        train(torch, table, optimizer, lambda: table(rows).square().sum(), 3)
    assert record.run.history.grad_norm[0] > 0


def test_the_told_loss_is_each_steps_own(torch, data):
    model = tanh_network(torch)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    loss = squared(model, data[0].double(), data[1].double())
    with watch(optimizer, model=model, every=3) as record:
        train(torch, model, optimizer, loss, 7, record)
    with watch(optimizer, model=model, loss=loss, every=3) as other:
        train(torch, model, optimizer, loss, 1)
    assert np.isfinite(record.run.history.f[:3]).all()
    assert record.run.history.f[0] > record.run.history.f[2] > other.run.history.f[0]
    assert record.run.problem is None


@pytest.mark.parametrize(
    ("loss", "said"),
    [
        (lambda model, optimizer, value: value().backward(), "loss raised RuntimeError: .* without backward"),
        (lambda model, optimizer, value: None, "loss must be one number or a tensor of one; got None"),
        (lambda model, optimizer, value: model[0].weight, "a tensor of shape"),
        (lambda model, optimizer, value: [optimizer.zero_grad(), value()][1], "loss changed the gradients"),
    ],
)
def test_a_loss_that_cannot_be_used(torch, data, loss, said):
    model = tanh_network(torch)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    value = squared(model, data[0].double(), data[1].double())
    value().backward()
    with pytest.raises((ArgumentError, ArgumentTypeError), match=said):
        watch(optimizer, model=model, loss=lambda: loss(model, optimizer, value))


def test_what_is_not_for_torch(torch):
    model = torch.nn.Linear(2, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with pytest.raises(ArgumentError, match="problem and w0 are not for torch"):
        watch(optimizer, model=model, problem="x^2")
    record = watch(optimizer, model=model)
    with pytest.raises(ArgumentError, match="step is for loops without hooks"):
        record.step([1.0], 2.0)
    with pytest.raises(ArgumentError, match=r"curvature\(\) needs the loss"):
        record.curvature()
    record.close()


PROGRAM = """
import sys
from pathlib import Path
from types import SimpleNamespace
import torch
import steepest
from steepest.verbs.watching.starting import watch
model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
X = torch.randn(20, 3)
loss = lambda: model(X).square().mean()
with watch(optimizer, model=model, loss=loss, every=5, progress=True) as record:
    for _ in range(20):
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()
record.curvature()
record.run.save(sys.argv[1])
steepest.load(sys.argv[1])
print(repr(record.run), record)
print([name for name in ("jax", "numba", "optax", "matplotlib", "sklearn") if name in sys.modules])
"""


def test_it_imports_no_other_engine_and_says_what_it_cost(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path / "run.npz")], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"
    assert "<Recording torch.optim.SGD: 5 rows recorded in" in done.stdout
    (line,) = done.stderr.splitlines()
    assert line.startswith("watched torch.optim.SGD: 5 rows recorded in ")
    assert " % of " in line


def test_norms_on_the_device_are_those_in_numpy(torch, monkeypatch):
    from steepest.verbs.watching import tensors

    things = [torch.randn(3, 4), None, torch.tensor([1.0, float("nan")]), torch.randn(5, dtype=torch.float64)]
    found = []
    for small in (0, 1000):
        monkeypatch.setattr(tensors, "SMALL", small)
        found.append(tensors.TorchTensors([torch.randn(1)], None).norms(things))
    for here, there in zip(*found, strict=True):
        np.testing.assert_allclose(here, there, rtol=1e-6)
    np.testing.assert_allclose(found[0][0][0], np.linalg.norm(things[0].numpy()), rtol=1e-6)
    assert np.isnan(found[0][0][[1, 2]]).all()


def test_the_example_of_the_documentation(torch, data, monkeypatch):
    page = (Path(__file__).parents[3] / "docs" / "watch.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"^```py\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    model, criterion = network(torch), torch.nn.functional.mse_loss
    names = {
        "steepest": SimpleNamespace(watch=watch), "model": model, "criterion": criterion,
        "optimizer": torch.optim.SGD(model.parameters(), lr=0.01),
        "batches": 25 * [SimpleNamespace(X=data[0], y=data[1])],
        "closure": lambda: criterion(model(data[0]), data[1]),
    }  # fmt: skip
    exec(example, names)
    assert list(names["record"].run.history.iteration) == [0, 10, 20, 25]
