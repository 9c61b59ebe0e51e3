"""Layers of every kind: far from the origin, with heights, columns that QGIS computes, broken outlines."""

from inside.desk import Stage, at, square
from qgis.core import (
    QgsFeature,
    QgsPointXY,
    QgsProject,
    QgsVectorLayer,
)

__all__ = ["Stage"]

BOW_TIE = "MultiPolygon(((8 0, 12 10, 12 0, 8 10, 8 0)))"


def own_layer(kind="MultiPolygon", fields="&field=class:string", crs="EPSG:32632"):
    """A layer of the user's, in memory."""
    layer = QgsVectorLayer(f"{kind}?crs={crs}{fields}", "own", "memory")
    QgsProject.instance().addMapLayer(layer)
    return layer


def put(layer, shape):
    """A polygon that was there before."""
    feature = QgsFeature(layer.fields())
    feature.setGeometry(shape)
    assert layer.dataProvider().addFeatures([feature])[0]


def check_a_polygon_whose_new_outline_is_not_saved_is_split_by_a_level_line(stage):
    from resam_qgis import edits

    for layer in (own_layer(), stage.geopackage("level.gpkg")):
        put(layer, square(0))
        assert layer.startEditing()
        layer.changeGeometry(at(layer, 0).id(), square(0, side=12))
        for start, end in (((-5, 5), (15, 5)), ((5, -5), (5, 15)), ((-5, 4), (15, 6))):
            assert edits.split(layer, QgsPointXY(*start), QgsPointXY(*end)) is not None, (start, end)


def check_a_polygon_whose_new_outline_is_not_saved_is_found_far_from_the_origin(stage):
    """Sydney in Web Mercator, where a nanometre is less than the last digit of a coordinate."""
    from resam_qgis import edits

    layer, sydney = own_layer(crs="EPSG:3857"), square(0)
    sydney.translate(16_830_000, -4_010_000)
    put(layer, square(0))
    assert layer.startEditing()
    layer.changeGeometry(at(layer, 0).id(), sydney)
    assert edits.at(layer, QgsPointXY(16_830_005.3, -4_009_994.3)) is not None
    assert edits.at(layer, QgsPointXY(16_830_010.3, -4_009_994.3)) is None
