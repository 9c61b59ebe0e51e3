"""Polygons that are in the layer already, edited by click: what Enter writes, and what undo brings back."""

from inside.stage import OBJECTS, RIGHT, SCENE, Stage, place, settle
from qgis.core import QgsFeature, QgsField, QgsGeometry, QgsPointXY, QgsProject, QgsRectangle, QgsVectorLayer
from qgis.PyQt.QtCore import QPoint, Qt

__all__ = ["Stage"]


def squares(stage, layer, *shapes, kind="MultiPolygon"):
    """An output layer that holds polygons at offsets in metres from the first object."""
    own = QgsVectorLayer(
        f"{kind}?crs=EPSG:32632&field=prompt_id:integer&field=class:string&field=area_m2:double",
        "own",
        "memory",
    )
    features = []
    for number, wkt in enumerate(shapes, 1):
        feature = QgsFeature(own.fields())
        shape = QgsGeometry.fromWkt(wkt)
        x, y = place(0)
        shape.translate(x, y)
        feature.setGeometry(shape)
        feature.setAttributes([number, f"kind {number}", shape.area()])
        features.append(feature)
    own.dataProvider().addFeatures(features)
    QgsProject.instance().addMapLayer(own)
    stage.window.dock.outputs.setLayer(own)
    x, y = place(0)
    stage.canvas.setExtent(QgsRectangle(x - 30, y - 30, x + 80, y + 40))
    settle(0.3)
    return own


def square(x, y, side, hole=0.0):
    """WKT of a square by its lower left corner, with a square hole in its middle."""

    def ring(x, y, side):
        return f"({x} {y},{x + side} {y},{x + side} {y + side},{x} {y + side},{x} {y})"

    inner = (side - hole) / 2
    return f"({ring(x, y, side)}" + (f",{ring(x + inner, y + inner, hole)})" if hole else ")")


def pressed(stage, name):
    """The button of an edit, pressed."""
    stage.press_button(stage.window.dock.edits.buttons[name])
    assert stage.window.editor.mode == name
    assert stage.canvas.mapTool() is stage.window.tool


def spot(stage, layer, across, up):
    """The pixel of a place beside the first object, in metres."""
    x, y = place(0)
    return stage.pixel_of(x + across, y + up, layer)


def shapes(layer):
    return [feature.geometry() for feature in layer.getFeatures()]


def check_holes_are_filled_with_enter_and_not_before(stage):
    layer = stage.open(SCENE)
    own = squares(stage, layer, f"MultiPolygon({square(0, 0, 20, hole=6)})")
    pressed(stage, "holes")
    stage.tap(spot(stage, layer, 3, 3))
    assert not own.isModified()
    assert abs(stage.window.editor.change.outlines()[0].area() - 400) < 1e-6
    stage.press(Qt.Key.Key_Return)
    (only,) = own.getFeatures()
    assert abs(only.geometry().area() - 400) < 1e-6
    assert abs(only["area_m2"] / 400 - 1) < 0.01
    stage.tap(spot(stage, layer, 3, 3))
    assert "no holes" in stage.bar()[0]
    stage.press(Qt.Key.Key_Escape)
    assert stage.window.editor.mode == ""
    assert not stage.window.dock.edits.buttons["holes"].isChecked()
    stage.press(Qt.Key.Key_Backspace)
    assert abs(shapes(own)[0].area() - 364) < 1e-6, "undo is one step"


def check_the_largest_part_stays_alone(stage):
    layer = stage.open(SCENE)
    own = squares(stage, layer, f"MultiPolygon({square(0, 0, 20)},{square(30, 0, 5)})")
    pressed(stage, "largest")
    stage.tap(spot(stage, layer, 32, 2))
    stage.press(Qt.Key.Key_Return)
    (shape,) = shapes(own)
    assert abs(shape.area() - 400) < 1e-6


def check_clicked_polygons_become_one(stage):
    layer = stage.open(SCENE)
    own = squares(stage, layer, *(f"MultiPolygon({square(x, 0, 20)})" for x in (0, 20, 40)), kind="Polygon")
    pressed(stage, "merge")
    for across in (5, 25, 45, 45):
        stage.tap(spot(stage, layer, across, 5))  # The last click takes the third one out again.
    assert own.featureCount() == 3
    stage.shot("merge")
    stage.press(Qt.Key.Key_Return)
    assert sorted(round(shape.area()) for shape in shapes(own)) == [400, 800]
    assert {feature["class"] for feature in own.getFeatures()} == {"kind 1", "kind 3"}
    stage.press(Qt.Key.Key_Escape)
    stage.press(Qt.Key.Key_Backspace)
    assert own.featureCount() == 3


def check_polygons_that_no_single_one_covers_are_not_merged_into_a_layer_of_single_ones(stage):
    layer = stage.open(SCENE)
    own = squares(stage, layer, square_of("Polygon", 0), square_of("Polygon", 40), kind="Polygon")
    pressed(stage, "merge")
    stage.tap(spot(stage, layer, 5, 5))
    stage.tap(spot(stage, layer, 45, 5))
    stage.press(Qt.Key.Key_Return)
    assert "“own”" in stage.bar()[0]
    assert own.featureCount() == 2
    own.rollBack()


def square_of(kind, x):
    return f"{kind}{square(x, 0, 20)}"


