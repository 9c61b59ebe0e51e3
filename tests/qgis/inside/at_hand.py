"""What was at hand before a polygon was refined: Enter and Esc bring it back, and it outlives the project."""

from inside.desk import WORK, Stage, at, lie, settle, square
from inside.reopened import saved, window_with_polygons
from qgis.core import QgsProject

__all__ = ["Stage"]


def refining(stage, name):
    """An object is half clicked, and a polygon that is there is refined with one more click."""
    from resam_qgis.session import Click

    window, layer = window_with_polygons(stage, name)
    stage.session.add(Click(100.0, 5.0))
    stage.session.add(Click(103.0, 5.0))
    before = stage.session.draft
    stage.controller.refresh()
    stage.controller.refine(layer, at(layer, 0))
    stage.session.add(Click(9.0, 9.0))
    stage.controller.refresh()
    return window, layer, before


def check_enter_brings_back_what_was_at_hand_before_a_polygon_was_refined(stage):
    window, layer, before = refining(stage, "aside.gpkg")
    stage.worker.answer(square(0, side=12))
    stage.controller.accept()
    assert at(layer, 0).geometry().area() == 144
    assert stage.session.draft == before
    assert stage.session.fixing is None
    assert "at hand again" in window.dock.said
    assert stage.controller.waiting, "its polygon is asked for again"
    stage.worker.answer(square(100))
    stage.controller.accept()
    assert lie(layer) == [0, 20, 100]
    assert stage.session.draft.empty


def check_esc_forgets_the_refined_polygon_alone(stage):
    _, layer, before = refining(stage, "aside too.gpkg")
    stage.controller.clear()
    assert stage.session.draft == before
    assert stage.session.fixing is None
    assert at(layer, 0).geometry().area() == 100
    stage.controller.clear()
    assert stage.session.draft.empty


def check_what_is_set_aside_is_kept_with_the_project(stage):
    _, _, before = refining(stage, "aside kept.gpkg")
    saved("aside.qgs")
    assert QgsProject.instance().read(str(WORK / "aside.qgs"))
    settle(0.2)
    assert [click.x for click in stage.session.draft.clicks] == [5, 9]
    stage.controller.clear()
    assert stage.session.draft == before
