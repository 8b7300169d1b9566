"""How a rule or loss object meets a kernel: Numba picks the method by the object's class while compiling.

The functions below have no Python body; ``overload`` gives the compiled one. A NamedTuple is a Numba type already, so
its methods are compiled as plain functions with the object as first argument.
"""

import numba
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic, overload, register_jitable

from . import functions
from .powers import WithPowers

__all__ = [
    "FLAGS",
    "INLINED",
    "bare",
    "bounded",
    "carriers",
    "class_of",
    "keep_update",
    "look_at",
    "looks",
    "loss_derivative",
    "loss_derivative_of",
    "loss_fold",
    "loss_parts",
    "loss_start",
    "loss_value",
    "loss_value_of",
    "put_slots",
    "read_at",
    "reads",
    "rule_moved",
    "rule_of",
    "rule_step",
    "rule_update",
    "slots_at",
    "slots_from",
    "slots_of_run",
    "written_out",
]  # fmt: skip

FLAGS = {"fastmath": {"contract", "reassoc", "nsz", "arcp"}, "error_model": "numpy"}
"""No ``nnan`` or ``ninf``: they would delete the tests for NaN. The numpy error model keeps division vectorisable."""

INLINED = {**FLAGS, "forceinline": True}
"""For what stands in an innermost loop: a call that LLVM finds too long to inline keeps the loop from being vectorised,
and views of arrays that are handed to it are counted in and out, by locked instructions."""

carriers: dict[type, type] = {}
"""Stand-in class -> the user's class. Numba takes classes of one name and fields for one another, so that a class
from outside the package travels as a stand-in with a name of its own (cache.carried)."""


def class_of(typ):
    """The class whose methods a carried object has."""
    cls = typ.instance_class
    return carriers.get(cls, cls)


_methods: dict = {}
_pieces: set = set()


def method(typ, name, flags=FLAGS):
    """The class's own function, compiled once a class and with these flags."""
    cls = class_of(typ)
    key = (cls, name, flags is INLINED)
    if key not in _methods:
        for piece in getattr(cls, "pieces", ()):  # the plain functions that a modified rule's methods call
            if piece not in _pieces:
                _pieces.add(register_jitable(pipeline_class=WithPowers, **FLAGS)(piece))
        _methods[key] = numba.njit(pipeline_class=WithPowers, **flags)(getattr(cls, name))
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


rule_step = bare("rule_step")
rule_update, look_at, read_at = bare("rule_update"), bare("look_at"), bare("read_at")
loss_value, loss_derivative = bare("loss_value"), bare("loss_derivative")
looks, reads = bare("looks"), bare("reads")
slots_at, put_slots = bare("slots_at"), bare("put_slots")
slots_of_run, slots_from = bare("slots_of_run"), bare("slots_from")
keep_update, bounded, rule_moved = bare("keep_update"), bare("bounded"), bare("rule_moved")
loss_parts, loss_start, loss_fold = bare("loss_parts"), bare("loss_start"), bare("loss_fold")
loss_value_of, loss_derivative_of = bare("loss_value_of"), bare("loss_derivative_of")


@overload(rule_update, jit_options=INLINED)
def _rule_update(rule, w, g, slots, t):
    update = method(rule, "update", INLINED)
    return lambda rule, w, g, slots, t: update(rule, w, g, slots, t, functions)


@overload(rule_step, jit_options=FLAGS)
def _rule_step(rule, w, f, g, slots, t):
    from . import vectors

    step = method(rule, "step")
    return lambda rule, w, f, g, slots, t: step(rule, w, f, g, slots, t, vectors)


@overload(looks, jit_options=FLAGS)
def _looks(rule):
    answer = hasattr(class_of(rule), "look")
    return lambda rule: answer


@overload(reads, jit_options=FLAGS)
def _reads(rule):
    answer = hasattr(class_of(rule), "read")
    return lambda rule: answer


@overload(look_at, jit_options=INLINED)
def _look_at(rule, w, slots, t):
    if not hasattr(class_of(rule), "look"):
        return lambda rule, w, slots, t: w
    look = method(rule, "look", INLINED)
    return lambda rule, w, slots, t: look(rule, w, slots, t, functions)


