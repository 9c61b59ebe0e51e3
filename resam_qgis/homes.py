"""Where polygons lie: clicks, and whoever else knows them, follow through every edit, undo and save."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

from qgis.core import QgsFeature, QgsGeometry, QgsMapLayer, QgsVectorLayer
from qgis.PyQt.QtCore import QObject, QTimer, pyqtSignal

from . import output_layers
from .i18n import tr
from .neighbours import layer_of
from .presence import alive, present, project
from .session import Accepted, FeatureReference, Session, Words
from .whereabouts import Whereabouts

NOWHERE = -(2**63)
"""Number of no feature: of a polygon that was not found when its clicks came back."""
Turn = tuple[Session, Accepted, "Words | None", "Words | None"]
"""An object that a step changed: as it was and as it is; None where it is not there."""
Objects = dict[int, tuple[Session, Accepted, Words]]
"""All objects as they are, by their identity."""


class Homes(QObject):
    """Follows the polygons of all accepted objects, of those that are to be replaced, and of a review.

    Signals:
        changed: objects moved, went or came back.
        others: which objects there are, or what was clicked of them, is not what it was; before `changed`.
        moved: polygons of a layer may lie elsewhere: its id, and what says of one where it lies now.
    """

    changed, others = pyqtSignal(), pyqtSignal()
    moved = pyqtSignal(str, object)

    def __init__(self, sessions: Callable[[], Iterable[Session]], parent: QObject | None = None) -> None:
        """
        Args:
            sessions: the clicks on every raster.
        """
        super().__init__(parent)
        self.sessions = sessions
        self._followed: dict[str, Followed] = {}
        self.sources: dict[str, str] = {}
        """By the ids that layers had in a project that was never saved: it gives the same files others."""
        project().layersAdded.connect(self._added)

    def follow(self, layer: QgsVectorLayer) -> Followed:
        """Hear from now on what becomes of the polygons of a layer."""
        found = self._followed.get(layer.id())
        if found is None or found.layer is not layer:  # An opened project has its ids again.
            found = self._followed[layer.id()] = Followed(layer, self)
            found.others.connect(self.others)
            found.changed.connect(self.changed)
        return found

    @contextmanager
    def step(self, layer: QgsVectorLayer) -> Iterator[None]:
        """Within: one step of the layer's undo stack and what it makes of clicks; undo takes both back."""
        followed = self.follow(layer)
        index, before = present(layer.undoStack()).index(), self._words()
        yield
        turns = _turns(before, self._words())
        if present(layer.undoStack()).index() == index + 1:
            followed.steps[index] = turns
        if turns:
            self.others.emit()
            self.changed.emit()

    def undo(self, layer: QgsVectorLayer) -> str | None:
        """Undo the last step of a layer if the plugin made it: what to say of that; None if there is none."""
        stack = present(layer.undoStack())
        if not layer.isEditable() or not stack.canUndo():
            return None
        step = stack.undoText()
        if not output_layers.is_own_step(step):
            return tr("The last change of the layer “{}” is your own: undo it in QGIS.").format(layer.name())
        self.follow(layer)
        stack.undo()
        layer.triggerRepaint()
        return tr("Undone in the layer “{}”: {}").format(layer.name(), step)

    def find(self, session: Session) -> None:
        """Clicks that were kept came back: saving gave their polygons other numbers, perhaps."""
        homes = [item.home for item in session.accepted] + [session.fixing]
        for layer_id in {home.layer_id for home in homes if home is not None}:
            layer = self._layer(layer_id)
            if layer is not None:
                self.follow(layer)
                session.rehome(layer_id, partial(_found, Whereabouts(layer)))

    def there(self, home: FeatureReference | None) -> FeatureReference | None:
        """Where a polygon that was kept lies now, which is followed from then on; None if it is gone."""
        layer = None if home is None else self._layer(home.layer_id)
        if home is None or layer is None:
            return None
        self.follow(layer)
        return output_layers.located(layer, home)

    def close(self) -> None:
        """Follow nothing any more."""
        project().layersAdded.disconnect(self._added)
        self.deleteLater()

    def _added(self, layers: Iterable[QgsMapLayer]) -> None:
        added = {layer.id(): layer.source() for layer in layers}
        ids = set(added).union(old for old, source in self.sources.items() if source in added.values())
        for session in self.sessions():
            if any(item.home is not None and item.home.layer_id in ids for item in session.accepted):
                self.find(session)

    def _layer(self, layer_id: str) -> QgsVectorLayer | None:
        """A layer of the project by its id, or by the source of the one that had that id."""
        source, every = self.sources.get(layer_id), project().mapLayers().values()
        others = (one for one in every if isinstance(one, QgsVectorLayer) and one.source() == source)
        return layer_of(layer_id) or next(others, None)

    def _words(self) -> Objects:
        return {id(one): (session, one, one.words) for session in self.sessions() for one in session.accepted}


