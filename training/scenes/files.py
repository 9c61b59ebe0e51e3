"""A scene as files: a GeoTIFF, the exact outlines of its objects, and one click inside each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import geopandas as gpd
import numpy as np
import rasterio
from affine import Affine
from pyogrio.errors import DataLayerError, DataSourceError
from rasterio.errors import RasterioError
from rasterio.features import shapes
from shapely.geometry import MultiPolygon, Point, shape

from engine.errors import ConfigError, OutputError
from training.scenes.relabel import windows
from training.scenes.scene import Scene

EPSG = 32632
ORIGIN_M = (680_000.0, 5_150_000.0)
"""Easting and northing of the upper-left corner of a scene: the Alps, in EPSG:32632."""


@dataclass(frozen=True)
class SceneFiles:
    """Where a scene was written. ``objects`` and ``points`` are GeoPackages with a layer of that name."""

    raster: Path
    objects: Path
    points: Path


def write_scene(
    scene: Scene,
    folder: str | Path,
    rng: np.random.Generator,
    *,
    epsg: int = EPSG,
    origin: tuple[float, float] = ORIGIN_M,
    rotation: float = 0.0,
    dtype: str = "uint8",
) -> SceneFiles:
    """Write ``scene.tif``, ``objects.gpkg`` and ``clicks.gpkg`` into ``folder``, over what is there.

    Layer ``objects`` has one MultiPolygon per object along its pixel edges, layer ``points`` one point well
    inside each; both carry ``object_id`` (the number in the instance map) and ``class``.

    Args:
        rng: draws where in the middle of an object its click falls.
        epsg: a projected CRS in metres.
        origin: easting and northing of the outer corner of the upper-left pixel.
        rotation: degrees by which the grid is turned, counterclockwise; 0 gives a north-up raster.
        dtype: ``uint8``, or ``uint16`` for 12-bit values as satellites deliver them.

    Raises:
        ConfigError: another ``dtype``.
        OutputError: the folder or a file in it cannot be written.
    """
    if dtype not in ("uint8", "uint16"):
        raise ConfigError(f"a scene is written as uint8 or uint16, not {dtype}")
    folder = Path(folder)
    files = SceneFiles(folder / "scene.tif", folder / "objects.gpkg", folder / "clicks.gpkg")
    transform = Affine.translation(*origin) @ Affine.rotation(rotation) @ Affine.scale(scene.gsd, -scene.gsd)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write_raster(files.raster, scene.image, transform, epsg, dtype)
        outlines(scene, transform, epsg).to_file(files.objects, layer="objects")
        clicks(scene, rng, transform, epsg).to_file(files.points, layer="points")
    except (OSError, RasterioError, DataSourceError, DataLayerError) as error:
        raise OutputError(f"{folder}: the scene cannot be written ({error}); give another folder") from error
    return files


def write_pair(
    scene: Scene, path: Path, rng: np.random.Generator, *, origin: tuple[float, float] = ORIGIN_M
) -> None:
    """Write a GeoTIFF, and a GeoPackage of its name with the layers of :func:`write_scene`, over old ones.

    Raises:
        OutputError: one of them cannot be written.
    """
    transform = Affine.translation(*origin) @ Affine.scale(scene.gsd, -scene.gsd)
    layers = path.with_suffix(".gpkg")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        layers.unlink(missing_ok=True)
        _write_raster(path, scene.image, transform, EPSG, "uint8")
        outlines(scene, transform, EPSG).to_file(layers, layer="objects")
        clicks(scene, rng, transform, EPSG).to_file(layers, layer="points")
    except (OSError, RasterioError, DataSourceError, DataLayerError) as error:
        raise OutputError(f"{path}: the scene cannot be written ({error}); give another folder") from error


def _write_raster(path: Path, image: np.ndarray, transform: Affine, epsg: int, dtype: str) -> None:
    """Three bands, deflated; uint16 spreads the 256 grey levels over 12 bits."""
    bands = image.transpose(2, 0, 1)
    profile = {
        "driver": "GTiff",
        "width": bands.shape[2],
        "height": bands.shape[1],
        "count": 3,
        "dtype": dtype,
        "crs": f"EPSG:{epsg}",
        "transform": transform,
        "photometric": "rgb",
        "compress": "deflate",
        "tiled": True,
    }
    with rasterio.open(path, "w", **profile) as raster:
        raster.write(bands if dtype == "uint8" else bands.astype(np.uint16) * 16 + 40)


def outlines(scene: Scene, transform: Affine, epsg: int) -> gpd.GeoDataFrame:
    """One MultiPolygon per object, along the edges of its pixels, in ground coordinates."""
    parts: list[list[object]] = [[] for _ in scene.classes]
    for outline, number in shapes(scene.instances, mask=scene.instances > 0, transform=transform):
        parts[int(number) - 1].append(shape(outline))
    return _table(scene, [MultiPolygon(polygons) for polygons in parts], epsg)


def clicks(scene: Scene, rng: np.random.Generator, transform: Affine, epsg: int) -> gpd.GeoDataFrame:
    """One point per object, at a random place among the pixels farthest from its outline."""
    return _table(scene, [Point(transform @ place) for place in _middles(scene, rng)], epsg)


def _middles(scene: Scene, rng: np.random.Generator) -> Iterator[tuple[float, float]]:
    """Raster coordinates (x, y) of a click in every object."""
    for number, window in windows(scene.instances, len(scene.classes)):
        mask = np.pad((scene.instances[window] == number).astype(np.uint8), 1)
        depth = cv2.distanceTransform(mask, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)[1:-1, 1:-1]
        # Not to the last bit: that depends on how the array happens to lie in memory.
        rows, columns = np.nonzero(depth > 0.75 * depth.max() - 1e-3)
        chosen = int(rng.integers(len(rows)))
        x, y = rng.uniform(0.2, 0.8, 2)
        yield float(window[1].start + columns[chosen] + x), float(window[0].start + rows[chosen] + y)


def _table(scene: Scene, geometry: list[object], epsg: int) -> gpd.GeoDataFrame:
    columns = {"object_id": np.arange(1, len(scene.classes) + 1), "class": list(scene.classes)}
    return gpd.GeoDataFrame(columns, geometry=geometry, crs=f"EPSG:{epsg}")