def check_a_line_between_two_clicks_splits(stage):
    layer = stage.open(SCENE)
    own = squares(stage, layer, f"MultiPolygon({square(0, 0, 20)})")
    pressed(stage, "split")
    stage.tap(spot(stage, layer, 5, -5))
    stage.tap(spot(stage, layer, 5, 10))
    assert "crosses no polygon" in stage.bar()[0]
    stage.tap(spot(stage, layer, 5, -5))
    stage.tap(spot(stage, layer, 5, 25))
    assert own.featureCount() == 1
    stage.press(Qt.Key.Key_Return)
    areas = sorted(shape.area() for shape in shapes(own))
    assert len(areas) == 2
    assert abs(sum(areas) - 400) < 1e-6
    assert abs(areas[0] - 100) < 10
    assert sorted(feature["prompt_id"] for feature in own.getFeatures()) == [1, 2]
    assert {feature["class"] for feature in own.getFeatures()} == {"kind 1"}
    for feature in own.getFeatures():
        assert abs(feature["area_m2"] / feature.geometry().area() - 1) < 0.01
    stage.press(Qt.Key.Key_Escape)
    stage.press(Qt.Key.Key_Backspace)
    assert own.featureCount() == 1


def check_a_polygon_of_the_layer_is_refined_with_more_clicks(stage):
    layer = stage.open(SCENE)
    wkt = QgsGeometry.fromWkt(OBJECTS[0]["wkt"]).boundingBox()
    x, y = place(0)
    wkt = QgsGeometry.fromRect(wkt)
    wkt.translate(-x, -y)
    own = squares(stage, layer, wkt.asWkt(), kind="Polygon")
    before = shapes(own)[0]
    pressed(stage, "refine")
    stage.tap(spot(stage, layer, 0, 0))
    stage.answered()
    assert stage.window.editor.mode == ""
    assert len(stage.controller.session.draft.clicks) == 1
    stage.tap(spot(stage, layer, 0, 0) + QPoint(60, 60), RIGHT)
    stage.answered()
    assert not own.isModified()
    stage.press(Qt.Key.Key_Return)
    stage.answered()
    (only,) = own.getFeatures()
    assert not only.geometry().equals(before)
    assert only.geometry().contains(QgsPointXY(*place(0)))
    assert only["prompt_id"] == 1


def check_a_refined_polygon_keeps_its_class_until_another_is_chosen(stage):
    from resam_qgis.classes import ObjectClass
    from resam_qgis.qt import TEXT

    layer = stage.open(SCENE)
    own = squares(stage, layer, f"Polygon{square(-10, -10, 20)}", kind="Polygon")
    own.dataProvider().addAttributes([QgsField("use", TEXT)])
    own.updateFields()
    stage.window.classes.put([ObjectClass("tree", "#00ff00", {"use": "shade"})])
    stage.window.dock._class.setCurrentText("tree")
    for wanted in (("kind 1", None), ("tree", "shade")):
        pressed(stage, "refine")
        stage.tap(spot(stage, layer, 0, 0))
        stage.answered()
        if wanted[0] == "tree":
            stage.press(Qt.Key.Key_1)
            stage.answered()
        assert stage.controller._inquiry.choice.class_name == "kind 1" or wanted[0] == "tree"
        stage.press(Qt.Key.Key_Return)
        stage.answered()
        (only,) = own.getFeatures()
        assert (only["class"], only["use"] or None) == wanted
        assert {row[4] for row in stage.controller.session.rows()} == {wanted[0]}
    stage.window.classes.put([])


def check_clicks_at_hand_come_back_after_a_polygon_that_is_refined(stage):
    layer = stage.open(SCENE)
    for takes_back in ("Backspace", "its layer is removed"):
        own = squares(stage, layer, f"Polygon{square(-10, -10, 20)}", kind="Polygon")
        stage.arm()
        stage.controller.click(QgsPointXY(place(0)[0] + 40, place(0)[1]), True)
        before = stage.controller.session.draft
        assert not before.empty
        pressed(stage, "refine")
        stage.tap(spot(stage, layer, 0, 0))
        stage.answered()
        assert stage.controller.session.fixing is not None
        if takes_back == "Backspace":
            stage.press(Qt.Key.Key_Backspace)
        QgsProject.instance().removeMapLayer(own.id())
        settle(0.1)
        assert stage.controller.session.fixing is None, takes_back
        assert stage.controller.session.draft == before, takes_back
        stage.controller.clear()


def check_the_clicks_of_an_edited_polygon_stay_its_own(stage):
    layer = stage.open(SCENE)
    out = stage.output("edited clicks.gpkg")
    stage.arm()
    for number in range(2):
        stage.tap(stage.pixel_of(*place(number), layer))
        stage.answered()
        stage.press(Qt.Key.Key_Return)
    assert len({row[3] for row in stage.controller.session.rows()}) == 2
    pressed(stage, "merge")
    for number in range(2):
        stage.tap(stage.pixel_of(*place(number), layer))
    stage.press(Qt.Key.Key_Return)
    assert out.featureCount() == 1, stage.said()
    rows = stage.controller.session.rows()
    assert len(rows) == 2
    assert len({row[3] for row in rows}) == 1, "one object with two clicks"
    stage.press(Qt.Key.Key_Escape)
    pressed(stage, "refine")
    stage.tap(stage.pixel_of(*place(0), layer))
    stage.answered()
    assert len(stage.controller.session.draft.clicks) == 2


def check_a_click_beside_all_polygons_is_told_and_another_tool_ends_the_edit(stage):
    from qgis.utils import iface

    layer = stage.open(SCENE)
    squares(stage, layer, f"MultiPolygon({square(0, 0, 20)})")
    pressed(stage, "holes")
    stage.tap(spot(stage, layer, -10, -10))
    assert "“own”" in stage.bar()[0]
    iface.actionPan().trigger()
    settle(0.1)
    assert stage.window.editor.mode == ""
    assert stage.bar() == []
