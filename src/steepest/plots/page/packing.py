"""What a page is made of: numbers to the last bit, the drawing modules, and one file that holds them all."""

import base64
import html
import json
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

__all__ = ["document", "modules", "packed"]


def packed(values: Any) -> dict[str, Any]:
    """An array as float64 bytes (little-endian) in base64, with its shape."""
    array = np.ascontiguousarray(values, dtype="<f8")
    return {"shape": list(array.shape), "base64": base64.b64encode(array.data).decode("ascii")}


@cache
def modules() -> dict[str, str]:
    """The drawing modules by the name they import one another by: ``steepest/stage.js``."""
    folder = files(__package__) / "drawing"
    return {f"steepest/{file.name}": file.read_text("utf-8") for file in folder.iterdir() if file.name.endswith(".js")}


@cache
def style() -> str:
    return (files(__package__) / "drawing" / "look.css").read_text("utf-8")


def import_map() -> str:
    """The modules inside the page: names to ``data:`` addresses, so that nothing is fetched."""
    inside = {
        name: f"data:text/javascript;base64,{base64.b64encode(text.encode()).decode('ascii')}"
        for name, text in modules().items()
    }
    return json.dumps({"imports": inside})


def document(title: str, body: str, data: dict[str, Any], name: str, entry: str) -> str:
    """A page in one file: ``data`` under the id ``name``, ``entry`` the module that draws it."""
    inside = json.dumps(data, allow_nan=False).replace("</", "<\\/")
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{html.escape(title)}</title>\n'
        f"<style>\n{style()}</style>\n"
        f'<script type="importmap">{import_map()}</script>\n</head>\n<body>\n{body}\n'
        f'<script type="application/json" id="{name}">{inside}</script>\n'
        f'<script type="module">import "{entry}";</script>\n</body>\n</html>\n'
    )
