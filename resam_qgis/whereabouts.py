"""Where the polygons of a layer lie now: looked up one by one, or in one reading of the layer."""

from __future__ import annotations

from dataclasses import replace

from qgis.core import QgsFeatureRequest, QgsGeometry, QgsSpatialIndex, QgsVectorLayer

from . import output_layers
from .session import FeatureReference

FEW, SHARE = 50, 20
"""The layer is read whole after so many questions, or one for so many of its polygons if that is more."""


class Whereabouts:
    """Answers for one moment: it does not notice later edits of the layer."""

    def __init__(self, layer: QgsVectorLayer) -> None:
        self._layer = layer
        self._left = max(FEW, layer.featureCount() // SHARE)
        self._outlines: dict[int, bytes] = {}
        self._numbers: dict[bytes, int] = {}
        self._read_whole = False
        self._index: QgsSpatialIndex | None = None
        """Made for the first polygon that is neither under its number nor as it was: it takes longest."""

    @property
    def layer_id(self) -> str:
        """Of the layer that is asked about."""
        return self._layer.id()

    def find(self, home: FeatureReference) -> FeatureReference | None:
        """Where a polygon lies now; None if it is gone."""
        self._left -= 1
        if self._left == 0:
            self._read()
        if self._outlines.get(home.feature_id) == home.wkb:
            return home
        if home.wkb in self._numbers:
            return replace(home, feature_id=self._numbers[home.wkb])
        return output_layers.located(self._layer, home) if self._may_be_there(home) else None

    def _may_be_there(self, home: FeatureReference) -> bool:
        """Whether anything has the polygon's number, or lies where it did: it may have changed a little."""
        if not self._read_whole or home.feature_id in self._outlines:
            return True
        if self._index is None:
            self._index = QgsSpatialIndex(self._layer.getFeatures(QgsFeatureRequest().setNoAttributes()))
        outline = QgsGeometry()
        outline.fromWkb(home.wkb)
        return bool(self._index.intersects(outline.boundingBox()))

    def _read(self) -> None:
        """Looking every polygon up by itself takes longer by now than reading all of them."""
        self._read_whole = True
        for feature in self._layer.getFeatures(QgsFeatureRequest().setNoAttributes()):
            outline = bytes(feature.geometry().asWkb())
            self._outlines[feature.id()] = outline
            self._numbers.setdefault(outline, feature.id())
