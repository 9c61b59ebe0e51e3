"""The QGIS style of a segments layer: outlines from red to green by score, over a light fill."""

from __future__ import annotations

import xml.etree.ElementTree as ET

CLASSES: tuple[tuple[float, float, str, str], ...] = (
    # lower, upper, label, colour; the outer limits are wide because predicted IoU may leave [0, 1] a little.
    (-10.0, 0.5, "below 0.5 (review)", "215,25,28"),
    (0.5, 0.65, "0.5 – 0.65", "253,141,60"),
    (0.65, 0.8, "0.65 – 0.8", "254,217,60"),
    (0.8, 0.9, "0.8 – 0.9", "145,207,96"),
    (0.9, 10.0, "0.9 and above", "26,150,65"),
)
"""RdYlGn of ColorBrewer, its yellow darkened so that it shows on bright ground."""

_DOCTYPE = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
_FILL_ALPHA = 50


def score_style(field: str = "score") -> str:
    """A QML document for QGIS 3.22 and later: a graduated renderer over a numeric field, no labels."""
    root = ET.Element(
        "qgis", version="3.22.0", styleCategories="Symbology|Labeling", labelsEnabled="0", readOnly="0"
    )
    renderer = ET.SubElement(
        root,
        "renderer-v2",
        type="graduatedSymbol",
        attr=field,
        graduatedMethod="GraduatedColor",
        symbollevels="0",
        enableorderby="0",
        forceraster="0",
    )
    ranges, symbols = ET.SubElement(renderer, "ranges"), ET.SubElement(renderer, "symbols")
    for number, (lower, upper, label, colour) in enumerate(CLASSES):
        limits = {"lower": f"{lower:.6f}", "upper": f"{upper:.6f}", "label": label}
        ET.SubElement(ranges, "range", {**limits, "symbol": str(number), "render": "true"})
        _add_symbol(symbols, number, colour)
    ET.SubElement(renderer, "classificationMethod", id="Custom")
    ET.SubElement(root, "layerGeometryType").text = "2"
    ET.indent(root, " ")
    return _DOCTYPE + ET.tostring(root, encoding="unicode") + "\n"


def _add_symbol(symbols: ET.Element, number: int, colour: str) -> None:
    symbol = ET.SubElement(
        symbols, "symbol", type="fill", name=str(number), alpha="1", clip_to_extent="1", force_rhr="0"
    )
    layer = ET.SubElement(
        symbol, "layer", {"class": "SimpleFill", "enabled": "1", "locked": "0", "pass": "0"}
    )
    properties = {
        "color": f"{colour},{_FILL_ALPHA}",
        "style": "solid",
        "outline_color": f"{colour},255",
        "outline_style": "solid",
        "outline_width": "0.5",
        "outline_width_unit": "MM",
        "joinstyle": "miter",
    }
    options = ET.SubElement(layer, "Option", type="Map")
    for name, value in properties.items():
        ET.SubElement(options, "Option", type="QString", name=name, value=value)
    for name, value in properties.items():
        ET.SubElement(layer, "prop", k=name, v=value)  # what versions before 3.26 fall back to
