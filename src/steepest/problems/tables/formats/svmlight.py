"""svmlight / libsvm lines, ``label index:value index:value ...``, as a CSR matrix (T. Joachims's format)."""

from pathlib import Path
from typing import Any

import numpy as np

from ....base.errors import ArgumentError, SteepestError
from ..limits import NONE, Limit
from ..table import Column, Table
from ..targets import with_target

__all__ = ["read", "suffixes"]

_MOST = 100_000_000
suffixes = (".svmlight", ".svm", ".libsvm")


def read(path: Path, target: Any = None, kind: Any = "auto", optional: bool = False, limit: Limit = NONE) -> Table:
    """The table in an svmlight file, its features named by their index, x1, x2, ...

    An index means the same column in every file (scikit-learn's guess whether a file counts from 0 would shift a
    file to predict from); column 0 is left out where it is empty, as in most files.
    """
    from sklearn.datasets import load_svmlight_file

    if target not in (None, "target"):
        raise ArgumentError(f"target is the first number of each line of {path.name}; leave target out, got {target!r}")
    if limit.cells is not None:
        limit.check_stored(path.name, pairs_in(path))
    try:
        X, y = load_svmlight_file(str(path), zero_based=True)
        X.sum_duplicates()
    except SteepestError:
        raise
    except OSError:
        raise
    except Exception as error:  # whatever damaged lines make the parser raise
        said = " ".join(str(error).split())[:120]
        raise ArgumentError(f"{path.name} is not valid svmlight text (label index:value ...): {said}") from error
    if not len(y):
        raise ArgumentError(f"{path.name} holds no rows")
    if not X.nnz:
        raise ArgumentError(f"{path.name} holds no index:value pairs; each line is: label index:value index:value ...")
    if X.shape[1] > _MOST:
        raise ArgumentError(f"{path.name} has the index {X.shape[1] - 1:,}; {_MOST:,} columns are the most a model has")
    first = int(not (X.indices == 0).any())
    X = X[:, first:]
    column = Column("target", np.asarray(y, dtype=np.float64))
    return with_target((), column, kind, path.name, optional, sparse=X, first=first)


def pairs_in(path: Path) -> int:
    """The colons of a file, one a number stored."""
    with path.open("rb") as file:
        return sum(piece.count(b":") for piece in iter(lambda: file.read(2**20), b""))
