"""Options that command lines share, made of the schema, and how they become settings."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from engine import schema
from engine.cluster.connection import ClusterOptions
from engine.config import PolygonConfig, RefineConfig, SegmentConfig
from engine.errors import ConfigError
from engine.execution import Execution
from engine.schema import Argument
from engine.segmentation import Request
from engine.threads import settle

if TYPE_CHECKING:
    from engine.console import Reporter
    from engine.models.base import Segmenter


def add(parser: argparse.ArgumentParser | argparse._ArgumentGroup, *arguments: Argument) -> None:
    """Give a parser arguments of the schema."""
    for argument in arguments:
        how: dict[str, Any] = {"help": argument.help.replace("%", "%%")}
        if argument.kind == "switch":
            how["action"] = "store_true"
        else:
            how |= {"default": argument.default, "required": argument.required, "metavar": argument.metavar}
            how["type"] = {"path": Path, "number": finite}.get(argument.kind, str)
        if argument.kind == "words":
            how["nargs"] = "+"
        if argument.kind == "list":
            how["action"] = "append"
        parser.add_argument(argument.flag, **how)


def finite(text: str) -> float:
    """A number as an option; no infinity, nor what is no number."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise argparse.ArgumentTypeError(f"must be a number, not {text!r}")
    return value


def add_options(parser: argparse.ArgumentParser, verb: Literal["segment", "evaluate"]) -> None:
    """Add the arguments of a verb that makes polygons, in groups."""
    groups = {"input": schema.INPUT, "model": schema.WITH_MODEL, "polygons": schema.LOOKS}
    for title, arguments in groups.items():
        add(parser.add_argument_group(title), *arguments)
    shared = [argument for arguments in groups.values() for argument in arguments]
    add(parser, *(argument for argument in schema.COMMANDS[verb].arguments if argument not in shared))
    add_threads(parser)
    add_verbosity(parser)


def add_threads(parser: argparse.ArgumentParser) -> None:
    """Add the number of threads, and other processes that do the work."""
    parser.add_argument("--threads", type=int, help="processor threads of each process (default: all)")
    group = parser.add_mutually_exclusive_group()
    group.add_argument(
        "--workers", type=int, metavar="N", help="share the work among N processes on this machine"
    )
    group.add_argument(
        "--scheduler",
        metavar="WHERE",
        help="share it among the workers of a Dask cluster: tcp://host:port or its scheduler file",
    )


def cluster_from(options: argparse.Namespace) -> ClusterOptions | None:
    """Who does the work in place of this process; ConfigError if that cannot be."""
    check_threads(options.threads)
    if options.workers is None and options.scheduler is None:
        return None
    return ClusterOptions(options.workers, options.scheduler, options.threads)


def execution_from(
    options: argparse.Namespace, config: SegmentConfig, reporter: Reporter, command: str
) -> Execution:
    """How the options want a run carried out; ConfigError if that cannot be."""
    loader = model_loader(config, options.threads)
    return Execution(reporter, loader, command, cluster=cluster_from(options))


def add_verbosity(parser: argparse.ArgumentParser) -> None:
    """Add how much the run says, and to whom."""
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--quiet", action="store_true", help="print nothing but errors")
    group.add_argument("--json", action="store_true", help="print one JSON line per event")


def request_from(options: argparse.Namespace) -> Request:
    """The files that the options name."""
    return Request(
        raster=options.raster,
        points=options.points,
        boxes=getattr(options, "boxes", None),
        layer=options.points_layer,
        object_field=options.object_field,
        points_crs=options.points_crs,
        assume_crs=options.assume_crs,
        encoding=options.encoding,
        allow_remote=options.allow_remote,
    )


def config_from(options: argparse.Namespace) -> SegmentConfig:
    """The settings that the options ask for; ConfigError if one cannot work."""
    check_threads(options.threads)
    parts: dict[str, dict[str, Any]] = {"refine": {}, "polygons": {}}
    for argument in schema.LOOKS:
        part, field = argument.setting.split(".")
        if hasattr(options, argument.name):
            parts[part][field] = _setting(argument, getattr(options, argument.name))
    return SegmentConfig(
        model=options.model,
        adapter=options.adapter,
        bands=None if options.bands is None else tuple(options.bands),
        device=options.device,
        precision=options.precision,
        refine=RefineConfig(**parts["refine"]),
        polygons=PolygonConfig(**parts["polygons"]),
    )


def _setting(argument: Argument, value: Any) -> Any:
    """What an argument sets; a switch turns a setting over that is the other way round by default."""
    part, field = argument.setting.split(".")
    usual = getattr(getattr(SegmentConfig(), part), field)
    return usual != value if argument.kind == "switch" else value


def check_threads(threads: int | None) -> None:
    """ConfigError unless it is None, for all, or a positive number."""
    if threads is not None and threads < 1:
        raise ConfigError(f"--threads must be at least 1, not {threads}")


def most(number: float | None) -> int | None:
    """The value of ``--max``; ConfigError unless it is None, for all, or a whole positive number."""
    if number is not None and (number < 1 or number != int(number)):
        raise ConfigError(f"--max must be a whole number of at least 1, not {number:g}")
    return None if number is None else int(number)


def model_loader(config: SegmentConfig, threads: int | None) -> Callable[[], Segmenter]:
    """A function that loads the model of ``config``; torch is imported only when it is called."""

    def load() -> Segmenter:
        settle()
        import torch

        from engine.models import registry

        if threads is not None:
            torch.set_num_threads(threads)
        return registry.load(config.model, config.device, config.adapter, config.precision)

    return load
