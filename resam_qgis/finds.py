"""The layer of what a search found: a scratch layer beside the user's, which shows what is likely enough."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from qgis.core import (
    QgsFeature,
    QgsFeatureRequest,
    QgsGeometry,
    QgsGraduatedSymbolRenderer,
    QgsMapLayer,
    QgsRasterLayer,
    QgsSpatialIndex,
    QgsVectorLayer,
)

from . import enums, layer_rules, output_layers, styles
from .examples import ACCEPTED, REVIEW, STANDING, Outline, outlines_of, status_of
from .find_task import Find
from .i18n import tr
from .layer_rules import NotWritten
from .presence import present, project

OF_RASTER, LEAST = "resam/found_on", "resam/least_score"
"""Properties of such a layer: the id of its raster, and the score from which on its polygons are shown."""
ADDED = "added"
"""Status of a find that is in the user's layer now, from which undoing takes it back."""
SAVED = "saved"
"""Status of a find that was added, since when the user's layer was saved: there is no way back."""
BEFORE = "before"
"""Status of what the search before found, while another one goes on: it is hidden."""
OURS = f"CASE WHEN \"status\" = '{ACCEPTED}' THEN 1"
"""What finds are coloured by begins with this, unless the user gave their layer another style."""
HALF = 0.5
"""A find is dropped if polygons that stand cover more than this share of it."""
EVEN = 0.5
"""The score at which right and wrong are equally likely: there a look decides most."""


@dataclass(frozen=True)
class Added:
    """Finds that were copied into the user's layer.

    Attributes:
        before: the status that each of them had, by its ``prompt_id`` in the layer of finds.
        polygons: the numbers of the new ones in the user's layer, until that is saved.
    """

    before: dict[int, str]
    polygons: list[int]


@dataclass(frozen=True)
class Count:
    """How many finds are shown, how many of them are expected to be right, and what is still to review."""

    shown: int
    right: float
    unsure: int


def layer_of(raster: QgsRasterLayer | None) -> QgsVectorLayer | None:
    """The layer of what was found on a raster, or None."""
    if raster is not None:
        for layer in project().mapLayers().values():
            if isinstance(layer, QgsVectorLayer) and layer.customProperty(OF_RASTER) == raster.id():
                return layer
    return None


def are_in(layer: QgsVectorLayer) -> bool:
    """Whether a layer holds finds."""
    return bool(layer.customProperty(OF_RASTER))


def layers_of_finds() -> list[QgsMapLayer]:
    """All of them in the project: none takes what the user clicks."""
    every = project().mapLayers().values()
    return [layer for layer in every if isinstance(layer, QgsVectorLayer) and are_in(layer)]


def least(layer: QgsVectorLayer) -> float:
    """The score from which on finds are shown."""
    return float(layer.customProperty(LEAST, EVEN))


def put(found: Iterable[Find], raster: QgsRasterLayer, taken: Iterable[Outline]) -> QgsVectorLayer:
    """Show what was found; it takes the place of what was found before and not reviewed.

    Args:
        taken: what stands, and what is no such object: finds keep off both. In the raster's CRS.
    """
    layer = layer_of(raster) or _made(raster)
    _settle(layer)
    old = [one.id() for one in layer.getFeatures() if status_of(one) in (REVIEW, SAVED, BEFORE)]
    new = list(_rows(found, layer, Space(taken)))
    provider = present(layer.dataProvider())
    provider.deleteFeatures(old)
    provider.addFeatures(new)
    layer.updateExtents()
    return layer


def begin(raster: QgsRasterLayer, score: float) -> QgsVectorLayer:
    """Make room for finds that come while a search goes on; those of the search before are hidden meanwhile.

    Args:
        score: from which on they are shown.
    """
    layer = layer_of(raster) or _made(raster)
    _settle(layer)
    show_from(layer, score)
    _mark(layer, [one.id() for one in layer.getFeatures() if status_of(one) == REVIEW], BEFORE)
    return layer


def more(layer: QgsVectorLayer, found: Iterable[Find], space: Space) -> list[int]:
    """Show some finds of a search that goes on; the ``prompt_id`` of each. :func:`put` replaces them."""
    done, new = present(layer.dataProvider()).addFeatures(list(_rows(found, layer, space)))
    layer.updateExtents()
    layer.triggerRepaint()
    return [one["prompt_id"] for one in new if done]


