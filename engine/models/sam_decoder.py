"""SAM's mask decoder with less work for the same answer.

What every prompt of a tile has in common is computed once: the first layer's keys, values and queries of the
image. Where the image's tokens are a prompt's own, its few tokens are carried to the image's side of a
projection rather than thousands of image tokens to theirs (``q·(W x) = (Wᵀ q)·x``). The transposed
convolutions, whose strides equal their kernels, are products of matrices, and masks that nobody asked for
are not drawn. A processor takes the image's tokens a part at a time, so that what it makes of a part stays in
its caches. The sums are those of Kirillov et al. 2023 (arXiv 2304.02643, A) in another order, so answers
differ by rounding alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

PROMPTS_AT_ONCE = 4
"""More at once gain nothing, and take 4 MB each for the image tokens of SAM."""
PART = 256
"""Image tokens at once on a processor: their finest map takes half a megabyte, which the cache of one core
holds. Other devices take all tokens at once."""
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
        asking: (heads, d, N) queries of the image to the tokens, scaled by 1/√d.
        part: image tokens that are worked on at once.
    """

    keys: Tensor
    pe: Tensor
    asked: Tensor
    told: Tensor
    asking: Tensor
    part: int

    def parts(self) -> Iterator[slice]:
        """All image tokens, a part at a time."""
        for start in range(0, self.keys.shape[1], self.part):
            yield slice(start, start + self.part)


