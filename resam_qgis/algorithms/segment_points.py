"""Points on a raster become polygons."""

from __future__ import annotations

from typing import Any, cast

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsMapLayer,
    QgsMapLayerUtils,
    QgsProcessingContext,
    QgsProcessingFeatureSource,
    QgsProcessingFeedback,
    QgsProcessingLayerPostProcessorInterface,
    QgsProcessingOutputNumber,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterEnum,
    QgsProcessingParameterExtent,
    QgsProcessingParameterFeatureSink,
    QgsProcessingParameterMapTheme,
    QgsProcessingParameterNumber,
    QgsRectangle,
    QgsVectorLayer,
)

from .. import enums, places, sayings, styles, window_thread
from ..exceptions import QgsProcessingException
from ..i18n import tr
from ..presence import present, project
from ..runs import RunFolder
from .base import SCHEMA, EngineAlgorithm, Folder, file_options, opened


class ShapedAlgorithm(EngineAlgorithm):
    """What segmenting and evaluating share: how polygons are found and shaped."""

    SHAPE, SIMPLIFY, MIN_AREA, OVERLAP, SNAP = "SHAPE", "SIMPLIFY", "MIN_AREA", "OVERLAP", "SNAP"
    SWITCHES: tuple[str, ...] = ("REFINE", "REQUERY", "ZOOM")
    """On unless they are switched off: how a click is answered."""
    MORE: tuple[str, ...] = ("TTA",)
    """Off unless they are switched on."""

    def add_shape(self) -> None:
        """Everything that decides what the polygons look like."""
        double = QgsProcessingParameterNumber.Type.Double
        self.addParameter(
            QgsProcessingParameterEnum(
                self.SHAPE,
                tr("Shape of the polygons"),
                list(SCHEMA.SHAPES),
                defaultValue=SCHEMA.SHAPE,
                usesStaticStrings=True,
            )
        )
        self.addParameter(
            QgsProcessingParameterNumber(
                self.SIMPLIFY, tr("Simplify (pixels)"), double, SCHEMA.SIMPLIFY_PX, False, 0
            )
        )
        self.addParameter(
            QgsProcessingParameterNumber(
                self.MIN_AREA, tr("Reject smaller ones (m²)"), double, SCHEMA.MIN_AREA_M2, False, 0
            )
        )
        self.add_advanced(
            QgsProcessingParameterNumber(
                self.SNAP, tr("Close gaps between neighbours (pixels)"), double, SCHEMA.SNAP_PX, False, 0
            )
        )
        self.add_advanced(QgsProcessingParameterBoolean(self.OVERLAP, tr("Let polygons share area"), False))
        on = (
            tr("Refine the first mask"),
            tr("Ask again with the refined mask's box"),
            tr("Look again at small and large objects, finer and coarser"),
        )
        off = (tr("Look at everything turned by half, too: better from one click, twice as long"),)
        for name, text in zip(self.SWITCHES, on):
            self.add_advanced(QgsProcessingParameterBoolean(name, text, True))
        for name, text in zip(self.MORE, off):
            self.add_advanced(QgsProcessingParameterBoolean(name, text, False))

    def shape_options(self, parameters: dict[str, Any], context: QgsProcessingContext) -> dict[str, Any]:
        """The options for that."""
        found = {
            "simplify": self.parameterAsDouble(parameters, self.SIMPLIFY, context),
            "snap_px": self.parameterAsDouble(parameters, self.SNAP, context),
            "min_area": self.parameterAsDouble(parameters, self.MIN_AREA, context),
            "shape": self.parameterAsString(parameters, self.SHAPE, context),
            "allow_overlap": self.parameterAsBool(parameters, self.OVERLAP, context),
        }
        for name in self.SWITCHES:
            found[f"no_{name.lower()}"] = not self.parameterAsBool(parameters, name, context)
        for name in self.MORE:
            found[name.lower()] = self.parameterAsBool(parameters, name, context)
        return found


def _extent_of(theme: str, crs: QgsCoordinateReferenceSystem) -> QgsRectangle:
    """Where a theme's layers lie; for the window's thread, to which themes and layers belong."""
    seen = present(project().mapThemeCollection()).mapThemeVisibleLayers(theme)
    return QgsMapLayerUtils.combinedExtent(seen, crs, project().transformContext())


class ByScore(QgsProcessingLayerPostProcessorInterface):
    """Styles what is loaded into the project."""

    def postProcessLayer(  # noqa: N802
        self, layer: QgsMapLayer | None, context: QgsProcessingContext, feedback: QgsProcessingFeedback | None
    ) -> None:
        """Called by QGIS in the window's thread."""
        styles.outlines_by_score(cast(QgsVectorLayer, layer))


