"""Adapters in peft's format load onto the weights they were trained on, and onto no others."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from engine.errors import ConfigError, ModelError
from engine.models import registry, weights
from engine.models.base import Segmenter
from engine.models.lora import LoraSpec, add_adapter, load_adapter, save_adapter
from engine.models.mobile_sam import build_mobile_sam
from engine.models.sam2 import build_sam2
from tests.engine.model_helpers import points, random_tile, shallow_module, shallow_segmenter
from tests.engine.nano_helpers import tiny_net

Trained = tuple[Path, Path, tuple[torch.Tensor, torch.Tensor]]
"""Weights file, adapter folder, and what the network answered that the adapter was saved from."""
PROMPTS = points([(100.25, 40.5, 1), (30.0, 200.0, 0)])


def adapt(folder: Path, base_sha256: str, wrapped: bool) -> tuple[torch.Tensor, torch.Tensor]:
    """Write an adapter with random weights for the shallow SAM; what the adapted network answers.

    ``wrapped`` lets a PeftModel save itself; else the layers are injected and saved by hand. The two
    name their weights differently.
    """
    from peft import LoraConfig, get_peft_model, get_peft_model_state_dict, inject_adapter_in_model

    segmenter = shallow_segmenter()
    config = LoraConfig(r=2, lora_alpha=4, target_modules=["qkv"], lora_dropout=0.3)
    model = (get_peft_model if wrapped else _swapped(inject_adapter_in_model))(segmenter.module, config)
    torch.manual_seed(5)
    for name, parameter in model.named_parameters():
        if "lora_" in name:
            torch.nn.init.normal_(parameter, std=0.3)
    if wrapped:
        model.save_pretrained(folder)
    else:
        folder.mkdir()
        config.save_pretrained(folder)
        save_file(get_peft_model_state_dict(model), folder / "adapter_model.safetensors")
    (folder / "card.json").write_text(json.dumps({"base_sha256": base_sha256}))
    segmenter.module.eval()
    return answer(segmenter)


def _swapped(inject: Callable[..., Any]) -> Callable[..., Any]:
    return lambda module, config: inject(config, module)


def answer(segmenter: Segmenter) -> tuple[torch.Tensor, torch.Tensor]:
    embedding = segmenter.encode(random_tile(256))
    return embedding.features, segmenter.decode(embedding, PROMPTS, True).logits


@pytest.fixture(scope="module", params=[False, True], ids=["injected", "PeftModel"])
def trained(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    folder = tmp_path_factory.mktemp("adapter")
    torch.save(shallow_module().state_dict(), folder / "base.pth")
    answers = adapt(folder / "adapter", weights.file_sha256(folder / "base.pth"), request.param)
    return folder / "base.pth", folder / "adapter", answers


@pytest.fixture
def adapter(trained: Trained, tmp_path: Path) -> Path:
    """A copy of the adapter that a test may damage."""
    for file in trained[1].iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    return tmp_path


def refused(trained: Trained, folder: Path) -> str:
    with pytest.raises(ModelError) as caught:
        registry.load(str(trained[0]), "cpu", folder)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_loaded_adapter_answers_bit_for_bit_as_when_it_was_saved(trained: Trained) -> None:
    base, folder, answers = trained
    loaded = registry.load(str(base), "cpu", folder)
    assert all(torch.equal(*pair) for pair in zip(answer(loaded), answers, strict=True))


def test_an_adapter_changes_the_answers_of_its_base(trained: Trained) -> None:
    base, _, answers = trained
    plain = answer(registry.load(str(base), "cpu"))
    assert not torch.allclose(plain[0], answers[0], atol=1e-2)


def test_a_loaded_adapter_is_frozen(trained: Trained) -> None:
    base, folder, _ = trained
    segmenter = registry.load(str(base), "cpu")
    load_adapter(segmenter, folder)
    assert not [name for name, p in segmenter.module.named_parameters() if p.requires_grad]


def test_an_adapter_of_another_base_is_refused(trained: Trained, tmp_path: Path) -> None:
    state = shallow_module(seed=1).state_dict()
    torch.save(state, tmp_path / "other.pth")
    with pytest.raises(ModelError, match=r"was trained on weights .* load the model it was trained on"):
        registry.load(str(tmp_path / "other.pth"), "cpu", trained[1])


@pytest.mark.parametrize("file", ["card.json", "adapter_config.json", "adapter_model.safetensors"])
def test_a_folder_that_lacks_a_file_is_no_adapter(trained: Trained, adapter: Path, file: str) -> None:
    (adapter / file).unlink()
    assert file in refused(trained, adapter)


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("card.json", "{", "is not valid JSON"),
        ("card.json", "[]", "is not a JSON object"),
        ("card.json", "{}", "does not say base_sha256"),
        ("adapter_config.json", '{"peft_type": "BOFT"}', "of type BOFT; only LORA is known"),
        (
            "adapter_config.json",
            '{"peft_type": "LORA", "target_modules": ["nothing"]}',
            "does not fit this model",
        ),
        (
            "adapter_config.json",
            '{"peft_type": "LORA", "r": 0, "target_modules": ["qkv"]}',
            "does not fit this",
        ),
        ("adapter_model.safetensors", "x" * 100, "not a readable safetensors file"),
    ],
)
def test_a_damaged_adapter_is_one_line_that_names_the_file(
    trained: Trained, adapter: Path, file: str, content: str, message: str
) -> None:
    (adapter / file).write_text(content)
    line = refused(trained, adapter)
    assert file in line
    assert message in line


HOSTILE: dict[str, Any] = {
    "a huge rank": {"r": 10**9},
    "a large rank": {"r": 200_000},
    "a rank of more digits than a machine's number": {"r": 10**400},
    "a rank that is a truth": {"r": True},
    "a rank in a list": {"r": [2]},
    "an alpha of more digits": {"lora_alpha": 10**400},
    "an alpha that is no number": {"lora_alpha": float("nan")},
    "an alpha in words": {"lora_alpha": "4"},
    "a bad regular expression": {"target_modules": "(("},
    "a catastrophic regular expression": {"target_modules": r"(.*.*)*.*(.*.*)*qkvx"},
    "all layers": {"target_modules": "all-linear"},
    "targets in an object": {"target_modules": {"qkv": 1}},
    "targets that are lists": {"target_modules": [["qkv"]]},
    "an empty target": {"target_modules": [""]},
    "no target": {"target_modules": []},
    "a target that is no layer": {"target_modules": ["blocks"]},
    "a target too much": {"target_modules": ["qkv", "qvk"]},
    "biases": {"bias": "all"},
    "a bias that is a list": {"bias": ["all"]},
    "patterns of ranks": {"rank_pattern": {"(.*.*)*x": 10**9}},
    "patterns of alphas": {"alpha_pattern": {"(": 3}},
    "whole layers": {"modules_to_save": ["mask_decoder"]},
    "another method": {"use_dora": True},
    "a start that changes the base": {"init_lora_weights": "pissa"},
    "repeated layers": {"layer_replication": [[0, 10**9]]},
    "a chosen layer": {"layers_to_transform": [0]},
    "a field of tomorrow": {"brand_new": {"a": 1}},
    "a scale that is a list": {"use_rslora": [1]},
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_configuration_is_one_line_before_anything_is_made(
    trained: Trained, adapter: Path, name: str
) -> None:
    file = adapter / "adapter_config.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **HOSTILE[name]}))
    started = time.monotonic()
    assert "adapter_config.json" in refused(trained, adapter)
    assert time.monotonic() - started < 60


@pytest.mark.parametrize("file", ["card.json", "adapter_config.json"])
@pytest.mark.parametrize("content", ["[" * 10_000, '{"a":' * 10_000 + "1" + "}" * 10_000, " " * (17 << 20)])
def test_json_beyond_measure_is_one_line(trained: Trained, adapter: Path, file: str, content: str) -> None:
    (adapter / file).write_text(content)
    assert file in refused(trained, adapter)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_no_numbers_are_refused(trained: Trained, adapter: Path, value: float) -> None:
    path = adapter / "adapter_model.safetensors"
    state = load_file(path)
    state[min(state)][0] = value
    save_file(state, path)
    assert "no numbers" in refused(trained, adapter)


def test_bit_rot_in_the_weights_of_an_adapter_is_noticed(tmp_path: Path) -> None:
    segmenter = shallow_segmenter()
    add_adapter(segmenter, LoraSpec(2, None, ("qkv",)), 0)
    save_adapter(segmenter, tmp_path, {"base_sha256": segmenter.sha256})
    load_adapter(shallow_segmenter(), tmp_path)
    path = tmp_path / "adapter_model.safetensors"
    content = bytearray(path.read_bytes())
    content[-7] ^= 4
    path.write_bytes(content)
    with pytest.raises(ModelError, match="not what was saved with its card"):
        load_adapter(shallow_segmenter(), tmp_path)


def test_a_card_in_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "card.json")
    with pytest.raises(ModelError, match="not an adapter folder"):
        load_adapter(shallow_segmenter(), tmp_path)


@pytest.mark.parametrize("root_scale", [False, True])
def test_an_adapter_answers_as_in_peft_with_either_scale(
    trained: Trained, adapter: Path, root_scale: bool
) -> None:
    from peft import PeftModel

    file = adapter / "adapter_config.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "use_rslora": root_scale}))
    weights_file = adapter / "adapter_model.safetensors"
    prefix = "base_model.model."  # peft itself reads no names without it
    state = load_file(weights_file)
    save_file({prefix + key.removeprefix(prefix): value for key, value in state.items()}, weights_file)
    theirs = registry.load(str(trained[0]), "cpu")
    PeftModel.from_pretrained(theirs.module, str(adapter))
    ours = registry.load(str(trained[0]), "cpu", adapter)
    assert all(torch.equal(*pair) for pair in zip(answer(ours), answer(theirs), strict=True))


@pytest.mark.parametrize("rank", [0, 1025, 10**9])
def test_a_rank_that_no_layer_gains_from_is_refused(rank: int) -> None:
    with pytest.raises(ConfigError, match="from 1 to 1024"):
        LoraSpec(rank)


@pytest.mark.parametrize("change", ["drop", "add", "reshape"])
def test_weights_that_the_configuration_does_not_describe_are_refused(
    trained: Trained, adapter: Path, change: str
) -> None:
    path = adapter / "adapter_model.safetensors"
    state = load_file(path)
    key = next(iter(state))
    if change == "drop":
        del state[key]
    else:
        state[key if change == "reshape" else "extra"] = torch.zeros(3, 3)
    save_file(state, path)
    assert "does not hold the weights that its adapter_config.json describes" in refused(trained, adapter)


@pytest.fixture(scope="module", params=["sam", "sam2", "nano", "mobile_sam"])
def network(request: pytest.FixtureRequest) -> torch.nn.Module:
    """A network of each family, with the number of its encoder's attention blocks as ``blocks``."""
    build = {
        "sam": shallow_module,
        "sam2": partial(build_sam2, "sam2.1_hiera_t", ["model.image_size=256"]),
        "nano": tiny_net,
        "mobile_sam": build_mobile_sam,
    }
    found: torch.nn.Module = build[request.param]()
    found.blocks = {"sam": 2, "sam2": 12, "nano": 3, "mobile_sam": 10}[request.param]
    return found