def share(decoder: Any, features: Tensor, pe: Tensor, dense: Tensor) -> Shared:
    """Compute it, of an embedding, positions, and the map of no mask: (1, C, h, w) each."""
    keys, places = _tokens(features + dense), _tokens(pe)
    first = decoder.transformer.layers[0]
    inward, outward = first.cross_attn_token_to_image, first.cross_attn_image_to_token
    placed, heads = (keys + places)[0], inward.num_heads
    asking = _heads(outward.q_proj(placed), heads)
    return Shared(
        keys,
        places,
        _heads(inward.k_proj(placed), heads).transpose(1, 2),
        _heads(inward.v_proj(keys[0]), heads),
        (asking / math.sqrt(asking.shape[2])).transpose(1, 2).contiguous(),
        PART if keys.device.type == "cpu" else keys.shape[1],
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
    side = 4 * math.isqrt(shared.keys.shape[1])
    chosen = range(1, decoder.num_mask_tokens) if multimask else range(1)
    logits = sparse.new_empty(len(sparse), len(chosen), side, side)
    iou = sparse.new_empty(len(sparse), len(chosen))
    for start in range(0, len(sparse), PROMPTS_AT_ONCE):
        rows = slice(start, start + PROMPTS_AT_ONCE)
        tokens, keys = _attend(decoder, shared, sparse[rows], None if masks is None else masks[rows])
        iou[rows] = decoder.iou_prediction_head(tokens[:, 0])[:, chosen.start : chosen.stop]
        kernels = [decoder.output_hypernetworks_mlps[index](tokens[:, 1 + index]) for index in chosen]
        _draw(decoder.output_upscaling, keys, torch.stack(kernels, dim=1), shared.part, logits[rows])
    return logits, iou


def _attend(decoder: Any, shared: Shared, sparse: Tensor, masks: Tensor | None) -> tuple[Tensor, Tensor]:
    """SAM's two-way transformer: tokens (K, T, C) and image tokens (K, N, C) as they end."""
    transformer = decoder.transformer
    output = torch.cat([decoder.iou_token.weight, decoder.mask_tokens.weight])
    prompts = torch.cat([output.expand(len(sparse), -1, -1), sparse], dim=1)
    keys = shared.keys if masks is None else shared.keys + _tokens(masks)
    queries = prompts
    for layer in transformer.layers:
        if layer.skip_first_layer_pe:
            queries = layer.self_attn(q=queries, k=queries, v=queries)
        else:
            q = queries + prompts
            queries = queries + layer.self_attn(q=q, k=q, v=queries)
        queries = layer.norm1(queries)
        inward, first = layer.cross_attn_token_to_image, keys is shared.keys
        q = queries + prompts
        found = _to_shared(inward, q, shared) if first else _to_image(inward, q, keys, shared)
        queries = layer.norm2(queries + found)
        queries = layer.norm3(queries + layer.mlp(queries))
        keys = _told(layer, queries + prompts, queries, keys, shared)
    last = transformer.final_attn_token_to_image
    found = _to_image(last, queries + prompts, keys, shared)
    return transformer.norm_final_attn(queries + found), keys


def _to_shared(attention: Any, q: Tensor, shared: Shared) -> Tensor:
    """(K, T, C) what tokens find in an image that all prompts share."""
    count, length, _ = q.shape
    asking = _flat_heads(attention.q_proj(q), attention.num_heads) / math.sqrt(shared.told.shape[2])
    found = (asking @ shared.asked).softmax(-1) @ shared.told
    result: Tensor = attention.out_proj(_joined(found, count, length))
    return result


def _to_image(attention: Any, q: Tensor, keys: Tensor, shared: Shared) -> Tensor:
    """(K, T, C) what tokens find in image tokens of their own, (K, N, C)."""
    count, length, _ = q.shape
    heads, width = attention.num_heads, attention.internal_dim // attention.num_heads
    if length >= FEW_TOKENS:
        own: Tensor = attention(q=q, k=keys + shared.pe, v=keys)
        return own
    # A key's bias adds the same to all scores of a token, which softmax does not see.
    carried = _carried(attention.q_proj(q), attention.k_proj.weight, heads)
    scores = keys.new_empty(count, heads * length, keys.shape[1])
    room = keys.new_empty(shared.part, keys.shape[2])
    for row in range(count):
        for part in shared.parts():
            placed = _placed(keys[row, part], shared.pe[0, part], room)
            torch.mm(carried[row], placed.T, out=scores[row, :, part])
    seen = (scores.softmax(-1) @ keys).view(count, heads, length, -1).transpose(0, 1).flatten(1, 2)
    values = attention.v_proj.weight.view(heads, width, -1)
    found = seen @ values.transpose(1, 2) + attention.v_proj.bias.view(heads, 1, width)
    result: Tensor = attention.out_proj(_joined(found, count, length))
    return result


def _told(layer: Any, k: Tensor, v: Tensor, keys: Tensor, shared: Shared) -> Tensor:
    """(K, N, C) image tokens and what they find in the tokens (K, T, C), normed.

    ``keys`` are written over if they are the prompts' own: (K, N, C).
    """
    attention, norm = layer.cross_attn_image_to_token, layer.norm4
    first = keys is shared.keys
    scores = _shared_scores(attention, k, shared) if first else _scores(attention, k, keys, shared)
    given = _given(attention, v)
    told = keys.new_empty(len(k), *keys.shape[1:]) if first else keys
    keys = keys.expand_as(told)
    for row in range(len(k)):
        for part in shared.parts():
            # Over the axis in the middle: torch's softmax is slow where so short an axis comes last.
            weights = scores(row, part).softmax(1).flatten(0, 1)
            found = torch.addmm(keys[row, part], weights.T, given[row])
            told[row, part] = functional.layer_norm(found, found.shape[-1:], norm.weight, norm.bias, norm.eps)
    return told


def _shared_scores(attention: Any, k: Tensor, shared: Shared) -> Callable[[int, slice], Tensor]:
    """(heads, T, n) how much a part of an image that all prompts share asks of each token of a prompt."""
    count, length, _ = k.shape
    offered = _flat_heads(attention.k_proj(k), attention.num_heads).unflatten(1, (count, length))

    def scores(row: int, part: slice) -> Tensor:
        return offered[:, row] @ shared.asking[:, :, part]

    return scores


def _scores(attention: Any, k: Tensor, keys: Tensor, shared: Shared) -> Callable[[int, slice], Tensor]:
    """(heads, T, n) the same for images of their own."""
    heads, width = attention.num_heads, attention.internal_dim // attention.num_heads
    offered = attention.k_proj(k)
    bias = (offered * attention.q_proj.bias).unflatten(2, (heads, width)).sum(3) / math.sqrt(width)
    bias = bias.transpose(1, 2).flatten(1).unsqueeze(2)
    carried = _carried(offered, attention.q_proj.weight, heads)
    room = keys.new_empty(shared.part, keys.shape[2])

    def scores(row: int, part: slice) -> Tensor:
        placed = _placed(keys[row, part], shared.pe[0, part], room)
        return torch.addmm(bias[row], carried[row], placed.T).unflatten(0, (heads, -1))

    return scores


def _given(attention: Any, v: Tensor) -> Tensor:
    """(K, heads·T, C) what tokens (K, T, C) add to an image token that looks at them alone, by head."""
    heads, width = attention.num_heads, attention.internal_dim // attention.num_heads
    values = _flat_heads(attention.v_proj(v), heads)
    out = attention.out_proj.weight.view(-1, heads, width).permute(1, 2, 0)
    # A head's weights sum to one, so each head brings its share of the bias.
    given = values @ out + attention.out_proj.bias / heads
    return given.unflatten(1, v.shape[:2]).transpose(0, 1).flatten(1, 2)


def _placed(keys: Tensor, pe: Tensor, room: Tensor) -> Tensor:
    """(n, C) image tokens with their positions, in the memory of ``room``, which has at least n rows.

    Fresh memory costs more than the sum.
    """
    return torch.add(keys, pe, out=room[: len(keys)])


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


def _draw(upscaling: Any, keys: Tensor, kernels: Tensor, part: int, logits: Tensor) -> None:
    """Draw image tokens (K, h·w, C), a part at once, by kernels (K, M, c) into (K, M, 4h, 4w); h equals w."""
    first, norm, _, second, _ = upscaling
    doubling, again = _as_product(first), _as_product(second)
    side = math.isqrt(keys.shape[1])
    height = max(1, part // side)
    for image, masks, drawn in zip(keys.unflatten(1, (side, side)), kernels, logits, strict=True):
        for top in range(0, side, height):
            band = image[top : top + height].flatten(0, 1)
            cells = torch.addmm(doubling[0], band, doubling[1]).view(-1, len(norm.weight))
            cells = functional.layer_norm(cells, cells.shape[-1:], norm.weight, norm.bias, norm.eps)
            cells = torch.addmm(again[0], _gelu(cells), again[1]).view(-1, masks.shape[1])
            # Mask, then row and column of the token, of the four, of their four.
            found = (masks @ _gelu(cells).T).view(len(masks), -1, side, 2, 2, 2, 2)
            target = drawn[:, 4 * top : 4 * (top + height)].view(len(masks), -1, 2, 2, side, 2, 2)
            target.copy_(found.permute(0, 1, 3, 5, 2, 4, 6))


def _gelu(x: Tensor) -> Tensor:
    """GELU of the values, in their own memory: fresh memory costs more than the function."""
    found: Tensor = torch.ops.aten.gelu_(x)
    return found


def _as_product(layer: Any) -> tuple[Tensor, Tensor]:
    """Bias (4·c) and weight (C, 4·c) with which a transposed convolution, kernel and stride 2, is a product.

    A cell of C channels becomes the four cells of its square, row by row, of c channels each.
    """
    return layer.bias.repeat(4), layer.weight.permute(0, 2, 3, 1).flatten(1)
