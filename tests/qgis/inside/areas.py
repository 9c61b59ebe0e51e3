"""Where a search looks, and what is drawn on a canvas that is rotated."""

from inside.find_page import found_before, page
from inside.stage import SCENE, Stage, settle
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsGeometry,
    QgsPointXY,
    QgsProject,
    QgsRectangle,
)
from qgis.PyQt.QtCore import QPoint

__all__ = ["Stage"]

START, END = QPoint(-60, -50), QPoint(40, 30)
"""Corners of a drag, from the middle of the canvas."""
RECTANGLE = 1


def seen(stage, start, end):
    """The polygon that is seen between two pixels, in the project's CRS."""
    corners = ((start.x(), start.y()), (end.x(), start.y()), (end.x(), end.y()), (start.x(), end.y()))
    to_map = stage.canvas.mapSettings().mapToPixel()
    return QgsGeometry.fromPolygonXY([[QgsPointXY(to_map.toMapCoordinates(x, y)) for x, y in corners]])


def same(one, other):
    return one.symDifference(other).area() < 0.02 * other.area()


def rotated(stage, degrees):
    """The scene on a canvas that is rotated until the next check."""
    layer = stage.open(SCENE)
    stage.canvas.setRotation(degrees)
    settle(0.3)
    return layer, stage.canvas.viewport().rect().center()


def drawn(stage, finding, start, end):
    """The page, after a rectangle was drawn."""
    finding.area.kinds.setCurrentIndex(RECTANGLE)
    stage.press_button(finding.area.draw)
    stage.drag(start, end)
    settle(0.1)


def check_a_box_on_a_rotated_canvas_is_around_what_was_seen(stage):
    for degrees in (45.0, 210.0):
        middle = rotated(stage, degrees)[1]
        stage.arm()
        meant = seen(stage, middle + START, middle + END)
        shown, band = [], stage.window.tool._band
        band.setToGeometry = lambda shape, _, shown=shown: shown.append(QgsGeometry(shape))
        stage.drag(middle + START, middle + END)
        del band.setToGeometry
        stage.canvas.setRotation(0.0)
        box = stage.controller.session.draft.box
        around = meant.boundingBox()
        sides = (around.xMinimum(), around.yMinimum(), around.xMaximum(), around.yMaximum())
        assert max(abs(one - other) for one, other in zip(box, sides)) < 0.01, (degrees, box, sides)
        assert same(shown[-1], meant), degrees
        stage.fresh()


def check_the_area_on_a_rotated_canvas_is_what_was_seen(stage):
    layer, middle = rotated(stage, 45.0)
    finding = page(stage)
    drawn(stage, finding, middle + START, middle + END)
    meant = seen(stage, middle + START, middle + END)
    (found,) = finding.area.polygons(layer)
    band = finding.area._band.asGeometry()
    finding.area.kinds.setCurrentIndex(0)
    stage.canvas.zoomByFactor(0.5)
    (view,) = finding.area.polygons(layer)
    size = stage.canvas.mapSettings().outputSize()
    whole = seen(stage, QPoint(0, 0), QPoint(size.width(), size.height()))
    stage.canvas.setRotation(0.0)
    assert same(found, meant)
    assert same(band, meant)
    assert same(view, whole.intersection(QgsGeometry.fromRect(layer.extent())))


def check_the_view_after_a_review_on_a_rotated_canvas_is_the_one_before(stage):
    _, finding, _ = found_before(stage, "aslant.gpkg")
    stage.canvas.setRotation(45.0)
    settle(0.3)
    before = stage.canvas.mapUnitsPerPixel()
    stage.press_button(finding.found.review)
    settle(0.3)
    page(stage)
    after = stage.canvas.mapUnitsPerPixel()
    stage.canvas.setRotation(0.0)
    assert abs(after / before - 1) < 1e-6


def check_the_rectangle_stays_on_its_ground_when_the_projects_crs_changes(stage):
    layer = stage.open(SCENE)
    finding, middle = page(stage), stage.canvas.viewport().rect().center()
    drawn(stage, finding, middle + START, middle + END)
    (before,) = finding.area.polygons(layer)
    for name in ("EPSG:25833", "EPSG:3857", "EPSG:4326"):
        QgsProject.instance().setCrs(QgsCoordinateReferenceSystem(name))
        settle(0.1)
        assert stage.canvas.mapSettings().destinationCrs().authid() == name
        (after,) = finding.area.polygons(layer)
        assert same(after, before), name
        band = finding.area._band.asGeometry()
        way = QgsCoordinateReferenceSystem(name), layer.crs()
        band.transform(QgsCoordinateTransform(*way, QgsProject.instance()))
        assert same(band, before), name
        assert finding.area._band.isVisible()
    stage.window.dock.tabs.setCurrentIndex(0)
    QgsProject.instance().setCrs(layer.crs())
    settle(0.1)
    assert not finding.area._band.isVisible(), "the page is not open"


def check_the_rectangle_is_forgotten_with_its_project(stage):
    stage.open(SCENE)
    finding, middle = page(stage), stage.canvas.viewport().rect().center()
    drawn(stage, finding, middle + START, middle + END)
    QgsProject.instance().clear()
    stage.open(SCENE)
    settle(0.4)
    assert finding._cost.text() == "Draw the rectangle first."
    assert finding.area._band.asGeometry().isEmpty()


def check_the_view_before_a_review_is_not_taken_for_one_of_another_crs(stage):
    _, finding, _ = found_before(stage, "moved.gpkg")
    stage.press_button(finding.found.review)
    QgsProject.instance().setCrs(QgsCoordinateReferenceSystem("EPSG:4326"))
    settle(0.3)
    before = QgsRectangle(stage.canvas.extent())
    page(stage)
    assert stage.canvas.extent().intersects(before), (stage.canvas.extent(), before)
