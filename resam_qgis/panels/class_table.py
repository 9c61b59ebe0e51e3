"""The user's classes at a glance: key, colour, name, and what the layer holds of each."""

from __future__ import annotations

from collections.abc import Callable

from qgis.core import QgsDistanceArea, QgsUnitTypes, QgsVectorLayer
from qgis.PyQt.QtCore import QSize, Qt, pyqtSignal
from qgis.PyQt.QtGui import QColor, QIcon, QKeyEvent, QPixmap
from qgis.PyQt.QtWidgets import (
    QAbstractItemView,
    QColorDialog,
    QHBoxLayout,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from .. import enums, styles
from ..classes import ClassList, ObjectClass, number_of
from ..i18n import tr
from ..presence import present, project
from ..tally import Tally
from .values import ValuesDialog

KEYS = 9
HEIGHT, SWATCH = 132, 12


class ClassTable(QWidget):
    """Shows the classes; a click on a row chooses its class for the next objects.

    Signals:
        picked: name of the class that shall be used.
    """

    picked = pyqtSignal(str)

    def __init__(
        self,
        classes: ClassList,
        output: Callable[[], QgsVectorLayer | None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._classes, self._output = classes, output
        self.tally = Tally(self)
        self.tally.changed.connect(self._fill)
        classes.changed.connect(self._fill)
        classes.changed.connect(self._colour_again)
        self._chosen = ""
        self._build()
        self._fill()

    def show_chosen(self, name: str) -> None:
        """Mark the class that the next object gets."""
        self._chosen = name
        rows = [row for row, item in enumerate(self._classes.items) if item.name == name]
        self.table.selectRow(rows[0]) if rows else self.table.clearSelection()
        for button in self._of_one:
            button.setEnabled(bool(rows))

    def pick(self, number: int) -> None:
        """The key of a class, from 1; 0 stands for none."""
        if number == 0:
            self.picked.emit("")
        elif number <= len(self._classes.items):
            self.picked.emit(self._classes.items[number - 1].name)

    def pick_key(self, event: QKeyEvent) -> bool:
        """Choose a class by its number key; whether that was one."""
        number = number_of(event)
        if number is not None:
            self.pick(number)
        return number is not None

    def remove(self) -> None:
        """Take the chosen class out of the list; its polygons stay."""
        self._classes.remove(self._chosen)
        self.picked.emit("")

    def choose_colour(self) -> None:
        """Ask for another colour of the chosen class."""
        found = self._classes.named(self._chosen)
        if found is None:
            return
        colour = QColorDialog.getColor(QColor(found.colour), self, tr("Colour of the class"))
        if colour.isValid():
            self._classes.change(found.name, colour=colour.name())

    def choose_values(self) -> None:
        """Ask for the values that every polygon of the chosen class gets."""
        found = self._classes.named(self._chosen)
        if found is None:
            return
        layer = self._output()
        dialog = ValuesDialog(found, [] if layer is None else layer.fields().names(), self)
        if dialog.exec():
            self._classes.change(found.name, values=dialog.values())

    def by_class(self) -> None:
        """Colour the layer that takes the polygons by class."""
        layer = self._output()
        if layer is not None:
            styles.show_by_class(layer, self._classes.items)

    def by_score(self) -> None:
        """Colour the layer that takes the polygons by score."""
        layer = self._output()
        if layer is not None:
            styles.show_by_score(layer)

    def _colour_again(self) -> None:
        """Colours or names changed: a layer that shows them follows."""
        layer = self._output()
        if layer is not None and styles.shows_classes(layer):
            self.by_class()

    def _fill(self) -> None:
        items = self._classes.items
        self.table.setRowCount(len(items))
        for row, item in enumerate(items):
            count, area = self.tally.found.get(item.name, (0, 0.0))
            texts = (str(row + 1) if row < KEYS else "", item.name, str(count), _area(area) if count else "")
            for column, text in enumerate(texts):
                cell = QTableWidgetItem(text)
                if column == 1:
                    cell.setIcon(_swatch(item))
                    cell.setToolTip(", ".join(f"{key} = {value}" for key, value in item.values.items()))
                if column != 1:
                    cell.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                self.table.setItem(row, column, cell)
        self.show_chosen(self._chosen)

    def _clicked(self, row: int, column: int) -> None:
        self.picked.emit(self._classes.items[row].name)

    def _build(self) -> None:
        self.table = QTableWidget(0, 4)
        self.table.setHorizontalHeaderLabels([tr("Key"), tr("Class"), tr("Count"), tr("Area")])
        present(self.table.verticalHeader()).hide()
        header, modes = present(self.table.horizontalHeader()), QHeaderView.ResizeMode
        for column in (0, 2, 3):
            header.setSectionResizeMode(column, modes.ResizeToContents)
        header.setSectionResizeMode(1, modes.Stretch)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # Keys belong to the map.
        self.table.setIconSize(QSize(SWATCH, SWATCH))
        self.table.setFixedHeight(HEIGHT)
        self.table.cellClicked.connect(self._clicked)
        self.colour = _button(tr("Colour…"), self.choose_colour)
        self.values = _button(tr("Values…"), self.choose_values)
        self.removing = _button("−", self.remove)
        self.values.setToolTip(tr("What every polygon of this class gets in other columns"))
        self.removing.setToolTip(tr("Take the class out of the list; its polygons stay"))
        self.classed = _button(tr("By class"), self.by_class)
        self.scored = _button(tr("By score"), self.by_score)
        self.classed.setToolTip(tr("Colour the polygons by class"))
        self.scored.setToolTip(tr("Colour the polygons by score"))
        self._of_one = (self.colour, self.values, self.removing)
        column, row = QVBoxLayout(self), QHBoxLayout()
        column.setContentsMargins(0, 0, 0, 0)
        for part in (self.removing, self.colour, self.values, self.classed, self.scored):
            row.addWidget(part)
        row.addStretch()
        column.addWidget(self.table)
        column.addLayout(row)


def _button(text: str, work: Callable[[], object]) -> QToolButton:
    button = QToolButton()
    button.setText(text)
    button.clicked.connect(lambda checked=False: work())
    return button


def _swatch(item: ObjectClass) -> QIcon:
    picture = QPixmap(SWATCH, SWATCH)
    picture.fill(QColor(item.colour))
    return QIcon(picture)


def _area(square_metres: float) -> str:
    """In the project's unit."""
    unit = project().areaUnits()
    factor = QgsUnitTypes.fromUnitToUnitFactor(enums.SQUARE_METRES, unit)
    return QgsDistanceArea.formatArea(square_metres * factor, 1, unit)
