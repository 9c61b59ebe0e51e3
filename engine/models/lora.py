"""LoRA adapters (Hu et al. 2021, arXiv 2106.09685) in peft's folder format: made, saved, put onto their base.

A folder holds ``adapter_config.json`` and ``adapter_model.safetensors``, as peft writes them, and
``card.json``, whose ``base_sha256`` names the network that the adapter was trained on.
"""

from __future__ import annotations

import json
import re
import sys
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from engine.errors import ConfigError, ModelError, OutputError
from engine.messages import message
from engine.models.adapter_config import MOST_RANK, AdapterConfig, read_json, shapes_in
from engine.models.identity import made_for
from engine.models.weights import file_sha256
from engine.staging import finish_dead_runs, staged

if TYPE_CHECKING:
    from torch import Tensor, nn

    from engine.models.base import Segmenter

CONFIG_FILE = "adapter_config.json"
WEIGHTS_FILE = "adapter_model.safetensors"
CARD_FILE = "card.json"
DOUBTFUL = ("rejected", "diverged")
"""Statuses of adapters that were found to make things worse, or whose training did not end well."""
_PEFT_PREFIX = "base_model.model."
"""What ``PeftModel`` looks for before every name in a file; ``inject_adapter_in_model`` does not put it."""

TARGETS = {
    "qkv": r"image_encoder\..*attn\.qkv",
    "proj": r"image_encoder\..*attn\.proj",
    "mlp": r"image_encoder\..*mlp\.(lin\d|layers\.\d|fc\d)",  # SAM and nano, SAM 2.1, MobileSAM
    "conv": r"image_encoder\..*",
    "decoder": r"(sam_)?mask_decoder\..*",
}
"""What an adapter may go on, by name: layers whose whole path fits. ``conv`` takes convolutions that are not
depth-wise, ``decoder`` linear layers."""


@dataclass(frozen=True)
class LoraSpec:
    """Where low-rank updates ``W + alpha/rank · B·A`` go.

    Attributes:
        rank: r, columns of B.
        alpha: scale of the update; None means the rank, so that the factor is 1.
        targets: keys of :data:`TARGETS`.
        first_block: attention blocks of the encoder before this one stay as they are.
    """

    rank: int = 4
    alpha: float | None = None
    targets: tuple[str, ...] = ("qkv",)
    first_block: int = 0

    def __post_init__(self) -> None:
        unknown = [name for name in self.targets if name not in TARGETS]
        if unknown or not self.targets:
            raise ConfigError(f"adapter targets must be among {', '.join(TARGETS)}, not {unknown or 'none'}")
        if not 1 <= self.rank <= MOST_RANK:
            raise ConfigError(f"the adapter's rank must be from 1 to {MOST_RANK}, not {self.rank}")
        if self.first_block < 0:
            raise ConfigError(f"the first adapted block must not be negative, not {self.first_block}")

    def layers(self, module: nn.Module) -> list[str]:
        """Names of the layers of a network that are adapted; ModelError if there are none."""
        blocks = _blocks(module)
        skipped = tuple(f"{name}." for name in blocks[: self.first_block])
        chosen = [
            name
            for name, layer in module.named_modules()
            if any(_takes(target, name, layer) for target in self.targets) and not name.startswith(skipped)
        ]
        if not chosen:
            raise ModelError(
                f"this model has no layers for an adapter on {', '.join(self.targets)} "
                f"from block {self.first_block} of {len(blocks)} on"
            )
        return chosen


def _blocks(module: nn.Module) -> list[str]:
    """Names of the encoder's attention blocks, in order: what holds an ``attn`` with a ``qkv``."""
    suffix = ".attn.qkv"
    return [name.removesuffix(suffix) for name, _ in module.named_modules() if name.endswith(suffix)]


def _takes(target: str, name: str, layer: nn.Module) -> bool:
    from torch import nn

    if not re.fullmatch(TARGETS[target], name):
        return False
    if target == "conv":
        return type(layer) is nn.Conv2d and layer.groups == 1
    return type(layer) is nn.Linear


