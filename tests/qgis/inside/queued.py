"""A queue of rasters and layers: in the background, paused, continued, merged, and there after a restart."""

import json
import os
import shutil
from pathlib import Path

from inside.stage import OBJECTS, SCENE, WORK, Stage, place, settle, wait
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsFeature,
    QgsGeometry,
    QgsPointXY,
    QgsProject,
    QgsVectorFileWriter,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QEvent, Qt
from qgis.PyQt.QtWidgets import QApplication, QPushButton

__all__ = ["Stage"]

DATA = Qt.ItemDataRole.UserRole


def points(name="clicks", first=0, count=4):
    """Clicks as a saved layer of the project."""
    memory = QgsVectorLayer("Point?crs=EPSG:32632&field=note:string", name, "memory")
    for item in OBJECTS[first : first + count]:
        feature = QgsFeature(memory.fields())
        feature.setGeometry(QgsGeometry.fromPointXY(QgsPointXY(item["x"], item["y"])))
        memory.dataProvider().addFeatures([feature])
    path = WORK / f"{name}.gpkg"
    options = QgsVectorFileWriter.SaveVectorOptions()
    options.driverName, options.layerName = "GPKG", name
    context = QgsProject.instance().transformContext()
    QgsVectorFileWriter.writeAsVectorFormatV3(memory, str(path), context, options)
    saved = QgsVectorLayer(f"{path}|layername={name}", name, "ogr")
    QgsProject.instance().addMapLayer(saved)
    return saved


def folder_of_rasters(name, count):
    folder = WORK / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for number in range(count):
        shutil.copy(SCENE, folder / f"tile{number}.tif")
    return folder


def page_of(stage):
    """The page, shown, with an empty queue."""
    window = stage.window
    page, batch = window.batch_page, window.batch
    batch.pause()
    wait(lambda: batch.running is None)
    batch.remove(batch.entries)
    page.rasters.clear()
    page.refresh()
    page.merge.setChecked(False)
    window.dock.tabs.setCurrentIndex([window.dock.tabs.tabText(n) for n in range(9)].index("Batch"))
    return page, batch


def check(page_list, *names):
    for row in range(page_list.count()):
        item = page_list.item(row)
        if item.text() in names:
            item.setCheckState(Qt.CheckState.Checked)


def states(batch):
    return [entry.state for entry in batch.entries]


def done(batch):
    wait(lambda: not batch.unfinished, 240)
    assert set(states(batch)) == {"done"}, [(entry.title, entry.problem) for entry in batch.entries]


def check_a_folder_of_rasters_with_one_layer_of_points_while_clicking_goes_on(stage):
    layer = stage.open(SCENE)
    out = stage.output("beside.gpkg")
    points()
    page, batch = page_of(stage)
    folder = folder_of_rasters("a folder", 2)
    settle(0.2)
    assert page.folder.lineEdit().placeholderText() == str(Path.home()), "where results would go"
    page.add_folder(folder)
    check(page.points, "clicks")
    stage.press_button(page.start)
    assert len(batch.entries) == 2
    wait(lambda: batch.running is not None)
    stage.arm()
    stage.tap(stage.pixel_of(*place(0), layer))
    stage.press(Qt.Key.Key_Return)
    stage.answered()
    assert out.featureCount() == 1, stage.said()
    assert batch.running is not None, "the queue goes on beside the clicks"
    stage.shot("queue")
    done(batch)
    for number in range(2):
        made = QgsVectorLayer(f"{folder / f'tile{number}_segments.gpkg'}|layername=segments", "made", "ogr")
        assert made.featureCount() == 4
    names = {found.name() for found in QgsProject.instance().mapLayers().values()}
    assert {"tile0_segments", "tile1_segments"} <= names


def check_several_layers_on_one_raster_become_one_merged_layer(stage):
    stage.open(SCENE, name="town")
    points("north", 0, 2)
    points("south", 2, 3)
    page, batch = page_of(stage)
    folder = folder_of_rasters("merged here", 0)
    page.folder.setFilePath(str(folder))
    check(page.rasters, "town")
    check(page.points, "north", "south")
    page.merge.setChecked(True)
    stage.press_button(page.start)
    done(batch)
    wait(lambda: QgsProject.instance().mapLayersByName("merged"), 60)
    (merged,) = QgsProject.instance().mapLayersByName("merged")
    parts = [QgsVectorLayer(f"{entry.out}|layername=segments", "part", "ogr") for entry in batch.entries]
    kept = [f for part in parts for f in part.getFeatures() if f["status"] != "rejected"]
    assert merged.featureCount() == len(kept)
    assert merged.featureCount() > 2
    assert {Path(str(f["layer"])).stem for f in merged.getFeatures()} == {
        "town_north_segments",
        "town_south_segments",
    }


def check_a_paused_queue_goes_on_where_it_was_and_outlives_its_window(stage):
    from resam_qgis.batch import Batch, Entry

    stage.open(SCENE)
    points()
    page, batch = page_of(stage)
    page.add_folder(folder_of_rasters("paused", 3))
    check(page.points, "clicks")
    stage.press_button(page.start)
    wait(lambda: states(batch)[0] == "done", 120)
    stage.press_button(page.pausing)
    wait(lambda: batch.running is None)
    settle(0.5)
    assert batch.paused
    assert states(batch)[0] == "done"
    left = batch.unfinished
    assert left, "it was paused before the end"
    # A second QGIS beside the first leaves its runs alone, and keeps its own.
    other = Batch()
    assert other.entries == []
    own = Entry("other", ["engine.segment"], "nowhere.gpkg")
    other.entries.append(own)
    other._keep()
    batch._keep()
    for one in (other, batch):
        one.close()
    # The next QGIS finds what both left.
    again = Batch()
    assert [(e.title, e.state, e.arguments) for e in again.entries] == [
        (e.title, e.state, e.arguments) for e in (own, *batch.entries)
    ]
    assert again.paused
    assert again.unfinished == left + 1
    again.remove(again.entries)
    again.close()
    stage.press_button(page.pausing)
    done(batch)


