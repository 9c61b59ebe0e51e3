"""Finds told to a program as they are outlined, while the run goes on."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

from engine.config import PolygonConfig
from engine.console import Reporter
from engine.grid import RasterGrid
from engine.reading.points import Prompt, PromptSet
from engine.stages.layer import Provenance, assemble
from engine.stages.pipeline import Segment

FOUND, OUTLINED = "found", "outlined"
"""Names of the events: how many there are, before the first is outlined; the rows of some of them."""


class Telling:
    """Tells the rows of finds as the layer would have them if those outlined together were all it holds.

    Told once more when all are known, they may have lost ground to neighbours of another window.
    """

    def __init__(
        self,
        grid: RasterGrid,
        polygons: PolygonConfig,
        provenance: Provenance,
        reporter: Reporter,
        finds: Sequence[Prompt],
        chances: Mapping[int, float],
    ) -> None:
        """
        Args:
            finds: as they are asked for; what is outlined besides them, clicked objects, is not told.
            chances: the probability of each by its number.
        """
        self._grid, self._polygons, self._provenance = grid, polygons, provenance
        self._reporter, self._chances = reporter, chances
        self._finds = {prompt.prompt_id: prompt for prompt in finds}
        if finds:
            best = max(chances.values())
            reporter.event(FOUND, finds=len(finds), threshold=provenance.review_below, best=best)

    def __call__(self, segments: Sequence[Segment]) -> None:
        """Tell what was outlined."""
        some = [scored(one, self._chances) for one in segments if one.prompt_id in self._finds]
        if not some:
            return
        asked = PromptSet(tuple(self._finds[one.prompt_id] for one in some), (), (), ())
        frame = assemble(some, asked, self._grid, self._polygons, self._provenance)
        rows = frame[frame["status"] != "rejected"]
        self._reporter.event(OUTLINED, features=json.loads(rows.to_json(na="null"))["features"])


def scored(segment: Segment, chances: Mapping[int, float]) -> Segment:
    """With its probability; a clicked object is certain, and keeps what it shares with a find."""
    return replace(segment, score=chances.get(segment.prompt_id, 1.0), claim=None)
