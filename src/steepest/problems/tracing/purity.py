"""Whether a function may be called with traced values: its bytecode, and that of every function it reaches, is read.

Allowed are operators, locals, and captured values that cannot change anything: numbers, arrays, functions that are pure
themselves. Every value from outside is judged where it is loaded, so whatever a function does with its locals is safe.
"""

import builtins
import dis
import functools
import hashlib
import inspect
import types
from collections import ChainMap
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from . import counterparts
from .counterparts import words

__all__ = ["Reading", "code_objects", "free_values", "global_values", "is_jax_object", "is_ours", "obstacle", "read"]

REFUSED = {
    "STORE_SUBSCR": "it assigns to items (out[0] = ...)",
    "STORE_SLICE": "it assigns to items (out[0] = ...)",
    "DELETE_SUBSCR": "it deletes items",
    "STORE_ATTR": "it sets an attribute",
    "DELETE_ATTR": "it deletes an attribute",
    "STORE_GLOBAL": "it changes a global variable",
    "DELETE_GLOBAL": "it changes a global variable",
    "PUSH_EXC_INFO": "it catches exceptions or has a with block",
    "BEFORE_WITH": "it catches exceptions or has a with block",
    "BEFORE_ASYNC_WITH": "it catches exceptions or has a with block",
    "LOAD_SPECIAL": "it catches exceptions or has a with block",
    "LOAD_BUILD_CLASS": "it defines a class",
    "LOAD_NAME": "it defines a class",
    "LOAD_FROM_DICT_OR_GLOBALS": "it defines a class",
    "LOAD_SUPER_ATTR": "it calls super()",
}
"""Operations that change something, or that could hide that tracing failed, and how a reader calls them."""

PASSIVE = frozenset({"CACHE", "EXTENDED_ARG", "NOP", "PRECALL", "RESUME"})
"""Instructions that leave the value stack as it is."""

ARRAY_NAMES = words(
    "T add all any argmax argmin argsort astype at choose clip compress conj conjugate copy cumprod cumsum diagonal "
    "divide dot dtype eps flat flatten get imag index item items itemsize keys mT max mean min multiply nbytes ndim "
    "nonzero power prod ptp ravel real repeat reshape round searchsorted set shape size smallest_normal squeeze std "
    "subtract sum swapaxes take tiny tolist trace transpose values var"
)
"""Attributes of arrays (of ``.at[...]``, dicts, finfo) that change nothing; no other is let through on any value."""

UFUNC_NAMES = frozenset({"accumulate", "outer", "reduce"})
LIST_NAMES = frozenset({"append", "extend", "insert", "pop"})
"""Let through on a list that the running function made itself."""

JAX_DENIED = words(
    "breakpoint callback clear_backends clear_caches config debug debug_callback debug_print distributed "
    "effects_barrier experimental host_callback inspect_array_sharding io_callback live_arrays "
    "make_array_from_callback monitoring print profiler pure_callback register_pytree_node register_dataclass"
)

PLAIN = (int, float, complex, bool, str, bytes, type(None), type(...), range, slice)

UNKNOWN = object()
"""A value that only the running function knows: made from its parameters and from what was judged already."""
OWN_LIST = object()
"""A list that the running function made."""


class Refused(Exception):
    """Why tracing would not be safe; the message is the reason."""


