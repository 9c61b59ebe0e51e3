"""Procedural, aerial-like scenes with exact instance masks, to train and test promptable segmentation on."""

from training.scenes.recipes import DOMAINS, generate
from training.scenes.scene import Scene

__all__ = ["DOMAINS", "Scene", "generate"]
