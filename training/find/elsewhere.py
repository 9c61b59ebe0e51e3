"""Examples that lie on another raster than the one that is searched: they teach, and stand nowhere."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from engine.config import SegmentConfig
from engine.grid import span_at
from engine.models.base import Segmenter
from engine.reading.attributes import class_of
from engine.reading.points import PromptSet
from engine.reading.raster import RasterSource
from engine.segmentation import Request
from engine.stages.candidates import SPACING_SHARE, Candidate, LatticeJob, find_candidates
from engine.stages.close_windows import lattice_windows
from training.find.examples import Examples, by_class, clicks_of, read_examples, read_unwanted
from training.find.outlines import described
from training.find.ranking import Kind, hold_clicks

AROUND = np.array([(x, y) for y in (-1, 0, 1) for x in (-1, 0, 1)], float)
"""Where to ask at a click, in steps of the lattice: all masks there are what it may mean."""
Options = list[list[Candidate]]
"""Of each example the masks that it may mean."""


@dataclass(frozen=True)
class Layers:
    """What is shown of the wanted objects, beside the clicks.

    Attributes:
        polygons: outlines that stand, or an earlier output.
        negatives: points or polygons of what is no such object.
        shown_on: the raster of clicks and polygons; None if it is the one that is searched.
    """

    polygons: Path | None = None
    negatives: Path | None = None
    shown_on: Path | str | None = None


@dataclass(frozen=True, eq=False)
class Taught:
    """What a run learns from, and what stands on the raster that it searches.

    Attributes:
        raster: on which the examples lie.
        examples: of it.
        here: examples, and places of no such object, on the raster that is searched.
        scale: pixels of the searched raster on the side of one of ``raster``.
    """

    raster: RasterSource
    examples: Examples
    here: Examples
    scale: float

    @property
    def elsewhere(self) -> bool:
        """Whether the examples lie on another raster."""
        return self.examples is not self.here


def opened(path: Path | str, files: Request, config: SegmentConfig) -> RasterSource:
    """A raster, read as a run asks for."""
    return RasterSource.open(path, config.bands, config.stretch, files.assume_crs, files.allow_remote)


def taught(
    files: Request,
    layers: Layers,
    raster: RasterSource,
    config: SegmentConfig,
    stack: ExitStack,
) -> Taught:
    """Read the examples, on the raster that is searched or on their own; what is opened, ``stack`` closes.

    Raises:
        EngineError: a file cannot be used, or holds no example.
    """
    if layers.shown_on is None:
        found = read_examples(files, layers.polygons, layers.negatives, raster.grid, raster.valid_at)
        return Taught(raster, found, found, 1.0)
    other = stack.enter_context(opened(layers.shown_on, files, config))
    there = read_examples(files, layers.polygons, None, other.grid, other.valid_at)
    places, outlines, notes = read_unwanted(layers.negatives, raster.grid, files)
    nothing = PromptSet((), (), (), there.clicks.field_names)
    here = Examples(nothing, (), np.concatenate([np.zeros((0, 2)), *places]), tuple(outlines), notes)
    return Taught(other, there, here, other.grid.metres_per_pixel() / raster.grid.metres_per_pixel())


def options_elsewhere(
    known: Taught, levels: Mapping[str | None, int], model: Segmenter, config: SegmentConfig
) -> dict[str | None, Options]:
    """Of each class the masks that its examples may mean, sized as they would be on the searched raster.

    Args:
        levels: of each class, on the examples' own raster.
    """
    clicked = by_class(known.examples)
    found = {}
    for name, level in levels.items():
        shapes = [one.outline for one in known.examples.drawn if class_of(one.attributes) == name]
        drawn = described(shapes, level, known.raster, model, config.tiles)
        options = _at(clicks_of(clicked.get(name, [])), level, known.raster, model, config)
        options += [[one] for one in drawn if one is not None]
        found[name] = [[_scaled(one, known.scale) for one in some] for some in options]
    return found


def _at(
    clicks: np.ndarray, level: int, raster: RasterSource, model: Segmenter, config: SegmentConfig
) -> Options:
    """The masks that hold each of (n, 2) clicks; clicks without any are left out."""
    kind = Kind(None, level, clicks, [])
    spacing = span_at(level, model.image_size) * SPACING_SHARE
    for tile, rows in lattice_windows(clicks, level, model.image_size, config.tiles, raster.grid):
        places = (clicks[rows][:, None] + spacing * AROUND).reshape(-1, 2)
        job = LatticeJob(tile, places[raster.grid.contains(places)])
        found = find_candidates(job, raster, model, config.refine.batch)
        hold_clicks(kind, [one for one in found if not one.cut])
    return kind.examples()


def _scaled(one: Candidate, scale: float) -> Candidate:
    return replace(one, corner=one.corner * scale, cell=one.cell * scale)
