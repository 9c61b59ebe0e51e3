"""Which bands the model reads: chosen by colour, named one by one, or those that the layer's style shows."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from qgis.core import QgsRasterLayer
from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtWidgets import QComboBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from .. import layers
from ..i18n import tr

AS_SHOWN = -1
"""In place of a band's number: those that the layer's style shows."""


class BandRow(QWidget):
    """Three boxes, and a line that says what is read.

    Signals:
        changed: other bands are read.
        message: a line for the user, and whether it is a problem.
    """

    changed = pyqtSignal()
    message = pyqtSignal(str, bool)

    def __init__(self, raster: Callable[[], QgsRasterLayer | None], parent: QWidget | None = None) -> None:
        """
        Args:
            raster: the layer that is chosen now.
        """
        super().__init__(parent)
        self._raster = raster
        self.boxes = [QComboBox() for _ in range(3)]
        self.reads = QLabel()
        self.reads.setEnabled(False)
        self.reads.setWordWrap(True)
        column, row = QVBoxLayout(self), QHBoxLayout()
        column.setContentsMargins(0, 0, 0, 0)
        for box in self.boxes:
            box.currentIndexChanged.connect(self._chosen)
            row.addWidget(box)
        column.addLayout(row)
        column.addWidget(self.reads)

    @property
    def as_shown(self) -> bool:
        """Whether the layer's style decides."""
        return bool(self.boxes[0].currentData() == AS_SHOWN)

    def bands(self) -> tuple[int, ...]:
        """Numbers from 1 of one or three bands; empty where the engine chooses."""
        if self.as_shown:
            return layers.shown_bands(self._raster())
        found = tuple(box.currentData() for box in self.boxes if box.currentData())
        return found if len(found) in (1, 3) else ()

    def show_layer(self, layer: QgsRasterLayer | None) -> None:
        """Offer the bands of a layer."""
        count = layer.bandCount() if layer is not None and layer.isValid() else 0
        for place, box in enumerate(self.boxes):
            box.blockSignals(True)
            box.clear()
            box.setEnabled(True)
            box.addItem(tr("auto") if place == 0 else "–", 0)
            for band in range(1, count + 1):
                box.addItem(layer.bandName(band) if layer is not None else "", band)
            if place == 0 and layers.shown_bands(layer):
                box.addItem(tr("as shown"), AS_SHOWN)
            box.blockSignals(False)
        if layer is not None:
            with suppress(TypeError):  # It is not followed yet.
                layer.rendererChanged.disconnect(self._style_changed)
            layer.rendererChanged.connect(self._style_changed)
        self._say()

    def _style_changed(self) -> None:
        """The user shows other bands: where the model reads what is shown, it reads others too."""
        if self.as_shown:
            self._say()
            self.changed.emit()

    def _chosen(self, *_: object) -> None:
        """Two bands make no picture: until there are three, or one, the engine chooses."""
        for box in self.boxes[1:]:
            box.setEnabled(not self.as_shown)
        two = not self.as_shown and sum(bool(box.currentData()) for box in self.boxes) == 2
        self.message.emit(
            tr("Choose one band, or three: until then they are chosen by their colours.") if two else "", two
        )
        self._say()
        self.changed.emit()

    def _say(self) -> None:
        bands = "-".join(map(str, self.bands()))
        if bands and self.as_shown:
            text = tr("reads bands {} as shown, stretched by ReSAM").format(bands)
        elif bands:
            text = tr("reads bands {}, stretched by ReSAM").format(bands)
        else:
            text = tr("reads red, green and blue by their colours")
        self.reads.setText(text)
