"""The assistant by mouse: what it says, asks and offers; and the ways that lead to it."""

import os
import stat

from inside.dialogs import answered
from inside.stage import SCENE, WORK, Stage, place, settle, wait
from qgis.core import QgsProject, QgsSettings
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QPushButton
from qgis.utils import iface

__all__ = ["Stage"]


def opened(stage):
    """The assistant, open and idle."""
    stage.window.environment()
    settle(0.1)
    return stage.window.assistant


def without_environment():
    """No Python is set, and none was built."""
    QgsSettings().setValue("resam/interpreter", "")


def with_environment():
    QgsSettings().setValue("resam/interpreter", os.environ["RESAM_TEST_PYTHON"])


def check_an_error_goes_when_the_next_test_begins_and_the_end_offers_the_sample(stage):
    assistant = opened(stage)
    assistant._own.setChecked(True)
    assistant._path.setText("/usr/bin/false")
    stage.press_button(assistant.go)
    wait(lambda: assistant.task is None)
    assert "cannot run" in assistant._said.text()
    assert not assistant._opening.isVisible()
    assistant._path.setText(os.environ["RESAM_TEST_PYTHON"])
    stage.press_button(assistant.go)
    assert "cannot run" not in assistant._said.text()
    wait(lambda: assistant.task is None)
    assert "works" in assistant._said.text()
    stage.shot("assistant behind")
    assistant.grab().save(str(WORK / "assistant.png"))
    stage.press_button(assistant._opening)
    settle(0.5)
    assert not assistant.isVisible()
    assert [layer.name() for layer in QgsProject.instance().mapLayers().values()] == ["ReSAM sample scene"]
    assert stage.window.dock.raster() is not None


def check_it_is_closed_with_a_button(stage):
    assistant = opened(stage)
    assert assistant.isVisible()
    stage.press_button(assistant.closing)
    assert not assistant.isVisible()


def check_the_data_lie_where_a_sandbox_keeps_them(stage):
    from resam_qgis import places

    folder = WORK / ".var" / "app" / "org.qgis.qgis" / "data"
    kept = {name: os.environ.pop(name, None) for name in ("RESAM_HOME", "XDG_DATA_HOME")}
    try:
        os.environ["XDG_DATA_HOME"] = str(folder)
        assert places.home() == folder / "resam-qgis"
    finally:
        del os.environ["XDG_DATA_HOME"]
        os.environ.update({name: value for name, value in kept.items() if value is not None})


def check_no_python_is_fetched_without_a_yes(stage):
    from resam_qgis import interpreters, places

    old = WORK / "python-of-old"
    old.write_text("#!/bin/sh\necho 3 9\necho $0\n")
    old.chmod(old.stat().st_mode | stat.S_IXUSR)
    known, interpreters.candidates = interpreters.candidates, lambda: [(str(old),)]
    assistant = opened(stage)
    assistant._cpu.setChecked(True)
    try:
        with answered(button="No") as asked:
            stage.press_button(assistant.go)
            wait(lambda: asked and assistant.task is None)
        settle(0.3)
    finally:
        interpreters.candidates = known
    assert "Download Python 3.12" in asked[0]
    assert "version 3.9" in asked[0]
    assert not (places.home() / "pythons").exists()
    assert not (places.home() / "tools").exists()
    stage.press_button(assistant.closing)


def check_a_removal_says_what_it_could_not_remove(stage):
    from resam_qgis import environment

    assistant, kept = opened(stage), environment.remove
    environment.remove = lambda home: [home / "env-1"]
    try:
        with answered(button="Yes"):
            assistant.remove()
    finally:
        environment.remove = kept
        with_environment()
    assert "env-1" in assistant._said.text()
    assert "when QGIS is closed" in assistant._said.text()
    stage.press_button(assistant.closing)


def check_cuda_on_windows_asks_for_an_index(stage):
    from resam_qgis import assistant as module

    module.INDEX_NEEDED = True  # As on Windows.
    assistant = opened(stage)
    try:
        assistant._cpu.setChecked(True)
        assert not assistant._index.isVisible()
        assistant._cuda.setChecked(True)
        assert assistant._index.isVisible()
        stage.press_button(assistant.go)
        assert "index" in assistant._said.text()
        assert assistant.task is None
        QTest.keyClicks(assistant._index, "http://127.0.0.1:9/none")
        stage.press_button(assistant.go)
        assert assistant.task._wanted.index == "http://127.0.0.1:9/none"
        with answered(button="No"):
            stage.press_button(assistant.cancel)
            wait(lambda: assistant.task is None)
    finally:
        module.INDEX_NEEDED = False
        assistant._cpu.setChecked(True)
        stage.press_button(assistant.closing)


def check_progress_is_told_in_bytes_and_time(stage):
    from resam_qgis.meter import Meter

    meter = Meter("cpu")
    assert meter.read(10_000_000_000)[0] == 0.0
    meter._started -= 60
    share, text = meter.read(9_500_000_000)
    assert abs(share - 0.25) < 1e-9
    assert text == "0.5 of about 2.0 GB, 1:00 min so far, about 3:00 min left"
    assert meter.read(1_000_000_000)[0] < 1.0, "the end is told by the build alone"
    assert Meter(None).read(10)[1] == ""


def check_every_message_that_there_is_no_environment_leads_to_the_assistant(stage):
    layer = stage.open(SCENE)
    stage.window.worker.stop()
    without_environment()
    try:
        stage.arm()
        stage.tap(stage.pixel_of(*place(0), layer))
        stage.answered()
        settle(0.2)
        assert "not set up" in stage.bar()[0]
        item = next(item for item in iface.messageBar().items() if item.title() == "ReSAM")
        (button,) = [part for part in item.findChildren(QPushButton) if "Set up" in part.text()]
        stage.press_button(button)
        assert stage.window.assistant.isVisible()
        stage.press_button(stage.window.assistant.closing)
        verdict = stage.window.adapting.verdict
        from resam_qgis import runtime

        try:
            runtime.interpreter()
        except runtime.NotReady as problem:
            verdict.complain(str(problem))
        assert "<a href" in verdict.text()
        verdict.linkActivated.emit("environment")
        assert stage.window.assistant.isVisible()
        stage.press_button(stage.window.assistant.closing)
    finally:
        with_environment()
    stage.window.assistant.changed.emit()
    assert stage.bar() == [], "once there is an environment, it holds no more"
