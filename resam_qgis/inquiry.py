"""One object on its way from clicks to a polygon."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .choice import Choice
from .i18n import tr
from .layers import RasterInput
from .presence import present
from .session import Draft
from .sources import Sources
from .worker_client import WorkerClient


class Inquiry:
    """Asks the worker for the polygon of one draft, again after a crash, and for other masks of it.

    Attributes:
        draft: the clicks and the box that it asks about, in the raster's CRS.
        source: what the engine reads; None until it is there.
        candidates: the answers, the shown one at :attr:`shown`.
        problem: why there is no answer, in one line; None while there is none to tell.
        changed: called when anything of this is another.
        answered: called with the model and the seconds that the worker took for a click.
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
        self._worker, self._sources, self._choice = worker, sources, choice
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

    def begin(self) -> None:
        """Ask, or ask again."""
        self.waiting, self.problem, self.candidates = True, None, []
        self.changed()
        if self.source is not None:
            self._ask(self.source)
        else:
            self._cancel_source = self._sources.obtain(self._choice, self.draft, self._ask, self._fail)

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

    def _request(self, method: str, params: dict[str, Any], done: Callable[[dict[str, Any]], None]) -> None:
        def take(result: dict[str, Any]) -> None:
            if not self._dropped:
                self._number, self.waiting = None, False
                if method == "ask":
                    self.answered(self._choice.model, self._worker.seconds)
                done(result)
                self.changed()

        common = {"raster": present(self.source).to_json(), "polygons": self._choice.polygons()}
        params = {**common, **self._choice.question(), **params}
        self._number = self._worker.request(method, params, take, self._failed)

    def _take_answer(self, result: dict[str, Any]) -> None:
        self.candidates = result["features"][:1]
        if self._steps and self.candidates and self.draft.single:
            self._ask_for_candidates()

    def _take_candidates(self, result: dict[str, Any]) -> None:
        self.candidates = [*self.candidates[:1], *result["candidates"]]

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
