"""The record of a loop that is not ours while it is made, and the Run it becomes."""

from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...base.errors import ArgumentError
from ...base.text import count
from ...base.trees import Tree, mapped
from ...records.outcome import Outcome
from ..arguments import as_problem, whole
from ..run import Run
from .costs import Cost
from .making import Told, run_of
from .rows import Row, Rows, fits
from .values import copied, flattened, on_host, real

if TYPE_CHECKING:
    from .layers import Layers
    from .optax_loop import OptaxLoop
    from .torch_loop import Sharpness, TorchLoop

__all__ = ["Recording"]

Array = NDArray[np.float64]
NAN = float("nan")


class Recording:
    """What ``watch`` returns. Its rows come from hooks, callbacks or ``step``; ``run`` is a Run of those so far, and
    of all once ``with`` or ``close`` has ended it; ``cost`` says what that took."""

    def __init__(self, every: int, given: tuple[Any, ...] | None, maximize: bool, name: str | None, bar: Any) -> None:
        self.every = every
        self._given, self._name, self._bar = given, name, bar
        self._rows = Rows(-1.0 if maximize else 1.0)
        self._torch: TorchLoop | None = None
        self._optax: OptaxLoop | None = None
        self._method: dict[str, Any] = {"name": name or "hand-written"}
        self._problem: Any = None
        self._tree: Tree | None = None
        self._n = 0
        self._next = 0
        """The iteration of the row that comes next."""
        self._held: tuple[int, Any, Any, Any, Any] | None = None
        """The last row that came and was not due, in case it stays the last."""
        self._rows_per_call = 0
        self._counted, self._slopes_given = True, False
        self._notes: list[str] = []
        self._began, self._spent, self._total = perf_counter(), 0.0, NAN
        self._ended: Run | None = None
        self._over = False

    # -- a loop's own calls --------------------------------------------------------------------------------------

    def step(self, w: Any, f: Any = None, g: Any = None, learning_rate: Any = None) -> None:
        """The next row: call k, counted from 0, is the weights after k updates, f and its gradient there, and the
        learning rate of the update that led there. What is left out is taken from ``problem``, if it is known."""
        self._open()
        if self._torch is not None or self._optax is not None:
            raise ArgumentError(f"step is for loops without hooks; {self._method['name']} shows its steps by itself")
        began = perf_counter()
        iteration, self._next = self._next, self._next + 1
        if iteration % self.every:
            self._held = iteration, copied(w), f, copied(g), learning_rate
        else:
            self._held = None
            self._record(iteration, w, f, g, learning_rate)
        self._spent += perf_counter() - began

    def loss(self, value: Any) -> None:
        """The loss that the coming torch step is made for; read on recorded steps only."""
        self._of_torch("loss(value)").tell(value)

    def scipy(self, f: Any = None, g: Any = None, x0: Any = None, args: Any = ()) -> "Recording":
        """A callback for ``scipy.optimize.minimize``, which is this record itself. ``f`` and its gradient ``g`` (True
        where f returns both) are kept with the run; ``x0`` is row 0, which SciPy does not report."""
        self._open()
        if f is not None:
            joint = g is True
            self._given = (f, None if joint else g, args if isinstance(args, tuple) else (args,), joint)
        if x0 is not None and self._rows.count == 0:
            self.step(x0)
        return self

    def __call__(self, intermediate_result: Any) -> None:
        """SciPy's callback, given ``xk`` or an ``intermediate_result``."""
        self._counted = False  # what its line searches spend it does not say
        if self._next == 0:
            self._next = 1
            self._notes.append("the start was not seen: row 0 is missing; pass w0=...")
        if self._method["name"] == "hand-written":
            self._method = {"name": "scipy.optimize"}
        at = intermediate_result
        if hasattr(at, "x"):
            self.step(at.x, getattr(at, "fun", None), getattr(at, "grad", None))  # its jac is of constraints
        else:
            self.step(at)

    def sklearn(self, model: Any, X: Any, y: Any) -> None:
        """The next row of a scikit-learn loop; call it after each ``partial_fit`` (and before the first, if the model
        has weights already). f is the mean loss over X and y plus the model's penalty."""
        from .sklearn_model import method_of, model_of, rate_of, visited, weights_of

        self._open()
        began = perf_counter()
        if self._given is None:
            self._given = (model_of(model, X, y), None, (), False)
        problem = self._given[0]
        if self._next == 0 and visited(model) % problem.rows == 0:
            self._rows = Rows(self._rows.sign, "epoch")
        if self._next == 0 and visited(model) > 0:
            if visited(model) <= problem.rows:  # its first partial_fit started from zeros
                self.step(problem.start)
            else:
                self._notes.append("the start was not seen: the model had been trained before")
        self._method = method_of(model)
        if self._next == 1:
            self._rows_per_call = int(visited(model))
        self._spent += perf_counter() - began
        self.step(weights_of(model, problem), learning_rate=rate_of(model))

    # -- hooks ---------------------------------------------------------------------------------------------------

    def attach_torch(self, loop: "TorchLoop") -> None:
        """Rows come from a torch optimizer's hooks."""
        self._torch, self._tree, self._n = loop, loop.tree if loop.keeps_w else None, loop.tree.n
        self._rows = Rows(-1.0 if loop.maximize else self._rows.sign)
        self._method, self._problem = loop.method(), loop.problem()
        if not loop.keeps_w:
            self._notes.append(f"{count(self._n, 'parameter')}: their norms are kept, the path is not")

    def attach_optax(self, transformation: Any) -> None:
        """Rows come from the update of ``transformation``'s stand-in."""
        from .optax_loop import OptaxLoop

        self._method = {"name": "optax"}

        def seen(iteration: int, params: Any, value: float, slopes: Any, rate: float) -> None:
            began = perf_counter()
            self._record(iteration, params, None if np.isnan(value) else value, slopes, rate)
            self._next = iteration + 1
            self._spent += perf_counter() - began

        self._optax = OptaxLoop(transformation, self.every, seen, self._given is not None)

    @property
    def transformation(self) -> Any:
        """What takes the place of the optax transformation in the user's loop: it makes the same updates, and is given
        ``params`` at each. Rows show f where ``update`` is given ``value=``, or the problem is known."""
        if self._optax is None:
            raise ArgumentError("transformation is for optax; make the record with watch(optax.adam(...))")
        return self._optax.watched()

    def last(self, w: Any, iteration: int, f: Any = None, g: Any = None) -> None:
        """The row after the last of ``iteration`` updates, which an optax transformation never sees."""
        self._open()
        if self._optax is not None:
            self._optax.drain()
        self._record(whole(iteration, "iteration", 0), w, f, g, None)
        self._next = self._rows.last + 1

    def take(self, row: Row) -> None:
        """A finished row."""
        self._rows.add(row, perf_counter() - self._began)

    def _record(self, iteration: int, w: Any, f: Any, g: Any, learning_rate: Any) -> None:
        flat = self._vector(w)
        problem = self._known(w, flat)
        if f is None and problem is not None:
            f = problem.value(flat)
        exact = getattr(problem, "estimator", None) is None and not getattr(problem, "random_gradient", False)
        if g is None and problem is not None and exact:
            g = problem.gradient(flat)
        self._slopes_given = self._slopes_given or g is not None
        rate = None if learning_rate is None or iteration == 0 else real(learning_rate, "learning_rate")
        value = None if f is None else real(f, "f")
        norm = None if g is None else float(np.abs(self._like_w(g)).max())
        self.take(Row(iteration, flat if fits(flat.size) else None, value, norm, rate, flat))

    def _known(self, w: Any, flat: Array) -> Any:
        """The problem as an object, resolved where the first row is."""
        if self._problem is None and self._given is not None:
            f, grad, args, both = self._given
            start = flat if self._tree is None else w
            self._problem = as_problem(f, mapped(on_host, start), grad, args, both, None, 0)[0]
            if self._problem.n != flat.size:
                raise ArgumentError(f"w must have {count(self._problem.n, 'entry', 'entries')}; it has {flat.size}")
        return self._problem

    def _vector(self, w: Any) -> Array:
        flat, tree = flattened(w, "w")
        if self._n == 0:
            self._n, self._tree = flat.size, tree
        elif flat.size != self._n:
            raise ArgumentError(f"w must have {count(self._n, 'entry', 'entries')}, as in row 0; it has {flat.size}")
        return flat

    def _like_w(self, g: Any) -> Array:
        flat = flattened(g, "g")[0]
        if flat.size != self._n:
            raise ArgumentError(f"g must have {count(self._n, 'entry', 'entries')}, as w has; it has {flat.size}")
        return flat

    # -- what is asked -------------------------------------------------------------------------------------------

    @property
    def cost(self) -> Cost:
        """Seconds spent on recording, and in all so far."""
        total = self._total if self._over else perf_counter() - self._began
        return Cost(self._spent + (0.0 if self._torch is None else self._torch.spent), total, self._rows.count)

    @property
    def layers(self) -> "Layers":
        """A torch model's parameters one by one."""
        return self._of_torch("layers").layers()

    def curvature(self, *, steps: int = 60, tolerance: float = 1e-3) -> "Sharpness":
        """The largest eigenvalue, in absolute value, of the Hessian of a torch model's loss where its parameters stand:
        by Lanczos on torch's double backward, at most ``steps`` products, to a relative ``tolerance``."""
        return self._of_torch("curvature()").sharpness(steps, tolerance)

    def _of_torch(self, what: str) -> "TorchLoop":
        if self._torch is None:
            raise ArgumentError(
                f"{what} is for torch optimizers; for another problem ask steepest.curvature(problem, w), and give f "
                f"to step(w, f)"
            )
        return self._torch

    @property
    def run(self) -> Run:
        """The Run of what was recorded so far."""
        if self._ended is not None:
            return self._ended
        if self._optax is not None:
            self._optax.drain()
        if not self._rows.count:
            raise ArgumentError("nothing was recorded: the watched loop made no step")
        return self._made(None, "running")

    # -- the end -------------------------------------------------------------------------------------------------

    def __enter__(self) -> "Recording":
        self._open()
        return self

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        self._end(error)

    def close(self) -> None:
        """Ends the record as leaving ``with`` does; a second time it does nothing."""
        self._end(None)

    def _open(self) -> None:
        if self._over:
            raise ArgumentError("this record is closed; start another with steepest.watch(...)")

    def _end(self, error: BaseException | None) -> None:
        if self._over:
            return
        self._over, whole = True, error is None
        outcome, reason = Outcome.STOPPED, "the watched loop ended"
        if isinstance(error, KeyboardInterrupt):
            outcome, reason = Outcome.INTERRUPTED, "interrupted; what was recorded is kept"
        elif error is not None:
            said = " ".join(str(error).split())
            reason = f"the watched loop raised {type(error).__name__}{f': {said}' if said else ''}"
        try:
            if self._torch is not None:
                self._torch.close(whole)
            if self._optax is not None and whole:
                self._optax.drain()
            if self._held is not None and whole:
                self._record(*self._held)
        finally:
            self._total = perf_counter() - self._began
            if self._rows.count:
                self._ended = self._made(outcome, reason)
            if self._bar is not None:
                self._bar.note(f"watched {self._method['name']}: {self.cost}")

    def _made(self, outcome: Outcome | None, reason: str) -> Run:
        nit = max(self._rows.last, self._next - 1, 0 if self._torch is None else self._torch.done)
        lines = () if self._torch is None else self._torch.layers().verdicts()
        gradient = "torch's own" if self._torch else "given" if self._slopes_given else "not seen"
        name = self._name or ("a function" if self._torch is None else self._torch.problem_name)
        told = Told(
            name, gradient, self._n, self._method, self._tree, self._problem, self.every, nit, self._counted,
            self._rows_per_call, self.cost.total, (*lines, *self._notes),
        )  # fmt: skip
        return run_of(self._rows, told, outcome, reason)

    def __repr__(self) -> str:
        state = "" if self._over else ", going on"
        return f"<Recording {self._method['name']}: {self.cost}{state}>"
