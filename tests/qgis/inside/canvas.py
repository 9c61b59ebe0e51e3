"""Clicks through the real canvas, and what becomes of them."""

import sys
from pathlib import Path

from inside.stage import FIXTURES, OBJECTS, RIGHT, SCENE, Stage, ghost_of, place, settle, wait
from qgis.core import (
    QgsCoordinateTransform,
    QgsGeometry,
    QgsPointXY,
    QgsProject,
    QgsRasterLayer,
    QgsRectangle,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QPoint, Qt
from qgis.PyQt.QtTest import QTest

__all__ = ["Stage"]


def check_what_is_tested_is_the_installed_archive(stage):
    folder = Path(sys.modules["resam_qgis"].__file__).parent
    assert "profiles" in folder.parts
    assert (folder / "bundle" / "engine" / "serving" / "worker.py").is_file()
    assert not [name for name in sys.path if "bundle" in name]
    assert "engine" not in sys.modules
    assert "torch" not in sys.modules
    from resam_qgis import places

    # What QGIS deletes when it upgrades or uninstalls a plugin is its folder alone.
    assert folder not in (places.home(), *places.home().parents)


def check_clicks_land_where_they_are_made(stage):
    for crs, rotation in ((None, 0.0), ("EPSG:3857", 0.0), ("EPSG:4326", 30.0)):
        layer = stage.open(SCENE, crs=crs)
        stage.canvas.setRotation(rotation)
        settle(0.3)
        stage.arm()
        settings = stage.canvas.mapSettings()
        back = QgsCoordinateTransform(layer.crs(), settings.destinationCrs(), QgsProject.instance())
        middle = stage.canvas.viewport().rect().center()
        for offset in (QPoint(0, 0), QPoint(57, -31), QPoint(-80, 44)):
            stage.click(middle + offset, answered=False)
            click = stage.controller.session.draft.clicks[-1]
            meant = settings.mapToPixel().toMapCoordinates((middle + offset).x(), (middle + offset).y())
            found = back.transform(QgsPointXY(click.x, click.y))
            assert found.distance(meant) <= settings.mapUnitsPerPixel(), (crs, rotation, found, meant)
        stage.canvas.setRotation(0.0)
        stage.fresh()


def check_a_click_becomes_a_polygon_around_it(stage):
    layer = stage.open(SCENE)
    stage.arm()
    x, y = place(0)
    stage.click(stage.pixel_of(x, y, layer))
    assert stage.controller.answer, stage.said()
    overlay = ghost_of(stage)
    assert overlay.contains(QgsPointXY(x, y))
    truth = QgsGeometry.fromWkt(OBJECTS[0]["wkt"])
    iou = overlay.intersection(truth).area() / overlay.combine(truth).area()
    assert iou > 0.4, iou


def vertices(stage):
    overlay = ghost_of(stage)
    return sum(1 for _ in overlay.vertices())


def check_right_click_and_shift_exclude(stage):
    layer = stage.open(SCENE)
    stage.arm()
    middle = stage.pixel_of(*place(0), layer)
    stage.click(middle)
    stage.click(middle + QPoint(30, 0), button=RIGHT)
    stage.click(middle + QPoint(0, 30), modifiers=Qt.KeyboardModifier.ShiftModifier)
    assert [click.label for click in stage.controller.session.draft.clicks] == [1, 0, 0]


def check_a_drag_is_a_box(stage):
    layer = stage.open(SCENE)
    stage.arm()
    corners = QgsGeometry.fromWkt(OBJECTS[1]["wkt"]).boundingBox()
    start = stage.pixel_of(corners.xMinimum(), corners.yMaximum(), layer)
    end = stage.pixel_of(corners.xMaximum(), corners.yMinimum(), layer)
    stage.drag(start, end)
    box = stage.controller.session.draft.box
    assert box is not None
    tolerance = 2 * stage.canvas.mapUnitsPerPixel()
    assert abs(box[0] - corners.xMinimum()) < tolerance
    assert abs(box[3] - corners.yMaximum()) < tolerance
    truth = QgsGeometry.fromWkt(OBJECTS[1]["wkt"])
    overlay = ghost_of(stage)
    assert overlay.intersection(truth).area() / overlay.combine(truth).area() > 0.5


def check_keys_undo_clear_and_switch(stage):
    layer = stage.open(SCENE)
    stage.arm()
    middle = stage.pixel_of(*place(0), layer)
    stage.click(middle)
    stage.click(middle + QPoint(25, 0), button=RIGHT)
    stage.key(Qt.Key.Key_Backspace)
    stage.answered()
    assert len(stage.controller.session.draft.clicks) == 1
    first = stage.controller.answer
    stage.key(Qt.Key.Key_Tab)
    stage.answered()
    assert len(stage.controller.candidates) == 4
    assert stage.controller.shown == 1
    stage.key(Qt.Key.Key_Backtab)
    assert stage.controller.answer == first
    stage.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert stage.controller.session.draft.empty
    stage.click(middle)
    stage.key(Qt.Key.Key_Escape)
    assert stage.controller.session.draft.empty
    assert stage.controller.answer is None


def check_what_is_saved_is_the_ghost_and_undo_takes_it_back(stage):
    layer = stage.open(SCENE)
    out = stage.output()
    stage.arm()
    stage.click(stage.pixel_of(*place(0), layer))
    overlay = ghost_of(stage)
    stage.key(Qt.Key.Key_Return)
    assert out.featureCount() == 1, stage.said()
    feature = next(out.getFeatures())
    assert feature.geometry().symDifference(overlay).area() < 1e-6
    assert feature["model"] == "nano"
    assert feature["n_pos"] == 1
    assert 0 < feature["score"] <= 1
    assert out.isEditable()
    stage.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert out.featureCount() == 0
    assert stage.controller.session.accepted == []


def check_enter_before_the_answer_accepts_it_when_it_comes(stage):
    layer = stage.open(SCENE)
    out = stage.output()
    stage.arm()
    stage.click(stage.pixel_of(*place(0), layer), answered=False)
    stage.key(Qt.Key.Key_Return)
    wait(lambda: out.featureCount() == 1)


def check_an_editable_layer_of_the_users_own_in_another_crs(stage):
    layer = stage.open(SCENE)
    own = QgsVectorLayer("MultiPolygon?crs=EPSG:4326&field=class:string&field=note:string", "own", "memory")
    QgsProject.instance().addMapLayer(own)
    stage.window.dock.outputs.setLayer(own)
    stage.window.dock._class.setCurrentText("roof")
    stage.arm()
    x, y = place(0)
    stage.click(stage.pixel_of(x, y, layer))
    stage.key(Qt.Key.Key_Return)
    assert own.featureCount() == 1, stage.said()
    feature = next(own.getFeatures())
    to_own = QgsCoordinateTransform(layer.crs(), own.crs(), QgsProject.instance())
    assert feature.geometry().contains(to_own.transform(QgsPointXY(x, y)))
    assert feature["class"] == "roof"
    stage.window.dock._class.setCurrentText("")


def check_sliders_change_the_overlay(stage):
    layer = stage.open(SCENE)
    stage.arm()
    dock = stage.window.dock
    dock._simplify.setValue(0)
    stage.click(stage.pixel_of(*place(0), layer))
    fine = vertices(stage)
    dock._simplify.setValue(8)
    stage.answered()
    coarse, plain = vertices(stage), ghost_of(stage).asWkt(3)
    dock.shape.choose("right-angled")
    stage.answered()
    squared = ghost_of(stage).asWkt(3)
    dock.shape.choose("polygon")
    dock._simplify.setValue(3)
    stage.answered()
    assert coarse < fine
    assert squared != plain


def check_the_hover_previews_without_embedding(stage):
    layer = stage.open(SCENE)
    stage.arm()
    pixel = stage.pixel_of(*place(0), layer)
    stage.click(pixel)
    stage.key(Qt.Key.Key_Escape)
    band = stage.controller._overlays._hover
    QTest.mouseMove(stage.canvas.viewport(), pixel + QPoint(-60, -40))
    settle(0.2)
    QTest.mouseMove(stage.canvas.viewport(), pixel)
    wait(lambda: band.asGeometry() is not None and not band.asGeometry().isEmpty(), 20)
    settle(0.3)
    stage.shot("hover")


def check_clicks_outlive_pan_zoom_and_a_change_of_layer(stage):
    layer = stage.open(SCENE)
    stage.arm()
    stage.click(stage.pixel_of(*place(0), layer))
    draft = stage.controller.session.draft
    stage.canvas.zoomByFactor(0.5)
    stage.canvas.setCenter(QgsPointXY(*place(1)))
    settle(0.3)
    other = QgsRasterLayer(str(SCENE), "other")
    QgsProject.instance().addMapLayer(other)
    stage.window.dock.layers.setLayer(other)
    assert stage.controller.session.draft.empty
    stage.window.dock.layers.setLayer(layer)
    assert stage.controller.session.draft == draft
    stage.answered()
    assert stage.controller.answer


def check_rasters_of_every_kind(stage):
    """16 bit and five bands, rotated, in a GeoPackage, a name with spaces and letters of any alphabet."""
    for name in ("deep.tif", "turned.tif", "inside.gpkg", "Dächer ß 屋顶/scène nº 1.tif"):
        layer = stage.open(FIXTURES / name, name=name)
        stage.arm()
        x, y = OBJECTS[0]["x"], OBJECTS[0]["y"]
        if name == "turned.tif":
            x, y = OBJECTS[0]["turned"]
        stage.click(stage.pixel_of(x, y, layer))
        assert stage.controller.answer is not None, (name, stage.said())
        overlay = ghost_of(stage)
        assert overlay is not None, (name, stage.controller.answer)
        assert overlay.buffer(1.0, 4).contains(QgsPointXY(x, y)), name
        stage.fresh()


def check_bands_can_be_chosen(stage):
    layer = stage.open(FIXTURES / "deep.tif")
    for box, band in zip(stage.window.dock.bands.boxes, (5, 3, 2)):
        box.setCurrentIndex(band)
    stage.arm()
    stage.click(stage.pixel_of(*place(0), layer))
    assert stage.controller.source.bands == (5, 3, 2)
    assert stage.controller.answer is not None, stage.said()


def check_a_layer_without_a_file_is_rendered(stage):
    tiles = (FIXTURES / "tiles").as_uri() + "/%7Bz%7D/%7Bx%7D/%7By%7D.png"
    layer = QgsRasterLayer(f"type=xyz&url={tiles}&zmin=0&zmax=19", "tiles", "wms")
    assert layer.isValid()
    QgsProject.instance().addMapLayer(layer)
    stage.show(layer)
    x, y = OBJECTS[0]["mercator"]
    half = 80
    stage.canvas.setExtent(QgsRectangle(x - half, y - half, x + half, y + half))
    settle(1.0)
    stage.arm()
    stage.click(stage.pixel_of(x, y, layer))
    assert stage.controller.answer is not None, stage.said()
    assert ghost_of(stage).contains(QgsPointXY(x, y))
    rendered = stage.controller.source.path
    assert rendered.endswith(".png")
    stage.click(stage.pixel_of(x + 5, y, layer))
    assert stage.controller.source.path == rendered
    stage.key(Qt.Key.Key_Escape)
    stage.canvas.zoomByFactor(0.25)
    settle(0.5)
    stage.click(stage.pixel_of(x, y, layer))
    assert stage.controller.source.path != rendered, "closer up, it is rendered again"
