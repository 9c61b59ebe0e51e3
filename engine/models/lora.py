"""LoRA adapters (Hu et al. 2021, arXiv 2106.09685) in peft's folder format, put onto their base model.

A folder holds ``adapter_config.json`` and ``adapter_model.safetensors``, as peft writes them, and
``card.json``, whose ``base_sha256`` names the weights that the adapter was trained on.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

from engine.errors import ModelError

if TYPE_CHECKING:
    from torch import Tensor, nn

    from engine.models.base import Segmenter

CONFIG_FILE = "adapter_config.json"
WEIGHTS_FILE = "adapter_model.safetensors"
CARD_FILE = "card.json"
_PEFT_PREFIX = "base_model.model."
"""What ``PeftModel.save_pretrained`` puts before every name; ``inject_adapter_in_model`` does not."""


class _Networked(Protocol):
    module: nn.Module


def module_of(segmenter: Segmenter) -> nn.Module:
    """The network inside a segmenter of this package; adapters and training work on it."""
    return cast(_Networked, segmenter).module


def read_card(folder: Path) -> dict[str, Any]:
    """Read an adapter's model card.

    Raises:
        ModelError: the folder has no card, or it does not say which base it belongs to.
    """
    card = _read_json(folder / CARD_FILE)
    if not isinstance(card.get("base_sha256"), str):
        raise ModelError(f"{folder / CARD_FILE} does not say base_sha256, the weights it was trained on")
    return card


def load_adapter(segmenter: Segmenter, folder: Path, trainable: bool = False) -> None:
    """Put a LoRA adapter onto a segmenter's network, in place, after checking that it belongs there.

    Args:
        trainable: give the adapter's weights gradients, to train on; the base stays frozen.

    Raises:
        ModelError: the folder is no LoRA adapter, is damaged, or was trained on other weights.
    """
    base = read_card(folder)["base_sha256"]
    if base != segmenter.sha256:
        raise ModelError(
            f"adapter {folder} was trained on weights {base[:12]}…, but {segmenter.name} has "
            f"{segmenter.sha256[:12]}…: load the model it was trained on, or train it again on this one"
        )
    kind = _read_json(folder / CONFIG_FILE).get("peft_type")
    if kind != "LORA":
        raise ModelError(f"{folder / CONFIG_FILE} describes an adapter of type {kind}; only LORA is known")
    state = _read_weights(folder / WEIGHTS_FILE)
    _inject(module_of(segmenter), folder, state, trainable)


def _inject(module: nn.Module, folder: Path, state: Mapping[str, Tensor], trainable: bool) -> None:
    # Imported here: it takes seconds, and most runs use no adapter.
    from peft import (
        LoraConfig,
        get_peft_model_state_dict,
        inject_adapter_in_model,
        set_peft_model_state_dict,
    )

    try:
        config = LoraConfig.from_pretrained(str(folder))
        config.inference_mode = not trainable
        inject_adapter_in_model(config, module)
    except (TypeError, ValueError) as error:
        reason = " ".join(str(error).split())[:160]
        raise ModelError(f"{folder / CONFIG_FILE} does not fit this model: {reason}") from error
    expected = {key: value.shape for key, value in get_peft_model_state_dict(module).items()}
    if {key: value.shape for key, value in state.items()} != expected:
        raise ModelError(
            f"{folder / WEIGHTS_FILE} does not hold the weights that its {CONFIG_FILE} describes; "
            "export the adapter again"
        )
    set_peft_model_state_dict(module, dict(state))
    module.eval()  # Fresh adapter layers start in training mode, with their dropout on.


def _read_weights(path: Path) -> dict[str, Tensor]:
    from engine.models.checkpoint import read_state

    return {key.removeprefix(_PEFT_PREFIX): value for key, value in read_state(path).items()}


def _read_json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ModelError(f"{path} cannot be read ({error.strerror}): not an adapter folder?") from error
    except ValueError as error:
        raise ModelError(f"{path} is not valid JSON; export the adapter again") from error
    if not isinstance(content, dict):
        raise ModelError(f"{path} is not a JSON object; export the adapter again")
    return content