def adapter_hash(folder: str | Path | None) -> str:
    """SHA-256 of what decides an adapter's answers, its configuration and weights; empty without one.

    Raises:
        ModelError: one of the two files is missing.
    """
    if folder is None:
        return ""
    digest = sha256()
    for name in (CONFIG_FILE, WEIGHTS_FILE):
        try:
            digest.update((Path(folder) / name).read_bytes())
        except OSError as error:
            raise ModelError(
                message("adapter-missing", folder=folder, file=name, cause=error.strerror)
            ) from error
    return digest.hexdigest()


def read_card(folder: Path) -> dict[str, Any]:
    """Read an adapter's model card, once a save that was killed midway is finished.

    Raises:
        ModelError: the folder has no card, or it does not say which base it belongs to.
    """
    finish_dead_runs([folder])
    card = read_json(folder / CARD_FILE)
    if not isinstance(card.get("base_sha256"), str):
        raise ModelError(f"{folder / CARD_FILE} does not say base_sha256, the weights it was trained on")
    return card


def doubtful(folder: Path) -> str | None:
    """A warning if the adapter was found to make things worse, or its training did not end well."""
    status = read_card(folder).get("status")
    if status in DOUBTFUL:
        return f"adapter {folder} was {status} when it was made: results may be worse than without it"
    return None


def load_adapter(segmenter: Segmenter, folder: Path) -> None:
    """Put a LoRA adapter onto a segmenter's network, in place, after checking that it belongs there.

    Raises:
        ModelError: the folder is no LoRA adapter, is damaged, or was trained on other weights.
    """
    put_adapter(segmenter.module, *read_fitting(segmenter, folder))


def read_fitting(segmenter: Segmenter, folder: Path) -> tuple[AdapterConfig, dict[str, Tensor]]:
    """Read an adapter that belongs on a segmenter's network; see :func:`load_adapter` for the errors."""
    card = read_card(folder)
    check_base(segmenter, folder, card)
    config = AdapterConfig.read(folder / CONFIG_FILE)
    state = _fitting_weights(segmenter.module, folder, config)
    if card.get("weights_sha256", known := file_sha256(folder / WEIGHTS_FILE)) != known:
        raise ModelError(f"{folder / WEIGHTS_FILE} is not what was saved with its card; export it again")
    return config, state


def check_base(segmenter: Segmenter, folder: Path, card: Mapping[str, Any]) -> None:
    """ModelError if the adapter with that card was trained on another network."""
    base = card["base_sha256"]
    if not made_for(base, segmenter):
        model, hashes = segmenter.name, {"base": base[:12], "found": segmenter.base_sha256[:12]}
        raise ModelError(message("adapter-other-model", folder=folder, model=model, **hashes))


def _fitting_weights(module: nn.Module, folder: Path, config: AdapterConfig) -> dict[str, Tensor]:
    """The weights of an adapter, read after their sizes were seen to be those that the network asks for."""
    from engine.models.weights_file import read_state

    path = folder / WEIGHTS_FILE
    try:
        expected = config.shapes(module)
    except ValueError as error:
        raise ModelError(f"{folder / CONFIG_FILE} does not fit this model: {error}") from error
    if shapes_in(path, _PEFT_PREFIX) != expected:
        raise ModelError(
            f"{path} does not hold the weights that its {CONFIG_FILE} describes; export the adapter again"
        )
    state = {key.removeprefix(_PEFT_PREFIX): value for key, value in read_state(path).items()}
    if not all(value.is_floating_point() and bool(value.isfinite().all()) for value in state.values()):
        raise ModelError(f"{path} holds weights that are no numbers; export the adapter again")
    return state


