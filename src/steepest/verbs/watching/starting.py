"""``watch``: a record of a training loop that is not ours."""

from collections.abc import Callable
from typing import Any

from ...base.errors import ArgumentError, ArgumentTypeError
from ...methods.transformation import is_transformation
from ..arguments import flag, whole
from ..progress import bar
from .recording import Recording
from .torch_loop import TorchLoop, is_optimizer

__all__ = ["watch"]


def watch(
    optimizer: Any = None, *, model: Any = None, loss: Callable[[], Any] | None = None, every: int = 1,
    problem: Any = None, w0: Any = None, grad: Any = None, args: Any = (), value_and_grad: bool = False,
    maximize: bool = False, name: str | None = None, progress: Any = "auto",
) -> Recording:  # fmt: skip
    """Records a loop that is not ours: ``with steepest.watch(...) as record:``; afterwards ``record.run`` is a Run.

    Parameters
    ----------
    optimizer : a torch optimizer, which is watched by its own hooks; an optax transformation, whose place in the loop
        ``record.transformation`` takes; None for a loop that calls ``record.step``, a ``scipy.optimize`` callback
        (``record`` itself, or ``record.scipy(f, g)``) or a scikit-learn loop (``record.sklearn(model, X, y)``).
    model, loss : of a torch optimizer: the module, for the names of its parameters, and a function without arguments
        that returns the loss. It is called on recorded steps, without a graph; random numbers and running statistics
        are put back. Its data should be fixed; give ``record.loss(value)`` each step's own loss instead where that
        will do.
    every : which rows are recorded: 0, every, 2 every, ..., and the last.
    problem, grad, args, value_and_grad : what is minimised, as in ``minimize``, where it is known: f and gradient are
        evaluated at recorded rows that came without, and the Run holds it for curvature, views and explanations.
    w0 : the start, as row 0. Without it the first row that comes is row 0.
    name : what the loop is called.
    progress : whether a line on standard error says at the end what recording cost: True, False, or "auto", in
        terminals and notebooks.

    Watching never changes a loop, but for the time it takes: ``record.cost``. An exception inside ``with`` goes on;
    what was recorded is kept.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        Where an argument cannot be used, such as a loss that calls backward() itself.
    """
    step = whole(every, "every", 1)
    up, both = flag(maximize, "maximize"), flag(value_and_grad, "value_and_grad")
    if name is not None and not isinstance(name, str):
        raise ArgumentTypeError(f"name must be a string; got {name!r}")
    shown = bar(progress, "")
    torch_like = is_optimizer(optimizer)
    if optimizer is not None and not torch_like and not is_transformation(optimizer):
        raise ArgumentTypeError(
            f"optimizer must be a torch optimizer, an optax transformation, or left out; got {optimizer!r:.80}"
        )
    if not torch_like:
        for what, value in (("model", model), ("loss", loss)):
            if value is not None:
                raise ArgumentError(
                    f"{what} goes with a torch optimizer; pass problem=... for another loop's objective"
                )
    elif problem is not None or w0 is not None:
        raise ArgumentError("problem and w0 are not for torch, whose model has both; pass model=... and loss=...")
    if optimizer is not None and w0 is not None:
        raise ArgumentError("w0 is not for optax, whose first update is row 0; leave it out")
    given = None if problem is None else (problem, grad, args, both)
    record = Recording(step, given, up, name, shown)
    if torch_like:
        record.attach_torch(TorchLoop(optimizer, model, loss, step, record.take))
    elif optimizer is not None:
        record.attach_optax(optimizer)
    if w0 is not None:
        record.step(w0)
    return record
