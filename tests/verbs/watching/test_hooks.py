"""The logic of watching an optimizer with hooks, on a stand-in for torch: it runs wherever the tests do."""

import numpy as np
import pytest

import steepest
from steepest.base.errors import ArgumentError, ArgumentTypeError
from steepest.records.outcome import Outcome
from steepest.verbs.watching import rows
from steepest.verbs.watching.recording import Recording
from steepest.verbs.watching.starting import watch
from steepest.verbs.watching.torch_loop import TorchLoop


class Parameter:
    def __init__(self, data):
        self.data, self.grad, self.requires_grad = np.array(data, dtype=float), None, True

    @property
    def shape(self):
        return self.data.shape


class Handle:
    def __init__(self, hooks, hook):
        self.hooks, self.hook = hooks, hook
        hooks.append(hook)

    def remove(self):
        self.hooks.remove(self.hook)


class Model:
    def __init__(self, **parameters):
        self.parts = parameters

    def named_parameters(self):
        return list(self.parts.items())


class Descent:
    """w <- w - lr g, with the hooks that torch's optimizers have."""

    def __init__(self, parameters, lr=0.1):
        self.param_groups = [{"params": list(parameters), "lr": lr}]
        self.before, self.after = [], []

    def register_step_pre_hook(self, hook):
        return Handle(self.before, hook)

    def register_step_post_hook(self, hook):
        return Handle(self.after, hook)

    def step(self):
        for hook in list(self.before):
            hook(self, (), {})
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    p.data = p.data - group["lr"] * p.grad
        for hook in list(self.after):
            hook(self, (), {})


class Arrays:
    """What the recorder asks of tensors, on arrays; ``looked`` counts how often it copied the weights out."""

    looked = 0

    def __init__(self, parameters, model):
        self.parameters, self.model = parameters, model

    def settle(self):
        pass

    def flat(self, things):
        type(self).looked += 1
        return np.concatenate([np.ravel(getattr(t, "data", t)) for t in things])

    def norms(self, things):
        def norm(thing, order):
            return np.nan if thing is None else np.linalg.norm(np.ravel(self.array(thing)), order)

        return tuple(np.array([norm(thing, order) for thing in things]) for order in (2.0, np.inf))

    @staticmethod
    def array(thing):
        return thing.data if isinstance(thing, Parameter) else thing

    def copies(self):
        return [p.data.copy() for p in self.parameters]

    def moved(self, before):
        return np.array([np.linalg.norm(p.data - old) for p, old in zip(self.parameters, before, strict=True)])

    def value(self, loss):
        return float(loss())

    def number(self, value):
        return float(value)

    def gradient(self, loss):
        return float(loss()), [p.data.copy() for p in self.parameters]


def watched(model, optimizer, every=1, loss=None):
    record = Recording(every, None, False, None, None)
    record.attach_torch(TorchLoop(optimizer, model, loss, every, record.take, Arrays))
    return record


@pytest.fixture
def model():
    return Model(b=Parameter([2.0]), a=Parameter([[1.0, -1.0], [0.5, 0.0]]))


@pytest.fixture
def optimizer(model):
    return Descent([p for _, p in model.named_parameters()])


def loss_of(model):
    return lambda: 0.5 * sum(float((p.data**2).sum()) for _, p in model.named_parameters())


def descend(model, optimizer, steps, spoil=None):
    for t in range(steps):
        for name, p in model.named_parameters():
            p.grad = p.data.copy() if spoil is None else spoil(t, name, p.data.copy())
        optimizer.step()


def test_rows_are_what_stands_before_each_step(model, optimizer):
    with watched(model, optimizer, 1, loss_of(model)) as record:
        descend(model, optimizer, 4)
    h = record.run.history
    start = np.array([1.0, -1.0, 0.5, 0.0, 2.0])  # sorted by name
    assert list(h.iteration) == [0, 1, 2, 3, 4]
    np.testing.assert_allclose(h.w, [0.9**t * start for t in range(5)], rtol=1e-15)
    np.testing.assert_allclose(h.f, 0.5 * (h.w**2).sum(axis=1), rtol=1e-15)
    np.testing.assert_allclose(h.grad_norm, np.abs(h.w).max(axis=1), rtol=1e-15)
    np.testing.assert_array_equal(h.learning_rate, [np.nan, 0.1, 0.1, 0.1, 0.1])
    np.testing.assert_array_equal(record.run.w["b"], h.w[-1, 4:])
    assert record.run.w["a"].shape == (2, 2)
    assert record.run.outcome is Outcome.STOPPED
    assert not record.run.success
    assert not optimizer.before
    assert not optimizer.after


