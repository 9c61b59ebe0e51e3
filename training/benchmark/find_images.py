"""The images that the finder is measured on: scenes and COCO folders, one kind each; generated; points."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import rasterio
from pyogrio.errors import DataSourceError
from rasterio.errors import RasterioError

from engine.config import SegmentConfig
from engine.errors import ConfigError
from engine.grid import RasterGrid
from engine.models.base import Segmenter
from engine.reading.points import Prompt
from engine.stages.candidates import Candidate, level_for
from engine.stages.pipeline import plan_jobs, run_jobs
from training import scenes
from training.benchmark.datasets import GENERATED, load
from training.benchmark.find_scene import Agreement, mask_agreement, usual_level
from training.benchmark.protocols import ArrayReader, Example
from training.patch import Patch
from training.scenes.scene import GENERATED_SEED

GENERATED_IMAGES, GENERATED_SIZE = 24, 512
LEAST_OBJECTS, LEAST_AREA = 8, 36
"""A generated scene is measured if one class has this many objects of at least this area in pixels."""


@dataclass(frozen=True, eq=False)
class Images:
    """Images of one kind of object.

    Attributes:
        points: whether their objects are known by a point alone, which a find has to hold.
    """

    examples: tuple[Example, ...]
    points: bool = False

    @property
    def agreement(self) -> Agreement:
        """What says how well candidates agree with objects."""
        return point_agreement if self.points else mask_agreement

    def level(self, example: Example, model: Segmenter) -> int:
        """On which objects like those of an image are looked for."""
        return answered_level(example, model) if self.points else usual_level(example, model)


def images(source: str, only: str | None, split: str) -> Images:
    """Read a data set.

    Args:
        source: as for :func:`training.benchmark.datasets.load`, or a folder of GeoTIFFs with points of the
            same names (``.geojson``).
        split: ``train`` is for choosing, ``test`` for reporting; generated scenes are all for reporting.

    Raises:
        ConfigError: it is none of these, or has no object of that class.
    """
    if source.startswith(GENERATED):
        return Images(tuple(one_kind(source.removeprefix(GENERATED))))
    folder = Path(source)
    if folder.is_dir() and any(folder.glob("*.geojson")):
        return Images(tuple(pointed(folder))[split == "test" :: 2], points=True)
    return Images(getattr(load(source, only=only), split))


def one_kind(domain: str) -> Iterator[Example]:
    """Generated scenes, with the objects of the class that is most frequent in each."""
    if domain not in scenes.DOMAINS:
        raise ConfigError(f"no generated domain '{domain}'; choose one of {', '.join(scenes.DOMAINS)}")
    for number in range(GENERATED_IMAGES):
        scene = scenes.generate(np.random.default_rng(GENERATED_SEED + number), GENERATED_SIZE, domain=domain)
        areas = np.bincount(scene.instances.ravel(), minlength=len(scene.classes) + 1)
        name = Counter(scene.classes).most_common(1)[0][0]
        kept = [n for n, own in enumerate(scene.classes, 1) if own == name and areas[n] >= LEAST_AREA]
        if len(kept) >= LEAST_OBJECTS:
            yield Example(f"{domain}-{number}", scene.image, Patch.of_instances(scene.instances, kept))


def pointed(folder: Path) -> Iterator[Example]:
    """Images whose objects are a pixel each, where their points lie; ConfigError if one cannot be read."""
    for path in sorted(folder.glob("*.geojson")):
        try:
            with rasterio.open(path.with_suffix(".tif")) as raster:
                image = np.moveaxis(raster.read([1, 2, 3]), 0, -1)
                grid = RasterGrid(raster.width, raster.height, raster.transform, raster.crs)
            points = gpd.read_file(path).to_crs(grid.crs)
        except (RasterioError, IndexError, DataSourceError) as error:
            raise ConfigError(f"{path}: no points with a GeoTIFF of that name beside it ({error})") from error
        xy = grid.to_pixel(np.column_stack([points.geometry.x, points.geometry.y]))
        cells = np.floor(xy[grid.contains(xy)]).astype(int)
        if len(cells):
            pixel = np.ones((1, 1), bool)
            yield Example(path.stem, image, tuple(Patch(int(x), int(y), pixel) for x, y in cells))


def answered_level(example: Example, model: Segmenter) -> int:
    """The level for objects of the size that the model answers at the points."""
    reader, config = ArrayReader(example.image), SegmentConfig(model=model.name)
    prompts = [
        Prompt(number, np.array([[patch.x + 0.5, patch.y + 0.5]]), np.ones(1, np.int64))
        for number, patch in enumerate(example.objects, 1)
    ]
    jobs = plan_jobs(prompts, reader.grid, model.image_size, config.tiles)
    areas = [found.geometry.area for found in run_jobs(jobs, reader, model, config)]
    return level_for(float(np.sqrt(np.median(areas or [0.0]))), model.image_size, config.tiles)


def point_agreement(candidates: Sequence[Candidate], example: Example) -> np.ndarray:
    """(n, m) 0 for a point that a candidate does not hold; else 0.5 to 1, the nearer to its middle.

    So a find hits one object, the nearest to its middle, and no other that it holds besides.
    """
    places = np.array([[patch.x + 0.5, patch.y + 0.5] for patch in example.objects])
    found = np.zeros((len(candidates), len(places)))
    for row, one in enumerate(candidates):
        low, high = one.box[:2], one.box[2:]
        for number in np.flatnonzero(((places >= low) & (places < high)).all(axis=1)):
            if one.holds(places[number]):
                away = np.abs(places[number] - (low + high) / 2) / np.maximum(high - low, 1)
                found[row, number] = 1 - away.max()
    return found
