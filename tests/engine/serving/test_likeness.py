"""The worker says where a view looks like the examples."""

from __future__ import annotations

import base64
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from engine.errors import ConfigError
from engine.serving.embeddings import EmbeddingStore
from engine.serving.request_handler import RequestHandler
from tests.fakes import FakeSegmenter
from tests.rasters import NORTH_UP, write_raster

SIDE, BLOCK = 256, 48
CORNERS = [(24, 24), (168, 24), (168, 168)]


def on_ground(x: Any, y: Any) -> Any:
    """Places in the CRS."""
    return NORTH_UP @ (x, y)


def outline(corner: tuple[int, int]) -> dict[str, Any]:
    """A block as GeoJSON."""
    x, y = corner
    shape = shapely.transform(shapely.box(x, y, x + BLOCK, y + BLOCK), on_ground, interleaved=False)
    return dict(shapely.geometry.mapping(shape))


@pytest.fixture
def asked(tmp_path: Path) -> dict[str, Any]:
    """A request for a view with three red blocks; one block is the example."""
    image = np.random.default_rng(0).integers(40, 80, (SIDE, SIDE, 3), dtype=np.uint8)
    for x, y in CORNERS:
        image[y : y + BLOCK, x : x + BLOCK] = (200, 90, 60)
    raster = write_raster(tmp_path / "blocks.tif", np.moveaxis(image, -1, 0), transform=NORTH_UP)
    (west, north), (east, south) = on_ground(0, 0), on_ground(SIDE, SIDE)
    view = [west, south, east, north]
    return {"raster": {"path": str(raster)}, "view": view, "examples": [outline(CORNERS[0])]}


@pytest.fixture
def handler(tmp_path: Path) -> RequestHandler:
    model = FakeSegmenter(128)
    return RequestHandler(EmbeddingStore(tmp_path / "cache"), lambda *wanted: model)


def test_a_byte_a_cell_says_how_alike_the_ground_is(handler: RequestHandler, asked: dict[str, Any]) -> None:
    found = handler.handle("likeness", asked, lambda: None)
    values = np.frombuffer(base64.b64decode(found["values"]), np.uint8).reshape(
        found["height"], found["width"]
    )
    assert found["corners"] == [list(on_ground(0, 0)), list(on_ground(SIDE, 0)), list(on_ground(0, SIDE))]
    for x, y in CORNERS:
        assert values[(y + BLOCK // 2) // 8, (x + BLOCK // 2) // 8] > 200
    assert np.median(values) < 60


def test_each_tile_of_the_view_is_told(handler: RequestHandler, asked: dict[str, Any]) -> None:
    told: list[tuple[int, int]] = []
    handler.handle("likeness", asked, lambda: None, lambda done, total: told.append((done, total)))
    tiles = len(told)
    assert tiles > 1
    assert told == [(number, tiles) for number in range(1, tiles + 1)]


def test_without_examples_the_answer_is_empty(handler: RequestHandler, asked: dict[str, Any]) -> None:
    assert handler.handle("likeness", {**asked, "examples": []}, lambda: None) == {}


def test_a_request_without_a_view_is_refused(handler: RequestHandler, asked: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="'view' must be 4 numbers"):
        handler.handle("likeness", {**asked, "view": None}, lambda: None)


def test_without_the_training_package_one_line_says_so(
    handler: RequestHandler, asked: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == "training"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "training.find", None)
    with pytest.raises(ConfigError, match="install the extra 'train'"):
        handler.handle("likeness", asked, lambda: None)
