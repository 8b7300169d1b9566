"""What recording asks of torch's tensors, in one place; few transfers from a device, and none but on recorded steps."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...base.errors import ArgumentTypeError

__all__ = ["TorchTensors"]

Array = NDArray[np.float64]
SMALL = 2**14
"""Parameters in all, up to which norms are worked out in NumPy."""


class TorchTensors:
    """Torch is taken from where the user's optimizer brought it: steepest never imports it."""

    def __init__(self, parameters: Sequence[Any], model: Any) -> None:
        self.torch: Any = sys.modules["torch"]
        self.parameters, self.model = list(parameters), model
        self._devices = sorted({p.device.index for p in self.parameters if p.device.type == "cuda"})

    def settle(self) -> None:
        """Waits for a device that works on its own."""
        for device in self._devices:
            self.torch.cuda.synchronize(device)

    def flat(self, tensors: Sequence[Any]) -> Array:
        """All of them as one vector of float64, by one transfer."""
        joined = self.torch.cat([self._dense(t).reshape(-1) for t in tensors])
        if joined.dtype not in (self.torch.float32, self.torch.float64):
            joined = joined.float()  # NumPy does not know bfloat16
        return np.asarray(joined.cpu().numpy(), dtype=float)

    def norms(self, tensors: Sequence[Any]) -> tuple[Array, Array]:
        """``(Euclidean norm, largest entry)`` of each, (k,) both, NaN where there is None, by one transfer."""
        found = np.full((2, len(tensors)), np.nan)
        there = [k for k, t in enumerate(tensors) if t is not None]
        if there:
            dense = [self._dense(tensors[k]) for k in there]
            few = sum(t.numel() for t in dense) <= SMALL
            found[:, there] = self._here(dense) if few else self._there(dense)
        return found[0], found[1]

    def _here(self, dense: Sequence[Any]) -> Array:
        """Of a small model, whose numbers travel sooner than torch makes a norm of each: eight tensors took 0.11 ms
        this way and 0.21 ms the other."""
        values, starts = np.abs(self.flat(dense)), np.cumsum([0, *(t.numel() for t in dense[:-1])])
        with np.errstate(over="ignore"):
            return np.stack([np.sqrt(np.add.reduceat(values**2, starts)), np.maximum.reduceat(values, starts)])

    def _there(self, dense: Sequence[Any]) -> Array:
        """On the device, so that two numbers a tensor are what travels."""
        norm = self.torch.linalg.vector_norm
        each = [norm(t, order, dtype=self._wide(t)).double() for order in (2.0, float("inf")) for t in dense]
        joined = self.torch.stack([n.to(each[0].device) for n in each])
        return np.asarray(joined.cpu().numpy(), dtype=float).reshape(2, -1)

    def _wide(self, tensor: Any) -> Any:
        """Single precision at least: squares of half precision overflow."""
        return self.torch.float64 if tensor.dtype == self.torch.float64 else self.torch.float32

    def _dense(self, tensor: Any) -> Any:
        tensor = tensor.detach()
        return tensor.coalesce().values() if tensor.layout == self.torch.sparse_coo else tensor

    def copies(self) -> list[Any]:
        """The parameters as they are now, on their device."""
        return [p.detach().clone() for p in self.parameters]

    def moved(self, before: Sequence[Any]) -> Array:
        """The norm of each parameter's change (k,)."""
        return self.norms([p.detach() - old for p, old in zip(self.parameters, before, strict=True)])[0]

    def put(self, tensors: Sequence[Any]) -> None:
        """Copies values into the parameters."""
        with self.torch.no_grad():
            for p, value in zip(self.parameters, tensors, strict=True):
                p.copy_(value)

    def shaped(self, w: Array) -> list[Any]:
        """A vector as tensors like the parameters."""
        parts = np.split(w, np.cumsum([p.numel() for p in self.parameters])[:-1])
        return [
            self.torch.as_tensor(part.reshape(tuple(p.shape)), dtype=p.dtype, device=p.device)
            for part, p in zip(parts, self.parameters, strict=True)
        ]

    @contextmanager
    def undisturbed(self) -> Iterator[None]:
        """Inside, the loss may draw dropout masks and move running statistics; afterwards torch's generators and the
        model's buffers are as they were, so that a watched training takes the steps it would have taken."""
        buffers = [] if self.model is None else list(self.model.buffers())
        kept = [b.detach().clone() for b in buffers]
        with self.torch.random.fork_rng(devices=self._devices):
            try:
                yield
            finally:
                with self.torch.no_grad():
                    for b, value in zip(buffers, kept, strict=True):
                        b.copy_(value)

    def value(self, loss: Callable[[], Any]) -> float:
        """The loss as it is, without a graph."""
        with self.undisturbed(), self.torch.no_grad():
            return self.number(loss())

    def number(self, value: Any) -> float:
        """A loss as a number."""
        if isinstance(value, (int, float)):
            return float(value)
        if not hasattr(value, "numel") or value.numel() != 1:
            what = f"a tensor of shape {tuple(value.shape)}" if hasattr(value, "shape") else repr(value)
            raise ArgumentTypeError(f"loss must be one number or a tensor of one; got {what}")
        return float(value.detach())

    def gradient(self, loss: Callable[[], Any]) -> tuple[float, list[Any]]:
        """The loss and its gradient as it is; the parameters' own ``.grad`` stay what they are."""
        with self.undisturbed(), self.torch.enable_grad():
            value = loss()
            return self.number(value), self._slopes(value, False)

    @contextmanager
    def products(self, loss: Callable[[], Any]) -> Iterator[tuple[Array, Callable[[Array], Array]]]:
        """The gradient (n,) and a function for products of the Hessian with vectors, by a second backward pass through
        the graph of the first, which is alive inside."""
        with self.undisturbed(), self.torch.enable_grad():
            slopes = self._slopes(loss(), True)

            def apply(v: Array) -> Array:
                dotted = sum((g * part).sum() for g, part in zip(slopes, self.shaped(v), strict=True))
                if not getattr(dotted, "requires_grad", False):  # a loss linear in all parameters
                    return np.zeros(v.size)
                return self.flat(self._slopes(dotted, False, keep=True))

            yield self.flat(slopes), apply

    def _slopes(self, value: Any, graph: bool, keep: bool = False) -> list[Any]:
        if not getattr(value, "requires_grad", False):
            raise ArgumentTypeError("loss must return a tensor that depends on the model's parameters")
        found = self.torch.autograd.grad(
            value, self.parameters, create_graph=graph, retain_graph=graph or keep, allow_unused=True
        )
        zeros = self.torch.zeros_like
        return [zeros(p) if g is None else g for g, p in zip(found, self.parameters, strict=True)]
