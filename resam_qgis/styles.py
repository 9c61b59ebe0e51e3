"""How polygons look: coloured by score or by class, as a style of the layer's own beside the user's."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import cast

from qgis.core import (
    QgsCategorizedSymbolRenderer,
    QgsFillSymbol,
    QgsGraduatedSymbolRenderer,
    QgsMarkerSymbol,
    QgsPalLayerSettings,
    QgsRendererCategory,
    QgsRuleBasedRenderer,
    QgsSimpleFillSymbolLayer,
    QgsSingleSymbolRenderer,
    QgsTextBufferSettings,
    QgsTextFormat,
    QgsVectorLayer,
    QgsVectorLayerSimpleLabeling,
)
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtXml import QDomDocument

from . import places
from .classes import ObjectClass
from .i18n import tr
from .presence import present

FILL_ALPHA = 50
"""Of 255: the image stays visible under the polygons."""
NO_CLASS = "#ffc400"
RING = "0,220,255,255"
FILTER = "resam/filter"
"""Description of the rule under which a style of the user's lies while it shows some polygons alone."""
STYLE_BEFORE = "resam/style_before"
"""Property of a layer under review: the name of the style that it had."""
NOTHING = "nullSymbol"
"""Type of the style that draws nothing."""


def show_by_class(layer: QgsVectorLayer, classes: Iterable[ObjectClass]) -> None:
    """Colour a layer by class, as a style beside the user's; layers without that column stay as they are."""
    if layer.fields().indexFromName("class") < 0:
        return

    def paint(layer: QgsVectorLayer) -> None:
        parts = [QgsRendererCategory(item.name, _symbol(item.colour), item.name, True) for item in classes]
        parts.append(QgsRendererCategory(None, _symbol(NO_CLASS), tr("other"), True))
        layer.setRenderer(QgsCategorizedSymbolRenderer("class", parts))
        layer.triggerRepaint()

    _show(layer, tr("ReSAM class"), paint)


def show_by_score(layer: QgsVectorLayer) -> None:
    """Colour the outlines of a layer by score, as a style beside the user's."""
    if layer.fields().indexFromName("score") >= 0:
        _show(layer, tr("ReSAM score"), outlines_by_score)


def shows_classes(layer: QgsVectorLayer) -> bool:
    """Whether a layer is coloured by class now."""
    return present(layer.styleManager()).currentStyle() == tr("ReSAM class")


def _show(layer: QgsVectorLayer, name: str, paint: Callable[[QgsVectorLayer], None]) -> None:
    """Make a style of a name the layer's current one, and paint it."""
    styles = present(layer.styleManager())
    if name not in styles.styles():
        styles.addStyleFromLayer(name)
    styles.setCurrentStyle(name)
    paint(layer)


def _symbol(colour: str) -> QgsFillSymbol:
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    line = {"outline_color": f"{red},{green},{blue},255", "outline_width": "0.5"}
    return present(QgsFillSymbol.createSimple({"color": f"{red},{green},{blue},{FILL_ALPHA}", **line}))


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


def show_only(layer: QgsVectorLayer, condition: str) -> bool:
    """Draw only some polygons of a layer, in whatever style it has; False if that style cannot be kept.

    The rules of the style, or its one symbol, come to lie under a rule of ours, which is found again.

    Args:
        condition: expression that holds for those that are drawn.
    """
    renderer = present(layer.renderer())
    if isinstance(renderer, QgsRuleBasedRenderer) and _is_filtered(renderer):
        _refilter(present(renderer.rootRule()), condition)
        return True
    rules = QgsRuleBasedRenderer.convertFromRenderer(renderer)
    if rules is None:
        return renderer.type() == NOTHING
    top, ours = QgsRuleBasedRenderer.Rule(None), QgsRuleBasedRenderer.Rule(None)
    ours.setLabel(tr("Likely enough"))
    ours.setDescription(FILTER)
    for rule in present(rules.rootRule()).children():
        ours.appendChild(rule.clone())
    top.appendChild(ours)
    _refilter(top, condition)
    layer.setRenderer(QgsRuleBasedRenderer(top))
    return True


def _is_filtered(renderer: QgsRuleBasedRenderer) -> bool:
    rules = present(renderer.rootRule()).children()
    return len(rules) == 1 and rules[0].description() == FILTER


def _refilter(rule: QgsRuleBasedRenderer.Rule, condition: str) -> None:
    """Change every rule of ours, also one under which the user put others."""
    if rule.description() == FILTER:
        rule.setFilterExpression(condition)
    for child in rule.children():
        _refilter(child, condition)


def places_by_rank(layer: QgsVectorLayer) -> None:
    """Rings with their rank beside them, under which nothing is hidden."""
    ring = {"name": "circle", "color": "0,0,0,0", "outline_color": RING, "outline_width": "0.7", "size": "5"}
    layer.setRenderer(QgsSingleSymbolRenderer(present(QgsMarkerSymbol.createSimple(ring))))
    words, letters, edge = QgsPalLayerSettings(), QgsTextFormat(), QgsTextBufferSettings()
    words.fieldName = "rank"
    edge.setEnabled(True)
    letters.setBuffer(edge)
    words.setFormat(letters)
    layer.setLabeling(QgsVectorLayerSimpleLabeling(words))
    layer.setLabelsEnabled(True)
    layer.triggerRepaint()


def show_for_review(layer: QgsVectorLayer) -> None:
    """Outlines by score as a style beside the user's, which stays as it is."""
    styles, name = present(layer.styleManager()), tr("ReSAM review")
    if (before := styles.currentStyle()) != name:
        layer.setCustomProperty(STYLE_BEFORE, before)
    if name in styles.styles():
        styles.setCurrentStyle(name)
    elif layer.fields().indexFromName("score") >= 0:
        _show(layer, name, outlines_by_score)


def show_as_before(layer: QgsVectorLayer) -> None:
    """The user's own style again."""
    styles, name = present(layer.styleManager()), tr("ReSAM review")
    if name in styles.styles():
        others = [other for other in styles.styles() if other != name]
        before = layer.customProperty(STYLE_BEFORE)
        if styles.currentStyle() == name and others:
            styles.setCurrentStyle(before if before in others else others[0])
        styles.removeStyle(name)