def test_only_every_kth_step_is_looked_at(model, optimizer):
    Arrays.looked = 0
    with watched(model, optimizer, 10) as record:
        descend(model, optimizer, 35)
        assert Arrays.looked == 4
    assert list(record.run.history.iteration) == [0, 10, 20, 30, 35]
    assert record.run.nit == 35
    assert record.run.history.f is None
    assert record.cost.rows == 5
    assert 0 < record.cost.recording < record.cost.total


def test_layers(model, optimizer):
    optimizer.param_groups.append({"params": [optimizer.param_groups[0]["params"].pop(0)], "lr": 0.5})
    with watched(model, optimizer, 2) as record:
        descend(model, optimizer, 5)
    layers = record.layers
    assert layers.names == ("a", "b")
    assert list(layers.iteration) == [0, 2, 4, 5]
    np.testing.assert_allclose(layers.weight[0], [1.5, 2.0])
    np.testing.assert_allclose(layers.gradient[:3], layers.weight[:3])
    np.testing.assert_allclose(layers.update_ratio[:3], [[0.1, 0.5]] * 3)
    assert np.isnan(layers.update_ratio[3]).all()
    np.testing.assert_array_equal(layers.learning_rate, [[0.1, 0.5]] * 4)
    assert layers.verdicts() == ()
    assert repr(layers) == "<Layers 2 parameters, 4 rows>"


def test_the_verdict_names_the_layer_and_the_step(model, optimizer):
    def spoil(t, name, g):
        return g * np.nan if name == "a" and t >= 7 else g

    with watched(model, optimizer, 1, loss_of(model)) as record:
        descend(model, optimizer, 12, spoil)
    assert record.layers.not_finite == {"a": 7}
    assert record.run.record.notes == ("a: gradient not finite from step 7",)
    assert record.run.outcome is Outcome.NOT_FINITE
    assert record.run.record.trouble_at == 8
    assert np.isfinite(record.run.record.w).all()
    assert "a: gradient not finite from step 7" in record.run.message


def test_the_resolution_is_said(model, optimizer):
    with watched(model, optimizer, 5) as record:
        descend(model, optimizer, 12, lambda t, name, g: np.full_like(g, np.nan) if t >= 7 else g)
    assert record.layers.verdicts()[0] == "a: gradient not finite from step 10, looked at every 5 steps"


def test_a_spoiled_row_that_passes_is_no_failure(model, optimizer):
    def spoil(t, name, g):
        return g

    values = iter([3.0, 2.0, np.nan, 1.0, 0.5, 0.4])
    with watched(model, optimizer, 1, lambda: next(values, 0.4)) as record:
        descend(model, optimizer, 3, spoil)
    assert record.run.outcome is Outcome.STOPPED
    assert np.isnan(record.run.history.f).sum() == 1
    assert record.run.f == record.run.best.f


def test_a_parameter_without_gradients_is_named(model, optimizer):
    with watched(model, optimizer) as record:
        descend(model, optimizer, 3, lambda t, name, g: None if name == "b" else g)
    assert record.run.record.notes == ("b: no gradient at any recorded step",)


def test_the_loss_may_be_told(model, optimizer):
    with watched(model, optimizer, 2) as record:
        for t in range(5):
            record.loss(10.0 - t)
            descend(model, optimizer, 1)
    np.testing.assert_array_equal(record.run.history.f, [10.0, 8.0, 6.0, np.nan])
    assert list(record.run.history.iteration) == [0, 2, 4, 5]
    assert record.run.f == 6.0


def raising(kind):
    """A gradient that raises at the fourth step."""

    def spoil(t, name, g):
        if t == 3:
            raise kind("no more")
        return g

    return spoil


def test_an_exception_keeps_what_was_recorded(model, optimizer):
    record = watched(model, optimizer, 1, loss_of(model))
    with pytest.raises(ZeroDivisionError), record:
        descend(model, optimizer, 6, raising(ZeroDivisionError))
    assert len(record.run.history) == 3
    assert "the watched loop raised ZeroDivisionError: no more" in record.run.message
    assert not optimizer.before
    record = watched(model, optimizer)
    with pytest.raises(KeyboardInterrupt), record:
        descend(model, optimizer, 6, raising(KeyboardInterrupt))
    assert record.run.outcome is Outcome.INTERRUPTED


