"""Where to ask without clicks: a lattice of points, and every whole mask that the model answers there.

A job is one tile with the lattice points that it owns. Its candidates depend on the job alone, so jobs may
run anywhere, any number of times. What of them is worth keeping is decided by whoever asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from scipy import ndimage

from engine.boxes import window_of
from engine.config import TileConfig
from engine.grid import RasterGrid, Tile, span_at
from engine.metrics import pairwise_mask_iou
from engine.models.base import PartAnswers
from engine.models.class_adapters import NO_CLASS, answering_for
from engine.stages.close_windows import cuts, lattice_windows
from engine.stages.outlines import mask_invalid
from engine.stages.pipeline import Reader
from engine.stages.predict import TilePrompt, to_batch
from engine.stages.refine import clicked_component, stability

if TYPE_CHECKING:
    from engine.models.base import Decoded, Embedding, PromptBatch, Segmenter

MAPS = 3
"""How many maps of an embedding describe a mask: the image embedding, and up to two finer ones."""
SAME_IOU = 0.9
"""Of two masks of a tile that agree more than this, the one of the lower predicted IoU goes."""
SPACING_SHARE = 1 / 16
"""Of a tile's side, from one lattice point to the next."""
BEST_SHARE = 1 / 9
"""Of a tile's side, that objects should measure: smaller ones are outlined roughly, larger ones cut."""
FINEST_LEVEL = -1
"""A level finer costs four times as much."""
MIN_CELLS = 6
"""Masks of fewer cells are specks."""
MIN_STABILITY = 0.3
LARGEST_SHARE = 0.5
"""Masks that cover more of their tile are ground."""
POOLED = 64
"""Masks that are described together, which bounds memory."""


@dataclass(frozen=True, eq=False)
class LatticeJob:
    """One tile, and the (n, 2) lattice points, in raster pixels, that it owns.

    Attributes:
        large: whether masks of more than about half the tile's side are wanted, where a model can do without
            (:class:`engine.models.base.PartAnswers`).
    """

    tile: Tile
    xy: np.ndarray
    large: bool = True


@dataclass(frozen=True, eq=False)
class Candidate:
    """A whole mask that may be an object.

    Attributes:
        xy: (2,) the point that was asked at, raster pixels.
        corner: (2,) x, y of the mask's first cell, raster pixels.
        cell: raster pixels per side of a cell.
        mask: (h, w) bool, cut to its bounding box.
        score: predicted IoU, as the model says it.
        stability: IoU of the masks at logits +1 and -1.
        features: (F,) float32, see :func:`describe`.
        cut: whether it ends at a side of its tile behind which the raster goes on.
    """

    xy: np.ndarray
    corner: np.ndarray
    cell: float
    mask: np.ndarray
    score: float
    stability: float
    features: np.ndarray
    cut: bool

    @property
    def area(self) -> float:
        """Raster pixels, squared."""
        return float(self.mask.sum()) * self.cell**2

    @property
    def box(self) -> np.ndarray:
        """(4,) x0, y0, x1, y1 in raster pixels."""
        return np.concatenate([self.corner, self.corner + np.array(self.mask.shape[::-1]) * self.cell])

    def holds(self, xy: np.ndarray) -> bool:
        """Whether (2,) x, y in raster pixels lies in the mask."""
        column, row = np.floor((xy - self.corner) / self.cell).astype(int)
        height, width = self.mask.shape
        return bool(0 <= column < width and 0 <= row < height and self.mask[row, column])

    def row(self) -> dict[str, Any]:
        """Plain values, as shards keep them."""
        return {
            "geometry": shapely.box(*self.box),
            "x": float(self.xy[0]),
            "y": float(self.xy[1]),
            "cell": self.cell,
            "height": self.mask.shape[0],
            "width": self.mask.shape[1],
            "mask": np.packbits(self.mask).tobytes(),
            "score": self.score,
            "stability": self.stability,
            "features": self.features.astype("<f2").tobytes(),
            "cut": self.cut,
        }

    @classmethod
    def of_row(cls, row: dict[str, Any]) -> Candidate:
        """What :meth:`row` gave."""
        shape = int(row["height"]), int(row["width"])
        bits = np.unpackbits(np.frombuffer(row["mask"], np.uint8), count=shape[0] * shape[1])
        return cls(
            np.array([row["x"], row["y"]]),
            np.array(row["geometry"].bounds[:2]),
            row["cell"],
            bits.reshape(shape).astype(bool),
            row["score"],
            row["stability"],
            np.frombuffer(row["features"], "<f2").astype(np.float32),
            row["cut"],
        )


