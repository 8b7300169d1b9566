"""report.html: one file with its style and its figures inside, no scripts, nothing loaded from anywhere."""

import base64
import html
from dataclasses import dataclass, field

from .figures import Picture
from .tables import Table

__all__ = ["MOST_SVG", "Page", "code", "escape"]

MOST_SVG = 600_000
"""Figures whose SVG is larger, in bytes, go in as PNG, so that the page stays quick to open."""

CSS = """
:root { color-scheme: light dark; --paper: #ffffff; --card: #ffffff; --ink: #1a1a1a; --muted: #5a5f66; --rule: #d9dce0;
  --soft: #f4f6f8; --link: #00588a; --mark: #a84300; }
@media (prefers-color-scheme: dark) { :root { --paper: #14171a; --card: #ffffff; --ink: #e8e8e6; --muted: #a5abb3;
  --rule: #353b42; --soft: #1d2226; --link: #7cc1ec; --mark: #f0a36a; } }
* { box-sizing: border-box; }
html { scroll-behavior: smooth; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 17px/1.6 system-ui, -apple-system, "Segoe UI",
  Roboto, "Noto Sans", "DejaVu Sans", sans-serif; }
header, main, footer { max-width: 62rem; margin: 0 auto; padding: 0 1.25rem; }
header { padding-top: 2.5rem; }
h1 { font-size: 2.2rem; line-height: 1.15; margin: 0 0 0.75rem; letter-spacing: -0.01em; }
h2 { font-size: 1.45rem; line-height: 1.25; margin: 3.5rem 0 0.75rem; padding-top: 1rem;
  border-top: 1px solid var(--rule); }
h3 { font-size: 1.1rem; margin: 2rem 0 0.5rem; }
p, ul, ol { max-width: 44rem; margin: 0.75rem 0; }
li { margin: 0.3rem 0; }
a { color: var(--link); }
.lead { font-size: 1.15rem; line-height: 1.55; max-width: 44rem; }
.opening { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: 2rem; align-items: start; }
.opening figure { margin: 0; }
.opening h2 { border: 0; margin: 1.25rem 0 0; padding: 0; font-size: 1.15rem; }
.opening ul { padding-left: 1.2rem; font-size: 0.97rem; }
@media (max-width: 56rem) { .opening { grid-template-columns: minmax(0, 1fr); } }
nav { margin: 2rem 0 0; padding: 0.9rem 1.1rem; background: var(--soft); border-radius: 0.5rem; }
nav ol { columns: 2; column-gap: 2rem; margin: 0; padding-left: 1.4rem; max-width: none; }
@media (max-width: 40rem) { nav ol { columns: 1; } }
nav li { margin: 0.15rem 0; break-inside: avoid; }
figure { margin: 1.75rem 0; }
figure .frame { width: fit-content; max-width: 100%; background: var(--card); border: 1px solid var(--rule);
  border-radius: 0.5rem; padding: 0.9rem; }
figure img { display: block; max-width: 100%; height: auto; }
figcaption { color: var(--muted); font-size: 0.95rem; line-height: 1.5; margin-top: 0.6rem; max-width: 44rem; }
figcaption b, caption b { color: var(--ink); }
.scroll { overflow-x: auto; margin: 1.75rem 0; }
table { border-collapse: collapse; font-size: 0.92rem; line-height: 1.4; font-variant-numeric: tabular-nums; }
caption { text-align: left; padding-bottom: 0.5rem; color: var(--muted); font-size: 0.95rem; }
th, td { padding: 0.32rem 0.7rem; text-align: left; vertical-align: top; }
th:first-child, td:first-child { padding-left: 0.2rem; }
thead th { border-bottom: 1px solid var(--ink); font-weight: 600; vertical-align: bottom; color: var(--muted); }
tbody tr + tr > * { border-top: 1px solid var(--rule); }
tbody th { font-weight: 400; }
.number { text-align: right; white-space: nowrap; }
table.errata td { min-width: 12rem; }
table.errata th[scope=row] { min-width: 11rem; font-weight: 600; }
.differs { color: var(--mark); font-weight: 600; }
code, pre, samp { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
  font-size: 0.88em; }
pre { background: var(--soft); border-radius: 0.5rem; padding: 0.9rem 1.1rem; overflow-x: auto; line-height: 1.5; }
pre.said { white-space: pre-wrap; }
footer { color: var(--muted); font-size: 0.9rem; padding: 2rem 1.25rem 4rem; margin-top: 3rem;
  border-top: 1px solid var(--rule); }
""".strip()


