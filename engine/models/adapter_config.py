"""What the files of a LoRA adapter claim, checked before a network is touched.

Adapters travel between people. So nothing in ``adapter_config.json`` decides how much is allocated, or is
run as a regular expression: sizes are those in the header of the weights file, and they must be the ones
that the network's layers ask for.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import ModelError
from engine.files import read_object

if TYPE_CHECKING:
    from torch import nn

Shapes = Mapping[str, tuple[int, ...]]
MOST_RANK = 1024
"""No layer of any family gains from more, and memory would run out long before the work is done."""
_DEFAULT_RANK = 8
"""What peft takes where a file does not say it, for alpha too."""
_OF_NO_EFFECT = {
    "auto_mapping",
    "base_model_name_or_path",
    "ensure_weight_tying",
    "fan_in_fan_out",
    "inference_mode",
    "lora_dropout",
    "megatron_core",
    "peft_version",
    "qalora_group_size",
    "revision",
    "task_type",
}
"""Fields that change nothing of an adapter which is loaded, not trained."""
_KNOWN = {"peft_type", "r", "lora_alpha", "target_modules", "bias", "use_rslora", "init_lora_weights"}
_PLAIN_STARTS = (None, True, False, "gaussian", "orthogonal")
"""Ways to start training that leave the base as it is."""


@dataclass(frozen=True)
class AdapterConfig:
    """The fields of ``adapter_config.json`` that count.

    Attributes:
        rank: r of every layer.
        alpha: scale of the update.
        targets: layers by their name, or the end of it from a dot on.
        root_scale: the update is scaled by alpha / √r, not alpha / r (rsLoRA).
    """

    rank: int
    alpha: float
    targets: tuple[str, ...]
    root_scale: bool

    @classmethod
    def read(cls, path: Path) -> AdapterConfig:
        """Read a file that peft wrote.

        Raises:
            ModelError: it cannot be read, or asks for more than a plain LoRA.
        """
        fields = read_json(path)
        if fields.get("peft_type") != "LORA":
            kind = str(fields.get("peft_type"))[:40]
            raise ModelError(f"{path} describes an adapter of type {kind}; only LORA is known")
        try:
            return cls._of(fields)
        except ValueError as error:
            raise ModelError(f"{path} does not fit this model: {error}") from error

    @classmethod
    def _of(cls, fields: Mapping[str, Any]) -> AdapterConfig:
        rank = fields.get("r", _DEFAULT_RANK)
        if type(rank) is not int or not 1 <= rank <= MOST_RANK:
            raise ValueError(f"its rank r must be a whole number from 1 to {MOST_RANK}")
        root_scale = fields.get("use_rslora") or False
        if type(root_scale) is not bool:
            raise ValueError("use_rslora must be true or false")
        if fields.get("bias") not in (None, "none"):
            raise ValueError("it changes biases of the base; only bias none is known")
        start = fields.get("init_lora_weights")
        if not any(start is plain or (isinstance(start, str) and start == plain) for plain in _PLAIN_STARTS):
            raise ValueError("its init_lora_weights may have changed the base")
        more = sorted(
            key for key, value in fields.items() if key not in _KNOWN | _OF_NO_EFFECT and not _empty(value)
        )
        if more:
            raise ValueError(f"it uses {more[0][:40]}, which is not known here")
        return cls(rank, _alpha(fields.get("lora_alpha", _DEFAULT_RANK)), _targets(fields), root_scale)

    def layers(self, module: nn.Module) -> dict[str, nn.Module]:
        """The layers of a network that it names.

        Raises:
            ValueError: a name fits no layer, or one that takes no adapter.
        """
        from torch import nn

        wanted = set(self.targets)
        found: dict[str, nn.Module] = {}
        unused = set(self.targets)
        for name, layer in module.named_modules():
            ends = {name, *(name[place + 1 :] for place, letter in enumerate(name) if letter == ".")} & wanted
            if not ends:
                continue
            if not (isinstance(layer, nn.Linear) or (isinstance(layer, nn.Conv2d) and layer.groups == 1)):
                raise ValueError(f"{name} is no layer that takes an adapter")
            found[name] = layer
            unused -= ends
        if unused or not found:
            raise ValueError(f"it has no layer {min(unused)[:80]!r}" if unused else "it names no layers")
        return found

    def shapes(self, module: nn.Module) -> Shapes:
        """The tensors that its weights file must hold for a network, by name; errors as :meth:`layers`."""
        expected: dict[str, tuple[int, ...]] = {}
        for name, layer in self.layers(module).items():
            weight: Any = layer.weight
            outputs, *inputs = weight.shape
            ones = [1] * (len(inputs) - 1)
            expected[f"{name}.lora_A.weight"] = (self.rank, *inputs)
            expected[f"{name}.lora_B.weight"] = (outputs, self.rank, *ones)
        return expected


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object from a file of an adapter's folder.

    Raises:
        ModelError: there is none, in one line.
    """
    try:
        return read_object(path)
    except OSError as error:
        raise ModelError(f"{path} cannot be read ({error.strerror}): not an adapter folder?") from error
    except ValueError as error:
        raise ModelError(f"{path} {error}; export the adapter again") from error


def shapes_in(path: Path, prefix: str) -> Shapes:
    """The shapes of the tensors in a safetensors file, from its header alone; ``prefix`` is taken off names.

    Raises:
        ModelError: it cannot be read, or two names are one without the prefix.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt") as file:
            keys = list(file.keys())
            found = {key.removeprefix(prefix): tuple(file.get_slice(key).get_shape()) for key in keys}
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror or error}") from error
    except SafetensorError as error:
        raise ModelError(f"{path} is not a readable safetensors file; export the adapter again") from error
    if len(found) < len(keys):
        raise ModelError(f"{path} holds some weights twice; export the adapter again")
    return found


def _alpha(value: object) -> float:
    good = isinstance(value, int | float) and not isinstance(value, bool)
    try:
        if good and math.isfinite(float(value)):  # type: ignore[arg-type]  # a number, as was just seen
            return value  # type: ignore[return-value]  # left an int where it is one, as peft has it
    except OverflowError:
        pass
    raise ValueError("its lora_alpha must be a number")


def _targets(fields: Mapping[str, Any]) -> tuple[str, ...]:
    names = fields.get("target_modules")
    if isinstance(names, str):
        raise ValueError("its target_modules must be a list of layers; a regular expression is never run")
    if not isinstance(names, list) or not names or not all(isinstance(name, str) and name for name in names):
        raise ValueError("its target_modules must be a list of names of layers")
    return tuple(names)


def _empty(value: object) -> bool:
    return value is None or value is False or (isinstance(value, str | list | dict) and not value)
