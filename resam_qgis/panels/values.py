"""The dialog for what every polygon of a class gets."""

from __future__ import annotations

from collections.abc import Sequence

from qgis.PyQt.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from .. import places
from ..classes import ObjectClass
from ..i18n import tr

SPARE = 3
"""Empty lines below those that are filled in."""
OURS = frozenset(column.name for column in places.schema().COLUMNS) | {"fid"}


class ValuesDialog(QDialog):
    """Lines of column and value."""

    def __init__(self, item: ObjectClass, columns: Sequence[str], parent: QWidget | None = None) -> None:
        """
        Args:
            columns: of the layer that takes the polygons, to choose from; others can be typed.
        """
        super().__init__(parent)
        self.setWindowTitle(tr("Values of “{}”").format(item.name))
        own = [name for name in columns if name not in OURS]
        filled = [*item.values.items(), *([("", "")] * SPARE)]
        grid, self.lines = QGridLayout(), []
        grid.addWidget(QLabel(tr("Column")), 0, 0)
        grid.addWidget(QLabel(tr("Value")), 0, 1)
        for row, (name, value) in enumerate(filled, 1):
            box, line = QComboBox(), QLineEdit(value)
            box.setEditable(True)
            box.addItems(["", *own])
            box.setCurrentText(name)
            grid.addWidget(box, row, 0)
            grid.addWidget(line, row, 1)
            self.lines.append((box, line))
        kinds = QDialogButtonBox.StandardButton
        self.buttons = QDialogButtonBox(kinds.Ok | kinds.Cancel)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(QLabel(tr("Every new polygon of this class gets these values.")))
        column.addLayout(grid)
        column.addWidget(self.buttons)

    def values(self) -> dict[str, str]:
        """What was filled in, by column."""
        found = ((box.currentText().strip(), line.text()) for box, line in self.lines)
        return {name: value for name, value in found if name and name not in OURS}
