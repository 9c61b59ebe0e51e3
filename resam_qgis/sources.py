"""What the engine reads of a raster layer: its file, or a picture of a layer that has none."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from qgis.core import QgsPointXY
from qgis.gui import QgsMapCanvas
from qgis.PyQt.QtCore import QObject, pyqtSignal

from . import layers
from .choice import Choice
from .i18n import tr
from .layers import Unusable
from .rendering import Done, Failed, RenderedLayers
from .session import Draft


class Sources(QObject):
    """Finds the source of the layer that was chosen.

    Signals:
        fetching: name of a layer whose picture is being fetched; empty when it is there, or not to be had.
    """

    fetching = pyqtSignal(str)

    def __init__(
        self, canvas: QgsMapCanvas, chosen: Callable[[], Choice], parent: QObject | None = None
    ) -> None:
        """
        Args:
            chosen: what is chosen now.
        """
        super().__init__(parent)
        self._chosen = chosen
        self._rendered = RenderedLayers(canvas, self)
        self._rendered.fetching.connect(self.fetching)

    def obtain(self, choice: Choice, draft: Draft, done: Done, failed: Failed) -> Callable[[], None]:
        """Find the source for the clicks of one object.

        Args:
            done, failed: exactly one of them is called, now or later; neither after a cancel.

        Returns:
            What cancels it.
        """
        places = [QgsPointXY(click.x, click.y) for click in draft.clicks]
        if draft.box is not None:
            west, south, east, north = draft.box
            places += [QgsPointXY(west, south), QgsPointXY(east, north)]
        try:
            layer = layers.usable(choice.layer)
            source = layers.file_source(layer, choice.bands) if layers.has_file(layer) else None
        except Unusable as problem:
            failed(str(problem))
            return lambda: None
        if source is None:
            return self._rendered.obtain(layer, places, done, failed)
        done(source)
        return lambda: None

    def covering(self, choice: Choice, places: Sequence[QgsPointXY], done: Done, failed: Failed) -> None:
        """The same for many objects: where a layer has to be rendered, all places are in one picture.

        It fails if another raster was chosen meanwhile: clicks, areas and CRS of now do not belong to it.
        """
        asked = choice.layer

        def found(source: layers.RasterInput) -> None:
            if self._chosen().layer is asked:
                done(source)
            else:
                failed(tr("Another raster was chosen meanwhile: start again."))

        if asked is None or not asked.isValid() or layers.has_file(asked) or not places:
            self.obtain(choice, Draft(), found, failed)
        else:
            self._rendered.covering(asked, places, found, failed)

    def forget(self, layer_id: str) -> None:
        """A layer left the project."""
        self._rendered.forget(layer_id)

    def close(self) -> None:
        """Nothing goes on."""
        self._rendered.close()
