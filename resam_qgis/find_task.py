"""A search in the background: the run of the engine, and what it found, read in the same thread."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qgis.core import QgsFeature, QgsGeometry, QgsVectorLayer

from . import output_layers
from .examples import ACCEPTED, REJECTED
from .i18n import tr
from .tasks import EngineTask

GIVEN = "given"
"""Column of the polygons that are handed to the engine: by it they are known among what it gives back."""
LOOKING_SHARE = 80.0
"""Per cent of the bar for looking at tiles; the rest is for outlining what was found."""


@dataclass(frozen=True)
class Find:
    """A polygon like the examples.

    Attributes:
        shape: in the raster's CRS.
        values: by column.
        sure: whether the engine accepts it at its own threshold.
    """

    shape: QgsGeometry
    values: dict[str, Any]
    sure: bool

    @property
    def score(self) -> float:
        """The probability that it is one of the wanted objects, and well outlined."""
        return float(self.values["score"])


class FindTask(EngineTask):
    """``engine.find`` in the background.

    Attributes:
        finds: what was found, once the task ended well.
    """

    def __init__(self, title: str, arguments: Sequence[str], out: Path) -> None:
        """
        Args:
            out: the file that the run writes.
        """
        super().__init__(title, arguments)
        self.finds: list[Find] = []
        self._out, self._base, self._share = out, 0.0, LOOKING_SHARE

    def work(self) -> str | None:
        """Run the process to its end, and read what it wrote."""
        problem = super().work()
        if problem is None:
            self.finds = list(_read(self._out))
        return problem

    def _tell(self, event: dict[str, Any]) -> None:
        if event["event"] == "start" and event.get("unit") != "tiles":
            self._base, self._share = LOOKING_SHARE, 100.0 - LOOKING_SHARE
        if event["event"] == "progress" and event.get("total"):
            self.setProgress(self._base + self._share * event["done"] / event["total"])
        self.engine_event.emit(event)


def _read(out: Path) -> Iterator[Find]:
    """The finds of an output, without the examples beside them.

    Raises:
        ValueError: the file cannot be read.
    """
    layer = QgsVectorLayer(f"{out}|layername={output_layers.LAYER}", out.stem, "ogr")
    if not layer.isValid():
        raise ValueError(tr("{} cannot be read.").format(out))
    names = [name for name in layer.fields().names() if name in dict(output_layers.COLUMNS)]
    for feature in layer.getFeatures():
        if feature.hasGeometry() and not _is_example(feature) and feature["status"] != REJECTED:
            values = {name: _plain(feature[name]) for name in names}
            yield Find(QgsGeometry(feature.geometry()), values, feature["status"] == ACCEPTED)


def _plain(value: object) -> int | float | str | None:
    """A value of a column; an empty one is an object of Qt."""
    return value if isinstance(value, (int, float, str)) else None


def _is_example(feature: QgsFeature) -> bool:
    given = feature.fields().indexFromName(GIVEN)
    clicks, known = _plain(feature["n_pos"]), _plain(feature[given]) if given >= 0 else None
    return bool(clicks) or bool(known)
