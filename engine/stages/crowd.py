"""Prompts that share a tile: which lie near its own, and how many one tile has room for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np
from scipy.spatial import cKDTree

from engine.errors import PointsError
from engine.grid import RasterGrid, Tile
from engine.messages import message

if TYPE_CHECKING:
    from engine.reading.points import Prompt

MOST_MASK_PIXELS = 1 << 31
"""Objects on one tile times its pixels: 8192 for a tile of 512 pixels, about 3.5 GiB of masks."""


class Crowd(Protocol):
    """What is asked of a job (:class:`engine.stages.pipeline.Job`)."""

    @property
    def tile(self) -> Tile:
        """Its window."""

    @property
    def own(self) -> tuple[Prompt, ...]:
        """Prompts that the tile owns."""

    @property
    def context(self) -> tuple[Prompt, ...]:
        """Others that lie near."""


def near(anchors: np.ndarray, rows: np.ndarray, tree: cKDTree, tile: Tile, reach: float) -> list[int]:
    """Prompts that a tile does not own, but that lie near one that it owns.

    Args:
        anchors: (n, 2) raster pixels of all prompts, which ``tree`` holds.
        rows: those that the tile owns, all within it.
        reach: how near along either axis, in raster pixels.
    """
    middle = (tile.x + tile.span / 2, tile.y + tile.span / 2)
    around = np.array(tree.query_ball_point(middle, tile.span / 2 + reach, p=np.inf), dtype=np.int64)
    others = np.setdiff1d(around, rows)
    if not len(others):
        return []
    distances, _ = cKDTree(anchors[rows]).query(anchors[others], p=np.inf)
    found: list[int] = others[distances <= reach].tolist()
    return found


class Crowds(Protocol):
    """What is asked of all jobs (:class:`engine.stages.plan.Plan`)."""

    def __getitem__(self, index: int, /) -> Crowd:
        """One of them."""

    def most_prompts(self) -> np.ndarray:
        """(k,) at least as many prompts as each job has."""


def check_crowds(jobs: Crowds, image_size: int, grid: RasterGrid) -> None:
    """Refuse more objects on one tile than its masks have memory for; PointsError names the place."""
    most = MOST_MASK_PIXELS // image_size**2
    for number in np.flatnonzero(jobs.most_prompts() > most).tolist():
        job = jobs[number]
        count = len(job.own) + len(job.context)
        if count > most:
            x, y = (f"{value:.10g}" for value in grid.to_world(job.own[0].anchor[None])[0])
            span = f"{job.tile.span:g}"
            raise PointsError(message("crowd", count=count, span=span, x=x, y=y, most=most))
