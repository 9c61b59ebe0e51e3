"""The view coloured by its likeness to the objects that stand, while the user clicks."""

from inside.pulse import Pulse
from inside.stage import FIXTURES, OBJECTS, SCENE, Stage, place, settle, wait
from qgis.core import QgsFeature, QgsGeometry, QgsPointXY, QgsProject, QgsRectangle, QgsVectorLayer
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QStyle, QStyleOptionButton

__all__ = ["Stage"]

STALL_SECONDS = 0.1


def tick(box):
    """Click a check box where its mark is."""
    option = QStyleOptionButton()
    box.initStyleOption(option)
    mark = box.style().subElementRect(QStyle.SubElement.SE_CheckBoxIndicator, option, box)
    QTest.mouseClick(box, Qt.MouseButton.LeftButton, pos=mark.center())
    settle(0.1)


def coloured(stage):
    """Wait until the worker has answered for the view as it is."""
    heat = stage.window.heat
    settle(0.5)
    wait(lambda: heat._number is None and not heat._timer.isActive())
    return heat.item


def opacity(item, stage, layer, x, y):
    """Of the colour at a place in the layer's CRS; 0 to 255."""
    start, right, below = (stage.canvas.mapSettings().mapToPixel().transform(one) for one in item._corners)
    at = stage.pixel_of(x, y, layer)
    picture = item._picture
    column = (at.x() - start.x()) / (right.x() - start.x()) * picture.width()
    row = (at.y() - start.y()) / (below.y() - start.y()) * picture.height()
    return picture.pixelColor(int(column), int(row)).alpha()


