"""The box that says what outlines become."""

from __future__ import annotations

from qgis.PyQt.QtWidgets import QComboBox, QWidget

from .. import places
from ..i18n import tr

SHAPES = places.schema().SHAPES


class ShapeBox(QComboBox):
    """The shapes that the engine knows, in the user's words."""

    def __init__(self, chosen: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        words = (
            tr("Outline"),
            tr("Largest part of the outline"),
            tr("Right angles (buildings)"),
            tr("Rotated box (ships, vehicles)"),
        )
        for name, text in zip(SHAPES, words):
            self.addItem(text, name)
        self.choose(chosen)

    def shape(self) -> str:
        """The engine's name of what is chosen."""
        return str(self.currentData())

    def choose(self, shape: str) -> None:
        """Show a shape by the engine's name; the first if there is none of that name."""
        self.setCurrentIndex(max(0, self.findData(shape)))
