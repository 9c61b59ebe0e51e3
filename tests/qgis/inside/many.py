"""Thousands of objects: what is done for each of them where a project is opened, and at every change."""

import json
from contextlib import contextmanager

from inside.desk import Stage, settle, square
from inside.reopened import reopen, saved
from qgis.core import QgsFeature

__all__ = ["Stage"]

COUNT = 2000


def many(stage, name):
    """A window, and a layer of objects that were all clicked."""
    from resam_qgis import output_layers
    from resam_qgis.session import Click, Draft

    window, layer = stage.open_window(), stage.geopackage(name)
    window.dock.outputs.setLayer(layer)
    features = []
    for number in range(COUNT):
        feature = QgsFeature(layer.fields())
        feature.setGeometry(square(20 * number))
        features.append(feature)
    assert layer.dataProvider().addFeatures(features)[0]
    for number, feature in enumerate(layer.getFeatures()):
        home = output_layers.reference_of(layer, feature)
        stage.session.keep(Draft((Click(20.0 * number + 5, 5.0),)), "roof", home)
    window.keeper._changed()
    settle(0.5)
    return window


@contextmanager
def counted(module, name, calls):
    """Within: every call of what a module calls by that name is counted."""
    whole = getattr(module, name)

    def counting(*arguments):
        calls.append(name)
        return whole(*arguments)

    setattr(module, name, counting)
    try:
        yield
    finally:
        setattr(module, name, whole)


def check_a_change_asks_for_layers_once_and_reads_the_project_not_again(stage):
    from resam_qgis import keeper as module

    keeper = many(stage, "many.gpkg").keeper
    saved("many.qgs")
    state, calls = json.dumps(keeper._state()), []
    with counted(module, "project", calls), counted(json, "loads", calls):
        assert json.dumps(keeper._state()) == state
    assert calls.count("project") < 20
    assert calls.count("loads") == 0
    assert list(json.loads(state)["homes"]) == [stage.controller.layer_chosen().id()]


def check_polygons_that_are_where_they_were_need_no_index(stage):
    from resam_qgis import whereabouts

    many(stage, "many too.gpkg")
    saved("many too.qgs")
    calls = []
    with counted(whereabouts, "QgsSpatialIndex", calls):
        layer = reopen(stage, "many too.qgs")
        assert len(stage.session.accepted) == COUNT
        assert calls == []
        assert layer.startEditing()
        first = next(layer.getFeatures())
        assert layer.deleteFeature(first.id())
        assert layer.commitChanges()
        settle(0.3)
    assert len(stage.session.accepted) == COUNT - 1
    assert len(stage.session.teaching()) == COUNT - 1
