"""Clicks through the real canvas, and what becomes of them."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from inside.stage import FIXTURES, RIGHT, WORK, Stage, settle, wait
from qgis.core import (
    QgsApplication,
    QgsCoordinateTransform,
    QgsGeometry,
    QgsPointXY,
    QgsProject,
    QgsRasterLayer,
    QgsRectangle,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QEvent, QPoint, Qt
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QApplication, QDockWidget
from qgis.utils import iface, plugins, startPlugin, unloadPlugin

__all__ = ["Stage"]

SCENE = FIXTURES / "scene.tif"
OBJECTS = json.loads((FIXTURES / "objects.json").read_text())
"""Places, in the scene's CRS, that lie well inside objects, with the objects' outlines as WKT."""


def place(number):
    return OBJECTS[number]["x"], OBJECTS[number]["y"]


def check_what_is_tested_is_the_installed_archive(stage):
    folder = Path(sys.modules["resam_qgis"].__file__).parent
    assert "profiles" in folder.parts
    assert (folder / "bundle" / "engine" / "worker.py").is_file()
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
    ghost = ghost_of(stage)
    assert ghost.contains(QgsPointXY(x, y))
    truth = QgsGeometry.fromWkt(OBJECTS[0]["wkt"])
    iou = ghost.intersection(truth).area() / ghost.combine(truth).area()
    assert iou > 0.4, iou


def ghost_of(stage):
    from resam_qgis.ghosts import geometry_of

    return geometry_of(stage.controller.answer)


def vertices(stage):
    ghost = ghost_of(stage)
    return sum(1 for _ in ghost.vertices())


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
    ghost = ghost_of(stage)
    assert ghost.intersection(truth).area() / ghost.combine(truth).area() > 0.5


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
    ghost = ghost_of(stage)
    stage.key(Qt.Key.Key_Return)
    assert out.featureCount() == 1, stage.said()
    feature = next(out.getFeatures())
    assert feature.geometry().symDifference(ghost).area() < 1e-6
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


def check_sliders_change_the_ghost(stage):
    layer = stage.open(SCENE)
    stage.arm()
    dock = stage.window.dock
    dock._simplify.setValue(0)
    stage.click(stage.pixel_of(*place(0), layer))
    fine = vertices(stage)
    dock._simplify.setValue(8)
    stage.answered()
    coarse = vertices(stage)
    dock._regularize.setChecked(True)
    stage.answered()
    squared = vertices(stage)
    dock._regularize.setChecked(False)
    dock._simplify.setValue(3)
    stage.answered()
    assert coarse < fine
    assert squared not in (coarse, fine)


def check_the_hover_previews_without_embedding(stage):
    layer = stage.open(SCENE)
    stage.arm()
    pixel = stage.pixel_of(*place(0), layer)
    stage.click(pixel)
    stage.key(Qt.Key.Key_Escape)
    band = stage.controller._ghosts._hover
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


def check_a_worker_killed_while_it_works_loses_no_click(stage):
    layer = stage.open(SCENE)
    stage.arm()
    x, y = place(0)
    stage.click(stage.pixel_of(x, y, layer))
    stage.key(Qt.Key.Key_Escape)
    worker = stage.window.worker
    wait(lambda: not worker.busy)
    first = worker.pid
    os.kill(first, signal.SIGSTOP)
    stage.click(stage.pixel_of(x, y, layer), answered=False)
    os.kill(first, signal.SIGKILL)
    wait(lambda: worker.pid not in (0, first), 60)
    stage.answered()
    assert len(stage.controller.session.draft.clicks) == 1
    assert stage.controller.answer is not None
    assert ghost_of(stage).contains(QgsPointXY(x, y))
    worker._crashes.clear()


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
        ghost = ghost_of(stage)
        assert ghost is not None, (name, stage.controller.answer)
        assert ghost.buffer(1.0, 4).contains(QgsPointXY(x, y)), name
        stage.fresh()


def check_bands_can_be_chosen(stage):
    layer = stage.open(FIXTURES / "deep.tif")
    for box, band in zip(stage.window.dock._bands, (5, 3, 2)):
        box.setCurrentIndex(band)
    assert stage.controller.source().bands == (5, 3, 2)
    stage.arm()
    stage.click(stage.pixel_of(*place(0), layer))
    assert stage.controller.answer is not None, stage.said()


def check_a_layer_without_a_file_is_rendered(stage):
    tiles = (FIXTURES / "tiles").as_uri() + "/%7Bz%7D/%7Bx%7D/%7By%7D.png"
    layer = QgsRasterLayer(f"type=xyz&url={tiles}&zmin=0&zmax=22", "tiles", "wms")
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
    rendered = stage.controller.source().path
    assert rendered.endswith(".tif")
    stage.click(stage.pixel_of(x + 5, y, layer))
    assert stage.controller.source().path == rendered
    stage.key(Qt.Key.Key_Escape)
    stage.canvas.zoomByFactor(0.25)
    settle(0.5)
    stage.click(stage.pixel_of(x, y, layer))
    assert stage.controller.source().path != rendered, "closer up, it is rendered again"


def check_bad_layers_are_one_clear_line(stage):
    nowhere = QgsRasterLayer(str(FIXTURES / "missing.tif"), "missing")
    QgsProject.instance().addMapLayer(nowhere)
    stage.window.dock.layers.setLayer(nowhere)
    stage.arm()
    stage.click(QPoint(200, 200))
    assert "missing" in stage.said()
    assert "\n" not in stage.said()
    assert stage.controller.session.draft.empty


def check_an_unknown_model_is_told_and_the_way_back_works(stage):
    layer = stage.open(SCENE)
    stage.arm()
    stage.window.dock.choose_model("sam_vit_b")
    stage.click(stage.pixel_of(*place(0), layer))
    assert "sam_vit_b" in stage.said(), stage.said()
    stage.window.dock.choose_model("nano")
    stage.answered()
    assert stage.controller.answer is not None, stage.said()


def check_layers_may_vanish_at_any_moment(stage):
    layer = stage.open(SCENE)
    out = stage.output("gone.gpkg")
    stage.arm()
    others = [QgsRasterLayer(str(SCENE), name) for name in ("one", "two")]
    QgsProject.instance().addMapLayers(others)
    stage.window.dock.layers.setLayer(layer)
    stage.click(stage.pixel_of(*place(0), layer), answered=False)
    QgsProject.instance().removeMapLayers([layer.id(), out.id()])
    del layer, out
    settle(0.5)
    chosen = stage.controller.choice.layer
    assert chosen in others, "the dock shows another raster now, and that is what is clicked on"
    assert chosen == stage.window.dock.raster()
    assert stage.controller.session.draft.empty
    stage.click(stage.pixel_of(*place(0), chosen))
    assert stage.controller.answer is not None, stage.said()
    QTest.mouseMove(stage.canvas.viewport(), QPoint(200, 200))
    settle(0.3)
    stage.key(Qt.Key.Key_Escape)
    QgsProject.instance().clear()
    settle(0.3)
    assert stage.controller.choice.layer is None
    stage.click(QPoint(200, 200), answered=False)
    assert "Choose a raster" in stage.said()


def check_clicks_after_enter_belong_to_the_next_object(stage):
    layer = stage.open(SCENE)
    out = stage.output("quick.gpkg")
    stage.arm()
    stage.click(stage.pixel_of(*place(0), layer), answered=False)
    stage.key(Qt.Key.Key_Return)
    stage.click(stage.pixel_of(*place(1), layer), answered=False)
    wait(lambda: out.featureCount() == 1)
    stage.answered()
    settle(0.3)
    assert out.featureCount() == 1, "the second object was not accepted"
    assert [(click.x, click.y) for click in stage.controller.session.accepted[0].draft.clicks] != []
    assert len(stage.controller.session.draft.clicks) == 1
    assert ghost_of(stage).contains(QgsPointXY(*place(1)))


def check_enter_after_tab_accepts_the_candidate(stage):
    layer = stage.open(SCENE)
    out = stage.output("tab.gpkg")
    stage.arm()
    stage.click(stage.pixel_of(*place(0), layer))
    stage.key(Qt.Key.Key_Tab)
    stage.key(Qt.Key.Key_Return)
    wait(lambda: out.featureCount() == 1)
    stage.click(stage.pixel_of(*place(1), layer))
    settle(0.3)
    assert out.featureCount() == 1, "nothing is accepted without Enter"


def check_a_stopped_worker_leaves_no_wish_behind(stage):
    layer = stage.open(SCENE)
    out = stage.output("stopped.gpkg")
    stage.arm()
    stage.click(stage.pixel_of(*place(0), layer), answered=False)
    stage.key(Qt.Key.Key_Return)
    stage.window.worker.stop()
    assert not stage.controller.waiting
    assert "Looking" not in stage.window.dock._answer.text()
    stage.click(stage.pixel_of(*place(1), layer))
    settle(0.3)
    assert out.featureCount() == 0


def check_redo_is_left_to_qgis_and_undo_without_a_layer_asks_nothing(stage):
    layer = stage.open(SCENE)
    stage.arm()
    stage.click(stage.pixel_of(*place(0), layer))
    both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    stage.key(Qt.Key.Key_Z, both)
    assert len(stage.controller.session.draft.clicks) == 1
    stage.key(Qt.Key.Key_Backspace)
    stage.window.dock.outputs.setLayer(None)
    stage.key(Qt.Key.Key_Backspace)
    assert stage.controller.session.draft.empty


def check_places_that_the_rasters_crs_does_not_know_are_told(stage):
    stage.open(SCENE, crs="EPSG:4326")
    stage.canvas.setExtent(QgsRectangle(-170, -89.9, 170, 89.9))
    stage.canvas.refresh()
    settle(0.3)
    stage.arm()
    for pixel in (QPoint(5, 5), QPoint(20, 300)):
        QTest.mouseMove(stage.canvas.viewport(), pixel)
        settle(0.1)
        stage.click(pixel, answered=False)
    assert "\n" not in stage.said()


def check_a_file_that_is_open_is_not_replaced(stage):
    stage.open(SCENE)
    out = stage.output("open.gpkg")
    before = out.source()
    stage.window.dock.make_output(WORK / "open.gpkg")
    assert "open in this project" in stage.said()
    assert [layer.source() for layer in QgsProject.instance().mapLayersByName("open")] == [before]


def check_copy_as_command_is_the_same_run(stage):
    layer = stage.open(SCENE)
    stage.output("command.gpkg")
    stage.arm()
    stage.click(stage.pixel_of(*place(0), layer))
    stage.key(Qt.Key.Key_Return)
    stage.window.dock.command.click()
    text = QgsApplication.clipboard().text()
    folder = WORK / "terminal"
    folder.mkdir(exist_ok=True)
    # As a user would: in a shell that knows nothing of the plugin.
    plain = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")}
    done = subprocess.run(
        ["sh", "-c", text], cwd=folder, env=plain, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    made = QgsVectorLayer(str(folder / "segments.gpkg") + "|layername=segments", "made", "ogr")
    assert made.featureCount() == 1
    saved = next(iter(QgsProject.instance().mapLayersByName("command"))).getFeatures()
    assert next(made.getFeatures()).geometry().symDifference(next(saved).geometry()).area() < 1e-6


def check_it_unloads_and_loads_again_with_nothing_left_behind(stage):
    layer = stage.open(SCENE)
    stage.arm()
    stage.click(stage.pixel_of(*place(0), layer))
    worker = stage.window.worker.pid
    items = len(stage.canvas.scene().items())
    assert worker
    unloadPlugin("resam_qgis")
    settle(0.5)
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert not Path(f"/proc/{worker}").exists() or "Z" in Path(f"/proc/{worker}/stat").read_text().split()[2]
    assert QgsApplication.processingRegistry().providerById("resam") is None
    assert len(stage.canvas.scene().items()) < items
    texts = [action.text() for action in iface.pluginToolBar().actions()]
    assert "ReSAM" not in texts
    assert not [menu for menu in iface.rasterMenu().actions() if menu.text() == "ReSAM"]
    assert not iface.mainWindow().findChildren(QDockWidget, "ResamDock")
    from qgis.utils import loadPlugin

    assert loadPlugin("resam_qgis")
    assert startPlugin("resam_qgis")
    assert "resam_qgis" in plugins
    stage.window.dock.layers.setLayer(layer)
    stage.arm()
    stage.click(stage.pixel_of(*place(0), layer))
    assert stage.controller.answer is not None
    assert len([a for a in iface.pluginToolBar().actions() if a.text() == "ReSAM"]) == 1
