"""Names that the automatic mask generators import and these tests never call."""

from __future__ import annotations

from torch import Tensor


def box_area(boxes: Tensor) -> Tensor:
    return (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])


def batched_nms(boxes: Tensor, scores: Tensor, groups: Tensor, threshold: float) -> Tensor:
    raise AssertionError("no test generates masks automatically")
