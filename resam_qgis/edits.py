"""Changes of polygons that are in a layer already: what each makes of them, and one undo step to write it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

from qgis.core import (
    QgsDistanceArea,
    QgsFeature,
    QgsFeatureIterator,
    QgsFeatureRequest,
    QgsGeometry,
    QgsPointXY,
    QgsRectangle,
    QgsVectorLayer,
    QgsVectorLayerUtils,
)

from . import layer_rules, output_layers
from .i18n import tr
from .layer_rules import NotWritten
from .presence import project
from .session import POSITIVE, Draft

HAIR = 1e-9
"""Share of its distance from the origin by which a box is made larger: more than its last digit."""


@dataclass
class Change:
    """What would become of polygons of a layer; geometries are in the layer's CRS.

    Attributes:
        kept: features with their new outlines.
        removed: features that go.
        added: new outlines, each with the feature whose columns it gets.
    """

    kept: list[tuple[QgsFeature, QgsGeometry]]
    removed: list[QgsFeature] = field(default_factory=list)
    added: list[tuple[QgsFeature, QgsGeometry]] = field(default_factory=list)

    def outlines(self) -> list[QgsGeometry]:
        """Everything that there would be."""
        return [shape for _, shape in [*self.kept, *self.added]]

    def before(self) -> list[QgsFeature]:
        """The features that it is about, as they were when it was proposed."""
        return [*(feature for feature, _ in self.kept), *self.removed]


def at(layer: QgsVectorLayer, place: QgsPointXY) -> QgsFeature | None:
    """The smallest polygon of a layer around a place in its CRS."""
    point = QgsGeometry.fromPointXY(place)
    found = [one for one in _touching(layer, QgsRectangle(place, place)) if one.geometry().contains(point)]
    return min(found, key=lambda feature: feature.geometry().area(), default=None)


def without_holes(feature: QgsFeature) -> Change | None:
    """The polygon with its holes filled; None if it has none."""
    shape = feature.geometry().removeInteriorRings()
    return Change([(feature, shape)]) if shape.area() > feature.geometry().area() else None


def largest_part(feature: QgsFeature) -> Change | None:
    """The largest part alone; None if there is but one."""
    parts = feature.geometry().asGeometryCollection()
    if len(parts) < 2:
        return None
    return Change([(feature, max(parts, key=lambda part: part.area()))])


def merged(features: Sequence[QgsFeature]) -> Change | None:
    """All of them as one, with the columns of the first; None for fewer than two."""
    if len(features) < 2:
        return None
    shape = QgsGeometry.unaryUnion([layer_rules.sound(feature.geometry()) for feature in features])
    return Change([(features[0], shape)], removed=list(features[1:]))


def split(layer: QgsVectorLayer, start: QgsPointXY, end: QgsPointXY) -> Change | None:
    """Every polygon that a line crosses from side to side, in parts; None if it crosses none so."""
    line = QgsGeometry.fromPolylineXY([start, end])
    change = Change([])
    for feature in _touching(layer, line.boundingBox()):
        rest = QgsGeometry(feature.geometry())
        _, parts, _ = rest.splitGeometry([start, end], False)
        if parts:
            change.kept.append((feature, rest))
            change.added += [(feature, cast(QgsGeometry, part)) for part in parts]
    return change if change.kept else None


def write(layer: QgsVectorLayer, change: Change) -> list[list[QgsFeature]]:
    """Write a change as one step of the layer's undo stack.

    Returns:
        Each feature that was kept as it is now, with the parts that were cut off it.

    Raises:
        NotWritten: the layer cannot be edited, or refuses the change.
    """
    output_layers.edit(layer)
    layer.beginEditCommand(tr("Edit segments"))
    good = all(_reshape(layer, feature.id(), shape) for feature, shape in change.kept)
    good = good and all(layer.deleteFeature(feature.id()) for feature in change.removed)
    parts = [(feature.id(), _add(layer, feature, shape)) for feature, shape in change.added if good]
    if not good or any(made is None for _, made in parts):
        layer.destroyEditCommand()
        raise NotWritten(tr("The layer “{}” refused the change.").format(layer.name()))
    layer.endEditCommand()
    layer.triggerRepaint()
    kept = [feature.id() for feature, _ in change.kept]
    ids = [
        [number, *(made for whole, made in parts if whole == number and made is not None)] for number in kept
    ]
    return [[layer.getFeature(number) for number in one] for one in ids]


def dealt(draft: Draft, shapes: Sequence[QgsGeometry]) -> list[Draft]:
    """What was clicked of an object that was split, for each of its parts; all in one CRS.

    A click goes to the part that contains it, else to the nearest. A box becomes one around each part.
    """
    boxes = [shape.boundingBox() for shape in shapes]
    found = [
        Draft((), None if draft.box is None else (b.xMinimum(), b.yMinimum(), b.xMaximum(), b.yMaximum()))
        for b in boxes
    ]
    for click in sorted(draft.clicks, key=lambda click: click.label != POSITIVE):
        point = QgsGeometry.fromPointXY(QgsPointXY(click.x, click.y))
        # What is not of the object is said of a part that something else is said of.
        able = [n for n, one in enumerate(found) if click.label == POSITIVE or one.answerable]
        if able:
            nearest = min(able, key=lambda number: shapes[number].distance(point))
            found[nearest] = replace(found[nearest], clicks=(*found[nearest].clicks, click))
    return found


def _touching(layer: QgsVectorLayer, box: QgsRectangle) -> QgsFeatureIterator:
    """The features around a box in the layer's CRS, which may be as thin as a line or a point.

    In a box without width or height QGIS finds no polygon whose new outline is not saved.
    """
    farthest = max(map(abs, (box.xMinimum(), box.yMinimum(), box.xMaximum(), box.yMaximum())))
    return layer.getFeatures(QgsFeatureRequest().setFilterRect(box.buffered(HAIR * max(1.0, farthest))))


def _as_stored(layer: QgsVectorLayer, shape: QgsGeometry) -> QgsGeometry | None:
    """A polygon in the kind that the layer holds; None where it would need several."""
    found = shape.coerceToType(layer.wkbType())
    return found[0] if len(found) == 1 else None


def _reshape(layer: QgsVectorLayer, feature_id: int, shape: QgsGeometry) -> bool:
    stored = _as_stored(layer, shape)
    return (
        stored is not None
        and layer.changeGeometry(feature_id, stored)
        and all(
            layer.changeAttributeValue(feature_id, index, value)
            for index, value in _measures(layer, stored).items()
        )
    )


def _add(layer: QgsVectorLayer, template: QgsFeature, shape: QgsGeometry) -> int | None:
    stored = _as_stored(layer, shape)
    if stored is None:
        return None
    values = dict(enumerate(template.attributes())) | _measures(layer, stored)
    for index in layer.primaryKeyAttributes():
        values.pop(index, None)
    number = layer.fields().indexFromName("prompt_id")
    if number >= 0:
        values[number] = output_layers.next_number(layer)
    made = QgsVectorLayerUtils.createFeature(layer, stored, values, layer.createExpressionContext())
    return made.id() if layer.addFeature(made) else None


def _measures(layer: QgsVectorLayer, shape: QgsGeometry) -> dict[int, Any]:
    """Area and perimeter on the ellipsoid, by column number, for the columns that take them."""
    measure = QgsDistanceArea()
    measure.setSourceCrs(layer.crs(), project().transformContext())
    measure.setEllipsoid("EPSG:7030")
    found = {"area_m2": measure.measureArea(shape), "perimeter_m": measure.measurePerimeter(shape)}
    return layer_rules.fitting(layer, found)
