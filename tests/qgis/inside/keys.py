"""Keys through the whole window, as the keyboard sends them: what the tool takes, and what it leaves."""

from inside.stage import NONE, SCENE, Stage, place, settle, wait
from qgis.core import QgsFeature, QgsGeometry, QgsProject, QgsRectangle, QgsVectorLayer
from qgis.PyQt.QtCore import QPoint, Qt
from qgis.PyQt.QtTest import QTest
from qgis.utils import iface

__all__ = ["Stage"]

CONTROL = Qt.KeyboardModifier.ControlModifier
TOOL_KEYS = (
    (Qt.Key.Key_Backspace, NONE),
    (Qt.Key.Key_Delete, NONE),
    (Qt.Key.Key_Escape, NONE),
    (Qt.Key.Key_Return, NONE),
    (Qt.Key.Key_Enter, Qt.KeyboardModifier.KeypadModifier),
    (Qt.Key.Key_Tab, NONE),
    (Qt.Key.Key_Backtab, Qt.KeyboardModifier.ShiftModifier),
    (Qt.Key.Key_Z, CONTROL),
)


def selected_layer(stage, layer):
    """A layer of the user's in edit mode, active, with all of its features selected."""
    own = QgsVectorLayer(f"Polygon?crs={layer.crs().authid()}&field=name:string", "own", "memory")
    features = []
    for number in range(3):
        feature = QgsFeature(own.fields())
        x, y = place(number)
        feature.setGeometry(QgsGeometry.fromRect(QgsRectangle(x, y, x + 5, y + 5)))
        features.append(feature)
    own.dataProvider().addFeatures(features)
    QgsProject.instance().addMapLayer(own)
    assert own.startEditing()
    own.selectAll()
    iface.setActiveLayer(own)
    settle(0.2)
    assert own.selectedFeatureCount() == 3
    return own


def untouched(own):
    """Whether the user's layer is as it was."""
    return own.featureCount() == 3 and own.selectedFeatureCount() == 3 and not own.isModified()


def check_selected_features_survive_every_key_of_the_tool(stage):
    layer = stage.open(SCENE)
    stage.output("keys.gpkg")
    own = selected_layer(stage, layer)
    stage.arm()
    for key, modifiers in TOOL_KEYS:
        stage.press(key, modifiers)  # Nothing is at hand.
        assert untouched(own), f"key {key:#x} without clicks"
        stage.click(stage.pixel_of(*place(0), layer))
        stage.press(key, modifiers)
        stage.answered()
        assert untouched(own), f"key {key:#x} after a click"
        stage.press(Qt.Key.Key_Escape)
        assert untouched(own)
    own.rollBack()


def check_each_key_of_the_tool_does_its_work_in_the_whole_window(stage):
    layer = stage.open(SCENE)
    out = stage.output("work.gpkg")
    selected_layer(stage, layer)
    stage.arm()
    session, middle = stage.controller.session, stage.pixel_of(*place(0), layer)
    for key, modifiers in ((Qt.Key.Key_Backspace, NONE), (Qt.Key.Key_Delete, NONE), (Qt.Key.Key_Z, CONTROL)):
        stage.click(middle)
        stage.click(middle + QPoint(25, 0), button=Qt.MouseButton.RightButton)
        stage.press(key, modifiers)
        stage.answered()
        assert len(session.draft.clicks) == 1, f"key {key:#x}"
        stage.press(Qt.Key.Key_Escape)
        assert session.draft.empty
    stage.click(middle)
    stage.press(Qt.Key.Key_Tab)
    stage.answered()
    assert stage.controller.shown == 1
    stage.press(Qt.Key.Key_Return)
    wait(lambda: out.featureCount() == 1)


def check_space_pans(stage):
    stage.open(SCENE, zoom=0.5)
    stage.arm()
    before = stage.canvas.center()
    start = stage.canvas.viewport().rect().center()
    stage.move(start)
    window = iface.mainWindow().windowHandle()
    QTest.keyPress(window, Qt.Key.Key_Space)
    for step in range(1, 6):
        stage.move(start + QPoint(20 * step, 0))
    QTest.keyRelease(window, Qt.Key.Key_Space)
    settle(0.3)
    moved = before.x() - stage.canvas.center().x()
    assert abs(moved - 100 * stage.canvas.mapUnitsPerPixel()) < 25 * stage.canvas.mapUnitsPerPixel(), moved
    assert stage.controller.session.draft.empty


def check_arrows_move_and_pages_zoom(stage):
    stage.open(SCENE, zoom=0.5)
    stage.arm()
    for key, across, up in (
        (Qt.Key.Key_Left, -1, 0),
        (Qt.Key.Key_Right, 1, 0),
        (Qt.Key.Key_Up, 0, 1),
        (Qt.Key.Key_Down, 0, -1),
    ):
        before = stage.canvas.center()
        stage.press(key)
        after = stage.canvas.center()
        assert (after.x() - before.x()) * across >= 0
        assert (after.y() - before.y()) * up >= 0
        assert abs(after.x() - before.x()) + abs(after.y() - before.y()) > stage.canvas.mapUnitsPerPixel()
    scale = stage.canvas.scale()
    stage.press(Qt.Key.Key_PageUp)
    assert stage.canvas.scale() < scale
    stage.press(Qt.Key.Key_PageDown)
    assert abs(stage.canvas.scale() / scale - 1) < 0.01


def check_shift_and_the_wheel_go_one_mask_at_a_time_and_zoom_nothing(stage):
    layer = stage.open(SCENE)
    stage.arm()
    middle, shift = stage.pixel_of(*place(0), layer), Qt.KeyboardModifier.ShiftModifier
    stage.tap(middle)
    stage.answered()
    scale = stage.canvas.scale()
    for notches, shown in ((-1, 1), (-1, 2), (1, 1), (1, 0), (1, 3)):
        stage.wheel(middle, notches, shift)
        stage.answered()
        assert stage.controller.shown == shown
    assert stage.canvas.scale() == scale
    stage.wheel(middle, 1)
    settle(0.3)
    assert stage.canvas.scale() < scale, "without Shift the wheel zooms"
