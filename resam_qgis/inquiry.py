"""One object on its way from clicks to a polygon."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .choice import Choice
from .i18n import tr
from .layers import RasterInput
from .neighbours import Beside, Borders, Surroundings
from .presence import present
from .session import Draft
from .sources import Sources
from .worker_client import WorkerClient


class Inquiry:
    """Asks the worker for the polygon of one draft, again after a crash, and for other masks of it.

    Attributes:
        draft: the clicks and the box that it asks about, in the raster's CRS.
        choice: what it asks with.
        source: what the engine reads; None until it is there.
        candidates: the answers, the shown one at :attr:`shown`.
        problem: why there is no answer, in one line; None while there is none to tell.
        changed: called when anything of this is another.
        answered: called with the model and the seconds that the worker took for a click.
        surroundings: where its neighbours are, whose borders the polygon shares.
    """

    def __init__(
        self,
        worker: WorkerClient,
        sources: Sources,
        choice: Choice,
        draft: Draft,
        changed: Callable[[], None],
    ) -> None:
        self.draft, self.changed = draft, changed
        self.answered: Callable[[str, float], None] = lambda model, seconds: None
        self.source: RasterInput | None = None
        self.candidates: list[dict[str, Any]] = []
        self.problem: str | None = None
        self.waiting = False
        self.surroundings = Surroundings(lambda: None, lambda: None)
        self._hair = 0.0
        self._beside = Beside()
        self._worker, self._sources, self.choice = worker, sources, choice
        self._number: int | None = None
        self._cancel_source: Callable[[], None] = lambda: None
        self._steps = 0
        self._dropped = False

    @property
    def shown(self) -> int:
        """Place of the answer that is shown among the candidates."""
        return self._steps % len(self.candidates) if len(self.candidates) > 1 else 0

    @property
    def answer(self) -> dict[str, Any] | None:
        """The shown candidate with its scores, or None."""
        return self.candidates[self.shown] if self.candidates else None

    @property
    def borders(self) -> Borders:
        """What the answer is fitted to, in the raster's CRS."""
        return Borders(self._hair, frozenset(self._beside.found))

    def begin(self) -> None:
        """Ask, or ask again."""
        self.waiting, self.problem, self.candidates = True, None, []
        self.changed()
        if self.source is not None:
            self._ask(self.source)
        else:
            self._cancel_source = self._sources.obtain(self.choice, self.draft, self._ask, self._fail)

    def renew(self) -> bool:
        """Ask again if other polygons stand beside the answer than it was fitted to; whether it is asked."""
        if self.waiting or not self.candidates or not self._neighbours_changed(self.candidates):
            return False
        self.begin()
        return True

    def switch(self, step: int) -> None:
        """To the next candidate (+1) or the one before (-1), as soon as there are any."""
        self._steps += step
        if not self.waiting and len(self.candidates) == 1 and self.draft.single:
            self._ask_for_candidates()
        self.changed()

    def drop(self) -> None:
        """Nobody wants the answer any more."""
        self._dropped = True
        self._cancel_source()
        if self._number is not None:
            self._worker.cancel(self._number)

    def _ask(self, source: RasterInput) -> None:
        if not self._dropped:
            self.source = source
            self._request("ask", {"objects": [self.draft.to_json(1)]}, self._take_answer)

    def _ask_for_candidates(self) -> None:
        self.waiting = True
        self._request("candidates", {"object": self.draft.to_json(1)}, self._take_candidates)

    def _request(
        self,
        method: str,
        params: dict[str, Any],
        done: Callable[[list[dict[str, Any]]], None],
        fitted: bool = False,
    ) -> None:
        """Ask; a second time if polygons stand beside the answer that it is not ``fitted`` to."""

        def take(result: dict[str, Any]) -> None:
            if self._dropped:
                return
            found = result["features" if method == "ask" else "candidates"]
            if not fitted and self._neighbours_changed(found):
                self._request(method, params, done, fitted=True)
                return
            self._number, self.waiting, self._hair = None, False, float(result.get("hair", 0.0))
            if method == "ask":
                self.answered(self.choice.model, self._worker.seconds)
            done(found)
            self.changed()

        common = {"raster": present(self.source).to_json(), "polygons": self.choice.polygons()}
        beside = list(self._beside.found.values())
        whole = {**common, "neighbours": beside, **self.choice.question(), **params}
        self._number = self._worker.request(method, whole, take, self._failed)

    def _neighbours_changed(self, features: list[dict[str, Any]]) -> bool:
        """Whether others stand beside these polygons than were handed over; those are from now on."""
        if not self.choice.shares_borders:
            return False
        now = self.surroundings.of(features, present(self.source).crs)
        if self._beside.serve(now):
            return False
        self._beside = now
        return True

    def _take_answer(self, features: list[dict[str, Any]]) -> None:
        self.candidates = features[:1]
        if self._steps and self.candidates and self.draft.single:
            self._ask_for_candidates()

    def _take_candidates(self, features: list[dict[str, Any]]) -> None:
        self.candidates = [*self.candidates[:1], *features]

    def _failed(self, kind: str, text: str) -> None:
        if self._dropped:
            return
        self._number = None
        if kind == "crashed" and self._worker.may_retry:
            self.begin()
        else:
            self._fail(tr("Stopped before there was a polygon.") if kind == "cancelled" else text)

    def _fail(self, text: str) -> None:
        if not self._dropped:
            self.waiting, self.problem = False, text
            self.changed()
