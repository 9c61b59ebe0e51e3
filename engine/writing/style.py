"""The QGIS style of a segments layer: outlines from red to green by score, over a light fill."""

from __future__ import annotations

from html import escape

CLASSES: tuple[tuple[float, float, str, str], ...] = (
    # lower, upper, label, colour; the outer limits are wide because predicted IoU may leave [0, 1] a little.
    # The first limit is schema.ACCEPTED_FROM, which a test holds: the plugin loads this file alone.
    (-10.0, 0.5, "below 0.5 (review)", "215,25,28"),
    (0.5, 0.65, "0.5 – 0.65", "253,141,60"),
    (0.65, 0.8, "0.65 – 0.8", "254,217,60"),
    (0.8, 0.9, "0.8 – 0.9", "145,207,96"),
    (0.9, 10.0, "0.9 and above", "26,150,65"),
)
"""RdYlGn of ColorBrewer, its yellow darkened so that it shows on bright ground."""

_DOCTYPE = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
_FILL_ALPHA = 50
_DOCUMENT = """\
<qgis version="3.22.0" styleCategories="Symbology|Labeling" labelsEnabled="0" readOnly="0">
 <renderer-v2 type="graduatedSymbol" attr="{field}" graduatedMethod="GraduatedColor" symbollevels="0" \
enableorderby="0" forceraster="0">
  <ranges>
{ranges}
  </ranges>
  <symbols>
{symbols}
  </symbols>
  <classificationMethod id="Custom" />
 </renderer-v2>
 <layerGeometryType>2</layerGeometryType>
</qgis>
"""
_SYMBOL = """\
   <symbol type="fill" name="{number}" alpha="1" clip_to_extent="1" force_rhr="0">
    <layer class="SimpleFill" enabled="1" locked="0" pass="0">
     <Option type="Map">
{options}
     </Option>
{properties}
    </layer>
   </symbol>"""


def score_style(field: str = "score") -> str:
    """A QML document for QGIS 3.22 and later: a graduated renderer over a numeric field, no labels."""
    ranges = [
        f'   <range lower="{lower:.6f}" upper="{upper:.6f}" label="{escape(label)}" symbol="{number}" '
        'render="true" />'
        for number, (lower, upper, label, _) in enumerate(CLASSES)
    ]
    symbols = [_symbol(number, colour) for number, (_, _, _, colour) in enumerate(CLASSES)]
    content = {"ranges": "\n".join(ranges), "symbols": "\n".join(symbols)}
    return _DOCTYPE + _DOCUMENT.format(field=escape(field), **content)


def _symbol(number: int, colour: str) -> str:
    properties = {
        "color": f"{colour},{_FILL_ALPHA}",
        "style": "solid",
        "outline_color": f"{colour},255",
        "outline_style": "solid",
        "outline_width": "0.5",
        "outline_width_unit": "MM",
        "joinstyle": "miter",
    }
    options = [f'      <Option type="QString" name="{name}" value="{v}" />' for name, v in properties.items()]
    # What versions before 3.26 fall back to.
    older = [f'     <prop k="{name}" v="{v}" />' for name, v in properties.items()]
    return _SYMBOL.format(number=number, options="\n".join(options), properties="\n".join(older))
