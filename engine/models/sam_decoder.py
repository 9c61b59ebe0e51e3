"""SAM's mask decoder with less work for the same answer.

What every prompt of a tile has in common is computed once: the first layer's keys, values and queries of the
image. Where the image's tokens are a prompt's own, its few tokens are carried to the image's side of a
projection rather than thousands of image tokens to theirs (``q·(W x) = (Wᵀ q)·x``). The transposed
convolutions, whose strides equal their kernels, are products of matrices, and masks that nobody asked for
are not drawn. The sums are those of Kirillov et al. 2023 (arXiv 2304.02643, A) in another order, so answers
differ by rounding alone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

PROMPTS_AT_ONCE = 4
"""More at once are slower: what is computed for them no longer fits into a processor's caches."""
FEW_TOKENS = 16
"""From this number of tokens on, carrying them over costs more than it saves (256 channels, 8 heads)."""


def fits(decoder: Any) -> bool:
    """Whether every layer is as SAM's own is: an adapter, say, may have put itself around one."""
    attentions = [decoder.transformer.final_attn_token_to_image]
    for layer in decoder.transformer.layers:
        attentions += [layer.cross_attn_token_to_image, layer.cross_attn_image_to_token]
    names = ("q_proj", "k_proj", "v_proj", "out_proj")
    layers = [getattr(attention, name) for attention in attentions for name in names]
    first, norm, _, second, _ = decoder.output_upscaling
    plain = all(type(layer) is nn.Linear for layer in layers)
    return plain and type(first) is type(second) is nn.ConvTranspose2d and hasattr(norm, "eps")


@dataclass(frozen=True)
class Shared:
    """What all prompts of a tile have in common, as long as none of them brings a mask.

    Attributes:
        keys: (1, N, C) tokens of the image.
        pe: (1, N, C) their positions.
        asked: (heads, d, N) keys that the first layer's tokens meet.
        told: (heads, N, d) values that they find there.
        asking: (heads, N, d) queries of the image to the tokens.
    """

    keys: Tensor
    pe: Tensor
    asked: Tensor
    told: Tensor
    asking: Tensor


def share(decoder: Any, features: Tensor, pe: Tensor, dense: Tensor) -> Shared:
    """Compute it, of an embedding, positions, and the map of no mask: (1, C, h, w) each."""
    keys, places = _tokens(features + dense), _tokens(pe)
    first = decoder.transformer.layers[0]
    inward, outward = first.cross_attn_token_to_image, first.cross_attn_image_to_token
    placed, heads = (keys + places)[0], inward.num_heads
    return Shared(
        keys,
        places,
        _heads(inward.k_proj(placed), heads).transpose(1, 2),
        _heads(inward.v_proj(keys[0]), heads),
        _heads(outward.q_proj(placed), heads),
    )


def decode(
    decoder: Any, shared: Shared, sparse: Tensor, masks: Tensor | None, multimask: bool
) -> tuple[Tensor, Tensor]:
    """Answer K prompts on one tile.

    Args:
        decoder: a ``segment_anything`` MaskDecoder that :func:`fits`.
        sparse: (K, T, C) tokens of the prompts.
        masks: (K, C, h, w) what their masks add to the map of no mask; None if none of them has one.
        multimask: three masks each, else one.

    Returns:
        Logits (K, M, 4h, 4w) and predicted IoU (K, M).
    """
    starts = range(0, len(sparse), PROMPTS_AT_ONCE)
    parts = [
        _decode(
            decoder,
            shared,
            sparse[start : start + PROMPTS_AT_ONCE],
            None if masks is None else masks[start : start + PROMPTS_AT_ONCE],
            multimask,
        )
        for start in starts
    ]
    return torch.cat([logits for logits, _ in parts]), torch.cat([iou for _, iou in parts])


