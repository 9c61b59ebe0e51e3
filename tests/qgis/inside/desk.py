"""QGIS without a window: a canvas, layers, and what the plugin makes of them; no model answers."""

import json
import os
import sys
import time
from pathlib import Path

sys.path.append(os.environ["RESAM_TEST_PLUGINS"])

from qgis.core import (
    QgsApplication,
    QgsCoordinateTransformContext,
    QgsDataProvider,
    QgsGeometry,
    QgsProject,
    QgsRasterLayer,
    QgsRectangle,
    QgsVectorFileWriter,
)
from qgis.gui import QgsMapCanvas, QgsMessageBar
from qgis.PyQt.QtCore import QObject, pyqtSignal
from qgis.PyQt.QtWidgets import QApplication, QMainWindow

SCENE = Path(os.environ["RESAM_TEST_FIXTURES"]) / "scene.tif"
WORK = Path(os.environ["RESAM_TEST_WORK"])
SIDE = 10
"""Of the squares that stand for objects, in metres."""


def settle(seconds=0.05):
    """Let QGIS work for a while."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        QApplication.processEvents()
        time.sleep(0.002)


def wait(done, seconds=20.0):
    """Let QGIS work until something is true."""
    end = time.monotonic() + seconds
    while not done():
        settle()
        if time.monotonic() > end:
            raise TimeoutError(f"nothing after {seconds:g} s")


class Silent(QObject):
    """A worker that is asked, and answers when a check says what."""

    progressed, state_changed = pyqtSignal(int, int, int), pyqtSignal(str, str)
    may_retry, seconds, stderr = True, 0.0, ""

    def __init__(self):
        super().__init__()
        self._asked = []
        self.params = {}

    def request(self, method, params, done, failed):
        self.params = params
        self._asked.append(done)
        return len(self._asked)

    def answer(self, shape):
        """The polygon of what was asked last."""
        found = {"geometry": json.loads(shape.asJson(17)), "score": 0.9, "area_m2": shape.area()}
        self._asked.pop()({"features": [found]})

    def prepare(self, *_, **__):
        pass

    def cancel(self, number):
        pass

    def stop(self):
        pass


class Interface:
    """What the plugin asks of QGIS's window."""

    def __init__(self, canvas):
        self._canvas, self._window, self._bar = canvas, QMainWindow(), QgsMessageBar()
        self.docks = []

    def mapCanvas(self):
        return self._canvas

    def mainWindow(self):
        return self._window

    def messageBar(self):
        return self._bar

    def removeDockWidget(self, dock):
        self.docks.remove(dock)


class Stage:
    """One canvas for all checks; :meth:`fresh` gives each an empty project and a controller of its own."""

    def __init__(self):
        self.application = QgsApplication([], True)
        self.application.initQgis()
        self.canvas = QgsMapCanvas()
        self.interface = Interface(self.canvas)
        self._windows = []
        QgsProject.instance().layersWillBeRemoved.connect(self._forget)  # Before any box of a window.

    def _forget(self, layer_ids):
        for window in self._windows:
            window.forget(layer_ids)

    def fresh(self):
        from resam_qgis.controller import Controller

        for window in list(self._windows):
            self.unload(window)
        QgsProject.instance().setAutoTransaction(False)
        QgsProject.instance().clear()
        QgsProject.instance().setDirty(False)
        self.worker = Silent()
        self.controller = Controller(self.canvas, self.worker)

    def close(self):
        os._exit(0)  # QGIS without a window may crash after it has done everything.

    @property
    def session(self):
        """The clicks on the raster; it is opened if it is not."""
        from resam_qgis.choice import Choice

        if self.controller.choice.layer is None:
            raster = add_raster()  # Chosen by itself where there is a window.
            if self.controller.choice.layer is None:
                self.controller.choose(Choice(raster))
        return self.controller.session

    def open_window(self):
        """The plugin's window, which has a controller of its own."""
        from resam_qgis import window as module

        module.WorkerClient = lambda: self.worker
        window = module.Window(self.interface)
        self.interface.docks.append(window.dock)
        self._windows.append(window)
        self.controller = window.controller
        return window

    def unload(self, window):
        """As QGIS does it."""
        self._windows.remove(window)
        window.close()
        settle()

    def scratch(self, name="out", **properties):
        """A layer in memory, which takes the polygons."""
        from resam_qgis import output_layers

        layer = output_layers.new_scratch_layer(name, self.crs, properties)
        self.controller.layer_chosen = lambda: layer
        return layer

    def geopackage(self, name):
        """A layer in a new file, which takes the polygons."""
        from resam_qgis import output_layers

        path = WORK / name
        path.unlink(missing_ok=True)
        layer = output_layers.new_geopackage(path, self.crs)
        self.controller.layer_chosen = lambda: layer
        return layer

    @property
    def crs(self):
        """The raster's."""
        assert self.session is not None
        return self.controller.choice.layer.crs()

    def enter(self, layer, *places):
        """Objects at metres east of the origin, clicked in their middle: what Enter makes of them."""
        from resam_qgis import output_layers
        from resam_qgis.session import Click, Draft

        for x in places:
            values = {"prompt_id": output_layers.next_number(layer), "status": "accepted", "class": "roof"}
            with self.controller.homes.step(layer):
                home = output_layers.add_polygon(layer, square(x), values, layer.crs())
                self.session.keep(Draft((Click(x + SIDE / 2, SIDE / 2),)), "roof", home)
            self.controller.finished.emit("roof", False)

    def clicked(self, layer):
        """Where the objects were clicked, in metres east; each lies in its polygon, and that in the layer."""
        from resam_qgis import output_layers

        lie = {bytes(one.geometry().asWkb()): one for one in layer.getFeatures()}
        for item in self.session.accepted:
            assert item.home.wkb in lie, f"object {item.number} has no polygon"
            feature = lie[item.home.wkb]
            assert item.home == output_layers.reference_of(layer, feature), f"object {item.number}"
            box = feature.geometry().boundingBox()
            assert any(box.contains(c.x, c.y) for c in item.draft.clicks), f"object {item.number}"
        return [[click.x for click in item.draft.clicks] for item in self.session.accepted]


def add_raster(path=SCENE, name="raster"):
    layer = QgsRasterLayer(str(path), name)
    QgsProject.instance().addMapLayer(layer)
    return layer


def square(x, side=SIDE):
    """Metres east of the origin."""
    shape = QgsGeometry.fromRect(QgsRectangle(x, 0, x + side, side))
    shape.convertToMultiType()
    return shape


def at(layer, x):
    """The feature whose square begins there."""
    return next(one for one in layer.getFeatures() if one.geometry().boundingBox().xMinimum() == x)


def lie(layer):
    """Where the polygons of a layer begin."""
    return sorted(one.geometry().boundingBox().xMinimum() for one in layer.getFeatures())


def make_permanent(layer, driver, ending):
    """QGIS's own command for a scratch layer."""
    path = str(WORK / f"permanent {time.monotonic_ns()}.{ending}")
    options = QgsVectorFileWriter.SaveVectorOptions()
    options.driverName = driver
    QgsVectorFileWriter.writeAsVectorFormatV3(layer, path, QgsCoordinateTransformContext(), options)
    layer.setDataSource(path, layer.name(), "ogr", QgsDataProvider.ProviderOptions())
    settle()
