"""Points on a raster become polygons."""

from __future__ import annotations

from qgis.core import (
    QgsProcessing,
    QgsProcessingOutputNumber,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterFeatureSink,
    QgsProcessingParameterNumber,
)

from ..i18n import tr
from .base import EngineAlgorithm, Folder, opened, points_arguments


class ShapedAlgorithm(EngineAlgorithm):
    """What segmenting and evaluating share: how polygons are found and shaped."""

    SIMPLIFY, REGULARIZE, MIN_AREA, OVERLAP = "SIMPLIFY", "REGULARIZE", "MIN_AREA", "OVERLAP"
    SWITCHES = (("REFINE", "--no-refine"), ("REQUERY", "--no-requery"), ("ZOOM", "--no-zoom"))

    def add_shape(self) -> None:
        """Everything that decides what the polygons look like."""
        double = QgsProcessingParameterNumber.Type.Double
        self.addParameter(
            QgsProcessingParameterBoolean(self.REGULARIZE, tr("Square outlines up (buildings)"), False)
        )
        self.addParameter(
            QgsProcessingParameterNumber(self.SIMPLIFY, tr("Simplify (pixels)"), double, 0.75, False, 0)
        )
        self.addParameter(
            QgsProcessingParameterNumber(self.MIN_AREA, tr("Reject smaller ones (m²)"), double, 0, False, 0)
        )
        self.add_advanced(QgsProcessingParameterBoolean(self.OVERLAP, tr("Let polygons share area"), False))
        texts = (
            tr("Refine the first mask"),
            tr("Ask again with the refined mask's box"),
            tr("Look again at small and large objects, finer and coarser"),
        )
        for (name, _), text in zip(self.SWITCHES, texts):
            self.add_advanced(QgsProcessingParameterBoolean(name, text, True))

    def shape_arguments(self, parameters, context) -> list[str]:
        """The options for that."""
        found = ["--simplify", repr(self.parameterAsDouble(parameters, self.SIMPLIFY, context))]
        found += ["--min-area", repr(self.parameterAsDouble(parameters, self.MIN_AREA, context))]
        if self.parameterAsBool(parameters, self.REGULARIZE, context):
            found.append("--regularize")
        if self.parameterAsBool(parameters, self.OVERLAP, context):
            found.append("--allow-overlap")
        return found + [
            option for name, option in self.SWITCHES if not self.parameterAsBool(parameters, name, context)
        ]


class SegmentPoints(ShapedAlgorithm):
    """``engine.segment`` as an algorithm."""

    NAME = "segmentpoints"
    COUNTS = (("ACCEPTED", "accepted"), ("REVIEW", "review"), ("REJECTED", "rejected"))

    def displayName(self) -> str:  # noqa: N802
        """Shown in the toolbox."""
        return tr("Segment points")

    def shortHelpString(self) -> str:  # noqa: N802
        """Shown beside the parameters."""
        return tr(
            "Finds the object under every point and returns its outline, with a score. Points with the same "
            "object_id belong to one object; label 0 excludes. Other columns travel along. Objects that were "
            "not found are rows without geometry that say why."
        )

    def initAlgorithm(self, configuration=None) -> None:  # noqa: N802
        """Declare parameters and outputs."""
        self.add_raster()
        self.add_points()
        self.add_model()
        self.add_shape()
        kind = QgsProcessing.SourceType.TypeVectorPolygon
        self.addParameter(QgsProcessingParameterFeatureSink(self.OUTPUT, tr("Segments"), kind))
        for name, status in self.COUNTS:
            self.addOutput(QgsProcessingOutputNumber(name, status))

    def processAlgorithm(self, parameters, context, feedback) -> dict:  # noqa: N802
        """Run."""
        with Folder() as folder:
            points = self.vector_file(parameters, self.POINTS, context, folder)
            result = folder / "segments.gpkg"
            arguments = [
                "engine.segment",
                *self.raster_arguments(parameters, context),
                *points_arguments(points),
                *self.model_arguments(parameters, context),
                *self.shape_arguments(parameters, context),
                *["--out", str(result)],
            ]
            done = self.run_engine(arguments, feedback)["done"]
            made = opened(result, "segments")
            identity = self.fill(parameters, context, made)
            del made
        return {self.OUTPUT: identity, **{name: done.get(status, 0) for name, status in self.COUNTS}}
