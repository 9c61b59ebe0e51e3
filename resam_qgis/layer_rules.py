"""What a layer and the project demand of a new polygon: kind and CRS, no overlap, defaults, constraints."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsFeature,
    QgsFeatureRequest,
    QgsField,
    QgsFieldConstraints,
    QgsGeometry,
    QgsProject,
    QgsVectorLayer,
    QgsVectorLayerUtils,
)

from . import enums
from .exceptions import QgsCsException
from .i18n import tr
from .layers import transform
from .presence import project


class NotWritten(Exception):
    """A polygon could not be written; the message says why."""


def parts(
    geometry: QgsGeometry, layer: QgsVectorLayer, crs: QgsCoordinateReferenceSystem, own: int | None = None
) -> list[QgsGeometry]:
    """The polygon as the layer takes it, the largest part first; several parts for a layer of single ones.

    Args:
        geometry: in ``crs``; it is reprojected to the layer's, and cut where the project avoids overlaps.
        own: id of the feature that it replaces, which does not cut it.

    Raises:
        NotWritten: it has no place in the layer's CRS, or nothing of it is left.
    """
    result = QgsGeometry(geometry)
    try:
        result.transform(transform(crs, layer.crs()))
    except QgsCsException as error:
        text = tr("The polygon cannot be placed in the CRS of the layer “{}”.").format(layer.name())
        raise NotWritten(text) from error
    for other in _not_to_overlap(layer):
        result = _without(result, layer, other, own if other is layer else None)
    found = result.coerceToType(layer.wkbType())
    return sorted(found, key=lambda part: part.area(), reverse=True)


def feature(layer: QgsVectorLayer, geometry: QgsGeometry, values: dict[str, Any]) -> QgsFeature:
    """A new feature with the layer's default values where none is given.

    Args:
        values: by column; those that the layer lacks, or cannot hold, are left out.

    Raises:
        NotWritten: a constraint of the layer that must hold does not.
    """
    fields = layer.fields()
    given = {index: value for index, value in fitting(layer, values).items() if value is not None}
    made = QgsVectorLayerUtils.createFeature(layer, geometry, given, layer.createExpressionContext())
    hard = QgsFieldConstraints.ConstraintStrength.ConstraintStrengthHard
    for index in range(fields.count()):
        good, reasons = QgsVectorLayerUtils.validateAttribute(layer, made, index, hard)
        if not good:
            text = tr(
                "The layer “{}” does not take the polygon: its column “{}” must hold something else ({})."
            )
            raise NotWritten(text.format(layer.name(), fields[index].name(), "; ".join(reasons)))
    return made


def fitting(layer: QgsVectorLayer, values: Mapping[str, Any]) -> dict[int, Any]:
    """Values by column number, each as its column holds it; those that no column can hold are left out.

    So are those of a column that is virtual, or joined from another layer, which are not written, and None
    for one that must hold something.

    Args:
        values: by column.
    """
    found: dict[int, Any] = {}
    fields = layer.fields()
    for name, value in values.items():
        index = fields.indexFromName(name)
        if index < 0 or fields.fieldOrigin(index) in (enums.JOINED, enums.VIRTUAL):
            continue
        if value is None and _must_hold_something(fields[index]):
            continue
        # A column may be of another kind than ours: saving would turn a word into a number, 0.
        with suppress(ValueError):
            found[index] = fields[index].convertCompatible(value)
    return found


def _must_hold_something(field: QgsField) -> bool:
    kinds, hard = QgsFieldConstraints.Constraint, QgsFieldConstraints.ConstraintStrength
    strength = field.constraints().constraintStrength(kinds.ConstraintNotNull)
    return strength == hard.ConstraintStrengthHard


def add_shared_vertices(layer: QgsVectorLayer, geometry: QgsGeometry) -> None:
    """Give neighbours the vertices of a polygon, where the project edits topologically."""
    if project().topologicalEditing():
        layer.addTopologicalPoints(geometry)


def sound(shape: QgsGeometry) -> QgsGeometry:
    """A polygon that can be cut and joined: QGIS makes nothing of one whose border crosses itself."""
    return shape if shape.isGeosValid() else shape.makeValid()


def _not_to_overlap(layer: QgsVectorLayer) -> list[QgsVectorLayer]:
    """The layers whose polygons the project keeps new ones from overlapping."""
    modes = QgsProject.AvoidIntersectionsMode
    mode = project().avoidIntersectionsMode()
    if mode == modes.AvoidIntersectionsCurrentLayer:
        return [layer]
    return list(project().avoidIntersectionsLayers()) if mode == modes.AvoidIntersectionsLayers else []


def _without(
    geometry: QgsGeometry, layer: QgsVectorLayer, other: QgsVectorLayer, own: int | None
) -> QgsGeometry:
    """A polygon of a layer without what polygons of another layer, or of the same, cover."""
    request = QgsFeatureRequest().setDestinationCrs(layer.crs(), project().transformContext())
    request.setFilterRect(geometry.boundingBox()).setNoAttributes()
    result = QgsGeometry(geometry)
    for neighbour in other.getFeatures(request):
        shape = sound(neighbour.geometry())
        if neighbour.id() != own and shape.intersects(result):
            result = result.difference(shape)
    result.convertGeometryCollectionToSubclass(enums.POLYGON)
    if result.isNull() or result.isEmpty():
        text = tr("Polygons of the layer “{}” cover the object, and the project avoids overlaps.")
        raise NotWritten(text.format(other.name()))
    return result
