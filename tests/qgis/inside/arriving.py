"""Finds that come into their layer while the search goes on, in the real window."""

from inside.find_page import MANY, RUN_SECONDS, STALL_SECONDS, WHOLE, clicked, found_before, page, shown
from inside.pulse import Pulse
from inside.stage import OBJECTS, Stage, settle, wait
from qgis.core import QgsGeometry

__all__ = ["Stage"]


def check_finds_stream_into_the_layer_while_the_search_goes_on(stage):
    _, out = clicked(stage, "streamed.gpkg", MANY)
    finding = page(stage)
    finding.area.kinds.setCurrentIndex(WHOLE)
    settle(0.4)
    stage.press_button(finding.start)
    wait(lambda: finding.running, 10)
    with Pulse() as pulse:
        wait(lambda: finding.found.layer is not None or not finding.running, RUN_SECONDS)
        settle(0.05)
        assert finding.running, "they come before the end"
        coming = list(finding.found.layer.getFeatures())
        drawn = len(shown(finding.found.layer))
        assert {one["status"] for one in coming} == {"review"}
        assert finding.found.count.text().startswith(f"{drawn} shown"), "the page counts along"
        assert not finding.found.review.isEnabled(), "what is replaced soon is not reviewed"
    assert pulse.worst < STALL_SECONDS, pulse.worst
    with Pulse() as pulse:
        wait(lambda: not finding.running, RUN_SECONDS)
        settle(0.2)
    assert pulse.worst < STALL_SECONDS, pulse.worst
    assert finding.found.layer.renderer().type() == "graduatedSymbol"
    after = list(finding.found.layer.getFeatures())
    assert len(after) >= len(coming)
    for one in coming:
        (same,) = (other for other in after if abs(other["score"] - one["score"]) < 1e-9)
        shared = same.geometry().intersection(one.geometry()).area()
        assert shared > 0.9 * same.geometry().area(), (shared, same.geometry().area())
    assert {one["status"] for one in after} == {"review"}
    assert finding.found.review.isEnabled()
    assert out.featureCount() == MANY


def streaming(stage, name, scores, numbers, prepare=lambda found: None):
    """A search that goes on, some of whose finds have come with these scores."""
    from resam_qgis.find_task import Find

    _, finding, found = found_before(stage, name)
    prepare(found)
    finding.area.kinds.setCurrentIndex(WHOLE)
    settle(0.4)
    stage.press_button(finding.start)
    wait(lambda: finding.running, 10)
    event = {"event": "found", "finds": 9, "threshold": 0.6, "best": max(scores)}
    finding._task.engine_event.emit(event)
    for score, number in zip(scores, numbers):
        shape = QgsGeometry.fromWkt(OBJECTS[number]["wkt"])
        finding._task.outlined.emit([Find(shape, {"score": score, "model": "nano", "n_pos": 0}, True)])
    wait(lambda: any(abs(one["score"] - scores[0]) < 1e-9 for one in found.getFeatures()), 10)
    assert finding.running
    return finding, found


def check_the_finds_before_are_hidden_while_others_come(stage):
    finding, found = streaming(stage, "hidden.gpkg", (0.95, 0.7, 0.3), (5, 11, 12))
    assert sorted(one["score"] for one in shown(found)) == [0.7, 0.95], "from the score that is accepted on"
    assert finding.found.count.text() == "2 shown, about 2 expected right"
    finding.found.slider.setValue(20)
    settle(0.05)
    assert sorted(one["score"] for one in shown(found)) == [0.3, 0.7, 0.95], "the slider works meanwhile"
    wait(lambda: not finding.running, RUN_SECONDS)
    settle(0.4)


def check_a_search_that_is_cancelled_keeps_what_came_and_what_was_before(stage):
    finding, found = streaming(stage, "kept.gpkg", (0.95, 0.7, 0.3), (5, 11, 12))
    stage.press_button(finding.cancel)
    wait(lambda: not finding.running, 30)
    assert "3 finds that were outlined until then are kept" in finding.said.text()
    assert stage.bar() == []
    scores = sorted(one["score"] for one in found.getFeatures())
    assert scores == [0.2, 0.3, 0.4, 0.55, 0.7, 0.8, 0.95], "of two at one place the new one"
    assert {one["status"] for one in found.getFeatures()} == {"review"}
    assert len(shown(found)) == 3
    assert finding.found.review.isEnabled()
