"""The user's choices, kept by QGIS under ``resam/``."""

from __future__ import annotations

from dataclasses import dataclass

from qgis.core import QgsSettings

from . import places

SCHEMA = places.schema()
PREFIX = "resam"


@dataclass(frozen=True)
class Setting:
    """One choice: its name and what holds until the user chooses."""

    name: str
    default: str | bool | int | float

    def get(self) -> str | bool | int | float:
        """The user's choice, in the type of the default."""
        return QgsSettings().value(f"{PREFIX}/{self.name}", self.default, type=type(self.default))

    def set(self, value: str | bool | int | float) -> None:
        """Keep a choice."""
        QgsSettings().setValue(f"{PREFIX}/{self.name}", value)


INTERPRETER = Setting("interpreter", "")
"""A Python of the user's own that runs the engine, in place of the built environment."""
DEVICE = Setting("device", SCHEMA.DEVICE)
MODEL = Setting("model", SCHEMA.MODEL)
ADAPTER = Setting("adapter", "")
SIMPLIFY = Setting("simplify_px_hundredths", round(100 * SCHEMA.SIMPLIFY_PX))
SHAPE = Setting("shape", SCHEMA.SHAPE)
HOVER = Setting("hover", True)
CLASSES = Setting("classes", "")
"""The classes of the last project, for the next one; see ``classes``."""
THREADS = Setting("threads", 0)
"""Of the processor, for the engine; 0 for all."""
MEMORY_MB = Setting("memory_mb", 256)
"""What decoded blocks of rasters may take."""
CACHE_GB = Setting("cache_gb", float(SCHEMA.LIMIT_GB))
EMBEDDINGS, WEIGHTS, MIRROR = Setting("embeddings", ""), Setting("weights", ""), Setting("mirror", "")
"""Folders, and where weights come from; empty for the engine's own choice."""


def cost(model: str) -> Setting:
    """Seconds that a click takes with a model on this machine; 0 before that was measured."""
    return Setting(f"cost/{model.replace('/', '_')}", 0.0)


def search_cost(model: str) -> Setting:
    """Seconds a megapixel that a search takes with a model on this machine; 0 before that was measured."""
    return Setting(f"search_cost/{model.replace('/', '_')}", 0.0)


def forget() -> None:
    """Back to the defaults."""
    settings = QgsSettings()
    settings.beginGroup(PREFIX)
    settings.remove("")
    settings.endGroup()
