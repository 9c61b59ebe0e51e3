"""The queue without a model: names of files, what is merged and removed, and why a run was refused."""

from contextlib import contextmanager
from pathlib import Path

from inside.desk import WORK, Stage, add_raster, square, wait
from inside.learning import saved_clicks
from qgis.analysis import QgsNativeAlgorithms
from qgis.core import QgsApplication, QgsCoordinateReferenceSystem, QgsFeature, QgsProject
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import QPushButton

__all__ = ["Stage"]


@contextmanager
def queue(stage):
    """The page with an empty queue, and an empty one afterwards."""
    window = stage.open_window()
    window.batch.remove(window.batch.entries)
    try:
        yield window.batch_page, window.batch
    finally:
        batch = window.batch
        batch.remove(batch.entries)


def entry(title, state, merged="", out="nowhere.gpkg"):
    from resam_qgis.batch import Entry

    return Entry(title, ["engine.segment"], str(out), str(merged), state)


def made(name):
    """What a run wrote: one polygon."""
    from resam_qgis import output_layers

    path = WORK / f"{name}.gpkg"
    path.unlink(missing_ok=True)
    layer = output_layers.new_geopackage(path, QgsCoordinateReferenceSystem("EPSG:32632"))
    feature = QgsFeature(layer.fields())
    feature.setGeometry(square(0))
    feature["status"] = "accepted"
    layer.dataProvider().addFeatures([feature])
    QgsProject.instance().removeMapLayer(layer.id())
    return path


def titles(batch):
    return [one.title for one in batch.entries]


def check_a_layer_may_be_called_as_no_file_can_be(stage):
    from resam_qgis import places

    add_raster(name="roofs 2021/05: north?")
    saved_clicks(1)
    with queue(stage) as (page, _):
        page.refresh()
        for box in (page.rasters, page.points):
            box.item(0).setCheckState(Qt.CheckState.Checked)
        page.folder.setFilePath(str(WORK))
        (one,) = page._entries()
        assert one.title == "roofs 2021/05: north?"
        assert one.out == str(WORK / "roofs 2021-05- north-_segments.gpkg")
    assert places.file_name("Dächer ß 屋顶") == "Dächer ß 屋顶"
    assert places.file_name("..") == "layer"
    assert len(places.file_name("屋" * 300).encode()) <= places.MOST_BYTES


def check_what_is_done_stays_in_the_queue_until_its_set_is_merged(stage):
    from resam_qgis.batch import DONE, WAITING

    with queue(stage) as (page, batch):
        batch.entries += [entry("alone", DONE), entry("of a set", DONE, "m.gpkg")]
        batch.entries += [entry("last of the set", WAITING, "m.gpkg")]
        batch._keep()
        page.remove_selected()
        assert titles(batch) == ["of a set", "last of the set"]


def check_what_is_selected_stays_so_when_a_run_ends(stage):
    from resam_qgis.batch import DONE, WAITING

    with queue(stage) as (page, batch):
        batch.entries += [entry("done", DONE), entry("waits", WAITING)]
        batch._keep()
        page.queue.item(1).setSelected(True)
        batch._keep()
        page.remove_selected()
        assert titles(batch) == ["done"]


def check_a_set_that_qgis_left_unmerged_is_merged_by_the_next_one(stage):
    from resam_qgis.batch import DONE

    registry = QgsApplication.processingRegistry()
    if registry.providerById("native") is None:
        registry.addProvider(QgsNativeAlgorithms(registry))  # A window of QGIS has them.
    merged = WORK / "merged later.gpkg"
    merged.unlink(missing_ok=True)
    before = stage.open_window()
    before.batch.remove(before.batch.entries)
    before.batch.entries += [entry(name, DONE, merged, made(name)) for name in ("west", "east")]
    before.batch._keep()  # It ends while it merges.
    stage.unload(before)
    window = stage.open_window()
    assert titles(window.batch) == ["west", "east"]
    assert window.batch.unmerged == [str(merged)]
    assert window.batch_page.pausing.isEnabled()
    (said,) = [item.text() for item in stage.interface.messageBar().items() if item.title() == "ReSAM"]
    assert "unfinished" in said
    window.batch_page.toggle()
    wait(lambda: QgsProject.instance().mapLayersByName("merged later"))
    (layer,) = QgsProject.instance().mapLayersByName("merged later")
    assert layer.featureCount() == 2
    assert window.batch.unmerged == []
    window.batch_page.remove_selected()
    assert titles(window.batch) == []


def check_a_run_that_is_refused_the_network_says_what_to_do_in_qgis(stage):
    from resam_qgis.batch import FAILED, RUNNING

    class Ended:
        def isCanceled(self):
            return False

    with queue(stage) as (_, batch):
        batch.paused = True
        batch.entries.append(entry("a view", RUNNING))
        batch._task = Ended()
        batch._ended("x.vrt: leads to the network (y): if you trust whoever made it, give --allow-remote")
        (one,) = batch.entries
        assert one.state == FAILED
        assert "--" not in one.problem
        assert "“Allow”" in one.problem


def check_what_was_allowed_until_qgis_ends_is_no_part_of_a_run_that_is_kept(stage):
    from resam_qgis import remote
    from resam_qgis.batch import Batch

    raster = add_raster()
    saved_clicks(1)
    allowed = set(remote._allowed)
    with queue(stage) as (page, batch):
        page.refresh()
        for box in (page.rasters, page.points):
            box.item(0).setCheckState(Qt.CheckState.Checked)
        page.folder.setFilePath(str(WORK))
        remote.allow(raster.source())
        batch.paused = True
        batch.entries += page._entries()
        assert "--allow-remote" not in batch.entries[0].arguments
        assert "--allow-remote" in batch.entries[0].command()
        earlier = entry("of an earlier version", "waiting")
        earlier.arguments += ["--raster", "another.vrt", "--allow-remote"]
        batch.entries.append(earlier)
        batch._keep()
        remote._allowed.clear()  # QGIS ends.
        batch._kept.close()
        again = Batch()
        assert len(again.entries) == 2
        assert not any("--allow-remote" in one.command() for one in again.entries)
        remote.allow("another.vrt")
        assert "--allow-remote" in again.entries[1].command()
        again.remove(again.entries)
        again.close()
    remote._allowed.clear()
    remote._allowed.update(allowed)


def check_the_button_allows_the_raster_that_was_refused_whatever_is_chosen_now(stage):
    from resam_qgis import remote

    window = stage.open_window()
    refused, chosen = add_raster(), WORK / "chosen.tif"
    chosen.write_bytes(Path(refused.source()).read_bytes())
    window.dock.layers.setLayer(add_raster(chosen, "chosen"))
    allowed = set(remote._allowed)
    for file, buttons in ((refused.source(), 1), (WORK / "points.vrt", 0)):
        text = f"{file}: leads to the network (x): if you trust whoever made it, give --allow-remote"
        window.adapting.message.emit(text, True)
        (item,) = [one for one in stage.interface.messageBar().items() if one.title() == "ReSAM"]
        found = [one for one in item.findChildren(QPushButton) if one.text() == "Allow"]
        assert len(found) == buttons, file
        for button in found:
            button.click()
    assert remote._allowed - allowed == {refused.source()}
    remote._allowed.clear()
    remote._allowed.update(allowed)
