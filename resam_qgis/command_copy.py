"""What was accepted, as a command for a terminal."""

from __future__ import annotations

from typing import Any

from qgis.PyQt.QtCore import QObject, pyqtSignal
from qgis.PyQt.QtWidgets import QApplication

from . import output_layers, places, runtime
from .controller import Controller
from .i18n import tr
from .layer_rules import NotWritten
from .layers import RasterInput


class CommandCopy(QObject):
    """Puts the same segmentation on the clipboard.

    Signals:
        message: a line for the user, and whether it is a problem.
    """

    message = pyqtSignal(str, bool)

    def __init__(self, controller: Controller, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._controller = controller

    def copy(self) -> None:
        """The accepted objects, segmented again in a terminal."""
        if self._controller.session.accepted:
            self._controller.source_of_clicks(self._copy_of, lambda text: self.message.emit(text, True))
        else:
            self.message.emit(tr("Accept some objects first."), True)

    def _copy_of(self, source: RasterInput) -> None:
        try:
            prompts = self._written_prompts(source)
        except NotWritten as problem:
            self.message.emit(str(problem), True)
            return
        choice = self._controller.choice
        command = places.schema().command(
            "segment", **source.options(), **prompts, **choice.options(), out="segments.gpkg"
        )
        QApplication.clipboard().setText(runtime.shown(command))
        self.message.emit(tr("Copied."), False)

    def _written_prompts(self, source: RasterInput) -> dict[str, Any]:
        """Clicks and boxes of the accepted objects as files, and the options that name them."""
        session, folder = self._controller.session, places.home() / "clicks"
        found: dict[str, Any] = {}
        if rows := session.rows():
            found |= {"points": folder / "clicks.gpkg", "points_layer": output_layers.CLICKS}
            output_layers.write_clicks(found["points"], rows, source.crs)
        if boxes := session.boxes():
            found["boxes"] = folder / "boxes.gpkg"
            output_layers.write_boxes(found["boxes"], boxes, source.crs)
        return found
