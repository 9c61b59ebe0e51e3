"""The clicks of the user: the object at hand, what was accepted, and the way back. No Qt, no QGIS."""

from __future__ import annotations

from dataclasses import dataclass, field
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
        """As the worker wants it."""
        points = [[click.x, click.y, click.label] for click in self.clicks]
        return {"id": number, "points": points, "box": None if self.box is None else list(self.box)}


@dataclass(frozen=True)
class FeatureReference:
    """Where a polygon lies: its outline is what finds it again, since saving a layer gives new ids."""

    layer_id: str
    feature_id: int
    wkb: bytes

    def same(self, other: FeatureReference | None) -> bool:
        """Whether both are the same polygon."""
        return other is not None and (self.layer_id, self.wkb) == (other.layer_id, other.wkb)


@dataclass
class Accepted:
    """An object that went into a layer: its clicks, and where to find it again."""

    number: int
    draft: Draft
    class_name: str
    home: FeatureReference | None = None


@dataclass
class Session:
    """All clicks on one raster layer."""

    draft: Draft = field(default_factory=Draft)
    accepted: list[Accepted] = field(default_factory=list)
    fixing: FeatureReference | None = None
    """The polygon that the draft will replace, or None."""
    _history: list[Draft] = field(default_factory=list)

    def add(self, click: Click) -> None:
        """One more click on the object at hand."""
        self._change(Draft((*self.draft.clicks, click), self.draft.box))

    def set_box(self, box: Box) -> None:
        """A box around the object at hand; it replaces an earlier one."""
        self._change(Draft(self.draft.clicks, box))

    def undo(self) -> bool:
        """Take the last click or box back; False if there is none."""
        if not self._history:
            return False
        self.draft = self._history.pop()
        return True

    def clear(self) -> None:
        """Nothing is at hand any more; the next click begins another object."""
        self.draft, self._history, self.fixing = Draft(), [], None

    def keep(self, draft: Draft, class_name: str, home: FeatureReference | None = None) -> Accepted:
        """An object has its polygon; its clicks may teach."""
        number = 1 + max((item.number for item in self.accepted), default=0)
        item = Accepted(number, draft, class_name, home)
        self.accepted.append(item)
        return item

    def drop(self, home: FeatureReference) -> None:
        """An accepted object turned out wrong: its clicks teach nothing."""
        self.accepted = [item for item in self.accepted if not home.same(item.home)]

    def known(self, home: FeatureReference) -> Accepted | None:
        """The object whose polygon that is, if it was clicked here."""
        return next((item for item in self.accepted if home.same(item.home)), None)

    def rows(self) -> list[tuple[float, float, int, int, str]]:
        """x, y, label, object, class of every click of the accepted objects that have a positive one."""
        return [
            (click.x, click.y, click.label, item.number, item.class_name)
            for item in self.accepted
            if any(click.label == POSITIVE for click in item.draft.clicks)
            for click in item.draft.clicks
        ]

    def boxes(self) -> list[tuple[Box, str]]:
        """Box and class of every accepted object that has a box."""
        return [(item.draft.box, item.class_name) for item in self.accepted if item.draft.box is not None]

    def _change(self, draft: Draft) -> None:
        self._history.append(self.draft)
        self.draft = draft
