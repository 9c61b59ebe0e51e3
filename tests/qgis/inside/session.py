"""A whole working session: click, undo, adapt, segment a point layer, review; and the pages' own ways."""

import os
import sys
from pathlib import Path

import processing
from inside.dialogs import answered
from inside.pulse import Pulse
from inside.stage import LEFT, OBJECTS, SCENE, WORK, Stage, settle, wait
from qgis.core import QgsGeometry, QgsPointXY, QgsProject
from qgis.PyQt.QtCore import QPoint, Qt, QUrl
from qgis.PyQt.QtGui import QTextDocument
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QApplication, QPushButton
from qgis.utils import iface

__all__ = ["Stage"]

STALL_SECONDS = 0.1


def accepted(stage, layer, count):
    """Click and accept so many objects."""
    for item in OBJECTS[:count]:
        stage.click(stage.pixel_of(item["x"], item["y"], layer))
        stage.key(Qt.Key.Key_Return)


def adapted(stage, name, minutes=0.05):
    """Adapt to the clicks so far, and wait for the verdict."""
    panel = stage.window.adapting
    panel.name.setText(name)
    panel.minutes.setValue(minutes)
    assert panel.start.isEnabled(), panel._count.text()
    panel.start.click()
    wait(lambda: not panel.running, 240)
    return panel


def look_at_the_report(stage, panel):
    """It opens inside, with its pictures."""
    from resam_qgis.report_window import ReportWindow

    (button,) = [one for one in panel.findChildren(QPushButton) if one.text() == "Report"]
    stage.press_button(button)
    (window,) = [one for one in QApplication.topLevelWidgets() if isinstance(one, ReportWindow)]
    assert window.isVisible()
    assert "Proxies" in window.page.toPlainText()
    formats = window.page.document().allFormats()
    names = [one.toImageFormat().name() for one in formats if one.isImageFormat()]
    assert len(names) == 2, "the curves, and what changed most"
    for name in names:
        picture = window.page.document().resource(QTextDocument.ResourceType.ImageResource, QUrl(name))
        assert 0 < picture.width() < window.page.width()
    outside = QUrl.fromLocalFile(str(SCENE))
    blank = window.page.document().resource(QTextDocument.ResourceType.ImageResource, outside)
    assert (blank.width(), blank.height()) == (1, 1), "nothing else is read"
    assert window.browser.isEnabled()
    window.grab().save(str(WORK / "report.png"))
    window.close()


def check_a_whole_session(stage):
    layer = stage.open(SCENE)
    out = stage.output("session.gpkg")
    stage.arm()
    accepted(stage, layer, 3)
    assert out.featureCount() == 3, stage.said()
    stage.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert out.featureCount() == 2
    stage.click(stage.pixel_of(OBJECTS[2]["x"], OBJECTS[2]["y"], layer))
    stage.key(Qt.Key.Key_Return)
    for item in OBJECTS[3:8]:
        stage.click(stage.pixel_of(item["x"], item["y"], layer))
        stage.key(Qt.Key.Key_Return)
    assert out.featureCount() == 8
    assert out.commitChanges()
    stage.window.dock.tabs.setCurrentIndex(1)
    panel = adapted(stage, "session")
    text = panel.verdict.text()
    assert any(word in text for word in ("Better", "No evidence", "Worse")), text
    assert "estimate" in text
    assert len(panel.chart.values) > 0
    folder = Path(os.environ["RESAM_HOME"]) / "adapters" / "session"
    assert (folder / "adapter_model.safetensors").is_file()
    stage.shot("adapted")
    stage.window.dock.use("nano", str(folder))
    look_at_the_report(stage, panel)
    stage.window.dock.use("nano", "")
    points = Path(os.environ["RESAM_HOME"]) / "clicks" / "session.gpkg"
    done = processing.run(
        "resam:segmentpoints",
        {"INPUT": layer, "POINTS": str(points), "ADAPTER": str(folder), "OUTPUT": "memory:"},
    )
    assert done["OUTPUT"].featureCount() == 8
    assert {feature["adapter"] for feature in done["OUTPUT"].getFeatures()} == {str(folder)}


def check_a_session_never_holds_the_window_up(stage):
    layer = stage.open(SCENE)
    out = stage.output("pulse.gpkg")
    stage.arm()
    wait(lambda: not stage.window.worker.busy)
    dock, worst = stage.window.dock, {}

    def doing(name, work):
        with Pulse() as pulse:
            work()
            settle(0.1)
        worst[name] = round(pulse.worst, 3)

    def objects():
        for item in OBJECTS[:6]:
            stage.tap(stage.pixel_of(item["x"], item["y"], layer))
            stage.answered()
            stage.press(Qt.Key.Key_Tab)
            stage.answered()
            stage.press(Qt.Key.Key_Return)
            stage.move(stage.pixel_of(item["x"] + 5, item["y"], layer))

    def undone():
        stage.press(Qt.Key.Key_Backspace)
        stage.press(Qt.Key.Key_1)

    def reviewed():
        stage.press_button(stage.window.review.starting)
        for key in (Qt.Key.Key_A, Qt.Key.Key_N, Qt.Key.Key_B):
            stage.press(key)

    doing("objects", objects)
    doing("undo", undone)
    doing("styles", lambda: [stage.press_button(b) for b in (dock.classes.classed, dock.classes.scored)])
    panel = stage.window.adapting
    dock.tabs.setCurrentWidget(panel)
    panel.name.setText("pulse")
    panel.minutes.setValue(0.05)
    doing("start of adapting", lambda: stage.press_button(panel.start))
    doing("adapting", lambda: wait(lambda: panel.progress.maximum() == 0, 240))
    doing("end of adapting", lambda: wait(lambda: not panel.running, 240))
    dock.tabs.setCurrentWidget(stage.window.review)
    stage.window.review.layer.setLayer(out)
    doing("review", reviewed)
    assert max(worst.values()) < STALL_SECONDS, worst


