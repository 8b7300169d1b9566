"""The fixed files of the lab by their addresses: page, modules, styles. Read once; no address ever becomes a path."""

import base64
import hashlib
import re
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from ..plots.page import packing

__all__ = ["DOOR", "OPEN", "Fixed", "fixed_files", "hash_of", "inline_hashes", "style_hashes"]

HTML, SCRIPT, STYLE = "text/html", "text/javascript", "text/css"
DOOR = "/modules/lab/door.js"
OPEN = ("/", "/look.css", "/lab.css", DOOR)
"""What is needed to exchange the token, and is served before."""


class Fixed(NamedTuple):
    media: str
    body: bytes


def fixed_files() -> dict[str, Fixed]:
    """Every file that is served as it is."""
    page = files(__package__) / "page"
    drawing = files(packing.__package__) / "drawing"
    own = sorted((file for file in page.iterdir() if file.name.endswith(".js")), key=lambda file: file.name)
    return {
        "/": Fixed(HTML, (page / "index.html").read_bytes()),
        "/look.css": Fixed(STYLE, (drawing / "look.css").read_bytes()),
        "/lab.css": Fixed(STYLE, (page / "lab.css").read_bytes()),
        "/plotly.js": Fixed(SCRIPT, plotly().read_bytes()),
        **{f"/modules/lab/{file.name}": Fixed(SCRIPT, file.read_bytes()) for file in own},
        **{f"/modules/{name}": Fixed(SCRIPT, text.encode()) for name, text in sorted(packing.modules().items())},
    }


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
