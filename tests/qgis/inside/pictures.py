"""No checks, but pictures of the plugin at work, for the manual: ``tools/help_pictures.py`` runs them."""

import os
from pathlib import Path

import processing
from inside.stage import WORK, Stage, settle, wait
from qgis.core import QgsCoordinateTransform, QgsProject, QgsVectorLayer
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import QDockWidget
from qgis.utils import iface

__all__ = ["Stage"]

SCENE = Path(os.environ.get("RESAM_TEST_SCENE", ""))
POINTS = os.environ.get("RESAM_TEST_POINTS", "")
ZOOM = 0.95
OBJECTS, LEARNED, RUN_SECONDS = 16, 26, 900
WHOLE = 3


def opened(stage):
    """The scene, the tool armed, and the places to click that are in view."""
    from resam_qgis import settings

    settings.THREADS.set(os.cpu_count() or 1)  # One alone, as in tests, makes a search look slow.
    for panel in iface.mainWindow().findChildren(QDockWidget, "Browser"):
        panel.close()
    iface.mainWindow().resize(1300, 860)
    layer = stage.open(SCENE, zoom=ZOOM, name="roofs from the air")
    clicks = QgsVectorLayer(POINTS, "points", "ogr")
    to_raster = QgsCoordinateTransform(clicks.crs(), layer.crs(), QgsProject.instance())
    found = [to_raster.transform(feature.geometry().asPoint()) for feature in clicks.getFeatures()]
    stage.output("buildings.gpkg")
    stage.arm()
    settle(1.0)
    stage.show(layer, zoom=ZOOM)  # Again: QGIS shows the whole of a project's first layer.
    seen = stage.canvas.extent()
    seen.scale(0.9)
    seen_ones = [place for place in found if seen.contains(place)]
    return layer, seen_ones[:: max(1, len(seen_ones) // LEARNED)]


def page(stage, name):
    """Open a page of the dock."""
    tabs = stage.window.dock.tabs
    tabs.setCurrentIndex([tabs.tabText(number) for number in range(tabs.count())].index(name))
    settle(0.5)


def shot(stage, name):
    """A picture of the window, once the map stands."""
    iface.messageBar().clearWidgets()
    stage.canvas.waitWhileRendering()
    settle(1.0)
    stage.shot(name)


def check_pages(stage):
    layer, clicks = opened(stage)
    for name in ("building", "shed"):
        stage.window.classes.add(name)
    stage.press(Qt.Key.Key_1)
    for place in clicks[:OBJECTS]:
        stage.tap(stage.pixel_of(place.x(), place.y(), layer))
        stage.answered()
        stage.press(Qt.Key.Key_Return)
    last = clicks[OBJECTS]
    stage.tap(stage.pixel_of(last.x(), last.y(), layer))
    stage.answered()
    shot(stage, "dock")
    stage.press(Qt.Key.Key_Return)
    finding = stage.window.finding
    page(stage, "Find")
    stage.show(layer)
    finding.area.kinds.setCurrentIndex(WHOLE)
    settle(0.5)
    stage.press_button(finding.start)
    wait(lambda: not finding.running, RUN_SECONDS)
    shot(stage, "find")
    page(stage, "Adapt")
    for place in clicks[OBJECTS + 1 : LEARNED]:
        stage.tap(stage.pixel_of(place.x(), place.y(), layer))
        stage.answered()
        stage.press(Qt.Key.Key_Return)
    panel = stage.window.adapting
    panel.name.setText("roofs")
    stage.press_button(panel.start)
    wait(lambda: not panel.running, RUN_SECONDS)
    shot(stage, "adapt")
    page(stage, "Review")
    stage.window.review.open(stage.window.dock.chosen_output())
    shot(stage, "review")


def check_processing_dialog(stage):
    opened(stage)
    dialog = processing.createAlgorithmDialog("resam:segmentpoints", {})
    dialog.resize(900, 640)
    dialog.show()
    settle(1.0)
    dialog.grab().save(str(WORK / "processing.png"))
    dialog.close()
