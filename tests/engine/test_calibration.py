"""The reported score: what a model says of its masks, mapped to what they are worth."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.torch import load_file, save_file

from engine.calibration import KINDS, Calibration, Calibrations, kind_of
from engine.config import RefineConfig, SegmentConfig, TileConfig
from engine.errors import ModelError
from engine.models.nano import CALIBRATIONS, NanoSegmenter, load_nano, save_nano
from engine.reading.points import Prompt
from engine.serving.embeddings import CachedEncoder
from engine.stages.pipeline import Segment, multimask_candidates, plan_jobs, run_jobs
from tests.engine.model_helpers import CPU
from tests.engine.nano_helpers import tiny_net
from training.benchmark.protocols import ArrayReader

HALVED = Calibration((0.0, 1.0, 0.0, 0.0), (0.0, 1.0), (0.0, 0.5))
"""Half of what the model says at last."""
FIRST = Calibration((1.0, 0.0, 0.0, 0.0), (0.0, 1.0), (0.0, 1.0))
SAID = Calibration((0.0, 1.0, 0.0, 0.0), (0.0, 1.0), (0.0, 1.0))
"""What the model says at last."""


def alike(calibration: Calibration) -> Calibrations:
    """The same for every kind of prompt."""
    return Calibrations(calibration, calibration, calibration)


def test_it_is_linear_between_its_knots_and_level_outside() -> None:
    calibration = Calibration((0.0, 1.0, 0.0, 0.0), (0.2, 0.4, 0.8), (0.1, 0.3, 0.9))
    scores = [calibration((0.0, said, 0.0, 0.0)) for said in (0.0, 0.2, 0.3, 0.6, 0.8, 1.0)]
    assert scores == pytest.approx([0.1, 0.1, 0.2, 0.6, 0.9, 0.9])


def test_all_signals_are_weighed() -> None:
    calibration = Calibration((0.1, 0.2, 0.3, 0.4), (0.0, 1.0), (0.0, 1.0))
    assert calibration((1.0, 0.5, 0.25, 0.0)) == pytest.approx(0.1 + 0.1 + 0.075)


@pytest.mark.parametrize(
    "change",
    [
        {"weights": (1.0,)},
        {"sums": (0.0,)},
        {"sums": (), "values": ()},
        {"sums": (1.0, 0.0)},
        {"sums": (0.0, 0.0)},
        {"values": (0.5, 0.4)},
        {"values": (0.5, 1.1)},
        {"values": (-0.1, 1.0)},
        {"weights": (float("nan"), 1.0, 0.0, 0.0)},
    ],
    ids=str,
)
def test_numbers_that_are_no_calibration_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="calibration"):
        replace(HALVED, **change)


@pytest.fixture(scope="module")
def scene() -> tuple[ArrayReader, list[Prompt]]:
    image = np.random.default_rng(3).integers(0, 255, (300, 300, 3)).astype(np.uint8)
    image[100:180, 60:200] = (200, 60, 60)
    clicks = [(120.5, 140.5), (240.5, 60.5)]
    prompts = [Prompt(n, np.array([xy]), np.ones(1, np.int64), None) for n, xy in enumerate(clicks, 1)]
    return ArrayReader(image), prompts


def answered(
    scene: tuple[ArrayReader, list[Prompt]], calibration: Calibration | None, zoom: bool = True
) -> list[Segment]:
    reader, prompts = scene
    calibrations = None if calibration is None else alike(calibration)
    model = CachedEncoder(NanoSegmenter(tiny_net(), "tiny", "0" * 64, CPU, calibrations=calibrations))
    config = SegmentConfig(refine=RefineConfig(zoom=zoom))
    return list(run_jobs(plan_jobs(prompts, reader.grid, 512, TileConfig()), reader, model, config))


@pytest.mark.parametrize("zoom", [True, False])
def test_the_engine_reports_calibrated_scores_and_changes_nothing_else(
    scene: tuple[ArrayReader, list[Prompt]], zoom: bool
) -> None:
    plain, halved = answered(scene, None, zoom), answered(scene, HALVED, zoom)
    for before, after in zip(plain, halved, strict=True):
        assert after.score == pytest.approx(before.score / 2)
        assert (before.claim, after.claim) == (None, before.score)
        others = (name for name in vars(before) if name not in ("score", "claim", "geometry"))
        assert all(getattr(after, name) == getattr(before, name) for name in others)
        assert after.geometry.equals(before.geometry)


def test_the_first_answer_is_known_after_the_last(scene: tuple[ArrayReader, list[Prompt]]) -> None:
    reader, prompts = scene
    model = NanoSegmenter(tiny_net(), "tiny", "0" * 64, CPU)
    jobs = plan_jobs(prompts, reader.grid, 512, TileConfig())
    alone = SegmentConfig(refine=RefineConfig(refine=False, requery=False, zoom=False))
    first = [segment.score for segment in run_jobs(jobs, reader, model, alone)]
    assert [segment.first for segment in answered(scene, None, zoom=False)] == first
    assert [segment.score for segment in answered(scene, FIRST, zoom=False)] == pytest.approx(first)


@pytest.mark.parametrize(
    ("labels", "box", "kind"),
    [([1], False, "click"), ([1, 0], False, "clicks"), ([1, 1, 1], False, "clicks"), ([], True, "box")],
)
def test_every_kind_of_prompt_has_a_calibration_of_its_own(
    scene: tuple[ArrayReader, list[Prompt]], labels: list[int], box: bool, kind: str
) -> None:
    reader, _ = scene
    xy = np.array([(120.5, 140.5), (250.5, 40.5), (100.5, 150.5)])[: len(labels)].reshape(-1, 2)
    bounds = np.array([60.0, 100.0, 200.0, 180.0]) if box else None
    prompts = [Prompt(1, xy, np.array(labels, np.int64), bounds)]
    level = {name: Calibration((1.0, 0, 0, 0), (0.0,), (number / 10,)) for number, name in enumerate(KINDS)}
    model = NanoSegmenter(tiny_net(), "tiny", "0" * 64, CPU, calibrations=Calibrations(**level))
    (job,) = plan_jobs(prompts, reader.grid, 512, TileConfig())
    (found,) = run_jobs([job], reader, model, SegmentConfig())
    assert found.score == level[kind].values[0]


def test_a_box_is_a_box_with_clicks_or_without() -> None:
    assert [kind_of(clicks, True) for clicks in (0, 1, 3)] == ["box"] * 3
    assert [kind_of(clicks, False) for clicks in (1, 2, 3)] == ["click", "clicks", "clicks"]


def test_the_three_masks_have_calibrated_scores_too(scene: tuple[ArrayReader, list[Prompt]]) -> None:
    reader, prompts = scene
    (job, *_) = plan_jobs(prompts[:1], reader.grid, 512, TileConfig())
    plain, halved = (
        multimask_candidates(
            job, reader, NanoSegmenter(tiny_net(), "tiny", "0" * 64, CPU, calibrations=calibrations)
        )
        for calibrations in (None, alike(HALVED))
    )
    assert [mask.score for mask in halved] == pytest.approx([mask.score / 2 for mask in plain])


def test_it_travels_in_the_weights_file(tmp_path: Path) -> None:
    net, path = tiny_net(), tmp_path / "nano.safetensors"
    each = Calibrations(HALVED, FIRST, SAID)
    save_nano(net, net.state_dict(), path, {}, each)
    loaded = load_nano(path, CPU)
    assert loaded.calibrations == each
    assert loaded.for_training().calibrations == each
    assert CachedEncoder(loaded).calibrations == each
    save_nano(net, net.state_dict(), path, {})
    assert load_nano(path, CPU).calibrations is None


NO_BOX = {kind: asdict(HALVED) for kind in KINDS if kind != "box"}


@pytest.mark.parametrize(
    "stated",
    [
        "nonsense",
        "[1]",
        "{}",
        json.dumps(NO_BOX),
        json.dumps(NO_BOX | {"box": [1]}),
        json.dumps(NO_BOX | {"box": asdict(HALVED) | {"weights": [1]}}),
    ],
)
def test_a_file_with_a_damaged_calibration_is_refused(tmp_path: Path, stated: str) -> None:
    from engine.models.weights_file import read_metadata

    net, path = tiny_net(), tmp_path / "nano.safetensors"
    save_nano(net, net.state_dict(), path, {}, alike(HALVED))
    metadata = {**read_metadata(path), CALIBRATIONS: stated}
    save_file(load_file(path), path, metadata=metadata)
    with pytest.raises(ModelError, match="export it again"):
        load_nano(path, CPU)
