"""The pages around a run, without a model: what they count, where runs write, what they say of trouble."""

import json
import os
from contextlib import contextmanager

from inside.desk import SCENE, WORK, Stage, add_raster, settle, wait
from qgis.core import (
    QgsCoordinateTransformContext,
    QgsFeature,
    QgsGeometry,
    QgsPointXY,
    QgsProject,
    QgsRasterLayer,
    QgsSettings,
    QgsVectorFileWriter,
    QgsVectorLayer,
)
from qgis.PyQt.QtWidgets import QApplication, QFileDialog

__all__ = ["Stage"]


def saved_clicks(count):
    """A layer of clicks in a file, in the project."""
    memory = QgsVectorLayer("Point?crs=EPSG:32632", "clicks", "memory")
    memory.dataProvider().addFeatures([clicked(memory, number) for number in range(count)])
    path = WORK / "to learn from.gpkg"
    path.unlink(missing_ok=True)
    options = QgsVectorFileWriter.SaveVectorOptions()
    options.driverName = "GPKG"
    QgsVectorFileWriter.writeAsVectorFormatV3(memory, str(path), QgsCoordinateTransformContext(), options)
    layer = QgsVectorLayer(str(path), "clicks", "ogr")
    QgsProject.instance().addMapLayer(layer)
    return layer


def clicked(layer, x):
    feature = QgsFeature(layer.fields())
    feature.setGeometry(QgsGeometry.fromPointXY(QgsPointXY(x, 0)))
    return feature


@contextmanager
def home_at(path):
    """The user's data lie somewhere else."""
    before, os.environ["RESAM_HOME"] = os.environ["RESAM_HOME"], str(path)
    try:
        yield
    finally:
        os.environ["RESAM_HOME"] = before


def check_points_that_were_added_and_saved_count(stage):
    window, layer = stage.open_window(), saved_clicks(1)
    add_raster()
    window.adapting.points.setLayer(layer)
    assert not window.adapting.start.isEnabled()
    layer.startEditing()
    layer.addFeatures([clicked(layer, 10 * number) for number in range(1, 7)])
    assert layer.commitChanges()
    assert "7 objects" in window.adapting._count.text()
    assert window.adapting.start.isEnabled()


def check_two_runs_of_one_name_never_share_a_folder(stage):
    from resam_qgis import adapters

    folder = WORK / "reserved"
    first = adapters.reserved_folder(folder, "mine")
    second = adapters.reserved_folder(folder, "mine")
    assert (first.name, second.name) == ("mine", "mine-2")
    adapters.remove(second)  # As after its failure.
    assert first.is_dir()
    os.utime(first, (1, 1))
    adapters.listed(folder)
    assert not first.exists(), "what a kill left empty takes no name for ever"


def check_a_copied_command_spares_the_clicks_of_an_adapter_that_is_there(stage):
    from resam_qgis import places

    window = stage.open_window()
    stage.enter(stage.scratch(), 0, 20, 40)
    folder = places.adapters() / "adapter"
    folder.mkdir(parents=True, exist_ok=True)
    learned = places.home() / "clicks" / "adapter.gpkg"
    learned.parent.mkdir(exist_ok=True)
    learned.write_bytes(b"what it learned from")
    try:
        window.adapting.copy_command()
        assert learned.read_bytes() == b"what it learned from"
        assert str(folder) + "-2" in QApplication.clipboard().text()
    finally:
        folder.rmdir()
        learned.unlink()


def check_a_disk_that_refuses_is_one_clear_line(stage):
    from resam_qgis import adapters, sayings

    window, said = stage.open_window(), []
    window.adapting.message.connect(lambda text, problem: said.append(text))
    stage.enter(stage.scratch(), 0, 20, 40)
    closed = WORK / "no folder"
    closed.write_text("")
    known, QFileDialog.getOpenFileName = QFileDialog.getOpenFileName, lambda *_: (str(SCENE), "")
    try:
        with home_at(closed):
            window.adapting.import_adapter()
            assert str(closed) in said[-1]
            window.adapting.begin()
            assert str(closed) in window.adapting.verdict.text()
            assert "cannot be written" in window.adapting.verdict.text()
    finally:
        QFileDialog.getOpenFileName = known
    assert adapters.listed(closed) == []
    line = sayings.not_written(PermissionError(13, "Permission denied", "/there"), WORK)
    assert line == "/there cannot be written: Permission denied"


def check_an_adapter_of_the_project_that_the_list_lacks_is_missed(stage):
    window, said = stage.open_window(), []
    add_raster()
    window.keeper.message.connect(lambda text, problem: said.append(text))
    folder = WORK / "of a colleague"
    folder.mkdir(exist_ok=True)
    (folder / "card.json").write_text(json.dumps({"base": "nano"}))
    state = {"version": 1, "model": "nano", "adapter": str(folder)}
    QgsProject.instance().writeEntry("resam", "state", json.dumps(state))
    window.keeper._apply()
    assert window.dock.choice().adapter is None
    assert "“of a colleague”" in said[-1]


