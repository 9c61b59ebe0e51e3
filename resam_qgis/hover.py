"""What a click would give under the mouse, shown where the ground is embedded already."""

from __future__ import annotations

from qgis.core import QgsCoordinateReferenceSystem, QgsPointXY
from qgis.PyQt.QtCore import QObject, QTimer

from . import layers
from .choice import Choice
from .layers import RasterInput, Unusable
from .overlays import Overlays, geometry_of
from .session import Click, Draft
from .worker_client import WorkerClient

REST_MS = 250
"""How long the mouse rests before ground that is not embedded yet is embedded for the hover."""


class Hover(QObject):
    """One question at a time to the worker; an answer that comes too late is not shown."""

    def __init__(self, worker: WorkerClient, overlays: Overlays, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._worker, self._overlays = worker, overlays
        self._asking = self._wanted = False
        self._place: tuple[dict, RasterInput, tuple[float, float]] | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._embed)

    def stop(self) -> None:
        """Show nothing any more."""
        self.rest()
        self._overlays.hover(None, QgsCoordinateReferenceSystem())

    def rest(self) -> None:
        """Ask nothing more, and show no answer that is still to come."""
        self._timer.stop()
        self._wanted = False

    def show(self, choice: Choice, point: QgsPointXY) -> None:
        """Ask what a click would give.

        Args:
            point: on the raster, in its CRS.
        """
        self.rest()
        if self._asking or not self._worker.may_retry:
            return
        try:
            source = layers.file_source(choice.layer, choice.bands)
        except Unusable:
            return  # A click says why.
        place = (point.x(), point.y())
        self._place = (choice.engine(), source, place)
        self._wanted = self._asking = True
        params = {
            "raster": source.to_json(),
            "polygons": choice.polygons(),
            **choice.engine(),
            "objects": [Draft((Click(*place),)).to_json(1)],
            "fast": True,
            "embedded_only": True,
        }
        self._worker.request("ask", params, lambda result: self._take(result, source), self._failed)

    def _take(self, result: dict, source: RasterInput) -> None:
        self._asking = False
        if not self._wanted:
            return
        if result.get("not_embedded"):
            self._timer.start(REST_MS)
            return
        features = result["features"]
        self._overlays.hover(geometry_of(features[0]) if features else None, source.crs)

    def _failed(self, kind: str, text: str) -> None:
        self._asking = False

    def _embed(self) -> None:
        if self._place is not None:
            engine, source, place = self._place
            self._worker.prepare(engine, source.to_json(), place, around=0)
