"""The page that shows a newcomer the way: five steps on the sample scene."""

from __future__ import annotations

from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from ..i18n import tr


class StepsPanel(QWidget):
    """The tutorial, and the door to the manual.

    Signals:
        sample: open the sample scene.
        manual: open the manual.
    """

    sample = pyqtSignal()
    manual = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        opening, manual = QPushButton(tr("Open the sample scene")), QPushButton(tr("Manual"))
        opening.clicked.connect(lambda checked=False: self.sample.emit())
        manual.clicked.connect(lambda checked=False: self.manual.emit())
        texts = (
            tr("Open a raster, or the sample scene."),
            tr(
                "Press “Click objects”, then click a roof. Right click what is not part of it; Enter accepts."
            ),
            tr("Accept two dozen objects. The polygons are in the layer that you chose, as ordinary edits."),
            tr("On the page “Adapt”, let the model learn from your clicks, and read its verdict."),
            tr(
                "On the page “Review”, go through the least certain polygons. "
                "Whole point layers are for the Processing toolbox."
            ),
        )
        for number, text in enumerate(texts, 1):
            label = QLabel(f"<b>{number}.</b> {text}")
            label.setWordWrap(True)
            column.addWidget(label)
            if number == 1:
                column.addWidget(opening)
        column.addWidget(manual)
        column.addStretch()
