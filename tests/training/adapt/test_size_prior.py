"""The usual size of a kind: found from its surest members, and used to tell a part from the whole."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.reading.points import Prompt
from tests.fakes import FakeSegmenter
from tests.training.adapt.helpers import SIDE, place
from training.adapt.options import PRESETS
from training.adapt.samples import SizePrior
from training.adapt.size_prior import (
    MIN_OBJECTS_OF_KIND,
    SMALLEST_SPREAD,
    size_prior_of,
    size_z_score,
    with_size_priors,
)
from training.adapt.teachers import label


@given(st.lists(st.floats(10, 1e5), min_size=MIN_OBJECTS_OF_KIND, max_size=30), st.floats(0.1, 10))
def test_scaling_every_area_scales_the_usual_size_alone(areas: list[float], factor: float) -> None:
    one = size_prior_of([(area, 1.0) for area in areas])
    other = size_prior_of([(area * factor, 1.0) for area in areas])
    assert one is not None
    assert other is not None
    assert other.log_area - one.log_area == pytest.approx(np.log(factor), abs=1e-9)
    assert other.spread == pytest.approx(one.spread)


def test_the_surest_objects_decide() -> None:
    pairs = [(100.0, 1.0)] * 4 + [(9000.0, 0.1)] * 6
    found = size_prior_of(pairs)
    assert found == SizePrior(pytest.approx(np.log(100)), SMALLEST_SPREAD)


@pytest.mark.parametrize(
    "pairs", [[], [(100.0, 1.0)] * (MIN_OBJECTS_OF_KIND - 1), [(0.0, 1.0)] * 9, [(50.0, 0.0)] * 9]
)
def test_too_few_objects_have_no_usual_size(pairs: list[tuple[float, float]]) -> None:
    assert size_prior_of(pairs) is None


def test_the_z_score_is_the_distance_in_spreads_and_nothing_where_nothing_is_known() -> None:
    usual = [SizePrior(np.log(100.0), 0.5), None]
    areas = np.array([[100.0, 100 * np.e], [1.0, 1e6]])
    assert np.allclose(size_z_score(areas, usual), [[0, 2], [0, 0]])


def test_kinds_are_told_apart_by_class() -> None:
    plain = place()
    own = tuple(
        Prompt(p.prompt_id, p.xy, p.labels, None, {"class": name})
        for p, name in zip(plain.job.own, "aab", strict=True)
    )
    several = [replace(plain, job=replace(plain.job, own=own)) for _ in range(2)]
    shared = replace(several[1], reader=several[0].reader)
    (one, _) = with_size_priors(FakeSegmenter(SIDE), [several[0], shared], [0, 1])
    assert one.size_priors[0] == one.size_priors[1] is not None  # four objects of a
    assert one.size_priors[2] is None  # two of b


def test_of_three_masks_the_one_of_usual_size_is_taken() -> None:
    # The fake's second mask, the whole tile, has the best score; no neighbour's click speaks against it.
    seen = place().read(SIDE // 4)
    alone = replace(seen, prompts=seen.prompts[:1], own=1)
    model = FakeSegmenter(SIDE, tolerances=(30, 250, 100), ious=(0.7, 0.9, 0.6))
    options = replace(PRESETS["default"].teacher, requery=False, size_prior=0.2)
    embedding, rng = model.encode(seen.image), np.random.default_rng(0)
    usual = (SizePrior(float(np.log(60 * 50)), SMALLEST_SPREAD),)
    blind = label(model, embedding, alone, options, rng).masks
    seeing = label(model, embedding, replace(alone, size_priors=usual), options, rng).masks
    assert blind.mean() > 0.9
    assert seeing.mean() < 0.1


def test_targets_of_unusual_size_weigh_less() -> None:
    seen = place(truth=True).read(SIDE // 4)
    model = FakeSegmenter(SIDE)
    options = replace(PRESETS["default"].teacher, size_prior=0.2)
    usual = (SizePrior(float(np.log(3000)), 0.5), SizePrior(float(np.log(40)), 0.5), None)
    found = label(
        model, model.encode(seen.image), replace(seen, size_priors=usual), options, np.random.default_rng(0)
    )
    assert found.weights[1] < 0.2 * found.weights[0]
