"""Haste, mistakes and failures on the canvas: nothing is lost or left behind, and one line says what is."""

import os
import signal
import subprocess
from pathlib import Path

from inside.outlines import assert_same_outline
from inside.stage import FIXTURES, OBJECTS, SCENE, WORK, Stage, ghost_of, place, settle, wait
from qgis.core import (
    QgsApplication,
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
    stage.model("sam_vit_b")
    stage.click(stage.pixel_of(*place(0), layer))
    assert "sam_vit_b" in stage.said(), stage.said()
    stage.model("nano")
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
    stage.click(stage.pixel_of(*place(2), layer))
    stage.key(Qt.Key.Key_Escape)
    os.kill(stage.window.worker.pid, signal.SIGSTOP)  # Else it might answer before Enter is pressed.
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


def check_copy_as_command_is_the_same_run(stage):
    from resam_qgis import settings

    layer = stage.open(SCENE)
    stage.output("command.gpkg")
    stage.arm()
    stage.click(stage.pixel_of(*place(0), layer))
    stage.key(Qt.Key.Key_Return)
    settings.DEVICE.set("cpu")
    stage.window.dock.chosen.emit()
    stage.window.dock.command.click()
    text = QgsApplication.clipboard().text()
    assert "--device cpu" in text, text
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
    assert_same_outline(next(made.getFeatures()).geometry(), next(saved).geometry())


def check_a_copied_command_holds_objects_that_are_boxes(stage):
    layer = stage.open(SCENE)
    stage.output("boxes.gpkg")
    stage.arm()
    corners = QgsGeometry.fromWkt(OBJECTS[1]["wkt"]).boundingBox()
    start = stage.pixel_of(corners.xMinimum(), corners.yMaximum(), layer)
    stage.drag(start, stage.pixel_of(corners.xMaximum(), corners.yMinimum(), layer))
    stage.key(Qt.Key.Key_Return)
    stage.press_button(stage.window.dock.command)
    only_box = QgsApplication.clipboard().text()
    assert "--boxes" in only_box, only_box
    assert "--points" not in only_box
    stage.click(stage.pixel_of(*place(0), layer))
    stage.key(Qt.Key.Key_Return)
    stage.press_button(stage.window.dock.command)
    folder = WORK / "terminal of boxes"
    folder.mkdir(exist_ok=True)
    plain = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")}
    text = QgsApplication.clipboard().text()
    done = subprocess.run(
        ["sh", "-c", text], cwd=folder, env=plain, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    made = QgsVectorLayer(str(folder / "segments.gpkg") + "|layername=segments", "made", "ogr")
    found = sorted((feature["n_pos"], feature) for feature in made.getFeatures())
    saved = next(iter(QgsProject.instance().mapLayersByName("boxes"))).getFeatures()
    for (_, one), other in zip(found, sorted(saved, key=lambda feature: feature["n_pos"])):
        assert_same_outline(one.geometry(), other.geometry())
    assert [count for count, _ in found] == [0, 1]


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
