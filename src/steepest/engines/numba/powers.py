"""``**`` in rules and losses inside kernels: arithmetic in place of a call.

A rule's ``beta**t`` is the same for all weights, and LLVM takes it out of the loop over them, but two calls of the C
library's pow remain an example, a seventh of Adam's time at 65 columns.
"""

import math
import operator

import numpy as np
from numba.core import ir, types
from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.compiler_machinery import FunctionPass, register_pass
from numba.core.untyped_passes import IRProcessing
from numba.extending import overload

from .exponential import plain_exp

__all__ = ["WithPowers", "power"]


def power(x, y):
    """``x**y``: of floats exp(y log |x|), to 1 + |y log x| units in the last place; NumPy's beside that (signs, NaN,
    zeros, infinities), but 0 or infinite where the size would be outside exp(-708) to exp(708). No branch stands in it,
    since LLVM takes only what has none out of a loop."""
    return x**y


@overload(power, jit_options={"fastmath": {"contract"}, "error_model": "numpy", "forceinline": True})
def _power(x, y):
    if not (isinstance(x, types.Float) and isinstance(y, types.Float)):
        return lambda x, y: x**y

    def of_floats(x, y):
        size = plain_exp(y * math.log(abs(x)))
        size = 1.0 if (y == 0.0) | (x == 1.0) | ((x == -1.0) & (abs(y) == math.inf)) else size
        below, half = (x < 0.0) & (abs(y) < math.inf), 0.5 * y
        size = math.nan if below & (x > -math.inf) & (np.floor(y) != y) else size
        return -size if below & (np.floor(y) == y) & (np.floor(half) != half) else size

    return of_floats


def constant(func_ir, variable):
    try:
        return isinstance(func_ir.get_definition(variable), (ir.Const, ir.Global, ir.FreeVar))
    except KeyError:  # several definitions, in branches or a loop
        return False


@register_pass(mutates_CFG=False, analysis_only=False)
class Powers(FunctionPass):  # type: ignore[misc]
    """``a**b`` becomes ``power(a, b)``, but for a constant b: of these Numba and LLVM make products and roots."""

    _name = "steepest_powers"

    def __init__(self):  # the registry asks for one
        super().__init__()

    def run_pass(self, state):
        found = [
            expression
            for block in state.func_ir.blocks.values()
            for expression in block.find_exprs("binop")
            if expression.fn is operator.pow and not constant(state.func_ir, expression.rhs)
        ]
        for expression in found:
            expression.fn = power
        return bool(found)


class WithPowers(CompilerBase):  # type: ignore[misc]
    """Numba's own compiler with that pass, for ``njit(pipeline_class=...)``."""

    def define_pipelines(self):
        passes = DefaultPassBuilder.define_nopython_pipeline(self.state)
        passes.add_pass_after(Powers, IRProcessing)
        passes.finalize()
        return [passes]