@overload(read_at, jit_options=INLINED)
def _read_at(rule, w, slots, t):
    if not hasattr(class_of(rule), "read"):
        return lambda rule, w, slots, t: w
    read = method(rule, "read", INLINED)
    return lambda rule, w, slots, t: read(rule, w, slots, t, functions)


@overload(loss_value, jit_options=INLINED)
def _loss_value(loss, o, y):
    value = method(loss, "value", INLINED)
    return lambda loss, o, y: value(loss, o, y, functions)


@overload(loss_derivative, jit_options=INLINED)
def _loss_derivative(loss, o, y):
    derivative = method(loss, "derivative", INLINED)
    return lambda loss, o, y: derivative(loss, o, y, functions)


# Slots are a tuple of arrays; their number is known when compiling.


MOST_SLOTS = 6
"""Of a rule, those of its modifiers among them."""


def written_out(stub, arguments, each, **known):
    """The overload of ``stub`` (its ``arguments`` begin with the slots) that returns a tuple of ``each`` slot; it calls
    what is ``known``."""
    bodies = {}
    for size in range(MOST_SLOTS + 1):
        items = "".join(f"{each.format(k=k)}, " for k in range(size))
        bodies[size] = eval(f"lambda {arguments}: ({items})", known)
    overload(stub, jit_options=FLAGS)(eval(f"lambda {arguments}: bodies[len(slots)]", {"bodies": bodies}))


written_out(slots_of_run, "slots, r", "slots[{k}][r]")
written_out(slots_from, "slots, base", "slots[{k}][base:]")
written_out(slots_at, "slots, j", "slots[{k}][j]")


def puts(size):
    made = {}
    lines = "".join(f"    slots[{k}][j] = new[{k}]\n" for k in range(size)) or "    pass\n"
    exec(f"def put(slots, j, new):\n{lines}", made)
    return made["put"]


_puts = {size: puts(size) for size in range(MOST_SLOTS + 1)}


@overload(put_slots, jit_options=FLAGS)
def _put_slots(slots, j, new):
    return _puts[len(slots)]


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

    def add(kept, u, r, w, loss):  # of one output among several
        kept[0][u, r] = w
        kept[1][u, r] += loss

    return {0: lambda kept, u, r, w, loss: None, 2: keep, 3: add}[len(kept)]


@overload(rule_moved, jit_options=INLINED)
def _rule_moved(rule, w, g, slots, t, P, part, j):
    """``(w moved, slots)`` of one update from the gradient g without the l1 penalty, of which P[1][j] times ``part`` is
    felt as in proximal.implicit_step."""

    def plain(rule, w, g, slots, t, P, part, j):
        step, new = rule_update(rule, w, g, slots, t)
        return w + step, new

    def implicit(rule, w, g, slots, t, P, part, j):
        l1 = part * P[1][j]
        step, new = rule_update(rule, w, g + l1, slots, t)
        low = w + step
        if low > 0.0:
            return low, new
        step, new = rule_update(rule, w, g - l1, slots, t)
        high = w + step
        if high < 0.0:
            return high, new
        span = high - low
        share = high / span if span > 0.0 else 0.5
        _, new = rule_update(rule, w, g + l1 * (2.0 * share - 1.0), slots, t)
        return 0.0 * abs(low + high), new  # 0, NaN where one of them is no number

    return implicit if len(P) == 2 else plain


# Losses of several outputs together, and losses in parts: see problems/losses.


def loss_method(stub, name, arguments):
    """The overload of ``stub`` by the loss's method ``name``."""
    made = {
        1: lambda of: lambda loss, a: of(loss, a, functions),
        2: lambda of: lambda loss, a, b: of(loss, a, b, functions),
        3: lambda of: lambda loss, a, b, c: of(loss, a, b, c, functions),
    }[arguments]
    typer = {
        1: lambda loss, a: made(method(loss, name, INLINED)),
        2: lambda loss, a, b: made(method(loss, name, INLINED)),
        3: lambda loss, a, b, c: made(method(loss, name, INLINED)),
    }[arguments]
    overload(stub, jit_options=INLINED)(typer)


for _stub, _name, _arguments in (
    (loss_parts, "parts", 2), (loss_start, "start", 1), (loss_fold, "fold", 2), (loss_value_of, "value_of", 2),
    (loss_derivative_of, "derivative_of", 3),
):  # fmt: skip
    loss_method(_stub, _name, _arguments)
