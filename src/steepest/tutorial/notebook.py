"""The study as a notebook and as a script, both from one list of cells that use nothing but the public names."""

import json
from typing import Any

from .cells import CELLS

__all__ = ["notebook", "script"]


def notebook() -> str:
    """The cells as a notebook, nbformat 4.5, not yet run."""
    cells: list[dict[str, Any]] = []
    for number, cell in enumerate(CELLS):
        one: dict[str, Any] = {
            "cell_type": cell.kind, "id": f"cell-{number:02d}", "metadata": {},
            "source": cell.source.splitlines(keepends=True),
        }  # fmt: skip
        if cell.kind == "code":
            one |= {"execution_count": None, "outputs": []}
        cells.append(one)
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    whole = {
        "cells": cells, "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}}, "nbformat": 4,
        "nbformat_minor": 5,
    }  # fmt: skip
    return json.dumps(whole, indent=1) + "\n"


def script() -> str:
    """The same cells as a script, texts as comments; its figures open at the end where there is a window for them."""
    parts = []
    for cell in CELLS:
        if cell.kind == "markdown":
            lines = "\n".join(f"# {line}".rstrip() for line in cell.source.splitlines())
            parts.append(f"# %% [markdown]\n{lines}")
        else:
            parts.append(f"# %%\n{cell.source}")
    parts.append('# %%\nif plt.get_backend().lower() != "agg":  # agg has no windows\n    plt.show()')
    return "\n\n".join(parts) + "\n"
