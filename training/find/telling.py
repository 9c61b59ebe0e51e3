"""Finds told to a program as they are outlined, while the run goes on."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

from engine.config import PolygonConfig
from engine.console import Reporter
from engine.grid import RasterGrid
from engine.reading.points import Prompt, PromptSet
from engine.schema import COLUMNS
from engine.stages.layer import Provenance, assemble
from engine.stages.pipeline import Segment

FOUND, OUTLINED = "found", "outlined"
"""Names of the events: how many there are, before the first is outlined; the rows of some of them."""


class Telling:
    """Tells the rows of finds as the layer would have them if it held what is outlined together and no more.

    When all are known, they may have lost ground to neighbours in another window, or won some.
    """

    def __init__(
        self,
        grid: RasterGrid,
        polygons: PolygonConfig,
        provenance: Provenance,
        reporter: Reporter,
        prompts: Sequence[Prompt],
        chances: Mapping[int, float],
        wanted: int,
    ) -> None:
        """
        Args:
            prompts: all that is asked for, clicked objects as they were clicked.
            chances: the probability of each find by its number; clicked objects have none, and are not told.
            wanted: how many finds the layer shall have.
        """
        self._grid, self._polygons, self._provenance = grid, polygons, provenance
        self._reporter, self._chances = reporter, chances
        self._prompts = {prompt.prompt_id: prompt for prompt in prompts}
        if chances:
            best = max(chances.values())
            reporter.event(FOUND, finds=wanted, threshold=provenance.review_below, best=best)

    def __call__(self, segments: Sequence[Segment]) -> None:
        """Tell what was outlined."""
        if not any(one.prompt_id in self._chances for one in segments):
            return
        asked = PromptSet(tuple(self._prompts[one.prompt_id] for one in segments), (), (), ())
        sure = [scored(one, self._chances) for one in segments]
        frame = assemble(sure, asked, self._grid, self._polygons, self._provenance)
        rows = frame[frame["prompt_id"].isin(list(self._chances)) & (frame["status"] != "rejected")]
        own = rows[[*(column.name for column in COLUMNS), "geometry"]]
        features = json.loads(own.to_json(na="null"))["features"]
        self._reporter.event(OUTLINED, features=features)


def scored(segment: Segment, chances: Mapping[int, float]) -> Segment:
    """With its probability; a clicked object is certain, and keeps what it shares with a find."""
    return replace(segment, score=chances.get(segment.prompt_id, 1.0), claim=None)
