"""The clicks of an object follow its polygon: through saving, undoing, and what QGIS's own tools do to it."""

from inside.editing import pressed
from inside.stage import SCENE, WORK, Stage, place, settle
from qgis.core import (
    QgsCoordinateTransformContext,
    QgsFields,
    QgsGeometry,
    QgsPointXY,
    QgsProject,
    QgsRasterLayer,
    QgsRectangle,
    QgsVectorFileWriter,
    QgsVectorLayer,
    QgsWkbTypes,
)
from qgis.PyQt.QtCore import Qt

__all__ = ["Stage"]


def clicks(stage):
    """What was clicked of each accepted object, by its number; all are where they say."""
    from resam_qgis import output_layers

    layer = stage.window.dock.chosen_output()
    lie = [output_layers.reference_of(layer, feature) for feature in layer.getFeatures()]
    for item in stage.controller.session.accepted:
        assert item.home in lie, item
    return {item.number: item.draft for item in stage.controller.session.accepted}


def count(stage):
    """What the page Adapt says."""
    settle(0.1)
    return stage.window.adapting._count.text()


def polygon(stage, number):
    """The feature around an object of the scene."""
    point = QgsGeometry.fromPointXY(QgsPointXY(*place(number)))
    layer = stage.window.dock.chosen_output()
    return next(feature for feature in layer.getFeatures() if feature.geometry().intersects(point))


def backspace(stage):
    stage.press(Qt.Key.Key_Escape)
    stage.press(Qt.Key.Key_Backspace)
    settle(0.1)


def check_a_file_that_turns_rings_around_keeps_the_clicks(stage):
    layer = stage.open(SCENE)
    options = QgsVectorFileWriter.SaveVectorOptions()
    options.driverName = "ESRI Shapefile"
    path, kind = str(WORK / "turned rings.shp"), QgsWkbTypes.Type.Polygon
    context = QgsCoordinateTransformContext()
    writer = QgsVectorFileWriter.create(path, QgsFields(), kind, layer.crs(), context, options)
    del writer  # Closes the file.
    own = QgsVectorLayer(path, "turned", "ogr")
    QgsProject.instance().addMapLayer(own)
    stage.window.dock.outputs.setLayer(own)
    stage.enter(layer, 0, 1, 2)
    before = clicks(stage)
    sent = {bytes(feature.geometry().asWkb()) for feature in own.getFeatures()}
    assert own.commitChanges()
    settle(0.1)
    assert sent.isdisjoint(bytes(feature.geometry().asWkb()) for feature in own.getFeatures())
    assert clicks(stage) == before
    stage.enter(layer, 3)
    assert len(clicks(stage)) == 4
    backspace(stage)
    assert own.featureCount() == 3
    assert clicks(stage) == before


def check_a_step_that_is_undone_gives_every_polygon_its_clicks_again(stage):
    layer = stage.open(SCENE)
    out = stage.output("undone edits.gpkg")
    stage.enter(layer, 0, 1, 2)
    x, y = polygon(stage, 0).geometry().centroid().asPoint()
    hole = QgsGeometry.fromRect(QgsRectangle(x - 0.5, y - 0.5, x + 0.5, y + 0.5))
    whole = polygon(stage, 0).geometry()
    assert out.changeGeometry(polygon(stage, 0).id(), whole.difference(hole))
    before = clicks(stage)
    assert len(before) == 3
    for mode, numbers in (("holes", (0,)), ("merge", (1, 2))):
        pressed(stage, mode)
        for number in numbers:
            pixel = stage.pixel_of(*place(number), layer)
            stage.tap(pixel if mode == "merge" else stage.pixel_of(*_beside(whole, hole), layer))
        stage.press(Qt.Key.Key_Return)
        assert out.undoStack().undoText() == "Edit segments", stage.said()
        after = clicks(stage)
        assert sum(len(draft.clicks) for draft in after.values()) == 3
        backspace(stage)
        assert clicks(stage) == before, mode
        out.undoStack().redo()
        assert clicks(stage) == after, f"{mode} once more"
        out.undoStack().undo()
        assert clicks(stage) == before, mode


def _beside(whole, hole):
    """A place on a polygon and beside a hole in its middle."""
    place = whole.difference(hole.buffer(0.3, 4)).pointOnSurface().asPoint()
    return place.x(), place.y()


def check_a_polygon_that_was_refined_or_rejected_has_its_clicks_again_after_undo(stage):
    layer = stage.open(SCENE)
    out = stage.output("undone words.gpkg")
    stage.enter(layer, 0, 1)
    before = clicks(stage)
    pressed(stage, "refine")
    stage.tap(stage.pixel_of(*place(0), layer))
    stage.answered()
    x, y = polygon(stage, 0).geometry().pointOnSurface().asPoint()
    stage.tap(stage.pixel_of(x + 1, y, layer))
    stage.answered()
    stage.press(Qt.Key.Key_Return)
    stage.answered()
    assert out.featureCount() == 2, stage.said()
    assert sorted(len(draft.clicks) for draft in clicks(stage).values()) == [1, 2]
    backspace(stage)
    assert clicks(stage) == before
    review = stage.window.review
    stage.window.dock.tabs.setCurrentWidget(review)
    review.open(out)
    review.reject()
    assert len(clicks(stage)) == 1
    stage.window.dock.tabs.setCurrentIndex(0)
    backspace(stage)
    assert clicks(stage) == before


