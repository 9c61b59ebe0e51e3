"""Segments of many tiles as arrays, their outlines in a store."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray

from engine.stages.polygons import shape_array

if TYPE_CHECKING:
    from engine.stages.pipeline import Segment
    from engine.writing.geometry_store import GeometryStore

_AT_ONCE = 2000
FOUND = np.dtype(
    [
        ("prompt_id", np.int64),
        ("number", np.int64),
        ("bounds", np.float64, 4),
        ("score", np.float64),
        ("priority", np.float64),
        ("stability", np.float64),
        ("entropy", np.float64),
        ("cut", np.bool_),
        ("rough", np.bool_),
        ("by_base", np.bool_),
    ]
)
"""What a layer says of a segment; the number of its outline in the store, and its bounds in raster pixels."""
Found = NDArray[np.void]


def gathered(segments: Iterable[Segment], store: GeometryStore) -> Found:
    """(n,) :data:`FOUND` of all segments, as they come; their outlines go to the store."""
    parts = [np.empty(0, dtype=FOUND)]
    waiting = iter(segments)
    while some := list(itertools.islice(waiting, _AT_ONCE)):
        shapes = shape_array([segment.geometry for segment in some])
        rows = np.empty(len(some), dtype=FOUND)
        rows["number"], rows["bounds"] = store.add(shapes), shapely.bounds(shapes).reshape(-1, 4)
        for name in set(FOUND.names or ()) - {"number", "bounds"}:
            rows[name] = [getattr(segment, name) for segment in some]
        parts.append(rows)
    return np.concatenate(parts)


def last_of(found: Found, ids: NDArray[np.int64]) -> tuple[NDArray[np.int64], Found]:
    """Of (n,) ids those that were found, by their place, and the last segment of each."""
    ordered = found[np.argsort(found["prompt_id"], kind="stable")]
    last = np.searchsorted(ordered["prompt_id"], ids, side="right") - 1
    there = last >= 0
    there[there] = ordered["prompt_id"][last[there]] == ids[there]
    return np.flatnonzero(there), ordered[last[there]]
