"""Networks that begin with the weights of a smaller one, and answer as that one until they are trained."""

from __future__ import annotations

import argparse
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import torch
from torch import nn

from engine.errors import ConfigError
from engine.files import parse_object
from engine.models.nano import load_nano
from engine.models.nano_blocks import ConvBlock
from engine.models.nano_net import MixedBlock, NanoArchitecture, NanoNet
from engine.models.weights_file import read_metadata


def changed(text: str) -> tuple[str, Any]:
    """Read ``name=value`` of a field of the architecture, as an option: a number, two (``6,6``), yes, no."""
    name, _, value = text.partition("=")
    defaults = {field.name: field.default for field in fields(NanoArchitecture)}
    try:
        return name, _read(value, defaults[name])
    except (KeyError, ValueError):
        raise argparse.ArgumentTypeError(
            f"NAME=VALUE with a name of {', '.join(defaults)} and a value like its default, not {text!r}"
        ) from None


def _read(value: str, like: Any) -> Any:
    if isinstance(like, bool):
        return {"yes": True, "no": False}[value]
    if isinstance(like, tuple):
        numbers = tuple(int(part) for part in value.split(","))
        if len(numbers) != len(like):
            raise ValueError(value)
        return numbers
    return type(like)(value)


def started_from(path: Path, changes: dict[str, Any] | None = None) -> tuple[NanoNet, dict[str, Any]]:
    """The network of a file of :mod:`training.pretrain.export`, without its smoothing, ready to train.

    Args:
        changes: fields of its architecture that become others; see :func:`grown`.

    Returns:
        The network, and its SHA-256, whatever the file's card says, and how many steps made it.
    """
    stored = load_nano(path, torch.device("cpu"))
    net = grown(stored.module, replace(stored.module.shape, **{"smoothing": 0.0} | (changes or {})))
    card = parse_object(read_metadata(path).get("card", "{}"))
    return net, {"network": f"sha256:{stored.base_sha256}", "steps": card.get("steps", 0)}


def grown(smaller: NanoNet, shape: NanoArchitecture) -> NanoNet:
    """A network of ``shape`` with the weights of ``smaller``; new residual blocks change nothing yet.

    Raises:
        ConfigError: a layer that both have differs in size.
    """
    net = NanoNet(shape)
    own, theirs = net.state_dict(), smaller.state_dict()
    unlike = sorted(key for key, value in theirs.items() if key not in own or own[key].shape != value.shape)
    if unlike:
        raise ConfigError(
            f"--init has other sizes than --shape asks for, first in {unlike[0]}; only depths, stem_blocks, "
            "global_blocks, fine2, reads_masks and rounds can grow"
        )
    for name, module in net.named_modules():
        begun = any(key.startswith(f"{name}.") for key in theirs)
        if isinstance(module, ConvBlock | MixedBlock) and not begun:
            _silence(module)
    net.load_state_dict(theirs, strict=False)
    return net


def _silence(block: nn.Module) -> None:
    """Make a residual block pass on what it gets; all its layers but the last keep their random weights."""
    if isinstance(block, ConvBlock):
        silent: list[nn.Module] = [block.conv2]
    elif isinstance(block, MixedBlock):
        silent = [block.conv, block.block.attn.proj, block.block.mlp.lin2]
    with torch.no_grad():
        for layer in silent:
            for parameter in layer.parameters():
                parameter.zero_()
