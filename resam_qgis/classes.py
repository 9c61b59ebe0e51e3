"""The user's classes: names, colours, and values that every polygon of a class gets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from qgis.PyQt.QtCore import QObject, Qt, pyqtSignal
from qgis.PyQt.QtGui import QKeyEvent

COLOURS = (
    "#e6194b",
    "#3cb44b",
    "#4363d8",
    "#f58231",
    "#911eb4",
    "#42d4f4",
    "#f032e6",
    "#bfef45",
    "#9a6324",
)
"""What new classes get, in turn: told apart on imagery, and by most colour-blind people in this order."""


def number_of(event: QKeyEvent) -> int | None:
    """The number that a key stands for, 0 to 9; None for any other key.

    French keyboards give numbers with Shift alone; where Shift gives another sign, that is another key.
    """
    modifiers = Qt.KeyboardModifier
    given, key = (modifiers.NoModifier, modifiers.KeypadModifier, modifiers.ShiftModifier), event.key()
    return key - Qt.Key.Key_0 if Qt.Key.Key_0 <= key <= Qt.Key.Key_9 and event.modifiers() in given else None


@dataclass(frozen=True)
class ObjectClass:
    """A kind of object.

    Attributes:
        colour: as ``#rrggbb``.
        values: by column, what each polygon of this class gets; texts, which the column converts.
    """

    name: str
    colour: str
    values: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """As it is kept."""
        return {"name": self.name, "colour": self.colour, "values": dict(self.values)}

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> ObjectClass:
        """ValueError, KeyError or TypeError if it is none."""
        values = {str(key): str(value) for key, value in dict(found["values"]).items()}
        return cls(str(found["name"]), str(found["colour"]), values)


class ClassList(QObject):
    """The classes in their order; the first nine have the keys 1 to 9.

    Signals:
        changed: a class came, went, or is another now.
    """

    changed = pyqtSignal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.items: list[ObjectClass] = []

    def named(self, name: str) -> ObjectClass | None:
        """The class of a name."""
        return next((item for item in self.items if item.name == name), None)

    def values_of(self, name: str) -> dict[str, str]:
        """What every polygon of a class gets, by column."""
        found = self.named(name)
        return {} if found is None else dict(found.values)

    def add(self, name: str) -> None:
        """One more class, unless there is one of that name."""
        if name and self.named(name) is None:
            used = [item.colour for item in self.items]
            colour = next((c for c in COLOURS if c not in used), COLOURS[len(used) % len(COLOURS)])
            self.put([*self.items, ObjectClass(name, colour)])

    def remove(self, name: str) -> None:
        """A class goes; its polygons stay."""
        self.put([item for item in self.items if item.name != name])

    def change(self, name: str, **changes: Any) -> None:
        """Give a class another colour or other values."""
        self.put([replace(item, **changes) if item.name == name else item for item in self.items])

    def put(self, items: list[ObjectClass]) -> None:
        """Have these classes from now on."""
        if items != self.items:
            self.items = items
            self.changed.emit()

    def to_text(self) -> str:
        """As it is kept in settings and projects."""
        return json.dumps([item.to_json() for item in self.items])

    def read(self, text: str) -> None:
        """Take what was kept; nothing of it if it is damaged."""
        try:
            found = [ObjectClass.from_json(item) for item in json.loads(text or "[]")]
        except (ValueError, KeyError, TypeError, AttributeError):
            found = []
        self.put(found)
