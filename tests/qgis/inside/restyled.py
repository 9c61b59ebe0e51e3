"""A layer of finds to which the user gave a style of their own: the score hides and shows in it too."""

from contextlib import suppress

from inside.arriving import streaming
from inside.find_page import found_before, shown
from inside.stage import OBJECTS, Stage, settle, wait
from qgis.core import (
    Qgs25DRenderer,
    QgsCategorizedSymbolRenderer,
    QgsFillSymbol,
    QgsGeometry,
    QgsGraduatedSymbolRenderer,
    QgsNullSymbolRenderer,
    QgsRenderContext,
    QgsRendererCategory,
    QgsRendererRange,
    QgsRuleBasedRenderer,
    QgsSingleSymbolRenderer,
)

__all__ = ["Stage"]


def restyled(layer, kind):
    """A style as a user would give it."""
    fill = QgsFillSymbol.createSimple({"color": "1,2,3,255"})
    if kind == "one symbol":
        renderer = QgsSingleSymbolRenderer(fill)
    elif kind == "categories":
        named = [QgsRendererCategory("nano", fill, "nano"), QgsRendererCategory(None, fill.clone(), "other")]
        renderer = QgsCategorizedSymbolRenderer("model", named)
    elif kind == "sizes":
        ranges = [QgsRendererRange(0, 1e9, fill, "any size")]
        renderer = QgsGraduatedSymbolRenderer("$area", ranges)
    elif kind == "rules":
        top = QgsRuleBasedRenderer.Rule(None)
        top.appendChild(QgsRuleBasedRenderer.Rule(fill, 0, 0, '"score" < 0.85'))
        renderer = QgsRuleBasedRenderer(top)
    else:
        renderer = Qgs25DRenderer()
    layer.setRenderer(renderer)


def check_the_slider_hides_in_every_style_and_keeps_it(stage):
    _, finding, found = found_before(stage, "restyled.gpkg")
    rejected = next(one for one in found.getFeatures() if one["score"] == 0.8)
    column = found.fields().indexFromName("status")
    found.dataProvider().changeAttributeValues({rejected.id(): {column: "rejected"}})
    finding.refresh()
    for kind, drawn in (("one symbol", 2), ("categories", 2), ("sizes", 2), ("rules", 1), ("heights", 2)):
        finding.found.slider.setValue(50)
        restyled(found, kind)
        settle(0.1)
        assert len(shown(found)) == drawn, f"{kind}: at once"
        finding.found.slider.setValue(30)
        settle(0.05)
        assert len(shown(found)) == drawn + 1, kind
        assert finding.found.count.text().startswith("3 shown"), kind
        colours = {one.color().name() for one in found.renderer().symbols(QgsRenderContext())}
        assert colours == {"#010203"} or kind == "heights", "the symbols are the user's"
        if kind == "one symbol":
            stage.shot("restyled finds")
    assert found.renderer().type() == "graduatedSymbol", "what cannot be filtered becomes what it was"
    found.setRenderer(QgsNullSymbolRenderer())
    finding.found.slider.setValue(20)
    settle(0.1)
    assert found.renderer().type() == "nullSymbol", "nor does the slider draw what the user hides"


def check_finds_come_into_a_layer_that_the_user_restyled(stage):
    def prepare(found):
        restyled(found, "one symbol")

    finding, found = streaming(stage, "restyled before.gpkg", (0.95, 0.7, 0.3), (5, 11, 12), prepare)
    assert sorted(one["score"] for one in shown(found)) == [0.7, 0.95]
    stage.press_button(finding.cancel)
    wait(lambda: not finding.running, 30)
    assert {one["status"] for one in found.getFeatures()} == {"review"}, "none stays hidden"


def check_finds_stay_as_they_were_where_those_that_come_cannot_be_shown(stage):
    from resam_qgis import finds
    from resam_qgis.arriving import Arriving
    from resam_qgis.find_task import Find

    _, _, found = found_before(stage, "stuck.gpkg")
    coming, show = Arriving(stage.window.dock.layers.currentLayer(), lambda raster: []), finds.show_from
    before = [one["status"] for one in found.getFeatures()]
    shape = QgsGeometry.fromWkt(OBJECTS[11]["wkt"])
    coming.take([Find(shape, {"score": 0.9, "model": "nano", "n_pos": 0}, True)])

    def broken(layer, score):
        raise RuntimeError("no such style")

    finds.show_from = broken
    try:
        with suppress(RuntimeError):
            coming._show()
    finally:
        finds.show_from = show
    assert [one["status"] for one in found.getFeatures()] == before
    assert coming.keep() == 1, "the next attempt begins anew"
    assert found.featureCount() == len(before) + 1
