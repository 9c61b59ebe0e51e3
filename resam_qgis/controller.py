"""Between canvas, worker and layers: what a click sets going, and what becomes of the answer."""

from __future__ import annotations

from collections.abc import Callable

from qgis.core import QgsGeometry, QgsPointXY, QgsProject, QgsRectangle, QgsVectorLayer
from qgis.gui import QgsMapCanvas
from qgis.PyQt.QtCore import QObject, QTimer, pyqtSignal

from . import layers, targets
from .choice import Choice
from .i18n import tr
from .layers import RasterInput, Unusable
from .overlays import Overlays, geometry_of
from .rendering import RenderedLayers
from .session import NEGATIVE, POSITIVE, Click, Draft, Session
from .worker_client import WorkerClient

REST_MS = 250
"""How long the mouse rests before ground that is not embedded yet is embedded for the hover."""


class Controller(QObject):
    """One per plugin; it holds a session per raster layer, so clicks outlive a change of layer.

    Signals:
        message: a line for the user, and whether it is a problem.
        changed: clicks, answer or candidates changed.
        finished: an object was accepted into a layer.
    """

    message = pyqtSignal(str, bool)
    changed = pyqtSignal()
    finished = pyqtSignal()

    def __init__(self, canvas: QgsMapCanvas, worker: WorkerClient, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._canvas, self.worker = canvas, worker
        self._overlays = Overlays(canvas)
        self._sessions: dict[str, Session] = {}
        self._rendered = RenderedLayers(canvas)
        self.choice = Choice(None)
        self.target: Callable[[], QgsVectorLayer | None] = lambda: None
        self.candidates: list[dict] = []
        self.shown = 0
        self.layer_chosen: Callable[[], QgsVectorLayer | None] = lambda: None
        self._asked: int | None = None
        self._accept_next = False
        self._later: list[Callable[[], None]] = []
        self._hovering = False
        self._hover_place: tuple[float, float] | None = None
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.timeout.connect(self._embed_hovered)

    @property
    def session(self) -> Session:
        """The clicks on the chosen raster layer."""
        key = self.choice.layer.id() if self.choice.layer is not None else ""
        return self._sessions.setdefault(key, Session())

    @property
    def answer(self) -> dict | None:
        """The polygon to come with its score, or None."""
        return self.candidates[self.shown] if self.candidates else None

    @property
    def waiting(self) -> bool:
        """Whether a polygon is being looked for."""
        return self._asked is not None

    def source(self) -> RasterInput:
        """What the engine reads of the chosen layer.

        Raises:
            Unusable: nothing is chosen, or it cannot be read.
        """
        layer = layers.usable(self.choice.layer)
        if layers.has_file(layer):
            return layers.file_source(layer, self.choice.bands)
        return self._rendered.source(layer, [QgsPointXY(c.x, c.y) for c in self.session.draft.clicks])

    def choose(self, choice: Choice) -> None:
        """Use other settings; the object at hand is asked for again if that changes its polygon."""
        before, self.choice = self.choice, choice
        if before.layer is not choice.layer:
            self._start_over()
        self._overlays.hover(None, self._canvas.mapSettings().destinationCrs())
        if (before.engine(), before.polygons(), before.bands, before.layer) != (
            choice.engine(),
            choice.polygons(),
            choice.bands,
            choice.layer,
        ):
            self.refresh()

    def warm_up(self) -> None:
        """Load the model before the first click."""
        self.worker.request("load", self.choice.engine(), lambda result: None, self._load_failed)

    def _load_failed(self, kind: str, text: str) -> None:
        if kind != "cancelled":
            self.message.emit(text, True)

    def click(self, place: QgsPointXY, positive: bool) -> None:
        """A click at a place in the project's CRS; after Enter it waits until the polygon is accepted."""
        if self._accept_next:
            self._later.append(lambda: self.click(place, positive))
            return
        point = self._to_raster(place)
        if point is not None:
            self.session.add(Click(point.x(), point.y(), POSITIVE if positive else NEGATIVE))
            self.refresh()

    def box(self, rectangle: QgsRectangle) -> None:
        """A box in the project's CRS."""
        if self._accept_next:
            self._later.append(lambda: self.box(rectangle))
            return
        crs = self._raster_crs()
        if crs is not None:
            try:
                found = layers.moved_box(rectangle, self._canvas.mapSettings().destinationCrs(), crs)
            except Unusable as problem:
                self.message.emit(str(problem), True)
                return
            self.session.set_box((found.xMinimum(), found.yMinimum(), found.xMaximum(), found.yMaximum()))
            self.refresh()

    def undo(self) -> None:
        """Take the last click back; with none left, the last polygon of the layer being edited."""
        if self.session.undo():
            self.refresh()
            return
        if not self.session.draft.empty:
            self.clear()
            return
        layer = self.layer_chosen()
        if layer is not None and layer.isEditable() and layer.undoStack().canUndo():
            layer.undoStack().undo()
            layer.triggerRepaint()
            self.session.accepted = [
                item
                for item in self.session.accepted
                if item.home is None or item.home.layer_id != layer.id() or targets.locate(layer, item.home)
            ]
            self.message.emit(tr("The last polygon was taken back."), False)
            self.changed.emit()

    def clear(self) -> None:
        """Forget the object at hand."""
        self.session.clear()
        self.refresh()

    def switch(self, step: int) -> None:
        """To the next candidate; the first time they are asked for."""
        if not self.session.draft.answerable:
            return
        if len(self.candidates) > 1:
            self.shown = (self.shown + step) % len(self.candidates)
            self._show_answer()
        elif self.session.draft.single and self._asked is None and self.candidates:
            self._ask("candidates", {"object": self.session.draft.to_json(1)}, self._take_candidates)

    def accept(self) -> None:
        """The polygon shown goes into the layer, as soon as it is there."""
        if self._asked is not None:
            self._accept_next = True
            return
        geometry = geometry_of(self.answer) if self.answer else None
        if geometry is None:
            self.message.emit(tr("There is no polygon to accept: click an object first."), True)
            return
        try:
            self._write(geometry, self.answer)
        except (targets.NotWritten, Unusable) as problem:
            self.message.emit(str(problem), True)
            return
        self.candidates, self.shown = [], 0
        self.refresh()
        self.finished.emit()

    def unhover(self) -> None:
        """The mouse shows nothing any more."""
        self._rest.stop()
        self._overlays.hover(None, self._canvas.mapSettings().destinationCrs())

    def hover(self, place: QgsPointXY) -> None:
        """Show what a click would give, where the ground is embedded already."""
        layer = self.choice.layer
        self._rest.stop()
        if layer is None or not self.choice.hover or not self.session.draft.empty or self._hovering:
            return
        if not self.worker.may_retry or not layers.has_file(layer):
            return  # A layer without a file would be rendered anew for a mere movement.
        point = self._to_raster(place, silently=True)
        if point is None or not layer.extent().contains(point):
            return
        self._hover_place = (point.x(), point.y())
        draft = Draft((Click(point.x(), point.y()),))
        params = {"objects": [draft.to_json(1)], "fast": True, "embedded_only": True}
        self._hovering = self._request("ask", params, self._take_hover, self._hover_failed) is not None

    def redraw(self) -> None:
        """Draw everything again, as after a change of the project's CRS."""
        self._show_draft()
        self._show_answer()

    def close(self) -> None:
        """Leave nothing on the canvas."""
        self._rest.stop()
        self._overlays.discard()

    def _write(self, geometry: QgsGeometry, answer: dict) -> None:
        fixing = self.session.fixing
        layer = self.target() if fixing is None else QgsProject.instance().mapLayer(fixing.layer_id)
        if layer is None:
            raise targets.NotWritten(tr("Choose the layer that takes the polygons."))
        source, session, name = self.source(), self.session, self.choice.class_name
        values = {key: value for key, value in answer.items() if key != "geometry"}
        values |= {"class": name or None}
        if session.fixing is None:
            values["prompt_id"] = targets.next_number(layer)
            home = targets.add_polygon(layer, geometry, values, source.crs)
        else:
            values |= {"status": "accepted", "reason": None}
            values.pop("prompt_id", None)
            home = targets.change(layer, session.fixing, values, geometry, source.crs)
            session.drop(session.fixing)
        session.accept(name).home = home

    def refresh(self) -> None:
        """Show the clicks, and ask for their polygon."""
        if self._asked is not None:
            self.worker.cancel(self._asked)
            self._asked = None
        self._overlays.hover(None, self._canvas.mapSettings().destinationCrs())
        self._show_draft()
        if self.session.draft.answerable:
            self._ask("ask", {"objects": [self.session.draft.to_json(1)]}, self._take_answer)
        else:
            self._accept_next = False
            self.candidates, self.shown = [], 0
            self._show_answer()

    def _ask(self, method: str, params: dict, done: Callable[[dict], None]) -> None:
        sent: list[int] = []

        def take(result: dict) -> None:
            if self._asked in sent:
                self._asked = None
                done(result)

        def failed(kind: str, text: str) -> None:
            if self._asked not in sent:
                return
            self._asked = None
            if kind == "crashed" and self.worker.may_retry:
                self.message.emit(tr("The engine stopped unexpectedly; it is asked again."), True)
                self.refresh()
                return
            self._accept_next, self._later = False, []
            if kind != "cancelled":
                self.message.emit(text, True)
            self.changed.emit()

        number = self._request(method, params, take, failed)
        if number is not None:
            sent.append(number)
            self._asked = number
            self.changed.emit()

    def _request(self, method: str, params: dict, done: Callable, failed: Callable) -> int | None:
        try:
            source = self.source()
        except Unusable as problem:
            self.message.emit(str(problem), True)
            return None
        common = {"raster": source.to_json(), "polygons": self.choice.polygons(), **self.choice.engine()}
        return self.worker.request(method, {**common, **params}, done, failed)

    def _take_answer(self, result: dict) -> None:
        self.candidates, self.shown = result["features"][:1], 0
        if self.answer and self.answer.get("geometry") is None:
            self.message.emit(tr("Nothing was found there: {}").format(self.answer.get("reason") or ""), True)
        self._show_answer()
        if not self._accept_if_wished():
            self._prefetch()

    def _take_candidates(self, result: dict) -> None:
        self.candidates = [*self.candidates[:1], *result["candidates"]]
        self.shown = 1 if len(self.candidates) > 1 else 0
        self._show_answer()
        self._accept_if_wished()

    def _accept_if_wished(self) -> bool:
        """Do what Enter asked for before the answer was there, and then what was clicked since."""
        if not self._accept_next:
            return False
        self._accept_next = False
        self.accept()
        later, self._later = self._later, []
        for work in later:
            work()
        return True

    def _start_over(self) -> None:
        """Forget answers and wishes; the clicks stay with their layer."""
        self.candidates, self.shown, self._asked = [], 0, None
        self._accept_next, self._later = False, []
        self._overlays.clear()

    def _hover_failed(self, kind: str, text: str) -> None:
        self._hovering = False

    def _take_hover(self, result: dict) -> None:
        self._hovering = False
        if not self.session.draft.empty:
            return
        if result.get("not_embedded"):
            self._rest.start(REST_MS)
            return
        features = result["features"]
        crs = self._raster_crs()
        if crs is not None:
            self._overlays.hover(geometry_of(features[0]) if features else None, crs)

    def _embed_hovered(self) -> None:
        if self._hover_place is not None:
            self._prepare(self._hover_place, around=0)

    def _prefetch(self) -> None:
        """Embed the tiles around the click while the user looks at the answer."""
        click = self.session.draft.clicks[-1] if self.session.draft.clicks else None
        if click is not None:
            self._prepare((click.x, click.y), around=1)

    def _prepare(self, place: tuple[float, float], around: int) -> None:
        params = {"places": [list(place)], "around": around, "give_way": True}
        self._request("prepare", params, lambda result: None, lambda kind, text: None)

    def _show_answer(self) -> None:
        crs = self._raster_crs()
        if crs is not None:
            self._overlays.outline(geometry_of(self.answer) if self.answer else None, crs)
        self.changed.emit()

    def _show_draft(self) -> None:
        crs = self._raster_crs()
        if crs is not None:
            self._overlays.draft(self.session.draft, crs)

    def _raster_crs(self):
        return self.choice.layer.crs() if self.choice.layer is not None else None

    def _to_raster(self, place: QgsPointXY, silently: bool = False) -> QgsPointXY | None:
        try:
            crs = layers.usable(self.choice.layer).crs()
            return layers.moved(place, self._canvas.mapSettings().destinationCrs(), crs)
        except Unusable as problem:
            if not silently:
                self.message.emit(str(problem), True)
            return None

    def source_of_clicks(self) -> RasterInput:
        """As :meth:`source`, and where a layer has to be rendered, all that was clicked is in the picture."""
        layer, rows = layers.usable(self.choice.layer), self.session.rows()
        if layers.has_file(layer) or not rows:
            return self.source()
        return self._rendered.covering(layer, [QgsPointXY(x, y) for x, y, *_ in rows])

    def forget(self, layer_ids: list[str]) -> None:
        """Layers left the project: so do their clicks."""
        for layer_id in layer_ids:
            self._sessions.pop(layer_id, None)
            self._rendered.forget(layer_id)
        if self.choice.layer is not None and self.choice.layer.id() in layer_ids:
            self.choice = Choice(None)
            self._start_over()
            self.changed.emit()
