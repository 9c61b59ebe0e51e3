"""Every distinct object of an area, without examples."""

from __future__ import annotations

from typing import Any

from qgis.core import QgsProcessingContext, QgsProcessingFeedback, QgsProcessingOutputNumber

from ..i18n import tr
from .base import SCHEMA
from .find_similar import SearchAlgorithm


class SegmentEverything(SearchAlgorithm):
    """``engine.everything`` as an algorithm."""

    NAME = "segmenteverything"
    OBJECTS = "OBJECTS"

    def displayName(self) -> str:  # noqa: N802
        """Shown in the toolbox."""
        return tr("Segment everything")

    def shortHelpString(self) -> str:  # noqa: N802
        """Shown beside the parameters."""
        return tr(
            "Outlines every distinct object of an area, whatever it is. The score is the IoU with the true "
            "outline to expect. To find one kind of object, use “Find all like these”."
        )

    def initAlgorithm(self, configuration: dict[str, Any] | None = None) -> None:  # noqa: N802
        """Declare parameters and outputs."""
        self.add_raster()
        self.add_model()
        self.add_search(area_optional=False, least=SCHEMA.LEAST_WHOLE)
        self.addOutput(QgsProcessingOutputNumber(self.OBJECTS, tr("objects")))

    def processAlgorithm(  # noqa: N802
        self,
        parameters: dict[str, Any],
        context: QgsProcessingContext,
        feedback: QgsProcessingFeedback | None,
    ) -> dict[str, Any]:
        """Run."""
        identity, done = self.search("everything", (("area", self.AREA),), parameters, context, feedback)
        return {self.OUTPUT: identity, self.OBJECTS: done.get("objects", 0)}
