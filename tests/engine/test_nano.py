"""The embedded model: its size, its answers near a prompt, its file, and that it learnt something."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from engine.errors import EngineError, ModelError, WeightsError
from engine.models.base import Embedding, PromptBatch, Segmenter
from engine.models.nano import (
    BUNDLED,
    FORMAT,
    LOCAL_SIDES,
    OUTSIDE,
    WHOLE_BATCH,
    NanoSegmenter,
    load_nano,
    save_nano,
)
from engine.models.nano_net import PATCH, NanoArchitecture, NanoNet
from engine.models.nano_prompts import MASK_STRIDE
from engine.predict import TilePrompt, predict
from engine.requery import tight_box
from tests.engine.model_helpers import CPU, points, random_tile
from training.scenes import generate

MAX_PARAMETERS = 10_000_000
MAX_BYTES = 12_000_000
CLICK_FLOOR, BOX_FLOOR = 0.45, 0.6
"""Mean IoU on generated scenes that the bundled weights never saw, for one click and for the true box."""
HELD_OUT_SEED = 10_000
TINY = NanoArchitecture(
    stem=(8, 8), dims=(16, 16), depths=(1, 2), heads=(2, 2), prompt_dim=16, fine=(8, 8), likeness_dim=4
)


def tiny_net(seed: int = 0) -> NanoNet:
    """An untrained network whose zero-initialised weights are random too, so that every path counts."""
    torch.manual_seed(seed)
    net = NanoNet(TINY)
    with torch.no_grad():
        for parameter in net.parameters():
            if not parameter.any():
                parameter.normal_(std=0.1)
    return net


@pytest.fixture(scope="module")
def tiny() -> NanoSegmenter:
    return NanoSegmenter(tiny_net(), "tiny", "0" * 64, CPU)


@pytest.fixture(scope="module")
def embedding(tiny: NanoSegmenter) -> Embedding:
    return tiny.encode(random_tile(512))


@pytest.fixture(scope="module")
def bundled() -> NanoSegmenter:
    return load_nano(None, CPU)


# --- the network ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def full_size() -> NanoNet:
    return NanoNet()


def test_it_has_at_most_ten_million_parameters(full_size: NanoNet) -> None:
    assert 1_000_000 < sum(parameter.numel() for parameter in full_size.parameters()) <= MAX_PARAMETERS


def test_its_attention_has_the_layers_that_adapters_go_on(full_size: NanoNet) -> None:
    layers = [m for n, m in full_size.image_encoder.named_modules() if n.endswith(".qkv")]
    assert len(layers) == sum(full_size.shape.depths)
    assert all(isinstance(layer, nn.Linear) for layer in layers)


def test_nothing_in_it_keeps_running_statistics(full_size: NanoNet) -> None:
    kinds = [module for module in full_size.modules() if isinstance(module, nn.modules.batchnorm._NormBase)]
    assert not kinds


def test_only_the_last_block_looks_at_the_whole_tile(full_size: NanoNet) -> None:
    windows = [m.window_size for m in full_size.image_encoder.modules() if hasattr(m, "window_size")]
    assert windows[-1] == 0
    assert all(window > 0 for window in windows[:-1])


@pytest.mark.parametrize("side", [128, 256, 512])
def test_the_network_takes_tiles_of_several_sizes(side: int) -> None:
    net = tiny_net().eval()
    with torch.inference_mode():
        embedding = net.encode(torch.rand(2, 3, side, side) * 255)
        prompts = points([(20.0, 30.0, 1)], [(90.0, 100.0, 1)], [(5.0, 5.0, 1)])
        masks, iou, likeness = net.decode(embedding, prompts, torch.tensor([0, 1, 1]))
    assert embedding.features.shape == (2, TINY.prompt_dim, side // PATCH, side // PATCH)
    assert [tuple(level.shape[2:]) for level in embedding.high_res[:2]] == [
        (side // 8,) * 2,
        (side // 4,) * 2,
    ]
    assert masks.shape == (3, 4, side // 4, side // 4)
    assert iou.shape == (3, 4)
    assert likeness.shape == (3, side // 4, side // 4)
    assert all(tensor.isfinite().all() for tensor in (masks, iou, likeness))


def test_prompts_are_answered_on_the_image_they_belong_to() -> None:
    net = tiny_net().eval()
    images = (
        torch.from_numpy(np.stack([random_tile(128, 1), random_tile(128, 2)])).permute(0, 3, 1, 2).float()
    )
    prompt = points([(40.0, 70.0, 1)])
    with torch.inference_mode():
        both = net.decode(net.encode(images), points(*[[(40.0, 70.0, 1)]] * 2), torch.tensor([1, 0]))[0]
        for row, image in enumerate((1, 0)):
            alone = net.decode(net.encode(images[image : image + 1]), prompt)[0]
            assert torch.allclose(both[row], alone[0], atol=1e-4)


@pytest.mark.parametrize("origin", [(0.0, 0.0), (384.0, 0.0), (128.0, 256.0)])
def test_the_place_of_a_crop_in_the_frame_changes_no_shape(origin: tuple[float, float]) -> None:
    net = tiny_net().eval()
    with torch.inference_mode():
        embedding = net.encode(torch.rand(1, 3, 128, 128) * 255)
        masks, iou, _ = net.decode(embedding, points([(64.0, 64.0, 1)]), None, torch.tensor([origin]))
    assert masks.shape == (1, 4, 32, 32)
    assert masks.isfinite().all()
    assert iou.isfinite().all()


def test_a_crop_at_an_origin_has_the_positions_it_has_in_the_whole_tile() -> None:
    net = tiny_net().eval()
    whole = net._positions(torch.zeros(1, 2), 32, 32)
    part = net._positions(torch.tensor([[64.0, 320.0]]), 8, 8)
    assert torch.equal(part[0], whole[0, :, 20:28, 4:12])


# --- the protocol ---------------------------------------------------------------------------------------


def test_it_is_a_segmenter(tiny: NanoSegmenter) -> None:
    assert isinstance(tiny, Segmenter)
    assert (tiny.image_size, tiny.mask_size) == (512, 128)


@pytest.mark.parametrize(("multimask", "count"), [(False, 1), (True, 3)])
def test_it_gives_one_mask_or_three(
    tiny: NanoSegmenter, embedding: Embedding, multimask: bool, count: int
) -> None:
    decoded = tiny.decode(embedding, points([(100.0, 90.0, 1)], [(400.0, 300.0, 1)]), multimask)
    assert decoded.logits.shape == (2, count, 128, 128)
    assert decoded.iou.shape == (2, count)


@pytest.mark.parametrize("image", [random_tile(256), random_tile(512).astype(np.float32)])
def test_a_tile_of_another_size_or_type_is_refused(tiny: NanoSegmenter, image: np.ndarray) -> None:
    with pytest.raises(ModelError, match="512"):
        tiny.encode(image)


def test_no_prompts_are_refused(tiny: NanoSegmenter, embedding: Embedding) -> None:
    with pytest.raises(ModelError, match="no prompts"):
        tiny.decode(embedding, PromptBatch(torch.zeros(0, 1, 2), torch.zeros(0, 1, dtype=torch.long)), True)


def rows_of(prompts: PromptBatch) -> Iterator[PromptBatch]:
    for row in range(len(prompts)):
        boxes = None if prompts.boxes is None else prompts.boxes[row : row + 1]
        used = prompts.labels[row] >= 0
        yield PromptBatch(prompts.coords[row : row + 1, used], prompts.labels[row : row + 1, used], boxes)


CLICKS = points(
    [(100.25, 40.5, 1)],
    [(30.0, 400.0, 1), (60.0, 420.0, 0)],
    [(300.0, 300.0, 1), (500.0, 20.0, 1), (10.0, 10.0, 0)],
)
MANY = points([(100.25, 40.5, 1)], [(200.0 + 5 * k, 200.0, k % 2) for k in range(7)])
BOXES = points(
    [(100.25, 40.5, 1)], [(300.0, 300.0, 1)], boxes=torch.tensor([[80.0, 20, 130, 70], [10, 200, 500, 410]])
)


@pytest.mark.parametrize("prompts", [CLICKS, MANY, BOXES], ids=["clicks", "many clicks", "boxes"])
@pytest.mark.parametrize("multimask", [False, True])
def test_a_batch_is_answered_as_its_prompts_one_by_one(
    tiny: NanoSegmenter, embedding: Embedding, prompts: PromptBatch, multimask: bool
) -> None:
    together = tiny.decode(embedding, prompts, multimask)
    for row, alone in enumerate(rows_of(prompts)):
        single = tiny.decode(embedding, alone, multimask)
        assert torch.allclose(together.logits[row], single.logits[0], atol=1e-4)
        assert torch.allclose(together.iou[row], single.iou[0], atol=1e-4)


def test_encoding_and_decoding_carry_no_gradient(tiny: NanoSegmenter, embedding: Embedding) -> None:
    decoded = tiny.decode(embedding, CLICKS, True)
    assert not embedding.features.requires_grad
    assert not decoded.logits.requires_grad
    assert not decoded.iou.requires_grad


def test_embedding_and_answering_carry_gradient_to_every_qkv_layer() -> None:
    segmenter = NanoSegmenter(tiny_net(), "tiny", "0" * 64, CPU)
    image = torch.from_numpy(random_tile(128)).permute(2, 0, 1)[None].float()
    decoded = segmenter.answer(segmenter.embed(image), points([(40.0, 50.0, 1)]), multimask=False)
    decoded.logits.mean().backward()
    layers = {n: p for n, p in segmenter.module.named_parameters() if "qkv.weight" in n}
    assert layers
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in layers.values())


def test_answering_with_gradient_gives_what_decoding_gives(tiny: NanoSegmenter, embedding: Embedding) -> None:
    # Boxes over half a local square are decoded on the whole tile, as training answers everything.
    wide = points([(256.0, 256.0, 1)], boxes=torch.tensor([[40.0, 30, 480, 500]]))
    assert torch.allclose(
        tiny.answer(embedding, wide, True).logits, tiny.decode(embedding, wide, True).logits, atol=1e-4
    )


# --- answers near the prompt ----------------------------------------------------------------------------


class EchoNet(nn.Module):
    """Answers every prompt with what the stride-4 map of its part shows, and notes what it was asked."""

    def __init__(self, image_size: int = 512) -> None:
        super().__init__()
        self.shape = SimpleNamespace(image_size=image_size)
        self.asked: list[tuple[int, Tensor, Tensor | None]] = []
        """Side in cells, clicks and box in pixels of the whole tile, per call."""

    def decode(
        self,
        embedding: Embedding,
        prompts: PromptBatch,
        owners: Tensor | None = None,
        origin: Tensor | None = None,
    ) -> tuple[Tensor, Tensor, Tensor]:
        count = len(prompts)
        owners = torch.zeros(count, dtype=torch.long) if owners is None else owners
        origin = torch.zeros(count, 2) if origin is None else origin
        fine = embedding.high_res[1]
        for level, stride in ((embedding.features, 16), (embedding.high_res[0], 8)):
            assert level.shape[-1] * stride == fine.shape[-1] * MASK_STRIDE
        boxes = None if prompts.boxes is None else prompts.boxes + origin.repeat(1, 2)
        self.asked.append((fine.shape[-1], prompts.coords + origin[:, None], boxes))
        masks = fine[owners][:, :1].expand(-1, 4, -1, -1)
        return masks, torch.full((count, 4), 0.5), masks[:, 0]


def drawn(*boxes: tuple[int, int, int, int], size: int = 512) -> Embedding:
    """An embedding whose stride-4 map is +5 in the boxes (pixels) and -5 elsewhere."""
    fine = torch.full((1, 1, size // 4, size // 4), -5.0)
    for x0, y0, x1, y1 in boxes:
        fine[:, :, y0 // 4 : y1 // 4, x0 // 4 : x1 // 4] = 5.0
    return Embedding(
        torch.zeros(1, 1, size // 16, size // 16), (torch.zeros(1, 1, size // 8, size // 8), fine)
    )


def echo(embedding: Embedding, prompts: PromptBatch, size: int = 512) -> tuple[Tensor, EchoNet]:
    net = EchoNet(size)
    segmenter = NanoSegmenter(net, "echo", "0" * 64, CPU)  # type: ignore[arg-type]
    return segmenter.decode(embedding, prompts, multimask=False).logits[:, 0], net


CELLS = [side // MASK_STRIDE for side in LOCAL_SIDES] + [128]
"""Sides of the parts that a prompt may be answered on, up to the whole tile, in mask cells."""


def sides(net: EchoNet) -> list[int]:
    return [side for side, _, _ in net.asked]


@pytest.mark.parametrize("xy", [(200.0, 300.0), (8.0, 8.0), (509.0, 250.0), (256.0, 511.0)])
def test_a_small_object_is_answered_around_its_click_and_put_in_its_place(xy: tuple[float, float]) -> None:
    x, y = (int(v) // 4 * 4 for v in xy)
    place = (max(x - 8, 0), max(y - 12, 0), min(x + 12, 512), min(y + 8, 512))
    embedding = drawn(place)
    logits, net = echo(embedding, points([(*xy, 1)]))
    assert torch.equal(logits[0] > 0, embedding.high_res[1][0, 0] > 0)
    ((side, coords, _),) = net.asked
    assert side == CELLS[0]
    assert coords[0, 0].tolist() == pytest.approx(list(xy))
    assert (logits[0] == OUTSIDE).sum() == 128**2 - side**2


@pytest.mark.parametrize(
    ("place", "parts"),
    [((236, 236, 276, 276), 1), ((200, 248, 330, 264), 2), ((20, 200, 480, 260), 3)],
    ids=["small", "larger than the first part", "larger than any part"],
)
def test_a_mask_that_reaches_the_border_of_its_part_is_answered_on_the_next(
    place: tuple[int, int, int, int], parts: int
) -> None:
    embedding = drawn(place)
    logits, net = echo(embedding, points([(256.0, 256.0, 1)]))
    assert sides(net) == CELLS[:parts]
    assert torch.equal(logits[0] > 0, embedding.high_res[1][0, 0] > 0)
    assert (logits[0] == OUTSIDE).sum() == 128**2 - CELLS[parts - 1] ** 2


@pytest.mark.parametrize("parts", [2, 3])
@pytest.mark.parametrize("way", ["right", "left", "down", "up"])
def test_every_side_of_a_part_is_watched(way: str, parts: int) -> None:
    near, far = 248, 256 + LOCAL_SIDES[parts - 2] // 2 + 16
    along = (near, far) if way in ("right", "down") else (512 - far, 512 - near)
    across = (248, 264)
    (x0, x1), (y0, y1) = (along, across) if way in ("right", "left") else (across, along)
    _, net = echo(drawn((x0, y0, x1, y1)), points([(256.0, 256.0, 1)]))
    assert sides(net) == CELLS[:parts]


def test_a_mask_at_the_tiles_own_edge_is_no_reason_to_look_further() -> None:
    for place, xy in (((0, 0, 60, 60), (20.0, 20.0)), ((452, 452, 512, 512), (500.0, 500.0))):
        _, net = echo(drawn(place), points([(*xy, 1)]))
        assert sides(net) == CELLS[:1]


@pytest.mark.parametrize(
    ("prompts", "side"),
    [
        (points([(100.0, 100.0, 1), (160.0, 100.0, 1)]), CELLS[0]),
        (points([(100.0, 100.0, 1), (190.0, 100.0, 1)]), CELLS[1]),
        (points([(100.0, 100.0, 1), (100.0, 240.0, 0)]), CELLS[2]),
        (points([(150.0, 100.0, 1)], boxes=torch.tensor([[100.0, 80, 240, 120]])), CELLS[2]),
    ],
    ids=["clicks together", "clicks apart", "a negative click far off", "a wide box"],
)
def test_a_prompt_spans_at_most_half_of_its_part(prompts: PromptBatch, side: int) -> None:
    _, net = echo(drawn(), prompts)
    assert sides(net) == [side]


def test_a_box_travels_with_its_part() -> None:
    nothing = torch.zeros(1, 0, 2), torch.zeros(1, 0, dtype=torch.long)
    _, net = echo(drawn(), PromptBatch(*nothing, torch.tensor([[300.0, 310, 360, 350]])))
    ((side, _, boxes),) = net.asked
    assert side == CELLS[0]
    assert boxes is not None
    assert boxes.tolist() == [[300, 310, 360, 350]]


def test_small_and_wide_prompts_of_one_batch_keep_their_rows() -> None:
    embedding = drawn((96, 96, 120, 120), (400, 400, 420, 420), (260, 100, 508, 104))
    prompts = points([(108.0, 108.0, 1)], [(302.0, 102.0, 1)], [(410.0, 410.0, 1)])
    logits, net = echo(embedding, prompts)
    assert [len(coords) for _, coords, _ in net.asked] == [3, 1, 1]
    assert (logits[1] == embedding.high_res[1][0, 0]).all()
    assert (logits[0, 64:] == OUTSIDE).all()
    assert (logits[2, :64] == OUTSIDE).all()
    assert (logits[0, 24:30, 24:30] == 5).all()
    assert (logits[2, 100:105, 100:105] == 5).all()


def test_a_tile_no_larger_than_a_part_is_answered_whole() -> None:
    logits, net = echo(drawn((40, 40, 60, 60), size=128), points([(50.0, 50.0, 1)]), 128)
    assert sides(net) == [32]
    assert not (logits == OUTSIDE).any()


def test_prompts_on_the_whole_tile_are_answered_a_few_at_a_time() -> None:
    wide = [[(20.0 + k, 20.0, 1), (400.0, 400.0, 1)] for k in range(2 * WHOLE_BATCH + 3)]
    logits, net = echo(drawn((0, 0, 512, 512)), points(*wide))
    assert [len(coords) for _, coords, _ in net.asked] == [WHOLE_BATCH, WHOLE_BATCH, 3]
    assert (logits == 5).all()


# --- the file -------------------------------------------------------------------------------------------


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    net = tiny_net()
    save_nano(net, net.state_dict(), tmp_path / "tiny.safetensors", {"steps": 3})
    return tmp_path / "tiny.safetensors"


def test_weights_survive_the_file_at_half_precision(saved: Path) -> None:
    loaded, original = load_nano(saved, CPU), tiny_net().state_dict()
    assert loaded.module.shape == TINY
    assert not loaded.module.training
    for key, value in loaded.module.state_dict().items():
        assert value.dtype == original[key].dtype
        assert torch.equal(value, original[key].half().float()), key


def test_half_precision_hardly_changes_an_answer(
    saved: Path, tiny: NanoSegmenter, embedding: Embedding
) -> None:
    loaded = load_nano(saved, CPU)
    before = tiny.decode(embedding, CLICKS, True).logits
    after = loaded.decode(loaded.encode(random_tile(512)), CLICKS, True).logits
    inside = (before > OUTSIDE) & (after > OUTSIDE)
    assert inside.any()
    assert (before - after)[inside].abs().max() < 0.05 * before[inside].std() + 0.02


def test_the_name_and_the_hash_of_the_file_are_kept(saved: Path) -> None:
    first = load_nano(saved, CPU)
    net = tiny_net(1)
    save_nano(net, net.state_dict(), saved, {})
    assert first.name == "nano"
    assert len(first.sha256) == 64
    assert load_nano(saved, CPU).sha256 != first.sha256


def rewritten(path: Path, **metadata: str | None) -> None:
    card = {"format": FORMAT, "architecture": json.dumps(asdict(TINY)), "card": "{}"} | metadata
    save_file(load_file(path), path, metadata={k: v for k, v in card.items() if v is not None})


def without_a_weight(path: Path) -> None:
    state = load_file(path)
    state.pop(sorted(state)[0])
    save_file(state, path, metadata={"format": FORMAT, "architecture": json.dumps(asdict(TINY))})


def other_sizes(path: Path) -> None:
    rewritten(path, architecture=json.dumps(asdict(replace(TINY, prompt_dim=32))))


DAMAGE: dict[str, tuple[Callable[[Path], Any], type[EngineError]]] = {
    "missing": (lambda path: path.unlink(), WeightsError),
    "empty": (lambda path: path.write_bytes(b""), WeightsError),
    "cut short": (lambda path: path.write_bytes(path.read_bytes()[:-500]), WeightsError),
    "garbled": (lambda path: path.write_bytes(b"\xff" * 5000), WeightsError),
    "text": (lambda path: path.write_text("weights?\n" * 50), WeightsError),
    "no metadata": (lambda path: save_file(load_file(path), path), ModelError),
    "another format": (lambda path: rewritten(path, format="other"), ModelError),
    "no architecture": (lambda path: rewritten(path, architecture=None), ModelError),
    "architecture of no JSON": (lambda path: rewritten(path, architecture="{"), ModelError),
    "architecture of a list": (lambda path: rewritten(path, architecture="[1]"), ModelError),
    "unknown architecture": (lambda path: rewritten(path, architecture='{"layers": 3}'), ModelError),
    "architecture of words": (lambda path: rewritten(path, architecture='{"prompt_dim": "x"}'), ModelError),
    "other sizes": (other_sizes, ModelError),
    "a weight missing": (without_a_weight, ModelError),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_a_broken_file_is_one_line_that_names_it(name: str, saved: Path) -> None:
    damage, kind = DAMAGE[name]
    damage(saved)
    with pytest.raises(kind) as caught:
        load_nano(saved, CPU)
    assert str(saved) in str(caught.value)
    assert "\n" not in str(caught.value)


# --- the bundled weights --------------------------------------------------------------------------------


def test_the_bundled_file_is_small_and_complete(bundled: NanoSegmenter) -> None:
    assert BUNDLED.stat().st_size <= MAX_BYTES
    assert (bundled.name, bundled.image_size, bundled.mask_size) == ("nano", 512, 128)
    assert all(parameter.isfinite().all() for parameter in bundled.module.parameters())
    assert {value.dtype for value in load_file(BUNDLED).values()} == {torch.float16}


def iou(a: np.ndarray, b: np.ndarray) -> float:
    return float((a & b).sum() / max((a | b).sum(), 1))


Examples = list[tuple[Embedding, list[np.ndarray]]]


@pytest.fixture(scope="module")
def examples(bundled: NanoSegmenter) -> Examples:
    """Embeddings of held-out scenes, each with up to six objects as masks over the mask grid."""
    found: Examples = []
    for seed in range(HELD_OUT_SEED, HELD_OUT_SEED + 8):
        scene = generate(np.random.default_rng(seed), 512)
        areas = np.bincount(scene.instances.ravel())
        labels = [label for label in range(1, len(areas)) if areas[label] >= 200]
        rng = np.random.default_rng(seed)
        cells = [_cells(scene.instances == label) for label in rng.permutation(labels)[:6]]
        if masks := [mask for mask in cells if mask.any()]:
            found.append((bundled.encode(scene.image), masks))
    assert sum(len(masks) for _, masks in found) >= 20
    return found


def _cells(mask: np.ndarray) -> np.ndarray:
    return np.asarray(mask.reshape(128, 4, 128, 4).mean(axis=(1, 3)) > 0.5)


def mean_iou(model: NanoSegmenter, examples: Examples, prompt: Callable[[np.ndarray], TilePrompt]) -> float:
    scores = []
    for embedding, masks in examples:
        answer = predict(model, embedding, [prompt(mask) for mask in masks], 32)
        scores += [iou(logits > 0, mask) for logits, mask in zip(answer.logits, masks, strict=True)]
    return float(np.mean(scores))


def one_click(mask: np.ndarray) -> TilePrompt:
    """A click on a seeded cell of the object."""
    rows, columns = np.nonzero(mask)
    pick = int(np.random.default_rng(int(mask.sum())).integers(len(rows)))
    return TilePrompt(np.array([[columns[pick] + 0.5, rows[pick] + 0.5]]) * MASK_STRIDE, np.array([1]))


def its_box(mask: np.ndarray) -> TilePrompt:
    box = tight_box(mask)
    assert box is not None
    return TilePrompt(np.empty((0, 2)), np.empty(0, np.int64), box * MASK_STRIDE)


def test_one_click_finds_unseen_generated_objects(bundled: NanoSegmenter, examples: Examples) -> None:
    assert mean_iou(bundled, examples, one_click) >= CLICK_FLOOR


def test_a_box_outlines_unseen_generated_objects(bundled: NanoSegmenter, examples: Examples) -> None:
    assert mean_iou(bundled, examples, its_box) >= BOX_FLOOR


@pytest.mark.parametrize("shift", [(16, 0), (0, 48), (37, 21)])
def test_the_tiles_origin_hardly_changes_the_shape_of_an_object(
    bundled: NanoSegmenter, shift: tuple[int, int]
) -> None:
    rng = np.random.default_rng(0)
    scene = rng.normal(70, 6, (640, 640, 3))
    scene[240:330, 250:370] += 110
    scene = scene.clip(0, 255).astype(np.uint8)
    masks = []
    for dx, dy in ((0, 0), shift):
        tile = np.ascontiguousarray(scene[dy : dy + 512, dx : dx + 512])
        prompt = TilePrompt(np.array([[310.0 - dx, 285.0 - dy]]), np.array([1]))
        logits = predict(bundled, bundled.encode(tile), [prompt], 1).logits[0]
        whole = np.zeros((640, 640), bool)
        whole[dy : dy + 512, dx : dx + 512] = np.kron(logits > 0, np.ones((4, 4), bool))
        masks.append(whole)
    assert iou(*masks) > 0.8
