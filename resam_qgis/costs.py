"""What a click costs with each model on this machine, as measured while the user clicks."""

from __future__ import annotations

from statistics import median

from qgis.PyQt.QtCore import QObject, pyqtSignal

from . import settings

KEPT = 9
"""The latest clicks of a model that count."""
SLOW_SECONDS = 4.0
"""A click that takes longer makes a smaller model worth naming."""
START_SECONDS = 8.0
"""Of a search, before it looks at its first tile."""
SEARCH_COSTS = {"nano": 10.0}
"""Seconds a megapixel on two cores, until a search was measured on this machine."""
TILES_PER_MEGAPIXEL = 1.7
"""Windows of 1,024 pixels with a quarter in common; a click costs about as much as one of them."""
SMALL, FAST = "mobile_sam", ("nano", "mobile_sam")


class Costs(QObject):
    """Seconds from a click to its polygon, by model: the median of the latest ones, kept by QGIS.

    Signals:
        changed: the model by name.
    """

    changed = pyqtSignal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._latest: dict[str, list[float]] = {}

    def note(self, model: str, seconds: float) -> None:
        """One more click was answered."""
        latest = [*self._latest.get(model, []), seconds][-KEPT:]
        self._latest[model] = latest
        settings.cost(model).set(median(latest))
        self.changed.emit(model)

    def seconds(self, model: str) -> float | None:
        """What a click costs, or None before the first was measured on this machine."""
        found = float(settings.cost(model).get())
        return found if found > 0 else None

    def note_search(self, model: str, megapixels: float, seconds: float) -> None:
        """A whole search was done."""
        if megapixels > 0 and seconds > START_SECONDS:
            settings.search_cost(model).set((seconds - START_SECONDS) / megapixels)

    def search_seconds(self, model: str, megapixels: float) -> float | None:
        """About what a search takes: as the last one did, else by a click; None if nobody knows."""
        cost = float(settings.search_cost(model).get())
        click = self.seconds(model)
        if cost <= 0 and model in SEARCH_COSTS:
            cost = SEARCH_COSTS[model]
        elif cost <= 0 and click is not None:
            cost = click * TILES_PER_MEGAPIXEL
        return START_SECONDS + cost * megapixels if cost > 0 else None

    def is_slow(self, model: str) -> bool:
        """Whether a smaller model is worth naming."""
        seconds = self.seconds(model)
        return model not in FAST and seconds is not None and seconds > SLOW_SECONDS
