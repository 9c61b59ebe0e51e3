"""What speaks for a candidate."""

from __future__ import annotations

import numpy as np
import pytest

from engine.stages.candidates import Candidate
from tests.training.find.test_pool import box
from training.find.judge import APART, BESIDE, FEW, NAMES, OF_FEW, OF_MANY, Rule, judged
from training.find.kin import FOLDS, kinship
from training.find.likeness import Likeness, Moments, learn
from training.find.pool import Pool, masks_of

WANTED, OTHER = 3.0, 0.0


def field(count: int, middle: float, row: float, seed: int) -> list[Candidate]:
    """Squares in a row, that look alike."""
    rng = np.random.default_rng(seed)
    return [box(40.0 * n, row, 12, tuple(rng.normal(middle, 1, 8))) for n in range(count)]


def fitted(some: list[Candidate], examples: list[Candidate]) -> Likeness:
    sums = Moments()
    sums.add(masks_of(some).features)
    return learn(sums.background(), [masks_of([one]) for one in examples])[0]


def column(name: str, pool: Pool, likeness: Likeness, means: list[Candidate]) -> np.ndarray:
    return judged(pool, likeness, means).evidence[:, NAMES.index(name)]


def test_what_looks_like_the_examples_is_likelier_than_what_does_not() -> None:
    wanted, others = field(20, WANTED, 0, 1), field(200, OTHER, 100, 2)
    examples = wanted[:5]
    pool = Pool.of([*wanted, *others], [])
    chance = judged(pool, fitted([*wanted, *others], examples), examples).chance
    assert np.median(chance[5:20]) > 3 * np.median(chance[20:])


@pytest.mark.parametrize(("examples", "rule"), [(1, OF_FEW), (FEW, OF_FEW), (FEW + 1, OF_MANY)])
def test_few_examples_are_judged_by_what_few_examples_taught(examples: int, rule: Rule) -> None:
    wanted, others = field(20, WANTED, 0, 1), field(200, OTHER, 100, 2)
    means = wanted[:examples]
    found = judged(Pool.of([*wanted, *others], []), fitted([*wanted, *others], means), means)
    np.testing.assert_array_equal(found.chance, rule.second.chances(found.evidence))


def test_parts_and_wholes_are_counted_and_those_that_agree_vote() -> None:
    whole, part, again, apart = box(0, 0, 20), box(2, 2, 8), box(0, 1, 20), box(200, 0, 20)
    pool = Pool.of([whole, part, again, apart], [])
    likeness = fitted([whole, part, again, apart, *field(30, OTHER, 400, 3)], [apart])
    counted = {name: np.expm1(column(name, pool, likeness, [apart])) for name in ("votes", "parts", "wholes")}
    assert counted["votes"].round().tolist() == [2, 1, 2, 1]
    assert counted["parts"].round().tolist() == [1, 0, 1, 0]
    assert counted["wholes"].round().tolist() == [0, 2, 0, 0]


def test_a_mask_that_fills_its_box_otherwise_than_the_examples_is_told() -> None:
    filled, ragged = box(0, 0, 10), box(50, 0, 10)
    ragged.mask[::2] = False
    some = [filled, ragged, *field(30, OTHER, 400, 3)]
    fill = column("fill", Pool.of([filled, ragged], []), fitted(some, [filled]), [filled])
    assert fill[0] == 0
    assert fill[1] < -0.5


def test_likely_candidates_teach_what_one_poor_example_does_not() -> None:
    wanted, others = field(40, WANTED, 0, 1), field(200, OTHER, 100, 2)
    some = [*wanted, *others]
    poor = box(900, 300, 12, (WANTED, *([OTHER] * 7)))
    likeness = fitted(some, [poor])
    chance = np.array([0.5] * 40 + [0.01] * 200)
    kin = kinship(Pool.of(some, []), likeness, chance)
    looks = likeness.looks(masks_of(some))
    apart = [(v[:40].mean() - v[40:].mean()) / v[40:].std() for v in (kin, looks)]
    assert apart[0] > 1.5 * apart[1]


def test_no_candidate_speaks_for_itself() -> None:
    others = field(60, OTHER, 0, 1)
    odd = box(4000, 4000, 12, tuple([8.0] * 8))
    some = [*others, odd]
    likeness = fitted(some, others[:5])
    sure, unsure = np.full(61, 0.1), np.full(61, 0.1)
    sure[-1] = 1.0
    pool = Pool.of(some, [])
    assert kinship(pool, likeness, sure)[-1] == kinship(pool, likeness, unsure)[-1]


def test_without_likely_candidates_elsewhere_none_is_kin() -> None:
    some = field(10, OTHER, 0, 1)
    assert len(some) > FOLDS
    kin = kinship(Pool.of(some, []), fitted(some, some[:2]), np.zeros(10))
    assert (kin == 0).all()


def test_what_is_usual_for_the_examples_is_what_the_others_are_compared_with() -> None:
    some = field(30, OTHER, 0, 1)
    pool = Pool.of(some, [])
    found = judged(pool, fitted(some, some[:3]), some[:3])
    width = found.evidence.shape[1]
    assert width == len(NAMES) + len(BESIDE) + len(APART)
    assert found.alone.shape[1] == width - 2
    beside = found.evidence[:3, len(NAMES) : len(NAMES) + len(BESIDE)]
    np.testing.assert_allclose(np.median(beside, axis=0), 0, atol=1e-9)
    assert (found.evidence[:, -len(APART) :] <= 0).all()


def test_examples_of_another_raster_are_stood_for_by_what_looks_like_them() -> None:
    wanted, others = field(20, WANTED, 0, 1), field(200, OTHER, 100, 2)
    some = [*wanted, *others]
    elsewhere = field(5, WANTED, 900, 4)
    found = judged(Pool.of(some, []), fitted(some, elsewhere), elsewhere)
    assert np.median(found.chance[:20]) > 3 * np.median(found.chance[20:])


def test_examples_that_all_look_the_same_are_near_each_other() -> None:
    twins = [box(40.0 * n, 0, 12, (WANTED,) * 8) for n in range(4)]
    some = [*twins, *field(30, OTHER, 100, 1)]
    found = judged(Pool.of(some, []), fitted(some, twins), twins)
    assert (found.evidence[:4, NAMES.index("nearest")] == 0).all()
    assert np.isfinite(found.evidence).all()
    assert np.isfinite(found.chance).all()
