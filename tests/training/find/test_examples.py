"""What is read as an example, and what is not one for a second time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.segmentation import Request
from tests.training.find.scene import GRID, RED, clicks, layer, square
from training.find.examples import read_examples


@pytest.mark.parametrize(("kind", "standing"), [("roof", 1), (None, 0), ("garden", 0)])
def test_a_polygon_stands_for_the_clicked_object_of_its_class(
    tmp_path: Path, kind: str | None, standing: int
) -> None:
    layer(tmp_path / "clicks.gpkg", clicks(RED[:2]), **{"class": ["roof"] * 2})
    layer(tmp_path / "earlier.gpkg", [square(RED[0])], **{"class": [kind]})
    request = Request("unused", tmp_path / "clicks.gpkg")
    found = read_examples(request, tmp_path / "earlier.gpkg", None, GRID, lambda xy: np.ones(len(xy), bool))
    assert len(found.clicks.prompts) == 2 - standing
    assert len(found.drawn) == 1
    assert any("stand for 1 clicked" in note for note in found.notes) == bool(standing)
