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
    default: str | bool | int

    def get(self) -> str | bool | int:
        """The user's choice, in the type of the default."""
        return QgsSettings().value(f"{PREFIX}/{self.name}", self.default, type=type(self.default))

    def set(self, value: str | bool | int) -> None:
        """Keep a choice."""
        QgsSettings().setValue(f"{PREFIX}/{self.name}", value)


INTERPRETER = Setting("interpreter", "")
"""A Python of the user's own that runs the engine, in place of the built environment."""
DEVICE = Setting("device", SCHEMA.DEVICE)
MODEL = Setting("model", SCHEMA.MODEL)
ADAPTER = Setting("adapter", "")
SIMPLIFY = Setting("simplify_px_hundredths", round(100 * SCHEMA.SIMPLIFY_PX))
REGULARIZE = Setting("regularize", False)
HOVER = Setting("hover", True)
CLASSES = Setting("classes", "")
"""The classes of the last project, for the next one; see ``classes``."""


def forget() -> None:
    """Back to the defaults."""
    settings = QgsSettings()
    settings.beginGroup(PREFIX)
    settings.remove("")
    settings.endGroup()
