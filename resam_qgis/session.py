"""The clicks of the user: the object at hand, what was accepted, and the way back. No Qt, no QGIS."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

POSITIVE, NEGATIVE = 1, 0
Box = tuple[float, float, float, float]
"""x0, y0, x1, y1 in the raster's CRS."""


@dataclass(frozen=True)
class Click:
    """A click in the raster's CRS; ``label`` is :data:`POSITIVE` or :data:`NEGATIVE`."""

    x: float
    y: float
    label: int = POSITIVE


@dataclass(frozen=True)
class Draft:
    """What was clicked of one object."""

    clicks: tuple[Click, ...] = ()
    box: Box | None = None

    @property
    def empty(self) -> bool:
        """Whether nothing was clicked."""
        return not self.clicks and self.box is None

    @property
    def answerable(self) -> bool:
        """Whether there is something to go by: a positive click, or a box."""
        return self.box is not None or any(click.label == POSITIVE for click in self.clicks)

    @property
    def single(self) -> bool:
        """Whether one click is all there is, so that several masks are likely."""
        return self.box is None and len(self.clicks) == 1

    def to_json(self, number: int) -> dict[str, Any]:
        """As the worker wants it, and as it is kept."""
        points = [[click.x, click.y, click.label] for click in self.clicks]
        return {"id": number, "points": points, "box": None if self.box is None else list(self.box)}

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> Draft:
        """What :meth:`to_json` gave; ValueError, KeyError or TypeError if it is damaged."""
        clicks = tuple(Click(float(x), float(y), int(label)) for x, y, label in found["points"])
        if found["box"] is None:
            return cls(clicks)
        west, south, east, north = (float(side) for side in found["box"])
        return cls(clicks, (west, south, east, north))


@dataclass(frozen=True)
class FeatureReference:
    """Where a polygon lies: its outline is what finds it again, since saving a layer gives new ids."""

    layer_id: str
    feature_id: int
    wkb: bytes

    def to_json(self) -> list[Any]:
        """As it is kept."""
        return [self.layer_id, self.feature_id, self.wkb.hex()]

    @classmethod
    def from_json(cls, found: Sequence[Any]) -> FeatureReference:
        """What :meth:`to_json` gave; ValueError or TypeError if it is damaged."""
        layer_id, feature_id, wkb = found
        return cls(str(layer_id), int(feature_id), bytes.fromhex(wkb))

    @property
    def place(self) -> tuple[str, bytes]:
        """What the same polygon has in common wherever it is known; to look many up by."""
        return self.layer_id, self.wkb

    def same(self, other: FeatureReference | None) -> bool:
        """Whether both are the same polygon."""
        return other is not None and self.place == other.place


Words = tuple[Draft, str, "FeatureReference | None"]
"""What is known of an accepted object: clicks, class, and where its polygon lies."""


@dataclass(eq=False)
class Accepted:
    """An object that went into a layer: its clicks, and where to find it again."""

    number: int
    draft: Draft
    class_name: str
    home: FeatureReference | None = None

    @property
    def words(self) -> Words:
        """All that a step of the layer may change."""
        return self.draft, self.class_name, self.home

    def to_json(self) -> dict[str, Any]:
        """As it is kept."""
        home = None if self.home is None else self.home.to_json()
        return {**self.draft.to_json(self.number), "class": self.class_name, "home": home}

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> Accepted:
        """What :meth:`to_json` gave; ValueError, KeyError or TypeError if it is damaged."""
        home = None if found["home"] is None else FeatureReference.from_json(found["home"])
        return cls(int(found["id"]), Draft.from_json(found), str(found["class"]), home)


@dataclass(frozen=True)
class Waiting:
    """An object that was entered and is in no layer yet.

    Attributes:
        fixing: the polygon that it replaces, or None.
        own: whether it keeps the class and the values that this polygon has.
    """

    draft: Draft
    class_name: str
    fixing: FeatureReference | None = None
    own: bool = False

    def to_json(self) -> list[Any]:
        """As it is kept."""
        fixing = None if self.fixing is None else self.fixing.to_json()
        return [self.draft.to_json(0), self.class_name, fixing, self.own]

    @classmethod
    def from_json(cls, found: Sequence[Any]) -> Waiting:
        """What :meth:`to_json` gave; ValueError, KeyError or TypeError if it is damaged."""
        draft, name, *more = found
        fixing, own = more or (None, False)  # Projects of earlier versions keep new objects alone.
        home = None if fixing is None else FeatureReference.from_json(fixing)
        return cls(Draft.from_json(draft), str(name), home, bool(own))


