"""Polygons that stand beside a new one: what the engine gets of them, and borders that match."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsFeature,
    QgsFeatureRequest,
    QgsGeometry,
    QgsPoint,
    QgsPointXY,
    QgsRectangle,
    QgsVectorLayer,
)

from . import enums, layers
from .exceptions import QgsCsException
from .overlays import geometry_of
from .presence import present, project
from .session import FeatureReference

REACH = 0.25
"""Share of an object's longer side within which polygons are its neighbours."""
OVERLAP = 0.1
"""Polygons that share more than this part of the smaller one are no neighbours: one lies on the other."""
MOST = 200
"""Neighbours that are handed over at once."""
MANY = 1000
"""Of a neighbour with more vertices, only what lies near is handed over: a lake may have a million."""
MARGIN = 2.0
"""Share of an object's longer side around it that is near: far beyond where borders are matched."""


@dataclass(frozen=True)
class Beside:
    """Polygons that stand beside others.

    Attributes:
        found: as GeoJSON, by their outline in the layer.
        near: what they were looked for in.
        window: what was left of large ones; None where all are whole.
    """

    found: dict[bytes, dict[str, Any]] = field(default_factory=dict)
    near: QgsRectangle = field(default_factory=QgsRectangle)
    window: QgsRectangle | None = None

    def serve(self, later: Beside) -> bool:
        """Whether these do in the stead of others, which may be cut to another window."""
        reaching = self.window is None or self.window.contains(later.near)
        return reaching and self.found.keys() == later.found.keys()


@dataclass(frozen=True)
class Borders:
    """What a polygon was fitted to.

    Attributes:
        hair: borders that near to each other are one, in units of its CRS.
        outlines: of the neighbours, as they are in the layer.
    """

    hair: float = 0.0
    outlines: frozenset[bytes] = frozenset()


class Surroundings:
    """The polygons of a layer around an object."""

    def __init__(
        self, layer: Callable[[], QgsVectorLayer | None], own: Callable[[], FeatureReference | None]
    ) -> None:
        """
        Args:
            layer: the one that takes the object, if there is one yet.
            own: the polygon that the object replaces, as it lies now: no neighbour.
        """
        self._layer, self._own = layer, own

    def of(self, features: Iterable[dict[str, Any]], crs: QgsCoordinateReferenceSystem) -> Beside:
        """The neighbours of polygons that the worker answered with, in their CRS.

        One that an answer covers, or that covers it, is none: whether they may is the project's choice.
        """
        shapes = [shape for shape in map(geometry_of, features) if shape is not None]
        layer = self._layer()
        if layer is None or not shapes:
            return Beside()
        box = QgsRectangle()
        for shape in shapes:
            box.combineExtentWith(shape.boundingBox())
        side = max(box.width(), box.height())
        near, window = box.buffered(REACH * side), box.buffered(MARGIN * side)
        request = QgsFeatureRequest().setNoAttributes().setLimit(MOST)
        try:
            request.setFilterRect(layers.transform(crs, layer.crs()).transformBoundingBox(near))
            found = list(layer.getFeatures(request))
            wholes = [whole for feature in found if (whole := self._one(feature, layer, crs)) is not None]
        except QgsCsException:
            return Beside()  # What has no place beside the object is no neighbour.
        parts = [_cut(whole, window) for _, whole in wholes]
        beside = {
            key: _as_json(part)
            for (key, whole), part in zip(wholes, parts)
            if not part.isEmpty() and not any(_covers(part, whole.area(), shape) for shape in shapes)
        }
        all_whole = all(part is whole for (_, whole), part in zip(wholes, parts))
        return Beside(beside, near, None if all_whole else window)

    def _one(
        self, feature: QgsFeature, layer: QgsVectorLayer, crs: QgsCoordinateReferenceSystem
    ) -> tuple[bytes, QgsGeometry] | None:
        """Its outline in the layer, and itself in a CRS; None if it is no neighbour."""
        key = bytes(feature.geometry().asWkb())
        own = self._own()
        if own is not None and (own.wkb == key or own.feature_id == feature.id()):
            return None
        shape = QgsGeometry(feature.geometry())
        shape.convertToStraightSegment()
        if not shape.convertToMultiType() or shape.isEmpty():
            return None
        shape.transform(layers.transform(layer.crs(), crs))
        return key, shape


