"""Clicks of objects through steps of their layer: merged with others, undone, given up, saved elsewhere."""

from inside.desk import Stage, at, settle, square

__all__ = ["Stage"]


def merge(stage, layer, *places):
    """Polygons become one, the first of which keeps its columns."""
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
