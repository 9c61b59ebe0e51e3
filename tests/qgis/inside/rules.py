"""New polygons obey the layer and the project, as those that are drawn by hand."""

from inside.stage import SCENE, Stage, ghost_of, place, wait
from qgis.core import (
    QgsDefaultValue,
    QgsFeature,
    QgsFieldConstraints,
    QgsGeometry,
    QgsPointXY,
    QgsProject,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import Qt

__all__ = ["Stage"]


def own_layer(stage, kind="MultiPolygon", fields="&field=class:string&field=by:string&field=n:integer"):
    """A layer of the user's that takes the polygons."""
    own = QgsVectorLayer(f"{kind}?crs=EPSG:32632{fields}", "own", "memory")
    QgsProject.instance().addMapLayer(own)
    stage.window.dock.outputs.setLayer(own)
    return own


def entered(stage, layer, number=0):
    """Click an object and press Enter."""
    stage.tap(stage.pixel_of(*place(number), layer))
    stage.answered()
    overlay = QgsGeometry(ghost_of(stage))
    stage.press(Qt.Key.Key_Return)
    stage.answered()
    return overlay


def check_default_values_of_the_layer_are_taken(stage):
    layer = stage.open(SCENE)
    own = own_layer(stage)
    own.setDefaultValueDefinition(1, QgsDefaultValue("'ann'"))
    own.setDefaultValueDefinition(2, QgsDefaultValue("coalesce(maximum(n), 40) + 2"))
    stage.arm()
    entered(stage, layer)
    (feature,) = own.getFeatures()
    assert (feature["by"], feature["n"]) == ("ann", 42)


def check_a_constraint_that_does_not_hold_is_one_line_and_nothing_is_written(stage):
    layer = stage.open(SCENE)
    own = own_layer(stage)
    constraint, strength = QgsFieldConstraints.Constraint, QgsFieldConstraints.ConstraintStrength
    own.setFieldConstraint(0, constraint.ConstraintNotNull, strength.ConstraintStrengthHard)
    stage.arm()
    entered(stage, layer)
    assert own.featureCount() == 0
    assert "“class”" in stage.said(), stage.said()
    assert "\n" not in stage.said()
    assert len(stage.controller.session.draft.clicks) == 1, "the clicks stay"
    stage.window.dock._class.setCurrentText("roof")
    stage.press(Qt.Key.Key_Return)
    wait(lambda: own.featureCount() == 1)
    stage.window.dock._class.setCurrentText("")


def check_a_word_is_never_saved_as_a_number(stage):
    layer = stage.open(SCENE)
    own = own_layer(stage, fields="&field=class:integer&field=status:integer&field=n_pos:integer")
    stage.arm()
    stage.window.dock._class.setCurrentText("roof")
    entered(stage, layer)
    assert own.featureCount() == 0
    assert "“class”" in stage.said(), stage.said()
    assert len(stage.controller.session.draft.clicks) == 1, "the clicks stay"
    stage.window.dock._class.setCurrentText("7")
    stage.press(Qt.Key.Key_Return)
    wait(lambda: own.featureCount() == 1)
    stage.window.dock._class.setCurrentText("")
    assert own.commitChanges()
    (feature,) = own.getFeatures()
    assert feature["class"] == 7
    assert feature["status"] != 0, "a column of ours that is a number stays empty"
    assert feature["n_pos"] == 1


def check_no_overlap_where_the_project_avoids_it(stage):
    layer = stage.open(SCENE)
    own = own_layer(stage)
    x, y = place(0)
    half = QgsFeature(own.fields())
    half.setGeometry(
        QgsGeometry.fromWkt(
            f"Polygon(({x} {y - 99},{x + 99} {y - 99},{x + 99} {y + 99},{x} {y + 99},{x} {y - 99}))"
        )
    )
    own.dataProvider().addFeatures([half])
    modes = QgsProject.AvoidIntersectionsMode
    QgsProject.instance().setAvoidIntersectionsMode(modes.AvoidIntersectionsCurrentLayer)
    stage.arm()
    overlay = entered(stage, layer)
    QgsProject.instance().setAvoidIntersectionsMode(modes.AllowIntersections)
    old, new = sorted(own.getFeatures(), key=lambda feature: feature.geometry().area(), reverse=True)
    assert old.geometry().equals(half.geometry())
    assert new.geometry().intersection(half.geometry()).area() < 1e-6
    left = overlay.difference(half.geometry())
    assert 0 < left.area() < overlay.area()
    assert new.geometry().symDifference(left).area() < 1e-6 * left.area()


def check_an_object_that_is_covered_is_one_line(stage):
    layer = stage.open(SCENE)
    own = own_layer(stage)
    whole = QgsFeature(own.fields())
    whole.setGeometry(QgsGeometry.fromRect(layer.extent()))
    own.dataProvider().addFeatures([whole])
    modes = QgsProject.AvoidIntersectionsMode
    QgsProject.instance().setAvoidIntersectionsMode(modes.AvoidIntersectionsCurrentLayer)
    stage.arm()
    entered(stage, layer)
    QgsProject.instance().setAvoidIntersectionsMode(modes.AllowIntersections)
    assert own.featureCount() == 1
    assert "avoids overlaps" in stage.said(), stage.said()


def check_parts_become_features_of_a_layer_of_single_polygons(stage):
    from resam_qgis import output_layers

    single = own_layer(stage, kind="Polygon")
    two = QgsGeometry.fromWkt("MULTIPOLYGON(((0 0,1 0,1 1,0 0)),((5 5,9 5,9 9,5 5)))")
    home = output_layers.add_polygon(single, two, {"class": "roof"}, single.crs())
    areas = sorted(feature.geometry().area() for feature in single.getFeatures())
    assert areas == [0.5, 8.0]
    assert {feature["class"] for feature in single.getFeatures()} == {"roof"}
    assert output_layers.locate(single, home).geometry().area() == 8.0
    single.undoStack().undo()
    assert single.featureCount() == 0, "one step takes both back"


def check_neighbours_get_shared_vertices_where_the_project_edits_topologically(stage):
    from resam_qgis import output_layers

    own = own_layer(stage, kind="Polygon")
    square = QgsFeature(own.fields())
    square.setGeometry(QgsGeometry.fromWkt("Polygon((0 0,10 0,10 10,0 10,0 0))"))
    own.dataProvider().addFeatures([square])
    QgsProject.instance().setTopologicalEditing(True)
    beside = QgsGeometry.fromWkt("Polygon((10 4,14 4,14 6,10 6,10 4))")
    output_layers.add_polygon(own, beside, {}, own.crs())
    QgsProject.instance().setTopologicalEditing(False)
    first = min(own.getFeatures(), key=lambda feature: -feature.geometry().area()).geometry()
    corners = {(round(vertex.x()), round(vertex.y())) for vertex in first.vertices()}
    assert {(10, 4), (10, 6)} <= corners
    assert first.contains(QgsPointXY(5, 5))
