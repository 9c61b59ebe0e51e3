"""The embedded network, the protocol it serves, and its file."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from engine.errors import EngineError, ModelError, WeightsError
from engine.models import nano
from engine.models.base import Embedding, PromptBatch, Segmenter
from engine.models.nano import (
    FORMAT,
    NanoSegmenter,
    load_nano,
    save_nano,
)
from engine.models.nano_net import PATCH, NanoArchitecture, NanoNet
from engine.models.nano_parts import OUTSIDE
from tests.engine.model_helpers import CPU, points, random_tile, run_python
from tests.engine.nano_helpers import TINY, tiny_net

MAX_PARAMETERS = 10_000_000


@pytest.fixture(scope="module")
def tiny() -> NanoSegmenter:
    return NanoSegmenter(tiny_net(), "tiny", "0" * 64, CPU)


@pytest.fixture(scope="module")
def embedding(tiny: NanoSegmenter) -> Embedding:
    return tiny.encode(random_tile(512))


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


def resized(path: Path, **sizes: object) -> None:
    rewritten(path, architecture=json.dumps({**asdict(TINY), **sizes}))


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
    "architecture of a number": (lambda path: rewritten(path, architecture="7"), ModelError),
    "architecture beyond depth": (lambda path: rewritten(path, architecture='{"a":' * 9999), ModelError),
    "huge tiles": (lambda path: resized(path, image_size=10**9), ModelError),
    "large tiles": (lambda path: resized(path, image_size=1 << 16), ModelError),
    "odd tiles": (lambda path: resized(path, image_size=500), ModelError),
    "tiles of truth": (lambda path: resized(path, image_size=True), ModelError),
    "tiles in a list": (lambda path: resized(path, image_size=[512]), ModelError),
    "huge layers": (lambda path: resized(path, prompt_dim=10**9), ModelError),
    "huge heads": (lambda path: resized(path, heads=(10**9, 1)), ModelError),
    "no heads": (lambda path: resized(path, heads=(0, 1)), ModelError),
    "many blocks": (lambda path: resized(path, depths=(10**9, 1)), ModelError),
    "three stages": (lambda path: resized(path, dims=(16, 16, 16)), ModelError),
    "much smoothing": (lambda path: resized(path, smoothing=1e9), ModelError),
    "smoothing by no number": (lambda path: resized(path, smoothing=float("nan")), ModelError),
    "other sizes": (other_sizes, ModelError),
    "a weight missing": (without_a_weight, ModelError),
}


def test_who_may_read_other_new_files_may_read_the_weights(saved: Path) -> None:
    beside = saved.with_name("beside.txt")
    beside.write_text("")
    assert saved.stat().st_mode == beside.stat().st_mode


@pytest.mark.parametrize("name", DAMAGE)
def test_a_broken_file_is_one_line_that_names_it(name: str, saved: Path) -> None:
    damage, kind = DAMAGE[name]
    damage(saved)
    with pytest.raises(kind) as caught:
        load_nano(saved, CPU)
    assert str(saved) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_header_that_asks_for_more_than_the_file_holds_allocates_nothing(
    saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    resized(saved, prompt_dim=2048)
    monkeypatch.setattr(nano, "NanoNet", lambda shape: pytest.fail("a network was built"))
    with pytest.raises(ModelError, match="do not fit what the file says"):
        load_nano(saved, CPU)


def test_a_network_holds_at_least_what_is_asked_of_its_file() -> None:
    for shape in (TINY, NanoArchitecture(), replace(TINY, fine2=8, reads_masks=True, stem_blocks=3)):
        assert nano._least_numbers(shape) <= sum(value.numel() for value in NanoNet(shape).parameters())
        assert 2 * nano._least_numbers(NanoArchitecture()) > 3_900_000


def test_the_bundled_model_loads_without_what_only_compilers_need() -> None:
    code = "import sys\nfrom engine.models import registry\nregistry.load('nano', 'cpu')\n"
    run_python(code + "assert 'sympy' not in sys.modules")
