"""Draw the picture of the front page: ``python tools/readme_picture.py --data DATA``.

A drone image of an open set with a click in each building, and the polygons of ``nano`` adapted to these
clicks.
The outlines of the set only place the clicks; the adaptation does not see them. Takes some minutes.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import rasterio
import shapely
from rasterio.transform import Affine, from_origin

import engine
from engine.reading.raster import RasterSource
from engine.reading.vector import read_layer
from engine.writing.picture import render, save_picture
from training.coco import polygons_of, read_index, read_rgb
from training.demo.run import side_by_side

SET, IMAGE = Path("open") / "fair_buildings_sample2", "z21_1238424_1046544.jpg"
TILE_PX, HALF_EARTH_M = 256, 20037508.342789244
MIN_AREA_PX2 = 300
WINDOW, SIDE = (0, 400, 600, 600), 640
"""Part of the image that the picture shows (x, y, width, height in pixels), and its longest side."""
TARGET = Path(__file__).resolve().parent.parent / "docs" / "images" / "roofs.jpg"


def georeferenced(data: Path, folder: Path) -> tuple[Path, Path]:
    """The image as a GeoTIFF, placed by the map tile in its name, and a layer of clicks."""
    pixels = read_rgb(data / SET / "images" / IMAGE)
    zoom, x, y = map(int, re.findall(r"\d+", IMAGE)[:3])
    tile = 2 * HALF_EARTH_M / 2**zoom
    transform = from_origin(x * tile - HALF_EARTH_M, HALF_EARTH_M - y * tile, tile / TILE_PX, tile / TILE_PX)
    profile = {"driver": "GTiff", "count": 3, "dtype": "uint8", "crs": "EPSG:3857", "transform": transform}
    raster = folder / "scene.tif"
    with rasterio.open(raster, "w", height=pixels.shape[0], width=pixels.shape[1], **profile) as file:
        file.write(pixels.transpose(2, 0, 1))
    clicks = [world(transform, shape.representative_point()) for shape in buildings(data / SET)]
    points = folder / "clicks.gpkg"
    gpd.GeoDataFrame(geometry=clicks, crs="EPSG:3857").to_file(points, layer="points")
    return raster, points


def buildings(folder: Path) -> list[shapely.Polygon]:
    """Outlines of the image's buildings in pixels, but for slivers at its edge."""
    annotations = folder / "annotations.json"
    index = read_index(annotations)
    (number,) = (entry["id"] for entry in index["images"] if entry["file_name"] == IMAGE)
    rings = (np.reshape(parts[0], (-1, 2)) for parts in polygons_of(index, annotations)[number])
    shapes = (shapely.Polygon(ring).buffer(0) for ring in rings)
    return [shape for shape in shapes if shape.area >= MIN_AREA_PX2]


def world(transform: Affine, point: shapely.Point) -> shapely.Point:
    """A place in pixels as a place on the ground."""
    return shapely.Point(transform * (point.x, point.y))


def main() -> int:
    """Adapt, segment, and draw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds open/")
    data = parser.parse_args().data
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        raster, points = georeferenced(data, folder)
        train = [sys.executable, "-m", "engine.train", "--raster", str(raster), "--points", str(points)]
        subprocess.run([*train, "--out", str(folder / "adapter"), "--threads", "1"], check=True)
        request = engine.Request(raster=raster, points=points)
        result = engine.segment(request, engine.SegmentConfig(adapter=str(folder / "adapter")))
        found = result.frame[result.frame["status"] != "rejected"]
        with RasterSource.open(raster) as source:
            clicks = read_layer(points, "point", target=source.grid.crs_wkt).frame
            x, y, width, height = WINDOW
            corners = source.grid.to_world([(x, y), (x + width, y + height)])
            found = found[found.intersects(shapely.box(*corners.min(axis=0), *corners.max(axis=0)))]
            before = render(source, found.iloc[:0][["geometry"]], clicks, SIDE, WINDOW)
            after = render(source, found, None, SIDE, WINDOW)
    save_picture(side_by_side(before, after), TARGET)
    print(f"{TARGET.name}: {TARGET.stat().st_size / 1e3:.0f} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
