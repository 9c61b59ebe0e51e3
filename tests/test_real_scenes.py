"""The bundled model on real imagery: every raster kind goes through; roofs are found better than by luck."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
import torch

from engine.config import RefineConfig, SegmentConfig
from engine.console import Reporter
from engine.models.base import Segmenter
from engine.models.nano import load_nano
from engine.reading.raster import RasterSource
from engine.scoring import score
from engine.segmentation import Request, Result, segment

FAST = SegmentConfig(refine=RefineConfig(zoom=False))
WHOLE = ("st_1248340_5819545", "st_1248205_5819575")
"""Scenes with every click."""
PART = "st_1253715_5831670"
"""A scene with the 16 clicks nearest to its middle."""
MULTIBAND = (
    "sentinel1_vv_db.tif",
    "sentinel2_fields_rgb.tif",
    "spacenet_ms1.tif",
    "spacenet_sample_geotiff.tif",
    "spacenet_sar_masked.tif",
)
TREES = ("claremont_2020_5", "long_beach_2020_4")


@pytest.fixture(scope="module")
def model() -> Segmenter:
    return load_nano(None, torch.device("cpu"))


def run(raster: Path, points: Path, model: Segmenter, layer: str | None = None) -> Result:
    return segment(Request(raster, points, layer=layer), FAST, Reporter("test", quiet=True), lambda: model)


def central(clicks: gpd.GeoDataFrame, count: int) -> gpd.GeoDataFrame:
    """The clicks nearest to the middle one."""
    middle = shapely.Point(clicks.geometry.x.median(), clicks.geometry.y.median())
    return clicks.iloc[np.argsort(clicks.distance(middle).to_numpy())[:count]].reset_index(drop=True)


# --- roofs ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=[*WHOLE, PART])
def roofs(
    request: pytest.FixtureRequest,
    real_data: Path,
    model: Segmenter,
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Result, gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """What became of a scene's clicks, the clicks, and the true objects."""
    scene = real_data / "roofs" / f"{request.param}.tif"
    truth = gpd.read_file(scene.with_suffix(".gpkg"), layer="objects")
    clicks = gpd.read_file(scene.with_suffix(".gpkg"), layer="points")
    if request.param == PART:
        clicks = central(clicks, 16)
    path = tmp_path_factory.mktemp("roofs") / "clicks.gpkg"
    clicks.to_file(path)
    return run(scene, path, model), clicks, truth


Roofs = tuple[Result, gpd.GeoDataFrame, gpd.GeoDataFrame]


def test_every_click_on_a_roof_gets_one_polygon_or_a_stated_reason(roofs: Roofs) -> None:
    result, clicks, _ = roofs
    frame = result.frame
    assert sorted(frame["prompt_id"]) == list(range(1, len(clicks) + 1))
    rejected = frame["status"] == "rejected"
    assert set(frame.loc[~rejected, "status"]) <= {"accepted", "review"}
    assert frame.loc[rejected, "reason"].str.len().gt(0).all()
    assert frame.loc[~rejected].geometry.is_valid.all()
    assert not frame.loc[~rejected].geometry.is_empty.any()


def test_polygons_of_neighbouring_roofs_do_not_overlap(roofs: Roofs) -> None:
    shapes = roofs[0].frame.geometry.dropna().to_numpy()
    left, right = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    shared = [shapes[a].intersection(shapes[b]).area for a, b in zip(left, right, strict=True) if a < b]
    assert sum(shared) < 1e-6


def test_where_roofs_meet_one_edge_serves_both(roofs: Roofs) -> None:
    shapes = roofs[0].frame.geometry.dropna().to_numpy()
    assert shapely.coverage_is_valid(shapes)


def test_roofs_are_found_better_than_by_discs_around_the_clicks(roofs: Roofs) -> None:
    result, clicks, truth = roofs
    points = clicks.assign(prompt_id=range(1, len(clicks) + 1))
    discs = points.set_geometry(points.buffer(float(np.sqrt(truth.area.mean() / np.pi))))
    ours, chance = (
        score(polygons, truth, points, rng=np.random.default_rng(0)).overall.mean_iou
        for polygons in (result.frame, discs)
    )
    assert ours is not None
    assert chance is not None
    assert ours > chance


# --- every kind of raster -------------------------------------------------------------------------------


def check_goes_through(result: Result, count: int) -> None:
    frame = result.frame
    assert len(frame) == count
    assert frame.crs == result.grid.crs_wkt
    assert (frame["status"] != "rejected").any()
    assert frame.loc[frame["status"] == "rejected", "reason"].str.len().gt(0).all()
    width, height = result.grid.width, result.grid.height
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]])
    raster = shapely.Polygon(result.grid.to_world(corners))
    for shape in frame.geometry.dropna():
        assert shape.is_valid
        assert shape.difference(raster.buffer(1e-6)).area == pytest.approx(0, abs=1e-6)


def is_legible(raster: Path) -> bool:
    """Whether the whole raster, as the model sees it, uses the range between black and white."""
    with RasterSource.open(raster) as source:
        rgb, valid = source.read((0, 0, max(source.grid.width, source.grid.height)), 256)
    low, high = np.percentile(rgb[valid], [10, 90])
    return bool(high - low > 40 and low < 200 and high > 55)


@pytest.mark.parametrize("name", MULTIBAND)
def test_every_kind_of_raster_goes_through(
    name: str, real_data: Path, model: Segmenter, tmp_path: Path
) -> None:
    path = real_data / "multiband" / name
    assert is_legible(path)
    with RasterSource.open(path) as source:
        shares = np.random.default_rng(0).uniform(0.2, 0.8, (200, 2))
        places = shares * (source.grid.width, source.grid.height)
        world = source.grid.to_world(places[source.valid_at(places)][:4])
        gpd.GeoDataFrame(geometry=shapely.points(world), crs=source.grid.crs_wkt).to_file(tmp_path / "p.gpkg")
    result = run(path, tmp_path / "p.gpkg", model)
    check_goes_through(result, 4)
    assert not set(result.frame["reason"].dropna()) & {"on nodata", "outside the raster"}


@pytest.mark.parametrize("name", TREES)
def test_real_point_layers_of_trees_go_through(
    name: str, real_data: Path, model: Segmenter, tmp_path: Path
) -> None:
    path = real_data / "urban_trees" / f"{name}.tif"
    assert is_legible(path)
    clicks = gpd.read_file(path.with_suffix(".geojson"))
    chosen = central(clicks, 8)
    chosen.to_file(tmp_path / "trees.geojson")
    check_goes_through(run(path, tmp_path / "trees.geojson", model), len(chosen))
