"""Clicks of objects through steps of their layer: merged with others, undone, given up, saved elsewhere."""

from inside.desk import Stage, at, lie, make_permanent, settle, square
from qgis.core import QgsFeature, QgsPointXY, QgsProject

__all__ = ["Stage"]


def merge(stage, layer, *places):
    """Merge polygons; the result keeps the columns of the first."""
    from resam_qgis import edits
    from resam_qgis.editor import PolygonEditor

    editor = PolygonEditor(stage.canvas, stage.controller, lambda: layer)
    editor.mode, editor._layer_id = "merge", layer.id()
    editor.change = edits.merged([at(layer, x) for x in places])
    editor.accept()
    assert not editor.at_hand


def check_a_polygon_without_clicks_gets_those_of_the_one_it_is_merged_with(stage):
    from resam_qgis import output_layers

    for kind in ("scratch", "file"):
        layer = stage.scratch() if kind == "scratch" else stage.geopackage("merged.gpkg")
        stage.session.accepted = []
        output_layers.add_polygon(layer, square(0), {"status": "accepted"}, layer.crs())
        stage.enter(layer, 10, 20)
        merge(stage, layer, 0, 10)
        assert layer.featureCount() == 2, kind
        assert stage.clicked(layer) == [[15.0], [25.0]], kind
        layer.undoStack().undo()
        assert stage.clicked(layer) == [[15.0], [25.0]], kind
        layer.undoStack().redo()
        merge(stage, layer, 0, 20)
        assert stage.clicked(layer) == [[15.0, 25.0]], kind
        assert layer.commitChanges()
        settle()
        assert stage.clicked(layer) == [[15.0, 25.0]], kind


def check_clicks_follow_a_layer_that_is_made_permanent(stage):
    """The new file gives the polygons other numbers."""
    endings = {"GPKG": "gpkg", "ESRI Shapefile": "shp", "GeoJSON": "geojson", "FlatGeobuf": "fgb"}
    for driver, ending in endings.items():
        layer = stage.scratch()
        stage.session.accepted = []
        stage.enter(layer, 0, 20, 40, 60)
        layer.deleteFeature(at(layer, 0).id())
        assert layer.commitChanges()
        settle()
        queue = review(stage, layer)
        make_permanent(layer, driver, ending)
        assert stage.clicked(layer) == [[25.0], [45.0], [65.0]], driver
        assert set(queue()) == {reference(layer, x) for x in (20, 40, 60)}, driver
        assert layer.startEditing()
        layer.deleteFeature(at(layer, 60).id())
        assert stage.clicked(layer) == [[25.0], [45.0]], driver
        assert layer.commitChanges()
        settle()
        assert stage.clicked(layer) == [[25.0], [45.0]], driver


def check_finds_that_were_added_come_back_though_their_layer_was_made_permanent(stage):
    from resam_qgis import additions, finds

    for driver, ending in {"GPKG": "gpkg", "ESRI Shapefile": "shp"}.items():
        found = stage.scratch("found", **{"resam/found_on": "raster", "resam/least_score": 0.3})
        out = stage.scratch()
        for number, x in enumerate((0, 20, 40, 60), start=1):
            feature = QgsFeature(found.fields())
            feature.setGeometry(square(x))
            score = 0.1 if x == 40 else 0.9
            feature["status"], feature["score"], feature["prompt_id"] = "review", score, number
            found.dataProvider().addFeatures([feature])
        found.dataProvider().deleteFeatures([at(found, 0).id()])
        addition = additions.Addition(found, out, finds.add_to(found, out, lambda name: {}))
        make_permanent(found, driver, ending)
        for step, status in ((out.undoStack().undo, "review"), (out.undoStack().redo, "added")):
            step()
            words = {x: at(found, x)["status"] for x in (20, 40, 60)}
            assert words == {20: status, 40: "review", 60: status}, (driver, words)
        assert out.commitChanges()
        assert [at(found, x)["status"] for x in (20, 40, 60)] == ["saved", "review", "saved"], driver
        del addition


def check_finds_that_came_before_a_search_ended_are_kept_though_their_layer_was_made_permanent(stage):
    from resam_qgis import finds
    from resam_qgis.find_task import Find

    assert stage.crs.isValid()
    raster = stage.controller.choice.layer
    layer = finds.begin(raster, 0.5)
    ids = finds.more(layer, [Find(square(x), {"score": 0.9}, True) for x in (0, 20)], finds.Space([]))
    finds.keep(layer, ids)
    layer.dataProvider().deleteFeatures([at(layer, 0).id()])
    finds.begin(raster, 0.5)
    ids = finds.more(layer, [Find(square(x), {"score": 0.9}, True) for x in (12, 40)], finds.Space([]))
    make_permanent(layer, "GPKG", "gpkg")
    finds.keep(layer, ids)
    assert lie(layer) == [12, 22, 40], "what came stays whole"


