"""Clicks and Enters ahead of a slow model: every object comes out as its own, whatever the haste."""

import os
import stat
from contextlib import contextmanager
from pathlib import Path

from inside.outlines import assert_same_outline
from inside.stage import OBJECTS, RIGHT, SCENE, WORK, Stage, place, settle, wait
from qgis.core import QgsFeatureRequest, QgsGeometry, QgsPointXY, QgsProject, QgsSettings
from qgis.PyQt.QtCore import QPoint, Qt

__all__ = ["Stage"]


class Gate:
    """Clicks wait before it, and the model has no answer to them; see ``slow_worker``."""

    def __init__(self):
        self.folder = WORK / "gate"
        self.folder.mkdir(exist_ok=True)

    def close(self):
        (self.folder / "free").unlink(missing_ok=True)

    def let(self, number):
        """One click goes through."""
        (self.folder / str(number)).touch()

    def open(self):
        (self.folder / "free").touch()


@contextmanager
def slow_model(stage):
    """The worker gets no click before it is let; one worker for all checks here."""
    gate, script = Gate(), WORK / "slow-python"
    if not script.exists():
        real, worker = os.environ["RESAM_TEST_PYTHON"], Path(__file__).with_name("slow_worker.py")
        script.write_text(
            f'#!/bin/sh\n[ "$2" = engine.serving.worker ] && exec "{real}" "{worker}"\nexec "{real}" "$@"\n'
        )
        script.chmod(script.stat().st_mode | stat.S_IXUSR)
        os.environ["RESAM_TEST_GATE"] = str(gate.folder)
        QgsSettings().setValue("resam/interpreter", str(script))
        stage.window.worker.stop()
    gate.close()
    try:
        yield gate
    finally:
        gate.open()
        wait(lambda: not stage.window.worker.busy)


def features(layer):
    """The features of a layer in the order in which they came."""
    request = QgsFeatureRequest()
    return sorted(layer.getFeatures(request), key=lambda feature: feature["prompt_id"])


def check_twenty_clicks_and_enters_ahead_of_the_model_are_twenty_objects(stage):
    layer = stage.open(SCENE)
    calm = stage.output("calm.gpkg")
    stage.arm()
    places = [stage.pixel_of(*place(number), layer) for number in range(len(OBJECTS))]
    assert len(places) == 20
    for pixel in places:
        stage.tap(pixel)
        stage.answered()
        stage.press(Qt.Key.Key_Return)
    assert calm.featureCount() == 20
    hasty = stage.output("hasty.gpkg")
    with slow_model(stage) as gate:
        for pixel in places:
            stage.tap(pixel)
            stage.press(Qt.Key.Key_Return)
        assert hasty.featureCount() == 0, "all twenty are ahead of the model"
        gate.open()
        wait(lambda: hasty.featureCount() == 20, 120)
        settle(0.5)
    assert hasty.featureCount() == 20
    for number, (one, other) in enumerate(zip(features(calm), features(hasty))):
        assert_same_outline(one.geometry(), other.geometry())
        assert other["n_pos"] == 1, number
        assert other["n_neg"] == 0, number


def check_every_object_keeps_its_own_clicks_class_and_layer(stage):
    layer = stage.open(SCENE)
    first = stage.output("first.gpkg")
    stage.arm()
    dock = stage.window.dock
    with slow_model(stage) as gate:
        dock._class.setCurrentText("roof")
        stage.tap(stage.pixel_of(*place(0), layer))
        stage.tap(stage.pixel_of(*place(0), layer) + QPoint(30, 0), RIGHT)
        stage.press(Qt.Key.Key_Return)
        second = stage.output("second.gpkg")
        dock._class.setCurrentText("tree")
        stage.tap(stage.pixel_of(*place(1), layer))
        stage.press(Qt.Key.Key_Return)
        stage.tap(stage.pixel_of(*place(2), layer))
        gate.open()
        wait(lambda: first.featureCount() == 1 and second.featureCount() == 1)
        stage.answered()
    dock._class.setCurrentText("")
    (one,), (other,) = features(first), features(second)
    assert (one["class"], one["n_pos"], one["n_neg"]) == ("roof", 1, 1)
    assert (other["class"], other["n_pos"], other["n_neg"]) == ("tree", 1, 0)
    assert one.geometry().contains(QgsPointXY(*place(0)))
    assert other.geometry().contains(QgsPointXY(*place(1)))
    assert [row[4] for row in stage.controller.session.rows()] == ["roof", "roof", "tree"]
    assert len(stage.controller.session.draft.clicks) == 1, "the third waits for its own Enter"


