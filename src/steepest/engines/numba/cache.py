"""Compiles a kernel for one rule and loss, once per machine.

Each specialisation has a dispatcher and a cache folder of its own, so that two of them never share an index:
``<root>/<hash of sources and versions>/<hash of the specialisation>``. Classes from outside the package (notebooks)
travel under stand-in names and are compiled without a cache; so is everything where no folder can be written.
"""

import collections
import hashlib
import os
import sys
import tempfile
import threading
from functools import cache
from pathlib import Path

import llvmlite
import numba
import numpy as np
from numba import types
from numba.core.errors import NumbaError

from ...base.errors import CompileError, SteepestError
from ..task import announce
from . import kernels, lowering

__all__ = ["cache_folder", "carried", "compiled", "compiled_orders"]

_lock = threading.Lock()
_entries: dict = {}
_stand_ins: dict = {}


def _chosen():
    return Path(os.environ["STEEPEST_CACHE_DIR"])


def _own():
    """Where this system keeps a user's caches; RuntimeError where the user has no home."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "steepest" / "cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "steepest"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "steepest"


def _temporary():
    """A folder of a guessable name in a place that all users share: used only if it is this user's own, since the
    files in it are run."""
    user = getattr(os, "getuid", lambda: 0)()
    root = Path(tempfile.gettempdir()) / f"steepest-{user}"
    root.mkdir(mode=0o700, exist_ok=True)
    if root.stat().st_uid != user:
        raise PermissionError(f"{root} belongs to another user")
    return root


@cache
def source_hash():
    """Of everything a compiled kernel depends on: kernels, rules, losses, versions."""
    package = Path(__file__).parents[2]
    digest = hashlib.sha256()
    for part in ("engines/numba", "engines/quadratic", "methods", "problems/losses", "base/fields.py"):
        place = package / part
        for file in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
            digest.update(file.name.encode() + file.read_bytes())
    versions = (sys.version, np.__version__, numba.__version__, llvmlite.__version__)
    digest.update(repr(versions).encode())
    return digest.hexdigest()[:16]


@cache
def cache_folder():
    """The folder for this version's kernels, or None where none can be written."""
    chosen = (_chosen,) if os.environ.get("STEEPEST_CACHE_DIR") else ()
    for root in (*chosen, _own, _temporary):
        try:
            folder = root() / "kernels" / source_hash()
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with tempfile.TemporaryFile(dir=folder):
                return folder
        except (OSError, RuntimeError):
            continue
    return None


def ours(cls):
    return cls.__module__.partition(".")[0] == __name__.partition(".")[0]


def carried(value):
    """``value`` as it goes into a kernel: itself if its class is the package's, else a stand-in of a unique name."""
    cls = type(value)
    if ours(cls):
        return value
    with _lock:
        stand_in = _stand_ins.get(cls)
        if stand_in is None:
            stand_in = collections.namedtuple(f"{cls.__name__}_{len(_stand_ins)}", cls._fields)
            _stand_ins[cls] = stand_in
            lowering.carriers[stand_in] = cls
    return stand_in(*value)


def layout(array):
    """Numba's letter for an array's order: C, F, or A for any strides."""
    return "C" if array.flags.c_contiguous else "F" if array.flags.f_contiguous else "A"


def kind_of(value):
    """What the type of an argument depends on, quick to work out."""
    if isinstance(value, np.ndarray):
        return value.dtype.char, value.ndim, layout(value)
    return (type(value), *map(kind_of, value)) if isinstance(value, tuple) else type(value)


def type_of(value):
    """The Numba type of an argument. Arrays count as writable: kernels write to their outputs only."""
    if isinstance(value, np.ndarray):
        return types.Array(numba.from_dtype(value.dtype), value.ndim, layout(value))
    if isinstance(value, tuple) and not hasattr(value, "_fields"):
        return types.BaseTuple.from_types(tuple(type_of(item) for item in value))
    return numba.typeof(value)


def compiled(kernel, arguments):
    """The machine code of ``kernels.<kernel>``, or of the function ``kernel`` itself (a module's own), for arguments
    like these: a callable without any dispatch."""
    key = (kernel, *map(kind_of, arguments))
    entry = _entries.get(key)
    if entry is None:
        with _lock:
            entry = _entries.get(key)
            if entry is None:
                entry = _entries[key] = _compile(kernel, tuple(type_of(value) for value in arguments))
    return entry


def _compile(kernel, signature):
    classes = [lowering.class_of(kind) for kind in signature if isinstance(kind, types.BaseNamedTuple)]
    folder = cache_folder() if all(ours(cls) for cls in classes) else None
    options = dict(lowering.FLAGS, nogil=True)
    function, fresh = getattr(kernels, kernel) if isinstance(kernel, str) else kernel, True
    kernel = function.__name__
    if folder is not None:
        names = [f"{cls.__module__}.{cls.__qualname__}" for cls in classes]
        spell = repr((function.__module__, kernel, names, [str(kind) for kind in signature]))
        previous = numba.config.CACHE_DIR
        place = folder / hashlib.sha256(spell.encode()).hexdigest()[:16]
        fresh = not place.exists()
        numba.config.CACHE_DIR = str(place)
        try:
            dispatcher = numba.njit(cache=True, **options)(function)
        finally:
            numba.config.CACHE_DIR = previous
    else:
        dispatcher = numba.njit(**options)(function)
    say = announce.get()
    if say is not None and fresh:
        of = " and ".join(dict.fromkeys(cls.__name__ for cls in classes)) or "the sampling"
        once = "in this session" if folder is None else "on this machine"
        say(f"compiling {of} ({kernel}), once {once} ...")
    try:
        dispatcher.compile(signature)
    except SteepestError:
        raise
    except Exception as error:
        if folder is None or isinstance(error, NumbaError):
            raise refused(classes, error) from error
        dispatcher = numba.njit(**options)(function)  # a damaged cache file or a full disk: no reason not to run
        dispatcher.compile(signature)
    return dispatcher.get_overload(signature)


def refused(classes, error):
    """What Numba made of code that it does not know (its own assertions among it), as one sentence."""
    last = [line.strip() for line in str(error).splitlines() if line.strip()]
    names = " and ".join(cls.__name__ for cls in classes)
    why = next((line for line in last if "Error" in line or "Unknown attribute" in line), last[0] if last else "")
    return CompileError(
        f"engine='numba' cannot compile {names} ({why}); use engine='python', "
        f"or only arithmetic and xp's functions in update"
    )


def compiled_orders(sampling):
    """The compiled order function of a sampling: (orders, seed, first epoch)."""
    arguments = (np.empty((1, 1), dtype=np.int64), np.uint64(0), np.uint64(0))
    return compiled(f"{sampling}_orders", arguments)
