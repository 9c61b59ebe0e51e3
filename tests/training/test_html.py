"""Reports as one HTML file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jinja2
import pytest
from PIL import Image

from training import html
from training.adapt.report import WORDS

TEMPLATES = Path(html.__file__).parent / "templates"
PICTURE = Image.new("RGB", (4, 3), "red")


def values(**changed: Any) -> dict[str, Any]:
    """What the report of an adaptation is filled with."""
    objects = {"learned": 8, "held_out": 2, "clicks": 9}
    card = {
        "base": "nano",
        "objects": objects,
        "steps": 3,
        "seconds": 4.2,
        "notes": [],
        "command": "resam train",
    }
    verdict = {"n": 2, "measure": "IoU", "before": 0.5, "after": 0.6, "reason": "a reason"}
    given = {
        "conclusion": WORDS["better"],
        "card": card,
        "verdict": verdict,
        "measures": html.Table(("measure", "before"), [("IoU", "0.500")]),
        "curves": PICTURE,
        "changes": None,
        "use": "resam segment",
        "card_json": json.dumps(card),
    }
    return given | changed


def test_texts_are_escaped_in_a_page() -> None:
    table = html.Table(["x"], [["1 & 2"]])
    page = html.page("adaptation.html", **values(conclusion="<script>", measures=table, use="</pre>"))
    assert "<script>" not in page
    assert "1 &amp; 2" in page
    assert page.count("</pre>") == page.count("<pre>")


def test_a_page_loads_nothing_from_elsewhere() -> None:
    page = html.page("adaptation.html", **values())
    assert 'src="data:image/jpeg;base64,' in page
    assert "http" not in page
    assert "<link" not in page


def test_the_first_column_of_a_table_is_text_and_the_others_are_numbers() -> None:
    page = html.page("adaptation.html", **values())
    assert '<tr><th>measure</th><th class="number">before</th></tr>' in page
    assert '<tr><td>IoU</td><td class="number">0.500</td></tr>' in page


def test_a_part_without_content_is_left_out() -> None:
    heading = "The held-out objects that changed most"
    assert heading not in html.page("adaptation.html", **values())
    assert heading in html.page("adaptation.html", **values(changes=PICTURE))


def test_a_value_that_a_template_lacks_is_an_error() -> None:
    given = values()
    del given["use"]
    with pytest.raises(jinja2.UndefinedError, match="use"):
        html.page("adaptation.html", **given)
