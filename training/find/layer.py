"""The layer that a search leaves: what was clicked, finds in their outlines, and the polygons that stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np

from engine.finding import Search, boxed
from engine.reading.points import Prompt, PromptSet
from engine.stages.candidates import Candidate
from engine.stages.layer import Provenance, assemble
from engine.stages.pipeline import Segment
from training.find.examples import ACCEPTED, REJECTED, Examples, by_class
from training.find.ranking import Find, Ranking
from training.find.table import beside_drawn
from training.find.telling import Telling, scored


@dataclass(frozen=True, eq=False)
class FindLayer:
    """A layer with finds.

    Attributes:
        finds: (n,) whether each row is a find; others are what was clicked, and polygons that stand.
    """

    frame: gpd.GeoDataFrame
    finds: np.ndarray

    @property
    def number(self) -> int:
        """How many finds there are, accepted or to review."""
        return int(self.finds.sum())

    @property
    def expected(self) -> float:
        """How many of the accepted finds are expected to be right."""
        accepted = self.finds & (self.frame["status"] == ACCEPTED).to_numpy()
        return float(self.frame["score"][accepted].sum())


def layer_of(
    search: Search,
    examples: Examples,
    ranking: Ranking,
    finds: Sequence[Find],
    after: int,
    threshold: float,
    most: int | None = None,
) -> FindLayer:
    """Outline the finds, and put them beside what was shown.

    Some lose their polygon: it may be covered by a better one, or be too small. Where their number is
    bounded, as many are outlined as are wanted, then as many again as before, until there are enough.

    Args:
        finds: the likeliest first.
        after: the number of the first job.
        threshold: finds of at least this score are accepted.
        most: the largest number of finds in the layer; None for no limit.
    """
    clicked = examples.clicks
    numbers = [prompt.prompt_id for prompt in clicked.prompts] + [item.prompt_id for item in clicked.rejected]
    first = 1 + max(numbers, default=0)
    new = [boxed(n, item.candidate, _attributes(item)) for n, item in enumerate(finds, first)]
    chances = {prompt.prompt_id: item.probability for prompt, item in zip(new, finds, strict=True)}
    wanted = len(new) if most is None else min(most, len(new))
    provenance = Provenance(search.model.name, search.config.adapter, threshold)
    tell = None
    if search.reporter.tells_a_program:
        everything = (*clicked.prompts, *new)
        rows = search.grid, search.config.polygons, provenance
        tell = Telling(*rows, search.reporter, everything, chances, wanted)
    asked, number, done = _asked(examples, ranking), after, 0
    while True:
        some = [*asked, *new[done : done + max(done, wanted)]]
        segments = search.outlines(some, number, tell)
        # A job has a prompt of its own, so that there are numbers enough.
        number, done, asked = number + len(some), done + len(some) - len(asked), []
        # A run that is continued may hold segments of later finds already.
        known = [one for one in segments if one.prompt_id < first + done]
        layer = _layer(search, examples, known, new[:done], chances, provenance)
        if done == len(new) or layer.number >= wanted:
            return _at_most(layer, wanted)


def _asked(examples: Examples, ranking: Ranking) -> list[Prompt]:
    """The clicked objects as they are outlined: by the box of the mask that each means, if there is one."""
    found: dict[int, Candidate] = {}
    for name, prompts in by_class(examples).items():
        for prompt, candidate in zip(prompts, ranking.meant[name], strict=True):
            if candidate is not None and prompt.box is None:
                found[prompt.prompt_id] = candidate
    return [
        boxed(p.prompt_id, found[p.prompt_id], p.attributes) if p.prompt_id in found else p
        for p in examples.clicks.prompts
    ]


def _layer(
    search: Search,
    examples: Examples,
    segments: Sequence[Segment],
    new: Sequence[Prompt],
    chances: dict[int, float],
    provenance: Provenance,
) -> FindLayer:
    """What becomes of the segments of the clicked objects and of the finds ``new``."""
    clicked, polygons = examples.clicks, search.config.polygons
    everything = PromptSet((*clicked.prompts, *new), clicked.rejected, (), clicked.field_names)
    sure = [scored(segment, chances) for segment in segments]
    frame = assemble(sure, everything, search.grid, polygons, provenance)
    own = {segment.prompt_id: segment.score for segment in segments}
    shown = frame["prompt_id"].isin([prompt.prompt_id for prompt in clicked.prompts])
    frame.loc[shown, "score"] = frame.loc[shown, "prompt_id"].map(own)
    layer = beside_drawn(frame, examples.drawn, search.grid, polygons.shape == "rotated-box")
    found = layer["prompt_id"].isin([prompt.prompt_id for prompt in new]).to_numpy()
    # Better polygons may cover a find entirely: it gets no row. A clicked object always keeps its row.
    gone = found & (layer["status"] == REJECTED).to_numpy()
    return FindLayer(layer[~gone].reset_index(drop=True), found[~gone])


def _at_most(layer: FindLayer, most: int) -> FindLayer:
    """The layer with no more finds than that, the likeliest."""
    kept = ~layer.finds | (np.cumsum(layer.finds) <= most)
    return FindLayer(layer.frame[kept].reset_index(drop=True), layer.finds[kept])


def _attributes(item: Find) -> dict[str, Any]:
    return {} if item.kind is None else {"class": item.kind}
