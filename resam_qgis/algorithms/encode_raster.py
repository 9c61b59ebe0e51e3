"""A raster is embedded beforehand, so that clicks on it are answered at once."""

from __future__ import annotations

from qgis.core import QgsProcessingOutputNumber, QgsProcessingParameterNumber

from ..i18n import tr
from .base import EngineAlgorithm, Folder, points_arguments


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

    def initAlgorithm(self, configuration=None) -> None:  # noqa: N802
        """Declare parameters and outputs."""
        self.add_raster()
        self.add_points(optional=True)
        self.add_model()
        double = QgsProcessingParameterNumber.Type.Double
        text = tr("Most that is kept (GB)")
        self.add_advanced(QgsProcessingParameterNumber(self.LIMIT, text, double, 2, False, 0.01))
        for name in ("TILES", "EMBEDDED"):
            self.addOutput(QgsProcessingOutputNumber(name, name.lower()))

    def processAlgorithm(self, parameters, context, feedback) -> dict:  # noqa: N802
        """Run."""
        with Folder() as folder:
            points = self.vector_file(parameters, self.POINTS, context, folder)
            arguments = [
                "engine.encode",
                *self.raster_arguments(parameters, context),
                *points_arguments(points),
                *self.model_arguments(parameters, context),
                *["--limit-gb", repr(self.parameterAsDouble(parameters, self.LIMIT, context))],
            ]
            done = self.run_engine(arguments, feedback)["done"]
        return {"TILES": done["tiles"], "EMBEDDED": done["embedded"]}