def lattice_jobs(
    grid: RasterGrid,
    image_size: int,
    tiles: TileConfig,
    level: int,
    *,
    area: shapely.Geometry | None = None,
    clicks: np.ndarray | None = None,
    large: bool = True,
) -> list[LatticeJob]:
    """The tiles of a level with the lattice points they own, in row-major order.

    The lattice is anchored at the raster's origin, so that a part of a raster gets the points of the whole.

    Args:
        area: where to ask, in raster pixels; None asks everywhere.
        clicks: (n, 2) raster pixels of places to ask at besides.
        large: as :class:`LatticeJob` has it.
    """
    spacing = span_at(level, image_size) * SPACING_SHARE
    found = []
    for rows in (*_bands(grid, spacing, area), *([] if clicks is None else [clicks])):
        owned = lattice_windows(rows, level, image_size, tiles, grid) if len(rows) else ()
        found += [LatticeJob(tile, rows[chosen], large) for tile, chosen in owned]
    return _joined(found)


def level_for(side: float, image_size: int, tiles: TileConfig) -> int:
    """The level at which objects of ``side`` raster pixels come nearest to :data:`BEST_SHARE` of a tile."""
    level = round(float(np.log2(max(side, 1.0) / (image_size * BEST_SHARE))))
    return int(np.clip(level, max(tiles.min_level, FINEST_LEVEL), tiles.max_level))


def _bands(grid: RasterGrid, spacing: float, area: shapely.Geometry | None) -> Iterator[np.ndarray]:
    """(n, 2) points of the lattice, a thousand rows at a time."""
    bounds = (0.0, 0.0, float(grid.width), float(grid.height)) if area is None else area.bounds
    low = np.maximum(np.floor(np.array(bounds[:2]) / spacing), 0)
    high = np.minimum(np.array(bounds[2:]), (grid.width, grid.height))
    xs, ys = ((np.arange(a, b / spacing + 1) + 0.5) * spacing for a, b in zip(low, high, strict=True))
    xs, ys = xs[xs < grid.width], ys[ys < grid.height]
    for start in range(0, len(ys), 1000):
        points = np.stack(np.meshgrid(xs, ys[start : start + 1000]), axis=-1).reshape(-1, 2)
        if area is not None:
            points = points[shapely.contains_xy(area, points)]
        if len(points):
            yield points


def _joined(jobs: Sequence[LatticeJob]) -> list[LatticeJob]:
    """The same jobs, one a tile."""
    by_tile: dict[tuple[float, float], list[LatticeJob]] = {}
    for job in jobs:
        by_tile.setdefault((job.tile.y, job.tile.x), []).append(job)
    return [
        replace(same[0], xy=np.concatenate([job.xy for job in same])) for _, same in sorted(by_tile.items())
    ]


def find_candidates(job: LatticeJob, reader: Reader, model: Segmenter, batch: int) -> list[Candidate]:
    """Every different mask that the model answers at the job's points: all three of each.

    Of adapters for each class the one for objects without a class answers, or else the base: nobody has said
    what lies at the points.
    """
    with answering_for(model, NO_CLASS):
        return _found(job, reader, model, batch)


def _found(job: LatticeJob, reader: Reader, model: Segmenter, batch: int) -> list[Candidate]:
    image, valid = reader.read(job.tile)
    points = job.tile.to_tile(job.xy)
    column, row = points.astype(int).clip(0, job.tile.size - 1).T
    asked = valid[row, column]
    if not asked.any():
        return []
    embedding = model.encode(image)
    decode = model.decode_parts if isinstance(model, PartAnswers) and not job.large else model.decode
    answer = partial(decode, embedding)
    masks, scores, steady, owner = _masks(model, answer, points[asked], valid, batch)
    kept = _different(masks, scores)
    masks, scores, steady, owner = masks[kept], scores[kept], steady[kept], owner[kept]
    features = describe(embedding, masks)
    xy = job.xy[asked][owner]
    return [
        _candidate(job.tile, reader.grid, *parts)
        for parts in zip(xy, masks, scores, steady, features, strict=True)
    ]


