"""With an adapter, the base's answer is kept where it is the surer one."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
import shapely
import torch

from engine.config import RefineConfig, SegmentConfig
from engine.grid import Tile
from engine.models.base import Segmenter
from engine.models.lora import LoraSpec, adapter_parameters, add_adapter, without_adapter
from engine.reading.points import PromptSet
from engine.stages.either import surer
from engine.stages.layer import Provenance, assemble
from engine.stages.pipeline import Job, Segment, run_job
from tests.training.adapt.helpers import SIDE, painted, prompts, tiny_segmenter
from training.benchmark.protocols import ArrayReader

SQUARE = shapely.box(0, 0, 1, 1)


@dataclass(frozen=True)
class Answer:
    score: float
    geometry: shapely.Geometry = SQUARE


NOTHING = Answer(0.99, shapely.Polygon())


@pytest.mark.parametrize(
    ("own", "base", "margin", "kept"),
    [
        (Answer(0.5), Answer(0.6), 0.0, "base"),
        (Answer(0.5), Answer(0.5), 0.0, "own"),
        (Answer(0.5), Answer(0.6), 0.2, "own"),
        (Answer(0.1), NOTHING, 0.0, "own"),
        (NOTHING, Answer(0.1), 0.0, "base"),
        (NOTHING, NOTHING, 0.0, "own"),
    ],
)
def test_the_surer_answer_is_kept_and_an_empty_one_never(
    own: Answer, base: Answer, margin: float, kept: str
) -> None:
    assert surer([own], [base], margin)[0] is {"own": own, "base": base}[kept]


def adapted() -> Segmenter:
    """A small network with an adapter whose updates are random; its scores lie between 0 and 1."""
    model = tiny_segmenter()
    with torch.no_grad():
        model.module.mask_decoder.iou_prediction_head.layers[-1].bias.add_(0.5)
    add_adapter(model, LoraSpec(2, None, ("qkv", "mlp")), 0)
    torch.manual_seed(1)
    with torch.no_grad():
        for _, parameter in adapter_parameters(model):
            parameter.normal_(std=0.3)
    return model


def answers(model: Segmenter, base_too: bool) -> list[Segment]:
    config = SegmentConfig(refine=RefineConfig(base_too=base_too))
    job = Job(Tile(0, 0, 0, 0, 0, model.image_size, model.image_size), prompts())
    return run_job(job, ArrayReader(painted()[0]), model, config)


def test_every_object_has_the_higher_of_both_scores_and_says_who_answered() -> None:
    model = adapted()
    own = answers(model, False)
    with without_adapter(model):
        base = answers(model, False)
    found = answers(model, True)
    for mine, other, chosen in zip(own, base, found, strict=True):
        assert not mine.geometry.is_empty
        assert not other.geometry.is_empty
        assert chosen.by_base == (other.score > mine.score)
        assert vars(chosen) == vars(replace(other, by_base=True) if chosen.by_base else mine)
    assert model.adapted


def test_a_model_without_an_adapter_answers_once(monkeypatch: pytest.MonkeyPatch) -> None:
    model = tiny_segmenter()
    plain, encoded = model.encode, []
    monkeypatch.setattr(model, "encode", lambda image: encoded.append(1) or plain(image))
    found = answers(model, True)
    assert list(map(vars, found)) == list(map(vars, answers(tiny_segmenter(), False)))
    once = len(encoded)
    answers(model, False)
    assert len(encoded) == 2 * once


def test_the_layer_names_no_adapter_where_the_base_answered() -> None:
    asked = PromptSet(prompts(), (), (), ())
    shapes = [
        Segment(p.prompt_id, shapely.box(*(p.xy[0] - 9), *(p.xy[0] + 9)), 0.8, 0.8, 0.1, 0, False, 0.8)
        for p in asked.prompts
    ]
    shapes[1] = replace(shapes[1], by_base=True)
    grid = ArrayReader(np.zeros((SIDE, SIDE, 3), np.uint8)).grid
    frame = assemble(shapes, asked, grid, SegmentConfig().polygons, Provenance("tiny", "roofs", 0.5))
    assert frame["adapter"].isna().tolist() == [False, True, False]
    assert set(frame["adapter"].dropna()) == {"roofs"}
