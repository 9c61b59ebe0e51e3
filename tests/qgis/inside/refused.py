"""What the plugin refuses about layers in one clear line, and what is no reason to refuse them."""

from inside.desk import Stage, add_raster, square
from qgis.core import QgsCoordinateReferenceSystem, QgsFeature, QgsProject, QgsVectorLayer

__all__ = ["Stage"]


def parcels(kind):
    """A layer of somebody else's, whose column ``status`` is of another kind."""
    layer = QgsVectorLayer(f"MultiPolygon?crs=EPSG:32632&field=status:{kind}", "parcels", "memory")
    feature = QgsFeature(layer.fields())
    feature.setGeometry(square(0))
    layer.dataProvider().addFeatures([feature])
    QgsProject.instance().addMapLayer(layer)
    return layer


def check_a_layer_whose_status_takes_no_words_is_not_reviewed(stage):
    from resam_qgis.panels.review import ReviewPanel

    panel, said = ReviewPanel(stage.controller, stage.canvas), []
    panel.message.connect(lambda text, problem: said.append(text if problem else ""))
    for kind in ("integer", "double", "date", "string(6)"):
        panel.open(parcels(kind))
        assert "“status”" in said[-1], kind
        assert "“parcels”" in said[-1], kind
        assert "accepted" in said[-1], kind
        assert not panel._in_queue, kind
    panel.open(parcels("string(8)"))
    assert said[-1] == ""
    assert panel._in_queue


def check_another_name_of_the_same_crs_is_no_other_crs(stage):
    from resam_qgis import layers

    raster = add_raster()
    stated = raster.dataProvider().crs().authid()
    assert stated == "EPSG:32632"
    for name, refused in (("EPSG:25832", False), ("EPSG:23032", True), ("EPSG:32633", True)):
        raster.setCrs(QgsCoordinateReferenceSystem(name))
        try:
            source = layers.file_source(raster)
        except layers.Unusable as problem:
            assert refused, name
            assert name in str(problem)
            assert stated in str(problem)
        else:
            assert not refused, name
            assert source.crs.authid() == name
