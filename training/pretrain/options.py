"""The options of :mod:`training.pretrain`, and which of them decide the weights."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from engine.console import Parser, count
from engine.schema import PRECISIONS
from training.pretrain.crops import REAL_SHARE
from training.pretrain.growing import changed
from training.pretrain.prefetch import Stage
from training.pretrain.simulated_clicks import KIND_SHARES, KINDS
from training.scenes import DOMAINS
from training.scenes.scene import GENERATED_SEED


def _seed(text: str) -> int:
    number = int(text) if text.isdecimal() else GENERATED_SEED
    if number >= GENERATED_SEED:
        # numpy draws the same from (n, 0) as from n, and scenes from there on are for measuring.
        raise argparse.ArgumentTypeError(f"a whole number from 0 to {GENERATED_SEED - 1}, not {text!r}")
    return number


def share(text: str) -> float:
    """A number from 0 to 1, as an option."""
    value = float(text) if text.replace(".", "", 1).isdecimal() else -1.0
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"a share from 0 to 1, not {text!r}")
    return value


def parse(argv: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = Parser(
        prog="python -m training.pretrain", description="Train the embedded model from scratch, or further."
    )
    parser.add_argument("--work", type=Path, required=True, help="folder of the checkpoint and the log")
    _add_network(parser)
    _add_lessons(parser)
    _add_schedule(parser)
    add_manner(parser)
    return parser.parse_args(argv)


def _add_network(parser: Parser) -> None:
    parser.add_argument("--init", type=Path, help="weights to begin with, a file of training.pretrain.export")
    parser.add_argument(
        "--shape",
        type=changed,
        nargs="+",
        default=[],
        metavar="NAME=VALUE",
        help="fields of the architecture that differ from its defaults, or from those of --init",
    )


def _add_lessons(parser: Parser) -> None:
    """What is learned from, and how it is asked for."""
    parser.add_argument("--data", type=Path, help="folder that holds naip_fields/ and solar_panels/")
    parser.add_argument(
        "--open-sets", action="store_true", help="learn from the sets in the folder open/ of --data too"
    )
    parser.add_argument(
        "--real-share", type=share, default=REAL_SHARE, help="share of the crops that are of real images"
    )
    parser.add_argument(
        "--domains",
        nargs="+",
        choices=DOMAINS,
        default=["mixed"],
        help="kinds of generated scenes, equally likely; name one several times to see it more often",
    )
    parser.add_argument("--pool", type=count, default=256, help="generated scenes kept at hand")
    parser.add_argument("--objects", type=count, default=4, help="objects asked for per crop")
    parser.add_argument(
        "--kinds",
        type=share,
        nargs=len(KINDS),
        default=KIND_SHARES,
        metavar="SHARE",
        help=f"how often the first prompt is one of: {', '.join(KINDS)} (default: {KIND_SHARES})",
    )
    parser.add_argument("--seed", type=_seed, default=0)


def _add_schedule(parser: Parser) -> None:
    parser.add_argument(
        "--stages", type=Stage.parse, nargs="+", default=[Stage(128, 16, 1200), Stage(256, 8, 2400)]
    )
    parser.add_argument("--rate", type=float, default=2.5e-4, help="peak learning rate")
    parser.add_argument(
        "--decay", type=float, default=0.25, help="share of the steps in which the rate falls"
    )


def add_manner(parser: Parser) -> None:
    """Options that say how a run is computed, not what it is."""
    parser.add_argument(
        "--stop-at", type=count, metavar="STEP", help="end there, at the rate of the whole schedule"
    )
    parser.add_argument("--device", default="cpu")
    parser.add_argument(
        "--precision",
        choices=PRECISIONS,
        default="auto",
        help="bf16 runs the network in bfloat16, the losses and weights stay float32; auto takes it where "
        "the device computes it, in two thirds of the time (default: auto)",
    )
    parser.add_argument("--workers", type=count, default=2, help="threads, each with its part of a batch")
    parser.add_argument(
        "--makers",
        type=int,
        choices=range(65),
        default=1,
        metavar="N",
        help="processes that make batches beside the network; a GPU needs many; with 0 "
        "the steps wait for their batches (default: 1)",
    )
    parser.add_argument("--save-every", type=count, default=100, metavar="STEPS")


def identity(options: argparse.Namespace, real: int, begun_with: dict[str, Any] | None) -> dict[str, Any]:
    """What decides the weights, besides the stages and the rate, which a later call may change."""
    names = ("seed", "domains", "kinds", "objects", "pool", "real_share")
    given: dict[str, Any] = {name: getattr(options, name) for name in names}
    given["kinds"] = list(options.kinds)
    given["shape"] = dict(sorted(options.shape))
    return given | {"init": begun_with and begun_with["network"], "images of --data": real}


def manner(options: argparse.Namespace) -> dict[str, Any]:
    """How a run is computed. One that goes on may change it; its weights are then not the same to the bit."""
    return {name: getattr(options, name) for name in ("precision", "workers", "makers", "device")}
