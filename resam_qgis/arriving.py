"""The finds of a search that goes on, on their way into the layer of finds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import cast

from qgis.core import QgsRasterLayer, QgsVectorLayer
from qgis.PyQt.QtCore import QObject, QTimer, pyqtSignal

from . import finds
from .examples import Outline
from .find_task import Find
from .presence import project

SHOW_MS = 500
"""Finds that are outlined within that time come into the layer together."""


class Arriving(QObject):
    """Shows finds as they are outlined, until :func:`finds.put` shows all of them, or the search ends early.

    Signals:
        came: there are more in the layer.
    """

    came = pyqtSignal()

    def __init__(self, raster: QgsRasterLayer, taken: Callable[[QgsRasterLayer], Iterable[Outline]]) -> None:
        """
        Args:
            taken: what finds on the raster keep off; asked for when the first come.
        """
        super().__init__()
        self._raster_id, self._taken = raster.id(), taken
        self._waiting, self._score, self._ids = list[Find](), finds.EVEN, list[int]()
        self._layer_id, self._over = "", False
        self._space: finds.Space | None = None
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(self._show)

    @property
    def chosen(self) -> float | None:
        """The score from which on the user wants to see finds; None if the slider was left alone."""
        layer = self._layer()
        return None if layer is None or finds.least(layer) == self._score else finds.least(layer)

    def expect(self, threshold: float, best: float) -> None:
        """How likely finds must be that the engine accepts them, and how likely the best one is."""
        self._score = min(threshold, best)

    def take(self, some: list[Find]) -> None:
        """More finds have their outlines."""
        if self._over:
            return
        self._waiting += some
        if not self._later.isActive():
            self._later.start(SHOW_MS)

    def stop(self) -> None:
        """The search is over: no more are shown."""
        self._over = True
        self._later.stop()

    def keep(self) -> int:
        """The search ended early: leave what came of it in the layer; how many finds that are."""
        self.stop()
        self._show()
        layer = self._layer()
        if layer is None:
            return 0
        finds.keep(layer, self._ids)
        return len(self._ids)

    def _layer(self) -> QgsVectorLayer | None:
        """Where they come; None before the first, and if the user removed it."""
        return cast("QgsVectorLayer | None", project().mapLayer(self._layer_id))

    def _show(self) -> None:
        raster, some = project().mapLayer(self._raster_id), self._waiting
        if not some or not isinstance(raster, QgsRasterLayer):
            return
        if self._space is None:
            space = finds.Space(self._taken(raster))
            self._layer_id = finds.begin(raster, self._score).id()
            self._space = space  # Only now: where that fails, the next finds begin anew.
        self._waiting = []
        layer = self._layer()
        if layer is not None:
            self._ids += finds.more(layer, some, self._space)
            self.came.emit()
