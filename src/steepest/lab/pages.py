"""The fixed files of the lab by their addresses: page, modules, styles. Read once; no address ever becomes a path."""

import base64
import hashlib
import re
from importlib.resources import files
from importlib.resources.abc import Traversable
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from ..plots.page import packing

__all__ = [
    "DOOR", "MODULES", "OPEN", "Fixed", "fixed_files", "hash_of", "inline_hashes", "page_files", "plotly",
    "style_hashes",
]  # fmt: skip

HTML, SCRIPT, STYLE = "text/html", "text/javascript", "text/css"
MODULES = "/modules/"
DOOR = f"{MODULES}lab/door.js"
OPEN = ("/", "/look.css", "/lab.css", DOOR)
"""What is needed to exchange the token, and is served before."""


class Fixed(NamedTuple):
    media: str
    body: bytes


def fixed_files() -> dict[str, Fixed]:
    """Every file that is served as it is."""
    return page_files() | {"/plotly.js": Fixed(SCRIPT, plotly().read_bytes())}


def page_files() -> dict[str, Fixed]:
    """The page, its styles and its modules."""
    page = files(__package__) / "page"
    drawing = files(packing.__package__) / "drawing"
    return {
        "/": Fixed(HTML, (page / "index.html").read_bytes()),
        "/look.css": Fixed(STYLE, (drawing / "look.css").read_bytes()),
        "/lab.css": Fixed(STYLE, (page / "lab.css").read_bytes()),
        **{f"{MODULES}lab/{name}": Fixed(SCRIPT, script) for name, script in sorted(scripts(page).items())},
        **{f"{MODULES}{name}": Fixed(SCRIPT, text.encode()) for name, text in sorted(packing.modules().items())},
    }


def scripts(folder: Traversable, above: str = "") -> dict[str, bytes]:
    """The modules in a folder and in the folders inside it, by their names under it: ``function/view.js``."""
    found: dict[str, bytes] = {}
    for file in folder.iterdir():
        if file.is_dir():
            found |= scripts(file, f"{above}{file.name}/")
        elif file.name.endswith(".js"):
            found[above + file.name] = file.read_bytes()
    return found


def plotly() -> Path:
    """Plotly's script as the installed package has it; the package itself is not imported."""
    spec = find_spec("plotly")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("plotly is not installed")
    return Path(spec.origin).parent / "package_data" / "plotly.min.js"


def inline_hashes(html: bytes) -> list[str]:
    """The hashes by which a Content-Security-Policy names the inline scripts of a page (its import map)."""
    scripts = re.findall(rb"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", html, flags=re.DOTALL)
    return [hash_of(script.replace(b"\r\n", b"\n")) for script in scripts]


def style_hashes(script: bytes) -> list[str]:
    """The hashes of the style elements that Plotly's script puts into a page: an empty one, to which it adds rules,
    and that of its maps, whole. Without the first its buttons have no places; the second makes no difference here, but
    a browser complains about each style that it blocks."""
    whole = re.findall(rb"createElement\(\"style\"\)[^']{0,300}?\.textContent='([^'\\]*)'", script)
    return [hash_of(style) for style in (b"", *whole)]


def hash_of(text: bytes) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text).digest()).decode()}"
