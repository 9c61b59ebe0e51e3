"""The verdict never calls noise an improvement, nor a loss nothing."""

from __future__ import annotations

import numpy as np
import pytest

from engine.grid import Tile
from engine.stages.pipeline import Job
from tests.fakes import FakeSegmenter
from tests.training.adapt.helpers import BOXES, SIDE, painted, prompts
from training.adapt.estimate import Estimate
from training.adapt.quality_proxies import quality_proxies
from training.adapt.verdict import (
    EXPECTED,
    SCORES,
    TELLING,
    by_chance,
    compare,
    verdict_by_clicks,
    with_clicks,
)
from training.benchmark.protocols import ArrayReader


def figures(values: list[float]) -> dict[int, float]:
    return dict(enumerate(values))


BASE = [0.4, 0.6, 0.5, 0.7, 0.3, 0.55, 0.45, 0.65]


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ([0.1, 0.12, 0.08, 0.1, 0.11, 0.09, 0.1, 0.1], "better"),
        ([-0.1, -0.12, -0.08, -0.1, -0.11, -0.09, -0.1, -0.1], "worse"),
        ([0.1, -0.12, 0.08, -0.1, 0.11, -0.09, 0.1, -0.1], "no evidence"),
        ([0.0] * 8, "no evidence"),
        ([0.001] * 8, "no evidence"),
    ],
)
def test_the_verdict_follows_the_paired_differences(change: list[float], word: str) -> None:
    after = [a + b for a, b in zip(BASE, change, strict=True)]
    verdict = compare(figures(BASE), figures(after), "IoU")
    assert verdict.word == word
    assert verdict.n == 8
    assert verdict.low is not None
    assert verdict.high is not None
    assert verdict.low <= np.mean(change) + 1e-9
    assert verdict.high >= np.mean(change) - 1e-9


def test_few_objects_are_never_better() -> None:
    verdict = compare(figures([0.1, 0.1]), figures([0.9, 0.9]), "IoU")
    assert (verdict.word, verdict.n) == ("no evidence", 2)


def test_few_objects_are_never_worse_either() -> None:
    verdict = compare(figures([0.9]), figures([0.1]), "IoU")
    assert (verdict.word, verdict.n) == ("no evidence", 1)
    assert "too few" in verdict.reason


def test_no_objects_are_no_evidence() -> None:
    assert compare({}, {}, "IoU").word == "no evidence"


SOUND = dict.fromkeys(range(8), True)


def gain(change: float, objects: int = 8, *, calibrated: bool = True) -> Estimate:
    return Estimate(objects, 0.5, change, calibrated)


def test_a_model_that_breaks_is_worse_however_much_it_promises() -> None:
    verdict = verdict_by_clicks(gain(0.3), (SOUND, {n: n > 2 for n in range(8)}))
    assert verdict.word == "worse"
    assert "of 8 masks that were sound 5 are left" in verdict.reason


def test_masks_that_mend_do_not_hide_those_that_break() -> None:
    sound = ({n: n < 4 for n in range(8)}, {n: n >= 4 for n in range(8)})
    verdict = verdict_by_clicks(gain(0.3), sound)
    assert verdict.word == "worse"
    assert "of 4 masks that were sound 0 are left" in verdict.reason


def test_one_broken_mask_of_few_may_be_chance_and_is_told() -> None:
    verdict = verdict_by_clicks(gain(0.3), (SOUND, {n: n > 0 for n in range(8)}))
    assert verdict.word == "no evidence"
    assert "of 8 masks that were sound 7 are left" in verdict.reason
    assert "by chance" in verdict.reason


@pytest.mark.parametrize(
    ("expected", "word", "said"),
    [
        (gain(TELLING + 0.001), "better", "much higher scores"),
        (gain(-TELLING - 0.001), "no evidence", "expect a loss"),
        (gain(TELLING), "no evidence", "too small"),
        (gain(-TELLING), "no evidence", "too small"),
        (gain(0.3, 4), "no evidence", "at least 5 are needed"),
        (gain(-0.3, 4), "no evidence", "at least 5 are needed"),
        (gain(0.3, calibrated=False), "no evidence", "without a calibration"),
        (gain(-0.3, calibrated=False), "no evidence", "without a calibration"),
    ],
)
def test_clicks_alone_are_believed_where_the_estimate_is_telling(
    expected: Estimate, word: str, said: str
) -> None:
    verdict = verdict_by_clicks(expected, (SOUND, SOUND))
    assert verdict.word == word
    assert said in verdict.reason
    assert verdict.measure == (EXPECTED if expected.calibrated else SCORES)
    assert (verdict.n, verdict.before) == (expected.objects, 0.5)
    assert verdict.after == pytest.approx(0.5 + expected.change)
    assert verdict.low is verdict.high is None


