"""What Processing shows for a :mod:`~resam_qgis.algorithms.listed_value`: a list to choose from, or type."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from qgis.core import QgsProcessingContext, QgsProcessingParameterDefinition
from qgis.gui import QgsAbstractProcessingParameterWidgetWrapper, QgsGui, QgsProcessingGui
from qgis.PyQt.QtWidgets import QComboBox, QFileDialog, QHBoxLayout, QToolButton, QWidget

from .. import adapters, places
from ..i18n import tr
from ..presence import present
from .listed_value import ADAPTER

SCHEMA = places.schema()
DIALOGS = {"BatchAlgorithmDialog": QgsProcessingGui.WidgetType.Batch}
"""Processing's windows by the names of their classes; others are for one run."""
MODELER = "ModelerParametersDialog"


def models() -> list[tuple[str, str]]:
    """Label and value of each model."""
    return [(f"{name} ({label})", name) for name, label in SCHEMA.MODELS.items()]


def own_adapters() -> list[tuple[str, str]]:
    """Label and value of each adapter of the user's, after that for none."""
    found = adapters.listed(places.adapters())
    return [(tr("none"), ""), *((f"{item.title}: {item.base}", str(item.folder)) for item in found)]


class ListWidget:
    """What Processing makes a widget by: in its modeler, QGIS's own for texts, which takes inputs as well."""

    def __new__(
        cls,
        parameter: QgsProcessingParameterDefinition,
        dialog: Any,
        row: int = 0,
        column: int = 0,
        **kind: str,
    ) -> Any:
        """The wrapper of a widget."""
        window = type(dialog).__name__
        if window == MODELER:
            registry = present(QgsGui.processingGuiRegistry())
            return registry.createModelerParameterWidget(
                dialog.model, dialog.childId, parameter, dialog.context
            )
        return ListWrapper(parameter, DIALOGS.get(window, QgsProcessingGui.WidgetType.Standard), **kind)


class ListWrapper(QgsAbstractProcessingParameterWidgetWrapper):
    """A list that also takes what is typed, and a button that looks for a file or a folder."""

    def __init__(self, parameter: QgsProcessingParameterDefinition, window: Any, kind: str) -> None:
        """
        Args:
            window: QGIS's word for the kind of window.
            kind: of the value.
        """
        super().__init__(parameter, window)
        self._kind = kind

    def createWidget(self) -> QWidget:  # noqa: N802 - the names that QGIS calls
        """The list and its button."""
        widget, self._list, browse = QWidget(), QComboBox(), QToolButton()
        self._list.setEditable(True)
        self._list.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        for label, value in own_adapters() if self._kind == ADAPTER else models():
            self._list.addItem(label, value)
        self._list.currentTextChanged.connect(lambda text: self.widgetValueHasChanged.emit(self))
        browse.setText("…")
        browse.clicked.connect(lambda checked=False: self._browse())
        row = QHBoxLayout(widget)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._list, 1)
        row.addWidget(browse)
        return widget

    def setWidgetValue(self, value: Any, context: QgsProcessingContext) -> None:  # noqa: N802
        """Show a value, in the list or not."""
        text = "" if value is None else str(value)
        place = self._list.findData(text)
        self._list.setCurrentIndex(place)
        if place < 0:
            self._list.setEditText(text)

    def widgetValue(self) -> Any:  # noqa: N802
        """The value that is chosen or typed; None for none."""
        text = self._list.currentText()
        place = self._list.findText(text)
        return (self._list.itemData(place) if place >= 0 else text.strip()) or None

    def _browse(self) -> None:
        ask: Callable[..., Any] = QFileDialog.getOpenFileName
        if self._kind == ADAPTER:
            ask = QFileDialog.getExistingDirectory
        found = ask(self._list, present(self.parameterDefinition()).description())
        if path := found if isinstance(found, str) else found[0]:
            self._list.setEditText(path)
