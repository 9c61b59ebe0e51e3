"""Classes in daily work: keys, colours, fixed values, counts, and styles in one click."""

from inside.pulse import Pulse
from inside.stage import SCENE, Stage, place, settle, wait
from qgis.core import QgsFeature, QgsGeometry, QgsProject, QgsRectangle, QgsVectorLayer
from qgis.PyQt.QtCore import Qt, QTimer
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QApplication, QDialogButtonBox

__all__ = ["Stage"]

STALL_SECONDS = 0.1


def with_classes(stage, *names):
    """The classes of a new project."""
    stage.window.classes.put([])
    for name in names:
        stage.window.classes.add(name)
    stage.window.dock._class.setCurrentText("")


def cells(stage):
    """What the table of classes shows, row by row."""
    table = stage.window.dock.classes.table
    return [
        [table.item(row, column).text() for column in range(table.columnCount())]
        for row in range(table.rowCount())
    ]


def check_number_keys_choose_the_class_of_the_next_object(stage):
    layer = stage.open(SCENE)
    out = stage.output("numbered.gpkg")
    with_classes(stage, "roof", "tree", "car")
    stage.arm()
    for key, name in ((Qt.Key.Key_2, "tree"), (Qt.Key.Key_1, "roof"), (Qt.Key.Key_0, "")):
        stage.press(key)
        assert stage.window.dock._class.currentText() == name
        assert stage.controller.choice.class_name == name
    stage.press(Qt.Key.Key_3, Qt.KeyboardModifier.KeypadModifier)
    stage.enter(layer, 0)
    stage.press(Qt.Key.Key_9)
    assert stage.window.dock._class.currentText() == "car", "no class has this key"
    stage.window.dock.classes.classed.setFocus()
    stage.press(Qt.Key.Key_1)
    assert stage.window.dock._class.currentText() == "roof", "also where a button has the focus"
    assert [feature["class"] for feature in out.getFeatures()] == ["car"]
    table = stage.window.dock.classes.table
    QTest.mouseClick(
        table.viewport(), Qt.MouseButton.LeftButton, pos=table.visualItemRect(table.item(1, 1)).center()
    )
    assert stage.controller.choice.class_name == "tree"


def check_a_class_that_is_typed_comes_into_the_list(stage):
    layer = stage.open(SCENE)
    stage.output("typed.gpkg")
    with_classes(stage)
    stage.arm()
    line = stage.window.dock._class.lineEdit()
    line.setFocus()
    for name in ("barn", "shed"):
        line.selectAll()
        QTest.keyClicks(line, name)
        if name == "barn":
            QTest.keyClick(line, Qt.Key.Key_Return)
            assert [row[1] for row in cells(stage)] == ["barn"], "Enter is enough"
    stage.canvas.setFocus()
    stage.enter(layer, 0)
    assert [(row[0], row[1]) for row in cells(stage)] == [("1", "barn"), ("2", "shed")]
    stage.press_button(stage.window.dock.classes.removing)
    stage.canvas.setFocus()
    stage.press(Qt.Key.Key_1)
    stage.press_button(stage.window.dock.classes.removing)
    assert cells(stage) == []


def check_counts_and_areas_are_seen_at_a_glance(stage):
    layer = stage.open(SCENE)
    out = stage.output("counted.gpkg")
    with_classes(stage, "roof", "tree")
    stage.arm()
    for number, key in enumerate((Qt.Key.Key_1, Qt.Key.Key_1, Qt.Key.Key_2)):
        stage.press(key)
        stage.enter(layer, number)
    wait(lambda: [row[2] for row in cells(stage)] == ["2", "1"], 10)
    found = stage.window.dock.classes.tally.found
    told = sum(feature["area_m2"] for feature in out.getFeatures() if feature["class"] == "roof")
    assert abs(found["roof"][1] / told - 1) < 0.01
    assert "m²" in cells(stage)[0][3]
    stage.press(Qt.Key.Key_Backspace)
    wait(lambda: [row[2] for row in cells(stage)] == ["2", "0"], 10)
    assert out.commitChanges()
    wait(lambda: [row[2] for row in cells(stage)] == ["2", "0"], 10)
    stage.shot("classes")


