"""What the plugin refuses about layers in one clear line, and what is no reason to refuse them."""

from inside.desk import Stage, square
from qgis.core import QgsFeature, QgsProject, QgsVectorLayer

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
