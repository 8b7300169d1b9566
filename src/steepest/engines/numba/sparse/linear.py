"""Rules that are linear in w, their slot and the gradient, as small matrices: what the lazy kernels are driven by.

With an l2 penalty the gradient that a coordinate feels while its column has only zeros is l2 times w (times the point
looked at), linear too. The update of a coordinate's state s = (w, slot) is then ``s <- A s + B g``.

Of what A is made of the basis in which the kernel keeps the state is chosen:
- two real eigenvalues and eigenvectors that are well apart (heavy ball: 1 and the momentum): the eigenvectors. Then a
  coordinate's two numbers stay what they are until it is touched, and only two scales change: nothing can cancel.
- else (momentum 1 or near it; l2 with a momentum that oscillates; fields that change A from update to update) the state
  itself; the kernel then brings all coordinates up to date whenever the product of the A's would cost three digits:
  each 10 to 1,000 updates.
"""

from typing import Any, NamedTuple

import numpy as np

from ....base.xp import numpy_functions
from ....methods.gradient_descent import GradientDescent
from ....methods.momentum import Momentum
from ....methods.nesterov import Nesterov
from ....methods.nesterov_lookahead import NesterovLookahead

__all__ = ["Linear", "is_linear"]

RULES = (GradientDescent, Momentum, Nesterov, NesterovLookahead)
APART = 2e3
"""The largest condition number of the eigenvectors that are used as a basis."""


def is_linear(rule) -> bool:
    """Whether the rule is one of those that are known to be linear and not to depend on t."""
    return type(rule) in RULES


class Response(NamedTuple):
    """A's entries, B's, and the point looked at as a row; numbers, or arrays over updates."""

    a11: Any
    a12: Any
    a21: Any
    a22: Any
    b1: Any
    b2: Any
    p: Any
    q: Any


def response(rule, l2) -> Response:
    """Of a rule whose fields are numbers or arrays, to l2 a number or an array of that length."""
    xp, slotless = numpy_functions, not rule.init(np.zeros(1), numpy_functions)

    def look(w, v):
        return rule.look(w, (v,), 1.0, xp) if hasattr(rule, "look") else w

    def moved(w, v, g):
        step, new = rule.update(w, g + l2 * look(w, v), () if slotless else (v,), 1.0, xp)
        return w + step, 0.0 if slotless else new[0]

    (a11, a21), (a12, a22), (b1, b2) = moved(1.0, 0.0, 0.0), moved(0.0, 1.0, 0.0), moved(0.0, 0.0, 1.0)
    if slotless:
        a12 = 0.0
    return Response(a11, a12, a21, a22, b1, b2, look(1.0, 0.0), look(0.0, 1.0))


class Linear:
    """The tables that drive the lazy kernels, for one task."""

    def __init__(self, task) -> None:
        problem, self.fields = task.problem, task.fields
        self.rule, self.rows = task.rule, problem.rows
        self.batch = min(task.batch_size, problem.rows)
        self.per_epoch = -(-problem.rows // self.batch)
        self.l2, self.l1, self.mean = problem.l2, problem.l1, problem.reduction == "mean"
        self.varying = not self.fields.constant
        full = response(self.rule, self.l2 * float(self.parts(np.zeros(1, dtype=np.int64))[0]))
        self.steady = not self.varying or self.same_matrix(full)
        forgetful = full.a12 == 0.0 and full.a22 == 0.0 and full.q == 0.0
        self.single = forgetful and (self.steady or not self.rule.init(np.zeros(1), numpy_functions))
        """Whether w needs no slot: there is none, or a momentum of 0 makes nothing of it."""
        self.Z: Any
        self.diagonal: Any
        self.Z, self.diagonal = basis(full) if self.steady else (np.eye(2), None)

    def same_matrix(self, full) -> bool:
        """Whether A stays the same under the schedules: with that of the rate alone, of a rule that has it with g."""
        if set(self.fields.schedules) != {"learning_rate"} or self.l2:
            return False
        other = response(self.rule._replace(learning_rate=2.0 * self.rule.learning_rate + 1.0), 0.0)
        return full[:4] == other[:4]

    def parts(self, updates):
        """The part of the penalty that goes with each of the ``updates`` (counted from 0)."""
        if self.mean:
            return np.ones(updates.size)
        last = updates % self.per_epoch == self.per_epoch - 1
        return np.where(last, self.rows - (self.per_epoch - 1) * self.batch, self.batch) / self.rows

    def responses(self, first, updates):
        """``(of coefficients, of the intercept, parts)`` over the ``updates`` from ``first`` on; where the fields are
        constant over a full batch's and a short one's."""
        if not self.varying:
            at = np.array([0, self.per_epoch - 1])
            rule = self.rule
        else:
            at = np.arange(first, first + updates)
            table = self.fields.rows(first, updates)
            rule = self.rule._replace(**{name: table[:, k] for k, name in enumerate(self.fields.names)})
        parts = self.parts(at)
        return response(rule, self.l2 * parts), response(rule, 0.0 * parts), parts

    def single_moves(self, first, updates):
        """The rows of ``moves`` that single_epochs wants."""
        own, _, parts = self.responses(first, updates)
        return stacked(parts.size, own.a11, own.b1, np.abs(own.b1) * (self.l1 * parts))

    def paired_moves(self, first, updates):
        """``(moves, bias_moves)`` as paired_epochs wants them."""
        own, bias, parts = self.responses(first, updates)
        plain = stacked(parts.size, *bias, 1.0, 1.0)
        A = stacked(parts.size, *own[:4]).reshape(-1, 2, 2)
        back = np.linalg.inv(self.Z)
        T = back @ A @ self.Z
        if self.diagonal is not None:
            same = (A[0] == A).all(axis=(1, 2))  # a short batch may have another part of the penalty
            T[same] = np.diag(self.diagonal)
        B = stacked(parts.size, own.b1, own.b2) @ back.T
        look = stacked(parts.size, own.p, own.q) @ self.Z
        if self.diagonal is not None or not self.l2:
            scales = T[:, 0, 0], T[:, 1, 1]
        else:  # two eigenvalues of one size, or nearly
            size = np.sqrt(np.abs(T[:, 0, 0] * T[:, 1, 1] - T[:, 0, 1] * T[:, 1, 0]))
            scales = size, size
        return stacked(parts.size, *T.reshape(-1, 4).T, *B.T, *look.T, *scales), plain


def stacked(size, *columns):
    return np.stack([np.broadcast_to(np.asarray(column, dtype=float), (size,)) for column in columns], axis=1)


def basis(full):
    """``(Z, eigenvalues)``, or ``(identity, None)`` where the eigenvectors will not do."""
    A = np.array(full[:4], dtype=float).reshape(2, 2)
    if np.isfinite(A).all():
        values, Z = np.linalg.eig(A)
        if np.isrealobj(values) and np.linalg.cond(Z) <= APART:
            return Z, values
    return np.eye(2), None
