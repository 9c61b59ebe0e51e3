"""What a click would give under the mouse, shown where the ground is embedded already."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

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


@dataclass(frozen=True)
class Question:
    """What a click at a place of a raster, in its CRS, would give with the settings of now."""

    choice: Choice
    source: RasterInput
    place: tuple[float, float]

    def params(self) -> dict[str, Any]:
        """As the worker wants it."""
        return {
            "raster": self.source.to_json(),
            "polygons": self.choice.polygons(),
            **self.choice.question(),
            "objects": [Draft((Click(*self.place),)).to_json(1)],
            "fast": True,
            "embedded_only": True,
        }


class Hover(QObject):
    """One question at a time to the worker, then the latest; an answer that comes too late is not shown."""

    def __init__(self, worker: WorkerClient, overlays: Overlays, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._worker, self._overlays = worker, overlays
        self._asked: Question | None = None
        self._latest: Question | None = None
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
        self._latest = None

    def show(self, choice: Choice, point: QgsPointXY) -> None:
        """Ask what a click would give.

        Args:
            point: on the raster, in its CRS.
        """
        self.rest()
        try:
            source = layers.file_source(choice.layer, choice.bands)
        except Unusable:
            return  # A click says why.
        self._latest = Question(choice, source, (point.x(), point.y()))
        self._ask()

    def _ask(self) -> None:
        if self._asked is None and self._latest is not None and self._worker.may_retry:
            self._asked = self._latest
            self._worker.request("ask", self._asked.params(), self._take, self._failed)

    def _take(self, result: dict[str, Any]) -> None:
        asked, self._asked = self._asked, None
        if asked is not self._latest or asked is None:
            self._ask()
        elif result.get("not_embedded"):
            self._timer.start(REST_MS)
        else:
            features = result["features"]
            self._overlays.hover(geometry_of(features[0]) if features else None, asked.source.crs)

    def _failed(self, kind: str, text: str) -> None:
        self._asked = self._latest = None

    def _embed(self) -> None:
        if self._latest is not None:
            wanted = self._latest
            self._worker.prepare(wanted.choice.question(), wanted.source.to_json(), wanted.place, around=0)
