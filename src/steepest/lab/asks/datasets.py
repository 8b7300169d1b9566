"""``datasets``: the built-in sets of data. Apart from the catalogue, since scikit-learn must be loaded for it."""

from functools import cache
from typing import Any

from ...base.text import number
from ...problems import datasets
from ..work import Job

__all__ = ["ask"]

slow = True


def ask(arguments: dict[str, Any], job: Job) -> dict[str, Any]:
    """``{"datasets": [...]}``: name, kind, rows, columns, classes and target of each; takes no arguments."""
    return {"datasets": [dataset_entry(name) for name in datasets.names()]}


@cache
def dataset_entry(name: str) -> dict[str, Any]:
    """A built-in set: what is in it. ``image_shape`` is (height, width) where a row is an image, else null."""
    table = datasets.table(name)
    classes = None
    if table.kind == "classification":
        classes = [each if isinstance(each, str) else number(each) for each in sorted(set(table.target.values))]
    return {
        "name": name, "kind": table.kind, "rows": len(table), "columns": list(table.names),
        "target": table.target.name, "classes": classes, "image_shape": table.image_shape,
    }  # fmt: skip
