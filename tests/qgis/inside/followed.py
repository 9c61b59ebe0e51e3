"""A review whose polygons change while it goes on: its queue follows them."""

from inside.borders import HOUSES, NORTH, STEP, WEST, row_of_houses
from inside.reviewing import PAGE
from inside.stage import Stage, settle
from qgis.core import QgsFeature, QgsGeometry, QgsRectangle
from qgis.PyQt.QtCore import Qt

__all__ = ["Stage"]

FIRST = (1, 0, 2)
"""The houses by their scores: the middle one comes first, and touches both others."""


def drawn(number):
    x0, y0, x1, y1 = HOUSES[number]
    return QgsGeometry.fromRect(
        QgsRectangle(WEST + x0 * STEP, NORTH - y1 * STEP, WEST + x1 * STEP, NORTH - y0 * STEP)
    )


def begun(stage, name):
    """A review of three row houses that touch, whose outlines have no vertices but their corners."""
    layer = row_of_houses(stage)
    out = stage.output(name)
    features = []
    for place, number in enumerate(FIRST):
        feature = QgsFeature(out.fields())
        shape = drawn(number)
        shape.convertToMultiType()
        feature.setGeometry(shape)
        feature["status"], feature["score"], feature["prompt_id"] = "review", 0.1 * (place + 1), place + 1
        features.append(feature)
    assert out.dataProvider().addFeatures(features)[0]
    stage.window.dock.tabs.setCurrentIndex(PAGE)
    review = stage.window.review
    review.layer.setLayer(out)
    review.begin()
    settle(0.3)
    assert numbers(out, review) == [1, 2, 3]
    return layer, out, review


def numbers(out, review):
    return [out.getFeature(home.feature_id)["prompt_id"] for home in review._queue]


def vertices(feature):
    return sum(1 for _ in feature.geometry().vertices())


def under_review(review):
    return None if review.current is None else review.current["prompt_id"]


def check_a_fix_that_gives_its_neighbours_vertices_leaves_them_in_the_queue(stage):
    from resam_qgis.output_layers import reference_of
    from resam_qgis.session import Draft, Session

    _, out, review = begun(stage, "followed.gpkg")
    neighbour = next(one for one in out.getFeatures() if one["prompt_id"] == 2)
    elsewhere = Session()
    elsewhere.keep(Draft(), "", reference_of(out, neighbour))
    stage.controller._sessions["of another raster"] = elsewhere
    stage.press(Qt.Key.Key_F)
    stage.answered()
    stage.press(Qt.Key.Key_Return)
    stage.answered()
    by_number = {one["prompt_id"]: one for one in out.getFeatures()}
    assert by_number[1]["status"] == "accepted", stage.said()
    assert any(vertices(by_number[number]) > 5 for number in (2, 3)), "a neighbour has more than its corners"
    assert elsewhere.accepted[0].home.wkb == bytes(by_number[2].geometry().asWkb())
    del stage.controller._sessions["of another raster"]
    assert under_review(review) == 2
    assert review._count.text().startswith("2 of 3"), review._count.text()
    stage.press(Qt.Key.Key_A)
    stage.press(Qt.Key.Key_B)
    stage.press(Qt.Key.Key_B)
    assert under_review(review) == 1, "what was fixed is found again"
    for _ in range(2):
        stage.press(Qt.Key.Key_N)
    assert under_review(review) == 3
    stage.press(Qt.Key.Key_R)
    assert [one["status"] for one in out.getFeatures()] == ["accepted", "accepted", "rejected"]
    assert review._count.text() == "Nothing left to look at."


def check_going_on_before_a_fix_is_answered_skips_nothing(stage):
    _, out, review = begun(stage, "ahead of it.gpkg")
    review.fix()
    assert stage.controller.waiting
    stage.controller.accept()
    stage.press(Qt.Key.Key_N)
    assert under_review(review) == 2
    review.fix()
    stage.controller.accept()
    stage.answered()
    assert under_review(review) == 3, stage.said()
    assert [one["status"] for one in out.getFeatures()] == ["accepted", "accepted", "review"]
    assert stage.bar() == [], "the second is found though the first gave it vertices"
    assert not any(item for item in stage.controller.entered.marks())


def check_undoing_a_fix_leaves_its_polygon_in_the_queue(stage):
    _, out, review = begun(stage, "undone fix.gpkg")
    stage.press(Qt.Key.Key_F)
    stage.answered()
    stage.press(Qt.Key.Key_Return)
    stage.answered()
    out.undoStack().undo()
    for number in (1, 2, 3):
        review.step(-3)
        review.step(number - 1)
        assert under_review(review) == number


def check_a_polygon_that_is_gone_is_said_to_be_gone_and_the_others_come(stage):
    _, out, review = begun(stage, "gone.gpkg")
    out.startEditing()
    out.deleteFeature(review._queue[1].feature_id)
    stage.press(Qt.Key.Key_N)
    gone = "The polygon is no longer in the layer “gone”."
    assert review._count.text() == gone
    for key in (Qt.Key.Key_A, Qt.Key.Key_R, Qt.Key.Key_Return):
        stage.window._message("", problem=False)
        stage.press(key)
        assert stage.bar() == [gone], key
    stage.press(Qt.Key.Key_N)
    assert under_review(review) == 3
    stage.press(Qt.Key.Key_A)
    assert review._count.text() == "Nothing left to look at."
