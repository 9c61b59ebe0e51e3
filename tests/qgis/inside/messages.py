"""What is said: problems in the message bar, nothing that no longer holds, names of layers."""

from inside.stage import FIXTURES, RIGHT, SCENE, Stage, place, settle
from qgis.core import QgsProject, QgsRasterLayer
from qgis.PyQt.QtCore import QPoint, Qt
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QApplication
from qgis.utils import iface

__all__ = ["Stage"]


def in_bar():
    """The texts of the plugin's messages in QGIS's message bar."""
    return [item.text() for item in iface.messageBar().items() if item.title() == "ReSAM"]


def press(button):
    """Click a button."""
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    settle(0.1)


def check_a_problem_is_in_the_message_bar_until_it_holds_no_more(stage):
    layer = stage.open(SCENE, zoom=1.5)
    stage.output("bar.gpkg")
    stage.arm()
    stage.tap(QPoint(5, 5))
    stage.answered()
    assert len(in_bar()) == 1
    assert "outside" in in_bar()[0]
    stage.press(Qt.Key.Key_Return)
    assert len(in_bar()) == 1, "the second takes the first one's place"
    stage.press(Qt.Key.Key_Escape)
    stage.tap(stage.pixel_of(*place(0), layer))
    stage.answered()
    assert in_bar() == []
    assert stage.said() == ""


def check_a_lone_click_that_excludes_can_be_cleared(stage):
    layer = stage.open(SCENE)
    stage.arm()
    stage.tap(stage.pixel_of(*place(0), layer), RIGHT)
    assert stage.window.dock.clear.isEnabled()
    press(stage.window.dock.clear)
    assert stage.controller.session.draft.empty
    assert not stage.window.dock.clear.isEnabled()


def check_two_bands_are_told(stage):
    stage.open(FIXTURES / "deep.tif")
    bands = stage.window.dock._bands
    bands[0].setCurrentIndex(1)
    assert in_bar() == []
    bands[1].setCurrentIndex(2)
    assert "three" in in_bar()[0]
    assert stage.controller.choice.bands == ()
    bands[2].setCurrentIndex(3)
    assert in_bar() == []
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
    press(stage.window.dock.command)
    assert QApplication.clipboard().text() == "the user's"
    assert len(in_bar()) == 1


def check_what_is_no_news_of_the_run_leaves_its_verdict_alone(stage):
    stage.open(SCENE)
    panel = stage.window.adapting
    panel.say("the verdict")
    panel.export_adapter()
    assert panel.verdict.text() == "the verdict"
    assert "adapter" in in_bar()[0]
