"""SAM ViT-B as segment-anything runs it, beside the same weights run by this project."""

from __future__ import annotations

import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from benchmarks.machine import facts
from benchmarks.models import medians_ms
from benchmarks.table import Table, rounded
from engine.models.base import Embedding, PromptBatch
from engine.models.imports import segment_anything
from engine.models.precision import HALF, SINGLE, computes_bf16
from engine.models.sam import PIXEL_CENTRE, VIT_B, SamArchitecture, SamSegmenter, build_sam

TITLE = "Against stock segment-anything"
ABOUT = (
    "SAM ViT-B by segment-anything's own code, called as its SamPredictor does, and by this project: the "
    "same random weights, tile and clicks, in turns. `encode` embeds a tile; `click` gives the three masks "
    "of one click, `batch` those of 32 clicks asked together, its times are those of a prompt; all end with "
    "logits. `first click` also computes what the clicks on a tile share. Medians of processor time. `ratio` "
    "is stock's time over ours; `difference` is the greatest one between both answers, in standard "
    "deviations of stock's."
)
SEED, BATCH, TARGET = 5, 32, 3.0
TARGETED = ("click", "batch")


def add_options(parser: ArgumentParser) -> None:
    group = parser.add_argument_group("stock")
    group.add_argument("--stock-encodes", type=int, default=3, help="tiles timed (default: 3)")
    group.add_argument("--stock-clicks", type=int, default=15, help="clicks timed (default: 15)")
    group.add_argument("--stock-batches", type=int, default=5, help="batches timed (default: 5)")
    group.add_argument("--stock-prompts", type=int, default=BATCH, help=f"of a batch (default: {BATCH})")


def run(options: Namespace) -> Table:
    """Time each piece of work by both codes, one after the other in turns."""
    machine = facts(options.threads)
    pair = Pair(VIT_B, options.stock_prompts)
    rows = [
        _row("encode", pair.stock_encode, pair.encode, options.stock_encodes),
        _row("first click", pair.stock_click, pair.first_click, options.stock_clicks),
        _row("click", pair.stock_click, pair.click, options.stock_clicks),
        _row("batch", pair.stock_batch, pair.batch, options.stock_batches, options.stock_prompts),
    ]
    if computes_bf16(torch.device("cpu")):
        rows.insert(1, _row(f"encode, {HALF}", pair.stock_encode, pair.encode_half, options.stock_encodes))
    settings = {
        "encodes": options.stock_encodes,
        "clicks": options.stock_clicks,
        "batches": options.stock_batches,
        "prompts": options.stock_prompts,
    }
    return Table("stock", TITLE, ABOUT, rows, _notes(rows), settings, machine)


class Pair:
    """One network in both codes, with a tile, its embedding and clicks on it."""

    def __init__(self, size: SamArchitecture, prompts: int) -> None:
        torch.manual_seed(SEED)
        self.ours = SamSegmenter(build_sam(size), size.name, "none", torch.device("cpu"))
        self.stock = _stock(size, self.ours.module.state_dict())
        rng = np.random.default_rng(SEED)
        self._image = rng.integers(0, 256, (size.image_size, size.image_size, 3), dtype=np.uint8)
        self._embedding = self.ours.encode(self._image)
        coords = torch.from_numpy(rng.uniform(0, size.image_size, (prompts, 1, 2)).astype(np.float32))
        self._many = PromptBatch(coords, torch.ones(prompts, 1, dtype=torch.int64))
        self._one = self._many.rows(torch.tensor([0]))

    def encode(self) -> Tensor:
        return self._encode(SINGLE)

    def encode_half(self) -> Tensor:
        return self._encode(HALF)

    def first_click(self) -> Tensor:
        unknown = Embedding(self._embedding.features[:])
        return self.ours.decode(unknown, self._one, True).logits

    def click(self) -> Tensor:
        return self.ours.decode(self._embedding, self._one, True).logits

    def batch(self) -> Tensor:
        return self.ours.decode(self._embedding, self._many, True).logits

    def stock_encode(self) -> Tensor:
        with torch.no_grad():
            pixels = torch.from_numpy(self._image).permute(2, 0, 1).contiguous()[None]
            embedding: Tensor = self.stock.image_encoder(self.stock.preprocess(pixels))
        return embedding

    def stock_click(self) -> Tensor:
        return self._stock_decode(self._one)

    def stock_batch(self) -> Tensor:
        return self._stock_decode(self._many)

    def _encode(self, precision: str) -> Tensor:
        self.ours.precision = precision
        return self.ours.encode(self._image).features

    def _stock_decode(self, prompts: PromptBatch) -> Tensor:
        """SamPredictor.predict_torch, up to the logits."""
        with torch.no_grad():
            sparse, dense = self.stock.prompt_encoder(
                points=(prompts.coords - PIXEL_CENTRE, prompts.labels), boxes=None, masks=None
            )
            logits: Tensor
            logits, _ = self.stock.mask_decoder(
                image_embeddings=self._embedding.features,
                image_pe=self.stock.prompt_encoder.get_dense_pe(),
                sparse_prompt_embeddings=sparse,
                dense_prompt_embeddings=dense,
                multimask_output=True,
            )
        return logits


def _stock(size: SamArchitecture, weights: Mapping[str, Tensor]) -> Any:
    """What ``sam_model_registry`` builds, for any encoder on tiles of 1024 pixels."""
    sam = segment_anything("build_sam")._build_sam(
        encoder_embed_dim=size.embed_dim,
        encoder_depth=size.depth,
        encoder_num_heads=size.num_heads,
        encoder_global_attn_indexes=size.global_blocks,
    )
    sam.load_state_dict(weights)
    return sam.eval()


def _row(
    work: str, stock: Callable[[], Tensor], ours: Callable[[], Tensor], rounds: int, prompts: int = 1
) -> dict[str, Any]:
    theirs = stock()
    difference = float((ours() - theirs).abs().max() / theirs.std())
    slow, fast = medians_ms([stock, ours], [rounds, rounds], time.process_time)
    return {
        "work": work,
        "stock ms": rounded(slow / prompts),
        "ours ms": rounded(fast / prompts),
        "ratio": rounded(slow / fast),
        "difference": float(f"{difference:.1e}"),
    }


def _notes(rows: list[dict[str, Any]]) -> list[str]:
    told = ", ".join(f"{row['work']} {row['ratio']:g}" for row in rows if row["work"] in TARGETED)
    return [f"Target: at least {TARGET:g} times as fast in a click and in a batch: {told}."]
