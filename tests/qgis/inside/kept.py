"""What travels with a project: clicks, the object at hand, classes, model and adapter."""

import json
import time

from inside.stage import RIGHT, SCENE, WORK, Stage, place, settle, wait
from qgis.core import QgsProject
from qgis.PyQt.QtCore import QPoint, Qt

__all__ = ["Stage"]


def clicked(stage, name):
    """Two objects of two classes in a layer that is saved, and a third at hand with two clicks."""
    layer = stage.open(SCENE)
    out = stage.output(name)
    stage.arm()
    for number, kind in enumerate(("roof", "tree")):
        stage.window.dock._class.setCurrentText(kind)
        stage.tap(stage.pixel_of(*place(number), layer))
        stage.answered()
        stage.press(Qt.Key.Key_Return)
    assert out.commitChanges()
    pixel = stage.pixel_of(*place(2), layer)
    stage.tap(pixel)
    stage.tap(pixel + QPoint(30, 0), RIGHT)
    stage.answered()
    return layer


def opened_again(path):
    """Save the project, close it, and open it."""
    assert QgsProject.instance().write(str(path))
    QgsProject.instance().clear()
    settle(0.2)
    assert QgsProject.instance().read(str(path))
    settle(0.3)


def check_clicks_classes_and_the_object_at_hand_travel_with_the_project(stage):
    clicked(stage, "travels.gpkg")
    stage.window.classes.change("roof", colour="#102030", values={"use": "living"})
    rows, draft = stage.controller.session.rows(), stage.controller.session.draft
    items = stage.window.classes.items
    assert [item.name for item in items] == ["roof", "tree"]
    assert QgsProject.instance().isDirty()
    assert QgsProject.instance().write(str(WORK / "travels.qgz"))
    QgsProject.instance().clear()
    settle(0.2)
    stage.window.classes.put([])
    assert stage.controller.session.empty
    assert QgsProject.instance().read(str(WORK / "travels.qgz"))
    settle(0.3)
    assert stage.controller.session.rows() == rows
    assert stage.controller.session.draft == draft
    assert stage.window.classes.items == items
    assert not QgsProject.instance().isDirty(), "to open a project is no change of it"
    stage.answered()
    assert stage.controller.answer is not None, stage.said()
    assert len(stage.controller._overlays._markers) == 2
    out = next(iter(QgsProject.instance().mapLayersByName("travels")))
    stage.window.review.layer.setLayer(out)
    stage.window.review.begin()
    assert stage.controller.session.known(stage.window.review.home) is not None
    stage.window.classes.put([])


def check_the_plugin_may_be_loaded_after_the_project(stage):
    from qgis.utils import loadPlugin, startPlugin, unloadPlugin

    clicked(stage, "later.gpkg")
    rows, draft = stage.controller.session.rows(), stage.controller.session.draft.to_json(0)
    path = WORK / "later.qgz"
    assert QgsProject.instance().write(str(path))
    unloadPlugin("resam_qgis")
    QgsProject.instance().clear()
    assert QgsProject.instance().read(str(path))
    settle(0.3)
    assert loadPlugin("resam_qgis")
    assert startPlugin("resam_qgis")
    assert stage.controller.session.rows() == rows
    assert stage.controller.session.draft.to_json(0) == draft


def check_what_was_clicked_since_the_project_was_saved_outlives_a_reload_of_the_plugin(stage):
    from qgis.utils import reloadPlugin

    layer = clicked(stage, "reloaded.gpkg")
    assert QgsProject.instance().write(str(WORK / "reloaded.qgz"))
    assert not QgsProject.instance().isDirty()
    stage.press(Qt.Key.Key_Return)
    stage.answered()
    stage.tap(stage.pixel_of(*place(3), layer))
    rows, draft = stage.controller.session.rows(), stage.controller.session.draft.to_json(0)
    assert len({row[3] for row in rows}) == 3
    reloadPlugin("resam_qgis")
    stage.window.dock.layers.setLayer(layer)
    assert stage.controller.session.rows() == rows
    assert stage.controller.session.draft.to_json(0) == draft
    assert stage.bar() == []
    assert QgsProject.instance().isDirty(), "these clicks are in no file yet"