def reference(layer, x):
    from resam_qgis import output_layers

    return output_layers.reference_of(layer, at(layer, x))


def review(stage, layer):
    """All polygons of a layer are under review: what says where they lie."""
    from resam_qgis.panels.review import ReviewPanel

    stage.panel = ReviewPanel(stage.controller, stage.canvas)
    stage.panel.layer.setLayer(layer)
    stage.panel.everything.setChecked(True)
    stage.panel.begin()
    return lambda: stage.panel._queue


def check_what_was_picked_for_an_edit_is_dropped_where_its_number_is_another_polygon_now(stage):
    from resam_qgis import edits
    from resam_qgis.editor import PolygonEditor

    layer = stage.scratch()
    stage.enter(layer, 0, 20, 40, 60)
    layer.deleteFeature(at(layer, 0).id())
    assert layer.commitChanges()
    settle()
    editor = PolygonEditor(stage.canvas, stage.controller, lambda: layer)
    editor.set_mode("merge")
    for x in (20, 40):
        editor.click(QgsPointXY(x + 1, 1))
    assert len(editor.change.outlines()) == 1
    stage.enter(layer, 80)
    assert editor.at_hand, "another polygon is no reason"
    make_permanent(layer, "GPKG", "gpkg")
    assert not editor.at_hand
    assert edits.at(layer, QgsPointXY(61, 1)) is not None


def check_edits_of_a_transaction_group_that_are_given_up_give_every_object_its_clicks_again(stage):
    QgsProject.instance().setAutoTransaction(True)
    layer = stage.geopackage("given up.gpkg")
    stage.enter(layer, 0, 20, 40)
    assert layer.commitChanges()
    settle()
    assert stage.clicked(layer) == [[5.0], [25.0], [45.0]]
    review(stage, layer)
    stage.panel.reject()
    layer.beginEditCommand("delete")
    layer.deleteFeature(at(layer, 40).id())
    layer.endEditCommand()
    stage.enter(layer, 60)
    assert stage.clicked(layer) == [[25.0], [65.0]]
    assert layer.rollBack()
    settle()
    assert lie(layer) == [0, 20, 40]
    assert stage.clicked(layer) == [[5.0], [25.0], [45.0]]


def check_objects_that_a_filter_hides_stay_when_edits_are_given_up(stage):
    for transactions in (False, True):
        QgsProject.instance().setAutoTransaction(transactions)
        layer = stage.geopackage(f"filtered {transactions}.gpkg")
        stage.session.accepted = []
        stage.enter(layer, 0, 20)
        assert layer.commitChanges()
        assert layer.setSubsetString('"prompt_id" = 2')
        stage.enter(layer, 40)
        assert layer.rollBack()
        settle()
        assert [item.draft.clicks[0].x for item in stage.session.accepted] == [5, 25], transactions


def check_an_undone_step_does_not_come_back_when_something_else_is_done(stage):
    layer = stage.scratch()
    stage.enter(layer, 0, 20)
    for _ in range(2):
        layer.undoStack().undo()
    stranger = QgsFeature(layer.fields())
    stranger.setGeometry(square(500))
    for _ in range(2):
        assert layer.addFeature(stranger), "as from the console, without an edit command"
    assert stage.clicked(layer) == []
    layer.undoStack().undo()
    layer.undoStack().redo()
    assert stage.clicked(layer) == []
    stage.enter(layer, 40)
    layer.undoStack().undo()
    layer.undoStack().redo()
    assert layer.commitChanges()
    settle()
    assert stage.clicked(layer) == [[45.0]]


def check_many_polygons_are_looked_up_in_one_reading_of_their_layer(stage):
    from resam_qgis import output_layers
    from resam_qgis.session import Click, Draft

    layer, many = stage.geopackage("many.gpkg"), range(0, 6000, 20)
    features = []
    for x in many:
        features.append(QgsFeature(layer.fields()))
        features[-1].setGeometry(square(x))
    assert layer.dataProvider().addFeatures(features)[0]
    for feature in layer.getFeatures():
        x = feature.geometry().boundingBox().xMinimum()
        home = output_layers.reference_of(layer, feature)
        stage.session.keep(Draft((Click(x + 5, 5.0),)), "roof", home)
    stage.controller.homes.find(stage.session)
    assert layer.startEditing()
    layer.deleteFeatures([at(layer, x).id() for x in many[:150]])
    layer.addFeature(features[0])
    asked, located = [], output_layers.located
    output_layers.located = lambda *args: asked.append(args) or located(*args)
    try:
        assert layer.commitChanges()
        settle()
        make_permanent(layer, "GPKG", "gpkg")
    finally:
        output_layers.located = located
    assert stage.clicked(layer) == [[x + 5.0] for x in [many[0], *many[150:]]]
    assert len(asked) < 150, len(asked)
