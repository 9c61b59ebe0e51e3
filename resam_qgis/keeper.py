"""Clicks, classes, model and adapter travel with the project, and outlive a QGIS that ends unexpectedly."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from qgis.core import QgsMapLayer, QgsRasterLayer, QgsVectorLayer
from qgis.PyQt.QtCore import QObject, QTimer, pyqtSignal

from . import output_layers
from .classes import ClassList
from .controller import Controller
from .dock import Dock
from .i18n import tr
from .presence import project
from .recovery import Recovery
from .session import FeatureReference, Session, Waiting

SCOPE, KEY = "resam", "state"
VERSION = 1
DELAY_MS, MOST_MS = 300, 2000
"""Changes within this time are written together: within the second, where there is much to write."""
PAUSES = 20
"""So many times as long as the last writing took, the window is left alone, if that is within the limits."""
_DAMAGE = (ValueError, KeyError, TypeError, AttributeError)


class Keeper(QObject):
    """Writes the state into the project when that is saved, and into a file at every change.

    Signals:
        message: a line for the user, and whether it is a problem.
    """

    message = pyqtSignal(str, bool)

    def __init__(
        self, controller: Controller, dock: Dock, classes: ClassList, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._controller, self._dock, self._classes = controller, dock, classes
        self._recovery = Recovery()
        self._recovery.look()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._write)
        self._delay_ms = DELAY_MS
        self._leaving: set[str] = set()
        self._read: tuple[str, dict[str, Any]] = "", {}
        """What the project held when it was read last, and what that says."""
        self._closed = False
        controller.recall = self.recall
        controller.changed.connect(self._soon)
        controller.homes.others.connect(self._changed)
        controller.finished.connect(self._changed)
        controller.entered.changed.connect(self._waiting)
        classes.changed.connect(self._changed)
        dock.chosen.connect(self._soon)
        project().writeProject.connect(self._save)
        project().readProject.connect(self._apply)
        project().layersRemoved.connect(self._left)
        self._apply()

    def recall(self, layer: QgsRasterLayer) -> Session | None:
        """The clicks on a raster that were kept, if there are any: those of a crash of this project first.

        Those of a project that had no name yet may be of this one too, but never take the place of its own.
        """
        if layer.id() in self._leaving:  # Chosen in passing, since the one before it leaves too.
            return None
        of_crash = self._of_crash(layer, project().fileName())
        return of_crash or self._of_project(layer) or self._of_crash(layer, "")

    def _of_crash(self, layer: QgsRasterLayer, project_name: str) -> Session | None:
        """What a QGIS with a project of that name left."""
        for state in self._recovery.states():
            if state.get("project") != project_name:
                continue
            for kept in list(state["sessions"]):
                if isinstance(kept, dict) and (
                    kept.get("layer") == layer.id() or kept.get("source") == layer.source()
                ):
                    state["sessions"].remove(kept)
                    found = self._recovered(layer, state, kept)
                    if found is not None:
                        return found
        return None

    def _of_project(self, layer: QgsRasterLayer) -> Session | None:
        for kept in self._kept_sessions():
            if kept.get("layer") == layer.id():
                return self._session(layer, kept)
        return None

    def leaving(self, layer_ids: Iterable[str]) -> None:
        """Layers are about to leave the project: their clicks are not recalled any more."""
        self._leaving = set(layer_ids)

    def _left(self, *_: object) -> None:
        """They are gone; a project that is opened again has their ids again."""
        self._leaving = set()

    def close(self) -> None:
        """The window goes, or QGIS ends as it should; a plugin that is loaded again finds its state."""
        self._timer.stop()
        self._closed = True
        self._into_project()
        project().writeProject.disconnect(self._save)
        project().readProject.disconnect(self._apply)
        project().layersRemoved.disconnect(self._left)
        self._recovery.close()

    def _recovered(
        self, layer: QgsRasterLayer, state: dict[str, Any], kept: dict[str, Any]
    ) -> Session | None:
        """What is left of a crash; objects whose polygons were not saved wait for an Enter."""
        self._recovery.taken()
        self._controller.homes.sources.update(state.get("homes", {}))
        found = self._session(layer, kept)
        if found is None or (found.empty and not kept.get("waiting")):
            return found
        layer_id = layer.id()

        def settle() -> None:
            if not self._classes.items:
                self._classes.read(json.dumps(state.get("classes", [])))
            homes = state.get("homes", {})
            gone = [item for item in found.accepted if item.home is not None and not _there(item.home, homes)]
            found.accepted = [item for item in found.accepted if item not in gone]
            waiting = [one.fixing for one in _waiting(kept) if one.fixing is not None]
            lost = [item for item in gone if not any(home.same(item.home) for home in waiting)]
            again = [Waiting(item.draft, item.class_name) for item in lost]
            self._controller.offer_again(layer_id, found, again)
            text = tr("QGIS ended unexpectedly. The clicks of {} objects and those at hand are back.")
            text = text.format(len(found.accepted) + len(lost))
            if lost:
                more = tr("{} polygons were not saved (crosses): Enter finds them again, Esc forgets them.")
                text += " " + more.format(len(lost))
            self.message.emit(text, True)

        QTimer.singleShot(0, settle)  # The project's other layers come first.
        return found

    def _session(self, layer: QgsRasterLayer, kept: dict[str, Any]) -> Session | None:
        try:
            found = Session.from_json(kept)
            waiting = _waiting(kept)
        except _DAMAGE:
            return None
        layer_id = layer.id()
        if waiting:
            QTimer.singleShot(0, lambda: self._controller.offer_again(layer_id, found, waiting))
        return found

    def _write(self) -> None:
        begun = time.monotonic()
        self._recovery.write(self._state())
        pause_ms = round(1000 * PAUSES * (time.monotonic() - begun))
        self._delay_ms = min(max(DELAY_MS, pause_ms), MOST_MS)

    def _soon(self, *_: object) -> None:
        # Where it is to be written already, changes that go on would put it off for ever.
        if not (self._closed or self._timer.isActive()):
            self._timer.start(self._delay_ms)

    def _changed(self, *_: object) -> None:
        """What the user would miss changed: QGIS asks before it closes the project unsaved."""
        project().setDirty(True)
        self._soon()

    def _waiting(self) -> None:
        """Objects that are asked for would be missed; those that a crash left have to be asked for first."""
        if self._controller.entered.waiting:
            self._changed()

    def _save(self, *_: object) -> None:
        """The project is being saved."""
        self._into_project()
        self._soon()

    def _into_project(self) -> None:
        """What the user would miss made the project dirty when it came."""
        with _as_dirty_as_before():
            project().writeEntry(SCOPE, KEY, json.dumps(self._state()))

    def _state(self) -> dict[str, Any]:
        """Everything that is kept."""
        choice, sessions = self._controller.choice, []
        known = self._controller.sessions()
        for layer_id, session in known.items():
            layer, waiting = project().mapLayer(layer_id), self._controller.entered.kept(layer_id)
            if layer is not None and not (session.empty and not waiting):
                items = [one.to_json() for one in waiting]
                kept = {"layer": layer_id, "source": layer.source(), "waiting": items}
                sessions.append({**kept, **session.to_json()})
        # Rasters that were not looked at since the project was opened.
        others = [kept for kept in self._kept_sessions() if kept.get("layer") not in known]
        sessions += [kept for kept in others if project().mapLayer(str(kept.get("layer"))) is not None]
        return {
            "version": VERSION,
            "project": project().fileName(),
            "model": choice.model,
            "adapter": project().writePath(choice.adapter) if choice.adapter else "",
            "raster": _id(choice.layer),
            "output": _id(self._dock.chosen_output()),
            "classes": [item.to_json() for item in self._classes.items],
            "homes": self._homes(),
            "sessions": sessions,
        }

    def _homes(self) -> dict[str, str]:
        """Source by id of each layer with a file that took polygons: a project not saved gets other ids."""
        every = self._controller.sessions().values()
        homes = {one.home.layer_id for session in every for one in session.accepted if one.home is not None}
        found = {layer_id: project().mapLayer(layer_id) for layer_id in homes}  # Thousands lie in one layer.
        return {
            layer_id: layer.source()
            for layer_id, layer in found.items()
            if isinstance(layer, QgsVectorLayer) and layer.providerType() == "ogr"
        }

    def _kept(self) -> dict[str, Any]:
        """What the project holds; empty if that is nothing, or damaged."""
        text, _ = project().readEntry(SCOPE, KEY, "{}")
        if text != self._read[0]:  # It is asked for at every change, and may be long.
            self._read = text, _state_in(text)
        return self._read[1]

    def _kept_sessions(self) -> list[dict[str, Any]]:
        found = self._kept().get("sessions", [])
        return [kept for kept in found if isinstance(kept, dict)] if isinstance(found, list) else []

    def _apply(self, *_: object) -> None:
        """A project was opened: its classes, layers, model and adapter hold."""
        kept = self._kept()
        if not kept:
            return
        with _as_dirty_as_before():
            self._classes.read(json.dumps(kept.get("classes", [])))
        for box, key in ((self._dock.layers, "raster"), (self._dock.outputs, "output")):
            layer = project().mapLayer(str(kept.get(key)))
            if layer is not None:
                box.setLayer(layer)
        # As the list has it: QGIS writes paths with slashes on every system.
        adapter = str(Path(project().readPath(str(kept["adapter"])))) if kept.get("adapter") else ""
        self._dock.use(str(kept.get("model") or self._controller.choice.model), adapter)
        if adapter and self._dock.choice().adapter != adapter:
            text = tr("The project's adapter “{}” is not in the list: import it on the page “Adapt”.")
            self.message.emit(text.format(Path(adapter).name), True)


@contextmanager
def _as_dirty_as_before() -> Iterator[None]:
    """What is done to the project within is no reason to save it."""
    dirty = project().isDirty()
    yield
    project().setDirty(dirty)


def _state_in(text: str) -> dict[str, Any]:
    """What a project holds; empty if that is nothing, or damaged."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) and found.get("version") == VERSION else {}


def _id(layer: QgsMapLayer | None) -> str:
    """Of a layer that was chosen; empty for none."""
    return "" if layer is None else layer.id()


def _waiting(kept: Mapping[str, Any]) -> list[Waiting]:
    """The objects of a kept session that were in no layer; an error of `_DAMAGE` if it is damaged."""
    return [Waiting.from_json(one) for one in kept.get("waiting", [])]


def _there(home: FeatureReference, sources: dict[str, str]) -> bool:
    """Whether a polygon is in its layer, or in the file that was behind it."""
    layer = project().mapLayer(home.layer_id)
    if layer is None and home.layer_id in sources:
        layer = QgsVectorLayer(sources[home.layer_id], "", "ogr")
    return isinstance(layer, QgsVectorLayer) and output_layers.locate(layer, home) is not None
