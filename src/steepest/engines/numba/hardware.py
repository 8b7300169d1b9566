"""What kernels ask of the hardware: how wide vectors may be, and rows ahead of their use."""

import contextlib

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

__all__ = ["fetch", "wide"]

PREFETCHED = 3072
"""Bytes of a row that are asked for ahead of its use; of longer rows the hardware fetches the rest once it sees them
read. In random order it foresees none of them."""


@intrinsic
def wide(typingctx):
    """Lets LLVM use 512-bit vectors in the function that calls this, where the processor has them: a fifth of the time
    at 500 columns."""

    def codegen(context, builder, signature, args):
        with contextlib.suppress(TypeError):  # llvmlite's own add() knows fewer attributes than LLVM
            set.add(builder.function.attributes, '"prefer-vector-width"="512"')
        return context.get_dummy_value()

    return types.void(), codegen


@intrinsic
def fetch(typingctx, X, i):
    """Asks for the first PREFETCHED bytes of row i, into the first-level cache."""

    def codegen(context, builder, signature, args):
        array = context.make_array(X)(context, builder, args[0])
        bits, byte, word = ir.IntType(64), ir.IntType(8).as_pointer(), ir.IntType(32)
        stride = cgutils.unpack_tuple(builder, array.strides, 2)[0]
        start = builder.bitcast(builder.gep(builder.bitcast(array.data, byte), [builder.mul(stride, args[1])]), byte)
        kind = ir.FunctionType(ir.VoidType(), [byte, word, word, word])
        call = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        columns = cgutils.unpack_tuple(builder, array.shape, 2)[1]
        size = builder.mul(columns, ir.Constant(bits, X.dtype.bitwidth // 8))
        most = ir.Constant(bits, PREFETCHED)
        stop = builder.select(builder.icmp_signed("<", size, most), size, most)
        with cgutils.for_range_slice(builder, ir.Constant(bits, 0), stop, ir.Constant(bits, 64)) as (at, _):
            builder.call(call, [builder.gep(start, [at]), word(0), word(3), word(1)])
        return context.get_dummy_value()

    return types.void(X, i), codegen