def check_a_new_window_says_what_is_unfinished_and_offers_to_continue(stage):
    from qgis.utils import iface

    stage.open(SCENE)
    points()
    page, batch = page_of(stage)
    page.add_folder(folder_of_rasters("restarted", 1))
    check(page.points, "clicks")
    stage.press_button(page.start)
    wait(lambda: batch.running is not None)
    stage.plugin.window.close()
    stage.plugin.window = None
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    window = stage.window  # Of the plugin loaded anew: it reads what the old one left.
    settle(0.3)
    assert states(window.batch) == ["waiting"]
    (said,) = [text for text in stage.bar() if "queue" in text]
    assert said.startswith("1 runs"), said
    item = next(item for item in iface.messageBar().items() if item.text() == said)
    (button,) = [found for found in item.findChildren(QPushButton) if found.text() == "Continue"]
    stage.press_button(button)
    done(window.batch)


def check_a_run_that_fails_says_why_and_the_others_go_on(stage):
    stage.open(SCENE)
    points()
    page, batch = page_of(stage)
    folder = folder_of_rasters("broken", 1)
    (folder / "broken.tif").write_bytes(b"no raster")
    page.add_folder(folder)
    check(page.points, "clicks")
    stage.press_button(page.start)
    wait(lambda: not batch.unfinished, 120)
    assert states(batch) == ["failed", "done"]
    assert "broken.tif" in batch.entries[0].problem
    assert "\n" not in batch.entries[0].problem.strip()
    shutil.copy(SCENE, folder / "broken.tif")
    stage.press_button(page.again)
    done(batch)
    stage.press_button(page.removing)
    assert batch.entries == []
    kept = list((Path(os.environ["RESAM_HOME"]) / "batch").glob("*.json"))
    assert [json.loads(path.read_text())["entries"] for path in kept] == [[]]


def part_of_set(name, number):
    """What a run of a set has made: one polygon."""
    from resam_qgis import output_layers

    path = WORK / f"{name}.gpkg"
    path.unlink(missing_ok=True)
    made = output_layers.new_geopackage(path, QgsCoordinateReferenceSystem("EPSG:32632"))
    feature = QgsFeature(made.fields())
    feature.setGeometry(QgsGeometry.fromWkt(OBJECTS[number]["wkt"]))
    feature["status"] = "accepted"
    made.dataProvider().addFeatures([feature])
    QgsProject.instance().removeMapLayer(made.id())
    return str(path)


def check_two_sets_whose_last_runs_are_removed_together_become_a_layer_each(stage):
    from resam_qgis.batch import DONE, FAILED, Entry

    stage.open(SCENE)
    page, batch = page_of(stage)
    heard, sets = [], ("east", "west")
    batch.merged.connect(lambda path, problem: heard.append((path, problem)))
    for number, name in enumerate(sets):
        merged = WORK / f"all of {name}.gpkg"
        merged.unlink(missing_ok=True)
        good = Entry(name, ["engine.segment"], part_of_set(name, number), str(merged), DONE)
        batch.entries += [good, Entry(name, ["engine.segment"], "nowhere.gpkg", str(merged), FAILED, "no")]
    batch._keep()
    for row in (1, 3):
        page.queue.item(row).setSelected(True)
    page.remove_selected()
    batch.remove(batch.entries)
    assert batch.free_file(WORK, "all of east").name == "all of east_2.gpkg"
    wait(lambda: len(heard) == 2, 60)
    assert sorted(heard) == [(str(WORK / f"all of {name}.gpkg"), "") for name in sets]
    for number, name in enumerate(sets):
        (layer,) = QgsProject.instance().mapLayersByName(f"all of {name}")
        (only,) = layer.getFeatures()
        assert only.geometry().equals(QgsGeometry.fromWkt(OBJECTS[number]["wkt"]))


def check_points_that_are_not_saved_are_one_clear_line(stage):
    stage.open(SCENE, name="town")
    page, batch = page_of(stage)
    memory = QgsVectorLayer("Point?crs=EPSG:32632", "in memory", "memory")
    QgsProject.instance().addMapLayer(memory)
    stage.press_button(page.start)
    assert "Check at least one raster" in stage.said()
    check(page.rasters, "town")
    check(page.points, "in memory")
    stage.press_button(page.start)
    assert "“in memory”" in stage.said()
    assert batch.entries == []


def check_points_that_were_given_another_crs_are_one_clear_line(stage):
    stage.open(SCENE, name="town")
    page, batch = page_of(stage)
    points("moved").setCrs(QgsCoordinateReferenceSystem("EPSG:32633"))
    check(page.rasters, "town")
    check(page.points, "moved")
    stage.press_button(page.start)
    assert "“moved” has another CRS than its file" in stage.said(), stage.said()
    assert batch.entries == []
