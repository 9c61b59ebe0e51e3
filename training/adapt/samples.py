"""Tiles to adapt on: pixels, the clicks of the objects they own, and, only for comparison, true masks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from engine.config import RefineConfig
from engine.grid import Tile, plan
from engine.reading.points import Prompt
from engine.stages.pipeline import Job, Reader, on_tile
from engine.stages.predict import TilePrompt
from training.patch import Patch

CHUNK = 50
"""Most objects that one step learns from; a tile that owns more is visited once per chunk."""
OVERLAP = 0.25
"""Share of its side that a tile has in common with the next."""
BATCH = RefineConfig.batch
"""Prompts decoded at once, as the engine does."""
FINE = 4
"""Samples a side in which a mask cell's covered share is counted."""


@dataclass(frozen=True)
class SizePrior:
    """The usual size of a kind.

    Attributes:
        log_area: logarithm of the median area in raster pixels.
        spread: median distance from it, in the same measure.
    """

    log_area: float
    spread: float


@dataclass(frozen=True, eq=False)
class Sample:
    """One tile and what was clicked on it.

    Attributes:
        image: (S, S, 3) uint8 RGB, 0 where there is no data.
        valid: (S, S) bool, where there is data.
        prompts: clicks of K objects in tile pixels; the first ``own`` are learned from, the others are
            neighbours that refine takes into account.
        own: how many that are.
        truth: (own, m, m) float32 share of each mask cell that the true object covers; None if unknown,
            as it is for a user's points.
        size_priors: for each prompt the usual size of its kind, where that is known; empty if nobody asked.
        pixel: raster pixels per tile pixel.
    """

    image: np.ndarray
    valid: np.ndarray
    prompts: tuple[TilePrompt, ...]
    own: int
    truth: np.ndarray | None = None
    size_priors: tuple[SizePrior | None, ...] = ()
    pixel: float = 1.0


@dataclass(frozen=True, eq=False)
class TrainingTile:
    """Where a sample comes from, to be read when it is its turn.

    Attributes:
        truth: the true objects of the job's own prompts, in their order; None if unknown.
        size_priors: for each prompt of the job, context included, the usual size of its kind.
    """

    reader: Reader
    job: Job
    truth: tuple[Patch, ...] | None = None
    size_priors: tuple[SizePrior | None, ...] = ()

    def read(self, mask_size: int) -> Sample:
        """Read the tile's pixels; RasterError if the file cannot be read any more."""
        tile = self.job.tile
        image, valid = self.reader.read(tile)
        prompts = tuple(on_tile(prompt, tile) for prompt in (*self.job.own, *self.job.context))
        image = np.where(valid[..., None], image, np.uint8(0))
        truth = None
        if self.truth is not None:
            truth = np.stack([covered_share(patch, tile, mask_size) for patch in self.truth])
        return Sample(image, valid, prompts, len(self.job.own), truth, self.size_priors, tile.scale)


def tiles_of(
    reader: Reader, jobs: Iterable[Job], objects: Sequence[Patch] | None = None
) -> Iterator[TrainingTile]:
    """One training tile for each :data:`CHUNK` of prompts of each job.

    Of an object that is wider than a tile, the clicks on this tile count; one without a positive click on it
    is left out.

    Args:
        objects: the true object of the prompt with id k at index k - 1; only comparators know it.
    """
    for job in jobs:
        mine, near = (tuple(_shown(prompts, job.tile)) for prompts in (job.own, job.context))
        for start in range(0, len(mine), CHUNK):
            own = mine[start : start + CHUNK]
            others = (*mine[:start], *mine[start + CHUNK :], *near)
            truth = None if objects is None else tuple(objects[p.prompt_id - 1] for p in own)
            yield TrainingTile(reader, replace(job, own=own, context=others), truth)


def _shown(prompts: Iterable[Prompt], tile: Tile) -> Iterator[Prompt]:
    """The prompts with their clicks on the tile alone, and none without a positive one there."""
    for prompt in prompts:
        xy = tile.to_tile(prompt.xy)
        on = ((xy >= 0) & (xy < tile.size)).all(axis=1)
        if (prompt.labels[on] == 1).any():
            yield prompt if on.all() else replace(prompt, xy=prompt.xy[on], labels=prompt.labels[on])


def whole_image(
    shape: tuple[int, int], prompts: Sequence[Prompt], image_size: int, side: int | None = None
) -> list[Job]:
    """An image at the scale of protocol B, which shows it with its longest side as ``image_size``.

    Args:
        shape: height and width.
        side: of the tiles it is cut into, in pixels after scaling; None makes it one tile.
    """
    height, width = shape
    span = max(height, width)
    if side is None or side >= image_size:
        return [
            Job(Tile(0, 0, 0, (width - span) // 2, (height - span) // 2, span, image_size), tuple(prompts))
        ]
    part = round(span * side / image_size)
    jobs = []
    for tile, rows in plan(np.stack([prompt.anchor for prompt in prompts]), 0, part, OVERLAP):
        x, y = (min(max(at, 0), max(end - part, 0)) for at, end in ((tile.x, width), (tile.y, height)))
        jobs.append(Job(replace(tile, x=x, y=y, size=side), tuple(prompts[row] for row in rows)))
    return jobs


def covered_share(patch: Patch, tile: Tile, side: int) -> np.ndarray:
    """(side, side) float32 share of each cell of a grid over ``tile`` that a mask in raster pixels covers."""
    centres = (np.arange(side * FINE) + 0.5) * tile.span / (side * FINE)
    columns = np.floor(centres + tile.x).astype(np.int32) - patch.x
    rows = np.floor(centres + tile.y).astype(np.int32) - patch.y
    drawn = np.zeros((side * FINE, side * FINE), np.float32)
    height, width = patch.mask.shape
    on_x, on_y = (columns >= 0) & (columns < width), (rows >= 0) & (rows < height)
    drawn[np.ix_(on_y, on_x)] = patch.mask[np.ix_(rows[on_y], columns[on_x])]
    return drawn.reshape(side, FINE, side, FINE).mean(axis=(1, 3))
