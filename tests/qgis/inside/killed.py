"""QGIS is killed in the middle of an adaptation; what remains is looked at from outside."""

import os
import signal
from pathlib import Path

from inside.stage import OBJECTS, SCENE, Stage, wait
from qgis.PyQt.QtCore import Qt

__all__ = ["Stage"]


def check_killed_while_a_model_adapts(stage):
    layer = stage.open(SCENE)
    stage.output("killed.gpkg")
    stage.arm()
    for item in OBJECTS[:6]:
        stage.tap(stage.pixel_of(item["x"], item["y"], layer))
        stage.answered()
        stage.press(Qt.Key.Key_Return)
    panel = stage.window.adapting
    panel.name.setText("killed")
    panel.minutes.setValue(10)
    panel.start.click()
    wait(lambda: (Path(os.environ["RESAM_HOME"]) / "adapters" / "killed").is_dir(), 240)
    Path(os.environ["RESAM_TEST_WORK"], "begun").write_text("")
    os.kill(os.getpid(), signal.SIGKILL)
