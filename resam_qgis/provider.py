"""The Processing provider ``resam``."""

from __future__ import annotations

from qgis.core import QgsProcessingProvider
from qgis.PyQt.QtGui import QIcon

from . import places
from .algorithms import ALGORITHMS


class ResamProvider(QgsProcessingProvider):
    """The engine's commands as algorithms."""

    def id(self) -> str:
        """Part before the colon of an algorithm's name."""
        return "resam"

    def name(self) -> str:
        """Shown in the toolbox."""
        return "ReSAM"

    def icon(self) -> QIcon:
        """Shown in the toolbox."""
        return QIcon(places.icon("resam"))

    def loadAlgorithms(self) -> None:  # noqa: N802 - the name that QGIS calls
        """Add every algorithm."""
        for algorithm in ALGORITHMS:
            self.addAlgorithm(algorithm())