class Same:
    """An object as part of an identity: equal to itself only, and kept alive, so that its id is not given again."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and other.value is self.value

    def __hash__(self) -> int:
        return id(self.value)


@dataclass(frozen=True)
class Reading:
    """What was read of a function: the ``obstacle`` or None; its ``identity``, equal for functions of the same code
    and captures; whether it calls JAX itself."""

    obstacle: str | None
    identity: tuple[Hashable, ...] = ()
    jax_written: bool = False

    @property
    def kept(self) -> tuple[Hashable, ...]:
        """What must live as long as the identity is used: the identity itself, which holds the objects in it."""
        return self.identity


def obstacle(f: Any, args: tuple[Any, ...] = ()) -> str | None:
    """None where a rewritten copy of ``f`` may be called with traced values, else one short reason. Needs JAX."""
    return read(f, args).obstacle


def read(f: Any, args: tuple[Any, ...] = ()) -> Reading:
    """Read ``f`` and everything it reaches, and the further arguments it is called with."""
    reader = Reader()
    try:
        reader.top(f)
        for arg in args:
            reader.argument(arg)
    except Refused as refusal:
        return Reading(str(refusal))
    return Reading(None, tuple(reader.tokens), reader.jax_written)


class Reader:
    """Walks through a function; ``tokens`` grow into its identity. Raises Refused at the first obstacle."""

    def __init__(self) -> None:
        self.tokens: list[Hashable] = []
        self.jax_written = False
        self._seen: dict[tuple[int, int], int] = {}

    def top(self, f: Any) -> None:
        """The function that is asked about."""
        if type(f) is MethodType and not is_ours(f.__self__):
            raise Refused(f"it is a method of {described(f.__self__)}")
        if type(f) not in (FunctionType, MethodType, functools.partial) and not is_jax_object(f):
            kind = "a built-in" if isinstance(f, (types.BuiltinFunctionType, np.ufunc)) else described(f)
            raise Refused(f"its source is not Python ({kind})")
        self.captured(f, "it")

    def argument(self, value: Any) -> None:
        """One of the further arguments: numbers, arrays, tuples and lists of them. The traced copy has lists of its
        own."""
        if type(value) in (list, tuple):
            self.tokens.append((type(value), len(value)))
            for item in value:
                self.argument(item)
        elif is_constant(value) or (is_jax_object(value) and hasattr(value, "dtype")):
            self.captured(value, "args")
        else:
            raise Refused(f"args holds {described(value)}")

    def captured(self, value: Any, name: str) -> None:
        """Judge a value from outside (a global, a closure, a default) known as ``name``."""
        kind = type(value)
        if is_constant(value):
            self.tokens.append(constant_token(value))
        elif kind is tuple:
            self.tokens.append((tuple, len(value)))
            for item in value:
                self.captured(item, name)
        elif isinstance(value, ModuleType):
            self._module(value)
        elif counterparts.is_pure(value):
            self.tokens.append(Same(value))
        elif (known := counterparts.known_function(value)) is not None:
            self.tokens.append(known)
        elif is_jax_object(value):
            self._jax(value)
        elif kind is FunctionType:
            self._function(value)
        elif kind is functools.partial:
            self.tokens.append((functools.partial, len(value.args), tuple(value.keywords)))
            for item in (value.func, *value.args, *value.keywords.values()):
                self.captured(item, name)
        elif kind is MethodType and is_ours(value.__self__) and type(value.__func__) is FunctionType:
            self.tokens.append(Same(value.__self__))
            self._function(value.__func__, value.__self__)
        else:
            raise Refused(objection(value, name))

    def _module(self, module: ModuleType) -> None:
        name = module.__name__
        if name.partition(".")[0] == "jax" and not JAX_DENIED & set(name.split(".")):
            self.jax_written = True
        elif name not in (*counterparts.public(), *counterparts.LIBRARY):
            raise Refused(f"it uses {name}" if "." in name else f"it uses the module {name}")
        self.tokens.append(("module", name))

    def _jax(self, value: Any) -> None:
        name = getattr(value, "__name__", "")
        if name in JAX_DENIED | counterparts.DENIED - {"vectorize"}:
            raise Refused(f"it calls {name} of JAX")
        self.jax_written = True
        self.tokens.append(Same(value))

    def _function(self, f: FunctionType, owner: Any = UNKNOWN) -> None:
        """A function, or a method of ``owner``, an object of ours."""
        key = (id(f), id(owner))
        if key in self._seen:
            self.tokens.append(("again", self._seen[key]))
            return
        self._seen[key] = len(self._seen)
        code = f.__code__
        self.tokens.append(code)
        if code.co_flags & inspect.CO_GENERATOR:
            raise Refused("it is a generator")
        for default in (*(f.__defaults__ or ()), *(f.__kwdefaults__ or {}).values()):
            self.captured(default, "a default")
        values = free_values(f)
        if len(values) < len(code.co_freevars):
            raise Refused(f"its variable {min(set(code.co_freevars) - set(values))} has no value yet")
        outer = frozenset(values)
        if owner is not UNKNOWN:
            values[code.co_varnames[0]] = owner
        self._code(code, f, values, outer)

    def _code(self, code: CodeType, f: FunctionType, values: Mapping[str, Any], outer: frozenset[str]) -> None:
        """``values`` are the captured variables, and the self of a method of ours, by name; ``outer`` names the
        variables that live outside ``f``."""
        if code.co_flags & (inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR):
            raise Refused("it is a coroutine")
        lists = own_lists(code)
        current: Any = UNKNOWN  # what was loaded last, for the attribute that may follow
        for instruction in instructions(code):
            op, name = instruction.opname, instruction.argval
            if op in PASSIVE:
                continue
            receiver = UNKNOWN if instruction.is_jump_target else current
            current = UNKNOWN
            if op in REFUSED:
                raise Refused(REFUSED[op])
            if op.startswith("IMPORT"):
                raise Refused(f"it imports {name} while it runs")
            if op in ("STORE_DEREF", "DELETE_DEREF") and name in outer:
                raise Refused(f"it changes a captured variable ({name})")
            if op == "LOAD_GLOBAL":
                current = self._global(f, name)
            elif op in ("LOAD_DEREF", "LOAD_CLASSDEREF", "LOAD_FROM_DICT_OR_DEREF"):
                current = values.get(name, UNKNOWN)
                if name in outer:
                    self.captured(current, name)
            elif "LOAD_FAST" in op:  # one name, or two, of which the second is loaded last
                name = name[-1] if isinstance(name, tuple) else name
                current = OWN_LIST if name in lists else UNKNOWN if name in outer else values.get(name, UNKNOWN)
            elif op in ("LOAD_ATTR", "LOAD_METHOD"):
                current = self._attribute(receiver, name)
            elif isinstance(name, CodeType):
                inner = {key: value for key, value in values.items() if key in name.co_freevars}
                self._code(name, f, inner, outer & set(name.co_freevars))

    def _global(self, f: FunctionType, name: str) -> Any:
        scope = global_values(f)
        if name not in scope:
            raise Refused(f"its name {name} is not defined")
        self.captured(scope[name], name)
        return scope[name]

    def _attribute(self, receiver: Any, name: str) -> Any:
        """The attribute ``name`` of what was loaded just before it."""
        if isinstance(receiver, ModuleType):
            return self._of_module(receiver, name)
        if is_ours(receiver):
            return self._of_ours(receiver, name)
        ufunc = isinstance(receiver, np.ufunc) or (receiver is not UNKNOWN and is_jax_object(receiver))
        own = receiver is OWN_LIST and name in LIST_NAMES
        if name not in ARRAY_NAMES and not own and not (ufunc and name in UFUNC_NAMES):
            raise Refused(f"it uses the attribute {name} of a value")
        return UNKNOWN

    def _of_module(self, module: ModuleType, name: str) -> Any:
        home, path = module.__name__, f"{module.__name__}.{name}"
        in_jax = home.partition(".")[0] == "jax"
        if name in counterparts.DENIED - ({"random", "vectorize"} if in_jax else set()) or not hasattr(module, name):
            raise Refused(f"it uses {path}")
        if in_jax and name in JAX_DENIED:
            raise Refused(f"it uses {path}")
        value = getattr(module, name)
        if isinstance(value, ModuleType):
            self._module(value)
        elif in_jax and callable(value):
            self._jax(value)
        elif home in counterparts.public():
            if not counterparts.has_counterpart(home, name):
                raise Refused(f"it uses {path}, which JAX does not have")
            self.tokens.append((home, name))
        else:
            self.captured(value, path)
        return value

    def _of_ours(self, owner: Any, name: str) -> Any:
        """An attribute of an object of ours: a method is read, anything else judged as a captured value."""
        value = getattr(owner, name)
        self.captured(value, name)
        return value


def is_ours(value: Any) -> bool:
    """Whether ``value`` is an object of a class of this package: frozen, its properties without side effects."""
    return type(value).__module__.partition(".")[0] == __name__.partition(".")[0]


def is_jax_object(value: Any) -> bool:
    """Whether JAX made ``value``: its functions, its arrays, and what jit, grad and vmap return. Not its partial, which
    hands on what it is given."""
    home = value.__globals__.get("__name__") if type(value) is FunctionType else type(value).__module__
    return str(home).partition(".")[0] in ("jax", "jaxlib") and not isinstance(value, functools.partial)


def is_constant(value: Any) -> bool:
    """Whether ``value`` is a number, text, or an array of numbers."""
    kind = type(value)
    if kind is np.ndarray:
        return bool(value.dtype.kind in "fiubc")
    return kind in PLAIN or (kind.__module__ == "numpy" and issubclass(kind, (np.number, np.bool_)))


def constant_token(value: Any) -> Hashable:
    """Equal for the same constant, bit for bit; of an array the digest, so that a change in place is another one."""
    if type(value) is not np.ndarray:
        return type(value), repr(value)
    contents: Any = np.ascontiguousarray(value).reshape(-1).view(np.uint8)
    return value.dtype.str, value.shape, hashlib.blake2b(contents, digest_size=16).digest()


def global_values(f: FunctionType) -> Mapping[str, Any]:
    """The names that ``f`` finds outside: of its module, then the built-ins."""
    found = f.__globals__.get("__builtins__", builtins)
    return ChainMap(f.__globals__, vars(found) if isinstance(found, ModuleType) else found)


def free_values(f: FunctionType) -> dict[str, Any]:
    """The values that ``f`` closes over, by name; a variable that has none yet is left out."""
    found = {}
    for name, cell in zip(f.__code__.co_freevars, f.__closure__ or (), strict=True):
        try:
            found[name] = cell.cell_contents
        except ValueError:
            continue
    return found


@functools.lru_cache(maxsize=512)
def instructions(code: CodeType) -> tuple[dis.Instruction, ...]:
    """Read once a code object: it takes longer than everything else here."""
    return tuple(dis.get_instructions(code))


def code_objects(code: CodeType) -> list[CodeType]:
    """``code`` and the code of the functions and comprehensions inside it."""
    found = [code]
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            found.extend(code_objects(constant))
    return found


def own_lists(code: CodeType) -> set[str]:
    """The local names that are only ever given a list display (``parts = []``)."""
    parameters = code.co_argcount + code.co_kwonlyargcount
    parameters += sum(bool(code.co_flags & flag) for flag in (inspect.CO_VARARGS, inspect.CO_VARKEYWORDS))
    lists: set[str] = set()
    others = {*code.co_varnames[:parameters], *code.co_freevars, *code.co_cellvars}
    before = ""
    for instruction in instructions(code):
        op, name = instruction.opname, instruction.argval
        if op in PASSIVE:
            continue
        if op.startswith("STORE_FAST"):
            first, *rest = name if isinstance(name, tuple) else (name,)
            display = before in ("BUILD_LIST", "LIST_EXTEND") and not instruction.is_jump_target
            (lists if display else others).add(first)
            others.update(rest if op == "STORE_FAST_STORE_FAST" else ())
        before = op
    return lists - others


def described(value: Any) -> str:
    return f"the class {value.__name__}" if isinstance(value, type) else f"an instance of {type(value).__name__}"


def objection(value: Any, name: str) -> str:
    """Why a captured value is refused."""
    known = ((print, "it prints"), (open, "it reads or writes a file (open)"), (input, "it reads the keyboard (input)"))
    for function, reason in known:
        if value is function:
            return reason
    if isinstance(value, types.BuiltinFunctionType):
        return f"it calls {name}()"
    if isinstance(value, (list, dict, set, bytearray)):
        return f"it uses {name}, a {type(value).__name__}, which may change"
    if isinstance(value, MethodType):
        return f"it calls {name}, a method of {described(value.__self__)}"
    return f"it uses {described(value)} ({name})"
