"""Layers of every kind: far from the origin, with heights, columns that QGIS computes, broken outlines."""

from inside.desk import Stage, at, square, wait
from qgis.core import (
    QgsFeature,
    QgsField,
    QgsFieldConstraints,
    QgsGeometry,
    QgsPointXY,
    QgsProject,
    QgsVectorLayer,
    QgsVectorLayerJoinInfo,
)

__all__ = ["Stage"]

BOW_TIE = "MultiPolygon(((8 0, 12 10, 12 0, 8 10, 8 0)))"


def own_layer(kind="MultiPolygon", fields="&field=class:string", crs="EPSG:32632"):
    """A layer of the user's, in memory."""
    layer = QgsVectorLayer(f"{kind}?crs={crs}{fields}", "own", "memory")
    QgsProject.instance().addMapLayer(layer)
    return layer


def put(layer, shape):
    """A polygon that was there before."""
    feature = QgsFeature(layer.fields())
    feature.setGeometry(shape)
    assert layer.dataProvider().addFeatures([feature])[0]


def check_a_polygon_whose_new_outline_is_not_saved_is_split_by_a_level_line(stage):
    from resam_qgis import edits

    for layer in (own_layer(), stage.geopackage("level.gpkg")):
        put(layer, square(0))
        assert layer.startEditing()
        layer.changeGeometry(at(layer, 0).id(), square(0, side=12))
        for start, end in (((-5, 5), (15, 5)), ((5, -5), (5, 15)), ((-5, 4), (15, 6))):
            assert edits.split(layer, QgsPointXY(*start), QgsPointXY(*end)) is not None, (start, end)


def check_a_polygon_whose_new_outline_is_not_saved_is_found_far_from_the_origin(stage):
    """Sydney in Web Mercator, where a nanometre is less than the last digit of a coordinate."""
    from resam_qgis import edits

    layer, sydney = own_layer(crs="EPSG:3857"), square(0)
    sydney.translate(16_830_000, -4_010_000)
    put(layer, square(0))
    assert layer.startEditing()
    layer.changeGeometry(at(layer, 0).id(), sydney)
    assert edits.at(layer, QgsPointXY(16_830_005.3, -4_009_994.3)) is not None
    assert edits.at(layer, QgsPointXY(16_830_010.3, -4_009_994.3)) is None


def check_columns_that_qgis_computes_or_joins_are_left_alone(stage):
    from resam_qgis import edits, output_layers
    from resam_qgis.qt import REAL

    layer = own_layer(fields="&field=class:string&field=number:integer")
    layer.addExpressionField("$area", QgsField("area_m2", REAL))
    table = QgsVectorLayer("None?field=number:integer&field=status:string&field=score:double", "t", "memory")
    QgsProject.instance().addMapLayer(table)
    join = QgsVectorLayerJoinInfo()
    join.setJoinLayer(table)
    join.setJoinFieldName("number")
    join.setTargetFieldName("number")
    join.setPrefix("")
    assert layer.addJoin(join)
    assert layer.fields().names() == ["class", "number", "status", "score", "area_m2"]
    values = {"class": "roof", "status": "review", "score": 0.5, "area_m2": 1.0}
    homes = [output_layers.add_polygon(layer, square(x), values, layer.crs()) for x in (0, 20)]
    changed = {**values, "class": "shed"}
    output_layers.change(layer, homes[0], changed, square(0, side=12), layer.crs())
    edits.write(layer, edits.merged([at(layer, 0), at(layer, 20)]))
    assert layer.commitChanges()
    assert [one["class"] for one in layer.getFeatures()] == ["shed"]


