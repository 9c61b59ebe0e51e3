"""What clicks alone let expect of an adapter: means over objects, and a line through them."""

from __future__ import annotations

import pytest
import shapely

from engine.stages.pipeline import Segment
from training.adapt.estimate import CONSTANT, HIGHEST, WEIGHTS, Key, estimate, signals


def answer(number: int, score: float, claim: float | None = 0.9) -> Segment:
    return Segment(number, shapely.box(0, 0, 10, 10), score, 0.9, 0.1, 0, cut=False, first=0.9, claim=claim)


BEFORE: dict[Key, Segment] = {(0, 1): answer(1, 0.4), (0, 2): answer(2, 0.6)}
AFTER: dict[Key, Segment] = {(0, 1): answer(1, 0.7), (0, 2): answer(2, 0.7)}


def test_the_signals_are_means_over_the_objects() -> None:
    assert signals(BEFORE, AFTER).to_dict() == pytest.approx({"rise": 0.2, "before": 0.5})


def test_an_object_on_two_rasters_counts_once() -> None:
    before, after = BEFORE | {(1, 2): answer(2, 0.2)}, AFTER | {(1, 2): answer(2, 0.9)}
    # Object 2: 0.6 and 0.2 before, 0.7 and 0.9 after.
    assert signals(before, after).to_dict() == pytest.approx({"rise": (0.7 + 0.8) / 2 - 0.4, "before": 0.4})
    found = estimate(before, after)
    assert found is not None
    assert found.objects == 2


def test_the_expected_change_lies_on_the_line() -> None:
    found = estimate(BEFORE, AFTER)
    assert found is not None
    assert (found.objects, found.before, found.calibrated) == (2, pytest.approx(0.5), True)
    assert found.change == pytest.approx(CONSTANT + 0.2 * WEIGHTS["rise"] + 0.5 * WEIGHTS["before"])


def test_scores_that_rise_and_scores_that_were_high_let_expect_more() -> None:
    surer_now = AFTER | {(0, 2): answer(2, 0.9)}
    surer_always = [
        {key: answer(key[1], one.score + 0.1) for key, one in found.items()} for found in (BEFORE, AFTER)
    ]
    found = [estimate(*pair) for pair in ((BEFORE, AFTER), (BEFORE, surer_now), surer_always)]
    base, now, always = (one.change for one in found if one is not None)
    assert now > base
    assert always > base


def raised(score: float, rise: float) -> float:
    before, after = ({(0, number): answer(number, at) for number in range(8)} for at in (score, score + rise))
    found = estimate(before, after)
    assert found is not None
    return found.change


@pytest.mark.parametrize("score", [0.3, 0.5, 0.7, 0.85, 0.95])
def test_answers_that_are_the_same_or_less_sure_let_expect_no_gain(score: float) -> None:
    assert raised(score, 0.0) <= 0
    assert raised(score, -0.05) <= -0.05 + 1e-9
    assert raised(score, 0.01) <= 0.01 + 1e-9


def test_scores_above_those_of_the_fitted_runs_let_expect_no_more_than_these() -> None:
    assert raised(0.9, 0.05) == pytest.approx(raised(HIGHEST, 0.05))


def test_scores_without_a_calibration_say_so() -> None:
    plain = {key: answer(key[1], found.score, None) for key, found in BEFORE.items()}
    found = estimate(plain, AFTER)
    assert found is not None
    assert (found.calibrated, found.change) == (False, pytest.approx(0.2))


def test_nothing_is_expected_of_no_answers() -> None:
    assert estimate({}, {}) is None
