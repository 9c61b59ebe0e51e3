"""The review by keyboard and mouse: its keys, its mark, its style, and what it leaves alone."""

import processing
from inside.stage import OBJECTS, SCENE, Stage, settle
from qgis.core import QgsFeature, QgsGeometry, QgsPointXY, QgsProject, QgsVectorLayer
from qgis.PyQt.QtCore import QPoint, Qt
from qgis.utils import iface

__all__ = ["Stage"]

PAGE = 3


def begun(stage, name, count=3):
    """A review of objects that were just entered, at its first."""
    layer = stage.open(SCENE)
    out = stage.output(name)
    stage.enter(layer, *range(count))
    assert out.featureCount() == count, stage.said()
    stage.window.dock.tabs.setCurrentIndex(PAGE)
    review = stage.window.review
    review.layer.setLayer(out)
    review.begin()
    settle(0.3)
    return out, review


def check_keys_work_after_a_click_in_the_map(stage):
    stage.window.dock._class.setCurrentText("house")
    out, review = begun(stage, "keys of review.gpkg")
    stage.window.dock._class.setCurrentText("")
    assert review._count.text().endswith(", house"), "what it is said to be"
    iface.actionPan().trigger()
    order = [home.feature_id for home in review._queue]
    stage.tap(stage.canvas.viewport().rect().center())
    stage.press(Qt.Key.Key_R)
    assert out.getFeature(order[0])["status"] == "rejected"
    stage.tap(stage.canvas.viewport().rect().center() + QPoint(20, 10))
    stage.press(Qt.Key.Key_A)
    assert out.getFeature(order[1])["status"] == "accepted"
    assert review.current.id() == order[2]
    stage.press(Qt.Key.Key_B)
    assert review.current.id() == order[1]
    stage.press(Qt.Key.Key_N)
    assert review.current.id() == order[2]


def check_polygons_that_are_fixed_keep_their_classes(stage):
    layer = stage.open(SCENE)
    out, classes = stage.output("fixed classes.gpkg"), ["barn", "tree"]
    for number, name in enumerate(classes):
        stage.window.dock._class.setCurrentText(name)
        stage.enter(layer, number)
    stage.window.dock._class.setCurrentText("")
    stage.window.dock.tabs.setCurrentIndex(PAGE)
    stage.window.review.open(out)
    for _ in classes:
        stage.press(Qt.Key.Key_F)
        stage.answered()
        stage.press(Qt.Key.Key_Return)
        stage.answered()
    assert stage.window.review.current is None, "both were fixed"
    assert sorted(str(feature["class"]) for feature in out.getFeatures()) == classes
    assert sorted(row[4] for row in stage.controller.session.rows()) == classes


def check_letters_are_letters_while_the_page_is_closed(stage):
    out, review = begun(stage, "letters.gpkg")
    before = [feature["status"] for feature in out.getFeatures()]
    stage.window.dock.tabs.setCurrentIndex(0)
    stage.window.dock._class.setFocus()
    stage.press(Qt.Key.Key_R)
    assert stage.window.dock._class.currentText() == "r"
    stage.window.dock._class.setCurrentText("")
    stage.canvas.setFocus()
    stage.press(Qt.Key.Key_R)
    assert [feature["status"] for feature in out.getFeatures()] == before
    assert not review._mark.isVisible()


def check_the_polygon_under_review_stays_marked(stage):
    _, review = begun(stage, "marked.gpkg")
    settle(1.5)
    assert review._mark.isVisible()
    for _ in range(2):
        shape = review.current.geometry()
        assert review._mark.asGeometry().symDifference(shape).area() < 1e-6 * shape.area()
        stage.press(Qt.Key.Key_N)
    stage.shot("review mark")
    stage.press(Qt.Key.Key_N)
    stage.press(Qt.Key.Key_N)
    assert review.current is None
    assert review._mark.asGeometry().isEmpty()


def check_outlines_show_the_score_and_the_users_style_comes_back(stage):
    out, review = begun(stage, "styled.gpkg")
    assert out.renderer().type() == "graduatedSymbol"
    parts = out.renderer().ranges()  # They own their symbols.
    assert {part.symbol().symbolLayer(0).brushStyle() for part in parts} == {Qt.BrushStyle.NoBrush}
    assert len({part.symbol().symbolLayer(0).strokeColor().name() for part in parts}) == len(parts) == 5
    review.outlines.setChecked(False)
    assert out.renderer().type() == "singleSymbol"
    assert out.styleManager().styles() == ["default"]
    review.outlines.setChecked(True)
    assert out.renderer().type() == "graduatedSymbol"


def check_a_layer_without_a_status_is_left_alone(stage):
    stage.open(SCENE)
    own = QgsVectorLayer("Polygon?crs=EPSG:32632&field=name:string", "parcels", "memory")
    feature = QgsFeature(own.fields())
    feature.setGeometry(QgsGeometry.fromWkt(OBJECTS[0]["wkt"]))
    own.dataProvider().addFeatures([feature])
    QgsProject.instance().addMapLayer(own)
    stage.window.dock.tabs.setCurrentIndex(PAGE)
    review = stage.window.review
    review.layer.setLayer(own)
    review.begin()
    assert "“parcels”" in stage.bar()[0]
    assert "status" in stage.bar()[0]
    for key in (Qt.Key.Key_A, Qt.Key.Key_R, Qt.Key.Key_N):
        stage.press(key)
    assert not own.isEditable()
    assert own.styleManager().styles() == ["default"]


def check_what_processing_loads_is_coloured_by_score(stage):
    layer = stage.open(SCENE)
    clicks = QgsVectorLayer("Point?crs=EPSG:32632", "clicks", "memory")
    features = []
    for item in OBJECTS[:2]:
        feature = QgsFeature()
        feature.setGeometry(QgsGeometry.fromPointXY(QgsPointXY(item["x"], item["y"])))
        features.append(feature)
    clicks.dataProvider().addFeatures(features)
    done = processing.runAndLoadResults(
        "resam:segmentpoints", {"INPUT": layer, "POINTS": clicks, "OUTPUT": "TEMPORARY_OUTPUT"}
    )
    loaded = QgsProject.instance().mapLayer(done["OUTPUT"])
    assert loaded.featureCount() == 2
    assert loaded.renderer().type() == "graduatedSymbol"
