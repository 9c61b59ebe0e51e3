"""What the dock says of its choices: bands, rasters beside the chosen one, the cost of a click, settings."""

import json
import os
import shutil
import subprocess
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

from inside.stage import FIXTURES, LEFT, SCENE, WORK, Stage, ghost_of, place, settle, wait
from qgis.core import (
    QgsApplication,
    QgsPointXY,
    QgsProcessingModelAlgorithm,
    QgsProcessingModelChildParameterSource,
    QgsProject,
    QgsRasterLayer,
    QgsRectangle,
)
from qgis.gui import QgsProcessingModelerParameterWidget
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QComboBox, QPushButton
from qgis.utils import iface

__all__ = ["Stage"]


def ways_out():
    """The buttons of the plugin's message in the bar."""
    item = next(item for item in iface.messageBar().items() if item.title() == "ReSAM")
    return [part for part in item.findChildren(QPushButton) if part.text()]


def check_bands_are_read_as_shown_and_said(stage):
    layer = stage.open(FIXTURES / "deep.tif")
    bands = stage.window.dock.bands
    assert "by their colours" in bands.reads.text()
    first = bands.boxes[0]
    first.setFocus()
    QTest.keyClick(first, Qt.Key.Key_End)
    assert first.currentText() == "as shown"
    assert stage.controller.choice.bands == (1, 2, 3)
    renderer = layer.renderer().clone()
    renderer.setRedBand(4)
    renderer.setGreenBand(3)
    renderer.setBlueBand(2)
    layer.setRenderer(renderer)
    settle(0.1)
    assert stage.controller.choice.bands == (4, 3, 2)
    assert "4-3-2 as shown" in bands.reads.text()
    assert not bands.boxes[1].isEnabled()
    stage.arm()
    stage.tap(stage.pixel_of(*place(0), layer))
    stage.answered()
    assert stage.controller.source.bands == (4, 3, 2)
    assert stage.controller.answer is not None, stage.said()


def check_bands_are_read_as_shown_in_a_project_that_is_opened_again(stage):
    layer = stage.open(FIXTURES / "deep.tif")
    path = str(WORK / "bands.qgz")
    del layer
    assert QgsProject.instance().write(path)
    for _ in range(2):
        QgsProject.instance().clear()
        assert QgsProject.instance().read(path)
        settle(0.3)
        first = stage.window.dock.bands.boxes[0]
        first.setCurrentIndex(first.count() - 1)
        layer = stage.window.dock.raster()
        renderer = layer.renderer().clone()
        renderer.setRedBand(4)
        layer.setRenderer(renderer)
        settle(0.1)
        assert stage.controller.choice.bands == (4, 2, 3)
        del layer


@contextmanager
def classes_asked(stage):
    """The classes that the worker is asked for polygons of, in turn."""
    worker, found = stage.window.worker, []
    request = worker.request

    def listening(method, params, *more):
        if method == "ask" and not params.get("fast"):  # What is shown under the mouse is quick.
            found.append(params["class"])
        return request(method, params, *more)

    worker.request = listening
    try:
        yield found
    finally:
        del worker.request


def check_another_class_is_another_question_where_an_adapter_may_know_it(stage):
    from resam_qgis import adapters, places

    folder = places.adapters() / "of classes"
    folder.mkdir(parents=True)
    (folder / "card.json").write_text('{"base": "nano", "status": "accepted"}')
    layer, dock = stage.open(SCENE), stage.window.dock
    stage.arm()
    with classes_asked(stage) as asked:
        for number, wanted in enumerate((["roof"], ["roof", "tree"])):
            dock.refresh_adapters(str(folder) if number else "")
            dock._class.setCurrentText("roof")
            stage.tap(stage.pixel_of(*place(number), layer))
            dock._class.setCurrentText("tree")
            stage.answered()
            assert asked == wanted, asked
            stage.press(Qt.Key.Key_Escape)
            asked.clear()
    adapters.remove(folder)


