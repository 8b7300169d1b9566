"""Arrays out of .npy streams, checked before a byte of them is believed: no pickles, no shape beyond the file."""

import math
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from ....base.errors import ArgumentError, SteepestError
from ..cells import checked_words, numbers, words
from ..limits import NONE, Limit
from ..table import Column, shown

__all__ = ["as_column", "as_columns", "read_array"]


def read_array(stream: IO[bytes], size: int, what: str, limit: Limit = NONE) -> NDArray[Any]:
    """The array in a .npy ``stream`` of ``size`` bytes; ``what`` names it in messages."""
    npy = np.lib.format
    try:
        version = npy.read_magic(stream)
        if version not in ((1, 0), (2, 0)):
            raise ArgumentError(f"{what} is of .npy version {version[0]}.{version[1]}; 1.0 and 2.0 are read")
        header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        shape, _, dtype = header(stream)
        if dtype.hasobject:
            raise ArgumentError(
                f"{what} holds pickled objects, which can run code and are never loaded; save numbers or strings"
            )
        if dtype.kind not in "biufU" or dtype.itemsize == 0:
            raise ArgumentError(f"{what} is of type {dtype}; a table is of numbers or strings")
        if min(shape, default=1) < 0 or math.prod(shape) * dtype.itemsize > size - stream.tell():
            raise ArgumentError(f"{what} is truncated: its header promises an array of shape {shape} and type {dtype}")
        if 0 in shape or not shape:
            raise ArgumentError(f"{what} has shape {shape}; a table needs at least one row and one column")
        limit.check(what, shape[0], math.prod(shape[1:]))
        limit.check_bytes(what, math.prod(shape) * dtype.itemsize)
        stream.seek(0)
        return npy.read_array(stream, allow_pickle=False)
    except SteepestError:
        raise
    except OSError:
        raise
    except Exception as error:  # whatever a damaged header or stream makes its reader raise
        raise ArgumentError(f"{what} is no .npy array, or a damaged one") from error


def as_column(name: str, values: NDArray[Any], source: str) -> Column:
    """A column (rows,) of numbers, or of strings read as the cells of a text file."""
    if values.dtype.kind != "U":
        with np.errstate(all="ignore"):  # a long double may overflow: inf is refused by its row, later
            return Column(name, values.astype(np.float64, copy=False))
    cells = values.tolist()
    found = numbers(cells)
    return Column(name, found) if found is not None else checked_words(Column(name, words(cells, {})), source)


def as_columns(X: NDArray[Any], source: str) -> tuple[list[Column], tuple[int, int] | None]:
    """The columns x1, x2, ... of an array (rows, features), or of images (rows, height, width) and their shape."""
    if X.ndim not in (2, 3):
        raise ArgumentError(
            f"{source} has shape {X.shape}; a table is (rows, columns), images are (rows, height, width)"
        )
    image_shape = (int(X.shape[1]), int(X.shape[2])) if X.ndim == 3 else None
    X = X.reshape(len(X), -1)
    if X.dtype.kind != "U":
        with np.errstate(all="ignore"):
            X = X.astype(np.float64, copy=False)
    columns = [as_column(f"x{k}", X[:, k - 1], source) for k in range(1, X.shape[1] + 1)]
    return columns, image_shape if X.dtype.kind != "U" else None


def named(name: str, source: str) -> str:
    """An array of a file in words."""
    return f"the array {shown(name)} of {source}"