def _decode(
    decoder: Any, shared: Shared, sparse: Tensor, masks: Tensor | None, multimask: bool
) -> tuple[Tensor, Tensor]:
    output = torch.cat([decoder.iou_token.weight, decoder.mask_tokens.weight])
    tokens = torch.cat([output.expand(len(sparse), -1, -1), sparse], dim=1)
    keys = shared.keys if masks is None else shared.keys + _tokens(masks)
    tokens, keys = _attend(decoder.transformer, tokens, keys, shared)
    chosen = range(1, decoder.num_mask_tokens) if multimask else range(1)
    kernels = torch.stack(
        [decoder.output_hypernetworks_mlps[index](tokens[:, 1 + index]) for index in chosen], dim=1
    )
    logits = _draw(decoder.output_upscaling, keys, kernels)
    iou = decoder.iou_prediction_head(tokens[:, 0])[:, chosen.start : chosen.stop]
    return logits, iou


def _attend(transformer: Any, prompts: Tensor, keys: Tensor, shared: Shared) -> tuple[Tensor, Tensor]:
    """SAM's two-way transformer over tokens (K, T, C) and image tokens (1 or K, N, C); both as they end."""
    queries = prompts
    for layer in transformer.layers:
        if layer.skip_first_layer_pe:
            queries = layer.self_attn(q=queries, k=queries, v=queries)
        else:
            q = queries + prompts
            queries = queries + layer.self_attn(q=q, k=q, v=queries)
        queries = layer.norm1(queries)
        inward, outward = layer.cross_attn_token_to_image, layer.cross_attn_image_to_token
        if keys is shared.keys:
            queries = layer.norm2(queries + _to_shared(inward, queries + prompts, shared))
            queries = layer.norm3(queries + layer.mlp(queries))
            scores = _shared_scores(outward, queries + prompts, shared)
        else:
            placed = keys + shared.pe
            queries = layer.norm2(queries + _to_image(inward, queries + prompts, placed, keys))
            queries = layer.norm3(queries + layer.mlp(queries))
            scores = _scores(outward, queries + prompts, placed)
        keys = layer.norm4(_told(outward, scores, queries, keys))
    last = transformer.final_attn_token_to_image
    found = _to_image(last, queries + prompts, keys + shared.pe, keys)
    return transformer.norm_final_attn(queries + found), keys


def _to_shared(attention: Any, q: Tensor, shared: Shared) -> Tensor:
    """(K, T, C) what tokens find in an image that all prompts share."""
    count, length, _ = q.shape
    asking = _flat_heads(attention.q_proj(q), attention.num_heads) / math.sqrt(shared.told.shape[2])
    found = (asking @ shared.asked).softmax(-1) @ shared.told
    result: Tensor = attention.out_proj(_joined(found, count, length))
    return result


def _to_image(attention: Any, q: Tensor, placed: Tensor, keys: Tensor) -> Tensor:
    """(K, T, C) what tokens find in an image of their own; ``placed`` are its keys with their positions."""
    count, length, _ = q.shape
    heads, width = attention.num_heads, attention.internal_dim // attention.num_heads
    if length >= FEW_TOKENS:
        own: Tensor = attention(q=q, k=placed, v=keys)
        return own
    # A key's bias adds the same to all scores of a token, which softmax does not see.
    carried = _carried(attention.q_proj(q), attention.k_proj.weight, heads)
    weights = (carried @ placed.transpose(1, 2)).softmax(-1)
    seen = (weights @ keys).view(count, heads, length, -1).transpose(0, 1).flatten(1, 2)
    values = attention.v_proj.weight.view(heads, width, -1)
    found = seen @ values.transpose(1, 2) + attention.v_proj.bias.view(heads, 1, width)
    result: Tensor = attention.out_proj(_joined(found, count, length))
    return result


def _shared_scores(attention: Any, k: Tensor, shared: Shared) -> Tensor:
    """(K, N, heads, T) how much each cell of an image that all prompts share asks of each token."""
    count, length, _ = k.shape
    offered = _flat_heads(attention.k_proj(k), attention.num_heads) / math.sqrt(shared.asking.shape[2])
    scores = shared.asking @ offered.transpose(1, 2)
    return scores.unflatten(2, (count, length)).permute(2, 1, 0, 3)