def check_a_picture_that_comes_after_another_raster_was_chosen_is_not_used(stage):
    window = stage.open_window()
    stage.enter(stage.scratch(), 0, 20)
    tiles = QgsRasterLayer("type=xyz&url=file:///nowhere/{z}/{x}/{y}.png&zmin=0&zmax=19", "tiles", "wms")
    QgsProject.instance().addMapLayer(tiles)
    sources, pictures, said = stage.controller.sources, [], []
    sources._rendered.covering = lambda layer, places, done, failed: pictures.append(done)
    plain = window.dock.raster()
    for chosen, good in ((tiles, True), (plain, False)):
        window.dock.layers.setLayer(tiles)
        sources.covering(stage.controller.choice, [QgsPointXY(0, 0)], lambda it: said.append(it), said.append)
        window.dock.layers.setLayer(chosen)
        pictures.pop()("the picture")
        assert (said[-1] == "the picture") == good, said
    assert "Another raster was chosen" in said[-1]


def check_an_engine_that_cannot_start_says_why_and_what_to_do(stage):
    from resam_qgis import runtime
    from resam_qgis.worker_client import WorkerClient

    worker, said = WorkerClient(), []
    worker.state_changed.connect(lambda state, text: said.append(text) if state == "crashed" else None)
    lacking = WORK / "lacking"
    lacking.write_text("#!/bin/sh\necho \"ModuleNotFoundError: No module named 'torch'\" >&2\nexit 1\n")
    lacking.chmod(0o755)
    QgsSettings().setValue("resam/interpreter", str(lacking))
    try:
        worker.request("load", {}, said.append, lambda kind, text: said.append(text))
        wait(lambda: len(said) == 2)
        try:
            runtime.run_engine(["engine.train", "--json"], runtime.variables())
        except runtime.NotReady as problem:
            said.append(str(problem))
    finally:
        QgsSettings().setValue("resam/interpreter", "")
        worker.stop()
    assert len(said) == 3
    for text in said:
        assert "No module named 'torch'" in text
        assert "repair it" in text
        assert runtime.environment_is_missing(text), "the message bar offers the assistant"


def check_an_environment_of_another_version_is_told_with_a_way_to_update_it(stage):
    from resam_qgis import environment, places

    QgsSettings().setValue("resam/interpreter", "")
    python = environment.in_folder(places.home() / "env-old")
    python.parent.mkdir(parents=True, exist_ok=True)
    python.write_text("")
    record = {"folder": "env-old", "signature": "old", "accelerator": "cpu"}
    file = places.home() / environment.RECORD
    file.write_text(json.dumps(record))
    try:
        window = stage.open_window()
        window.dock.hide()
        window.toggle()
        settle()
        (item,) = [one for one in stage.interface.messageBar().items() if one.title() == "ReSAM"]
        assert "another version of the plugin" in item.text()
    finally:
        environment.remove(places.home())
        file.unlink(missing_ok=True)


def check_a_build_in_another_qgis_is_let_alone(stage):
    from resam_qgis import builds, environment, places
    from resam_qgis.assistant import BuildTask, Wanted
    from resam_qgis.interpreters import BuildError

    file, half = places.home() / environment.RECORD, places.home() / "env-half"
    half.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"folder": "env-used", "signature": "", "accelerator": "cpu"}))
    try:
        with builds.only_build():  # As another QGIS holds it.
            builds.tidy()
            assert half.is_dir()
            try:
                BuildTask(Wanted("cpu")).work()
            except BuildError as problem:
                assert "Another QGIS" in str(problem)
            else:
                raise AssertionError("it was built")
        builds.tidy()
        assert not half.exists()
    finally:
        file.unlink()


def check_a_set_up_that_is_cancelled_blames_nobody(stage):
    from resam_qgis import interpreters
    from resam_qgis.assistant import BuildTask, Wanted

    known, interpreters.candidates = interpreters.candidates, lambda: [("/usr/bin/python3",)]
    try:
        for wanted in (Wanted("cpu", fetch=True), Wanted(None, own="/usr/bin/python3")):
            task = BuildTask(wanted)
            task.isCanceled = lambda: True
            assert task.work().startswith("Cancelled;"), task.work()
            assert not task.may_fetch
    finally:
        interpreters.candidates = known


def check_a_python_of_ones_own_must_be_named(stage):
    from resam_qgis.assistant import Assistant

    assistant = Assistant()
    assistant._own.setChecked(True)
    for text in ("", str(WORK)):
        assistant._path.setText(text)
        assistant.begin()
        assert assistant.task is None
        assert f"“{text}” is no file" in assistant._said.text()


def check_a_refusal_on_a_page_names_no_option_of_a_command(stage):
    window = stage.open_window()
    window.adapting.verdict.complain("x.vrt: leads to the network (y): if you trust it, give --allow-remote")
    assert window.adapting.verdict.text() == "x.vrt: leads to the network (y)"
