"""Rasters of every kind that QGIS may show, all of one generated scene, and where its objects are."""

from __future__ import annotations

import json
import math
from pathlib import Path

import geopandas as gpd
import numpy as np
import rasterio
from PIL import Image
from rasterio.crs import CRS
from rasterio.enums import Resampling
from rasterio.transform import Affine, from_bounds
from rasterio.warp import reproject
from shapely import Point, STRtree

from training.scenes import write_scene
from training.scenes.recipes import generate

SEED, SIDE, ZOOM = 11, 512, 19
OBJECTS = 20
TURNED_DEGREES = 20.0
WORLD = 20037508.342789244
"""Half the width of the world in Web Mercator, in metres."""


def make(folder: Path) -> None:
    """Write everything into a folder."""
    rng = np.random.default_rng(SEED)
    made = write_scene(generate(rng, SIDE, domain="roofs"), folder, rng)
    with rasterio.open(made.raster) as scene:
        profile, pixels = scene.profile, scene.read()
    objects = gpd.read_file(folder / "objects.gpkg", layer="objects")
    turned = profile["transform"] @ Affine.rotation(TURNED_DEGREES)
    _write_objects(folder / "objects.json", objects, profile["transform"], turned)
    _write_raster(folder / "turned.tif", pixels, profile | {"transform": turned})
    extra = np.stack([pixels.mean(axis=0), pixels.max(axis=0)]).astype(np.uint8)
    deep = np.concatenate([pixels, extra]).astype(np.uint16) * 40 + 300
    _write_raster(
        folder / "deep.tif", deep, profile | {"count": 5, "dtype": "uint16", "photometric": "minisblack"}
    )
    _write_raster(folder / "inside.gpkg", pixels, _plain(profile) | {"driver": "GPKG"})
    strange = folder / "Dächer ß 屋顶" / "scène nº 1.tif"
    strange.parent.mkdir()
    _write_raster(strange, pixels, profile)
    write_tiles(folder / "tiles", pixels, profile)


def _plain(profile: dict) -> dict:
    return {key: profile[key] for key in ("width", "height", "count", "dtype", "crs", "transform")}


def _write_raster(path: Path, pixels: np.ndarray, profile: dict) -> None:
    with rasterio.open(path, "w", **profile) as file:
        file.write(pixels)


def _write_objects(path: Path, objects: gpd.GeoDataFrame, straight: Affine, turned: Affine) -> None:
    """The largest objects with a place well inside each, in all the coordinates that the rasters have."""
    largest = objects.assign(area=objects.area).sort_values("area", ascending=False).head(OBJECTS)
    rows = []
    for shape in largest.geometry:
        inner = (
            shape.buffer(-math.sqrt(shape.area) * 0.2).representative_point() or shape.representative_point()
        )
        x, y = inner.x, inner.y
        column, row = ~straight @ (x, y)
        mercator = gpd.GeoSeries([Point(x, y)], crs=objects.crs).to_crs(3857).iloc[0]
        places = {"turned": list(turned @ (column, row)), "mercator": [mercator.x, mercator.y]}
        rows.append({"x": x, "y": y, "wkt": shape.wkt, **places})
    assert len(STRtree(largest.geometry.tolist())) == len(rows)
    path.write_text(json.dumps(rows))


def write_tiles(folder: Path, pixels: np.ndarray, profile: dict) -> None:
    """The scene as XYZ tiles of one zoom level."""
    side = 2 * WORLD / 2**ZOOM
    bounds = gpd.GeoSeries(
        [Point(profile["transform"] @ corner) for corner in ((0, 0), (SIDE, SIDE))], crs=profile["crs"]
    ).to_crs(3857)
    west, east = sorted(point.x for point in bounds)
    south, north = sorted(point.y for point in bounds)
    for column in range(int((west + WORLD) // side), int((east + WORLD) // side) + 1):
        for row in range(int((WORLD - north) // side), int((WORLD - south) // side) + 1):
            left, top = -WORLD + column * side, WORLD - row * side
            tile = np.zeros((3, 256, 256), np.uint8)
            reproject(
                pixels,
                tile,
                src_transform=profile["transform"],
                src_crs=profile["crs"],
                dst_transform=from_bounds(left, top - side, left + side, top, 256, 256),
                dst_crs=CRS.from_epsg(3857),
                resampling=Resampling.bilinear,
            )
            path = folder / str(ZOOM) / str(column) / f"{row}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(tile.transpose(1, 2, 0)).save(path)