def check_exporting_an_adapter_leaves_the_verdict_on_its_page(stage):
    stage.open(SCENE)
    dock, panel = stage.window.dock, stage.window.adapting
    verdict, file = panel.verdict.text(), WORK / "exported.resam-adapter"
    assert verdict, "the adaptation before has said what it brought"
    dock._adapter.setFocus()
    QTest.keyClick(dock._adapter, Qt.Key.Key_End)
    assert dock._adapter.currentIndex() > 0
    dock.tabs.setCurrentWidget(panel)
    settle(0.1)
    (button,) = (one for one in panel.findChildren(QPushButton) if one.text() == "Export adapter")
    panel.ensureWidgetVisible(button)
    with answered(file) as asked:
        stage.press_button(button)
    assert asked == ["file"]
    assert file.is_file()
    assert stage.said() == "Exported."
    assert panel.verdict.text() == verdict
    assert panel.verdict.isVisible()


def check_too_few_objects_cannot_be_learned_from(stage):
    layer = stage.open(SCENE)
    stage.output("few.gpkg")
    stage.arm()
    accepted(stage, layer, 2)
    panel = stage.window.adapting
    assert not panel.start.isEnabled()
    assert "2" in panel._count.text()


def check_a_cancelled_adaptation_leaves_no_adapter(stage):
    layer = stage.open(SCENE)
    stage.output("cancel.gpkg")
    stage.arm()
    accepted(stage, layer, 6)
    panel = stage.window.adapting
    panel.name.setText("cancelled")
    panel.minutes.setValue(5)
    panel.start.click()
    wait(lambda: panel.chart.values, 120)
    panel.cancel.click()
    wait(lambda: not panel.running, 60)
    assert not (Path(os.environ["RESAM_HOME"]) / "adapters" / "cancelled").exists()
    assert "ancel" in panel.verdict.text()


def check_adapters_travel_as_one_file(stage):
    from resam_qgis import adapters, places

    made = next(item for item in adapters.listed(places.adapters()) if item.folder.name == "session")
    file = WORK / "ours.resam-adapter"
    adapters.export(made.folder, file)
    again = adapters.import_file(file, places.adapters())
    for path in made.folder.rglob("*"):
        assert path.is_dir() or (again / path.relative_to(made.folder)).read_bytes() == path.read_bytes()
    adapters.remove(again)
    broken = WORK / "broken.resam-adapter"
    broken.write_bytes(file.read_bytes()[:2000])
    before = sorted(places.adapters().iterdir())
    for bad in (broken, SCENE):
        try:
            adapters.import_file(bad, places.adapters())
        except adapters.BadAdapter as problem:
            assert str(bad) in str(problem)
        else:
            raise AssertionError(f"{bad} was taken for an adapter")
    assert sorted(places.adapters().iterdir()) == before


def check_review_goes_from_the_least_certain_and_writes_what_was_decided(stage):
    layer = stage.open(SCENE)
    out = stage.output("review.gpkg")
    stage.arm()
    accepted(stage, layer, 4)
    review = stage.window.review
    stage.window.dock.tabs.setCurrentIndex(3)
    review.layer.setLayer(out)
    review.begin()
    scores = []
    for _ in range(4):
        assert review.current is not None
        scores.append(review.current["score"])
        review.step(1)
    assert scores == sorted(scores)
    review.begin()
    # Saving gives every polygon another id; the queue and the clicks must find them all the same.
    assert out.commitChanges(stopEditing=False)
    first = review.current.id()
    review.reject()
    assert out.getFeature(first)["status"] == "rejected"
    assert len({row[3] for row in stage.controller.session.rows()}) == 3
    second = review.current.id()
    box = review.current.geometry().boundingBox()
    assert stage.canvas.extent().contains(QgsPointXY(box.center()))
    assert stage.canvas.extent().width() < 12 * max(box.width(), box.height())
    before = QgsGeometry(review.current.geometry())
    # The dock's own target is another layer: the fixed polygon must go where it came from.
    other = stage.output("another.gpkg")
    review.fix()
    assert "then accept" in review._count.text()
    stage.answered()
    assert not stage.controller.session.draft.empty
    assert out.commitChanges(stopEditing=False)
    stage.click(stage.canvas.viewport().rect().center() + QPoint(60, 60), button=Qt.MouseButton.RightButton)
    stage.key(Qt.Key.Key_Return)
    assert out.featureCount() == 4
    feature = out.getFeature(second)
    assert feature["status"] == "accepted"
    assert feature["n_neg"] == 1
    assert not feature.geometry().isEmpty()
    assert not feature.geometry().equals(before)
    assert other.featureCount() == 0
    assert review.current.id() not in (first, second)
    labels = {row[2] for row in stage.controller.session.rows()}
    assert labels == {0, 1}, "the correction teaches the next adaptation"
    stage.shot("review")
    review.layer.setLayer(other)
    assert review.current is None, "what was queued belongs to the other layer"


