"""The lab's page as one text, for a frame in a notebook's cell: nothing is fetched, and the frame could not."""

import json
import re
import secrets
from functools import cache

from .pages import MODULES, page_files

__all__ = ["framed_page", "front_end"]

HOST, FRAME_HOST = "lab/host.js", "lab/notebook/host.js"
BOOT, FRONT_END = "lab/notebook/boot.js", "lab/notebook/widget.js"
POLICY = (
    "default-src 'none'; script-src 'nonce-{nonce}' blob:; style-src 'unsafe-inline'; img-src data: blob:; "
    "base-uri 'none'; form-action 'none'"
)


@cache
def modules() -> dict[str, str]:
    """The page's modules by the names they import one another by, the frame's host in the place of the lab's own."""
    served = {path.removeprefix(MODULES): file for path, file in page_files().items() if path.startswith(MODULES)}
    served[HOST] = served.pop(FRAME_HOST)
    return {name: file.body.decode() for name, file in served.items() if name not in (BOOT, FRONT_END)}


def front_end() -> str:
    """The module that a notebook runs for the widget."""
    return page_files()[MODULES + FRONT_END].body.decode()


@cache
def parts() -> tuple[str, str, str, str]:
    """The styles, what else is in the page's head, its body, and its first script."""
    served = page_files()
    page = served["/"].body.decode()
    head, _, body = page.partition("</head>")
    sheets = re.findall(r'<link rel="stylesheet" href="([^"]+)">', head)
    styles = "".join(f"<style>\n{served[path].body.decode()}</style>\n" for path in sheets)
    rest = re.sub(r"<link\b[^>]*>\n?|<script\b.*?</script>\n?", "", head, flags=re.DOTALL)
    return styles, rest, body, served[MODULES + BOOT].body.decode()


def framed_page(fragment: str, scheme: str = "light") -> str:
    """The page that opens with what ``fragment`` says, ``scheme`` dark or light."""
    styles, head, body, script = parts()
    nonce = secrets.token_urlsafe(16)
    policy = POLICY.format(nonce=nonce)
    boot = json.dumps({"fragment": fragment, "scheme": scheme, "modules": modules()}).replace("<", "\\u003c")
    first = f'<head>\n<meta http-equiv="Content-Security-Policy" content="{policy}">'
    data = f'<script type="application/json" id="boot">{boot}</script>'
    last = f'{data}\n<script nonce="{nonce}">\n{script}</script>\n</body>'
    return f"{head.replace('<head>', first, 1)}{styles}</head>{body.replace('</body>', last)}"
