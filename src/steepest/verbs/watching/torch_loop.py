"""Watching a torch optimizer: its own hooks say when a step is made, and only recorded steps are looked at."""

from collections.abc import Callable
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...base.errors import ArgumentError, ArgumentTypeError, SteepestError
from ...base.trees import Tree
from .layers import LayerRows, Layers
from .rows import Row, fits
from .tensors import TorchTensors
from .torch_problem import TorchProblem

__all__ = ["Sharpness", "TorchLoop", "is_optimizer"]

Array = NDArray[np.float64]
Take = Callable[[Row], None]


class Sharpness(NamedTuple):
    """``largest``, the eigenvalue of the loss's Hessian that is largest in absolute value, where the parameters stand;
    ``residual``, at most how far an eigenvalue is from it; ``products``, how many double backward passes it took."""

    largest: float
    residual: float
    products: int

    def __float__(self) -> float:
        return self.largest


def is_optimizer(target: Any) -> bool:
    """Told by what it offers, so that torch need not be imported."""
    return all(hasattr(target, name) for name in ("param_groups", "register_step_post_hook", "register_step_pre_hook"))


class TorchLoop:
    """Row t is what stands before update t + 1: the parameters after t updates, and the gradient that the optimizer is
    given there."""

    def __init__(
        self, optimizer: Any, model: Any, loss: Any, every: int, take: Take, tensors: Any = TorchTensors
    ) -> None:
        if loss is not None and not callable(loss):
            raise ArgumentTypeError(f"loss must be a function without arguments that returns the loss; got {loss!r}")
        self.optimizer, self.every, self._take = optimizer, every, take
        names, parameters = named_parameters(optimizer, model)
        self.names, self.parameters = names, parameters
        self.tensors: Any = tensors(parameters, model)
        self.tree = Tree.of({n: np.zeros(tuple(p.shape)) for n, p in zip(names, parameters, strict=True)})[0]
        self.keeps_w = fits(self.tree.n)
        self.closure = loss
        self.layer_rows = LayerRows(names, len(optimizer.param_groups), every)
        self.done = 0
        """Updates made."""
        self.spent = 0.0
        self._told: Any = None
        self._before: Any = None
        self._pending: Any = None
        self._rate: Any = None
        """That of the last update, as the optimizer holds it."""
        if loss is not None:
            self._try(loss)
        self._hooks = [optimizer.register_step_pre_hook(self._ahead), optimizer.register_step_post_hook(self._after)]

    def _try(self, loss: Any) -> None:
        """Once before the training, so that what is wrong with the loss is said in time."""
        slopes = [p.grad for p in self.parameters]
        try:
            self.tensors.value(loss)
        except SteepestError:
            raise
        except Exception as error:
            said = " ".join(str(error).split()) or "no message"
            raise ArgumentError(
                f"loss raised {type(error).__name__}: {said}; it must compute the loss and return it, without "
                f"backward()"
            ) from error
        if any(p.grad is not old for p, old in zip(self.parameters, slopes, strict=True)):
            raise ArgumentError(
                "loss changed the gradients; it must compute the loss and return it, without zero_grad()"
            )

    # -- hooks ---------------------------------------------------------------------------------------------------

    def _ahead(self, optimizer: Any, args: Any, kwargs: Any) -> None:
        if self.done % self.every:
            return
        self.tensors.settle()
        began = perf_counter()
        given = [a for a in (*args, kwargs.get("closure")) if a is not optimizer]  # torch hands itself over first
        closure = next((a for a in given if a is not None), None)
        slopes = [p.grad for p in self.parameters]
        if closure is not None:  # gradients are taken inside step; what is here is from before
            slopes = self._fresh()
        self._record(slopes)
        self._before = self.tensors.copies()
        self.spent += perf_counter() - began

    def _after(self, optimizer: Any, args: Any, kwargs: Any) -> None:
        if self._before is not None:
            self.tensors.settle()
            began = perf_counter()
            self._finish_layers(self.tensors.moved(self._before))
            self.spent += perf_counter() - began
        self.done += 1
        rate = optimizer.param_groups[0].get("lr")
        due = self.done % self.every == 0 and rate is not None
        self._rate = float(rate) if due else rate  # a scheduler may change a tensor in place before it is read

    def _fresh(self) -> list[Any]:
        if self.closure is None:
            return [None] * len(self.parameters)
        slopes: list[Any] = self.tensors.gradient(self.closure)[1]
        return slopes

    def _record(self, slopes: list[Any]) -> None:
        weights = self.tensors.norms(self.parameters)[0]
        gradients, largest = self.tensors.norms(slopes)
        known = np.array([g is not None for g in slopes])
        grad_norm = float(largest[known].max()) if known.any() else None
        f = self.tensors.value(self.closure) if self.closure is not None else self._given()
        w = self.tensors.flat(self.parameters) if self.keeps_w else None
        self._take(Row(self.done, w, f, grad_norm, None if self._rate is None else float(self._rate), weights))
        self._pending = (gradients, weights, known)

    def _finish_layers(self, moved: Array) -> None:
        gradients, weights, known = self._pending
        rates = [float(group.get("lr", np.nan)) for group in self.optimizer.param_groups]
        self.layer_rows.add(self.done, gradients, weights, moved, rates, known)
        self._before = None

    # -- what the user gives and asks ----------------------------------------------------------------------------

    def tell(self, value: Any) -> None:
        """The loss of the coming step, held as it is until a recorded step reads it."""
        if self.done % self.every == 0:
            self._told = value.detach() if hasattr(value, "detach") else value

    def _given(self) -> float | None:
        told, self._told = self._told, None
        return None if told is None else float(self.tensors.number(told))

    def close(self, whole: bool) -> None:
        """Lets go of the optimizer; ``whole``: the loop ended by itself, and its last row is looked at."""
        for hook in self._hooks:
            hook.remove()
        began = perf_counter()
        if whole:
            self.tensors.settle()
            began = perf_counter()
            self._record(self._fresh())
            self._finish_layers(np.full(len(self.names), np.nan))
        elif self._before is not None:  # the step that was recorded was never finished
            self._finish_layers(np.full(len(self.names), np.nan))
        self.spent += perf_counter() - began

    def layers(self) -> Layers:
        return self.layer_rows.layers()

    def sharpness(self, steps: int, tolerance: float) -> Sharpness:
        """By Lanczos on Hessian products, until the residual is within ``tolerance`` of the value."""
        from ...analysis.lanczos import lanczos

        if self.closure is None:
            raise ArgumentError("curvature() needs the loss; pass watch(optimizer, model=..., loss=...)")

        def largest(found: Any) -> tuple[float, float]:
            ritz = found.ritz()
            at = int(np.argmax(np.abs(ritz.values)))
            return float(ritz.values[at]), float(ritz.residuals[at])

        def settled(found: Any) -> bool:
            value, residual = largest(found)
            return residual <= tolerance * abs(value)

        with self.tensors.products(self.closure) as (slopes, apply):
            if not np.isfinite(slopes).all():
                raise ArgumentError("curvature() needs a finite gradient, and that of the loss is not finite here")
            start = np.random.default_rng(0).standard_normal(slopes.size)
            matrix = lanczos(apply, start, min(steps, slopes.size), settled)
        return Sharpness(*largest(matrix), len(matrix.alpha))

    def problem(self) -> TorchProblem | None:
        """The loss as a function of the parameters, where there is one and the path is kept."""
        if self.closure is None or not self.keeps_w:
            return None
        return TorchProblem(self.problem_name, self.closure, self.tensors, self.tree)

    @property
    def problem_name(self) -> str:
        model = self.tensors.model
        return "a torch model" if model is None else type(model).__name__

    def method(self) -> dict[str, Any]:
        """The optimizer and the settings of its first group, under our names for rate and momentum."""
        cls = type(self.optimizer)
        module = "torch.optim" if cls.__module__.startswith("torch.optim") else cls.__module__
        found: dict[str, Any] = {"name": f"{module}.{cls.__name__}"}
        group = self.optimizer.param_groups[0]
        for name in sorted(group.keys() - {"params", "param_names", "initial_lr"}):
            told = plain(group[name])
            if told is not None:
                found["learning_rate" if name == "lr" else name] = told
        return found

    @property
    def maximize(self) -> bool:
        return bool(self.optimizer.param_groups[0].get("maximize", False))


