"""How polygons look: outlines coloured by score, as a style of the layer's own beside the user's."""

from __future__ import annotations

from typing import cast

from qgis.core import QgsGraduatedSymbolRenderer, QgsSimpleFillSymbolLayer, QgsVectorLayer
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtXml import QDomDocument

from . import places
from .i18n import tr
from .presence import present


def outlines_by_score(layer: QgsVectorLayer) -> None:
    """Colour the outlines by score and fill nothing; layers without that column stay as they are."""
    if layer.fields().indexFromName("score") < 0:
        return
    document = QDomDocument()
    document.setContent(places.style().score_style())
    layer.importNamedStyle(document)
    renderer = cast(QgsGraduatedSymbolRenderer, layer.renderer())
    for number, part in enumerate(renderer.ranges()):
        symbol = present(present(part.symbol()).clone())
        cast(QgsSimpleFillSymbolLayer, symbol.symbolLayer(0)).setBrushStyle(Qt.BrushStyle.NoBrush)
        renderer.updateRangeSymbol(number, symbol)
    layer.triggerRepaint()


def show_for_review(layer: QgsVectorLayer) -> None:
    """Outlines by score as a style beside the user's, which stays as it is."""
    styles, name = present(layer.styleManager()), tr("ReSAM review")
    if name in styles.styles():
        styles.setCurrentStyle(name)
    elif layer.fields().indexFromName("score") >= 0:
        styles.addStyleFromLayer(name)
        styles.setCurrentStyle(name)
        outlines_by_score(layer)


def show_as_before(layer: QgsVectorLayer) -> None:
    """The user's own style again."""
    styles, name = present(layer.styleManager()), tr("ReSAM review")
    if name in styles.styles():
        others = [other for other in styles.styles() if other != name]
        if styles.currentStyle() == name and others:
            styles.setCurrentStyle(others[0])
        styles.removeStyle(name)
