"""Finds that were added to the user's layer come back, as they were, where that is taken back."""

from inside.dialogs import answered
from inside.find_page import found_before, page, searched, shown
from inside.stage import OBJECTS, Stage, settle
from qgis.core import QgsFeature, QgsGeometry, QgsProject
from qgis.PyQt.QtCore import Qt

__all__ = ["Stage"]


def words(found):
    """The status of each find, by its score."""
    return {round(one["score"], 2): one["status"] for one in found.getFeatures()}


def is_added(find):
    return find["status"] == "added"


def added(stage, name):
    """Two finds that were judged and one that was not, in the user's layer, which is not saved since."""
    out, finding, found = found_before(stage, name)
    out.commitChanges(False)
    stage.press_button(finding.found.review)
    settle(0.2)
    for key in (Qt.Key.Key_Return, Qt.Key.Key_R):
        stage.press(key)
    found.commitChanges()
    before = words(found)
    assert sorted(before.values()) == ["accepted", "rejected", "review", "review", "review"]
    page(stage)
    assert finding.found.count.text().startswith("2 shown")
    stage.press_button(finding.found.add)
    assert out.featureCount() == 4
    assert shown(found) == []
    return out, finding, found, before


def check_undoing_gives_the_finds_back_and_they_can_be_added_again(stage):
    out, finding, found, before = added(stage, "undone.gpkg")
    stage.canvas.setFocus()
    stage.press(Qt.Key.Key_Backspace)
    assert out.featureCount() == 2
    assert words(found) == before
    settle(0.4)
    assert finding.found.count.text().startswith("2 shown"), "the page counts them"
    stage.press_button(finding.found.add)
    assert out.featureCount() == 4
    assert list(words(found).values()).count("added") == 2
    out.undoStack().undo()
    assert words(found) == before


def check_doing_the_step_again_takes_them_again(stage):
    out, _, found, before = added(stage, "redone.gpkg")
    taken = words(found)
    for _ in range(2):
        out.undoStack().undo()
        assert words(found) == before
        out.undoStack().redo()
        assert words(found) == taken
        assert out.featureCount() == 4


def check_another_step_instead_leaves_them_as_they_came_back(stage):
    out, _, found, before = added(stage, "other.gpkg")
    out.undoStack().undo()
    feature = QgsFeature(out.fields())
    feature.setGeometry(QgsGeometry.fromWkt(OBJECTS[15]["wkt"]))
    out.addFeature(feature)
    assert words(found) == before
    out.undoStack().undo()
    assert words(found) == before


def check_what_the_user_takes_out_by_hand_does_not_come_back(stage):
    out, _, found, _ = added(stage, "deleted.gpkg")
    taken = words(found)
    number = max((one.id() for one in out.getFeatures() if one["n_pos"] == 0), key=abs)
    out.deleteFeature(number)
    assert words(found) == taken
    out.undoStack().undo()
    assert words(found) == taken


def check_edits_that_are_discarded_give_the_finds_back(stage):
    out, _, found, before = added(stage, "discarded.gpkg")
    out.rollBack()
    assert out.featureCount() == 2
    assert words(found) == before


def check_a_layer_that_is_removed_unsaved_gives_the_finds_back(stage):
    out, _, found, before = added(stage, "removed.gpkg")
    with answered(button="Discard") as asked:
        QgsProject.instance().removeMapLayer(out.id())
    assert len(asked) == 1, "QGIS asks"
    assert words(found) == before


def check_what_was_saved_stays_and_goes_with_the_next_search(stage):
    out, finding, found, _ = added(stage, "saved with finds.gpkg")
    out.commitChanges()
    assert out.featureCount() == 4
    assert list(words(found).values()).count("saved") == 2
    assert shown(found) == []
    searched(stage, finding)
    assert "saved" not in words(found).values()


def check_a_search_in_between_leaves_the_way_back(stage):
    out, finding, found, before = added(stage, "between.gpkg")
    taken = {one.id(): before[round(one["score"], 2)] for one in found.getFeatures() if is_added(one)}
    assert sorted(taken.values()) == ["accepted", "review"]
    searched(stage, finding)
    out.undoStack().undo()
    assert out.featureCount() == 2
    assert {number: found.getFeature(number)["status"] for number in taken} == taken
