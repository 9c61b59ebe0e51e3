"""The tiles of a raster that prompts need, with the prompts of each, as a few arrays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from engine.config import TileConfig
from engine.grid import RasterGrid, Tile, owner, span_at, stride_at
from engine.reading.prompt_arrays import PromptArrays
from engine.reading.prompts import Prompt
from engine.stages.crowd import near

CONTEXT_SHARE = 1 / 8
"""Prompts within this share of a tile's side of an owned one are decoded too, to suppress overlaps."""


@dataclass(frozen=True, eq=False)
class Job:
    """One tile, the prompts it owns, and the neighbours' prompts it must know of."""

    tile: Tile
    own: tuple[Prompt, ...]
    context: tuple[Prompt, ...] = ()


class Plan(Sequence[Job]):
    """Jobs at native resolution, in row-major order, each of them made when it is asked for.

    As :func:`engine.stages.close_windows.lattice_windows` has them: tiles of the lattice, moved onto the
    raster as far as they fit, those at one place as one.

    Attributes:
        counts: (k,) prompts that each job owns.
    """

    def __init__(self, prompts: Sequence[Prompt], grid: RasterGrid, size: int, tiles: TileConfig) -> None:
        """
        Args:
            size: pixels a side of a tile.
        """
        self._prompts = prompts
        self._anchors = PromptArrays.of(prompts).anchors()
        self._size, self._span = size, span_at(0, size)
        lattice = owner(self._anchors, 0, size, tiles.overlap)
        most = np.maximum(np.array([grid.height, grid.width]) - self._span, 0)
        corners = np.clip(lattice * stride_at(0, size, tiles.overlap), 0, most)
        # Of tiles that come to lie on the same window, the first one of the lattice names it.
        order = np.lexsort([lattice[:, 1], lattice[:, 0], corners[:, 1], corners[:, 0]])
        new = np.ones(len(order), dtype=bool)
        new[1:] = (np.diff(corners[order], axis=0) != 0).any(axis=1)
        starts = np.flatnonzero(new)
        self._lattice, self._corners = lattice[order[starts]], corners[order[starts]]
        number = np.empty(len(order), dtype=np.int64)
        number[order] = np.cumsum(new) - 1
        self._rows = np.argsort(number, kind="stable")
        self._starts = np.append(starts, len(order))
        self.counts: NDArray[np.int64] = np.diff(self._starts)
        self._tree = cKDTree(self._anchors) if len(self._anchors) else None

    def __len__(self) -> int:
        return len(self.counts)

    @overload
    def __getitem__(self, index: int) -> Job: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Job]: ...
    def __getitem__(self, index: int | slice) -> Job | Sequence[Job]:
        if isinstance(index, slice):
            return tuple(self._job(number) for number in range(*index.indices(len(self))))
        return self._job(range(len(self))[index])

    def __iter__(self) -> Iterator[Job]:
        return map(self._job, range(len(self)))

    def most_prompts(self) -> NDArray[np.int64]:
        """(k,) at least as many prompts as each job has, its own and its context."""
        if self._tree is None:
            return self.counts
        middles = self._corners[:, ::-1] + self._span / 2
        reach = self._span * (0.5 + CONTEXT_SHARE)
        return np.asarray(self._tree.query_ball_point(middles, reach, p=np.inf, return_length=True))

    def numbered(self, numbers: NDArray[np.int64]) -> NumberedJobs:
        """Some of the jobs, each with its number."""
        return NumberedJobs(self, numbers)

    def _job(self, number: int) -> Job:
        rows = self._rows[self._starts[number] : self._starts[number + 1]]
        (y, x), (row, col) = self._corners[number].tolist(), self._lattice[number].tolist()
        tile = Tile(0, row, col, x, y, self._span, self._size)
        context = near(self._anchors, rows, self._tree, tile, tile.span * CONTEXT_SHARE)
        own, others = (tuple(self._prompts[row] for row in some) for some in (rows.tolist(), context))
        return Job(tile, own, others)


class NumberedJobs(Sequence[tuple[int, Job]]):
    """Jobs of a plan with their numbers there."""

    def __init__(self, plan: Plan, numbers: NDArray[np.int64]) -> None:
        self._plan, self._numbers = plan, numbers

    def __len__(self) -> int:
        return len(self._numbers)

    @overload
    def __getitem__(self, index: int) -> tuple[int, Job]: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[tuple[int, Job]]: ...
    def __getitem__(self, index: int | slice) -> tuple[int, Job] | Sequence[tuple[int, Job]]:
        if isinstance(index, slice):
            return NumberedJobs(self._plan, self._numbers[index])
        number = int(self._numbers[index])
        return number, self._plan[number]
