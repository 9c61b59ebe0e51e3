"""Labels by the nearest neighbours in a bank of objects and their surroundings."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from training.adapt.neighbours import entries, foreground, product, relabelled
from training.adapt.teachers import Labels


def features(*cells: tuple[float, float]) -> torch.Tensor:
    """(1, 2, 1, n) a row of cells."""
    return torch.tensor(cells).T[None, :, None, :]


def labels(masks: np.ndarray) -> Labels:
    n = len(masks)
    return Labels(np.arange(n), masks.astype(np.float32), np.zeros((n, 4)), np.ones(n, np.float32), masks > 0)


def test_opinions_multiply_as_odds() -> None:
    p, q = torch.tensor([0.8, 0.8, 0.5]), torch.tensor([0.5, 0.2, 0.9])
    assert product(p, q).tolist() == pytest.approx([0.8, 0.5, 0.9])


def test_the_foreground_of_a_cell_is_the_mean_of_its_nearest_entries() -> None:
    bank = torch.tensor([[1.0, 0.0, 0.9], [0.8, 0.6, 0.5], [0.0, 1.0, 0.1]])
    found = foreground(features((5.0, 0.0), (0.0, 2.0)), bank, nearest=2)
    assert found[0].tolist() == pytest.approx([0.7, 0.3])


def test_the_bank_gets_an_object_and_its_ring_with_their_probabilities() -> None:
    p = torch.zeros(1, 8, 8)
    p[:, 2:4, 2:4] = 1.0
    seen = torch.zeros(1, 2, 8, 8)
    seen[:, 1] = 2.0
    seen[:, :, 2:4, 2:4] = torch.tensor([3.0, 0.0])[None, :, None, None]
    found = entries(seen, p, torch.tensor([[2.0, 2.0, 4.0, 4.0]]), 8)
    assert found.tolist() == [[1, 0, 1], [0, 1, 0]]


def test_an_empty_bank_changes_nothing() -> None:
    before = labels(np.ones((1, 1, 2)))
    assert relabelled(before, torch.ones(1, 1, 2), features((1, 0), (0, 1)), torch.zeros(0, 3)) is before


def test_neighbours_outvote_a_doubtful_teacher_and_empty_objects_go() -> None:
    bank = torch.tensor([[1.0, 0.0, 0.9], [0.0, 1.0, 0.05]])
    seen = torch.zeros(1, 2, 4, 4)
    seen[:, 0, :, :2], seen[:, 1, :, 2:] = 1.0, 1.0
    p = torch.full((2, 4, 4), 0.6)
    p[1] = 0.05

    found = relabelled(labels(np.ones((2, 4, 4))), p, seen, bank[:1])
    assert found.rows.tolist() == [0]
    assert found.masks.all()

    # With both entries asked everywhere their mean counts: 0.475 against 0.6 is still above a half.
    assert relabelled(labels(np.ones((2, 4, 4))), p, seen, bank).masks.all()
    many = bank.repeat_interleave(10, dim=0)
    masks = relabelled(labels(np.ones((2, 4, 4))), p, seen, many).masks[0]
    assert masks[:, 0].all()
    assert not masks[:, 3].any()
