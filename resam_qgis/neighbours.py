"""Polygons that stand beside a new one: what the engine gets of them, and borders that match."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
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

from . import layers
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
Found = dict[bytes, dict[str, Any]]
"""Neighbours as GeoJSON, by their outline in the layer."""


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

    def of(self, features: Iterable[dict[str, Any]], crs: QgsCoordinateReferenceSystem) -> Found:
        """The neighbours of polygons that the worker answered with, in their CRS.

        One that an answer covers, or that covers it, is none: whether they may is the project's choice.
        """
        shapes = [shape for shape in map(geometry_of, features) if shape is not None]
        layer = self._layer()
        if layer is None or not shapes:
            return {}
        box = QgsRectangle()
        for shape in shapes:
            box.combineExtentWith(shape.boundingBox())
        box.grow(REACH * max(box.width(), box.height()))
        request = QgsFeatureRequest().setNoAttributes().setLimit(MOST)
        try:
            request.setFilterRect(layers.transform(crs, layer.crs()).transformBoundingBox(box))
            found = list(layer.getFeatures(request))
            pairs = [pair for feature in found for pair in self._one(feature, layer, crs)]
        except QgsCsException:
            return {}  # What has no place beside the object is no neighbour.
        return {
            key: _as_json(outline)
            for key, outline in pairs
            if not any(_covers(outline, shape) for shape in shapes)
        }

    def _one(
        self, feature: QgsFeature, layer: QgsVectorLayer, crs: QgsCoordinateReferenceSystem
    ) -> list[tuple[bytes, QgsGeometry]]:
        key = bytes(feature.geometry().asWkb())
        own = self._own()
        if own is not None and (own.wkb == key or own.feature_id == feature.id()):
            return []
        shape = QgsGeometry(feature.geometry())
        shape.convertToStraightSegment()
        if not shape.convertToMultiType() or shape.isEmpty():
            return []
        shape.transform(layers.transform(layer.crs(), crs))
        return [(key, shape)]


def share_borders(layer: QgsVectorLayer, made: QgsFeature, outlines: frozenset[bytes], hair: float) -> None:
    """Make a polygon of a layer and those beside it match vertex for vertex where they meet.

    Args:
        made: in the layer, which is being edited.
        outlines: of those that it was fitted to.
        hair: borders that near to each other are one, in units of the layer's CRS.
    """
    shape = QgsGeometry(made.geometry())
    request = QgsFeatureRequest().setFilterRect(shape.boundingBox().buffered(hair)).setLimit(MOST)
    for feature in layer.getFeatures(request) if outlines else []:
        other = QgsGeometry(feature.geometry())
        if bytes(other.asWkb()) not in outlines or other.distance(shape) > hair:
            continue
        own = _moved_onto(shape, other, hair)
        own, other = _with_vertices(own, other, hair), _with_vertices(other, own, hair)
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


def _covers(one: QgsGeometry, other: QgsGeometry) -> bool:
    """Whether polygons share more than borders that were drawn a little apart."""
    return one.intersection(other).area() > OVERLAP * min(one.area(), other.area())


def _as_json(shape: QgsGeometry) -> dict[str, Any]:
    """A multipolygon as GeoJSON, every digit of it."""
    parts = [[[[p.x(), p.y()] for p in ring] for ring in part] for part in shape.asMultiPolygon()]
    return {"type": "MultiPolygon", "coordinates": parts}


def layer_of(layer_id: str) -> QgsVectorLayer | None:
    """A layer of polygons by its id, if the project still has it."""
    found = project().mapLayer(layer_id)
    return found if isinstance(found, QgsVectorLayer) else None
