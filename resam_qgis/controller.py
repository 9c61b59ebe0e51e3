"""Between canvas, worker and layers: what a click sets going, and what becomes of the answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsFeature,
    QgsPointXY,
    QgsRasterLayer,
    QgsRectangle,
    QgsVectorLayer,
)
from qgis.gui import QgsMapCanvas
from qgis.PyQt.QtCore import QObject, pyqtSignal

from . import layers, output_layers, sayings
from .choice import Choice
from .costs import Costs
from .entered import Entered, EnteredObjects
from .homes import Homes
from .hover import Hover
from .i18n import tr
from .inquiry import Inquiry
from .layer_rules import NotWritten
from .layers import RasterInput, Unusable
from .neighbours import Surroundings, layer_of
from .overlays import Overlays, geometry_of
from .presence import present, project
from .session import NEGATIVE, POSITIVE, Click, Session, Waiting
from .sources import Sources
from .worker_client import WorkerClient


class Controller(QObject):
    """One per plugin; it holds a session per raster layer, so clicks outlive a change of layer.

    Every object is asked for on its own. Enter hands the object at hand over to :attr:`entered`, where it
    waits for its polygon, and the next click begins another.

    Signals:
        message: a line for the user, and whether it is a problem.
        changed: clicks, answer, candidates or the objects that wait changed.
        finished: an object is in a layer: its class, and whether it replaced another polygon.
        elsewhere: a click lies beside the raster, on another one: that layer's id, and the place.
    """

    message = pyqtSignal(str, bool)
    changed = pyqtSignal()
    finished = pyqtSignal(str, bool)
    elsewhere = pyqtSignal(str, QgsPointXY)

    def __init__(self, canvas: QgsMapCanvas, worker: WorkerClient, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._canvas, self.worker = canvas, worker
        self.costs = Costs(self)
        self._overlays, self.sources = Overlays(canvas), Sources(canvas, lambda: self.choice, self)
        self.sources.fetching.connect(self._fetching)
        self._sessions: dict[str, Session] = {}
        self._inquiry: Inquiry | None = None
        self.choice = Choice(None)
        self.target: Callable[[], QgsVectorLayer | None] = lambda: None
        self.layer_chosen: Callable[[], QgsVectorLayer | None] = lambda: None
        self.recall: Callable[[QgsRasterLayer], Session | None] = lambda layer: None
        self.class_values: Callable[[str], Mapping[str, str]] = lambda name: {}
        self.homes = Homes(lambda: self._sessions.values(), self)
        self.homes.changed.connect(self.changed)
        self.entered = EnteredObjects(self.homes, self)
        self.entered.message.connect(self.message)
        self.entered.changed.connect(self._entered_changed)
        self.entered.written.connect(self.finished)
        self._hover = Hover(worker, self._overlays, self)

    @property
    def session(self) -> Session:
        """The clicks on the chosen raster layer."""
        layer = self.choice.layer
        key = layer.id() if layer is not None else ""
        if key not in self._sessions:
            self._sessions[key] = (self.recall(layer) if layer is not None else None) or Session()
            self.homes.find(self._sessions[key])
        return self._sessions[key]

    def sessions(self) -> dict[str, Session]:
        """The clicks on every raster layer that was chosen so far, by its id."""
        return {key: session for key, session in self._sessions.items() if key}

    def offer_again(self, layer_id: str, session: Session, items: Iterable[Waiting]) -> None:
        """Objects that were entered and are in no layer: Enter asks for them again.

        One whose polygon, which it would replace, is gone is a new object. Their raster may have been chosen
        in passing alone, while a project was opened.
        """
        layer, chosen, reason = project().mapLayer(layer_id), self.choice, tr("Its polygon was not saved.")
        if not isinstance(layer, QgsRasterLayer):
            return
        if layer is not chosen.layer:
            chosen = replace(chosen, raster=layer, bands=())
        for one in items:
            name, home = one.class_name, self.homes.there(one.fixing)
            inquiry = Inquiry(self.worker, self.sources, chosen.of_class(name), one.draft, lambda: None)
            values = self.class_values(name) if home is None or not one.own else None
            target_id = "" if home is None else home.layer_id
            item = Entered(inquiry, session, layer_id, layer.crs(), target_id, name, values, home)
            self.entered.offer(item, reason)

    @property
    def candidates(self) -> list[dict[str, Any]]:
        """The masks to choose among, the best first."""
        return self._inquiry.candidates if self._inquiry is not None else []

    @property
    def shown(self) -> int:
        """Place of the shown one among the candidates."""
        return self._inquiry.shown if self._inquiry is not None else 0

    @property
    def answer(self) -> dict[str, Any] | None:
        """The polygon to come with its score, or None."""
        return self._inquiry.answer if self._inquiry is not None else None

    @property
    def waiting(self) -> bool:
        """Whether the polygon of the object at hand is being looked for."""
        return self._inquiry is not None and self._inquiry.waiting

    @property
    def source(self) -> RasterInput | None:
        """What the engine reads for the object at hand; None while that is not there."""
        return self._inquiry.source if self._inquiry is not None else None

    def source_of_clicks(self, done: Callable[[RasterInput], None], failed: Callable[[str], None]) -> None:
        """Find what the engine reads of the chosen layer; where it is rendered, with all that was clicked.

        Args:
            done, failed: exactly one of them is called, now or later.
        """
        places = [QgsPointXY(x, y) for x, y in self.session.places()]
        self.sources.covering(self.choice, places, done, failed)

    def choose(self, choice: Choice) -> None:
        """Use other settings; the object at hand is asked for again if that changes its polygon."""
        before, self.choice = self.choice, choice
        if before.layer is not choice.layer:
            self._start_over()
        self.unhover()
        asked = self._inquiry.choice if self._inquiry is not None else before
        if asked.asked() != choice.of_class(self.session.own_class).asked():
            self.refresh()

    def reclass(self) -> None:
        """The user chose a class: a polygon that is refined gets it too."""
        self.session.own_class = None
        self.choose(self.choice)

    def warm_up(self) -> None:
        """Load the model before the first click."""
        self.worker.request("load", self.choice.engine(), lambda result: None, self._load_failed)

    def _load_failed(self, kind: str, text: str) -> None:
        if kind != "cancelled":
            self.message.emit(text, True)

    def click(self, place: QgsPointXY, positive: bool) -> None:
        """A click at a place in the project's CRS."""
        self.message.emit("", False)  # What was said of the last click holds no more.
        point = self._to_raster(place)
        if point is None:
            return
        other = layers.raster_instead(present(self.choice.layer), point, self._canvas.mapSettings())
        if other is not None:
            self.elsewhere.emit(other.id(), place)
        else:
            self.session.add(Click(point.x(), point.y(), POSITIVE if positive else NEGATIVE))
            self.refresh()

    def box(self, rectangle: QgsRectangle) -> None:
        """A box in the project's CRS."""
        crs = self._raster_crs()
        if crs is None:
            return
        try:
            found = layers.moved_box(rectangle, self._canvas.mapSettings().destinationCrs(), crs)
        except Unusable as problem:
            self.message.emit(str(problem), True)
            return
        self.session.set_box((found.xMinimum(), found.yMinimum(), found.xMaximum(), found.yMaximum()))
        self.refresh()

    def undo(self) -> None:
        """Take the last click back; with none left, the last object that waits, else the last polygon."""
        if self.session.undo():
            self.refresh()
        elif not self.session.draft.empty:
            self.clear()
        elif self.entered.undo():
            self.message.emit(tr("The last object was taken back."), False)
        elif (layer := self.layer_chosen()) is not None and (said := self.homes.undo(layer)):
            self.message.emit(said, False)
            self.changed.emit()

    def clear(self) -> None:
        """Forget the object at hand; with none, the objects that failed."""
        if self.session.draft.empty:
            self.entered.drop_failed()
        self._leave()

    def switch(self, step: int) -> None:
        """To the next candidate; the first time they are asked for."""
        if self._inquiry is not None:
            self._inquiry.switch(step)

    def accept(self) -> None:
        """The object at hand goes into the layer as soon as its polygon is there."""
        inquiry = self._inquiry
        if inquiry is None and self.entered.retry(self.target):
            return
        if inquiry is None or not (inquiry.waiting or geometry_of(inquiry.answer or {})):
            self.message.emit(tr("There is no polygon to accept: click an object first."), True)
            return
        try:
            self.entered.enter(self._entered(inquiry))
        except NotWritten as problem:
            self.message.emit(str(problem), True)
            return
        self._inquiry = None
        self._leave()

    def _leave(self) -> None:
        """The object at hand is entered or forgotten: what was so before it was refined is at hand again."""
        if self.session.leave():
            self.message.emit(tr("What you had clicked before is at hand again."), False)
        self.refresh()

    def _entered(self, inquiry: Inquiry) -> Entered:
        """The object at hand with all that is chosen now; NotWritten if no layer takes it."""
        fixing, raster = self.session.fixing, present(self.choice.layer)
        if fixing is None:
            target = self.target()
            if target is None:
                raise NotWritten(tr("Choose the layer that takes the polygons."))
            target_id = target.id()
        else:
            target_id = fixing.layer_id
        own = self.session.own_class
        name = self.choice.class_name if own is None else own
        values = self.class_values(name) if own is None else None
        return Entered(inquiry, self.session, raster.id(), raster.crs(), target_id, name, values, fixing)

    def refine(self, layer: QgsVectorLayer, feature: QgsFeature) -> None:
        """Have a polygon of a layer at hand again: the next accepted one takes its place.

        Raises:
            Unusable: no raster is chosen, or the polygon has no place on it.
        """
        raster, home = layers.usable(self.choice.layer), output_layers.reference_of(layer, feature)
        inner = feature.geometry().pointOnSurface().asPoint()
        point = layers.moved(inner, layer.crs(), raster.crs())
        self.homes.follow(layer)
        self.session.fix(home, Click(point.x(), point.y()), output_layers.class_of(layer, feature))
        self.refresh()

    def unhover(self) -> None:
        """The mouse shows nothing any more."""
        self._hover.stop()

    def hover(self, place: QgsPointXY) -> None:
        """Show what a click would give, where the ground is embedded already."""
        layer = self.choice.layer
        idle = self.session.draft.empty and not self.entered.waiting
        # A layer without a file would be rendered anew for a mere movement.
        if layer is None or not idle or not self.choice.hover or not layers.has_file(layer):
            self._hover.rest()
            return
        point = self._to_raster(place, silently=True)
        if point is not None and layer.extent().contains(point):
            self._hover.show(self.choice, point)

    def redraw(self) -> None:
        """Draw everything again, as after a change of the project's CRS; the mouse is elsewhere then."""
        self.unhover()
        self._show_draft()
        self._show_answer()
        self._overlays.waiting(self.entered.marks())

    def close(self) -> None:
        """Leave nothing on the canvas."""
        self._start_over()
        self.entered.close()
        self.homes.close()
        self._hover.stop()
        self.sources.close()
        self._overlays.discard()

    def refresh(self) -> None:
        """Show the clicks, and ask for their polygon."""
        before, self._inquiry = self._inquiry, None
        self.unhover()
        self._show_draft()
        if self.session.draft.answerable:
            choice = self.choice.of_class(self.session.own_class)
            inquiry = Inquiry(self.worker, self.sources, choice, self.session.draft, self._progressed)
            self._inquiry = inquiry
            inquiry.answered, inquiry.surroundings = self.costs.note, self._surroundings()
            inquiry.begin()
        # Only now: what both wait for, such as a picture in the making, stays in the making.
        if before is not None:
            before.drop()
        if self._inquiry is None:
            self._show_answer()

    def _surroundings(self) -> Surroundings:
        """Of the object at hand."""
        session, home = self.session, self.session.fixing
        layer = self.layer_chosen if home is None else partial(layer_of, home.layer_id)
        return Surroundings(layer, lambda: session.fixing)

    def _progressed(self) -> None:
        """The object at hand is asked for, was answered, or failed."""
        inquiry = self._inquiry
        if inquiry is None or inquiry.waiting:
            self.changed.emit()
            return
        if inquiry.problem is not None:
            self.message.emit(sayings.reason(inquiry.problem), True)
        elif inquiry.answer and inquiry.answer.get("geometry") is None:
            reason = sayings.reason(inquiry.answer.get("reason") or "")
            self.message.emit(tr("Nothing was found there: {}").format(reason), True)
        elif not self.entered.waiting:
            self._prefetch(inquiry)
        self._show_answer()

    def _fetching(self, name: str) -> None:
        self.message.emit(tr("Fetching a picture of the layer “{}”…").format(name) if name else "", False)

    def _entered_changed(self) -> None:
        if self._inquiry is not None:
            self._inquiry.renew()  # What stands beside it may be another now.
        self._overlays.waiting(self.entered.marks())
        self.changed.emit()

    def _start_over(self) -> None:
        """Forget the answer; the clicks stay with their layer."""
        if self._inquiry is not None:
            self._inquiry.drop()
            self._inquiry = None
        self._overlays.clear()

    def _prefetch(self, inquiry: Inquiry) -> None:
        """Embed the tiles around the click while the user looks at the answer."""
        if inquiry.draft.clicks and inquiry.source is not None:
            click, raster = inquiry.draft.clicks[-1], inquiry.source.to_json()
            self.worker.prepare(inquiry.choice.question(), raster, (click.x, click.y), around=1)

    def _show_answer(self) -> None:
        crs = self._raster_crs()
        if crs is not None:
            self._overlays.outline(geometry_of(self.answer or {}), crs)
        self.changed.emit()

    def _show_draft(self) -> None:
        crs = self._raster_crs()
        if crs is not None:
            self._overlays.draft(self.session.draft, crs)

    def _raster_crs(self) -> QgsCoordinateReferenceSystem | None:
        return self.choice.layer.crs() if self.choice.layer is not None else None

    def _to_raster(self, place: QgsPointXY, silently: bool = False) -> QgsPointXY | None:
        try:
            crs = layers.usable(self.choice.layer).crs()
            return layers.moved(place, self._canvas.mapSettings().destinationCrs(), crs)
        except Unusable as problem:
            if not silently:
                self.message.emit(str(problem), True)
            return None

    def drop_sessions(self, layer_ids: list[str]) -> None:
        """Layers are gone; while they went, one after the other may have been chosen for a moment."""
        for layer_id in layer_ids:
            self._sessions.pop(layer_id, None)

    def forget(self, layer_ids: list[str]) -> None:
        """Layers left the project: so do their clicks."""
        self.entered.forget(layer_ids)
        self.drop_sessions(layer_ids)
        changed = [session.forget(layer_ids) for session in self._sessions.values()]
        for layer_id in layer_ids:
            self.sources.forget(layer_id)
        if self.choice.layer is not None and self.choice.layer.id() in layer_ids:
            self.choice = Choice(None)
            self._start_over()
            self.changed.emit()
        elif any(changed):
            self.refresh()
