"""Whether polygons suffer where tiles meet: objects on the lines between tiles, beside those on others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import rasterio
import shapely
from numpy.typing import NDArray
from rasterio.windows import Window

from benchmarks.table import rounded
from engine.config import TileConfig
from engine.grid import stride_at

TILE = 512
"""Side of a tile of the embedded model."""
STRIDE = stride_at(0, TILE, TileConfig().overlap)
MIDDLE, SEAM = TILE / 2, TILE / 2 + STRIDE / 2
"""Where the first line through the middles of tiles lies, and the first between the tiles that own clicks."""
HALF, TENTH, QUARTER = 0.5, 0.1, 0.25
SIDE_SHARE = 0.15
"""A line that leaves less than this of an object on one side does not count as going through it."""
CROP, ENLARGED = 384, 2
TRUE, FOUND, LINE = (0, 255, 255), (255, 220, 0), (255, 40, 40)
"""Colours, RGB."""
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Agreement:
    """Polygons that answer objects, and the true outlines, (N,) each, in raster pixels."""

    found: np.ndarray
    true: np.ndarray

    @cached_property
    def iou(self) -> np.ndarray:
        """(N,) of each polygon with its object."""
        shared = shapely.area(shapely.intersection(self.found, self.true))
        return np.asarray(shared / (shapely.area(self.found) + shapely.area(self.true) - shared))

    @cached_property
    def doubled(self) -> Bools:
        """(N,) whether two polygons each hold a quarter of an object."""
        rows, others = shapely.STRtree(self.found).query(self.true, predicate="intersects")
        shares = shapely.area(shapely.intersection(self.true[rows], self.found[others]))
        held = rows[shares >= QUARTER * shapely.area(self.true[rows])]
        return np.asarray(np.bincount(held, minlength=len(self.true)) > 1)

    def crossed(self, first: float) -> Bools:
        """(N,) whether a line at ``first + k * STRIDE``, along either axis, goes through an object."""
        return np.asarray((self._sides(first, 0)[2]) | (self._sides(first, 1)[2]))

    def cut(self, first: float) -> Bools:
        """(N,) whether a polygon ends at such a line, and its object does not."""
        found = np.zeros(len(self.true), bool)
        for axis in (0, 1):
            low, high, crossed = self._sides(first, axis)
            found |= crossed & (np.maximum(low, high) >= HALF) & (np.minimum(low, high) < TENTH)
        return found

    def _sides(self, first: float, axis: int) -> tuple[np.ndarray, np.ndarray, Bools]:
        """Share of the object that its polygon holds on both sides of a line, and whether there is a line."""
        bounds = shapely.bounds(self.true)
        line = first + STRIDE * np.ceil((bounds[:, axis] - first) / STRIDE)
        below, above = bounds.copy(), bounds.copy()
        below[:, 2 + axis] = np.minimum(line, bounds[:, 2 + axis])
        above[:, axis] = np.minimum(line, bounds[:, 2 + axis])
        both = shapely.intersection(self.found, self.true)
        shares, crossed = [], np.ones(len(line), bool)
        for side in (below, above):
            box = shapely.box(*side.T)
            whole = shapely.area(shapely.intersection(self.true, box))
            crossed &= whole >= SIDE_SHARE * shapely.area(self.true)
            shares.append(shapely.area(shapely.intersection(both, box)) / np.maximum(whole, 1e-9))
        return shares[0], shares[1], crossed

    def rows(self) -> list[Mapping[str, Any]]:
        """A row for objects on seams, on middles, on both, on neither."""
        seam, middle = self.crossed(SEAM), self.crossed(MIDDLE)
        groups = {
            "on a seam": (seam & ~middle, SEAM),
            "on a middle": (middle & ~seam, MIDDLE),
            "on both": (seam & middle, SEAM),
            "on neither": (~seam & ~middle, None),
            "all": (np.ones(len(seam), bool), None),
        }
        return [self._row(name, *group) for name, group in groups.items() if group[0].any()]

    def _row(self, name: str, chosen: Bools, line: float | None) -> Mapping[str, Any]:
        iou = self.iou[chosen]
        return {
            "objects": name,
            "count": int(chosen.sum()),
            "no polygon": int(shapely.is_empty(self.found[chosen]).sum()),
            "mean IoU": rounded(float(iou.mean())),
            "IoU >= 0.5": rounded(float((iou >= HALF).mean())),
            "cut": None if line is None else int(self.cut(line)[chosen].sum()),
            "doubled": int(self.doubled[chosen].sum()),
        }


def draw(raster: Path, agreement: Agreement, folder: Path, rng: np.random.Generator, count: int) -> None:
    """PNGs of objects on seams, those that are cut first: the seams, the polygons, the true outlines."""
    folder.mkdir(parents=True, exist_ok=True)
    seam, cut = agreement.crossed(SEAM), agreement.cut(SEAM)
    order = rng.permutation(np.flatnonzero(seam))
    chosen = np.concatenate([order[cut[order]][: count // 2], order[~cut[order]]])[:count]
    trees = shapely.STRtree(agreement.found), shapely.STRtree(agreement.true)
    with rasterio.open(raster) as file:
        for number, row in enumerate(chosen.tolist()):
            x, y = shapely.get_coordinates(shapely.centroid(agreement.true[row]))[0]
            left, top = (int(min(max(v - CROP / 2, 0), file.width - CROP)) for v in (x, y))
            image = np.moveaxis(file.read(window=Window(left, top, CROP, CROP)), 0, -1)
            picture = _drawn(image, left, top, agreement, trees)
            name = f"{number:02d}_{'cut' if cut[row] else 'whole'}_{left}_{top}.png"
            cv2.imwrite(str(folder / name), cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))


def _drawn(
    image: np.ndarray,
    left: int,
    top: int,
    agreement: Agreement,
    trees: tuple[shapely.STRtree, shapely.STRtree],
) -> np.ndarray:
    """The crop, enlarged, with seams, polygons and true outlines."""
    picture = np.ascontiguousarray(
        cv2.resize(image, None, fx=ENLARGED, fy=ENLARGED, interpolation=cv2.INTER_NEAREST)
    )
    here = shapely.box(left, top, left + CROP, top + CROP)
    for axis, start in ((0, left), (1, top)):
        for line in np.arange(SEAM + STRIDE * np.ceil((start - SEAM) / STRIDE), start + CROP, STRIDE):
            place = round((line - start) * ENLARGED)
            (picture[:, place] if axis == 0 else picture[place])[:] = LINE
    for tree, shapes, colour in ((trees[1], agreement.true, TRUE), (trees[0], agreement.found, FOUND)):
        for shape in shapes[tree.query(here, predicate="intersects")]:
            for part in shapely.get_parts(shape):
                ring = (shapely.get_coordinates(part.exterior) - (left, top)) * ENLARGED
                cv2.polylines(picture, [ring.round().astype(np.int32)], True, colour, 1, cv2.LINE_AA)
    return picture