def put_adapter(
    module: nn.Module, config: AdapterConfig, state: dict[str, Tensor], name: str = "default"
) -> None:
    """Put an adapter that was read onto a network, in place; of several on one network the last answers."""
    # Imported here: it takes seconds, and most runs use no adapter.
    from peft import LoraConfig, inject_adapter_in_model, set_peft_model_state_dict

    peft_config = LoraConfig(
        r=config.rank,
        lora_alpha=config.alpha,  # type: ignore[arg-type]  # a float works
        target_modules=sorted({key.rpartition(".lora_")[0] for key in state}),
        use_rslora=config.root_scale,
        inference_mode=True,
    )
    with warnings.catch_warnings():
        # Several on one network are meant where they have names.
        warnings.filterwarnings("ignore", "Already found a `peft_config` attribute")
        inject_adapter_in_model(peft_config, module, adapter_name=name)
    set_peft_model_state_dict(module, state, adapter_name=name)
    module.eval()  # Fresh adapter layers start in training mode.


def add_adapter(segmenter: Segmenter, spec: LoraSpec, seed: int) -> None:
    """Put a fresh, trainable adapter onto a segmenter's network, in place: B is 0, so nothing changes yet."""
    import torch
    from peft import LoraConfig, inject_adapter_in_model

    module = segmenter.module
    config = LoraConfig(
        r=spec.rank,
        lora_alpha=spec.rank if spec.alpha is None else spec.alpha,  # type: ignore[arg-type]  # a float works
        target_modules=spec.layers(module),
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        inject_adapter_in_model(config, module)
    module.eval()


def adapter_parameters(segmenter: Segmenter) -> Iterator[tuple[str, nn.Parameter]]:
    """Names and tensors of the adapter on a segmenter; nothing else of it is trained."""
    for name, parameter in segmenter.module.named_parameters():
        if "lora_" in name:
            yield name, parameter


@contextmanager
def without_adapter(segmenter: Segmenter) -> Iterator[None]:
    """The base alone answers, and does not pay for the adapter on it."""
    layers = list(lora_layers(segmenter.module))
    try:
        for layer in layers:
            layer.enable_adapters(False)
        yield
    finally:
        for layer in layers:
            layer.enable_adapters(True)


def carries_adapter(module: nn.Module) -> bool:
    """Whether an adapter is on a network and takes part in its answers (see :func:`without_adapter`)."""
    return any(not layer.disable_adapters for layer in lora_layers(module))


def merge_adapter(segmenter: Segmenter) -> None:
    """Add the adapter into the base's weights, in place and for good: it answers the same, and faster."""
    for layer in lora_layers(segmenter.module):
        layer.merge()


def merged_state(segmenter: Segmenter) -> dict[str, Tensor]:
    """The base's weights with the adapter on it added in, under the base's own names."""
    merge_adapter(segmenter)
    module = segmenter.module
    return {
        key.replace(".base_layer.", "."): value.detach().clone()
        for key, value in module.state_dict().items()
        if "lora_" not in key
    }


def save_adapter(segmenter: Segmenter, folder: Path, card: Mapping[str, Any]) -> None:
    """Write the adapter on a segmenter as a peft folder with ``card``, in place of what is there.

    A kill leaves the old adapter or the new one, at the latest when somebody reads the folder again; a folder
    without a card is no adapter. Other files in the folder stay.

    Raises:
        OutputError: it cannot be written; the old adapter is as it was.
    """
    from peft import get_peft_model_state_dict
    from safetensors.torch import save

    module = segmenter.module
    state = {
        _PEFT_PREFIX + key: value.detach().cpu().contiguous()
        for key, value in get_peft_model_state_dict(module).items()
    }
    weights = save(state, metadata={"format": "pt"})
    stated = {**card, "weights_sha256": sha256(weights).hexdigest()}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with staged(folder / CARD_FILE, parts=True) as new:
            config: Any = cast(Any, module).peft_config["default"]
            config.save_pretrained(str(new))
            (new / WEIGHTS_FILE).write_bytes(weights)
            (new / CARD_FILE).write_text(json.dumps(stated, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise OutputError(f"{folder}: the adapter cannot be written ({error.strerror or error})") from error


def lora_layers(module: nn.Module) -> Iterator[Any]:
    """The layers of a network that an adapter is on."""
    if "peft" not in sys.modules:  # Then there is none, and seconds of importing are saved.
        return
    from peft.tuners.lora import LoraLayer

    yield from (layer for layer in module.modules() if isinstance(layer, LoraLayer))
