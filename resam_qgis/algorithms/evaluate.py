"""Segment, then measure against reference polygons."""

from __future__ import annotations

import os
from typing import Any

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterFileDestination,
)

from .. import enums
from ..i18n import tr
from .base import Folder, file_options
from .segment_points import ShapedAlgorithm


class Evaluate(ShapedAlgorithm):
    """``engine.evaluate`` as an algorithm."""

    NAME = "evaluate"
    REFERENCE = "REFERENCE"

    def displayName(self) -> str:  # noqa: N802
        """Shown in the toolbox."""
        return tr("Evaluate against reference polygons")

    def shortHelpString(self) -> str:  # noqa: N802
        """Shown beside the parameters."""
        return tr(
            "Segments the points and compares every polygon with the reference polygon that holds its point: "
            "mean IoU with its 95 % interval, F1, and how many objects were missed."
        )

    def initAlgorithm(self, configuration: dict[str, Any] | None = None) -> None:  # noqa: N802
        """Declare parameters and outputs."""
        self.add_raster()
        self.add_points()
        polygons = [enums.POLYGON_LAYERS]
        self.addParameter(
            QgsProcessingParameterFeatureSource(self.REFERENCE, tr("Reference polygons"), polygons)
        )
        self.add_model()
        self.add_shape()
        self.addParameter(
            QgsProcessingParameterFileDestination(self.OUTPUT, tr("Report"), "JSON (*.json)", None, True)
        )
        for name, text in (
            ("MEAN_IOU", tr("Mean IoU")),
            ("MEAN_F1", tr("Mean F1")),
            ("OBJECTS", tr("Objects")),
        ):
            self.addOutput(QgsProcessingOutputNumber(name, text))

    def processAlgorithm(  # noqa: N802
        self,
        parameters: dict[str, Any],
        context: QgsProcessingContext,
        feedback: QgsProcessingFeedback | None,
    ) -> dict[str, Any]:
        """Run."""
        out = self.parameterAsFileOutput(parameters, self.OUTPUT, context)
        with Folder() as folder:
            points = self.vector_file(parameters, self.POINTS, context, folder)
            reference = self.vector_file(parameters, self.REFERENCE, context, folder)
            events = self.run_engine(
                "evaluate",
                feedback,
                **self.raster_options(parameters, context),
                **file_options("points", points),
                **file_options("reference", reference),
                **self.model_options(parameters, context),
                **self.shape_options(parameters, context),
                out=os.path.abspath(out) if out else out,
            )
        overall = events["done"]["scores"]["overall"]
        return {
            self.OUTPUT: out,
            "MEAN_IOU": overall["mean_iou"],
            "MEAN_F1": overall["mean_f1"],
            "OBJECTS": overall["n"],
        }
