"""Objects that were entered before their polygon was there: each waits for its own answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from qgis.core import QgsCoordinateReferenceSystem, QgsVectorLayer
from qgis.PyQt.QtCore import QObject, pyqtSignal

from . import output_layers, sayings
from .homes import Homes
from .i18n import tr
from .inquiry import Inquiry
from .layer_rules import NotWritten
from .neighbours import Surroundings, layer_of
from .overlays import Mark, geometry_of
from .presence import present
from .session import FeatureReference, Session, Waiting


@dataclass(eq=False)
class Entered:
    """What Enter was pressed for, with everything that was chosen at that moment.

    Attributes:
        raster_id, target_id: layers by their ids; they may be gone when the answer comes. Without a target
            yet, the layer that is chosen when it is asked for takes it.
        values: what every polygon of its class gets, by column; None if it keeps the class and values it has.
        crs: of the clicks, the raster's.
        fixing: the polygon that this one replaces, or None.
    """

    inquiry: Inquiry
    session: Session
    raster_id: str
    crs: QgsCoordinateReferenceSystem
    target_id: str
    class_name: str
    values: Mapping[str, str] | None
    fixing: FeatureReference | None

    @property
    def waits(self) -> bool:
        """Whether its polygon may still come: not after a failure."""
        return self.inquiry.waiting


class EnteredObjects(QObject):
    """Writes every object into its layer as soon as its polygon is there.

    Signals:
        message: a line for the user, and whether it is a problem.
        changed: another object waits, or one less.
        written: class of an object that is in its layer now, and whether it replaced another polygon.
        replaced: where an object lies that replaced another polygon.
    """

    message = pyqtSignal(str, bool)
    changed = pyqtSignal()
    written = pyqtSignal(str, bool)
    replaced = pyqtSignal(object)

    def __init__(self, homes: Homes, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._homes = homes
        homes.moved.connect(self._rehome)
        self._items: list[Entered] = []

    @property
    def waiting(self) -> int:
        """How many objects wait for their polygon."""
        return sum(item.waits for item in self._items)

    def marks(self) -> list[Mark]:
        """What to draw: where each object was clicked, and whether it failed."""
        return [Mark(item.inquiry.draft, item.crs, not item.waits) for item in self._items]

    def enter(self, item: Entered) -> None:
        """Write the object, now or when its polygon comes.

        Raises:
            NotWritten: the polygon is there, and the layer refuses it.
        """
        item.inquiry.surroundings = Surroundings(lambda: layer_of(item.target_id), lambda: item.fixing)
        if not item.waits and not item.inquiry.renew():
            self._write(item)
            return
        self._items.append(item)
        item.inquiry.changed = lambda: self._settle(item)
        self.changed.emit()

    def undo(self) -> bool:
        """Take the last object back; False if none is here."""
        if not self._items:
            return False
        self._items.pop().inquiry.drop()
        self.changed.emit()
        return True

    def offer(self, item: Entered, reason: str) -> None:
        """Have an object that is asked for with :meth:`retry` alone, like one that failed."""
        item.inquiry.surroundings = Surroundings(lambda: layer_of(item.target_id), lambda: item.fixing)
        item.inquiry.problem = reason
        item.inquiry.changed = lambda: self._settle(item)
        self._items.append(item)
        self.changed.emit()

    def retry(self, target: Callable[[], QgsVectorLayer | None]) -> bool:
        """Ask again for those that failed; False if there are none.

        Args:
            target: the layer for those that have none yet.
        """
        failed = [item for item in self._items if not item.waits]
        for item in failed:
            if not item.target_id and (layer := target()) is not None:
                item.target_id = layer.id()
            item.inquiry.begin()
        return bool(failed)

    def kept(self, raster_id: str) -> list[Waiting]:
        """Every object of a raster that is not in its layer yet."""
        mine = (item for item in self._items if item.raster_id == raster_id)
        return [Waiting(one.inquiry.draft, one.class_name, one.fixing, one.values is None) for one in mine]

    def drop_failed(self) -> None:
        """Forget the objects that failed."""
        self._drop([item for item in self._items if not item.waits])

    def forget(self, layer_ids: Iterable[str]) -> None:
        """Layers left the project: so do the objects that came from them or would go to them."""
        gone = set(layer_ids)
        self._drop([item for item in self._items if {item.raster_id, item.target_id} & gone])

    def close(self) -> None:
        """Drop everything, without a signal."""
        for item in self._items:
            item.inquiry.drop()
        self._items = []

    def _rehome(self, layer_id: str, find: Callable[[FeatureReference], FeatureReference]) -> None:
        """Polygons that are to be replaced may lie elsewhere now."""
        for item in self._items:
            if item.fixing is not None and item.fixing.layer_id == layer_id:
                item.fixing = find(item.fixing)

    def _drop(self, items: list[Entered]) -> None:
        for item in items:
            item.inquiry.drop()
        self._items = [item for item in self._items if item not in items]
        if items:
            self.changed.emit()

    def _settle(self, item: Entered) -> None:
        """Another state of an object: its polygon came, it failed, or it is asked for again.

        Polygons are written in the order in which they were entered: each is fitted to those before it.
        """
        if not item.waits and item.inquiry.problem is not None:
            self._try(item)
        for one in list(self._items):
            if one.waits or (one.inquiry.problem is None and one.inquiry.renew()):
                break
            if one.inquiry.problem is None:
                self._try(one)
        self.changed.emit()

    def _try(self, item: Entered) -> None:
        """Write an object, or mark it as failed."""
        try:
            self._write(item)
        except NotWritten as problem:
            item.inquiry.problem = str(problem)
            self.message.emit(str(problem), True)
        else:
            self._items.remove(item)

    def _write(self, item: Entered) -> None:
        # A polygon that is shown can be taken, even if asking for other masks failed afterwards.
        if item.inquiry.problem is not None and not item.inquiry.candidates:
            raise NotWritten(sayings.reason(item.inquiry.problem))
        answer = item.inquiry.answer or {}
        geometry = geometry_of(answer)
        if geometry is None:
            raise NotWritten(
                tr("Nothing was found there: {}").format(sayings.reason(answer.get("reason") or ""))
            )
        layer = layer_of(item.target_id)
        if layer is None:
            raise NotWritten(tr("The layer that takes the polygons is gone."))
        values = {key: value for key, value in answer.items() if key not in ("geometry", "class")}
        if item.values is not None:
            texts = {**item.values, "class": item.class_name} if item.class_name else item.values
            values |= {"class": None, **output_layers.converted(layer, texts)}
        crs, borders = present(item.inquiry.source).crs, item.inquiry.borders
        with self._homes.step(layer):
            if item.fixing is None:
                values["prompt_id"] = output_layers.next_number(layer)
                home = output_layers.add_polygon(layer, geometry, values, crs, borders)
            else:
                values |= {"status": "accepted", "reason": None}
                values.pop("prompt_id", None)
                home = output_layers.change(layer, item.fixing, values, geometry, crs, borders)
                item.session.drop(home)
            item.session.keep(item.inquiry.draft, item.class_name, home)
        if item.fixing is not None:
            self.replaced.emit(home)
        self.written.emit(item.class_name, item.fixing is not None)
