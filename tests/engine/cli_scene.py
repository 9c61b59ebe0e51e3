"""A folder with a scene, clicks and outlines, and a fake model, for the tests of the command lines."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely

from engine.grid import RasterGrid
from engine.models import registry
from tests.fakes import Box, FakeSegmenter, painted
from tests.rasters import NORTH_UP, UTM, write_raster

SHAPE = (200, 240)
BOXES: list[Box] = [(20, 20, 60, 60), (90, 30, 130, 70), (150, 120, 190, 160)]
GRID = RasterGrid(SHAPE[1], SHAPE[0], NORTH_UP, None)
Captured = pytest.CaptureFixture[str]
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeSegmenter:
    """What every model name loads."""
    model = FakeSegmenter()
    monkeypatch.setattr(registry, "load", lambda *given: model)
    return model


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A scene of three objects; clicks on them, one more beside the raster; and their outlines."""
    write_raster(tmp_path / "scene.tif", painted(SHAPE, [(box, 220) for box in BOXES]))
    places = [((b[0] + b[2]) / 2, (b[1] + b[3]) / 2) for b in BOXES] + [(-50.0, 10.0)]
    clicks = {"class": ["roof", "roof", "tank", "roof"], "note": ["a", "b", "c", "d"]}
    points = shapely.points(GRID.to_world(np.array(places)))
    gpd.GeoDataFrame(clicks, geometry=points, crs=UTM).to_file(tmp_path / "clicks.gpkg")
    outlines = [outline(box) for box in BOXES]
    gpd.GeoDataFrame({"class": ["roof", "roof", "tank"]}, geometry=outlines, crs=UTM).to_file(
        tmp_path / "truth.gpkg"
    )
    return tmp_path


def outline(box: Box) -> shapely.Polygon:
    x0, y0, x1, y1 = box
    return shapely.Polygon(GRID.to_world(np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])))


def arguments(folder: Path, out: str = "out.gpkg", *more: str, **changed: str) -> list[str]:
    """A command line that works, but for what is changed (None leaves an option out)."""
    options: dict[str, Any] = {"raster": "scene.tif", "points": "clicks.gpkg", "out": out} | changed
    pairs = [(f"--{key}", str(folder / value)) for key, value in options.items() if value is not None]
    return [word for pair in pairs for word in pair] + list(more)


def code_of(main: Callable[[list[str]], int], argv: list[str]) -> int:
    """The exit code of a command line; a wrong option leaves at once."""
    try:
        return main(argv)
    except SystemExit as left:
        return int(left.code or 0)


def read(path: Path) -> gpd.GeoDataFrame:
    return gpd.read_parquet(path) if path.suffix == ".parquet" else gpd.read_file(path)


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]
