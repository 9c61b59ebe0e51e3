"""Small reports as one self-contained HTML file, from the templates of this package: nothing is loaded from
elsewhere."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from PIL import Image

JPEG_QUALITY = 85


@dataclass(frozen=True)
class Table:
    """A table of texts as they are read."""

    header: Sequence[str]
    rows: Sequence[Sequence[str]]


def page(template: str, **values: Any) -> str:
    """A whole document: ``template`` of ``training/templates`` filled in; all text is escaped."""
    return _environment().get_template(template).render(values)


def data_uri(picture: Image.Image) -> str:
    """A picture as a link that holds it."""
    buffer = io.BytesIO()
    picture.convert("RGB").save(buffer, format="JPEG", quality=JPEG_QUALITY)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")


@cache
def _environment() -> Environment:
    # A name that a template misspells is an error, not an empty place in a report.
    found = Environment(
        loader=PackageLoader("training"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    found.filters["data_uri"] = data_uri
    return found
