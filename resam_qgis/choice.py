"""What the user has chosen in the dock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from qgis.core import QgsRasterLayer


@dataclass(frozen=True)
class Choice:
    """What the dock says should be used."""

    layer: QgsRasterLayer | None
    bands: tuple[int, ...] = ()
    model: str = "nano"
    adapter: str | None = None
    device: str = "auto"
    simplify_px: float = 0.75
    regularize: bool = False
    hover: bool = True
    class_name: str = ""

    def engine(self) -> dict[str, Any]:
        """The part that every request to the worker has."""
        return {"model": self.model, "adapter": self.adapter, "device": self.device}

    def polygons(self) -> dict[str, Any]:
        """How outlines shall look."""
        return {"simplify_px": self.simplify_px, "regularize": self.regularize}
