"""A raster of red and blue squares across several windows, clicks on some, and a model that sees colours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely

from engine.grid import RasterGrid
from engine.models import registry
from tests.fakes import FakeSegmenter
from tests.rasters import NORTH_UP, UTM, write_raster

WIDTH, HEIGHT, STEP, SIDE = 206, 106, 20, 14
GRID = RasterGrid(WIDTH, HEIGHT, NORTH_UP, None)
CORNERS = [(3 + STEP * column, 3 + STEP * row) for row in range(5) for column in range(10)]
RED, BLUE = CORNERS[::2], CORNERS[1::2]


def square(corner: tuple[int, int], shrink: float = 0) -> shapely.Polygon:
    """One of the squares on the ground."""
    x, y = corner
    box = shapely.box(x + shrink, y + shrink, x + SIDE - shrink, y + SIDE - shrink)
    return shapely.transform(box, GRID.to_world)


def layer(path: Path, shapes: list[Any], **columns: list[Any]) -> Path:
    """A file of shapes on the ground."""
    gpd.GeoDataFrame(columns, geometry=shapes, crs=UTM).to_file(path)
    return path


def clicks(corners: list[tuple[int, int]]) -> list[shapely.Point]:
    """The middles of squares on the ground."""
    return [square(corner).centroid for corner in corners]


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> FakeSegmenter:
    """What every model name loads."""
    fake = FakeSegmenter(128, 2, tolerances=(30, 30, 60))
    monkeypatch.setattr(registry, "load", lambda *given: fake)
    return fake


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The raster ``scene.tif`` and clicks on five red squares, ``clicks.gpkg``."""
    image = np.random.default_rng(0).integers(40, 80, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    for colour, corners in (((200, 90, 60), RED), ((60, 90, 200), BLUE)):
        for x, y in corners:
            image[y : y + SIDE, x : x + SIDE] = colour
    write_raster(tmp_path / "scene.tif", np.moveaxis(image, -1, 0))
    layer(tmp_path / "clicks.gpkg", clicks(RED[:5]))
    return tmp_path


def arguments(folder: Path, *more: str, points: str | None = "clicks.gpkg") -> list[str]:
    """A command line that works."""
    given = [] if points is None else ["--points", str(folder / points)]
    return ["--raster", str(folder / "scene.tif"), *given, "--out", str(folder / "found.gpkg"), *more]


def found(folder: Path) -> gpd.GeoDataFrame:
    """The layer that was written."""
    return gpd.read_file(folder / "found.gpkg", layer="segments")


def squares_of(frame: gpd.GeoDataFrame, corners: list[tuple[int, int]]) -> list[int]:
    """How many polygons agree with each square at an IoU of 0.5 or more."""
    return [
        sum(
            shape.intersection(square(c)).area > 0.5 * shape.union(square(c)).area
            for shape in frame.geometry
            if shape is not None
        )
        for c in corners
    ]
