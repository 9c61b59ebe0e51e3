"""The buttons for editing polygons that are in the layer already."""

from __future__ import annotations

from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtWidgets import QHBoxLayout, QToolButton, QWidget

from ..i18n import tr


class EditRow(QWidget):
    """One button for each edit; the pressed one is what clicks in the map do.

    Signals:
        picked: the edit by name; empty where the pressed button was released.
    """

    picked = pyqtSignal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        texts = {
            "refine": (tr("Refine"), tr("Refine a polygon of the layer with more clicks")),
            "holes": (tr("Fill"), tr("Fill the holes of a polygon")),
            "largest": (tr("Largest"), tr("Keep the largest part of a polygon alone")),
            "merge": (tr("Merge"), tr("Make one polygon of several")),
            "split": (tr("Split"), tr("Split polygons by a line between two clicks")),
        }
        self.buttons: dict[str, QToolButton] = {}
        for name, (text, tip) in texts.items():
            button = QToolButton()
            button.setText(text)
            button.setToolTip(tip)
            button.setCheckable(True)
            button.clicked.connect(lambda checked, name=name: self.picked.emit(name if checked else ""))
            row.addWidget(button)
            self.buttons[name] = button
        row.addStretch()

    def show_mode(self, mode: str) -> None:
        """Press the button of an edit, and no other."""
        for name, button in self.buttons.items():
            button.setChecked(name == mode)
