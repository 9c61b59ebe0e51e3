"""What the user has chosen in the dock."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from qgis.core import QgsRasterLayer

from . import places
from .presence import alive

SCHEMA = places.schema()


@dataclass(frozen=True)
class Choice:
    """What the dock says should be used.

    Attributes:
        raster: the layer as it was chosen; see :attr:`layer`.
    """

    raster: QgsRasterLayer | None
    bands: tuple[int, ...] = ()
    model: str = SCHEMA.MODEL
    adapter: str | None = None
    device: str = SCHEMA.DEVICE
    simplify_px: float = SCHEMA.SIMPLIFY_PX
    shape: str = SCHEMA.SHAPE
    hover: bool = True
    class_name: str = ""

    @property
    def layer(self) -> QgsRasterLayer | None:
        """The raster; None if none is chosen, or if it has left the project since."""
        return alive(self.raster)

    def of_class(self, name: str | None) -> Choice:
        """The same for objects of another class; for None, of this one."""
        return self if name is None else replace(self, class_name=name)

    def engine(self) -> dict[str, Any]:
        """The part that every request to the worker has."""
        return {"model": self.model, "adapter": self.adapter, "device": self.device}

    def question(self) -> dict[str, Any]:
        """What the worker answers with: that, and the class, which may have an adapter of its own."""
        return {**self.engine(), "class": self.class_name or None}

    def asked(self) -> tuple[object, ...]:
        """All that a polygon depends on besides its clicks: the class alone where an adapter may know it."""
        engine = self.question() if self.adapter else self.engine()
        return engine, self.polygons(), self.bands, self.layer

    def options(self) -> dict[str, Any]:
        """All of it, as the engine's commands take it."""
        return {**self.engine(), "simplify": self.simplify_px, "shape": self.shape}

    @property
    def shares_borders(self) -> bool:
        """Whether polygons are fitted to those beside them: rotated boxes stay whole."""
        return self.shape != "rotated-box"

    def polygons(self) -> dict[str, Any]:
        """How outlines shall look."""
        return {"simplify_px": self.simplify_px, "shape": self.shape}
