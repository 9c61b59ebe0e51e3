"""The verdict never calls noise an improvement, nor a loss nothing."""

from __future__ import annotations

import numpy as np
import pytest

from engine.grid import Tile
from engine.stages.pipeline import Job
from tests.fakes import FakeSegmenter
from tests.training.adapt.helpers import BOXES, SIDE, painted, prompts
from training.adapt.quality_proxies import quality_proxies
from training.adapt.verdict import by_chance, compare, verdict_by_proxies, with_proxies
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


def test_without_references_a_model_that_breaks_is_worse_however_sure_of_itself() -> None:
    sound = (dict.fromkeys(range(8), True), {n: n > 2 for n in range(8)})
    verdict = verdict_by_proxies(figures(BASE), figures([1.0] * 8), sound)
    assert verdict.word == "worse"
    assert "of 8 masks that were sound 5 are left" in verdict.reason


def test_masks_that_mend_do_not_hide_those_that_break() -> None:
    sound = ({n: n < 4 for n in range(8)}, {n: n >= 4 for n in range(8)})
    verdict = verdict_by_proxies(figures(BASE), figures([1.0] * 8), sound)
    assert verdict.word == "worse"
    assert "of 4 masks that were sound 0 are left" in verdict.reason


def test_one_broken_mask_of_few_may_be_chance_and_is_told() -> None:
    sound = (dict.fromkeys(range(8), True), {n: n > 0 for n in range(8)})
    verdict = verdict_by_proxies(figures(BASE), figures([1.0] * 8), sound)
    assert verdict.word == "no evidence"
    assert "of 8 masks that were sound 7 are left" in verdict.reason
    assert "by chance" in verdict.reason


def test_few_references_do_not_hide_that_masks_broke() -> None:
    few = compare({0: 0.5}, {0: 0.52}, "IoU")
    sound = dict.fromkeys(range(8), True)
    broke = verdict_by_proxies(figures(BASE), figures(BASE), (sound, {n: n > 4 for n in range(8)}))
    kept = verdict_by_proxies(figures(BASE), figures(BASE), (sound, sound))
    verdict = with_proxies(few, broke)
    assert (verdict.word, verdict.measure, verdict.n) == ("worse", "IoU", 1)
    assert "of 8 masks that were sound 3 are left" in verdict.reason
    assert with_proxies(few, kept) == few


def test_references_that_show_a_gain_outweigh_proxies() -> None:
    gain = compare(figures(BASE), figures([value + 0.1 for value in BASE]), "IoU")
    sound = dict.fromkeys(range(8), True)
    broke = verdict_by_proxies(figures(BASE), figures(BASE), (sound, dict.fromkeys(range(8), False)))
    assert with_proxies(gain, broke).word == "better"


@pytest.mark.parametrize(
    ("broken", "n", "expected"), [(0, 5, 1.0), (1, 3, 1 - 0.95**3), (2, 2, 0.0025), (1, 5000, 1.0)]
)
def test_the_binomial_tail_is_exact(broken: int, n: int, expected: float) -> None:
    assert by_chance(broken, n) == pytest.approx(expected)


@pytest.mark.parametrize("after", [0.2, 0.95])
def test_without_references_nothing_is_called_better_and_doubt_is_not_called_worse(after: float) -> None:
    sound = dict.fromkeys(range(8), True)
    verdict = verdict_by_proxies(figures(BASE), figures([after] * 8), (sound, sound))
    assert verdict.word == "no evidence"
    assert "cannot tell" in verdict.reason
    assert verdict.after == pytest.approx(after)


def test_without_objects_proxies_are_no_evidence() -> None:
    assert verdict_by_proxies({}, {}, ({}, {})).word == "no evidence"


def test_a_model_that_is_right_has_good_signs_and_one_that_swallows_neighbours_has_not() -> None:
    reader = ArrayReader(painted()[0])
    jobs = [Job(Tile(0, 0, 0, 0, 0, SIDE, SIDE), prompts())]
    good = quality_proxies(FakeSegmenter(SIDE), reader, jobs, 0)
    # With tolerances that admit every colour a mask is the whole tile.
    greedy = quality_proxies(FakeSegmenter(SIDE, tolerances=(900, 900, 900)), reader, jobs, 0)
    assert [sign.prompt_id for sign in good] == [1, 2, 3]
    for sign, (x0, y0, x1, y1) in zip(good, BOXES, strict=True):
        assert sign.clicks == sign.neighbours == 1
        assert sign.share * SIDE**2 == pytest.approx((x1 - x0) * (y1 - y0), rel=0.15)
        assert sign.sound
    assert all(sign.neighbours == 0 and not sign.sound for sign in greedy)
    assert min(sign.score for sign in good) > max(sign.score for sign in greedy)
