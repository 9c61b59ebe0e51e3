"""Every object that is like a few examples: ``resam find --raster R --points P --out found.gpkg``.

How finds are valued: :mod:`training.find.likeness`; how sure they are: :mod:`training.find.calibration`.
"""

from __future__ import annotations

import argparse
import shlex
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from engine.cli import about
from engine.config import SegmentConfig
from engine.console import Parser, Reporter, program, run_command
from engine.errors import ConfigError, PointsError
from engine.inputs import check_apart
from engine.messages import message
from engine.options import (
    add,
    add_threads,
    add_verbosity,
    config_from,
    execution_from,
    model_loader,
    most,
    request_from,
)
from engine.publishing import INTERRUPTED, check_output, publish, warn_of_doubtful
from engine.schema import COMMANDS
from engine.writing import record
from engine.writing.shards import SIGNATURE, folder_of
from training.find.elsewhere import Layers
from training.find.run import FindRequest, Found, find

if TYPE_CHECKING:
    from training.adapt.sources import TrainRequest

PRECISION = "precision="


def main(argv: list[str] | None = None) -> int:
    """Run the command line; see :func:`engine.console.run_command` for the exit codes."""
    options = _parser().parse_args(argv)
    command = shlex.join(["find", *(sys.argv[1:] if argv is None else argv)])
    reporter = Reporter("find", quiet=options.quiet, as_json=options.json)
    return run_command(lambda reporter: _work(options, reporter, command), reporter, INTERRUPTED)


def _work(options: argparse.Namespace, reporter: Reporter, command: str) -> None:
    request = _request(options)
    config = config_from(options)
    if options.adapt and (options.adapter is not None or options.points is None):
        raise ConfigError("--adapt needs --points, and makes an adapter of its own: leave --adapter out")
    check_output(options)
    warn_of_doubtful(config.adapter, reporter)
    if options.adapt:
        config = _adapted(options, config, reporter, command)
    execution = execution_from(options, config, reporter, command)
    found = publish(options, execution, partial(find, request, config))
    if found is None:
        _done(reporter, options.out, record.counts(options.out), "this run was done already")
    else:
        _done(reporter, options.out, found.counts(), _expectation(found))


def _adapted(
    options: argparse.Namespace, config: SegmentConfig, reporter: Reporter, command: str
) -> SegmentConfig:
    """The settings with an adapter made of the clicks, if it was not rejected.

    A run that is continued takes the one it made.

    Without shards there is no such run: an adapter that is there was made of who knows what.
    """
    from engine.models.lora import doubtful
    from training.adapt.adapter_folder import checkpoint_of, latest_in
    from training.adapt.options import PRESETS, RunOptions
    from training.adapt.recipe import adapt

    folder = options.out.with_name(f"{options.out.stem}-adapter")
    check_apart([folder], options, folder=folder)
    begun = options.resume and (folder_of(options.out) / SIGNATURE).is_file()
    made = latest_in(folder) if begun else None
    if made is None:
        unfinished = options.resume and checkpoint_of(folder).is_file()
        run = RunOptions(command, unfinished, options.overwrite)
        loader = model_loader(config, options.threads)
        made = adapt(_training(options, folder), PRESETS["default"], run, loader, reporter).out
    if doubtful(made) is None:
        return replace(config, adapter=str(made))
    reporter.event("note", f"note: {made} was rejected, so the search goes on without it")
    return config


def _training(options: argparse.Namespace, folder: Path) -> TrainRequest:
    """What the adapter learns from: the clicks and their raster, read as the search reads them."""
    from training.adapt.sources import TrainRequest

    given = vars(request_from(options))
    alike = ("points", "layer", "object_field", "points_crs", "assume_crs", "encoding", "allow_remote")
    bands = None if options.bands is None else tuple(options.bands)
    kept = {name: given[name] for name in alike}
    shown_on = str(options.examples_raster or options.raster)
    return TrainRequest((shown_on,), out=folder, model=options.model, bands=bands, **kept)


def _expectation(found: Found) -> str:
    """What to expect of the layer, in words."""
    return (
        f"{found.finds} found; a score of {found.threshold:.2f} or more is accepted, "
        f"of these about {found.expected:.0f} should be right"
    )


def _done(reporter: Reporter, out: Path, counts: dict[str, int], more: str) -> None:
    text = f"{out}: {counts['accepted']} accepted, {counts['review']} to review; {more}"
    reporter.event("done", text, out=str(out), **counts)


def _request(options: argparse.Namespace) -> FindRequest:
    """ConfigError if an option cannot work; PointsError if there is no example."""
    if options.points is None and options.polygons is None:
        raise PointsError(message("examples-none-given"))
    if not 0 <= options.min_score <= 1:
        raise ConfigError(f"--min-score must be between 0 and 1, not {options.min_score:g}")
    return FindRequest(
        request_from(options),
        Layers(options.polygons, getattr(options, "not"), options.examples_raster),
        options.area,
        options.min_score,
        _precision(options.target),
        most(options.max),
    )


def _precision(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        share = float(text.removeprefix(PRECISION))
    except ValueError:
        share = 0.0
    if not text.startswith(PRECISION) or not 0 < share < 1:
        raise ConfigError(f"--target must be precision=P with P between 0 and 1, not '{text}'")
    return share


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog=program("find"), description=about("find"))
    add(parser, *COMMANDS["find"].arguments)
    add_threads(parser)
    add_verbosity(parser)
    return parser


if __name__ == "__main__":
    sys.exit(main())
