"""Which rows of an attention's joint projection are queries, keys and values, in every family of networks."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn


def attentions(module: nn.Module) -> dict[str, Any]:
    """The attentions of an image encoder by name, in order: what holds a ``qkv`` and a ``proj``."""
    return {
        name: layer
        for name, layer in module.named_modules()
        if hasattr(layer, "qkv") and hasattr(layer, "proj")
    }


def by_heads(attention: Any, projected: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Queries, keys and values, (B, L, heads, d) each, of the output (B, L, 3·heads·d) of ``qkv``.

    SAM, SAM 2 and nano sort the rows by query, key and value first, MobileSAM's TinyViT by head first.
    """
    if hasattr(attention, "heads"):
        q, k, v = projected.unflatten(-1, (attention.heads, 3, -1)).unbind(-2)
    else:
        q, k, v = projected.unflatten(-1, (3, attention.num_heads, -1)).unbind(-3)
    return q, k, v


def key_rows(attention: Any) -> Tensor:
    """Numbers of the rows of ``qkv`` that make keys."""
    rows = torch.arange(attention.qkv.out_features)[None, None]
    return by_heads(attention, rows)[1].flatten()
