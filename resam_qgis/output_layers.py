"""Where polygons go: an editable layer with its own undo stack, in memory or in a GeoPackage."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, cast

from qgis.core import (
    Qgis,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransformContext,
    QgsFeature,
    QgsFeatureRequest,
    QgsField,
    QgsFields,
    QgsFillSymbol,
    QgsGeometry,
    QgsProviderRegistry,
    QgsRectangle,
    QgsSingleSymbolRenderer,
    QgsVectorFileWriter,
    QgsVectorLayer,
    QgsWkbTypes,
)

from . import layer_rules, layers, neighbours, places
from .i18n import tr
from .layer_rules import NotWritten
from .neighbours import Borders
from .presence import present, project
from .qt import INTEGER, REAL, TEXT
from .session import Box, FeatureReference

SCHEMA = places.schema()
LAYER = SCHEMA.SEGMENTS
CLICKS, BOXES = "clicks", "boxes"
KINDS = {"integer": INTEGER, "real": REAL, "text": TEXT}
COLUMNS = tuple((column.name, KINDS[column.kind]) for column in SCHEMA.COLUMNS)
"""The columns that ``engine.segment`` writes, in its order."""
CLICK_COLUMNS = tuple((column.name, KINDS[column.kind]) for column in SCHEMA.CLICK_COLUMNS)
ALIKE = 1e-3
"""Share of its area by which an outline may differ and be the same polygon."""
HALF = 0.5
"""Share of its ground that a polygon with the same id must keep to be the same."""
UNFITTED = Borders()
SYMBOL = {"color": "255,196,0,50", "outline_color": "255,170,0,255", "outline_width": "0.5"}


def _fields(columns: tuple[tuple[str, Any], ...]) -> QgsFields:
    fields = QgsFields()
    for name, kind in columns:
        fields.append(QgsField(name, kind))
    return fields


def tables(path: Path) -> list[str]:
    """Names of all layers in a GeoPackage; empty if there is no such file, or it is none."""
    if not path.is_file():
        return []
    registry = present(QgsProviderRegistry.instance())
    return [part.name() for part in registry.querySublayers(str(path)) if part.name()]


def new_geopackage(path: Path, crs: QgsCoordinateReferenceSystem) -> QgsVectorLayer:
    """A new, empty layer of polygons in a new file, added to the project.

    Raises:
        NotWritten: the file cannot be made, or is there already.
    """
    if path.exists():
        raise NotWritten(tr("{} exists already.").format(path))
    _write(path, LAYER, _fields(COLUMNS), QgsWkbTypes.Type.MultiPolygon, crs, [])
    return _shown(QgsVectorLayer(f"{path}|layername={LAYER}", path.stem, "ogr"))


def added_to_geopackage(path: Path, crs: QgsCoordinateReferenceSystem) -> QgsVectorLayer:
    """A new, empty layer of polygons in a GeoPackage beside those that it holds, added to the project.

    Raises:
        NotWritten: the file is no GeoPackage, or cannot be written.
    """
    names = tables(path)
    if not names:
        raise NotWritten(tr("{} is no GeoPackage: choose another name.").format(path))
    name, number = LAYER, 2
    while name in names:
        name, number = f"{LAYER}_{number}", number + 1
    options = QgsVectorFileWriter.SaveVectorOptions()
    options.driverName, options.layerName = "GPKG", name
    options.actionOnExistingFile = QgsVectorFileWriter.ActionOnExistingFile.CreateOrOverwriteLayer
    context = project().transformContext()
    kind = QgsWkbTypes.Type.MultiPolygon
    writer = QgsVectorFileWriter.create(str(path), _fields(COLUMNS), kind, crs, context, options)
    refused, said = writer.hasError() != QgsVectorFileWriter.WriterError.NoError, writer.errorMessage()
    del writer  # Closes the file.
    layer = QgsVectorLayer(f"{path}|layername={name}", f"{path.stem} — {name}", "ogr")
    if refused or not layer.isValid():
        raise NotWritten(tr("{} cannot be written: {}").format(path, said))
    return _shown(layer)


def new_scratch_layer(
    name: str, crs: QgsCoordinateReferenceSystem, properties: Mapping[str, object] | None = None
) -> QgsVectorLayer:
    """A new, empty layer of polygons in memory, added to the project; QGIS marks it as not saved.

    Args:
        properties: that it has from the start, by name.
    """
    layer = QgsVectorLayer("MultiPolygon", name, "memory")
    layer.setCrs(crs)
    present(layer.dataProvider()).addAttributes(_fields(COLUMNS).toList())
    layer.updateFields()
    for key, value in (properties or {}).items():
        layer.setCustomProperty(key, value)
    return _shown(layer)


def _shown(layer: QgsVectorLayer) -> QgsVectorLayer:
    """The layer, in the project, with outlines that leave the image visible."""
    cast(QgsSingleSymbolRenderer, layer.renderer()).setSymbol(QgsFillSymbol.createSimple(SYMBOL))
    project().addMapLayer(layer)
    return layer


def write_clicks(
    path: Path, rows: Iterable[tuple[float, float, int, int, str]], crs: QgsCoordinateReferenceSystem
) -> None:
    """Clicks as the point layer that the engine reads.

    Args:
        rows: x, y, label, object, class.

    Raises:
        NotWritten: the file cannot be written.
    """
    fields = _fields(CLICK_COLUMNS)
    features = []
    for x, y, label, number, name in rows:
        feature = QgsFeature(fields)
        feature.setGeometry(QgsGeometry.fromWkt(f"POINT({x!r} {y!r})"))
        feature.setAttributes([number, label, name])
        features.append(feature)
    _write(path, CLICKS, fields, QgsWkbTypes.Type.Point, crs, features)


def write_boxes(path: Path, boxes: Iterable[tuple[Box, str]], crs: QgsCoordinateReferenceSystem) -> None:
    """Boxes as the polygon layer that the engine reads.

    Args:
        boxes: each with its class.

    Raises:
        NotWritten: the file cannot be written.
    """
    fields = _fields((("class", TEXT),))
    features = []
    for box, name in boxes:
        feature = QgsFeature(fields)
        feature.setGeometry(QgsGeometry.fromRect(QgsRectangle(*box)))
        feature.setAttributes([name])
        features.append(feature)
    _write(path, BOXES, fields, QgsWkbTypes.Type.Polygon, crs, features)


def write_polygons(
    path: Path,
    rows: Iterable[tuple[QgsGeometry, Mapping[str, Any]]],
    columns: tuple[tuple[str, Any], ...],
    crs: QgsCoordinateReferenceSystem,
) -> None:
    """Polygons as a layer that the engine reads.

    Args:
        rows: each with its values by column.
        columns: name and kind of each.

    Raises:
        NotWritten: the file cannot be written.
    """
    fields = _fields(columns)
    features = []
    for shape, values in rows:
        feature = QgsFeature(fields)
        feature.setGeometry(shape)
        feature.setAttributes([values.get(name) for name, _ in columns])
        features.append(feature)
    _write(path, LAYER, fields, QgsWkbTypes.Type.MultiPolygon, crs, features)


def _write(
    path: Path,
    layer: str,
    fields: QgsFields,
    kind: Qgis.WkbType,
    crs: QgsCoordinateReferenceSystem,
    features: list[QgsFeature],
) -> None:
    """Write a GeoPackage whole or not at all, over one that is there."""
    options = QgsVectorFileWriter.SaveVectorOptions()
    options.driverName, options.layerName = "GPKG", layer
    context = QgsCoordinateTransformContext()  # Nothing is transformed.
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with places.files().written_whole(path) as part:
            writer = QgsVectorFileWriter.create(str(part), fields, kind, crs, context, options)
            refused = writer.hasError() != QgsVectorFileWriter.WriterError.NoError
            refused = refused or not all(writer.addFeature(feature) for feature in features)
            message = writer.errorMessage()
            del writer  # Closes the file.
            if refused:
                raise NotWritten(tr("{} cannot be written: {}").format(path, message))
    except OSError as error:
        raise NotWritten(tr("{} cannot be written: {}").format(path, error.strerror)) from error


def add_polygon(
    layer: QgsVectorLayer,
    geometry: QgsGeometry,
    values: dict[str, Any],
    crs: QgsCoordinateReferenceSystem,
    borders: Borders = UNFITTED,
) -> FeatureReference:
    """Add a polygon to a layer as one step of its undo stack; where it lies.

    Args:
        geometry: in ``crs``; it is reprojected to the layer's.
        values: by column; those that the layer lacks, or cannot hold, are left out.
        borders: what it was fitted to, in ``crs``: where it meets them they match vertex for vertex.

    Returns:
        Where it lies; where its largest part lies, if the layer takes single polygons.

    Raises:
        NotWritten: the layer cannot be edited, or refuses the polygon.
    """
    made = [layer_rules.feature(layer, part, values) for part in layer_rules.parts(geometry, layer, crs)]
    edit(layer)
    layer.beginEditCommand(tr("Add segment"))
    if not all(layer.addFeature(feature) for feature in made):
        layer.destroyEditCommand()
        raise NotWritten(tr("The layer “{}” refused the polygon.").format(layer.name()))
    _match_neighbours(layer, [feature.id() for feature in made], geometry, borders)
    layer.endEditCommand()
    layer.triggerRepaint()
    return reference_of(layer, layer.getFeature(made[0].id()))


def converted(layer: QgsVectorLayer, texts: Mapping[str, str]) -> dict[str, Any]:
    """Texts by column as the columns of a layer take them; those that it lacks are left out.

    Raises:
        NotWritten: a column does not take its text.
    """
    found: dict[str, Any] = {}
    for name, text in texts.items():
        index = layer.fields().indexFromName(name)
        if index < 0:
            continue
        try:
            found[name] = layer.fields()[index].convertCompatible(text)
        except ValueError as error:
            problem = tr(
                "The column “{}” of the layer “{}” does not take “{}”: change the values of the class."
            )
            raise NotWritten(problem.format(name, layer.name(), text)) from error
    return found


def next_number(layer: QgsVectorLayer) -> int:
    """A ``prompt_id`` that no polygon of the layer has."""
    index = layer.fields().indexFromName("prompt_id")
    largest = layer.maximumValue(index) if index >= 0 else None
    # The largest number of an empty scratch layer is the least that there is.
    if isinstance(largest, (int, float)) and largest > 0:
        return 1 + int(largest)
    return 1 + layer.featureCount()


def class_of(layer: QgsVectorLayer, feature: QgsFeature) -> str | None:
    """The class of a polygon, empty if it has none; None where the layer has no column for it."""
    if layer.fields().indexFromName("class") < 0:
        return None
    return class_in(feature["class"])


def class_in(value: object) -> str:
    """The class that a cell names, which may be a number, such as a code of land use; empty for none."""
    if isinstance(value, float):
        return f"{value:g}"
    return str(value) if isinstance(value, (str, int)) else ""


def reference_of(layer: QgsVectorLayer, feature: QgsFeature) -> FeatureReference:
    """Where a polygon of a layer lies."""
    return FeatureReference(layer.id(), feature.id(), bytes(feature.geometry().asWkb()))


def locate(layer: QgsVectorLayer, home: FeatureReference) -> QgsFeature | None:
    """The polygon, also if saving gave it another id and turned its rings, or somebody moved a vertex of it.

    Returns:
        None if it is gone.
    """
    outline = QgsGeometry()
    outline.fromWkb(home.wkb)
    # An unsaved feature has an id below 0, which the provider does not know.
    own = layer.getFeature(home.feature_id) if home.feature_id >= 0 or layer.isEditable() else QgsFeature()
    if own.isValid() and _alike(own.geometry(), outline):
        return own
    request = QgsFeatureRequest().setFilterRect(outline.boundingBox())
    for feature in layer.getFeatures(request):
        if _alike(feature.geometry(), outline):
            return feature
    shared = own.geometry().intersection(outline).area() if own.isValid() else 0.0
    return own if shared > HALF * max(own.geometry().area(), outline.area()) else None


def located(layer: QgsVectorLayer, home: FeatureReference) -> FeatureReference | None:
    """Where a polygon lies now; None if it is gone."""
    found = locate(layer, home)
    return None if found is None else reference_of(layer, found)


def _alike(one: QgsGeometry, other: QgsGeometry) -> bool:
    """Whether two outlines are of the same polygon, wherever they begin and whichever way they go."""
    if bytes(one.asWkb()) == bytes(other.asWkb()):
        return True
    if abs(one.area() - other.area()) > ALIKE * other.area():
        return False
    apart = one.symDifference(other)
    return not apart.isNull() and apart.area() <= ALIKE * other.area()


def change(
    layer: QgsVectorLayer,
    home: FeatureReference,
    values: dict[str, Any],
    geometry: QgsGeometry | None = None,
    crs: QgsCoordinateReferenceSystem | None = None,
    borders: Borders = UNFITTED,
) -> FeatureReference:
    """Change a feature's columns, and its polygon if one is given, as one step of the undo stack.

    Raises:
        NotWritten: the layer cannot be edited, or has no such feature.
    """
    feature = locate(layer, home)
    if feature is None:
        raise NotWritten(tr("The polygon is no longer in the layer “{}”.").format(layer.name()))
    feature_id = feature.id()
    new = [] if geometry is None or crs is None else layer_rules.parts(geometry, layer, crs, feature_id)
    own = dict(zip(layer.fields().names(), feature.attributes()))
    for index in layer.primaryKeyAttributes():
        own.pop(layer.fields()[index].name())
    more = [layer_rules.feature(layer, part, own | values) for part in new[1:]]
    edit(layer)
    layer.beginEditCommand(tr("Change segment"))
    good = all(layer.changeGeometry(feature_id, part) for part in new[:1])
    for index, value in layer_rules.fitting(layer, values).items():
        good = good and layer.changeAttributeValue(feature_id, index, value)
    if not good or not all(layer.addFeature(part) for part in more):
        layer.destroyEditCommand()
        raise NotWritten(tr("The layer “{}” refused the change.").format(layer.name()))
    if geometry is not None:
        _match_neighbours(layer, [feature_id, *(part.id() for part in more)], geometry, borders)
    layer.endEditCommand()
    layer.triggerRepaint()
    return reference_of(layer, layer.getFeature(feature_id))


def _match_neighbours(
    layer: QgsVectorLayer, made: Iterable[int], given: QgsGeometry, borders: Borders
) -> None:
    """Make new polygons and those beside them match vertex for vertex, within an edit command.

    Args:
        given: what they were made of, in the CRS of ``borders``.
    """
    for feature_id in made:
        feature = layer.getFeature(feature_id)
        layer_rules.add_shared_vertices(layer, feature.geometry())
        scale = feature.geometry().boundingBox().perimeter() / given.boundingBox().perimeter()
        neighbours.share_borders(layer, feature, borders.outlines, scale * borders.hair)


def is_own_step(text: str) -> bool:
    """Whether a step of an undo stack, by its text, is one of those that the plugin makes."""
    return text in (tr("Add segment"), tr("Change segment"), tr("Edit segments"), tr("Add finds"))


def edit(layer: QgsVectorLayer) -> None:
    """Put a layer into edit mode; NotWritten if it refuses."""
    if problem := layers.broken(layer):
        raise NotWritten(problem)
    if not layer.isEditable() and not layer.startEditing():
        raise NotWritten(tr("The layer “{}” cannot be edited.").format(layer.name()))
