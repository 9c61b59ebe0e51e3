"""What a search found, on its page: from which score on, how many, and what to do with them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from qgis.core import QgsVectorLayer
from qgis.PyQt.QtCore import Qt, QTimer, pyqtSignal
from qgis.PyQt.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSlider, QVBoxLayout, QWidget

from .. import finds
from ..additions import Addition
from ..controller import Controller
from ..i18n import tr
from ..layer_rules import NotWritten
from ..presence import alive

STEPS = 100
"""Positions of the slider for a score from 0 to 1."""
REST_MS = 250


class FoundPart(QWidget):
    """Hidden while nothing was found on the chosen raster.

    Signals:
        said: news.
        message: a line for the user, and whether it is a problem.
        reviewing: the user wants to go through the finds of a layer.
    """

    said = pyqtSignal(str)
    message = pyqtSignal(str, bool)
    reviewing = pyqtSignal(QgsVectorLayer)

    def __init__(
        self,
        controller: Controller,
        values: Callable[[str], Mapping[str, str]],
        parent: QWidget | None = None,
    ) -> None:
        """
        Args:
            values: what every polygon of a class gets, by column.
        """
        super().__init__(parent)
        self._controller, self._values = controller, values
        self._watched: QgsVectorLayer | None = None
        self._held = False
        self._scores: tuple[int, list[float]] = (0, [])
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(self.refresh)
        self._filtering = QTimer(self)
        self._filtering.setSingleShot(True)
        self._filtering.timeout.connect(self._filter)
        column, row = QVBoxLayout(self), QHBoxLayout()
        column.setContentsMargins(0, 0, 0, 0)
        self.slider, self._score, self.count = QSlider(Qt.Orientation.Horizontal), QLabel(), QLabel()
        self.slider.setRange(0, STEPS)
        self.slider.setToolTip(tr("Finds of a lower score are hidden; nothing is searched for again."))
        self.slider.valueChanged.connect(self._slid)
        row.addWidget(QLabel(tr("Least score")))
        row.addWidget(self.slider, 1)
        row.addWidget(self._score)
        self.review, self.add = QPushButton(), QPushButton()
        self.review.setToolTip(tr("The doubtful ones first: Enter accepts, R rejects, F fixes."))
        self.review.clicked.connect(lambda checked=False: self._review())
        self.add.clicked.connect(lambda checked=False: self.add_finds())
        column.addLayout(row)
        for part in (self.count, self.review, self.add):
            column.addWidget(part)

    @property
    def layer(self) -> QgsVectorLayer | None:
        """The layer of finds of the chosen raster."""
        return finds.layer_of(self._controller.choice.layer)

    def refresh(self) -> None:
        """The slider, and what is shown from its score on."""
        layer = self.layer
        self.watch(layer)
        self.setVisible(layer is not None)
        if layer is not None:
            self._scores = finds.scores(layer)
            self._show(layer)

    def _show(self, layer: QgsVectorLayer) -> None:
        """What is known of the finds, without reading them again."""
        score = finds.least(layer)
        self.slider.blockSignals(True)
        self.slider.setValue(round(score * STEPS))
        self.slider.blockSignals(False)
        self._score.setText(f"{score:.2f}")
        found = finds.counted(*self._scores, score)
        self.count.setText(tr("{} shown, about {} expected right").format(found.shown, round(found.right)))
        self.review.setText(tr("Review {} of them").format(found.unsure))
        self.review.setEnabled(found.unsure > 0 and not self._held)
        output = self._controller.layer_chosen()
        name = tr("New scratch layer") if output is None else output.name()
        self.add.setText(tr("Add the {} shown to “{}”").format(found.shown, name))
        self.add.setEnabled(found.shown > 0)

    def hold(self, searching: bool) -> None:
        """A search goes on: what it shows until its end is replaced then, and is not to be reviewed."""
        self._held = searching
        self.refresh()

    def watch(self, layer: QgsVectorLayer | None) -> None:
        """Follow what a review does to the finds of a layer."""
        if layer is self._watched:
            return
        before, self._watched = alive(self._watched), layer
        if before is not None:
            before.layerModified.disconnect(self._soon)
            before.rendererChanged.disconnect(self._restyled)
        if layer is not None:
            layer.layerModified.connect(self._soon)
            layer.rendererChanged.connect(self._restyled)

    def add_finds(self) -> None:
        """Copy what is shown into the layer that takes the polygons."""
        layer, output = self.layer, self._controller.target()
        if layer is None or output is None:
            return
        try:
            added = finds.add_to(layer, output, self._values)
        except NotWritten as problem:
            self.message.emit(str(problem), True)
            return
        Addition(layer, output, added, self).changed.connect(self._soon)
        count = len(added.polygons)
        self.said.emit(tr("{} polygons were added to “{}”.").format(count, output.name()))
        self.refresh()

    def _soon(self, *_: object) -> None:
        if self.isVisible():
            self._later.start(REST_MS)

    def _restyled(self) -> None:
        """The layer got another style: soon it hides what the one before hid."""
        self._filtering.start(0)

    def _filter(self) -> None:
        layer = alive(self._watched)
        if layer is not None:
            finds.show_from(layer, finds.least(layer))

    def _slid(self, position: int) -> None:
        layer = self.layer
        if layer is not None:
            finds.show_from(layer, position / STEPS)
            self._show(layer)

    def _review(self) -> None:
        if self.layer is not None:
            self.reviewing.emit(self.layer)