def escape(text: str) -> str:
    return html.escape(text, quote=True)


def code(text: str) -> str:
    return f"<code>{escape(text)}</code>"


@dataclass
class Page:
    """Collects the page from top to bottom. Texts are HTML, written here and not by users; names, messages and cells
    of tables are escaped."""

    title: str
    pictures: dict[str, Picture]
    tables: dict[str, Table]
    parts: list[str] = field(default_factory=list)
    contents: list[tuple[str, str]] = field(default_factory=list)
    opening: str = ""
    shown: int = 0

    def section(self, identity: str, heading: str) -> None:
        self.contents.append((identity, heading))
        self.parts.append(f'<h2 id="{identity}">{escape(heading)}</h2>')

    def part(self, heading: str) -> None:
        """A heading inside a section, not in the contents."""
        self.parts.append(f"<h3>{escape(heading)}</h3>")

    def say(self, *paragraphs: str) -> None:
        self.parts += [f"<p>{paragraph}</p>" for paragraph in paragraphs]

    def listed(self, *items: str) -> None:
        self.parts.append("<ul>" + "".join(f"<li>{item}</li>" for item in items) + "</ul>")

    def said(self, message: str) -> None:
        """Something the program printed, or code, as it is."""
        self.parts.append(f'<pre class="said"><samp>{escape(message)}</samp></pre>')

    def figure(self, name: str, reading: str) -> None:
        self.shown += 1
        self.parts.append(self.figure_html(name, f"<b>Figure {self.shown}.</b> {reading}"))

    def figure_html(self, name: str, caption: str) -> str:
        picture = self.pictures[name]
        width, height = picture.inches
        size = f'width="{round(96 * width)}" height="{round(96 * height)}"'
        image = f'<img src="{data_address(picture)}" alt="{escape(picture.alt)}" {size}>'
        return f'<figure id="{name}"><div class="frame">{image}</div><figcaption>{caption}</figcaption></figure>'

    def table(self, name: str, reading: str = "") -> None:
        data = self.tables[name]
        head = "".join(
            f'<th scope="col"{" class=number" if number else ""}>{escape(text).replace(chr(10), "<br>")}</th>'
            for text, number in zip(data.head, data.numbers, strict=True)
        )  # fmt: skip
        body = "".join(f"<tr>{row_html(data, cells)}</tr>" for cells in data.rows)
        caption = f"<b>{escape(data.title)}.</b> {reading}"
        self.parts.append(
            f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(data.title)}"><table id="{name}">'
            f"<caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
        )

    def errata(self, rows: list[tuple[str, str, str]]) -> None:
        """Claim, what is so, and the number; texts are HTML."""
        head = "".join(f'<th scope="col">{text}</th>' for text in ("What the article has", "What is so", "The number"))
        body = "".join(f'<tr><th scope="row">{a}</th><td>{b}</td><td>{c}</td></tr>' for a, b, c in rows)
        self.parts.append(
            '<div class="scroll" tabindex="0" role="region" aria-label="Where the article errs"><table class="errata">'
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
        )

    def html(self, footer: str) -> str:
        contents = "".join(f'<li><a href="#{identity}">{escape(text)}</a></li>' for identity, text in self.contents)
        return (
            '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<title>{escape(self.title)}</title>\n<style>\n{CSS}\n</style>\n</head>\n<body>\n<header>{self.opening}\n"
            f'<nav aria-label="Contents"><ol>{contents}</ol></nav>\n</header>\n<main>\n'
            + "\n".join(self.parts)
            + f"\n</main>\n<footer>{footer}</footer>\n</body>\n</html>\n"
        )


def row_html(data: Table, cells: tuple[str, ...]) -> str:
    made = []
    for column, (text, number, is_code) in enumerate(zip(cells, data.numbers, data.code, strict=True)):
        kind = ' class="number"' if number else ' class="differs"' if text == "differs" else ""
        content = code(text) if is_code and text else escape(text)
        made.append(f'<th scope="row"{kind}>{content}</th>' if column == 0 else f"<td{kind}>{content}</td>")
    return "".join(made)


def data_address(picture: Picture) -> str:
    """The figure as a data address: SVG where it is small enough, else PNG."""
    kind, content = ("svg+xml", picture.svg) if len(picture.svg) <= MOST_SVG else ("png", picture.png)
    return f"data:image/{kind};base64,{base64.b64encode(content).decode('ascii')}"
