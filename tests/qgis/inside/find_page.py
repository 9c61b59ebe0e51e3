"""The page that finds all objects like those of the layer, by mouse and keys, in the real window."""

from inside.pulse import Pulse
from inside.stage import OBJECTS, SCENE, Stage, settle, wait
from qgis.core import QgsFeature, QgsGeometry, QgsProject, QgsRectangle, QgsVectorLayer
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QApplication
from qgis.utils import iface

__all__ = ["Stage"]

MANY = 12
"""Of the twenty objects: of fewer examples, a raster of one tile teaches too little to find any."""
CLASSES = {"roof": range(9), "shed": range(9, MANY)}
RUN_SECONDS = 120
STALL_SECONDS = 0.1
WHOLE = 3


def page(stage):
    """The page, open."""
    window = stage.window
    for number in range(window.dock.tabs.count()):
        if window.dock.tabs.tabText(number) == "Find":
            window.dock.tabs.setCurrentIndex(number)
    settle(0.4)
    return window.finding


def clicked(stage, name, count=5):
    """The scene after some of its objects were entered, and the layer that holds them, saved."""
    layer = stage.open(SCENE)
    out = stage.output(name)
    stage.enter(layer, *range(count))
    assert out.featureCount() == count, stage.said()
    return layer, out


def searched(stage, finding, kind=WHOLE):
    """The layer of finds of a run that ended well."""
    finding.area.kinds.setCurrentIndex(kind)
    settle(0.4)
    stage.press_button(finding.start)
    wait(lambda: finding.running, 10)
    wait(lambda: not finding.running, RUN_SECONDS)
    settle(0.4)
    return finding.found.layer


def found_before(stage, name, scores=(0.9, 0.8, 0.55, 0.4, 0.2)):
    """Entered objects, and others as a search would have found them, with these scores."""
    from resam_qgis import finds
    from resam_qgis.find_task import Find

    layer, out = clicked(stage, name, 2)
    some = []
    for number, score in enumerate(scores, 5):
        shape = QgsGeometry.fromWkt(OBJECTS[number]["wkt"])
        some.append(Find(shape, {"score": score, "model": "nano", "n_pos": 0}, score > 0.5))
    finds.show_from(finds.put(some, layer, []), 0.5)
    finding = page(stage)
    return out, finding, finding.found.layer


def shown(layer):
    """The polygons that the layer draws, as its renderer decides."""
    from qgis.core import QgsRenderContext

    renderer, context = layer.renderer().clone(), QgsRenderContext()
    context.expressionContext().appendScopes([])
    renderer.startRender(context, layer.fields())
    found = []
    for feature in layer.getFeatures():
        context.expressionContext().setFeature(feature)
        if renderer.willRenderFeature(feature, context):
            found.append(feature)
    renderer.stopRender(context)
    return found


def status(layer, number):
    return layer.getFeature(number)["status"]


def check_without_examples_nothing_can_be_searched_for(stage):
    stage.open(SCENE)
    finding = page(stage)
    assert not finding.start.isEnabled()
    assert finding._taught.text().startswith("0 objects: click")
    assert not finding.found.isVisible()


def check_the_time_is_told_before(stage):
    clicked(stage, "estimated.gpkg", 1)
    finding = page(stage)
    finding.area.kinds.setCurrentIndex(WHOLE)
    settle(0.4)
    assert finding._taught.text().startswith("1 objects: 5 or more")
    assert finding._cost.text().startswith("0.3 megapixels, about "), finding._cost.text()