@pytest.mark.parametrize(("target", "each"), [("qkv", 1), ("proj", 1), ("mlp", 2)])
def test_targets_are_layers_of_every_attention_block_from_the_first_asked_for(
    network: torch.nn.Module, target: str, each: int
) -> None:
    everywhere, later = (LoraSpec(2, None, (target,), first).layers(network) for first in (0, 1))
    assert len(everywhere) == int(network.blocks) * each  # type: ignore[arg-type]  # set by the fixture
    assert later == everywhere[each:]
    assert all(type(network.get_submodule(name)) is torch.nn.Linear for name in everywhere)
    with pytest.raises(ModelError, match="no layers"):
        LoraSpec(2, None, (target,), int(network.blocks)).layers(network)  # type: ignore[arg-type]


def test_convolutions_are_the_encoders_and_decoder_layers_the_decoders(network: torch.nn.Module) -> None:
    spec = LoraSpec(2, None, ("conv", "decoder"))
    found = [(name, network.get_submodule(name)) for name in spec.layers(network)]
    convolutions = [layer for name, layer in found if name.startswith("image_encoder.")]
    assert convolutions
    assert all(type(layer) is torch.nn.Conv2d and layer.groups == 1 for layer in convolutions)
    decoder = [layer for name, layer in found if "mask_decoder." in name]
    assert len(convolutions) + len(decoder) == len(found)
    assert decoder
    assert all(type(layer) is torch.nn.Linear for layer in decoder)
