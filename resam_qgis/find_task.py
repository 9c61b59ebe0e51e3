"""A search in the background: the files that it reads, the run, and what it found, all in one thread."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qgis.core import QgsCoordinateReferenceSystem, QgsFeature, QgsGeometry, QgsVectorLayer
from qgis.PyQt.QtCore import pyqtSignal

from . import output_layers, places
from .examples import ACCEPTED, REJECTED, SURE, Examples
from .i18n import tr
from .overlays import geometry_of
from .qt import INTEGER, TEXT
from .tasks import EngineTask

GIVEN = "given"
"""Column of the polygons that are handed to the engine: by it they are known among what it gives back."""
COLUMNS = (("class", TEXT), ("status", TEXT), (GIVEN, INTEGER))
FOUND = "found.gpkg"
LOOKING_SHARE = 80.0
"""Per cent of the bar for looking at tiles; the rest is for outlining what was found."""


@dataclass(frozen=True)
class SearchInput:
    """What a search is about, as it was when the user began it.

    Attributes:
        examples: what it learns from, and ``area`` where it looks, everywhere if empty; in ``crs``.
        options: those of the raster, of the model and so on.
    """

    examples: Examples
    area: tuple[QgsGeometry, ...]
    crs: QgsCoordinateReferenceSystem
    options: Mapping[str, Any]

    def command(self, folder: Path, out: Path) -> list[str]:
        """Write the files of examples and area into a folder; the engine's command.

        Raises:
            NotWritten: they cannot be saved.
        """
        given: dict[str, Any] = {}
        if self.examples.outlines:
            given["polygons"] = folder / "polygons.gpkg"
            words = {wanted: status for status, wanted in SURE.items()}
            rows = [
                (item.shape, {"class": item.class_name or None, "status": words[item.wanted], GIVEN: 1})
                for item in self.examples.outlines
            ]
            output_layers.write_polygons(given["polygons"], rows, COLUMNS, self.crs)
        if self.examples.clicks:
            given |= {"points": folder / "clicks.gpkg", "points_layer": output_layers.CLICKS}
            output_layers.write_clicks(given["points"], self.examples.clicks, self.crs)
        if self.area:
            given["area"] = folder / "area.gpkg"
            output_layers.write_polygons(given["area"], [(one, {}) for one in self.area], (), self.crs)
        return list(places.schema().command("find", **given, **self.options, out=out))


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

    Signals, in the window's thread, besides those of every run of the engine:
        outlined: a list of finds, as they come.

    Attributes:
        finds: what was found, once the task ended well.
    """

    outlined = pyqtSignal(list)

    def __init__(self, title: str, wanted: SearchInput, folder: Path) -> None:
        """
        Args:
            folder: takes what the run reads and writes, and is gone at its end.
        """
        super().__init__(title, ())
        self.finds: list[Find] = []
        self._wanted, self._folder, self._base, self._share = wanted, folder, 0.0, LOOKING_SHARE

    def work(self) -> str | None:
        """Write what the process reads, run it to its end, and read what it wrote.

        Files and folders take the disk's time: here they do not hold the window up.
        """
        out = self._folder / FOUND
        try:
            self.arguments = [*self._wanted.command(self._folder, out), "--json"]
            problem = super().work()
            if problem is None:
                self.finds = list(_read(out))
        finally:
            shutil.rmtree(self._folder, ignore_errors=True)
        return problem

    def _tell(self, event: dict[str, Any]) -> None:
        if event["event"] == "outlined":
            self.outlined.emit(list(_told(event)))
            return
        if event["event"] == "start" and event.get("unit") != "tiles":
            self._base, self._share = LOOKING_SHARE, 100.0 - LOOKING_SHARE
        if event["event"] == "progress" and event.get("total"):
            self.setProgress(self._base + self._share * event["done"] / event["total"])
        self.engine_event.emit(event)


def _told(event: Mapping[str, Any]) -> Iterator[Find]:
    """The finds of an event; read here, as it takes time that the window does not have."""
    names = dict(output_layers.COLUMNS)
    for feature in event["features"]:
        shape = geometry_of(feature)
        if shape is not None:
            values = {name: value for name, value in feature["properties"].items() if name in names}
            yield Find(shape, values, values["status"] == ACCEPTED)


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
