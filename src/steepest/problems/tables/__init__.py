"""Tables of data: read from files, split, and prepared as the X and y of a linear model.

``read(path)`` gives a ``Table``; ``split`` holds rows out; ``Preparation.fit(train)`` learns categories, fills and
scales from the training rows and ``.apply(table)`` turns any table of those columns into numbers; ``parted`` does all
three.
"""

from .parting import Parted, parted
from .preparation import Preparation, Prepared
from .reading import read
from .splitting import split
from .table import Column, Table
from .targets import as_kind

__all__ = ["Column", "Parted", "Preparation", "Prepared", "Table", "as_kind", "parted", "read", "split"]
