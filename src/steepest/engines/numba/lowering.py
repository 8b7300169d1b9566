"""How a rule or loss object meets a kernel: Numba picks the method by the object's class while compiling.

The functions below have no Python body; ``overload`` gives the compiled one. A NamedTuple is a Numba type already, so
its methods are compiled as plain functions with the object as first argument.
"""

import numba
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic, overload

from . import functions

__all__ = [
    "FLAGS",
    "bare",
    "bounded",
    "carriers",
    "keep_update",
    "look_at",
    "looks",
    "loss_derivative",
    "loss_value",
    "put_slots",
    "read_at",
    "reads",
    "rule_of",
    "rule_update",
    "slots_at",
    "slots_from",
    "slots_of_run",
]  # fmt: skip

FLAGS = {"fastmath": {"contract", "reassoc", "nsz", "arcp"}, "error_model": "numpy"}
"""No ``nnan`` or ``ninf``: they would delete the tests for NaN. The numpy error model keeps division vectorisable."""

carriers: dict[type, type] = {}
"""Stand-in class -> the user's class. Numba takes classes of one name and fields for one another, so that a class
from outside the package travels as a stand-in with a name of its own (cache.carried)."""


def class_of(typ):
    """The class whose methods a carried object has."""
    cls = typ.instance_class
    return carriers.get(cls, cls)


_methods: dict = {}


def method(typ, name):
    """The class's own function, compiled once a class."""
    cls = class_of(typ)
    key = (cls, name)
    if key not in _methods:
        _methods[key] = numba.njit(**FLAGS)(getattr(cls, name))
    return _methods[key]


def bare(name):
    """A function that only its overload gives a body."""

    def stub(*args):
        raise RuntimeError("called outside a kernel")

    stub.__name__ = stub.__qualname__ = name
    return stub


@intrinsic
def rule_of(typingctx, template, fields):
    """The rule with its float fields read from the row ``fields``; bools and ints are the template's."""
    floats = [i for i, kind in enumerate(template.types) if isinstance(kind, types.Float)]

    def codegen(context, builder, signature, args):
        values = cgutils.unpack_tuple(builder, args[0])
        array = context.make_array(fields)(context, builder, args[1])
        for k, i in enumerate(floats):
            values[i] = builder.load(builder.gep(array.data, [ir.Constant(ir.IntType(64), k)]))
        return context.make_tuple(builder, signature.return_type, values)

    return template(template, fields), codegen


rule_update, look_at, read_at = bare("rule_update"), bare("look_at"), bare("read_at")
loss_value, loss_derivative = bare("loss_value"), bare("loss_derivative")
looks, reads = bare("looks"), bare("reads")
slots_at, put_slots = bare("slots_at"), bare("put_slots")
slots_of_run, slots_from = bare("slots_of_run"), bare("slots_from")
keep_update, bounded = bare("keep_update"), bare("bounded")


@overload(rule_update, jit_options=FLAGS)
def _rule_update(rule, w, g, slots, t):
    update = method(rule, "update")
    return lambda rule, w, g, slots, t: update(rule, w, g, slots, t, functions)


@overload(looks, jit_options=FLAGS)
def _looks(rule):
    answer = hasattr(class_of(rule), "look")
    return lambda rule: answer


@overload(reads, jit_options=FLAGS)
def _reads(rule):
    answer = hasattr(class_of(rule), "read")
    return lambda rule: answer


@overload(look_at, jit_options=FLAGS)
def _look_at(rule, w, slots, t):
    if not hasattr(class_of(rule), "look"):
        return lambda rule, w, slots, t: w
    look = method(rule, "look")
    return lambda rule, w, slots, t: look(rule, w, slots, t, functions)


@overload(read_at, jit_options=FLAGS)
def _read_at(rule, w, slots, t):
    if not hasattr(class_of(rule), "read"):
        return lambda rule, w, slots, t: w
    read = method(rule, "read")
    return lambda rule, w, slots, t: read(rule, w, slots, t, functions)


@overload(loss_value, jit_options=FLAGS)
def _loss_value(loss, o, y):
    value = method(loss, "value")
    return lambda loss, o, y: value(loss, o, y, functions)


@overload(loss_derivative, jit_options=FLAGS)
def _loss_derivative(loss, o, y):
    derivative = method(loss, "derivative")
    return lambda loss, o, y: derivative(loss, o, y, functions)


# Slots are a tuple of arrays; their number is known when compiling.


@overload(slots_of_run, jit_options=FLAGS)
def _slots_of_run(slots, r):
    return {
        0: lambda slots, r: (),
        1: lambda slots, r: (slots[0][r],),
        2: lambda slots, r: (slots[0][r], slots[1][r]),
        3: lambda slots, r: (slots[0][r], slots[1][r], slots[2][r]),
    }[len(slots)]


@overload(slots_from, jit_options=FLAGS)
def _slots_from(slots, base):
    return {
        0: lambda slots, base: (),
        1: lambda slots, base: (slots[0][base:],),
        2: lambda slots, base: (slots[0][base:], slots[1][base:]),
        3: lambda slots, base: (slots[0][base:], slots[1][base:], slots[2][base:]),
    }[len(slots)]


@overload(slots_at, jit_options=FLAGS)
def _slots_at(slots, j):
    return {
        0: lambda slots, j: (),
        1: lambda slots, j: (slots[0][j],),
        2: lambda slots, j: (slots[0][j], slots[1][j]),
        3: lambda slots, j: (slots[0][j], slots[1][j], slots[2][j]),
    }[len(slots)]


@overload(put_slots, jit_options=FLAGS)
def _put_slots(slots, j, new):
    def put_1(slots, j, new):
        slots[0][j] = new[0]

    def put_2(slots, j, new):
        slots[0][j] = new[0]
        slots[1][j] = new[1]

    def put_3(slots, j, new):
        slots[0][j] = new[0]
        slots[1][j] = new[1]
        slots[2][j] = new[2]

    return {0: lambda slots, j, new: None, 1: put_1, 2: put_2, 3: put_3}[len(slots)]


@overload(bounded, jit_options=FLAGS)
def _bounded(bounds, j, value):
    """``value`` within the bounds of w[j], where there are any; NaN stays NaN."""

    def within(bounds, j, value):
        low, high = bounds[0][j], bounds[1][j]
        return low if value < low else high if value > high else value

    return within if len(bounds) else lambda bounds, j, value: value


@overload(keep_update, jit_options=FLAGS)
def _keep_update(kept, u, r, w, loss):
    """Decided when compiling: a test in the loop over examples would slow it by 5 %."""

    def keep(kept, u, r, w, loss):
        kept[0][u, r] = w
        kept[1][u, r] = loss

    return keep if len(kept) else lambda kept, u, r, w, loss: None