def keep(layer: QgsVectorLayer, came: list[int]) -> None:
    """A search ended early: what came stays, and what was found before stays where that leaves room.

    Args:
        came: the ``prompt_id`` of each that came.
    """
    _settle(layer)
    space = Space(Outline(QgsGeometry(one.geometry()), "", True) for one in _numbered(layer, came))
    before = [one for one in layer.getFeatures() if status_of(one) == BEFORE]
    shapes = {one.id(): space.left_of(one.geometry()) for one in before}
    left = {number: shape for number, shape in shapes.items() if shape is not None}
    for shape in left.values():
        shape.convertToMultiType()
    provider = present(layer.dataProvider())
    provider.changeGeometryValues(left)
    provider.deleteFeatures([number for number in shapes if number not in left])
    _mark(layer, left, REVIEW)
    layer.triggerRepaint()


def show_from(layer: QgsVectorLayer, score: float) -> None:
    """Hide finds of a lower score, save those that the user accepted; nothing is searched for again.

    A style that the user gave the layer is kept where QGIS can filter it.
    """
    layer.setCustomProperty(LEAST, score)
    likely = f'"status" = \'{REVIEW}\' AND "score" >= {score:.4f}'
    if not _is_ours(layer) and not styles.show_only(layer, f"\"status\" = '{ACCEPTED}' OR ({likely})"):
        styles.outlines_by_score(layer)
        _mark_as_ours(layer)
    if _is_ours(layer):
        renderer = cast(QgsGraduatedSymbolRenderer, layer.renderer())
        renderer.setClassAttribute(f'{OURS} WHEN {likely} THEN "score" END')
    layer.triggerRepaint()


def _is_ours(layer: QgsVectorLayer) -> bool:
    """Whether a layer of finds has the style that it came with: its classes are of what is shown alone."""
    renderer = layer.renderer()
    return isinstance(renderer, QgsGraduatedSymbolRenderer) and renderer.classAttribute().startswith(OURS)


def _mark_as_ours(layer: QgsVectorLayer) -> None:
    cast(QgsGraduatedSymbolRenderer, layer.renderer()).setClassAttribute(f'{OURS} ELSE "score" END')


def scores(layer: QgsVectorLayer) -> tuple[int, list[float]]:
    """How many finds were accepted, and the scores of those that are to review."""
    accepted, unsure = 0, []
    for feature in layer.getFeatures(QgsFeatureRequest().setFlags(enums.NO_GEOMETRY)):
        status = status_of(feature)
        accepted += status == ACCEPTED
        if status == REVIEW:
            unsure.append(float(feature["score"]))
    return accepted, unsure


def counted(accepted: int, unsure: list[float], score: float) -> Count:
    """What is shown from a score on; the score of a find is the probability that it is right."""
    likely = [one for one in unsure if one >= score]
    return Count(accepted + len(likely), accepted + sum(likely), len(likely))


def to_review(layer: QgsVectorLayer) -> list[QgsFeature]:
    """The finds that are shown and not reviewed, those first that are as likely right as wrong."""
    score = least(layer)
    some = [one for one in layer.getFeatures() if _likely(one, status_of(one), score)]
    return sorted(some, key=lambda one: (abs(float(one["score"]) - EVEN), one.id()))


def add_to(
    layer: QgsVectorLayer, output: QgsVectorLayer, values: Callable[[str], Mapping[str, str]]
) -> Added:
    """Copy the finds that are shown into the user's layer, as one step of its undo stack.

    Args:
        values: what every polygon of a class gets, by column, for a class.

    Returns:
        Which, and what became of them; those that the layer's polygons cover stay out.

    Raises:
        NotWritten: the layer cannot be edited, or refuses the polygons.
    """
    score = least(layer)
    shown = [one for one in layer.getFeatures() if status_of(one) == ACCEPTED]
    shown += [one for one in layer.getFeatures() if _likely(one, status_of(one), score)]
    made = list(_copies(shown, layer, output, values))
    output_layers.edit(output)
    output.beginEditCommand(tr("Add finds"))
    if not all(output.addFeature(one) for one in made):
        output.destroyEditCommand()
        raise NotWritten(tr("The layer “{}” refused the polygon.").format(output.name()))
    output.endEditCommand()
    output.triggerRepaint()
    return Added(replace(layer, [one["prompt_id"] for one in shown], ADDED), [one.id() for one in made])


def replace(layer: QgsVectorLayer, numbers: Iterable[int], status: str) -> dict[int, str]:
    """Give some finds another status; the one that each had, by its ``prompt_id``, if it is still there."""
    _settle(layer)
    found = _numbered(layer, numbers)
    _mark(layer, [one.id() for one in found], status)
    layer.triggerRepaint()
    return {one["prompt_id"]: status_of(one) for one in found}


