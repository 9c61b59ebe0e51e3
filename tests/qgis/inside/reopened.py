"""What projects, and the file that outlives a crash, say of objects that are gone or at hand again."""

import os
from pathlib import Path

from inside.desk import WORK, Stage, add_raster, settle
from qgis.core import QgsProject
from qgis.PyQt import sip

__all__ = ["Stage"]

RECOVERY = Path(os.environ["RESAM_HOME"]) / "recovery"


def saved(name):
    """The project, saved under a name."""
    assert QgsProject.instance().write(str(WORK / name))
    settle()
    assert not QgsProject.instance().isDirty()


def reopen(stage, name):
    """Opened again; the layer that takes the polygons."""
    QgsProject.instance().setDirty(False)
    assert QgsProject.instance().read(str(WORK / name))
    settle(0.2)
    assert stage.session is not None
    return next(one for one in QgsProject.instance().mapLayers().values() if hasattr(one, "startEditing"))


def check_a_project_with_finds_that_is_opened_again_lets_the_plugin_go(stage):
    window = stage.open_window()
    raster = add_raster()
    properties = {"resam/found_on": raster.id(), "resam/least_score": 0.3}
    stage.scratch("found", **properties)
    found = window.finding.found
    found.refresh()
    assert found._watched is not None
    saved("finds.qgz")
    del raster
    stage.controller.layer_chosen = lambda: None
    for _ in range(2):
        reopen(stage, "finds.qgz")
        found._filter()
        found.refresh()
    reopen(stage, "finds.qgz")
    stage.unload(window)
    assert stage.interface.docks == []


def check_a_layer_that_went_unseen_is_counted_no_more(stage):
    from resam_qgis.tally import Tally

    for then in ("forget", "watch"):
        tally, layer = Tally(), stage.scratch()
        tally.watch(layer)
        stage.controller.layer_chosen = lambda: None
        QgsProject.instance().removeMapLayer(layer.id())
        assert sip.isdeleted(layer)
        tally.forget(["another"]) if then == "forget" else tally.watch(None)
        settle(0.3)
        assert tally.found == {}
