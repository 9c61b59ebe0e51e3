"""QGIS is killed with an object saved, one not saved, and one at hand; the next QGIS is ``recovered``."""

import os
import signal

from inside.stage import RIGHT, SCENE, Stage, place, settle
from qgis.PyQt.QtCore import QPoint, Qt

__all__ = ["Stage"]


def check_killed_while_objects_are_clicked(stage):
    layer = stage.open(SCENE)
    out = stage.output("crash.gpkg")
    stage.arm()
    stage.window.dock._class.setCurrentText("roof")
    for number in range(2):
        stage.tap(stage.pixel_of(*place(number), layer))
        stage.answered()
        stage.press(Qt.Key.Key_Return)
        if number == 0:
            assert out.commitChanges(stopEditing=False)
    pixel = stage.pixel_of(*place(2), layer)
    stage.tap(pixel)
    stage.tap(pixel + QPoint(30, 0), RIGHT)
    stage.answered()
    settle(2.5)  # At most 2 s after a change it is written.
    os.kill(os.getpid(), signal.SIGKILL)
