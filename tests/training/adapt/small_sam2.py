"""A SAM 2.1 with a Hiera of six thin blocks in four stages, with pooled queries as in the published ones."""

from __future__ import annotations

import torch

from engine.models.sam2 import Sam2Segmenter, build_sam2
from tests.engine.model_helpers import CPU

SMALL_HIERA = (
    "model.image_size=256",
    "model.image_encoder.trunk.embed_dim=16",
    "model.image_encoder.trunk.stages=[1,2,2,1]",
    "model.image_encoder.trunk.global_att_blocks=[4]",
    "model.image_encoder.neck.backbone_channel_list=[128,64,32,16]",
)


def hiera_segmenter(seed: int = 0) -> Sam2Segmenter:
    torch.manual_seed(seed)
    return Sam2Segmenter(build_sam2("sam2.1_hiera_t", SMALL_HIERA), "sam2.1_hiera_t", "0" * 64, CPU)