def share_borders(layer: QgsVectorLayer, made: QgsFeature, outlines: frozenset[bytes], hair: float) -> None:
    """Make a polygon of a layer and those beside it match vertex for vertex where they meet.

    Args:
        made: in the layer, which is being edited.
        outlines: of those that it was fitted to.
        hair: borders that near to each other are one, in units of the layer's CRS.
    """
    shape, box = QgsGeometry(made.geometry()), made.geometry().boundingBox()
    request = QgsFeatureRequest().setFilterRect(box.buffered(hair)).setLimit(MOST)
    for feature in layer.getFeatures(request) if outlines else []:
        other = QgsGeometry(feature.geometry())
        if bytes(other.asWkb()) not in outlines or other.distance(shape) > hair:
            continue
        # All vertices of a large one would take seconds; where it is cut, no vertex comes within a hair.
        near = _cut(other, box.buffered(max(box.width(), box.height()) + 4 * hair))
        own = _with_vertices(_moved_onto(shape, near, hair), near, hair)
        other = _with_vertices(other, own, hair)
        if not (own.isGeosValid() and other.isGeosValid()):
            continue
        shape = own
        if bytes(other.asWkb()) != bytes(feature.geometry().asWkb()):
            layer.changeGeometry(feature.id(), other)
    if bytes(shape.asWkb()) != bytes(made.geometry().asWkb()):
        layer.changeGeometry(made.id(), shape)


def _moved_onto(shape: QgsGeometry, other: QgsGeometry, hair: float) -> QgsGeometry:
    """A polygon whose vertices that all but lie on vertices of another do lie there."""
    found = QgsGeometry(shape)
    found.removeDuplicateNodes(hair)
    for number, vertex in enumerate(QgsGeometry(found).vertices()):
        place, _, _, _, squared = other.closestVertex(QgsPointXY(vertex))
        if 0 < squared <= hair**2:
            found.moveVertex(place.x(), place.y(), number)
    found.removeDuplicateNodes()
    return found


def _with_vertices(shape: QgsGeometry, other: QgsGeometry, hair: float) -> QgsGeometry:
    """A polygon with a vertex wherever one of another all but lies on its border."""
    found = QgsGeometry(shape)
    for vertex in other.vertices():
        place = QgsPointXY(vertex)
        squared, _, after, _ = found.closestSegmentWithContext(place)
        if 0 <= squared <= hair**2 and found.closestVertex(place)[4] > hair**2:
            found.insertVertex(_on_segment(found.vertexAt(after - 1), found.vertexAt(after), place), after)
    return found


def _on_segment(start: QgsPoint, end: QgsPoint, place: QgsPointXY) -> QgsPoint:
    """A place all but on a segment, with the height and the measure that the segment has there."""
    found, whole = present(start.clone()), start.distance(end)
    share = min(1.0, start.distance(place.x(), place.y()) / whole) if whole else 0.0
    found.setX(place.x())
    found.setY(place.y())
    if found.is3D():
        found.setZ(start.z() + share * (end.z() - start.z()))
    if found.isMeasure():
        found.setM(start.m() + share * (end.m() - start.m()))
    return found


def _covers(part: QgsGeometry, area: float, other: QgsGeometry) -> bool:
    """Whether polygons share more than borders that were drawn a little apart.

    Args:
        part: of one of them, all that lies near the other; ``area``: of the whole of it.
    """
    return part.intersection(other).area() > OVERLAP * min(area, other.area())


def _cut(shape: QgsGeometry, window: QgsRectangle) -> QgsGeometry:
    """What lies in a window of a polygon of many vertices; the polygon itself where it cannot be cut."""
    whole = present(shape.constGet())
    if whole.nCoordinates() <= MANY or whole.hasCurvedSegments() or window.contains(shape.boundingBox()):
        return shape
    part = shape.intersection(QgsGeometry.fromRect(window))
    part.convertGeometryCollectionToSubclass(enums.POLYGON)  # It may touch the window elsewhere.
    return shape if part.isNull() or not part.convertToMultiType() else part


def _as_json(shape: QgsGeometry) -> dict[str, Any]:
    """A multipolygon as GeoJSON, every digit of it."""
    parts = [[[[p.x(), p.y()] for p in ring] for ring in part] for part in shape.asMultiPolygon()]
    return {"type": "MultiPolygon", "coordinates": parts}


def layer_of(layer_id: str) -> QgsVectorLayer | None:
    """A layer of polygons by its id, if the project still has it."""
    found = project().mapLayer(layer_id)
    return found if isinstance(found, QgsVectorLayer) else None
