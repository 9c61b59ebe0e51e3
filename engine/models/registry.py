"""Every model by name or by weights file, ready to use. Importing this does not import torch."""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from engine.errors import EngineError, ModelError, is_out_of_memory
from engine.messages import message
from engine.models.device import resolve_device
from engine.models.families import ModelSpec, code_of, known_models
from engine.models.precision import resolve_precision
from engine.schema import FAMILIES

if TYPE_CHECKING:
    import torch

    from engine.models.base import Segmenter

ADAPTED_LAYER = "qkv"
"""Name of the attention projections that adapters go on, in every family."""
_MISFITS = (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError)
"""What code that builds a network raises on sizes that no network has."""
MODELS: Mapping[str, ModelSpec] = MappingProxyType({spec.name: spec for spec in known_models()})
"""Every model by name, the bundled one first."""


@dataclass(frozen=True)
class ModelInfo:
    """What ``python -m engine.models info`` tells about a model or a weights file."""

    name: str
    parameters: int
    image_size: int
    mask_size: int
    sha256: str
    licence: str
    adapted_layer: str
    adapted_layers: int
    """How many layers of that name there are."""
    path: str
    present: bool


def load(
    name_or_path: str, device: str = "auto", adapter: str | Path | None = None, precision: str = "auto"
) -> Segmenter:
    """Load a model by registry name, or any weights file of one by path, onto a device.

    Args:
        name_or_path: a key of :data:`MODELS`, or a ``.pth``, ``.pt`` or ``.safetensors`` file whose
            architecture is recognised from the shapes in it.
        device: auto, cpu, cuda, cuda:N or mps.
        adapter: folder of a peft adapter trained on exactly these weights, or of one for each class.
        precision: auto, fp32 or bf16; see :func:`engine.models.precision.resolve_precision`.

    Raises:
        ConfigError: the device does not exist here, or cannot compute in that precision.
        ModelError: no such model, or the file or the adapter is damaged or does not fit.
        WeightsError: the official weights are not fetched yet, or are not the published ones.
    """
    where = resolve_device(device)
    if spec := MODELS.get(name_or_path):
        segmenter = code_of(spec.family).load(spec.weights_file(), where)
    else:
        segmenter = _load_file(_weights_path(name_or_path), where)
    segmenter.precision = resolve_precision(precision, where, proven=is_nano(segmenter))
    if adapter is not None:
        _put_on(segmenter, Path(adapter))
    return segmenter


def _put_on(segmenter: Segmenter, folder: Path) -> None:
    """Put a plain adapter, or those of all classes, onto a segmenter's network."""
    from engine.models.class_adapters import folders_of, load_classes
    from engine.models.lora import load_adapter

    folders = folders_of(folder)
    if folders is None:
        load_adapter(segmenter, folder)
    else:
        load_classes(segmenter, folder, folders)


def describe(name_or_path: str) -> ModelInfo:
    """Tell a model's size, hash and licence; official weights need not be fetched for it.

    Raises:
        ModelError: no such model, or the file is damaged or of no known architecture.
    """
    if spec := MODELS.get(name_or_path):
        return _info(code_of(spec.family).sketch(spec), spec.licence, spec.path)
    return _info(load(name_or_path, "cpu"), "unknown", _weights_path(name_or_path))


def is_nano(segmenter: Segmenter) -> bool:
    """Whether it is an embedded model, whose file also holds its architecture."""
    from engine.models.nano import NanoSegmenter

    return isinstance(segmenter, NanoSegmenter)


def _info(segmenter: Segmenter, licence: str, path: Path) -> ModelInfo:
    module = segmenter.module
    return ModelInfo(
        name=segmenter.name,
        parameters=sum(parameter.numel() for parameter in module.parameters()),
        image_size=segmenter.image_size,
        mask_size=segmenter.mask_size,
        sha256=segmenter.sha256,
        licence=licence,
        adapted_layer=ADAPTED_LAYER,
        adapted_layers=sum(name.endswith(f".{ADAPTED_LAYER}") for name, _ in module.named_modules()),
        path=str(path),
        present=os.path.isfile(path),
    )


def _load_file(path: Path, device: torch.device) -> Segmenter:
    """Load any weights file, its family read off its tensors and its header."""
    from engine.models.weights_file import WeightsFile

    file = WeightsFile(path)
    try:
        for family in FAMILIES:
            if code_of(family).recognises(file):
                return code_of(family).load(file, device)
    except EngineError:
        raise
    except (RuntimeError, *_MISFITS) as error:
        if is_out_of_memory(error):
            raise
        raise ModelError(
            f"{path} does not hold the network that its weights are named after; export it again"
        ) from error
    *most, last = (family.title for family in FAMILIES)
    raise ModelError(
        f"{path} holds no {', '.join(most)} or {last} network: its weights have other names or sizes"
    )


def _weights_path(text: str) -> Path:
    path = Path(text).expanduser()
    if os.path.isfile(path):
        return path
    if os.path.isdir(path):
        raise ModelError(message("model-folder", path=text))
    close = difflib.get_close_matches(text, MODELS, n=1)
    hint = f"did you mean {close[0]}?" if close else f"choose one of {', '.join(MODELS)}, or a weights file"
    raise ModelError(message("model-unknown", name=text, hint=hint))
