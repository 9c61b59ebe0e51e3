"""What projects, and the file that outlives a crash, say of objects that are gone or at hand again."""

import json
import os
from pathlib import Path

from inside.desk import SCENE, WORK, Stage, add_raster, at, settle, square, wait
from qgis.core import QgsProject, QgsVectorLayer
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


def recovered():
    """Where the objects were clicked, as the file says that outlives a crash."""
    (state,) = (json.loads(path.read_text()) for path in RECOVERY.glob("*.json"))
    return [item["points"][0][0] for session in state["sessions"] for item in session["accepted"]]


def check_what_is_rejected_or_deleted_counts_no_more_and_makes_the_project_dirty(stage):
    window = stage.open_window()
    layer = stage.geopackage("counted.gpkg")
    window.dock.outputs.setLayer(layer)
    stage.enter(layer, 0, 20, 40)
    assert layer.commitChanges()
    settle(0.2)
    review, count = window.review, window.adapting._count
    review.layer.setLayer(layer)
    review.everything.setChecked(True)
    for what, done, left in (
        ("rejected", lambda: (review.begin(), review.reject()), [25, 45]),
        ("taken back", layer.undoStack().undo, [5, 25, 45]),
        ("done again", layer.undoStack().redo, [25, 45]),
        ("deleted", lambda: (layer.deleteFeature(at(layer, 40).id()), layer.commitChanges()), [25]),
    ):
        saved("counted.qgs")
        done()
        assert count.text().startswith(f"{len(left)} "), (what, count.text())
        assert QgsProject.instance().isDirty(), what
        wait(lambda left=left: recovered() == left)
    saved("counted.qgs")
    layer = reopen(stage, "counted.qgs")
    assert stage.clicked(layer) == [[25.0]]


def check_saving_a_layer_alone_is_no_reason_to_save_the_project(stage):
    window = stage.open_window()
    layer = stage.geopackage("numbers.gpkg")
    window.dock.outputs.setLayer(layer)
    stage.enter(layer, 0, 20)
    saved("numbers.qgs")
    assert layer.commitChanges()
    settle()
    assert stage.clicked(layer) == [[5.0], [25.0]], "the numbers are others"
    assert not QgsProject.instance().isDirty()


def window_with_polygons(stage, name):
    """An open window, and the layer that takes its polygons: a file that holds two already."""
    window, layer = stage.open_window(), stage.geopackage(name)
    window.dock.outputs.setLayer(layer)
    stage.enter(layer, 0, 20)
    assert layer.commitChanges()
    settle()
    return window, layer


def check_a_refinement_that_waits_outlives_the_project_and_a_crash(stage):
    from resam_qgis.session import Click

    window, layer = window_with_polygons(stage, "refined.gpkg")
    stage.controller.refine(layer, at(layer, 0))
    stage.session.add(Click(9.0, 9.0))
    stage.controller.refresh()
    stage.controller.accept()
    left = with_what_waits()
    saved("refined.qgs")
    for how in ("project", "crash"):
        if how == "crash":
            stage.unload(window)
            QgsProject.instance().clear()
            (RECOVERY / "crashed.json").write_text(left.replace('"project": ""', project_of("refined.qgs")))
            window = stage.open_window()
        layer = reopen(stage, "refined.qgs")
        (mark,) = stage.controller.entered.marks()
        assert mark.failed, how
        assert [click.x for click in mark.draft.clicks] == [5, 9], how
        stage.controller.accept()
        stage.worker.answer(square(0, side=12))
        assert layer.featureCount() == 2, how
        assert sorted(stage.clicked(layer)) == [[5.0, 9.0], [25.0]], how
        assert at(layer, 0).geometry().area() == 144, how
        assert at(layer, 0)["class"] == "roof", how
        assert layer.rollBack()
        settle()


def two_rasters():
    """Two files, the one that is found first by name last."""
    paths = [WORK / f"{name}.tif" for name in ("zeta", "alpha")]
    for path in paths:
        path.write_bytes(SCENE.read_bytes())
    return [add_raster(path, path.stem) for path in paths]


def check_the_raster_and_the_layer_that_were_chosen_are_chosen_again(stage):
    window = stage.open_window()
    for number in range(2):
        raster = two_rasters()[number]
        window.dock.layers.setLayer(raster)
        layer = stage.geopackage(f"of {raster.name()}.gpkg")
        window.dock.outputs.setLayer(layer)
        chosen = raster.name(), layer.name()
        saved(f"{raster.name()}.qgs")
        for name in ("cleared", "reopened"):
            QgsProject.instance().clear() if name == "cleared" else None
            reopen(stage, f"{chosen[0]}.qgs")
            assert (window.dock.raster().name(), window.dock.chosen_output().name()) == chosen, name
        stage.unload(window)
        window = stage.open_window()
        assert (window.dock.raster().name(), window.dock.chosen_output().name()) == chosen, "loaded late"
        assert not QgsProject.instance().isDirty()
        del raster, layer
        QgsProject.instance().clear()


