"""Segments of all tiles put together: one clean, georeferenced row per object, or the reason why not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from engine.config import PolygonConfig
from engine.grid import RasterGrid
from engine.overlay import Shapes
from engine.reading.attributes import Carried
from engine.reading.prompt_arrays import CompactPrompts, CompactRejected, PromptArrays
from engine.reading.prompts import PromptSet
from engine.stages.assembly import PART, Assembled, Assembly
from engine.stages.found import Found, gathered, last_of
from engine.writing.geometry_store import GeometryStore, HeldGeometries
from engine.writing.layer_table import LayerTable
from engine.writing.output import layer_fields

if TYPE_CHECKING:
    import geopandas as gpd

    from engine.stages.pipeline import Segment

NOTHING_FOUND = "the model found nothing at the click"
TOO_SMALL = "smaller than the minimum area"
KEPT = "its outline stays as it was found: no geometry library could clean it"
SHARES = "may share area with others: no geometry library could take them apart"
SWALLOWED = "covered entirely by better polygons"


@dataclass(frozen=True)
class Provenance:
    """Where the polygons come from, as each row says it."""

    model: str
    adapter: str | None
    review_below: float


CUT = "cut by the edge of the largest window"


def assemble(
    segments: Iterable[Segment],
    prompts: PromptSet,
    grid: RasterGrid,
    options: PolygonConfig,
    provenance: Provenance,
    neighbours: Sequence[BaseGeometry] = (),
) -> gpd.GeoDataFrame:
    """The layer: a row per object of the input, in its order, rejected ones without geometry.

    Args:
        segments: in any order; of two with the same prompt the later one counts.
        prompts: what was asked for; its rejected objects become rows too.
        neighbours: polygons in world coordinates that stand already: without overlaps, nothing is taken of
            them, and gaps to them are closed. Rotated boxes stay as they are.
    """
    stores = HeldGeometries(), HeldGeometries()
    work = partial(Assembly.whole, neighbours=neighbours)
    return _table(segments, prompts, grid, options, provenance, stores, work).frame()


def assemble_in_parts(
    segments: Iterable[Segment],
    prompts: PromptSet,
    grid: RasterGrid,
    options: PolygonConfig,
    provenance: Provenance,
    store: Callable[[], GeometryStore] = HeldGeometries,
    most: int = PART,
) -> LayerTable:
    """The layer of :func:`assemble`, with the geometry of a part of its objects in memory at a time.

    Args:
        store: makes a place for geometries: of what was found, and of the layer.
        most: objects of a part; a larger group of neighbours is one part.
    """
    work = partial(Assembly.in_parts, most=most)
    return _table(segments, prompts, grid, options, provenance, (store(), store()), work)


def _table(
    segments: Iterable[Segment],
    prompts: PromptSet,
    grid: RasterGrid,
    options: PolygonConfig,
    provenance: Provenance,
    stores: tuple[GeometryStore, GeometryStore],
    work: Callable[[Assembly], Assembled],
) -> LayerTable:
    arrays = PromptArrays.of(prompts.prompts)
    asked, found = last_of(gathered(segments, stores[0]), arrays.ids)
    done = work(Assembly(found, arrays, asked, grid, options, stores))
    lost = np.array([item.prompt_id for item in prompts.rejected], dtype=np.int64)
    order = np.argsort(np.concatenate([arrays.ids[asked], lost]), kind="stable")
    reasons = _reasons(found, done, options)
    rejected = _is_set(reasons)
    own = _asked_columns(found, done, reasons, rejected, provenance)
    own |= {"n_pos": arrays.counts(1)[asked], "n_neg": arrays.counts(0)[asked]}
    own["prompt_id"] = arrays.ids[asked]
    theirs = _lost_columns(lost, [item.reason for item in prompts.rejected], provenance)
    columns = {name: np.concatenate([own[name], theirs[name]])[order] for name in theirs}
    carried = _carried(prompts, asked, order)
    fields = layer_fields(columns, carried)
    numbers = np.concatenate([np.where(rejected, -1, done.numbers), np.full(len(lost), -1)])[order]

    def shapes(start: int, stop: int) -> Shapes:
        return stores[1].read(numbers[start:stop])

    return LayerTable(fields, numbers >= 0, shapes, grid.crs_wkt)


def _is_set(texts: NDArray[np.object_]) -> NDArray[np.bool_]:
    return np.array([text is not None for text in texts], dtype=bool)


def _reasons(found: Found, done: Assembled, options: PolygonConfig) -> NDArray[np.object_]:
    """(n,) why an object has no polygon, or None."""
    reasons = np.full(len(found), None, dtype=object)
    reasons[done.measures[:, 0] < options.min_area_m2] = TOO_SMALL
    reasons[done.empty] = SWALLOWED
    reasons[done.small & done.empty] = TOO_SMALL
    reasons[done.nothing] = NOTHING_FOUND
    return reasons


def _asked_columns(
    found: Found,
    done: Assembled,
    reasons: NDArray[np.object_],
    rejected: NDArray[np.bool_],
    provenance: Provenance,
) -> dict[str, NDArray[Any]]:
    """The columns of objects that were asked for, but for what their prompts say."""
    status = np.where(found["score"] >= provenance.review_below, "accepted", "review").astype(object)
    status[rejected] = "rejected"
    said = reasons.copy()
    said[~rejected & found["cut"]] = CUT
    for flagged, text in ((done.kept | found["rough"], KEPT), (done.sharing, SHARES)):
        for row in np.flatnonzero(flagged).tolist():
            said[row] = text if said[row] is None else f"{said[row]}; {text}"
    measures = np.where(rejected[:, None], np.nan, done.measures)
    adapter = np.full(len(found), provenance.adapter, dtype=object)
    adapter[found["by_base"]] = None
    return {
        **{name: found[name] for name in ("score", "stability", "entropy")},
        **{"area_m2": measures[:, 0], "perimeter_m": measures[:, 1], "status": status, "reason": said},
        **{"model": np.full(len(found), provenance.model, dtype=object), "adapter": adapter},
        "class": np.full(len(found), None, dtype=object),
    }


def _lost_columns(
    ids: NDArray[np.int64], reasons: Sequence[str], provenance: Provenance
) -> dict[str, NDArray[Any]]:
    """All columns of objects that could not be asked for."""
    count = len(ids)
    said = np.full(count, None, dtype=object)
    said[:] = reasons
    unknown = dict.fromkeys(
        ("score", "stability", "entropy", "area_m2", "perimeter_m"), np.full(count, np.nan)
    )
    return {
        "prompt_id": ids,
        "class": np.full(count, None, dtype=object),
        **unknown,
        **dict.fromkeys(("n_pos", "n_neg"), np.zeros(count, dtype=np.int64)),
        "status": np.full(count, "rejected", dtype=object),
        "reason": said,
        "model": np.full(count, provenance.model, dtype=object),
        "adapter": np.full(count, provenance.adapter, dtype=object),
    }


def _carried(prompts: PromptSet, asked: NDArray[np.int64], order: NDArray[np.int64]) -> Carried:
    """The fields of the clicks, for the rows of the layer."""
    carried = Carried(len(order))
    places = np.argsort(order)
    mine, theirs = places[: len(asked)], places[len(asked) :]
    if isinstance(prompts.prompts, CompactPrompts):
        carried.add(prompts.prompts.attributes, prompts.prompts.numbers[asked], mine)
    else:
        carried.add_each((prompts.prompts[row].attributes for row in asked.tolist()), mine)
    if isinstance(prompts.rejected, CompactRejected):
        carried.add(prompts.rejected.attributes, prompts.rejected.numbers, theirs)
    else:
        carried.add_each((item.attributes for item in prompts.rejected), theirs)
    return carried
