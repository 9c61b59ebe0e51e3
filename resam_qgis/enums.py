"""QGIS's enums by their scoped names, which Qt 6 needs; the stubs of QGIS list other names."""

from __future__ import annotations

from qgis.core import (
    QgsFeatureRequest,
    QgsFields,
    QgsProcessing,
    QgsProcessingParameterDefinition,
    QgsUnitTypes,
    QgsWkbTypes,
)

METRES = QgsUnitTypes.DistanceUnit.DistanceMeters  # type: ignore[attr-defined]
SQUARE_METRES = QgsUnitTypes.AreaUnit.AreaSquareMeters  # type: ignore[attr-defined]
POLYGON = QgsWkbTypes.GeometryType.PolygonGeometry  # type: ignore[attr-defined]
POINT = QgsWkbTypes.GeometryType.PointGeometry  # type: ignore[attr-defined]
RASTERS = QgsProcessing.SourceType.TypeRaster  # type: ignore[attr-defined]
POLYGON_LAYERS = QgsProcessing.SourceType.TypeVectorPolygon  # type: ignore[attr-defined]
POINT_LAYERS = QgsProcessing.SourceType.TypeVectorPoint  # type: ignore[attr-defined]
ADVANCED = QgsProcessingParameterDefinition.Flag.FlagAdvanced  # type: ignore[attr-defined]
NO_GEOMETRY = QgsFeatureRequest.Flag.NoGeometry
JOINED = QgsFields.FieldOrigin.OriginJoin  # type: ignore[attr-defined]
VIRTUAL = QgsFields.FieldOrigin.OriginExpression  # type: ignore[attr-defined]