def check_finds_come_into_a_layer_of_their_own_and_keep_off_what_stands(stage):
    layer, out = clicked(stage, "standing.gpkg", 0)
    for name, numbers in CLASSES.items():
        stage.window.dock._class.setCurrentText(name)
        stage.enter(layer, *numbers)
    stage.window.dock._class.setCurrentText("")
    assert out.featureCount() == MANY, stage.said()
    own = QgsGeometry.fromWkt(OBJECTS[MANY + 1]["wkt"])
    feature = QgsFeature(out.fields())
    feature.setGeometry(own)
    feature["status"] = "rejected"
    out.addFeature(feature)
    before = sorted(bytes(one.geometry().asWkb()) for one in out.getFeatures())
    finding = page(stage)
    few = MANY - len(CLASSES["roof"])
    assert finding._taught.text() == (
        f"{MANY} objects (roof {MANY - few}, shed {few}), 1 rejected: 5 or more make scores surer"
    )
    with Pulse() as pulse:
        found = searched(stage, finding)
    assert pulse.worst < STALL_SECONDS, pulse.worst
    assert stage.bar() == []
    assert found.featureCount() > 0
    assert {one["class"] for one in found.getFeatures()} <= set(CLASSES), "each find goes to a class"
    assert sorted(bytes(one.geometry().asWkb()) for one in out.getFeatures()) == before
    assert stage.window.dock.outputs.currentLayer() is out
    standing = [one.geometry() for one in out.getFeatures() if one["status"] != "rejected"]
    for one in found.getFeatures():
        assert one["status"] == "review"
        assert 0 <= one["score"] <= 1
        for other in standing:
            assert one.geometry().intersection(other).area() < 1e-3 * one.geometry().area()
        assert one.geometry().intersection(own).area() < 0.5 * own.area()
    assert found.renderer().type() == "graduatedSymbol"


def check_the_slider_hides_at_once_and_counts(stage):
    _, finding, found = found_before(stage, "slid.gpkg")
    scores = [one["score"] for one in found.getFeatures()]
    slider = finding.found.slider
    slider.setFocus()
    for key, least in ((Qt.Key.Key_Home, 0.0), (Qt.Key.Key_PageUp, 0.1), (Qt.Key.Key_PageUp, 0.2)):
        QTest.keyClick(slider, key)
        settle(0.05)
        likely = [score for score in scores if score >= least]
        assert len(shown(found)) == len(likely), least
        text = f"{len(likely)} shown, about {round(sum(likely))} expected right"
        assert finding.found.count.text() == text
    QTest.keyClick(slider, Qt.Key.Key_End)
    settle(0.05)
    assert finding.found.count.text().startswith("0 shown")
    assert not finding.found.add.isEnabled()
    assert not found.isEditable()


