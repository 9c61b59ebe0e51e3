"""How many polygons of each class a layer holds, and their area: counted in slices, so the window goes on."""

from __future__ import annotations

import time
from collections.abc import Iterator

from qgis.core import QgsDistanceArea, QgsFeature, QgsFeatureRequest, QgsVectorLayer
from qgis.PyQt.QtCore import QObject, QTimer, pyqtSignal

from . import output_layers
from .presence import alive, project

SLICE_SECONDS = 0.015
REST_MS = 250
"""After a change, and between two slices of a layer that is being counted again at every change."""


class Tally(QObject):
    """Counts the polygons of one layer, again after every change.

    Signals:
        changed: another count is there.
    """

    changed = pyqtSignal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.found: dict[str, tuple[int, float]] = {}
        """Polygons and area in m² by class; the empty name stands for none."""
        self._layer: QgsVectorLayer | None = None
        self._features: Iterator[QgsFeature] | None = None
        self._sums: dict[str, tuple[int, float]] = {}
        self._measure = QgsDistanceArea()
        self._later, self._slice = QTimer(self), QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(self._begin)
        self._slice.timeout.connect(self._go_on)

    def watch(self, layer: QgsVectorLayer | None) -> None:
        """Count the polygons of this layer from now on."""
        if layer is self._layer:
            return
        before = alive(self._layer)
        if before is not None:
            for signal in self._signals(before):
                signal.disconnect(self._soon)
            before.beforeCommitChanges.disconnect(self._stop)
        self.forget()
        self._layer = layer
        if layer is not None:
            for signal in self._signals(layer):
                signal.connect(self._soon)
            layer.beforeCommitChanges.connect(self._stop)
            self._soon()

    def forget(self, layer_ids: list[str] | None = None) -> None:
        """The layer goes, if it is among these: nothing is counted any more."""
        layer = alive(self._layer)
        gone = self._layer is not None and (layer is None or layer.id() in (layer_ids or ()))
        if layer_ids is None or gone:
            self._stop()
            self._layer = None
            self.found = {}
            self.changed.emit()

    @staticmethod
    def _signals(layer: QgsVectorLayer) -> tuple:  # type: ignore[type-arg]  # bound signals have no type
        return layer.layerModified, layer.afterCommitChanges, layer.afterRollBack, layer.subsetStringChanged

    def _soon(self, *_: object) -> None:
        self._stop()
        self._later.start(REST_MS)

    def _stop(self, *_: object) -> None:
        """Leave the layer alone: an open iterator would be in the way of a commit."""
        self._later.stop()
        self._slice.stop()
        self._features = None

    def _begin(self) -> None:
        layer = alive(self._layer)
        if layer is None or not layer.isValid():
            return
        request = QgsFeatureRequest()
        index = layer.fields().indexFromName("class")
        request.setSubsetOfAttributes([index] if index >= 0 else [])
        self._index = index
        self._measure.setSourceCrs(layer.crs(), project().transformContext())
        self._measure.setEllipsoid(project().ellipsoid() if project().ellipsoid() != "NONE" else "EPSG:7030")
        self._sums, self._features = {}, iter(layer.getFeatures(request))
        self._slice.start(0)

    def _go_on(self) -> None:
        """Count for a moment."""
        end = time.monotonic() + SLICE_SECONDS
        while self._features is not None and time.monotonic() < end:
            feature = next(self._features, None)
            if feature is None:
                self._stop()
                self.found = self._sums
                self.changed.emit()
                return
            if feature.hasGeometry():
                name = output_layers.class_in(feature[self._index]) if self._index >= 0 else ""
                count, area = self._sums.get(name, (0, 0.0))
                self._sums[name] = count + 1, area + self._measure.measureArea(feature.geometry())