def check_a_class_that_is_a_number_is_a_class(stage):
    from resam_qgis import examples, output_layers
    from resam_qgis.session import Click, Draft
    from resam_qgis.tally import Tally

    for kind in ("integer", "double", "string"):
        layer = own_layer(fields=f"&field=class:{kind}")
        for x, name in ((0, "7"), (20, "7"), (40, "")):
            given = output_layers.converted(layer, {"class": name} if name else {})
            home = output_layers.add_polygon(layer, square(x), given, layer.crs())
            stage.session.keep(Draft((Click(x + 5.0, 5.0),)), name, home)
        names = [one.class_name for one in examples.outlines_of(layer, layer.crs(), examples.SURE)]
        assert names == ["7", "7", ""], kind
        stage.controller.refine(layer, at(layer, 0))
        assert stage.session.own_class == "7", kind
        stage.controller.clear()
        tally = Tally()
        tally.watch(layer)
        wait(lambda tally=tally: tally.found)
        assert {name: count for name, (count, _) in tally.found.items()} == {"7": 2, "": 1}, kind
        tally.watch(None)


def check_a_column_that_must_hold_something_is_not_emptied(stage):
    """Else the file would refuse everything when the layer is saved."""
    from resam_qgis import output_layers

    layer = own_layer(fields="&field=status:string&field=reason:string")
    constraint, strength = QgsFieldConstraints.Constraint, QgsFieldConstraints.ConstraintStrength
    layer.setFieldConstraint(1, constraint.ConstraintNotNull, strength.ConstraintStrengthHard)
    home = output_layers.add_polygon(layer, square(0), {"status": "review", "reason": "small"}, layer.crs())
    output_layers.change(layer, home, {"status": "accepted", "reason": None})
    assert (at(layer, 0)["status"], at(layer, 0)["reason"]) == ("accepted", "small")
    layer.setFieldConstraint(1, constraint.ConstraintNotNull, strength.ConstraintStrengthSoft)
    output_layers.change(layer, home, {"reason": None})
    assert not isinstance(at(layer, 0)["reason"], str)


def check_a_neighbour_whose_border_crosses_itself_is_cut_out_as_any_other(stage):
    from resam_qgis import edits, output_layers
    from resam_qgis.examples import Outline
    from resam_qgis.finds import Space

    layer, bow_tie, modes = own_layer(), QgsGeometry.fromWkt(BOW_TIE), QgsProject.AvoidIntersectionsMode
    put(layer, bow_tie)
    assert not bow_tie.isGeosValid()
    QgsProject.instance().setAvoidIntersectionsMode(modes.AvoidIntersectionsCurrentLayer)
    try:
        output_layers.add_polygon(layer, square(0), {}, layer.crs())
    finally:
        QgsProject.instance().setAvoidIntersectionsMode(modes.AllowIntersections)
    left = 100 - bow_tie.makeValid().intersection(square(0)).area()
    assert abs(at(layer, 0).geometry().area() - left) < 1e-6
    assert abs(Space([Outline(bow_tie, "", True)]).left_of(square(0)).area() - left) < 1e-6
    assert Space([Outline(bow_tie, "", False)]).left_of(QgsGeometry.fromWkt(BOW_TIE).makeValid()) is None
    assert edits.merged(list(layer.getFeatures())).outlines()[0].area() > 100


def check_a_vertex_that_a_neighbour_adds_lies_as_high_as_the_border(stage):
    from resam_qgis import output_layers
    from resam_qgis.neighbours import Borders

    for kind in ("PolygonZ", "MultiPolygonZ", "MultiPolygonZM"):
        layer = own_layer(kind)
        roof = QgsGeometry.fromWkt("PolygonZM((0 0 5 1, 10 0 5 1, 10 10 15 3, 0 10 15 3, 0 0 5 1))")
        put(layer, roof.coerceToType(layer.wkbType())[0])
        outlines = frozenset(bytes(one.geometry().asWkb()) for one in layer.getFeatures())
        beside = QgsGeometry.fromWkt("MultiPolygon(((10.01 3, 20 3, 20 6, 10.01 6, 10.01 3)))")
        output_layers.add_polygon(layer, beside, {}, layer.crs(), Borders(0.05, outlines))
        heights = {vertex.y(): vertex.z() for vertex in at(layer, 0).geometry().vertices()}
        assert abs(heights[3] - 8) < 0.01, (kind, heights)
        assert abs(heights[6] - 11) < 0.01, (kind, heights)
        if kind == "MultiPolygonZM":
            measures = {vertex.y(): vertex.m() for vertex in at(layer, 0).geometry().vertices()}
            assert abs(measures[6] - 2.2) < 0.01, measures
