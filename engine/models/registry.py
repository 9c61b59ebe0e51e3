"""Every model by name or by checkpoint, ready to use. Importing this does not import torch."""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from engine.errors import ModelError
from engine.models import weights
from engine.models.device import resolve_device
from engine.models.weights import RemoteFile

if TYPE_CHECKING:
    import torch

    from engine.models.base import Segmenter

NANO_FILE = Path(__file__).with_name("nano.safetensors")
ADAPTED_LAYER = "qkv"
"""Name of the attention projections that adapters go on, in every family."""


@dataclass(frozen=True)
class ModelSpec:
    """A model that can be asked for by name."""

    name: str
    family: Literal["nano", "sam", "sam2"]
    licence: str
    remote: RemoteFile | None = None
    """The official weights; None for the model that ships with this package."""
    image_size: int | None = None
    """Side of its tile in pixels; None where only the file says it."""

    @property
    def path(self) -> Path:
        """Where its weights lie, or would lie once fetched."""
        return NANO_FILE if self.remote is None else self.remote.path

    @property
    def present(self) -> bool:
        """Whether a file is there; it may still turn out damaged."""
        return os.path.isfile(self.path)


@dataclass(frozen=True)
class ModelInfo:
    """What ``python -m engine.models info`` tells about a model or a checkpoint."""

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


def _sam(name: str, file: str, digest: str) -> ModelSpec:
    remote = RemoteFile(f"segment_anything/{file}", digest.removeprefix(SHA256))
    return ModelSpec(name, "sam", "Apache-2.0", remote, 1024)


def _sam2(name: str, file: str, digest: str, size: int | None = None) -> ModelSpec:
    remote = RemoteFile(f"segment_anything_2/092824/{file}", digest.removeprefix(SHA256), size)
    return ModelSpec(name, "sam2", "Apache-2.0", remote, 1024)


SHA256 = "sha256:"
"""Says what the digits after it are, to readers and to scanners that look for keys."""
_SPECS = (
    ModelSpec("nano", "nano", "GPL-3.0-or-later"),
    _sam(
        "sam_vit_b",
        "sam_vit_b_01ec64.pth",
        "sha256:ec2df62732614e57411cdcf32a23ffdf28910380d03139ee0f4fcbe91eb8c912",
    ),
    _sam(
        "sam_vit_l",
        "sam_vit_l_0b3195.pth",
        "sha256:3adcc4315b642a4d2101128f611684e8734c41232a17c648ed1693702a49a622",
    ),
    _sam(
        "sam_vit_h",
        "sam_vit_h_4b8939.pth",
        "sha256:a7bf3b02f3ebf1267aba913ff637d9a2d5c33d3173bb679e46d9f338c26f262e",
    ),
    _sam2(
        "sam2.1_hiera_t",
        "sam2.1_hiera_tiny.pt",
        "sha256:7402e0d864fa82708a20fbd15bc84245c2f26dff0eb43a4b5b93452deb34be69",
        156_008_466,
    ),
    _sam2(
        "sam2.1_hiera_s",
        "sam2.1_hiera_small.pt",
        "sha256:6d1aa6f30de5c92224f8172114de081d104bbd23dd9dc5c58996f0cad5dc4d38",
        184_416_285,
    ),
    _sam2(
        "sam2.1_hiera_b+",
        "sam2.1_hiera_base_plus.pt",
        "sha256:a2345aede8715ab1d5d31b4a509fb160c5a4af1970f199d9054ccfb746c004c5",
    ),
    _sam2(
        "sam2.1_hiera_l",
        "sam2.1_hiera_large.pt",
        "sha256:2647878d5dfa5098f2f8649825738a9345572bae2d4350a2468587ece47dd318",
        898_083_611,
    ),
)
MODELS: Mapping[str, ModelSpec] = MappingProxyType({spec.name: spec for spec in _SPECS})
"""Every model by name, the bundled one first."""


def load(name_or_path: str, device: str = "auto", adapter: str | Path | None = None) -> Segmenter:
    """Load a model by registry name, or any checkpoint of one by path, onto a device.

    Args:
        name_or_path: a key of :data:`MODELS`, or a ``.pth``, ``.pt`` or ``.safetensors`` file whose
            architecture is recognised from the shapes in it.
        device: auto, cpu, cuda, cuda:N or mps.
        adapter: folder of a peft adapter trained on exactly these weights.

    Raises:
        ConfigError: the device does not exist here.
        ModelError: no such model, or the file or the adapter is damaged or does not fit.
        WeightsError: the official weights are not fetched yet, or are not the published ones.
    """
    where = resolve_device(device)
    if name_or_path in MODELS:
        segmenter = _load_named(MODELS[name_or_path], where)
    else:
        path = _checkpoint_path(name_or_path)
        segmenter = _load_file(path, weights.file_sha256(path), where)
    if adapter is not None:
        from engine.models.lora import load_adapter

        load_adapter(segmenter, Path(adapter))
    return segmenter


def describe(name_or_path: str) -> ModelInfo:
    """Tell a model's size, hash and licence; official weights need not be fetched for it.

    Raises:
        ModelError: no such model, or the file is damaged or of no known architecture.
    """
    spec = MODELS.get(name_or_path)
    if spec is None or spec.remote is None:
        path = spec.path if spec else _checkpoint_path(name_or_path)
        return _info(load(name_or_path, "cpu"), spec.licence if spec else "unknown", path)
    return _info(_sketch(spec), spec.licence, spec.path)


def _sketch(spec: ModelSpec) -> Segmenter:
    from engine.models.sam import sketch_sam
    from engine.models.sam2 import sketch_sam2

    if spec.remote is None:
        raise ModelError(f"{spec.name} has no official weights to sketch")
    sketch = sketch_sam if spec.family == "sam" else sketch_sam2
    return sketch(spec.name, spec.remote.sha256)


def is_nano(segmenter: Segmenter) -> bool:
    """Whether it is an embedded model, whose file also holds its architecture."""
    from engine.models.nano import NanoSegmenter

    return isinstance(segmenter, NanoSegmenter)


def _info(segmenter: Segmenter, licence: str, path: Path) -> ModelInfo:
    from engine.models.lora import module_of

    module = module_of(segmenter)
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


def _load_named(spec: ModelSpec, device: torch.device) -> Segmenter:
    if spec.remote is None:
        from engine.models.nano import load_nano

        return load_nano(None, device)
    return _load_file(weights.locate(spec.remote, spec.name), spec.remote.sha256, device)


def _load_file(path: Path, sha256: str, device: torch.device) -> Segmenter:
    """Load any checkpoint, its architecture read off its tensors."""
    from engine.models import checkpoint, sam, sam2

    state = checkpoint.read_state(path)
    if architecture := sam.SamArchitecture.of(state):
        return sam.load_sam(architecture, state, sha256, device)
    if name := sam2.name_of(state):
        return sam2.load_sam2(name, state, sha256, device)
    if checkpoint.is_safetensors(path):
        from engine.models.nano import load_nano

        return load_nano(path, device)
    raise ModelError(f"{path} holds no SAM, SAM 2.1 or nano network: its weights have other names or sizes")


def _checkpoint_path(text: str) -> Path:
    path = Path(text).expanduser()
    if path.is_file():
        return path
    if path.is_dir():
        raise ModelError(f"{text} is a folder; give a checkpoint file, or an adapter folder as --adapter")
    close = difflib.get_close_matches(text, MODELS, n=1)
    hint = (
        f"did you mean {close[0]}?" if close else f"choose one of {', '.join(MODELS)}, or a checkpoint file"
    )
    raise ModelError(f"no model or file is called '{text}': {hint}")
