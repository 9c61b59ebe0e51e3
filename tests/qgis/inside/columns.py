"""The columns of a layer on their way to the engine and back, in QGIS without a window."""

import os
import sys

sys.path.append("/usr/share/qgis/python/plugins")
sys.path.append(os.environ["RESAM_TEST_PLUGINS"])

from inside.algorithms import SCENE, WORK, Stage, run, saved_points
from qgis.core import (
    QgsFeature,
    QgsField,
    QgsProcessingFeatureSourceDefinition,
    QgsProject,
    QgsVectorLayer,
    QgsVectorLayerJoinInfo,
)
from qgis.PyQt.QtCore import QVariant

__all__ = ["Stage"]


def table(path, name="clicks"):
    """Three saved clicks, as a layer of the project."""
    layer = QgsVectorLayer(str(path), name, "ogr")
    assert QgsProject.instance().addMapLayer(layer)
    return layer


def classes(done):
    return sorted(feature["class"] for feature in done["OUTPUT"].getFeatures())


def check_virtual_columns_reach_the_engine(stage):
    layer = table(saved_points(WORK / "virtual.gpkg"))
    layer.addExpressionField("'kind ' || ($id > 3)", QgsField("class", QVariant.String))
    layer.addExpressionField("($id - 1) % 3", QgsField("object_id", QVariant.Int))
    done = run("segmentpoints", INPUT=SCENE, POINTS=layer.id(), OUTPUT="memory:")
    assert done["OUTPUT"].featureCount() == 3, "points of one object_id are one object"
    layer.removeExpressionField(layer.fields().indexOf("object_id"))
    done = run("segmentpoints", INPUT=SCENE, POINTS=layer.id(), OUTPUT="memory:")
    assert classes(done) == ["kind 0"] * 3 + ["kind 1"] * 3
    QgsProject.instance().clear()


def check_joined_columns_reach_the_engine(stage):
    layer = table(saved_points(WORK / "joined.gpkg"))
    kinds = QgsVectorLayer("None?field=name:string&field=class:string", "kinds", "memory")
    for number in range(6):
        feature = QgsFeature(kinds.fields())
        feature.setAttributes([f"object {number}", "roof" if number else "shed"])
        kinds.dataProvider().addFeatures([feature])
    QgsProject.instance().addMapLayer(kinds)
    join = QgsVectorLayerJoinInfo()
    join.setJoinLayer(kinds)
    join.setJoinFieldName("name")
    join.setTargetFieldName("name")
    join.setPrefix("")
    join.setUsingMemoryCache(True)
    assert layer.addJoin(join)
    done = run("segmentpoints", INPUT=SCENE, POINTS=layer.id(), OUTPUT="memory:")
    assert classes(done) == ["roof"] * 5 + ["shed"]
    QgsProject.instance().clear()


def check_a_filter_or_a_limit_of_a_source_holds(stage):
    layer = table(saved_points(WORK / "filtered.gpkg"))
    chosen = QgsProcessingFeatureSourceDefinition(layer.id(), False, 2)
    if hasattr(chosen, "filterExpression"):  # From QGIS 3.32 on.
        chosen = QgsProcessingFeatureSourceDefinition(layer.id())
        chosen.filterExpression = "name in ('object 0', 'object 1')"
    done = run("segmentpoints", INPUT=SCENE, POINTS=chosen, OUTPUT="memory:")
    assert sorted(one["name"] for one in done["OUTPUT"].getFeatures()) == ["object 0", "object 1"]
    QgsProject.instance().clear()
