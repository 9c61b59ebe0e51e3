"""Small reports as one self-contained HTML file: text, tables and pictures, nothing loaded from elsewhere."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Sequence
from html import escape

from PIL import Image

STYLE = """
:root { color-scheme: light dark; --ink: #1c2630; --quiet: #5a6773; --page: #fff; --rule: #d5dce3;
  --band: #f3f6f9; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e4eaf0; --quiet: #a3b0bc; --page: #12181e; --rule: #36424d; --band: #1b232b; }
}
body { max-width: 70rem; margin: 2rem auto; padding: 0 1.25rem; background: var(--page); color: var(--ink);
  font: 16px/1.5 system-ui, "Segoe UI", "DejaVu Sans", Helvetica, Arial, sans-serif; }
h1 { font-size: 1.7rem; margin: 0 0 .5rem; }
h2 { font-size: 1.2rem; margin: 2.2rem 0 .6rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .9rem; border-bottom: 1px solid var(--rule); text-align: left; }
th:first-child, td:first-child { padding-left: 0; }
th { color: var(--quiet); font-weight: 600; }
th.number, td.number { text-align: right; }
figure { margin: 1rem 0; }
img { display: block; max-width: 100%; height: auto; border: 1px solid var(--rule); }
figcaption, .note { color: var(--quiet); font-size: .92rem; margin-top: .4rem; }
pre { background: var(--band); padding: .8rem 1rem; overflow-x: auto; font-size: .86rem; }
summary { cursor: pointer; }
"""
JPEG_QUALITY = 85


def page(title: str, parts: Iterable[str]) -> str:
    """A whole document from parts that the other functions made."""
    body = "\n".join(parts)
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n"
        f"<body>\n<h1>{escape(title)}</h1>\n{body}\n</body>\n</html>\n"
    )


def heading(text: str) -> str:
    """The title of a section."""
    return f"<h2>{escape(text)}</h2>"


def paragraph(text: str, *, note: bool = False) -> str:
    """Plain text; a note is smaller and greyer."""
    return f'<p class="note">{escape(text)}</p>' if note else f"<p>{escape(text)}</p>"


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of texts as they shall be read; every column but the first is set as numbers."""
    head = "".join(_cell("th", text, place) for place, text in enumerate(header))
    lines = "\n".join(
        "<tr>" + "".join(_cell("td", text, place) for place, text in enumerate(row)) + "</tr>" for row in rows
    )
    return f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{lines}\n</tbody>\n</table>"


def figure(picture: Image.Image, caption: str) -> str:
    """A picture inside the document, with its caption, which also stands in for it where it is not seen."""
    buffer = io.BytesIO()
    picture.convert("RGB").save(buffer, format="JPEG", quality=JPEG_QUALITY)
    data = base64.b64encode(buffer.getvalue()).decode("ascii")
    text = escape(caption)
    return (
        f'<figure><img src="data:image/jpeg;base64,{data}" width="{picture.width}" height="{picture.height}" '
        f'alt="{text}">\n<figcaption>{text}</figcaption></figure>'
    )


def code(text: str) -> str:
    """Commands or data, word for word."""
    return f"<pre>{escape(text)}</pre>"


def folded(summary: str, part: str) -> str:
    """A part that opens on demand."""
    return f"<details><summary>{escape(summary)}</summary>\n{part}\n</details>"


def _cell(tag: str, text: str, place: int) -> str:
    kind = ' class="number"' if place else ""
    return f"<{tag}{kind}>{escape(text)}</{tag}>"
