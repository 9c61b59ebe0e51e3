"""A CRS that the user gave a layer in QGIS, where its file states another one or none."""

import os
import sys

sys.path.append("/usr/share/qgis/python/plugins")
sys.path.append(os.environ["RESAM_TEST_PLUGINS"])

from inside.algorithms import OBJECTS, SCENE, WORK, Ear, Stage, points, refused, run, saved_points
from qgis.core import QgsCoordinateReferenceSystem, QgsGeometry, QgsRasterLayer, QgsVectorLayer

__all__ = ["Stage"]

UTM, OTHER = QgsCoordinateReferenceSystem("EPSG:32632"), QgsCoordinateReferenceSystem("EPSG:32633")


def without_crs(name):
    """The scene as a layer whose file states no CRS."""
    from osgeo import gdal

    path = str(WORK / f"{name}.tif")
    made = gdal.Translate(path, SCENE)
    made.SetProjection("")
    del made  # Closes the file.
    layer = QgsRasterLayer(path, name)
    assert not layer.dataProvider().crs().isValid()
    return layer


def check_points_lie_where_the_crs_of_their_layer_puts_them(stage):
    path = WORK / "wrongly stated.gpkg"
    clicks = QgsVectorLayer(str(saved_points(path, "EPSG:32633")), "clicks", "ogr")
    assert clicks.crs() == OTHER
    clicks.setCrs(UTM)
    ear = Ear()
    done = run("segmentpoints", ear, INPUT=SCENE, POINTS=clicks, OUTPUT="memory:")
    assert str(path) not in ear.commands[0], "its file says something else"
    shapes = [one.geometry() for one in done["OUTPUT"].getFeatures()]
    assert len(shapes) == clicks.featureCount()
    for shape, item in zip(shapes, OBJECTS):
        assert shape.intersects(QgsGeometry.fromWkt(item["wkt"]))


def check_a_raster_whose_file_states_another_crs_is_one_clear_line(stage):
    layer = QgsRasterLayer(SCENE, "town")
    layer.setCrs(OTHER)
    for name, more in (("segmentpoints", {"POINTS": points()}), ("encoderaster", {})):
        line = refused(name, INPUT=layer, OUTPUT=str(WORK / "displaced.gpkg"), **more)
        assert "“town” was set to the CRS EPSG:32633, but its file states EPSG:32632" in line, line
    assert "“town”" in refused("adapttopoints", INPUT=[layer], POINTS=points(), OUTPUT=str(WORK / "none"))
    layer.setCrs(UTM)
    assert run("segmentpoints", INPUT=layer, POINTS=points(1), OUTPUT="memory:")["OUTPUT"].featureCount() == 1


def check_a_raster_whose_file_states_none_lies_where_the_user_put_it(stage):
    layer = without_crs("nowhere")
    layer.setCrs(UTM)
    assert run("segmentpoints", INPUT=layer, POINTS=points(1), OUTPUT="memory:")["OUTPUT"].featureCount() == 1


def check_rasters_that_were_put_into_several_crs_are_not_adapted_to_at_once(stage):
    rasters = [without_crs("west"), without_crs("east")]
    for layer, crs in zip(rasters, (UTM, OTHER)):
        layer.setCrs(crs)
    line = refused("adapttopoints", INPUT=rasters, POINTS=points(), OUTPUT=str(WORK / "none"))
    assert "several (EPSG:32632, EPSG:32633)" in line, line