def check_undo_reaches_the_clicks_on_a_raster_that_is_not_chosen(stage):
    layer = stage.open(SCENE)
    out = stage.output("other raster.gpkg")
    stage.enter(layer, 0)
    session = stage.controller.session
    other = QgsRasterLayer(str(SCENE), "other")
    QgsProject.instance().addMapLayer(other)
    stage.window.dock.layers.setLayer(other)
    stage.window.dock.outputs.setLayer(out)
    backspace(stage)
    assert out.featureCount() == 0
    assert session.accepted == []


def check_objects_whose_polygons_qgis_took_away_do_not_count(stage):
    layer = stage.open(SCENE)
    out = stage.output("taken away.gpkg")
    stage.enter(layer, 0, 1)
    before = clicks(stage)
    assert count(stage).startswith("2 ")
    out.deleteFeature(polygon(stage, 1).id())
    assert list(clicks(stage)) == [1]
    assert count(stage).startswith("1 ")
    out.undoStack().undo()
    assert clicks(stage) == before
    for _ in before:
        out.undoStack().undo()
    assert clicks(stage) == {}
    for _ in before:
        out.undoStack().redo()
    assert clicks(stage) == before
    out.rollBack()
    assert clicks(stage) == {}
    assert count(stage).startswith("0 ")


def check_a_polygon_whose_vertices_others_move_or_add_keeps_its_clicks(stage):
    from resam_qgis import output_layers

    layer = stage.open(SCENE)
    out = stage.output("others vertices.gpkg")
    stage.enter(layer, 0)
    before = clicks(stage)
    feature = polygon(stage, 0)
    shape = feature.geometry()
    corner = shape.vertexAt(1)
    shape.moveVertex(corner.x() + 1, corner.y(), 1)
    out.changeGeometry(feature.id(), shape)
    assert clicks(stage) == before
    QgsProject.instance().setTopologicalEditing(True)
    output_layers.add_polygon(out, _beside_an_edge(shape), {}, out.crs())
    QgsProject.instance().setTopologicalEditing(False)
    assert bytes(polygon(stage, 0).geometry().asWkb()) != bytes(shape.asWkb())
    assert clicks(stage) == before
    pressed(stage, "refine")
    stage.tap(stage.pixel_of(*place(0), layer))
    stage.answered()
    assert stage.controller.session.draft == before[1]
    stage.press(Qt.Key.Key_Return)
    stage.answered()
    assert out.featureCount() == 2
    assert list(clicks(stage).values()) == [before[1]], "one object still"


def _beside_an_edge(shape):
    """A polygon that touches the middle of the longest edge of another."""
    points = shape.asMultiPolygon()[0][0]
    one, other = max(zip(points, points[1:]), key=lambda pair: pair[0].distance(pair[1]))
    middle = QgsPointXY((one.x() + other.x()) / 2, (one.y() + other.y()) / 2)
    found = QgsGeometry.fromPolygonXY([[one, middle, QgsPointXY(middle.x() + 2, middle.y() + 2), one]])
    return found


def check_the_clicks_of_a_split_polygon_go_where_they_lie(stage):
    layer = stage.open(SCENE)
    out = stage.output("split clicks.gpkg")
    stage.enter(layer, 0)
    before = clicks(stage)
    box = polygon(stage, 0).geometry().boundingBox()
    x, _ = place(0)
    for across in (x + 0.6, x - 0.6):  # The click lies on the one side, then on the other.
        pressed(stage, "split")
        for y in (box.yMinimum() - 3, box.yMaximum() + 3):
            stage.tap(stage.pixel_of(across, y, layer))
        stage.press(Qt.Key.Key_Return)
        assert out.featureCount() >= 2, stage.said()
        assert list(clicks(stage).values()) == list(before.values())
        (item,) = stage.controller.session.accepted
        assert out.getFeature(item.home.feature_id).geometry().contains(QgsPointXY(*place(0)))
        backspace(stage)
        assert out.featureCount() == 1
        assert clicks(stage) == before


def check_clicks_on_both_sides_of_a_split_become_two_objects(stage):
    layer = stage.open(SCENE)
    out = stage.output("split in two.gpkg")
    stage.enter(layer, 0)
    box = polygon(stage, 0).geometry().boundingBox()
    x, y = place(0)
    (item,) = stage.controller.session.accepted
    from resam_qgis.session import NEGATIVE, Click, Draft

    left, right, off = Click(x - 1, y), Click(x + 1, y), Click(box.xMaximum() + 9, y, NEGATIVE)
    item.draft = Draft((off, left, right), (box.xMinimum(), box.yMinimum(), box.xMaximum(), box.yMaximum()))
    before = clicks(stage)
    pressed(stage, "split")
    for up in (box.yMinimum() - 3, box.yMaximum() + 3):
        stage.tap(stage.pixel_of(x, up, layer))
    stage.press(Qt.Key.Key_Return)
    assert out.featureCount() >= 2, stage.said()
    found = sorted(clicks(stage).values(), key=lambda draft: draft.box[0])
    assert found[0].clicks == (left,)
    assert found[-1].clicks == (right, off)
    assert found[0].box[2] < box.xMaximum()
    backspace(stage)
    assert clicks(stage) == before
