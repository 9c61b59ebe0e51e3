"""A raster is embedded beforehand, so that clicks on it are answered at once."""

from __future__ import annotations

from typing import Any

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingParameterNumber,
)

from .. import settings
from ..i18n import tr
from .base import EngineAlgorithm, Folder, file_options


class EncodeRaster(EngineAlgorithm):
    """``engine.encode`` as an algorithm."""

    NAME = "encoderaster"
    LIMIT = "LIMIT_GB"

    def displayName(self) -> str:  # noqa: N802
        """Shown in the toolbox."""
        return tr("Encode raster")

    def shortHelpString(self) -> str:  # noqa: N802
        """Shown beside the parameters."""
        return tr(
            "Computes what the model needs to know of a raster and keeps it on disk, so that later clicks "
            "are answered at once. With points, only the ground around them. The oldest entries go first "
            "when the limit is reached."
        )

    def initAlgorithm(self, configuration: dict[str, Any] | None = None) -> None:  # noqa: N802
        """Declare parameters and outputs."""
        self.add_raster()
        self.add_points(optional=True)
        self.add_model()
        double = QgsProcessingParameterNumber.Type.Double
        text, least = tr("Most that is kept (GB)"), 0.01
        # As clicks keep it: with less, a run would throw away what they have kept.
        most = max(float(settings.CACHE_GB.get()), least)
        self.add_advanced(QgsProcessingParameterNumber(self.LIMIT, text, double, most, False, least))
        for name in ("TILES", "EMBEDDED"):
            self.addOutput(QgsProcessingOutputNumber(name, name.lower()))

    def processAlgorithm(  # noqa: N802
        self,
        parameters: dict[str, Any],
        context: QgsProcessingContext,
        feedback: QgsProcessingFeedback | None,
    ) -> dict[str, Any]:
        """Run."""
        with Folder() as folder:
            points = self.vector_file(parameters, self.POINTS, context, folder)
            done = self.run_engine(
                "encode",
                feedback,
                **self.raster_options(parameters, context),
                **file_options("points", points),
                **self.model_options(parameters, context),
                limit_gb=self.parameterAsDouble(parameters, self.LIMIT, context),
            )["done"]
        return {"TILES": done["tiles"], "EMBEDDED": done["embedded"]}