def check_objects_that_were_not_saved_are_asked_for_as_what_they_were(stage):
    from resam_qgis.session import Click, Draft, Waiting

    layer, dock = stage.open(SCENE), stage.window.dock
    out = stage.output("not saved.gpkg")
    stage.arm()
    dock._class.setCurrentText("tree")
    controller = stage.controller
    controller.offer_again(layer.id(), controller.session, [Waiting(Draft((Click(*place(0)),)), "roof")])
    with classes_asked(stage) as asked:
        stage.press(Qt.Key.Key_Return)
        stage.answered()
    assert set(asked) == {"roof"}
    assert [feature["class"] for feature in out.getFeatures()] == ["roof"]


def check_a_click_on_another_raster_is_offered_to_go_there(stage):
    near = WORK / "neighbour.tif"
    x, y = place(0)
    command = ["gdal_translate", "-q", "-a_ullr", str(x + 600), str(y + 60), str(x + 720), str(y - 60)]
    subprocess.run([*command, str(SCENE), str(near)], check=True)
    layer = stage.open(SCENE)
    other = QgsRasterLayer(str(near), "neighbour")
    QgsProject.instance().addMapLayer(other)
    stage.window.dock.layers.setLayer(layer)
    stage.canvas.setExtent(QgsRectangle(x - 50, y - 400, x + 750, y + 400))
    settle(0.5)
    stage.arm()
    stage.tap(stage.pixel_of(x + 660, y, layer))
    settle(0.2)
    assert "“neighbour”" in stage.bar()[0]
    assert stage.controller.session.draft.empty, "no click beside the raster is kept"
    stage.press_button(ways_out()[0])
    assert stage.window.dock.raster() is other or stage.window.dock.raster().id() == other.id()
    stage.answered()
    assert len(stage.controller.session.draft.clicks) == 1
    assert stage.bar() == []
    del layer, other


def check_an_offered_raster_may_be_gone_when_its_button_is_pressed(stage):
    layer = stage.open(SCENE)
    other = QgsRasterLayer(str(SCENE), "other")
    QgsProject.instance().addMapLayer(other)
    stage.window.dock.layers.setLayer(layer)
    stage.controller.elsewhere.emit(other.id(), QgsPointXY(*place(0)))
    (way,) = ways_out()
    QgsProject.instance().removeMapLayer(other.id())
    settle(0.1)
    stage.press_button(way)
    assert stage.bar() == []
    assert stage.controller.session.draft.empty


def check_crashes_of_long_ago_count_no_more(stage):
    import time

    worker, now = stage.window.worker, time.monotonic()
    worker._crashes = [now] * 3
    assert not worker.may_retry
    worker._crashes = [now - 600] * 3
    assert worker.may_retry
    worker._crashes = []


def check_clicks_use_the_device_of_a_new_environment_at_once(stage):
    from resam_qgis import settings
    from resam_qgis.assistant import BuildTask, Wanted

    stage.window.environment()
    assistant = stage.window.assistant
    interpreter = settings.INTERPRETER.get()
    try:
        settings.DEVICE.set("cpu")
        stage.window.dock.chosen.emit()
        assert stage.controller.choice.device == "cpu"
        assistant._cpu.setChecked(True)
        assistant.task = BuildTask(Wanted("cpu", None, "", "", False))
        assistant._ended(None)
        assert stage.controller.choice.device == settings.DEVICE.get() == "auto"
    finally:
        assistant.close()
        settings.INTERPRETER.set(interpreter)
        settings.DEVICE.set("cpu")
        stage.window.dock.chosen.emit()