def plain(value: Any) -> Any:
    """A setting as JSON holds it; None for what is no number, word or list of them."""
    if isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (tuple, list)):
        items = [plain(item) for item in value]
        return None if None in items else items
    return float(value.detach()) if hasattr(value, "numel") and value.numel() == 1 else None


def named_parameters(optimizer: Any, model: Any) -> tuple[tuple[str, ...], list[Any]]:
    """The optimizer's trained parameters by the names that the model has for them, sorted by name."""
    if model is not None and not hasattr(model, "named_parameters"):
        raise ArgumentTypeError(f"model must be a torch module, with named_parameters(); got {model!r}")
    known = {} if model is None else {id(p): name for name, p in model.named_parameters()}
    if model is not None and not known:
        raise ArgumentError(f"model has no parameters: {type(model).__name__} has nothing to train")
    found: dict[str, Any] = {}
    for k, group in enumerate(optimizer.param_groups):
        own = group.get("param_names")
        for i, p in enumerate(group["params"]):
            if p.requires_grad and 0 not in p.shape:
                name = known.get(id(p), own[i] if own else f"group {k}, parameter {i}")
                found[name] = p
    if not found:
        raise ArgumentError("optimizer has no parameters that are trained; set requires_grad")
    if known and not any(id(p) in known for p in found.values()):
        raise ArgumentError("model and optimizer share no parameter; build the optimizer of model.parameters()")
    names = tuple(sorted(found))
    return names, [found[name] for name in names]