def check_one_click_colours_by_class_or_by_score(stage):
    layer = stage.open(SCENE)
    out = stage.output("coloured.gpkg")
    with_classes(stage, "roof", "tree")
    stage.arm()
    stage.press(Qt.Key.Key_1)
    stage.enter(layer, 0)
    table = stage.window.dock.classes
    stage.press_button(table.classed)
    renderer = out.renderer()
    assert renderer.type() == "categorizedSymbol"
    colours = {
        part.value(): part.symbol().symbolLayer(0).strokeColor().name() for part in renderer.categories()
    }
    assert colours["roof"] == stage.window.classes.named("roof").colour
    stage.window.classes.change("roof", colour="#0a0b0c")
    first = out.renderer().categories()[0]
    assert first.symbol().symbolLayer(0).strokeColor().name() == "#0a0b0c"
    stage.press_button(table.scored)
    assert out.renderer().type() == "graduatedSymbol"
    out.styleManager().setCurrentStyle("default")
    assert out.renderer().type() == "singleSymbol", "the user's own style is there"


def own_layer():
    """A layer of the user's with columns that a class may fill."""
    fields = "field=class:string&field=use:string&field=floors:integer"
    own = QgsVectorLayer(f"MultiPolygon?crs=EPSG:32632&{fields}", "parcels", "memory")
    QgsProject.instance().addMapLayer(own)
    return own


def check_every_polygon_of_a_class_gets_its_values(stage):
    layer = stage.open(SCENE)
    own = own_layer()
    stage.window.dock.outputs.setLayer(own)
    with_classes(stage, "roof")
    stage.arm()
    stage.press(Qt.Key.Key_1)
    table = stage.window.dock.classes

    def fill():
        dialog = QApplication.activeModalWidget()
        assert [dialog.lines[0][0].itemText(n) for n in range(3)] == ["", "use", "floors"]
        for (box, line), (name, value) in zip(dialog.lines, (("use", "living"), ("floors", "3"))):
            box.setCurrentText(name)
            QTest.keyClicks(line, value)
        QTest.mouseClick(dialog.buttons.button(QDialogButtonBox.StandardButton.Ok), Qt.MouseButton.LeftButton)

    QTimer.singleShot(300, fill)
    stage.press_button(table.values)
    stage.enter(layer, 0)
    stage.press(Qt.Key.Key_0)
    stage.enter(layer, 1)
    found = {(f["class"] or None, f["use"] or None, f["floors"] or None) for f in own.getFeatures()}
    assert found == {("roof", "living", 3), (None, None, None)}, found


def check_a_value_that_a_column_does_not_take_is_one_clear_line(stage):
    layer = stage.open(SCENE)
    own = own_layer()
    stage.window.dock.outputs.setLayer(own)
    with_classes(stage, "roof")
    stage.window.classes.change("roof", values={"floors": "many"})
    stage.arm()
    stage.press(Qt.Key.Key_1)
    stage.enter(layer, 0)
    assert own.featureCount() == 0
    assert "“floors”" in stage.bar()[0]
    assert "“many”" in stage.bar()[0]
    assert "“parcels”" in stage.bar()[0]


def check_counting_a_large_layer_holds_nothing_up(stage):
    stage.open(SCENE)
    own = own_layer()
    features = []
    for number in range(20_000):
        feature = QgsFeature(own.fields())
        x, y = number % 200 * 10, number // 200 * 10
        feature.setGeometry(QgsGeometry.fromRect(QgsRectangle(x, y, x + 5, y + 5)))
        feature["class"] = "roof" if number % 2 else "tree"
        features.append(feature)
    own.dataProvider().addFeatures(features)
    with_classes(stage, "roof", "tree")
    settle(0.5)
    with Pulse() as pulse:
        stage.window.dock.outputs.setLayer(own)
        wait(lambda: [row[2] for row in cells(stage)] == ["10000", "10000"], 30)
    assert pulse.worst < STALL_SECONDS, f"{pulse.worst:.3f} s"


def check_the_class_of_the_dock_reaches_the_worker(stage):
    layer = stage.open(SCENE)
    with_classes(stage, "roof", "tree")
    worker, asked = stage.window.worker, []
    request = worker.request

    def noted(method, params, done, failed):
        asked.append((method, params.get("class")))
        return request(method, params, done, failed)

    worker.request = noted
    try:
        stage.arm()
        stage.press(Qt.Key.Key_2)
        stage.tap(stage.pixel_of(*place(0), layer))
        stage.answered()
    finally:
        del worker.request
    assert ("ask", "tree") in asked, asked