def check_what_a_click_costs_is_measured_and_shown(stage):
    from resam_qgis import settings

    settings.cost("nano").set(0.0)
    layer = stage.open(SCENE)
    stage.window.dock.chosen.emit()
    assert not stage.window.dock._cost.isVisible()
    stage.arm()
    wait(lambda: not stage.window.worker.busy)
    stage.tap(stage.pixel_of(*place(0), layer))
    stage.answered()
    wait(lambda: stage.window.dock._cost.isVisible(), 10)
    assert "s a click" in stage.window.dock._cost.text()
    assert 0 < stage.controller.costs.seconds("nano") < 60
    assert stage.bar() == [], "nano is never too slow"


def check_the_page_is_never_cut_at_its_side(stage):
    stage.open(SCENE)
    dock = stage.window.dock
    dock.tabs.setCurrentIndex(0)
    settle(0.2)
    page = dock.tabs.currentWidget()
    assert page.widget().width() <= page.viewport().width()
    assert page.widget().width() >= page.widget().minimumSizeHint().width()
    right = dock.accept.parentWidget().mapTo(page.viewport(), dock.clear.geometry().topRight()).x()
    assert right <= page.viewport().width()


def check_a_slow_model_is_told_once_with_a_smaller_one(stage):
    stage.open(SCENE)
    costs = stage.controller.costs
    stage.window._told_slow.clear()
    costs.note("sam_vit_h", 12.0)
    assert "12 s" in stage.bar()[0]
    stage.press_button(ways_out()[0])
    assert stage.window.dock._model.currentText() == "mobile_sam"
    assert stage.bar() == []
    costs.note("sam_vit_h", 12.0)
    assert stage.bar() == []
    stage.model("nano")


def check_settings_reach_the_engine_at_its_next_start(stage):
    from resam_qgis import runtime, settings

    layer = stage.open(SCENE)
    stage.arm()
    stage.tap(stage.pixel_of(*place(0), layer))
    stage.answered()
    first = stage.window.worker.pid
    page = stage.window.settings_page
    stage.window.dock.tabs.setCurrentWidget(page)
    settle(0.2)
    stage.shot("settings")
    folder = WORK / "my embeddings"
    kept = [settings.THREADS, settings.MEMORY_MB, settings.CACHE_GB, settings.EMBEDDINGS]
    try:
        page.threads.setFocus()
        page.threads.selectAll()
        QTest.keyClicks(page.threads, "1")
        QTest.keyClick(page.threads, Qt.Key.Key_Return)
        page.memory.setValue(99)
        page.cache.setValue(0.5)
        page.embeddings.setFilePath(str(folder))
        found = runtime.variables()
        assert found.value("OMP_NUM_THREADS") == "1"
        assert found.value("GDAL_CACHEMAX") == "99"
        assert found.value("RESAM_EMBEDDINGS_GB") == "0.5"
        assert found.value("RESAM_EMBEDDINGS") == str(folder)
        stage.tap(stage.pixel_of(*place(1), layer), LEFT)
        stage.answered()
        assert stage.controller.answer is not None, stage.said()
        assert stage.window.worker.pid not in (0, first)
        assert list(folder.glob("*")), "the worker keeps its embeddings there"
    finally:
        for setting in kept:
            setting.set(setting.default)
        page.threads.setValue(0)
        page.memory.setValue(256)
        page.cache.setValue(2.0)
        page.embeddings.setFilePath("")
    assert runtime.variables().value("GDAL_CACHEMAX") == os.environ.get("GDAL_CACHEMAX", "")
    assert ghost_of(stage) is None or ghost_of(stage).contains(QgsPointXY(*place(1)))


class Mirror(BaseHTTPRequestHandler):
    """Has the first half of every file, and then no more."""

    asked: ClassVar = []
    size, half = 40_728_226, 20_000_000  # MobileSAM's

    def do_GET(self):
        Mirror.asked.append(self.path)
        if len(Mirror.asked) > 1:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(self.size))
        self.end_headers()
        self.wfile.write(bytes(self.half))

    def log_message(self, *_):
        pass


