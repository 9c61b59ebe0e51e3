"""What outlines become, chosen in the dock: what is shown, accepted and copied as a command."""

import math
import os
import shlex
import subprocess

from inside.stage import SCENE, WORK, Stage, ghost_of, place, settle
from qgis.core import QgsGeometry, QgsVectorLayer
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QApplication

__all__ = ["Stage"]


def choose(stage, shape):
    """Choose a shape as a user does: with the arrow keys of its box."""
    box = stage.window.dock.shape
    box.setFocus()
    QTest.keyClick(box, Qt.Key.Key_Home)
    while box.shape() != shape:
        QTest.keyClick(box, Qt.Key.Key_Down)
    settle(0.05)
    stage.answered()


def is_rectangle(geometry):
    ring = geometry.asPolygon()[0] if not geometry.isMultipart() else geometry.asMultiPolygon()[0][0]
    sides = [(b.x() - a.x(), b.y() - a.y()) for a, b in zip(ring, ring[1:])]
    turns = [
        (a[0] * b[0] + a[1] * b[1]) / (math.hypot(*a) * math.hypot(*b)) for a, b in zip(sides, sides[1:])
    ]
    return len(sides) == 4 and max(map(abs, turns)) < 1e-3


def check_a_rotated_box_is_shown_accepted_and_kept(stage):
    layer = stage.open(SCENE)
    out = stage.output()
    stage.arm()
    stage.tap(stage.pixel_of(*place(0), layer))
    stage.answered()
    outline = QgsGeometry(ghost_of(stage))
    choose(stage, "rotated-box")
    box = QgsGeometry(ghost_of(stage))
    stage.press_button(stage.window.dock.accept)
    stage.answered()
    assert is_rectangle(box), box.asWkt(2)
    assert box.buffer(0.5, 8).contains(outline)
    assert out.featureCount() == 1, stage.said()
    feature = next(out.getFeatures())
    assert feature.geometry().symDifference(box).area() < 1e-6
    assert abs(feature["area_m2"] - box.area()) < 0.01 * box.area()
    choose(stage, "polygon")


def check_the_shape_is_copied_with_the_command(stage):
    layer = stage.open(SCENE)
    stage.output()
    choose(stage, "rotated-box")
    stage.arm()
    for number in range(2):
        stage.tap(stage.pixel_of(*place(number), layer))
        stage.press(Qt.Key.Key_Return)
        stage.answered()
    stage.press_button(stage.window.dock.command)
    words = shlex.split(QApplication.clipboard().text())
    choose(stage, "polygon")
    assert words[words.index("--shape") + 1] == "rotated-box"
    folder = WORK / "copied boxes"
    folder.mkdir(exist_ok=True)
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    subprocess.run(QApplication.clipboard().text(), shell=True, cwd=folder, env=kept, check=True)
    made = QgsVectorLayer(f"{folder / 'segments.gpkg'}|layername=segments", "made", "ogr")
    found = [feature.geometry() for feature in made.getFeatures()]
    assert len(found) == 2
    assert all(is_rectangle(geometry) for geometry in found)
