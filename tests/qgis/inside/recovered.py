"""The QGIS after the one that was killed in ``crashed``."""

import os
from pathlib import Path

from inside.stage import SCENE, WORK, Stage, place, settle
from qgis.core import QgsPointXY, QgsProject, QgsVectorLayer
from qgis.PyQt.QtCore import Qt

__all__ = ["Stage"]


def check_everything_that_was_clicked_is_back(stage):
    folder = Path(os.environ["RESAM_HOME"]) / "recovery"
    left = set(folder.glob("*.json"))
    assert len(left) == 1
    out = QgsVectorLayer(f"{WORK / 'crash.gpkg'}|layername=segments", "crash", "ogr")
    assert out.featureCount() == 1
    QgsProject.instance().addMapLayer(out)
    layer = stage.open(SCENE)
    stage.window.dock.outputs.setLayer(out)
    stage.arm()
    session = stage.controller.session
    assert [(row[3], row[4]) for row in session.rows()] == [(1, "roof")], "the polygon that was saved"
    assert [click.label for click in session.draft.clicks] == [1, 0]
    assert len(stage.controller._overlays.waiting_marks) == 1
    assert "unexpectedly" in stage.bar()[0]
    assert stage.window.classes.named("roof") is not None
    stage.answered()
    stage.shot("recovered")
    stage.press(Qt.Key.Key_Return)
    assert out.featureCount() == 2, stage.said()
    stage.press(Qt.Key.Key_Return)
    stage.answered()
    assert out.featureCount() == 3, stage.said()
    shapes = [feature.geometry() for feature in out.getFeatures()]
    for number in range(3):
        assert any(shape.contains(QgsPointXY(*place(number))) for shape in shapes), number
    assert {feature["class"] for feature in out.getFeatures() if feature["n_neg"] == 0} == {"roof"}
    assert len({row[3] for row in session.rows()}) == 3
    settle(0.5)
    assert not left & set(folder.glob("*.json"))
    del layer


def check_a_good_end_leaves_nothing(stage):
    from qgis.utils import loadPlugin, startPlugin, unloadPlugin

    layer = stage.open(SCENE)
    stage.arm()
    stage.tap(stage.pixel_of(*place(0), layer))
    stage.answered()
    settle(0.6)
    folder = Path(os.environ["RESAM_HOME"]) / "recovery"
    assert list(folder.glob("*.json"))
    unloadPlugin("resam_qgis")
    settle(0.6)  # Nothing that still comes writes it again.
    assert list(folder.iterdir()) == []
    assert loadPlugin("resam_qgis")
    assert startPlugin("resam_qgis")
