"""A raster on the disk that leads to the network: refused, allowed with a button, and then segmented."""

import os
import subprocess
from pathlib import Path

from inside.stage import FIXTURES, SCENE, WORK, Stage, ghost_of, place, settle, wait
from qgis.core import QgsPointXY, QgsProcessingException, QgsRasterLayer, QgsVectorLayer
from qgis.PyQt.QtCore import QPoint, Qt
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QPushButton
from qgis.utils import iface

__all__ = ["Stage"]
VRT = """<VRTDataset rasterXSize="{side}" rasterYSize="{side}"><SRS>{crs}</SRS>
<GeoTransform>{place}</GeoTransform>{bands}</VRTDataset>"""
BAND = """<VRTRasterBand dataType="Byte" band="{0}"><SimpleSource>
<SourceFilename>/vsicurl/{1}/scene.tif</SourceFilename><SourceBand>{0}</SourceBand></SimpleSource>
</VRTRasterBand>"""


class Server:
    """A process that hands out the fixtures: GDAL would stop the threads of this one."""

    def __enter__(self):
        server = Path(__file__).with_name("range_server.py")
        command = [os.environ["RESAM_TEST_PYTHON"], str(server), str(FIXTURES)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        return f"http://127.0.0.1:{int(self.process.stdout.readline())}"

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


def view(name, address):
    """A VRT of the scene on the server."""
    scene = QgsRasterLayer(str(SCENE), "scene")
    extent, side = scene.extent(), scene.width()
    pixel = extent.width() / side
    where = f"{extent.xMinimum()},{pixel},0,{extent.yMaximum()},0,{-pixel}"
    bands = "".join(BAND.format(number, address) for number in (1, 2, 3))
    path = WORK / name
    path.write_text(VRT.format(side=side, crs=scene.crs().toWkt(), place=where, bands=bands))
    return path


def ours():
    """The plugin's messages in QGIS's message bar."""
    return [item for item in iface.messageBar().items() if item.title() == "ReSAM"]


def check_a_view_of_the_network_is_refused_until_the_user_allows_it(stage):
    with Server() as address:
        layer = stage.open(view("remote.vrt", address))
        stage.arm()
        x, y = place(0)
        stage.tap(stage.pixel_of(x, y, layer))
        stage.answered()
        assert stage.controller.answer is None
        (message,) = ours()
        assert "leads to the network" in message.text()
        assert "--allow-remote" not in message.text() + stage.said()
        settle(0.3)
        stage.shot("remote")
        (button,) = message.findChildren(QPushButton)
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        wait(lambda: stage.controller.answer is not None)
        assert ghost_of(stage).contains(QgsPointXY(x, y))
        assert ours() == []
        assert stage.said() == ""


def check_what_was_allowed_for_one_file_is_not_for_another(stage):
    with Server() as address:
        for name in ("remote.vrt", "other.vrt"):
            layer = stage.open(view(name, address))
            stage.arm()
            stage.tap(stage.pixel_of(*place(0), layer))
            stage.answered()
            assert len(ours()) == (name == "other.vrt")
            stage.press(Qt.Key.Key_Escape)


def check_other_problems_offer_nothing(stage):
    stage.open(SCENE, zoom=1.5)
    stage.arm()
    stage.click(QPoint(5, 5))
    (message,) = ours()
    assert "outside" in message.text()
    assert message.findChildren(QPushButton) == []


def check_processing_asks_for_it_as_a_parameter(stage):
    import processing

    points = QgsVectorLayer("Point?crs=" + QgsRasterLayer(str(SCENE), "s").crs().authid(), "clicks", "memory")
    with Server() as address:
        asked = {"INPUT": str(view("third.vrt", address)), "OUTPUT": "TEMPORARY_OUTPUT", "POINTS": points}
        try:
            processing.run("resam:segmentpoints", asked)
        except QgsProcessingException as problem:
            assert "leads to the network" in str(problem), problem
        else:
            raise AssertionError("it was read")
        try:
            processing.run("resam:segmentpoints", {**asked, "ALLOW_REMOTE": True})
        except QgsProcessingException as problem:
            assert "no features" in str(problem), problem
        else:
            raise AssertionError("it found objects without clicks")
