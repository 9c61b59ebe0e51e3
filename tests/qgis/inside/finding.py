"""Finding by examples and without, through ``processing.run``, in QGIS without a window."""

import os
import sys

sys.path.append("/usr/share/qgis/python/plugins")
sys.path.append(os.environ["RESAM_TEST_PLUGINS"])

from inside.algorithms import FIXTURES, SCENE, Ear, Stage, points, refused, run
from qgis.core import QgsVectorLayer

__all__ = ["Stage"]


def check_find_gives_the_examples_and_what_is_like_them(stage):
    ear = Ear()
    done = run("findsimilar", ear, INPUT=SCENE, POINTS=points(5), MIN_SCORE=0.05, OUTPUT="memory:")
    features = list(done["OUTPUT"].getFeatures())
    assert [feature["n_pos"] for feature in features][:5] == [1] * 5
    assert {feature["name"] for feature in features[:5]} == {f"object {n}" for n in range(5)}
    assert done["ACCEPTED"] + done["REVIEW"] == len([f for f in features if f["status"] != "rejected"])
    assert " -m engine.find --raster " in ear.commands[0]


def check_find_looks_in_the_area_alone_and_keeps_polygons_as_they_were(stage):
    import processing

    truth = QgsVectorLayer(f"{FIXTURES / 'objects.gpkg'}|layername=objects", "truth", "ogr")
    zone = processing.run("native:boundingboxes", {"INPUT": truth, "OUTPUT": "memory:"})["OUTPUT"]
    zone.dataProvider().deleteFeatures([feature.id() for feature in zone.getFeatures()][1:])
    done = run("findsimilar", INPUT=SCENE, POLYGONS=truth, AREA=zone, OUTPUT="memory:")
    shapes = [feature.geometry() for feature in done["OUTPUT"].getFeatures()]
    for feature in truth.getFeatures():
        assert any(shape.equals(feature.geometry()) for shape in shapes)


def check_find_without_examples_is_refused(stage):
    assert "points, or polygons" in refused("findsimilar", INPUT=SCENE, OUTPUT="memory:")


def check_everything_outlines_objects_of_the_area(stage):
    import processing

    truth = QgsVectorLayer(f"{FIXTURES / 'objects.gpkg'}|layername=objects", "truth", "ogr")
    zone = processing.run("native:boundingboxes", {"INPUT": truth, "OUTPUT": "memory:"})["OUTPUT"]
    zone.dataProvider().deleteFeatures([feature.id() for feature in zone.getFeatures()][3:])
    done = run("segmenteverything", INPUT=SCENE, AREA=zone, MIN_SCORE=0.2, MAX=5, OUTPUT="memory:")
    assert 0 < done["OBJECTS"] <= 5
    assert done["OUTPUT"].featureCount() == done["OBJECTS"]


def check_every_algorithm_that_makes_polygons_makes_rotated_boxes(stage):
    import processing

    truth = QgsVectorLayer(f"{FIXTURES / 'objects.gpkg'}|layername=objects", "truth", "ogr")
    zone = processing.run("native:boundingboxes", {"INPUT": truth, "OUTPUT": "memory:"})["OUTPUT"]
    zone.dataProvider().deleteFeatures([feature.id() for feature in zone.getFeatures()][3:])
    wanted = {"INPUT": SCENE, "SHAPE": "rotated-box", "OUTPUT": "memory:"}
    made = [
        run("segmentpoints", **wanted, POINTS=points(3)),
        run("findsimilar", **wanted, POINTS=points(3), AREA=zone),
        run("segmenteverything", **wanted, AREA=zone, MIN_SCORE=0.2),
    ]
    for done in made:
        shapes = [feature.geometry() for feature in done["OUTPUT"].getFeatures() if feature.hasGeometry()]
        assert shapes
        assert {sum(1 for _ in shape.vertices()) for shape in shapes} == {5}
    measured = [
        run("evaluate", INPUT=SCENE, POINTS=points(), REFERENCE=truth, SHAPE=shape)["MEAN_IOU"]
        for shape in ("polygon", "rotated-box")
    ]
    assert measured[0] != measured[1]
