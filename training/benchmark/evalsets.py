"""The images that the embedded model is measured on; it learns from none of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import rasterio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError
from rasterio.errors import RasterioError

from engine.errors import ConfigError
from engine.grid import RasterGrid
from engine.reading.attributes import class_field
from training import scenes
from training.benchmark.protocols import Example, rasterized
from training.coco import Rings, draw, polygons_of, read_coco, read_index, read_rgb
from training.patch import Patch
from training.pretrain.crops import HELD_OUT
from training.scenes.scene import GENERATED_SEED

NWPU_DEV = 120
"""Images of the NWPU VHR-10 dev split: every fourth by file name, the first 120."""
NWPU_TUNE = 40
"""Images, none of them in the dev split, on which options are chosen."""


def split_of(entries: Sequence[dict[str, Any]], split: str) -> list[dict[str, Any]]:
    """Images of a COCO set sorted by file name: ``dev``, ``tune``, or ``train``, which is neither."""
    dev, tune = entries[::4][:NWPU_DEV], entries[2::4][:NWPU_TUNE]
    if split == "train":
        kept = {entry["file_name"] for entry in (*dev, *tune)}
        return [entry for entry in entries if entry["file_name"] not in kept]
    return list(dev if split == "dev" else tune)


def coco(
    annotations: Path, split: str | None, image_file: Callable[[str], Path], only: str | None = None
) -> Iterator[Example]:
    """Images of a COCO file with polygons, and at least one object.

    Args:
        split: see :func:`split_of`; None gives all.
        image_file: where an image of that name lies.
        only: the category whose objects are taken; None takes all.

    Raises:
        ConfigError: not a COCO file, or its masks are not polygons.
    """
    index = read_index(annotations)
    polygons = polygons_of(index, annotations, only)
    entries = sorted(index["images"], key=lambda entry: str(entry["file_name"]))
    for entry in entries if split is None else split_of(entries, split):
        image = read_rgb(image_file(str(entry["file_name"])))
        patches = [Patch.of(_mask(rings, image.shape[:2])) for rings in polygons.get(entry["id"], [])]
        objects = tuple(patch for patch in patches if patch.mask.any())
        if objects:
            yield Example(str(entry["file_name"]), image, objects)


def nwpu(folder: Path, split: str) -> Iterator[Example]:
    """NWPU VHR-10 images; ``split`` is ``dev``, ``tune`` or ``train``."""
    return coco(folder / "annotations.json", split, lambda name: folder / "images" / name)


def held_out(data: Path) -> Iterator[Example]:
    """Images of the two real training sets that training leaves out; not every object is labelled."""
    for name, count in HELD_OUT.items():
        for number, image in enumerate(read_coco(data / name)[-count:]):
            labels = np.unique(image.instances[image.instances > 0])
            objects = Patch.of_instances(image.instances, labels.tolist())
            yield Example(f"{name}-{number}", image.image, objects)


def generated(
    domain: str, count: int, size: int = 512, first_seed: int = GENERATED_SEED
) -> Iterator[Example]:
    """Held-out generated scenes of one domain, their objects of at least 36 pixels."""
    for number in range(count):
        scene = scenes.generate(np.random.default_rng(first_seed + number), size, domain=domain)
        areas = np.bincount(scene.instances.ravel())
        kept = [label for label in range(1, len(areas)) if areas[label] >= 36]
        if kept:
            yield Example(f"{domain}-{number}", scene.image, Patch.of_instances(scene.instances, kept))


def roofs(folder: Path, only: str | None = None) -> Iterator[Example]:
    """Scenes (GeoTIFF, and a GeoPackage with a layer ``objects``) at native resolution, objects rasterized.

    Objects are cut at the raster's edge; scenes without any are left out. ``only`` takes the objects whose
    column ``class`` is that.

    Raises:
        ConfigError: there are no scenes, or one cannot be read.
    """
    paths = sorted(folder.glob("*.tif"))
    if not paths:
        raise ConfigError(f"{folder}: no GeoTIFFs in it; check the data folder")
    for path in paths:
        try:
            with rasterio.open(path) as raster:
                image = np.moveaxis(raster.read([1, 2, 3]), 0, -1)
                grid = RasterGrid(raster.width, raster.height, raster.transform, raster.crs)
            truth = gpd.read_file(path.with_suffix(".gpkg"), layer="objects")
        except (RasterioError, IndexError, DataSourceError, DataLayerError) as error:
            raise ConfigError(
                f"{path}: no scene of three bands with a GeoPackage of that name, layer 'objects' ({error})"
            ) from error
        if only is not None:
            truth = of_class(truth, only, path)
        if truth.crs is not None and grid.crs is not None:
            truth = truth.to_crs(grid.crs)
        shapes = shapely.transform(shapely.force_2d(truth.geometry.to_numpy()), grid.to_pixel)
        frame = shapely.box(0, 0, grid.width, grid.height)
        drawn = [rasterized(shape) for shape in shapely.intersection(shapely.make_valid(shapes), frame)]
        objects = tuple(patch for patch in drawn if patch.mask.any())
        if objects:
            yield Example(path.stem, image, objects)


def of_class(layer: gpd.GeoDataFrame, name: str, path: Path) -> gpd.GeoDataFrame:
    """The features whose column ``class`` is ``name``, perhaps none; ConfigError without that column."""
    field = class_field(layer.columns)
    if field is None:
        raise ConfigError(f"{path}: its layers have no column class; leave out --only")
    return layer[layer[field] == name]


def _mask(rings: Rings, shape: tuple[int, int]) -> np.ndarray:
    mask = np.zeros(shape, np.uint8)
    draw(rings, mask, 1)
    return mask > 0
