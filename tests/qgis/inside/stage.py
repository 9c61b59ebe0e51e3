"""The window with the plugin in it, and hands to move the mouse."""

import json
import os
import time
from pathlib import Path

from qgis.core import QgsCoordinateReferenceSystem, QgsPointXY, QgsProject, QgsRasterLayer, QgsSettings
from qgis.PyQt.QtCore import QEvent, QPoint, QPointF, Qt
from qgis.PyQt.QtGui import QMouseEvent, QWheelEvent
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QApplication
from qgis.utils import iface, loadPlugin, plugins, startPlugin

FIXTURES = Path(os.environ["RESAM_TEST_FIXTURES"])
WORK = Path(os.environ["RESAM_TEST_WORK"])
SCENE = FIXTURES / "scene.tif"
OBJECTS = json.loads((FIXTURES / "objects.json").read_text())
"""Places, in the scene's CRS, that lie well inside objects, with the objects' outlines as WKT."""
PATIENCE = float(os.environ.get("RESAM_TEST_PATIENCE", "1"))
NONE = Qt.KeyboardModifier.NoModifier
LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton


def wait(done, seconds=60.0):
    """Let QGIS work until something is true; on a busy machine for longer."""
    end = time.monotonic() + seconds * PATIENCE
    while not done():
        QApplication.processEvents()
        time.sleep(0.01)
        if time.monotonic() > end:
            raise TimeoutError(f"nothing after {seconds * PATIENCE:g} s")


def settle(seconds=0.3):
    """Let QGIS work for a while."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        QApplication.processEvents()
        time.sleep(0.01)


def place(number):
    """A click on an object, in the scene's CRS."""
    return OBJECTS[number]["x"], OBJECTS[number]["y"]


def ghost_of(stage):
    """The polygon that is shown."""
    from resam_qgis.overlays import geometry_of

    return geometry_of(stage.controller.answer)