def check_a_mark_stays_at_the_click_while_it_waits(stage):
    layer = stage.open(SCENE)
    out = stage.output("marks.gpkg")
    stage.arm()
    with slow_model(stage) as gate:
        for number in range(3):
            stage.tap(stage.pixel_of(*place(number), layer))
            stage.press(Qt.Key.Key_Return)
        marks = stage.controller._overlays.waiting_marks
        assert len(marks) == 3
        for number, mark in enumerate(marks):
            assert mark.isVisible()
            assert mark.center().distance(QgsPointXY(*place(number))) < 2 * stage.canvas.mapUnitsPerPixel()
        assert "3" in dock_text(stage), dock_text(stage)
        stage.shot("waiting")
        gate.open()
        wait(lambda: out.featureCount() == 3)
        settle(0.1)
    assert stage.controller._overlays.waiting_marks == []


def dock_text(stage):
    """What the dock says about the objects that wait."""
    return stage.window.dock._answer.text()


def check_a_project_with_objects_that_wait_is_not_closed_unasked(stage):
    layer = stage.open(SCENE)
    stage.output("asked.gpkg")
    stage.arm()
    assert QgsProject.instance().write(str(WORK / "asked.qgz"))
    with slow_model(stage) as gate:
        stage.tap(stage.pixel_of(*place(0), layer))
        assert not QgsProject.instance().isDirty()
        stage.press(Qt.Key.Key_Return)
        assert QgsProject.instance().isDirty()
        gate.open()
        stage.answered()


def check_undo_takes_waiting_objects_back_the_last_first(stage):
    layer = stage.open(SCENE)
    out = stage.output("undone.gpkg")
    stage.arm()
    with slow_model(stage) as gate:
        for number in range(3):
            stage.tap(stage.pixel_of(*place(number), layer))
            stage.press(Qt.Key.Key_Return)
        stage.press(Qt.Key.Key_Backspace)
        stage.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        gate.open()
        stage.answered()
        settle(0.5)
    (only,) = features(out)
    assert only.geometry().contains(QgsPointXY(*place(0)))


def check_a_killed_worker_loses_none_of_the_objects_that_wait(stage):
    import signal

    layer = stage.open(SCENE)
    out = stage.output("killed.gpkg")
    stage.arm()
    with slow_model(stage) as gate:
        for number in range(4):
            stage.tap(stage.pixel_of(*place(number), layer))
            stage.press(Qt.Key.Key_Return)
        gate.let(1)
        wait(lambda: out.featureCount() == 1)
        os.kill(stage.window.worker.pid, signal.SIGKILL)
        gate.open()
        wait(lambda: out.featureCount() == 4, 90)
        settle(0.5)
        stage.window.worker._crashes.clear()
    for number, feature in enumerate(features(out)):
        assert feature.geometry().contains(QgsPointXY(*place(number))), number


def check_tab_before_the_answer_is_not_forgotten(stage):
    layer = stage.open(SCENE)
    out = stage.output("other mask.gpkg")
    stage.arm()
    stage.tap(stage.pixel_of(*place(0), layer))
    stage.answered()
    stage.press(Qt.Key.Key_Tab)
    stage.answered()
    wanted = QgsGeometry.fromWkt(_wkt(stage))
    stage.press(Qt.Key.Key_Escape)
    with slow_model(stage) as gate:
        stage.tap(stage.pixel_of(*place(0), layer))
        stage.press(Qt.Key.Key_Tab)
        stage.press(Qt.Key.Key_Return)
        stage.tap(stage.pixel_of(*place(1), layer))
        gate.open()
        wait(lambda: out.featureCount() == 1)
        stage.answered()
    (only,) = features(out)
    assert_same_outline(wanted, only.geometry())
    assert len(stage.controller.session.draft.clicks) == 1


def _wkt(stage):
    from resam_qgis.overlays import geometry_of

    return geometry_of(stage.controller.answer).asWkt()


