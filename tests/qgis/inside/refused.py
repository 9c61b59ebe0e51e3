"""What the plugin refuses about layers in one clear line, and what is no reason to refuse them."""

import json

from inside.desk import WORK, Stage, add_raster, at, square
from qgis.core import QgsCoordinateReferenceSystem, QgsFeature, QgsPointXY, QgsProject, QgsVectorLayer
from qgis.PyQt import sip
from qgis.PyQt.QtCore import QEvent
from qgis.PyQt.QtWidgets import QApplication

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


def check_a_layer_whose_file_was_moved_is_said_to_be_broken(stage):
    from resam_qgis import output_layers
    from resam_qgis.editor import PolygonEditor
    from resam_qgis.layer_rules import NotWritten
    from resam_qgis.panels.review import unfit

    layer = QgsVectorLayer(str(WORK / "not there.gpkg"), "moved", "ogr")
    QgsProject.instance().addMapLayer(layer)
    text = "The layer “moved” is broken: repair its data source first."
    assert unfit(layer) == text
    try:
        output_layers.add_polygon(layer, square(0), {}, stage.crs)
    except NotWritten as problem:
        assert str(problem) == text
    else:
        raise AssertionError("it was written")
    editor, said = PolygonEditor(stage.canvas, stage.controller, lambda: layer), []
    editor.message.connect(lambda text, problem: said.append(text if problem else ""))
    editor.set_mode("holes")
    editor.click(QgsPointXY(5, 5))
    editor.discard()
    assert said[-1] == text


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


def check_another_name_of_the_same_crs_of_a_layer_of_points_is_no_other_crs(stage):
    from resam_qgis import layers

    layer, shape = stage.geopackage("named.gpkg"), square(680_000)
    shape.translate(0, 5_150_000)
    feature = QgsFeature(layer.fields())
    feature.setGeometry(shape)
    assert layer.dataProvider().addFeatures([feature])[0]
    for name, same in (("EPSG:25832", True), ("EPSG:23032", False), ("EPSG:32633", False), ("", False)):
        layer.setCrs(QgsCoordinateReferenceSystem(name))
        assert (layers.saved_file(layer) is not None) == same, name
        assert ("has another CRS than its file" in layers.unsaved(layer)) != same, name


def check_finds_that_were_added_come_back_when_the_layer_is_removed(stage):
    from resam_qgis import additions, finds

    found = stage.scratch("found", **{"resam/found_on": "raster", "resam/least_score": 0.3})
    feature = QgsFeature(found.fields())
    feature.setGeometry(square(0))
    feature["status"], feature["score"], feature["prompt_id"] = "review", 0.9, 1
    found.dataProvider().addFeatures([feature])
    for kept in (True, False):  # Whether Python still holds the layer: then it goes in another order.
        out = stage.scratch()
        stage.controller.layer_chosen = lambda: None
        addition = additions.Addition(found, out, finds.add_to(found, out, lambda name: {}))
        assert at(found, 0)["status"] == "added"
        number = out.id()
        if not kept:
            del out
        QgsProject.instance().removeMapLayer(number)
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        assert at(found, 0)["status"] == "review"
        assert sip.isdeleted(addition)


def check_a_part_of_a_file_that_has_no_name_is_not_taken_for_the_whole(stage):
    from resam_qgis import layers

    rows = [
        {"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": [9, 48]}},
        {
            "type": "Feature",
            "properties": {},
            "geometry": {"type": "LineString", "coordinates": [[9, 48], [9, 49]]},
        },
    ]
    mixed = WORK / "mixed.geojson"
    mixed.write_text(json.dumps({"type": "FeatureCollection", "features": rows}))
    two = WORK / "two layers.gpkg"
    two.unlink(missing_ok=True)
    out = output_layers_in(two)
    for source, name in (
        (f"{mixed}|geometrytype=Point", None),
        (f"{mixed}|layerid=0", ""),
        (f"{two}|layerid=1", None),
        (f"{two}|layername={out}", out),
    ):
        layer = QgsVectorLayer(source, "part", "ogr")
        assert layer.isValid(), source
        assert (layers.saved_file(layer) or (None, None))[1] == name, source


def output_layers_in(path):
    """Two layers in one file; the name of the second."""
    from resam_qgis import output_layers

    raster = add_raster()
    output_layers.new_geopackage(path, raster.crs())
    return output_layers.added_to_geopackage(path, raster.crs()).source().partition("|layername=")[2]
