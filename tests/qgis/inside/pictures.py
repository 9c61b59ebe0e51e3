"""No checks, but pictures for the front page and the manual, of the plugin at work: see CONTRIBUTING.md."""

import os
import time
from pathlib import Path

import processing
from inside.stage import WORK, Stage, settle, wait
from qgis.core import QgsCoordinateTransform, QgsProject, QgsVectorLayer
from qgis.PyQt.QtCore import Qt

__all__ = ["Stage"]

SCENE = Path(os.environ.get("RESAM_TEST_SCENE", ""))
POINTS = os.environ.get("RESAM_TEST_POINTS", "")
ZOOM = float(os.environ.get("RESAM_TEST_ZOOM", "0.75"))
OBJECTS = 16


def opened(stage, output):
    """The scene, an output, the tool armed, and the places to click that are in view."""
    if SCENE.is_file():
        layer, points = stage.open(SCENE, zoom=ZOOM), POINTS
    else:
        from resam_qgis import places

        layer = stage.open(places.PLUGIN / "sample" / "scene.tif", zoom=ZOOM)
        points = str(places.PLUGIN / "sample" / "points.geojson")
    clicks = QgsVectorLayer(points, "points", "ogr")
    to_raster = QgsCoordinateTransform(clicks.crs(), layer.crs(), QgsProject.instance())
    found = [to_raster.transform(feature.geometry().asPoint()) for feature in clicks.getFeatures()]
    seen = stage.canvas.extent()
    stage.output(output)
    stage.arm()
    settle(1.0)
    return layer, [place for place in found if seen.contains(place)]


def check_click(stage):
    layer, clicks = opened(stage, "roofs.gpkg")
    assert len(clicks) > 2
    dock = stage.window.dock
    for name in ("roof", "shed", "solar panel"):
        stage.window.classes.add(name)
    stage.key(Qt.Key.Key_1)
    for place in clicks[: OBJECTS - 1]:
        stage.click(stage.pixel_of(place.x(), place.y(), layer))
        stage.key(Qt.Key.Key_Return)
    last = clicks[min(OBJECTS, len(clicks)) - 1]
    started = time.monotonic()
    stage.click(stage.pixel_of(last.x(), last.y(), layer))
    print("click", time.monotonic() - started)
    settle(1.0)
    stage.shot("dock")
    stage.key(Qt.Key.Key_Return)
    stage.press_button(dock.classes.classed)
    settle(1.0)
    stage.shot("classes")
    stage.press_button(dock.edits.buttons["merge"])
    for place in clicks[:2]:
        stage.click(stage.pixel_of(place.x(), place.y(), layer))
    settle(0.5)
    stage.shot("edit")
    stage.key(Qt.Key.Key_Escape)
    stage.key(Qt.Key.Key_Escape)
    dock.tabs.setCurrentWidget(stage.window.settings_page)
    settle(0.5)
    stage.shot("settings")
    stage.window.dock.tabs.setCurrentIndex(1)
    panel = stage.window.adapting
    panel.name.setText("picture")
    panel.start.click()
    wait(lambda: not panel.running, 300)
    settle(6.0)
    stage.shot("adapt")
    stage.window.dock.tabs.setCurrentIndex(3)
    stage.window.review.begin()
    settle(2.0)
    stage.shot("review")
    stage.window.dock.tabs.setCurrentIndex(0)


def check_processing_dialog(stage):
    opened(stage, "dialog.gpkg")
    dialog = processing.createAlgorithmDialog("resam:segmentpoints", {})
    dialog.resize(900, 640)
    dialog.show()
    settle(1.0)
    dialog.grab().save(str(WORK / "processing.png"))
    dialog.close()


def check_dark_theme(stage):
    from qgis.core import QgsApplication

    names = QgsApplication.uiThemes()
    assert "Night Mapping" in names, list(names)
    QgsApplication.setUITheme("Night Mapping")
    opened(stage, "dark.gpkg")
    stage.shot("dark")
    QgsApplication.setUITheme("default")
