"""What is said: problems in the message bar, nothing that no longer holds, names of layers."""

from inside.stage import FIXTURES, OBJECTS, RIGHT, SCENE, WORK, Stage, place, wait
from qgis.core import (
    QgsFeature,
    QgsField,
    QgsGeometry,
    QgsPointXY,
    QgsProject,
    QgsRasterLayer,
    QgsVectorFileWriter,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QPoint, Qt, QVariant
from qgis.PyQt.QtWidgets import QApplication

__all__ = ["Stage"]


def check_a_problem_is_in_the_message_bar_until_it_holds_no_more(stage):
    layer = stage.open(SCENE, zoom=1.5)
    stage.output("bar.gpkg")
    stage.arm()
    stage.tap(QPoint(5, 5))
    stage.answered()
    assert len(stage.bar()) == 1
    assert "outside" in stage.bar()[0]
    stage.press(Qt.Key.Key_Return)
    assert len(stage.bar()) == 1, "the second takes the first one's place"
    stage.press(Qt.Key.Key_Escape)
    stage.tap(stage.pixel_of(*place(0), layer))
    stage.answered()
    assert stage.bar() == []
    assert stage.said() == ""


def check_a_lone_click_that_excludes_can_be_cleared(stage):
    layer = stage.open(SCENE)
    stage.arm()
    stage.tap(stage.pixel_of(*place(0), layer), RIGHT)
    assert stage.window.dock.clear.isEnabled()
    stage.press_button(stage.window.dock.clear)
    assert stage.controller.session.draft.empty
    assert not stage.window.dock.clear.isEnabled()


def check_two_bands_are_told(stage):
    stage.open(FIXTURES / "deep.tif")
    bands = stage.window.dock.bands.boxes
    bands[0].setCurrentIndex(1)
    assert stage.bar() == []
    bands[1].setCurrentIndex(2)
    assert "three" in stage.bar()[0]
    assert stage.controller.choice.bands == ()
    bands[2].setCurrentIndex(3)
    assert stage.bar() == []
    assert stage.controller.choice.bands == (1, 2, 3)


def check_undo_names_the_layer_and_the_step(stage):
    layer = stage.open(SCENE)
    stage.output("named.gpkg")
    stage.arm()
    stage.tap(stage.pixel_of(*place(0), layer))
    stage.answered()
    stage.press(Qt.Key.Key_Return)
    stage.press(Qt.Key.Key_Backspace)
    assert "“named”" in stage.said(), stage.said()
    assert "Add segment" in stage.said()


def check_the_adapt_page_counts_the_clicks_of_the_raster_that_is_chosen(stage):
    layer = stage.open(SCENE)
    stage.output("counted.gpkg")
    stage.arm()
    stage.tap(stage.pixel_of(*place(0), layer))
    stage.answered()
    stage.press(Qt.Key.Key_Return)
    count = stage.window.adapting._count
    assert count.text().startswith("1 "), count.text()
    other = QgsRasterLayer(str(SCENE), "other")
    QgsProject.instance().addMapLayer(other)
    stage.window.dock.layers.setLayer(other)
    assert count.text().startswith("0 "), count.text()


def check_without_objects_no_command_is_copied(stage):
    stage.open(SCENE)
    QApplication.clipboard().setText("the user's")
    stage.press_button(stage.window.dock.command)
    assert QApplication.clipboard().text() == "the user's"
    assert len(stage.bar()) == 1


def check_what_is_no_news_of_the_run_leaves_its_verdict_alone(stage):
    stage.open(SCENE)
    panel = stage.window.adapting
    panel.say("the verdict")
    panel.export_adapter()
    assert panel.verdict.text() == "the verdict"
    assert "adapter" in stage.bar()[0]


def check_what_a_review_complains_of_is_in_the_message_bar_until_the_next_layer(stage):
    stage.open(SCENE)
    own = QgsVectorLayer("Polygon?crs=EPSG:32632&field=name:string", "parcels", "memory")
    QgsProject.instance().addMapLayer(own)
    stage.window.dock.tabs.setCurrentWidget(stage.window.review)
    review = stage.window.review
    review.layer.setLayer(own)
    stage.press_button(review.starting)
    assert "“parcels”" in stage.bar()[0]
    review.layer.setLayer(stage.output("other.gpkg"))
    assert stage.bar() == []


def check_an_error_of_suggesting_stays_on_its_page_until_it_holds_no_more(stage):
    layer = stage.open(SCENE)
    stage.output("suggested.gpkg")
    part = stage.window.review.suggestions
    stage.window.dock.tabs.setCurrentWidget(stage.window.review)
    stage.press_button(part.start)
    assert "Accept some objects" in part.said.text()
    stage.arm()
    stage.tap(stage.pixel_of(*place(0), layer))
    stage.answered()
    assert "Accept some objects" in part.said.text(), "it holds still"
    stage.press(Qt.Key.Key_Return)
    assert part.said.text() == ""


def check_an_error_of_adapting_stays_on_its_page_until_it_holds_no_more(stage):
    stage.open(SCENE)
    points = QgsVectorLayer("Point?crs=EPSG:32632&field=object_id:integer", "clicked", "memory")
    features = []
    for number, item in enumerate(OBJECTS[:6]):
        feature = QgsFeature(points.fields())
        feature.setGeometry(QgsGeometry.fromPointXY(QgsPointXY(item["x"], item["y"])))
        feature["object_id"] = number
        features.append(feature)
    points.dataProvider().addFeatures(features)
    QgsProject.instance().addMapLayer(points)
    panel = stage.window.adapting
    stage.window.dock.tabs.setCurrentWidget(panel)
    panel.points.setLayer(points)
    stage.press_button(panel.start)
    assert "“clicked”" in panel.verdict.text(), panel.verdict.text()
    stage.canvas.zoomByFactor(0.9)
    stage.window.dock.tabs.setCurrentIndex(0)
    assert "“clicked”" in panel.verdict.text(), "it holds still"
    panel.points.setLayer(None)
    assert panel.verdict.text() == ""


def check_a_file_without_the_columns_that_its_layer_shows_is_not_adapted_to(stage):
    stage.open(SCENE)
    path = WORK / "bare.gpkg"
    bare = QgsVectorLayer("Point?crs=EPSG:32632&field=number:integer", "bare", "memory")
    ways, options = QgsProject.instance().transformContext(), QgsVectorFileWriter.SaveVectorOptions()
    QgsVectorFileWriter.writeAsVectorFormatV3(bare, str(path), ways, options)
    layer = QgsVectorLayer(str(path), "virtual", "ogr")
    for number, item in enumerate(OBJECTS[:6]):
        feature = QgsFeature(layer.fields())
        feature.setGeometry(QgsGeometry.fromPointXY(QgsPointXY(item["x"], item["y"])))
        feature["number"] = number
        assert layer.dataProvider().addFeatures([feature])[0]
    layer.addExpressionField("number", QgsField("object_id", QVariant.Int))
    QgsProject.instance().addMapLayer(layer)
    panel = stage.window.adapting
    stage.window.dock.tabs.setCurrentWidget(panel)
    panel.points.setLayer(layer)
    stage.press_button(panel.start)
    assert "Save the layer “virtual” to a file first" in panel.verdict.text(), panel.verdict.text()
    layer.removeExpressionField(layer.fields().indexOf("object_id"))
    assert panel._points(None, WORK)[0] == path


def check_adapting_does_not_look_finished_while_it_measures(stage):
    layer = stage.open(SCENE)
    stage.output("measured.gpkg")
    stage.arm()
    for item in OBJECTS[:6]:
        stage.tap(stage.pixel_of(item["x"], item["y"], layer))
        stage.answered()
        stage.press(Qt.Key.Key_Return)
    panel = stage.window.adapting
    stage.window.dock.tabs.setCurrentWidget(panel)
    panel.name.setText("measured")
    panel.minutes.setValue(0.05)
    shown = []
    panel.progress.valueChanged.connect(lambda value: shown.append((value, panel.progress.maximum())))
    stage.press_button(panel.start)
    wait(lambda: "measuring" in panel.verdict.text(), 240)
    assert panel.running
    assert panel.progress.maximum() == 0, "a bar without an end in sight"
    assert max(value for value, _ in shown) <= 90
    wait(lambda: not panel.running, 240)
    assert (panel.progress.value(), panel.progress.maximum()) == (100, 100)


def check_the_verdict_of_every_class_is_shown(stage):
    stage.open(SCENE)
    panel = stage.window.adapting
    figures = {"measure": "IoU", "before": 0.5, "after": 0.6, "low": 0.01, "high": 0.2, "n": 9, "reason": "r"}
    panel._tell({"event": "class", "kind": "roof", "number": 1, "total": 2})
    panel._tell({"event": "objects", "learned": 8, "held": 2})
    assert panel.verdict.text().startswith("roof (1/2): 8 objects")
    for kind, word in (("roof", "better"), ("panel", "worse")):
        panel._tell({"event": "verdict", "kind": kind, "word": word, **figures})
    used = []
    panel._out = WORK / "of two classes"
    for name in ("class-1", "class-2"):
        (panel._out / name).mkdir(parents=True, exist_ok=True)
        stage.canvas.grab().save(str(panel._out / name / "changes.png"))
    panel.adapted.connect(used.append)
    panel._ended(None)
    panel.adapted.disconnect(used.append)
    assert len(panel._changes.labels) == 2, "one for each class"
    text = panel.verdict.text()
    assert "roof: Better" in text
    assert "panel: Worse" in text
    assert used == [str(panel._out)], "a class is better: the adapter answers it"
    panel._verdicts = []
    panel._changes.clear()
    panel.say("")