def take_back(layer: QgsVectorLayer, before: Mapping[int, str], now: str | None = None) -> None:
    """Finds that were added are no longer so.

    Args:
        before: the status of each, by its ``prompt_id``.
        now: the status that they get instead of that.
    """
    _settle(layer)
    added = [one for one in _numbered(layer, before) if status_of(one) == ADDED]
    for status in set(before.values()):
        these = [one.id() for one in added if before[one["prompt_id"]] == status]
        _mark(layer, these, now or status)
    layer.triggerRepaint()


class Space:
    """The ground that is taken: by polygons that stand, and by those that are no such objects."""

    def __init__(self, taken: Iterable[Outline]) -> None:
        self._taken = list(taken)
        self._index = QgsSpatialIndex()
        for number, item in enumerate(self._taken):
            feature = QgsFeature(number)
            feature.setGeometry(item.shape)
            self._index.addFeature(feature)

    def left_of(self, shape: QgsGeometry) -> QgsGeometry | None:
        """A polygon without what stands; None if little is left, or it is what was rejected."""
        rest = QgsGeometry(shape)
        for number in self._index.intersects(shape.boundingBox()):
            other = layer_rules.sound(self._taken[number].shape)
            if not other.intersects(rest):
                continue
            if self._taken[number].wanted:
                rest = rest.difference(other)
            elif other.intersection(shape).area() > HALF * min(shape.area(), other.area()):
                return None
        rest.convertGeometryCollectionToSubclass(enums.POLYGON)
        return rest if rest.area() > HALF * shape.area() else None


def _numbered(layer: QgsVectorLayer, numbers: Iterable[int]) -> list[QgsFeature]:
    """The finds with a ``prompt_id`` of these: their ids are others once the layer is made permanent."""
    wanted = {number for number in numbers if isinstance(number, int)}  # NULL is no number.
    found = ((one["prompt_id"], one) for one in layer.getFeatures())
    return [one for number, one in found if isinstance(number, int) and number in wanted]


def _likely(feature: QgsFeature, status: str, score: float) -> bool:
    return status == REVIEW and float(feature["score"]) >= score


def _made(raster: QgsRasterLayer) -> QgsVectorLayer:
    name, properties = tr("{}: found").format(raster.name()), {OF_RASTER: raster.id()}
    layer = output_layers.new_scratch_layer(name, raster.crs(), properties)
    styles.outlines_by_score(layer)
    _mark_as_ours(layer)
    return layer


def _settle(layer: QgsVectorLayer) -> None:
    """What was reviewed holds: the layer is the plugin's own, and its provider is written to directly."""
    if layer.isEditable():
        layer.commitChanges()


def _mark(layer: QgsVectorLayer, numbers: Iterable[int], status: str) -> None:
    """Give some finds another status."""
    column = layer.fields().indexFromName("status")
    present(layer.dataProvider()).changeAttributeValues({number: {column: status} for number in numbers})


def _rows(found: Iterable[Find], layer: QgsVectorLayer, space: Space) -> Iterator[QgsFeature]:
    """New features to review, of what is free of the finds."""
    number, fields = output_layers.next_number(layer), layer.fields()
    names = fields.names()
    for item in found:
        shape = space.left_of(item.shape)
        if shape is not None:
            values = {**item.values, "status": REVIEW, "prompt_id": number}
            feature = QgsFeature(fields)
            shape.convertToMultiType()
            feature.setGeometry(shape)
            feature.setAttributes([values.get(name) for name in names])
            yield feature
            number += 1


def _copies(
    shown: Iterable[QgsFeature],
    layer: QgsVectorLayer,
    output: QgsVectorLayer,
    values: Callable[[str], Mapping[str, str]],
) -> Iterator[QgsFeature]:
    """New features of the user's layer."""
    space, number = Space(outlines_of(output, layer.crs(), STANDING)), output_layers.next_number(output)
    columns = [name for name, _ in output_layers.COLUMNS]
    for one in shown:
        shape = space.left_of(one.geometry())
        if shape is None:
            continue
        kind = output_layers.class_of(layer, one) or ""
        given = {name: one[name] for name in columns} | {"class": None}
        texts = {**values(kind), "class": kind} if kind else values(kind)
        given |= output_layers.converted(output, texts)
        given |= {"prompt_id": number, "status": ACCEPTED, "reason": None}
        for part in layer_rules.parts(shape, output, layer.crs()):
            yield layer_rules.feature(output, part, given)
        number += 1