BY_SCORE = ByScore()
"""QGIS keeps no reference to it."""


class SegmentPoints(ShapedAlgorithm):
    """``engine.segment`` as an algorithm."""

    NAME = "segmentpoints"
    RESUME, EXTENT, THEME = "RESUME", "EXTENT", "THEME"
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

    def initAlgorithm(self, configuration: dict[str, Any] | None = None) -> None:  # noqa: N802
        """Declare parameters and outputs."""
        self.add_raster()
        self.add_points()
        self.add_model()
        self.add_shape()
        self.add_advanced(
            QgsProcessingParameterExtent(self.EXTENT, tr("Only points in this extent"), None, True)
        )
        self.add_advanced(
            QgsProcessingParameterMapTheme(
                self.THEME, tr("Only points in the extent of this map theme's layers"), optional=True
            )
        )
        self.add_advanced(
            QgsProcessingParameterBoolean(self.RESUME, tr("Continue a run that was stopped"), False)
        )
        kind = enums.POLYGON_LAYERS
        self.addParameter(QgsProcessingParameterFeatureSink(self.OUTPUT, tr("Segments"), kind))
        for name, status in self.COUNTS:
            self.addOutput(QgsProcessingOutputNumber(name, status))

    def check(self, parameters: dict[str, Any], context: QgsProcessingContext) -> tuple[bool, str]:
        """There is one extent at most."""
        theme = self.parameterAsString(parameters, self.THEME, context)
        if theme and not self.parameterAsExtent(parameters, self.EXTENT, context).isNull():
            return False, tr("Give an extent or a map theme, not both.")
        return True, ""

    def prepareAlgorithm(  # noqa: N802
        self,
        parameters: dict[str, Any],
        context: QgsProcessingContext,
        feedback: QgsProcessingFeedback | None,
    ) -> bool:
        """Before the run: what the theme shows now."""
        self._shown = QgsRectangle()
        theme = self.parameterAsString(parameters, self.THEME, context)
        clicks = self.parameterAsSource(parameters, self.POINTS, context)
        if theme and clicks is not None:
            crs = clicks.sourceCrs()
            box = window_thread.there(lambda: _extent_of(theme, crs), present(feedback).isCanceled)
            self._shown = box or QgsRectangle()
        return super().prepareAlgorithm(parameters, context, feedback)

    def _part(
        self, parameters: dict[str, Any], context: QgsProcessingContext, clicks: QgsProcessingFeatureSource
    ) -> QgsRectangle | None:
        """Where points are taken from, in their CRS; None means everywhere."""
        theme = self.parameterAsString(parameters, self.THEME, context)
        if theme and self._shown.isNull():
            text = tr("The project has no map theme “{}” with layers.")
            raise QgsProcessingException(text.format(theme))
        given = self.parameterAsExtent(parameters, self.EXTENT, context, clicks.sourceCrs())
        box = self._shown if theme else given
        return None if box.isNull() else box

    def processAlgorithm(  # noqa: N802
        self,
        parameters: dict[str, Any],
        context: QgsProcessingContext,
        feedback: QgsProcessingFeedback | None,
    ) -> dict[str, Any]:
        """Run."""
        decides = {
            **self.raster_options(parameters, context),
            **self.model_options(parameters, context),
            **self.shape_options(parameters, context),
        }
        clicks = self.parameterAsSource(parameters, self.POINTS, context)
        name = "" if clicks is None else clicks.sourceName()
        part = None if clicks is None else self._part(parameters, context, clicks)
        where = "" if part is None else part.toString()
        try:
            # Not a new folder for each run: what a stopped one has found lies beside its output.
            with Folder() as copies, RunFolder(**decides, clicks=name, extent=where) as folder:
                points = self.vector_file(parameters, self.POINTS, context, copies, part)
                result = folder / "segments.gpkg"
                resume = self.parameterAsBool(parameters, self.RESUME, context)
                options = {**decides, **file_options("points", points), "out": result, "resume": resume}
                events = self.run_engine("segment", feedback, **options, overwrite=True)
                made = opened(result, SCHEMA.SEGMENTS)
                identity = self.fill(parameters, context, made)
                del made
        except OSError as problem:
            raise QgsProcessingException(sayings.not_written(problem, places.runs())) from problem
        if context.willLoadLayerOnCompletion(identity):
            context.layerToLoadOnCompletionDetails(identity).setPostProcessor(BY_SCORE)
        return {
            self.OUTPUT: identity,
            **{name: events["done"].get(status, 0) for name, status in self.COUNTS},
        }
