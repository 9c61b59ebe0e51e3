"""A thousand random keys and mouse events: what is the user's stays, and the window never stands still."""

import random

from inside.pulse import Pulse
from inside.stage import LEFT, NONE, RIGHT, SCENE, Stage, place, settle, wait
from qgis.core import QgsFeature, QgsGeometry, QgsProject, QgsRectangle, QgsVectorLayer
from qgis.PyQt.QtCore import QPoint, Qt
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QApplication
from qgis.utils import iface

__all__ = ["Stage"]

EVENTS, SEED = 1000, 22
STALL_SECONDS = 0.1
SHIFT, CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
KEYS = (
    *ENTER,
    Qt.Key.Key_Backspace,
    Qt.Key.Key_Delete,
    Qt.Key.Key_Escape,
    Qt.Key.Key_Tab,
    Qt.Key.Key_Backtab,
    Qt.Key.Key_Space,
    Qt.Key.Key_Left,
    Qt.Key.Key_Right,
    Qt.Key.Key_Up,
    Qt.Key.Key_Down,
    Qt.Key.Key_PageUp,
    Qt.Key.Key_PageDown,
    Qt.Key.Key_Home,
    Qt.Key.Key_End,
    Qt.Key.Key_Insert,
    Qt.Key.Key_Plus,
    Qt.Key.Key_Minus,
    *range(Qt.Key.Key_0, Qt.Key.Key_9 + 1),
    *range(Qt.Key.Key_A, Qt.Key.Key_Z + 1),
)
"""Those of the tool, of the canvas, and letters; no shortcuts that open dialogs."""


def users_layer(name, editing, selected, hidden):
    """A layer of the user's with a dozen polygons."""
    own = QgsVectorLayer("Polygon?crs=EPSG:32632&field=name:string", name, "memory")
    features = []
    for number in range(12):
        feature = QgsFeature(own.fields())
        x, y = place(number)
        feature.setGeometry(QgsGeometry.fromRect(QgsRectangle(x, y, x + 5, y + 5)))
        feature["name"] = f"{name} {number}"
        features.append(feature)
    own.dataProvider().addFeatures(features)
    QgsProject.instance().addMapLayer(own)
    if editing:
        assert own.startEditing()
        assert own.changeAttributeValue(1, 0, "changed by the user")
    if selected:
        own.selectAll()
    node = QgsProject.instance().layerTreeRoot().findLayer(own.id())
    node.setItemVisibilityChecked(not hidden)
    return own


def state(own):
    """Everything about a layer that the user would miss."""
    rows = sorted((f.id(), f["name"], f.geometry().asWkt(3)) for f in own.getFeatures())
    node = QgsProject.instance().layerTreeRoot().findLayer(own.id())
    stack = own.undoStack()
    return (
        rows,
        sorted(own.selectedFeatureIds()),
        own.isEditable(),
        own.isModified(),
        stack.count(),
        stack.index(),
        node.itemVisibilityChecked(),
        own.styleManager().styles(),
    )


def mouse(stage, rng):
    """One random thing that a hand does with the mouse over the map."""
    size = stage.canvas.viewport().size()
    pixel = QPoint(rng.randrange(20, size.width() - 20), rng.randrange(20, size.height() - 20))
    window = iface.mainWindow().windowHandle()
    spot = stage.canvas.viewport().mapTo(iface.mainWindow(), pixel)
    kind = rng.choice(("left", "left", "right", "shift", "double", "move", "wheel", "switch", "drag"))
    if kind == "left":
        QTest.mouseClick(window, LEFT, NONE, spot)
    elif kind == "right":
        QTest.mouseClick(window, RIGHT, NONE, spot)
    elif kind == "shift":
        QTest.mouseClick(window, LEFT, SHIFT, spot)
    elif kind == "double":
        QTest.mouseDClick(window, LEFT, NONE, spot)
    elif kind == "move":
        QTest.mouseMove(window, spot)
    elif kind in ("wheel", "switch"):
        stage.wheel(pixel, rng.choice((-1, 1)), SHIFT if kind == "switch" else NONE)
    else:
        QTest.mousePress(window, LEFT, NONE, spot)
        QTest.mouseMove(window, spot + QPoint(40, 30))
        QTest.mouseRelease(window, LEFT, NONE, spot + QPoint(40, 30))
    return kind


def keyboard(rng):
    """One random key."""
    key = rng.choice(KEYS)
    control = key == Qt.Key.Key_Z and rng.random() < 0.5
    QTest.keyClick(iface.mainWindow().windowHandle(), Qt.Key(key), CONTROL if control else NONE)
    return int(key)


def polygons(layer):
    """Ids and shapes of a layer."""
    return {feature.id(): feature.geometry().asWkt(3) for feature in layer.getFeatures()}


def check_a_thousand_random_events_change_nothing_of_the_users(stage):
    layer = stage.open(SCENE)
    own = [
        users_layer("hidden", editing=False, selected=False, hidden=True),
        users_layer("hidden in edit mode", editing=True, selected=True, hidden=True),
        users_layer("in edit mode", editing=True, selected=False, hidden=False),
        users_layer("selected", editing=True, selected=True, hidden=False),
    ]
    out = stage.output("hammered.gpkg")
    by_hand = QgsFeature(out.fields())
    x, y = place(0)
    by_hand.setGeometry(QgsGeometry.fromRect(QgsRectangle(x - 900, y, x - 890, y + 10)))
    assert out.startEditing()
    assert out.addFeature(by_hand)
    iface.setActiveLayer(own[-1])
    settle(0.5)
    before, drawn = [state(item) for item in own], polygons(out)
    stage.arm()
    if QApplication.activeWindow() is None:
        QApplication.setActiveWindow(iface.mainWindow())
    home, rng, log = stage.canvas.extent(), random.Random(SEED), []
    with Pulse() as pulse:
        for number in range(EVENTS):
            log.append(mouse(stage, rng) if rng.random() < 0.5 else keyboard(rng))
            QApplication.processEvents()
            if number % 50 == 0:
                assert [state(item) for item in own] == before, log[-50:]
                assert drawn.items() <= polygons(out).items(), log[-50:]
                stage.canvas.setExtent(home)
        stage.canvas.setExtent(home)
        wait(lambda: not stage.controller.entered.waiting and not stage.controller.waiting, 120)
    assert [state(item) for item in own] == before
    assert drawn.items() <= polygons(out).items(), "what was drawn by hand in the layer of the polygons stays"
    assert stage.canvas.mapTool() is stage.window.tool
    assert {item.name() for item in QgsProject.instance().mapLayers().values()} == {
        layer.name(),
        out.name(),
        *(item.name() for item in own),
    }
    stage.press(Qt.Key.Key_Escape)
    stage.press(Qt.Key.Key_Escape)
    stage.tap(stage.pixel_of(*place(0), layer))
    stage.answered()
    assert stage.controller.answer is not None, stage.said()
    assert pulse.worst < STALL_SECONDS, f"{pulse.worst:.3f} s"
    for item in own:
        item.rollBack()


def check_without_enter_no_layer_gets_a_polygon(stage):
    stage.open(SCENE)
    out = stage.output("untouched.gpkg")
    stage.arm()
    rng = random.Random(SEED + 1)
    for _ in range(200):
        if rng.random() < 0.5:
            mouse(stage, rng)
        else:
            key = rng.choice([key for key in KEYS if key not in ENTER])
            QTest.keyClick(iface.mainWindow().windowHandle(), Qt.Key(key), NONE)
        QApplication.processEvents()
    stage.answered()
    assert out.featureCount() == 0
    assert not out.isModified()
