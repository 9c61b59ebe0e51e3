"""Where to click next."""

from __future__ import annotations

from typing import Any, cast

from qgis.core import (
    QgsMapLayer,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingLayerPostProcessorInterface,
    QgsProcessingParameterFeatureSink,
    QgsProcessingParameterNumber,
    QgsVectorLayer,
)

from .. import enums, styles
from ..i18n import tr
from .base import SCHEMA, EngineAlgorithm, Folder, file_options, opened


class ByRank(QgsProcessingLayerPostProcessorInterface):
    """Styles what is loaded into the project."""

    def postProcessLayer(  # noqa: N802
        self, layer: QgsMapLayer | None, context: QgsProcessingContext, feedback: QgsProcessingFeedback | None
    ) -> None:
        """Called by QGIS in the window's thread."""
        styles.places_by_rank(cast(QgsVectorLayer, layer))


BY_RANK = ByRank()
"""QGIS keeps no reference to it."""


class SuggestClicks(EngineAlgorithm):
    """``engine.suggest`` as an algorithm."""

    NAME = "suggestclicks"
    COUNT = "COUNT"

    def displayName(self) -> str:  # noqa: N802
        """Shown in the toolbox."""
        return tr("Suggest where to click next")

    def shortHelpString(self) -> str:  # noqa: N802
        """Shown beside the parameters."""
        return tr(
            "Around the points so far, looks for places that resemble the clicked objects and of which the "
            "model is unsure, and for clicked objects that it gets differently each time. Best first, by "
            "expected gain."
        )

    def initAlgorithm(self, configuration: dict[str, Any] | None = None) -> None:  # noqa: N802
        """Declare parameters and outputs."""
        self.add_raster()
        self.add_points()
        self.add_model()
        number = QgsProcessingParameterNumber
        self.addParameter(
            number(self.COUNT, tr("How many places"), number.Type.Integer, SCHEMA.SUGGESTED, False, 1)
        )
        kind = enums.POINT_LAYERS
        self.addParameter(QgsProcessingParameterFeatureSink(self.OUTPUT, tr("Suggestions"), kind))

    def processAlgorithm(  # noqa: N802
        self,
        parameters: dict[str, Any],
        context: QgsProcessingContext,
        feedback: QgsProcessingFeedback | None,
    ) -> dict[str, Any]:
        """Run."""
        with Folder() as folder:
            points = self.vector_file(parameters, self.POINTS, context, folder)
            result = folder / "suggestions.gpkg"
            self.run_engine(
                "suggest",
                feedback,
                **self.raster_options(parameters, context),
                **file_options("points", points),
                **self.model_options(parameters, context),
                count=self.parameterAsInt(parameters, self.COUNT, context),
                out=result,
            )
            made = opened(result, SCHEMA.SUGGESTIONS)
            identity = self.fill(parameters, context, made)
            del made
        if context.willLoadLayerOnCompletion(identity):
            context.layerToLoadOnCompletionDetails(identity).setPostProcessor(BY_RANK)
        return {self.OUTPUT: identity}
