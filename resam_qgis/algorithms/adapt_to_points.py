"""A model learns from points alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputHtml,
    QgsProcessingOutputNumber,
    QgsProcessingOutputString,
    QgsProcessingParameterEnum,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterFolderDestination,
    QgsProcessingParameterMultipleLayers,
    QgsProcessingParameterNumber,
    QgsRasterLayer,
)

from .. import enums, layers
from ..exceptions import QgsProcessingException
from ..i18n import tr
from .base import SCHEMA, EngineAlgorithm, Folder, file_options


class AdaptToPoints(EngineAlgorithm):
    """``engine.train`` as an algorithm."""

    NAME = "adapttopoints"
    COUNTED = 90.0
    REFERENCE, PRESET, MINUTES, HOLDOUT, SEED = "REFERENCE", "PRESET", "MINUTES", "HOLDOUT", "SEED"

    def displayName(self) -> str:  # noqa: N802
        """Shown in the toolbox."""
        return tr("Adapt to points")

    def shortHelpString(self) -> str:  # noqa: N802
        """Shown beside the parameters."""
        return tr(
            "Trains a small adapter (LoRA) from points alone; no masks are drawn. A share of the objects is "
            "held out and measured before and after: better, no evidence, or worse. With reference polygons "
            "that is the true overlap; without, an estimate. The report shows what changed."
        )

    def initAlgorithm(self, configuration: dict[str, Any] | None = None) -> None:  # noqa: N802
        """Declare parameters and outputs."""
        number, double = QgsProcessingParameterNumber, QgsProcessingParameterNumber.Type.Double
        kind = enums.RASTERS
        self.addParameter(QgsProcessingParameterMultipleLayers(self.INPUT, tr("Rasters"), kind))
        self.add_remote()
        self.add_points()
        polygons = [enums.POLYGON_LAYERS]
        text = tr("Reference polygons, to measure with (optional)")
        self.addParameter(QgsProcessingParameterFeatureSource(self.REFERENCE, text, polygons, optional=True))
        self.add_model(adapter=False)
        self.add_advanced(
            QgsProcessingParameterEnum(
                self.PRESET,
                tr("Preset"),
                list(SCHEMA.PRESETS),
                defaultValue=SCHEMA.PRESET,
                usesStaticStrings=True,
            )
        )
        self.add_advanced(
            number(self.MINUTES, tr("Stop after about this many minutes"), double, None, True, 0.01)
        )
        self.add_advanced(
            number(
                self.HOLDOUT,
                tr("Share of the objects that is held out"),
                double,
                SCHEMA.HOLD_OUT,
                False,
                0,
                0.9,
            )
        )
        self.add_advanced(number(self.SEED, tr("Seed"), number.Type.Integer, 0, False, 0))
        self.addParameter(QgsProcessingParameterFolderDestination(self.OUTPUT, tr("Adapter (a new folder)")))
        self.addOutput(QgsProcessingOutputHtml("REPORT", tr("Report")))
        self.addOutput(QgsProcessingOutputString("VERDICT", tr("Verdict")))
        self.addOutput(QgsProcessingOutputNumber("CHANGE", tr("Change")))

    def rasters(self, parameters: dict[str, Any], context: QgsProcessingContext) -> list[QgsRasterLayer]:
        """The rasters that a run reads."""
        return [
            layer
            for layer in self.parameterAsLayerList(parameters, self.INPUT, context)
            if isinstance(layer, QgsRasterLayer)
        ]

    def check(self, parameters: dict[str, Any], context: QgsProcessingContext) -> tuple[bool, str]:
        """The folder must be new: a run never replaces an adapter."""
        out = self.parameterAsString(parameters, self.OUTPUT, context)
        if out and out != "TEMPORARY_OUTPUT" and Path(out).is_dir() and any(Path(out).iterdir()):
            return False, tr("The folder is not empty: {}").format(out)
        return True, ""

    def processAlgorithm(  # noqa: N802
        self,
        parameters: dict[str, Any],
        context: QgsProcessingContext,
        feedback: QgsProcessingFeedback | None,
    ) -> dict[str, Any]:
        """Run."""
        sources = [self.source(layer, ()) for layer in self.rasters(parameters, context)]
        if not sources:
            raise QgsProcessingException(tr("Choose at least one raster."))
        assumed = layers.assumed_crs(sources)
        out = Path(self.parameterAsString(parameters, self.OUTPUT, context)).absolute()
        minutes = parameters.get(self.MINUTES)
        with Folder() as folder:
            points = self.vector_file(parameters, self.POINTS, context, folder)
            reference = self.vector_file(parameters, self.REFERENCE, context, folder)
            events = self.run_engine(
                "train",
                feedback,
                raster=[source.path for source in sources],
                assume_crs=assumed,
                **file_options("points", points),
                **self.model_options(parameters, context),
                **file_options("reference", reference),
                allow_remote=self.may_reach(parameters, context, *sources),
                preset=self.parameterAsString(parameters, self.PRESET, context),
                minutes=None
                if minutes is None
                else self.parameterAsDouble(parameters, self.MINUTES, context),
                clicks_holdout=self.parameterAsDouble(parameters, self.HOLDOUT, context),
                seed=self.parameterAsInt(parameters, self.SEED, context),
                out=out,
            )
        return {
            self.OUTPUT: str(out),
            "REPORT": str(out / "report.html"),
            "VERDICT": events["done"]["verdict"],
            "CHANGE": events["done"]["change"],
        }
