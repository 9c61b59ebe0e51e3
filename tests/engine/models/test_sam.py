"""SAM behind the protocol gives what SAM's own predictor gives, without torchvision."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.errors import ModelError
from engine.models import registry
from engine.models.attention import FusedAttention
from engine.models.base import Embedding, PromptBatch, Segmenter
from engine.models.imports import segment_anything
from engine.models.sam import ARCHITECTURES, VIT_B, SamArchitecture, SamSegmenter, build_sam
from engine.models.tensors import answer_alike
from tests.engine.model_helpers import (
    CPU,
    SHALLOW,
    STUBS,
    points,
    random_tile,
    run_python,
    shallow_module,
    shallow_segmenter,
    stand_in_torchvision,
)

CLICKS = [[(100.25, 40.5, 1), (30.0, 200.0, 0)], [(7.5, 9.5, 1), (250.0, 3.0, 0)]]


@pytest.fixture(scope="module")
def segmenter() -> SamSegmenter:
    return shallow_segmenter()


@pytest.fixture(scope="module")
def embedding(segmenter: SamSegmenter) -> Embedding:
    return segmenter.encode(random_tile(256))


def test_a_sam_keeps_the_protocol(segmenter: SamSegmenter) -> None:
    assert isinstance(segmenter, Segmenter)
    assert (segmenter.image_size, segmenter.mask_size) == (256, 64)


def test_answers_have_the_promised_shapes(segmenter: SamSegmenter, embedding: Embedding) -> None:
    prompts = points(*CLICKS)
    three, one = (segmenter.decode(embedding, prompts, multimask) for multimask in (True, False))
    assert embedding.features.shape == (1, 256, 16, 16)
    assert (three.logits.shape, three.iou.shape) == ((2, 3, 64, 64), (2, 3))
    assert (one.logits.shape, one.iou.shape) == ((2, 1, 64, 64), (2, 1))


@pytest.mark.parametrize("with_box", [False, True])
def test_clicks_and_boxes_mean_what_they_mean_to_sams_own_predictor(
    segmenter: SamSegmenter, embedding: Embedding, monkeypatch: pytest.MonkeyPatch, with_box: bool
) -> None:
    """SAM's predictor takes pixel indices: the centre of pixel (row 40, column 100) is (100, 40) there."""
    boxes = torch.tensor([[60.0, 20.5, 140.0, 99.5]])
    with stand_in_torchvision(monkeypatch, "segment_anything.predictor", "segment_anything.utils.transforms"):
        predictor = segment_anything("predictor").SamPredictor(segmenter.module)
        predictor.set_image(random_tile(256))
        _, iou, logits = predictor.predict(
            point_coords=np.array([[99.75, 40.0], [29.5, 199.5]]),
            point_labels=np.array([1, 0]),
            box=boxes[0].numpy() - 0.5 if with_box else None,
        )
    ours = segmenter.decode(embedding, points(CLICKS[0], boxes=boxes if with_box else None), True)
    np.testing.assert_allclose(ours.logits[0].numpy(), logits, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(ours.iou[0].numpy(), iou, rtol=1e-4, atol=1e-5)


def test_half_a_pixel_matters(segmenter: SamSegmenter, embedding: Embedding) -> None:
    here, there = points([(100.0, 40.0, 1)]), points([(100.5, 40.5, 1)])
    assert not torch.equal(
        segmenter.decode(embedding, here, True).logits, segmenter.decode(embedding, there, True).logits
    )


def test_a_batch_gives_what_its_prompts_give_alone(segmenter: SamSegmenter, embedding: Embedding) -> None:
    """Rows of one, two and three clicks: the padding of the shorter ones must not show."""
    rows = [CLICKS[1], [(10.0, 20.0, 1)], [*CLICKS[0], (9.0, 9.0, 1)], [(200.0, 20.0, 1)]]
    boxes = torch.tensor([[5.0, 5.0, 50.0, 50.0]]).repeat(4, 1) + torch.arange(4.0).unsqueeze(1)
    for extra in ({}, {"boxes": boxes}, {"masks": torch.randn(4, 1, 64, 64)}):
        together = segmenter.decode(embedding, points(*rows, **extra), True)
        for k, row in enumerate(rows):
            alone = points(row, **{name: value[k : k + 1] for name, value in extra.items()})
            answer = segmenter.decode(embedding, alone, True)
            torch.testing.assert_close(together.logits[k : k + 1], answer.logits, rtol=1e-4, atol=1e-4)
            torch.testing.assert_close(together.iou[k : k + 1], answer.iou, rtol=1e-4, atol=1e-4)


def test_padding_may_stand_anywhere_in_a_row(segmenter: SamSegmenter, embedding: Embedding) -> None:
    first = PromptBatch(torch.tensor([[[0.0, 0.0], [30.0, 40.0]]]), torch.tensor([[-1, 1]]))
    torch.testing.assert_close(
        segmenter.decode(embedding, first, True).logits,
        segmenter.decode(embedding, points([(30.0, 40.0, 1)]), True).logits,
    )


def test_boxes_need_no_points(segmenter: SamSegmenter, embedding: Embedding) -> None:
    boxes = torch.tensor([[10.0, 20.0, 60.0, 80.0], [0.0, 0.0, 256.0, 256.0]])
    prompts = PromptBatch(torch.zeros(2, 0, 2), torch.zeros(2, 0, dtype=torch.int64), boxes)
    assert segmenter.decode(embedding, prompts, False).logits.shape == (2, 1, 64, 64)


def test_no_prompts_are_refused_in_one_line() -> None:
    none = PromptBatch(torch.zeros(0, 1, 2), torch.zeros(0, 1, dtype=torch.int64))
    with pytest.raises(ModelError, match="no prompts"):
        answer_alike(lambda prompts: pytest.fail("nothing to answer"), none)


@pytest.mark.parametrize(
    "tile", [np.zeros((256, 255, 3), np.uint8), np.zeros((256, 256, 3), np.uint16), random_tile(512)]
)
def test_a_tile_of_another_shape_or_type_is_refused(segmenter: SamSegmenter, tile: np.ndarray) -> None:
    with pytest.raises(ModelError, match=r"takes a \(256, 256, 3\) uint8 tile"):
        segmenter.encode(tile)


def test_a_tile_that_may_not_be_written_is_embedded_all_the_same(
    segmenter: SamSegmenter, embedding: Embedding
) -> None:
    tile = np.flip(np.flip(random_tile(256), 1).copy(), 1)
    tile.setflags(write=False)
    assert torch.equal(segmenter.encode(tile).features, embedding.features)


def test_encode_carries_no_gradient_and_embed_does(segmenter: SamSegmenter, embedding: Embedding) -> None:
    assert not embedding.features.requires_grad
    images = torch.from_numpy(random_tile(256)).permute(2, 0, 1)[None].float()
    alive = segmenter.embed(images)
    torch.testing.assert_close(alive.features, embedding.features.clone())
    answer = segmenter.answer(alive, points(*CLICKS), True)
    weight = segmenter.module.image_encoder.blocks[0].attn.qkv.weight
    (gradient,) = torch.autograd.grad(answer.logits.sum(), [weight])
    assert gradient.abs().sum() > 0


@pytest.mark.parametrize("all_heads_up_to", [0, 1024])
def test_fused_attention_equals_the_original(monkeypatch: pytest.MonkeyPatch, all_heads_up_to: int) -> None:
    """In values and in gradients, with heads together or one by one, at the trained size and another."""
    monkeypatch.setattr("engine.models.attention.ALL_HEADS_UP_TO", all_heads_up_to)
    original = segment_anything("modeling.image_encoder").Attention
    torch.manual_seed(1)
    plain = original(24, num_heads=3, use_rel_pos=True, input_size=(6, 5))
    torch.nn.init.normal_(plain.rel_pos_h)
    torch.nn.init.normal_(plain.rel_pos_w)
    fused = FusedAttention(24, num_heads=3, use_rel_pos=True, input_size=(6, 5))
    fused.load_state_dict(plain.state_dict())
    for height, width in ((6, 5), (8, 9)):
        x = torch.randn(2, height, width, 24)
        torch.testing.assert_close(fused(x), plain(x), rtol=1e-4, atol=1e-5)
    gradients = [torch.autograd.grad(net(x).square().sum(), list(net.parameters())) for net in (fused, plain)]
    for ours, theirs in zip(*gradients, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-3, atol=1e-4)


def test_every_attention_of_a_built_sam_is_fused() -> None:
    attentions = [block.attn for block in build_sam(SHALLOW).image_encoder.blocks]
    assert [type(attention) for attention in attentions] == [FusedAttention, FusedAttention]


@pytest.mark.parametrize("name", ["sam_vit_b", "sam_vit_l", "sam_vit_h"])
def test_published_sizes_have_the_weights_that_segment_anything_builds(name: str) -> None:
    build = segment_anything("build_sam")
    with torch.device("meta"):
        ours = build_sam(ARCHITECTURES[name]).state_dict()
        theirs = build.sam_model_registry[name.removeprefix("sam_")]().state_dict()
    assert {key: value.shape for key, value in ours.items()} == {
        key: value.shape for key, value in theirs.items()
    }
    assert SamArchitecture.of(theirs) == ARCHITECTURES[name]
    assert ARCHITECTURES[name].name == name


def test_an_unpublished_size_is_read_off_its_weights() -> None:
    assert SamArchitecture.of(shallow_module().state_dict()) == SHALLOW
    assert SHALLOW.name == "sam_vit_32x2"


def test_a_vit_b_weights_file_in_metas_format_is_recognised_and_loaded(tmp_path: Path) -> None:
    path = tmp_path / "anything.pth"
    module = build_sam(VIT_B)
    torch.save(module.state_dict(), path)
    loaded = registry.load(str(path), "cpu")
    assert (loaded.name, loaded.image_size, loaded.mask_size) == ("sam_vit_b", 1024, 256)
    expected = module.state_dict()
    assert all(torch.equal(value, expected[key]) for key, value in loaded.module.state_dict().items())
    assert {str(value.device) for value in loaded.module.buffers()} == {"cpu"}


def test_a_weights_file_answers_as_the_network_it_was_saved_from(
    tmp_path: Path, segmenter: SamSegmenter, embedding: Embedding
) -> None:
    torch.save(segmenter.module.state_dict(), tmp_path / "shallow.pth")
    loaded = registry.load(str(tmp_path / "shallow.pth"), "cpu")
    again = loaded.encode(random_tile(256))
    assert torch.equal(again.features, embedding.features)
    answers = [model.decode(again, points(*CLICKS), True).logits for model in (loaded, segmenter)]
    assert torch.equal(*answers)


SEGMENT_ANYTHING_RUNS = """
import sys
{before}
import torch
from engine.models.sam import SamArchitecture, SamSegmenter, build_sam
from engine.models.imports import sam2
module = build_sam(SamArchitecture(32, 1, 2, (0,), image_size=64))
segmenter = SamSegmenter(module, "x", "x", torch.device("cpu"))
import numpy as np
print(segmenter.encode(np.zeros((64, 64, 3), np.uint8)).features.shape[-1])
sam2("build_sam")
print(sorted(name for name in sys.modules if name.startswith("torchvision") and sys.modules[name]))
{after}
"""


def test_meta_networks_run_where_torchvision_cannot_be_imported() -> None:
    code = SEGMENT_ANYTHING_RUNS.format(before="sys.modules['torchvision'] = None", after="")
    assert run_python(code).split("\n")[:2] == ["4", "[]"]


def test_meta_networks_run_beside_torchvision_and_leave_its_users_alone() -> None:
    """Neither package imports torchvision for us; SamPredictor still imports for whoever wants it."""
    after = (
        "from segment_anything import SamPredictor, sam_model_registry\n"
        "import segment_anything, segment_anything.modeling as modeling\n"
        "print(isinstance(module, segment_anything.modeling.Sam), SamPredictor(module).model is module)"
    )
    out = run_python(SEGMENT_ANYTHING_RUNS.format(before="", after=after), STUBS).split("\n")
    assert out[:3] == ["4", "[]", "True True"]


def test_a_missing_torchvision_is_named_to_whoever_asks_for_a_predictor() -> None:
    code = (
        "import sys; sys.modules['torchvision'] = None\n"
        "from engine.models.imports import segment_anything\n"
        "segment_anything('modeling')\n"
        "for attempt in range(2):\n"
        "    try:\n"
        "        from segment_anything import SamPredictor\n"
        "    except ImportError as error:\n"
        "        print('torchvision' in str(error))\n"
        "print(hasattr(sys.modules['segment_anything'], '__wrapped__'))\n"
    )
    assert run_python(code).split() == ["True", "True", "False"]


def test_a_package_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "segment_anything")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ModelError, match="needs the package segment-anything"):
        segment_anything("modeling")


def test_the_network_stays_on_the_device_it_was_given(segmenter: SamSegmenter) -> None:
    assert segmenter.device == CPU
    assert segmenter.module.pixel_mean.device == CPU
