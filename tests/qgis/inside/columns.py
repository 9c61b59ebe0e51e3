"""The columns of a layer on their way to the engine and back, in QGIS without a window."""

import os
import sys

sys.path.append("/usr/share/qgis/python/plugins")
sys.path.append(os.environ["RESAM_TEST_PLUGINS"])

from inside.algorithms import OBJECTS, SCENE, WORK, Stage, run, saved_points
from qgis.core import (
    QgsFeature,
    QgsField,
    QgsGeometry,
    QgsPointXY,
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


def check_columns_that_a_geopackage_cannot_hold_beside_its_own_are_renamed(stage):
    words = ("geom", "Class", "class", "CLASS", "Class_2", "geometry", "Score")
    uri = "Point?crs=EPSG:32632&" + "&".join(f"field={word}:string" for word in words)
    layer = QgsVectorLayer(uri, "odd", "memory")
    for item in OBJECTS[:2]:
        feature = QgsFeature(layer.fields())
        feature.setGeometry(QgsGeometry.fromPointXY(QgsPointXY(item["x"], item["y"])))
        feature.setAttributes(["a", "b", "roof", "c", "d", "e", "f"])
        assert layer.dataProvider().addFeatures([feature])[0]
    done = run("segmentpoints", INPUT=SCENE, POINTS=layer, OUTPUT="memory:")
    names = done["OUTPUT"].fields().names()
    for feature in done["OUTPUT"].getFeatures():
        row = dict(zip(names, feature.attributes()))
        assert row["class"] == "roof", row
        assert {"a", "b", "c", "d", "e", "f"} <= {v for v in row.values() if isinstance(v, str)}, row
    assert len({name.lower() for name in names}) == len(names), names
    out = WORK / "odd out.gpkg"
    run("segmentpoints", INPUT=SCENE, POINTS=layer, OUTPUT=str(out))
    assert QgsVectorLayer(str(out), "out", "ogr").featureCount() == 2
