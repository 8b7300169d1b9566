"""Makes the class of a rule with modifiers: the fields of all parts side by side, the methods one around the other."""

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple, cast, get_type_hints

from ...base.errors import ArgumentError
from . import fields, find, names

__all__ = ["base_of", "belonging", "modified_class", "unmodified"]

Function = Callable[..., Any]
KEPT = (
    "full_batch_only", "own_rate", "corrected", "renews_each", "row_share", "averages_free_points", "stability",
)  # fmt: skip
"""What a rule says of itself, and a modified one still says."""


def belonging(cls: Any, given: Any) -> tuple[str, ...]:
    """The modifiers whose fields are among the names ``given`` and which the rule class ``cls`` has no such field of
    its own for, from the rule outwards."""
    owners = fields()
    wanted = {owners[name] for name in given if name in owners and name not in cls._fields}
    return tuple(name for name in names() if name in wanted)


@cache
def modified_class(base: Any, wanted: tuple[str, ...]) -> Any:
    """The class of ``base`` with the modifiers ``wanted``. Raises ArgumentError where they do not go together."""
    cls = base
    for name in wanted:
        cls = around(cls, find(name))
    return cls


def base_of(cls: Any) -> Any:
    """The rule class that was modified, ``cls`` itself where none was."""
    return getattr(cls, "modifies", cls)


def unmodified(rule: Any) -> Any:
    """The rule without its modifiers."""
    cls = base_of(type(rule))
    return rule if cls is type(rule) else cls(*rule[: len(cls._fields)])


def around(inner: Any, modifier: Any) -> Any:
    """One modifier around a rule class."""
    owner = base_of(inner).__name__
    both = [name for name in modifier._fields if name in inner._fields]
    if both:
        raise ArgumentError(f"{both[0]} is a field of {owner} itself, which does not go with {modifier.__name__}")
    obstacle = modifier.needs(inner) if hasattr(modifier, "needs") else None
    if obstacle:
        raise ArgumentError(f"{obstacle}, and {owner} has none")
    hints = {**get_type_hints(inner, include_extras=True), **get_type_hints(modifier, include_extras=True)}
    order = (*inner._fields, *modifier._fields)
    name = f"{inner.__name__}_{modifier.__name__}"
    cls = cast(Any, NamedTuple(name, [(field, hints[field]) for field in order]))
    defaults = {**inner._field_defaults, **modifier._field_defaults}
    cls._field_defaults = defaults
    if all(field in defaults for field in order):
        cls.__new__.__defaults__ = tuple(defaults[field] for field in order)
    cls.__module__, cls.__doc__ = inner.__module__, inner.__doc__
    cls.__reduce__ = remade
    cls.modifies, cls.modifiers = base_of(inner), (*getattr(inner, "modifiers", ()), modifier)
    methods, cls.pieces = wrapped(inner, modifier)
    for method, function in methods.items():
        setattr(cls, method, function)
    for part in KEPT:
        if hasattr(inner, part) and (part != "stability" or hasattr(modifier, "kept")):
            setattr(cls, part, getattr(inner, part))
    return cls


def remade(self: Any) -> Any:
    """How a modified rule is pickled: its class is made, not found."""
    cls: Any = type(self)
    return _from_parts, (cls.modifies, tuple(modifier_name(part) for part in cls.modifiers), tuple(self))


def _from_parts(base: Any, wanted: tuple[str, ...], values: tuple[Any, ...]) -> Any:
    return modified_class(base, wanted)(*values)


def modifier_name(modifier: Any) -> str:
    return str(modifier.__module__).rpartition(".")[2]


def wrapped(inner: Any, modifier: Any) -> tuple[dict[str, Function], tuple[Function, ...]]:
    """The methods of ``inner`` with the modifier around them, and the plain functions that they call (a kernel has to
    compile these as well)."""
    methods: dict[str, Function] = {
        name: getattr(inner, name) for name in ("init", "update", "step", "look", "read") if hasattr(inner, name)
    }
    pieces = [*getattr(inner, "pieces", ()), *methods.values()]
    moves = "update" if "update" in methods else "step"
    if hasattr(modifier, "kept"):
        if "read" in methods:
            owner = base_of(inner).__name__
            raise ArgumentError(f"{modifier._fields[0]} does not go with {owner}, which reports an average already")
        pieces.append(modifier.kept)
        return averaged(methods, moves, modifier.kept), tuple(pieces)
    if moves == "update" and not hasattr(modifier, "update"):  # the rule becomes one of the whole vector
        methods["step"] = as_step(methods.pop("update"))
        pieces.append(methods["step"])
        moves = "step"
    methods[moves] = getattr(modifier, moves)(methods[moves])
    return methods, tuple(pieces)


def as_step(update: Function) -> Function:
    """An element-wise update as a step of the whole vector."""

    def step(self: Any, w: Any, f: Any, g: Any, slots: Any, t: Any, xp: Any) -> Any:
        return update(self, w, g, slots, t, xp)

    return step


def averaged(methods: dict[str, Function], moves: str, kept: Function) -> dict[str, Function]:
    """A last slot for the mean of the points before the present one; ``read`` adds that one. So the mean is of points
    as they are kept, after any projection."""
    of_init, of_move, of_look = methods["init"], methods[moves], methods.get("look")

    def init(self: Any, w: Any, xp: Any) -> Any:
        return of_init(self, w, xp) + (xp.zeros_like(w) + w,)  # noqa: RUF005 - Numba adds tuples, and unpacks none

    def update(self: Any, w: Any, g: Any, slots: Any, t: Any, xp: Any) -> Any:
        step, new = of_move(self, w, g, slots[:-1], t, xp)
        return step, new + (kept(self, w, slots[-1], t - 1.0, xp),)  # noqa: RUF005

    def step(self: Any, w: Any, f: Any, g: Any, slots: Any, t: Any, xp: Any) -> Any:
        move, new = of_move(self, w, f, g, slots[:-1], t, xp)
        return move, new + (kept(self, w, slots[-1], t - 1.0, xp),)  # noqa: RUF005

    def read(self: Any, w: Any, slots: Any, t: Any, xp: Any) -> Any:
        return kept(self, w, slots[-1], t, xp)

    def look(self: Any, w: Any, slots: Any, t: Any, xp: Any) -> Any:
        return of_look(self, w, slots[:-1], t, xp)  # type: ignore[misc]

    found = {"init": init, moves: update if moves == "update" else step, "read": read}
    return found if of_look is None else {**found, "look": look}
