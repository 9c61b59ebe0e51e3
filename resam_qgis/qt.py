"""The few names that Qt 5 and Qt 6 keep in different places."""

from __future__ import annotations

from qgis.PyQt.QtCore import QVariant

try:
    from qgis.PyQt.QtGui import QAction, QShortcut
except ImportError:  # Qt 5
    from qgis.PyQt.QtWidgets import QAction, QShortcut

if hasattr(QVariant, "Int"):
    INTEGER, REAL, TEXT = QVariant.Int, QVariant.Double, QVariant.String
else:  # Qt 6
    from qgis.PyQt.QtCore import QMetaType

    INTEGER, REAL, TEXT = QMetaType.Type.Int, QMetaType.Type.Double, QMetaType.Type.QString

__all__ = ["INTEGER", "REAL", "TEXT", "QAction", "QShortcut"]
