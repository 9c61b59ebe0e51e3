"""Weights on disk: read without ever running code from the file, fitted to a network, written."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save
from torch import Tensor, nn

from engine.errors import ModelError
from engine.files import parse_object
from engine.models.weights import file_sha256

CARD = "card"
"""Name of the note in a file's header that holds the model's card as JSON."""
_MERGED = "merged"
_DAMAGE = (RuntimeError, ValueError, EOFError, KeyError, IndexError, AttributeError, struct.error)
"""What torch.load raises on files that are cut short, garbled, or none of torch at all."""


# The class that torch itself knows: importing the module that runs code from files is not needed here.
_REFUSED = torch.serialization.pickle.UnpicklingError  # type: ignore[attr-defined]


class WeightsFile:
    """A file of weights, read as far as somebody asks."""

    def __init__(self, path: Path, sha256: str | None = None) -> None:
        """``sha256`` of the file, in hexadecimal, spares hashing it where it is known."""
        self.path = path
        self._sha256 = sha256

    @cached_property
    def sha256(self) -> str:
        """Hash of the file; WeightsError if it cannot be read."""
        return self._sha256 or file_sha256(self.path)

    @cached_property
    def state(self) -> dict[str, Tensor]:
        """See :func:`read_state`."""
        return read_state(self.path)

    @cached_property
    def notes(self) -> dict[str, str]:
        """See :func:`read_metadata`."""
        return read_metadata(self.path)

    @property
    def merged(self) -> bool:
        """Whether an adapter was merged into its weights."""
        return holds_merged(self.notes)


def read_state(path: Path) -> dict[str, Tensor]:
    """Read the tensors of a ``.safetensors`` file or a torch file (bare, or under ``model``).

    Raises:
        ModelError: the file is missing, unreadable, damaged, holds code, or holds something else.
    """
    try:
        content = _read_safetensors(path) if is_safetensors(path) else read_torch(path)
    except OSError as error:
        raise ModelError(f"weights file {path} cannot be read: {error.strerror or error}") from error
    if isinstance(content, Mapping) and isinstance(content.get("model"), Mapping):
        content = content["model"]
    if not isinstance(content, Mapping) or not _is_state(content):
        raise ModelError(f"{path} holds no network weights (a mapping of names to tensors is needed)")
    if not all(_is_stored(tensor) for tensor in content.values()):
        raise ModelError(f"{path} holds weights that are not there in full; export the weights file again")
    return dict(content)


def merged_card(card: Mapping[str, Any]) -> dict[str, Any]:
    """The card of a weights file that the adapter with that card was merged into."""
    return {_MERGED: dict(card)}


def holds_merged(notes: Mapping[str, str]) -> bool:
    """Whether the notes in a weights file's header hold the card of an adapter that was merged into it."""
    try:
        return _MERGED in parse_object(notes.get(CARD, "{}"))
    except ValueError:
        return False  # Somebody else's note.


def is_safetensors(path: Path) -> bool:
    """True if the file goes by the name of one; its content is checked when it is read."""
    return path.suffix.lower() == ".safetensors"


def read_metadata(path: Path) -> dict[str, str]:
    """The text notes in a ``.safetensors`` file's header; empty for any other file.

    Raises:
        ModelError: the file is damaged.
    """
    if not is_safetensors(path):
        return {}
    try:
        with safe_open(path, framework="pt") as file:
            return dict(file.metadata() or {})
    except (SafetensorError, OSError) as error:
        raise ModelError(f"{path} is not a readable safetensors file; fetch or export it again") from error


def fit(module: nn.Module, state: Mapping[str, Tensor], name: str, assign: bool = False) -> None:
    """Load every weight of ``state`` into ``module``, in place; none may be missing or left over.

    Args:
        assign: take the tensors themselves instead of copying them (for a module without storage).

    Raises:
        ModelError: names or shapes differ.
    """
    floats = {key: value.float() if value.is_floating_point() else value for key, value in state.items()}
    try:
        missing, unexpected = module.load_state_dict(floats, strict=False, assign=assign)
    except RuntimeError as error:
        raise ModelError(
            f"the weights file does not fit {name}: the shape of some weights differs"
        ) from error
    if missing or unexpected:
        first = (missing or unexpected)[0]
        raise ModelError(
            f"the weights file does not fit {name}: {len(missing)} weights missing, "
            f"{len(unexpected)} unknown (the first is {first})"
        )


def _read_safetensors(path: Path) -> object:
    try:
        return load_file(path)
    except SafetensorError as error:
        raise ModelError(f"{path} is not a readable safetensors file; fetch or export it again") from error


def read_torch(path: Path) -> object:
    """What a torch file holds, without running any code in it; ModelError if it is damaged."""
    _check_unpacked(path)
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except _REFUSED as error:
        raise ModelError(
            f"{path} is no plain weights file: it is damaged, or holds code, which is never run; "
            "use the original weights file or a .safetensors file"
        ) from error
    except _DAMAGE as error:
        raise ModelError(f"{path} is damaged or no torch file; fetch or export it again") from error


def _check_unpacked(path: Path) -> None:
    """Refuse an archive that unpacks to more than it is: torch never compresses, but would unpack it."""
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(item.file_size for item in archive.infolist())
    except (zipfile.BadZipFile, NotImplementedError, *_DAMAGE):
        return  # An old torch file is no archive; what else it may be, torch says.
    if unpacked > path.stat().st_size:
        raise ModelError(f"{path} is a compressed archive, which no torch file is; use the original")


def _is_stored(tensor: Tensor) -> bool:
    """Whether every number of a tensor lies in the file: one number can be made to look like billions."""
    if tensor.layout is not torch.strided or tensor.device.type != "cpu" or tensor.is_quantized:
        return False
    return tensor.numel() * tensor.element_size() <= tensor.untyped_storage().nbytes()


def _is_state(content: Mapping[object, object]) -> bool:
    named = (isinstance(key, str) and isinstance(value, Tensor) for key, value in content.items())
    return len(content) > 0 and all(named)


def write_state(path: Path, state: Mapping[str, Tensor], notes: Mapping[str, str]) -> None:
    """Write weights as safetensors, with ``notes`` in the header.

    Whoever may read other new files of the folder may read this one; ``safetensors.torch.save_file`` would
    keep it from everybody but its owner.

    Raises:
        OSError: the disk refuses.
    """
    tensors = {key: value.detach().cpu().contiguous() for key, value in state.items()}
    path.write_bytes(save(tensors, metadata=dict(notes)))