def _scores(attention: Any, k: Tensor, placed: Tensor) -> Tensor:
    """(K, N, heads, T) the same for images of their own."""
    count, length, _ = k.shape
    heads, width = attention.num_heads, attention.internal_dim // attention.num_heads
    offered = attention.k_proj(k)
    bias = (offered * attention.q_proj.bias).unflatten(2, (heads, width)).sum(3) / math.sqrt(width)
    carried = _carried(offered, attention.q_proj.weight, heads).transpose(1, 2)
    scores = torch.baddbmm(bias.transpose(1, 2).reshape(count, 1, heads * length), placed, carried)
    return scores.unflatten(2, (heads, length))


def _told(attention: Any, scores: Tensor, v: Tensor, keys: Tensor) -> Tensor:
    """(K, N, C) ``keys`` and what each of them finds in the tokens ``v`` by its scores."""
    heads, width = attention.num_heads, attention.internal_dim // attention.num_heads
    values = _flat_heads(attention.v_proj(v), heads)
    out = attention.out_proj.weight.view(-1, heads, width).permute(1, 2, 0)
    given = (values @ out).unflatten(1, v.shape[:2]).transpose(0, 1).flatten(1, 2)
    base = (keys + attention.out_proj.bias).expand(len(v), -1, -1)
    return torch.baddbmm(base, scores.softmax(-1).flatten(2), given)


def _carried(tokens: Tensor, weight: Tensor, heads: int) -> Tensor:
    """(K, heads·T, C) projected tokens (K, T, heads·d) on the other side of a projection, scaled by √d."""
    count, length, inner = tokens.shape
    width = inner // heads
    carried = (_flat_heads(tokens, heads) / math.sqrt(width)) @ weight.view(heads, width, -1)
    return carried.unflatten(1, (count, length)).transpose(0, 1).flatten(1, 2)


def _tokens(maps: Tensor) -> Tensor:
    """(B, h·w, C) of maps (B, C, h, w)."""
    return maps.flatten(2).transpose(1, 2).contiguous()


def _heads(x: Tensor, heads: int) -> Tensor:
    """(heads, N, d) of tokens (N, heads·d)."""
    return x.unflatten(1, (heads, -1)).transpose(0, 1).contiguous()


def _flat_heads(x: Tensor, heads: int) -> Tensor:
    """(heads, K·T, d) of tokens (K, T, heads·d)."""
    return _heads(x.flatten(0, 1), heads)


def _joined(found: Tensor, count: int, length: int) -> Tensor:
    """(K, T, heads·d) of (heads, K·T, d)."""
    return found.transpose(0, 1).flatten(1).view(count, length, -1)


def _draw(upscaling: Any, keys: Tensor, kernels: Tensor) -> Tensor:
    """(K, M, 4h, 4w) logits of image tokens (K, h·w, C) by the masks' kernels (K, M, c); h equals w."""
    first, norm, _, second, _ = upscaling
    side = math.isqrt(keys.shape[1])
    doubled = _spread(first, keys)
    doubled = functional.layer_norm(doubled, doubled.shape[-1:], norm.weight, norm.bias, norm.eps)
    fine = functional.gelu(_spread(second, functional.gelu(doubled)))
    masks = fine.flatten(1, 3) @ kernels.transpose(1, 2)
    # Token, then row and column of the four, then of their four.
    parts = masks.view(len(keys), side, side, 2, 2, 2, 2, -1).permute(0, 7, 1, 3, 5, 2, 4, 6)
    return parts.reshape(len(keys), -1, 4 * side, 4 * side)


def _spread(layer: Any, x: Tensor) -> Tensor:
    """(..., 4, c) what a transposed convolution with kernel and stride 2 makes of each cell (..., C)."""
    flat = x.flatten(0, -2)
    weight = layer.weight.permute(0, 2, 3, 1).flatten(1)
    spread = torch.addmm(layer.bias.repeat(4), flat, weight)
    return spread.view(*x.shape[:-1], 4, -1)
