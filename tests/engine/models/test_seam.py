"""What every model offers to the pipeline and to training, whatever family it is of."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.models import registry
from engine.models.base import Embedding, PromptBatch, Segmenter
from engine.models.lora import LoraSpec, add_adapter, merge_adapter, without_adapter
from engine.models.nano import NanoSegmenter, load_nano, save_nano
from engine.models.sam import SamSegmenter
from engine.models.sam2 import Sam2Segmenter, build_sam2
from engine.models.weights_file import CARD, WeightsFile, holds_merged, merged_card
from engine.serving.embeddings import CachedEncoder
from engine.stages.predict import TilePrompt, predict
from tests.engine.model_helpers import CPU, mobile_segmenter, random_tile, shallow_module, shallow_segmenter
from tests.engine.nano_helpers import tiny_net
from tests.fakes import FakeSegmenter

SPEC = LoraSpec(2, None, ("qkv",))


def nano() -> NanoSegmenter:
    return NanoSegmenter(tiny_net(), "tiny", "0" * 64, CPU)


def sam2() -> Sam2Segmenter:
    return Sam2Segmenter(build_sam2("sam2.1_hiera_t", ["model.image_size=256"]), "tiny", "0" * 64, CPU)


def batch() -> PromptBatch:
    coords = torch.arange(12.0).reshape(3, 2, 2)
    labels = torch.tensor([[1, 0], [1, -1], [0, 1]])
    return PromptBatch(coords, labels, torch.rand(3, 4), torch.rand(3, 1, 8, 8))


MODELS = (nano, shallow_segmenter, sam2, mobile_segmenter)


@pytest.mark.parametrize("build", [*MODELS, FakeSegmenter, lambda: CachedEncoder(nano())])
def test_every_model_has_the_whole_seam(build: Callable[[], Segmenter]) -> None:
    model = build()
    assert isinstance(model, Segmenter)
    assert model.device == CPU
    assert isinstance(model.module, torch.nn.Module)
    assert isinstance(model.for_training(), Segmenter)
    assert not model.adapted


@pytest.mark.parametrize("build", MODELS)
def test_a_model_is_adapted_while_an_adapter_takes_part(build: Callable[[], Segmenter]) -> None:
    model = build()
    add_adapter(model, SPEC, seed=0)
    others = (model.for_training(), CachedEncoder(model))
    assert model.adapted
    assert all(other.adapted for other in others)
    with without_adapter(model):
        assert not model.adapted
        assert not any(other.adapted for other in others)
    merge_adapter(model)
    assert model.adapted


@pytest.mark.parametrize("merged", [False, True])
def test_a_nano_file_says_whether_an_adapter_was_merged_into_it(merged: bool, tmp_path: Path) -> None:
    net = tiny_net()
    path = tmp_path / "tiny.safetensors"
    save_nano(net, net.state_dict(), path, merged_card({"status": "accepted"}) if merged else {"steps": 3})
    model = load_nano(path, CPU)
    assert model.adapted == model.for_training().adapted == merged
    assert WeightsFile(path).merged == merged


def test_an_ending_in_capitals_is_the_same_ending(tmp_path: Path) -> None:
    net, path = tiny_net(), tmp_path / "MINE.SAFETENSORS"
    save_nano(net, net.state_dict(), path, {})
    assert registry.load(str(path), "cpu").name == "nano"


@pytest.mark.parametrize("note", ["no JSON", "[]", "3", '{"steps": 3}', "null"])
def test_another_note_in_a_header_is_no_merged_adapter(note: str) -> None:
    assert not holds_merged({CARD: note})
    assert not holds_merged({})


def test_a_base_that_an_adapter_was_merged_into_stays_adapted_without_a_second_one() -> None:
    model = SamSegmenter(shallow_module(), "shallow", "0" * 64, CPU, merged=True)
    add_adapter(model, SPEC, seed=0)
    with without_adapter(model):
        assert model.adapted


@pytest.mark.parametrize(
    ("adapted", "wanted", "three"),
    [(False, None, True), (True, None, False), (True, True, True), (False, False, False)],
)
def test_adapted_models_answer_a_single_click_with_the_single_mask_unless_told_otherwise(
    adapted: bool, wanted: bool | None, three: bool
) -> None:
    model = FakeSegmenter()
    model.adapted = adapted
    one_click = TilePrompt(np.array([[50.0, 60.0]]), np.ones(1, np.int64))
    predict(model, model.encode(random_tile(128)), [one_click], 32, multimask=wanted)
    assert [multimask for _, multimask in model.asked] == [three]


@pytest.mark.parametrize("chosen", [torch.tensor([2, 0]), torch.tensor([True, False, True])])
def test_rows_of_a_batch_are_whole_prompts(chosen: torch.Tensor) -> None:
    prompts = batch()
    picked = prompts.rows(chosen)
    assert len(picked) == 2
    for name in ("coords", "labels", "boxes", "masks"):
        assert torch.equal(getattr(picked, name), getattr(prompts, name)[chosen])


def test_what_a_batch_does_not_have_its_rows_do_not_have_either() -> None:
    bare = PromptBatch(batch().coords, batch().labels)
    for other in (bare.rows(torch.tensor([0])), bare.to(CPU)):
        assert other.boxes is None
        assert other.masks is None


def test_prompts_and_embeddings_move_with_all_their_tensors() -> None:
    meta = torch.device("meta")
    moved = batch().to(meta)
    assert {value.device.type for value in vars(moved).values()} == {"meta"}
    embedding = Embedding(torch.zeros(1, 2, 3, 3), (torch.zeros(1, 2, 6, 6), torch.zeros(1, 1, 12, 12)))
    there = embedding.to(meta)
    assert {level.device.type for level in (there.features, *there.high_res)} == {"meta"}
    assert [level.shape for level in there.high_res] == [level.shape for level in embedding.high_res]


def test_rows_of_an_embedding_are_those_of_its_tiles() -> None:
    embedding = Embedding(torch.rand(3, 4, 5, 5), (torch.rand(3, 2, 10, 10),))
    tiles = torch.tensor([2, 0, 2, 1])
    picked = embedding.rows(tiles)
    assert torch.equal(picked.features, embedding.features[tiles])
    assert torch.equal(picked.high_res[0], embedding.high_res[0][tiles])
