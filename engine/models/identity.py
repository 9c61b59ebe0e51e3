"""Which network a weights file holds, whatever else the file says: what adapters and embeddings belong to.

The hash of a file changes with its card and with the calibration of its scores. Neither changes what an
encoder sees or what an adapter learned, so both are recorded for the network alone.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor

    from engine.models.base import Segmenter

_NAMED = "sha256:"
"""Scanners for secrets take a bare hash for a key."""
FIRST_NANO = "sha256:ef8ec0e5387d1e36605eb5533e598a54894e6d80a47fafdc7eba446c9a3a9e6f".removeprefix(_NAMED)
"""The network of the first ``nano``, with which the recipe of the bundled one begins."""
_FIRST_FILE = "sha256:502bff7b073c4cf9f75c7f6c07695214b121cd9cad884e5830b0ca19ad2b8acd".removeprefix(_NAMED)
FORMER: Mapping[str, str] = MappingProxyType({_FIRST_FILE: FIRST_NANO})
"""Hashes of bundled files, which adapters recorded before networks had their own, and the network in each."""


def network_hash(tensors: Mapping[str, Tensor], differs: Mapping[str, Any]) -> str:
    """SHA-256 of a network, in hexadecimal, whatever order its file keeps the tensors in.

    Args:
        tensors: as the file holds them, on the processor.
        differs: the sizes and options that are not those of every file before they existed, as JSON types.
    """
    import torch

    digest = hashlib.sha256(json.dumps(differs, sort_keys=True).encode())
    for name in sorted(tensors):
        tensor = tensors[name]
        digest.update(f"\n{name} {tensor.dtype} {list(tensor.shape)}\n".encode())
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def made_for(recorded: str, model: Segmenter) -> bool:
    """Whether the weights that an adapter's card names are a model's, by the network's hash or the file's."""
    return model.base_sha256 in (recorded, FORMER.get(recorded)) or recorded == model.sha256
