"""Rasters to measure on: generated scenes side by side, a click on every object, and the true outlines."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import rasterio
import rasterio.features
import shapely
from affine import Affine
from rasterio.windows import Window
from shapely.geometry import shape

from engine.files import written_whole
from engine.reading.points import Prompt
from engine.stages.polygons import valid
from training.scenes import Scene, generate

SCENE = 512
"""Side of a scene in pixels: one tile of the embedded model."""
BLOCK = 512
"""Side of a raster file's blocks."""
TRANSFORM = Affine(0.5, 0, 600_000, 0, -0.5, 5_200_000)
CRS = "EPSG:32632"
TRIES = 1000


@dataclass(frozen=True, eq=False)
class Mosaic:
    """Scenes side by side.

    Attributes:
        image: (H, W, 3) uint8 RGB.
        instances: (H, W) int32, 0 is background, object k is k + 1.
        clicks: (N, 2) float64, x and y of the pixel deepest inside each object.
        scene: (N,) int64, the scene each object belongs to.
    """

    image: np.ndarray
    instances: np.ndarray
    clicks: np.ndarray
    scene: np.ndarray

    @property
    def scenes(self) -> int:
        """How many tiles of the model the mosaic is as large as."""
        return self.instances.size // SCENE**2

    def outlines(self) -> np.ndarray:
        """(N,) shapely polygons of the objects, along pixel edges, in pixels of the mosaic."""
        parts: list[list[shapely.Polygon]] = [[] for _ in self.clicks]
        found = rasterio.features.shapes(self.instances, mask=self.instances > 0, connectivity=4)
        for outline, number in found:
            parts[int(number) - 1].append(shape(outline))
        return np.array([valid(shapely.union_all(some)) for some in parts])

    def per_scene(self, count: int, seed: int) -> np.ndarray:
        """Rows of ``count`` random objects of each scene; a larger count holds those of a smaller one."""
        order = np.random.default_rng(seed).permutation(len(self.clicks))
        chosen = [order[self.scene[order] == index][:count] for index in range(self.scenes)]
        return np.sort(np.concatenate(chosen))


def scenes_of(domains: Sequence[str], count: int, low: int, high: int, seed: int) -> list[Scene]:
    """``count`` scenes, the domains by turns, each with ``low`` to ``high`` objects.

    Raises:
        ValueError: a domain hardly ever has as many.
    """
    series = {domain: _series(domain, low, high, seed) for domain in domains}
    return [next(series[domain]) for domain in itertools.islice(itertools.cycle(domains), count)]


def _series(domain: str, low: int, high: int, seed: int) -> Iterator[Scene]:
    for number in range(TRIES):
        scene = generate(np.random.default_rng((seed, number)), SCENE, domain=domain)
        if low <= len(scene.classes) <= high:
            yield scene
    raise ValueError(f"{TRIES} scenes of {domain!r} are too few with {low} to {high} objects: ask for fewer")


def mosaic(scenes: Sequence[Scene]) -> Mosaic:
    """Put a square number of scenes side by side, row by row."""
    side = round(len(scenes) ** 0.5)
    image = np.zeros((side * SCENE, side * SCENE, 3), np.uint8)
    instances = np.zeros(image.shape[:2], np.int32)
    count, owners = 0, []
    for index, scene in enumerate(scenes):
        top, left = (SCENE * place for place in divmod(index, side))
        here = slice(top, top + SCENE), slice(left, left + SCENE)
        image[here] = scene.image
        instances[here] = np.where(scene.instances > 0, scene.instances + count, 0)
        count += len(scene.classes)
        owners += [index] * len(scene.classes)
    return Mosaic(image, instances, deepest(instances, count), np.array(owners, np.int64))


def deepest(instances: np.ndarray, count: int) -> np.ndarray:
    """(count, 2) x and y of the pixel centre furthest from the edge of each object 1..count."""
    edge = np.zeros(instances.shape, bool)
    across, down = instances[:, 1:] != instances[:, :-1], instances[1:] != instances[:-1]
    edge[:, 1:] |= across
    edge[:, :-1] |= across
    edge[1:] |= down
    edge[:-1] |= down
    depth = cv2.distanceTransform((~edge).astype(np.uint8), cv2.DIST_L2, 5)
    rows, columns = np.nonzero(instances)
    ids = instances[rows, columns]
    order = np.lexsort((-depth[rows, columns], ids))
    first = order[np.searchsorted(ids[order], np.arange(1, count + 1))]
    return np.column_stack([columns[first], rows[first]]) + 0.5


def prompts_at(clicks: np.ndarray) -> list[Prompt]:
    """One prompt of one positive click for each of (N, 2) positions."""
    label = np.ones(1, np.int64)
    return [Prompt(number, xy[None], label) for number, xy in enumerate(clicks, start=1)]


def write_mosaic(path: Path, tile: Mosaic, side: int) -> None:
    """Write a square raster of ``side`` pixels that repeats the mosaic, mirrored so that its edges meet.

    One mosaic at a time is in memory; the file appears whole or not at all.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    options = {"tiled": True, "blockxsize": BLOCK, "blockysize": BLOCK, "compress": "zstd", "zstd_level": 1}
    size = {"width": side, "height": side, "count": 3, "dtype": "uint8"}
    place = {"crs": CRS, "transform": TRANSFORM, "photometric": "RGB", "BIGTIFF": "IF_SAFER"}
    options |= {"driver": "GTiff", "NUM_THREADS": "ALL_CPUS"}
    with written_whole(path) as part, rasterio.open(part, "w", **size, **place, **options) as file:
        for row, column in cells(tile, side):
            top, left = row * len(tile.image), column * len(tile.image)
            height, width = min(len(tile.image), side - top), min(len(tile.image), side - left)
            image = tile.image[mirrored(row), mirrored(column)][:height, :width]
            file.write(np.moveaxis(image, -1, 0), window=Window(left, top, width, height))


def cells(tile: Mosaic, side: int) -> Iterator[tuple[int, int]]:
    """Row and column of every repetition of the mosaic in a raster of ``side`` pixels."""
    count = -(-side // len(tile.image))
    return itertools.product(range(count), range(count))


def mirrored(index: int) -> slice:
    """Every second repetition runs backwards."""
    return slice(None, None, -1 if index % 2 else 1)


def repeated_clicks(tile: Mosaic, side: int) -> np.ndarray:
    """(N, 2) the clicks of every object in the raster of :func:`write_mosaic`, those at its rim left out."""
    found = [repeated_at(tile, tile.clicks, cell) for cell in cells(tile, side)]
    clicks = np.concatenate(found)
    return clicks[(clicks < side).all(axis=1)]


def repeated_at(tile: Mosaic, xy: np.ndarray, cell: tuple[int, int]) -> np.ndarray:
    """(N, 2) pixels of the mosaic as pixels of the raster, at one of its :func:`cells`."""
    row, column = cell
    span = len(tile.image)
    x = span - xy[:, 0] if column % 2 else xy[:, 0]
    y = span - xy[:, 1] if row % 2 else xy[:, 1]
    return np.column_stack([x + column * span, y + row * span])