def check_the_slider_does_not_hold_the_window_up(stage):
    _, finding, _ = found_before(stage, "many.gpkg", ())
    layer = stage.window.dock.layers.currentLayer()
    from resam_qgis import finds
    from resam_qgis.find_task import Find

    x, y = layer.extent().xMinimum(), layer.extent().yMinimum()
    many = []
    for number in range(5000):
        left, low = x + 2 * (number % 100), y + 2 * (number // 100)
        shape = QgsGeometry.fromRect(QgsRectangle(left, low, left + 1, low + 1))
        many.append(Find(shape, {"score": number / 5000, "n_pos": 0}, True))
    finds.show_from(finds.put(many, layer, []), 0.5)
    finding.refresh()
    slider = finding.found.slider
    with Pulse() as pulse:
        for _ in range(20):
            QTest.keyClick(slider, Qt.Key.Key_Right)
            settle(0.02)
    assert pulse.worst < STALL_SECONDS, pulse.worst
    assert finding.found.count.text().startswith("1500 shown"), finding.found.count.text()


def check_the_review_begins_with_the_doubtful_and_its_keys_decide(stage):
    _, finding, found = found_before(stage, "doubted.gpkg")
    finding.found.slider.setValue(5)
    settle(0.3)
    stage.press_button(finding.found.review)
    settle(0.3)
    review = stage.window.review
    assert review.isVisible()
    assert found.renderer().type() == "graduatedSymbol"
    assert found.styleManager().styles() == ["default"], "the review leaves the style of finds alone"
    doubts = [abs(found.getFeature(home.feature_id)["score"] - 0.5) for home in review._queue]
    assert doubts == sorted(doubts)
    assert len(doubts) == len(shown(found)) == 5
    order = [home.feature_id for home in review._queue]
    stage.press(Qt.Key.Key_Return)
    stage.press(Qt.Key.Key_R)
    assert [status(found, number) for number in order[:3]] == ["accepted", "rejected", "review"]
    iface.actionPan().trigger()
    stage.tap(stage.canvas.viewport().rect().center())
    stage.press(Qt.Key.Key_Return)
    assert status(found, order[2]) == "accepted"
    assert order[1] not in [one.id() for one in shown(found)]
    assert order[0] in [one.id() for one in shown(found)]


def check_enter_with_the_click_tool_accepts_the_find_under_review(stage):
    _, finding, found = found_before(stage, "armed.gpkg")
    stage.press_button(finding.found.review)
    stage.arm()
    number = stage.window.review.current.id()
    stage.canvas.setFocus()
    stage.press(Qt.Key.Key_Return)
    assert status(found, number) == "accepted"
    assert stage.bar() == []


def check_the_view_is_back_after_a_review(stage):
    _, finding, _ = found_before(stage, "back.gpkg")
    finding.area.kinds.setCurrentIndex(0)
    settle(0.4)
    before, cost = stage.canvas.extent(), finding._cost.text()
    stage.press_button(finding.found.review)
    settle(0.3)
    assert stage.canvas.extent().width() < 0.5 * before.width()
    page(stage)
    assert abs(stage.canvas.extent().width() / before.width() - 1) < 1e-6
    assert finding._cost.text() == cost


def check_find_again_learns_from_the_review(stage):
    out, finding, found = found_before(stage, "again.gpkg")
    assert finding.start.text() == "Find again"
    stage.press_button(finding.found.review)
    settle(0.2)
    order = [home.feature_id for home in stage.window.review._queue]
    stage.press(Qt.Key.Key_Return)
    stage.press(Qt.Key.Key_R)
    stage.press(Qt.Key.Key_Return)
    good, bad = (QgsGeometry(found.getFeature(number).geometry()) for number in order[:2])
    page(stage)
    assert finding._taught.text() == "4 objects, 1 rejected: 5 or more make scores surer"
    again = searched(stage, finding)
    assert again.id() == found.id()
    words = {}
    for one in again.getFeatures():
        words.setdefault(one["status"], []).append(one.geometry())
    assert len(words["accepted"]) == 2
    assert any(shape.equals(good) for shape in words["accepted"])
    assert [shape.equals(bad) for shape in words["rejected"]] == [True]
    for shape in words.get("review", []):
        assert shape.intersection(good).area() < 1e-3 * shape.area()
        assert shape.intersection(bad).area() < 0.5 * min(shape.area(), bad.area())
    assert out.featureCount() == 2


def check_what_is_shown_is_added_to_the_users_layer_as_one_step(stage):
    out, finding, found = found_before(stage, "added.gpkg")
    out.commitChanges(False)
    assert len(shown(found)) == 3
    assert finding.found.add.text() == "Add the 3 shown to “added”"
    stage.press_button(finding.found.add)
    assert out.featureCount() == 5
    scores = [one["score"] for one in out.getFeatures() if one["n_pos"] == 0]
    assert sorted(scores) == [0.55, 0.8, 0.9]
    assert len({one["prompt_id"] for one in out.getFeatures()}) == 5
    assert shown(found) == []
    assert out.undoStack().count() == 1
    stage.canvas.setFocus()
    stage.press(Qt.Key.Key_Backspace)
    assert out.featureCount() == 2


def check_finds_on_ground_that_was_taken_meanwhile_are_not_added(stage):
    out, finding, _ = found_before(stage, "taken.gpkg")
    feature = QgsFeature(out.fields())
    feature.setGeometry(QgsGeometry.fromWkt(OBJECTS[5]["wkt"]))
    out.addFeature(feature)
    stage.press_button(finding.found.add)
    assert out.featureCount() == 5
    assert "2 polygons" in finding.said.text()


def check_no_click_goes_into_the_layer_of_finds(stage):
    _, _, found = found_before(stage, "apart.gpkg")
    outputs = stage.window.dock.outputs
    names = [outputs.itemText(number) for number in range(outputs.count())]
    assert "apart" in names
    assert found.name() not in names


def check_a_rectangle_is_drawn_and_searched_alone(stage):
    layer, _ = clicked(stage, "drawn.gpkg", MANY)
    finding = page(stage)
    finding.area.kinds.setCurrentIndex(1)
    settle(0.4)
    assert finding._cost.text() == "Draw the rectangle first."
    stage.press_button(finding.area.draw)
    extent = layer.extent()
    side = extent.xMinimum() + 0.75 * extent.width()
    start = stage.pixel_of(extent.xMinimum(), extent.yMaximum(), layer)
    end = stage.pixel_of(side, extent.yMinimum(), layer)
    stage.drag(start, end)
    settle(0.4)
    assert stage.canvas.mapTool() is stage.window.tool, "the tool before is back"
    assert finding.area._band.isVisible()
    assert finding._cost.text().startswith("0.2 megapixels"), finding._cost.text()
    found = searched(stage, finding, 1)
    drawn = QgsGeometry.fromRect(
        QgsRectangle(extent.xMinimum(), extent.yMinimum(), side, extent.yMaximum()).buffered(2)
    )
    for one in found.getFeatures():
        box = QgsGeometry.fromPointXY(one.geometry().boundingBox().center())
        assert drawn.contains(box)
    stage.window.dock.tabs.setCurrentIndex(0)
    assert not finding.area._band.isVisible()


def check_a_cancelled_search_leaves_all_as_it_was(stage):
    _, out = clicked(stage, "cancelled.gpkg", 2)
    finding = page(stage)
    finding.area.kinds.setCurrentIndex(WHOLE)
    settle(0.4)
    stage.press_button(finding.start)
    wait(lambda: finding.running, 10)
    settle(1.0)
    stage.press_button(finding.cancel)
    wait(lambda: not finding.running, 30)
    assert finding.found.layer is None
    assert out.featureCount() == 2
    assert "Cancelled" in finding.said.text()
    from resam_qgis import places

    assert list(places.runs().glob("find-*")) == []
    assert finding.start.isEnabled()


def check_a_problem_of_a_search_is_in_the_message_bar(stage):
    layer, _ = clicked(stage, "beside.gpkg", 1)
    zone = QgsVectorLayer("Polygon?crs=EPSG:32632", "far away", "memory")
    feature = QgsFeature()
    feature.setGeometry(QgsGeometry.fromRect(layer.extent().buffered(-1)))
    moved = QgsGeometry(feature.geometry())
    moved.translate(10_000, 0)
    feature.setGeometry(moved)
    zone.dataProvider().addFeatures([feature])
    QgsProject.instance().addMapLayer(zone)
    finding = page(stage)
    finding.area.kinds.setCurrentIndex(2)
    finding.area.layer.setLayer(zone)
    settle(0.4)
    stage.press_button(finding.start)
    assert "beside the raster" in stage.bar()[0]
    assert not finding.running


def check_the_command_is_copied_with_files_that_are_there(stage):
    import shlex
    from pathlib import Path

    clicked(stage, "copied.gpkg", 2)
    finding = page(stage)
    finding.area.kinds.setCurrentIndex(0)
    QApplication.clipboard().setText("")
    finding.copy_command()
    words = shlex.split(QApplication.clipboard().text())
    assert words[words.index("-m") + 1] == "engine.find"
    for option in ("--polygons", "--area", "--raster"):
        assert Path(words[words.index(option) + 1]).is_file(), option
