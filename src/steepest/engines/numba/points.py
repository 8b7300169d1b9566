"""Points and gradients, to and from the shape in which rows are read.

C is () or (centre, factor) of scaled columns; M is () for one output, for several work space (2, outputs). A point w is
first *prepared*: weights of the data as it lies, for several outputs output by output, since a row's product with each
is then a loop over contiguous numbers. Gradients are summed in that shape, and *finished* in w's. Where there is one
output and no scaling, w itself serves.
"""

from functools import partial

from numba import types
from numba.extending import overload, register_jitable

from .lowering import FLAGS, INLINED, bare

__all__ = ["finished", "inlined", "inner", "len_of", "prepared"]

inner = partial(register_jitable, **FLAGS)
"""For functions that only kernels call; without the flags of their callers their loops would not be vectorised."""
inlined = partial(register_jitable, **INLINED)
"""The same for what is small, or gets views of arrays."""

prepared, finished = bare("prepared"), bare("finished")


def len_of(kind):
    """The length of a tuple's type; 1 for an array."""
    return len(kind) if isinstance(kind, types.BaseTuple) else 1


@overload(prepared, jit_options=FLAGS)
def _prepared(C, M, base, w, e):
    """w as the rows want it: itself, or written to ``e`` (n,)."""
    scaled, several = len_of(C) > 0, len_of(M) > 0
    if not scaled and not several:
        return lambda C, M, base, w, e: w

    def one(C, M, base, w, e):
        centre, factor = C
        shift = 0.0
        for j in range(centre.size):
            c = factor[j] * w[base + j]
            e[base + j] = c
            shift += centre[j] * c
        if base:
            e[0] = w[0] - shift
        return e

    def many(C, M, base, w, e):
        outputs = M.shape[1]
        size = w.size // outputs
        for k in range(outputs):
            for j in range(size):
                e[k * size + j] = w[j * outputs + k]
        return e

    def many_scaled(C, M, base, w, e):
        centre, factor = C
        outputs = M.shape[1]
        size = w.size // outputs
        for k in range(outputs):
            shift = 0.0
            for j in range(centre.size):
                c = factor[j] * w[(base + j) * outputs + k]
                e[k * size + base + j] = c
                shift += centre[j] * c
            if base:
                e[k * size] = w[k] - shift
        return e

    return one if not several else many_scaled if scaled else many


@overload(finished, jit_options=FLAGS)
def _finished(C, M, base, g, room):
    """The gradient g, summed as rows are read, in the shape of w; ``room`` (n,) is work space."""
    scaled, several = len_of(C) > 0, len_of(M) > 0
    if not scaled and not several:
        return lambda C, M, base, g, room: None

    def one(C, M, base, g, room):
        centre, factor = C
        for j in range(centre.size):
            shift = centre[j] * g[0] if base else 0.0
            g[base + j] = factor[j] * (g[base + j] - shift)

    def many(C, M, base, g, room):
        outputs = M.shape[1]
        size = g.size // outputs
        room[:] = g
        for k in range(outputs):
            for j in range(size):
                g[j * outputs + k] = room[k * size + j]

    def many_scaled(C, M, base, g, room):
        centre, factor = C
        outputs = M.shape[1]
        size = g.size // outputs
        room[:] = g
        for k in range(outputs):
            if base:
                g[k] = room[k * size]
            for j in range(centre.size):
                shift = centre[j] * room[k * size] if base else 0.0
                g[(base + j) * outputs + k] = factor[j] * (room[k * size + base + j] - shift)

    return one if not several else many_scaled if scaled else many