def check_an_object_that_cannot_be_found_stays_marked_and_the_others_come(stage):
    layer = stage.open(SCENE)
    out = stage.output("one bad.gpkg")
    stage.arm()
    with slow_model(stage) as gate:
        stage.canvas.zoomByFactor(1.5)
        settle(0.3)
        stage.tap(stage.pixel_of(*place(0), layer))
        stage.press(Qt.Key.Key_Return)
        stage.tap(QPoint(5, 5))  # Beside the raster.
        stage.press(Qt.Key.Key_Return)
        stage.tap(stage.pixel_of(*place(1), layer))
        stage.press(Qt.Key.Key_Return)
        gate.open()
        wait(lambda: out.featureCount() == 2)
        stage.answered()
        assert "outside" in stage.said(), stage.said()
        assert len(stage.controller._overlays.waiting_marks) == 1
        stage.press(Qt.Key.Key_Escape)
        assert stage.controller._overlays.waiting_marks == []
    assert out.featureCount() == 2


def check_a_shown_polygon_is_taken_though_asking_for_other_masks_failed(stage):
    layer = stage.open(SCENE)
    out = stage.output("other masks failed.gpkg")
    stage.arm()
    stage.tap(stage.pixel_of(*place(0), layer))
    stage.answered()
    stage.controller._inquiry.problem = "The engine stopped unexpectedly."
    stage.press(Qt.Key.Key_Return)
    wait(lambda: out.featureCount() == 1)


def check_closing_leaves_no_mark_of_an_object_that_waits(stage):
    layer = stage.open(SCENE)
    stage.output("closed.gpkg")
    stage.arm()
    with slow_model(stage) as gate:
        stage.tap(stage.pixel_of(*place(0), layer))
        stage.press(Qt.Key.Key_Return)
        assert stage.controller._overlays.waiting_marks
        stage.controller.entered.close()
        stage.controller.redraw()
        gate.open()
        settle(0.5)
        assert stage.controller._overlays.waiting_marks == []


def check_a_polygon_that_is_refined_is_found_though_its_neighbour_gave_it_vertices(stage):
    from resam_qgis import output_layers
    from resam_qgis.neighbours import Borders

    layer = stage.open(SCENE)
    out = stage.output("refined beside.gpkg")
    stage.enter(layer, 0, 1)
    with slow_model(stage) as gate:
        for number, ahead in ((0, False), (1, True)):
            count = out.featureCount()
            stage.press_button(stage.window.dock.edits.buttons["refine"])
            pixel = stage.pixel_of(*place(number), layer)
            stage.tap(pixel)
            if ahead:
                stage.press(Qt.Key.Key_Return)  # It waits for its answer when the neighbour comes.
            point = QgsGeometry.fromPointXY(QgsPointXY(*place(number)))
            before = next(one for one in out.getFeatures() if one.geometry().intersects(point))
            known = Borders(0.05, frozenset([bytes(before.geometry().asWkb())]))
            output_layers.add_polygon(out, _on_the_longest_edge(before.geometry()), {}, out.crs(), known)
            now = out.getFeature(before.id()).geometry()
            assert bytes(now.asWkb()) != bytes(before.geometry().asWkb()), "it got vertices"
            gate.open()
            stage.answered()
            gate.close()
            if not ahead:
                stage.press(Qt.Key.Key_Return)
                gate.open()
                stage.answered()
                gate.close()
            assert out.featureCount() == count + 1, stage.said()
            assert stage.bar() == [], stage.bar()
            assert stage.controller.session.fixing is None, stage.said()
            homes = {item.home.feature_id for item in stage.controller.session.accepted}
            assert before.id() in homes
            assert len(homes) == len(stage.controller.session.accepted) == 2


def _on_the_longest_edge(shape):
    """A polygon that begins in the middle of the longest edge of another, and lies beside it."""
    points = shape.asMultiPolygon()[0][0]
    one, other = max(zip(points, points[1:]), key=lambda pair: pair[0].distance(pair[1]))
    across = QgsPointXY((other.y() - one.y()) / 9, (one.x() - other.x()) / 9)
    third = [
        QgsPointXY(one.x() + (other.x() - one.x()) * t, one.y() + (other.y() - one.y()) * t)
        for t in (1 / 3, 2 / 3)
    ]
    for sign in (1, -1):
        tip = QgsPointXY(third[0].x() + sign * across.x(), third[0].y() + sign * across.y())
        found = QgsGeometry.fromPolygonXY([[third[0], third[1], tip, third[0]]])
        if found.intersection(shape).area() < 0.1 * found.area():
            return found
    raise AssertionError("nothing lies beside it")
