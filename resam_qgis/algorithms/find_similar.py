"""Every object that is like a few examples."""

from __future__ import annotations

from typing import Any

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterFeatureSink,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterNumber,
)

from .. import enums, places, sayings
from ..exceptions import QgsProcessingException
from ..i18n import tr
from ..runs import RunFolder
from .base import SCHEMA, Folder, file_options, opened
from .segment_points import BY_SCORE, ShapedAlgorithm


class SearchAlgorithm(ShapedAlgorithm):
    """What finding with examples and without share: a place, a least score, a run that can be continued."""

    AREA, MIN_SCORE, MOST, RESUME = "AREA", "MIN_SCORE", "MAX", "RESUME"
    SWITCHES: tuple[str, ...] = ()
    MORE: tuple[str, ...] = ()

    def add_search(self, area_optional: bool, least: float) -> None:
        """Where to look, and what of it to keep."""
        kinds = [enums.POLYGON_LAYERS]
        self.addParameter(
            QgsProcessingParameterFeatureSource(
                self.AREA, tr("Look in these polygons"), kinds, optional=area_optional
            )
        )
        number, types = QgsProcessingParameterNumber, QgsProcessingParameterNumber.Type
        self.addParameter(
            number(self.MIN_SCORE, tr("Leave out lower scores"), types.Double, least, False, 0, 1)
        )
        self.add_advanced(number(self.MOST, tr("At most that many, the best"), types.Integer, None, True, 1))
        self.add_shape()
        self.add_advanced(
            QgsProcessingParameterBoolean(self.RESUME, tr("Continue a run that was stopped"), False)
        )
        sink = QgsProcessingParameterFeatureSink(self.OUTPUT, tr("Found"), enums.POLYGON_LAYERS)
        self.addParameter(sink)

    def search_options(self, parameters: dict[str, Any], context: QgsProcessingContext) -> dict[str, Any]:
        """The options for that, without the area."""
        most = parameters.get(self.MOST)
        return {
            **self.raster_options(parameters, context),
            **self.model_options(parameters, context),
            **self.shape_options(parameters, context),
            "min_score": self.parameterAsDouble(parameters, self.MIN_SCORE, context),
            "max": None if most in (None, "") else self.parameterAsInt(parameters, self.MOST, context),
        }

    def search(
        self,
        verb: str,
        sources: tuple[tuple[str, str], ...],
        parameters: dict[str, Any],
        context: QgsProcessingContext,
        feedback: QgsProcessingFeedback | None,
        **more: Any,
    ) -> tuple[str, dict[str, Any]]:
        """Run a verb; the sink's id and what the engine says at the end.

        Args:
            sources: option and parameter of each vector layer that is handed over as a copy.
            more: other options.
        """
        decides = {**self.search_options(parameters, context), **more}
        names = {name: self._name(parameters, name, context) for _, name in (*sources, ("", self.POINTS))}
        try:
            # Not a new folder for each run: what a stopped one has found lies beside its output.
            with Folder() as copies, RunFolder(verb=verb, **decides, **names) as folder:
                files = {
                    option: self.vector_copy(parameters, name, context, copies) for option, name in sources
                }
                if self.parameterDefinition(self.POINTS) is not None:
                    files |= file_options(
                        "points", self.vector_file(parameters, self.POINTS, context, copies)
                    )
                result = folder / "found.gpkg"
                resume = self.parameterAsBool(parameters, self.RESUME, context)
                options = {**decides, **files, "out": result, "resume": resume, "overwrite": True}
                events = self.run_engine(verb, feedback, **options)
                made = opened(result, SCHEMA.SEGMENTS)
                identity = self.fill(parameters, context, made)
                del made
        except OSError as problem:
            raise QgsProcessingException(sayings.not_written(problem, places.runs())) from problem
        if context.willLoadLayerOnCompletion(identity):
            context.layerToLoadOnCompletionDetails(identity).setPostProcessor(BY_SCORE)
        return identity, events["done"]

    def _name(self, parameters: dict[str, Any], name: str, context: QgsProcessingContext) -> str:
        if self.parameterDefinition(name) is None:
            return ""
        source = self.parameterAsSource(parameters, name, context)
        return "" if source is None else str(source.sourceName())


class FindSimilar(SearchAlgorithm):
    """``engine.find`` as an algorithm."""

    NAME = "findsimilar"
    POLYGONS, NEGATIVES, ADAPT = "POLYGONS", "NOT", "ADAPT"
    COUNTS = (("ACCEPTED", "accepted"), ("REVIEW", "review"))

    def displayName(self) -> str:  # noqa: N802
        """Shown in the toolbox."""
        return tr("Find all like these")

    def shortHelpString(self) -> str:  # noqa: N802
        """Shown beside the parameters."""
        return tr(
            "Click a few objects of one kind, five to twenty if you can, and all others of the raster come "
            "back as polygons, each with the probability that it is right. Polygons that stand come back as "
            "they were; those with status rejected stay away. A column class tells several kinds apart."
        )

    def initAlgorithm(self, configuration: dict[str, Any] | None = None) -> None:  # noqa: N802
        """Declare parameters and outputs."""
        self.add_raster()
        self.add_points(optional=True)
        source = QgsProcessingParameterFeatureSource
        self.addParameter(
            source(
                self.POLYGONS,
                tr("Polygons of such objects, or an earlier output"),
                [enums.POLYGON_LAYERS],
                optional=True,
            )
        )
        self.addParameter(
            source(
                self.NEGATIVES,
                tr("Points or polygons of what is no such object"),
                [enums.POINT_LAYERS, enums.POLYGON_LAYERS],
                optional=True,
            )
        )
        self.add_model()
        self.add_search(area_optional=True, least=SCHEMA.LEAST_SCORE)
        self.add_advanced(
            QgsProcessingParameterBoolean(self.ADAPT, tr("Adapt the model to the points first"), False)
        )
        for name, status in self.COUNTS:
            self.addOutput(QgsProcessingOutputNumber(name, status))

    def check(self, parameters: dict[str, Any], context: QgsProcessingContext) -> tuple[bool, str]:
        """There must be something to learn from."""
        if all(
            self.parameterAsSource(parameters, name, context) is None for name in (self.POINTS, self.POLYGONS)
        ):
            return False, tr("Give points, or polygons, of some objects to find others like them.")
        return True, ""

    def processAlgorithm(  # noqa: N802
        self,
        parameters: dict[str, Any],
        context: QgsProcessingContext,
        feedback: QgsProcessingFeedback | None,
    ) -> dict[str, Any]:
        """Run."""
        sources = (("polygons", self.POLYGONS), ("not", self.NEGATIVES), ("area", self.AREA))
        adapt = self.parameterAsBool(parameters, self.ADAPT, context)
        identity, done = self.search("find", sources, parameters, context, feedback, adapt=adapt)
        return {self.OUTPUT: identity, **{name: done.get(status, 0) for name, status in self.COUNTS}}
