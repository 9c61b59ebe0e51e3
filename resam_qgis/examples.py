"""What the layers of polygons teach of the wanted objects: outlines that stand, what is none, and clicks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from qgis.core import QgsCoordinateReferenceSystem, QgsFeature, QgsFeatureRequest, QgsGeometry, QgsVectorLayer

from . import output_layers
from .exceptions import QgsCsException
from .layers import transform
from .session import POSITIVE, Accepted, Session

ACCEPTED, REJECTED, REVIEW = "accepted", "rejected", "review"
"""Words of the column ``status``."""
SURE = {ACCEPTED: True, REJECTED: False}
"""Which polygons teach, and whether they show what is wanted."""
STANDING = {**SURE, REVIEW: True}
"""Which polygons of the user's layer take ground, and whether something stands there."""


@dataclass(frozen=True)
class Outline:
    """A polygon of a layer: an accepted object, or one that the user rejected.

    Attributes:
        shape: in the CRS that was asked for.
        wanted: whether it is an example; otherwise nothing like it shall be found at its place.
    """

    shape: QgsGeometry
    class_name: str
    wanted: bool


@dataclass(frozen=True)
class Examples:
    """Everything that a search learns from.

    Attributes:
        outlines: polygons of the layers.
        clicks: x, y, label, object, class of objects whose polygons are still to review.
    """

    outlines: tuple[Outline, ...]
    clicks: tuple[tuple[float, float, int, int, str], ...]

    @property
    def wanted(self) -> int:
        """How many objects show what is wanted."""
        return sum(self.by_class().values())

    def by_class(self) -> dict[str, int]:
        """How many of them each class has; without one under an empty name."""
        clicked = {row[3]: row[4] for row in self.clicks}
        names = [item.class_name for item in self.outlines if item.wanted] + list(clicked.values())
        return dict(Counter(names).most_common())

    @property
    def unwanted(self) -> int:
        """How many polygons show what is not."""
        return sum(not item.wanted for item in self.outlines)


def status_of(feature: QgsFeature) -> str:
    """What the column ``status`` says; a polygon of a layer without it was drawn by somebody, and stands."""
    index = feature.fields().indexFromName("status")
    value = feature[index] if index >= 0 else None
    return value if isinstance(value, str) and value else ACCEPTED


def collected(
    session: Session, layers: Iterable[QgsVectorLayer | None], crs: QgsCoordinateReferenceSystem
) -> Examples:
    """The examples of a raster.

    Args:
        session: the clicks on the raster.
        layers: of polygons; None stands for a layer that is not there.
        crs: of the raster; polygons that have no place there are left out.
    """
    outlines: list[Outline] = []
    clicked: list[Accepted] = []
    for layer in layers:
        if layer is not None:
            outlines += outlines_of(layer, crs, SURE)
            clicked += _clicked(layer, session)
    rows = [
        (click.x, click.y, click.label, item.number, item.class_name)
        for item in clicked
        for click in item.draft.clicks
    ]
    return Examples(tuple(outlines), tuple(rows))


def outlines_of(
    layer: QgsVectorLayer,
    crs: QgsCoordinateReferenceSystem,
    wanted: Mapping[str, bool],
    entered: Session | None = None,
) -> Iterator[Outline]:
    """The polygons of a layer in another CRS; those that have no place there are left out.

    Args:
        wanted: by status; polygons of another status are left out.
        entered: whose polygons count as accepted, though the model doubts them.
    """
    moved = transform(layer.crs(), crs)
    known = {} if entered is None else entered.by_place()
    index = layer.fields().lookupField("class")  # In any case, as the engine reads it.
    for feature in layer.getFeatures():
        status = status_of(feature)
        if status == REVIEW and known and output_layers.reference_of(layer, feature).place in known:
            status = ACCEPTED
        if not feature.hasGeometry() or status not in wanted:
            continue
        shape, value = QgsGeometry(feature.geometry()), feature[index] if index >= 0 else None
        try:
            shape.transform(moved)
        except QgsCsException:
            continue
        yield Outline(shape, output_layers.class_in(value), wanted[status])


def _clicked(layer: QgsVectorLayer, session: Session) -> Iterator[Accepted]:
    """Objects that the user entered though the model doubts their polygons: their clicks are what is sure."""
    if layer.fields().indexFromName("status") < 0 or not session.accepted:
        return
    known = session.by_place()
    request = QgsFeatureRequest().setFilterExpression(f"\"status\" = '{REVIEW}'")
    for feature in layer.getFeatures(request):
        item = known.get(output_layers.reference_of(layer, feature).place)
        if item is not None and any(click.label == POSITIVE for click in item.draft.clicks):
            yield item
