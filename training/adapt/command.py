"""The command line behind ``python -m engine.train``: point layers and rasters in, an adapter out."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from engine import schema
from engine.cli import about
from engine.config import SegmentConfig
from engine.console import Parser, Reporter, program, run_command
from engine.errors import ConfigError
from engine.inputs import check_apart
from engine.models.lora import TARGETS
from engine.options import add, check_threads, model_loader
from training.adapt.classes import adapt_classes, kinds_of, shown
from training.adapt.compute import CHECKPOINTING, PRECISIONS
from training.adapt.options import PRESETS, AdaptOptions, RunOptions
from training.adapt.recipe import DEFAULT_EPOCHS, MAX_STEPS, MIN_STEPS, AdaptResult, adapt
from training.adapt.sources import TrainRequest

RESUME_HINT = "interrupted; if training had started, continue it with --resume"


def main(argv: list[str] | None = None) -> int:
    """Run the command line; see :func:`engine.console.run_command` for the exit codes."""
    options = parser().parse_args(argv)
    command = command_again(sys.argv[1:] if argv is None else argv)
    # Of several processes one talks.
    first = os.environ.get("RANK", "0") == "0"

    def work(reporter: Reporter) -> None:
        check_threads(options.threads)
        check_apart([options.out], options, folder=options.out)
        config = SegmentConfig(
            model=options.model, device=device_of(options.device), precision=_of_encoder(options.precision)
        )
        run_options = RunOptions(
            command, options.resume, options.overwrite, options.precision, options.checkpointing
        )
        loader, request = model_loader(config, options.threads), request_from(options)
        chosen = options_from(options)
        kinds = None if options.together else kinds_of(request)
        if kinds is not None and kinds.several:
            outcome = adapt_classes(request, kinds, chosen, run_options, loader, reporter)
            tell_classes(outcome, reporter)
            return
        outcome = adapt(request, chosen, run_options, loader, reporter)
        if outcome.card:
            tell(outcome, reporter)

    reporter = Reporter("train", quiet=options.quiet or not first, as_json=options.json and first)
    return run_command(work, reporter, RESUME_HINT)


def _of_encoder(precision: str) -> str:
    """In which pictures are embedded outside of steps, for a run in that precision."""
    return precision if precision in schema.PRECISIONS else "fp32"


def command_again(given: Sequence[str]) -> str:
    """The command that makes the same adapter from the beginning, on as many processes."""
    processes = os.environ.get("WORLD_SIZE", "1")
    launch = ["torchrun", "--standalone", "--nproc-per-node", processes, "-m", "engine.train"]
    return shlex.join(
        [
            *(["resam", "train"] if processes == "1" else launch),
            *(word for word in given if word != "--resume"),
        ]
    )


def tell(outcome: AdaptResult, reporter: Reporter) -> None:
    """The last lines: the verdict with its numbers, and where everything lies."""
    verdict = outcome.card["verdict"]
    interval = "" if verdict["low"] is None else f" [{verdict['low']:+.3f}, {verdict['high']:+.3f}]"
    change = verdict["after"] - verdict["before"]
    text = (
        f"{verdict['word']}: {verdict['measure']} {verdict['before']:.3f} -> {verdict['after']:.3f}, "
        f"{change:+.3f}{interval}, {verdict['n']} held-out objects ({verdict['reason']})"
    )
    reporter.event("verdict", text, **verdict)
    status = outcome.card["status"]
    reporter.event(
        "done",
        f"{outcome.out}: adapter {status}; open report.html in it",
        out=str(outcome.out),
        status=status,
        verdict=verdict["word"],
        change=change,
    )


def tell_classes(outcome: AdaptResult, reporter: Reporter) -> None:
    """The last lines of a run over several classes: each verdict, and where everything lies."""
    card = outcome.card
    verdicts = card["verdicts"]
    for kind, verdict in verdicts.items():
        used = "" if kind in card["classes"] else "; the base answers for this class"
        text = (
            f"{shown(kind)}: {verdict['word']}, {verdict['measure']} {verdict['before']:.3f} -> "
            f"{verdict['after']:.3f}, {verdict['n']} held-out objects ({verdict['reason']}){used}"
        )
        reporter.event("verdict", text, kind=kind, **verdict)
    reporter.notes(card["notes"])
    status = card["status"]
    text = f"{outcome.out}: an adapter for each class, {status}; open report.html in it"
    words = "; ".join(f"{shown(kind)}: {verdict['word']}" for kind, verdict in verdicts.items())
    held = sum(verdict["n"] for verdict in verdicts.values())
    gained = sum(verdict["n"] * (verdict["after"] - verdict["before"]) for verdict in verdicts.values())
    change = gained / held if held else 0.0
    reporter.event("done", text, out=str(outcome.out), status=status, verdict=words, change=change)


def device_of(device: str) -> str:
    """Each process that torchrun started takes the GPU of its number, unless a device is named."""
    local = os.environ.get("LOCAL_RANK")
    if local is None or device not in ("auto", "cuda"):
        return device
    import torch

    return f"cuda:{local}" if device == "cuda" or torch.cuda.is_available() else "cpu"


def request_from(options: argparse.Namespace) -> TrainRequest:
    """The files and limits that the options name; ConfigError if these contradict each other."""
    if options.reference_layer is not None and options.reference is None:
        raise ConfigError("--reference-layer names a layer of a file: give the file with --reference")
    return TrainRequest(
        rasters=tuple(options.raster),
        points=options.points,
        out=options.out,
        model=options.model,
        reference=options.reference,
        reference_layer=options.reference_layer,
        holdout=options.clicks_holdout,
        epochs=options.epochs,
        minutes=options.minutes,
        seed=options.seed,
        bands=None if options.bands is None else tuple(options.bands),
        layer=options.points_layer,
        object_field=options.object_field,
        points_crs=options.points_crs,
        assume_crs=options.assume_crs,
        encoding=options.encoding,
        allow_remote=options.allow_remote,
    )


def options_from(options: argparse.Namespace) -> AdaptOptions:
    """The preset with what was set by hand; ConfigError if a value cannot work."""
    chosen = PRESETS[options.preset].with_rank(options.rank)
    lora = replace(
        chosen.lora,
        targets=tuple(options.targets or chosen.lora.targets),
        first_block=chosen.lora.first_block if options.first_block is None else options.first_block,
    )
    return replace(chosen, lora=lora, rate=options.rate or chosen.rate)


def parser() -> argparse.ArgumentParser:
    """The options of ``engine.train``."""
    out = Parser(prog=program("train"), description=about("train"))
    _add_files(out)
    _add_run(out)
    _add_adapter(out)
    verbosity = out.add_mutually_exclusive_group()
    verbosity.add_argument("--quiet", action="store_true", help="print nothing but errors")
    verbosity.add_argument("--json", action="store_true", help="print one JSON line per event")
    return out


def _add_files(out: argparse.ArgumentParser) -> None:
    files = out.add_argument_group("input and output")
    add(files, replace(schema.RASTER, kind="list", help="any raster that GDAL reads; repeatable"))
    add(files, replace(schema.POINTS, required=True), schema.POINTS_LAYER, schema.POINTS_CRS)
    add(files, schema.OBJECT_FIELD, schema.ENCODING, schema.ALLOW_REMOTE, schema.BANDS, schema.ASSUME_CRS)
    files.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder of the adapter")
    files.add_argument(
        "--together", action="store_true", help="one adapter for all classes, not one for each"
    )
    files.add_argument("--overwrite", action="store_true", help="replace an adapter that is there")


def _add_run(out: argparse.ArgumentParser) -> None:
    run = out.add_argument_group("run")
    add(run, schema.NETWORK, schema.ON_DEVICE)
    run.add_argument(
        "--preset",
        choices=sorted(PRESETS),
        default="default",
        help="what measured best, or what the paper says (default: default)",
    )
    run.add_argument(
        "--epochs",
        type=_positive,
        metavar="N",
        help=f"visits of every tile (default: {DEFAULT_EPOCHS}, within {MIN_STEPS} to {MAX_STEPS} steps)",
    )
    run.add_argument(
        "--minutes",
        type=_positive,
        metavar="M",
        help="in place of --epochs: stop after about this many minutes",
    )
    run.add_argument(
        "--seed", type=_count, default=0, help="of order, views and held-out objects (default: 0)"
    )
    run.add_argument("--resume", action="store_true", help="continue the run that was stopped in --out")
    run.add_argument(
        "--precision",
        choices=PRECISIONS,
        default="auto",
        help="auto: bf16 where the processor or GPU computes it; else fp32, or fp16 on a GPU",
    )
    run.add_argument(
        "--checkpointing",
        choices=CHECKPOINTING,
        default="auto",
        help="less memory, more time (auto: large models)",
    )
    run.add_argument("--threads", type=int, help="processor threads (default: all)")


def _add_adapter(out: argparse.ArgumentParser) -> None:
    adapter = out.add_argument_group("adapter (default: the preset's)")
    adapter.add_argument("--rank", type=int, help="rank of the low-rank updates")
    adapter.add_argument("--targets", nargs="+", choices=sorted(TARGETS), help="layers they go on")
    adapter.add_argument(
        "--first-block", type=int, metavar="N", help="leave the encoder's blocks before N as they are"
    )
    adapter.add_argument("--rate", type=_positive, help="peak learning rate")
    evaluated = out.add_argument_group("evaluation")
    evaluated.add_argument(
        "--clicks-holdout",
        type=float,
        default=schema.HOLD_OUT,
        metavar="SHARE",
        help=f"share of the objects that is held out, to measure with (default: {schema.HOLD_OUT})",
    )
    add(evaluated, schema.REFERENCE, schema.REFERENCE_LAYER)


def _positive(text: str) -> float:
    return _checked(float, text, lambda value: value > 0, "a positive number")


def _count(text: str) -> int:
    return int(_checked(int, text, lambda value: value >= 0, "0 or a positive whole number"))


def _checked(kind: Callable[[str], float], text: str, good: Callable[[float], bool], wanted: str) -> float:
    try:
        value = kind(text)
    except ValueError:
        value = float("nan")
    if not good(value) or value == float("inf"):
        raise argparse.ArgumentTypeError(f"must be {wanted}, not '{text}'")
    return value
