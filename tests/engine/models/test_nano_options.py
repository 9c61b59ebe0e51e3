"""The parts that a nano may have beside those of the first one: finer masks, a reading head, rounds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from engine.models.base import Embedding, PromptBatch
from engine.models.nano import NanoSegmenter, load_nano, save_nano
from engine.models.nano_net import NanoArchitecture, NanoNet
from engine.models.nano_reader import MaskReader
from tests.engine.model_helpers import CPU, points, random_tile
from tests.engine.nano_helpers import TINY

ALL = replace(TINY, fine2=4, reads_masks=True, rounds=2, stem_blocks=3, global_blocks=2)


def net_of(shape: NanoArchitecture, seed: int = 0) -> NanoNet:
    """An untrained network none of whose weights are zero."""
    torch.manual_seed(seed)
    net = NanoNet(shape).eval()
    with torch.no_grad():
        for parameter in net.parameters():
            if not parameter.any():
                parameter.normal_(std=0.1)
    return net


def asked(net: NanoNet, prompts: PromptBatch) -> tuple[Embedding, list[tuple[Tensor, Tensor, Tensor]]]:
    with torch.inference_mode():
        embedding = net.encode(torch.rand(1, 3, 128, 128, generator=torch.Generator().manual_seed(1)) * 255)
        return embedding, net.decode_rounds(embedding, prompts)


CLICKS = points([(40.0, 60.0, 1)], [(90.0, 20.0, 1)])


def test_finer_masks_have_four_times_as_many_cells() -> None:
    net = net_of(replace(TINY, fine2=4))
    masks = asked(net, CLICKS)[1][-1][0]
    assert masks.shape == (2, 4, 64, 64)
    segmenter = NanoSegmenter(net, "fine", "0" * 64, CPU)
    assert segmenter.mask_size == 256
    found = segmenter.decode(segmenter.encode(random_tile(512)), CLICKS, multimask=True)
    assert found.logits.shape == (2, 3, 256, 256)


def test_a_second_round_sees_the_likeliest_mask_of_the_first() -> None:
    net = net_of(replace(TINY, rounds=2))
    embedding, (first, second) = asked(net, CLICKS)
    likeliest = first[0][torch.arange(2), first[1].argmax(1)][:, None]
    with torch.inference_mode():
        given = PromptBatch(CLICKS.coords, CLICKS.labels, None, likeliest)
        (expected,) = net.decode_rounds(embedding, given)
    assert torch.equal(second[0], expected[0])
    assert not torch.equal(first[0], second[0])


def test_a_prompt_that_brings_a_mask_is_answered_once_whoever_shares_its_batch() -> None:
    net = net_of(replace(TINY, rounds=2))
    mask = torch.randn(1, 1, 32, 32, generator=torch.Generator().manual_seed(2)) * 4
    embedding, (alone,) = asked(net, PromptBatch(CLICKS.coords[:1], CLICKS.labels[:1], None, mask))
    both = PromptBatch(
        CLICKS.coords, CLICKS.labels, None, torch.cat([mask, torch.full_like(mask, torch.nan)])
    )
    with torch.inference_mode():
        answers = net.decode_rounds(embedding, both)
        clicked = net.decode_rounds(embedding, points([(90.0, 20.0, 1)]))
    assert len(answers) == 2
    assert torch.allclose(answers[-1][0][0], alone[0][0], atol=1e-4)
    assert torch.allclose(answers[-1][0][1], clicked[-1][0][0], atol=1e-4)


def test_a_prompt_that_brings_a_box_is_answered_once_whoever_shares_its_batch() -> None:
    net = net_of(replace(TINY, rounds=2))
    box, none = torch.tensor([[20.0, 30.0, 70.0, 90.0]]), torch.full((1, 4), torch.nan)
    embedding, (alone,) = asked(net, PromptBatch(CLICKS.coords[:1], CLICKS.labels[:1], box))
    both = PromptBatch(CLICKS.coords, CLICKS.labels, torch.cat([box, none]))
    with torch.inference_mode():
        answers = net.decode_rounds(embedding, both)
        clicked = net.decode_rounds(embedding, PromptBatch(CLICKS.coords[1:], CLICKS.labels[1:], none))
    assert len(answers) == len(clicked) == 2
    assert torch.allclose(answers[-1][0][0], alone[0][0], atol=1e-4)
    assert torch.allclose(answers[-1][0][1], clicked[-1][0][0], atol=1e-4)


def test_a_finer_mask_can_be_given() -> None:
    net = net_of(ALL)
    coarse = torch.randn(2, 1, 32, 32, generator=torch.Generator().manual_seed(2))
    fine = coarse.repeat_interleave(2, 2).repeat_interleave(2, 3)
    answers = [
        asked(net, PromptBatch(CLICKS.coords, CLICKS.labels, None, masks))[1][-1] for masks in (coarse, fine)
    ]
    assert torch.allclose(answers[0][0], answers[1][0], atol=1e-4)


def test_rounds_can_be_limited() -> None:
    net = net_of(ALL)
    embedding, answers = asked(net, CLICKS)
    assert [masks.shape[-1] for masks, _, _ in answers] == [32, 64], "only the last round is at stride 2"
    with torch.inference_mode():
        (once,) = net.decode_rounds(embedding, CLICKS, most=1)
    assert once[0].shape[-1] == 64


def test_the_head_that_reads_masks_tells_them_apart_and_moves_none() -> None:
    torch.manual_seed(0)
    reader = MaskReader(8, 16, 4)
    torch.nn.init.normal_(reader.out.weight)
    masks = torch.full((1, 4, 32, 32), -6.0)
    for number in range(4):
        masks[0, number, 8 : 12 + 4 * number, 8:20] = 6.0
    masks.requires_grad_()
    pixels = torch.randn(1, 8, 32, 32, requires_grad=True)
    tokens = torch.zeros(1, 5, 16, requires_grad=True)
    read = reader(pixels, masks, torch.zeros(1, 32, 32), tokens)
    assert len(set(read[0].tolist())) == 4
    read.sum().backward()
    assert masks.grad is None
    assert pixels.grad is None
    assert tokens.grad is not None
    assert reader.mask.weight.grad is not None


def test_a_file_states_which_parts_its_network_has(tmp_path: Path) -> None:
    net = net_of(ALL)
    save_nano(net, net.state_dict(), tmp_path / "all.safetensors", {})
    assert load_nano(tmp_path / "all.safetensors", CPU).module.shape == ALL


@pytest.mark.parametrize("blocks", [1, 2])
def test_the_last_blocks_look_at_the_whole_tile(blocks: int) -> None:
    net = NanoNet(replace(TINY, depths=(1, 3), global_blocks=blocks))
    windows = [m.window_size for m in net.image_encoder.modules() if hasattr(m, "window_size")]
    assert [window == 0 for window in windows] == [False] * (4 - blocks) + [True] * blocks


def test_a_network_of_all_parts_answers_on_parts_of_a_tile() -> None:
    segmenter = NanoSegmenter(net_of(ALL), "all", "0" * 64, CPU)
    embedding = segmenter.encode(random_tile(512))
    found = segmenter.decode(embedding, points([(200.0, 300.0, 1)]), multimask=False)
    assert found.logits.shape == (1, 1, 256, 256)
    assert found.logits.isfinite().all()