class Followed(QObject):
    """A layer, and the steps of its undo stack that changed clicks.

    Signals:
        changed, others: as those of :class:`Homes`.
    """

    changed, others = pyqtSignal(), pyqtSignal()

    def __init__(self, layer: QgsVectorLayer, homes: Homes) -> None:
        super().__init__(homes)
        self.layer, self._homes = layer, homes
        self.steps: dict[int, list[Turn]] = {}
        """By their place in the undo stack."""
        self._touched: set[int] = set()
        self._edited: set[int] = set()
        """Numbers of all polygons that were touched since the undo stack was empty."""
        self._given_up = False
        self._saved: dict[bytes, int] = {}
        self._stack = present(layer.undoStack())
        self._index = self._stack.index()
        for signal in (layer.geometryChanged, layer.featureAdded, layer.featureDeleted):
            signal.connect(self._touch)
        layer.committedFeaturesAdded.connect(self._number)
        layer.committedGeometriesChanges.connect(self._touch_all)
        layer.editCommandStarted.connect(self._branch)
        layer.beforeRollBack.connect(self._give_up)
        layer.beforeCommitChanges.connect(self._commit)
        self._stack.indexChanged.connect(self._moved)
        layer.dataSourceChanged.connect(self._emptied)  # Made permanent, say: all polygons are numbered anew.
        layer.willBeDeleted.connect(self._leave)

    def _leave(self) -> None:
        """The layer goes: its undo stack is emptied once more."""
        self._stack.indexChanged.disconnect(self._moved)

    def _give_up(self) -> None:
        """All edits are about to be given up, in a transaction group without a word on what they touched."""
        self._given_up = True

    def _commit(self, *_: object) -> None:
        """All edits are about to be saved, whatever was given up before them."""
        self._given_up = False

    def _touch(self, number: int, *_: object) -> None:
        self._touched.add(number)

    def _touch_all(self, _: str, shapes: Mapping[int, QgsGeometry]) -> None:
        """The layer was saved: its provider may have turned rings or rounded."""
        self._touched.update(shapes)

    def _number(self, _: str, features: Iterable[QgsFeature]) -> None:
        """The layer was saved: its provider gave new polygons their numbers."""
        self._saved |= {bytes(one.geometry().asWkb()): one.id() for one in features if one.hasGeometry()}

    def _branch(self, _: str) -> None:
        """A step begins: those that could be done again are no more."""
        index = self._stack.index()
        self.steps = {place: turns for place, turns in self.steps.items() if place < index}

    def _moved(self, index: int) -> None:
        """A step was done, undone or done again; or all were saved or given up, and the stack is empty."""
        emptied = not self._stack.count()
        turned = (not emptied or self._given_up) and self._turn(index)
        self._index = index
        if self._settle() or turned:
            self.others.emit()
        if turned:
            self.changed.emit()
        if emptied:
            again = self._edited if self._given_up else set()
            self.steps, self._saved, self._edited, self._given_up = {}, {}, set(), False
            # Some providers number all polygons anew when they are done.
            QTimer.singleShot(0, partial(self._emptied, again))

    def _emptied(self, again: Iterable[int] = ()) -> None:
        """All was saved or given up, or lies elsewhere: polygons that are gone do not come back.

        Args:
            again: numbers of polygons that may be as before all edits.
        """
        if alive(self.layer) is None:
            return
        self._touched.update(again)
        if self._settle():
            self.others.emit()

        now = Whereabouts(self.layer)
        for session in self._homes.sessions():
            session.settle(self.layer.id(), now.find)
        self._tell(now.find)

    def _turn(self, index: int) -> bool:
        """Give objects the clicks that they have at a place of the undo stack; whether there were any."""
        back = range(self._index - 1, index - 1, -1)
        if not back:
            self._drop_replaced(index)
        turns = [turn for place in back or range(self._index, index) for turn in self.steps.get(place, [])]
        for session, item, before, after in turns:
            session.put(item, before if back else after)
        return bool(turns)

    def _drop_replaced(self, index: int) -> None:
        """Steps up to a place are done; one that is not the plugin's took the place of one that was undone.

        An edit without a command, as of another plugin, is not told before.
        """
        for place in range(self._index, index):
            if not output_layers.is_own_step(self._stack.text(place)):
                self.steps = {number: turns for number, turns in self.steps.items() if number < place}

    def _settle(self) -> bool:
        """Objects follow the polygons that were touched; whether one went, or came back."""
        touched, self._touched = self._touched, set()
        self._edited |= touched
        if not touched:
            return False

        def now(home: FeatureReference) -> FeatureReference | None:
            return self._now(home) if home.feature_id in touched else home

        others = [session.retrace(self.layer.id(), now) for session in self._homes.sessions()]
        self._tell(now)
        return any(others)

    def _tell(self, now: Callable[[FeatureReference], FeatureReference | None]) -> None:
        """Tell the listeners of `moved` where polygons lie; those that are gone keep their last place."""
        self._homes.moved.emit(self.layer.id(), lambda home: now(home) or home)
        self.changed.emit()

    def _now(self, home: FeatureReference) -> FeatureReference | None:
        """Where a polygon lies that was touched; None if it is gone."""
        if home.wkb in self._saved and home.feature_id < 0:  # Some providers give a wrong number.
            return output_layers.located(self.layer, replace(home, feature_id=self._saved[home.wkb]))
        feature = self.layer.getFeature(home.feature_id)
        return output_layers.reference_of(self.layer, feature) if feature.isValid() else None


def _turns(before: Objects, after: Objects) -> list[Turn]:
    """What a step made of the objects."""
    found: list[Turn] = []
    for key, (session, item, words) in {**after, **before}.items():
        old, new = words if key in before else None, after[key][2] if key in after else None
        if old != new:
            found.append((session, item, old, new))
    return found


def _found(now: Whereabouts, home: FeatureReference) -> FeatureReference:
    here = replace(home, layer_id=now.layer_id)
    return now.find(here) or replace(here, feature_id=NOWHERE)
