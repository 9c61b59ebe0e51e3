"""What pages and keys do and what is drawn on the map, where no model is asked."""

import re

from inside.desk import Stage, at, settle
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsPointXY,
    QgsProject,
    QgsRectangle,
)
from qgis.PyQt.QtCore import QEvent, Qt
from qgis.PyQt.QtGui import QColor, QImage, QKeyEvent, QPalette

__all__ = ["Stage"]

MERCATOR = QgsCoordinateReferenceSystem("EPSG:3857")


def check_the_style_that_a_layer_had_before_its_review_comes_back(stage):
    from resam_qgis import styles

    layer = stage.scratch()
    kept = layer.styleManager()
    for name in ("a style", "my style"):
        kept.addStyleFromLayer(name)
    for name in ("my style", "default", "a style"):
        kept.setCurrentStyle(name)
        for _ in range(2):
            styles.show_for_review(layer)
        assert kept.currentStyle() not in ("a style", "default", "my style")
        styles.show_as_before(layer)
        assert kept.currentStyle() == name
    kept.setCurrentStyle("my style")
    styles.show_for_review(layer)
    kept.removeStyle("my style")
    styles.show_as_before(layer)
    assert kept.currentStyle() in ("a style", "default")


def check_keyboards_that_give_numbers_with_shift_choose_classes(stage):
    from resam_qgis.classes import number_of

    modifiers = Qt.KeyboardModifier
    for key, modifier, number in (
        (Qt.Key.Key_3, modifiers.NoModifier, 3),
        (Qt.Key.Key_3, modifiers.KeypadModifier, 3),
        (Qt.Key.Key_3, modifiers.ShiftModifier, 3),
        (Qt.Key.Key_3, modifiers.ControlModifier, None),
        (Qt.Key.Key_NumberSign, modifiers.ShiftModifier, None),
    ):
        assert number_of(QKeyEvent(QEvent.Type.KeyPress, key, modifier)) == number, (key, modifier)


def luminance(colour):
    """Of a colour, as the Web Content Accessibility Guidelines define it."""
    parts = [
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in colour.getRgbF()
    ]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def check_a_problem_can_be_read_in_a_light_and_in_a_dark_theme(stage):
    from resam_qgis.panels.held import HeldLine

    dock, line = stage.open_window().dock, HeldLine(lambda: None)
    for ground in ("#ffffff", "#efefef", "#323232", "#2d2d2d", "#000000"):
        theme = QPalette(QColor(ground))
        for widget, told, tell in (
            (dock, dock._said, lambda: dock.say("problem", problem=True)),
            (line, line, lambda: line.complain("problem")),
        ):
            widget.setPalette(theme)
            tell()
            (name,) = re.findall("#[0-9a-f]{6}", told.styleSheet())
            light, dark = sorted((luminance(QColor(one)) for one in (name, ground)), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 4.5, (name, ground)


def in_mercator(layer, *corners):
    """A rectangle of the layer in Web Mercator."""
    moved = QgsCoordinateTransform(layer.crs(), MERCATOR, QgsProject.instance())
    return moved.transformBoundingBox(QgsRectangle(*corners))


def near(found, wanted):
    """Whether two rectangles are the same to a centimetre."""
    return found.buffered(0.01).contains(wanted) and wanted.buffered(0.01).contains(found)


def check_marks_and_edits_stay_on_their_ground_when_the_projects_crs_changes(stage):
    window = stage.open_window()
    layer = stage.geopackage("other crs.gpkg")
    window.dock.outputs.setLayer(layer)
    stage.enter(layer, 0, 20)
    stage.canvas.setDestinationCrs(layer.crs())
    window.review.open(layer)
    editor = window.editor
    editor.set_mode("merge")
    for x in (5, 25):
        editor.click(QgsPointXY(x, 5))
    stage.canvas.setDestinationCrs(MERCATOR)
    box = at(layer, 20).geometry().boundingBox()
    mark = in_mercator(layer, box.xMinimum(), box.yMinimum(), box.xMaximum(), box.yMaximum())
    both = in_mercator(layer, 0, 0, 30, 10)
    assert near(window.review._mark.asGeometry().boundingBox(), mark)
    for band in editor._bands:
        assert near(band.asGeometry().boundingBox(), both)
    editor.set_mode("split")
    editor.click(in_mercator(layer, 5, -5, 5, -5).center())
    stage.canvas.setDestinationCrs(layer.crs())
    assert editor._marker.center().distance(QgsPointXY(5, -5)) < 0.01


def check_likeness_is_not_left_where_it_lay_in_the_crs_before(stage):
    window = stage.open_window()
    layer = stage.scratch()
    window.dock.outputs.setLayer(layer)
    stage.enter(layer, 0)
    raster = window.controller.choice.layer
    stage.canvas.resize(600, 600)
    for crs in (raster.crs(), MERCATOR):
        whole = QgsCoordinateTransform(raster.crs(), crs, QgsProject.instance())
        view = whole.transformBoundingBox(raster.extent())
        view.scale(2)
        stage.canvas.setDestinationCrs(crs)
        assert not window.heat.item.shown, "it lies elsewhere"
        stage.canvas.setExtent(view)
        window.dock.heat.box.setChecked(True)
        asked = len(stage.worker._asked)
        settle(0.6)
        assert len(stage.worker._asked) == asked + 1, "it is asked for, though the view is the same ground"
        window.heat.item.show_picture(QImage(4, 4, QImage.Format.Format_ARGB32), [QgsPointXY(0, 0)] * 3)