def check_what_looks_like_the_object_is_coloured_until_the_box_is_unticked(stage):
    layer = stage.open(SCENE)
    stage.output("warm.gpkg")
    stage.enter(layer, 0, 1)
    stage.canvas.waitWhileRendering()
    before = stage.canvas.grab().toImage()
    said, row = [], stage.window.dock.heat
    stage.window.heat.said.connect(lambda text: said.append(row.said.text()))
    with Pulse() as pulse:
        tick(stage.window.dock.heat.box)
        item = coloured(stage)
    assert item.shown
    assert "Looking…" in said, "before the first tile"
    assert any(text.startswith("Looking… 1 of ") for text in said), said
    assert row.said.text() == ""
    assert row.said.isHidden()
    assert pulse.worst < STALL_SECONDS, pulse.worst
    here = [opacity(item, stage, layer, *place(number)) for number in range(2)]
    picture = item._picture
    cells = [(x, y) for x in range(0, picture.width(), 2) for y in range(0, picture.height(), 2)]
    everywhere = sorted(picture.pixelColor(*cell).alpha() for cell in cells)
    assert min(here) > 60, here
    assert everywhere[len(everywhere) // 2] < 40, "most of the view is no such object"
    assert stage.canvas.grab().toImage() != before
    tick(stage.window.dock.heat.box)
    assert not item.shown
    settle(0.3)
    assert stage.canvas.grab().toImage() == before


def check_it_follows_the_view_and_the_objects(stage):
    layer = stage.open(SCENE)
    stage.output("followed.gpkg")
    tick(stage.window.dock.heat.box)
    settle(0.3)
    assert not stage.window.heat.item.shown
    assert "Accept an object first" in stage.window.dock.heat.said.text()
    stage.enter(layer, 0)
    item = coloured(stage)
    assert item.shown
    asked = stage.window.heat._asked
    x, y = place(0)
    stage.canvas.setExtent(QgsRectangle(QgsPointXY(x - 20, y - 20), QgsPointXY(x + 20, y + 20)))
    coloured(stage)
    assert item.shown
    assert stage.window.heat._asked["view"] != asked["view"]
    tick(stage.window.dock.heat.box)


def check_it_shows_the_chosen_class_alone(stage):
    layer = stage.open(SCENE)
    stage.output("of two classes.gpkg")
    dock, heat = stage.window.dock, stage.window.heat
    for name, numbers in (("roof", (0, 1)), ("pool", (2,))):
        stage.window.classes.add(name)
        dock._class.setCurrentText(name)
        stage.enter(layer, *numbers)
    counts = {}
    tick(dock.heat.box)
    seen = []
    heat.said.connect(lambda text: seen.append((dock._class.currentText(), heat.item.shown, text)))
    for name in ("roof", "pool", ""):
        dock._class.setCurrentText(name)
        assert coloured(stage).shown
        assert (name, False, "Looking…") in seen, "the picture of another class is not left to stand for it"
        counts[name] = len(heat._asked["examples"])
    assert counts == {"roof": 2, "pool": 1, "": 3}, counts
    dock._class.setCurrentText("tank")
    assert not coloured(stage).shown
    assert "of class “tank” first" in dock.heat.said.text()
    own = QgsVectorLayer("Polygon?crs=EPSG:32632", "of one kind", "memory")
    feature = QgsFeature()
    feature.setGeometry(QgsGeometry.fromWkt(OBJECTS[3]["wkt"]))
    own.dataProvider().addFeatures([feature])
    QgsProject.instance().addMapLayer(own)
    dock.outputs.setLayer(own)
    dock._class.setCurrentText("roof")
    assert coloured(stage).shown, "a layer without classes holds one kind"
    dock._class.setCurrentText("")
    tick(dock.heat.box)


def check_too_coarse_a_view_is_said(stage):
    layer = stage.open(SCENE)
    stage.output("coarse.gpkg")
    stage.enter(layer, 0)
    answer = stage.controller.worker.request
    stage.controller.worker.request = lambda method, params, done, failed: answer(
        method, {**params, "examples": []} if method == "likeness" else params, done, failed
    )
    tick(stage.window.dock.heat.box)
    try:
        assert not coloured(stage).shown
        assert "zoom in" in stage.window.dock.heat.said.text()
    finally:
        del stage.controller.worker.request
        tick(stage.window.dock.heat.box)


def check_clicks_go_before_it(stage):
    layer = stage.open(SCENE)
    out = stage.output("first.gpkg")
    stage.enter(layer, 0)
    tick(stage.window.dock.heat.box)
    stage.enter(layer, 2, 3)
    assert out.featureCount() == 3
    assert coloured(stage).shown
    assert stage.bar() == []
    tick(stage.window.dock.heat.box)


def check_it_lies_right_on_a_turned_raster_in_another_crs(stage):
    layer = stage.open(FIXTURES / "turned.tif", crs="EPSG:3857")
    stage.output("turned heat.gpkg")
    stage.arm()
    x, y = OBJECTS[0]["turned"]
    stage.tap(stage.pixel_of(x, y, layer))
    stage.answered()
    stage.press(Qt.Key.Key_Return)
    tick(stage.window.dock.heat.box)
    item = coloured(stage)
    start, right, below = item._corners
    placed = stage.canvas.mapSettings().mapToPixel()
    start, right, below = (placed.transform(one) for one in (start, right, below))
    at = stage.pixel_of(x, y, layer)
    across, down = right - start, below - start
    size = across.x() * down.y() - across.y() * down.x()
    off = at.x() - start.x(), at.y() - start.y()
    column = (off[0] * down.y() - off[1] * down.x()) / size * item._picture.width()
    row = (across.x() * off[1] - across.y() * off[0]) / size * item._picture.height()
    assert item._picture.pixelColor(int(column), int(row)).alpha() > 60
    tick(stage.window.dock.heat.box)


def check_it_goes_with_the_raster(stage):
    layer = stage.open(SCENE)
    stage.output("gone.gpkg")
    stage.enter(layer, 0)
    tick(stage.window.dock.heat.box)
    item = coloured(stage)
    assert item.shown
    QgsProject.instance().removeMapLayer(layer.id())
    settle(0.8)
    assert not item.shown
    tick(stage.window.dock.heat.box)
