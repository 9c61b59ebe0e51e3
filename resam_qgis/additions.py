"""Finds that were added to the user's layer, and come back where that is undone."""

from __future__ import annotations

from qgis.core import QgsVectorLayer
from qgis.PyQt.QtCore import QObject, pyqtSignal

from . import finds
from .neighbours import layer_of
from .presence import alive, present


class Addition(QObject):
    """Follows one step of the undo stack of the user's layer, until that layer is saved.

    Signals:
        changed: finds came back, or were added again.
    """

    changed = pyqtSignal()

    def __init__(
        self,
        layer: QgsVectorLayer,
        output: QgsVectorLayer,
        added: finds.Added,
        parent: QObject | None = None,
    ) -> None:
        """
        Args:
            layer: of finds.
            output: to which they were just added, by the last step of its undo stack.
        """
        super().__init__(parent)
        self._layer_id, self._output, self._added = layer.id(), output, added
        self._stack = present(output.undoStack())
        self._place, self._undone = self._stack.index(), False
        self._stack.indexChanged.connect(self._moved)
        output.afterCommitChanges.connect(self._saved)
        for signal in (output.afterRollBack, output.willBeDeleted):
            signal.connect(self._dropped)

    def _moved(self, index: int) -> None:
        """Steps were undone, or done again."""
        layer = layer_of(self._layer_id)
        if layer is None or self._stack.count() == 0:  # Empty: the layer was saved, or its edits dropped.
            return
        if index < self._place and not self._undone:
            self._undone = True
            finds.take_back(layer, self._added.before)
            self.changed.emit()
        elif index >= self._place and self._undone:
            self._again(layer)

    def _again(self, layer: QgsVectorLayer) -> None:
        """Where the step was, there is one again: itself, or another that took its place."""
        polygons = self._added.polygons
        if not any(self._output.getFeature(number).isValid() for number in polygons):
            self._end()
            return
        self._undone = False
        self._added = finds.Added(finds.replace(layer, self._added.before, finds.ADDED), polygons)
        self.changed.emit()

    def _saved(self) -> None:
        layer = layer_of(self._layer_id)
        if layer is not None:
            finds.take_back(layer, self._added.before, finds.SAVED)
        self._end()

    def _dropped(self) -> None:
        """The edits of the user's layer were dropped, or the layer itself with all that was not saved."""
        layer = layer_of(self._layer_id)
        if layer is not None:
            finds.take_back(layer, self._added.before)
            self.changed.emit()
        self._end()

    def _end(self) -> None:
        output = alive(self._output)  # A layer that Python made says so only while it goes.
        if output is not None:
            self._stack.indexChanged.disconnect(self._moved)
            output.afterCommitChanges.disconnect(self._saved)
            for signal in (output.afterRollBack, output.willBeDeleted):
                signal.disconnect(self._dropped)
        self.deleteLater()