def test_few_references_do_not_hide_that_masks_broke() -> None:
    few = compare({0: 0.5}, {0: 0.52}, "IoU")
    sound = SOUND, {n: n > 4 for n in range(8)}
    assert with_clicks(few, verdict_by_clicks(gain(0.0), sound), sound).word == "worse"
    doubtful = compare(figures(BASE), figures(BASE[::-1]), "IoU")
    verdict = with_clicks(doubtful, verdict_by_clicks(gain(0.3), sound), sound)
    assert (verdict.word, verdict.measure, verdict.n) == ("worse", "IoU", 8)
    assert "of 8 masks that were sound 3 are left" in verdict.reason


def test_references_enough_to_tell_outweigh_what_clicks_let_expect() -> None:
    up = compare(figures(BASE), figures([value + 0.1 for value in BASE]), "IoU")
    doubtful = compare(figures(BASE), figures(BASE[::-1]), "IoU")
    sound = SOUND, dict.fromkeys(range(8), False)
    assert with_clicks(up, verdict_by_clicks(gain(-0.3), sound), sound) == up
    assert with_clicks(doubtful, verdict_by_clicks(gain(0.3), (SOUND, SOUND)), (SOUND, SOUND)) == doubtful


def test_where_references_are_too_few_clicks_decide() -> None:
    few = compare({0: 0.5}, {0: 0.7}, "IoU")
    by_clicks = verdict_by_clicks(gain(0.1), (SOUND, SOUND))
    assert with_clicks(few, by_clicks, (SOUND, SOUND)) == by_clicks
    doubtful = verdict_by_clicks(gain(0.0), (SOUND, SOUND))
    assert with_clicks(few, doubtful, (SOUND, SOUND)) == few, "what is measured says more"


def test_a_few_references_that_fell_are_not_overruled_by_a_gain_that_is_only_expected() -> None:
    fell = compare(figures([0.8] * 4), figures([0.4] * 4), "IoU")
    assert with_clicks(fell, verdict_by_clicks(gain(0.1), (SOUND, SOUND)), (SOUND, SOUND)) == fell
    broken = SOUND, {n: n > 4 for n in range(8)}
    assert with_clicks(fell, verdict_by_clicks(gain(0.1), broken), broken).word == "worse"


@pytest.mark.parametrize(
    ("broken", "n", "expected"), [(0, 5, 1.0), (1, 3, 1 - 0.95**3), (2, 2, 0.0025), (1, 5000, 1.0)]
)
def test_the_binomial_tail_is_exact(broken: int, n: int, expected: float) -> None:
    assert by_chance(broken, n) == pytest.approx(expected)


def test_without_objects_clicks_are_no_evidence() -> None:
    verdict = verdict_by_clicks(None, ({}, {}))
    assert (verdict.word, verdict.n, verdict.reason) == ("no evidence", 0, "no object was held out")


def test_a_model_that_is_right_has_good_signs_and_one_that_swallows_neighbours_has_not() -> None:
    reader = ArrayReader(painted()[0])
    jobs = [Job(Tile(0, 0, 0, 0, 0, SIDE, SIDE), prompts())]
    (good,) = quality_proxies(FakeSegmenter(SIDE), reader, jobs, 0)
    # With tolerances that admit every colour a mask is the whole tile.
    (greedy,) = quality_proxies(FakeSegmenter(SIDE, tolerances=(900, 900, 900)), reader, jobs, 0)
    assert [sign.prompt_id for sign in good] == [1, 2, 3]
    for sign, (x0, y0, x1, y1) in zip(good, BOXES, strict=True):
        assert sign.clicks == sign.neighbours == 1
        assert sign.share * SIDE**2 == pytest.approx((x1 - x0) * (y1 - y0), rel=0.15)
        assert sign.sound
    assert all(sign.neighbours == 0 and not sign.sound for sign in greedy)
    assert min(sign.score for sign in good) > max(sign.score for sign in greedy)


def test_neighbours_count_in_the_proxies_but_are_asked_once_only() -> None:
    reader, tile = ArrayReader(painted()[0]), Tile(0, 0, 0, 0, 0, SIDE, SIDE)
    own, *others = prompts()
    (everyone,) = quality_proxies(FakeSegmenter(SIDE), reader, [Job(tile, (own, *others))], 0)
    model = FakeSegmenter(SIDE)
    (alone,) = quality_proxies(model, reader, [Job(tile, (own,), tuple(others))], 0)
    assert alone == everyone[:1]
    assert model.prompts_decoded == len(prompts()) + 2, "the own object again turned over, and by its box"
