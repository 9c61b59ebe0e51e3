"""What the engine reads of a raster layer: its file, or a picture of a layer that has none."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from qgis.core import QgsPointXY
from qgis.gui import QgsMapCanvas

from . import layers
from .choice import Choice
from .layers import RasterInput, Unusable
from .rendering import RenderedLayers
from .session import Draft


class Sources:
    """Finds the source of the layer that was chosen."""

    def __init__(self, canvas: QgsMapCanvas) -> None:
        self._rendered = RenderedLayers(canvas)

    def now(self, choice: Choice, draft: Draft) -> RasterInput:
        """The source for the clicks of one object.

        Raises:
            Unusable: nothing is chosen, or it cannot be read.
        """
        layer = layers.usable(choice.layer)
        if layers.has_file(layer):
            return layers.file_source(layer, choice.bands)
        return self._rendered.source(layer, _points(draft))

    def obtain(
        self, choice: Choice, draft: Draft, done: Callable[[RasterInput], None], failed: Callable[[str], None]
    ) -> None:
        """The same; exactly one of ``done`` and ``failed`` is called."""
        try:
            source = self.now(choice, draft)
        except Unusable as problem:
            failed(str(problem))
            return
        done(source)

    def covering(self, choice: Choice, places: Sequence[QgsPointXY]) -> RasterInput:
        """The same, and where a layer has to be rendered, all places are in the picture.

        Raises:
            Unusable: nothing is chosen, or it cannot be read.
        """
        layer = layers.usable(choice.layer)
        if layers.has_file(layer) or not places:
            return self.now(choice, Draft())
        return self._rendered.covering(layer, places)

    def forget(self, layer_id: str) -> None:
        """A layer left the project."""
        self._rendered.forget(layer_id)


def _points(draft: Draft) -> list[QgsPointXY]:
    return [QgsPointXY(click.x, click.y) for click in draft.clicks]
