"""SAM 2.1 behind the protocol gives what its own image predictor gives, without torchvision."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from engine.errors import ModelError
from engine.models import registry
from engine.models.base import Embedding, PromptBatch, Segmenter
from engine.models.imports import sam2
from engine.models.sam2 import Sam2Segmenter, build_sam2, name_of
from tests.engine.model_helpers import CPU, points, random_tile, stand_in_torchvision

TINY = "sam2.1_hiera_t"
CLICKS = [[(400.25, 140.5, 1), (30.0, 480.0, 0)], [(7.5, 9.5, 1)]]
BOXES = torch.tensor([[300.0, 100.5, 512.0, 200.0], [0.0, 0.0, 64.0, 80.0]])


@pytest.fixture(scope="module")
def segmenter() -> Sam2Segmenter:
    """Hiera-T on tiles of half the side, a quarter of the work; no weight depends on that side."""
    torch.manual_seed(0)
    module = build_sam2(TINY, ["model.image_size=512"])
    torch.nn.init.normal_(module.no_mem_embed)
    return Sam2Segmenter(module, TINY, "0" * 64, CPU)


@pytest.fixture(scope="module")
def embedding(segmenter: Sam2Segmenter) -> Embedding:
    return segmenter.encode(random_tile(512))


def test_a_sam2_keeps_the_protocol(segmenter: Sam2Segmenter, embedding: Embedding) -> None:
    assert isinstance(segmenter, Segmenter)
    assert (segmenter.image_size, segmenter.mask_size) == (512, 128)
    assert embedding.features.shape == (1, 256, 32, 32)
    assert [tuple(level.shape) for level in embedding.high_res] == [(1, 64, 64, 64), (1, 32, 128, 128)]


def test_answers_equal_those_of_sam2s_own_predictor(
    segmenter: Sam2Segmenter, embedding: Embedding, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Clicks, a box with clicks, and a mask fed back beyond its clamp; one mask and three."""
    mask = torch.full((1, 1, 128, 128), -50.0)
    mask[..., 40:90, 80:120] = 50.0
    with stand_in_torchvision(monkeypatch, "sam2.sam2_image_predictor", "sam2.utils.transforms"):
        predictor = sam2("sam2_image_predictor").SAM2ImagePredictor(segmenter.module)
        predictor._bb_feat_sizes = [(128, 128), (64, 64), (32, 32)]  # written out for 1024 pixels there
        predictor.set_image(random_tile(512))
        coords = np.array([CLICKS[0]])[..., :2] - 0.5
        for multimask, box, fed in ((True, None, None), (False, BOXES[:1], None), (True, BOXES[:1], mask)):
            _, iou, logits = predictor.predict(
                point_coords=coords,
                point_labels=np.array([[1, 0]]),
                box=None if box is None else box.numpy() - 0.5,
                mask_input=None if fed is None else fed[0].clamp(-32, 32).numpy(),
                multimask_output=multimask,
            )
            ours = segmenter.decode(embedding, points(CLICKS[0], boxes=box, masks=fed), multimask)
            assert logits.std() > 0
            np.testing.assert_allclose(ours.logits[0].clamp(-32, 32), logits, rtol=1e-3, atol=1e-4)
            np.testing.assert_allclose(ours.iou[0], iou, rtol=1e-3, atol=1e-4)


def test_a_batch_gives_what_its_prompts_give_alone(segmenter: Sam2Segmenter, embedding: Embedding) -> None:
    together = segmenter.decode(embedding, points(*CLICKS, boxes=BOXES), True)
    assert (together.logits.shape, together.iou.shape) == ((2, 3, 128, 128), (2, 3))
    for k, row in enumerate(CLICKS):
        alone = segmenter.decode(embedding, points(row, boxes=BOXES[k : k + 1]), True)
        torch.testing.assert_close(together.logits[k : k + 1], alone.logits, rtol=1e-3, atol=1e-4)
        torch.testing.assert_close(together.iou[k : k + 1], alone.iou, rtol=1e-3, atol=1e-4)


def test_boxes_need_no_points(segmenter: Sam2Segmenter, embedding: Embedding) -> None:
    prompts = PromptBatch(torch.zeros(2, 0, 2), torch.zeros(2, 0, dtype=torch.int64), BOXES)
    assert segmenter.decode(embedding, prompts, False).logits.shape == (2, 1, 128, 128)


def test_answer_carries_gradient_back_to_the_embedding(
    segmenter: Sam2Segmenter, embedding: Embedding
) -> None:
    features = embedding.features.clone().requires_grad_()
    alive = Embedding(features, tuple(level.clone() for level in embedding.high_res))
    answer = segmenter.answer(alive, points(CLICKS[1]), True)
    (gradient,) = torch.autograd.grad(answer.logits.sum(), [features])
    assert gradient.abs().sum() > 0


def test_a_tile_of_another_size_is_refused(segmenter: Sam2Segmenter) -> None:
    with pytest.raises(ModelError, match=r"takes a \(512, 512, 3\) uint8 tile"):
        segmenter.encode(random_tile(256))


def test_a_weights_file_in_metas_format_is_recognised_and_loaded(
    segmenter: Sam2Segmenter, tmp_path: Path
) -> None:
    torch.save({"model": segmenter.module.state_dict()}, tmp_path / "some.pt")
    loaded = registry.load(str(tmp_path / "some.pt"), "cpu")
    assert (loaded.name, loaded.image_size, loaded.mask_size) == (TINY, 1024, 256)
    expected = segmenter.module.state_dict()
    assert all(torch.equal(value, expected[key]) for key, value in loaded.module.state_dict().items())


@pytest.mark.parametrize("name", ["sam2.1_hiera_s", "sam2.1_hiera_b+", "sam2.1_hiera_l"])
def test_every_published_size_is_told_by_its_weights(name: str) -> None:
    assert name_of(build_sam2(name).state_dict()) == name


def test_a_sam_2_0_weights_file_says_what_it_lacks(segmenter: Sam2Segmenter, tmp_path: Path) -> None:
    state = dict(segmenter.module.state_dict())
    del state["no_obj_embed_spatial"]
    torch.save({"model": state}, tmp_path / "old.pt")
    with pytest.raises(ModelError, match=r"does not fit sam2.1_hiera_t: 1 weights missing.*no_obj_embed"):
        registry.load(str(tmp_path / "old.pt"), "cpu")
