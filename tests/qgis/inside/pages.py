"""What pages and keys do and what is drawn on the map, where no model is asked."""

from inside.desk import Stage
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsProject,
    QgsRectangle,
)
from qgis.PyQt.QtCore import QEvent, Qt
from qgis.PyQt.QtGui import QKeyEvent

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


def in_mercator(layer, *corners):
    """A rectangle of the layer in Web Mercator."""
    moved = QgsCoordinateTransform(layer.crs(), MERCATOR, QgsProject.instance())
    return moved.transformBoundingBox(QgsRectangle(*corners))


def near(found, wanted):
    """Whether two rectangles are the same to a centimetre."""
    return found.buffered(0.01).contains(wanted) and wanted.buffered(0.01).contains(found)
