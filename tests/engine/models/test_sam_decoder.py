"""The leaner decoder answers as segment-anything's own does."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from engine.models import sam_decoder
from engine.models.base import Decoded, Embedding, PromptBatch
from engine.models.sam import SamSegmenter
from tests.engine.model_helpers import random_tile, shallow_segmenter


@pytest.fixture(scope="module")
def segmenter() -> SamSegmenter:
    """Its weights are as large as trained ones: near zero, all attention would be alike."""
    found = shallow_segmenter()
    draw = torch.Generator().manual_seed(3)
    for parameter in found.module.mask_decoder.parameters():
        parameter.data = torch.randn(parameter.shape, generator=draw) * (0.08 if parameter.ndim > 1 else 0.3)
    return found


@pytest.fixture(scope="module")
def embedding(segmenter: SamSegmenter) -> Embedding:
    return segmenter.encode(random_tile(256))


def prompts(count: int, clicks: int, *, boxes: bool = False, masks: bool = False) -> PromptBatch:
    draw = torch.Generator().manual_seed(count)
    corners = torch.rand(count, 2, 2, generator=draw).sort(dim=1).values.flatten(1) * 256
    return PromptBatch(
        torch.rand(count, clicks, 2, generator=draw) * 256,
        torch.randint(0, 2, (count, clicks), generator=draw),
        corners if boxes else None,
        torch.randn(count, 1, 64, 64, generator=draw) * 4 if masks else None,
    )


def as_sam(segmenter: SamSegmenter, embedding: Embedding, asked: PromptBatch, multimask: bool) -> Decoded:
    """By segment-anything's own code."""
    with torch.inference_mode():
        return segmenter.answer(embedding, asked, multimask)


@pytest.mark.parametrize("multimask", [True, False])
@pytest.mark.parametrize(
    "asked",
    [
        prompts(1, 1),
        prompts(9, 2),
        prompts(5, 1, boxes=True),
        prompts(3, 0, boxes=True),
        prompts(6, 3, masks=True),
        prompts(1, 1, masks=True),
        prompts(2, 14, boxes=True),
    ],
    ids=["click", "clicks", "clicks and boxes", "boxes", "masks", "one mask", "many clicks"],
)
def test_answers_are_those_of_sams_own_decoder(
    segmenter: SamSegmenter, embedding: Embedding, asked: PromptBatch, multimask: bool
) -> None:
    theirs = as_sam(segmenter, embedding, asked, multimask)
    ours = segmenter.decode(embedding, asked, multimask)
    spread = float(theirs.logits.std())
    assert ours.logits.shape == theirs.logits.shape
    assert float((ours.logits - theirs.logits).abs().max()) < 1e-4 * spread
    torch.testing.assert_close(ours.iou, theirs.iou, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("part", [1, 48, 100, 4096])
def test_answers_do_not_depend_on_the_size_of_a_part(
    segmenter: SamSegmenter, embedding: Embedding, monkeypatch: pytest.MonkeyPatch, part: int
) -> None:
    """A part may be shorter than a row of the 16 x 16 tokens, end within a row, or be the last and short."""
    monkeypatch.setattr(sam_decoder, "PART", part)
    again = Embedding(embedding.features.clone())
    for asked in (prompts(5, 1), prompts(3, 1, masks=True)):
        theirs = as_sam(segmenter, embedding, asked, True)
        ours = segmenter.decode(again, asked, True)
        spread = float(theirs.logits.std())
        assert float((ours.logits - theirs.logits).abs().max()) < 1e-4 * spread
        torch.testing.assert_close(ours.iou, theirs.iou, rtol=1e-4, atol=1e-4)


def test_what_prompts_share_is_computed_once_a_tile(
    segmenter: SamSegmenter, embedding: Embedding, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []
    real = sam_decoder.share

    def counted(*given: object) -> sam_decoder.Shared:
        calls.append(given)
        return real(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(sam_decoder, "share", counted)
    other = segmenter.encode(random_tile(256, seed=9))
    first = segmenter.decode(other, prompts(1, 1), True)
    segmenter.decode(other, prompts(6, 1), True)
    assert len(calls) == 1
    segmenter.decode(embedding, prompts(1, 1), True)
    again = segmenter.decode(other, prompts(1, 1), True)
    assert len(calls) == 3
    assert torch.equal(first.logits, again.logits)


def test_a_decoder_that_something_was_put_around_answers_by_its_own_code(embedding: Embedding) -> None:
    changed = shallow_segmenter()
    attention = changed.module.mask_decoder.transformer.layers[1].cross_attn_token_to_image

    class Doubling(nn.Module):
        def __init__(self, inner: nn.Linear) -> None:
            super().__init__()
            self.inner, self.weight, self.bias = inner, inner.weight, inner.bias

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            doubled: torch.Tensor = self.inner(x) * 2
            return doubled

    assert sam_decoder.fits(changed.module.mask_decoder)
    attention.q_proj = Doubling(attention.q_proj)
    assert not sam_decoder.fits(changed.module.mask_decoder)
    ours = changed.decode(embedding, prompts(2, 1), True)
    assert torch.equal(ours.logits, as_sam(changed, embedding, prompts(2, 1), True).logits)


def test_under_autocast_answers_come_all_the_same(segmenter: SamSegmenter, embedding: Embedding) -> None:
    asked = prompts(5, 2)
    plain = segmenter.decode(embedding, asked, multimask=True)
    with torch.autocast("cpu", torch.bfloat16):
        found = segmenter.decode(embedding, asked, multimask=True)
    spread = plain.logits.std()
    assert (found.logits.float() - plain.logits).abs().mean() < 0.1 * spread
