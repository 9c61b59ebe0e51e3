"""ReSAM for QGIS: clicks on a raster become polygons, and the clicks themselves adapt the model.

The plugin uses Qt, QGIS and the standard library alone. Everything that needs torch or rasterio runs in
processes of their own, in an environment of their own (see ``runtime`` and ``environment``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qgis.gui import QgisInterface

    from .plugin import ResamPlugin


def classFactory(iface: QgisInterface) -> ResamPlugin:  # noqa: N802 - the name that QGIS calls
    """What QGIS calls to load the plugin."""
    from .plugin import ResamPlugin

    return ResamPlugin(iface)
