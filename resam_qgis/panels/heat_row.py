"""The switch of the view's likeness, and what the worker does for it."""

from __future__ import annotations

from qgis.PyQt.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from ..i18n import tr
from .held import HeldLine


class HeatRow(QWidget):
    """A check box and a line below it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.box = QCheckBox(tr("Colour what looks like these"))
        tip = tr("Shows where it looks like the objects of the chosen class; without one, of all")
        self.box.setToolTip(tip)
        self.said = HeldLine(lambda: None)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.box)
        column.addWidget(self.said)
        self.say("")

    def say(self, text: str) -> None:
        """What the view's likeness waits for, which takes its time on new ground; or why there is none."""
        self.said.say(text)
        self.said.setVisible(bool(text))
