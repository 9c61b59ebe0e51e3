"""Where a view looks like the examples."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import shapely

from engine.config import TileConfig
from engine.errors import Cancelled
from engine.reading.raster import RasterSource
from tests.fakes import FakeSegmenter
from tests.rasters import write_raster
from training.find.heat import MOST_TILES, Heat, heat

SIDE, BLOCK = 384, 48
RED = [(24, 24), (24, 216), (216, 24), (288, 288)]
BLUE = [(120, 120), (216, 216), (24, 312)]


@pytest.fixture
def raster(tmp_path: Path) -> Iterator[RasterSource]:
    """Red and blue blocks on dark ground; the right edge holds no data."""
    image = np.random.default_rng(0).integers(40, 80, (SIDE, SIDE, 3), dtype=np.uint8)
    for colour, corners in (((200, 90, 60), RED), ((60, 90, 200), BLUE)):
        for x, y in corners:
            image[y : y + BLOCK, x : x + BLOCK] = colour
    image[:, 352:] = 0
    path = write_raster(tmp_path / "blocks.tif", np.moveaxis(image, -1, 0), nodata=0)
    with RasterSource.open(path) as source:
        yield source


def block(corner: tuple[int, int]) -> shapely.Geometry:
    """In raster pixels."""
    return shapely.box(*corner, corner[0] + BLOCK, corner[1] + BLOCK)


def at(found: Heat, corner: tuple[int, int]) -> float:
    """The value in the middle of a block."""
    column = int((corner[0] + BLOCK / 2 - found.x) / found.cell)
    row = int((corner[1] + BLOCK / 2 - found.y) / found.cell)
    return float(found.values[row, column])


def whole(raster: RasterSource, model: FakeSegmenter, *corners: tuple[int, int]) -> Heat:
    found = heat((0, 0, SIDE, SIDE), [block(corner) for corner in corners], raster, model, TileConfig())
    assert found is not None
    return found


def test_what_looks_like_the_examples_is_hot_and_the_rest_is_not(raster: RasterSource) -> None:
    found = whole(raster, FakeSegmenter(128), *RED[:2])
    assert min(at(found, corner) for corner in RED) > 0.8
    assert max(at(found, corner) for corner in BLUE) < 0.4
    assert float(np.median(found.values)) < 0.2


def test_the_map_covers_the_view_once(raster: RasterSource) -> None:
    found = whole(raster, FakeSegmenter(128), RED[0])
    height, width = found.values.shape
    assert (found.x, found.y, found.cell) == (0, 0, 8)
    assert (width, height) == (SIDE // 8, SIDE // 8)


def test_examples_outside_the_view_teach_too(raster: RasterSource) -> None:
    found = heat((200, 200, 352, 352), [block(RED[0])], raster, FakeSegmenter(128), TileConfig())
    assert found is not None
    assert at(found, RED[3]) > 0.8 > 0.4 > at(found, BLUE[1])


def test_a_wide_view_is_looked_at_more_coarsely(raster: RasterSource) -> None:
    model = FakeSegmenter(32)
    found = whole(raster, model, RED[0])
    assert found.cell > 8
    assert len(model.encoded) <= MOST_TILES + 1, "the tiles of the view, and that of the example"


def test_ground_without_data_is_cold(raster: RasterSource) -> None:
    found = whole(raster, FakeSegmenter(128), RED[0])
    assert (found.values[:, 352 // 8 + 1 :] == 0).all()


@pytest.mark.parametrize(
    ("view", "outlines"),
    [
        ((500, 500, 600, 600), [block(RED[0])]),
        ((0, 0, SIDE, SIDE), []),
        ((0, 0, SIDE, SIDE), [shapely.Polygon()]),
    ],
)
def test_there_is_no_map_without_ground_or_examples(
    raster: RasterSource, view: tuple[float, float, float, float], outlines: list[shapely.Geometry]
) -> None:
    assert heat(view, outlines, raster, FakeSegmenter(128), TileConfig()) is None


def test_it_gives_way_between_two_tiles(raster: RasterSource) -> None:
    model = FakeSegmenter(128)

    def check() -> None:
        if len(model.encoded) == 2:
            raise Cancelled("cancelled")

    with pytest.raises(Cancelled):
        heat((0, 0, SIDE, SIDE), [block(RED[0])], raster, model, TileConfig(), check)
    assert len(model.encoded) == 2