def check_what_waits_on_a_raster_that_was_chosen_in_passing_is_kept(stage):
    from resam_qgis.session import Click

    window, rasters = stage.open_window(), two_rasters()
    window.dock.outputs.setLayer(stage.geopackage("passing.gpkg"))
    for x, raster in enumerate(rasters):
        window.dock.layers.setLayer(raster)
        window.controller.session.add(Click(x, 5.0))
        window.controller.refresh()
        window.controller.accept()
    saved("passing.qgs")
    ids = [raster.id() for raster in rasters]
    del raster, rasters
    reopen(stage, "passing.qgs")
    for layer_id in [*ids, *ids]:
        window.dock.layers.setLayer(QgsProject.instance().mapLayer(layer_id))
    settle()
    marks = window.controller.entered.marks()
    assert sorted(mark.draft.clicks[0].x for mark in marks) == [0, 1]
    asked = {item.raster_id: item.inquiry.choice.layer.id() for item in window.controller.entered._items}
    assert asked == {layer_id: layer_id for layer_id in ids}


WAITS = '"waiting": [['


def with_what_waits():
    """The file that outlives a crash, once it holds what waits."""

    def found():
        return [text for text in (path.read_text() for path in RECOVERY.glob("*.json")) if WAITS in text]

    wait(found)
    return found()[0]


def project_of(name):
    return f'"project": {json.dumps(str(WORK / name))}'


def check_after_a_crash_in_a_project_without_a_name_clicks_find_their_polygons_in_the_same_file(stage):
    """The file is another layer then, which comes before the raster, or after it."""
    window, layer = window_with_polygons(stage, "unnamed.gpkg")
    stage.controller.refine(layer, at(layer, 0))
    stage.controller.accept()
    left, source = with_what_waits(), layer.source()
    stage.unload(window)
    del layer
    for order in ("before", "after"):
        QgsProject.instance().clear()
        (RECOVERY / "crashed.json").write_text(left)
        window = stage.open_window()
        if order == "after":
            add_raster()
            settle(0.2)
        layer = QgsVectorLayer(source, "again", "ogr")
        QgsProject.instance().addMapLayer(layer)
        window.dock.outputs.setLayer(layer)
        if order == "before":
            add_raster()
            settle(0.2)
        assert stage.clicked(layer) == [[5.0], [25.0]], order
        if order == "before":
            stage.controller.accept()
            stage.worker.answer(square(0, side=12))
            assert layer.featureCount() == 2, "the refined polygon takes the place of its former self"
            assert layer.rollBack()
        window.review.open(layer)
        window.review.reject()
        assert len(stage.clicked(layer)) == 1, "what is rejected teaches nothing"
        assert layer.rollBack()
        stage.unload(window)
        del layer


def check_a_refinement_whose_polygon_is_gone_is_a_new_object(stage):
    window = stage.open_window()
    layer = stage.geopackage("unsaved.gpkg")
    window.dock.outputs.setLayer(layer)
    stage.enter(layer, 0)
    saved("unsaved.qgs")
    stage.controller.refine(layer, at(layer, 0))
    stage.controller.accept()
    left = with_what_waits()
    layer.rollBack()
    stage.unload(window)
    QgsProject.instance().clear()
    (RECOVERY / "crashed.json").write_text(left)
    window = stage.open_window()
    layer = reopen(stage, "unsaved.qgs")
    window.dock.outputs.setLayer(layer)
    assert len(stage.controller.entered.marks()) == 1, "it is one object still"
    stage.controller.accept()
    stage.worker.answer(square(0))
    assert stage.clicked(layer) == [[5.0]]
    assert layer.rollBack()


def check_closing_a_project_leaves_what_a_crash_left_of_rasters_that_were_not_looked_at(stage):
    from resam_qgis.session import Click, Draft, Session

    rasters = [WORK / f"{name}.tif" for name in ("alpha", "zeta")]
    kept = []
    for path in rasters:
        path.write_bytes(SCENE.read_bytes())
        session = Session()
        session.keep(Draft((Click(5.0, 5.0),)), "roof")
        kept.append({"layer": "another", "source": str(path), "waiting": [], **session.to_json()})
    RECOVERY.mkdir(parents=True, exist_ok=True)
    state = {"version": 1, "project": "", "classes": [], "homes": {}, "sessions": kept}
    (RECOVERY / "crashed.json").write_text(json.dumps(state))
    window = stage.open_window()
    for how in ("closed", "both removed"):
        layers = [add_raster(path, path.stem) for path in rasters]
        window.dock.layers.setLayer(layers[0])
        settle()
        if how == "closed":
            QgsProject.instance().clear()
        else:
            QgsProject.instance().removeMapLayers([layer.id() for layer in layers])
        settle()
        left = [path for path in RECOVERY.glob("crashed.json") if str(rasters[1]) in path.read_text()]
        assert left, how
    add_raster(rasters[1], "zeta")
    settle(0.2)
    assert len(window.controller.session.accepted) == 1


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


def check_a_window_that_is_gone_keeps_nothing_any_more(stage):
    """The project may be closed before Qt deletes its dock, whose boxes choose other layers then."""
    window = stage.open_window()
    stage.enter(stage.scratch(), 0)
    stage.unload(window)
    window.dock.chosen.emit()
    assert not window.keeper._timer.isActive()
    assert list(RECOVERY.glob("*.json")) == []


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