def test_a_loss_that_raises_at_the_end_keeps_the_rows(model, optimizer):
    right, asked = loss_of(model), []

    def loss():
        asked.append(True)
        if len(asked) > 4:  # once when the record was made
            raise RuntimeError("no more data")
        return right()

    record = watched(model, optimizer, 1, loss)
    with pytest.raises(RuntimeError, match="no more data"), record:
        descend(model, optimizer, 3)
    assert len(record.run.history) == 3
    assert not optimizer.before


def test_closing(model, optimizer):
    record = watched(model, optimizer)
    descend(model, optimizer, 2)
    assert record.run.outcome is None
    assert len(record.run.history) == 2
    assert "going on" in repr(record)
    record.close()
    record.close()
    assert len(record.run.history) == 3
    descend(model, optimizer, 2)
    assert len(record.run.history) == 3
    with pytest.raises(ArgumentError, match="this record is closed"), record:
        pass


def test_large_models_leave_norms_only(model, optimizer, monkeypatch):
    monkeypatch.setattr(rows, "BUDGET", 8 * 5 * rows.FEWEST - 1)
    with watched(model, optimizer, 1, loss_of(model)) as record:
        descend(model, optimizer, 3, lambda t, name, g: g * (np.nan if t > 1 else 1))
    run = record.run
    assert run.history.w is None
    assert run.problem is None
    assert list(run.history.iteration) == [0, 1, 2, 3]
    assert run.record.notes[-1] == "5 parameters: their norms are kept, the path is not"
    assert run.outcome is Outcome.NOT_FINITE
    assert repr(run)


def test_it_is_saved_and_loaded(model, optimizer, tmp_path):
    with watched(model, optimizer, 1, loss_of(model)) as record:
        descend(model, optimizer, 3)
    again = steepest.load(record.run.save(tmp_path / "run.npz"))
    assert (again.history.w == record.run.history.w).all()
    assert again.recipe == record.run.recipe
    np.testing.assert_array_equal(again.w["a"], record.run.w["a"])
    assert again.message == record.run.message
    record.run.plot_loss()


def test_ascent_is_told_as_such(model, optimizer):
    optimizer.param_groups[0]["maximize"] = True
    with watched(model, optimizer, 1, loss_of(model)) as record:
        descend(model, optimizer, 3, lambda t, name, g: -g)
    assert record.run.record.sign == -1
    assert record.run.best.f == record.run.history.f[-1] == record.run.history.f.max()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda m, o: (Model(), o, None), "model has no parameters"),
        (lambda m, o: (3, o, None), "model must be a torch module"),
        (lambda m, o: (Model(c=Parameter([1.0])), o, None), "share no parameter"),
        (lambda m, o: (m, Descent([]), None), "no parameters that are trained"),
        (lambda m, o: (m, o, 3.0), "loss must be a function"),
        (lambda m, o: (m, o, lambda: [][0]), "loss raised IndexError: list index out of range"),
        (lambda m, o: (m, o, lambda: setattr(o.param_groups[0]["params"][0], "grad", 1.0)), "loss"),
    ],
)
def test_bad_input(model, optimizer, change, said):
    model, optimizer, loss = change(model, optimizer)
    with pytest.raises((ArgumentError, ArgumentTypeError), match=said):
        watched(model, optimizer, 1, loss)
    assert not optimizer.before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"optimizer": 3}, "optimizer must be a torch optimizer"),
        ({"every": 0}, "every must be a whole number of at least 1; got 0"),
        ({"every": "all"}, "every must be a whole number"),
        ({"model": 3}, "model goes with a torch optimizer"),
        ({"loss": 3}, "loss goes with a torch optimizer"),
        ({"name": 3}, "name must be a string"),
        ({"progress": 3}, "progress must be"),
        ({"maximize": 3}, "maximize must be"),
    ],
)
def test_bad_arguments(arguments, said):
    with pytest.raises((ArgumentError, ArgumentTypeError), match=said):
        watch(**arguments)


def test_parameters_without_a_model_are_numbered(optimizer):
    with watched(None, optimizer) as record:
        optimizer.step()
    assert record.layers.names == ("group 0, parameter 0", "group 0, parameter 1")
