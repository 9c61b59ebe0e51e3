"""A part of a layer's points alone, through ``processing.run``, in QGIS without a window."""

import os
import sys
import threading
import time

sys.path.append("/usr/share/qgis/python/plugins")
sys.path.append(os.environ["RESAM_TEST_PLUGINS"])

from inside.algorithms import OBJECTS, SCENE, Stage, points, refused, run
from qgis.core import (
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsFeature,
    QgsGeometry,
    QgsMapThemeCollection,
    QgsPointXY,
    QgsProcessingAlgRunnerTask,
    QgsProcessingContext,
    QgsProcessingFeatureSourceDefinition,
    QgsProcessingFeedback,
    QgsProcessingModelAlgorithm,
    QgsProcessingModelChildAlgorithm,
    QgsProcessingModelChildParameterSource,
    QgsProject,
    QgsVectorLayer,
)

__all__ = ["Stage"]


def check_selected_features_alone(stage):
    layer = points()
    QgsProject.instance().addMapLayer(layer)
    layer.selectByIds([feature.id() for feature in layer.getFeatures()][:2])
    chosen = QgsProcessingFeatureSourceDefinition(layer.id(), selectedFeaturesOnly=True)
    done = run("segmentpoints", INPUT=SCENE, POINTS=chosen, OUTPUT="memory:")
    assert done["OUTPUT"].featureCount() == 2
    QgsProject.instance().clear()


def check_points_in_an_extent_alone(stage):
    x, y = OBJECTS[0]["x"], OBJECTS[0]["y"]
    extent = f"{x - 1},{x + 1},{y - 1},{y + 1} [EPSG:32632]"
    done = run("segmentpoints", INPUT=SCENE, POINTS=points(2), EXTENT=extent, OUTPUT="memory:")
    (found,) = done["OUTPUT"].getFeatures()
    assert found["name"] == "object 0"


def themed(name, *layers):
    """A map theme of the project that shows some layers."""
    record = QgsMapThemeCollection.MapThemeRecord()
    for layer in layers:
        QgsProject.instance().addMapLayer(layer)
        record.addLayerRecord(QgsMapThemeCollection.MapThemeLayerRecord(layer))
    QgsProject.instance().mapThemeCollection().insert(name, record)


def zone(number, crs="EPSG:4326"):
    """A layer around an object, in another CRS than the points."""
    box = QgsGeometry.fromPointXY(QgsPointXY(OBJECTS[number]["x"], OBJECTS[number]["y"])).buffer(1, 8)
    ways = QgsCoordinateReferenceSystem("EPSG:32632"), QgsCoordinateReferenceSystem(crs)
    box.transform(QgsCoordinateTransform(*ways, QgsProject.instance()))
    layer = QgsVectorLayer(f"Polygon?crs={crs}", f"around {number}", "memory")
    feature = QgsFeature()
    feature.setGeometry(box)
    layer.dataProvider().addFeatures([feature])
    layer.updateExtents()
    return layer


def check_points_in_the_extent_of_a_map_theme_alone(stage):
    themed("here", zone(0))
    done = run("segmentpoints", INPUT=SCENE, POINTS=points(2), THEME="here", OUTPUT="memory:")
    assert [one["name"] for one in done["OUTPUT"].getFeatures()] == ["object 0"]
    themed("both", zone(0), zone(1, "EPSG:32632"))
    done = run("segmentpoints", INPUT=SCENE, POINTS=points(2), THEME="both", OUTPUT="memory:")
    assert done["OUTPUT"].featureCount() == 2
    QgsProject.instance().clear()


def check_a_map_theme_that_says_nothing_is_one_line(stage):
    given = {"INPUT": SCENE, "POINTS": points(2), "OUTPUT": "memory:"}
    assert "no map theme “nowhere” with layers" in refused("segmentpoints", THEME="nowhere", **given)
    themed("empty")
    assert "no map theme “empty” with layers" in refused("segmentpoints", THEME="empty", **given)
    themed("here", zone(0))
    both = refused("segmentpoints", THEME="here", EXTENT="0,1,0,1 [EPSG:32632]", **given)
    assert "not both" in both
    QgsProject.instance().clear()


def model_of(**values):
    """A model with one step, whose parameters are given."""
    child = QgsProcessingModelChildAlgorithm("resam:segmentpoints")
    child.setChildId("segment")
    for name, value in values.items():
        source = QgsProcessingModelChildParameterSource.fromStaticValue(value)
        child.addParameterSources(name, [source])
    model = QgsProcessingModelAlgorithm("one step", "tests")
    model.addChildAlgorithm(child)
    return model


def check_a_model_in_a_thread_of_its_own_asks_the_windows_thread(stage):
    from resam_qgis.algorithms import segment_points

    layer = points(2)
    QgsProject.instance().addMapLayer(layer)
    themed("here", zone(0))
    seen_in, extent_of = [], segment_points._extent_of

    def watched(*given):
        seen_in.append(threading.current_thread())
        return extent_of(*given)

    segment_points._extent_of = watched
    context, feedback, ended = QgsProcessingContext(), QgsProcessingFeedback(), []
    context.setProject(QgsProject.instance())
    model = model_of(INPUT=SCENE, POINTS=layer.id(), THEME="here")
    task = QgsProcessingAlgRunnerTask(model, {}, context, feedback)
    task.executed.connect(lambda good, _: ended.append(good))
    QgsApplication.taskManager().addTask(task)
    end = time.monotonic() + 400
    while not ended and time.monotonic() < end:
        QgsApplication.processEvents()  # launch.py watches who asks for the variables.
        time.sleep(0.01)
    segment_points._extent_of = extent_of
    assert ended == [True], feedback.textLog()[-2000:]
    assert seen_in == [threading.main_thread()]
    QgsProject.instance().clear()