def check_suggestions_become_a_layer(stage):
    layer = stage.open(SCENE)
    stage.output("suggest.gpkg")
    stage.arm()
    accepted(stage, layer, 3)
    stage.window.dock.tabs.setCurrentWidget(stage.window.review)
    part, said, shown = stage.window.review.suggestions, [], []
    assert part.cancel.isHidden()
    stage.press_button(part.start)
    assert not part.start.isEnabled()
    part._task.engine_event.connect(lambda event: said.append(part.said.text()))
    part._task.progressChanged.connect(lambda value: shown.append(part.progress.value()))
    wait(lambda: not part.running, 240)
    found = QgsProject.instance().mapLayersByName("Where to click next")
    assert found, part.said.text()
    assert found[0].featureCount() > 0
    ranks = [feature["rank"] for feature in found[0].getFeatures()]
    assert ranks == sorted(ranks)
    assert found[0].labelsEnabled(), "the rank stands beside each place"
    assert any(text.startswith("Looking at") for text in said), said
    assert shown[-1] == 100
    stage.press_button(part.start)
    stage.press_button(part.cancel)
    wait(lambda: not part.running)
    assert "Cancelled" in part.said.text()
    assert part.progress.isHidden()
    assert QgsProject.instance().mapLayersByName("Where to click next") == found, "what was there before"
    assert found[0].featureCount() == len(ranks)


def check_the_sample_scene_opens_and_the_steps_are_there(stage):
    stage.window.sample()
    settle(0.5)
    layer = stage.window.dock.raster()
    assert layer is not None
    assert layer.isValid()
    assert layer.crs().isValid()
    dock, bar = stage.window.dock, stage.window.dock.tabs.tabBar()
    wide = dock.width()
    iface.mainWindow().resizeDocks([dock], [1], Qt.Orientation.Horizontal)
    settle(0.2)
    assert dock.width() == dock.minimumSizeHint().width()
    for number in range(bar.count()):
        text = bar.fontMetrics().horizontalAdvance(bar.tabText(number))
        assert bar.rect().contains(bar.tabRect(number)), bar.tabToolTip(number)
        assert bar.tabRect(number).width() > text, f"{bar.tabText(number)} is cut"
    QTest.mouseClick(bar, LEFT, pos=bar.tabRect(bar.count() - 1).center())
    assert dock.tabs.currentWidget() is stage.window.steps, "Help"
    stage.shot("steps")
    iface.mainWindow().resizeDocks([dock], [wide], Qt.Orientation.Horizontal)


def check_the_assistant_takes_an_interpreter_that_works_and_no_other(stage):
    from resam_qgis import settings

    stage.window.environment()
    assistant = stage.window.assistant
    assistant._own.setChecked(True)
    good = str(settings.INTERPRETER.get())
    assistant._path.setText("/usr/bin/false")
    assistant.begin()
    assert not assistant.go.isEnabled()
    wait(lambda: assistant.task is None)
    assert "cannot run" in assistant._said.text(), assistant._said.text()
    assert settings.INTERPRETER.get() == good
    assistant._path.setText(good)
    assistant.begin()
    wait(lambda: assistant.task is None)
    assert "works" in assistant._said.text(), assistant._said.text()
    assistant._copy_diagnostics()
    text = QApplication.clipboard().text()
    assert "QGIS 3." in text
    assert str(Path.home()) not in text.replace(good, "")
    assistant._cpu.setChecked(True)
    assistant.close()


def check_diagnostics_hold_no_secret(stage):
    from qgis.core import QgsSettings

    from resam_qgis import diagnostics

    QgsSettings().setValue("resam/note", "https://ann:s3cr3t@proxy.example:8080/?token=abcdef123&x=1")
    text = diagnostics.report("proxy http://bob:hun/ter@2@10.0.0.1:3128 refused; api_key=XYZ987")
    for secret in ("s3cr3t", "hun/ter", "ter@2", "abcdef123", "XYZ987"):
        assert secret not in text, secret
    QgsSettings().remove("resam/note")


def check_no_dependency_of_the_engine_is_needed_here(stage):
    assert not {"torch", "rasterio", "engine", "geopandas"} & set(sys.modules)


def check_an_unwritable_output_is_told(stage):
    stage.open(SCENE)
    stage.window.dock.make_output(Path("/proc/nothing/there.gpkg"))
    assert "cannot be written" in stage.said(), stage.said()
