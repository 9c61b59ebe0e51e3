"""Turn a checkpoint of the pre-training into the file that ships: ``python -m training.export``.

The averaged weights go to fp16 safetensors with the architecture and a card in the metadata; the same card
is written beside it as ``nano.card.json``.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import torch

from engine.models.nano import BUNDLED, save_nano
from engine.models.nano_net import NanoArchitecture, NanoNet
from engine.report import Parser


def export(checkpoint: Path, out: Path, card: dict[str, Any]) -> str:
    """Write the averaged weights of ``checkpoint`` to ``out`` and the card beside it.

    Returns:
        The SHA-256 of the weights file, which the card beside it states too.
    """
    state = torch.load(checkpoint, weights_only=True, map_location="cpu")
    net = NanoNet(NanoArchitecture(**state["architecture"]))
    net.load_state_dict(state["average"])
    card = card | {"steps": state["step"], "parameters": sum(p.numel() for p in net.parameters())}
    save_nano(net, state["average"], out, card)
    digest = hashlib.sha256(out.read_bytes()).hexdigest()
    stated = json.dumps(card | {"sha256": digest}, indent=2)
    out.with_suffix(".card.json").write_text(stated + "\n", encoding="utf-8")
    return digest


def main(argv: list[str] | None = None) -> int:
    parser = Parser(prog="python -m training.export", description=__doc__.splitlines()[0])
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--card", type=Path, help="JSON with what the card says besides steps and hash")
    parser.add_argument("--out", type=Path, default=BUNDLED)
    options = parser.parse_args(argv)
    card = {} if options.card is None else json.loads(options.card.read_text())
    digest = export(options.checkpoint, options.out, card)
    size = options.out.stat().st_size
    print(f"{options.out}: {size / 1e6:.1f} MB, sha256 {digest}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