def check_a_model_is_downloaded_from_the_mirror_with_its_progress(stage):
    from resam_qgis import settings

    page, seen = stage.window.settings_page, []
    stage.window.dock.tabs.setCurrentWidget(page)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Mirror)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    kept = stage.window.downloads.progressed
    kept.connect(seen.append)
    try:
        page.mirror.setText(f"http://127.0.0.1:{server.server_address[1]}/here")
        page.mirror.editingFinished.emit()
        page.weights.setFilePath(str(WORK / "my models"))
        page.models.setCurrentText("mobile_sam")
        stage.press_button(page.fetch)
        assert page.progress.isVisible()
        assert not page.fetch.isEnabled()
        wait(lambda: page.fetch.isEnabled())
    finally:
        kept.disconnect(seen.append)
        server.shutdown()
        server.server_close()
        settings.MIRROR.set("")
        settings.WEIGHTS.set("")
        page.mirror.setText("")
        page.weights.setFilePath("")
    assert Mirror.asked[0].startswith("/here/"), Mirror.asked
    assert any(0 < value < 100 for value in seen), seen
    assert not page.progress.isVisible()
    (said,) = stage.bar()
    assert "404" in said, said


def segmenting():
    """Processing's window for segmenting points, with lists in it, and what it would run with."""
    from processing.tools.general import createAlgorithmDialog

    dialog = createAlgorithmDialog("resam:segmentpoints")
    dialog.show()
    settle(0.3)
    panel = dialog.mainWidget()
    lists = {name: panel.wrappers[name].wrappedWidget().findChild(QComboBox) for name in ("MODEL", "ADAPTER")}
    return dialog, lists, lambda name: panel.wrappers[name].parameterValue()


def check_processing_lists_models_and_adapters_and_takes_others(stage):
    from resam_qgis import places

    own = places.adapters() / "roofs of mine"
    own.mkdir(parents=True)
    (own / "card.json").write_text(json.dumps({"base": "nano", "status": "accepted"}))
    dialog, lists, value = segmenting()
    try:
        assert (value("MODEL"), value("ADAPTER")) == ("nano", None)
        models, adapters = lists["MODEL"], lists["ADAPTER"]
        assert models.count() > 5
        assert models.currentText().startswith("nano (")
        assert "comes with ReSAM" in models.currentText()
        assert [adapters.itemText(row) for row in range(2)] == ["none", "roofs of mine (better): nano"]
        adapters.setFocus()
        QTest.keyClick(adapters, Qt.Key.Key_Down)
        assert value("ADAPTER") == str(own)
        for box, text in ((adapters, "/elsewhere/ships"), (models, "/elsewhere/weights.pth")):
            box.lineEdit().selectAll()
            QTest.keyClicks(box.lineEdit(), text)
        assert (value("MODEL"), value("ADAPTER")) == ("/elsewhere/weights.pth", "/elsewhere/ships")
        dialog.mainWidget().setParameters({"MODEL": "mobile_sam", "ADAPTER": "/from/history"})
        assert (value("MODEL"), value("ADAPTER")) == ("mobile_sam", "/from/history")
        dialog.grab().save(str(WORK / "processing.png"))
    finally:
        dialog.close()
        shutil.rmtree(own)


def check_the_modeler_takes_inputs_for_them_as_for_any_text(stage):
    from processing.modeler.ModelerParametersDialog import ModelerParametersDialog

    algorithm = QgsApplication.processingRegistry().createAlgorithmById("resam:segmentpoints")
    dialog = ModelerParametersDialog(algorithm, QgsProcessingModelAlgorithm("a model", "tests"))
    wrapper = dialog.widget.widget.wrappers["ADAPTER"]
    assert isinstance(wrapper, QgsProcessingModelerParameterWidget)
    wrapper.setWidgetValue(QgsProcessingModelChildParameterSource.fromModelParameter("which"))
    assert dialog.createAlgorithm() is not None
    dialog.close()
