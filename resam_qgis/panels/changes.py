"""Pictures of the held-out objects that an adaptation changed most, one below the other."""

from __future__ import annotations

from pathlib import Path

from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QPixmap
from qgis.PyQt.QtWidgets import QLabel, QVBoxLayout, QWidget

from ..i18n import tr

PICTURE = "changes.png"
WIDEST_PX = 300


class Changes(QWidget):
    """Shows what an adapter's run left; with an adapter for each class, the pictures of every class."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self.labels: list[QLabel] = []

    def clear(self) -> None:
        """Show none."""
        for label in self.labels:
            self._column.removeWidget(label)
            label.deleteLater()
        self.labels = []

    def show_of(self, adapter: Path) -> None:
        """Show the pictures in an adapter's folder, and in those of its classes."""
        self.clear()
        found = [adapter / PICTURE, *sorted(adapter.glob(f"class-*/{PICTURE}"))]
        for path in (path for path in found if path.is_file()):
            picture, label = QPixmap(str(path)), QLabel()
            smooth = Qt.TransformationMode.SmoothTransformation
            small = picture.scaledToWidth(min(picture.width(), WIDEST_PX), smooth)
            label.setPixmap(small)
            label.setMinimumHeight(small.height())
            label.setToolTip(tr("Held-out objects whose outlines changed most: before above, after below"))
            self._column.addWidget(label)
            self.labels.append(label)