class Stage:
    """One window for all checks; :meth:`fresh` clears the table before each."""

    def __init__(self):
        iface.mainWindow().resize(1300, 860)
        QgsSettings().setValue("resam/interpreter", os.environ["RESAM_TEST_PYTHON"])
        QgsSettings().setValue("resam/device", "cpu")
        if "resam_qgis" not in plugins:
            assert loadPlugin("resam_qgis")
            assert startPlugin("resam_qgis")
        self.canvas = iface.mapCanvas()

    @property
    def plugin(self):
        return plugins["resam_qgis"]

    @property
    def window(self):
        window = self.plugin._open()
        window.dock.setUserVisible(True)
        return window

    @property
    def controller(self):
        return self.window.controller

    def fresh(self):
        window = self.window
        window.dock.arm(False)
        window.dock.tabs.setCurrentIndex(0)  # What stands on a page is visible while that page is open.
        self.canvas.unsetMapTool(window.tool)
        window.controller.clear()
        for layer in QgsProject.instance().mapLayers().values():
            if hasattr(layer, "rollBack") and layer.isEditable():
                layer.rollBack()
        QgsProject.instance().clear()
        QgsProject.instance().setDirty(False)
        iface.messageBar().clearWidgets()  # What QGIS says at its start lies over the canvas.
        window.dock.refresh_adapters("")
        window.dock._class.setCurrentText("")
        window.dock.heat.box.setChecked(False)
        settle(0.1)

    def close(self):
        self.fresh()
        QgsProject.instance().setDirty(False)
        iface.actionExit().trigger()

    def open(self, path, crs=None, zoom=1.0, name="raster"):
        """Open a raster, look at its middle, and choose it in the dock."""
        layer = QgsRasterLayer(str(path), name)
        assert layer.isValid(), path
        QgsProject.instance().addMapLayer(layer)
        return self.show(layer, crs, zoom)

    def show(self, layer, crs=None, zoom=1.0):
        project_crs = QgsCoordinateReferenceSystem(crs) if crs else layer.crs()
        QgsProject.instance().setCrs(project_crs)
        self.canvas.setDestinationCrs(project_crs)
        from qgis.core import QgsCoordinateTransform

        to_map = QgsCoordinateTransform(layer.crs(), project_crs, QgsProject.instance())
        extent = to_map.transformBoundingBox(layer.extent())
        extent.scale(zoom)
        self.canvas.setExtent(extent)
        self.canvas.refresh()
        settle(0.3)
        self.window.dock.layers.setLayer(layer)
        return layer

    def arm(self):
        self.window.dock.tool.setChecked(True)
        settle(0.1)

    def model(self, name):
        """Type the name of a model, as a user would."""
        line = self.window.dock._model.lineEdit()
        line.setFocus()
        line.selectAll()
        QTest.keyClicks(line, name)
        QTest.keyClick(line, Qt.Key.Key_Return)
        settle(0.05)

    def bar(self):
        """The texts of the plugin's messages in QGIS's message bar."""
        return [item.text() for item in iface.messageBar().items() if item.title() == "ReSAM"]

    def press_button(self, button):
        """Click a button of a page."""
        QTest.mouseClick(button, LEFT)
        settle(0.1)

    def output(self, name="out.gpkg"):
        path = WORK / name
        path.unlink(missing_ok=True)
        self.window.dock.make_output(path)
        return self.window.dock.outputs.currentLayer()

    def pixel_of(self, x, y, layer):
        """Canvas pixel of a place in the layer's CRS."""
        from qgis.core import QgsCoordinateTransform

        to_map = QgsCoordinateTransform(
            layer.crs(), self.canvas.mapSettings().destinationCrs(), QgsProject.instance()
        )
        place = self.canvas.mapSettings().mapToPixel().transform(to_map.transform(QgsPointXY(x, y)))
        return QPoint(round(place.x()), round(place.y()))

    def click(self, pixel, button=LEFT, modifiers=NONE, answered=True):
        QTest.mouseClick(self.canvas.viewport(), button, modifiers, pixel)
        if answered:
            self.answered()

    def answered(self):
        wait(lambda: not self.controller.waiting and not self.controller.entered.waiting)

    def enter(self, layer, *numbers):
        """Click objects of the scene and press Enter for each."""
        self.arm()
        for number in numbers:
            self.tap(self.pixel_of(*place(number), layer))
            self.answered()
            self.press(Qt.Key.Key_Return)

    def drag(self, start, end):
        viewport = self.canvas.viewport()
        QTest.mousePress(viewport, LEFT, NONE, start)
        for step in range(1, 6):
            place = start + (end - start) * step / 5
            move = QMouseEvent(
                QEvent.Type.MouseMove, place, viewport.mapToGlobal(place), Qt.MouseButton.NoButton, LEFT, NONE
            )
            QApplication.sendEvent(viewport, move)
        QTest.mouseRelease(viewport, LEFT, NONE, end)
        self.answered()

    def key(self, key, modifiers=NONE):
        QTest.keyClick(self.canvas, key, modifiers)
        settle(0.05)

    def press(self, key, modifiers=NONE):
        """A key as the keyboard sends it: to the window, whose shortcuts and focus decide where it goes."""
        if QApplication.activeWindow() is None:  # Without a window manager nobody makes it active.
            QApplication.setActiveWindow(iface.mainWindow())
        QTest.keyClick(iface.mainWindow().windowHandle(), key, modifiers)
        settle(0.05)

    def tap(self, pixel, button=LEFT, modifiers=NONE):
        """A click as the mouse sends it: to the window, at the place of a pixel of the canvas."""
        place = self.canvas.viewport().mapTo(iface.mainWindow(), pixel)
        QTest.mouseClick(iface.mainWindow().windowHandle(), button, modifiers, place)
        settle(0.02)

    def wheel(self, pixel, notches, modifiers=NONE):
        """The wheel over a pixel of the canvas, as the window gets it: down for negative notches."""
        window = iface.mainWindow()
        place = self.canvas.viewport().mapTo(window, pixel)
        event = QWheelEvent(
            QPointF(place),
            QPointF(window.mapToGlobal(place)),
            QPoint(),
            QPoint(0, 120 * notches),
            Qt.MouseButton.NoButton,
            modifiers,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(window.windowHandle(), event)
        settle(0.05)

    def move(self, pixel):
        """The mouse, moved over the window to a pixel of the canvas."""
        place = self.canvas.viewport().mapTo(iface.mainWindow(), pixel)
        QTest.mouseMove(iface.mainWindow().windowHandle(), place)
        settle(0.05)

    def said(self):
        return self.window.dock._said.text()

    def shot(self, name):
        iface.mainWindow().grab().save(str(WORK / f"{name}.png"))
