"""All objects of a layer worked through, in parts of those that may concern each other.

Overlaps, common borders and gaps concern neighbours alone: groups of objects whose bounds are near to each
other, in chains, are independent, and what becomes of one group does not depend on which others share its
part. That nothing reached beyond its part is checked afterwards; parts that met are worked through again as
one. Parts take turns on the processor's threads: GEOS works on whole arrays, and lets go of the interpreter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from engine.config import PolygonConfig
from engine.grid import RasterGrid
from engine.reading.prompt_arrays import PromptArrays
from engine.stages.found import Found
from engine.stages.groups import groups, joined, near_pairs, packed
from engine.stages.part import Part, Shaped, nearest_apart, reach_of_snapping, shaped
from engine.threads import at_hand, in_order
from engine.writing.geometry_store import GeometryStore

PART = 1000
"""Objects that are worked through together, unless more of them are one group."""


@dataclass(frozen=True, eq=False)
class Assembled:
    """What became of n objects; see :class:`engine.stages.part.Shaped`.

    Attributes:
        numbers: (n,) of their polygons, in world coordinates, in the store.
    """

    numbers: NDArray[np.int64]
    measures: NDArray[np.float64]
    nothing: NDArray[np.bool_]
    small: NDArray[np.bool_]
    empty: NDArray[np.bool_]
    kept: NDArray[np.bool_]
    sharing: NDArray[np.bool_]
    reach: NDArray[np.float64]

    @classmethod
    def of(cls, count: int) -> Assembled:
        """Room for that many."""
        nothing, small, empty, kept, sharing = np.zeros((5, count), dtype=bool)
        numbers, reach = np.full(count, -1), np.full((count, 4), np.nan)
        return cls(numbers, np.zeros((count, 2)), nothing, small, empty, kept, sharing, reach)


class Assembly:
    """The objects of one layer, and the steps that make them its polygons."""

    def __init__(
        self,
        found: Found,
        prompts: PromptArrays,
        rows: NDArray[np.int64],
        grid: RasterGrid,
        options: PolygonConfig,
        stores: tuple[GeometryStore, GeometryStore],
    ) -> None:
        """
        Args:
            found: (n,) segments, see :mod:`engine.stages.found`.
            prompts: of the whole layer.
            rows: (n,) the prompt of each segment, ascending.
            stores: the one that has the outlines, and the one that gets the polygons.
        """
        self._found, self._grid, self._options = found, grid, options
        self._outlines, self._polygons = stores
        places = np.full(len(prompts.ids), -1)
        places[rows] = np.arange(len(rows))
        clicks, owner = prompts.positives()
        mine = places[owner] >= 0
        self._clicks, self._owner = clicks[mine], places[owner[mine]]
        self._starts = np.searchsorted(self._owner, np.arange(len(found) + 1))

    def whole(self, neighbours: Sequence[BaseGeometry] = ()) -> Assembled:
        """All in one part; ``neighbours`` as for :func:`engine.stages.part.shaped`."""
        result = Assembled.of(len(self._found))
        rows = np.arange(len(self._found))
        self._keep(shaped(self._part(rows), self._grid, self._options, neighbours), rows, result)
        return result

    def in_parts(self, most: int = PART) -> Assembled:
        """In parts of about ``most`` objects; the same to the bit."""
        result = Assembled.of(len(self._found))
        unit = np.zeros(len(self._found), dtype=np.int64)
        todo = packed(self._groups(), np.argsort(np.argsort(self._found["number"])), most)
        count = 0
        while todo:
            parts = (self._part(rows) for rows in todo)
            shapes = in_order(self._shaped, parts, min(at_hand(), len(todo)))
            for rows, done in zip(todo, shapes, strict=True):
                self._keep(done, rows, result)
                unit[rows] = count
                count += 1
            todo = self._met(unit, count, result)
        return result

    def _groups(self) -> NDArray[np.int64]:
        """The group of each object: by its outline as found, and by clicks that lie elsewhere."""
        bounds = self._found["bounds"]
        its = bounds[self._owner]
        inside = (self._clicks >= its[:, :2]).all(axis=1) & (self._clicks <= its[:, 2:]).all(axis=1)
        astray = np.concatenate([self._clicks[~inside], self._clicks[~inside]], axis=1)
        owners = np.concatenate([np.arange(len(bounds)), self._owner[~inside]])
        return groups(np.concatenate([bounds, astray]), nearest_apart(self._options), owners, len(bounds))

    def _shaped(self, part: Part) -> Shaped:
        return shaped(part, self._grid, self._options)

    def _keep(self, done: Shaped, rows: NDArray[np.int64], result: Assembled) -> None:
        """Put what became of some objects, (k,) ascending, into the result."""
        result.numbers[rows] = self._polygons.add(done.shapes)
        result.empty[rows] = [shape.is_empty for shape in done.shapes]
        for name in ("measures", "nothing", "small", "kept", "sharing", "reach"):
            getattr(result, name)[rows] = getattr(done, name)

    def _part(self, rows: NDArray[np.int64]) -> Part:
        counts = self._starts[rows + 1] - self._starts[rows]
        owner = np.repeat(np.arange(len(rows)), counts)
        within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        clicks = self._clicks[self._starts[rows][owner] + within]
        its = self._found[rows]
        return Part(self._outlines.read(its["number"]), its["priority"].copy(), clicks, owner)

    def _met(self, unit: NDArray[np.int64], count: int, result: Assembled) -> list[NDArray[np.int64]]:
        """The rows of parts that reached each other, joined to larger parts."""
        links = [np.zeros((2, 0), dtype=np.int32)]
        for pair in near_pairs(result.reach, reach_of_snapping(self._options)):
            units = unit[pair]
            links.append(units[:, units[0] != units[1]].astype(np.int32))
        met = np.concatenate(links, axis=1)
        labels = joined(met, count)[unit]
        again = np.isin(unit, np.unique(met))
        return [np.flatnonzero(again & (labels == label)) for label in np.unique(labels[again])]