def check_saving_again_keeps_the_clicks_of_rasters_that_were_not_looked_at(stage):
    layer = clicked(stage, "both.gpkg")
    rows = stage.controller.session.rows()
    first = layer.id()
    other = stage.open(SCENE, name="other")
    del layer, other
    opened_again(WORK / "both.qgz")
    dock, instance = stage.window.dock, QgsProject.instance()
    dock.layers.setLayer(next(iter(instance.mapLayersByName("other"))))
    stage.controller._sessions.pop(first, None)
    opened_again(WORK / "both.qgz")
    dock.layers.setLayer(instance.mapLayer(first))
    assert stage.controller.session.rows() == rows


def check_the_adapter_travels_and_is_missed_where_it_is_not(stage):
    from resam_qgis import adapters, places

    folder = places.adapters() / "of the project"
    folder.mkdir(parents=True)
    (folder / "card.json").write_text('{"base": "nano", "status": "accepted"}')
    stage.open(SCENE)
    dock = stage.window.dock
    dock.refresh_adapters(str(folder))
    assert stage.controller.choice.adapter == str(folder)
    assert QgsProject.instance().write(str(WORK / "adapter.qgz"))
    QgsProject.instance().clear()
    dock.refresh_adapters("")
    assert stage.controller.choice.adapter is None
    assert QgsProject.instance().read(str(WORK / "adapter.qgz"))
    settle(0.3)
    assert stage.controller.choice.adapter == str(folder)
    QgsProject.instance().clear()
    adapters.remove(folder)
    assert QgsProject.instance().read(str(WORK / "adapter.qgz"))
    settle(0.3)
    assert stage.controller.choice.adapter is None
    assert "“of the project”" in stage.bar()[0]


def check_a_crash_takes_the_place_of_no_other_projects_clicks(stage):
    from resam_qgis import places

    layer = clicked(stage, "own.gpkg")
    rows, path = stage.controller.session.rows(), str(WORK / "own.qgz")
    click = {"draft": {"id": 0, "points": [[*place(3), 1]], "box": None}, "fixing": None, "accepted": []}
    of_crash = {"layer": "another", "source": layer.source(), "waiting": [], **click}
    del layer
    left = places.home() / "recovery" / "left.json"
    for name, session in (("", of_crash), (path, of_crash | {"draft": "damaged"})):
        left.write_text(json.dumps({"version": 1, "project": name, "sessions": [session]}))
        stage.window.keeper._recovery.look()
        opened_again(path)
        assert stage.controller.session.rows() == rows, name
        assert len(stage.controller.session.draft.clicks) == 2
    stage.fresh()
    stage.open(SCENE)
    assert len(stage.controller.session.draft.clicks) == 1, "a project without a name gets it"
    assert not left.exists()


def check_a_damaged_entry_is_left_alone(stage):
    for text in ("{", "[]", json.dumps({"version": 1, "sessions": [{"layer": 3}, 7], "classes": 5})):
        layer = stage.open(SCENE)
        QgsProject.instance().writeEntry("resam", "state", text)
        assert QgsProject.instance().write(str(WORK / "damaged.qgz"))
        QgsProject.instance().clear()
        assert QgsProject.instance().read(str(WORK / "damaged.qgz"))
        settle(0.2)
        assert stage.controller.session.empty
        del layer


def written(stage, seconds, cost, every):
    """How often the state was written while it changed for some seconds, if that takes so long."""
    keeper, times = stage.window.keeper, []
    write = keeper._recovery.write

    def slow(state):
        times.append(time.monotonic())
        time.sleep(cost)

    keeper._recovery.write = slow
    try:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            stage.controller.changed.emit()
            settle(every)
        many = len(times)
        stage.controller.changed.emit()
        wait(lambda: times[many:], 5)
    finally:
        keeper._recovery.write = write
        keeper._write()
    return many


def check_the_state_is_written_while_changes_go_on_and_seldom_where_it_is_large(stage):
    stage.open(SCENE)
    settle(2.5)
    assert written(stage, 5.0, 0.0, 0.05) >= 2
    assert 2 <= written(stage, 7.0, 0.2, 0.4) <= 5