@dataclass
class Session:
    """All clicks on one raster layer."""

    draft: Draft = field(default_factory=Draft)
    accepted: list[Accepted] = field(default_factory=list)
    fixing: FeatureReference | None = None
    """The polygon that the draft will replace, or None."""
    own_class: str | None = None
    """The class that this polygon keeps; None where the one that is chosen counts."""
    _history: list[tuple[Draft, FeatureReference | None, str | None]] = field(default_factory=list)
    _away: list[Accepted] = field(default_factory=list)
    """Objects whose polygons were deleted, or their step undone; what brings those back brings these back."""
    _last: int = 0

    def add(self, click: Click) -> None:
        """One more click on the object at hand."""
        self._change(Draft((*self.draft.clicks, click), self.draft.box))

    def set_box(self, box: Box) -> None:
        """A box around the object at hand; it replaces an earlier one."""
        self._change(Draft(self.draft.clicks, box))

    def undo(self) -> bool:
        """Take the last click or box back, or the last polygon at hand again; False if there is none."""
        if not self._history:
            return False
        self.draft, fixing, own_class = self._history.pop()
        if fixing is not self.fixing:  # Else a class that was chosen meanwhile still counts.
            self.fixing, self.own_class = fixing, own_class
        return True

    def clear(self) -> None:
        """Nothing is at hand any more; the next click begins another object."""
        self.draft, self._history, self.fixing, self.own_class = Draft(), [], None, None

    def leave(self) -> bool:
        """The object at hand is done with; whether what was at hand before it was refined is so again.

        Another polygon that was to be refined comes back only with clicks of its own: it may have been
        picked by mistake, and Enter would write it.
        """
        left = self.fixing
        while left is not None and self._history:
            self.draft, self.fixing, self.own_class = self._history.pop()
            if self.fixing is not left and not self.draft.empty:
                if self.fixing is None or (self._history and self._history[-1][1] is self.fixing):
                    return True
                left = self.fixing
        self.clear()
        return False

    @property
    def aside(self) -> Draft:
        """What was clicked of a new object before a polygon was refined, which :meth:`leave` brings back."""
        return next((draft for draft, home, _ in reversed(self._history) if home is None), Draft())

    def fix(self, home: FeatureReference, inside: Click, own_class: str | None) -> None:
        """A polygon is at hand again, with the clicks that it came from; without any, with one inside.

        What was at hand before comes back with :meth:`undo` and :meth:`leave`.

        Args:
            own_class: what its layer says of it, if it says anything.
        """
        known = self.known(home)
        self._change(Draft((inside,)) if known is None else known.draft)
        self.fixing, self.own_class = home, own_class
        if known is not None and own_class is None:
            self.own_class = known.class_name

    def forget(self, layer_ids: Collection[str]) -> bool:
        """Layers are gone: polygons of theirs are not at hand any more; whether one was."""
        self._history = [one for one in self._history if one[1] is None or one[1].layer_id not in layer_ids]
        if self.fixing is None or self.fixing.layer_id not in layer_ids:
            return False
        if not self.undo():
            self.clear()
        return True

    def keep(self, draft: Draft, class_name: str, home: FeatureReference | None = None) -> Accepted:
        """An object has its polygon; its clicks may teach."""
        self._last = 1 + max([self._last, *(item.number for item in self.accepted)])
        item = Accepted(self._last, draft, class_name, home)
        self.accepted.append(item)
        return item

    def drop(self, home: FeatureReference) -> None:
        """An accepted object turned out wrong: its clicks teach nothing."""
        self.accepted, self._away = (
            [item for item in items if not home.same(item.home)] for items in (self.accepted, self._away)
        )

    def known(self, home: FeatureReference) -> Accepted | None:
        """The object whose polygon that is, or was until it was deleted, if it was clicked here."""
        everything = (*self.accepted, *self._away)
        return next((item for item in everything if home.same(item.home)), None)

    def by_place(self) -> dict[tuple[str, bytes], Accepted]:
        """All objects that :meth:`known` knows, by the places of their polygons."""
        everything = [*self.accepted, *self._away]
        return {item.home.place: item for item in reversed(everything) if item.home is not None}

    def rehome(self, layer_id: str, find: Callable[[FeatureReference], FeatureReference]) -> None:
        """Polygons of a layer may lie elsewhere now.

        Args:
            find: where one lies that was somewhere.
        """
        for item in self.accepted:
            if item.home is not None and item.home.layer_id == layer_id:
                item.home = find(item.home)
        self._rehome_at_hand(layer_id, find)

    def retrace(self, layer_id: str, find: Callable[[FeatureReference], FeatureReference | None]) -> bool:
        """Polygons of a layer changed, went or came back: so do their objects; whether one went or came.

        Args:
            find: where a polygon of that layer lies now; None if it is gone.
        """
        known = {id(item) for item in self.accepted}
        accepted: list[Accepted] = []
        away: list[Accepted] = []
        for item in [*self.accepted, *self._away]:
            there = id(item) in known
            if item.home is not None and item.home.layer_id == layer_id:
                found = find(item.home)
                if found is not item.home:
                    there, item.home = found is not None, found or item.home
            (accepted if there else away).append(item)
        self.accepted, self._away = sorted(accepted, key=attrgetter("number")), away
        self._rehome_at_hand(layer_id, lambda home: find(home) or home)
        return {id(item) for item in accepted} != known

    def settle(self, layer_id: str, find: Callable[[FeatureReference], FeatureReference | None]) -> None:
        """A layer was saved or given up: polygons that are gone do not come back.

        Args:
            find: where a polygon of that layer lies now; None if it is not found.
        """
        self.rehome(layer_id, lambda home: find(home) or home)
        places = {item.home.place for item in self.accepted if item.home is not None}
        for item in self._away:
            found = find(item.home) if item.home is not None and item.home.layer_id == layer_id else None
            if found is not None and found.place not in places:
                self.put(item, (item.draft, item.class_name, found))
        self._away = [item for item in self._away if item.home is None or item.home.layer_id != layer_id]

    def put(self, item: Accepted, words: Words | None) -> None:
        """Let an object be what it was at another time; not there, for None."""
        self._away = [one for one in self._away if one is not item]
        self.accepted = [one for one in self.accepted if one is not item]
        if words is not None:
            item.draft, item.class_name, item.home = words
            self.accepted = sorted([*self.accepted, item], key=attrgetter("number"))

    def join(self, home: FeatureReference, other: FeatureReference) -> None:
        """Two accepted objects turned out to be one: so are their clicks."""
        one, gone = self.known(home), self.known(other)
        if gone is None:
            return
        if one is None:
            self.put(gone, (gone.draft, gone.class_name, home))  # Its own polygon went: it is not away.
            return
        one.draft = Draft((*one.draft.clicks, *gone.draft.clicks), _around(one.draft.box, gone.draft.box))
        self.drop(other)

    def share(self, item: Accepted, homes: Sequence[FeatureReference], drafts: Sequence[Draft]) -> None:
        """An accepted object turned out to be several: each has the clicks on it; without any, none is known.

        Args:
            homes, drafts: of each part.
        """
        parts = [(home, draft) for home, draft in zip(homes, drafts) if draft.answerable]
        for place, (home, draft) in enumerate(parts):
            if place == 0:
                self.put(item, (draft, item.class_name, home))
            else:
                self.keep(draft, item.class_name, home)

    def teaching(self) -> list[Accepted]:
        """The accepted objects that have a positive click: what a model learns from."""
        return [item for item in self.accepted if any(one.label == POSITIVE for one in item.draft.clicks)]

    def rows(self) -> list[tuple[float, float, int, int, str]]:
        """x, y, label, object, class of every click of these objects."""
        return [
            (click.x, click.y, click.label, item.number, item.class_name)
            for item in self.teaching()
            for click in item.draft.clicks
        ]

    def boxes(self) -> list[tuple[Box, str]]:
        """Box and class of every accepted object that has a box."""
        return [(item.draft.box, item.class_name) for item in self.accepted if item.draft.box is not None]

    def places(self) -> list[tuple[float, float]]:
        """x, y of all these clicks, and of two corners of every box."""
        clicks = [(x, y) for x, y, *_ in self.rows()]
        return clicks + [corner for box, _ in self.boxes() for corner in (box[:2], box[2:])]

    @property
    def empty(self) -> bool:
        """Whether nothing was clicked."""
        return self.draft.empty and not self.accepted

    def to_json(self) -> dict[str, Any]:
        """As it is kept; single steps that :meth:`undo` would take back are not."""
        fixing = None if self.fixing is None else self.fixing.to_json()
        accepted = [item.to_json() for item in self.accepted]
        kept = {"draft": self.draft.to_json(0), "fixing": fixing, "own_class": self.own_class}
        if self.fixing is not None and not self.aside.empty:
            kept["aside"] = self.aside.to_json(0)
        return {**kept, "accepted": accepted}

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> Session:
        """What :meth:`to_json` gave; ValueError, KeyError or TypeError if it is damaged."""
        accepted = [Accepted.from_json(item) for item in found["accepted"]]
        fixing = None if found["fixing"] is None else FeatureReference.from_json(found["fixing"])
        own_class = found.get("own_class")
        session = cls(
            Draft.from_json(found["draft"]), accepted, fixing, None if own_class is None else str(own_class)
        )
        if "aside" in found:
            session._history.append((Draft.from_json(found["aside"]), None, None))
        return session

    def _rehome_at_hand(self, layer_id: str, find: Callable[[FeatureReference], FeatureReference]) -> None:
        """What the draft will replace, now and after :meth:`undo`, may lie elsewhere."""
        known = {id(home): home for home in (self.fixing, *(home for _, home, _ in self._history))}
        homes = {
            key: home if home is None or home.layer_id != layer_id else find(home)
            for key, home in known.items()
        }
        self.fixing = homes[id(self.fixing)]
        self._history = [(draft, homes[id(home)], name) for draft, home, name in self._history]

    def _change(self, draft: Draft) -> None:
        self._history.append((self.draft, self.fixing, self.own_class))
        self.draft = draft


def _around(one: Box | None, other: Box | None) -> Box | None:
    """The box around two boxes, or the only one; around an object that has none, none is known."""
    if one is None or other is None:
        return None
    return min(one[0], other[0]), min(one[1], other[1]), max(one[2], other[2]), max(one[3], other[3])