def _masks(
    model: Segmenter,
    answer: Callable[[PromptBatch, bool], Decoded],
    points: np.ndarray,
    valid: np.ndarray,
    batch: int,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Masks (n, m, m) worth a look, their predicted IoU and stability (n,), and the point (n,) of each."""
    cells = model.mask_size / model.image_size
    found: list[tuple[np.ndarray, float, float, int]] = []
    for start in range(0, len(points), batch):
        some = points[start : start + batch]
        prompts = to_batch([TilePrompt(xy[None], np.ones(1, np.int64)) for xy in some])
        answers = [answer(prompts, multimask) for multimask in _asked(model)]
        scores = np.concatenate([one.iou.float().cpu().numpy().clip(0, 1) for one in answers], axis=1)
        masks = np.concatenate([one.logits.float().cpu().numpy() for one in answers], axis=1)
        for row, logits in enumerate(masks):
            mask_invalid(logits, valid)
            steady = stability(logits)
            for number in np.flatnonzero(_plausible(logits, steady)):
                mask = clicked_component(logits[number] > 0, some[row][None] * cells)
                found.append((mask, float(scores[row, number]), float(steady[number]), start + row))
    if not found:
        none = np.zeros(0)
        return np.zeros((0, model.mask_size, model.mask_size), bool), none, none, none.astype(int)
    shapes, scores_of, steady_of, owner = zip(*found, strict=True)
    return np.stack(shapes), np.array(scores_of), np.array(steady_of), np.array(owner)


def _asked(model: Segmenter) -> tuple[bool, ...]:
    """Whether three masks are asked for, or one: an adapted model learned the single one."""
    return (True, False) if model.adapted else (True,)


def _plausible(logits: np.ndarray, steady: np.ndarray) -> np.ndarray:
    """(M,) whether logits (M, m, m) may show an object."""
    cells = (logits > 0).sum(axis=(1, 2))
    share = cells / (logits.shape[-1] * logits.shape[-2])
    return np.asarray((cells >= MIN_CELLS) & (share <= LARGEST_SHARE) & (steady >= MIN_STABILITY))


def _different(masks: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Indices of masks (n, m, m) without those that agree with one of a higher predicted IoU."""
    if not len(masks):
        return np.zeros(0, int)
    alike = pairwise_mask_iou(masks) > SAME_IOU
    taken = np.zeros(len(masks), bool)
    kept = []
    for row in np.argsort(-scores, kind="stable"):
        if not taken[row]:
            kept.append(row)
            taken |= alike[row]
    return np.array(sorted(kept))


def _candidate(
    tile: Tile,
    grid: RasterGrid,
    xy: np.ndarray,
    mask: np.ndarray,
    score: float,
    steady: float,
    features: np.ndarray,
) -> Candidate:
    window = window_of(mask)
    if window is None:
        raise ValueError("an empty mask is no candidate")
    rows, columns = window
    cell = tile.span / mask.shape[-1]
    corner = np.array([tile.x + columns.start * cell, tile.y + rows.start * cell])
    near = tile.size / mask.shape[-1]
    box = near * np.array([columns.start, rows.start, columns.stop, rows.stop])
    cut = cuts(tile, box, near, grid)
    return Candidate(xy, corner, cell, mask[window].copy(), float(score), float(steady), features, cut)


def describe(embedding: Embedding, masks: np.ndarray) -> np.ndarray:
    """(K, F) float32 what the encoder sees of masks (K, m, m): of each of up to three maps the mean inside.

    After it comes the mean in the ring around the mask, as wide as a cell of the coarsest map.
    """
    maps = [level[0].float().cpu().numpy() for level in (embedding.features, *embedding.high_res)[:MAPS]]
    reach = max(masks.shape[-1] // maps[0].shape[-1], 1)
    maps = [_no_finer(level, masks.shape[-1]) for level in maps]
    parts = []
    for start in range(0, len(masks), POOLED):
        some = masks[start : start + POOLED]
        rings = np.stack([_ring(mask, reach) for mask in some])
        parts.append(
            np.concatenate([_pooled(level, where) for level in maps for where in (some, rings)], axis=1)
        )
    width = 2 * sum(len(level) for level in maps)
    return np.concatenate(parts) if parts else np.zeros((0, width), np.float32)


def _ring(mask: np.ndarray, reach: int) -> np.ndarray:
    """The cells within ``reach`` of a mask (m, m), without its own; all others if there are none."""
    window = window_of(mask)
    if window is None:
        return np.ones_like(mask)
    around = tuple(slice(max(side.start - reach, 0), side.stop + reach) for side in window)
    away = ndimage.distance_transform_cdt(~mask[around], "chessboard")
    ring = np.zeros_like(mask)
    ring[around] = (away > 0) & (away <= reach)
    return ring if ring.any() else ~mask


def _no_finer(level: np.ndarray, side: int) -> np.ndarray:
    """(C, h, h) a map (C, w, w) whose cells are at least as large as those of a mask of ``side`` cells."""
    fine = max(level.shape[-1] // side, 1)
    if fine == 1:
        return level
    return np.asarray(level.reshape(len(level), side, fine, side, fine).mean(axis=(2, 4)))


def _pooled(level: np.ndarray, masks: np.ndarray) -> np.ndarray:
    """(K, C) mean of a map (C, h, h) inside masks (K, m, m), h at most m."""
    side = level.shape[-1]
    step = masks.shape[-1] // side
    shares = masks.reshape(len(masks), side, step, side, step).mean(axis=(2, 4), dtype=np.float32)
    weights = shares.reshape(len(masks), -1)
    total = weights @ level.reshape(len(level), -1).T
    return np.asarray(total / np.maximum(weights.sum(axis=1), 1e-6)[:, None], np.float32)
